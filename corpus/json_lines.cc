// SPDX-License-Identifier: Apache-2.0
#include "corpus/json_lines.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string Quoted(std::string_view name) {
  return absl::StrCat("\"", absl::string_view(name.data(), name.size()), "\"");
}

// A code unit after "\u"; -1 if there are no four hexadecimal digits.
int CodeUnit(std::string_view digits) {
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = i < digits.size() ? digits[i] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (lower < 'a' || lower > 'f')) return -1;
    unit = unit * 16 + (decimal ? c - '0' : lower - 'a' + 10);
  }
  return unit;
}

bool IsHighSurrogate(int unit) { return (unit & ~0x3FF) == 0xD800; }
bool IsLowSurrogate(int unit) { return (unit & ~0x3FF) == 0xDC00; }

// Takes an escape off the front of *rest, which begins after the backslash. False if it is none.
bool TakeEscape(std::string_view* rest, std::string* text, std::int64_t* replaced) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  const char name = rest->empty() ? '\0' : (*rest)[0];
  if (name != 'u') {
    const std::size_t i = kNames.find(name);
    if (i == std::string_view::npos) return false;
    text->push_back(kValues[i]);
    rest->remove_prefix(1);
    return true;
  }
  const int unit = CodeUnit(rest->substr(1));
  if (unit < 0) return false;
  rest->remove_prefix(5);
  if (IsHighSurrogate(unit) && rest->starts_with("\\u")) {
    const int low = CodeUnit(rest->substr(2));
    if (IsLowSurrogate(low)) {
      rest->remove_prefix(6);
      AppendUtf8(static_cast<char32_t>(0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF))), text);
      return true;
    }
  }
  if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
    ++*replaced;
    text->append(kReplacement);
  } else {
    AppendUtf8(static_cast<char32_t>(unit), text);
  }
  return true;
}

// Replaces *text by what stands between the quotes of a string. Where that fails, the cause.
const char* Unescape(std::string_view raw, std::string* text, std::int64_t* replaced) {
  text->clear();
  text->reserve(raw.size());
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\\'), raw.size());
    text->append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    if (raw.empty()) break;
    raw.remove_prefix(1);
    if (!TakeEscape(&raw, text, replaced)) return "has an escape that JSON does not know";
  }
  return nullptr;
}

// Reads through a line from the left. After an error no other call makes sense.
class Scanner {
 public:
  explicit Scanner(std::string_view line) : line_(line) {}

  // The next character, blanks skipped; '\0' at the end of the line.
  char Peek() {
    while (at_ < line_.size() && std::strchr(" \t\r\n", line_[at_]) != nullptr && line_[at_]) ++at_;
    return at_ < line_.size() ? line_[at_] : '\0';
  }
  bool AtEnd() { return Peek() == '\0' && at_ == line_.size(); }

  // Takes the character if it comes next.
  bool Take(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++at_;
    return true;
  }

  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "invalid JSON: ", absl::string_view(what.data(), what.size()), ", at byte ", at_ + 1));
  }
  // Something else stands where `expected` should.
  absl::Status Expected(const char* expected) {
    if (AtEnd()) {
      absl::Status status = Error("the line ends within an object");
      return absl::Status(status.code(), absl::StrCat(status.message(),
                                                      "; JSON Lines has each object on one line, "
                                                      "as \"jq -c .\" writes them"));
    }
    return Error(absl::StrCat("expected ", expected));
  }

  // Takes a string; what stands between its quotes.
  absl::StatusOr<std::string_view> TakeString() {
    if (!Take('"')) return Expected("a name in double quotes");
    const std::size_t begin = at_;
    for (;;) {
      const std::size_t quote = line_.find('"', at_);
      if (quote == line_.npos) return Error("the line ends within a string that begins here");
      std::size_t text_end = quote;
      while (text_end > begin && line_[text_end - 1] == '\\') --text_end;
      at_ = quote + 1;
      if ((quote - text_end) % 2 == 0) return line_.substr(begin, quote - begin);
    }
  }

  // Takes a value of any kind, whole; only strings and brackets are looked at.
  absl::StatusOr<std::string_view> TakeValue() {
    const char first = Peek();
    const std::size_t begin = at_;
    if (first == '"') {
      if (auto taken = TakeString(); !taken.ok()) return taken.status();
    } else if (first == '{' || first == '[') {
      if (absl::Status status = SkipBrackets(); !status.ok()) return status;
    } else {
      at_ = std::min(line_.find_first_of(",}] \t\r\n", at_), line_.size());
      if (at_ == begin) return Expected("a value");
    }
    return line_.substr(begin, at_ - begin);
  }

 private:
  absl::Status SkipBrackets() {
    for (std::int64_t depth = 0;;) {
      at_ = line_.find_first_of("\"{}[]", at_);
      if (at_ == line_.npos) {
        at_ = line_.size();
        return Expected("a closing bracket");
      }
      const char c = line_[at_];
      if (c == '"') {
        if (auto taken = TakeString(); !taken.ok()) return taken.status();
        continue;
      }
      ++at_;
      depth += c == '{' || c == '[' ? 1 : -1;
      if (depth == 0) return absl::OkStatus();
    }
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

// The value that a field's name leads to.
struct FoundValue {
  std::string_view value;  // as written; empty: none yet
  std::size_t key_size = 0;
};

absl::Status FindInObject(std::string_view field, Scanner* scanner, FoundValue* found,
                          std::vector<std::string>* names);

// Adds what a member holds to *found.
absl::Status FindInMember(std::string_view key, std::string_view field, std::string_view value,
                          FoundValue* found) {
  if (key.size() < found->key_size) return absl::OkStatus();
  if (key == field) {
    *found = {value, key.size()};
  } else if (field.starts_with(key) && field[key.size()] == '.' && value.starts_with('{')) {
    Scanner inner(value);
    FoundValue within;
    absl::Status status = FindInObject(field.substr(key.size() + 1), &inner, &within, nullptr);
    if (!status.ok()) return status;
    if (!within.value.empty()) *found = {within.value, key.size()};
  }
  return absl::OkStatus();
}

// Takes an object; *names, if any, gets its keys.
absl::Status FindInObject(std::string_view field, Scanner* scanner, FoundValue* found,
                          std::vector<std::string>* names) {
  if (!scanner->Take('{')) return scanner->Expected("{");
  if (scanner->Take('}')) return absl::OkStatus();
  std::string unescaped;
  do {
    const absl::StatusOr<std::string_view> raw = scanner->TakeString();
    if (!raw.ok()) return raw.status();
    std::string_view key = *raw;
    std::int64_t ignored = 0;
    if (key.find('\\') != key.npos && Unescape(key, &unescaped, &ignored) == nullptr) {
      key = unescaped;
    }
    if (names != nullptr) names->push_back(Quoted(key));
    if (!scanner->Take(':')) return scanner->Expected("a colon after the name");
    const absl::StatusOr<std::string_view> value = scanner->TakeValue();
    if (!value.ok()) return value.status();
    absl::Status status = FindInMember(key, field, *value, found);
    if (!status.ok()) return status;
  } while (scanner->Take(','));
  return scanner->Take('}') ? absl::OkStatus() : scanner->Expected("a comma or }");
}

absl::Status Find(std::string_view field, std::string_view line, FoundValue* found,
                  std::vector<std::string>* names) {
  Scanner scanner(line);
  const char first = scanner.Peek();
  if (first != '{') {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected one JSON object a line, {...}",
        first == '[' ? "; if this is an array of them, \"jq -c '.[]'\" writes its objects so"
                     : ""));
  }
  absl::Status status = FindInObject(field, &scanner, found, names);
  if (status.ok() && !scanner.AtEnd()) return scanner.Error("there is more after the object");
  return status;
}

