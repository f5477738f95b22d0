// SPDX-License-Identifier: Apache-2.0
// The extension module bytepiece_cpp._core. What users call stands in bytepiece_cpp/.
#include <nanobind/nanobind.h>

#include "python/core/bound_tokenizer.h"

NB_MODULE(_core, module) {
  // What a program still holds as it ends is no leak of this module.
  nanobind::set_leak_warnings(false);
  module.doc() = "The part of bytepiece_cpp that is C++.";
  bytepiece::BindModels(&module);
  bytepiece::BindTokenizer(&module);
  bytepiece::BindBatches(&module);
  bytepiece::BindStreaming(&module);
  bytepiece::BindSegmentations(&module);
  bytepiece::BindTraining(&module);
  bytepiece::BindFiles(&module);
  bytepiece::BindExports(&module);
}
