// SPDX-License-Identifier: Apache-2.0
// Adds the weights of the branches at one position, and draws one of them, in an
// order of additions that sampling_kernel_avx512.cc keeps in its registers: so the
// same doubles, and the same samples, on every processor. Internal to the samplers.
#pragma once

#include <array>
#include <cstddef>

namespace bytepiece {

// A branch for each piece that starts at a position: short ones have a place of
// their own by length, long ones are added one after the other.
class BranchSum {
 public:
  static constexpr std::size_t kMaxShort = 8;

  // Calls come by ascending length. Weights are not negative.
  void Add(std::size_t length, double weight) {
    if (length <= kMaxShort) {
      short_[length - 1] = weight;
    } else {
      long_ += weight;
    }
  }

  double Total() const {
    const double four = (short_[4] + short_[6]) + (short_[5] + short_[7]);
    return short_[0] + (short_[1] + (short_[2] + (short_[3] + (four + long_))));
  }

  // The length of the first short branch with which the sum exceeds `threshold`, or 0
  // if all of them do not.
  std::size_t FirstAbove(double threshold) const {
    const std::array<double, kMaxShort> sums = Sums();
    for (std::size_t i = 0; i < kMaxShort; ++i) {
      if (short_[i] > 0 && sums[i] > threshold) return i + 1;
    }
    return 0;
  }

  // The sum of the short branches, from which FirstAbove goes on with long ones.
  double ShortTotal() const { return Sums()[kMaxShort - 1]; }

  // The same total as sums go when one is drawn: no threshold of u < 1 times this
  // is out of their reach except by rounding.
  double DrawTotal() const { return ShortTotal() + long_; }

  // The longest short branch of a weight above 0; 0 if there is none.
  std::size_t LastPossible() const {
    std::size_t length = kMaxShort;
    while (length > 0 && !(short_[length - 1] > 0)) --length;
    return length;
  }

 private:
  // The sums of the branches up to each, in three steps: over 2, 4 and 8 of them.
  std::array<double, kMaxShort> Sums() const {
    std::array<double, kMaxShort> sums = short_;
    for (std::size_t distance = 1; distance < kMaxShort; distance *= 2) {
      const std::array<double, kMaxShort> before = sums;
      for (std::size_t i = distance; i < kMaxShort; ++i) sums[i] = before[i] + before[i - distance];
    }
    return sums;
  }

  std::array<double, kMaxShort> short_{};  // by length - 1
  double long_ = 0;
};

}  // namespace bytepiece
