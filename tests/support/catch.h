// SPDX-License-Identifier: Apache-2.0
// The one place that knows which Catch2 is installed.
#pragma once

#if BYTEPIECE_CATCH2_MAJOR < 3
#include <catch2/catch.hpp>
using Catch::Matchers::Contains;
#else
#include <catch2/catch_all.hpp>
using Catch::Approx;
inline auto Contains(const std::string& part) { return Catch::Matchers::ContainsSubstring(part); }
#endif
