// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/process_token_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace bytepiece::lm {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostTokens = std::int64_t{1} << 24;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 22;  // of one answer
constexpr std::int64_t kMostBytesPerNumber = 64;
constexpr std::int64_t kMostBytesBeside = 1 << 16;  // of the rest of a line
constexpr double kTolerance = 0.01;

// The object that a line is.
absl::StatusOr<json> ReadObject(const std::string& line, const LineProcess& process) {
  json value = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) {
    const bool not_finite =
        line.find("Infinity") != std::string::npos || line.find("NaN") != std::string::npos;
    return process.Complaint(absl::StrCat(
        "is not a JSON object",
        not_finite ? "; JSON has no Infinity and no NaN: write null for the logarithm of 0"
                   : ": " + line.substr(0, 60)));
  }
  if (const auto error = value.find("error"); error != value.end()) {
    return process.Complaint(
        absl::StrCat("reports: ", error->is_string() ? error->get<std::string>() : error->dump()));
  }
  return value;
}

// Logarithms -> probabilities of sum 1. The empty string, or what is wrong with the row.
std::string ReadRow(const json& row, std::int64_t vocab_size, double* probabilities) {
  if (!row.is_array()) return "is not a list";
  if (static_cast<std::int64_t>(row.size()) != vocab_size) {
    return absl::StrCat("has ", row.size(), " numbers, and the vocabulary ", vocab_size, " tokens");
  }
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i].is_number() && !row[i].is_null()) {
      return absl::StrCat("has at token id ", i, " what is neither a number nor null");
    }
    probabilities[i] = row[i].is_null() ? 0 : std::exp(row[i].get<double>());
    sum += probabilities[i];
  }
  if (!(std::abs(sum - 1) <= kTolerance)) {
    return absl::StrCat("has probabilities of sum ", sum,
                        ", not 1; send natural logarithms of probabilities (log softmax)");
  }
  std::for_each(probabilities, probabilities + vocab_size, [&](double& p) { p /= sum; });
  return "";
}

std::string Request(absl::Span<const TokenContext> contexts) {
  return absl::StrCat("{\"contexts\": [",
                      absl::StrJoin(contexts, ", ",
                                    [](std::string* out, const TokenContext& context) {
                                      absl::StrAppend(out, "[",
                                                      absl::StrJoin(context.Tokens(), ", "), "]");
                                    }),
                      "]}");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessTokenModel>> ProcessTokenModel::Start(
    const std::string& command) {
  auto process = LineProcess::Start(command);
  if (!process.ok()) return process.status();
  const auto line = (*process)->Read(kMostBytesBeside);
  if (!line.ok()) return line.status();
  const auto hello = ReadObject(*line, **process);
  if (!hello.ok()) return hello.status();
  const auto size = hello->find("vocab_size");
  if (size == hello->end() || !size->is_number_integer() || *size < 1 || *size > kMostTokens) {
    return (*process)->Complaint(
        absl::StrCat("the first needs \"vocab_size\", an integer from 1 to ", kMostTokens));
  }
  const auto name = hello->find("name");
  return std::unique_ptr<ProcessTokenModel>(new ProcessTokenModel(
      *std::move(process),
      name != hello->end() && name->is_string() ? name->get<std::string>() : command,
      size->get<std::int64_t>()));
}

ProcessTokenModel::ProcessTokenModel(std::unique_ptr<LineProcess> process, std::string name,
                                     std::int64_t vocab_size)
    : process_(std::move(process)), name_(std::move(name)), vocab_size_(vocab_size) {}

absl::Status ProcessTokenModel::Next(absl::Span<const TokenContext> contexts,
                                     std::vector<double>* probabilities) {
  if (std::any_of(contexts.begin(), contexts.end(), [](const auto& c) { return c.empty(); })) {
    return absl::InvalidArgumentError("a context is empty; begin with <bos>");
  }
  const std::size_t row = static_cast<std::size_t>(vocab_size_);
  const std::size_t most = std::max<std::size_t>(1, kMostNumbers / row);
  probabilities->assign(contexts.size() * row, 0);
  for (std::size_t begin = 0; begin < contexts.size(); begin += most) {
    const absl::Status status =
        Ask(contexts.subspan(begin, most), probabilities->data() + begin * row);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ProcessTokenModel::Ask(absl::Span<const TokenContext> contexts,
                                    double* probabilities) {
  ++evaluations_;
  const std::int64_t numbers = static_cast<std::int64_t>(contexts.size()) * vocab_size_;
  const auto line =
      process_->Ask(Request(contexts), numbers * kMostBytesPerNumber + kMostBytesBeside);
  if (!line.ok()) return line.status();
  const auto answer = ReadObject(*line, *process_);
  if (!answer.ok()) return answer.status();
  const auto rows = answer->find("log_probabilities");
  if (rows == answer->end() || !rows->is_array()) {
    return process_->Complaint("needs \"log_probabilities\", a list of rows, or \"error\"");
  }
  if (rows->size() != contexts.size()) {
    return process_->Complaint(
        absl::StrCat("has ", rows->size(), " rows for ", contexts.size(), " contexts"));
  }
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const std::string wrong = ReadRow((*rows)[i], vocab_size_, probabilities);
    if (!wrong.empty()) return process_->Complaint(absl::StrCat("row ", i, " ", wrong));
    probabilities += vocab_size_;
  }
  return absl::OkStatus();
}

}  // namespace bytepiece::lm
