// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/continuation_method.h"

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/lm/continuation/brute_force_covers.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"

namespace bytepiece::lm {
namespace {

constexpr double kMethodTolerance = 1e-9;

MethodOptions Method(const std::string& name) {
  absl::StatusOr<MethodOptions> options = ParseMethod(name);
  REQUIRE(options.ok());
  options->search = {.beam = 100000, .negligible = 0};
  return *options;
}

const char* const kNames[] = {"naive",      "back-off-1", "back-off-2", "back-off-adaptive",
                              "back-off-9", "exact",      "full"};

TEST_CASE("log probabilities are the product of next bytes, by every method") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const std::string text = ToyText(seed, 9);
    for (const std::string name : kNames) {
      CAPTURE(seed, name);
      const std::string prompt = text.substr(0, 5);
      ContinuationMethod method(Method(name), &toy.tokenizer, &index, &toy.model);
      const auto logs = method.LogProbabilities(prompt, text.substr(5));
      const auto next = method.NextByte(prompt);
      const auto first = method.First(prompt);
      REQUIRE(logs.ok());
      REQUIRE(next.ok());
      REQUIRE(first.ok());
      REQUIRE(logs->size() == 4);
      REQUIRE(std::abs((*logs)[0] - std::log((*next)[static_cast<unsigned char>(text[5])])) <
              kMethodTolerance);
      if (name == "exact") {
        // Each byte from the distribution after those before it.
        double log = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          const auto after = method.NextByte(text.substr(0, 5 + i));
          REQUIRE(after.ok());
          log += std::log((*after)[static_cast<unsigned char>(text[5 + i])]);
          REQUIRE(std::abs((*logs)[i] - log) < kMethodTolerance);
        }
      }
      // The first tokens say the same about the next byte.
      ByteDistribution of_covers = {};
      for (const Cover& cover : first->covers) {
        std::string bytes;
        for (const TokenId token : first->context) {
          if (token != kBosId) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
        }
        for (const TokenId token : cover.tokens) {
          if (token != kEosId) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
        }
        REQUIRE(bytes.starts_with(prompt));
        of_covers[cover.tokens.back() == kEosId
                      ? kEndOfText
                      : static_cast<unsigned char>(bytes[prompt.size()])] += cover.probability;
      }
      REQUIRE(TotalVariation(of_covers, *next) < kMethodTolerance);
    }
  }
}

TEST_CASE("full is the sum over all segmentations of the prompt") {
  for (std::uint64_t seed = 20; seed < 50; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const std::string prompt = ToyText(seed, 5);
    ContinuationMethod method(Method("full"), &toy.tokenizer, &index, &toy.model);
    const auto next = method.NextByte(prompt);
    REQUIRE(next.ok());
    const auto mass = [&](const std::string& text) {
      double sum = 0;
      ForEachCover(toy, {kBosId}, text, [&](const auto&, const auto&, double p) { sum += p; });
      return sum;
    };
    for (const char byte : std::string("abc\n")) {
      REQUIRE(std::abs((*next)[static_cast<unsigned char>(byte)] -
                       mass(prompt + byte) / mass(prompt)) < kMethodTolerance);
    }
  }
}

TEST_CASE("back-off-1 asks for one token that begins with the last one's bytes") {
  for (std::uint64_t seed = 60; seed < 80; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const std::string prompt = ToyText(seed, 6);
    ContinuationMethod method(Method("back-off-1"), &toy.tokenizer, &index, &toy.model);
    const auto first = method.First(prompt);
    REQUIRE(first.ok());
    const std::vector<TokenId> tokens = toy.tokenizer.Encode(prompt);
    std::vector<TokenId> context = {kBosId};
    context.insert(context.end(), tokens.begin(), tokens.end() - 1);
    REQUIRE(first->context == context);

    const std::string last(toy.tokenizer.vocabulary().PieceBytes(tokens.back()));
    const std::vector<double> row = toy.model.Row(TokenContext(context));
    double sum = 0;
    std::map<std::vector<TokenId>, double> longer;
    for (const TokenId id : index.Pieces(last)) {
      sum += row[static_cast<std::size_t>(id)];
      if (id != tokens.back()) longer[{id}] = row[static_cast<std::size_t>(id)];
    }
    double same = 0;  // the last token after all, and one more
    for (const Cover& cover : first->covers) {
      if (cover.tokens.size() == 1) {
        REQUIRE(std::abs(cover.probability - longer.at(cover.tokens) / sum) < kMethodTolerance);
        longer.erase(cover.tokens);
      } else {
        REQUIRE(cover.tokens.size() == 2);
        REQUIRE(cover.tokens[0] == tokens.back());
        same += cover.probability;
      }
    }
    for (const auto& [id, p] : longer) REQUIRE(p == 0);
    REQUIRE(std::abs(same - row[static_cast<std::size_t>(tokens.back())] / sum) < kMethodTolerance);
  }
}

