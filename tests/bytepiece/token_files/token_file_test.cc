// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/token_file.h"

#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("either file of a Megatron-LM pair stands for both") {
  for (const char* path : {"a/ds", "a/ds.bin", "a/ds.idx"}) CHECK(MegatronPrefix(path) == "a/ds");
  CHECK(MegatronPrefix("v1.5") == "v1.5");
  CHECK(MegatronPrefix("ds.bin.idx") == "ds.bin");
}

TEST_CASE("the narrowest type that holds the vocabulary") {
  CHECK(NarrowestTokenType(TokenFormat::kNpy, 65536) == TokenType::kUint16);
  CHECK(NarrowestTokenType(TokenFormat::kNpy, 65537) == TokenType::kUint32);
  CHECK(NarrowestTokenType(TokenFormat::kMegatron, 65499) == TokenType::kUint16);
  CHECK(NarrowestTokenType(TokenFormat::kMegatron, 65500) == TokenType::kUint32);
  CHECK(CheckTokenType(TokenType::kUint16, 65536).ok());
  CHECK(CheckTokenType(TokenType::kUint32, 65537).ok());
  CHECK(CheckTokenType(TokenType::kUint16, 65537).message() ==
        "a vocabulary of 65537 ids does not fit uint16, which ends at 65535; use uint32");
}

TEST_CASE("ids are little-endian") {
  std::string bytes;
  AppendPacked({0x0102, 65535}, TokenType::kUint16, &bytes);
  CHECK(bytes == "\x02\x01\xFF\xFF");
  AppendPacked({0x01020304}, TokenType::kUint32, &bytes);
  CHECK(bytes == "\x02\x01\xFF\xFF\x04\x03\x02\x01");
  CHECK(UnpackToken(TokenType::kUint16, bytes.data() + 2) == 65535);
  CHECK(UnpackToken(TokenType::kUint32, bytes.data() + 4) == 0x01020304);
  CHECK(UnpackToken(TokenType::kUint32, "\xFF\xFF\xFF\xFF") < 0);
}

// As numpy.save writes a one-dimensional array.
TEST_CASE("the NumPy header is NumPy's own") {
  const std::string header = NpyHeader(TokenType::kUint16, 1234567890123);
  CHECK(header.size() == 128);
  CHECK(header.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(header.substr(10, 71) ==
        "{'descr': '<u2', 'fortran_order': False, 'shape': (1234567890123,), }  ");
  CHECK(header.back() == '\n');
  CHECK(NpyHeaderRest(header.substr(0, 10)).value() == 118);
  const NpyInfo info = ParseNpyHeader(header.substr(10)).value();
  CHECK(info.type == TokenType::kUint16);
  CHECK(info.count == 1234567890123);
}

TEST_CASE("arrays that hold no ids are refused") {
  CHECK_FALSE(NpyHeaderRest("\x93NUMPY\x02").ok());
  CHECK_FALSE(NpyHeaderRest(std::string("\x93NUMPY\x02\x00\x76\x00", 10)).ok());
  const auto error = [](const std::string& text) {
    return std::string(ParseNpyHeader(text).status().message());
  };
  CHECK(error("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }") ==
        "an array of type <f4; token ids are <u2 or <u4");
  CHECK(error("{'descr': '>u2', 'fortran_order': False, 'shape': (3,), }") ==
        "an array of type >u2; token ids are <u2 or <u4");
  for (const char* shape : {"(3, 4)", "()", "(-1,)", "(99999999999999999999,)", "(x,)"}) {
    INFO(shape);
    CHECK(error("{'descr': '<u2', 'fortran_order': False, 'shape': " + std::string(shape) +
                ", }") == "not a one-dimensional array");
  }
  CHECK(error("") == "not a one-dimensional array");
}

}  // namespace
}  // namespace bytepiece
