// SPDX-License-Identifier: Apache-2.0
#include "corpus/corpus.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/corpus/pack.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Strings = std::vector<std::string>;

std::unique_ptr<Corpus> Open(const Strings& arguments, CorpusOptions options = {}) {
  return Corpus::Open(ResolveInputs(arguments).value(), std::move(options)).value();
}

Strings ReadRest(Corpus* corpus, std::int64_t max_bytes = 1) {
  Strings all;
  Strings batch;
  for (;;) {
    REQUIRE(corpus->Read(max_bytes, &batch).ok());
    if (batch.empty()) return all;
    all.insert(all.end(), batch.begin(), batch.end());
  }
}

std::string Error(const Strings& arguments, CorpusOptions options = {}) {
  const auto corpus = Corpus::Open(ResolveInputs(arguments).value(), std::move(options));
  if (!corpus.ok()) return std::string(corpus.status().message());
  Strings batch;
  for (;;) {
    const absl::Status status = (*corpus)->Read(1, &batch);
    if (!status.ok()) return std::string(status.message());
    if (batch.empty()) return "no error";
  }
}

CorpusOptions Unit(DocumentUnit unit, const std::string& separator = "") {
  CorpusOptions options;
  options.unit = unit;
  options.separator = separator;
  return options;
}

TEST_CASE("a document is a file, a line, or ends at a separator") {
  const TempDir dir;
  const std::string text("a\r\n\nb\0\xFF--c\n--", 13);
  const Strings path = {dir.Write("a.txt", text)};
  CHECK(ReadRest(Open(path).get()) == Strings{text});
  CHECK(ReadRest(Open(path, Unit(DocumentUnit::kLine)).get()) ==
        Strings{"a\r", "", std::string("b\0\xFF--c", 6), "--"});
  CHECK(ReadRest(Open(path, Unit(DocumentUnit::kSeparator, "--")).get()) ==
        Strings{std::string("a\r\n\nb\0\xFF", 7), "c\n"});
  // An empty file is an empty document, but has no line.
  const Strings empty = {dir.Write("empty", "")};
  CHECK(ReadRest(Open(empty).get()) == Strings{""});
  CHECK(ReadRest(Open(empty, Unit(DocumentUnit::kLine)).get()).empty());
  CHECK(Error(path, Unit(DocumentUnit::kSeparator)) == "the document separator is empty");
}

TEST_CASE("JSON Lines: a document a line, blank lines skipped, packed or not") {
  const TempDir dir;
  const std::string lines =
      "\xEF\xBB\xBF{\"text\": \"one\"}\r\n\n \t\r\n{\"text\": \"\"}\n{\"text\": \"two\"}";
  const Strings expected = {"one", "", "two"};
  CHECK(ReadRest(Open({dir.Write("a.jsonl", lines)}).get()) == expected);
  CHECK(ReadRest(Open({dir.Write("a.jsonl.gz", Gzip(lines))}).get()) == expected);
  CHECK(ReadRest(Open({dir.Write("a.json.zst", Zstd(lines))}).get()) == expected);
}

TEST_CASE("errors name file and line") {
  const TempDir dir;
  const std::string invalid = dir.Write("i.jsonl", "{\"text\": \"a\"}\n\n{\"text\": \n");
  CHECK(Error({invalid}).starts_with(invalid + ":3: invalid JSON: "));
  const std::string absent = dir.Write("f.jsonl.gz", Gzip("{\"text\": \"a\"}\n{\"body\": \"b\"}"));
  CHECK(Error({absent}) ==
        absent + ":2: no field \"text\"; the fields are \"body\"; choose with --field");
  const std::string bytes = dir.Write("b.jsonl", "{\"text\": \"\xFF\"}");
  CHECK(Error({bytes}).starts_with(bytes +
                                   ":1: invalid JSON: the field \"text\" is not valid UTF-8"));
  const std::string cut = dir.Write("c.zst", Zstd("some text, some text").substr(0, 20));
  CHECK(Error({cut}) == cut + " is truncated zstd data");
}

TEST_CASE("a file that cannot be read is known at the start") {
  const TempDir dir;
  const std::string good = dir.Write("good", "x");
  const auto corpus = Corpus::Open({{good, "good"}, {dir.File("none"), "none"}}, {});
  REQUIRE_FALSE(corpus.ok());
  CHECK(corpus.status().message() ==
        "cannot open " + dir.File("none") + ": No such file or directory");
}

