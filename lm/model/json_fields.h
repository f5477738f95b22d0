// SPDX-License-Identifier: Apache-2.0
// The fields of a JSON object, named once for reading and writing alike.
//
//   void Fields(JsonFields* fields, Options* options) {
//     fields->Integer("width", &options->width, 1, 65536);
//     fields->Choice("norm", &options->norm, {{"rms", Norm::kRms}, {"layer", Norm::kLayer}});
//   }
//
// Reading: a field that is absent keeps its value; one of the wrong type or outside its
// limits, or an unknown one, is an error that names where it stands and what would do.
// The first error is kept, and the rest is not read. Writing: all fields.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bytepiece::lm {

class JsonFields {
 public:
  using Visitor = std::function<void(JsonFields*)>;

  // Reads the text, which must be one JSON object, with `visitor`. `name` stands for the
  // text in errors.
  static absl::Status Read(const std::string& text, const std::string& name,
                           const Visitor& visitor);
  // The object that `visitor` describes, indented.
  static std::string Write(const Visitor& visitor);

  // Limits are inclusive.
  void Integer(const char* name, std::int64_t* value, std::int64_t least, std::int64_t most);
  void Number(const char* name, double* value, double least, double most);
  void Flag(const char* name, bool* value);

  template <typename Enum>
  void Choice(const char* name, Enum* value, std::vector<std::pair<const char*, Enum>> choices) {
    std::vector<std::string> names;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      names.push_back(choices[i].first);
      if (choices[i].second == *value) chosen = i;
    }
    ChooseName(name, names, &chosen);
    *value = choices[chosen].second;
  }

  void Object(const char* name, const Visitor& visitor);

  // An array of objects. `count` is its length, set by `resize` when reading.
  void List(const char* name, std::size_t count, const std::function<void(std::size_t)>& resize,
            const std::function<void(std::size_t, JsonFields*)>& visitor);

  // True if the field was given; false when writing.
  bool Has(const char* name) const;

  // Makes it an error at this object: for conditions on several fields.
  void Fail(const std::string& message);
  bool reading() const { return reading_; }
  bool ok() const { return status_->ok(); }

 private:
  JsonFields(nlohmann::ordered_json* json, std::string where, bool reading, absl::Status* status)
      : json_(json), where_(std::move(where)), reading_(reading), status_(status) {}

  // Runs the visitor on an object; then, reading, complains of fields that it did not name.
  void Visit(const Visitor& visitor);
  void ChooseName(const char* name, const std::vector<std::string>& names, std::size_t* chosen);
  // The field's value, or nullptr where there is nothing to read.
  nlohmann::ordered_json* Find(const char* name);
  std::string PathOf(const std::string& name) const;
  void FailAt(const std::string& path, const std::string& message);

  nlohmann::ordered_json* json_;
  std::string where_;
  bool reading_;
  absl::Status* status_;
  std::set<std::string> named_;
};

}  // namespace bytepiece::lm
