// SPDX-License-Identifier: Apache-2.0
#include "corpus/file_kind.h"

#include <zlib.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

using std::string_literals::operator""s;

std::string What(const std::string& start) { return std::string(KindByContent(start).what); }

TEST_CASE("what is no text is known by how it begins") {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"PAR1\x15\x04\x15\x80"s, "a Parquet file"},
      {"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"s, "a PNG image"},
      {"\xFF\xD8\xFF\xE0\0\x10JFIF"s, "a JPEG image"},
      {"GIF89a\x40\x01\xF0\0\xF7"s, "a GIF image"},
      {"%PDF-1.4\n"s, "a PDF document"},
      {"PK\x03\x04\x14\0"s, "a zip archive (also .npz, .docx, .epub, .pt)"},
      {"\x93NUMPY\x01\0"s, "a NumPy array"},
      {"\x7F"
       "ELF\x02\x01"s,
       "an ELF program or library"},
      {"SQLite format 3\0"s, "an SQLite database"},
      {"MMIDIDX\0\0\x01"s, "the index of a Megatron-LM dataset"},
      {"BPCOUNT\x01"s, "a count file"},
      {"BPCOMPIL\x04\x03\x02\x01"s, "a compiled BytePiece model"},
      {"\rBPM1\x10\x01"s, "a BytePiece model"},
      {"{\n    \"AA==\": [\n        3,"s, "a BytePiece model (JSON)"},
      {"{\"AA==\": [3, \"x\", 1], "s, "a BytePiece model (JSON)"},
      {"\x10\x02\0\0\0\0\0\0{\"__metadata__\""s, "a safetensors file"},
      {"\xFF\xFEh\0i\0"s, "UTF-16 text"},
      {"\x80\x04\x95\x10"s, "a Python pickle"}};
  for (const auto& [start, what] : files) CHECK(What(start) == what);
  std::string tar(512, '\0');
  tar.replace(0, 6, "a/file");
  tar.replace(257, 5, "ustar");
  CHECK(What(tar) == "a tar archive");
}

TEST_CASE("text that begins alike is text") {
  for (const std::string& text :
       {""s, "PAR1 is how a Parquet file begins and ends"s, "GIF89a, a format of 1989"s,
        "RIFF raff"s, "MZ are the letters of Mark Zbikowski"s, "ID3 tags\n"s, "{\"text\": [3]}"s,
        "{\"abc\": [3]}"s, "{\"AA==\": \"x\"}"s, "PK\n"s, "\xFF\0 any bytes \x80"s,
        "\x89 and no more"s}) {
    INFO(text);
    CHECK(What(text).empty());
  }
}

TEST_CASE("only what may become known is waited for") {
  CHECK(MayShowKind(""));
  CHECK(MayShowKind("PA"));
  CHECK(MayShowKind("\x89PNG"));
  CHECK_FALSE(MayShowKind("PA\n"));
  CHECK_FALSE(MayShowKind("hello\n"));
  CHECK_FALSE(MayShowKind("\x89PNG\r\n\x1A\n"));
}

TEST_CASE("zlib data unpacks, and text that begins alike does not") {
  const std::string text = "how much wood would a woodchuck chuck, if a woodchuck could? ";
  for (const int level : {1, 5, 6, 9}) {  // 78 01, 78 5E, 78 9C, 78 DA
    for (const std::string& content : {""s, "x"s, text, text + std::string(3000, 'x')}) {
      std::string packed(compressBound(content.size()), '\0');
      auto size = static_cast<uLongf>(packed.size());
      REQUIRE(compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                        reinterpret_cast<const Bytef*>(content.data()), content.size(),
                        level) == Z_OK);
      packed.resize(size);
      INFO(level << " " << content.size());
      CHECK(What(packed) == "zlib data");
    }
  }
  RandomText random(7);
  for (const std::string& begin : {"x^"s, "x\x01"s, "x\x9C"s, "x\xDA"s}) {
    CHECK(What(begin).empty());
    for (int i = 0; i < 2000; ++i) {
      const std::string rest = i % 2 == 0 ? random.ValidUtf8(1 + random.Below(300))
                                          : random.MutatedUtf8(1 + random.Below(300));
      INFO(begin << rest);
      REQUIRE(What(begin + rest).empty());
    }
  }
}

TEST_CASE("records of TensorFlow are known by the checksum of their length, CAB by its name") {
  CHECK(What("\x0A\0\0\0\0\0\0\0\xE4\xA6\x4F\x1E"s).empty());
  CHECK(What("\x05\0\0\0\0\0\0\0\xEA\xB2\x04\x3Ehello"s) == "a TFRecord file");
  CHECK(What("MSCF\0\0\0\0\x2C\0"s) == "a CAB archive");
  CHECK(What("MSCF is Microsoft's").empty());
}

TEST_CASE("UTF-16 without a mark has NULs at every other byte") {
  CHECK(IsUtf16WithoutMark("h\0e\0l\0l\0o\0\n\0"s));
  CHECK(IsUtf16WithoutMark("\0h\0e\0l\0l\0o\0\n"s));
  CHECK(IsUtf16WithoutMark("h\0e\0l\0l\0\x16\x4E\x4C\x75 \0o\0k\0!\0?\0h\0e\0"s));
  for (const std::string& text :
       {""s, "\0\0\0\0\0\0\0\0\0\0"s, "one\0two\0three\0"s, "a\0b\0"s, "a\0b\0c\0dd\0e\0f\0"s,
        "text, all of it: words"s, "\1\0\2\0\3\0\4\0\5\0"s}) {
    INFO(text);
    CHECK_FALSE(IsUtf16WithoutMark(text));
  }
}

TEST_CASE("files of ids are known by their names") {
  for (const char* name : {"a.bin", "a.IDS", "a.idx", "a.npy", "a.bin.gz"}) {
    INFO(name);
    CHECK(KindByName(name).what == "a file of token ids, by its name");
  }
  CHECK(KindByName("bin").what.empty());
  CHECK(KindByName("a.txt").what.empty());
}

}  // namespace
}  // namespace bytepiece
