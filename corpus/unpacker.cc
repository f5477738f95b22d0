// SPDX-License-Identifier: Apache-2.0
#include "corpus/unpacker.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

// The limit of one call to a library, whose counters have 32 bits.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

absl::Status Truncated(const StoredBytes& stored, const char* kind) {
  return absl::DataLossError(absl::StrCat(stored.name(), " is truncated ", kind, " data"));
}

absl::Status Damaged(const StoredBytes& stored, const char* kind, const char* cause) {
  return absl::DataLossError(absl::StrCat(stored.name(), " is damaged ", kind, " data: ", cause));
}

absl::Status TooLarge(const StoredBytes& stored, std::int64_t max_bytes) {
  return absl::ResourceExhaustedError(
      absl::StrCat(stored.name(), " takes more than ", max_bytes >> 20,
                   " MB to unpack, which is what the memory limit leaves for that; raise "
                   "--memory-limit, or pack the file anew without its large window"));
}

class Plain : public Unpacker {
 public:
  absl::StatusOr<std::size_t> Read(StoredBytes* stored, char* bytes, std::size_t size) override {
    if (absl::Status status = stored->FillIfEmpty(); !status.ok()) return status;
    const std::size_t n = std::min(size, stored->available().size());
    std::memcpy(bytes, stored->available().data(), n);
    stored->Consume(n);
    return n;
  }
};

class Gzip : public Unpacker {
 public:
  Gzip() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    initialised_ = inflateInit2(&inflate_, kGzipOnly) == Z_OK;
  }
  ~Gzip() override {
    if (initialised_) inflateEnd(&inflate_);
  }

  absl::StatusOr<std::size_t> Read(StoredBytes* stored, char* bytes, std::size_t size) override {
    if (!initialised_) return absl::ResourceExhaustedError("out of memory for zlib");
    inflate_.next_out = reinterpret_cast<Bytef*>(bytes);
    inflate_.avail_out = static_cast<uInt>(std::min(size, kMostAtOnce));
    const uInt wanted = inflate_.avail_out;
    while (inflate_.avail_out == wanted && wanted > 0) {
      if (absl::Status status = stored->FillIfEmpty(); !status.ok()) return status;
      if (stored->available().empty()) {
        if (!within_member_) break;
        return Truncated(*stored, "gzip");
      }
      if (absl::Status status = InflateAvailable(stored); !status.ok()) return status;
    }
    return wanted - inflate_.avail_out;
  }

 private:
  absl::Status InflateAvailable(StoredBytes* stored) {
    const std::string_view in = stored->available();
    if (!within_member_ && in[0] == '\0') {  // padding after the last member
      stored->Consume(1);
      return absl::OkStatus();
    }
    within_member_ = true;
    inflate_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    inflate_.avail_in = static_cast<uInt>(in.size());
    const int result = inflate(&inflate_, Z_NO_FLUSH);
    stored->Consume(in.size() - inflate_.avail_in);
    if (result == Z_STREAM_END) {
      within_member_ = false;
      inflateReset(&inflate_);
    } else if (result == Z_MEM_ERROR) {
      return absl::ResourceExhaustedError("out of memory for zlib");
    } else if (result != Z_OK) {
      return Damaged(*stored, "gzip", inflate_.msg ? inflate_.msg : zError(result));
    }
    return absl::OkStatus();
  }

  z_stream inflate_ = {};
  bool initialised_ = false;
  bool within_member_ = false;
};

class Zstd : public Unpacker {
 public:
  explicit Zstd(std::int64_t max_bytes)
      : max_bytes_(max_bytes), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    // Files packed with `zstd --long=31` are common among large corpora.
    constexpr int kLargestWindowLog = 31;
    const int log = max_bytes > 0 ? std::bit_width(static_cast<std::uint64_t>(max_bytes)) - 1
                                  : kLargestWindowLog;
    if (context_) {
      ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                             std::clamp(log, 20, kLargestWindowLog));
    }
  }

  absl::StatusOr<std::size_t> Read(StoredBytes* stored, char* bytes, std::size_t size) override {
    if (!context_) return absl::ResourceExhaustedError("out of memory for zstd");
    ZSTD_outBuffer out = {bytes, size, 0};
    while (out.pos == 0 && size > 0) {
      if (absl::Status status = stored->FillIfEmpty(); !status.ok()) return status;
      const std::string_view available = stored->available();
      // At the end of the file the decoder may still hold output back.
      if (available.empty() && !within_frame_) {
        if (any_content_) break;
        return absl::DataLossError(
            absl::StrCat(stored->name(),
                         " holds skippable zstd frames alone, which have no text; leave it out, "
                         "or take its bytes as they are with --compression none"));
      }
      if (!within_frame_) any_content_ |= available.starts_with("\x28\xB5\x2F\xFD");
      ZSTD_inBuffer in = {available.data(), available.size(), 0};
      const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(result)) return Failed(*stored, result);
      stored->Consume(in.pos);
      within_frame_ = result != 0;
      if (available.empty() && out.pos == 0 && within_frame_) return Truncated(*stored, "zstd");
    }
    return out.pos;
  }

 private:
  absl::Status Failed(const StoredBytes& stored, std::size_t result) const {
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_frameParameter_windowTooLarge:
        if (max_bytes_ > 0) return TooLarge(stored, max_bytes_);
        break;
      case ZSTD_error_memory_allocation:
        return absl::ResourceExhaustedError(
            absl::StrCat(stored.name(), ": out of memory for the window of its zstd data"));
      default:
        break;
    }
    return Damaged(stored, "zstd", ZSTD_getErrorName(result));
  }

  std::int64_t max_bytes_;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  bool within_frame_ = false;
  bool any_content_ = false;  // a frame that is not skippable has begun
};

