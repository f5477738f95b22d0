# SPDX-License-Identifier: Apache-2.0
# What a stranger gets: the program, the libraries, their headers, and a package
# file for find_package(bytepiece).
include(CMakePackageConfigHelpers)

install(TARGETS bytepiece_cli)
if(BYTEPIECE_HAS_LM)
  install(TARGETS bytepiece_lm_cli)
endif()
install(TARGETS bytepiece bytepiece_c bytepiece_corpus bytepiece_trainer EXPORT bytepieceTargets)
include(cmake/PublicHeaders.cmake)
foreach(header ${BYTEPIECE_PUBLIC_HEADERS})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/bytepiece)
install(EXPORT bytepieceTargets NAMESPACE bytepiece:: DESTINATION ${package_folder})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/bytepieceConfig.cmake.in
  ${PROJECT_BINARY_DIR}/bytepieceConfig.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/bytepieceConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)  # before 1.0, a minor version may break
install(FILES
  ${PROJECT_BINARY_DIR}/bytepieceConfig.cmake
  ${PROJECT_BINARY_DIR}/bytepieceConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/LinkDependencies.cmake
  DESTINATION ${package_folder})
