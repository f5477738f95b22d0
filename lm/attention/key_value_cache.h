// SPDX-License-Identifier: Apache-2.0
// Keys and values of the positions decoded so far, the latest `window` of them or all.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace bytepiece::lm {

class KeyValueCache {
 public:
  // window 0: all.
  explicit KeyValueCache(std::int64_t window) : window_(window) {}

  // The cache of the batch made of these rows, with a memory of its own.
  KeyValueCache Select(const torch::Tensor& rows) const;

  // k, v [B, H, n, width] of the next n positions. Amortised constant time for each.
  void Append(const torch::Tensor& k, const torch::Tensor& v);

  // [B, H, kept, width], oldest first. Valid until the next Append.
  torch::Tensor keys() const { return keys_.slice(2, begin_, end_); }
  torch::Tensor values() const { return values_.slice(2, begin_, end_); }

  std::int64_t kept() const { return end_ - begin_; }
  std::int64_t appended() const { return appended_; }

 private:
  // Moves what is kept to buffers for `capacity` positions.
  void MakeRoom(std::int64_t capacity, const torch::Tensor& k, const torch::Tensor& v);

  std::int64_t window_;
  std::int64_t begin_ = 0;  // of what is kept, in the buffers
  std::int64_t end_ = 0;
  std::int64_t appended_ = 0;
  torch::Tensor keys_;
  torch::Tensor values_;
};

}  // namespace bytepiece::lm
