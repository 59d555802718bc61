/* mutations.c - thousands of damaged, hostile and mistaken model files: each ends in a message that names the file and,
 * where there is one, the tensor or field.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "file/tensors.h"

#define DATA_SIZE 37

#define A "\"a.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}"
#define B "\"b.bias\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[24,32]}"
#define C "\"c\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[32,37]}"
#define META "\"__metadata__\":{\"format\":\"pt\"}"

typedef struct {
  char *folder, *path;
  guint refused, opened;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp (NULL, NULL);
  fixture->path = g_build_filename (fixture->folder, "model.safetensors", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_test_message ("%u refused, %u opened", fixture->refused, fixture->opened);
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static GByteArray *
make_file (const char *header, gsize data_size)
{
  GByteArray *bytes = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE ((guint64) strlen (header));

  g_byte_array_append (bytes, (const guint8 *) &length, 8);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  for (gsize i = 0; i < data_size; i++)
    g_byte_array_append (bytes, &(guint8){ (guint8) i }, 1);
  return bytes;
}

static GByteArray *
valid_file (void)
{
  return make_file ("{" META "," A "," B "," C "}", DATA_SIZE);
}

static void
read_all (LimnTensors *file)
{
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    g_autofree float *values = g_new (float, tensor->count);
    limn_tensor_to_float (tensor, values);
  }
}

/* Opens path; NULL where that worked, else the message, which names path. */
static char *
try_path (Fixture *fixture, const char *path, int *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);

  if (file != NULL) {
    g_assert_no_error (error);
    read_all (file);
    fixture->opened++;
    return NULL;
  }
  g_assert_nonnull (error);
  g_assert_true (error->domain == LIMN_ERROR);
  if (!g_str_has_prefix (error->message, path) || !g_utf8_validate (error->message, -1, NULL))
    g_test_fail_printf ("message does not name the file: %s", error->message);
  fixture->refused++;
  if (code != NULL)
    *code = error->code;
  return g_strdup (error->message);
}

static char *
try_bytes (Fixture *fixture, const guint8 *data, gsize size, int *code)
{
  /* Exactly as long as the data, so that a sanitizer sees a byte read too far. */
  g_autofree guint8 *copy = g_memdup2 (data, size);
  g_autoptr (LimnTensors) memory = limn_tensors_open_memory ("memory", copy, size, NULL);

  /* Not over an existing file, where GLib flushes to the disk each of thousands of times. */
  g_remove (fixture->path);
  g_assert_true (g_file_set_contents (fixture->path, (const char *) data, (gssize) size, NULL));
  char *message = try_path (fixture, fixture->path, code);
  g_assert_true ((message == NULL) == (memory != NULL));
  return message;
}

static void
expect_refused (Fixture *fixture, const GByteArray *bytes, const char *what, const char *words)
{
  g_autofree char *message = try_bytes (fixture, bytes->data, bytes->len, NULL);

  if (message == NULL)
    g_test_fail_printf ("%s: opened", what);
  else if (strstr (message, words) == NULL)
    g_test_fail_printf ("%s: expected \"%s\", got: %s", what, words, message);
}

static void
test_valid (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GByteArray) bytes = valid_file ();
  g_autofree char *message = try_bytes (fixture, bytes->data, bytes->len, NULL);

  g_assert_null (message);
}

static void
test_truncated (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GByteArray) bytes = valid_file ();
  gsize header = bytes->len - DATA_SIZE;

  for (gsize n = 0; n < bytes->len; n++) {
    g_autofree char *message = try_bytes (fixture, bytes->data, n, NULL);
    g_autofree char *what = g_strdup_printf ("%" G_GSIZE_FORMAT " bytes", n);
    const char *words = n == 0 ? "empty" : n < 8 ? "too short" : n < header ? "beyond the end" : "tensor \"";
    if (message == NULL || strstr (message, words) == NULL)
      g_test_fail_printf ("%s: expected \"%s\", got: %s", what, words, message != NULL ? message : "opened");
  }
}

/* Names and metadata may change unnoticed; a flipped bit anywhere else in the header is found. */
static gboolean
may_change (const char *header, gsize at)
{
  static const char *const free_text[] = {
    "__metadata__", "format", "pt", "a.weight", "b.bias", "c\":{\"dtype\":\"U8"
  };

  for (guint i = 0; i < G_N_ELEMENTS (free_text); i++) {
    gsize begin = (gsize) (strstr (header, free_text[i]) - header);
    if (at >= begin && at < begin + strcspn (free_text[i], "\""))
      return TRUE;
  }
  return FALSE;
}

