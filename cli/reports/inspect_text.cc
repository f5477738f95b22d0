// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/inspect_text.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "bytepiece/lattice/nbest.h"
#include "bytepiece/lattice/posterior.h"
#include "bytepiece/sampling/distinct_sampler.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"
#include "bytepiece/token_files/piece_text.h"
#include "cli/program/table.h"
#include "cli/reports/inspect_piece.h"

namespace bytepiece {
namespace {

// One chunk and all that is said about it.
struct Chunk {
  Chunk(const Tokenizer& tokenizer, std::size_t begin, std::string_view chunk,
        const ExplainOptions& options, std::uint64_t number)
      : bytes(chunk),
        lattice(tokenizer.vocabulary().segmenter().unigram(), chunk),
        posterior(lattice, options.alpha),
        log_segmentations(Posterior(lattice, 0).log_z()),
        chosen(lattice.edges().size()) {
    NBest nbest(&lattice);
    while (best.size() < options.nbest) {
      std::optional<ScoredPath> path = nbest.Next();
      if (!path) break;
      best.push_back(*std::move(path));
    }
    for (const std::size_t edge : lattice.BestPath()) chosen[edge] = true;
    DistinctSampler sampler(&lattice, &posterior, RandomStream(options.seed, number, 0));
    while (distinct.size() < options.distinct) {
      std::optional<DistinctSample> sample = sampler.Next();
      if (!sample) break;
      distinct.push_back(*std::move(sample));
    }
    threshold = sampler.threshold();
    std::vector<std::size_t> ends;
    for (const std::size_t end : options.ends) {
      if (end > begin && end <= begin + chunk.size()) ends.push_back(end - begin);
    }
    if (!ends.empty()) given = lattice.FindPath(ends);
  }

  // The score of the best segmentation of all up to the edge's end that uses it.
  double PathScore(const LatticeEdge& edge) const {
    return lattice.best_scores()[edge.begin] + edge.score;
  }

