// SPDX-License-Identifier: Apache-2.0
#include "corpus/input_files.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Names = std::vector<std::string>;

Names Relative(const std::vector<InputFile>& files) {
  Names names;
  for (const InputFile& file : files) names.push_back(file.relative);
  return names;
}

std::string Error(const Names& arguments) {
  const absl::StatusOr<std::vector<InputFile>> files = ResolveInputs(arguments);
  return std::string(files.status().message());
}

TEST_CASE("directories are searched in byte order, hidden files left out") {
  const TempDir dir;
  for (const char* name : {"b.txt", "B.txt", "a/z.txt", "a/.hidden", ".git/x", "a/b/c.jsonl"}) {
    dir.Write(name, "x");
  }
  const std::vector<InputFile> files = ResolveInputs({dir.path()}).value();
  CHECK(Relative(files) == Names{"B.txt", "a/b/c.jsonl", "a/z.txt", "b.txt"});
  CHECK(files[1].path == dir.File("a/b/c.jsonl"));
  CHECK(Relative(ResolveInputs({dir.path() + "/"}).value()) == Relative(files));
}

TEST_CASE("arguments keep their order, patterns are sorted") {
  const TempDir dir;
  for (const char* name : {"2.txt", "10.txt", "1.txt", "x.md", "[a].txt", "sub/3.txt"}) {
    dir.Write(name, "x");
  }
  CHECK(Relative(ResolveInputs({dir.File("x.md"), dir.File("[0-9]*.txt"), "-"}).value()) ==
        Names{"x.md", "1.txt", "10.txt", "2.txt", "stdin"});
  // An existing path is no pattern; a pattern may match a directory.
  CHECK(Relative(ResolveInputs({dir.File("[a].txt")}).value()) == Names{"[a].txt"});
  CHECK(Relative(ResolveInputs({dir.File("s*")}).value()) == Names{"3.txt"});
}

TEST_CASE("known endings decide, packed or not, whatever their case") {
  constexpr InputFormat kJson = InputFormat::kJsonLines;
  constexpr InputFormat kText = InputFormat::kText;
  constexpr InputFormat kAuto = InputFormat::kAuto;
  const TempDir dir;
  for (const auto& [name, format] :
       std::vector<std::pair<std::string, InputFormat>>{{"a.jsonl", kJson},
                                                        {"a.JSONL", kJson},
                                                        {"a.ndjson", kJson},
                                                        {"a.json", kJson},
                                                        {"a.jsonl.gz", kJson},
                                                        {"a.Json.ZST", kJson},
                                                        {"a.jsonl.xz", kJson},
                                                        {"a.jsonl.bz2", kJson},
                                                        {"a.txt", kText},
                                                        {"a.TXT.gz", kText},
                                                        {"a.md", kText},
                                                        {"a.jsonl.txt", kText},
                                                        {"a.gz", kAuto},
                                                        {"jsonl", kAuto},
                                                        {"a.log", kAuto}}) {
    INFO(name);
    CHECK(ResolveInputs({dir.Write(name, "")}).value()[0].format == format);
  }
  CHECK(WithoutTextEnding("b/a.JSONL.zst") == "b/a");
  CHECK(WithoutTextEnding("v1.2") == "v1.2");
}

TEST_CASE("what cannot be resolved is named") {
  const TempDir dir;
  std::filesystem::create_directory(dir.File("empty"));
  CHECK(Error({dir.File("none")}) == "there is no file " + dir.File("none"));
  CHECK(Error({dir.File("*.txt")}) == "no file matches the pattern " + dir.File("*.txt"));
  CHECK(Error({dir.File("empty")}) == "the directory " + dir.File("empty") + " holds no files");
  CHECK(Error({"-", dir.File("none"), "-"}) == "there is no file " + dir.File("none"));
  for (const char* name : {"-", "/dev/stdin"}) {
    CHECK(Error({"-", name}) ==
          "standard input (- or /dev/stdin) is named twice; it can be read once");
  }
  dir.Write("links/a.txt", "x");
  std::filesystem::create_symlink("nowhere", dir.File("links/lost"));
  CHECK(Error({dir.File("links")}) ==
        "cannot read " + dir.File("links/lost") +
            ": No such file or directory (--on-bad-line skip leaves such links out)");
  InputNotes notes;
  CHECK(Relative(ResolveInputs({dir.File("links")}, &notes).value()) == Names{"a.txt"});
  CHECK(notes.left_out == 1);
  CHECK(notes.first_left_out ==
        Names{"cannot read " + dir.File("links/lost") + ": No such file or directory"});
}

}  // namespace
}  // namespace bytepiece
