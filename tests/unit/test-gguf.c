/* test-gguf.c - GGUF files, right and wrong, and the values of GGML's blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "common/gguf.h"
#include "common/golden.h"

/* ---- Blocks ---- */

static const LimnType block_types[] = {
  LIMN_TYPE_Q4_0, LIMN_TYPE_Q4_1, LIMN_TYPE_Q5_0, LIMN_TYPE_Q5_1, LIMN_TYPE_Q8_0,   LIMN_TYPE_Q2_K,
  LIMN_TYPE_Q3_K, LIMN_TYPE_Q4_K, LIMN_TYPE_Q5_K, LIMN_TYPE_Q6_K, LIMN_TYPE_IQ4_NL, LIMN_TYPE_IQ4_XS,
};

static void
assert_same (float value, float expected)
{
  if (!isnan (value) || !isnan (expected))
    g_assert_cmpfloat (value, ==, expected);
}

/* What gguf-py, ggml and ComfyUI-GGUF read there, to the bit; and the same in any part of it. */
static void
test_blocks (gconstpointer data)
{
  static const char *const sets[] = { "typical", "random" };
  LimnType type = *(const LimnType *) data;
  const char *name = limn_type_name (type);
  g_autoptr (LimnTensors) file = golden_open (type == LIMN_TYPE_Q8_0 ? "q8_0.safetensors" : "blocks.safetensors");

  for (guint s = 0; s < G_N_ELEMENTS (sets); s++) {
    const LimnTensor *raw = golden_tensor (file, "%s/%s/raw", name, sets[s]);
    gsize count;
    g_autofree float *expected = golden_floats (file, &count, "%s/%s/f32", name, sets[s]);
    g_autofree float *values = g_new (float, count);
    guint64 bytes;

    g_assert_true (limn_type_bytes (type, count, &bytes));
    g_assert_cmpuint (bytes, ==, raw->count);
    g_assert_cmpuint (raw->shape[1], ==, limn_type_size (type));
    limn_type_to_float (type, raw->data, 0, count, values);
    for (gsize i = 0; i < count; i++)
      assert_same (values[i], expected[i]);
    for (int trial = 0; trial < 100; trial++) {
      gsize first = (gsize) g_test_rand_int_range (0, (gint32) count);
      gsize n = (gsize) g_test_rand_int_range (0, (gint32) (count - first) + 1);
      limn_type_to_float (type, raw->data, first, n, values);
      for (gsize i = 0; i < n; i++)
        assert_same (values[i], expected[first + i]);
    }
  }
}

static void
test_bytes (void)
{
  guint64 bytes;

  g_assert_true (limn_type_bytes (LIMN_TYPE_F32, G_MAXUINT64 / 4, &bytes));
  g_assert_false (limn_type_bytes (LIMN_TYPE_F32, G_MAXUINT64 / 4 + 1, &bytes));
  g_assert_true (limn_type_bytes (LIMN_TYPE_Q8_0, 64, &bytes));
  g_assert_cmpuint (bytes, ==, 68);
  g_assert_false (limn_type_bytes (LIMN_TYPE_Q8_0, 48, &bytes));
  g_assert_false (limn_type_bytes (LIMN_TYPE_Q8_0, G_MAXUINT64 / 32 * 32, &bytes));
}

/* ---- A file ---- */

#define ROWS 8 /* that the convolution is stored as, of 256 values */

static const guint64 conv_shape[] = { ROWS, 256 }, matrix_shape[] = { 3, 2 }, vector_shape[] = { 5 };

/* A convolution as ComfyUI's converter stores it, a matrix and a vector; fields of several kinds. */
static GByteArray *
valid_file (void)
{
  static const gint32 shape[] = { 16, 16, 8, 1 };
  GByteArray *out = gguf_begin (3, 3, 5);

  gguf_text_field (out, "general.architecture", "sdxl");
  gguf_list_field (out, "comfy.gguf.orig_shape.conv.weight", G_N_ELEMENTS (shape), shape);
  gguf_text (out, "names");
  gguf_number (out, GGUF_FIELD_LIST, 4);
  gguf_number (out, GGUF_FIELD_TEXT, 4);
  gguf_number (out, 2, 8);
  gguf_text (out, "");
  gguf_text (out, "b");
  gguf_text (out, "general.alignment");
  gguf_number (out, GGUF_FIELD_U32, 4);
  gguf_number (out, 64, 4);
  gguf_text (out, "general.file_type");
  gguf_number (out, GGUF_FIELD_U32, 4);
  gguf_number (out, 7, 4);
  gguf_tensor (out, "matrix", 2, matrix_shape, GGUF_F16, 0);
  gguf_tensor (out, "conv.weight", 2, conv_shape, GGUF_Q8_0, 128);
  gguf_tensor (out, "vector", 1, vector_shape, GGUF_F32, 64);
  gguf_align (out, 64);
  for (int i = 0; i < 6; i++)
    gguf_number (out, 0x3c00, 2);
  gguf_align (out, 64);
  for (int i = 0; i < 5; i++)
    gguf_number (out, 0x40000000, 4);
  gguf_align (out, 64);
  for (int block = 0; block < ROWS * 256 / 32; block++) {
    gguf_number (out, 0x3800, 2);
    for (int i = 0; i < 32; i++)
      gguf_number (out, (guint64) (guint8) (i - block), 1);
  }
  return out;
}

