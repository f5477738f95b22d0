// SPDX-License-Identifier: Apache-2.0
#include "lm/training/checkpoint.h"

#include <torch/nn/modules/batchnorm.h>

#include "bytepiece/io/atomic_file.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece::lm {
namespace {

Checkpoint Example() {
  return {.config = "{\"a\": 1}",
          .tokenizer = std::string("\0bytes\xff", 7),
          .counters = {{"step", 1'000'000'000'000}, {"x", -1}},
          .tensors = {{"a.b", RandomTensor(1, {2, 3})},
                      {"view", RandomTensor(2, {50, 50}).slice(0, 3, 5).t()},
                      {"scalar", torch::tensor(7)}}};
}

TEST_CASE("what is written is read back, and the same checkpoint gives the same bytes") {
  const TempDir folder;
  const std::string path = folder.File("checkpoint");
  REQUIRE(WriteCheckpoint(path, Example()).ok());
  const auto back = ReadCheckpoint(path);
  REQUIRE(back.ok());
  const Checkpoint example = Example();
  CHECK(back->config == example.config);
  CHECK(back->tokenizer == example.tokenizer);
  CHECK(back->counters == example.counters);
  REQUIRE(back->tensors.size() == example.tensors.size());
  for (const auto& [name, tensor] : example.tensors) CHECK(back->tensors.at(name).equal(tensor));
  REQUIRE(WriteCheckpoint(folder.File("again"), Example()).ok());
  CHECK(*ReadFile(path) == *ReadFile(folder.File("again")));
  CHECK(ReadFile(path)->size() < 10000);  // of a view, only what it shows
}

TEST_CASE("a file that is no checkpoint is refused by name") {
  const TempDir folder;
  REQUIRE(WriteCheckpoint(folder.File("good"), Example()).ok());
  const std::string good = *ReadFile(folder.File("good"));
  std::string flipped = good;
  flipped[good.size() / 3] ^= 0x20;
  for (const std::string& bytes : {std::string(), std::string("junk"), good.substr(0, 700)}) {
    const auto read = ReadCheckpoint(folder.Write("bad", bytes));
    REQUIRE_FALSE(read.ok());
    CHECK_THAT(std::string(read.status().message()), Contains(folder.File("bad")));
  }
  (void)ReadCheckpoint(folder.Write("bad", flipped));  // any answer, but an answer
  CHECK_FALSE(ReadCheckpoint(folder.File("none")).ok());
  CHECK_FALSE(WriteCheckpoint(folder.File("no/folder"), Example()).ok());
}

TEST_CASE("a module's parameters and buffers are restored by name and shape") {
  torch::manual_seed(1);
  torch::nn::BatchNorm1d a(3), b(3);
  a->running_mean.fill_(5);
  Checkpoint checkpoint;
  SaveModule(*a, &checkpoint);
  RestoreModule(checkpoint, b.get());
  CHECK(b->running_mean.equal(a->running_mean));
  torch::nn::BatchNorm1d other(4);
  CHECK_THROWS_AS(RestoreModule(checkpoint, other.get()), c10::Error);
  checkpoint.tensors.clear();
  CHECK_THROWS_AS(RestoreModule(checkpoint, b.get()), c10::Error);
}

}  // namespace
}  // namespace bytepiece::lm
