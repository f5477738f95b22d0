// SPDX-License-Identifier: Apache-2.0
// Model files: as they come; with checksum and digest mended, so that what comes after them is
// reached; and whole messages made of the input. What is accepted must work: it is written back
// to the same model, encodes, and decodes to the text.
#include <string>
#include <string_view>

#include "bytepiece/model/model_io.h"
#include "bytepiece/tokenizer.h"
#include "proto/bytepiece_model.pb.h"
#include "tests/fuzz/fuzz_input.h"

namespace bytepiece {
namespace {

// The bytes of the fields up to the checksum: magic, a version of one byte, the checksum itself.
constexpr std::size_t kChecksumEnd = 5 + 2 + 9;

std::uint64_t Fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3;
  }
  return hash;
}

std::string Mended(proto::Model message) {
  message.set_magic(0x314D5042);
  if (message.version() == 0 || message.version() > 127) message.set_version(1);
  if (message.has_provenance()) {
    message.mutable_provenance()->set_options_digest(
        Fnv1a(message.provenance().trainer().SerializeAsString()));
  }
  message.set_checksum(1);  // absent while 0
  const std::string bytes = message.SerializeAsString();
  if (bytes.size() < kChecksumEnd) return bytes;
  message.set_checksum(Fnv1a(std::string_view(bytes).substr(kChecksumEnd)));
  return message.SerializeAsString();
}

void Try(std::string_view bytes, std::string_view text) {
  absl::StatusOr<Model> model = ParseModel(bytes);
  RequireReadable(model.status());
  if (!model.ok()) return;
  const std::string written = SerializeModel(*model);
  const absl::StatusOr<Model> again = ParseModel(written);
  FUZZ_REQUIRE(again.ok());
  FUZZ_REQUIRE(SerializeModel(*again) == written);
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(*std::move(model), Normalization::kNone);
  RequireReadable(tokenizer.status());
  if (!tokenizer.ok()) return;
  const absl::StatusOr<std::string> decoded = tokenizer->Decode(tokenizer->Encode(text));
  FUZZ_REQUIRE(decoded.ok() && *decoded == text);
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view text = bytes.substr(bytes.size() / 2);
  Try(bytes, text);
  proto::Model message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  Try(Mended(message), text);
  // Few inputs spell all 256 bytes, without which no model is valid.
  std::string has(256, '\0');
  for (const proto::Piece& piece : message.pieces()) {
    if (piece.bytes().size() == 1) has[static_cast<unsigned char>(piece.bytes()[0])] = 1;
  }
  proto::Model full = message;
  full.clear_pieces();
  int id = 3;
  for (int b = 0; b < 256; ++b) {
    proto::Piece* const piece = full.add_pieces();
    piece->set_bytes(std::string(1, static_cast<char>(b)));
    piece->set_count(1 + b % 7);
    piece->set_id(id++);
  }
  for (const proto::Piece& piece : message.pieces()) {
    if (piece.bytes().size() < 2) continue;
    proto::Piece* const added = full.add_pieces();
    *added = piece;
    added->set_id(id++);
  }
  for (proto::SpecialToken& token : *full.mutable_special_tokens()) token.set_id(id++);
  if (full.negated_whole_scores_size() > 0) {  // valid as one for each piece alone
    full.set_version(2);
    full.mutable_negated_whole_scores()->Resize(full.pieces_size(), 2047);
  }
  Try(Mended(full), text);
  return 0;
}
