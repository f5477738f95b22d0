// SPDX-License-Identifier: Apache-2.0
#include "corpus/delimited_reader.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/text/splitter.h"
#include "corpus/line_cut.h"

namespace bytepiece {
namespace {

constexpr std::size_t kReadSize = std::size_t{1} << 18;

}  // namespace

DelimitedReader::DelimitedReader(std::unique_ptr<ByteStream> stream, std::string delimiter,
                                 const PartOptions& options, std::string start)
    : stream_(std::move(stream)),
      delimiter_(std::move(delimiter)),
      options_(options),
      buffer_(std::move(start)) {}

absl::StatusOr<bool> DelimitedReader::Next(DocumentPart* part) {
  part->text.clear();
  for (;;) {
    const std::size_t end = FindEnd();
    std::size_t size = end;
    // Without what may be the start of the delimiter.
    if (end == kNowhere) size = delimiter_.empty() ? rest().size() : no_end_before_;
    bool anywhere = false;
    const std::size_t cut = FindCut(size, &anywhere);
    const bool cuts = cut != kNowhere;
    if (options_.most_held_bytes > 0 && (cuts ? cut : size) > options_.most_held_bytes) {
      return absl::OutOfRangeError(
          absl::StrCat("longer than ", options_.most_held_bytes, " bytes"));
    }
    if (cuts || end != kNowhere) {
      // A document that came in parts up to its very end still ends, with an empty part.
      const bool any = cuts || end < rest().size() || size > 0 || within_document_ ||
                       (delimiter_.empty() && !any_given_);
      part->begins_document = !within_document_;
      part->ends_document = !cuts;
      part->cut_anywhere = anywhere;
      within_document_ = cuts;
      any_given_ = true;
      Take(cuts ? cut : size, part);
      if (!cuts) begin_ = std::min(begin_ + delimiter_.size(), buffer_.size());
      return any;
    }
    if (absl::Status status = Refill(); !status.ok()) return status;
  }
}

std::size_t DelimitedReader::FindEnd() {
  if (!delimiter_.empty()) {
    const std::size_t found = rest().find(delimiter_, no_end_before_);
    if (found != std::string_view::npos) {
      no_end_before_ = found;
      return found;
    }
    // A delimiter may stand across the end of what was searched.
    no_end_before_ = rest().size() - std::min(rest().size(), delimiter_.size() - 1);
  }
  return ended_ ? rest().size() : kNowhere;
}

std::size_t DelimitedReader::FindCut(std::size_t size, bool* anywhere) {
  const bool too_long = options_.long_line_bytes > 0 && size > options_.long_line_bytes;
  // No further than a long line goes, so that cuts do not depend on how much was read.
  const std::string_view text = rest().substr(0, too_long ? options_.long_line_bytes : size);
  if (options_.part_bytes > 0 && text.size() > options_.part_bytes) {
    const std::size_t from = std::max(options_.part_bytes, no_cut_before_);
    const std::size_t cut = NextSafeCut(text, from);
    // A cut at the end of what is there is none: more newlines may follow.
    if (cut < text.size()) return cut;
    no_cut_before_ = std::max(from, text.find_last_not_of('\n') + 1);
  }
  if (!too_long) return kNowhere;
  switch (options_.long_lines) {
    case LongLines::kWhole:
      return kNowhere;
    case LongLines::kAnywhere:
      *anywhere = true;
      return text.size();
    case LongLines::kTrainingChunks:
      break;
  }
  const std::size_t cut = LastTrainingCut(options_.line_cut, text);
  return cut > 0 ? cut : kNowhere;
}

void DelimitedReader::Take(std::size_t size, DocumentPart* part) {
  if (begin_ == 0 && size == buffer_.size()) {
    part->text.swap(buffer_);
    buffer_.clear();
  } else {
    part->text.assign(buffer_, begin_, size);
    begin_ += size;
  }
  no_end_before_ = 0;
  no_cut_before_ = 0;
}

absl::StatusOr<std::int64_t> DelimitedReader::SkipDocument() {
  DocumentPart part;
  std::int64_t skipped = 0;
  for (;;) {
    const std::size_t end = FindEnd();
    // Without a delimiter, no end is sought before the stream's.
    const std::size_t known = delimiter_.empty() ? rest().size() : no_end_before_;
    Take(std::min(end, known), &part);
    skipped += static_cast<std::int64_t>(part.text.size());
    if (end != kNowhere) {
      begin_ = std::min(begin_ + delimiter_.size(), buffer_.size());
      within_document_ = false;
      return skipped;
    }
    if (absl::Status status = Refill(); !status.ok()) return status;
  }
}

absl::StatusOr<bool> DelimitedReader::Ready() {
  while (FindEnd() == kNowhere) {
    if (rest().size() > kReadSize) return true;  // not waited for, whatever comes of it
    if (!stream_->ready()) return false;
    if (absl::Status status = Refill(); !status.ok()) return status;
  }
  return true;
}

absl::Status DelimitedReader::Refill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const absl::StatusOr<std::size_t> got = AppendSome(stream_.get(), &buffer_);
  if (!got.ok()) return got.status();
  ended_ = *got == 0;
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> AppendSome(ByteStream* stream, std::string* bytes) {
  const std::size_t size = bytes->size();
  bytes->resize(size + kReadSize);
  const absl::StatusOr<std::size_t> got = stream->Read(bytes->data() + size, kReadSize);
  bytes->resize(size + (got.ok() ? *got : 0));
  return got;
}

absl::StatusOr<std::string> ReadAll(ByteStream* stream) {
  std::string bytes;
  for (;;) {
    const absl::StatusOr<std::size_t> got = AppendSome(stream, &bytes);
    if (!got.ok()) return got.status();
    if (*got == 0) return bytes;
  }
}

}  // namespace bytepiece