static void
test_whole (void)
{
  g_autoptr (GByteArray) bytes = valid_file ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open_memory ("whole.gguf", bytes->data, bytes->len, &error);
  const LimnTensor *conv, *matrix, *vector;
  float values[ROWS * 256];

  g_assert_no_error (error);
  g_assert_cmpuint (limn_tensors_count (file), ==, 3);
  matrix = limn_tensors_nth (file, 0);
  vector = limn_tensors_nth (file, 1);
  conv = limn_tensors_nth (file, 2);
  g_assert_cmpstr (limn_tensors_metadata (file, "general.architecture"), ==, "sdxl");
  g_assert_true (limn_tensors_find (file, "conv.weight") == conv);
  g_assert_null (limn_tensors_find (file, "conv"));
  g_assert_cmpint (matrix->rank, ==, 2);
  g_assert_cmpuint (matrix->shape[0], ==, 3);
  g_assert_cmpuint (matrix->shape[1], ==, 2);
  g_assert_cmpint (matrix->type, ==, LIMN_TYPE_F16);
  g_assert_cmpint (vector->rank, ==, 1);
  limn_tensor_to_float (vector, values);
  g_assert_cmpfloat (values[4], ==, 2);

  g_assert_cmpint (conv->rank, ==, 4);
  g_assert_cmpuint (conv->shape[0], ==, 16);
  g_assert_cmpuint (conv->shape[2], ==, 8);
  g_assert_cmpuint (conv->shape[3], ==, 1);
  g_assert_cmpuint (conv->count, ==, ROWS * 256);
  g_assert_cmpuint (limn_tensor_bytes (conv), ==, ROWS * 8 * 34);
  limn_tensor_to_float (conv, values);
  for (int i = 0; i < ROWS * 256; i++)
    g_assert_cmpfloat (values[i], ==, 0.5f * (float) (i % 32 - i / 32));
}

/* ---- Wrong ones ---- */

