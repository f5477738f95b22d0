// SPDX-License-Identifier: Apache-2.0
#include "lm/training/training.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "bytepiece/io/atomic_file.h"
#include "lm/generation/generation.h"
#include "lm/training/checkpoint.h"
#include "lm/training/training_log.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace bytepiece::lm {
namespace {

class Watcher : public TrainingObserver {
 public:
  explicit Watcher(std::int64_t stop_at = -1) : stop_at_(stop_at) {}
  void Read(const InputNotes&) override {}
  bool Stepped(const StepReport& report) override {
    losses.push_back(report.loss);
    return report.step != stop_at_;
  }
  void Validated(std::int64_t, const Evaluation&) override { ++validations; }

  std::vector<double> losses;
  int validations = 0;

 private:
  std::int64_t stop_at_;
};

RunConfig SmallConfig() {
  auto config = ParseRunConfig(R"({
      "model": {"width": 16, "layers": [{"heads": 2, "positions": {"kind": "rope"}},
                                        {"block": "gau", "key_width": 8},
                                        {"mixer": "vq", "heads": 2,
                                         "codebook": {"codes": 8, "block": 4}}]},
      "training": {"steps": 12, "rows": 4, "length": 16, "warmup": 3, "learning_rate": 0.02,
                   "accumulation": 2, "validate_every": 5, "checkpoint_every": 4,
                   "sampling": true, "sampling_alpha": 0.3}})",
                               "test");
  REQUIRE(config.ok());
  return *config;
}

struct Files {
  explicit Files(const TempDir& folder) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += "the model reads the bytes of the text\n";
    files = {.train = folder.Write("train.txt", text),
             .validation = folder.Write("validation.txt", text.substr(0, 400)),
             .checkpoint = folder.File("checkpoint"),
             .log = folder.File("log.jsonl")};
  }
  TrainingFiles files;
};

Tokenizer MixedTokenizer() { return *Tokenizer::Create(MakeMixedModel()); }
const torch::Device kCpu(torch::kCPU);

TEST_CASE("training learns, validates, logs and leaves a model that generates") {
  const TempDir folder;
  TrainingFiles files = Files(folder).files;
  RunConfig config = SmallConfig();
  config.training.steps = 60;
  config.training.sampling = false;
  const Tokenizer tokenizer = MixedTokenizer();
  Watcher watcher;
  const auto result = Train(config, tokenizer, files, false, kCpu, &watcher);
  REQUIRE(result.ok());
  CHECK(watcher.losses.size() == 60);
  CHECK(watcher.losses.back() < 0.6 * watcher.losses.front());
  CHECK(watcher.validations == 12);
  CHECK(result->step == 60);
  REQUIRE(result->validation.has_value());
  CHECK(result->validation->accuracy() > 0.3);

  std::istringstream log(*ReadFile(files.log));
  int steps = 0, validations = 0;
  for (std::string line; std::getline(log, line);) {
    const auto json = nlohmann::json::parse(line);
    ++(json.contains("validation") ? validations : steps);
    if (!json.contains("loss")) continue;
    CHECK(json["loss"].get<double>() == watcher.losses[json["step"].get<std::size_t>() - 1]);
  }
  CHECK(steps == 60);
  CHECK(validations == 12);

  const auto trained = LoadTrainedModel(files.checkpoint, kCpu);
  REQUIRE(trained.ok());
  CHECK(trained->step == 60);
  CHECK(trained->config.model.vocab_size == tokenizer.vocab_size());
  CHECK(trained->tokenizer.vocab_size() == tokenizer.vocab_size());
  std::string shown;
  const auto generated = Generate(
      "the model", {.sampler = {.temperature = 0}, .max_tokens = 20}, trained->tokenizer,
      [&](const std::string& text) {
        shown += text;
        return true;
      },
      trained->model.get());
  REQUIRE(generated.ok());
  CHECK(generated->tokens <= 20);
  CHECK_THAT(shown, Contains("the"));
}

TEST_CASE("stopped and resumed, a run does the same steps to the bit") {
  const Tokenizer tokenizer = MixedTokenizer();
  const TempDir through_folder, stopped_folder;
  const TrainingFiles through = Files(through_folder).files;
  const TrainingFiles stopped = Files(stopped_folder).files;
  Watcher all, first(5), second;
  REQUIRE(Train(SmallConfig(), tokenizer, through, false, kCpu, &all).ok());
  const auto part = Train(SmallConfig(), tokenizer, stopped, false, kCpu, &first);
  REQUIRE(part.ok());
  CHECK(part->step == 5);
  const auto loaded = LoadTrainedModel(stopped.checkpoint, kCpu);
  REQUIRE(loaded.ok());
  REQUIRE(Train(loaded->config, loaded->tokenizer, stopped, true, kCpu, &second).ok());
  std::vector<double> joined = first.losses;
  joined.insert(joined.end(), second.losses.begin(), second.losses.end());
  CHECK(joined == all.losses);
  // All of it: weights, optimizer, random numbers, position, configuration.
  CHECK(*ReadFile(through.checkpoint) == *ReadFile(stopped.checkpoint));
}

