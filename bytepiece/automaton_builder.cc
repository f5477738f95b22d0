// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/automaton_builder.h"

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
  links_.assign(kBlockSize, {});
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
  std::uint32_t base = 0;
  for (std::uint32_t unit = first_free_; unit != kEndOfList; unit = links_[unit].next) {
    if (Fits(unit ^ labels_[0])) {
      base = unit ^ labels_[0];
      break;
    }
  }
  if (base == 0) {
    base = static_cast<std::uint32_t>(units_.size());
    if (absl::Status status = AddBlock(); !status.ok()) return status;
  }
  links_[base].base_taken = true;
  for (const std::uint8_t label : labels_) {
    Unlink(base ^ label);
    units_[base ^ label].label = label;
  }
  return base;
}

bool AutomatonBuilder::Fits(std::uint32_t base) const {
  if (links_[base].base_taken) return false;
  for (const std::uint8_t label : labels_) {
    if (!IsFree(base ^ label)) return false;
  }
  return true;
}

absl::Status AutomatonBuilder::AddBlock() {
  const std::size_t begin = units_.size();
  if (begin + kBlockSize > std::numeric_limits<std::uint32_t>::max()) {
    return absl::ResourceExhaustedError("the automaton needs more than 2^32 units");
  }
  units_.resize(begin + kBlockSize);
  of_units_.resize(begin + kBlockSize, Automaton::kNoValue);
  links_.resize(begin + kBlockSize);
  for (std::size_t i = begin; i < begin + kBlockSize; ++i) {
    const auto unit = static_cast<std::uint32_t>(i);
    links_[unit].previous = last_free_;
    (last_free_ == kEndOfList ? first_free_ : links_[last_free_].next) = unit;
    last_free_ = unit;
  }
  // The list is in order of blocks, so the block that closes is at its front.
  if (begin / kBlockSize > kOpenBlocks) {
    const std::size_t open = begin - kOpenBlocks * std::size_t{kBlockSize};
    while (first_free_ != kEndOfList && first_free_ < open) Unlink(first_free_);
  }
  return absl::OkStatus();
}

void AutomatonBuilder::Unlink(std::uint32_t unit) {
  const Links& links = links_[unit];
  (links.previous == kEndOfList ? first_free_ : links_[links.previous].next) = links.next;
  (links.next == kEndOfList ? last_free_ : links_[links.next].previous) = links.previous;
}

}  // namespace bytepiece
