// SPDX-License-Identifier: Apache-2.0
// LibTorch and Catch2 in one file: both, by way of glog, define CHECK. Include this
// first; CHECK is Catch2's.
#pragma once

#include <torch/torch.h>

#undef CHECK
#include "tests/support/catch.h"
