// SPDX-License-Identifier: Apache-2.0
// LibTorch and Catch2 in one file: both, by way of glog, define CHECK. Include this
// first; CHECK is Catch2's.
#pragma once

#include <torch/autograd.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>
#include <torch/utils.h>

#undef CHECK
#include "tests/support/catch.h"
