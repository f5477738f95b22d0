// SPDX-License-Identifier: Apache-2.0
// What the benchmarks work on, by name. Prose and models are what bench/prepare
// wrote into the folder BYTEPIECE_BENCH_DATA (default build/bench-data); the rest
// is made here, the same on every machine.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bytepiece/tokenizer.h"

namespace bytepiece {

// Prose: "zh", "en", "code", "multi". Worst cases: "letter" (one letter),
// "newlines", "random" (bytes), "digits", "long_piece" (a long piece of the 80k
// model over and over).
const std::vector<std::string>& ProseNames();
const std::vector<std::string>& WorstCaseNames();

// The input of that name, cut or, worst cases, made to `bytes`. Ends the program
// with a line that says what to run if the text is not there.
std::string BenchInput(const std::string& name, std::size_t bytes);

enum class ModelForm { kProtobuf, kCompiled };

// The tokenizer "80k", "160k" or "240k" (public models of the reference), or one of these with
// whole-number scores, such as "80k-whole".
Tokenizer BenchTokenizer(const std::string& name, ModelForm form = ModelForm::kProtobuf);

}  // namespace bytepiece
