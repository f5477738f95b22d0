// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/compiled_file.h"

#include <cstring>

#include "absl/strings/str_cat.h"

#define XXH_INLINE_ALL  // nothing to link for those who link us
#include <xxhash.h>

namespace bytepiece {
namespace {

constexpr char kMagic[8] = {'B', 'P', 'C', 'O', 'M', 'P', 'I', 'L'};
constexpr std::uint32_t kByteOrder = 0x01020304;

// At the beginning of the file, in the byte order of the machine that wrote it. The
// model follows; the tables are the rest, from the next aligned place.
struct Header {
  char magic[8];
  std::uint32_t byte_order;
  std::uint32_t version;      // of the tables
  std::uint64_t model_size;   // bytes
  std::uint64_t tables_size;  // bytes
  std::uint64_t checksum;     // of all else
  char unused[kTableAlignment - 40];
};
static_assert(sizeof(Header) == kTableAlignment);

std::uint64_t Checksum(Header header, std::string_view rest) {
  header.checksum = 0;
  return XXH3_64bits_withSeed(rest.data(), rest.size(), XXH3_64bits(&header, sizeof(header)));
}

std::size_t TablesBegin(const Header& header) {
  const std::size_t end = sizeof(Header) + header.model_size;
  return (end + kTableAlignment - 1) / kTableAlignment * kTableAlignment;
}

absl::StatusOr<Header> ReadHeader(std::string_view bytes) {
  Header header;
  if (!IsCompiledFile(bytes) || bytes.size() < sizeof(header)) {
    return absl::InvalidArgumentError("damaged compiled model: its header is cut off");
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.byte_order != kByteOrder) {
    return absl::InvalidArgumentError(
        "compiled on a machine of another byte order; compile the model here");
  }
  if (header.model_size > bytes.size() - sizeof(header)) {
    return absl::InvalidArgumentError("damaged compiled model: the model in it is cut off");
  }
  return header;
}

}  // namespace

std::string SerializeCompiledFile(std::string_view model, std::string_view tables,
                                  std::uint32_t version) {
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.byte_order = kByteOrder;
  header.version = version;
  header.model_size = model.size();
  header.tables_size = tables.size();
  std::string bytes(sizeof(header), '\0');
  bytes += model;
  bytes.resize(TablesBegin(header), '\0');
  bytes += tables;
  header.checksum = Checksum(header, std::string_view(bytes).substr(sizeof(header)));
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

bool IsCompiledFile(std::string_view bytes) {
  return bytes.substr(0, sizeof(kMagic)) == std::string_view(kMagic, sizeof(kMagic));
}

absl::StatusOr<std::string_view> ModelInCompiledFile(std::string_view bytes) {
  const absl::StatusOr<Header> header = ReadHeader(bytes);
  if (!header.ok()) return header.status();
  return bytes.substr(sizeof(Header), header->model_size);
}

absl::StatusOr<CompiledFile> ParseCompiledFile(std::string_view bytes, std::uint32_t version) {
  const absl::StatusOr<Header> header = ReadHeader(bytes);
  if (!header.ok()) return header.status();
  if (header->version != version) {
    return absl::FailedPreconditionError(
        absl::StrCat("the compiled tables are of version ", header->version, ", not ", version));
  }
  const std::size_t begin = TablesBegin(*header);
  if (begin > bytes.size() || header->tables_size != bytes.size() - begin ||
      header->checksum != Checksum(*header, bytes.substr(sizeof(Header)))) {
    return absl::DataLossError("damaged compiled model");
  }
  return CompiledFile{bytes.substr(sizeof(Header), header->model_size), bytes.substr(begin)};
}

}  // namespace bytepiece