static void
test_bit_flips (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GByteArray) bytes = valid_file ();
  gsize end = bytes->len - DATA_SIZE;
  g_autofree char *header = g_strndup ((const char *) bytes->data + 8, end - 8);

  for (gsize bit = 0; bit < 8 * end; bit++) {
    bytes->data[bit / 8] ^= (guint8) (1 << bit % 8);
    g_autofree char *message = try_bytes (fixture, bytes->data, bytes->len, NULL);
    bytes->data[bit / 8] ^= (guint8) (1 << bit % 8);
    if (message == NULL && (bit < 64 || !may_change (header, bit / 8 - 8)))
      g_test_fail_printf ("bit %u of byte %u (\"%.20s\"): opened", (guint) bit % 8, (guint) bit / 8,
                          (const char *) bytes->data + bit / 8);
    if (message != NULL && bit >= 64 + 8 && strstr (message, "header: line ") == NULL
        && strstr (message, "tensor \"") == NULL && strstr (message, "__metadata__") == NULL)
      g_test_fail_printf ("byte %u: the message names no place: %s", (guint) bit / 8, message);
  }
}

static void
test_header_length (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GByteArray) bytes = valid_file ();
  guint64 right = bytes->len - 8 - DATA_SIZE;
  const struct {
    guint64 length;
    const char *words;
  } cases[] = {
    { 0, "header does not start" },
    { 1, "header does not start" },
    { 2, "header: line 1" },
    { right - 1, "header: line 1" },
    { right + 1, "header: line 1" },
    { bytes->len - 8, "header: line 1" },
    { bytes->len - 7, "beyond the end" },
    { bytes->len, "beyond the end" },
    { bytes->len + 1, "beyond the end" },
    { 100000000, "beyond the end" },
    { 100000001, "is over 100000000" },
    { 0x7fffffff, "is over 100000000" },
    { 0xffffffff, "is over 100000000" },
    { (guint64) 1 << 32, "is over 100000000" },
    { G_MAXINT64, "is over 100000000" },
    { (guint64) 1 << 63, "is over 100000000" },
    { G_MAXUINT64 - 7, "is over 100000000" },
    { G_MAXUINT64, "is over 100000000" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 length = GUINT64_TO_LE (cases[i].length);
    memcpy (bytes->data, &length, 8);
    g_autofree char *what = g_strdup_printf ("header length %" G_GUINT64_FORMAT, cases[i].length);
    expect_refused (fixture, bytes, what, cases[i].words);
  }
}

#define ENTRY(text) "{" META "," A "," B ",\"c\":" text "}"
#define DTYPE(text) ENTRY ("{\"dtype\":" text ",\"shape\":[5],\"data_offsets\":[32,37]}")
#define SHAPE(text) ENTRY ("{\"dtype\":\"U8\",\"shape\":" text ",\"data_offsets\":[32,37]}")
#define OFFSETS(text) ENTRY ("{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":" text "}")

