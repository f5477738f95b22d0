// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/special_tokens.h"

#include <re2/re2.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {

struct SpecialTokens::Impl {
  std::vector<std::string> control;  // by id
  std::vector<std::string> special;  // by id - first_special
  TokenId first_special = 0;
  std::unordered_map<std::string, TokenId> ids;  // of those that text can spell
  std::unordered_map<std::string, TokenId> reserved_ids;
  std::unique_ptr<RE2> pattern;     // an alternation of those
  std::vector<std::string> sorted;  // those, by bytes
  std::size_t max_length = 0;       // of those
};

SpecialTokens::SpecialTokens() : impl_(std::make_unique<Impl>()) {}
SpecialTokens::SpecialTokens(SpecialTokens&&) noexcept = default;
SpecialTokens& SpecialTokens::operator=(SpecialTokens&&) noexcept = default;
SpecialTokens::~SpecialTokens() = default;

absl::StatusOr<SpecialTokens> SpecialTokens::Create(absl::Span<const SpecialToken> tokens,
                                                    TokenId first_special) {
  SpecialTokens made;
  Impl& impl = *made.impl_;
  for (TokenId id = 0; id < kNumControlTokens; ++id) {
    impl.control.emplace_back(ControlTokenText(id));
    impl.ids.emplace(impl.control.back(), id);
  }
  impl.first_special = first_special;
  for (const SpecialToken& token : tokens) {
    const TokenId id = impl.first_special + static_cast<TokenId>(impl.special.size());
    impl.special.push_back(token.text);
    (token.reserved ? impl.reserved_ids : impl.ids).emplace(token.text, id);
  }

  // Leftmost, and of those the first alternative: so the longest goes first.
  std::vector<std::string> texts;
  for (const auto& [text, id] : impl.ids) texts.push_back(text);
  std::sort(texts.begin(), texts.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  impl.max_length = texts.front().size();
  std::string alternation = "(";
  for (const std::string& text : texts) {
    if (alternation.size() > 1) alternation += '|';
    alternation += RE2::QuoteMeta(text);
  }
  alternation += ')';
  impl.sorted = std::move(texts);
  std::sort(impl.sorted.begin(), impl.sorted.end());
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // bytes: text need not be UTF-8
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{256} << 20);  // thousands of tokens, still bounded
  impl.pattern = std::make_unique<RE2>(alternation, options);
  if (!impl.pattern->ok()) {
    return absl::InvalidArgumentError("the special tokens are too many to search for: " +
                                      impl.pattern->error());
  }
  return made;
}

std::optional<SpecialTokens::Match> SpecialTokens::Find(std::string_view text, std::size_t from,
                                                        const SpecialTokenRule& rule) const {
  if (!rule.searches()) return std::nullopt;
  for (;;) {
    std::optional<Match> match = FindAny(text, from);
    if (!match || Allows(rule, match->id)) return match;
    if (rule.policy == SpecialTokenPolicy::kForbid) {
      match->is_forbidden = true;
      return match;
    }
    // The longest that stands there is text; a shorter one need not be.
    for (std::size_t end = match->end - 1; end > match->begin; --end) {
      const TokenId id = Id(text.substr(match->begin, end - match->begin));
      if (id >= 0 && Allows(rule, id)) return Match{match->begin, end, id};
    }
    from = match->begin + 1;
  }
}

bool SpecialTokens::Allows(const SpecialTokenRule& rule, TokenId id) const {
  if (IsControl(id)) return false;
  return rule.policy == SpecialTokenPolicy::kAllow ||
         std::find(rule.allowed.begin(), rule.allowed.end(), id) != rule.allowed.end();
}

std::optional<SpecialTokens::Match> SpecialTokens::FindAny(std::string_view text,
                                                           std::size_t from) const {
  re2::StringPiece rest(text.data(), text.size());
  rest.remove_prefix(from);
  re2::StringPiece found;
  if (!RE2::PartialMatch(rest, *impl_->pattern, &found)) return std::nullopt;
  const auto begin = static_cast<std::size_t>(found.data() - text.data());
  return Match{begin, begin + found.size(), Id(std::string_view(found.data(), found.size()))};
}

SpecialTokens::Cut SpecialTokens::NextCut(std::string_view text, std::size_t begin, bool is_last,
                                          const SpecialTokenRule& rule) const {
  if (!rule.searches()) return {text.size(), std::nullopt};
  const std::optional<Match> match = Find(text, begin, rule);
  if (is_last) return {match ? match->begin : text.size(), match};
  // From further left than this, any token would end in the text: what is found there is found
  // for good, as no longer one, and none from further left, can come of bytes that follow.
  std::size_t undecided = text.size() - std::min(text.size(), max_length() - 1);
  if (match && match->begin < undecided) return {match->begin, match};
  undecided = std::max(undecided, begin);
  while (undecided < text.size() && !StartsLongerToken(text.substr(undecided))) ++undecided;
  if (match && match->begin < undecided) return {match->begin, match};
  return {undecided, std::nullopt};
}

absl::Status SpecialTokens::Forbidden(TokenId id, std::int64_t position) const {
  return absl::InvalidArgumentError(
      absl::StrCat("the text contains the special token \"", *Text(id), "\" at byte ", position,
                   "; allow special tokens or treat them as plain text"));
}

// Whether `text` and more could spell a token: a longer one begins with it.
bool SpecialTokens::StartsLongerToken(std::string_view text) const {
  const auto longer = std::upper_bound(impl_->sorted.begin(), impl_->sorted.end(), text);
  return longer != impl_->sorted.end() && std::string_view(*longer).substr(0, text.size()) == text;
}

std::size_t SpecialTokens::max_length() const { return impl_->max_length; }

const std::string* SpecialTokens::Text(TokenId id) const {
  if (IsControl(id)) return &impl_->control[static_cast<std::size_t>(id)];
  const std::int64_t index = std::int64_t{id} - impl_->first_special;
  if (index < 0 || index >= static_cast<std::int64_t>(impl_->special.size())) return nullptr;
  return &impl_->special[static_cast<std::size_t>(index)];
}

TokenId SpecialTokens::Id(std::string_view text) const {
  const auto found = impl_->ids.find(std::string(text));
  return found == impl_->ids.end() ? -1 : found->second;
}

TokenId SpecialTokens::IdOfAny(std::string_view text) const {
  const auto reserved = impl_->reserved_ids.find(std::string(text));
  return reserved != impl_->reserved_ids.end() ? reserved->second : Id(text);
}

}  // namespace bytepiece