absl::Status FieldAbsent(const std::string& field, std::string_view line) {
  constexpr std::size_t kMostNames = 20;
  FoundValue ignored;
  std::vector<std::string> names;
  if (absl::Status status = Find(field, line, &ignored, &names); !status.ok()) return status;
  if (names.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no field ", Quoted(field), "; the object is empty"));
  }
  if (names.size() > kMostNames) {
    names.resize(kMostNames);
    names.push_back("...");
  }
  return absl::InvalidArgumentError(absl::StrCat("no field ", Quoted(field), "; the fields are ",
                                                 absl::StrJoin(names, ", "),
                                                 "; choose with --field"));
}

absl::Status NotAString(const std::string& field, std::string_view value) {
  constexpr std::size_t kMostShown = 20;
  std::string what;
  switch (value[0]) {
    case '{':
      what = "an object, not a string; name a field within it (--field a.b)";
      break;
    case '[':
      what = "an array, not a string; choose another with --field";
      break;
    default:
      what = absl::StrCat(std::string(value.substr(0, kMostShown)),
                          value.size() > kMostShown ? "..." : "",
                          ", not a string; choose another with --field");
  }
  return absl::InvalidArgumentError(absl::StrCat("the field ", Quoted(field), " is ", what));
}

}  // namespace

absl::Status JsonLineParser::Parse(std::string_view line, std::string* text,
                                   std::int64_t* replaced) const {
  FoundValue found;
  if (absl::Status status = Find(field_, line, &found, nullptr); !status.ok()) return status;
  if (found.value.empty()) return FieldAbsent(field_, line);
  if (found.value[0] != '"') return NotAString(field_, found.value);
  const std::string_view raw = found.value.substr(1, found.value.size() - 2);
  const auto bad = [this](std::string_view cause) {
    return absl::InvalidArgumentError(absl::StrCat("invalid JSON: the field ", Quoted(field_), " ",
                                                   absl::string_view(cause.data(), cause.size())));
  };
  if (!IsValidUtf8(raw)) {
    return bad("is not valid UTF-8, which JSON must be; only plain text inputs may hold any bytes");
  }
  unsigned char least = 0xFF;
  for (const char c : raw) least = std::min(least, static_cast<unsigned char>(c));
  if (least < 0x20) return bad("has a control character that JSON would escape");
  std::int64_t halves = 0;
  const char* cause = Unescape(raw, text, &halves);
  if (cause != nullptr) return bad(cause);
  *replaced += halves;
  return absl::OkStatus();
}

bool JsonLineParser::HasField(std::string_view line) const {
  FoundValue found;
  return Find(field_, line, &found, nullptr).ok() && !found.value.empty();
}

bool JsonLineParser::IsObject(std::string_view line) {
  FoundValue ignored;
  std::vector<std::string> names;
  return Find("", line, &ignored, &names).ok() && !names.empty();
}

}  // namespace bytepiece
