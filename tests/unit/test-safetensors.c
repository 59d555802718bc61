/* test-safetensors.c - tests of file/safetensors: round trips, types, large files, full disks.  Damaged files are in
 * tests/fuzz.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/safetensors.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/folder.h"
#include "common/golden.h"

static void
test_round_trip (TestsFile *fixture, gconstpointer unused)
{
  const float floats[] = { 1, -2, 3.5f, 4, 5, 6 };
  const guint8 bytes[] = { 9, 8, 7 };
  const gint64 whole = -5;
  const LimnTensorOut out[] = {
    { .name = "b.weight", .type = LIMN_TYPE_F32, .rank = 2, .shape = { 2, 3 }, .data = floats },
    { .name = "a \"odd\" name \xc3\xa9", .type = LIMN_TYPE_U8, .rank = 1, .shape = { 3 }, .data = bytes },
    { .name = "scalar", .type = LIMN_TYPE_I64, .rank = 0, .data = &whole },
    { .name = "empty", .type = LIMN_TYPE_F16, .rank = 2, .shape = { 0, 4 }, .data = bytes },
  };
  g_autoptr (GError) error = NULL;
  float values[6];

  g_assert_true (limn_safetensors_write (fixture->path, out, G_N_ELEMENTS (out), &error));
  g_assert_no_error (error);
  g_autoptr (LimnTensors) file = limn_tensors_open (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_tensors_path (file), ==, fixture->path);
  g_assert_cmpuint (limn_tensors_count (file), ==, 4);

  const LimnTensor *tensor = limn_tensors_find (file, "b.weight");
  g_assert_true (tensor == limn_tensors_nth (file, 0));
  g_assert_cmpint (tensor->rank, ==, 2);
  g_assert_cmpuint (tensor->shape[0], ==, 2);
  g_assert_cmpuint (tensor->shape[1], ==, 3);
  g_assert_cmpuint (tensor->count, ==, 6);
  limn_tensor_to_float (tensor, values);
  g_assert_cmpmem (values, sizeof values, floats, sizeof floats);

  tensor = limn_tensors_find (file, "a \"odd\" name \xc3\xa9");
  g_assert_cmpmem (tensor->data, 3, bytes, 3);
  tensor = limn_tensors_find (file, "scalar");
  g_assert_cmpint (tensor->rank, ==, 0);
  limn_tensor_to_float (tensor, values); /* unaligned: after three bytes */
  g_assert_cmpfloat (values[0], ==, -5);
  g_assert_cmpuint (limn_tensors_find (file, "empty")->count, ==, 0);
  g_assert_null (limn_tensors_find (file, "none"));
  g_assert_null (limn_tensors_metadata (file, "format"));
}

static void
test_references (TestsFile *fixture, gconstpointer unused)
{
  const float one = 1;
  const LimnTensorOut out = { .name = "x", .type = LIMN_TYPE_F32, .rank = 1, .shape = { 1 }, .data = &one };

  g_assert_true (limn_safetensors_write (fixture->path, &out, 1, NULL));
  LimnTensors *file = limn_tensors_open (fixture->path, NULL);
  g_assert_true (limn_tensors_ref (file) == file);
  limn_tensors_unref (file);
  const LimnTensor *tensor = limn_tensors_nth (file, 0);
  float value = 0;
  limn_tensors_release (file, tensor->data, 4);
  limn_tensor_to_float (tensor, &value);
  g_assert_cmpfloat (value, ==, 1);
  /* A name that is taken is replaced, and the open file keeps what it had. */
  g_assert_true (limn_safetensors_write (fixture->path, &out, 1, NULL));
  limn_tensor_to_float (tensor, &value);
  g_assert_cmpfloat (value, ==, 1);
  limn_tensors_unref (file);
  limn_tensors_unref (NULL);
}

