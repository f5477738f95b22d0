// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/megatron_index.h"

#include <type_traits>

namespace bytepiece {
namespace {

constexpr std::string_view kMagic("MMIDIDX\0\0", 9);
constexpr std::uint8_t kInt32Code = 4;
constexpr std::uint8_t kUint16Code = 8;

template <typename T>
void Append(T value, std::string* bytes) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) *bytes += static_cast<char>(bits >> (8 * i));
}

// Takes little-endian numbers off the front of bytes; missing ones are 0 and
// leave `complete` false.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    if (bytes_.size() < sizeof(T)) {
      complete_ = false;
      return 0;
    }
    std::uint64_t bits = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) {
      bits = (bits << 8) | static_cast<unsigned char>(bytes_[i]);
    }
    bytes_.remove_prefix(sizeof(T));
    return static_cast<T>(bits);
  }

  std::string_view rest() const { return bytes_; }
  bool complete() const { return complete_; }

 private:
  std::string_view bytes_;
  bool complete_ = true;
};

absl::Status Damaged() { return absl::DataLossError("damaged or truncated Megatron-LM index"); }

// Whether `rest` is exactly as long as so many sequences and boundaries need.
bool SizesFit(std::uint64_t sequences, std::uint64_t boundaries, std::size_t rest) {
  constexpr std::size_t kPerSequence = sizeof(std::int32_t) + sizeof(std::int64_t);
  return boundaries >= 1 && sequences <= rest / kPerSequence &&
         boundaries <= rest / sizeof(std::int64_t) &&
         sequences * kPerSequence + boundaries * sizeof(std::int64_t) == rest;
}

}  // namespace

std::string SerializeMegatronIndex(const MegatronIndex& index) {
  std::string bytes(kMagic);
  Append<std::uint64_t>(1, &bytes);
  Append<std::uint8_t>(index.type == TokenType::kUint16 ? kUint16Code : kInt32Code, &bytes);
  Append<std::uint64_t>(index.lengths.size(), &bytes);
  Append<std::uint64_t>(index.document_starts.size(), &bytes);
  for (const std::int32_t length : index.lengths) Append(length, &bytes);
  std::int64_t offset = 0;
  for (const std::int32_t length : index.lengths) {
    Append(offset, &bytes);
    offset += std::int64_t{length} * TokenTypeSize(index.type);
  }
  for (const std::int64_t start : index.document_starts) Append(start, &bytes);
  return bytes;
}

absl::StatusOr<MegatronIndex> ParseMegatronIndex(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    return absl::InvalidArgumentError("not a Megatron-LM index");
  }
  Cursor cursor(bytes.substr(kMagic.size()));
  const auto version = cursor.Take<std::uint64_t>();
  const auto code = cursor.Take<std::uint8_t>();
  const auto sequences = cursor.Take<std::uint64_t>();
  const auto boundaries = cursor.Take<std::uint64_t>();
  if (!cursor.complete() || !SizesFit(sequences, boundaries, cursor.rest().size())) {
    return Damaged();
  }
  if (version != 1 || (code != kUint16Code && code != kInt32Code)) {
    return absl::InvalidArgumentError(
        "a Megatron-LM index of another version or id type than 1 and uint16 or int32");
  }
  MegatronIndex index;
  index.type = code == kUint16Code ? TokenType::kUint16 : TokenType::kUint32;
  for (std::uint64_t i = 0; i < sequences; ++i) {
    index.lengths.push_back(cursor.Take<std::int32_t>());
  }
  std::int64_t offset = 0;
  for (const std::int32_t length : index.lengths) {
    if (length < 0 || cursor.Take<std::int64_t>() != offset) return Damaged();
    offset += std::int64_t{length} * TokenTypeSize(index.type);
  }
  index.document_starts.clear();
  std::int64_t least = 0;
  for (std::uint64_t i = 0; i < boundaries; ++i) {
    const auto start = cursor.Take<std::int64_t>();
    if (start < least || (i == 0 && start != 0)) return Damaged();
    index.document_starts.push_back(least = start);
  }
  if (least != static_cast<std::int64_t>(sequences)) return Damaged();
  return index;
}

}  // namespace bytepiece