TEST_CASE("a finished run goes on to more steps, at their learning rate") {
  const Tokenizer tokenizer = MixedTokenizer();
  const TempDir folder;
  const TrainingFiles files = Files(folder).files;
  const RunConfig config = SmallConfig();
  Watcher watcher;
  REQUIRE(Train(config, tokenizer, files, false, kCpu, &watcher).ok());
  RunConfig longer = LoadTrainedModel(files.checkpoint, kCpu)->config;
  longer.training.steps = 20;
  const auto extended = Train(longer, tokenizer, files, true, kCpu, &watcher);
  REQUIRE(extended.ok());
  CHECK(extended->step == 20);
  CHECK(watcher.losses.size() == 20);
  CHECK(watcher.losses.back() < watcher.losses[11]);
  const auto trained = LoadTrainedModel(files.checkpoint, kCpu);
  CHECK(trained->step == 20);
  CHECK(trained->config.training.steps == 20);
  std::istringstream log(*ReadFile(files.log));
  for (std::string line; std::getline(log, line);) {
    const auto json = nlohmann::json::parse(line);
    if (!json.contains("loss")) continue;
    const auto step = json["step"].get<std::int64_t>();
    const TrainingConfig& plan = step <= 12 ? config.training : longer.training;
    CHECK(json["learning_rate"].get<double>() == LearningRate(plan, step - 1));
  }
  longer.training.steps = 19;
  const auto shorter = Train(longer, tokenizer, files, true, kCpu, &watcher);
  CHECK_THAT(std::string(shorter.status().message()), Contains("is of step 20, beyond the 19"));
}

TEST_CASE("codes learn of texts alone where documents are short") {
  const TempDir folder;
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({}));  // bytes alone
  TrainingFiles files = Files(folder).files;
  // With <eos> 16, 3, 3 and 3 tokens: all in each batch.
  files.train = folder.Write("train.jsonl",
                             "{\"text\": \"abcdefghijklmno\"}\n{\"text\": \"pq\"}\n"
                             "{\"text\": \"rs\"}\n{\"text\": \"tu\"}\n");
  const auto config = ParseRunConfig(R"({
      "model": {"width": 16, "layers": [{"mixer": "vq", "heads": 2,
                                         "codebook": {"codes": 2, "block": 4}}]},
      "training": {"steps": 5, "rows": 4, "length": 16, "warmup": 1}})",
                                     "test");
  REQUIRE(config.ok());
  Watcher watcher;
  REQUIRE(Train(*config, tokenizer, files, false, kCpu, &watcher).ok());
  const auto trained = LoadTrainedModel(files.checkpoint, kCpu);
  REQUIRE(trained.ok());
  const torch::Tensor counts = trained->model->named_buffers()["layer0.mixer.codebook.counts"];
  CHECK((counts.sum(-1) - 25).abs().max().item<double>() < 1e-3);
}

TEST_CASE("weights that another model leaves unused are named, or left out when asked") {
  const TempDir folder;
  const TrainingFiles files = Files(folder).files;
  const RunConfig trained_in = *ParseRunConfig(R"({
      "model": {"width": 16, "norm": "layer", "tied_embeddings": false,
                "layers": [{"heads": 2, "scale": {"kind": "cosine", "value": 5, "learned": true}},
                           {"heads": 2, "mixer": "vq", "codebook": {"codes": 8, "block": 4}}]},
      "training": {"steps": 1, "rows": 4, "length": 16}})",
                                               "test");
  Watcher watcher;
  REQUIRE(Train(trained_in, MixedTokenizer(), files, false, kCpu, &watcher).ok());
  const auto load = [&](const auto& change, bool ignore_unused) {
    OtherModel other = {.config = trained_in.model, .ignore_unused = ignore_unused};
    change(&other.config);
    return LoadTrainedModel(files.checkpoint, kCpu, other);
  };
  const auto refused = [&](const auto& change, const std::string& name) {
    const auto loaded = load(change, false);
    CAPTURE(name);
    CHECK(loaded.status().code() == absl::StatusCode::kFailedPrecondition);
    CHECK_THAT(std::string(loaded.status().message()), Contains("does not use: " + name));
    CHECK(load(change, true).ok());
  };
  CHECK(load([](ModelConfig*) {}, false).ok());
  refused([](ModelConfig* m) { m->layers.pop_back(); }, "layer1.");
  refused([](ModelConfig* m) { m->norm = NormKind::kRms; }, "layer0.feed_forward_norm.bias, ");
  refused([](ModelConfig* m) { m->tied_embeddings = true; }, "output");
  refused([](ModelConfig* m) { m->layers[0].scale.learned = false; },
          "layer0.mixer.scale.log_temperature");
  const PositionOptions near = {.kind = PositionKind::kReRope, .window = 4};
  refused([&](ModelConfig* m) { m->layers[1].positions = m->layers[1].inference_positions = near; },
          "layer1.mixer.window_bias");
}

