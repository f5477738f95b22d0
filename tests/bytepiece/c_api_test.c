/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface as a C program sees it: C11, no C++ header, nothing but the installed library.
 *
 * usage: c_api_test MODEL        a model without normalization, with the special token <|x|> */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece/bytepiece.h"

#define CHECK(condition)                                                                          \
  do {                                                                                            \
    if (!(condition)) {                                                                           \
      fprintf(stderr, "%s:%d: %s does not hold; last error: \"%s\"\n", __FILE__, __LINE__,        \
              #condition, bytepiece_last_error());                                                \
      exit(1);                                                                                    \
    }                                                                                             \
  } while (0)

static const char* const kTexts[] = {"how much wood", "", "a\0b <|x|>", "\xff\xc3"};
static const size_t kSizes[] = {13, 0, 9, 2};
#define TEXTS 4

/* What rows of ids stand for is the texts, one after the other. */
static void CheckDecodes(const bytepiece_tokenizer* tokenizer, const bytepiece_tokens* tokens,
                         size_t rows_each) {
  bytepiece_text* text = NULL;
  CHECK(bytepiece_decode(tokenizer, bytepiece_tokens_ids(tokens), bytepiece_tokens_offsets(tokens),
                         bytepiece_tokens_size(tokens), NULL, &text) == BYTEPIECE_OK);
  CHECK(bytepiece_text_size(text) == TEXTS * rows_each);
  const int64_t* const offsets = bytepiece_text_offsets(text);
  for (size_t row = 0; row < TEXTS * rows_each; ++row) {
    const size_t i = row / rows_each;
    CHECK((size_t)(offsets[row + 1] - offsets[row]) == kSizes[i]);
    CHECK(memcmp(bytepiece_text_bytes(text) + offsets[row], kTexts[i], kSizes[i]) == 0);
  }
  bytepiece_text_free(text);
}

static void TestBatches(const bytepiece_tokenizer* tokenizer) {
  bytepiece_tokens* tokens = NULL;
  CHECK(bytepiece_encode(tokenizer, kTexts, kSizes, TEXTS, NULL, &tokens) == BYTEPIECE_OK);
  CHECK(bytepiece_tokens_size(tokens) == TEXTS);
  CHECK(bytepiece_tokens_spans(tokens) == NULL);
  CheckDecodes(tokenizer, tokens, 1);
  const int64_t* const offsets = bytepiece_tokens_offsets(tokens);
  CHECK(offsets[0] == 0 && offsets[1] > 0 && offsets[2] == offsets[1]);

  int64_t counts[TEXTS];
  CHECK(bytepiece_count(tokenizer, kTexts, kSizes, TEXTS, NULL, counts) == BYTEPIECE_OK);
  for (size_t i = 0; i < TEXTS; ++i) CHECK(counts[i] == offsets[i + 1] - offsets[i]);

  /* The same texts in one buffer, with spans. */
  char bytes[64];
  int64_t begins[TEXTS + 1] = {0};
  for (size_t i = 0; i < TEXTS; ++i) {
    memcpy(bytes + begins[i], kTexts[i], kSizes[i]);
    begins[i + 1] = begins[i] + (int64_t)kSizes[i];
  }
  bytepiece_encode_options options = {sizeof(options), 0, 0, BYTEPIECE_SPECIAL_PLAIN, 1, 2};
  bytepiece_tokens* flat = NULL;
  CHECK(bytepiece_encode_flat(tokenizer, bytes, begins, TEXTS, &options, &flat) == BYTEPIECE_OK);
  const size_t ids = (size_t)offsets[TEXTS];
  CHECK(memcmp(bytepiece_tokens_ids(flat), bytepiece_tokens_ids(tokens), 4 * ids) == 0);
  const int64_t* const spans = bytepiece_tokens_spans(flat);
  CHECK(spans[0] == 0 && spans[2 * (offsets[1] - 1) + 1] == (int64_t)kSizes[0]);
  bytepiece_tokens_free(flat);
  bytepiece_tokens_free(tokens);
}

static void TestSpecialTokens(const bytepiece_tokenizer* tokenizer) {
  const int32_t special = bytepiece_token_to_id(tokenizer, "<|x|>", 5);
  CHECK(special > 0);
  size_t size = 0;
  CHECK(memcmp(bytepiece_id_to_token(tokenizer, special, &size), "<|x|>", 5) == 0 && size == 5);
  CHECK(bytepiece_id_to_token(tokenizer, -1, &size) == NULL && size == 0);
  CHECK(bytepiece_token_to_id(tokenizer, "no such piece", 13) == -1);
  CHECK(special < bytepiece_vocab_size(tokenizer));

  bytepiece_encode_options options = {sizeof(options), 1, 1, BYTEPIECE_SPECIAL_ALLOW, 0, 1};
  bytepiece_tokens* tokens = NULL;
  CHECK(bytepiece_encode(tokenizer, kTexts + 2, kSizes + 2, 1, &options, &tokens) == BYTEPIECE_OK);
  const int64_t last = bytepiece_tokens_offsets(tokens)[1];
  CHECK(bytepiece_tokens_ids(tokens)[0] == 1 && bytepiece_tokens_ids(tokens)[last - 1] == 2);
  CHECK(bytepiece_tokens_ids(tokens)[last - 2] == special);
  bytepiece_tokens_free(tokens);

  options.special_tokens = BYTEPIECE_SPECIAL_FORBID;
  CHECK(bytepiece_encode(tokenizer, kTexts, kSizes, TEXTS, &options, &tokens) ==
        BYTEPIECE_INVALID_ARGUMENT);
  CHECK(tokens == NULL && strstr(bytepiece_last_error(), "<|x|>") != NULL);
}

static void TestSamples(const bytepiece_tokenizer* tokenizer) {
  bytepiece_sample_options sampling = {sizeof(sampling), 0.1, 7, 3, 0, 2};
  bytepiece_tokens* one = NULL;
  bytepiece_tokens* two = NULL;
  bytepiece_encode_options options = {sizeof(options), 0, 0, 0, 0, 1};
  CHECK(bytepiece_sample(tokenizer, kTexts, kSizes, TEXTS, &sampling, &options, &one) ==
        BYTEPIECE_OK);
  options.threads = 3;
  CHECK(bytepiece_sample(tokenizer, kTexts, kSizes, TEXTS, &sampling, &options, &two) ==
        BYTEPIECE_OK);
  CheckDecodes(tokenizer, one, 2);
  const size_t rows = 2 * TEXTS + 1;
  CHECK(memcmp(bytepiece_tokens_offsets(one), bytepiece_tokens_offsets(two), 8 * rows) == 0);
  bytepiece_tokens_free(one);
  bytepiece_tokens_free(two);
  sampling.alpha = -1;
  CHECK(bytepiece_sample(tokenizer, kTexts, kSizes, TEXTS, &sampling, NULL, &one) ==
        BYTEPIECE_INVALID_ARGUMENT);
}

static void TestErrors(const bytepiece_tokenizer* tokenizer) {
  bytepiece_tokenizer* none = (bytepiece_tokenizer*)&none;
  CHECK(bytepiece_tokenizer_load("no/such.model", NULL, &none) == BYTEPIECE_NOT_FOUND);
  CHECK(none == NULL && strstr(bytepiece_last_error(), "no/such.model") != NULL);
  CHECK(bytepiece_tokenizer_from_bytes("no model", 8, NULL, &none) != BYTEPIECE_OK);
  CHECK(bytepiece_tokenizer_from_bytes("", 0, "nfkc", &none) == BYTEPIECE_INVALID_ARGUMENT);
  CHECK(strstr(bytepiece_last_error(), "\"nfkc\"") != NULL);
  bytepiece_tokens* tokens = NULL;
  bytepiece_encode_options options = {3, 0, 0, 0, 0, 0};
  CHECK(bytepiece_encode(tokenizer, kTexts, kSizes, TEXTS, &options, &tokens) ==
        BYTEPIECE_INVALID_ARGUMENT);
  CHECK(strstr(bytepiece_last_error(), "struct_size") != NULL);
  const int64_t falling[] = {0, 5, 2};
  CHECK(bytepiece_encode_flat(tokenizer, "abcdef", falling, 2, NULL, &tokens) ==
        BYTEPIECE_INVALID_ARGUMENT);
  const int32_t ids[] = {-5};
  const int64_t offsets[] = {0, 1};
  bytepiece_text* text = NULL;
  CHECK(bytepiece_decode(tokenizer, ids, offsets, 1, NULL, &text) == BYTEPIECE_INVALID_ARGUMENT);
  CHECK(strstr(bytepiece_last_error(), "-5") != NULL);
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  CHECK(bytepiece_abi() == BYTEPIECE_ABI);
  bytepiece_tokenizer* tokenizer = NULL;
  CHECK(bytepiece_tokenizer_load(argv[1], NULL, &tokenizer) == BYTEPIECE_OK);
  TestBatches(tokenizer);
  TestSpecialTokens(tokenizer);
  TestSamples(tokenizer);
  TestErrors(tokenizer);
  bytepiece_tokenizer_free(tokenizer);
  return 0;
}
