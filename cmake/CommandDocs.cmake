# SPDX-License-Identifier: Apache-2.0
# Manual pages and shell completion, which a program writes itself from the definitions of its
# commands; made with it and installed with it. Not where it cannot run while being built.
function(bytepiece_command_docs target name)
  if(CMAKE_CROSSCOMPILING OR CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    return()
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/docs)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
    COMMAND ${target} man --output-dir ${folder}/man1
    COMMAND ${target} completion bash > ${folder}/${name}
    COMMAND ${target} completion zsh > ${folder}/_${name}
    COMMAND ${target} completion fish > ${folder}/${name}.fish)
  install(DIRECTORY ${folder}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  set(data ${CMAKE_INSTALL_DATADIR})
  install(FILES ${folder}/${name} DESTINATION ${data}/bash-completion/completions)
  install(FILES ${folder}/_${name} DESTINATION ${data}/zsh/site-functions)
  install(FILES ${folder}/${name}.fish DESTINATION ${data}/fish/vendor_completions.d)
endfunction()