/* NULL where it opened and was read; else the message, which names the file. */
static char *
message_of (const guint8 *data, gsize size)
{
  /* Exactly as long as the data, so that a sanitizer sees a byte read too far. */
  g_autofree guint8 *copy = g_memdup2 (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open_memory ("wrong.gguf", copy, size, &error);

  for (guint i = 0; file != NULL && i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    g_autofree float *values = g_new (float, tensor->count);
    limn_tensor_to_float (tensor, values);
  }
  if (file != NULL)
    return NULL;
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_true (g_str_has_prefix (error->message, "wrong.gguf: "));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  return g_strdup (error->message);
}

static void
test_truncated (void)
{
  g_autoptr (GByteArray) bytes = valid_file ();

  for (gsize n = 4; n < bytes->len; n++) {
    g_autofree char *message = message_of (bytes->data, n);
    if (message == NULL || strstr (message, "truncated") == NULL)
      g_error ("%" G_GSIZE_FORMAT " bytes: %s", n, message != NULL ? message : "opened");
  }
}

static void
test_bit_flips (void)
{
  g_autoptr (GByteArray) bytes = valid_file ();
  gsize header = bytes->len - ROWS * 8 * 34 - 128;
  guint refused = 0;

  for (gsize bit = 32; bit < 8 * header; bit++) {
    bytes->data[bit / 8] ^= (guint8) (1 << bit % 8);
    g_autofree char *message = message_of (bytes->data, bytes->len);
    bytes->data[bit / 8] ^= (guint8) (1 << bit % 8);
    refused += message != NULL;
  }
  g_assert_cmpuint (refused, >, header); /* of names and text a flipped bit leaves others that are as good */
}

/* Eight random bytes anywhere, extremes among them. */
static void
test_mutations (void)
{
  static const guint64 extremes[] = { 0, 1, 8, 0x7fffffff, 0xffffffff, G_MAXINT64, G_MAXUINT64, (guint64) 1 << 63 };
  g_autoptr (GByteArray) good = valid_file ();

  for (int trial = 0; trial < 5000; trial++) {
    g_autofree guint8 *bytes = g_memdup2 (good->data, good->len);
    guint at = (guint) g_test_rand_int_range (4, (gint32) MIN (good->len - 8, 700));
    guint64 value = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();

    if (g_test_rand_bit ())
      value = extremes[g_test_rand_int_range (0, G_N_ELEMENTS (extremes))];
    memcpy (bytes + at, &value, g_test_rand_bit () ? 8 : 4);
    g_autofree char *message = message_of (bytes, good->len);
  }
}

typedef struct {
  const char *words;
  guint32 version;
  guint64 n_tensors, n_fields;
  const char *field; /* of type and value as below, or NULL */
  guint32 field_type;
  guint64 a, b; /* a number; of a list: type and length; of text: its length */
  int rank;     /* of a tensor "x"; -1: there is none */
  guint64 shape[3];
  guint32 type;
  guint64 offset;
} Wrong;

static const Wrong wrongs[] = {
  { "GGUF version 1", 1, 0, 0, .rank = -1 },
  { "GGUF version 4", 4, 0, 0, .rank = -1 },
  { "big-endian", 0x03000000, 0, 0, .rank = -1 },
  { "beyond the end", 3, 1, 0, .rank = -1 },
  { "beyond the end", 3, G_MAXUINT64, 0, .rank = -1 },
  { "beyond the end", 3, 0, G_MAXUINT64, .rank = -1 },
  { "beyond the end", 3, 0, 1, "f", GGUF_FIELD_TEXT, G_MAXUINT64, .rank = -1 },
  { "beyond the end", 3, 0, 1, "f", GGUF_FIELD_LIST, 10, G_MAXUINT64 / 8 + 1, .rank = -1 },
  { "beyond the end", 3, 0, 1, "f", GGUF_FIELD_LIST, 0, G_MAXUINT64, .rank = -1 },
  { "beyond the end", 3, 0, 1, "f", GGUF_FIELD_LIST, GGUF_FIELD_TEXT, G_MAXUINT64, .rank = -1 },
  { "\"f\" is a list of type 9", 3, 0, 1, "f", GGUF_FIELD_LIST, GGUF_FIELD_LIST, 1, .rank = -1 },
  { "\"f\" is a list of type 13", 3, 0, 1, "f", GGUF_FIELD_LIST, 13, 1, .rank = -1 },
  { "\"f\" is of type 13", 3, 0, 1, "f", 13, 0, .rank = -1 },
  { "a field has a name that is empty", 3, 0, 1, "", GGUF_FIELD_U32, 0, .rank = -1 },
  { "a field has a name that is empty or not UTF-8", 3, 0, 1, "\xff", GGUF_FIELD_U32, 0, .rank = -1 },
  { "\"general.alignment\" is 0", 3, 0, 1, "general.alignment", GGUF_FIELD_U32, 0, .rank = -1 },
  { "\"general.alignment\" is 48", 3, 0, 1, "general.alignment", GGUF_FIELD_U32, 48, .rank = -1 },
  { "\"general.alignment\" is 2147483648", 3, 0, 1, "general.alignment", GGUF_FIELD_U32, 1u << 31, .rank = -1 },
  { "\"x\": shape has 9 dimensions", 3, 1, 0, .rank = 9 },
  { "\"x\": shape has more elements", 3, 1, 0, .rank = 2, .shape = { 1ull << 32, 1ull << 32 } },
  { "\"x\": shape has more elements", 3, 1, 0, .rank = 3, .shape = { 1ull << 32, 1ull << 32, 1 } },
  { "\"x\": its data is outside", 3, 1, 0, .rank = 1, .shape = { G_MAXINT64 } },
  { "\"x\": its data is outside", 3, 1, 0, .rank = 1, .shape = { 33 } },
  { "\"x\": offset 16 is outside", 3, 1, 0, .rank = 1, .shape = { 4 }, .offset = 16 },
  { "\"x\": offset 4096 is outside", 3, 1, 0, .rank = 1, .shape = { 4 }, .offset = 4096 },
  { "is outside", 3, 1, 0, .rank = 1, .shape = { 4 }, .offset = G_MAXUINT64 - 31 },
  { "\"x\": rows of 48 values are no whole blocks of Q8_0", 3, 1, 0, .rank = 2, .shape = { 2, 48 }, .type = 8 },
  { "\"x\" is stored as IQ1_S, which Limn does not read", 3, 1, 0, .rank = 1, .shape = { 256 }, .type = 19 },
  { "\"x\" is of type number 5,", 3, 1, 0, .rank = 1, .shape = { 32 }, .type = 5 },
  { "\"x\" is of type number 4294967295,", 3, 1, 0, .rank = 1, .shape = { 32 }, .type = G_MAXUINT32 },
  { "no shape of the 8 values", 3, 1, 1, "comfy.gguf.orig_shape.x", GGUF_FIELD_LIST, GGUF_FIELD_I32, 0, .rank = 1,
    .shape = { 8 } },
  { "no shape of the 8 values", 3, 1, 1, "comfy.gguf.orig_shape.x", GGUF_FIELD_LIST, GGUF_FIELD_I32, 2, .rank = 1,
    .shape = { 8 } },
  { "no shape of the 8 values", 3, 1, 1, "comfy.gguf.orig_shape.x", GGUF_FIELD_LIST, GGUF_FIELD_I32, 9, .rank = 1,
    .shape = { 8 } },
  { "no shape of the 8 values", 3, 1, 1, "comfy.gguf.orig_shape.x", GGUF_FIELD_LIST, 10, 1, .rank = 1, .shape = { 8 } },
};

static GByteArray *
write_wrong (const Wrong *wrong)
{
  GByteArray *out = gguf_begin (wrong->version, wrong->n_tensors, wrong->n_fields);

  if (wrong->field != NULL) {
    gguf_text (out, wrong->field);
    gguf_number (out, wrong->field_type, 4);
    gguf_number (out, wrong->a, wrong->field_type == GGUF_FIELD_TEXT ? 8 : 4);
    if (wrong->field_type == GGUF_FIELD_LIST)
      gguf_number (out, wrong->b, 8);
    for (guint64 i = 0; wrong->field_type == GGUF_FIELD_LIST && i < MIN (wrong->b, 9); i++)
      gguf_number (out, 3, wrong->a == 10 ? 8 : 4);
  }
  if (wrong->rank > 3) {
    gguf_text (out, "x");
    gguf_number (out, (guint64) wrong->rank, 4);
  } else if (wrong->rank >= 0) {
    gguf_tensor (out, "x", wrong->rank, wrong->shape, wrong->type, wrong->offset);
  }
  if (wrong->rank >= 0) {
    gguf_align (out, 32);
    for (int i = 0; i < 16; i++)
      gguf_number (out, 0, 8);
  }
  return out;
}

static void
test_wrong (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++) {
    g_autoptr (GByteArray) bytes = write_wrong (&wrongs[i]);
    g_autofree char *message = message_of (bytes->data, bytes->len);

    if (message == NULL || strstr (message, wrongs[i].words) == NULL)
      g_error ("%u: expected \"%s\", got: %s", i, wrongs[i].words, message != NULL ? message : "opened");
  }
}

