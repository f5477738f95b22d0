// SPDX-License-Identifier: Apache-2.0
#include "corpus/document_reader.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Strings = std::vector<std::string>;

// The documents of a file with these bytes; the last one is the error, if any.
Strings Documents(std::string_view bytes, bool json_lines, const CorpusOptions& options = {}) {
  const TempDir folder;
  const std::string path = folder.Write("x", bytes);
  auto reader =
      DocumentReader::Open({path, "x", json_lines}, OpenForReading(path).value(), options);
  REQUIRE(reader.ok());
  Strings documents;
  for (std::string document;;) {
    const absl::StatusOr<bool> more = reader->Next(&document);
    if (!more.ok()) {
      const std::string error(more.status().message());
      REQUIRE(error.starts_with(path));
      documents.push_back(error.substr(path.size()));
      return documents;
    }
    if (!*more) break;
    documents.push_back(document);
  }
  CHECK(reader->consumed() == static_cast<std::int64_t>(bytes.size()));
  return documents;
}

TEST_CASE("a plain file is one document, its bytes as they are") {
  CHECK(Documents("\xEF\xBB\xBF a\r\n\xFF\n", false) == Strings{"\xEF\xBB\xBF a\r\n\xFF\n"});
  CHECK(Documents("", false) == Strings{""});
}

TEST_CASE("lines and separators") {
  CorpusOptions options;
  options.unit = DocumentUnit::kLine;
  CHECK(Documents("a\n\nb", false, options) == Strings{"a", "", "b"});
  options.unit = DocumentUnit::kSeparator;
  options.separator = "--";
  CHECK(Documents("a--b---\n", false, options) == Strings{"a", "b", "-\n"});
}

TEST_CASE("JSON Lines: a byte order mark and blank lines are skipped, errors count lines") {
  CHECK(Documents("\xEF\xBB\xBF{\"text\": \"a\"}\n\n \t\r\n{\"text\": \"b\"}", true) ==
        Strings{"a", "b"});
  const Strings documents = Documents("{\"text\": \"a\"}\n\n{\"text\": }\n{\"text\": \"b\"}", true);
  REQUIRE(documents.size() == 2);
  CHECK(documents[1].starts_with(":3: "));
}

}  // namespace
}  // namespace bytepiece
