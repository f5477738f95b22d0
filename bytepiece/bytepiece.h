// SPDX-License-Identifier: Apache-2.0
/* BytePiece for C, and for every language that calls C: the one interface whose binary form is
 * promised.
 *
 *   bytepiece_tokenizer* tokenizer = NULL;
 *   if (bytepiece_tokenizer_load("my.model", NULL, &tokenizer) != BYTEPIECE_OK) {
 *     fprintf(stderr, "%s\n", bytepiece_last_error());
 *     return 1;
 *   }
 *   const char* texts[] = {"how much wood", "would a woodchuck chuck"};
 *   const size_t sizes[] = {13, 23};
 *   bytepiece_tokens* tokens = NULL;
 *   if (bytepiece_encode(tokenizer, texts, sizes, 2, NULL, &tokens) != BYTEPIECE_OK) ...
 *   const int32_t* ids = bytepiece_tokens_ids(tokens);
 *   const int64_t* offsets = bytepiece_tokens_offsets(tokens);
 *   // the second text's ids: ids[offsets[1]] up to, not including, ids[offsets[2]]
 *   bytepiece_tokens_free(tokens);
 *   bytepiece_tokenizer_free(tokenizer);
 *
 * Every function that can fail returns a bytepiece_status; the message of the last failure on the
 * calling thread is bytepiece_last_error(). On failure *out is NULL. Handles are opaque. A
 * tokenizer is immutable and may be used by any number of threads at once; it must outlive what it
 * encodes with, not the results. Texts are bytes with a size, not C strings: they may hold NUL.
 *
 * Promise: what is here keeps its meaning and binary form as long as BYTEPIECE_ABI stays the same.
 * Structs begin with their size, so that fields may be added at their ends.
 */
#ifndef BYTEPIECE_BYTEPIECE_H_
#define BYTEPIECE_BYTEPIECE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BYTEPIECE_ABI 1

#define BYTEPIECE_C_EXPORT __attribute__((visibility("default")))

typedef enum bytepiece_status {
  BYTEPIECE_OK = 0,
  BYTEPIECE_INVALID_ARGUMENT = 1, /* an option, an id, a text that spells a forbidden token */
  BYTEPIECE_NOT_FOUND = 2,        /* no such file */
  BYTEPIECE_BAD_FILE = 3,         /* damaged, of another version, no model */
  BYTEPIECE_OUT_OF_MEMORY = 4,
  BYTEPIECE_FAILED = 5 /* anything else: see the message */
} bytepiece_status;

/* BYTEPIECE_ABI of the library that runs, to be compared with that of the header. */
BYTEPIECE_C_EXPORT uint32_t bytepiece_abi(void);
/* One line; "" if no call failed on this thread. Good until the next call on the thread. */
BYTEPIECE_C_EXPORT const char* bytepiece_last_error(void);

/* ---- Tokenizers ---- */

typedef struct bytepiece_tokenizer bytepiece_tokenizer;

/* Reads a model file of any format. `normalization`: NULL for the model's, "nfc" or "none". */
BYTEPIECE_C_EXPORT bytepiece_status bytepiece_tokenizer_load(const char* path,
                                                             const char* normalization,
                                                             bytepiece_tokenizer** out);
/* The same from the bytes of a model file, which are not needed afterwards. */
BYTEPIECE_C_EXPORT bytepiece_status bytepiece_tokenizer_from_bytes(const void* bytes, size_t size,
                                                                   const char* normalization,
                                                                   bytepiece_tokenizer** out);
BYTEPIECE_C_EXPORT void bytepiece_tokenizer_free(bytepiece_tokenizer* tokenizer);

/* The number of ids: they are 0 to this less one. */
BYTEPIECE_C_EXPORT int64_t bytepiece_vocab_size(const bytepiece_tokenizer* tokenizer);
/* The id of a control or special token, or of the piece of just these bytes; -1 if there is none.
 */
BYTEPIECE_C_EXPORT int32_t bytepiece_token_to_id(const bytepiece_tokenizer* tokenizer,
                                                 const char* bytes, size_t size);
/* The bytes of a piece, the text of any other token, which the tokenizer keeps; NULL for an id
 * outside the vocabulary. */
BYTEPIECE_C_EXPORT const char* bytepiece_id_to_token(const bytepiece_tokenizer* tokenizer,
                                                     int32_t id, size_t* size);

/* ---- Text to ids ---- */

typedef enum bytepiece_special_tokens {
  BYTEPIECE_SPECIAL_PLAIN = 0, /* text that looks like a special token is text */
  BYTEPIECE_SPECIAL_ALLOW = 1, /* it becomes the token */
  BYTEPIECE_SPECIAL_FORBID = 2 /* it is an error */
} bytepiece_special_tokens;

