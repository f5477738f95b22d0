// SPDX-License-Identifier: Apache-2.0
#include "cli/options/spelled_tokens_option.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

// Whether text can spell the token.
bool IsSpecial(const Tokenizer& tokenizer, TokenId id) {
  const std::int64_t index = std::int64_t{id} - tokenizer.vocabulary().end_of_pieces();
  return index >= 0 && !tokenizer.model().special_tokens[static_cast<std::size_t>(index)].reserved;
}

}  // namespace

void AddSpelledTokensOptions(CLI::App* app, SpelledTokensOptions* options) {
  const std::map<std::string, SpecialTokenPolicy> policies = {
      {"plain", SpecialTokenPolicy::kPlainText},
      {"allow", SpecialTokenPolicy::kAllow},
      {"forbid", SpecialTokenPolicy::kForbid}};
  app->add_option_function<std::string>(
         "--special-tokens",
         [policies, options](const std::string& name) { options->policy = policies.at(name); },
         "Text that spells a special token is plain text, becomes the\n"
         "token (allow), or is an error (forbid). No text becomes a\n"
         "control token")
      ->type_name("plain|allow|forbid")
      ->check(OneOf(policies))
      ->default_str("plain");
  app->add_option("--allow-special", options->allowed,
                  "This special token is allowed in text, whatever becomes of\n"
                  "the others; repeatable")
      ->type_name("TOKEN")
      ->allow_extra_args(false);
}

absl::Status ApplySpelledTokens(const SpelledTokensOptions& options, const Tokenizer& tokenizer,
                                EncodeOptions* encode) {
  encode->special_tokens = options.policy;
  encode->allow_special.clear();
  for (const std::string& text : options.allowed) {
    const TokenId id = tokenizer.TokenToId(text);
    if (id < 0 || (id >= kFirstPieceId && !IsSpecial(tokenizer, id))) {
      return UsageError(absl::StrCat("--allow-special ", text,
                                     ": the model has no such special token; \"bytepiece inspect\" "
                                     "lists those it has"));
    }
    if (id < kFirstPieceId) {
      return UsageError(absl::StrCat(
          "--allow-special ", text, ": no text becomes a control token; --bos and --eos add them"));
    }
    encode->allow_special.push_back(id);
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
