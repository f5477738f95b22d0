// SPDX-License-Identifier: Apache-2.0
#include "lm/model/json_fields.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace bytepiece::lm {

absl::Status JsonFields::Read(const std::string& text, const std::string& name,
                              const Visitor& visitor) {
  nlohmann::ordered_json json =
      nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(name, " is not a JSON object"));
  }
  absl::Status status;
  JsonFields(&json, "", /*reading=*/true, &status).Visit(visitor);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
}

std::string JsonFields::Write(const Visitor& visitor) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  absl::Status status;
  JsonFields(&json, "", /*reading=*/false, &status).Visit(visitor);
  return json.dump(2) + "\n";
}

void JsonFields::Visit(const Visitor& visitor) {
  visitor(this);
  if (!reading_ || !ok()) return;
  for (const auto& item : json_->items()) {
    if (named_.count(item.key()) > 0) continue;
    FailAt(PathOf(item.key()),
           absl::StrCat("no such field; there are: ", absl::StrJoin(named_, ", ")));
    return;
  }
}

std::string JsonFields::PathOf(const std::string& name) const {
  return where_.empty() ? name : where_ + "." + name;
}

void JsonFields::FailAt(const std::string& path, const std::string& message) {
  if (ok()) *status_ = absl::InvalidArgumentError(absl::StrCat(path, ": ", message));
}

void JsonFields::Fail(const std::string& message) {
  FailAt(where_.empty() ? "the configuration" : where_, message);
}

bool JsonFields::Has(const char* name) const { return reading_ && json_->contains(name); }

nlohmann::ordered_json* JsonFields::Find(const char* name) {
  named_.insert(name);
  return ok() && json_->contains(name) ? &(*json_)[name] : nullptr;
}

void JsonFields::Integer(const char* name, std::int64_t* value, std::int64_t least,
                         std::int64_t most) {
  if (!reading_) {
    (*json_)[name] = *value;
    return;
  }
  const nlohmann::ordered_json* json = Find(name);
  if (json == nullptr) return;
  // A number beyond 63 bits is read as unsigned, and outside every limit.
  const bool fits = json->is_number_integer() &&
                    !(json->is_number_unsigned() && json->get<std::uint64_t>() > INT64_MAX);
  const std::int64_t number = fits ? json->get<std::int64_t>() : 0;
  if (!fits || number < least || number > most) {
    FailAt(PathOf(name),
           absl::StrCat(json->dump(), " is not a whole number from ", least, " to ", most));
    return;
  }
  *value = number;
}

void JsonFields::Number(const char* name, double* value, double least, double most) {
  if (!reading_) {
    (*json_)[name] = *value;
    return;
  }
  const nlohmann::ordered_json* json = Find(name);
  if (json == nullptr) return;
  const double number = json->is_number() ? json->get<double>() : 0;
  if (!json->is_number() || !(number >= least && number <= most)) {
    FailAt(PathOf(name), absl::StrCat(json->dump(), " is not a number from ", least, " to ", most));
    return;
  }
  *value = number;
}

void JsonFields::Flag(const char* name, bool* value) {
  if (!reading_) {
    (*json_)[name] = *value;
    return;
  }
  const nlohmann::ordered_json* json = Find(name);
  if (json == nullptr) return;
  if (!json->is_boolean()) {
    FailAt(PathOf(name), absl::StrCat(json->dump(), " is neither true nor false"));
    return;
  }
  *value = json->get<bool>();
}

void JsonFields::ChooseName(const char* name, const std::vector<std::string>& names,
                            std::size_t* chosen) {
  if (!reading_) {
    (*json_)[name] = names[*chosen];
    return;
  }
  const nlohmann::ordered_json* json = Find(name);
  if (json == nullptr) return;
  const auto found = json->is_string()
                         ? std::find(names.begin(), names.end(), json->get<std::string>())
                         : names.end();
  if (found == names.end()) {
    FailAt(PathOf(name),
           absl::StrCat(json->dump(), " is none of \"", absl::StrJoin(names, "\", \""), "\""));
    return;
  }
  *chosen = static_cast<std::size_t>(found - names.begin());
}

void JsonFields::Object(const char* name, const Visitor& visitor) {
  nlohmann::ordered_json* json = nullptr;
  if (reading_) {
    json = Find(name);
    if (json == nullptr) return;
    if (!json->is_object()) {
      FailAt(PathOf(name), "is not an object { ... }");
      return;
    }
  } else {
    json = &((*json_)[name] = nlohmann::ordered_json::object());
  }
  JsonFields(json, PathOf(name), reading_, status_).Visit(visitor);
}

void JsonFields::List(const char* name, std::size_t count,
                      const std::function<void(std::size_t)>& resize,
                      const std::function<void(std::size_t, JsonFields*)>& visitor) {
  nlohmann::ordered_json* json = nullptr;
  if (reading_) {
    json = Find(name);
    if (json == nullptr) return;
    if (!json->is_array()) {
      FailAt(PathOf(name), "is not an array [ ... ]");
      return;
    }
    count = json->size();
    resize(count);
  } else {
    json = &((*json_)[name] = nlohmann::ordered_json::array());
    for (std::size_t i = 0; i < count; ++i) json->push_back(nlohmann::ordered_json::object());
  }
  for (std::size_t i = 0; i < count && ok(); ++i) {
    const std::string path = absl::StrCat(PathOf(name), "[", i, "]");
    if (!(*json)[i].is_object()) {
      FailAt(path, "is not an object { ... }");
      return;
    }
    JsonFields(&(*json)[i], path, reading_, status_).Visit([&](JsonFields* fields) {
      visitor(i, fields);
    });
  }
}

}  // namespace bytepiece::lm
