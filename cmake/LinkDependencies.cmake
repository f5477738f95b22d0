# SPDX-License-Identifier: Apache-2.0
# The packages that the libraries link, from the distribution; installed with
# them, because whoever links a static library links these too. CMake package
# files are preferred; where Debian 12 ships none (RE2, Zstandard) or a module
# that links badly against a newer release (Protobuf), the other route is tried.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(absl REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(BZip2 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_package(simdjson REQUIRED)

# Protobuf 22 and later need Abseil at link time: only the CONFIG package knows.
find_package(Protobuf CONFIG QUIET)
if(NOT Protobuf_FOUND)
  find_package(Protobuf REQUIRED)
endif()

# Under names that are the same whatever the route.
find_package(re2 CONFIG QUIET)
if(NOT TARGET re2::re2)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
  add_library(re2::re2 INTERFACE IMPORTED)
  target_link_libraries(re2::re2 INTERFACE PkgConfig::RE2)
endif()

find_package(zstd CONFIG QUIET)
if(NOT TARGET zstd::libzstd)
  add_library(zstd::libzstd INTERFACE IMPORTED)
  if(TARGET zstd::libzstd_shared)
    target_link_libraries(zstd::libzstd INTERFACE zstd::libzstd_shared)
  else()
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
    target_link_libraries(zstd::libzstd INTERFACE PkgConfig::ZSTD)
  endif()
endif()
