# SPDX-License-Identifier: Apache-2.0
# LibTorch may come and go between two builds in one folder: each sees what is there.
# SCRATCH is emptied.
set(prefix ${SCRATCH}/prefix)
set(build ${SCRATCH}/build)

# Configures with the options given, where LibTorch is looked for in `prefix` alone.
macro(configure)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/lm_option -B ${build} -G Ninja
    -DCMAKE_MAKE_PROGRAM=${NINJA} -DSOURCE_DIR=${SOURCE_DIR} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF
    -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF -DCMAKE_FIND_USE_CMAKE_ENVIRONMENT_PATH=OFF ${ARGN}
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
endmacro()

function(expect_lm wanted)
  configure(${ARGN})
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${output}")
  endif()
  file(READ ${build}/has_lm.txt has_lm)
  if(NOT has_lm STREQUAL wanted)
    message(FATAL_ERROR "expected the language model to be ${wanted}, not ${has_lm}: ${output}")
  endif()
endfunction()

function(expect_left_out is_left_out)
  if(is_left_out AND NOT EXISTS ${build}/left_out.txt)
    message(FATAL_ERROR "nothing is said of what is left out")
  elseif(NOT is_left_out AND EXISTS ${build}/left_out.txt)
    message(FATAL_ERROR "something is said to be left out")
  endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
expect_lm(OFF)
expect_left_out(TRUE)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${build} --target bytepiece_lm_cli
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0 OR NOT output MATCHES "bytepiece-lm cannot be built: no LibTorch here")
  message(FATAL_ERROR "the missing program does not say why it is missing: ${output}")
endif()

file(WRITE ${prefix}/lib/cmake/Torch/TorchConfig.cmake "set(Torch_FOUND TRUE)\n")
expect_lm(ON)
expect_left_out(FALSE)
expect_lm(OFF -DBYTEPIECE_LM=OFF)
expect_lm(ON -DBYTEPIECE_LM=AUTO)

file(REMOVE_RECURSE ${prefix})
expect_lm(OFF)
configure(-DBYTEPIECE_LM=ON)
if(result EQUAL 0 OR NOT output MATCHES "BYTEPIECE_LM is ON, but no LibTorch here")
  message(FATAL_ERROR "BYTEPIECE_LM=ON without LibTorch: ${output}")
endif()
