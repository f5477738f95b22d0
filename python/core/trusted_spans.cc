// SPDX-License-Identifier: Apache-2.0
#include "python/core/trusted_spans.h"

#include <string>

namespace bytepiece {
namespace {

constexpr char kWanted[] = "a list must hold pairs of a text and a bool: [(text, allow), ...]";

}  // namespace

TrustedSpans::TrustedSpans(nb::handle list) : kept_(nb::tuple(nb::borrow<nb::list>(list))) {
  for (const nb::handle item : nb::borrow<nb::tuple>(kept_)) {
    if (!PyTuple_Check(item.ptr()) || PyTuple_Size(item.ptr()) != 2 ||
        !PyBool_Check(item[1].ptr())) {
      throw nb::type_error(kWanted);
    }
    const TextArgument& text = texts_.emplace_back(nb::object(item[0]));
    spans_.push_back({text.bytes(), nb::cast<bool>(item[1])});
  }
}

absl::StatusOr<std::vector<TokenId>> TrustedSpans::Encode(const Tokenizer& tokenizer,
                                                          const EncodeOptions& options,
                                                          Worker* worker) const {
  EncodeOptions searching;
  searching.special_tokens = SpecialTokenPolicy::kAllow;
  const TokenId first_special = tokenizer.vocabulary().end_of_pieces();
  std::vector<TokenId> ids;
  std::string run;
  absl::Status status;
  const auto end_run = [&] {
    status.Update(worker->Encode(run, {}, &ids));
    run.clear();
  };
  if (options.add_bos) ids.push_back(kBosId);
  for (const Span& span : spans_) {
    if (!span.allow) {
      run += span.text;
      continue;
    }
    std::vector<TokenId> found;
    std::vector<ByteSpan> places;
    status.Update(worker->EncodeWithOffsets(span.text, searching, &found, &places));
    std::size_t done = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i] < first_special) continue;
      run += span.text.substr(done, places[i].begin - done);
      end_run();
      ids.push_back(found[i]);
      done = places[i].end;
    }
    run += span.text.substr(done);
  }
  end_run();
  if (options.add_eos) ids.push_back(kEosId);
  if (!status.ok()) return status;
  return ids;
}

}  // namespace bytepiece
