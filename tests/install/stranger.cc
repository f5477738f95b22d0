// SPDX-License-Identifier: Apache-2.0
// Trains, saves, loads, encodes and decodes through the installed package.
#include <bytepiece/model/model_io.h>
#include <bytepiece/tokenizer.h>
#include <trainer/trainer.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

int Fail(const std::string& what) {
  std::cerr << "stranger: " << what << "\n";
  return 1;
}

}  // namespace

int main() {
  const std::string text = "the cat sat on the mat\nand the rat ate the hat \xff\n";
  bytepiece::VectorSource source(std::vector<std::string>(50, text));
  bytepiece::TrainerOptions options;
  options.spec.vocab_sizes = {300, 280};
  auto models = bytepiece::Train(&source, options);
  if (!models.ok()) return Fail(models.status().ToString());

  const std::string path = "stranger.model";
  const absl::Status written = bytepiece::WriteModelFile(path, models->front());
  if (!written.ok()) return Fail(written.ToString());
  auto tokenizer = bytepiece::Tokenizer::Load(path);
  if (!tokenizer.ok()) return Fail(tokenizer.status().ToString());

  const std::vector<bytepiece::TokenId> ids = tokenizer->Encode(text);
  auto decoded = tokenizer->Decode(ids);
  if (!decoded.ok()) return Fail(decoded.status().ToString());
  if (*decoded != text) return Fail("the text did not come back: " + *decoded);
  if (2 * ids.size() > text.size()) return Fail("nothing was learnt");
  return 0;
}
