# SPDX-License-Identifier: Apache-2.0
# What a stranger gets: the program, the libraries, their headers, and a package
# file for find_package(bytepiece).
include(CMakePackageConfigHelpers)

install(TARGETS bytepiece_cli)
if(BYTEPIECE_HAS_LM)
  install(TARGETS bytepiece_lm_cli)
endif()
# With BUILD_SHARED_LIBS one shared library has all three, and shows the public face alone; else they
# are static. Either way a program links bytepiece::bytepiece, or ::corpus, or ::trainer.
add_library(bytepiece_shared SHARED
  $<TARGET_OBJECTS:bytepiece> $<TARGET_OBJECTS:bytepiece_proto> $<TARGET_OBJECTS:bytepiece_corpus>
  $<TARGET_OBJECTS:bytepiece_trainer>)
set_target_properties(bytepiece_shared PROPERTIES
  OUTPUT_NAME bytepiece EXPORT_NAME bytepiece LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
target_include_directories(bytepiece_shared
  INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(bytepiece_shared INTERFACE cxx_std_20)
# What the map leaves out are copies of other libraries' code, such as Abseil's.
target_link_options(bytepiece_shared PRIVATE
  LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map LINKER:--no-undefined)
target_link_libraries(bytepiece_shared
  PUBLIC absl::status absl::statusor absl::span
  PRIVATE absl::strings absl::flat_hash_map protobuf::libprotobuf re2::re2 ICU::uc
          simdjson::simdjson ZLIB::ZLIB zstd::libzstd
          LibLZMA::LibLZMA BZip2::BZip2 OpenMP::OpenMP_CXX)
if(BUILD_SHARED_LIBS)
  install(TARGETS bytepiece_shared EXPORT bytepieceTargets)
  foreach(name corpus trainer)
    add_library(bytepiece_shared_${name} INTERFACE)
    set_target_properties(bytepiece_shared_${name} PROPERTIES EXPORT_NAME ${name})
    target_link_libraries(bytepiece_shared_${name} INTERFACE bytepiece_shared)
    install(TARGETS bytepiece_shared_${name} EXPORT bytepieceTargets)
  endforeach()
else()
  # A sanitizer's runtime is linked into programs alone.
  if(NOT BYTEPIECE_BUILD_TESTS OR CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    set_target_properties(bytepiece_shared PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  install(TARGETS bytepiece bytepiece_corpus bytepiece_trainer EXPORT bytepieceTargets)
endif()
install(TARGETS bytepiece_c EXPORT bytepieceTargets)

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
