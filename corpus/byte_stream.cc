// SPDX-License-Identifier: Apache-2.0
#include "corpus/byte_stream.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 18;

}  // namespace

// The file as stored, through a buffer whose content can be looked at.
class StoredBytes {
 public:
  StoredBytes(FileDescriptor file, std::string name)
      : file_(std::move(file)), name_(std::move(name)), buffer_(kBufferSize) {}

  const std::string& name() const { return name_; }
  std::int64_t consumed() const { return consumed_; }
  std::string_view available() const { return {buffer_.data() + begin_, end_ - begin_}; }

  void Consume(std::size_t size) {
    begin_ += size;
    consumed_ += static_cast<std::int64_t>(size);
  }

  // Reads until `size` bytes are available or the file ends.
  absl::Status Fill(std::size_t size) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    while (end_ < size) {
      const absl::StatusOr<std::size_t> got =
          ReadSome(file_.get(), name_, buffer_.data() + end_, buffer_.size() - end_);
      if (!got.ok()) return got.status();
      if (*got == 0) break;
      end_ += *got;
    }
    return absl::OkStatus();
  }

  // Makes at least one byte available unless the file has ended.
  absl::Status FillIfEmpty() { return begin_ == end_ ? Fill(1) : absl::OkStatus(); }

 private:
  FileDescriptor file_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t consumed_ = 0;
};

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(StoredBytes stored) : stored_(std::move(stored)) {}

  absl::StatusOr<std::size_t> Read(char* bytes, std::size_t size) override {
    if (absl::Status status = stored_.FillIfEmpty(); !status.ok()) return status;
    const std::size_t n = std::min(size, stored_.available().size());
    std::memcpy(bytes, stored_.available().data(), n);
    stored_.Consume(n);
    return n;
  }
  std::int64_t consumed() const override { return stored_.consumed(); }

 private:
  StoredBytes stored_;
};

class GzipStream : public ByteStream {
 public:
  explicit GzipStream(StoredBytes stored) : stored_(std::move(stored)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    initialised_ = inflateInit2(&inflate_, kGzipOnly) == Z_OK;
  }
  ~GzipStream() override {
    if (initialised_) inflateEnd(&inflate_);
  }

  absl::StatusOr<std::size_t> Read(char* bytes, std::size_t size) override {
    if (!initialised_) return absl::ResourceExhaustedError("zlib could not be initialised");
    inflate_.next_out = reinterpret_cast<Bytef*>(bytes);
    inflate_.avail_out = static_cast<uInt>(std::min(size, kBufferSize));
    const uInt wanted = inflate_.avail_out;
    while (inflate_.avail_out == wanted && wanted > 0) {
      if (absl::Status status = stored_.FillIfEmpty(); !status.ok()) return status;
      if (stored_.available().empty()) {
        if (!within_member_) break;
        return absl::DataLossError(absl::StrCat(stored_.name(), " is truncated gzip data"));
      }
      if (absl::Status status = InflateAvailable(); !status.ok()) return status;
    }
    return wanted - inflate_.avail_out;
  }
  std::int64_t consumed() const override { return stored_.consumed(); }

 private:
  absl::Status InflateAvailable() {
    const std::string_view in = stored_.available();
    if (!within_member_ && in[0] == '\0') {  // padding after the last member
      stored_.Consume(1);
      return absl::OkStatus();
    }
    within_member_ = true;
    inflate_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    inflate_.avail_in = static_cast<uInt>(in.size());
    const int result = inflate(&inflate_, Z_NO_FLUSH);
    stored_.Consume(in.size() - inflate_.avail_in);
    if (result == Z_STREAM_END) {
      within_member_ = false;
      inflateReset(&inflate_);
    } else if (result != Z_OK) {
      return absl::DataLossError(absl::StrCat(
          stored_.name(), " is damaged gzip data: ", inflate_.msg ? inflate_.msg : zError(result)));
    }
    return absl::OkStatus();
  }

  StoredBytes stored_;
  z_stream inflate_ = {};
  bool initialised_ = false;
  bool within_member_ = false;
};

class ZstdStream : public ByteStream {
 public:
  explicit ZstdStream(StoredBytes stored)
      : stored_(std::move(stored)), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    // Files packed with `zstd --long=31` are common among large corpora.
    if (context_) ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 31);
  }

  absl::StatusOr<std::size_t> Read(char* bytes, std::size_t size) override {
    if (!context_) return absl::ResourceExhaustedError("zstd could not be initialised");
    ZSTD_outBuffer out = {bytes, size, 0};
    while (out.pos == 0 && size > 0) {
      if (absl::Status status = stored_.FillIfEmpty(); !status.ok()) return status;
      const std::string_view available = stored_.available();
      // At the end of the file the decoder may still hold output back.
      ZSTD_inBuffer in = {available.data(), available.size(), 0};
      if (available.empty() && !within_frame_) break;
      const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(result)) {
        return absl::DataLossError(
            absl::StrCat(stored_.name(), " is damaged zstd data: ", ZSTD_getErrorName(result)));
      }
      stored_.Consume(in.pos);
      within_frame_ = result != 0;
      if (available.empty() && out.pos == 0 && within_frame_) {
        return absl::DataLossError(absl::StrCat(stored_.name(), " is truncated zstd data"));
      }
    }
    return out.pos;
  }
  std::int64_t consumed() const override { return stored_.consumed(); }

 private:
  StoredBytes stored_;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  bool within_frame_ = false;
};

bool IsGzip(std::string_view start) { return start.starts_with("\x1F\x8B"); }

// A frame, or a skippable frame as pzstd writes it.
bool IsZstd(std::string_view start) {
  return start.starts_with("\x28\xB5\x2F\xFD") ||
         (start.size() >= 4 && (start[0] & 0xF0) == 0x50 && start.substr(1, 3) == "\x2A\x4D\x18");
}

absl::StatusOr<std::unique_ptr<ByteStream>> ByteStream::Open(FileDescriptor file,
                                                             std::string name) {
  StoredBytes stored(std::move(file), name);
  if (absl::Status status = stored.Fill(4); !status.ok()) return status;
  const std::string_view start = stored.available();
  const bool gzip = IsGzip(start);
  const bool zstd = IsZstd(start);
  if ((name.ends_with(".gz") && !gzip) || (name.ends_with(".zst") && !zstd)) {
    return absl::DataLossError(absl::StrCat(name, " is not ",
                                            name.ends_with(".gz") ? "gzip" : "zstd",
                                            " data, though its name says so"));
  }
  if (gzip) return std::make_unique<GzipStream>(std::move(stored));
  if (zstd) return std::make_unique<ZstdStream>(std::move(stored));
  return std::make_unique<PlainStream>(std::move(stored));
}

}  // namespace bytepiece