static const struct {
  const char *header, *words;
} headers[] = {
  { "", "header does not start with '{'" },
  { "{", "header does not start with '{'" },
  { "[]", "header does not start with '{'" },
  { "{}", "37 bytes follow" },
  { "{" META "}", "37 bytes follow" },
  { " {" A "," B "," C "}", "header does not start with '{'" },
  { "{" A "," B "," C "}x", "expected the end of the text" },
  { "{" A "," B "," C, "header: line 1" },
  { "{" A "," B ",\n\n" C ",}", "header: line 3" },
  { "{" A "," B "," C "," C "}", "\"c\" occurs twice" },
  { "{" A "," A "," B "," C "}", "\"a.weight\" occurs twice" },
  { "{" META "," META "," A "," B "," C "}", "\"__metadata__\" occurs twice" },
  { "{\"__metadata__\":[]," A "," B "," C "}", "__metadata__ is not an object" },
  { "{\"__metadata__\":{\"n\":1}," A "," B "," C "}", "__metadata__ field \"n\"" },
  { "{\"__metadata__\":{\"n\":{}}," A "," B "," C "}", "__metadata__ field \"n\"" },
  { ENTRY ("null"), "tensor \"c\": its entry is not an object" },
  { ENTRY ("[]"), "tensor \"c\": its entry is not an object" },
  { ENTRY ("3"), "tensor \"c\": its entry is not an object" },
  { ENTRY ("{}"), "tensor \"c\": dtype is missing" },
  { ENTRY ("{\"dtype\":\"U8\"}"), "tensor \"c\": shape is missing" },
  { ENTRY ("{\"dtype\":\"U8\",\"shape\":[5]}"), "tensor \"c\": data_offsets is not" },
  { ENTRY ("{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[32,37]}"), "\"dtype\" occurs twice" },
  { DTYPE ("null"), "tensor \"c\": dtype is missing" },
  { DTYPE ("8"), "tensor \"c\": dtype is missing" },
  { DTYPE ("[\"U8\"]"), "tensor \"c\": dtype is missing" },
  { DTYPE ("\"\""), "tensor \"c\": dtype \"\"" },
  { DTYPE ("\"u8\""), "tensor \"c\": dtype \"u8\"" },
  { DTYPE ("\"U8 \""), "tensor \"c\": dtype \"U8 \"" },
  { DTYPE ("\"Q8_0\""), "tensor \"c\": dtype \"Q8_0\"" },
  { DTYPE ("\"F4\""), "tensor \"c\": dtype \"F4\"" },
  { DTYPE ("\"C64\""), "tensor \"c\": dtype \"C64\"" },
  { DTYPE ("\"F16\""), "tensor \"c\": data_offsets span 5 bytes" },
  { DTYPE ("\"F64\""), "tensor \"c\": data_offsets span 5 bytes" },
  { SHAPE ("null"), "tensor \"c\": shape is missing" },
  { SHAPE ("5"), "tensor \"c\": shape is missing" },
  { SHAPE ("{}"), "tensor \"c\": shape is missing" },
  { SHAPE ("[]"), "tensor \"c\": data_offsets span" },
  { SHAPE ("[4]"), "tensor \"c\": data_offsets span" },
  { SHAPE ("[6]"), "tensor \"c\": data_offsets span" },
  { SHAPE ("[0]"), "tensor \"c\": data_offsets span" },
  { SHAPE ("[5,2]"), "tensor \"c\": data_offsets span" },
  { SHAPE ("[-5]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[1,-5]"), "tensor \"c\": shape[1]" },
  { SHAPE ("[5.0]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[5e0]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[\"5\"]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[null]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[[5]]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[true]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[05]"), "header: line 1" },
  { SHAPE ("[9223372036854775808]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[18446744073709551616]"), "tensor \"c\": shape[0]" },
  { SHAPE ("[9223372036854775807]"), "tensor \"c\": data_offsets span" },
  { SHAPE ("[9223372036854775807,2]"), "tensor \"c\": data_offsets span" },
  { SHAPE ("[9223372036854775807,3]"), "tensor \"c\": shape has more elements" },
  { SHAPE ("[4294967296,4294967296]"), "tensor \"c\": shape has more elements" },
  { SHAPE ("[4294967296,4294967296,5]"), "tensor \"c\": shape has more elements" },
  { SHAPE ("[65536,65536,65536,65536]"), "tensor \"c\": shape has more elements" },
  { SHAPE ("[4294967296,4294967296,0]"), "tensor \"c\": shape has more elements" },
  { SHAPE ("[1,1,1,1,1,1,1,1,5]"), "tensor \"c\": shape has 9 dimensions" },
  { ENTRY ("{\"dtype\":\"F64\",\"shape\":[4611686018427387904],\"data_offsets\":[32,37]}"),
    "tensor \"c\": data_offsets span" },
  { ENTRY ("{\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[32,32]}"),
    "tensor \"c\": data_offsets span" },
  { OFFSETS ("null"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[]"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[32]"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[32,37,37]"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("{\"a\":32,\"b\":\"37\"}"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[\"32\",\"37\"]"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[32.0,37.0]"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[-1,4]"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[37,32]"), "tensor \"c\": data_offsets [37, 32]" },
  { OFFSETS ("[33,38]"), "tensor \"c\": data_offsets [33, 38]" },
  { OFFSETS ("[9223372036854775802,9223372036854775807]"), "tensor \"c\": data_offsets [9223372036854775802" },
  { OFFSETS ("[18446744073709551611,18446744073709551616]"), "tensor \"c\": data_offsets is not" },
  { OFFSETS ("[32,36]"), "tensor \"c\": data_offsets span 4 bytes" },
  { OFFSETS ("[31,36]"), "tensor \"c\": data_offsets overlap those of \"b.bias\"" },
  { OFFSETS ("[0,5]"), "overlap" },
  { OFFSETS ("[24,29]"), "overlap" },
  { "{" A "," B "}", "5 bytes follow the last tensor (b.bias)" },
  { "{" A "," C "}", "tensor \"c\": data_offsets leave a hole of 8 bytes after a.weight" },
  { "{" B "," C "}", "tensor \"b.bias\": data_offsets leave a hole of 24 bytes after the header" },
  { "{" A "," B "," C ",\"d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[3,3]}}", "overlap" },
  { "{" A "," B "," C ",\"d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[38,38]}}",
    "tensor \"d\": data_offsets [38, 38]" },
  { "{" A "," B "," C ",\"\\u0000\":1}", "\\u0000 is not allowed" },
  { "{" A "," B "," C ",\"\xff\":1}", "not UTF-8" },
};

static void
test_headers (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    g_autoptr (GByteArray) bytes = make_file (headers[i].header, DATA_SIZE);
    expect_refused (fixture, bytes, headers[i].header, headers[i].words);
  }
}

static void
test_trailing (Fixture *fixture, gconstpointer unused)
{
  static const gsize extra[] = { 1, 7, 4096, 1 << 20 };

  for (guint i = 0; i < G_N_ELEMENTS (extra); i++) {
    g_autoptr (GByteArray) bytes = make_file ("{" META "," A "," B "," C "}", DATA_SIZE + extra[i]);
    expect_refused (fixture, bytes, "trailing bytes", "bytes follow the last tensor (c)");
  }
}

static void
test_deep (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GString) header = g_string_new ("{\"a\":");

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (header, '[');
  g_autoptr (GByteArray) bytes = make_file (header->str, DATA_SIZE);
  expect_refused (fixture, bytes, "deep header", "nested more than 64 deep");
}

#define BYTES(text) text, sizeof (text) - 1

static const struct {
  const char *name, *data;
  gsize size;
  LimnError code;
  const char *words;
} formats[] = {
  { "sd.ckpt", BYTES ("PK\3\4\0\0\0\0archive/data.pkl\x80\2}q\0."), LIMN_ERROR_UNSAFE, "pickle" },
  { "zip.safetensors", BYTES ("PK\3\4\0\0\0\0archive/data.pkl\x80\2}q\0."), LIMN_ERROR_UNSAFE, "pickle" },
  { "a.zip", BYTES ("PK\3\4\0\0\0\0readme.txt"), LIMN_ERROR_FILE, "zip archive" },
  { "a.pt", BYTES ("PK\3\4\0\0\0\0readme.txt"), LIMN_ERROR_UNSAFE, "pickle" },
  { "old.ckpt", BYTES ("\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\2M\xe9\3."), LIMN_ERROR_UNSAFE, "pickle" },
  { "raw2.safetensors", BYTES ("\x80\2}q\1(X\x01\0\0\0aq\2K\1u."), LIMN_ERROR_UNSAFE, "pickle" },
  { "raw3.safetensors", BYTES ("\x80\3cos\nsystem\nX\4\0\0\0true\x85R."), LIMN_ERROR_UNSAFE, "pickle" },
  { "raw4.safetensors", BYTES ("\x80\4\x95\x20\0\0\0\0\0\0\0\x8c\5posix"), LIMN_ERROR_UNSAFE, "pickle" },
  { "raw5.safetensors", BYTES ("\x80\5\x95\x20\0\0\0\0\0\0\0\x8c\5posix"), LIMN_ERROR_UNSAFE, "pickle" },
  { "proto0.pkl", BYTES ("cos\nsystem\n(S'true'\ntR."), LIMN_ERROR_UNSAFE, "pickle" },
  { "model.bin", BYTES ("nothing in particular"), LIMN_ERROR_UNSAFE, "pickle" },
  { "model.PTH", BYTES ("nothing in particular"), LIMN_ERROR_UNSAFE, "pickle" },
  { "model.gguf", BYTES ("GGUF\3\0\0\0\0\0\0\0\0\0\0\0"), LIMN_ERROR_FORMAT, "beyond the end of the file" },
  { "gguf.safetensors", BYTES ("GGUF\2\0\0\0"), LIMN_ERROR_FORMAT, "beyond the end" },
  { "model.ggml", BYTES ("lmgg\1\0\0\0"), LIMN_ERROR_FILE, "GGML" },
  { "a.png", BYTES ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), LIMN_ERROR_FILE, "PNG picture" },
  { "a.jpg", BYTES ("\xff\xd8\xff\xe0\0\x10JFIF\0"), LIMN_ERROR_FILE, "JPEG picture" },
  { "a.webp", BYTES ("RIFF\x20\0\0\0WEBPVP8 "), LIMN_ERROR_FILE, "WebP picture" },
  { "a.gif", BYTES ("GIF89a\1\0\1\0"), LIMN_ERROR_FILE, "GIF picture" },
  { "a.pdf", BYTES ("%PDF-1.7\n"), LIMN_ERROR_FILE, "PDF" },
  { "a.h5", BYTES ("\x89HDF\r\n\x1a\n\0\0\0\0"), LIMN_ERROR_FILE, "HDF5" },
  { "a.tflite", BYTES ("\x1c\0\0\0TFL3\0\0\0\0"), LIMN_ERROR_FILE, "TensorFlow Lite" },
  { "a.7z", BYTES ("7z\xbc\xaf\x27\x1c\0\4"), LIMN_ERROR_FILE, "7-Zip" },
  { "a.rar", BYTES ("Rar!\x1a\7\1\0"), LIMN_ERROR_FILE, "RAR" },
  { "a.gz", BYTES ("\x1f\x8b\x08\0\0\0\0\0\0\3"), LIMN_ERROR_FILE, "gzip" },
  { "a.xz",
    BYTES ("\xfd"
           "7zXZ\0\0\4"),
    LIMN_ERROR_FILE, "xz" },
  { "a.zst", BYTES ("\x28\xb5\x2f\xfd\4\0\x41\0"), LIMN_ERROR_FILE, "Zstandard" },
  { "a.elf",
    BYTES ("\x7f"
           "ELF\2\1\1\0"),
    LIMN_ERROR_FILE, "program" },
  { "page.safetensors", BYTES ("<!DOCTYPE html>\n<html><head>"), LIMN_ERROR_FILE, "web page" },
  { "page2.safetensors", BYTES ("\n  <html lang=\"en\">"), LIMN_ERROR_FILE, "web page" },
  { "page3.safetensors", BYTES ("\xef\xbb\xbf<!doctype HTML>"), LIMN_ERROR_FILE, "web page" },
  { "denied.safetensors", BYTES ("<?xml version=\"1.0\"?><Error><Code>AccessDenied"), LIMN_ERROR_FILE, "web page" },
  { "page.ckpt", BYTES ("<!DOCTYPE html>"), LIMN_ERROR_FILE, "web page" },
  { "lfs.safetensors", BYTES ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 6938078334\n"),
    LIMN_ERROR_FILE, "git lfs pull" },
  { "model.safetensors.index.json", BYTES ("{\n  \"metadata\": {\"total_size\": 1}}"), LIMN_ERROR_FILE, "JSON" },
  { "error.safetensors", BYTES ("{\"error\":\"Invalid username or password.\"}"), LIMN_ERROR_FILE, "JSON" },
  { "list.json", BYTES ("[1, 2, 3]"), LIMN_ERROR_FILE, "JSON" },
  { "zeros.safetensors", BYTES ("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), LIMN_ERROR_FORMAT, "not a safetensors file" },
  { "text.safetensors", BYTES ("Entry not found"), LIMN_ERROR_FORMAT, "not a safetensors file" },
  { "short.safetensors", BYTES ("abc"), LIMN_ERROR_FORMAT, "too short" },
};

static void
test_formats (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, formats[i].name, NULL);
    int code = -1;
    g_assert_true (g_file_set_contents (path, formats[i].data, (gssize) formats[i].size, NULL));
    g_autofree char *message = try_path (fixture, path, &code);
    if (message == NULL || code != formats[i].code || strstr (message, formats[i].words) == NULL)
      g_test_fail_printf ("%s: expected \"%s\", got: %s", formats[i].name, formats[i].words,
                          message != NULL ? message : "opened");
    g_remove (path);
  }
}

