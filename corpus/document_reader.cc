// SPDX-License-Identifier: Apache-2.0
#include "corpus/document_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/base/quoted.h"
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
  return absl::InvalidArgumentError(absl::StrCat(
      name, " is ", std::string(kind.what),
      kind.what.ends_with(" text") ? ", not UTF-8; " : ", not text; ", std::string(kind.remedy),
      ", or take its bytes as they are with --input-format text"));
}

absl::Status CheckKind(const std::string& name, const ByteStream& stream, std::string_view start,
                       const CorpusOptions& options) {
  FileKind kind = KindByContent(start);
  const bool nul_separates =
      options.unit == DocumentUnit::kSeparator && options.separator.find('\0') != std::string::npos;
  if (kind.what.empty() && !nul_separates && IsUtf16WithoutMark(start)) {
    kind = {"UTF-16 text", "convert it to UTF-8 first (iconv)"};
  }
  if (kind.what.empty()) kind = KindByName(name);
  if (kind.what.empty() && stream.packed() && CompressionByContent(start) != Compression::kNone) {
    kind = {"packed twice", "unpack it first"};
  }
  return kind.what.empty() ? absl::OkStatus() : Refuse(name, kind);
}

// Whether there is a line, and nothing more as long as whoever wrote it waits for the answer.
bool AwaitsAnswer(const CorpusOptions& options, const ByteStream& stream, std::string_view text) {
  return options.answer_pipes && text.find('\n') != text.npos && !stream.ready();
}

// What a file of no known ending begins with, blank lines aside.
enum class FirstLine {
  kText,
  kObjectWithField,
  kObjectWithout,
  kLongObject,  // what begins as one and goes on beyond kMostFirstLine
  kLongBlank,   // blank as far as kMostFirstLine
};

// From the first character that is not blank on.
std::string_view WithoutBlank(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// Whether an object with a field may begin here.
bool BeginsObject(std::string_view line) {
  if (!line.starts_with('{')) return false;
  line.remove_prefix(1);
  return WithoutBlank(line).starts_with('"');
}

absl::StatusOr<FirstLine> FindFirstLine(const CorpusOptions& options, ByteStream* stream,
                                        std::string* start) {
  absl::Status status = ReadStart(stream, start, [&](std::string_view text) {
    if (text.size() >= kMostFirstLine) return false;
    const std::string_view rest = WithoutBlank(text);
    if (!rest.empty()) return rest[0] == '{' && rest.find('\n') == rest.npos;
    return !AwaitsAnswer(options, *stream, text);
  });
  if (!status.ok()) return status;
  std::string_view line = WithoutBlank(*start);
  if (start->size() >= kMostFirstLine) {
    if (line.empty()) return FirstLine::kLongBlank;
    if (line.find('\n') == line.npos && BeginsObject(line)) return FirstLine::kLongObject;
  }
  line = line.substr(0, line.find('\n'));
  if (!line.starts_with('{')) return FirstLine::kText;
  if (JsonLineParser(options.field).HasField(line)) return FirstLine::kObjectWithField;
  return JsonLineParser::IsObject(line) ? FirstLine::kObjectWithout : FirstLine::kText;
}

// The format of a file whose name does not tell.
absl::StatusOr<InputFormat> FormatByContent(const std::string& name, const CorpusOptions& options,
                                            ByteStream* stream, std::string* start) {
  const absl::StatusOr<FirstLine> first = FindFirstLine(options, stream, start);
  if (!first.ok()) return first.status();
  const auto undecided = [&](const char* what) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " begins with ", what, " longer than ", kMostFirstLine >> 20,
                     " MB, so what it is stays open; say --input-format jsonl or text"));
  };
  switch (*first) {
    case FirstLine::kObjectWithField:
      return InputFormat::kJsonLines;
    case FirstLine::kLongObject:
      return undecided("a JSON object");
    case FirstLine::kLongBlank:
      return undecided("white space");
    case FirstLine::kObjectWithout:
      return absl::InvalidArgumentError(
          absl::StrCat(name, " begins with a JSON object that has no field ", Quoted(options.field),
                       "; choose with --field, or take it as text with --input-format text"));
    case FirstLine::kText:
      break;
  }
  if (!options.field_is_stated || start->empty()) return InputFormat::kText;
  return absl::InvalidArgumentError(absl::StrCat(
      name,
      " does not begin with a JSON object a line, so --field means nothing to it; leave it "
      "out, or say --input-format jsonl"));
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
  struct stat info = {};
  reader.is_file_ = fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode);
  const bool text_is_stated = options.format == InputFormat::kText;
  absl::StatusOr<std::unique_ptr<ByteStream>> stream =
      ByteStream::Open(std::move(file), reader.name_,
                       {options.compression, text_is_stated, options.max_unpacking_bytes});
  if (!stream.ok()) return stream.status();
  std::string start;
  absl::Status status = ReadStart(stream->get(), &start, [&](std::string_view text) {
    const bool may_be_mark =
        text.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(text);
    return (MayShowKind(text) || may_be_mark) && !AwaitsAnswer(options, **stream, text);
  });
  if (status.ok() && options.format == InputFormat::kAuto) {
    status = CheckKind(reader.name_, **stream, start, options);
  }
  if (!status.ok()) return status;
  InputFormat format = options.format == InputFormat::kAuto ? input.format : options.format;
  if (format == InputFormat::kAuto) {
    const absl::StatusOr<InputFormat> found =
        FormatByContent(reader.name_, options, stream->get(), &start);
    if (!found.ok()) return found.status();
    format = *found;
    reader.json_by_content_ = format == InputFormat::kJsonLines;
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
    if (too_long && !is_file_) {
      if (status = parts_->SkipDocument().status(); !status.ok()) return status;
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

absl::Status DocumentReader::TooLong() {
  const PartOptions& parts = options_->parts;
  const auto most = static_cast<std::int64_t>(parts.most_held_bytes);
  std::int64_t size = 0;
  // A damaged end is left to be found when it is read for its text.
  if (is_file_) size = parts_->SkipDocument().value_or(0);
  const std::string limit =
      absl::StrCat(" has no room within the memory limit of ", parts.memory_limit >> 20,
                   "M, which leaves ", most >> 10, " kB for one; raise --memory-limit");
  std::string enough;
  if (size > most) {
    // Some more, as what is shared out depends a little on the limit itself.
    const std::int64_t bytes = parts.memory_limit + (size - most) * parts.memory_per_byte;
    enough = absl::StrCat(" to ", ((bytes + bytes / 16) >> 20) + 16,
                          "M, which is enough whatever the text");
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      json_ ? "a line" : "text that must be held whole", size > most ? " of " : " of more than ",
      std::max(size, most) >> 10, " kB", limit, enough,
      json_ ? ", or leave such lines out with --on-bad-line skip"
            : ", or cut the text into shorter lines or documents"));
}

}  // namespace bytepiece
