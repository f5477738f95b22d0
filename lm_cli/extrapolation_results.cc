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

bool IsResult(const Json& json) {
  const auto all = [&](const std::vector<const char*>& names, const auto& is_right) {
    return std::all_of(names.begin(), names.end(), [&](const char* name) {
      return json.contains(name) && is_right(json[name]);
    });
  };
  return json.is_object() &&
         all({"variant", "form", "text"}, [](const Json& value) { return value.is_string(); }) &&
         all({"seed", "length"}, [](const Json& value) { return value.is_number_integer(); }) &&
         all({"accuracy", "accuracy_last"}, [](const Json& value) { return value.is_number(); });
}

bool IsOf(const Json& result, const Json& key) {
  return std::all_of(key.items().begin(), key.items().end(), [&](const auto& item) {
    return result.contains(item.key()) && result[item.key()] == item.value();
  });
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

struct Cell {
  std::vector<double> all, last;  // accuracies by seed
};

std::string Table(const Json& results, const std::string& text) {
  std::set<std::int64_t> lengths;
  std::vector<std::pair<std::string, std::string>> rows;  // variant and form, as they came
  std::map<std::pair<std::string, std::string>, std::map<std::int64_t, Cell>> cells;
  for (const Json& result : results) {
    if (result["text"] != text) continue;
    const std::pair<std::string, std::string> row = {result["variant"], result["form"]};
    if (!cells.contains(row)) rows.push_back(row);
    const std::int64_t length = result["length"];
    lengths.insert(length);
    Cell& cell = cells[row][length];
    cell.all.push_back(result["accuracy"]);
    cell.last.push_back(result["accuracy_last"]);
  }
  if (rows.empty()) return "";
  std::string out = absl::StrCat("\n## ", text, "\n\n| variant | form |");
  for (const std::int64_t length : lengths) absl::StrAppend(&out, " ", length, " | its end |");
  out += "\n|---|---|";
  for (std::size_t i = 0; i < lengths.size(); ++i) out += "---|---|";
  out += "\n";
  for (const auto& row : rows) {
    absl::StrAppend(&out, "| ", row.first, " | ", row.second, " |");
    for (const std::int64_t length : lengths) {
      const auto cell = cells[row].find(length);
      if (cell == cells[row].end()) {
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

}  // namespace

absl::StatusOr<ExtrapolationResults> ExtrapolationResults::Open(const std::string& path,
                                                                const Json& settings) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return ExtrapolationResults(path, {{"settings", settings}, {"results", Json::array()}});
  }
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("settings") || !json["settings"].is_object() ||
      !json.contains("results") || !json["results"].is_array() ||
      !std::all_of(json["results"].begin(), json["results"].end(), IsResult)) {
    return absl::DataLossError(absl::StrCat(path, " holds something else than results"));
  }
  for (const auto& item : settings.items()) {
    const Json& before = json["settings"];
    if (before.contains(item.key()) && before[item.key()] == item.value()) continue;
    return absl::FailedPreconditionError(absl::StrCat(path, " was begun with another ", item.key(),
                                                      "; give the same, or another --out"));
  }
  return ExtrapolationResults(path, std::move(json));
}

bool ExtrapolationResults::Has(const ExtrapolationKey& key) const {
  const Json wanted = ToJson(key);
  return std::any_of(json_["results"].begin(), json_["results"].end(),
                     [&](const Json& result) { return IsOf(result, wanted); });
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
  // File names need not be UTF-8.
  return WriteFile(path_, json_.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string ExtrapolationResults::ToMarkdown() const {
  return absl::StrCat(
      "Next tokens predicted right, in percent, over all positions of texts of each length, and "
      "at ",
      "their end.\n", Table(json_["results"], "natural"), Table(json_["results"], "repeated"));
}

}  // namespace bytepiece::lm