typedef struct bytepiece_encode_options {
  size_t struct_size;     /* sizeof(bytepiece_encode_options) */
  int32_t add_bos;        /* 0 or 1 */
  int32_t add_eos;        /* 0 or 1 */
  int32_t special_tokens; /* a bytepiece_special_tokens */
  int32_t offsets;        /* 1: bytepiece_tokens_spans, too */
  int32_t threads;        /* 0 or less: one a core; never changes the result */
} bytepiece_encode_options;

/* Ids of several texts, one after the other. */
typedef struct bytepiece_tokens bytepiece_tokens;

/* The ids of texts[i], of sizes[i] bytes, for each i below `count`. `options` NULL: all fields 0.
 */
BYTEPIECE_C_EXPORT bytepiece_status bytepiece_encode(const bytepiece_tokenizer* tokenizer,
                                                     const char* const* texts, const size_t* sizes,
                                                     size_t count,
                                                     const bytepiece_encode_options* options,
                                                     bytepiece_tokens** out);
/* The same for texts in one buffer: text i is bytes[offsets[i]] up to, not including,
 * bytes[offsets[i + 1]], as Arrow has them; count + 1 offsets, which ascend. */
BYTEPIECE_C_EXPORT bytepiece_status bytepiece_encode_flat(const bytepiece_tokenizer* tokenizer,
                                                          const char* bytes, const int64_t* offsets,
                                                          size_t count,
                                                          const bytepiece_encode_options* options,
                                                          bytepiece_tokens** out);

typedef struct bytepiece_sample_options {
  size_t struct_size; /* sizeof(bytepiece_sample_options) */
  double alpha;       /* 0: all segmentations alike; 1: the model's distribution */
  uint64_t seed;
  uint64_t document; /* the number of texts[0]; text i has document + i */
  uint32_t sample;   /* the number of the first sample */
  uint32_t samples;  /* how many of each text, one row each; at least 1 */
} bytepiece_sample_options;

/* Random segmentations: `samples` rows for each text, one text after the other. They are functions
 * of model, text and options, not of threads. */
BYTEPIECE_C_EXPORT bytepiece_status bytepiece_sample(const bytepiece_tokenizer* tokenizer,
                                                     const char* const* texts, const size_t* sizes,
                                                     size_t count,
                                                     const bytepiece_sample_options* sampling,
                                                     const bytepiece_encode_options* options,
                                                     bytepiece_tokens** out);

/* Writes the number of ids of each text to counts[0] .. counts[count - 1]. */
BYTEPIECE_C_EXPORT bytepiece_status bytepiece_count(const bytepiece_tokenizer* tokenizer,
                                                    const char* const* texts, const size_t* sizes,
                                                    size_t count,
                                                    const bytepiece_encode_options* options,
                                                    int64_t* counts);

/* Rows. */
BYTEPIECE_C_EXPORT size_t bytepiece_tokens_size(const bytepiece_tokens* tokens);
/* All ids, row after row; bytepiece_tokens_offsets(tokens)[rows] of them. */
BYTEPIECE_C_EXPORT const int32_t* bytepiece_tokens_ids(const bytepiece_tokens* tokens);
/* rows + 1 numbers: row i is ids[offsets[i]] up to, not including, ids[offsets[i + 1]]. */
BYTEPIECE_C_EXPORT const int64_t* bytepiece_tokens_offsets(const bytepiece_tokens* tokens);
/* Two numbers for each id, begin and end of its bytes in its text; NULL if not asked for. */
BYTEPIECE_C_EXPORT const int64_t* bytepiece_tokens_spans(const bytepiece_tokens* tokens);
BYTEPIECE_C_EXPORT void bytepiece_tokens_free(bytepiece_tokens* tokens);

/* ---- Ids to text ---- */

typedef struct bytepiece_decode_options {
  size_t struct_size;        /* sizeof(bytepiece_decode_options) */
  int32_t control_tokens;    /* 1: <bos> and the like as text; 0: left out */
  int32_t no_special_tokens; /* 1: special tokens are left out, too */
  int32_t threads;
} bytepiece_decode_options;

/* Bytes of several rows, one after the other. */
typedef struct bytepiece_text bytepiece_text;

/* Row i is ids[offsets[i]] up to, not including, ids[offsets[i + 1]], for i below `count`. */
BYTEPIECE_C_EXPORT bytepiece_status bytepiece_decode(const bytepiece_tokenizer* tokenizer,
                                                     const int32_t* ids, const int64_t* offsets,
                                                     size_t count,
                                                     const bytepiece_decode_options* options,
                                                     bytepiece_text** out);
BYTEPIECE_C_EXPORT size_t bytepiece_text_size(const bytepiece_text* text);
BYTEPIECE_C_EXPORT const char* bytepiece_text_bytes(const bytepiece_text* text);
BYTEPIECE_C_EXPORT const int64_t* bytepiece_text_offsets(const bytepiece_text* text);
BYTEPIECE_C_EXPORT void bytepiece_text_free(bytepiece_text* text);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* BYTEPIECE_BYTEPIECE_H_ */