  std::string_view bytes;
  Lattice lattice;
  Posterior posterior;
  double log_segmentations;
  std::vector<ScoredPath> best;
  std::vector<bool> chosen;  // by edge
  std::vector<DistinctSample> distinct;
  double threshold = 0;  // of `distinct`
  std::optional<LatticePath> given;
};

TokenId IdOf(const LatticeEdge& edge) { return kFirstPieceId + edge.value; }

template <typename Function>
void ForEachChunk(const Tokenizer& tokenizer, std::string_view text, Function function) {
  std::string buffer;
  std::string_view rest = Normalize(tokenizer.normalization(), text, &buffer);
  std::size_t begin = 0;
  std::uint64_t number = 0;
  while (!rest.empty()) {
    const std::size_t length = NextChunk(rest);
    function(begin, rest.substr(0, length), number++);
    rest.remove_prefix(length);
    begin += length;
  }
}

// The pieces that occur in the chunk: the edges its lattice would have.
std::int64_t CountEdges(const UnigramView& model, std::string_view chunk) {
  std::int64_t edges = 0;
  for (std::size_t begin = 0; begin < chunk.size(); ++begin) {
    Automaton::State state = Automaton::kRoot;
    for (std::size_t end = begin; end < chunk.size(); ++end) {
      if (!model.automaton->Step(&state, static_cast<unsigned char>(chunk[end]))) break;
      edges += model.automaton->HasValue(state);
    }
  }
  return edges;
}

std::string CountText(double log_count) {
  // Exact while a double holds it, and readable.
  if (log_count < std::log(1e9)) {
    return GroupDigits(static_cast<std::int64_t>(std::llround(std::exp(log_count))));
  }
  const double log10_count = log_count / std::log(10.0);
  const double exponent = std::floor(log10_count);
  return absl::StrFormat("%.1fe%.0f", std::pow(10, log10_count - exponent), exponent);
}

std::string Probability(double p) { return absl::StrFormat("%.4f", p); }

// Pieces in two alternating colours, a bar between them.
std::string PathText(const Tokenizer& tokenizer, const Chunk& chunk, const LatticePath& path,
                     const Style& style) {
  std::string text;
  bool odd = false;
  for (const std::size_t edge : path) {
    if (!text.empty()) text += style.Paint(Color::kDim, "|");
    text += style.Paint(odd ? Color::kCyan : Color::kGreen,
                        PieceText(tokenizer, IdOf(chunk.lattice.edges()[edge])));
    odd = !odd;
  }
  return text;
}

void PrintPath(const Tokenizer& tokenizer, const Chunk& chunk, const LatticePath& path,
               double score, const Style& style, std::ostream& out) {
  out << absl::StrFormat("  %10.4f  %8.4f  %s  ", score, score - chunk.best[0].score,
                         Probability(std::exp(chunk.posterior.LogProbability(path))))
      << PathText(tokenizer, chunk, path, style) << "\n";
}

void PrintBest(const Tokenizer& tokenizer, const Chunk& chunk, double alpha, const Style& style,
               std::ostream& out) {
  out << style.Paint(Color::kBold, "best segmentations") << " of "
      << CountText(chunk.log_segmentations)
      << absl::StrFormat(" (score, behind the best, probability at alpha %g)\n", alpha);
  for (const ScoredPath& path : chunk.best) {
    PrintPath(tokenizer, chunk, path.edges, path.score, style, out);
  }
  if (!chunk.given) return;
  out << style.Paint(Color::kBold, "the one given")
      << absl::StrFormat(" (log probability %.6f)\n", chunk.posterior.LogProbability(*chunk.given));
  PrintPath(tokenizer, chunk, *chunk.given, chunk.lattice.Score(*chunk.given), style, out);
}

void PrintCandidates(const Tokenizer& tokenizer, const Chunk& chunk, bool lattice,
                     const Style& style, std::ostream& out) {
  out << style.Paint(Color::kBold, "competing pieces") << " by where they end (* chosen)\n";
  std::vector<std::vector<std::string>> rows = {
      {"    piece", "begin", "end", "id", "score", "up to here", "behind"}};
  if (lattice) rows[0].insert(rows[0].end(), {"probability", "boundary"});
  for (std::size_t i = 0; i < chunk.lattice.edges().size(); ++i) {
    const LatticeEdge& edge = chunk.lattice.edges()[i];
    const double score = chunk.PathScore(edge);
    rows.push_back({(chunk.chosen[i] ? "  * " : "    ") + QuotedPiece(tokenizer, IdOf(edge)),
                    absl::StrCat(edge.begin), absl::StrCat(edge.end), absl::StrCat(IdOf(edge)),
                    absl::StrFormat("%.4f", edge.score), absl::StrFormat("%.4f", score),
                    absl::StrFormat("%.4f", score - chunk.lattice.best_scores()[edge.end])});
    if (!lattice) continue;
    rows.back().push_back(Probability(chunk.posterior.edge_probabilities()[i]));
    rows.back().push_back(Probability(chunk.posterior.boundary_probabilities()[edge.end]));
  }
  const std::vector<std::string> lines =
      absl::StrSplit(RenderTable(rows, std::string::npos), '\n', absl::SkipEmpty());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out << (i > 0 && chunk.chosen[i - 1] ? style.Paint(Color::kGreen, lines[i]) : lines[i]) << "\n";
  }
}

void PrintLattice(const Chunk& chunk, std::ostream& out) {
  out << absl::StrFormat(
      "alpha %g: log Z %.6f, entropy %.6f nats, expected tokens %.4f (chosen: %d), "
      "log probability of the best %.6f\n",
      chunk.posterior.alpha(), chunk.posterior.log_z(), chunk.posterior.entropy(),
      chunk.posterior.expected_tokens(), std::count(chunk.chosen.begin(), chunk.chosen.end(), true),
      chunk.posterior.LogProbability(chunk.lattice.BestPath()));
}

void PrintDistinct(const Tokenizer& tokenizer, const Chunk& chunk, const Style& style,
                   std::ostream& out) {
  out << style.Paint(Color::kBold, "distinct samples")
      << absl::StrFormat(
             " (log probability, perturbed, chance to be among these; threshold kappa %.4f)\n",
             chunk.threshold);
  for (const DistinctSample& sample : chunk.distinct) {
    out << absl::StrFormat(
               "  %10.4f  %10.4f  %s  ", sample.log_probability, sample.perturbed,
               Probability(InclusionProbability(sample.log_probability, chunk.threshold)))
        << PathText(tokenizer, chunk, sample.edges, style) << "\n";
  }
}

nlohmann::ordered_json PathJson(const Tokenizer& tokenizer, const Chunk& chunk,
                                const LatticePath& path) {
  nlohmann::ordered_json ids = nlohmann::ordered_json::array();
  nlohmann::ordered_json pieces = nlohmann::ordered_json::array();
  for (const std::size_t edge : path) {
    ids.push_back(IdOf(chunk.lattice.edges()[edge]));
    pieces.push_back(PieceText(tokenizer, ids.back()));
  }
  return {{"pieces", pieces},
          {"ids", ids},
          {"score", chunk.lattice.Score(path)},
          {"log_probability", chunk.posterior.LogProbability(path)}};
}

nlohmann::ordered_json ChunkJson(const Tokenizer& tokenizer, const Chunk& chunk) {
  nlohmann::ordered_json json = {{"alpha", chunk.posterior.alpha()},
                                 {"log_z", chunk.posterior.log_z()},
                                 {"entropy", chunk.posterior.entropy()},
                                 {"expected_tokens", chunk.posterior.expected_tokens()},
                                 {"log_segmentations", chunk.log_segmentations}};
  for (const ScoredPath& path : chunk.best) {
    json["segmentations"].push_back(PathJson(tokenizer, chunk, path.edges));
  }
  if (chunk.given) json["given"] = PathJson(tokenizer, chunk, *chunk.given);
  for (const DistinctSample& sample : chunk.distinct) {
    nlohmann::ordered_json one = PathJson(tokenizer, chunk, sample.edges);
    one["perturbed"] = sample.perturbed;
    one["inclusion_probability"] = InclusionProbability(sample.log_probability, chunk.threshold);
    json["distinct_samples"].push_back(std::move(one));
  }
  // null where all segmentations are given: the threshold is -infinity.
  if (!chunk.distinct.empty()) json["threshold"] = chunk.threshold;
  for (std::size_t i = 0; i < chunk.lattice.edges().size(); ++i) {
    const LatticeEdge& edge = chunk.lattice.edges()[i];
    json["candidates"].push_back({{"begin", edge.begin},
                                  {"end", edge.end},
                                  {"id", IdOf(edge)},
                                  {"piece", PieceText(tokenizer, IdOf(edge))},
                                  {"score", edge.score},
                                  {"path_score", chunk.PathScore(edge)},
                                  {"chosen", static_cast<bool>(chunk.chosen[i])},
                                  {"probability", chunk.posterior.edge_probabilities()[i]}});
  }
  const absl::Span<const double> boundaries = chunk.posterior.boundary_probabilities();
  json["boundary_probabilities"] = std::vector<double>(boundaries.begin(), boundaries.end());
  return json;
}

}  // namespace

