// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/compiled_model.h"

#include <cstring>
#include <type_traits>
#include <utility>

#include "bytepiece/base/frozen_array.h"
#include "bytepiece/model/compiled_file.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/model/vocabulary.h"

namespace bytepiece {
namespace {

constexpr std::size_t Align(std::size_t at) {
  return (at + kTableAlignment - 1) / kTableAlignment * kTableAlignment;
}

// Writes of each array the number of elements, then the elements, both aligned; of a
// number 8 bytes, aligned.
class TableWriter {
 public:
  template <typename T>
  void operator()(const FrozenArray<T>& array) {
    static_assert(std::is_trivially_copyable_v<T>);
    Number(array.size());
    Append(array.data(), array.size() * sizeof(T));
  }
  void operator()(std::size_t number) { Number(number); }
  void operator()(bool truth) { Number(truth ? 1 : 0); }

  std::string Take() { return std::move(bytes_); }

 private:
  void Number(std::uint64_t number) { Append(&number, sizeof(number)); }
  void Append(const void* data, std::size_t size) {
    bytes_.resize(Align(bytes_.size()), '\0');
    bytes_.append(static_cast<const char*>(data), size);
  }

  std::string bytes_;
};

// The same in reverse; what does not fit the bytes is empty, and ok() false.
class TableReader {
 public:
  explicit TableReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  void operator()(FrozenArray<T>& array) {
    const std::uint64_t size = Number();
    if (size > bytes_.size() / sizeof(T)) return Fail();
    const char* const data = Take(size * sizeof(T));
    if (!ok_) return;
    array = FrozenArray<T>::View({reinterpret_cast<const T*>(data), size});
  }
  void operator()(std::size_t& number) { number = Number(); }
  void operator()(bool& truth) { truth = Number() != 0; }

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  void Fail() { ok_ = false; }
  std::uint64_t Number() {
    std::uint64_t number = 0;
    const char* const data = Take(sizeof(number));
    if (ok_) std::memcpy(&number, data, sizeof(number));
    return number;
  }
  const char* Take(std::size_t size) {
    const std::size_t begin = Align(at_);
    if (begin > bytes_.size() || size > bytes_.size() - begin) {
      Fail();
      return nullptr;
    }
    at_ = begin + size;
    return bytes_.data() + begin;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// The part of the model that is not in the vocabulary.
struct Rest {
  std::size_t normalization = 0;
  FrozenArray<char> texts;          // of the special tokens, back to back
  FrozenArray<std::uint32_t> ends;  // of each, in texts
  FrozenArray<std::uint8_t> reserved;

  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    visit(self.normalization);
    visit(self.texts);
    visit(self.ends);
    visit(self.reserved);
  }
};

Rest RestOf(const Model& model) {
  LargeVector<char> texts;
  LargeVector<std::uint32_t> ends;
  LargeVector<std::uint8_t> reserved;
  for (const SpecialToken& token : model.special_tokens) {
    texts.insert(texts.end(), token.text.begin(), token.text.end());
    ends.push_back(static_cast<std::uint32_t>(texts.size()));
    reserved.push_back(token.reserved ? 1 : 0);
  }
  Rest rest;
  rest.normalization = model.normalization == Normalization::kNfc ? 1 : 0;
  rest.texts = FrozenArray(std::move(texts));
  rest.ends = FrozenArray(std::move(ends));
  rest.reserved = FrozenArray(std::move(reserved));
  return rest;
}

// False if they are no such tables.
bool TakeRest(const Rest& rest, CompiledModel* model) {
  if (rest.normalization > 1 || rest.ends.size() != rest.reserved.size()) return false;
  model->normalization = rest.normalization == 1 ? Normalization::kNfc : Normalization::kNone;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < rest.ends.size(); ++i) {
    const std::size_t end = rest.ends[i];
    if (end <= begin || end > rest.texts.size()) return false;
    model->special_tokens.push_back(
        {std::string(rest.texts.data() + begin, end - begin), rest.reserved[i] != 0});
    begin = end;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> CompileModel(const Model& model) {
  const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
  if (!vocabulary.ok()) return vocabulary.status();
  TableWriter writer;
  VocabularyTables::VisitTables(vocabulary->tables(), writer);
  const Rest rest = RestOf(model);
  Rest::VisitTables(rest, writer);
  return SerializeCompiledFile(SerializeModel(model), writer.Take(), kCompiledVersion);
}

absl::StatusOr<CompiledModel> OpenCompiledModel(std::string_view bytes) {
  const absl::StatusOr<CompiledFile> file = ParseCompiledFile(bytes, kCompiledVersion);
  if (!file.ok()) return file.status();
  TableReader reader(file->tables);
  CompiledModel model;
  model.model_bytes = file->model;
  auto tables = std::make_unique<VocabularyTables>();
  VocabularyTables::VisitTables(*tables, reader);
  Rest rest;
  Rest::VisitTables(rest, reader);
  if (!reader.ok() || !reader.at_end() || !tables->TablesFit() || !TakeRest(rest, &model) ||
      tables->size != kNumControlTokens + tables->counts.size() + rest.ends.size()) {
    return absl::DataLossError("damaged compiled model: its tables do not fit together");
  }
  if (absl::Status status = tables->segmenter.ChooseKernels(); !status.ok()) return status;
  model.vocabulary = std::move(tables);
  return model;
}

}  // namespace bytepiece
