// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/count_file.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/fnv1a.h"
#include "trainer/counts/varint.h"

namespace bytepiece {
namespace {

constexpr std::string_view kMagic = "BPCOUNT";
constexpr std::string_view kEndMagic = "BPCEND\n";
constexpr char kVersion = 1;
constexpr std::size_t kStartSize = 16;   // magic, version, size and checksum of the header
constexpr std::size_t kEntrySize = 28;   // of the index
constexpr std::size_t kWeightSize = 16;  // of the mixture
constexpr std::size_t kTrailerSize = 8 + 8 + 8 + 8 + 4 + 4 + 7;
constexpr std::size_t kMaxHeaderSize = 1 << 16;

std::uint32_t Crc32(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Little-endian on every machine.
void PutInteger(std::uint64_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t TakeInteger(std::string_view* in, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>((*in)[i])} << (8 * i);
  }
  in->remove_prefix(bytes);
  return value;
}

std::string FormatIndex(const std::vector<CountBlock>& blocks) {
  std::string index;
  index.reserve(blocks.size() * kEntrySize);
  for (const CountBlock& block : blocks) {
    PutInteger(block.first, 8, &index);
    PutInteger(block.offset, 8, &index);
    PutInteger(block.size, 4, &index);
    PutInteger(block.entries, 4, &index);
    PutInteger(block.checksum, 4, &index);
  }
  return index;
}

std::string FormatMixture(const CorpusSize& corpus) {
  std::string mixture;
  for (const auto& [weight, bytes] : corpus.bytes_by_weight) {
    PutInteger(static_cast<std::uint64_t>(weight), 8, &mixture);
    PutInteger(static_cast<std::uint64_t>(bytes), 8, &mixture);
  }
  PutInteger(Crc32(mixture), 4, &mixture);
  return mixture;
}

// False if it is damaged.
bool ParseMixture(std::string_view mixture, std::map<std::int64_t, std::int64_t>* bytes_by_weight) {
  if (mixture.size() % kWeightSize != 4) return false;
  std::string_view entries = mixture.substr(0, mixture.size() - 4);
  mixture.remove_prefix(entries.size());
  if (TakeInteger(&mixture, 4) != Crc32(entries)) return false;
  while (!entries.empty()) {
    const auto weight = static_cast<std::int64_t>(TakeInteger(&entries, 8));
    const auto bytes = static_cast<std::int64_t>(TakeInteger(&entries, 8));
    if (weight < 1 || bytes < 0) return false;
    bytes_by_weight->emplace(weight, bytes);
  }
  return true;
}

}  // namespace

CountBlock CountBlock::Describe(std::uint64_t first, std::uint32_t entries,
                                std::string_view bytes) {
  return {first, 0, static_cast<std::uint32_t>(bytes.size()), entries, Crc32(bytes)};
}

CountFileWriter::CountFileWriter(Append append, const CountHeader& header)
    : append_(std::move(append)), unit_(header.unit) {
  const std::string lines = FormatHeader(header);
  std::string start(kMagic);
  start.push_back(kVersion);
  PutInteger(lines.size(), 4, &start);
  PutInteger(Crc32(lines), 4, &start);
  Put(start + lines).IgnoreError();  // repeats
}

absl::Status CountFileWriter::Put(std::string_view bytes) {
  if (status_.ok()) status_ = append_(bytes);
  offset_ += bytes.size();
  return status_;
}

absl::Status CountFileWriter::AddBlock(CountBlock block, std::string_view bytes) {
  block.offset = offset_;
  blocks_.push_back(block);
  return Put(bytes);
}

absl::Status CountFileWriter::Finish(const CorpusSize& corpus) {
  const bool all_count_once =
      std::all_of(corpus.bytes_by_weight.begin(), corpus.bytes_by_weight.end(),
                  [this](const auto& entry) { return entry.first == unit_; });
  if (!all_count_once) {
    if (absl::Status status = Put(FormatMixture(corpus)); !status.ok()) return status;
  }
  const std::uint64_t index_offset = offset_;
  const std::string index = FormatIndex(blocks_);
  if (absl::Status status = Put(index); !status.ok()) return status;
  std::string trailer;
  PutInteger(index_offset, 8, &trailer);
  PutInteger(blocks_.size(), 8, &trailer);
  PutInteger(static_cast<std::uint64_t>(corpus.documents), 8, &trailer);
  PutInteger(static_cast<std::uint64_t>(corpus.bytes()), 8, &trailer);
  PutInteger(Crc32(index), 4, &trailer);
  PutInteger(Crc32(trailer), 4, &trailer);
  trailer += kEndMagic;
  return Put(trailer);
}

absl::StatusOr<std::shared_ptr<const CountFile>> CountFile::Open(ScratchFile file) {
  std::shared_ptr<CountFile> opened(new CountFile(std::move(file)));
  if (absl::Status status = opened->ReadHeader(); !status.ok()) return status;
  if (absl::Status status = opened->ReadIndex(); !status.ok()) return status;
  return opened;
}

absl::Status CountFile::Damaged(std::string_view what) const {
  return absl::DataLossError(
      absl::StrCat(name(), " is a damaged count file: ", std::string(what), "; make it again"));
}

absl::Status CountFile::ReadHeader() {
  std::string start(kStartSize, '\0');
  const auto size = static_cast<std::uint64_t>(file_.size());
  if (size >= kStartSize) {
    if (absl::Status status = file_.ReadAt(0, kStartSize, start.data()); !status.ok()) {
      return status;
    }
  }
  std::string_view rest = start;
  if (!rest.starts_with(kMagic)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name(), " is not a count file; \"bytepiece count\" makes them"));
  }
  if (rest[kMagic.size()] != kVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat(name(), " is a count file of another version than ", int{kVersion},
                     ", which this program reads; upgrade bytepiece, or count again"));
  }
  rest.remove_prefix(kMagic.size() + 1);
  const std::uint64_t header_size = TakeInteger(&rest, 4);
  const std::uint64_t checksum = TakeInteger(&rest, 4);
  if (header_size > kMaxHeaderSize || kStartSize + header_size + kTrailerSize > size) {
    return Damaged("it is cut short");
  }
  std::string lines(header_size, '\0');
  if (absl::Status status = file_.ReadAt(kStartSize, lines.size(), lines.data()); !status.ok()) {
    return status;
  }
  if (Crc32(lines) != checksum) return Damaged("its header's checksum is wrong");
  absl::StatusOr<CountHeader> header = ParseHeader(lines);
  if (!header.ok()) return Damaged(std::string(header.status().message()));
  header_ = *header;
  blocks_begin_ = kStartSize + header_size;
  return absl::OkStatus();
}

