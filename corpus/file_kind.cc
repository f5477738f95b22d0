// SPDX-License-Identifier: Apache-2.0
#include "corpus/file_kind.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "bytepiece/base/utf8.h"
#include "corpus/compression.h"

namespace bytepiece {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kLeaveOut = "leave it out";
constexpr std::string_view kUnpack = "unpack it first";
constexpr std::string_view kConvert = "write its text as JSON Lines first";
constexpr std::string_view kToUtf8 = "convert it to UTF-8 first (iconv)";
constexpr std::string_view kDecode = "\"bytepiece decode\" makes text of it";

struct Signature {
  std::string_view bytes;
  std::string_view what;
  std::string_view remedy;
  std::size_t offset = 0;
  // The bytes could begin a text, too: something binary must stand near.
  bool like_text = false;
};

constexpr Signature kSignatures[] = {
    // Tables and arrays.
    {"PAR1"sv, "a Parquet file", kConvert, 0, true},
    {"ARROW1\0\0"sv, "an Arrow file", kConvert},
    {"\xFF\xFF\xFF\xFF"sv, "an Arrow stream", kConvert},
    {"ORC"sv, "an ORC file", kConvert, 0, true},
    {"Obj\x01"sv, "an Avro file", kConvert},
    {"SQLite format 3\0"sv, "an SQLite database", kConvert},
    {"\x89HDF\r\n\x1A\n"sv, "an HDF5 file", kConvert},
    {"\x93NUMPY"sv, "a NumPy array", kDecode},
    {"\x80\x02]"sv, "a Python pickle", kConvert},
    {"\x80\x02}"sv, "a Python pickle", kConvert},
    {"\x80\x02c"sv, "a Python pickle", kConvert},
    {"\x80\x03]"sv, "a Python pickle", kConvert},
    {"\x80\x03}"sv, "a Python pickle", kConvert},
    {"\x80\x03c"sv, "a Python pickle", kConvert},
    {"\x80\x04\x95"sv, "a Python pickle", kConvert},
    {"\x80\x05\x95"sv, "a Python pickle", kConvert},
    // Archives and what else is packed.
    {"ustar"sv, "a tar archive", kUnpack, 257},
    {"PK\x03\x04"sv, "a zip archive (also .npz, .docx, .epub, .pt)", kUnpack},
    {"PK\x05\x06"sv, "an empty zip archive", kLeaveOut},
    {"7z\xBC\xAF\x27\x1C"sv, "a 7-Zip archive", kUnpack},
    {"Rar!\x1A\x07"sv, "a RAR archive", kUnpack},
    {"\x04\x22\x4D\x18"sv, "lz4 data", kUnpack},
    {"LZIP\x01"sv, "lzip data", kUnpack},
    {"MSCF\0\0\0\0"sv, "a CAB archive", kUnpack},
    {"\xFF\x06\0\0sNaPpY"sv, "snappy data", kUnpack},
    {"\x1F\x9D\x90"sv, "compress (.Z) data", kUnpack},
    {"!<arch>\n"sv, "an ar archive", kUnpack},
    // Pictures, sounds, films, documents.
    {"\x89PNG\r\n\x1A\n"sv, "a PNG image", kLeaveOut},
    {"\xFF\xD8\xFF"sv, "a JPEG image", kLeaveOut},
    {"GIF87a"sv, "a GIF image", kLeaveOut, 0, true},
    {"GIF89a"sv, "a GIF image", kLeaveOut, 0, true},
    {"II*\0"sv, "a TIFF image", kLeaveOut},
    {"MM\0*"sv, "a TIFF image", kLeaveOut},
    {"RIFF"sv, "a RIFF file (WebP, WAV, AVI)", kLeaveOut, 0, true},
    {"ftyp"sv, "an MP4 or HEIF file", kLeaveOut, 4, true},
    {"\x1A\x45\xDF\xA3"sv, "a Matroska or WebM file", kLeaveOut},
    {"OggS\0"sv, "an Ogg file", kLeaveOut},
    {"fLaC\0"sv, "a FLAC file", kLeaveOut},
    {"ID3"sv, "an MP3 file", kLeaveOut, 0, true},
    {"%PDF-"sv, "a PDF document", "extract its text first"},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "an old Office document", "extract its text first"},
    // Programs.
    {"\x7F"
     "ELF"sv,
     "an ELF program or library", kLeaveOut},
    {"MZ"sv, "a Windows program or library", kLeaveOut, 0, true},
    {"\xCF\xFA\xED\xFE"sv, "a Mach-O program or library", kLeaveOut},
    {"\xCA\xFE\xBA\xBE"sv, "a Java class or Mach-O program", kLeaveOut},
    {"\0asm"sv, "a WebAssembly module", kLeaveOut},
    // Models and tokens.
    {"\x0D"
     "BPM1"sv,
     "a BytePiece model", kLeaveOut},
    {"BPCOMPIL"sv, "a compiled BytePiece model", kLeaveOut, 0, true},
    {"BPCOUNT\x01"sv, "a count file", "\"bytepiece merge\" and \"train --from-counts\" read it"},
    {"MMIDIDX\0\0"sv, "the index of a Megatron-LM dataset", kDecode},
    {"GGUF"sv, "a GGUF model", kLeaveOut, 0, true},
    {"\x0A\x0E\x0A\x05<unk>"sv, "a SentencePiece model", kLeaveOut},
    // Text in other encodings.
    {"\xFF\xFE\0\0"sv, "UTF-32 text", kToUtf8},
    {"\0\0\xFE\xFF"sv, "UTF-32 text", kToUtf8},
    {"\xFF\xFE"sv, "UTF-16 text", kToUtf8},
    {"\xFE\xFF"sv, "UTF-16 text", kToUtf8},
};