// Probabilities by the tokens before, as a function says; the tokens of a vocabulary.
class RuleModel : public TokenModel {
 public:
  using Rule = std::function<std::map<TokenId, double>(const std::vector<TokenId>&)>;
  RuleModel(std::int64_t vocab_size, Rule rule) : vocab_size_(vocab_size), rule_(std::move(rule)) {}

  std::int64_t vocab_size() const override { return vocab_size_; }
  absl::Status Next(absl::Span<const TokenContext> contexts,
                    std::vector<double>* probabilities) override {
    probabilities->clear();
    for (const TokenContext& context : contexts) {
      std::vector<double> row(static_cast<std::size_t>(vocab_size_));
      for (const auto& [id, p] : rule_(context.Tokens())) row[static_cast<std::size_t>(id)] = p;
      probabilities->insert(probabilities->end(), row.begin(), row.end());
    }
    return absl::OkStatus();
  }
  std::int64_t evaluations() const override { return 0; }

 private:
  std::int64_t vocab_size_;
  Rule rule_;
};

TEST_CASE("the bound on what a beam misses of the next byte holds, whatever ends with the prompt") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({{"ab", 9}, {"ba", 9}, {"bc", 9}}));
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  const PrefixIndex index(&vocabulary);
  const TokenId a = vocabulary.FindPiece("a"), b = vocabulary.FindPiece("b"),
                c = vocabulary.FindPiece("c"), x = vocabulary.FindPiece("x"),
                y = vocabulary.FindPiece("y"), ab = vocabulary.FindPiece("ab"),
                ba = vocabulary.FindPiece("ba"), bc = vocabulary.FindPiece("bc");
  const std::string prompt = "abaabaabaabaabaababc";
  // 2^6 ways to the prompt's last two bytes, as many nodes as the beam keeps; then "bc" by
  // one token or by two. Of these 128 ways a beam of 64 keeps the likelier half.
  RuleModel model(tokenizer.vocab_size(), [&](const std::vector<TokenId>& tokens) {
    std::size_t end = 0;
    for (const TokenId id : tokens) end += id == kBosId ? 0 : vocabulary.PieceBytes(id).size();
    if (end == prompt.size()) return std::map<TokenId, double>{{tokens.back() == bc ? x : y, 1}};
    if (end > prompt.size()) return std::map<TokenId, double>{{kEosId, 1}};
    if (end == 18) return std::map<TokenId, double>{{bc, 0.26}, {b, 0.74}};
    if (end == 19) return std::map<TokenId, double>{{c, 1}};
    if (end % 3 == 0) return std::map<TokenId, double>{{a, 0.5}, {ab, 0.5}};
    return std::map<TokenId, double>{{end % 3 == 1 ? ba : a, 1}};
  });
  ContinuationMethod wide(Method("full"), &tokenizer, &index, &model);
  const auto truth = wide.NextByte(prompt);
  REQUIRE(truth.ok());
  REQUIRE(std::abs((*truth)['x'] - 0.26) < kMethodTolerance);
  REQUIRE(std::abs((*truth)['y'] - 0.74) < kMethodTolerance);
  REQUIRE(wide.missed() == 0);
  for (const std::size_t beam : {1, 2, 16, 64, 100}) {
    MethodOptions options = *ParseMethod("full");
    options.search.beam = beam;
    ContinuationMethod narrow(options, &tokenizer, &index, &model);
    const auto found = narrow.NextByte(prompt);
    CAPTURE(beam);
    REQUIRE(found.ok());
    REQUIRE(TotalVariation(*found, *truth) <= narrow.missed() + kMethodTolerance);
    ByteDistribution of_covers = {};
    const auto first = narrow.First(prompt);
    REQUIRE(first.ok());
    for (const Cover& cover : first->covers) {
      of_covers[cover.tokens.back() == x ? 'x' : 'y'] += cover.probability;
    }
    REQUIRE(TotalVariation(of_covers, *truth) <= narrow.missed() + kMethodTolerance);
  }
}