absl::Status CountFile::ReadIndex() {
  std::string trailer(kTrailerSize, '\0');
  const auto size = static_cast<std::uint64_t>(file_.size());
  if (absl::Status status = file_.ReadAt(size - kTrailerSize, kTrailerSize, trailer.data());
      !status.ok()) {
    return status;
  }
  std::string_view rest = trailer;
  const std::uint64_t offset = TakeInteger(&rest, 8);
  const std::uint64_t blocks = TakeInteger(&rest, 8);
  corpus_.documents = static_cast<std::int64_t>(TakeInteger(&rest, 8));
  const auto corpus_bytes = static_cast<std::int64_t>(TakeInteger(&rest, 8));
  const std::uint64_t index_checksum = TakeInteger(&rest, 4);
  const std::string_view covered(trailer.data(), trailer.size() - rest.size());
  if (TakeInteger(&rest, 4) != Crc32(covered) || rest != kEndMagic) {
    return Damaged("it is cut short or its end's checksum is wrong");
  }
  if (blocks > size / kEntrySize || offset != size - kTrailerSize - blocks * kEntrySize ||
      corpus_.documents < 0 || corpus_bytes < 0) {
    return Damaged("its index does not fit");
  }
  std::string index(blocks * kEntrySize, '\0');
  if (absl::Status status =
          file_.ReadAt(static_cast<std::int64_t>(offset), index.size(), index.data());
      !status.ok()) {
    return status;
  }
  if (Crc32(index) != index_checksum) return Damaged("its index's checksum is wrong");
  rest = index;
  std::uint64_t end = blocks_begin_;
  blocks_.resize(blocks);
  for (CountBlock& block : blocks_) {
    block.first = TakeInteger(&rest, 8);
    block.offset = TakeInteger(&rest, 8);
    block.size = static_cast<std::uint32_t>(TakeInteger(&rest, 4));
    block.entries = static_cast<std::uint32_t>(TakeInteger(&rest, 4));
    block.checksum = static_cast<std::uint32_t>(TakeInteger(&rest, 4));
    if (block.offset > offset || block.size > offset - block.offset || block.size == 0 ||
        block.size > kMaxCountBlockSize) {
      return Damaged("its index points outside");
    }
    end = std::max(end, block.offset + block.size);
  }
  return ReadMixture(end, offset, corpus_bytes);
}

