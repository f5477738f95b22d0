// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/cover_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "bytepiece/segmentation/segmenter.h"
#include "lm/continuation/log_add.h"

namespace bytepiece::lm {
namespace {

constexpr std::size_t kWidening = 4;

struct Node {
  TokenContext context;  // the query's, and the tokens after it
  std::size_t end = 0;   // bytes that these stand for
  double log_probability = 0;
};

class Search {
 public:
  Search(const CoverQuery& query, const CoverSearchOptions& options, const PrefixIndex& index,
         std::vector<Cover>* covers)
      : query_(query), options_(options), index_(index), bytes_(query.bytes), covers_(covers) {
    sums_.log_mass.assign(bytes_.size() + 1, kLogZero);
    sums_.log_mass[0] = 0;
    sums_.log_missed = kLogZero;
    log_next_.fill(kLogZero);
  }

  absl::StatusOr<CoverSums> Run(TokenModel* model) {
    std::vector<Node> level = {{query_.context, 0, 0}};
    std::vector<TokenContext> contexts;
    std::vector<double> probabilities;
    while (!level.empty()) {
      contexts.clear();
      for (const Node& node : level) contexts.push_back(node.context);
      if (absl::Status status = model->Next(contexts, &probabilities); !status.ok()) return status;
      const auto width = static_cast<std::size_t>(model->vocab_size());
      std::vector<Node> children;
      for (std::size_t i = 0; i < level.size(); ++i) {
        const auto row = absl::MakeConstSpan(probabilities).subspan(i * width, width);
        AddMass(level[i], row);
        AddNext(level[i], row);
        AddChildren(level[i], row, &children);
      }
      Prune(&children);
      level = std::move(children);
    }
    const double given = sums_.log_mass[query_.position];
    if (given > kLogZero) {
      for (std::size_t i = 0; i < log_next_.size(); ++i) {
        sums_.next[i] = std::exp(log_next_[i] - given);
      }
      if (covers_ != nullptr) {
        for (Cover& cover : *covers_) cover.probability = std::exp(cover.probability - given);
      }
    }
    return std::move(sums_);
  }

 private:
  // The least number of bytes that the token after `node` has to stand for.
  std::size_t Least(const Node& node) const {
    return node.context.size() == query_.context.size() ? query_.first_token : 0;
  }

  absl::Span<const TokenId> Pieces(const Node& node, std::size_t length) const {
    return index_.Pieces(bytes_.substr(node.end, std::max(length, Least(node))));
  }

  void AddMass(const Node& node, absl::Span<const double> row) {
    for (std::size_t length = 1; node.end + length <= bytes_.size(); ++length) {
      const absl::Span<const TokenId> pieces = Pieces(node, length);
      if (pieces.empty()) return;
      double sum = 0;
      for (const TokenId id : pieces) sum += row[static_cast<std::size_t>(id)];
      double& log_mass = sums_.log_mass[node.end + length];
      log_mass = LogAdd(log_mass, node.log_probability + std::log(sum));
    }
  }

  void AddNext(const Node& node, absl::Span<const double> row) {
    if (node.end > query_.position) return;
    const std::size_t old = query_.position - node.end;
    ByteDistribution sums = {};
    for (const TokenId id : Pieces(node, old)) {
      const std::string_view piece = index_.vocabulary().PieceBytes(id);
      if (piece.size() <= old) continue;
      const double p = row[static_cast<std::size_t>(id)];
      sums[static_cast<unsigned char>(piece[old])] += p;
      AddCover(node, id, p);
    }
    if (old == 0 && Least(node) == 0) {
      sums[kEndOfText] = row[kEosId];
      AddCover(node, kEosId, row[kEosId]);
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (sums[i] == 0) continue;
      log_next_[i] = LogAdd(log_next_[i], node.log_probability + std::log(sums[i]));
    }
  }

  void AddCover(const Node& node, TokenId last, double probability) {
    if (covers_ == nullptr || probability == 0) return;
    // This is the logarithm, until all is summed.
    covers_->push_back(
        {node.context.Tokens(query_.context.size()), node.log_probability + std::log(probability)});
    covers_->back().tokens.push_back(last);
  }

