// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/weight_rows.h"

#include <limits>

namespace bytepiece {

WeightRows::WeightRows(const PieceScanner& scanner) {
  if (scanner.empty()) return;
  const absl::Span<const std::int32_t> scanner_values = scanner.values();
  std::vector<std::uint32_t> word_at(scanner_values.size());  // by where a set begins
  std::vector<std::int32_t> long_values;
  std::size_t rows = 0;
  for (std::size_t at = 0; at < scanner_values.size(); ++rows) {
    if (rows == std::numeric_limits<std::uint32_t>::max() / kUnit) {
      *this = WeightRows();
      return;
    }
    const MatchSet set(scanner.set_words(), scanner_values.data(), static_cast<std::uint32_t>(at));
    word_at[at] = static_cast<std::uint32_t>(rows) * kUnit | (set.num_long() > 0 ? kHasLong : 0);
    values_.resize(values_.size() + kRow, -1);
    long_begins_.push_back(static_cast<std::uint32_t>(long_values.size()));
    set.ForEach([&](int length, double, std::int32_t value) {
      if (length <= MatchSet::kMaxShort) {
        values_[rows * kRow + static_cast<std::size_t>(length) - 1] = value;
      } else {
        long_values.push_back(value);
        long_lengths_.push_back(static_cast<std::uint8_t>(length));
      }
    });
    at += set.num_words();
  }
  long_begins_.push_back(static_cast<std::uint32_t>(long_values.size()));
  first_long_ = values_.size();
  values_.insert(values_.end(), long_values.begin(), long_values.end());
  words_.resize(scanner.num_states());
  for (std::size_t state = 0; state < words_.size(); ++state) {
    words_[state] = word_at[scanner.set_offsets()[state]];
  }
}

}  // namespace bytepiece
