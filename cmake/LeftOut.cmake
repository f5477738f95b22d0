# SPDX-License-Identifier: Apache-2.0
# What this build does without for want of a package: said while configuring, and written to
# left_out.txt, with which ./check ends.
file(REMOVE ${PROJECT_BINARY_DIR}/left_out.txt)

function(bytepiece_leave_out what why)
  message(STATUS "Left out: ${what}: ${why}")
  file(APPEND ${PROJECT_BINARY_DIR}/left_out.txt "${what}: ${why}\n")
endfunction()
