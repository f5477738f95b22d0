// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/transformer_token_model.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lm/model/torch_status.h"

namespace bytepiece::lm {
namespace {

// Positions that take about as long as a pass does beyond its positions.
constexpr std::int64_t kWorthAPass = 16;

std::int64_t Length(const TokenContext& context) {
  return static_cast<std::int64_t>(context.size());
}

// Rows of the logits -> as many rows of probabilities, in double.
torch::Tensor Probabilities(const torch::Tensor& logits) {
  return torch::softmax(logits.to(torch::kCPU, torch::kDouble), -1).contiguous();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TransformerTokenModel>> TransformerTokenModel::Create(
    std::shared_ptr<Transformer> model, std::int64_t vocab_size,
    const TransformerTokenModelOptions& options) {
  if (vocab_size < 1 || vocab_size > model->config().vocab_size) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the model has logits of ", model->config().vocab_size, " tokens, and the vocabulary has ",
        vocab_size, "; use the tokenizer that the model was trained with"));
  }
  return std::unique_ptr<TransformerTokenModel>(
      new TransformerTokenModel(std::move(model), vocab_size, options));
}

TransformerTokenModel::TransformerTokenModel(std::shared_ptr<Transformer> model,
                                             std::int64_t vocab_size,
                                             const TransformerTokenModelOptions& options)
    : model_(std::move(model)),
      vocab_size_(vocab_size),
      element_size_(static_cast<std::int64_t>(model_->parameters().front().element_size())),
      memory_(options.memory),
      cache_(options.memory) {
  for (const LayerConfig& layer : model_->config().layers) {
    position_bytes_ += layer.heads * (layer.key_width + layer.value_width) * element_size_;
  }
}

