// SPDX-License-Identifier: Apache-2.0
// Memory that runs out at any allocation is a Status, or no matter: no exception leaves a function
// that returns one, and no result is another.
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/batch.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/loaded_model.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/streaming_encoder.h"
#include "bytepiece/token_files/token_reader.h"
#include "bytepiece/tokenizer.h"
#include "bytepiece/worker.h"
#include "corpus/corpus.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace {

thread_local long allocations_left = -1;  // until one fails; negative: none does

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = allocations_left == 0 ? nullptr : std::malloc(size > 0 ? size : 1);
  if (allocations_left >= 0) --allocations_left;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace bytepiece {
namespace {

// What `work` gives, a Status and a result, with each of its allocations failing in turn.
void CheckEachAllocation(const std::function<absl::StatusOr<std::string>()>& work,
                         long least_failures = 11) {
  const absl::StatusOr<std::string> expected = work();
  REQUIRE(expected.ok());
  long failed = 0;
  for (long n = 0;; ++n) {
    allocations_left = n;
    const absl::StatusOr<std::string> got = work();
    const bool is_past_the_last = allocations_left >= 0;
    allocations_left = -1;
    if (got.ok()) {
      CHECK(*got == *expected);
    } else {
      CHECK(got.status().code() == absl::StatusCode::kResourceExhausted);
      CHECK(got.status().message().find("out of memory") != std::string_view::npos);
      ++failed;
    }
    if (is_past_the_last) break;
  }
  CHECK(failed >= least_failures);
}

TEST_CASE("out of memory: reading a model") {
  const TempDir folder;
  const Model model = MakeModel({{"the", 50}, {" world", 20}});
  const std::string path = folder.File("model");
  REQUIRE(WriteModelFile(path, model).ok());
  CheckEachAllocation([&]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<Model> read = ReadModelFile(path);
    if (!read.ok()) return read.status();
    return read->pieces.back().bytes;
  });
  CheckEachAllocation([&]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<LoadedModel> loaded = LoadedModel::Load(path, /*trusts_tables=*/true);
    if (!loaded.ok()) return loaded.status();
    return std::string(loaded->vocabulary().PieceBytes(kFirstPieceId + 70));
  });
}

TEST_CASE("out of memory: reading tokens") {
  const TempDir folder;
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(MakeModel({{"the", 50}, {" world", 20}}));
  REQUIRE(tokenizer.ok());
  std::string line;
  for (int i = 0; i < 1000; ++i) line += std::to_string(3 + i % 256) + " ";
  const std::string path = folder.Write("ids", line + "\n" + line + "\n");
  CheckEachAllocation([&]() -> absl::StatusOr<std::string> {
    auto reader = TokenReader::Open(path, {.format = TokenFormat::kIds}, &*tokenizer);
    if (!reader.ok()) return reader.status();
    std::string sizes;
    std::vector<TokenId> ids;
    for (bool ends = false;;) {
      const absl::StatusOr<bool> more = (*reader)->Next(&ids, &ends);
      if (!more.ok()) return more.status();
      if (!*more) return sizes;
      sizes += static_cast<char>('0' + ids.size() / 200);
    }
  });
}

// What `call` gives, from which no exception may come: that would end the test.
template <typename Call>
auto Called(const Call& call) noexcept -> decltype(call()) {
  return call();
}

std::string Joined(absl::Span<const TokenId> ids) {
  std::string joined;
  for (const TokenId id : ids) joined += std::to_string(id) + " ";
  return joined;
}

// Text of several runs, to be normalised, with a token and chunks of several lengths.
std::string SomeText() {
  std::string text = "the world e\u0301 <eos>";
  for (int i = 0; i < 300; ++i) text += i % 40 == 0 ? "\n" : " the world";
  return text;
}

TEST_CASE("out of memory: a worker's calls, which leave their results as they were") {
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(MakeModel({{"the", 50}, {" world", 20}}, Normalization::kNfc));
  REQUIRE(tokenizer.ok());
  const std::string text = SomeText();
  Worker kept = tokenizer->NewWorker();  // by calls that failed
  const auto check = [&](auto call) {
    for (const bool keeps : {false, true}) {
      const auto work = [&]() -> absl::StatusOr<std::string> {
        std::optional<Worker> fresh;
        if (!keeps) fresh = tokenizer->NewWorker();
        std::vector<TokenId> ids = {7};
        const absl::Status status = Called([&] { return call(keeps ? &kept : &*fresh, &ids); });
        if (!status.ok()) CHECK(ids == std::vector<TokenId>{7});
        if (!status.ok()) return status;
        return Joined(ids);
      };
      // What makes the worker and the result is no call of it.
      CheckEachAllocation([&] { return CatchExceptions(work); }, /*least_failures=*/3);
      kept = tokenizer->NewWorker();
    }
  };
  const EncodeOptions options = {.add_bos = true, .add_eos = true};
  check([&](Worker* worker, std::vector<TokenId>* ids) {
    return worker->Encode(text, options, ids);
  });
  check([&](Worker* worker, std::vector<TokenId>* ids) {
    std::vector<ByteSpan> offsets;
    const absl::Status status = worker->EncodeWithOffsets(text, options, ids, &offsets);
    if (!status.ok()) CHECK(offsets.empty());
    return status;
  });
  check([&](Worker* worker, std::vector<TokenId>* ids) {
    return worker->EncodeUpTo(50, text, options, ids).status();
  });
  for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
    check([&](Worker* worker, std::vector<TokenId>* ids) {
      return worker->Sample(text, {.method = method}, options, ids);
    });
  }
}

TEST_CASE("out of memory: a batch, a stream, a corpus") {
  const TempDir folder;
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(MakeModel({{"the", 50}, {" world", 20}}, Normalization::kNfc));
  REQUIRE(tokenizer.ok());
  const std::string text = SomeText();
  // What is made around the calls may throw.
  const auto check = [](const std::function<absl::StatusOr<std::string>()>& work) {
    CheckEachAllocation([&] { return CatchExceptions(work); });
  };
  BatchEncoder encoder(*tokenizer, 1);
  check([&]() -> absl::StatusOr<std::string> {
    TokenBatch batch;
    const std::vector<std::string_view> texts = {text, "", text};
    const absl::Status status =
        Called([&] { return encoder.EncodeWithOffsets(texts, {}, &batch); });
    if (!status.ok()) CHECK(batch.size() == 0);
    if (!status.ok()) return status;
    return Joined(batch.ids);
  });
  StreamingEncoder stream(*tokenizer, {.special_tokens = SpecialTokenPolicy::kAllow});
  check([&]() -> absl::StatusOr<std::string> {
    std::vector<TokenId> ids;
    absl::Status status = Called([&] { return stream.Feed(text, &ids); });
    status.Update(Called([&] { return stream.Finish(&ids); }));
    if (!status.ok()) return status;
    return Joined(ids);
  });
  const std::string path =
      folder.Write("corpus.jsonl", "{\"text\": \"a line\"}\n{\"text\": \"b\"}\n");
  check([&]() -> absl::StatusOr<std::string> {
    std::vector<InputFile> files = {{.path = path, .relative = "corpus.jsonl"}};
    CorpusOptions options;
    const auto corpus = Called([&] { return Corpus::Open(std::move(files), std::move(options)); });
    if (!corpus.ok()) return corpus.status();
    std::vector<std::string> documents;
    const absl::Status status = Called([&] { return (*corpus)->Read(1 << 20, &documents); });
    if (!status.ok()) return status;
    return documents.at(0) + documents.at(1);
  });
}

}  // namespace
}  // namespace bytepiece
