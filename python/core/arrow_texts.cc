// SPDX-License-Identifier: Apache-2.0
#include "python/core/arrow_texts.h"

#include <nanobind/nanobind.h>

#include <cstring>
#include <string>

namespace bytepiece {
namespace {

namespace nb = nanobind;

void CheckNoNulls(const ArrowArray& array, std::int64_t first_row) {
  if (array.null_count == 0 || array.n_buffers == 0 || array.buffers[0] == nullptr) return;
  const auto* const valid = static_cast<const std::uint8_t*>(array.buffers[0]);
  for (std::int64_t i = 0; i < array.length; ++i) {
    const std::int64_t bit = array.offset + i;
    if ((valid[bit / 8] >> (bit % 8) & 1) != 0) continue;
    throw nb::value_error(("row " + std::to_string(first_row + i) +
                           " is null, which is no text; drop or fill nulls first")
                              .c_str());
  }
}

template <typename Offset>
void AppendByOffsets(const ArrowArray& array, std::vector<std::string_view>* texts) {
  if (array.length == 0) return;  // the buffers may be null then
  const auto* const offsets = static_cast<const Offset*>(array.buffers[1]) + array.offset;
  const auto* const bytes = static_cast<const char*>(array.buffers[2]);
  for (std::int64_t i = 0; i < array.length; ++i) {
    texts->emplace_back(bytes + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i]));
  }
}

// 16 bytes each: the length; then up to 12 bytes of text, or 4 of it, the number of the buffer
// that holds the text, and where in it.
void AppendViews(const ArrowArray& array, std::vector<std::string_view>* texts) {
  constexpr std::size_t kViewSize = 16;
  constexpr std::int32_t kMostInside = 12;
  if (array.length == 0) return;
  const char* view = static_cast<const char*>(array.buffers[1]) + array.offset * kViewSize;
  for (std::int64_t i = 0; i < array.length; ++i, view += kViewSize) {
    std::int32_t length;
    std::int32_t place[2];
    std::memcpy(&length, view, sizeof length);
    std::memcpy(place, view + 8, sizeof place);
    const char* const bytes =
        length <= kMostInside ? view + 4
                              : static_cast<const char*>(array.buffers[2 + place[0]]) + place[1];
    texts->emplace_back(bytes, static_cast<std::size_t>(length));
  }
}

}  // namespace

void AppendArrowTexts(const ArrowSchema& schema, const ArrowArray& array, std::int64_t first_row,
                      std::vector<std::string_view>* texts) {
  const std::string_view format = schema.format;
  if (schema.dictionary != nullptr) {
    throw nb::type_error(
        "the Arrow array is dictionary-encoded; decode it first "
        "(in pyarrow: array.cast(pyarrow.large_string()))");
  }
  if (format == "n" && array.length > 0) {
    throw nb::value_error("the Arrow array holds nulls alone, which are no texts");
  }
  CheckNoNulls(array, first_row);
  if (format == "u" || format == "z") {
    AppendByOffsets<std::int32_t>(array, texts);
  } else if (format == "U" || format == "Z") {
    AppendByOffsets<std::int64_t>(array, texts);
  } else if (format == "vu" || format == "vz") {
    AppendViews(array, texts);
  } else if (format.substr(0, 2) == "+s") {
    throw nb::type_error("a table has several columns; give the one that holds the texts");
  } else if (format != "n") {
    throw nb::type_error(("an Arrow array of text must be of string, large_string, string_view or "
                          "binary type, not of format \"" +
                          std::string(format) + "\"")
                             .c_str());
  }
}

}  // namespace bytepiece