TEST_CASE("files that are no text are known at the start, and left out if so wished") {
  const TempDir dir;
  const Strings paths = {dir.Write("a.txt", "a"), dir.Write("b", "PK\x03\x04"),
                         dir.Write("c", "c")};
  CHECK(Error(paths).starts_with(paths[1] + " is a zip archive"));
  CorpusOptions options;
  options.skip_bad = true;
  std::unique_ptr<Corpus> corpus = Open(paths, options);
  CHECK(corpus->files().size() == 2);
  for (int reading = 0; reading < 2; ++reading) {
    CHECK(ReadRest(corpus.get()) == Strings{"a", "c"});
    CHECK(corpus->notes().left_out == 1);
    REQUIRE(corpus->Rewind().ok());
  }
  CHECK(Error({paths[1]}, options).starts_with("nothing is left to read: " + paths[1]));
}

TEST_CASE("millions of empty documents do not come at once") {
  const TempDir folder;
  CorpusOptions options;
  options.unit = DocumentUnit::kLine;
  auto corpus = Open({folder.Write("x", std::string(100'000, '\n'))}, options);
  Strings batch;
  REQUIRE(corpus->Read(1'000'000, &batch).ok());
  CHECK(batch.size() > 1000);
  CHECK(batch.size() < 10'000);
}

TEST_CASE("batches end at the bytes asked for, across files, and tell the file") {
  const TempDir dir;
  const Strings paths = {dir.Write("a", "aa\nbb\n"), dir.Write("empty", ""), dir.Write("c", "cc")};
  std::unique_ptr<Corpus> corpus = Open(paths, Unit(DocumentUnit::kLine));
  std::vector<DocumentPart> batch;
  REQUIRE(corpus->ReadParts(3 + kDocumentOverhead, &batch).ok());
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].text == "aa");
  CHECK(batch[1].text == "bb");
  CHECK(batch[1].file == 0);
  REQUIRE(corpus->ReadParts(3 + kDocumentOverhead, &batch).ok());
  REQUIRE(batch.size() == 1);
  CHECK(batch[0].text == "cc");
  CHECK(batch[0].file == 2);
  CHECK(corpus->consumed() == 8);
  CHECK(corpus->total() == 8);
  REQUIRE(corpus->Rewind().ok());
  CHECK(corpus->consumed() == 0);
  CHECK(ReadRest(corpus.get(), 1000) == Strings{"aa", "bb", "cc"});
}

// Runs `write` while `pipe` is open for it, in another thread.
class PipeWriter {
 public:
  PipeWriter(std::string path, std::string bytes)
      : thread_([path = std::move(path), bytes = std::move(bytes)] {
          const int fd = open(path.c_str(), O_WRONLY);
          for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t n = write(fd, bytes.data() + at, bytes.size() - at);
            if (n <= 0) break;
            at += static_cast<std::size_t>(n);
          }
          close(fd);
        }) {}
  ~PipeWriter() { thread_.join(); }

 private:
  std::thread thread_;
};

TEST_CASE("a pipe can be read again if it is spooled, and says so if it is not") {
  const TempDir dir;
  const std::string pipe = dir.File("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::string text(300000, 'x');
  {
    const PipeWriter writer(pipe, Gzip(text));
    std::unique_ptr<Corpus> corpus = Open({pipe});
    CHECK(corpus->total() == 0);
    CHECK(ReadRest(corpus.get()) == Strings{text});
    CHECK(corpus->total() == static_cast<std::int64_t>(Gzip(text).size()));
    REQUIRE(corpus->Rewind().ok());
    CHECK(ReadRest(corpus.get()) == Strings{text});
  }
  CorpusOptions streamed;
  streamed.spool_pipes = false;
  const PipeWriter writer(pipe, text);
  std::unique_ptr<Corpus> corpus = Open({pipe}, streamed);
  CHECK(ReadRest(corpus.get()) == Strings{text});
  CHECK(corpus->Rewind().message() == pipe + " is a pipe and cannot be read again");
}

TEST_CASE("a pipe that is a dialogue is answered line by line") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  CorpusOptions options = Unit(DocumentUnit::kLine);
  options.spool_pipes = false;
  options.answer_pipes = true;
  std::unique_ptr<Corpus> corpus = Open({"/dev/fd/" + std::to_string(ends[0])}, options);
  std::vector<DocumentPart> parts;
  // Half a line is not waited for while there is a whole one.
  for (const std::string line : {"one\ntw", "o\n", "P\n", "{\n", "\n"}) {
    REQUIRE(write(ends[1], line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    REQUIRE(corpus->ReadParts(1000, &parts).ok());
    REQUIRE(parts.size() == 1);
  }
  close(ends[1]);
  REQUIRE(corpus->ReadParts(1000, &parts).ok());
  CHECK(parts.empty());
  close(ends[0]);
}

}  // namespace
}  // namespace bytepiece
