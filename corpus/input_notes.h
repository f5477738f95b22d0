// SPDX-License-Identifier: Apache-2.0
// Records what was not taken as it stands, to be told where a command ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bytepiece::inline v0 {

struct InputNotes {
  static constexpr std::size_t kMostNamed = 3;

  std::int64_t left_out = 0;                // lines, files and links (CorpusOptions::skip_bad)
  std::vector<std::string> first_left_out;  // what was wrong with the first ones
  std::int64_t replaced = 0;                // half surrogates in texts, now U+FFFD
  std::string first_replaced;               // where the first one stands

  void LeaveOut(std::string cause) {
    if (first_left_out.size() < kMostNamed) first_left_out.push_back(std::move(cause));
    ++left_out;
  }
};

}  // namespace bytepiece::inline v0
