// SPDX-License-Identifier: Apache-2.0
#include "corpus/byte_stream.h"

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "corpus/stored_bytes.h"
#include "corpus/unpacker.h"

namespace bytepiece {
namespace {

class UnpackedStream : public ByteStream {
 public:
  UnpackedStream(StoredBytes stored, Compression compression, std::int64_t max_bytes)
      : stored_(std::move(stored)),
        packed_(compression != Compression::kNone),
        unpacker_(Unpacker::Create(compression, max_bytes)) {}

  absl::StatusOr<std::size_t> Read(char* bytes, std::size_t size) override {
    return unpacker_->Read(&stored_, bytes, size);
  }
  bool ready() const override { return stored_.ready(); }
  bool packed() const override { return packed_; }
  std::int64_t consumed() const override { return stored_.consumed(); }

 private:
  StoredBytes stored_;
  bool packed_;
  std::unique_ptr<Unpacker> unpacker_;
};

// Reads what it takes to tell how the file is packed, and no more from a pipe in which somebody
// waits for an answer.
absl::Status ReadHeader(StoredBytes* stored) {
  const auto undecided = [](std::string_view start) {
    return start.empty() || BeginsAs(Compression::kGzip, start) ||
           BeginsAs(Compression::kZstd, start) || BeginsAs(Compression::kXz, start) ||
           BeginsAs(Compression::kBzip2, start);
  };
  while (stored->available().size() < kHeaderBytes && undecided(stored->available())) {
    const std::size_t size = stored->available().size();
    if (absl::Status status = stored->Fill(size + 1); !status.ok()) return status;
    if (stored->available().size() == size) break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteStream>> ByteStream::Open(FileDescriptor file, std::string name,
                                                             const StreamOptions& options) {
  StoredBytes stored(std::move(file), name);
  if (absl::Status status = ReadHeader(&stored); !status.ok()) return status;
  Compression compression = options.compression;
  const bool by_name = compression == Compression::kAuto;
  if (by_name) compression = CompressionByName(name);
  if (compression != Compression::kNone && !BeginsAs(compression, stored.available())) {
    return absl::DataLossError(
        absl::StrCat(name, stored.available().empty() ? " is empty, not " : " is not ",
                     CompressionName(compression), " data, though ",
                     by_name ? "its name says so; --compression none takes it as it is"
                             : "--compression says so"));
  }
  if (by_name && compression == Compression::kNone && !options.name_alone) {
    compression = CompressionByContent(stored.available());
  }
  return std::make_unique<UnpackedStream>(std::move(stored), compression,
                                          options.max_unpacking_bytes);
}

}  // namespace bytepiece
