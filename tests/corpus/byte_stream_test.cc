// SPDX-License-Identifier: Apache-2.0
#include "corpus/byte_stream.h"

#include <random>
#include <string>

#include "corpus/delimited_reader.h"
#include "corpus/stored_bytes.h"
#include "corpus/unpacker.h"
#include "tests/corpus/pack.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

absl::StatusOr<std::string> Contents(const std::string& path, const StreamOptions& options = {}) {
  absl::StatusOr<FileDescriptor> file = OpenForReading(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<std::unique_ptr<ByteStream>> stream =
      ByteStream::Open(*std::move(file), DisplayName(path), options);
  if (!stream.ok()) return stream.status();
  return ReadAll(stream->get());
}

std::string Ending(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "gz";
    case Compression::kZstd:
      return "zst";
    case Compression::kXz:
      return "xz";
    default:
      return "bz2";
  }
}

// Larger than every buffer, half of it random so that it stays large packed.
std::string LargeText() {
  std::mt19937_64 random(7);
  std::string text;
  while (text.size() < 1500000) {
    text += "the same words again and again ";
    for (int i = 0; i < 32; ++i) text += static_cast<char>(random());
  }
  return text;
}

TEST_CASE("plain and packed files give the same bytes, whatever the name") {
  const TempDir dir;
  for (const std::string& text : {std::string(), std::string("a"), std::string(5, '\0'),
                                  std::string("line\nline\n"), LargeText()}) {
    CHECK(Contents(dir.Write("plain", text)).value() == text);
    CHECK(Contents(dir.Write("packed", Gzip(text))).value() == text);
    CHECK(Contents(dir.Write("a.gz", Gzip(text))).value() == text);
    CHECK(Contents(dir.Write("packed", Zstd(text))).value() == text);
    CHECK(Contents(dir.Write("a.ZST", Zstd(text))).value() == text);
    CHECK(Contents(dir.Write("packed", Xz(text))).value() == text);
    CHECK(Contents(dir.Write("a.xz", Xz(text))).value() == text);
    CHECK(Contents(dir.Write("packed", Bzip2(text))).value() == text);
    CHECK(Contents(dir.Write("a.bz2", Bzip2(text))).value() == text);
  }
}

