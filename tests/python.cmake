# SPDX-License-Identifier: Apache-2.0
# The Python package, by the Python it was built for. Where it was left out, cmake/Python.cmake has
# said why, and ./check says so again at its end.
if(BYTEPIECE_HAS_PYTHON)
  file(GLOB files CONFIGURE_DEPENDS python/*_test.py)
  foreach(file ${files})
    get_filename_component(module ${file} NAME_WE)
    string(REPLACE "_test" "" name python_${module})
    add_test(NAME ${name} COMMAND ${BYTEPIECE_PYTHON_EXECUTABLE} -B -m unittest
      ${module} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/python)
    set_tests_properties(${name} PROPERTIES TIMEOUT 1800 LABELS python ENVIRONMENT
      "PYTHONPATH=${PROJECT_BINARY_DIR}/python;BYTEPIECE_BINARY=$<TARGET_FILE:bytepiece_cli>")
  endforeach()
endif()
