// SPDX-License-Identifier: Apache-2.0
#include "corpus/document_reader.h"

#include <string>
#include <vector>

#include "tests/corpus/pack.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Strings = std::vector<std::string>;

// The documents of a file of that name with these bytes; the last one is the error, if any.
Strings Documents(const std::string& name, std::string_view bytes,
                  const CorpusOptions& options = {}, InputNotes* notes = nullptr) {
  const TempDir folder;
  const std::string path = folder.Write(name, bytes);
  const InputFile file = ResolveInputs({path}).value()[0];
  InputNotes ignored;
  Strings documents;
  const auto add_error = [&](const absl::Status& status) {
    const std::string error(status.message());
    REQUIRE(error.starts_with(path));
    documents.push_back(error.substr(path.size()));
  };
  auto reader = DocumentReader::Open(file, OpenForReading(path).value(), options);
  if (!reader.ok()) {
    add_error(reader.status());
    return documents;
  }
  for (DocumentPart part;;) {
    const absl::StatusOr<bool> more = reader->Next(&part, notes ? notes : &ignored);
    if (!more.ok()) {
      add_error(more.status());
      return documents;
    }
    if (!*more) break;
    documents.push_back(part.text);
  }
  CHECK(reader->consumed() == static_cast<std::int64_t>(bytes.size()));
  return documents;
}

TEST_CASE("a plain file is one document, its bytes as they are but for a byte-order mark") {
  CHECK(Documents("x", " a\r\n\xFF\n") == Strings{" a\r\n\xFF\n"});
  CHECK(Documents("x", "") == Strings{""});
  CHECK(Documents("x", "\xEF\xBB\xBF a\xEF\xBB\xBF") == Strings{" a\xEF\xBB\xBF"});
  CHECK(Documents("x", "\xEF\xBB") == Strings{"\xEF\xBB"});
  CorpusOptions options;
  options.keep_byte_order_mark = true;
  CHECK(Documents("x", "\xEF\xBB\xBF a", options) == Strings{"\xEF\xBB\xBF a"});
}

TEST_CASE("lines and separators") {
  CorpusOptions options;
  options.unit = DocumentUnit::kLine;
  CHECK(Documents("x", "a\n\nb", options) == Strings{"a", "", "b"});
  options.unit = DocumentUnit::kSeparator;
  options.separator = "--";
  CHECK(Documents("x", "a--b---\n", options) == Strings{"a", "b", "-\n"});
}

TEST_CASE("JSON Lines: a byte order mark and blank lines are skipped, errors count lines") {
  CHECK(Documents("x.jsonl", "\xEF\xBB\xBF{\"text\": \"a\"}\n\n \t\r\n{\"text\": \"b\"}") ==
        Strings{"a", "b"});
  const Strings documents =
      Documents("x.jsonl", "{\"text\": \"a\"}\n\n{\"text\": }\n{\"text\": \"b\"}");
  REQUIRE(documents.size() == 2);
  CHECK(documents[1].starts_with(":3: "));
}

TEST_CASE("a known ending decides, else the first line") {
  const std::string lines = "{\"text\": \"a\"}\n{\"text\": \"b\"}\n";
  const Strings both = {"a", "b"};
  for (const char* name : {"x", "x.log", "x.jsonl", "X.JSONL"})
    CHECK(Documents(name, lines) == both);
  for (const char* name : {"x.txt", "x.TXT", "x.md"})
    CHECK(Documents(name, lines) == Strings{lines});
  CHECK(Documents("x.txt.gz", Gzip(lines)) == Strings{lines});
  CHECK(Documents("x.gz", Gzip(lines)) == both);
  CHECK(Documents("x", Xz(lines)) == both);
  CHECK(Documents("x", "\xEF\xBB\xBF" + lines) == both);
  for (const std::string text :
       {"{\"body\"}\n", "{\n\"text\": \"a\"}", "{ a", "{}\n", "\n \n", "\n{\"text\": \"}"}) {
    CHECK(Documents("x", text) == Strings{text});
  }
  CHECK(Documents("x", "\n \r\n" + lines) == both);  // blank lines aside
  CHECK(
      Documents("x", "\n{\"body\": \"a\"}\n") ==
      Strings{" begins with a JSON object that has no field \"text\"; choose with --field, or take "
              "it as text with --input-format text"});
  const Strings mixed = Documents("x", "{\"text\": \"a\"}\nb");
  REQUIRE(mixed.size() == 2);
  CHECK(mixed[1] ==
        ":2: expected one JSON object a line, {...} (JSON Lines by its first line; "
        "--input-format text takes it as text)");
  CorpusOptions options;
  options.format = InputFormat::kText;
  CHECK(Documents("x.jsonl", lines, options) == Strings{lines});
  options.format = InputFormat::kJsonLines;
  CHECK(Documents("x.txt", lines, options) == both);
}

