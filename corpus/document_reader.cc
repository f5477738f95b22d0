// SPDX-License-Identifier: Apache-2.0
#include "corpus/document_reader.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

bool IsBlank(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos;
}

void StripByteOrderMark(std::string* line) {
  if (line->starts_with("\xEF\xBB\xBF")) line->erase(0, 3);
}

}  // namespace

absl::StatusOr<DocumentReader> DocumentReader::Open(const InputFile& input, FileDescriptor file,
                                                    const CorpusOptions& options) {
  DocumentReader reader;
  reader.name_ = DisplayName(input.path);
  absl::StatusOr<std::unique_ptr<ByteStream>> stream =
      ByteStream::Open(std::move(file), reader.name_);
  if (!stream.ok()) return stream.status();
  if (input.json_lines) {
    reader.json_.emplace(options.field);
    reader.parts_.emplace(*std::move(stream), "\n");
  } else if (options.unit == DocumentUnit::kFile) {
    reader.whole_ = *std::move(stream);
    reader.part_bytes_ = options.part_bytes > 0 ? options.part_bytes : std::string::npos;
  } else {
    const bool lines = options.unit == DocumentUnit::kLine;
    reader.parts_.emplace(*std::move(stream), lines ? "\n" : options.separator);
  }
  return reader;
}

absl::StatusOr<bool> DocumentReader::Next(std::string* document) {
  if (json_) return NextJsonLine(document);
  if (parts_) return parts_->Next(document);
  return NextPart(document);
}

absl::StatusOr<bool> DocumentReader::NextPart(std::string* part) {
  part->clear();
  started_ = !any_given_;
  // Each search looks at twice as much, so that a file without a cut is searched
  // in linear time.
  for (std::size_t wanted = part_bytes_;;) {
    wanted = wanted > rest_.max_size() / 4 ? wanted : 2 * wanted;
    while (!ended_ && rest_.size() < wanted) {
      const absl::StatusOr<std::size_t> got = AppendSome(whole_.get(), &rest_);
      if (!got.ok()) return got.status();
      ended_ = *got == 0;
    }
    // A cut at the end of what is there is none: more newlines may follow.
    const std::size_t cut =
        rest_.size() > part_bytes_ ? NextSafeCut(rest_, part_bytes_) : rest_.size();
    if (cut == rest_.size() && !ended_) continue;
    if (cut == 0 && any_given_) return false;
    any_given_ = true;
    if (cut == rest_.size()) {
      part->swap(rest_);
      rest_.clear();
    } else {
      part->assign(rest_, 0, cut);
      rest_.erase(0, cut);
    }
    return true;
  }
}

absl::StatusOr<bool> DocumentReader::NextJsonLine(std::string* document) {
  for (;;) {
    const absl::StatusOr<bool> more = parts_->Next(&line_);
    if (!more.ok() || !*more) return more;
    if (++line_number_ == 1) StripByteOrderMark(&line_);
    if (IsBlank(line_)) continue;
    if (absl::Status status = json_->Parse(&line_, document); !status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat(name_, ":", line_number_, ": ", status.message()));
    }
    return true;
  }
}

}  // namespace bytepiece
