// SPDX-License-Identifier: Apache-2.0
// A byte stream cut at a delimiter into lines, or documents between separators; long ones in
// parts, if so wished.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/corpus_options.h"
#include "corpus/document_part.h"

namespace bytepiece {

// Each document ends at the delimiter, which is not part of it, or at the end of the stream:
// "a\nb" and "a\nb\n" are both "a", "b"; "a\n\n" is "a", ""; "" is nothing. Without a delimiter
// the stream is one document, "" an empty one. Memory: the longest part, plus a buffer. Time:
// linear, also for one part of many GB.
class DelimitedReader {
 public:
  // `start` was read from the stream before. An empty delimiter: none.
  DelimitedReader(std::unique_ptr<ByteStream> stream, std::string delimiter,
                  const PartOptions& options = {}, std::string start = {});

  // Replaces *part. False, and its text empty, at the end. A part that would be longer than
  // PartOptions::most_held_bytes is an OutOfRange error, after which SkipDocument may go on.
  absl::StatusOr<bool> Next(DocumentPart* part);

  // Reads on after the document that Next could not hold, and returns how many bytes it had left.
  absl::StatusOr<std::int64_t> SkipDocument();

  // Whether Next returns without waiting (ByteStream::ready): reads what is there to tell.
  absl::StatusOr<bool> Ready();

  std::int64_t consumed() const { return stream_->consumed(); }

 private:
  static constexpr std::size_t kNowhere = std::string::npos;

  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }
  // Where in rest() the document ends, as far as is known.
  std::size_t FindEnd();
  // Where in the first `size` bytes of rest() it is to be cut; kNowhere: not yet.
  std::size_t FindCut(std::size_t size, bool* anywhere);
  // Moves the first `size` bytes of rest() to *part.
  void Take(std::size_t size, DocumentPart* part);
  absl::Status Refill();

  std::unique_ptr<ByteStream> stream_;
  std::string delimiter_;
  PartOptions options_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t no_end_before_ = 0;  // in rest()
  std::size_t no_cut_before_ = 0;  // in rest()
  bool ended_ = false;
  bool within_document_ = false;  // part of it was given
  bool any_given_ = false;
};

// Appends up to 256 kB of what is left of `stream`; 0 at the end.
absl::StatusOr<std::size_t> AppendSome(ByteStream* stream, std::string* bytes);

// All that is left of `stream`.
absl::StatusOr<std::string> ReadAll(ByteStream* stream);

}  // namespace bytepiece
