// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/automaton_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace bytepiece {

absl::Status AutomatonBuilder::Build() {
  if (keys_.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return absl::ResourceExhaustedError("too many keys for one automaton");
  }
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].empty() || (i > 0 && keys_[i - 1] >= keys_[i])) {
      return absl::InvalidArgumentError("the keys of an automaton must ascend and not be empty");
    }
  }
  free_.AddFullBlock();
  units_.assign(kBlockSize, {});
  of_units_.assign(kBlockSize, Automaton::kNoValue);
  if (!keys_.empty()) tasks_.push_back({Automaton::kRoot, 0, 0, keys_.size()});
  // Depth first with the last child on top: states of one path lie close.
  while (!tasks_.empty()) {
    const Task task = tasks_.back();
    tasks_.pop_back();
    if (absl::Status status = Expand(task); !status.ok()) return status;
  }
  return absl::OkStatus();
}

Automaton AutomatonBuilder::Take() {
  Automaton automaton;
  automaton.units_ = FrozenArray(std::move(units_));
  automaton.values_ = FrozenArray(std::move(of_units_));
  return automaton;
}

absl::Status AutomatonBuilder::Expand(const Task& task) {
  std::size_t begin = task.begin;
  if (keys_[begin].size() == task.depth) {  // the prefix itself sorts first
    units_[task.state].has_value = 1;
    of_units_[task.state] = values_.empty() ? static_cast<std::int32_t>(begin) : values_[begin];
    if (++begin == task.end) return absl::OkStatus();
  }
  const std::size_t first_task = tasks_.size();
  labels_.clear();
  for (std::size_t i = begin; i < task.end; ++i) {
    const auto label = static_cast<std::uint8_t>(keys_[i][task.depth]);
    if (labels_.empty() || labels_.back() != label) {
      labels_.push_back(label);
      tasks_.push_back({0, task.depth + 1, i, i + 1});
    } else {
      tasks_.back().end = i + 1;
    }
  }
  const absl::StatusOr<std::uint32_t> base = PlaceChildren();
  if (!base.ok()) return base.status();
  units_[task.state].base = *base;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    tasks_[first_task + i].state = *base ^ labels_[i];
  }
  return absl::OkStatus();
}

absl::StatusOr<std::uint32_t> AutomatonBuilder::PlaceChildren() {
  std::uint32_t base = FreeSlots::kNone;
  const std::size_t blocks = free_.num_blocks();
  std::size_t block = std::max<std::size_t>(1, blocks - std::min(blocks, kOpenBlocks));
  for (; block < blocks && base == FreeSlots::kNone; ++block) base = free_.FindBase(block, labels_);
  if (base == FreeSlots::kNone) {
    if (absl::Status status = AddBlock(); !status.ok()) return status;
    base = free_.FindBase(blocks, labels_);
  }
  free_.Take(base, labels_);
  for (const std::uint8_t label : labels_) units_[base ^ label].label = label;
  return base;
}

absl::Status AutomatonBuilder::AddBlock() {
  const std::size_t size = units_.size() + kBlockSize;
  if (size > std::numeric_limits<std::uint32_t>::max()) {
    return absl::ResourceExhaustedError("the automaton needs more than 2^32 units");
  }
  units_.resize(size);
  of_units_.resize(size, Automaton::kNoValue);
  free_.AddBlock();
  return absl::OkStatus();
}

}  // namespace bytepiece
