// SPDX-License-Identifier: Apache-2.0
#include "corpus/document_source.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece::inline v0 {

VectorSource::VectorSource(std::vector<std::string> documents) : documents_(std::move(documents)) {
  for (const std::string& document : documents_) {
    total_ += static_cast<std::int64_t>(document.size());
  }
}

absl::Status VectorSource::Read(std::int64_t max_bytes, std::vector<std::string>* documents) {
  documents->clear();
  std::int64_t bytes = 0;
  while (next_ < documents_.size() && (documents->empty() || bytes < max_bytes)) {
    documents->push_back(documents_[next_++]);
    bytes += static_cast<std::int64_t>(documents->back().size());
  }
  consumed_ += bytes;
  return absl::OkStatus();
}

std::string VectorSource::identity() const {
  std::string sizes;
  for (const std::string& document : documents_) absl::StrAppend(&sizes, document.size(), " ");
  return sizes;
}

absl::Status VectorSource::Rewind() {
  next_ = 0;
  consumed_ = 0;
  return absl::OkStatus();
}

}  // namespace bytepiece::inline v0