class Xz : public Unpacker {
 public:
  explicit Xz(std::int64_t max_bytes) : max_bytes_(max_bytes) {
    const std::uint64_t limit = max_bytes > 0 ? static_cast<std::uint64_t>(max_bytes)
                                              : std::numeric_limits<std::uint64_t>::max();
    initialised_ = lzma_stream_decoder(&stream_, limit, LZMA_CONCATENATED) == LZMA_OK;
  }
  ~Xz() override { lzma_end(&stream_); }

  absl::StatusOr<std::size_t> Read(StoredBytes* stored, char* bytes, std::size_t size) override {
    if (!initialised_) return absl::ResourceExhaustedError("out of memory for liblzma");
    stream_.next_out = reinterpret_cast<std::uint8_t*>(bytes);
    stream_.avail_out = size;
    while (stream_.avail_out == size && size > 0 && !ended_) {
      if (absl::Status status = stored->FillIfEmpty(); !status.ok()) return status;
      const std::string_view in = stored->available();
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
      stream_.avail_in = in.size();
      const lzma_ret result = lzma_code(&stream_, in.empty() ? LZMA_FINISH : LZMA_RUN);
      stored->Consume(in.size() - stream_.avail_in);
      ended_ = result == LZMA_STREAM_END;
      if (result != LZMA_OK && !ended_) return Failed(*stored, result);
    }
    return size - stream_.avail_out;
  }

 private:
  absl::Status Failed(const StoredBytes& stored, lzma_ret result) const {
    switch (result) {
      case LZMA_BUF_ERROR:
        return Truncated(stored, "xz");
      case LZMA_MEMLIMIT_ERROR:
        return TooLarge(stored, max_bytes_);
      case LZMA_MEM_ERROR:
        return absl::ResourceExhaustedError("out of memory for liblzma");
      case LZMA_OPTIONS_ERROR:
        return Damaged(stored, "xz", "options that liblzma does not know");
      case LZMA_FORMAT_ERROR:
        return Damaged(stored, "xz", "bytes that are no xz stream");
      default:
        return Damaged(stored, "xz", "its checks fail");
    }
  }

  std::int64_t max_bytes_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool initialised_ = false;
  bool ended_ = false;
};

class Bzip2 : public Unpacker {
 public:
  Bzip2() { initialised_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK; }
  ~Bzip2() override {
    if (initialised_) BZ2_bzDecompressEnd(&stream_);
  }

  absl::StatusOr<std::size_t> Read(StoredBytes* stored, char* bytes, std::size_t size) override {
    stream_.next_out = bytes;
    stream_.avail_out = static_cast<unsigned>(std::min(size, kMostAtOnce));
    const unsigned wanted = stream_.avail_out;
    while (stream_.avail_out == wanted && wanted > 0) {
      if (!initialised_) return absl::ResourceExhaustedError("out of memory for bzip2");
      if (absl::Status status = stored->FillIfEmpty(); !status.ok()) return status;
      const std::string_view in = stored->available();
      if (in.empty()) {
        if (!within_stream_) break;
        return Truncated(*stored, "bzip2");
      }
      within_stream_ = true;
      stream_.next_in = const_cast<char*>(in.data());
      stream_.avail_in = static_cast<unsigned>(in.size());
      const int result = BZ2_bzDecompress(&stream_);
      stored->Consume(in.size() - stream_.avail_in);
      if (result == BZ_STREAM_END) {
        within_stream_ = false;
        Restart();
      } else if (result == BZ_MEM_ERROR) {
        initialised_ = false;
      } else if (result != BZ_OK) {
        return Damaged(
            *stored, "bzip2",
            result == BZ_DATA_ERROR_MAGIC ? "bytes that are no bzip2 stream" : "its checks fail");
      }
    }
    return wanted - stream_.avail_out;
  }

 private:
  // Prepares for the next stream, with what is left of the output.
  void Restart() {
    const bz_stream old = stream_;
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    initialised_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
    stream_.next_out = old.next_out;
    stream_.avail_out = old.avail_out;
  }

  bz_stream stream_ = {};
  bool initialised_ = false;
  bool within_stream_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> Unpacker::Create(Compression compression, std::int64_t max_bytes) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<Gzip>();
    case Compression::kZstd:
      return std::make_unique<Zstd>(max_bytes);
    case Compression::kXz:
      return std::make_unique<Xz>(max_bytes);
    case Compression::kBzip2:
      return std::make_unique<Bzip2>();
    case Compression::kAuto:
    case Compression::kNone:
      break;
  }
  return std::make_unique<Plain>();
}

}  // namespace bytepiece
