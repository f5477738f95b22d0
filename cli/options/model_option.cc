// SPDX-License-Identifier: Apache-2.0
#include "cli/options/model_option.h"

#include <map>

#include "cli/files/model_file.h"
#include "cli/program/choice.h"
#include "cli/program/file_names.h"

namespace bytepiece {

absl::StatusOr<Tokenizer> LoadTokenizer(const ModelOptions& options) {
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Load(
      options.path, {.normalization = options.normalization, .trust = ModelTrust::kTrusted});
  if (!tokenizer.ok()) return ExplainNoModel(options.path, tokenizer.status());
  return tokenizer;
}

void AddNormalizationOption(CLI::App* app, const std::string& description,
                            std::optional<Normalization>* normalization) {
  const std::map<std::string, Normalization> names = {{"nfc", Normalization::kNfc},
                                                      {"none", Normalization::kNone}};
  app->add_option_function<std::string>(
         "--normalization",
         [names, normalization](const std::string& name) { *normalization = names.at(name); },
         description)
      ->type_name("nfc|none")
      ->check(OneOf(names));
}

void AddModelOptions(CLI::App* app, ModelOptions* options) {
  app->add_option("-m,--model", options->path,
                  "The model: a file written by train, or the reference's JSON")
      ->type_name("FILE")
      ->check(NotStandardInput("a model"))
      ->required();
  AddNormalizationOption(app,
                         "Unicode normalisation before segmentation, in place of the\n"
                         "model's; none keeps every byte as it is",
                         &options->normalization);
}

void AddThreadsOption(CLI::App* app, int* threads) {
  app->add_option("--threads", *threads, "Threads; 0: one a core. The output does not depend on it")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""))
      ->capture_default_str();
}

}  // namespace bytepiece
