# SPDX-License-Identifier: Apache-2.0
# The Python package, by the Python it was built for. Where it was left out, cmake/Python.cmake has
# said why, and ./check says so again at its end.
function(add_python_test name module)
  add_test(NAME ${name} COMMAND ${BYTEPIECE_PYTHON_EXECUTABLE} -B -m unittest ${module}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/python)
  set_tests_properties(${name} PROPERTIES TIMEOUT 1800 LABELS python ENVIRONMENT
    "PYTHONPATH=${PROJECT_BINARY_DIR}/python;BYTEPIECE_BINARY=$<TARGET_FILE:bytepiece_cli>;${ARGN}")
endfunction()

if(BYTEPIECE_HAS_PYTHON)
  file(GLOB files CONFIGURE_DEPENDS python/*_test.py)
  foreach(file ${files})
    get_filename_component(module ${file} NAME_WE)
    string(REPLACE "_test" "" name python_${module})
    add_python_test(${name} ${module})
  endforeach()
  # It compiles everything once more, where ccache does not know it.
  set_tests_properties(python_wheel PROPERTIES LABELS "python;long")
  # A hundred times each way of worker processes; ten million calls.
  foreach(module tokenizer_test processes_test)
    add_python_test(python_${module}_long ${module} BYTEPIECE_LONG=1)
    set_tests_properties(python_${module}_long PROPERTIES TIMEOUT 40000 LABELS "python;long")
  endforeach()
endif()
