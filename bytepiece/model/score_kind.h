// SPDX-License-Identifier: Apache-2.0
// How a model scores its pieces: by logarithms, whose sums are rounded, or in whole numbers, whose
// sums are exact and so the same in any order, on any processor, in any program.
//
// A whole score counts 64ths of a nat: 64 ln p, rounded, at least -2047. Of counts 1, 2, 4 of 7:
//   log    -1.9459..., -1.2527..., -0.5596...
//   whole  -125, -80, -36 (-1.953125, -1.25, -0.5625 nats)
// That 64ths are fine enough, and what changes: docs/method/runtime.md.
#pragma once

#include <cstdint>

#include "bytepiece/base/export.h"

namespace bytepiece::inline v0 {

enum class ScoreKind {
  kLog,    // ln count - ln total, a double: the reference's
  kWhole,  // WholeScore of it, stored in the model
};

// "log", "whole".
BYTEPIECE_EXPORT const char* ScoreKindName(ScoreKind kind);

inline constexpr int kScoresPerNat = 64;
// That of one piece in some e^32, 7.8e13. Sums of 16 fit 16 bits, which kernels rest on.
inline constexpr int kLeastWholeScore = -2047;

// ln count - ln total, each logarithm rounded on its own: the reference's score. Requires
// 1 <= count <= total, here and below.
BYTEPIECE_EXPORT double UnigramScore(std::int64_t count, std::int64_t total);

// The whole score nearest to that, of two as near the even one, and at least kLeastWholeScore.
// Taken once, when a model is made or converted, and stored with it: another library's logarithm
// may round differently.
BYTEPIECE_EXPORT std::int16_t WholeScore(std::int64_t count, std::int64_t total);

// WholeScore of a score in nats, at most 0.
BYTEPIECE_EXPORT std::int16_t RoundedScore(double nats);

// The nats that a whole score stands for: exact, and sums of them too.
constexpr double InNats(std::int16_t whole) {
  return static_cast<double>(whole) / static_cast<double>(kScoresPerNat);
}

}  // namespace bytepiece::inline v0
