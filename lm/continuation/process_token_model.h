// SPDX-License-Identifier: Apache-2.0
// Anybody's model as a TokenModel: a program that speaks JSON Lines on its standard input
// and output. docs/examples/token_model.py is one.
//
// Its first line, before any request:  {"vocab_size": 32000, "name": "my model"}
// Then, for each line that it reads:   {"contexts": [[1, 512, 77], [1, 9]]}
// one line:                            {"log_probabilities": [[-3.2, null, ...], [...]]}
// with a row for each context, of vocab_size natural logarithms of p(next = id | context),
// null for probability 0; or           {"error": "what is wrong"}
// It ends when its input does. The numbers of a row may sum to 1 within 1 % (they are made
// to sum to 1): what is further off is not log probabilities. Other keys are ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lm/continuation/line_process.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

class ProcessTokenModel : public TokenModel {
 public:
  // Starts `command` with /bin/sh and reads its first line. Errors, here and later, name
  // the program, the line and the cause.
  static absl::StatusOr<std::unique_ptr<ProcessTokenModel>> Start(const std::string& command);

  // The name that the program gives itself; the command if it gives none.
  const std::string& name() const { return name_; }
  std::int64_t vocab_size() const override { return vocab_size_; }
  absl::Status Next(absl::Span<const TokenContext> contexts,
                    std::vector<double>* probabilities) override;
  // Requests. A call is one, unless its answer would be of millions of numbers.
  std::int64_t evaluations() const override { return evaluations_; }

 private:
  ProcessTokenModel(std::unique_ptr<LineProcess> process, std::string name,
                    std::int64_t vocab_size);

  absl::Status Ask(absl::Span<const TokenContext> contexts, double* probabilities);

  std::unique_ptr<LineProcess> process_;
  std::string name_;
  std::int64_t vocab_size_;
  std::int64_t evaluations_ = 0;
};

}  // namespace bytepiece::lm
