// SPDX-License-Identifier: Apache-2.0
#include "corpus/document_reader.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "corpus/file_kind.h"

namespace bytepiece {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// So far the first line is sought for an object.
constexpr std::size_t kMostFirstLine = std::size_t{1} << 20;

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Reads on while `wants_more` says so of what is there.
template <typename WantsMore>
absl::Status ReadStart(ByteStream* stream, std::string* start, WantsMore wants_more) {
  while (wants_more(*start)) {
    const absl::StatusOr<std::size_t> got = AppendSome(stream, start);
    if (!got.ok()) return got.status();
    if (*got == 0) break;
  }
  return absl::OkStatus();
}

absl::Status Refuse(const std::string& name, const FileKind& kind) {
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", std::string(kind.what), ", not text; ", std::string(kind.remedy),
                   ", or take its bytes as they are with --input-format text"));
}

absl::Status CheckKind(const std::string& name, const ByteStream& stream, std::string_view start) {
  FileKind kind = KindByContent(start);
  if (kind.what.empty()) kind = KindByName(name);
  if (kind.what.empty() && stream.packed() && CompressionByContent(start) != Compression::kNone) {
    kind = {"packed twice", "unpack it first"};
  }
  return kind.what.empty() ? absl::OkStatus() : Refuse(name, kind);
}

// Whether the first line is an object that has the field.
absl::StatusOr<bool> BeginsAsJsonLines(const JsonLineParser& parser, ByteStream* stream,
                                       std::string* start) {
  const auto may_be_object = [](std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    const std::size_t first = text.find_first_not_of(" \t");
    return first == text.npos ? text.empty() : text[first] == '{';
  };
  absl::Status status = ReadStart(stream, start, [&](std::string_view text) {
    return may_be_object(text) && text.find('\n') == text.npos && text.size() < kMostFirstLine;
  });
  if (!status.ok()) return status;
  if (!may_be_object(*start)) return false;
  std::string_view line = std::string_view(*start).substr(0, start->find('\n'));
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return parser.HasField(line);
}

std::string Delimiter(const CorpusOptions& options) {
  switch (options.unit) {
    case DocumentUnit::kFile:
      break;
    case DocumentUnit::kLine:
      return "\n";
    case DocumentUnit::kSeparator:
      return options.separator;
  }
  return "";
}

}  // namespace

absl::StatusOr<DocumentReader> DocumentReader::Open(const InputFile& input, FileDescriptor file,
                                                    const CorpusOptions& options) {
  DocumentReader reader;
  reader.name_ = DisplayName(input.path);
  reader.options_ = &options;
  const bool text_is_stated = options.format == InputFormat::kText;
  absl::StatusOr<std::unique_ptr<ByteStream>> stream =
      ByteStream::Open(std::move(file), reader.name_,
                       {options.compression, text_is_stated, options.max_unpacking_bytes});
  if (!stream.ok()) return stream.status();
  std::string start;
  absl::Status status = ReadStart(stream->get(), &start, [](std::string_view text) {
    return MayShowKind(text) ||
           (text.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(text));
  });
  if (status.ok() && options.format == InputFormat::kAuto) {
    status = CheckKind(reader.name_, **stream, start);
  }
  if (!status.ok()) return status;
  InputFormat format = options.format == InputFormat::kAuto ? input.format : options.format;
  if (format == InputFormat::kAuto) {
    const absl::StatusOr<bool> is_json =
        BeginsAsJsonLines(JsonLineParser(options.field), stream->get(), &start);
    if (!is_json.ok()) return is_json.status();
    reader.json_by_content_ = *is_json;
    format = *is_json ? InputFormat::kJsonLines : InputFormat::kText;
  }
  const bool is_json = format == InputFormat::kJsonLines;
  if (start.starts_with(kByteOrderMark) && (is_json || !options.keep_byte_order_mark)) {
    start.erase(0, kByteOrderMark.size());
  }
  if (is_json) {
    reader.json_.emplace(options.field);
    PartOptions whole;
    whole.most_held_bytes = options.parts.most_held_bytes;
    reader.parts_.emplace(*std::move(stream), "\n", whole, std::move(start));
  } else {
    reader.parts_.emplace(*std::move(stream), Delimiter(options), options.parts, std::move(start));
  }
  return reader;
}

absl::StatusOr<bool> DocumentReader::Next(DocumentPart* part, InputNotes* notes) {
  if (json_) return NextJsonLine(part, notes);
  absl::StatusOr<bool> more = parts_->Next(part);
  if (absl::IsOutOfRange(more.status())) {
    return absl::ResourceExhaustedError(absl::StrCat(name_, ": ", TooLong().message()));
  }
  return more;
}

absl::StatusOr<bool> DocumentReader::NextJsonLine(DocumentPart* part, InputNotes* notes) {
  *part = DocumentPart();
  for (;;) {
    const absl::StatusOr<bool> more = parts_->Next(&line_);
    absl::Status status = more.status();
    if (status.ok() && !*more) return false;
    const bool too_long = absl::IsOutOfRange(status);
    if (!status.ok() && !too_long) return status;
    ++line_number_;
    if (too_long) {
      status = TooLong();
    } else {
      if (IsBlank(line_.text)) continue;
      status = ParseLine(part, notes);
    }
    if (status.ok()) return true;
    if (!options_->skip_bad) return LineError(status);
    notes->LeaveOut(std::string(LineError(status).message()));
    if (too_long) {
      if (status = parts_->SkipDocument(); !status.ok()) return status;
    }
  }
}

absl::Status DocumentReader::ParseLine(DocumentPart* part, InputNotes* notes) {
  const std::int64_t before = notes->replaced;
  absl::Status status = json_->Parse(line_.text, &part->text, &notes->replaced);
  if (before == 0 && notes->replaced > 0) {
    notes->first_replaced = absl::StrCat(name_, ":", line_number_);
  }
  return status;
}

absl::Status DocumentReader::LineError(const absl::Status& status) const {
  return absl::Status(
      status.code(),
      absl::StrCat(name_, ":", line_number_, ": ", status.message(),
                   json_by_content_ ? " (JSON Lines by its first line; --input-format text takes "
                                      "it as text)"
                                    : ""));
}

absl::Status DocumentReader::TooLong() const {
  return absl::ResourceExhaustedError(
      absl::StrCat(json_ ? "a line" : "text that must be held whole", " of more than ",
                   options_->parts.most_held_bytes >> 10,
                   " kB has no room within the memory limit; raise --memory-limit",
                   json_ ? ", or leave such lines out with --on-bad-line skip"
                         : ", or cut the text into shorter lines or documents"));
}

}  // namespace bytepiece
