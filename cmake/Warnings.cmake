# SPDX-License-Identifier: Apache-2.0
# bytepiece_warnings: linked privately by every target of ours, never installed.
add_library(bytepiece_warnings INTERFACE)
target_compile_options(bytepiece_warnings INTERFACE -Wall -Wextra
  $<$<BOOL:${BYTEPIECE_WERROR}>:-Werror>)