TEST_CASE("members and frames are concatenated") {
  const TempDir dir;
  const std::string large = LargeText();
  CHECK(Contents(dir.Write("a.gz", Gzip("one ") + Gzip("") + Gzip(large) + Gzip("two"))).value() ==
        "one " + large + "two");
  CHECK(Contents(dir.Write("a.gz", Gzip("padded") + std::string(512, '\0'))).value() == "padded");
  const std::string skippable("\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
  CHECK(Contents(dir.Write("a.zst", skippable + Zstd("one ") + Zstd("") + skippable + Zstd(large)))
            .value() == "one " + large);
  CHECK(Contents(dir.Write("a.xz", Xz("one ") + Xz("") + Xz(large))).value() == "one " + large);
  CHECK(Contents(dir.Write("a.bz2", Bzip2("one ") + Bzip2("") + Bzip2(large))).value() ==
        "one " + large);
}

TEST_CASE("text that begins like packed data is text, and packed data can be taken as it is") {
  const TempDir dir;
  const std::string skippable("P*M\x18\x03\0\0\0abc", 11);
  for (const std::string& text :
       {std::string("\x1F\x8B and so on, a text"), std::string("\x1F\x8B"), skippable,
        std::string("(\xB5/\xFD"), std::string("BZh9 is how bzip2 begins"),
        std::string("\xFD\x37zXZ, text")}) {
    INFO(text);
    CHECK(Contents(dir.Write("a.txt", text)).value() == text);
    CHECK(Contents(dir.Write("a", text)).value() == text);
  }
  for (const std::string& packed : {Gzip("a"), Zstd("a"), Xz("a"), Bzip2("a")}) {
    CHECK(Contents(dir.Write("a.txt", packed), {.name_alone = true}).value() == packed);
    CHECK(Contents(dir.Write("a.gz", packed), {.compression = Compression::kNone}).value() ==
          packed);
  }
  CHECK(Contents(dir.Write("a.gz", Gzip("a")), {.name_alone = true}).value() == "a");
  CHECK(Contents(dir.Write("a", Xz("a")), {.compression = Compression::kXz}).value() == "a");
  CHECK(Contents(dir.Write("a", "a"), {.compression = Compression::kXz}).status().message() ==
        dir.File("a") + " is not xz data, though --compression says so");
}

TEST_CASE("skippable frames alone are no empty text") {
  const TempDir dir;
  const std::string skippable("\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
  CHECK(std::string(Contents(dir.Write("a.zst", skippable)).status().message())
            .starts_with(dir.File("a.zst") + " holds skippable zstd frames alone"));
  CHECK(Contents(dir.Write("a.zst", Zstd(""))).value().empty());
}

TEST_CASE("a window beyond the limit is refused by name") {
  const TempDir dir;
  const std::string large(40 << 20, 'x');
  const std::string path = dir.Write("a.zst", Zstd(large, /*level=*/19));
  CHECK(Contents(path).value() == large);
  CHECK(std::string(Contents(path, {.max_unpacking_bytes = 2 << 20}).status().message())
            .starts_with(path + " takes more than 2 MB to unpack"));
  const std::string xz = dir.Write("a.xz", Xz("text"));
  CHECK(std::string(Contents(xz, {.max_unpacking_bytes = 1 << 16}).status().message())
            .starts_with(xz + " takes more than 0 MB to unpack"));
}

TEST_CASE("a packed file cut anywhere is an error that names it") {
  const TempDir dir;
  const std::string text = "some text that is long enough to be cut in many places";
  for (const std::string& packed :
       {Gzip(text), Zstd(text), Xz(text), Bzip2(text), Gzip(text) + Gzip(text),
        Zstd(text) + Zstd(text), Bzip2(text) + Bzip2(text)}) {
    const Compression kind = CompressionByContent(packed);
    const std::string name = CompressionName(kind);
    for (std::size_t size = 1; size < packed.size(); ++size) {
      if (size * 2 == packed.size()) continue;  // exactly one of the two
      const std::string path = dir.Write("cut." + Ending(kind), packed.substr(0, size));
      const absl::StatusOr<std::string> got = Contents(path);
      INFO("cut after " << size << " of " << packed.size() << " bytes");
      REQUIRE_FALSE(got.ok());
      CHECK(got.status().message() == path + " is truncated " + name + " data");
    }
  }
}

TEST_CASE("damaged data, wrong names, directories and missing files are named") {
  const TempDir dir;
  std::string damaged = Gzip(LargeText());
  for (std::size_t i = 100; i < 200; ++i) damaged[i] = static_cast<char>(~damaged[i]);
  const auto message = [](const std::string& path) {
    return std::string(Contents(path).status().message());
  };
  CHECK(message(dir.Write("d.gz", damaged)).find("d.gz is damaged gzip data: ") !=
        std::string::npos);
  CHECK(message(dir.Write("g.gz", Gzip("a") + "garbage")).find("g.gz is damaged gzip data: ") !=
        std::string::npos);
  CHECK(message(dir.Write("z.zst", Zstd("a") + "garbage")).find("z.zst is damaged zstd data: ") !=
        std::string::npos);
  CHECK(
      message(dir.Write("x.xz", Xz("a") + "garbage and more of it")).find("x.xz is damaged xz ") !=
      std::string::npos);
  CHECK(message(dir.Write("b.bz2", Bzip2("a") + "garbage")).find("b.bz2 is damaged bzip2 ") !=
        std::string::npos);
  CHECK(message(dir.Write("p.gz", "plain")) ==
        dir.File("p.gz") +
            " is not gzip data, though its name says so; --compression none takes it as it is");
  CHECK(message(dir.Write("p.zst", "")) == dir.File("p.zst") +
                                               " is empty, not zstd data, though its name says so; "
                                               "--compression none takes it as it is");
  CHECK(message(dir.path()) == dir.path() + " is a directory");
  CHECK(message(dir.File("none")) ==
        "cannot open " + dir.File("none") + ": No such file or directory");
}

TEST_CASE("consumed counts the bytes as stored") {
  const TempDir dir;
  const std::string packed = Zstd(LargeText());
  const std::string path = dir.Write("a.zst", packed);
  std::unique_ptr<ByteStream> stream = ByteStream::Open(OpenForReading(path).value(), path).value();
  CHECK(stream->consumed() == 0);
  ReadAll(stream.get()).value();
  CHECK(stream->consumed() == static_cast<std::int64_t>(packed.size()));
}

}  // namespace
}  // namespace bytepiece
