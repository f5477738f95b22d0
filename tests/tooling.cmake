# SPDX-License-Identifier: Apache-2.0
# Tests of the tree and the package rather than of code.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_test(NAME structure_check
  COMMAND Python3::Interpreter -B structure_check_test.py
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/structure)

add_test(NAME format COMMAND ${PROJECT_SOURCE_DIR}/tools/check_format)
set_tests_properties(format PROPERTIES SKIP_RETURN_CODE 77)

add_test(NAME install COMMAND ${CMAKE_COMMAND}
  -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DBUILD_DIR=${PROJECT_BINARY_DIR}
  -DCOMPILER=${CMAKE_CXX_COMPILER} -DCOMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
  -DSCRATCH=${CMAKE_CURRENT_BINARY_DIR}/install
  -P ${CMAKE_CURRENT_SOURCE_DIR}/install/install_test.cmake)
set_tests_properties(install PROPERTIES TIMEOUT 600 LABELS slow)

add_test(NAME exports COMMAND Python3::Interpreter -B install/exports_check.py
  $<TARGET_FILE:bytepiece_shared> ${PROJECT_SOURCE_DIR} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})

add_test(NAME lm_option COMMAND ${CMAKE_COMMAND}
  -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DNINJA=${CMAKE_MAKE_PROGRAM}
  -DSCRATCH=${CMAKE_CURRENT_BINARY_DIR}/lm_option
  -P ${CMAKE_CURRENT_SOURCE_DIR}/tooling/lm_option_test.cmake)