/* Two tensors, of the same name or over each other. */
static void
test_pairs (void)
{
  const guint64 shape[] = { 16 };

  for (int twice = 0; twice < 2; twice++) {
    g_autoptr (GByteArray) bytes = gguf_begin (3, 2, 0);
    gguf_tensor (bytes, "a", 1, shape, GGUF_F32, 0);
    gguf_tensor (bytes, twice ? "a" : "b", 1, shape, GGUF_F32, twice ? 64 : 32);
    gguf_align (bytes, 32);
    for (int i = 0; i < 16; i++)
      gguf_number (bytes, 0, 8);
    g_autofree char *message = message_of (bytes->data, bytes->len);
    g_assert_nonnull (message);
    g_assert_nonnull (strstr (message, twice ? "\"a\" occurs twice" : "\"b\": its data overlaps that of \"a\""));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (block_types); i++) {
    g_autofree char *path = g_strdup_printf ("/gguf/blocks/%s", limn_type_name (block_types[i]));
    g_test_add_data_func (path, &block_types[i], test_blocks);
  }
  g_test_add_func ("/gguf/bytes", test_bytes);
  g_test_add_func ("/gguf/whole", test_whole);
  g_test_add_func ("/gguf/truncated", test_truncated);
  g_test_add_func ("/gguf/bit-flips", test_bit_flips);
  g_test_add_func ("/gguf/mutations", test_mutations);
  g_test_add_func ("/gguf/wrong", test_wrong);
  g_test_add_func ("/gguf/pairs", test_pairs);
  return g_test_run ();
}
