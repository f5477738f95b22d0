// SPDX-License-Identifier: Apache-2.0
// Segmentations and covers: what can be asked of all segmentations of a text, and of an unfinished
// one.
#include <nanobind/nanobind.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "bytepiece/prefix/prefix_index.h"
#include "bytepiece/prefix/prefix_paths.h"
#include "bytepiece/prefix/token_covers.h"
#include "bytepiece/segmentations.h"
#include "python/core/arrays.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/errors.h"
#include "python/core/text_argument.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;

struct BoundSegmentations {
  Segmentations all;
  bool wide;
};

double AlphaOf(double alpha) {
  if (!(alpha >= 0 && alpha <= 1e11)) {
    throw nb::value_error("alpha must be from 0 to 1e11");
  }
  return alpha;
}

// The rows' ids, and where each row begins.
class Rows {
 public:
  void Append(const std::vector<TokenId>& ids) {
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    offsets_.push_back(static_cast<std::int64_t>(ids_.size()));
  }
  nb::object ids(bool wide) { return IdArray(std::move(ids_), wide); }
  Array<std::int64_t> offsets() { return ArrayOf(std::move(offsets_)); }

 private:
  std::vector<TokenId> ids_;
  std::vector<std::int64_t> offsets_ = {0};
};

nb::tuple NBest(const BoundSegmentations& self, std::size_t n) {
  std::vector<ScoredSegmentation> best;
  {
    nb::gil_scoped_release release;
    best = self.all.NBest(n);
  }
  Rows rows;
  std::vector<double> scores;
  for (const ScoredSegmentation& one : best) {
    rows.Append(one.ids);
    scores.push_back(one.score);
  }
  return nb::make_tuple(rows.ids(self.wide), rows.offsets(), ArrayOf(std::move(scores)));
}

nb::tuple Distinct(const BoundSegmentations& self, std::size_t n, double alpha, std::uint64_t seed,
                   std::uint64_t document, std::uint32_t sample) {
  AlphaOf(alpha);
  std::vector<DistinctSegmentation> drawn;
  {
    nb::gil_scoped_release release;
    drawn = self.all.SampleDistinct(n, alpha, seed, document, sample);
  }
  Rows rows;
  std::vector<double> log_probabilities;
  std::vector<double> inclusions;
  for (const DistinctSegmentation& one : drawn) {
    rows.Append(one.ids);
    log_probabilities.push_back(one.log_probability);
    inclusions.push_back(one.inclusion);
  }
  return nb::make_tuple(rows.ids(self.wide), rows.offsets(), ArrayOf(std::move(log_probabilities)),
                        ArrayOf(std::move(inclusions)));
}

nb::tuple Marginals(const BoundSegmentations& self, double alpha) {
  AlphaOf(alpha);
  std::vector<PieceOccurrence> found;
  {
    nb::gil_scoped_release release;
    found = self.all.Occurrences(alpha);
  }
  std::vector<TokenId> ids;
  std::vector<ByteSpan> spans;
  std::vector<double> probabilities;
  for (const PieceOccurrence& one : found) {
    ids.push_back(one.id);
    spans.push_back(one.span);
    probabilities.push_back(one.probability);
  }
  return nb::make_tuple(IdArray(std::move(ids), self.wide), ArrayOf(std::move(spans)),
                        ArrayOf(std::move(probabilities)));
}

nb::tuple Summary(const BoundSegmentations& self, double alpha) {
  AlphaOf(alpha);
  Segmentations::Summary summary;
  {
    nb::gil_scoped_release release;
    summary = self.all.Summarize(alpha);
  }
  return nb::make_tuple(summary.log_z, summary.entropy, summary.expected_tokens);
}

// Made once for a tokenizer: sorting all pieces takes longer than a look-up.
class BoundCovers {
 public:
  explicit BoundCovers(const BoundTokenizer& tokenizer)
      : tokenizer_(tokenizer.tokenizer()),
        wide_(tokenizer.wide()),
        index_(&tokenizer_.vocabulary()) {}

  // (settled, settled_bytes, [(begin, tokens, last), ...])
  nb::tuple Of(nb::handle text, bool unfinished_only) const {
    const TextArgument argument(text);
    TokenCovers covers;
    {
      nb::gil_scoped_release release;
      PrefixPaths paths(&tokenizer_.vocabulary());
      paths.Append(*tokenizer_.Decode(tokenizer_.Encode(argument.bytes())));  // normalised
      covers = FindTokenCovers(index_, unfinished_only, &paths);
    }
    nb::list groups;
    for (CoverGroup& group : covers.groups) {
      groups.append(nb::make_tuple(group.begin, IdArray(std::move(group.tokens), wide_),
                                   IdArray(std::move(group.last), wide_)));
    }
    return nb::make_tuple(IdArray(std::move(covers.settled), wide_), covers.settled_bytes, groups);
  }

 private:
  const Tokenizer tokenizer_;
  const bool wide_;
  const PrefixIndex index_;
};

}  // namespace

void BindSegmentations(nb::module_* module) {
  nb::class_<BoundSegmentations> type(*module, "Segmentations",
                                      "The part of Segmentations that is C++.");
  type.def(
      "__init__",
      [](BoundSegmentations* self, const BoundTokenizer& tokenizer, nb::handle text) {
        const TextArgument argument(text);
        absl::StatusOr<Segmentations> all =
            Segmentations::Of(tokenizer.tokenizer(), argument.bytes());
        new (self) BoundSegmentations{ValueOrThrow(std::move(all)), tokenizer.wide()};
      },
      "tokenizer"_a, "text"_a.none(),
      nb::sig("def __init__(self, tokenizer: Tokenizer, text: str | bytes) -> None"));
  type.def_prop_ro("normalized", [](const BoundSegmentations& self) {
    const std::string_view text = self.all.normalized();
    return nb::bytes(text.data(), text.size());
  });
  type.def("nbest_rows", &NBest, "n"_a);
  type.def("distinct_rows", &Distinct, "n"_a, "alpha"_a, "seed"_a, "document"_a, "sample"_a);
  type.def("occurrences", &Marginals, "alpha"_a);
  type.def("summary", &Summary, "alpha"_a,
           nb::sig("def summary(self, alpha: float) -> tuple[float, float, float]"));

  nb::class_<BoundCovers>(*module, "Covers")
      .def(nb::init<const BoundTokenizer&>(), "tokenizer"_a)
      .def("of", &BoundCovers::Of, "text"_a.none(), "unfinished_only"_a,
           nb::sig("def of(self, text: str | bytes, unfinished_only: bool) -> tuple[typing.Any, "
                   "int, list[tuple[int, typing.Any, typing.Any]]]"));
}

}  // namespace bytepiece
