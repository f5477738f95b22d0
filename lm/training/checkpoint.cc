// SPDX-License-Identifier: Apache-2.0
#include "lm/training/checkpoint.h"

#include <torch/csrc/jit/serialization/pickle.h>

#include <cstring>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "lm/model/torch_status.h"

namespace bytepiece::lm {
namespace {

constexpr char kFormat[] = "bytepiece-lm checkpoint 1";

constexpr char kModel[] = "model.";  // what the names of a model's tensors begin with

using Dict = c10::Dict<std::string, torch::Tensor>;

torch::Tensor FromString(std::string_view text) {
  torch::Tensor bytes = torch::empty({static_cast<std::int64_t>(text.size())}, torch::kUInt8);
  if (!text.empty()) std::memcpy(bytes.data_ptr(), text.data(), text.size());
  return bytes;
}

std::string ToString(const torch::Tensor& bytes) {
  TORCH_CHECK(bytes.scalar_type() == torch::kUInt8 && bytes.dim() == 1, "not a text");
  const torch::Tensor packed = bytes.contiguous();
  return {static_cast<const char*>(packed.data_ptr()), static_cast<std::size_t>(packed.numel())};
}

Dict Pack(const Checkpoint& checkpoint) {
  Dict dict;
  dict.insert("format", FromString(kFormat));
  dict.insert("config", FromString(checkpoint.config));
  dict.insert("tokenizer", FromString(checkpoint.tokenizer));
  for (const auto& [name, value] : checkpoint.counters) {
    dict.insert("counter." + name, torch::tensor(value));
  }
  for (const auto& [name, tensor] : checkpoint.tensors) {
    // A copy: what is written then is this tensor, not the storage it may share.
    dict.insert("tensor." + name, tensor.detach().to(torch::kCPU).clone());
  }
  return dict;
}

Checkpoint Unpack(const Dict& dict) {
  Checkpoint checkpoint;
  TORCH_CHECK(dict.contains("format") && ToString(dict.at("format")) == kFormat,
              "not a checkpoint of this version");
  checkpoint.config = ToString(dict.at("config"));
  checkpoint.tokenizer = ToString(dict.at("tokenizer"));
  for (const auto& item : dict) {
    const std::string& key = item.key();
    if (key.starts_with("counter.")) {
      checkpoint.counters[key.substr(8)] = item.value().item<std::int64_t>();
    } else if (key.starts_with("tensor.")) {
      checkpoint.tensors[key.substr(7)] = item.value();
    }
  }
  return checkpoint;
}

template <typename Visitor>
void VisitModule(const torch::nn::Module& module, const Visitor& visitor) {
  const auto visit = [&](const auto& items) {
    for (const auto& item : items) visitor(kModel + item.key(), item.value());
  };
  visit(module.named_parameters());
  visit(module.named_buffers());
}

}  // namespace

absl::Status WriteCheckpoint(const std::string& path, const Checkpoint& checkpoint) {
  std::vector<char> bytes;
  absl::Status status = CatchTorch("writing " + path, [&] {
    bytes = torch::jit::pickle_save(c10::IValue(Pack(checkpoint)));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return WriteFile(path, std::string_view(bytes.data(), bytes.size()));
}

absl::StatusOr<Checkpoint> ReadCheckpoint(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  Checkpoint checkpoint;
  const absl::Status status = CatchTorch("unpacking", [&] {
    const c10::IValue value =
        torch::jit::pickle_load(std::vector<char>(bytes->begin(), bytes->end()));
    TORCH_CHECK(value.isGenericDict(), "not a dict");
    Dict dict;
    for (const auto& item : value.toGenericDict()) {
      dict.insert(item.key().toStringRef(), item.value().toTensor());
    }
    checkpoint = Unpack(dict);
    return absl::OkStatus();
  });
  if (status.ok()) return checkpoint;
  return absl::DataLossError(
      absl::StrCat(path, " is damaged, or not a checkpoint of bytepiece-lm"));
}

void SaveModule(const torch::nn::Module& module, Checkpoint* checkpoint) {
  VisitModule(module, [&](const std::string& name, const torch::Tensor& tensor) {
    checkpoint->tensors[name] = tensor;
  });
}

void RestoreModule(const Checkpoint& checkpoint, torch::nn::Module* module) {
  const torch::NoGradGuard no_grad;
  VisitModule(*module, [&](const std::string& name, const torch::Tensor& tensor) {
    const auto found = checkpoint.tensors.find(name);
    TORCH_CHECK(found != checkpoint.tensors.end(), "the checkpoint lacks ", name);
    TORCH_CHECK(found->second.sizes() == tensor.sizes(), name, " has another shape");
    torch::Tensor(tensor).copy_(found->second);
  });
}

std::vector<std::string> UnusedWeights(const Checkpoint& checkpoint,
                                       const torch::nn::Module& module) {
  std::set<std::string> used;
  VisitModule(module, [&](const std::string& name, const torch::Tensor&) { used.insert(name); });
  std::vector<std::string> unused;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (name.starts_with(kModel) && !used.contains(name)) {
      unused.push_back(name.substr(std::strlen(kModel)));
    }
  }
  return unused;
}

}  // namespace bytepiece::lm
