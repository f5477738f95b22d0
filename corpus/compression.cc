// SPDX-License-Identifier: Apache-2.0
#include "corpus/compression.h"

#include <zstd.h>

#include <algorithm>

namespace bytepiece {
namespace {

struct Kind {
  Compression compression;
  const char* name;
  std::string_view ending;
  std::string_view magic;
};

constexpr Kind kKinds[] = {{Compression::kGzip, "gzip", ".gz", "\x1F\x8B"},
                           {Compression::kZstd, "zstd", ".zst", "\x28\xB5\x2F\xFD"},
                           {Compression::kXz, "xz", ".xz", "\xFD\x37zXZ"},
                           {Compression::kBzip2, "bzip2", ".bz2", "BZh"}};
// The mark of a skippable zstd frame, after a byte 5x.
constexpr std::string_view kSkippable = "\x2A\x4D\x18";

// Whether what is there of `start` agrees with `magic`.
bool AgreesWith(std::string_view magic, std::string_view start) {
  return start.substr(0, magic.size()) == magic.substr(0, start.size());
}

unsigned char Byte(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

// RFC 1952: method 8, no reserved flag, the flags of deflate and an operating system it names.
bool IsGzip(std::string_view start) {
  return start.size() >= 10 && start.starts_with("\x1F\x8B\x08") && (start[3] & 0xE0) == 0 &&
         (start[8] == 0 || start[8] == 2 || start[8] == 4) &&
         (Byte(start, 9) <= 13 || Byte(start, 9) == 255);
}

// The size of the skippable frame at the start, header included; 0 if there is none.
std::size_t SkippableFrame(std::string_view start) {
  if (start.size() < 8 || !BeginsAs(Compression::kZstd, start) || start[0] == '\x28') return 0;
  std::size_t size = 0;
  for (std::size_t i = 8; i-- > 4;) size = size << 8 | Byte(start, i);
  return size + 8;
}

bool IsZstd(std::string_view start) {
  for (std::size_t skip = SkippableFrame(start); skip > 0; skip = SkippableFrame(start)) {
    start.remove_prefix(std::min(skip, start.size()));
  }
  return ZSTD_getFrameContentSize(start.data(), start.size()) != ZSTD_CONTENTSIZE_ERROR;
}

// The stream header, its second flag a kind of check.
bool IsXz(std::string_view start) {
  return start.starts_with(std::string_view("\xFD\x37zXZ\0\0", 7)) && start.size() >= 12 &&
         Byte(start, 7) < 16;
}

// A level, then the start of a block or of the end.
bool IsBzip2(std::string_view start) {
  if (start.size() < 10 || !start.starts_with("BZh") || start[3] < '1' || start[3] > '9') {
    return false;
  }
  const std::string_view block = start.substr(4, 6);
  return block == "\x31\x41\x59\x26\x53\x59" || block == "\x17\x72\x45\x38\x50\x90";
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool HasEnding(std::string_view name, std::string_view ending) {
  return name.size() >= ending.size() &&
         std::equal(ending.begin(), ending.end(), name.end() - ending.size(),
                    [](char expected, char c) { return expected == Lower(c); });
}

const char* CompressionName(Compression compression) {
  for (const Kind& kind : kKinds) {
    if (kind.compression == compression) return kind.name;
  }
  return "";
}

Compression CompressionByName(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (HasEnding(name, kind.ending)) return kind.compression;
  }
  return Compression::kNone;
}

std::string_view WithoutPackedEnding(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (HasEnding(name, kind.ending)) return name.substr(0, name.size() - kind.ending.size());
  }
  return name;
}

bool BeginsAs(Compression compression, std::string_view start) {
  if (start.empty()) return false;
  for (const Kind& kind : kKinds) {
    if (kind.compression == compression && AgreesWith(kind.magic, start)) return true;
  }
  return compression == Compression::kZstd && (start[0] & 0xF0) == 0x50 &&
         AgreesWith(kSkippable, start.substr(1));
}

Compression CompressionByContent(std::string_view start) {
  if (IsGzip(start)) return Compression::kGzip;
  if (IsZstd(start)) return Compression::kZstd;
  if (IsXz(start)) return Compression::kXz;
  if (IsBzip2(start)) return Compression::kBzip2;
  return Compression::kNone;
}

}  // namespace bytepiece
