// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/continuation_dialog.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "bytepiece/io/file_reader.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/token_files/piece_text.h"
#include "cli/program/table.h"
#include "lm/continuation/continued_generation.h"
#include "lm/continuation/harness.h"

namespace bytepiece::lm {
namespace {

constexpr std::size_t kShown = 8;         // continuations of a method
constexpr std::size_t kGreedyBytes = 24;  // of the text that it writes
constexpr char kBlank[] = "\u2423";       // for a space, which nobody sees
constexpr std::size_t kLineWidth = 120;

struct Column {
  std::vector<std::pair<double, std::string>> likeliest;  // of what follows the prompt
  std::string greedy;
};

std::string Visible(std::string_view bytes) {
  return absl::StrReplaceAll(EscapeBytes(bytes), {{" ", kBlank}});
}

absl::StatusOr<Column> Ask(const std::string& name, const std::string& prompt,
                           const Tokenizer& tokenizer, const PrefixIndex& index,
                           TokenModel* model) {
  const auto options = ParseMethod(name);
  if (!options.ok()) return options.status();
  ContinuationMethod method(*options, &tokenizer, &index, model);
  const auto first = method.First(prompt);
  if (first.status().code() == ImpossibleText().code()) return Column{{}, "(impossible)"};
  if (!first.ok()) return first.status();
  const std::size_t known = prompt.size() - BytesOf(tokenizer, first->context).size();
  // Covers may differ and mean the same text.
  std::map<std::string, double> by_text;
  for (const Cover& cover : first->covers) {
    const bool ends = cover.tokens.back() == kEosId;
    const std::string beyond = BytesOf(tokenizer, cover.tokens).substr(known);
    by_text[ends ? "\\!<eos>" : Visible(beyond)] += cover.probability;
  }
  Column column;
  for (const auto& [text, probability] : by_text) column.likeliest.emplace_back(probability, text);
  std::stable_sort(column.likeliest.begin(), column.likeliest.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (column.likeliest.size() > kShown) column.likeliest.resize(kShown);
  const auto greedy = GreedyContinuation(&method, prompt, kGreedyBytes, tokenizer, model);
  if (!greedy.ok()) return greedy.status();
  column.greedy = Visible(*greedy);
  return column;
}

std::string Tokens(const std::string& prompt, const Tokenizer& tokenizer) {
  std::string line;
  for (const TokenId id : tokenizer.Encode(prompt)) {
    absl::StrAppend(&line, line.empty() ? "" : " | ", EscapeBytes(BytesOf(tokenizer, {id})));
  }
  return line;
}

}  // namespace

absl::Status ContinuationDialog(const std::vector<std::string>& methods, const Tokenizer& tokenizer,
                                const PrefixIndex& index, const Style& style, TokenModel* model) {
  const bool asks = isatty(STDIN_FILENO) != 0;
  absl::StatusOr<FileReader> input = FileReader::Open("-");
  if (!input.ok()) return input.status();
  std::string line;
  while (true) {
    if (asks) std::cout << style.Paint(Color::kGreen, "prompt> ") << std::flush;
    const absl::StatusOr<bool> more = input->ReadLine(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    std::string buffer;
    const std::string prompt(Normalize(tokenizer.normalization(), line, &buffer));
    std::vector<Column> columns;
    for (const std::string& method : methods) {
      absl::StatusOr<Column> column = Ask(method, prompt, tokenizer, index, model);
      if (!column.ok()) return column.status();
      columns.push_back(*std::move(column));
    }
    std::cout << style.Paint(Color::kDim, Tokens(prompt, tokenizer)) << "\n";
    std::vector<std::vector<std::string>> rows(kShown + 2);
    rows[0].push_back("");
    for (std::size_t i = 0; i < kShown; ++i) rows[i + 1].push_back(std::to_string(i + 1));
    rows[kShown + 1].push_back("writes");
    for (std::size_t c = 0; c < columns.size(); ++c) {
      rows[0].push_back(methods[c]);
      for (std::size_t i = 0; i < kShown; ++i) {
        const auto& likeliest = columns[c].likeliest;
        rows[i + 1].push_back(
            i < likeliest.size()
                ? absl::StrFormat("%s %5.3f", likeliest[i].second, likeliest[i].first)
                : "");
      }
      rows[kShown + 1].push_back(columns[c].greedy);
    }
    std::string table = RenderTable(rows, kLineWidth);
    const std::size_t heading = table.find('\n');
    std::cout << style.Paint(Color::kBold, table.substr(0, heading)) << table.substr(heading)
              << "\n"
              << std::flush;
  }
  if (asks) std::cout << "\n";
  return absl::OkStatus();
}

}  // namespace bytepiece::lm
