// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/work_dir.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bytepiece/io/atomic_file.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

constexpr char kFirstLine[] = "bytepiece-work 3";
constexpr char kRunSuffix[] = ".counts";

absl::Status Replace(const std::string& path, const std::string& content) {
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->Write(content); !status.ok()) return status;
  return file->Commit();
}

std::vector<std::string> Lines(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

std::string NameOf(const std::string& line) { return line.substr(0, line.find(' ')); }

// Line i, unless the others' line i has a name that is not among these lines.
std::string LineOrNone(const std::vector<std::string>& lines,
                       const std::vector<std::string>& others, std::size_t i) {
  if (i < others.size()) {
    const std::string name = NameOf(others[i]);
    const bool known = std::any_of(lines.begin(), lines.end(), [&name](const std::string& line) {
      return NameOf(line) == name;
    });
    if (!known) return "no " + name;
  }
  return i < lines.size() ? lines[i] : "nothing";
}

// Takes the words of a text one by one. (A stream would take a failed allocation for its end.)
class Words {
 public:
  explicit Words(absl::string_view text)
      : words_(absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {}

  // Empty, and ok() false, if there is none left.
  absl::string_view Take() {
    ok_ = ok_ && next_ < words_.size();
    return ok_ ? words_[next_++] : absl::string_view();
  }
  // 0, and ok() false, if the next word is no such number.
  template <typename Number>
  Number TakeNumber() {
    Number number = 0;
    ok_ = absl::SimpleAtoi(Take(), &number) && ok_;
    return ok_ ? number : 0;
  }
  bool ok() const { return ok_; }

 private:
  std::vector<absl::string_view> words_;
  std::size_t next_ = 0;
  bool ok_ = true;
};

// How many, then weight and bytes of each.
std::string FormatBytes(const std::map<std::int64_t, std::int64_t>& bytes_by_weight) {
  std::string text = absl::StrCat(" ", bytes_by_weight.size());
  for (const auto& [weight, bytes] : bytes_by_weight)
    absl::StrAppend(&text, " ", weight, " ", bytes);
  return text;
}

std::map<std::int64_t, std::int64_t> TakeBytes(Words* words) {
  std::map<std::int64_t, std::int64_t> bytes_by_weight;
  for (auto left = words->TakeNumber<std::size_t>(); left > 0 && words->ok(); --left) {
    const auto weight = words->TakeNumber<std::int64_t>();
    bytes_by_weight[weight] = words->TakeNumber<std::int64_t>();
  }
  return bytes_by_weight;
}

std::string FormatDigests(const InputDigests& digests) {
  std::string text = absl::StrCat(digests.size());
  for (const std::uint64_t digest : digests) absl::StrAppend(&text, " ", digest);
  return text;
}

InputDigests TakeDigests(Words* words) {
  InputDigests digests;
  for (auto left = words->TakeNumber<std::size_t>(); left > 0 && words->ok(); --left) {
    digests.push_back(words->TakeNumber<std::uint64_t>());
  }
  return digests;
}

std::vector<std::string> TakeNames(std::size_t size, Words* words) {
  std::vector<std::string> names;
  for (; size > 0 && words->ok(); --size) names.emplace_back(words->Take());
  return names;
}

std::string FileName(std::int64_t number) { return absl::StrCat(number, kRunSuffix); }

// The number that FileName made the name of; -1 if it made none such.
std::int64_t FileNumber(absl::string_view name) {
  std::int32_t number = 0;
  return absl::SimpleAtoi(name.substr(0, name.find('.')), &number) && FileName(number) == name
             ? std::int64_t{number}
             : -1;
}

std::vector<std::string> FileNames(const RunSet* runs) {
  std::vector<std::string> names;
  if (runs == nullptr) return names;
  for (const CountRun& run : runs->files()) {
    names.push_back(fs::path(run.file()->name()).filename().native());
  }
  return names;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WorkDir>> WorkDir::Open(const std::string& path,
                                                       const std::string& identity) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot create the work folder ", path, ": ", error.message()));
  }
  std::unique_ptr<WorkDir> work(new WorkDir(path));
  // Before the lock, which would be left in a folder that is somebody else's.
  if (absl::Status status = work->CheckHoldsNothingElse(); !status.ok()) return status;
  absl::StatusOr<FolderLock> lock = FolderLock::Take(path, "the work folder");
  if (!lock.ok()) return lock.status();
  work->lock_.emplace(*std::move(lock));
  if (absl::Status status = work->CheckIdentity(identity); !status.ok()) return status;
  if (absl::Status status = work->ReadState(); !status.ok()) return status;
  if (absl::Status status = work->DeleteLeftOvers(); !status.ok()) return status;
  return work;
}

absl::Status WorkDir::CheckHoldsNothingElse() const {
  const std::string identity = File("identity");
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, error)) {
    const std::string name = entry.path().filename().native();
    if (name == "lock" || name.starts_with("identity.")) continue;
    // Asked only now, as another run may just have begun here.
    if (fs::exists(identity)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("the work folder ", path_, " holds something else (", name,
                     "); name an empty folder, or one that does not exist"));
  }
  return error ? CannotList(error) : absl::OkStatus();
}

absl::Status WorkDir::CannotList(const std::error_code& error) const {
  return absl::UnavailableError(
      absl::StrCat("cannot list the work folder ", path_, ": ", error.message()));
}

