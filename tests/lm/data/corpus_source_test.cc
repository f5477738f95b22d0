// SPDX-License-Identifier: Apache-2.0
#include "lm/data/corpus_source.h"

#include "tests/corpus/pack.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace bytepiece::lm {
namespace {

Tokenizer MixedTokenizer() { return *Tokenizer::Create(MakeMixedModel()); }

std::vector<TokenId> Document(const TokenCorpus& corpus, std::int64_t document) {
  std::vector<TokenId> ids;
  corpus.Read(document, 0, corpus.length(document), &ids);
  return ids;
}

const std::string kText = "the model reads the bytes of the text and the rest";

TEST_CASE("text is one document, JSON Lines one a line, and both end in <eos>") {
  const TempDir folder;
  const Tokenizer tokenizer = MixedTokenizer();
  const auto text = OpenCorpus(folder.Write("a.txt", kText + "\n\nmore"), {}, &tokenizer);
  REQUIRE(text.ok());
  std::vector<TokenId> expected = tokenizer.Encode(kText + "\n\nmore");
  expected.push_back(kEosId);
  CHECK(Document(**(*text)->Epoch(0), 0) == expected);
  CHECK((*(*text)->Epoch(0))->documents() == 1);
  CHECK(*(*text)->Epoch(0) == *(*text)->Epoch(7));

  const auto lines =
      OpenCorpus(folder.Write("a.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\", \"n\": 2}\n"),
                 {}, &tokenizer);
  REQUIRE(lines.ok());
  const auto corpus = (*lines)->Epoch(0);
  CHECK((*corpus)->documents() == 2);
  CHECK(*tokenizer.Decode(Document(**corpus, 1)) == "two");
}

TEST_CASE("texts are read as bytepiece reads them: packed, by folders, bad lines by name") {
  const TempDir folder;
  folder.Write("in/a.jsonl.zst", Zstd("{\"text\": \"one\", \"n\": NaN}\n{\"text\": \"two\"}\n"));
  folder.Write("in/b.txt.gz", Gzip("three"));
  const Tokenizer tokenizer = MixedTokenizer();
  InputNotes notes;
  CHECK(ReadDocuments(folder.File("in"), {}, tokenizer, &notes).value() ==
        std::vector<std::string>{"one", "two", "three"});
  const std::string bad = folder.Write("bad.jsonl", "{\"text\": \"one\"}\n{\"text\": null}\n");
  CHECK_THAT(std::string(ReadDocuments(bad, {}, tokenizer, &notes).status().message()),
             Contains("bad.jsonl:2: the field \"text\" is null"));
  CorpusOptions skipping;
  skipping.skip_bad = true;
  CHECK(ReadDocuments(bad, skipping, tokenizer, &notes).value() == std::vector<std::string>{"one"});
  CHECK(notes.left_out == 1);
  const std::string empty = folder.Write("empty", "");
  CHECK_THAT(std::string(ReadDocuments(empty, {}, tokenizer, &notes).status().message()),
             Contains("holds no text"));
}

TEST_CASE("options say how texts are read, ids by their name too") {
  const TempDir folder;
  const Tokenizer tokenizer = MixedTokenizer();
  const auto documents = [&](const std::string& path, const CorpusOptions& reading) {
    const auto source = OpenCorpus(path, {.reading = reading}, &tokenizer);
    REQUIRE(source.ok());
    const auto corpus = *(*source)->Epoch(0);
    std::vector<std::string> texts;
    for (std::int64_t d = 0; d < corpus->documents(); ++d) {
      texts.push_back(*tokenizer.Decode(Document(*corpus, d)));
    }
    return texts;
  };
  CorpusOptions reading;
  reading.unit = DocumentUnit::kLine;
  CHECK(documents(folder.Write("a.txt", "one\ntwo\n"), reading) ==
        std::vector<std::string>{"one", "two"});
  reading.field = "meta.body";
  CHECK(documents(folder.Write("a.jsonl", "{\"meta\": {\"body\": \"three\"}}\n"), reading) ==
        std::vector<std::string>{"three"});
  reading.format = InputFormat::kText;
  CHECK(documents(folder.Write("a.bin", "text"), reading) == std::vector<std::string>{"text"});
}

TEST_CASE("a byte-order mark is text where nothing is normalised, as for encode") {
  const TempDir folder;
  const std::string path = folder.Write("a.txt", "\xef\xbb\xbfone");
  InputNotes notes;
  for (const Normalization normalization : {Normalization::kNone, Normalization::kNfc}) {
    const auto tokenizer = Tokenizer::Create(MakeMixedModel(normalization));
    const auto documents = ReadDocuments(path, {}, *tokenizer, &notes);
    const bool kept = documents.value()[0].size() == 6;
    CHECK(kept == (normalization == Normalization::kNone));
  }
}

TEST_CASE("the files of a corpus are named before it is read") {
  const TempDir folder;
  const auto paths = [](const std::string& path, const CorpusOptions& reading) {
    std::vector<std::string> found;
    const auto files = CorpusFiles(path, reading);
    REQUIRE(files.ok());
    for (const InputFile& file : *files) found.push_back(file.path);
    return found;
  };
  const std::string bin = folder.Write("a.bin", "ab");
  CHECK(paths(bin, {}) == std::vector<std::string>{bin});
  const std::string index = folder.Write("a.idx", "");
  CHECK(paths(bin, {}) == std::vector<std::string>{bin, index});
  CHECK(paths(index, {}) == std::vector<std::string>{bin, index});
  CHECK(paths(folder.path(), {}) == std::vector<std::string>{bin, index});
  CHECK_FALSE(CorpusFiles(folder.File("none"), {}).ok());
}

TEST_CASE("ids are mapped, whatever kind of file has them") {
  const TempDir folder;
  const Tokenizer tokenizer = MixedTokenizer();
  const auto bin = OpenCorpus(folder.Write("a.bin", std::string("\5\0\6\0", 4)), {}, &tokenizer);
  REQUIRE(bin.ok());
  CHECK(Document(**(*bin)->Epoch(0), 0) == std::vector<TokenId>{5, 6});
  folder.Write("a.idx", "junk");  // now a.bin is one of two
  CHECK_THAT(std::string(OpenCorpus(folder.File("a.bin"), {}, &tokenizer).status().message()),
             Contains("a.idx"));
}

TEST_CASE("a sampled source differs from epoch to epoch, and is a function of the seed") {
  const TempDir folder;
  const Tokenizer tokenizer = MixedTokenizer();
  const std::string path = folder.Write("a.txt", kText);
  const auto ids = [&](std::uint64_t seed, std::int64_t epoch, int threads) {
    auto source =
        OpenCorpus(path, {.sampling_alpha = 0.0, .seed = seed, .threads = threads}, &tokenizer);
    REQUIRE(source.ok());
    return Document(**(*source)->Epoch(epoch), 0);
  };
  CHECK(ids(1, 0, 1) == ids(1, 0, 2));
  CHECK(ids(1, 0, 1) != ids(1, 1, 1));
  CHECK(ids(1, 0, 1) != ids(2, 0, 1));
  CHECK(ids(1, 3, 1).back() == kEosId);
  CHECK(*tokenizer.Decode(ids(1, 3, 1)) == kText);
}

TEST_CASE("what cannot be read is said by name") {
  const TempDir folder;
  const Tokenizer tokenizer = MixedTokenizer();
  const auto message = [&](const std::string& path, const SourceOptions& options) {
    const auto source = OpenCorpus(path, options, &tokenizer);
    REQUIRE_FALSE(source.ok());
    return std::string(source.status().message());
  };
  CHECK_THAT(message(folder.File("none.txt"), {}), Contains("none.txt"));
  CHECK_THAT(message(folder.Write("e.txt", ""), {}), Contains("holds no text"));
  CHECK_THAT(message(folder.Write("bad.jsonl", "{\"text\": \"a\"}\n{\"ids\": [1]}\n"), {}),
             Contains("bad.jsonl:2: "));
  CHECK_THAT(message(folder.Write("b.bin", "ab"), {.sampling_alpha = 0.2}),
             Contains("cannot be segmented anew"));
  CHECK_THAT(message(folder.Write("a.txt", "a"), {.sampling_alpha = -1.0}), Contains("negative"));
}

}  // namespace
}  // namespace bytepiece::lm
