// SPDX-License-Identifier: Apache-2.0
// ICU's data without any: a common data file, as unicode/udata.h describes its header, whose table
// of contents ("ToCP") has no entry. Compiled with ENTRY as the name that libicuuc asks for.
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

struct Data {
  uint16_t header_size;
  uint8_t magic[2];
  // UDataInfo.
  uint16_t info_size;
  uint16_t reserved_word;
  uint8_t is_big_endian;
  uint8_t charset_family;
  uint8_t sizeof_uchar;
  uint8_t reserved_byte;
  uint8_t format[4];
  uint8_t format_version[4];
  uint8_t data_version[4];
  uint8_t padding[8];
  // The table.
  uint32_t count;
  uint32_t reserved;
  void* entries[2];
};

EXPORTED const struct Data ENTRY = {
    .header_size = 32,
    .magic = {0xda, 0x27},
    .info_size = 20,
    .is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
    .sizeof_uchar = 2,
    .format = {'T', 'o', 'C', 'P'},
    .format_version = {1},
};