TEST_CASE("a first line too long to tell the format is refused, unless it is stated") {
  const std::string filler(std::size_t{3} << 19, 'x');
  const std::string blank(std::size_t{3} << 19, '\n');
  const std::string object = "{\"text\": \"" + filler + "\"}\n";
  const std::string ending =
      " longer than 1 MB, so what it is stays open; say --input-format jsonl or text";
  CHECK(Documents("x", " \n" + object) == Strings{" begins with a JSON object" + ending});
  CHECK(Documents("x", "{ \"" + filler)[0] == " begins with a JSON object" + ending);
  CHECK(Documents("x", blank + object) == Strings{" begins with white space" + ending});
  CorpusOptions options;
  options.format = InputFormat::kJsonLines;
  for (const std::string& lines : {object, blank + object}) {
    CHECK(Documents("x", lines, options) == Strings{filler});
    CHECK(Documents("x.jsonl", lines) == Strings{filler});
    CHECK(Documents("x.txt", lines) == Strings{lines});
  }
  // What cannot be an object is text, however long.
  for (const std::string& text : {filler, "{" + filler, "{\n\"" + filler}) {
    CHECK(Documents("x", text) == Strings{text});
  }
  const std::string shorter(std::size_t{1} << 19, ' ');
  CHECK(Documents("x", shorter + "\n" + "{\"text\": \"a\"}") == Strings{"a"});
}

TEST_CASE("what is no text is refused, unless text is stated") {
  const std::string png = "\x89PNG\r\n\x1A\n and so on";
  CHECK(Documents("x", png) ==
        Strings{" is a PNG image, not text; leave it out, or take its bytes as they are with "
                "--input-format text"});
  CHECK(Documents("x.txt.gz", Gzip(png)) == Documents("x", png));
  CHECK(
      Documents("x.gz", Gzip(Gzip("a")))[0].starts_with(" is packed twice, not text; unpack it "));
  CHECK(Documents("x.bin", "ab")[0].starts_with(" is a file of token ids, by its name, not text"));
  CorpusOptions options;
  options.format = InputFormat::kText;
  for (const std::string& bytes : {png, Gzip("a"), Zstd("a"), std::string("\x1F\x8B")}) {
    CHECK(Documents("x.bin", bytes, options) == Strings{bytes});
  }
  CHECK(Documents("x.gz", Gzip(png), options) == Strings{png});
}

TEST_CASE("bad lines are left out, counted and named") {
  CorpusOptions options;
  options.skip_bad = true;
  options.parts.most_held_bytes = 60;
  InputNotes notes;
  const std::string lines = "{\"text\": \"a\"}\n{\"text\": null}\n{\"id\": 1}\n\n{\"text\": \"" +
                            std::string(100, 'x') + "\"}\n{\"text\": \"\\ud800\"}\n{\n";
  CHECK(Documents("x.jsonl", lines, options, &notes) == Strings{"a", "\uFFFD"});
  CHECK(notes.left_out == 4);
  REQUIRE(notes.first_left_out.size() == 3);
  CHECK(
      notes.first_left_out[0].ends_with("x.jsonl:2: the field \"text\" is null, not a string; "
                                        "choose another with --field"));
  CHECK(notes.first_left_out[2].find("x.jsonl:5: a line of ") != std::string::npos);
  CHECK(notes.replaced == 1);
  CHECK(notes.first_replaced.ends_with("x.jsonl:6"));
}

}  // namespace
}  // namespace bytepiece