absl::Status TransformerTokenModel::CheckContexts(absl::Span<const TokenContext> contexts) {
  for (const TokenContext& context : contexts) {
    if (context.empty()) return absl::InvalidArgumentError("a context is empty; begin with <bos>");
    // Contexts that are kept were checked when they came.
    const auto known = static_cast<std::size_t>(cache_.Longest(context).length());
    for (const TokenId id : context.Tokens(known)) {
      if (id < 0 || id >= vocab_size_) {
        return absl::InvalidArgumentError(absl::StrCat(
            "token id ", id, " of a context is not in [0, ", vocab_size_, "), the vocabulary"));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status TransformerTokenModel::Next(absl::Span<const TokenContext> contexts,
                                         std::vector<double>* probabilities) {
  if (absl::Status status = CheckContexts(contexts); !status.ok()) return status;
  return CatchTorch("asking the model", [&] {
    const torch::NoGradGuard no_grad;
    probabilities->assign(contexts.size() * static_cast<std::size_t>(vocab_size_), 0);
    std::vector<Question> questions;
    absl::flat_hash_map<TokenContext, std::size_t> seen;
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const auto [found, is_new] = seen.emplace(contexts[i], questions.size());
      if (is_new) questions.push_back({contexts[i], {}});
      questions[found->second].rows.push_back(static_cast<std::int64_t>(i));
    }
    return Answer(std::move(questions), probabilities->data());
  });
}

absl::Status TransformerTokenModel::Answer(std::vector<Question> questions, double* probabilities) {
  AnswerKept(&questions, probabilities);
  if (questions.empty()) return absl::OkStatus();
  TokenContext shared = questions.front().context;
  for (const Question& question : questions) shared = CommonBeginning(shared, question.context);
  const ContextCache::Place known = cache_.Longest(shared);
  std::int64_t saved = known.length() - Length(shared);
  for (const Question& question : questions) {
    saved += std::max<std::int64_t>(0, Length(shared) - cache_.Longest(question.context).length());
  }
  if (saved >= kWorthAPass) {
    if (absl::Status status = Extend({{shared, {}}}, {known}); !status.ok()) return status;
  }
  // Shortest first: each may be the beginning of a later one.
  std::stable_sort(questions.begin(), questions.end(), [](const Question& a, const Question& b) {
    return a.context.size() < b.context.size();
  });
  for (AnswerKept(&questions, probabilities); !questions.empty();
       AnswerKept(&questions, probabilities)) {
    const std::int64_t length = Length(questions.front().context);
    const ContextCache::Place source = cache_.Longest(questions.front().context);
    const std::int64_t row_bytes = length * position_bytes_ + vocab_size_ * element_size_;
    const std::int64_t most = std::max<std::int64_t>(1, memory_ / 2 / row_bytes);
    std::vector<Question> part;
    std::vector<ContextCache::Place> places;
    for (const Question& question : questions) {
      if (Length(question.context) > length || static_cast<std::int64_t>(part.size()) == most)
        break;
      ContextCache::Place place = cache_.Longest(question.context);
      if (place.pass != source.pass) continue;
      part.push_back(question);
      places.push_back(std::move(place));
    }
    if (absl::Status status = Extend(part, places); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void TransformerTokenModel::AnswerKept(std::vector<Question>* questions, double* probabilities) {
  // Grouped by pass, so that each pass's logits are taken at once.
  absl::flat_hash_map<const ContextPass*, std::size_t> index;
  struct Answered {
    std::shared_ptr<const ContextPass> pass;
    std::vector<std::int64_t> from;
    std::vector<Question> to;
  };
  std::vector<Answered> answered;
  std::vector<Question> open;
  for (Question& question : *questions) {
    const ContextCache::Place place = cache_.Longest(question.context);
    if (place.length() < Length(question.context)) {
      open.push_back(std::move(question));
      continue;
    }
    const auto [found, is_new] = index.emplace(place.pass.get(), answered.size());
    if (is_new) answered.push_back({place.pass, {}, {}});
    answered[found->second].from.push_back(place.row);
    answered[found->second].to.push_back(std::move(question));
  }
  for (const Answered& pass : answered) {
    const torch::Tensor rows = torch::tensor(pass.from, torch::kLong).to(model_->device());
    const torch::Tensor values = Probabilities(pass.pass->logits.index_select(0, rows));
    const double* value = values.data_ptr<double>();
    for (const Question& question : pass.to) {
      for (const std::int64_t row : question.rows) {
        std::copy_n(value, vocab_size_, probabilities + row * vocab_size_);
      }
      value += vocab_size_;
    }
  }
  *questions = std::move(open);
}

absl::Status TransformerTokenModel::Extend(absl::Span<const Question> questions,
                                           absl::Span<const ContextCache::Place> places) {
  ContextPass pass;
  pass.length = Length(questions[0].context);
  const std::int64_t count = static_cast<std::int64_t>(questions.size());
  const std::int64_t known = places[0].length();
  std::vector<std::int64_t> rows, ids;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const TokenContext& context = questions[i].context;
    rows.push_back(places[i].row);
    const std::vector<TokenId> added = context.Tokens(static_cast<std::size_t>(known));
    ids.insert(ids.end(), added.begin(), added.end());
    pass.contexts.push_back(context);
  }
  const auto tensor = [&](const std::vector<std::int64_t>& values) {
    return torch::tensor(values, torch::kLong).to(model_->device());
  };
  pass.state = known > 0 ? Transformer::Select(places[0].pass->state, tensor(rows))
                         : model_->NewState(count);
  const torch::Tensor more = tensor(ids).view({count, pass.length - known});
  ++evaluations_;
  const torch::Tensor logits = more.size(1) == 1 ? model_->Step(more.select(1, 0), &pass.state)
                                                 : model_->Prefill(more, &pass.state);
  if (!logits.isfinite().all().item<bool>()) {
    return absl::DataLossError("the model's logits are not numbers; was it trained?");
  }
  pass.logits = logits.slice(1, 0, vocab_size_).contiguous();
  pass.bytes = count * (pass.length * position_bytes_ + vocab_size_ * element_size_);
  cache_.Keep(std::move(pass));
  return absl::OkStatus();
}

}  // namespace bytepiece::lm
