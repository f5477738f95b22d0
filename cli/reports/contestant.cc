// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/contestant.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/tokenizer.h"
#include "cli/files/model_file.h"
#include "cli/reports/peer_tokenizer.h"
#include "cli/reports/span_tally.h"

namespace bytepiece {
namespace {

double ThreadSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class OwnContestant : public Contestant {
 public:
  OwnContestant(std::string path, Tokenizer tokenizer, int threads)
      : Contestant(std::move(path)), tokenizer_(std::move(tokenizer)) {
    for (int i = 0; i < threads; ++i) states_.emplace_back(tokenizer_);
  }

  bool TakesEveryByte() const override {
    return tokenizer_.normalization() == Normalization::kNone;
  }

  absl::Status Encode(absl::Span<const std::string_view> texts) override {
    std::vector<absl::Status> statuses(states_.size());
    ForEachOnThreads(texts.size(), static_cast<int>(states_.size()),
                     [&](std::size_t i, int thread) {
                       statuses[thread].Update(EncodeOne(texts[i], &states_[thread]));
                     });
    for (const absl::Status& status : statuses) {
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  Evaluation Evaluate() override {
    for (; states_.size() > 1; states_.pop_back()) {
      states_[0].tally.Merge(states_.back().tally);
      states_[0].seconds += states_.back().seconds;
    }
    const Evaluation evaluation = bytepiece::Evaluate(states_[0].tally);
    tokens_ = evaluation.tokens;
    return evaluation;
  }

  std::optional<double> TokensPerSecond() const override {
    return static_cast<double>(tokens_) / std::max(states_[0].seconds, 1e-9);
  }

 private:
  struct ThreadState {
    explicit ThreadState(const Tokenizer& tokenizer)
        : tally(&tokenizer.vocabulary()), worker(tokenizer.NewWorker()) {}
    TokenTally tally;
    Worker worker;
    std::vector<TokenId> ids;
    double seconds = 0;
  };

  static absl::Status EncodeOne(std::string_view text, ThreadState* state) {
    state->ids.clear();
    const double start = ThreadSeconds();
    const absl::Status status = state->worker.Encode(text, {}, &state->ids);
    state->seconds += ThreadSeconds() - start;
    if (status.ok()) state->tally.Add(state->ids);
    return status;
  }

  Tokenizer tokenizer_;
  std::vector<ThreadState> states_;
  std::int64_t tokens_ = 0;
};

class PeerContestant : public Contestant {
 public:
  PeerContestant(std::string path, PeerTokenizer tokenizer)
      : Contestant(std::move(path)), tokenizer_(std::move(tokenizer)) {}

  bool TakesEveryByte() const override { return false; }  // as far as we know

  absl::Status Encode(absl::Span<const std::string_view> texts) override {
    for (const std::string_view text : texts) {
      absl::Status status = tokenizer_.Encode(text, &ends_, &unknown_);
      if (!status.ok()) return status;
      tally_.Add(text, ends_);
    }
    return absl::OkStatus();
  }

  Evaluation Evaluate() override {
    Evaluation evaluation;
    evaluation.vocabulary_size = tokenizer_.vocab_size();
    evaluation.tokens = tally_.tokens();
    evaluation.unknown_tokens = unknown_;
    evaluation.scripts = tally_.scripts();
    return evaluation;
  }

  std::optional<double> TokensPerSecond() const override { return std::nullopt; }

 private:
  PeerTokenizer tokenizer_;
  SpanTally tally_;
  std::vector<std::uint32_t> ends_;
  std::int64_t unknown_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Contestant>> Contestant::Load(
    const std::string& path, std::optional<Normalization> normalization, int threads) {
  absl::StatusOr<Tokenizer> own =
      Tokenizer::Load(path, {.normalization = normalization, .trust = ModelTrust::kTrusted});
  if (own.ok()) return std::make_unique<OwnContestant>(path, *std::move(own), threads);
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return own.status();
  const std::optional<ForeignModel> foreign = RecognizeForeignModel(*bytes);
  if (!foreign || foreign->library == ForeignModel::Library::kTiktoken) {
    return ExplainNoModel(path, own.status());
  }
  absl::StatusOr<PeerTokenizer> peer = PeerTokenizer::Start(path, foreign->library);
  if (!peer.ok()) return peer.status();
  return std::make_unique<PeerContestant>(path, *std::move(peer));
}

}  // namespace bytepiece