absl::StatusOr<std::vector<std::size_t>> SegmentationEnds(const Tokenizer& tokenizer,
                                                          std::string_view text,
                                                          std::string_view line) {
  const absl::StatusOr<std::vector<TokenId>> ids = ParsePieceLine(tokenizer, line);
  if (!ids.ok()) return ids.status();
  std::vector<std::size_t> ends;
  std::string bytes;
  for (const TokenId id : *ids) {
    if (!tokenizer.vocabulary().IsPiece(id)) {
      return absl::InvalidArgumentError(
          absl::StrCat(PieceText(tokenizer, id), " is no piece, and has no score"));
    }
    bytes += tokenizer.vocabulary().PieceBytes(id);
    ends.push_back(bytes.size());
  }
  std::string buffer;
  const std::string normalized(Normalize(tokenizer.normalization(), text, &buffer));
  if (bytes != normalized) {
    return absl::InvalidArgumentError(absl::StrCat("the pieces spell \"", EscapeBytes(bytes),
                                                   "\", and the text is \"",
                                                   EscapeBytes(normalized), "\""));
  }
  std::string crossed;
  ForEachChunk(tokenizer, text, [&](std::size_t begin, std::string_view chunk, std::uint64_t) {
    const std::size_t end = begin + chunk.size();
    if (!std::binary_search(ends.begin(), ends.end(), end)) {
      crossed = absl::StrCat("a piece reaches across the end of a line, byte ", end);
    }
  });
  if (!crossed.empty()) return absl::InvalidArgumentError(crossed);
  return ends;
}