static void
test_types (TestsFile *fixture, gconstpointer unused)
{
  static const struct {
    LimnType type;
    guint8 bytes[16];
    double values[2];
  } cases[] = {
    { LIMN_TYPE_BOOL, { 0, 1 }, { 0, 1 } },
    { LIMN_TYPE_U8, { 0, 255 }, { 0, 255 } },
    { LIMN_TYPE_I8, { 0x80, 0x7f }, { -128, 127 } },
    { LIMN_TYPE_U16, { 1, 0, 0xff, 0xff }, { 1, 65535 } },
    { LIMN_TYPE_I16, { 0xff, 0xff, 0, 0x80 }, { -1, -32768 } },
    { LIMN_TYPE_U32, { 0, 0, 0, 0x80, 3, 0, 0, 0 }, { 2147483648.0, 3 } },
    { LIMN_TYPE_I32, { 0, 0, 0, 0x80, 0xfe, 0xff, 0xff, 0xff }, { -2147483648.0, -2 } },
    { LIMN_TYPE_U64, { 0, 0, 0, 0, 0, 0, 0, 0x80, 4 }, { 0x1p63, 4 } },
    { LIMN_TYPE_I64, { 0, 0, 0, 0, 0, 0, 0, 0x80, 4 }, { -0x1p63, 4 } },
    { LIMN_TYPE_F16, { 0, 0x3c, 1, 0x80 }, { 1, -0x1p-24 } },
    { LIMN_TYPE_BF16, { 0x80, 0x3f, 0, 0xc0 }, { 1, -2 } },
    { LIMN_TYPE_F32, { 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0 }, { 1, -2 } },
    { LIMN_TYPE_F64, { 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0 }, { 1, -2 } },
    { LIMN_TYPE_F8_E4M3, { 0x38, 0xfe }, { 1, -448 } },
    { LIMN_TYPE_F8_E4M3, { 0x01, 0x09 }, { 0x1p-9, 9 * 0x1p-9 } },
    { LIMN_TYPE_F8_E5M2, { 0x3c, 0xfb }, { 1, -57344 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    LimnTensor tensor = { .name = "x", .type = cases[i].type, .count = 2, .data = cases[i].bytes };
    LimnType found;
    float values[2];
    limn_tensor_to_float (&tensor, values);
    g_assert_cmpfloat (values[0], ==, cases[i].values[0]);
    g_assert_cmpfloat (values[1], ==, cases[i].values[1]);
    g_assert_true (limn_type_from_name (limn_type_name (cases[i].type), &found));
    g_assert_cmpint (found, ==, cases[i].type);
  }
  const guint8 nan_byte = 0x7f;
  LimnTensor tensor = { .name = "x", .type = LIMN_TYPE_F8_E4M3, .count = 1, .data = &nan_byte };
  float value;
  limn_tensor_to_float (&tensor, &value);
  g_assert_true (isnan (value));
}

/* A sparse file with a tensor beyond 4 GiB. */
static void
test_large (TestsFile *fixture, gconstpointer unused)
{
  const guint64 hole = (guint64) 5 << 30;
  g_autofree char *header = g_strdup_printf (
      "{\"hole\":{\"dtype\":\"U8\",\"shape\":[5,1073741824],\"data_offsets\":[0,%" G_GUINT64_FORMAT
      "]},\"last\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}}",
      hole, hole, hole + 4);
  guint64 length = strlen (header);
  const float expected = 42;
  float value = 0;
  int fd = open (fixture->path, O_RDWR | O_CREAT, 0600);

  g_assert_cmpint (write (fd, &length, 8), ==, 8);
  g_assert_cmpint (write (fd, header, length), ==, (gssize) length);
  if (ftruncate (fd, (off_t) (8 + length + hole + 4)) != 0) {
    g_test_skip ("the file system has no room for a sparse file of 5 GiB");
    close (fd);
    return;
  }
  g_assert_cmpint (pwrite (fd, &expected, 4, (off_t) (8 + length + hole)), ==, 4);
  close (fd);

  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_tensors_find (file, "hole")->count, ==, hole);
  limn_tensor_to_float (limn_tensors_find (file, "last"), &value);
  g_assert_cmpfloat (value, ==, 42);
  limn_tensors_release (file, limn_tensors_find (file, "hole")->data, hole);
}

static gsize
resident_bytes (void)
{
  g_autofree char *text = NULL;
  gsize pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)) {
    const char *second = strchr (text, ' ');
    pages = second != NULL ? g_ascii_strtoull (second + 1, NULL, 10) : 0;
  }
  return pages * (gsize) sysconf (_SC_PAGESIZE);
}

static void
test_release (TestsFile *fixture, gconstpointer unused)
{
  const gsize n = 32 << 20;
  g_autofree guint8 *zeros = g_malloc0 (n);
  const LimnTensorOut out = { .name = "x", .type = LIMN_TYPE_U8, .rank = 1, .shape = { n }, .data = zeros };
  volatile guint sum = 0;

  g_assert_true (limn_safetensors_write (fixture->path, &out, 1, NULL));
  g_autoptr (LimnTensors) file = limn_tensors_open (fixture->path, NULL);
  const LimnTensor *tensor = limn_tensors_nth (file, 0);
  for (gsize i = 0; i < n; i += 512)
    sum += tensor->data[i];
  gsize before = resident_bytes ();
  limn_tensors_release (file, tensor->data, n);
  gsize after = resident_bytes ();
  g_test_message ("resident %.1f MB, released to %.1f MB", (double) before / 1e6, (double) after / 1e6);
  g_assert_cmpuint (sum, ==, 0);
  if (before > 0)
    g_assert_cmpuint (after + n / 2, <, before);
}

