// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/text_token_model.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace bytepiece::lm {

absl::Status TextTokenModel::Next(absl::Span<const TokenContext> contexts,
                                  std::vector<double>* probabilities) {
  if (model_->vocab_size() < vocab_size()) {
    return absl::InvalidArgumentError(absl::StrCat("the model knows ", model_->vocab_size(),
                                                   " tokens; the vocabulary has ",
                                                   vocabulary_->size()));
  }
  if (absl::Status status = model_->Next(contexts, probabilities); !status.ok()) return status;
  const auto from = static_cast<std::ptrdiff_t>(model_->vocab_size());
  const auto to = static_cast<std::ptrdiff_t>(vocab_size());
  auto out = probabilities->begin();
  for (std::size_t i = 0; i < contexts.size(); ++i, out += to) {
    const auto row = probabilities->begin() + static_cast<std::ptrdiff_t>(i) * from;
    const double not_text =
        std::accumulate(row, row + kEosId, 0.0) + std::accumulate(row + to, row + from, 0.0);
    most_not_text_ = std::max(most_not_text_, not_text);
    std::copy(row, row + to, out);  // to the left, if at all
    std::fill(out, out + kEosId, 0.0);
    const double sum = std::accumulate(out, out + to, 0.0);
    if (!(sum > 0)) {
      return absl::DataLossError("the model gives no probability to any piece, nor to <eos>");
    }
    for (auto p = out; p != out + to; ++p) *p /= sum;
  }
  probabilities->erase(out, probabilities->end());
  return absl::OkStatus();
}

}  // namespace bytepiece::lm