TEST_CASE("what a narrow beam or depth loses is looked for again") {
  // "a", the likelier beginning, comes to nothing.
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({{"ab", 9}, {"abcd", 9}}));
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  const PrefixIndex index(&vocabulary);
  const TokenId a = vocabulary.FindPiece("a"), ab = vocabulary.FindPiece("ab"),
                c = vocabulary.FindPiece("c"), x = vocabulary.FindPiece("x");
  RuleModel model(tokenizer.vocab_size(), [&](const std::vector<TokenId>& tokens) {
    if (tokens.back() == kBosId) return std::map<TokenId, double>{{a, 0.99}, {ab, 0.01}};
    if (tokens.back() == ab) return std::map<TokenId, double>{{c, 1}};
    return std::map<TokenId, double>{{x, 1}};
  });
  MethodOptions options = *ParseMethod("full");
  options.search.beam = 1;
  ContinuationMethod narrow(options, &tokenizer, &index, &model);
  const auto next = narrow.NextByte("abc");
  REQUIRE(next.ok());
  REQUIRE((*next)['x'] == 1);
  REQUIRE(narrow.missed() == 0);  // the wider beam left nothing out
  REQUIRE(narrow.LogProbabilities("ab", "cx")->back() == 0);
  REQUIRE(narrow.First("abc")->covers.size() == 1);
  // What the model cannot say stays impossible.
  const absl::Status status = narrow.NextByte("abd").status();
  REQUIRE(status.code() == absl::StatusCode::kOutOfRange);
  REQUIRE(status.message() == ImpossibleText().message());
}

TEST_CASE("exact knows that NFC joins a mark to the character before it") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel(
      {{"\u0301", 9}, {"e\u0301", 9}, {"x\u0301", 9}, {"z\u0305", 9}}, Normalization::kNfc));
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  const PrefixIndex index(&vocabulary);
  // Every token of these, at random; among them marks by bytes.
  std::vector<TokenId> tokens = {kEosId};
  for (const char* bytes :
       {"e", "x", "z", "\xCC", "\x81", "\x85", "\u0301", "e\u0301", "x\u0301"}) {
    tokens.push_back(vocabulary.FindPiece(bytes));
    REQUIRE(tokens.back() >= kFirstPieceId);
  }
  TableModel model(tokenizer.vocab_size(), tokens, 7);
  ContinuationMethod exact(Method("exact"), &tokenizer, &index, &model);
  const auto next = [&](const std::string& prompt) {
    const auto found = exact.NextByte(prompt);
    REQUIRE(found.ok());
    return *found;
  };
  // After "e" the byte CC begins U+0305 at most, by its own token: not U+0301, which has one
  // more.
  const std::vector<double> row = model.Row({kBosId, vocabulary.FindPiece("e")});
  const auto p = [&](const char* bytes) {
    return row[static_cast<std::size_t>(vocabulary.FindPiece(bytes))];
  };
  const ByteDistribution after_e = next("e");
  REQUIRE(p("\u0301") > 0);
  REQUIRE(std::abs(after_e[0xCC] / after_e['z'] - p("\xCC") / p("z")) < kMethodTolerance);
  REQUIRE(next("e\xCC")[0x81] == 0);
  REQUIRE(next("e\xCC")[0x85] > 0);
  // "x" and U+0301 stay two characters.
  REQUIRE(next("x\xCC")[0x81] > 0);
  const auto first = exact.First("xe");
  REQUIRE(first.ok());
  for (const Cover& cover : first->covers) {
    std::string bytes, buffer;
    for (const TokenId id : cover.tokens) {
      if (id != kEosId) bytes += vocabulary.PieceBytes(id);
    }
    REQUIRE(bytes.find("e\u0301") == std::string::npos);
  }
}

TEST_CASE("names of methods") {
  REQUIRE(ParseMethod("back-off-12")->tokens == 12);
  REQUIRE(ParseMethod("back-off-adaptive")->kind == MethodKind::kAdaptive);
  for (const char* name : {"", "back-off-0", "back-off-", "back-off--1", "Naive", "beam"}) {
    CAPTURE(name);
    REQUIRE_FALSE(ParseMethod(name).ok());
  }
}

}  // namespace
}  // namespace bytepiece::lm
