# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM; its output must be the contents of the file EXPECTED.
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE output RESULT_VARIABLE result)
file(READ ${EXPECTED} expected)
if(NOT result EQUAL 0 OR NOT output STREQUAL expected)
  message(FATAL_ERROR "exit code ${result}; printed\n${output}instead of\n${expected}")
endif()
