// SPDX-License-Identifier: Apache-2.0
// Text for property tests: seeded, the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bytepiece {

// Print the seed where a test may fail: CAPTURE(seed).
class RandomText {
 public:
  explicit RandomText(std::uint64_t seed) : engine_(seed) {}

  // Uniform in 0..bound-1; bound > 0. (The distributions of <random> differ
  // between libraries, its engines do not.)
  std::size_t Below(std::size_t bound) { return engine_() % bound; }

  std::string Bytes(std::size_t length);
  std::string Over(std::string_view alphabet, std::size_t length);

  // Valid multilingual text of at least `length` bytes, runs of one script
  // mixed with spaces, newlines, digits and combining marks.
  std::string ValidUtf8(std::size_t length);

  // The same with about one byte in 30 replaced, removed, doubled or moved.
  std::string MutatedUtf8(std::size_t length);

 private:
  std::mt19937_64 engine_;
};

// Documents that have broken tokenizers: empty, NUL, surrogates as bytes,
// truncated characters, newline runs, marks out of order, jamo, long letters...
std::vector<std::string> AwkwardDocuments();

// The UTF-8 of `c`, surrogates included.
std::string EncodeUtf8(char32_t c);

}  // namespace bytepiece
