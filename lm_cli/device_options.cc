// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/device_options.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"
#include "lm_cli/slow_blas.h"

namespace bytepiece::lm {

void AddDeviceOptions(CLI::App* app, DeviceOptions* options) {
  app->add_option("--device", options->device, "cpu, cuda, cuda:1, as LibTorch names them")
      ->type_name("NAME")
      ->capture_default_str();
  app->add_option("--threads", options->threads, "0: as many as LibTorch takes")
      ->type_name("N")
      ->check(CLI::Range(0, 4096).description(""))
      ->capture_default_str();
}

absl::StatusOr<torch::Device> UseDevice(const DeviceOptions& options) {
  if (options.threads > 0) torch::set_num_threads(options.threads);
  const absl::StatusOr<torch::Device> device = ParseDevice(options.device);
  if (!device.ok()) return AsUsageError(device.status());
  if (device->is_cpu()) WarnOfReferenceBlas();
  return device;
}

std::string DescribeDevice(const torch::Device& device) {
  if (!device.is_cpu()) return device.str();
  const int threads = torch::get_num_threads();
  return absl::StrCat("cpu, ", threads, threads == 1 ? " thread" : " threads");
}

std::string CheckpointPath(const std::string& model) {
  std::error_code ignored;
  return std::filesystem::is_directory(model, ignored) ? model + "/checkpoint" : model;
}

void AddModelOption(CLI::App* app, std::string* model) {
  app->add_option("-m,--model", *model, "The folder of a run, or a checkpoint")
      ->type_name("PATH")
      ->required();
}

}  // namespace bytepiece::lm