/* A tar archive is known by bytes far from its start. */
static void
test_tar (Fixture *fixture, gconstpointer unused)
{
  guint8 tar[512] = "weights.pkl";

  memcpy (tar + 257, "ustar", 6);
  g_autofree char *message = try_bytes (fixture, tar, sizeof tar, NULL);
  g_assert_nonnull (message);
  g_assert_nonnull (strstr (message, "tar archive"));
}

static void
expect_path_refused (Fixture *fixture, const char *path, const char *words)
{
  g_autofree char *message = try_path (fixture, path, NULL);

  if (message == NULL || strstr (message, words) == NULL)
    g_test_fail_printf ("%s: expected \"%s\", got: %s", path, words, message != NULL ? message : "opened");
}

static void
test_not_files (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *other = g_build_filename (fixture->folder, "other.safetensors", NULL);

  expect_path_refused (fixture, fixture->path, "No such file");
  expect_path_refused (fixture, fixture->folder, "a folder");
  expect_path_refused (fixture, "/dev/null", "not a regular file");
  expect_path_refused (fixture, "/dev/zero", "not a regular file");
  g_assert_cmpint (mkfifo (other, 0600), ==, 0);
  expect_path_refused (fixture, other, "not a regular file");
  g_remove (other);
  g_assert_cmpint (symlink (other, other), ==, 0);
  expect_path_refused (fixture, other, "symbolic links");
  g_remove (other);
  if (geteuid () != 0) {
    g_assert_true (g_file_set_contents (other, "x", 1, NULL));
    g_assert_cmpint (g_chmod (other, 0), ==, 0);
    expect_path_refused (fixture, other, "Permission denied");
    g_remove (other);
  }
}

