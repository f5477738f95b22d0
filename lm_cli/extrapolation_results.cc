// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/extrapolation_results.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/io/atomic_file.h"

namespace bytepiece::lm {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const ExtrapolationKey& key) {
  return {{"variant", key.variant},
          {"seed", key.seed},
          {"form", key.form},
          {"text", key.text},
          {"length", key.length}};
}

Json ToJson(const CostKey& key) {
  return {{"variant", key.variant}, {"form", key.form}, {"length", key.length}};
}

// Fields of a result and of a time.
constexpr char kParallel[] = "parallel_ms_per_token";
constexpr char kStep[] = "step_ms_per_token";

using Names = std::vector<const char*>;

// True for an object whose fields of these names are strings, whole numbers and numbers.
bool HasFields(const Json& json, const Names& strings, const Names& integers,
               const Names& numbers) {
  const auto all = [&](const Names& names, const auto& is_right) {
    return std::all_of(names.begin(), names.end(), [&](const char* name) {
      return json.contains(name) && is_right(json[name]);
    });
  };
  return json.is_object() && all(strings, [](const Json& value) { return value.is_string(); }) &&
         all(integers, [](const Json& value) { return value.is_number_integer(); }) &&
         all(numbers, [](const Json& value) { return value.is_number(); });
}

bool IsResult(const Json& json) {
  return HasFields(json, {"variant", "form", "text"}, {"seed", "length"},
                   {"accuracy", "accuracy_last"});
}

bool IsCost(const Json& json) {
  return HasFields(json, {"variant", "form"}, {"length"}, {kParallel, kStep});
}

// True for an array of these, or none at all where `optional`.
bool IsArrayOf(const Json& json, const char* name, bool optional, bool (*is_right)(const Json&)) {
  if (!json.contains(name)) return optional;
  return json[name].is_array() && std::all_of(json[name].begin(), json[name].end(), is_right);
}

bool IsOf(const Json& result, const Json& key) {
  return std::all_of(key.items().begin(), key.items().end(), [&](const auto& item) {
    return result.contains(item.key()) && result[item.key()] == item.value();
  });
}

bool ContainsKey(const Json& array, const Json& key) {
  return std::any_of(array.begin(), array.end(),
                     [&](const Json& value) { return IsOf(value, key); });
}

// The first name that two objects do not have the same value for; empty: they are the same.
std::string FirstDifference(const Json& a, const Json& b) {
  for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    for (const auto& item : one->items()) {
      if (!other->contains(item.key()) || (*other)[item.key()] != item.value()) return item.key();
    }
  }
  return "";
}

// The mean of some seeds, in percent; of several, with half their range.
std::string MeanPercent(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double mean = 100 * sum / static_cast<double>(values.size());
  if (values.size() == 1) return absl::StrFormat("%.1f", mean);
  return absl::StrFormat("%.1f ± %.1f", mean, 50 * (*high - *low));
}

std::string Heading(const std::string& name, const std::vector<std::string>& columns) {
  std::string out = absl::StrCat("\n## ", name, "\n\n| variant | form |");
  for (const std::string& column : columns) absl::StrAppend(&out, " ", column, " |");
  out += "\n|---|---|";
  for (std::size_t i = 0; i < columns.size(); ++i) out += "---|";
  return out + "\n";
}

std::string ScoreTable(const std::string& text, const std::vector<ExtrapolationRow>& rows) {
  if (rows.empty()) return "";
  std::set<std::int64_t> lengths;
  for (const ExtrapolationRow& row : rows) {
    for (const auto& [length, accuracies] : row.lengths) lengths.insert(length);
  }
  std::vector<std::string> columns;
  for (const std::int64_t length : lengths) {
    columns.push_back(absl::StrCat(length));
    columns.push_back("its end");
  }
  std::string out = Heading(text, columns);
  for (const ExtrapolationRow& row : rows) {
    absl::StrAppend(&out, "| ", row.variant, " | ", row.form, " |");
    for (const std::int64_t length : lengths) {
      const auto cell = row.lengths.find(length);
      if (cell == row.lengths.end()) {
        out += "  |  |";
      } else {
        absl::StrAppend(&out, " ", MeanPercent(cell->second.all), " | ",
                        MeanPercent(cell->second.last), " |");
      }
    }
    out += "\n";
  }
  return out;
}