std::int64_t ExplanationMemory(const Tokenizer& tokenizer, std::string_view text,
                               const ExplainOptions& options, bool json) {
  // Measured: a line of the table, or an object, for each edge; vectors by position; a path for
  // each segmentation, whose search holds others.
  constexpr std::int64_t kEdge = 1400;
  constexpr std::int64_t kByte = 160;
  const std::int64_t path_byte = json ? 200 : 40;
  std::int64_t most = 0;
  std::int64_t total = 0;
  ForEachChunk(tokenizer, text, [&](std::size_t, std::string_view chunk, std::uint64_t) {
    const auto paths = static_cast<std::int64_t>(options.nbest + options.distinct);
    const auto bytes = static_cast<std::int64_t>(chunk.size());
    const std::int64_t memory =
        kEdge * CountEdges(tokenizer.vocabulary().segmenter().unigram(), chunk) + kByte * bytes +
        path_byte * paths * bytes;
    most = std::max(most, memory);
    total += memory;
  });
  return (json ? total : most) + 4 * static_cast<std::int64_t>(text.size());
}

void PrintExplanation(const Tokenizer& tokenizer, std::string_view text,
                      const ExplainOptions& options, const Style& style, std::ostream& out) {
  bool first = true;
  ForEachChunk(
      tokenizer, text, [&](std::size_t begin, std::string_view bytes, std::uint64_t number) {
        const Chunk chunk(tokenizer, begin, bytes, options, number);
        if (!first) out << "\n";
        first = false;
        out << style.Paint(Color::kBold, "chunk") << " at byte " << begin << ", " << bytes.size()
            << (bytes.size() == 1 ? " byte: \"" : " bytes: \"") << EscapeBytes(bytes) << "\"\n";
        if (options.lattice) PrintLattice(chunk, out);
        PrintBest(tokenizer, chunk, options.alpha, style, out);
        if (options.distinct > 0) PrintDistinct(tokenizer, chunk, style, out);
        PrintCandidates(tokenizer, chunk, options.lattice, style, out);
      });
}

nlohmann::ordered_json ExplanationJson(const Tokenizer& tokenizer, std::string_view text,
                                       const ExplainOptions& options) {
  nlohmann::ordered_json chunks = nlohmann::ordered_json::array();
  ForEachChunk(tokenizer, text,
               [&](std::size_t begin, std::string_view bytes, std::uint64_t number) {
                 nlohmann::ordered_json json = {{"begin", begin}, {"text", EscapeBytes(bytes)}};
                 json.update(ChunkJson(tokenizer, Chunk(tokenizer, begin, bytes, options, number)));
                 chunks.push_back(std::move(json));
               });
  return {{"chunks", std::move(chunks)}};
}

}  // namespace bytepiece
