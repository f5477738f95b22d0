// SPDX-License-Identifier: Apache-2.0
// A folder that holds what a training run has done, so that the same run, killed
// at any moment, goes on when it is started again.
//
// The file "identity" says which run it is, "state" how far it came, what was read until then
// (input_digests.h) and which files of counts belong to that; both are replaced as a whole. Files
// that "state" does not name are left-overs, and are deleted.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bytepiece/io/folder_lock.h"
#include "trainer/counts/run_set.h"
#include "trainer/counts/run_store.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {

class WorkDir : public RunStore {
 public:
  enum class Stage { kNgrams, kPieces, kCounted };
  struct State {
    Stage stage = Stage::kNgrams;
    CountingState counting;  // of this stage
    // Known from Stage::kPieces on.
    CorpusSize corpus;
    InputDigests inputs = {};  // of the whole corpus
  };

  // Creates the folder if it is absent. `identity`: lines "name value" of all
  // that decides the counts. Errors: a folder of another run, which names the
  // first difference; a folder in use; one that holds something else.
  static absl::StatusOr<std::unique_ptr<WorkDir>> Open(const std::string& path,
                                                       const std::string& identity);

  const State& state() const { return state_; }

  // Adds the saved runs of one kind.
  absl::Status Restore(CountKind kind, RunSet* runs) const;

  // From now on this is where a killed run goes on. All runs must be in files
  // of this folder; null means none of that kind.
  absl::Status Save(const State& state, const RunSet* ngrams, const RunSet* pieces);

  absl::StatusOr<ScratchFile> Create() override;
  bool durable() const override { return true; }

 private:
  explicit WorkDir(std::string path) : path_(std::move(path)) {}

  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // An error if the folder is neither a run's nor empty.
  absl::Status CheckHoldsNothingElse() const;
  absl::Status CannotList(const std::error_code& error) const;
  absl::Status CheckIdentity(const std::string& identity);
  absl::Status ReadState();
  bool ParseState(absl::string_view text);
  absl::Status DeleteLeftOvers() const;

  std::string path_;
  std::optional<FolderLock> lock_;
  State state_;
  std::vector<std::string> ngram_files_;  // names in the folder
  std::vector<std::string> piece_files_;
  std::atomic<std::int64_t> next_file_ = 0;
};

}  // namespace bytepiece
