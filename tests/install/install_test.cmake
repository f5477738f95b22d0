# SPDX-License-Identifier: Apache-2.0
# Installs the build BUILD_DIR into an empty prefix, then configures, builds and
# runs the stranger's project in this folder against it. SCRATCH is emptied.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ${result}\n${output}")
  endif()
endfunction()

# From the README's C++ example on, what stands between the line ```LANGUAGE and the next ```.
function(extract_block language file)
  file(READ ${SOURCE_DIR}/README.md readme)
  string(FIND "${readme}" "```cpp\n" example)
  string(SUBSTRING "${readme}" ${example} -1 readme)
  string(FIND "${readme}" "```${language}\n" start)
  if(start EQUAL -1)
    message(FATAL_ERROR "README.md has no ```${language} block")
  endif()
  string(SUBSTRING "${readme}" ${start} -1 block)
  string(REGEX REPLACE "^```[a-z]+\n" "" block "${block}")
  string(FIND "${block}" "```" end)
  string(SUBSTRING "${block}" 0 ${end} block)
  file(WRITE ${file} "${block}")
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
extract_block(cpp ${SCRATCH}/readme/example.cc)
extract_block(text ${SCRATCH}/readme/output.txt)
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${SCRATCH}/prefix)
run(${SCRATCH}/prefix/bin/bytepiece --version)
foreach(file man/man1/bytepiece.1 man/man1/bytepiece-encode.1 zsh/site-functions/_bytepiece
    bash-completion/completions/bytepiece fish/vendor_completions.d/bytepiece.fish)
  if(NOT EXISTS ${SCRATCH}/prefix/share/${file})
    message(FATAL_ERROR "share/${file} was not installed")
  endif()
endforeach()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${SCRATCH}/build -G Ninja
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_COMPILER_LAUNCHER=${COMPILER_LAUNCHER}
  -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix -DBYTEPIECE_INCLUDE=${SCRATCH}/prefix/include
  -DREADME_EXAMPLE=${SCRATCH}/readme -DPUBLIC_HEADERS=${SOURCE_DIR}/cmake/PublicHeaders.cmake)
run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${SCRATCH}/build --output-on-failure)
