// SPDX-License-Identifier: Apache-2.0
// bytepiece inspect: a vocabulary, some of its pieces, or a text under it.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/file_descriptor.h"
#include "bytepiece/sampling/sampling_weights.h"
#include "bytepiece/token_files/piece_text.h"
#include "bytepiece/tokenizer.h"
#include "cli/commands/commands.h"
#include "cli/options/model_option.h"
#include "cli/options/text_memory.h"
#include "cli/program/errors.h"
#include "cli/program/style.h"
#include "cli/reports/inspect_piece.h"
#include "cli/reports/inspect_text.h"
#include "cli/reports/inspect_vocabulary.h"
#include "corpus/byte_stream.h"
#include "corpus/delimited_reader.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {
namespace {

constexpr char kInspectDescription[] =
    "Look at a vocabulary (the default), at single pieces (--piece,\n"
    "--match), or at why a text is cut as it is (--text).";

constexpr char kInspectFooter[] =
    "Examples:\n"
    "  bytepiece inspect -m my.model\n"
    "  bytepiece inspect -m my.model --piece \" the\" --piece \"\\xE4\\xB8\"\n"
    "  bytepiece inspect -m my.model --piece \"<|user|>\"\n"
    "  bytepiece inspect -m my.model --match \"^\\p{Han}{3,}$\"\n"
    "  bytepiece inspect -m my.model --text \"woodchuck\" --lattice\n"
    "\n"
    "Pieces are written as by encode --format pieces: \\\\ \\n \\t \\r, and \\xHH for other\n"
    "control characters and bytes that are no valid UTF-8. A score is the natural\n"
    "logarithm of count / total count; where \"scores\" is whole, that rounded to 64ths,\n"
    "at least -2047 of them. A segmentation's is the sum over its pieces, and\n"
    "its probability is proportional to exp(alpha x score). A piece's margin is its score\n"
    "less that of the best way to write it without it. Positions are bytes of the\n"
    "normalised text, from 0 in each chunk (a line with its newlines).";

struct InspectCommand {
  ModelOptions model;
  std::vector<std::string> pieces;
  std::string match;
  std::string segmentation;  // a line of pieces, or empty
  std::string text;
  ExplainOptions explain;
  std::size_t top = 10;
  bool json = false;
  std::int64_t memory_limit = 0;
  std::string color = "auto";
};

void PrintJson(const nlohmann::ordered_json& json) {
  // Special tokens are valid UTF-8 and pieces escaped: nothing to replace.
  std::cout << json.dump(2) << std::endl;
}

const char* ScoresName(const Tokenizer& tokenizer) {
  return ScoreKindName(ScoresOf(tokenizer.model()));
}

absl::Status ShowPieces(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool json) {
  if (json) {
    PrintJson({{"scores", ScoresName(tokenizer)}, {"pieces", PiecesJson(tokenizer, ids)}});
  } else {
    std::cout << ScoresLine(tokenizer);
    PrintPieces(tokenizer, ids, std::cout);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TokenId>> FindPieces(const Tokenizer& tokenizer,
                                                const std::vector<std::string>& texts) {
  std::vector<TokenId> ids;
  for (const std::string& text : texts) {
    const absl::StatusOr<TokenId> id = ParsePieceText(tokenizer, text);
    // A special token as it is spelled, which may be a piece as well.
    const TokenId token = tokenizer.TokenToId(text);
    const bool is_special = token >= 0 && !tokenizer.vocabulary().IsPiece(token);
    if (!id.ok() && !is_special) {
      return absl::NotFoundError(absl::StrCat("--piece: ", id.status().message()));
    }
    if (id.ok()) ids.push_back(*id);
    if (is_special) ids.push_back(token);
  }
  return ids;
}

absl::Status TextTooLong(const TextMemory& memory, std::int64_t needed) {
  const auto room = static_cast<std::int64_t>(memory.most_held_bytes);
  const std::int64_t enough = memory.limit + (needed - room) * memory.held_cost;
  return absl::ResourceExhaustedError(
      absl::StrCat("--text: the text takes up to ", FormatMemorySize(needed),
                   " to explain, and the memory limit of ", FormatMemorySize(memory.limit),
                   " leaves ", FormatMemorySize(room), "; raise --memory-limit to ",
                   ((enough + enough / 16) >> 20) + 16, "M, or give a shorter text"));
}

// Of a text that was not read to its end, so that nobody knows what would be enough.
absl::Status InputTooLong(const TextMemory& memory) {
  const std::string room = FormatMemorySize(static_cast<std::int64_t>(memory.most_held_bytes));
  return absl::ResourceExhaustedError(
      absl::StrCat("--text: the text on standard input takes more than ", room,
                   " to explain, and the memory limit of ", FormatMemorySize(memory.limit),
                   " leaves no more than that; give a shorter text, or raise --memory-limit"));
}

// Error if the text is longer than there is room for.
absl::StatusOr<std::string> ReadStandardInput(const TextMemory& memory) {
  absl::StatusOr<FileDescriptor> file = OpenForReading("-");
  if (!file.ok()) return file.status();
  const absl::StatusOr<std::unique_ptr<ByteStream>> stream =
      ByteStream::Open(*std::move(file), DisplayName("-"), {.compression = Compression::kNone});
  if (!stream.ok()) return stream.status();
  // As it is read, normalised, and moved once while it grows.
  constexpr std::int64_t kCopies = 4;
  std::string text;
  for (;;) {
    const absl::StatusOr<std::size_t> got = AppendSome(stream->get(), &text);
    if (!got.ok()) return got.status();
    if (*got == 0) return text;
    const std::int64_t needed = kCopies * static_cast<std::int64_t>(text.size());
    if (needed > static_cast<std::int64_t>(memory.most_held_bytes)) {
      return InputTooLong(memory);
    }
  }
}

absl::Status ShowText(const Tokenizer& tokenizer, const InspectCommand& command) {
  const absl::StatusOr<TextMemory> memory = DivideTextMemory(command.memory_limit, 1, 1);
  if (!memory.ok()) return memory.status();
  std::string text = command.text;
  if (text == "-") {
    absl::StatusOr<std::string> read = ReadStandardInput(*memory);
    if (!read.ok()) return read.status();
    text = *std::move(read);
  }
  ExplainOptions explain = command.explain;
  if (!command.segmentation.empty()) {
    absl::StatusOr<std::vector<std::size_t>> ends =
        SegmentationEnds(tokenizer, text, command.segmentation);
    if (!ends.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--segmentation: ", ends.status().message()));
    }
    explain.ends = *std::move(ends);
  }
  const std::int64_t needed = ExplanationMemory(tokenizer, text, explain, command.json);
  if (needed > static_cast<std::int64_t>(memory->most_held_bytes)) {
    return TextTooLong(*memory, needed);
  }
  if (command.json) {
    nlohmann::ordered_json json = {{"scores", ScoresName(tokenizer)}};
    json.update(ExplanationJson(tokenizer, text, explain));
    PrintJson(json);
  } else {
    std::cout << ScoresLine(tokenizer);
    PrintExplanation(tokenizer, text, explain, MakeStyle(command.color), std::cout);
  }
  std::cout << std::flush;
  return absl::OkStatus();
}

absl::Status Run(const CLI::App& app, const InspectCommand& command) {
  const absl::StatusOr<Tokenizer> tokenizer = LoadTokenizer(command.model);
  if (!tokenizer.ok()) return tokenizer.status();
  if (app.count("--text") > 0) {
    return ShowText(*tokenizer, command);
  } else if (app.count("--piece") + app.count("--match") > 0) {
    const absl::StatusOr<std::vector<TokenId>> ids =
        app.count("--match") > 0 ? MatchPieces(tokenizer->vocabulary(), command.match)
                                 : FindPieces(*tokenizer, command.pieces);
    if (!ids.ok()) return ids.status();
    return ShowPieces(*tokenizer, *ids, command.json);
  } else if (command.json) {
    PrintJson(VocabularyJson(*tokenizer, command.top));
  } else {
    PrintVocabulary(*tokenizer, command.top, MakeStyle(command.color), std::cout);
  }
  std::cout << std::flush;
  return absl::OkStatus();
}

void AddTextOptions(CLI::App* app, InspectCommand* command) {
  constexpr char kGroup[] = "Text";
  CLI::Option* text = app->add_option("--text", command->text,
                                      "Show how this text is cut, with the runners-up and the\n"
                                      "pieces that compete at each position; \"-\" reads\n"
                                      "standard input")
                          ->type_name("STRING|-")
                          ->group(kGroup);
  app->add_option("--nbest", command->explain.nbest, "How many of the best segmentations")
      ->type_name("N")
      ->check(CLI::Range(1, 100000).description(""))
      ->capture_default_str()
      ->needs(text)
      ->group(kGroup);
  app->add_flag("--lattice", command->explain.lattice,
                "Also log Z, entropy, expected tokens, and the probability\n"
                "of each piece and boundary")
      ->needs(text)
      ->group(kGroup);
  CLI::Option* distinct =
      app->add_option("--distinct", command->explain.distinct,
                      "Also N random segmentations, all different (drawn without\n"
                      "replacement), with what weighs them")
          ->type_name("N")
          ->check(CLI::Range(1, 100000).description(""))
          ->needs(text)
          ->group(kGroup);
  app->add_option("--seed", command->explain.seed, "Of --distinct: another seed, others")
      ->type_name("N")
      ->capture_default_str()
      ->needs(distinct)
      ->group(kGroup);
  app->add_option("--segmentation", command->segmentation,
                  "Also the score and probability of this segmentation: its\n"
                  "pieces with a tab between two, as \"encode --format pieces\"\n"
                  "writes them")
      ->type_name("PIECES")
      ->needs(text)
      ->group(kGroup);
  app->add_option("--alpha", command->explain.alpha,
                  "Sharpness of the probabilities: 0 makes all segmentations\n"
                  "equal, 1 is the model's own distribution")
      ->type_name("X")
      ->check(CLI::Range(0.0, kAlphaIsInfinite).description(""))
      ->capture_default_str()
      ->needs(text)
      ->group(kGroup);
}

}  // namespace

Command AddInspect(CLI::App* root) {
  auto command = std::make_shared<InspectCommand>();
  CLI::App* app = root->add_subcommand("inspect", kInspectDescription);
  AddModelOptions(app, &command->model);
  CLI::Option* piece = app->add_option("--piece", command->pieces,
                                       "A piece: its id, count and score, and its best split\n"
                                       "into others; or a special token: its id; repeatable")
                           ->type_name("PIECE")
                           ->allow_extra_args(false);
  CLI::Option* match = app->add_option("--match", command->match,
                                       "All pieces in which the regular expression (RE2) matches\n"
                                       "somewhere; \\C is any byte")
                           ->type_name("REGEX")
                           ->excludes(piece);
  app->add_option("--top", command->top, "How many of the most and least frequent pieces")
      ->type_name("N")
      ->capture_default_str();
  AddTextOptions(app, command.get());
  app->get_option("--text")->excludes(piece)->excludes(match);
  for (const char* other : {"--piece", "--match", "--text"}) {
    app->get_option("--top")->excludes(app->get_option(other));
  }
  app->add_flag("--json", command->json, "Print JSON, every number in full");
  AddMemoryLimitOption(app, &command->memory_limit);
  app->get_option("--memory-limit")->needs("--text");
  AddColorOption(app, &command->color);
  app->footer(kInspectFooter);
  return {app, [app, command] { return Run(*app, *command); }};
}

}  // namespace bytepiece
