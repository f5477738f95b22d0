// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/slow_blas.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"

namespace bytepiece::lm {
namespace {

// Names that the fast ones have and the reference has not. Each may come as libblas.so.3.
constexpr const char* kFastBlasSymbols[] = {"openblas_get_config", "mkl_get_version",
                                            "MKL_Get_Version", "bli_info_get_version_str",
                                            "ATL_buildinfo"};

}  // namespace

std::string ReferenceBlas() {
  Dl_info info;
  void* const multiply = dlsym(RTLD_DEFAULT, "sgemm_");
  if (multiply == nullptr || dladdr(multiply, &info) == 0) return "";
  std::error_code error;
  const auto path = std::filesystem::canonical(info.dli_fname, error);
  if (error || !path.filename().native().starts_with("libblas.so")) return "";
  void* const library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return "";
  // Looks into the libraries that this one needs, too.
  const bool fast = std::any_of(std::begin(kFastBlasSymbols), std::end(kFastBlasSymbols),
                                [&](const char* name) { return dlsym(library, name) != nullptr; });
  dlclose(library);
  return fast ? "" : path.native();
}

void WarnOfReferenceBlas() {
  static bool told = false;
  if (told) return;
  told = true;
  const std::string path = ReferenceBlas();
  if (path.empty()) return;
  PrintError(absl::StrCat(
      "this will be slow: LibTorch multiplies matrices with the reference BLAS, ", path,
      "; with OpenBLAS (Debian's libopenblas0-pthread) it is some 15 ", "times faster"));
}

}  // namespace bytepiece::lm