absl::Status WorkDir::CheckIdentity(const std::string& identity) {
  const std::string path = File("identity");
  if (!fs::exists(path)) {
    if (absl::Status status = CheckHoldsNothingElse(); !status.ok()) return status;
    return Replace(path, identity);
  }
  const absl::StatusOr<std::string> found = ReadFile(path);
  if (!found.ok()) return found.status();
  if (*found == identity) return absl::OkStatus();
  const std::vector<std::string> theirs = Lines(*found);
  const std::vector<std::string> ours = Lines(identity);
  std::size_t i = 0;
  while (i < std::min(theirs.size(), ours.size()) && theirs[i] == ours[i]) ++i;
  return absl::FailedPreconditionError(absl::StrCat(
      "the work folder ", path_,
      " was made with other options or another input (there: ", LineOrNone(theirs, ours, i),
      "; now: ", LineOrNone(ours, theirs, i), "); repeat those, or name another --work-dir"));
}

absl::Status WorkDir::ReadState() {
  const std::string path = File("state");
  if (!fs::exists(path)) return absl::OkStatus();  // killed before the first checkpoint
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  const std::string first_line = text->substr(0, text->find('\n'));
  if (first_line == "bytepiece-work 1" || first_line == "bytepiece-work 2") {
    return absl::FailedPreconditionError(
        absl::StrCat("the work folder ", path_,
                     " is of an earlier version, which did not write down what it had read; delete "
                     "it, or finish the training with that version"));
  }
  if (first_line == kFirstLine && ParseState(absl::string_view(*text).substr(first_line.size()))) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat(path, " is damaged, or of another version; delete the work folder"));
}

// `text` is what Save writes after the first line.
bool WorkDir::ParseState(absl::string_view text) {
  Words words(text);
  const auto stage = words.TakeNumber<int>();
  state_.stage = static_cast<Stage>(stage);
  state_.counting.position.parts = words.TakeNumber<std::int64_t>();
  state_.counting.position.documents = words.TakeNumber<std::int64_t>();
  state_.counting.bytes_by_weight = TakeBytes(&words);
  state_.corpus.documents = words.TakeNumber<std::int64_t>();
  state_.corpus.bytes_by_weight = TakeBytes(&words);
  state_.counting.position.inputs = TakeDigests(&words);
  state_.inputs = TakeDigests(&words);
  const auto ngram_files = words.TakeNumber<std::size_t>();
  const auto piece_files = words.TakeNumber<std::size_t>();
  ngram_files_ = TakeNames(ngram_files, &words);
  piece_files_ = TakeNames(piece_files, &words);
  for (const auto* names : {&ngram_files_, &piece_files_}) {
    for (const std::string& name : *names) {
      const std::int64_t number = FileNumber(name);
      if (number < 0) return false;
      next_file_ = std::max(next_file_.load(), number + 1);
    }
  }
  return words.Take() == "end" && words.ok() && state_.counting.position.parts >= 0 && stage >= 0 &&
         stage <= static_cast<int>(Stage::kCounted);
}

absl::Status WorkDir::DeleteLeftOvers() const {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, error)) {
    const std::string name = entry.path().filename().native();
    const auto names = [&name](const std::vector<std::string>& files) {
      return std::find(files.begin(), files.end(), name) != files.end();
    };
    const bool unfinished = name.ends_with(".part");
    if (unfinished ||
        (name.ends_with(kRunSuffix) && !names(ngram_files_) && !names(piece_files_))) {
      std::error_code ignored;  // it takes room, and does no other harm
      fs::remove(entry.path(), ignored);
    }
  }
  return error ? CannotList(error) : absl::OkStatus();
}

absl::Status WorkDir::Restore(CountKind kind, RunSet* runs) const {
  for (const std::string& name : kind == CountKind::kNgrams ? ngram_files_ : piece_files_) {
    absl::StatusOr<ScratchFile> file = ScratchFile::OpenExisting(File(name));
    if (!file.ok()) return file.status();
    absl::StatusOr<std::shared_ptr<const CountFile>> opened = CountFile::Open(*std::move(file));
    if (!opened.ok()) return opened.status();
    absl::Status same =
        CheckSameHeader(File(name), (*opened)->header(), "this run", runs->header());
    if (!same.ok()) return same;
    runs->Add(CountRun(*std::move(opened)));
  }
  return absl::OkStatus();
}

absl::Status WorkDir::Save(const State& state, const RunSet* ngrams, const RunSet* pieces) {
  ngram_files_ = FileNames(ngrams);
  piece_files_ = FileNames(pieces);
  state_ = state;
  std::string text = absl::StrCat(
      kFirstLine, "\n", static_cast<int>(state.stage), "\n", state.counting.position.parts, " ",
      state.counting.position.documents, FormatBytes(state.counting.bytes_by_weight), "\n",
      state.corpus.documents, FormatBytes(state.corpus.bytes_by_weight), "\n",
      FormatDigests(state.counting.position.inputs), "\n", FormatDigests(state.inputs), "\n",
      ngram_files_.size(), " ", piece_files_.size(), "\n");
  for (const std::string& name : ngram_files_) absl::StrAppend(&text, name, "\n");
  for (const std::string& name : piece_files_) absl::StrAppend(&text, name, "\n");
  text += "end\n";
  if (absl::Status status = Replace(File("state"), text); !status.ok()) return status;
  return DeleteLeftOvers();
}

absl::StatusOr<ScratchFile> WorkDir::Create() {
  return ScratchFile::Create(File(FileName(next_file_.fetch_add(1))));
}

}  // namespace bytepiece
