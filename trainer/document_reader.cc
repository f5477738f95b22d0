// SPDX-License-Identifier: Apache-2.0
#include "trainer/document_reader.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

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
  } else {
    const bool lines = options.unit == DocumentUnit::kLine;
    reader.parts_.emplace(*std::move(stream), lines ? "\n" : options.separator);
  }
  return reader;
}

absl::StatusOr<bool> DocumentReader::Next(std::string* document) {
  if (json_) return NextJsonLine(document);
  if (parts_) return parts_->Next(document);
  document->clear();
  if (std::exchange(whole_read_, true)) return false;
  absl::StatusOr<std::string> all = ReadAll(whole_.get());
  if (!all.ok()) return all.status();
  *document = *std::move(all);
  return true;
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
