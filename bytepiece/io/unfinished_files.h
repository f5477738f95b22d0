// SPDX-License-Identifier: Apache-2.0
// The temporary files that this process has not finished, and those that dead ones left.
//
// A temporary file lies beside its target: TARGET.PID.SERIAL.part. While its writer lives, it is
// locked (flock), so that a later run can tell what a killed one left behind, whatever machine
// or container that ran on.
#pragma once

#include <string>

namespace bytepiece {

// Held while a name comes into being or goes, so that an ending process does
// neither miss a file nor lose the race against its rename. Waits for ever once the process ends.
// No signal that is handled is raised by what is done under it, so a handler may wait for it.
class UnfinishedFilesLock {
 public:
  UnfinishedFilesLock();
  ~UnfinishedFilesLock();
  UnfinishedFilesLock(const UnfinishedFilesLock&) = delete;
  UnfinishedFilesLock& operator=(const UnfinishedFilesLock&) = delete;
};

// Makes the file, locks it and returns its descriptor: -1, with errno, if it cannot be. The name,
// another each time, is in *name. Call it under the lock.
int CreateTemporary(const std::string& target, std::string* name);

// Whether RemoveUnfinishedFiles will know the file. The string must stay until it is taken out.
bool RegisterUnfinished(const std::string* name);
// False if the name was taken by RemoveUnfinishedFiles: the process is about to end, and the
// string must stay for ever.
bool UnregisterUnfinished(const std::string* name);

// Deletes all registered files; from then on taking the lock waits for ever.
// Async-signal-safe: for whoever is about to end the process.
void RemoveUnfinishedFiles();

// Deletes the temporary files of `target` whose writers are dead. Each folder is listed once in a
// process.
void RemoveLeftOvers(const std::string& target);

}  // namespace bytepiece
