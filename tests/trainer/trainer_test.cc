// SPDX-License-Identifier: Apache-2.0
#include "trainer/trainer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

using Documents = std::vector<std::string>;

// Text with rare characters (dead ends), broken bytes and a document longer than
// a slice.
Documents MixedDocuments() {
  RandomText random(7);
  Documents documents;
  for (int i = 0; i < 40; ++i) documents.push_back(random.ValidUtf8(2000));
  documents.push_back(random.MutatedUtf8(700'000));
  documents.push_back("");
  return documents;
}

std::vector<Model> TrainOn(const Documents& documents, const TrainerSpec& spec, int threads = 2) {
  VectorSource source(documents);
  auto models = Train(&source, {spec, threads});
  REQUIRE(models.ok());
  return *std::move(models);
}

std::string Error(const Documents& documents, const TrainerSpec& spec) {
  VectorSource source(documents);
  return std::string(Train(&source, {spec, 1}).status().message());
}

TEST_CASE("the result depends neither on the threads nor on the order of the documents") {
  for (const TrainingMethod method :
       {TrainingMethod::kExact, TrainingMethod::kRecover, TrainingMethod::kGrow}) {
    TrainerSpec spec;
    spec.method = method;
    spec.vocab_sizes = {2000, 700};
    Documents documents = MixedDocuments();
    const std::vector<Model> expected = TrainOn(documents, spec, 1);
    for (const int threads : {2, 7}) CHECK(TrainOn(documents, spec, threads) == expected);
    std::reverse(documents.begin(), documents.end());
    CHECK(TrainOn(documents, spec) == expected);
  }
}

TEST_CASE("grow gives the same within little memory") {
  Documents documents = MixedDocuments();
  TrainerSpec spec;
  spec.vocab_sizes = {1500, 900};
  const std::vector<Model> expected = TrainOn(documents, spec);
  VectorSource source(documents);
  TrainerOptions options = {spec, 1};
  options.memory_limit = std::int64_t{60} << 20;
  const auto tight = Train(&source, options);
  REQUIRE(tight.ok());
  CHECK(*tight == expected);
}

TEST_CASE("grow needs fewer tokens than recover, for the text it learned and for other") {
  const std::vector<std::string> words = {"the ", "of ", "and ", "in ", "a ", "to "};
  RandomText random(11);
  const auto text = [&] {
    std::string sentence;
    for (int i = 0; i < 60; ++i) sentence += words[random.Below(words.size())] + "house ";
    return sentence;
  };
  Documents documents;
  for (int i = 0; i < 200; ++i) documents.push_back(text());
  TrainerSpec spec;
  spec.vocab_sizes = {330};
  spec.method = TrainingMethod::kRecover;
  const Tokenizer recover = *Tokenizer::Create(TrainOn(documents, spec)[0]);
  spec.method = TrainingMethod::kGrow;
  const Tokenizer grow = *Tokenizer::Create(TrainOn(documents, spec)[0]);
  for (int i = 0; i < 5; ++i) {
    const std::string other = text();
    CHECK(grow.Encode(other).size() * 3 < recover.Encode(other).size() * 2);
  }
}

TEST_CASE("sizes are nested, answered in the order asked for, and within their limits") {
  const Documents documents = MixedDocuments();
  TrainerSpec spec;
  spec.vocab_sizes = {600, 1500, 600, 1000};
  const std::vector<Model> models = TrainOn(documents, spec);
  REQUIRE(models.size() == 4);
  CHECK(models[0] == models[2]);
  for (std::size_t i = 0; i < models.size(); ++i) {
    CHECK(models[i].provenance->vocab_size == spec.vocab_sizes[i]);
    CHECK(VocabSize(models[i]) == spec.vocab_sizes[i]);
    CHECK(ValidateModel(models[i]).ok());
  }
  for (const Piece& piece : models[0].pieces) {
    const bool in_the_larger =
        std::any_of(models[3].pieces.begin(), models[3].pieces.end(),
                    [&](const Piece& larger) { return larger.bytes == piece.bytes; });
    CHECK(in_the_larger);
  }
}

class Notes : public ProgressSink {
 public:
  bool Update(const Progress&) override { return true; }
  void Note(std::string_view sentence) override { notes_.emplace_back(sentence); }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<std::string> notes_;
};

TEST_CASE("a vocabulary smaller than asked for is a note that says why, or an error") {
  struct Case {
    TrainingMethod method;
    std::vector<std::int64_t> sizes;
    std::vector<std::string> reasons;
  };
  RandomText random(5);
  Documents documents;
  for (int i = 0; i < 30; ++i) documents.push_back(random.Over("aab ", 300));
  const std::string no_more = "the corpus uses no more pieces";
  for (const auto& [method, sizes, reasons] :
       {Case{TrainingMethod::kGrow, {300, 20000, 400}, {no_more}},
        Case{TrainingMethod::kRecover, {20000}, {no_more}},
        Case{TrainingMethod::kExact, {20000, 259}, {no_more}}}) {
    TrainerOptions options;
    options.spec.method = method;
    options.spec.vocab_sizes = sizes;
    VectorSource source(documents);
    Notes sink;
    const auto models = Train(&source, options, &sink);
    REQUIRE(models.ok());
    REQUIRE(sink.notes().size() == reasons.size());
    for (std::size_t i = 0; i < reasons.size(); ++i) {
      CHECK(sink.notes()[i].find(reasons[i]) != std::string::npos);
    }
    options.hard_vocab_size = true;
    CHECK(Train(&source, options).status().message() == sink.notes()[0]);
  }
}

TEST_CASE("exact does not fill up what pruning to a size leaves unused, and says so") {
  // Any size between the least and what there is; some leave a piece unused.
  RandomText random(5);
  Documents documents;
  for (int i = 0; i < 30; ++i) documents.push_back(random.Over("aab ", 300));
  TrainerOptions options;
  options.spec.method = TrainingMethod::kExact;
  const std::int64_t all = VocabSize(TrainOn(documents, options.spec)[0]);
  int notes = 0;
  for (std::int64_t size = 260; size < all; ++size) {
    options.spec.vocab_sizes = {size};
    VectorSource source(documents);
    Notes sink;
    const auto models = Train(&source, options, &sink);
    REQUIRE(models.ok());
    REQUIRE(sink.notes().size() == (VocabSize((*models)[0]) < size ? 1 : 0));
    for (const std::string& note : sink.notes()) {
      CHECK(note.find("--method exact does not fill up") != std::string::npos);
      ++notes;
    }
  }
  CHECK(notes > 0);
}

TEST_CASE("no method makes a piece longer than asked for") {
  const Documents documents(20, "中文字符编码测试 日本語テスト the text ");
  for (const TrainingMethod method :
       {TrainingMethod::kExact, TrainingMethod::kRecover, TrainingMethod::kGrow}) {
    for (const int longest : {1, 2, 3, 5}) {
      TrainerSpec spec;
      spec.method = method;
      spec.max_piece_length = longest;
      const std::vector<Model> models = TrainOn(documents, spec);
      for (const Piece& piece : models[0].pieces) {
        CHECK(static_cast<int>(piece.bytes.size()) <= longest);
      }
    }
  }
}

// The flaw of the exact method: after a character whose n-grams were all pruned
// the rest of the line falls into bytes.
TEST_CASE("recover differs from exact behind a dead end only") {
  const std::string phrase = "über die brücke gehen ";
  TrainerSpec exact;
  exact.method = TrainingMethod::kExact;
  exact.vocab_sizes = {300};
  TrainerSpec recover = exact;
  recover.method = TrainingMethod::kRecover;
  const auto bytes_of = [](const std::vector<Model>& models, const std::string& text) {
    return Tokenizer::Create(models[0])->Encode(text).size();
  };

  const Documents plain(50, phrase + phrase);
  std::vector<Model> a = TrainOn(plain, exact);
  std::vector<Model> b = TrainOn(plain, recover);
  CHECK(a[0].pieces == b[0].pieces);

  // Each rare character once: alone it cannot be a piece of its own.
  Documents rare;
  for (char32_t c = 0x4E00; c < 0x4E00 + 50; ++c)
    rare.push_back(EncodeUtf8(c * 7 % 0x3000 + 0x4E00) + phrase);
  a = TrainOn(rare, exact);
  b = TrainOn(rare, recover);
  CHECK(bytes_of(b, phrase) * 2 < bytes_of(a, phrase));
}

TEST_CASE("ensure_unicode keeps pieces whole characters, and off it does not") {
  const Documents documents(30, "数字 数据 数学 教学 敏捷");
  TrainerSpec spec;
  spec.vocab_sizes = {300};
  const Model model = TrainOn(documents, spec)[0];
  CHECK(model.pieces_are_unicode);
  for (const Piece& piece : model.pieces) {
    CHECK((piece.bytes.size() == 1 || IsValidUtf8(piece.bytes)));
  }
  const Documents bytes(30, std::string("\xE6\x95\xFF \xE6\x95\xFE "));
  spec.ensure_unicode = false;
  CHECK_FALSE(TrainOn(bytes, spec)[0].pieces_are_unicode);
}

TEST_CASE("special tokens and padding stand after the pieces and count") {
  TrainerSpec spec;
  spec.vocab_sizes = {400};
  spec.special_tokens = {"<|a|>", "<|b|>"};
  spec.pad_vocab_to = 64;
  const Model model = TrainOn(MixedDocuments(), spec)[0];
  CHECK(VocabSize(model) == 448);
  CHECK(model.pieces.size() <= 400 - 3 - 2);
  CHECK(model.special_tokens[0] == SpecialToken{"<|a|>", false});
  CHECK(model.special_tokens[1] == SpecialToken{"<|b|>", false});
  for (std::size_t i = 2; i < model.special_tokens.size(); ++i) {
    CHECK(model.special_tokens[i].reserved);
  }
}

// The documents cut at the token.
Documents CutAt(const std::string& token, const Documents& documents) {
  Documents parts;
  for (std::string_view rest : documents) {
    for (std::size_t found; (found = rest.find(token)) != rest.npos;) {
      parts.emplace_back(rest.substr(0, found));
      rest.remove_prefix(found + token.size());
    }
    parts.emplace_back(rest);
  }
  return parts;
}

TEST_CASE("special tokens in text are boundaries, unless they are to be plain text") {
  const std::string token = "<|im_end|>";
  Documents documents = MixedDocuments();
  Documents chat;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    chat.push_back(documents[i].substr(0, 40000) + "5" + token + "\n" + token + "<eos>5" + token);
  }
  for (const TrainingMethod method :
       {TrainingMethod::kExact, TrainingMethod::kRecover, TrainingMethod::kGrow}) {
    TrainerSpec without;
    without.method = method;
    without.vocab_sizes = {700};
    TrainerSpec with = without;
    with.special_tokens = {token};
    with.vocab_sizes = {701};
    TrainerSpec plain = with;
    plain.special_token_text = SpecialTokenText::kPlain;
    CHECK(TrainOn(chat, with)[0].pieces == TrainOn(CutAt(token, chat), without)[0].pieces);
    CHECK(TrainOn(chat, plain)[0].pieces == TrainOn(chat, without)[0].pieces);
    CHECK(TrainOn(chat, plain)[0].pieces != TrainOn(chat, with)[0].pieces);
    // Where no text spells it, there is nothing to tell them apart.
    CHECK(TrainOn(documents, with)[0].pieces == TrainOn(documents, without)[0].pieces);
  }
}

TEST_CASE("the provenance tells the corpus and the options") {
  TrainerSpec spec;
  spec.vocab_sizes = {300};
  spec.min_count = 3;
  const Model model = TrainOn({"e\u0301t\u00E9", "", "abc"}, spec)[0];
  REQUIRE(model.provenance);
  CHECK(model.provenance->spec == spec);
  CHECK(model.provenance->corpus_documents == 3);
  CHECK(model.provenance->corpus_bytes == 5 + 3);  // after NFC
}

TEST_CASE("grow scores in whole numbers and the others by logarithms, unless told otherwise") {
  const Documents documents = {RandomText(3).ValidUtf8(20000)};
  const auto train = [&](TrainingMethod method, std::optional<ScoreKind> scores) {
    TrainerOptions options;
    options.spec.method = method;
    options.spec.vocab_sizes = {400, 300};
    options.scores = scores;
    VectorSource source(documents);
    auto models = Train(&source, options);
    REQUIRE(models.ok());
    return *std::move(models);
  };
  for (const TrainingMethod method :
       {TrainingMethod::kExact, TrainingMethod::kRecover, TrainingMethod::kGrow}) {
    std::vector<Model> models = train(method, ScoreKind::kLog);
    for (const Model& model : models) CHECK(ScoresOf(model) == ScoreKind::kLog);
    const bool grows = method == TrainingMethod::kGrow;
    if (!grows) CHECK(train(method, std::nullopt) == models);
    for (Model& model : models) SetScores(ScoreKind::kWhole, &model);
    CHECK(train(method, ScoreKind::kWhole) == models);
    if (grows) CHECK(train(method, std::nullopt) == models);
  }
}

TEST_CASE("what cannot be trained is one clear error") {
  TrainerSpec spec;
  CHECK_THAT(Error({}, spec), Contains("the corpus is empty: 0 documents"));
  CHECK_THAT(Error({"", ""}, spec), Contains("2 documents without text"));
  spec.vocab_sizes = {258};
  CHECK_THAT(Error({"a"}, spec), Contains("vocabulary size 258 is below 259"));
}

class StopAfter : public ProgressSink {
 public:
  StopAfter(int updates, int stages) : left_(updates), stages_(stages) {}
  bool Update(const Progress& progress) override {
    CHECK(progress.stage >= stage_);
    CHECK(progress.stages == stages_);
    stage_ = progress.stage;
    return left_-- > 0;
  }
  int stage() const { return stage_; }

 private:
  int left_;
  int stages_;
  int stage_ = 1;
};

TEST_CASE("a sink sees every stage in order and can stop the work at each") {
  // Few: as often as there are updates the work is begun anew.
  Documents documents = MixedDocuments();
  documents.resize(documents.size() / 8);
  VectorSource source(documents);
  TrainerOptions options;
  options.threads = 1;
  for (const auto& [method, stages] :
       {std::pair(TrainingMethod::kRecover, 4), std::pair(TrainingMethod::kGrow, 6)}) {
    options.spec.method = method;
    StopAfter never(1 << 30, stages);
    REQUIRE(Train(&source, options, &never).ok());
    CHECK(never.stage() == stages);
    int stopped = 0;
    for (;; ++stopped) {
      StopAfter sink(stopped, stages);
      const absl::Status status = Train(&source, options, &sink).status();
      if (status.ok()) break;
      CHECK(status.code() == absl::StatusCode::kCancelled);
    }
    CHECK(stopped >= stages);
  }
}

// A source that fails at a given reading.
class FailingSource : public VectorSource {
 public:
  FailingSource(Documents documents, int good_reads)
      : VectorSource(std::move(documents)), left_(good_reads) {}
  absl::Status Read(std::int64_t, Documents* documents) override {
    if (left_-- <= 0) return absl::UnavailableError("x.txt: the disk is gone");
    return VectorSource::Read(1, documents);
  }

 private:
  int left_;
};

TEST_CASE("the source's error comes through, from any reading") {
  for (const int good_reads : {0, 1, 3, 4, 7, 10}) {
    FailingSource source({"one", "two"}, good_reads);
    CHECK(Train(&source, {}).status() == absl::UnavailableError("x.txt: the disk is gone"));
  }
}

}  // namespace
}  // namespace bytepiece