  void AddChildren(const Node& node, absl::Span<const double> row, std::vector<Node>* children) {
    // A node at the end adds to `next` alone.
    const std::size_t last_end =
        query_.position == bytes_.size() ? bytes_.size() : bytes_.size() - 1;
    const Automaton& automaton = *index_.vocabulary().segmenter().unigram().automaton;
    Automaton::State state = Automaton::kRoot;
    for (std::size_t end = node.end; end < last_end;) {
      if (!automaton.Step(&state, static_cast<unsigned char>(bytes_[end]))) return;
      ++end;
      if (!automaton.HasValue(state) || end - node.end < Least(node)) continue;
      const TokenId id = kFirstPieceId + automaton.Value(state);
      const double p = row[static_cast<std::size_t>(id)];
      if (p == 0) continue;
      children->push_back({node.context.Then(id), end, node.log_probability + std::log(p)});
    }
  }

  void Prune(std::vector<Node>* nodes) {
    const double least = std::log(options_.negligible) + sums_.log_mass.back();
    std::erase_if(*nodes, [&](const Node& node) {
      if (node.log_probability >= least) return false;
      Miss(node);
      return true;
    });
    if (nodes->size() <= options_.beam) return;
    // Nodes are compared as if each byte to come cost one nat: those that have paid for more bytes
    // are not to be left out for that.
    const auto promise = [&](const Node& node) {
      return node.log_probability + static_cast<double>(node.end);
    };
    std::stable_sort(nodes->begin(), nodes->end(),
                     [&](const Node& a, const Node& b) { return promise(a) > promise(b); });
    std::for_each(nodes->begin() + static_cast<std::ptrdiff_t>(options_.beam), nodes->end(),
                  [&](const Node& node) { Miss(node); });
    nodes->resize(options_.beam);
  }

  void Miss(const Node& node) { sums_.log_missed = LogAdd(sums_.log_missed, node.log_probability); }

  const CoverQuery& query_;
  const CoverSearchOptions& options_;
  const PrefixIndex& index_;
  std::string_view bytes_;
  std::vector<Cover>* covers_;
  std::array<double, 257> log_next_;  // by byte, joint with the bytes before
  CoverSums sums_;
};

// True if something was left out and nothing that was asked for is left.
bool IsLost(const CoverSums& sums, const CoverQuery& query) {
  if (sums.log_missed == kLogZero) return false;
  if (sums.log_mass.back() == kLogZero) return true;
  return query.position == query.bytes.size() &&
         std::all_of(sums.next.begin(), sums.next.end(), [](double p) { return p == 0; });
}

}  // namespace

absl::Status ImpossibleText() {
  return absl::OutOfRangeError("the model gives no probability to any text that begins so");
}

absl::Status LostText() {
  return absl::OutOfRangeError(absl::StrCat("the model gives no probability to what a beam of ",
                                            kWidestBeam, " keeps of the texts that begin so"));
}

absl::StatusOr<CoverSums> SumCovers(const CoverQuery& query, const CoverSearchOptions& options,
                                    const PrefixIndex& index, TokenModel* model,
                                    std::vector<Cover>* covers) {
  if (query.context.empty() || query.position > query.bytes.size() ||
      query.first_token > query.position || options.beam == 0) {
    return absl::InvalidArgumentError(
        "a cover query needs a context, first_token <= position <= bytes, and a beam");
  }
  if (model->vocab_size() < index.vocabulary().end_of_pieces()) {
    return absl::InvalidArgumentError(absl::StrCat("the model knows ", model->vocab_size(),
                                                   " tokens; the vocabulary has ",
                                                   index.vocabulary().size()));
  }
  const std::size_t given = covers == nullptr ? 0 : covers->size();
  CoverSearchOptions widened = options;
  while (true) {
    absl::StatusOr<CoverSums> sums = Search(query, widened, index, covers).Run(model);
    if (!sums.ok() || !IsLost(*sums, query) || widened.beam >= kWidestBeam) return sums;
    widened.beam = std::min(kWidestBeam, kWidening * widened.beam);
    if (covers != nullptr) covers->resize(given);
  }
}

}  // namespace bytepiece::lm
