// SPDX-License-Identifier: Apache-2.0
#include "python/core/python_source.h"

#include <cstring>
#include <utility>

namespace bytepiece {
namespace {

// Of one document in the temporary file, before its bytes.
struct CopyHeader {
  std::int64_t weight;
  std::uint64_t size;
};

// Text and what else a document takes, so that millions of empty ones do not come at once.
constexpr std::int64_t kOverhead = 64;

}  // namespace

PythonSource::PythonSource(nb::object open, bool once, std::string temp_dir, KeptException* kept)
    : open_(std::move(open)),
      once_(once),
      temp_dir_(temp_dir.empty() ? DefaultTempDir() : std::move(temp_dir)),
      kept_(kept) {}

absl::Status PythonSource::Rewind() {
  if (once_ && !copied_ && documents_ > 0) {
    return absl::FailedPreconditionError(
        "the texts can be iterated once, and are not at their end");
  }
  if (!copied_) {
    const nb::gil_scoped_acquire gil;
    try {
      chunk_.reset();
      iterator_.reset();
      iterator_ = nb::iter(open_());
    } catch (nb::python_error&) {
      kept_->KeepCurrent();
      return absl::AbortedError("the texts cannot be iterated");
    }
  }
  if (consumed_ > 0) total_ = consumed_;
  documents_ = consumed_ = copy_position_ = 0;
  return absl::OkStatus();
}

absl::Status PythonSource::Read(std::int64_t max_bytes, std::vector<std::string>* documents) {
  documents->clear();
  if (copied_) return ReadFromFile(max_bytes, documents);
  absl::Status status;
  {
    const nb::gil_scoped_acquire gil;
    try {
      if (!iterator_.is_valid()) iterator_ = nb::iter(open_());
      status = ReadFromPython(max_bytes, documents);
    } catch (nb::python_error&) {
      kept_->KeepCurrent();
      status = absl::AbortedError("the texts cannot be read");
    } catch (nb::builtin_exception& error) {
      status = absl::InvalidArgumentError(error.what());
    }
  }
  if (status.ok() && once_) status = CopyToFile(*documents);
  return status;
}

bool PythonSource::NextChunk() {
  for (;;) {
    PyObject* next = PyIter_Next(iterator_.ptr());
    if (next == nullptr) {
      if (PyErr_Occurred() != nullptr) throw nb::python_error();
      chunk_.reset();
      return false;
    }
    const nb::object pair = nb::steal(next);
    chunk_.emplace(nb::object(pair[0]));
    chunk_weight_ = nb::cast<std::int64_t>(nb::object(pair[1]));
    next_in_chunk_ = 0;
    if (chunk_weight_ <= 0) {
      PyErr_Format(PyExc_ValueError, "a count must be positive, not %lld",
                   static_cast<long long>(chunk_weight_));
      throw nb::python_error();
    }
    if (!chunk_->texts().empty()) return true;
  }
}

absl::Status PythonSource::ReadFromPython(std::int64_t max_bytes,
                                          std::vector<std::string>* documents) {
  std::int64_t bytes = 0;
  while (bytes < max_bytes) {
    if ((!chunk_ || next_in_chunk_ == chunk_->texts().size()) && !NextChunk()) break;
    if (!documents->empty() && chunk_weight_ != weight_) break;
    weight_ = chunk_weight_;
    for (; next_in_chunk_ < chunk_->texts().size() && bytes < max_bytes; ++next_in_chunk_) {
      documents->emplace_back(chunk_->texts()[next_in_chunk_]);
      const auto size = static_cast<std::int64_t>(documents->back().size());
      bytes += size + kOverhead;
      consumed_ += size;
      ++documents_;
    }
  }
  return absl::OkStatus();
}

absl::Status PythonSource::CopyToFile(const std::vector<std::string>& documents) {
  if (!copy_) {
    absl::StatusOr<ScratchFile> file = ScratchFile::CreateUnnamed(temp_dir_);
    if (!file.ok()) return file.status();
    copy_.emplace(*std::move(file));
  }
  for (const std::string& document : documents) {
    const CopyHeader header = {weight_, document.size()};
    absl::Status status = copy_->Append({reinterpret_cast<const char*>(&header), sizeof header});
    if (status.ok()) status = copy_->Append(document);
    if (!status.ok()) return status;
  }
  copied_ = documents.empty();
  return absl::OkStatus();
}

absl::Status PythonSource::ReadFromFile(std::int64_t max_bytes,
                                        std::vector<std::string>* documents) {
  std::int64_t bytes = 0;
  while (bytes < max_bytes && copy_position_ < copy_->size()) {
    CopyHeader header;
    absl::Status status =
        copy_->ReadAt(copy_position_, sizeof header, reinterpret_cast<char*>(&header));
    if (!status.ok()) return status;
    if (!documents->empty() && header.weight != weight_) break;
    weight_ = header.weight;
    std::string& document = documents->emplace_back(header.size, '\0');
    status = copy_->ReadAt(copy_position_ + static_cast<std::int64_t>(sizeof header), header.size,
                           document.data());
    if (!status.ok()) return status;
    const auto size = static_cast<std::int64_t>(header.size);
    copy_position_ += static_cast<std::int64_t>(sizeof header) + size;
    bytes += size + kOverhead;
    consumed_ += size;
    ++documents_;
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
