// SPDX-License-Identifier: Apache-2.0
// Options of one call of the tokenizer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bytepiece/base/types.h"
#include "bytepiece/sampling/sampling_method.h"

namespace bytepiece::inline v0 {

// What EncodeWithOffsets counts in: a ByteSpan is then one of that.
enum class OffsetUnit {
  kBytes,
  kCodePoints,  // a byte that is no valid UTF-8 counts as one
};

struct EncodeOptions {
  bool add_bos = false;
  bool add_eos = false;
  // What to do with text that spells a special token, except those in allow_special, which it
  // becomes whatever the policy. Ids come from Tokenizer::TokenToId; those of other tokens
  // have no effect.
  SpecialTokenPolicy special_tokens = SpecialTokenPolicy::kPlainText;
  std::vector<TokenId> allow_special = {};
  OffsetUnit offset_unit = OffsetUnit::kBytes;
  // Among how many threads Encode and EncodeWithOffsets cut a text of half a megabyte or more,
  // whether it has lines or not; the ids are the same. 1 or less: none but the caller's, as where
  // pieces of more than 255 bytes demand the plain way. For many texts see batch.h.
  int threads = 1;
};

struct SampleOptions {
  SamplingMethod method = SamplingMethod::kPerfect;
  double alpha = 0.2;  // >= 0; 0 is uniform over segmentations, infinity is Encode
  std::uint64_t seed = 0;
  std::uint64_t document = 0;  // with `sample`, selects the random stream
  std::uint32_t sample = 0;
  std::size_t nbest_size = 64;  // kNBest: how many segmentations of a chunk to draw from; > 0
};

struct DecodeOptions {
  bool control_tokens = false;  // write "<bos>" and the like; else skip them
  bool special_tokens = true;   // write user-defined ones; else skip them
};

}  // namespace bytepiece::inline v0
