# SPDX-License-Identifier: Apache-2.0
# BYTEPIECE_PYTHON decides on the Python package: ON builds it with the Python that CMake finds; AUTO
# with the one in build/python/venv, where tools/python_environment has put all it needs, or not at
# all.
set(BYTEPIECE_PYTHON AUTO CACHE STRING "Build the Python package: AUTO, ON or OFF")
set_property(CACHE BYTEPIECE_PYTHON PROPERTY STRINGS AUTO ON OFF)

set(BYTEPIECE_HAS_PYTHON ${BYTEPIECE_PYTHON})
if(BYTEPIECE_PYTHON STREQUAL "AUTO")
  set(environment ${PROJECT_SOURCE_DIR}/build/python/venv)
  set(BYTEPIECE_HAS_PYTHON OFF)
  set(python_problem "")
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    set(python_problem "a sanitizer's library cannot be loaded into a Python that has none")
  elseif(NOT EXISTS ${environment}/ready)
    set(python_problem "tools/python_environment has not made its environment")
  else()
    set(Python_EXECUTABLE ${environment}/bin/python)
    set(BYTEPIECE_HAS_PYTHON ON)
  endif()
  if(NOT python_problem STREQUAL "")
    bytepiece_leave_out("the Python package (python/)" "${python_problem}")
  endif()
endif()
