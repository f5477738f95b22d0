# SPDX-License-Identifier: Apache-2.0
# BYTEPIECE_LM decides on the reference language model, which needs LibTorch (Debian's
# libtorch-dev 1.13, or a newer one that CMake finds): AUTO builds it where there is one that
# fits, ON makes it an error that none does. Whether one fits is found out each time
# (BYTEPIECE_HAS_LM, not in the cache), so a package installed later is seen.
set(BYTEPIECE_LM AUTO CACHE STRING "Build the reference language model: AUTO, ON or OFF")
set_property(CACHE BYTEPIECE_LM PROPERTY STRINGS AUTO ON OFF)

set(lm_problem "")
if(NOT BYTEPIECE_LM)
  set(lm_problem "BYTEPIECE_LM is OFF")
elseif(CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
  # ThreadSanitizer would not see its locks, and what AddressSanitizer found there would be
  # nobody's here to mend.
  set(lm_problem "LibTorch is not instrumented for sanitizers")
else()
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    set(lm_problem "no LibTorch here (on Debian: libtorch-dev)")
  elseif("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    set(lm_problem "this LibTorch has the old C++ ABI; take the build with the new one (\"cxx11 ABI\")")
  endif()
endif()

set(BYTEPIECE_HAS_LM ON)
if(NOT lm_problem STREQUAL "")
  set(BYTEPIECE_HAS_LM OFF)
  if(NOT BYTEPIECE_LM STREQUAL "AUTO" AND BYTEPIECE_LM)
    message(FATAL_ERROR "BYTEPIECE_LM is ${BYTEPIECE_LM}, but ${lm_problem}")
  endif()
  bytepiece_leave_out("the reference language model (lm/, lm_cli/)" "${lm_problem}")
  # Whoever asks for the program is told why there is none.
  add_custom_target(bytepiece_lm_cli VERBATIM
    COMMAND ${CMAKE_COMMAND} -E echo "bytepiece-lm cannot be built: ${lm_problem}"
    COMMAND ${CMAKE_COMMAND} -E false)
endif()
