// SPDX-License-Identifier: Apache-2.0
// A corpus that Python gives: an iterable of chunks of texts, gone through as often as training
// asks. What can be iterated once is copied to a temporary file as it comes.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/io/scratch_file.h"
#include "corpus/document_source.h"
#include "python/core/errors.h"
#include "python/core/text_list.h"

namespace bytepiece {

namespace nb = nanobind;

// Used without the GIL, which it takes where it needs it; comes and goes with it.
class PythonSource : public DocumentSource {
 public:
  // `open` returns an iterator over (texts, weight): what TextList takes, and how often each of
  // them counts. With `once` it is called once. A Python exception is kept in `kept`, and Read
  // fails.
  PythonSource(nb::object open, bool once, std::string temp_dir, KeptException* kept);

  absl::Status Read(std::int64_t max_bytes, std::vector<std::string>* documents) override;
  absl::Status Rewind() override;
  std::int64_t documents() const override { return documents_; }
  std::int64_t weight() const override { return weight_; }
  std::string identity() const override { return "a Python object"; }
  std::int64_t consumed() const override { return consumed_; }
  std::int64_t total() const override { return total_; }

 private:
  absl::Status ReadFromPython(std::int64_t max_bytes, std::vector<std::string>* documents);
  absl::Status ReadFromFile(std::int64_t max_bytes, std::vector<std::string>* documents);
  absl::Status CopyToFile(const std::vector<std::string>& documents);
  // The next chunk becomes the current one; false at the end. Requires the GIL.
  bool NextChunk();

  nb::object open_;
  const bool once_;
  const std::string temp_dir_;
  KeptException* const kept_;

  nb::object iterator_;
  std::optional<TextList> chunk_;
  std::size_t next_in_chunk_ = 0;
  std::int64_t chunk_weight_ = 1;

  std::optional<ScratchFile> copy_;
  bool copied_ = false;  // the whole corpus is in copy_
  std::int64_t copy_position_ = 0;

  std::int64_t documents_ = 0;
  std::int64_t weight_ = 1;
  std::int64_t consumed_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace bytepiece
