// SPDX-License-Identifier: Apache-2.0
// A model as HuggingFace's libraries read it: a folder for AutoTokenizer.from_pretrained, whose
// tokenizer.json is a Unigram model over bytes. By whole scores they give this library's ids for
// all valid UTF-8 that spells no special token and has the same NFC there; docs/exports.md has the
// versions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/model/model.h"

namespace bytepiece::inline v0 {

struct HuggingFaceOptions {
  // Jinja, valid UTF-8, kept as it is; empty: none.
  std::string chat_template = {};
  // For the runtime in JavaScript (@huggingface/tokenizers, on which transformers.js stands), which
  // cannot read what the one in Rust reads from version 1.0 on, nor that what it reads.
  bool for_javascript = false;
};

// The files by their names. Error if the model fails ValidateModel.
BYTEPIECE_EXPORT absl::StatusOr<std::map<std::string, std::string>> HuggingFaceFiles(
    const Model& model, const HuggingFaceOptions& options);

// Writes these files, each whole or not at all, into `folder`, which is made if it is not there.
// Other files in it stay. Error, and nothing is written, if one of those belongs to another
// tokenizer and would be read with these.
BYTEPIECE_EXPORT absl::Status WriteHuggingFace(const Model& model, const std::string& folder,
                                               const HuggingFaceOptions& options);

// What whoever exports this model should know, each a line: which text is taken for special tokens,
// which pieces are never used since they are spelled like those, and that logarithms give other
// ids.
BYTEPIECE_EXPORT std::vector<std::string> HuggingFaceNotes(const Model& model);

}  // namespace bytepiece::inline v0
