// SPDX-License-Identifier: Apache-2.0
#include "tests/support/corpora.h"

#include <zlib.h>
#include <zstd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

std::string SharedFolder() {
  const char* folder = std::getenv("BYTEPIECE_SHARED");
  return folder != nullptr ? folder : BYTEPIECE_SOURCE_DIR "/../shared";
}

std::optional<std::string> FirstThatExists(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (std::filesystem::exists(path)) return path;
  }
  WARN("SKIPPED: " << paths.back() << " is absent (BYTEPIECE_SHARED names the folder)");
  return std::nullopt;
}

[[noreturn]] void Damaged(const std::string& what) { throw std::runtime_error("damaged " + what); }

// `window_bits` as zlib has it: 31 for gzip, -15 for a bare deflate stream.
std::string Inflate(std::string_view packed, int window_bits) {
  z_stream stream = {};
  if (inflateInit2(&stream, window_bits) != Z_OK) Damaged("zlib state");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string result;
  std::string buffer(1 << 18, '\0');
  int code = Z_OK;
  while (code == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    code = inflate(&stream, Z_NO_FLUSH);
    result.append(buffer, 0, buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) Damaged("deflate stream");
  return result;
}

// The first entry of a zip file: a local header of 30 bytes, name and extra
// field, whose lengths stand at 26 and 28, then the deflate stream.
std::string InflateZip(std::string_view packed) {
  if (packed.size() < 30 || packed.substr(0, 4) != "PK\3\4") Damaged("zip file");
  const auto u16 = [&](std::size_t i) {
    return static_cast<unsigned char>(packed[i]) | static_cast<unsigned char>(packed[i + 1]) << 8;
  };
  const std::size_t begin = 30 + u16(26) + u16(28);
  if (begin > packed.size()) Damaged("zip file");
  return Inflate(packed.substr(begin), -15);
}

std::string DecompressZstd(std::string_view packed) {
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer in = {packed.data(), packed.size(), 0};
  std::string result;
  std::string buffer(ZSTD_DStreamOutSize(), '\0');
  std::size_t code = 0;
  while (in.pos < in.size && !ZSTD_isError(code)) {
    ZSTD_outBuffer out = {buffer.data(), buffer.size(), 0};
    code = ZSTD_decompressStream(stream, &out, &in);
    result.append(buffer, 0, out.pos);
  }
  ZSTD_freeDStream(stream);
  if (code != 0) Damaged("zstd stream");
  return result;
}

}  // namespace

std::optional<std::string> FindGolden(const std::string& name) {
  return FirstThatExists({std::string(BYTEPIECE_SOURCE_DIR "/tests/golden/") + name,
                          SharedFolder() + "/golden/" + name});
}

std::optional<std::string> FindCorpus(const std::string& name) {
  return FirstThatExists({SharedFolder() + "/corpora/" + name});
}

std::string ReadUnpacked(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".gz") return Inflate(bytes, 31);
  if (extension == ".zst") return DecompressZstd(bytes);
  if (extension == ".zip") return InflateZip(bytes);
  return bytes;
}

std::vector<std::string> ReadJsonLines(const std::string& path, const std::string& field) {
  std::istringstream lines(ReadUnpacked(path));
  std::vector<std::string> documents;
  for (std::string line; std::getline(lines, line);) {
    documents.push_back(nlohmann::json::parse(line).at(field).get<std::string>());
  }
  return documents;
}

std::vector<std::vector<TokenId>> ReadIdLines(const std::string& path) {
  std::istringstream lines(ReadUnpacked(path));
  std::vector<std::vector<TokenId>> documents;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream ids(line);
    documents.emplace_back(std::istream_iterator<TokenId>(ids), std::istream_iterator<TokenId>());
    if (!ids.eof()) Damaged("line of ids in " + path);
  }
  return documents;
}

}  // namespace bytepiece
