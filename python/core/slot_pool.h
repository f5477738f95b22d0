// SPDX-License-Identifier: Apache-2.0
// Objects that are costly to make, kept for whoever needs one next.
//
// There is no lock: a process that is forked while another of its threads takes or gives back an
// object goes on in the child with one object fewer, where a lock would stay held for ever.
#pragma once

#include <array>
#include <atomic>
#include <memory>

namespace bytepiece {

template <typename T>
class SlotPool {
 public:
  SlotPool() = default;
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;
  ~SlotPool() {
    while (std::unique_ptr<T> object = Take()) object.reset();
  }

  // One that was given back, or null.
  std::unique_ptr<T> Take() {
    for (std::atomic<T*>& slot : slots_) {
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      if (T* object = slot.exchange(nullptr, std::memory_order_acquire)) {
        return std::unique_ptr<T>(object);
      }
    }
    return nullptr;
  }

  // Keeps the object, unless there are enough.
  void Give(std::unique_ptr<T> object) {
    for (std::atomic<T*>& slot : slots_) {
      T* empty = nullptr;
      if (slot.compare_exchange_strong(empty, object.get(), std::memory_order_release,
                                       std::memory_order_relaxed)) {
        object.release();
        return;
      }
    }
  }

 private:
  std::array<std::atomic<T*>, 8> slots_ = {};
};

}  // namespace bytepiece
