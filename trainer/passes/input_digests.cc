// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/input_digests.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#define XXH_INLINE_ALL  // nothing to link for those who link us
#include <xxhash.h>

namespace bytepiece {

struct InputHasher::State {
  XXH3_state_t xxh3;
};

InputHasher::InputHasher() : current_(std::make_unique<State>()) {
  XXH3_64bits_reset(&current_->xxh3);
}

InputHasher::~InputHasher() = default;

void InputHasher::Add(std::size_t input, std::string_view part) {
  while (complete_.size() < input) {
    complete_.push_back(XXH3_64bits_digest(&current_->xxh3));
    XXH3_64bits_reset(&current_->xxh3);
  }
  // Its size is digested, too, which tells "ab", "c" from "a", "bc".
  const std::uint64_t size = part.size();
  XXH3_64bits_update(&current_->xxh3, &size, sizeof(size));
  XXH3_64bits_update(&current_->xxh3, part.data(), part.size());
}

InputDigests InputHasher::digests() const {
  InputDigests digests = complete_;
  digests.push_back(XXH3_64bits_digest(&current_->xxh3));
  return digests;
}

absl::Status CheckSameInputs(const DocumentSource& source, const InputDigests& before,
                             const InputDigests& now) {
  if (before == now) return absl::OkStatus();
  const std::size_t both = std::min(before.size(), now.size());
  std::size_t input = 0;
  while (input < both && before[input] == now[input]) ++input;
  return absl::FailedPreconditionError(absl::StrCat(
      source.input_name(input),
      " has changed since this training first read it, and counts of two contents would be mixed; "
      "give back its first content, or begin anew (with --work-dir: in another folder)"));
}

}  // namespace bytepiece
