// SPDX-License-Identifier: Apache-2.0
// Many texts that Python gives, without copying them where they lie as bytes: a sequence of str or
// bytes, NumPy's arrays of strings, Arrow's, whole or in chunks.
#pragma once

#include <nanobind/nanobind.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "python/core/arrow_abi.h"
#include "python/core/text_argument.h"

namespace bytepiece {

// Requires the GIL to come and go; in between the texts may be read without it.
class TextList {
 public:
  // TypeError for what holds no texts, naming the item; ValueError for a null or half a surrogate
  // pair. A str alone is no list of texts.
  explicit TextList(nb::handle texts);
  TextList(const TextList&) = delete;
  TextList& operator=(const TextList&) = delete;

  absl::Span<const std::string_view> texts() const { return texts_; }

 private:
  void AddSequence(nb::handle sequence);
  void AddArrowArray(nb::handle exporter);
  void AddArrowStream(nb::handle exporter);
  // False if the array holds no strings of fixed width.
  bool AddNumpyStrings(nb::handle array);

  std::vector<std::string_view> texts_;
  // What the texts lie in.
  nb::object owner_;
  std::deque<TextArgument> buffers_;
  std::deque<OwnedArrow<ArrowArray>> arrays_;
  std::string converted_;
};

}  // namespace bytepiece
