// SPDX-License-Identifier: Apache-2.0
#include "corpus/compression.h"

#include <string>

#include "tests/corpus/pack.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("names tell how a file is packed, whatever their case") {
  CHECK(CompressionByName("a.txt.gz") == Compression::kGzip);
  CHECK(CompressionByName("A.ZST") == Compression::kZstd);
  CHECK(CompressionByName("a.Xz") == Compression::kXz);
  CHECK(CompressionByName("a.bz2") == Compression::kBzip2);
  CHECK(CompressionByName("gz") == Compression::kNone);
  CHECK(CompressionByName("a.gz.txt") == Compression::kNone);
  CHECK(WithoutPackedEnding("a.TXT.GZ") == "a.TXT");
  CHECK(WithoutPackedEnding("a.txt") == "a.txt");
}

TEST_CASE("a whole header tells how data is packed") {
  const std::string skippable("\x5F*M\x18\x03\0\0\0abc", 11);
  CHECK(CompressionByContent(Gzip("a")) == Compression::kGzip);
  CHECK(CompressionByContent(Zstd("a")) == Compression::kZstd);
  CHECK(CompressionByContent(skippable + skippable + Zstd("a")) == Compression::kZstd);
  CHECK(CompressionByContent(skippable + "text") == Compression::kNone);
  CHECK(CompressionByContent(skippable) == Compression::kNone);
  CHECK(CompressionByContent(Xz("a")) == Compression::kXz);
  CHECK(CompressionByContent(Bzip2("a")) == Compression::kBzip2);
  CHECK(CompressionByContent(Bzip2("")) == Compression::kBzip2);
  for (const std::string& packed : {Gzip("a"), Zstd("a"), Xz("a"), Bzip2("a")}) {
    for (std::size_t size = 0; size < 4; ++size) {
      CHECK(CompressionByContent(packed.substr(0, size)) == Compression::kNone);
    }
  }
  CHECK(CompressionByContent("BZh: a text, whatever that may mean") == Compression::kNone);
}

TEST_CASE("how far a beginning agrees") {
  CHECK(BeginsAs(Compression::kGzip, "\x1F"));
  CHECK(BeginsAs(Compression::kZstd, "P*"));
  CHECK_FALSE(BeginsAs(Compression::kZstd, "Pe"));
  CHECK_FALSE(BeginsAs(Compression::kGzip, ""));
  CHECK_FALSE(BeginsAs(Compression::kBzip2, "BZip"));
}

}  // namespace
}  // namespace bytepiece
