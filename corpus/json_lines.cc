// SPDX-License-Identifier: Apache-2.0
#include "corpus/json_lines.h"

#include <simdjson.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

absl::Status InvalidJson(std::string_view line, simdjson::error_code error) {
  if (!IsValidUtf8(line)) {
    return absl::InvalidArgumentError(
        "invalid JSON: the line is not valid UTF-8, which JSON must be; only plain text inputs may "
        "hold any bytes");
  }
  return absl::InvalidArgumentError(absl::StrCat("invalid JSON: ", simdjson::error_message(error)));
}

std::string Quoted(std::string_view name) {
  return absl::StrCat("\"", absl::string_view(name.data(), name.size()), "\"");
}

absl::Status FieldAbsent(const std::string& field, simdjson::dom::object object) {
  constexpr std::size_t kMostNames = 20;
  std::vector<std::string> names;
  for (const simdjson::dom::key_value_pair member : object) {
    if (names.size() == kMostNames) {
      names.push_back("...");
      break;
    }
    names.push_back(Quoted(member.key));
  }
  if (names.empty()) {
    return absl::NotFoundError(absl::StrCat("no field ", Quoted(field), "; the object is empty"));
  }
  return absl::NotFoundError(absl::StrCat("no field ", Quoted(field), "; the fields are ",
                                          absl::StrJoin(names, ", "), "; choose with --field"));
}

}  // namespace

struct JsonLineParser::Impl {
  simdjson::dom::parser parser;
};

JsonLineParser::JsonLineParser(std::string field)
    : field_(std::move(field)), impl_(std::make_unique<Impl>()) {}
JsonLineParser::JsonLineParser(JsonLineParser&&) noexcept = default;
JsonLineParser::~JsonLineParser() = default;

// The document model, not simdjson's faster on-demand reader: the latter skips
// unwanted values without checking them, and a damaged corpus would go unnoticed.
absl::Status JsonLineParser::Parse(std::string* line, std::string* text) {
  const std::size_t size = line->size();
  line->append(simdjson::SIMDJSON_PADDING, '\0');
  simdjson::dom::element root;
  const simdjson::error_code error =
      impl_->parser.parse(line->data(), size, /*realloc_if_needed=*/false).get(root);
  line->resize(size);
  if (error != simdjson::SUCCESS) return InvalidJson(*line, error);
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("expected one JSON object a line, {...}");
  }
  std::optional<simdjson::dom::element> found;
  for (const simdjson::dom::key_value_pair member : object) {
    if (member.key == field_) found = member.value;
  }
  if (!found) return FieldAbsent(field_, object);
  std::string_view value;
  if (found->get(value) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the field ", Quoted(field_), " is not a string; choose another with --field"));
  }
  text->assign(value);
  return absl::OkStatus();
}

}  // namespace bytepiece
