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

TEST_CASE("JSON Lines are known by their names, packed or not") {
  const TempDir dir;
  for (const auto& [name, json] :
       std::vector<std::pair<std::string, bool>>{{"a.jsonl", true},
                                                 {"a.ndjson", true},
                                                 {"a.json", true},
                                                 {"a.jsonl.gz", true},
                                                 {"a.json.zst", true},
                                                 {"a.txt", false},
                                                 {"a.gz", false},
                                                 {"jsonl", false},
                                                 {"a.jsonl.txt", false}}) {
    INFO(name);
    CHECK(ResolveInputs({dir.Write(name, "")}).value()[0].json_lines == json);
  }
}

TEST_CASE("what cannot be resolved is named") {
  const TempDir dir;
  std::filesystem::create_directory(dir.File("empty"));
  CHECK(Error({dir.File("none")}) == "there is no file " + dir.File("none"));
  CHECK(Error({dir.File("*.txt")}) == "no file matches the pattern " + dir.File("*.txt"));
  CHECK(Error({dir.File("empty")}) == "the directory " + dir.File("empty") + " holds no files");
  CHECK(Error({"-", dir.File("none"), "-"}) == "there is no file " + dir.File("none"));
  CHECK(Error({"-", "-"}) == "standard input (-) is named twice; it can be read once");
  dir.Write("links/a.txt", "x");
  std::filesystem::create_symlink("nowhere", dir.File("links/lost"));
  CHECK(Error({dir.File("links")}) ==
        "cannot read " + dir.File("links/lost") + ": No such file or directory");
}

}  // namespace
}  // namespace bytepiece
