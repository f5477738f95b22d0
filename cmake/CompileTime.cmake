# SPDX-License-Identifier: Apache-2.0
# Most of the time of compiling goes into headers. CLI11's and LibTorch's are the worst: targets
# of such files compile eight of them at a time, so names in anonymous namespaces must differ
# within a folder. The dev preset compiles one by one, which is faster after a change.
option(BYTEPIECE_UNITY_BUILD "Compile the files of cli, lm and lm_cli several at a time" ON)

function(bytepiece_unity_build target)
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ${BYTEPIECE_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# For targets of many small files. Where it matters that each includes what it uses (the library,
# unless for a sanitizer), nothing is precompiled.
function(bytepiece_precompile_headers target)
  target_precompile_headers(${target} PRIVATE ${ARGN} <algorithm> <cmath> <cstdint> <map> <memory>
    <random> <string> <string_view> <unordered_map> <vector> <absl/status/statusor.h>
    <absl/strings/str_cat.h>)
endfunction()

function(bytepiece_precompile_headers_if_sanitized target)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    bytepiece_precompile_headers(${target})
  endif()
endfunction()
