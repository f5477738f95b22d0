// SPDX-License-Identifier: Apache-2.0
#include "corpus/byte_stream.h"

#include <random>
#include <string>

#include "corpus/delimited_reader.h"
#include "tests/corpus/pack.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

absl::StatusOr<std::string> Contents(const std::string& path) {
  absl::StatusOr<FileDescriptor> file = OpenForReading(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<std::unique_ptr<ByteStream>> stream =
      ByteStream::Open(*std::move(file), DisplayName(path));
  if (!stream.ok()) return stream.status();
  return ReadAll(stream->get());
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

TEST_CASE("plain, gzip and zstd give the same bytes, whatever the name") {
  const TempDir dir;
  for (const std::string& text : {std::string(), std::string("a"), std::string(5, '\0'),
                                  std::string("line\nline\n"), LargeText()}) {
    CHECK(Contents(dir.Write("plain", text)).value() == text);
    CHECK(Contents(dir.Write("packed", Gzip(text))).value() == text);
    CHECK(Contents(dir.Write("a.gz", Gzip(text))).value() == text);
    CHECK(Contents(dir.Write("packed", Zstd(text))).value() == text);
    CHECK(Contents(dir.Write("a.zst", Zstd(text))).value() == text);
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
}

TEST_CASE("a packed file cut anywhere is an error that names it") {
  const TempDir dir;
  const std::string text = "some text that is long enough to be cut in many places";
  for (const std::string& packed :
       {Gzip(text), Zstd(text), Gzip(text) + Gzip(text), Zstd(text) + Zstd(text)}) {
    const bool gzip = packed[0] == '\x1F';
    for (std::size_t size = 4; size < packed.size(); ++size) {
      if (size * 2 == packed.size()) continue;  // exactly one of the two
      const std::string path = dir.Write(gzip ? "cut.gz" : "cut.zst", packed.substr(0, size));
      const absl::StatusOr<std::string> got = Contents(path);
      INFO("cut after " << size << " of " << packed.size() << " bytes");
      REQUIRE_FALSE(got.ok());
      CHECK(got.status().message() == path + " is truncated " + (gzip ? "gzip" : "zstd") + " data");
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
  CHECK(message(dir.Write("p.gz", "plain")) ==
        dir.File("p.gz") + " is not gzip data, though its name says so");
  CHECK(message(dir.Write("p.zst", "")) ==
        dir.File("p.zst") + " is not zstd data, though its name says so");
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
