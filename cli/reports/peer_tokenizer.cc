// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/peer_tokenizer.h"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/reports/peer_tokenizer_script.h"

namespace bytepiece {
namespace {

static_assert(std::endian::native == std::endian::little);  // of the numbers sent and received

constexpr std::uint64_t kFailed = ~std::uint64_t{0};

// Reads the script's first line, the vocabulary size.
absl::StatusOr<std::int64_t> ReadGreeting(const std::string& path, PythonProcess* python) {
  const absl::StatusOr<std::string> line = python->ReadLine();
  if (!line.ok()) return line.status();
  const nlohmann::json greeting = nlohmann::json::parse(*line, nullptr, false);
  if (greeting.is_object() && greeting.contains("missing")) {
    const std::string package = greeting["missing"].get<std::string>();
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": comparing with it takes the Python package ", package,
                     ", which python3 does not find; \"pip install ", package, "\" installs it"));
  }
  if (greeting.is_object() && greeting.contains("error")) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", greeting["error"].get<std::string>()));
  }
  if (!greeting.is_object() || !greeting.contains("vocabulary_size")) {
    return absl::InternalError(absl::StrCat("python3 answered ", *line));
  }
  return greeting["vocabulary_size"].get<std::int64_t>();
}

}  // namespace

absl::StatusOr<PeerTokenizer> PeerTokenizer::Start(const std::string& path,
                                                   ForeignModel::Library library) {
  const bool is_sentencepiece = library == ForeignModel::Library::kSentencePiece;
  absl::StatusOr<std::unique_ptr<PythonProcess>> python = PythonProcess::Start(
      kPeerTokenizerScript, {is_sentencepiece ? "sentencepiece" : "tokenizers", path});
  if (!python.ok()) return python.status();
  const absl::StatusOr<std::int64_t> vocab_size = ReadGreeting(path, python->get());
  if (!vocab_size.ok()) return vocab_size.status();
  return PeerTokenizer(path, *std::move(python), *vocab_size);
}

absl::Status PeerTokenizer::Encode(std::string_view text, std::vector<std::uint32_t>* ends,
                                   std::int64_t* unknown) {
  const std::uint64_t size = text.size();
  std::string question(sizeof size, '\0');
  std::memcpy(question.data(), &size, sizeof size);
  absl::Status status = python_->Write(question);
  if (status.ok()) status = python_->Write(text);
  std::uint64_t head[2] = {};  // tokens, unknown ones; or a failure and its message's length
  if (status.ok()) status = python_->Read(reinterpret_cast<char*>(head), sizeof head);
  if (!status.ok()) return status;
  if (head[0] == kFailed) {
    std::string message(head[1], '\0');
    status = python_->Read(message.data(), message.size());
    return status.ok() ? absl::InternalError(absl::StrCat(path_, ": ", message)) : status;
  }
  *unknown += static_cast<std::int64_t>(head[1]);
  ends->resize(head[0]);
  return python_->Read(reinterpret_cast<char*>(ends->data()), head[0] * sizeof(std::uint32_t));
}

}  // namespace bytepiece
