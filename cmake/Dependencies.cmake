# SPDX-License-Identifier: Apache-2.0
# Every package the core needs, from the distribution. CMake package files are
# preferred; where Debian 12 ships none (RE2) or a module that links badly
# against a newer release (Protobuf), the other route is tried.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(absl REQUIRED)
find_package(ZLIB REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)

# Protobuf 22 and later need Abseil at link time: only the CONFIG package knows.
find_package(Protobuf CONFIG QUIET)
if(NOT Protobuf_FOUND)
  find_package(Protobuf REQUIRED)
endif()

find_package(re2 CONFIG QUIET)
if(NOT TARGET re2::re2)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
  add_library(re2::re2 ALIAS PkgConfig::RE2)
endif()

find_package(zstd CONFIG QUIET)
if(TARGET zstd::libzstd)
  set(BYTEPIECE_ZSTD_TARGET zstd::libzstd)
elseif(TARGET zstd::libzstd_shared)
  set(BYTEPIECE_ZSTD_TARGET zstd::libzstd_shared)
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
  set(BYTEPIECE_ZSTD_TARGET PkgConfig::ZSTD)
endif()
