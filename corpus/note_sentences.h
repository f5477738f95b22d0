// SPDX-License-Identifier: Apache-2.0
// What is said of input that was not taken as it stands, in the same words everywhere.
#pragma once

#include <string>

#include "corpus/input_notes.h"

namespace bytepiece {

// Each without a full stop; empty if there is nothing to say.
std::string LeftOutSentence(const InputNotes& notes);
std::string ReplacedSentence(const InputNotes& notes);

}  // namespace bytepiece