/* Removes, sets or moves up to 15 bytes. */
static void
damage (GByteArray *bytes, GRand *random)
{
  guint at = (guint) g_rand_int_range (random, 0, (gint32) bytes->len);
  guint from = (guint) g_rand_int_range (random, 0, (gint32) bytes->len);
  guint count = (guint) g_rand_int_range (random, 1, 16);
  guint room = bytes->len - MAX (at, from);

  count = MIN (count, room);
  switch (g_rand_int_range (random, 0, 3)) {
  case 0:
    if (count < bytes->len)
      g_byte_array_remove_range (bytes, at, count);
    break;
  case 1:
    bytes->data[at] = (guint8) g_rand_int (random);
    break;
  default:
    memmove (bytes->data + at, bytes->data + from, count);
  }
}

/* Several bytes at once, anywhere.  What opens is read to its end. */
static void
test_random (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20);
  g_autoptr (GByteArray) valid = valid_file ();

  for (guint i = 0; i < 2000; i++) {
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_byte_array_append (bytes, valid->data, valid->len);
    for (int n = g_rand_int_range (random, 1, 6); n > 0; n--)
      damage (bytes, random);
    g_free (try_bytes (fixture, bytes->data, bytes->len, NULL));
  }
  g_assert_cmpuint (fixture->refused, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/mutations/valid", Fixture, NULL, set_up, test_valid, tear_down);
  g_test_add ("/mutations/truncated", Fixture, NULL, set_up, test_truncated, tear_down);
  g_test_add ("/mutations/bit-flips", Fixture, NULL, set_up, test_bit_flips, tear_down);
  g_test_add ("/mutations/header-length", Fixture, NULL, set_up, test_header_length, tear_down);
  g_test_add ("/mutations/headers", Fixture, NULL, set_up, test_headers, tear_down);
  g_test_add ("/mutations/trailing", Fixture, NULL, set_up, test_trailing, tear_down);
  g_test_add ("/mutations/deep", Fixture, NULL, set_up, test_deep, tear_down);
  g_test_add ("/mutations/formats", Fixture, NULL, set_up, test_formats, tear_down);
  g_test_add ("/mutations/tar", Fixture, NULL, set_up, test_tar, tear_down);
  g_test_add ("/mutations/not-files", Fixture, NULL, set_up, test_not_files, tear_down);
  g_test_add ("/mutations/random", Fixture, NULL, set_up, test_random, tear_down);
  return g_test_run ();
}
