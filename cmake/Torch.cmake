# SPDX-License-Identifier: Apache-2.0
# BYTEPIECE_BUILD_LM: the reference language model, which needs LibTorch (Debian's
# libtorch-dev 1.13, or a newer one that CMake finds). ON by default where there is one
# that fits; set to ON by hand, it is an error that none does.
set(torch_problem "")
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
  # LibTorch is not instrumented: ThreadSanitizer would not see its locks, and what
  # AddressSanitizer found there would be nobody's here to mend.
  set(torch_problem "a sanitizer's build leaves it out, as LibTorch is not instrumented")
else()
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    set(torch_problem "no LibTorch here (on Debian: libtorch-dev)")
  elseif("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    set(torch_problem "this LibTorch has the old C++ ABI; take the build with the new one (\"cxx11 ABI\")")
  endif()
endif()

if(torch_problem STREQUAL "")
  set(torch_fits ON)
else()
  set(torch_fits OFF)
endif()
option(BYTEPIECE_BUILD_LM "Build the reference language model; needs LibTorch" ${torch_fits})
if(BYTEPIECE_BUILD_LM AND NOT torch_fits)
  message(FATAL_ERROR "BYTEPIECE_BUILD_LM is ON, but ${torch_problem}")
elseif(NOT BYTEPIECE_BUILD_LM AND NOT torch_fits)
  message(STATUS "The reference language model is left out: ${torch_problem}")
endif()
