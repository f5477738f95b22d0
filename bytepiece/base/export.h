// SPDX-License-Identifier: Apache-2.0
// What a shared library shows: what public headers (cmake/PublicHeaders.cmake) mark so. They stand
// in the inline namespace v0, to be raised when what they promise to compiled programs changes.
#pragma once

#define BYTEPIECE_EXPORT __attribute__((visibility("default")))
// For what is declared within that and is nobody's business.
#define BYTEPIECE_HIDDEN __attribute__((visibility("hidden")))
