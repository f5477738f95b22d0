# SPDX-License-Identifier: Apache-2.0
# bytepiece_warnings: linked privately by every target of ours, never installed.
add_library(bytepiece_warnings INTERFACE)
target_compile_options(bytepiece_warnings INTERFACE -Wall -Wextra
  $<$<BOOL:${BYTEPIECE_WERROR}>:-Werror>)
# GCC 12 sees overlapping copies in `"literal" + std::string()` (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(bytepiece_warnings INTERFACE -Wno-restrict)
endif()
