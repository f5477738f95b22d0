// SPDX-License-Identifier: Apache-2.0
// Many texts at once, into flat arrays and back.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bytepiece/batch.h"
#include "python/core/arrays.h"
#include "python/core/arrow_export.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/errors.h"
#include "python/core/text_list.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;
using Texts = absl::Span<const std::string_view>;

// Texts of so many bytes are worked on between two looks at signals: some hundredths of a second.
constexpr std::int64_t kSliceBytes = std::int64_t{8} << 20;

// Calls work(slice, number of its first text) for the texts in order, without the GIL, and
// progress(done, total), in bytes, after each; a Python exception of either ends it.
template <typename Work>
void ForEachSlice(Texts texts, nb::handle progress, const Work& work) {
  std::int64_t total = 0;
  for (const std::string_view text : texts) total += static_cast<std::int64_t>(text.size());
  std::int64_t done = 0;
  std::size_t first = 0;
  do {
    std::size_t last = first;
    std::int64_t bytes = 0;
    while (last < texts.size() && bytes < kSliceBytes) {
      bytes += static_cast<std::int64_t>(texts[last++].size());
    }
    absl::Status status;
    {
      nb::gil_scoped_release release;
      status = work(texts.subspan(first, last - first), first);
    }
    ThrowIfError(status);
    done += bytes;
    first = last;
    ThrowIfSignalled();
    if (!progress.is_none()) progress(done, total);
  } while (first < texts.size());
}

// Batches one after another in flat arrays, ids as narrow as the vocabulary.
class FlatBatch {
 public:
  explicit FlatBatch(bool wide) : is_wide_(wide) {}

  void Append(TokenBatch batch) {
    const auto before = static_cast<std::int64_t>(is_wide_ ? wide_.size() : narrow_.size());
    for (std::size_t i = 1; i < batch.offsets.size(); ++i) {
      offsets_.push_back(before + batch.offsets[i]);
    }
    if (!is_wide_) {
      narrow_.insert(narrow_.end(), batch.ids.begin(), batch.ids.end());
    } else if (wide_.empty()) {
      wide_ = std::move(batch.ids);
    } else {
      wide_.insert(wide_.end(), batch.ids.begin(), batch.ids.end());
    }
    spans_.insert(spans_.end(), batch.spans.begin(), batch.spans.end());
  }

  nb::object TakeIds() {
    return is_wide_ ? IdArray(std::move(wide_), true) : nb::cast(ArrayOf(std::move(narrow_)));
  }
  nb::object TakeOffsets() { return nb::cast(ArrayOf(std::move(offsets_))); }
  nb::object TakeSpans() { return nb::cast(ArrayOf(std::move(spans_))); }

 private:
  bool is_wide_;
  std::vector<std::uint16_t> narrow_;
  std::vector<TokenId> wide_;
  std::vector<std::int64_t> offsets_ = {0};
  std::vector<ByteSpan> spans_;
};

// A failure names the text it is of.
absl::Status OfText(const absl::Status& status, std::size_t text) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      "text " + std::to_string(text) + ": " + std::string(status.message()));
}

nb::tuple EncodeTexts(BoundTokenizer* self, nb::handle texts, int threads, nb::handle unit,
                      bool bos, bool eos, nb::handle policy, nb::handle allow,
                      nb::handle progress) {
  EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  const TextList list(texts);
  const bool with_spans = !unit.is_none();
  if (with_spans && nb::cast<std::string_view>(unit) == "characters") {
    options.offset_unit = OffsetUnit::kCodePoints;
  }
  FlatBatch flat(self->wide());
  self->WithEncoder(threads, [&](BatchEncoder* encoder) {
    ForEachSlice(list.texts(), progress, [&](Texts slice, std::size_t first) {
      TokenBatch batch;
      const absl::Status status = with_spans ? encoder->EncodeWithOffsets(slice, options, &batch)
                                             : encoder->Encode(slice, options, &batch);
      if (!status.ok()) return OfText(status, first + encoder->failed_document());
      flat.Append(std::move(batch));
      return status;
    });
  });
  return nb::make_tuple(flat.TakeIds(), flat.TakeOffsets(),
                        with_spans ? flat.TakeSpans() : nb::none());
}

SamplingMethod MethodOf(std::string_view name) {
  if (name == "viterbi") return SamplingMethod::kViterbi;
  if (name == "nbest") return SamplingMethod::kNBest;
  if (name == "perfect") return SamplingMethod::kPerfect;
  throw nb::value_error("method must be \"perfect\", \"viterbi\" or \"nbest\"");
}

