// SPDX-License-Identifier: Apache-2.0
// Options for the device that tensors live on, and the threads that work on them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "lm/training/training.h"

namespace bytepiece::lm {

struct DeviceOptions {
  std::string device = "cpu";
  int threads = 0;  // 0: LibTorch's own choice
};

// Adds --device and --threads.
void AddDeviceOptions(CLI::App* app, DeviceOptions* options);

// Sets the threads and gives the device; a usage error if there is none of that name. Tells
// if the CPU has to do with a slow BLAS.
absl::StatusOr<torch::Device> UseDevice(const DeviceOptions& options);

// Tells of a measurement where it was made: "cpu, 2 threads".
std::string DescribeDevice(const torch::Device& device);

// The checkpoint that --model names: a file, or a run's folder that holds one.
std::string CheckpointPath(const std::string& model);
void AddModelOption(CLI::App* app, std::string* model);

}  // namespace bytepiece::lm
