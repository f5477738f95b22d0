// SPDX-License-Identifier: Apache-2.0
#include "bench/inputs.h"

#include <cstdlib>
#include <iostream>
#include <random>
#include <utility>

#include "absl/status/statusor.h"
#include "bytepiece/io/atomic_file.h"

namespace bytepiece {
namespace {

std::string PathOf(const std::string& name) {
  const char* folder = std::getenv("BYTEPIECE_BENCH_DATA");
  return std::string(folder != nullptr ? folder : "build/bench-data") + "/" + name;
}

template <typename T>
T ValueOrExit(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << value.status().message() << "\nrun bench/prepare first\n";
  std::exit(1);
}

std::string Repeat(const std::string& part, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + part.size());
  while (text.size() < bytes) text += part;
  text.resize(bytes);
  return text;
}

template <typename Next>
std::string Generate(std::size_t bytes, Next next) {
  std::string text(bytes, '\0');
  for (char& byte : text) byte = static_cast<char>(next());
  return text;
}

}  // namespace

const std::vector<std::string>& ProseNames() {
  static const std::vector<std::string> names = {"zh", "en", "code", "multi"};
  return names;
}

const std::vector<std::string>& WorstCaseNames() {
  static const std::vector<std::string> names = {"letter", "newlines", "random", "digits",
                                                 "long_piece"};
  return names;
}

std::string BenchInput(const std::string& name, std::size_t bytes) {
  std::mt19937_64 engine(20260101);
  if (name == "letter") return std::string(bytes, 'a');
  if (name == "newlines") return std::string(bytes, '\n');
  if (name == "random") return Generate(bytes, [&] { return engine() >> 56; });
  if (name == "digits") return Generate(bytes, [&] { return '0' + engine() % 10; });
  if (name == "long_piece") {
    const Tokenizer tokenizer = BenchTokenizer("80k");
    std::string_view longest;
    for (TokenId id = kFirstPieceId; id < tokenizer.vocabulary().end_of_pieces(); ++id) {
      const std::string_view piece = tokenizer.vocabulary().PieceBytes(id);
      if (piece.size() > longest.size()) longest = piece;
    }
    return Repeat(std::string(longest), bytes);
  }
  constexpr std::int64_t kMost = std::int64_t{1} << 32;
  std::string text = ValueOrExit(ReadFile(PathOf(name + ".txt"), kMost));
  if (text.size() > bytes) text.resize(bytes);
  return text;
}

Tokenizer BenchTokenizer(const std::string& name, ModelForm form) {
  const char* const suffix = form == ModelForm::kProtobuf ? ".model" : ".compiled";
  return ValueOrExit(Tokenizer::Load(PathOf(name + suffix), {.trust = ModelTrust::kTrusted}));
}

}  // namespace bytepiece