// NUL, other control characters that text has no use for, bytes that are no UTF-8.
bool HoldsBinary(std::string_view start) {
  start.remove_suffix(IncompleteUtf8Suffix(start));
  return !IsValidUtf8(start) || std::any_of(start.begin(), start.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && (byte < '\t' || byte > '\r') && byte != 0x1B;
  });
}

// {"AA==": [3, ...: pieces in base64, as the reference package writes them, one byte first.
bool IsJsonModel(std::string_view start) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t key = start.find_first_not_of(kBlank, 1);
  if (!start.starts_with('{') || key == start.npos || start[key] != '"') return false;
  std::string_view rest = start.substr(std::min(key + 3, start.size()));
  if (!rest.starts_with("==\":")) return false;
  rest.remove_prefix(4);
  const std::size_t value = rest.find_first_not_of(kBlank);
  return value != rest.npos && rest[value] == '[';
}

// The length of a header in 8 bytes, then a JSON object.
bool IsSafetensors(std::string_view start) {
  return start.size() > 9 && start.substr(5, 5) == "\0\0\0{\""sv;
}

// A header of two bytes, which some texts begin with, too ("x^2"): so it has to unpack as well.
bool IsZlib(std::string_view start) {
  if (start.size() < 8) return false;
  const auto first = static_cast<unsigned char>(start[0]);
  const auto second = static_cast<unsigned char>(start[1]);
  if (first != 0x78 || (first * 256 + second) % 31 != 0 || !HoldsBinary(start)) return false;
  z_stream stream = {};
  if (inflateInit(&stream) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(start.data()));
  stream.avail_in = static_cast<uInt>(start.size());
  std::array<Bytef, 4096> unpacked;
  int result = Z_OK;
  while (result == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0)) {
    stream.next_out = unpacked.data();
    stream.avail_out = unpacked.size();
    result = inflate(&stream, Z_NO_FLUSH);
  }
  inflateEnd(&stream);
  // So many bytes without a fault are no accident, as a checksum at the end is none.
  constexpr std::size_t kEnough = 128;
  const bool goes_on = result == Z_OK || result == Z_BUF_ERROR;
  return result == Z_STREAM_END || (goes_on && start.size() >= kEnough);
}

std::uint32_t LittleEndian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// CRC-32C (Castagnoli), bit by bit.
std::uint32_t Crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

// A record's length in 8 bytes, then their checksum, turned and moved as TensorFlow does.
bool IsTfRecord(std::string_view start) {
  if (start.size() < 12) return false;
  const std::uint32_t crc = Crc32c(start.substr(0, 8));
  return LittleEndian(start.substr(8)) == (crc >> 15 | crc << 17) + 0xA282EAD8;
}

}  // namespace

bool IsUtf16WithoutMark(std::string_view start) {
  constexpr std::size_t kLeastPairs = 4;
  start = start.substr(0, kKindBytes);
  const std::size_t pairs = start.size() / 2;
  std::array<std::size_t, 2> nuls = {};
  for (std::size_t i = 0; i < 2 * pairs; ++i) {
    const auto byte = static_cast<unsigned char>(start[i]);
    if (byte == 0) ++nuls[i % 2];
    const bool is_control = byte > 0 && byte < 0x20 && (byte < '\t' || byte > '\r');
    if (is_control && start[i ^ 1] == 0) return false;  // no text at all
  }
  const auto [fewer, more] = std::minmax(nuls[0], nuls[1]);
  return pairs >= kLeastPairs && fewer == 0 && more * 4 >= pairs * 3;
}

FileKind KindByContent(std::string_view start) {
  start = start.substr(0, kKindBytes);
  for (const Signature& signature : kSignatures) {
    if (start.size() >= signature.offset &&
        start.substr(signature.offset).starts_with(signature.bytes) &&
        (!signature.like_text || HoldsBinary(start))) {
      return {signature.what, signature.remedy};
    }
  }
  if (IsJsonModel(start)) return {"a BytePiece model (JSON)", kLeaveOut};
  if (IsSafetensors(start)) return {"a safetensors file", kLeaveOut};
  if (IsZlib(start)) return {"zlib data", kUnpack};
  if (IsTfRecord(start)) return {"a TFRecord file", kConvert};
  return {};
}

bool MayShowKind(std::string_view start) {
  return std::any_of(std::begin(kSignatures), std::end(kSignatures), [start](const Signature& s) {
    return s.offset == 0 && start.size() < s.bytes.size() && s.bytes.starts_with(start);
  });
}

FileKind KindByName(std::string_view name) {
  const std::string_view stored = WithoutPackedEnding(name);
  for (const std::string_view ending : {".bin", ".ids", ".npy", ".idx"}) {
    if (HasEnding(stored, ending)) return {"a file of token ids, by its name", kDecode};
  }
  return {};
}

}  // namespace bytepiece