std::string CostTable(const Json& costs) {
  if (costs.empty()) return "";
  std::set<std::int64_t> lengths;
  std::vector<std::pair<std::string, std::string>> rows;  // variant and form, as they came
  std::map<std::pair<std::string, std::string>, std::map<std::int64_t, InferenceCost>> cells;
  for (const Json& cost : costs) {
    const std::pair<std::string, std::string> row = {cost["variant"], cost["form"]};
    if (!cells.contains(row)) rows.push_back(row);
    lengths.insert(cost["length"].get<std::int64_t>());
    cells[row][cost["length"]] = {.parallel = cost[kParallel], .step = cost[kStep]};
  }
  std::vector<std::string> columns;
  for (const std::int64_t length : lengths) {
    columns.push_back(absl::StrCat(length, " at once"));
    columns.push_back(absl::StrCat("a token after ", length));
  }
  std::string out = Heading("milliseconds a token", columns);
  for (const auto& row : rows) {
    absl::StrAppend(&out, "| ", row.first, " | ", row.second, " |");
    for (const std::int64_t length : lengths) {
      const auto cell = cells[row].find(length);
      out += cell == cells[row].end()
                 ? "  |  |"
                 : absl::StrFormat(" %.4f | %.3f |", cell->second.parallel, cell->second.step);
    }
    out += "\n";
  }
  return out;
}

}  // namespace

absl::StatusOr<ExtrapolationResults> ExtrapolationResults::Open(const std::string& path,
                                                                const Json& settings) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return ExtrapolationResults(
        path, {{"settings", settings}, {"results", Json::array()}, {"costs", Json::array()}});
  }
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("settings") || !json["settings"].is_object() ||
      !IsArrayOf(json, "results", /*optional=*/false, IsResult) ||
      !IsArrayOf(json, "costs", /*optional=*/true, IsCost)) {
    return absl::DataLossError(absl::StrCat(path, " holds something else than results"));
  }
  if (const std::string other = FirstDifference(json["settings"], settings); !other.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " was begun with another ", other, "; give the same, or another --out"));
  }
  // Earlier versions measured no times.
  if (!json.contains("costs")) json["costs"] = Json::array();
  return ExtrapolationResults(path, std::move(json));
}

bool ExtrapolationResults::Has(const ExtrapolationKey& key) const {
  return ContainsKey(json_["results"], ToJson(key));
}

absl::Status ExtrapolationResults::Add(const ExtrapolationKey& key, const LengthScores& scores) {
  Json result = ToJson(key);
  result["accuracy"] = scores.all.accuracy();
  result["loss"] = scores.all.loss();
  result["tokens"] = scores.all.tokens;
  result["accuracy_last"] = scores.last.accuracy();
  result["loss_last"] = scores.last.loss();
  result["tokens_last"] = scores.last.tokens;
  json_["results"].push_back(std::move(result));
  return Write();
}

bool ExtrapolationResults::HasCost(const CostKey& key) const {
  return ContainsKey(json_["costs"], ToJson(key));
}

absl::Status ExtrapolationResults::AddCost(const CostKey& key, const InferenceCost& cost,
                                           const std::string& device) {
  Json json = ToJson(key);
  json[kParallel] = cost.parallel;
  json[kStep] = cost.step;
  json["device"] = device;
  json_["costs"].push_back(std::move(json));
  return Write();
}

absl::Status ExtrapolationResults::Write() const {
  // File names need not be UTF-8.
  return WriteFile(path_, json_.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<ExtrapolationRow> ExtrapolationResults::Rows(const std::string& text) const {
  std::vector<ExtrapolationRow> rows;
  for (const Json& result : json_["results"]) {
    if (result["text"] != text) continue;
    auto row = std::find_if(rows.begin(), rows.end(), [&](const ExtrapolationRow& row) {
      return result["variant"] == row.variant && result["form"] == row.form;
    });
    if (row == rows.end()) row = rows.insert(row, {result["variant"], result["form"], {}});
    SeedAccuracies& seeds = row->lengths[result["length"]];
    seeds.all.push_back(result["accuracy"]);
    seeds.last.push_back(result["accuracy_last"]);
  }
  return rows;
}

std::string ExtrapolationResults::ToMarkdown() const {
  return absl::StrCat(
      "Next tokens predicted right, in percent, over all positions of texts of each length, and "
      "at ",
      "their end.\n", ScoreTable("natural", Rows("natural")),
      ScoreTable("repeated", Rows("repeated")), CostTable(json_["costs"]));
}

}  // namespace bytepiece::lm