TEST_CASE("a run that diverges stops with an explanation and keeps the checkpoint") {
  const TempDir folder;
  const TrainingFiles files = Files(folder).files;
  RunConfig config = SmallConfig();
  Watcher watcher;
  REQUIRE(Train(config, MixedTokenizer(), files, false, kCpu, &watcher).ok());
  const std::string before = *ReadFile(files.checkpoint);
  // Weights that are not finite, as after a step too far.
  auto checkpoint = ReadCheckpoint(files.checkpoint);
  checkpoint->tensors["model.embedding"].fill_(NAN);
  checkpoint->counters["step"] = 2;
  const TempDir broken_folder;
  TrainingFiles broken = files;
  broken.checkpoint = broken_folder.File("checkpoint");
  REQUIRE(WriteCheckpoint(broken.checkpoint, *checkpoint).ok());
  const std::string broken_before = *ReadFile(broken.checkpoint);
  const auto loaded = LoadTrainedModel(broken.checkpoint, kCpu);
  REQUIRE(loaded.ok());
  const auto result = Train(loaded->config, loaded->tokenizer, broken, true, kCpu, &watcher);
  REQUIRE_FALSE(result.ok());
  CHECK_THAT(std::string(result.status().message()),
             Contains("step 3: training has diverged: the loss is not a number"));
  CHECK_THAT(std::string(result.status().message()), Contains("Lower training.learning_rate"));
  CHECK(*ReadFile(broken.checkpoint) == broken_before);
  std::string nothing;
  CHECK_FALSE(
      Generate(
          "a", {}, loaded->tokenizer, [](const std::string&) { return true; }, loaded->model.get())
          .ok());
}

TEST_CASE("what a run cannot begin with is refused") {
  const TempDir folder;
  const TrainingFiles files = Files(folder).files;
  const Tokenizer tokenizer = MixedTokenizer();
  Watcher watcher;
  const auto message = [&](const RunConfig& config, const TrainingFiles& given, bool resume) {
    const auto result = Train(config, tokenizer, given, resume, kCpu, &watcher);
    REQUIRE_FALSE(result.ok());
    return std::string(result.status().message());
  };
  RunConfig config = SmallConfig();
  CHECK_THAT(message(config, files, true), Contains(files.checkpoint));  // none to resume
  config.model.vocab_size = 5;
  CHECK_THAT(message(config, files, false), Contains("vocab_size 5 is below"));
  config = SmallConfig();
  TrainingFiles other = files;
  other.train = folder.File("none.txt");
  CHECK_THAT(message(config, other, false), Contains("none.txt"));
  other = files;
  other.log = folder.File("no/folder");
  CHECK_THAT(message(config, other, false), Contains("cannot write the log"));
  REQUIRE(Train(config, tokenizer, files, false, kCpu, &watcher).ok());
  other = files;
  other.train = folder.Write("shorter.txt", "another text");
  CHECK_THAT(message(config, other, true), Contains("was trained on a text of"));
  CHECK(watcher.losses.size() == 12);
  CHECK(ParseDevice("cpu").ok());
  CHECK_FALSE(ParseDevice("abacus").ok());
  CHECK_FALSE(LoadTrainedModel(files.train, kCpu).ok());
}

TEST_CASE("generation is a function of its options, and never cuts a character") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({}));  // bytes alone
  ModelConfig model_config = {
      .vocab_size = tokenizer.vocab_size() + 5, .width = 8, .layers = {LayerConfig()}};
  const auto model = *Transformer::Create(model_config, 1);
  model->eval();
  const auto text = [&](std::uint64_t seed, std::uint64_t sample, std::int64_t max_tokens) {
    std::string shown;
    const auto result = Generate(
        "x", {.max_tokens = max_tokens, .seed = seed, .sample = sample}, tokenizer,
        [&](const std::string& part) {
          shown += part;
          return true;
        },
        model.get());
    REQUIRE(result.ok());
    CHECK(result->tokens <= max_tokens);
    return shown;
  };
  CHECK(text(1, 0, 30) == text(1, 0, 30));
  CHECK(text(1, 0, 30) != text(2, 0, 30));
  CHECK(text(1, 0, 30) != text(1, 1, 30));
  CHECK(text(1, 0, 0).empty());
  // Make the first two bytes of a character of three the likeliest.
  const torch::NoGradGuard no_grad;
  auto embedding = model->named_parameters()["embedding"];
  embedding.slice(0, 3).zero_();
  const TokenId lead = tokenizer.Encode("\xe4")[0];
  embedding[lead].copy_(model->forward(torch::full({1, 1}, 1, torch::kLong)).sum() * 0 + 1);
  std::string shown;
  const auto result = Generate(
      "", {.sampler = {.temperature = 0}, .max_tokens = 1}, tokenizer,
      [&](const std::string& part) {
        shown += part;
        return true;
      },
      model.get());
  REQUIRE(result.ok());
  CHECK(result->tokens == 1);
  CHECK(shown.find('\xe4') == std::string::npos);
}

}  // namespace
}  // namespace bytepiece::lm