nb::tuple SampleTexts(BoundTokenizer* self, nb::handle texts, std::vector<double> alphas,
                      std::uint64_t seed, std::uint64_t document,
                      std::optional<std::vector<std::uint64_t>> numbers, std::uint32_t sample,
                      std::string_view method, int threads, bool bos, bool eos, nb::handle policy,
                      nb::handle allow, nb::handle progress) {
  const EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  const TextList list(texts);
  BatchSampleOptions samples;
  samples.alphas = std::move(alphas);
  samples.sampling.seed = seed;
  samples.sampling.sample = sample;
  samples.sampling.method = MethodOf(method);
  if (numbers && numbers->size() != list.texts().size()) {
    throw nb::value_error(("there are " + std::to_string(numbers->size()) + " documents for " +
                           std::to_string(list.texts().size()) + " texts; give one each")
                              .c_str());
  }
  FlatBatch flat(self->wide());
  self->WithEncoder(threads, [&](BatchEncoder* encoder) {
    ForEachSlice(list.texts(), progress, [&](Texts slice, std::size_t first) {
      BatchSampleOptions of_slice = samples;
      of_slice.sampling.document = document + first;
      if (numbers) of_slice.numbers = absl::MakeSpan(*numbers).subspan(first, slice.size());
      TokenBatch batch;
      const absl::Status status = encoder->Sample(slice, of_slice, options, &batch);
      if (!status.ok()) return OfText(status, first + encoder->failed_document());
      flat.Append(std::move(batch));
      return status;
    });
  });
  return nb::make_tuple(flat.TakeIds(), flat.TakeOffsets());
}

Array<std::int64_t> CountTexts(BoundTokenizer* self, nb::handle texts, int threads, bool bos,
                               bool eos, nb::handle policy, nb::handle allow, nb::handle progress) {
  const EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  const TextList list(texts);
  std::vector<std::int64_t> counts;
  self->WithEncoder(threads, [&](BatchEncoder* encoder) {
    ForEachSlice(list.texts(), progress, [&](Texts slice, std::size_t first) {
      const absl::StatusOr<std::vector<std::int64_t>> some = encoder->CountTokens(slice, options);
      if (!some.ok()) return OfText(some.status(), first + encoder->failed_document());
      counts.insert(counts.end(), some->begin(), some->end());
      return absl::OkStatus();
    });
  });
  return ArrayOf(std::move(counts));
}

nb::tuple DecodeRows(BoundTokenizer* self, nb::handle ids, InArray<std::int64_t> offsets,
                     int threads, bool control_tokens, bool special_tokens) {
  const std::vector<TokenId> tokens = IdsOf(ids);
  absl::StatusOr<TextBatch> texts = TextBatch();
  {
    nb::gil_scoped_release release;
    texts = DecodeBatch(self->tokenizer(), tokens, absl::MakeSpan(offsets.data(), offsets.size()),
                        {control_tokens, special_tokens}, threads);
  }
  TextBatch batch = ValueOrThrow(std::move(texts));
  return nb::make_tuple(nb::bytes(batch.bytes.data(), batch.bytes.size()),
                        ArrayOf(std::move(batch.offsets)));
}

// Copies rows into `out`, a matrix that is filled with padding; returns how much of each row there
// was room for.
template <typename T>
Array<std::int64_t> PadRows(InArray<T> ids, InArray<std::int64_t> offsets,
                            nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu> out,
                            bool left) {
  const std::size_t width = out.shape(1);
  std::vector<std::int64_t> lengths(out.shape(0));
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const std::int64_t begin = offsets.data()[row];
    const std::int64_t size =
        std::min(offsets.data()[row + 1] - begin, static_cast<std::int64_t>(width));
    T* const to = out.data() + row * width + (left ? width - static_cast<std::size_t>(size) : 0);
    std::copy_n(ids.data() + begin, size, to);
    lengths[row] = size;
  }
  return ArrayOf(std::move(lengths));
}

}  // namespace

void BindBatches(nb::module_* module) {
  module->def("encode_batch", &EncodeTexts, "tokenizer"_a, "texts"_a.none(), "threads"_a,
              "unit"_a.none(), "bos"_a, "eos"_a, "special_tokens"_a, "allow"_a.none(),
              "progress"_a.none());
  module->def("sample_batch", &SampleTexts, "tokenizer"_a, "texts"_a.none(), "alphas"_a, "seed"_a,
              "document"_a, "documents"_a.none(), "sample"_a, "method"_a, "threads"_a, "bos"_a,
              "eos"_a, "special_tokens"_a, "allow"_a.none(), "progress"_a.none());
  module->def("count_batch", &CountTexts, "tokenizer"_a, "texts"_a.none(), "threads"_a, "bos"_a,
              "eos"_a, "special_tokens"_a, "allow"_a.none(), "progress"_a.none());
  module->def("decode_rows", &DecodeRows, "tokenizer"_a, "ids"_a.none(), "offsets"_a, "threads"_a,
              "control_tokens"_a, "special_tokens"_a);
  module->def("pad_rows", &PadRows<std::uint16_t>, "ids"_a.noconvert(), "offsets"_a, "out"_a,
              "left"_a);
  module->def("pad_rows", &PadRows<std::uint32_t>, "ids"_a.noconvert(), "offsets"_a, "out"_a,
              "left"_a);
  module->def("arrow_list", &ArrowListOf, "ids"_a.none(), "offsets"_a);
}

}  // namespace bytepiece
