// SPDX-License-Identifier: Apache-2.0
// An interrupted run leaves nothing half-written behind.
#pragma once

#include <chrono>
#include <string>

namespace bytepiece {

// Call before any other thread starts. From now on the signals that end a process (SIGINT,
// SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2) and SIGPIPE delete the unfinished
// files (unfinished_files.h) and end the process the way
// the signal would have, so that a shell sees 128 + signal and stops its loop.
// Signals ignored by whoever started the program stay ignored, SIGPIPE apart: when
// the reader of standard output goes away, the program ends quietly. SIGXFSZ becomes an error of
// writing. A mapped file that is overwritten (mapped_file.h) ends the process with a line that says
// so.
void InstallSignalHandlers();

// While an object of this class lives, SIGINT or SIGTERM first makes Requested()
// true, for work that can stop by itself. A second signal, or `patience` without
// an end, ends the process. Whichever way it ends, it first says the last words, if there are any.
// One object at a time.
class GracefulStop {
 public:
  explicit GracefulStop(const std::string& last_words = "",
                        std::chrono::seconds patience = std::chrono::seconds(1));
  ~GracefulStop();
  GracefulStop(const GracefulStop&) = delete;
  GracefulStop& operator=(const GracefulStop&) = delete;

  static bool Requested();

  // Ends the process with the last words, as the signal asked for, if there was one.
  static void EndIfRequested();
};

}  // namespace bytepiece
