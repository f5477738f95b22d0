// SPDX-License-Identifier: Apache-2.0
// A tokenizer as Python holds it, with the scratch memory that its calls reuse.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "bytepiece/batch.h"
#include "bytepiece/encode_options.h"
#include "bytepiece/tokenizer.h"
#include "python/core/slot_pool.h"

namespace bytepiece {

namespace nb = nanobind;

// Any number of threads may use one.
class BoundTokenizer {
 public:
  explicit BoundTokenizer(Tokenizer tokenizer)
      : tokenizer_(std::move(tokenizer)), wide_(tokenizer_.vocab_size() > 65536) {}

  const Tokenizer& tokenizer() const { return tokenizer_; }
  // Whether arrays of ids are uint32, for uint16 is too narrow.
  bool wide() const { return wide_; }

  // Calls use(worker).
  template <typename Use>
  auto WithWorker(const Use& use) {
    return With(
        &workers_, [this] { return std::make_unique<Worker>(tokenizer_.NewWorker()); }, use);
  }

  // Calls use(encoder), an encoder of so many threads.
  template <typename Use>
  auto WithEncoder(int threads, const Use& use) {
    return With(
        &encoders_,
        [&] {
          return std::unique_ptr<Encoder>(new Encoder{threads, BatchEncoder(tokenizer_, threads)});
        },
        [&](Encoder* kept) {
          if (kept->threads != threads) *kept = {threads, BatchEncoder(tokenizer_, threads)};
          return use(&kept->encoder);
        });
  }

 private:
  struct Encoder {
    int threads;
    BatchEncoder encoder;
  };

  template <typename T, typename Make, typename Use>
  static auto With(SlotPool<T>* pool, const Make& make, const Use& use) {
    std::unique_ptr<T> object = pool->Take();
    if (object == nullptr) object = make();
    struct Return {
      SlotPool<T>* pool;
      std::unique_ptr<T>* object;
      ~Return() { pool->Give(std::move(*object)); }
    } give_back{pool, &object};
    return use(object.get());
  }

  Tokenizer tokenizer_;
  bool wide_;
  SlotPool<Worker> workers_;
  SlotPool<Encoder> encoders_;
};

// A text of more bytes is worth letting other Python threads run meanwhile; for shorter ones they
// would wait for each other longer than for the text.
inline constexpr std::size_t kBytesToReleaseGil = 4096;

// Calls work() without the GIL if there is much to do.
template <typename Work>
auto WithoutGil(std::size_t bytes, const Work& work) {
  if (bytes < kBytesToReleaseGil) return work();
  nb::gil_scoped_release release;
  return work();
}

// The options of a call. ValueError for a name that is none of "plain", "allow", "forbid", and for
// a text in `allow`, a sequence of str or None, that is no special token.
EncodeOptions EncodeOptionsOf(const Tokenizer& tokenizer, bool bos, bool eos, nb::handle policy,
                              nb::handle allow);

void BindTokenizer(nb::module_* module);
void BindBatches(nb::module_* module);
void BindStreaming(nb::module_* module);
void BindSegmentations(nb::module_* module);
void BindModels(nb::module_* module);
void BindTraining(nb::module_* module);
void BindFiles(nb::module_* module);
void BindExports(nb::module_* module);

}  // namespace bytepiece
