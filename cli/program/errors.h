// SPDX-License-Identifier: Apache-2.0
// How the program says what went wrong, and ends.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace bytepiece {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;  // the work failed
inline constexpr int kExitUsage = 2;    // the command line asks for something impossible

// An error of the command line, found after parsing.
absl::Status UsageError(const std::string& message);

// The same error, as one of the command line. OK stays OK.
absl::Status AsUsageError(const absl::Status& status);

// Sets the name that messages begin with, "bytepiece" unless set. Before any thread starts.
void SetProgramName(const std::string& name);

// Prints "NAME: MESSAGE" to standard error, newlines within the message
// replaced by spaces and what is not Printable (printable.h) escaped.
void PrintError(const std::string& message);

// The same of several parts, control characters as '?'. Async-signal-safe, and takes no memory.
void PrintErrorInPlace(std::initializer_list<std::string_view> parts);

// The end of a message that begins with the path that FindOverwrittenMapping (mapped_file.h) names.
inline constexpr char kWasOverwritten[] =
    " was written to while it was in use, and what was made of it is wrong; replace such a file "
    "by renaming another over it (mv)";

// An error if a mapped file was written to while it was mapped, so that what was made of it may be
// wrong: to be asked before such an output replaces anything. Each file is told once.
absl::Status CheckMappedFiles();

// Prints the error, if any, and returns the exit code.
int ExitCode(const absl::Status& status);

}  // namespace bytepiece