static void
expect_write_error (const char *path, const LimnTensorOut *out, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (limn_safetensors_write (path, out, 1, &error));
  g_assert_true (error->domain == LIMN_ERROR);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_write_errors (TestsFile *fixture, gconstpointer unused)
{
  g_autofree guint8 *data = g_malloc0 (1 << 16);
  LimnTensorOut out = { .name = "x", .type = LIMN_TYPE_U8, .rank = 1, .shape = { 1 << 16 }, .data = data };
  g_autofree char *nowhere = g_build_filename (fixture->folder, "no", "a.safetensors", NULL);

  expect_write_error (nowhere, &out, "cannot create");
  out.rank = 3;
  out.shape[0] = out.shape[1] = out.shape[2] = (guint64) 1 << 32;
  expect_write_error (fixture->path, &out, "tensor \"x\"");
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

/* A file that may not grow fails like a full disk: the old file stays and nothing else is left. */
static void
test_full_disk (TestsFile *fixture, gconstpointer unused)
{
  g_autofree guint8 *data = g_malloc0 (1 << 16);
  LimnTensorOut out = { .name = "x", .type = LIMN_TYPE_U8, .rank = 1, .shape = { 64 }, .data = data };
  struct rlimit old, small;

  g_assert_true (limn_safetensors_write (fixture->path, &out, 1, NULL));
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = (struct rlimit){ 4096, old.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  out.shape[0] = 1 << 16;
  g_autoptr (GError) error = NULL;
  gboolean ok = limn_safetensors_write (fixture->path, &out, 1, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_false (ok);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "cannot write"));
  g_autoptr (LimnTensors) file = limn_tensors_open (fixture->path, NULL);
  g_assert_nonnull (file);
  g_assert_cmpuint (limn_tensors_nth (file, 0)->count, ==, 64);
}

/* The user's umask decides, as for any file. */
static void
test_mode (TestsFile *fixture, gconstpointer unused)
{
  const float one = 1;
  const LimnTensorOut out = { .name = "x", .type = LIMN_TYPE_F32, .rank = 1, .shape = { 1 }, .data = &one };
  struct stat info;
  mode_t old = umask (022);

  g_assert_true (limn_safetensors_write (fixture->path, &out, 1, NULL));
  umask (old);
  g_assert_cmpint (stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0644);
}

/* Somebody downloads the file again, to the same name, while it is mapped. */
static void
test_cut_short (TestsFile *fixture, gconstpointer unused)
{
  enum { COUNT = 100000 };
  g_autofree float *values = g_new (float, COUNT);
  g_autoptr (GError) error = NULL;
  const LimnTensorOut out = { .name = "x", .type = LIMN_TYPE_F32, .rank = 1, .shape = { COUNT }, .data = values };

  for (int i = 0; i < COUNT; i++)
    values[i] = 1;
  g_assert_true (limn_safetensors_write (fixture->path, &out, 1, NULL));
  g_autoptr (LimnTensors) file = limn_tensors_open (fixture->path, NULL);
  g_autoptr (LimnTensors) again = limn_tensors_open (fixture->path, NULL);
  g_assert_cmpint (truncate (fixture->path, 8192), ==, 0);
  g_assert_true (limn_tensors_check_whole (file, &error)); /* nothing of what is gone was read yet */
  limn_tensor_to_float (limn_tensors_find (file, "x"), values);
  g_assert_cmpfloat (values[0], ==, 1);
  g_assert_cmpfloat (values[COUNT - 1], ==, 0);
  g_assert_false (limn_tensors_check_whole (file, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_assert_true (limn_tensors_check_whole (again, NULL));
}

/* What is about other memory still ends the process. */
static void
test_other_bus_errors (TestsFile *fixture, gconstpointer unused)
{
  if (g_test_subprocess ()) {
    g_autoptr (LimnTensors) file = golden_open ("rng.safetensors"); /* takes the signal over */

    raise (SIGBUS);
    exit (0);
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
}

static void
test_golden_metadata (TestsFile *fixture, gconstpointer unused)
{
  g_autoptr (LimnTensors) file = golden_open ("rng.safetensors");

  g_assert_nonnull (strstr (limn_tensors_metadata (file, "made_with"), "torch"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/safetensors/round-trip", TestsFile, NULL, tests_file_set_up, test_round_trip, tests_file_tear_down);
  g_test_add ("/safetensors/references", TestsFile, NULL, tests_file_set_up, test_references, tests_file_tear_down);
  g_test_add ("/safetensors/types", TestsFile, NULL, tests_file_set_up, test_types, tests_file_tear_down);
  g_test_add ("/safetensors/large", TestsFile, NULL, tests_file_set_up, test_large, tests_file_tear_down);
  g_test_add ("/safetensors/release", TestsFile, NULL, tests_file_set_up, test_release, tests_file_tear_down);
  g_test_add ("/safetensors/write-errors", TestsFile, NULL, tests_file_set_up, test_write_errors, tests_file_tear_down);
  g_test_add ("/safetensors/full-disk", TestsFile, NULL, tests_file_set_up, test_full_disk, tests_file_tear_down);
  g_test_add ("/safetensors/mode", TestsFile, NULL, tests_file_set_up, test_mode, tests_file_tear_down);
  g_test_add ("/safetensors/cut-short", TestsFile, NULL, tests_file_set_up, test_cut_short, tests_file_tear_down);
  g_test_add ("/safetensors/other-bus-errors", TestsFile, NULL, tests_file_set_up, test_other_bus_errors,
              tests_file_tear_down);
  g_test_add ("/safetensors/metadata", TestsFile, NULL, tests_file_set_up, test_golden_metadata, tests_file_tear_down);
  return g_test_run ();
}
