# SPDX-License-Identifier: Apache-2.0
# Every package the build needs: what the libraries link, and header-only ones.
include(${CMAKE_CURRENT_LIST_DIR}/LinkDependencies.cmake)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