absl::Status CountFile::ReadMixture(std::uint64_t begin, std::uint64_t end,
                                    std::int64_t corpus_bytes) {
  if (begin == end) {
    if (corpus_bytes > 0) corpus_.bytes_by_weight[header_.unit] = corpus_bytes;
    return corpus_.Fits() ? absl::OkStatus() : Damaged("it counts more text than there can be");
  }
  if (begin > end) return Damaged("its index does not fit");
  std::string mixture(end - begin, '\0');
  if (absl::Status status =
          file_.ReadAt(static_cast<std::int64_t>(begin), mixture.size(), mixture.data());
      !status.ok()) {
    return status;
  }
  if (!ParseMixture(mixture, &corpus_.bytes_by_weight) || !corpus_.Fits() ||
      corpus_.bytes() != corpus_bytes) {
    return Damaged("its weights are wrong");
  }
  return absl::OkStatus();
}

std::uint64_t CountFile::digest() const {
  std::string facts;
  for (const CountBlock& block : blocks_) {
    PutInteger(block.first, 8, &facts);
    PutInteger(block.size, 4, &facts);
    PutInteger(block.checksum, 4, &facts);
  }
  return Digest(facts);
}

absl::Status CountFile::Load(const CountBlock& block, std::string* bytes) const {
  bytes->resize(block.size + kMaxVarintSize);
  if (absl::Status status =
          file_.ReadAt(static_cast<std::int64_t>(block.offset), block.size, bytes->data());
      !status.ok()) {
    return status;
  }
  bytes->replace(block.size, kMaxVarintSize, kMaxVarintSize, '\0');
  if (Crc32(std::string_view(*bytes).substr(0, block.size)) != block.checksum) {
    return Damaged(absl::StrCat("the checksum of its block at byte ", block.offset, " is wrong"));
  }
  return absl::OkStatus();
}

absl::StatusOr<CorpusSize> AddUpCorpora(
    const std::vector<std::shared_ptr<const CountFile>>& files) {
  CorpusSize sum;
  for (const std::shared_ptr<const CountFile>& file : files) {
    absl::Status same =
        CheckSameHeader(files[0]->name(), files[0]->header(), file->name(), file->header());
    if (!same.ok()) return same;
    if (!sum.Add(file->corpus())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "with ", file->name(),
          " the text counted, each byte by its document's weight, comes to 2^63 bytes or more, "
          "which is more than counts can hold; leave it out, or count with smaller weights"));
    }
  }
  return sum;
}

std::uint64_t Digest(std::string_view bytes, std::uint64_t start) { return Fnv1a(bytes, start); }

}  // namespace bytepiece
