// SPDX-License-Identifier: Apache-2.0
// A file of sorted counts: spilled runs, checkpoints, and what machines exchange
// (docs/count-files.md states every byte). Blocks of coded entries, each with a
// checksum, an index of the blocks, what was counted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/io/scratch_file.h"
#include "trainer/counts/count_header.h"

namespace bytepiece {

// A block, and where it is. How entries are coded: ngram_run.h, piece_run.h.
struct CountBlock {
  // The key of the block's first entry: an n-gram's key, the first 8 bytes of a piece
  // (big-endian, zeros after its end).
  std::uint64_t first = 0;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint32_t entries = 0;
  std::uint32_t checksum = 0;  // CRC-32 of the block

  static CountBlock Describe(std::uint64_t first, std::uint32_t entries, std::string_view bytes);
};

// A block is closed when it reaches this many bytes: little enough for the cache
// and for a hundred open runs, enough for a disk to read at once.
inline constexpr std::size_t kCountBlockSize = std::size_t{1} << 15;
// A block holds one more entry than that at most; a piece has up to 64 kB, or
// is a chunk of 10000 characters.
inline constexpr std::size_t kMaxCountBlockSize = std::size_t{1} << 26;

class CountFileWriter {
 public:
  using Append = std::function<absl::Status(std::string_view)>;

  CountFileWriter(Append append, const CountHeader& header);

  // In ascending order. Errors are those of `append`, and repeat.
  absl::Status AddBlock(CountBlock block, std::string_view bytes);
  absl::Status Finish(const CorpusSize& corpus);

 private:
  absl::Status Put(std::string_view bytes);

  Append append_;
  std::int64_t unit_;
  absl::Status status_;
  std::uint64_t offset_ = 0;
  std::vector<CountBlock> blocks_;
};

// A whole file, its header, index and end verified; blocks are verified as they
// are read. For any number of threads.
class CountFile {
 public:
  static absl::StatusOr<std::shared_ptr<const CountFile>> Open(ScratchFile file);

  const std::string& name() const { return file_.name(); }
  const CountHeader& header() const { return header_; }
  const CorpusSize& corpus() const { return corpus_; }
  const std::vector<CountBlock>& blocks() const { return blocks_; }
  std::int64_t size() const { return file_.size(); }
  // Tells counts that differ apart; depends on the entries alone.
  std::uint64_t digest() const;

  // Replaces *bytes by the block and, so that decoding may read past a damaged
  // block's end, some zeros.
  absl::Status Load(const CountBlock& block, std::string* bytes) const;

 private:
  explicit CountFile(ScratchFile file) : file_(std::move(file)) {}
  absl::Status ReadHeader();
  absl::Status ReadIndex();
  // Reads the section between the last block and the index.
  absl::Status ReadMixture(std::uint64_t begin, std::uint64_t end, std::int64_t corpus_bytes);
  absl::Status Damaged(std::string_view what) const;

  ScratchFile file_;
  CountHeader header_;
  std::uint64_t blocks_begin_ = 0;
  CorpusSize corpus_;
  std::vector<CountBlock> blocks_;
};

// The text that the files count together, if their headers are the same. Errors name two files that
// differ, or the file with which the sum no longer fits (CorpusSize::Fits).
absl::StatusOr<CorpusSize> AddUpCorpora(const std::vector<std::shared_ptr<const CountFile>>& files);

// 64-bit FNV-1a.
std::uint64_t Digest(std::string_view bytes, std::uint64_t start = 0xCBF29CE484222325);

}  // namespace bytepiece
