/* upload.c - bytes through the staging buffer's two halves: all of them, where they belong, and no others.
 *
 * Software devices map their memory, so the buffers here have their mapping taken away; it then tells what arrived.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <string.h>

#include "base/error.h"
#include "gpu/gpu-private.h"

#define GUARD 64
#define GUARD_BYTE 0xa5

typedef struct {
  guint64 granularity, next, size; /* next: where the next piece begins */
  const guint8 *last_out;
  guint seed, pieces;
} Pattern;

static guint8
byte_at (guint64 at, guint seed)
{
  return (guint8) (((at + seed) * 0x9e3779b97f4a7c15u) >> 56);
}

/* In ascending pieces of whole rows, from one half and the other in turn. */
static void
fill_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  Pattern *pattern = data;

  g_assert_cmpuint (offset, ==, pattern->next);
  g_assert_cmpuint (size, <=, LIMN_STAGING_HALF);
  g_assert_true (offset + size == pattern->size || size % pattern->granularity == 0);
  g_assert_true (out != pattern->last_out);
  for (guint64 i = 0; i < size; i++)
    out[i] = byte_at (offset + i, pattern->seed);
  pattern->next += size;
  pattern->last_out = out;
  pattern->pieces++;
}

static LimnBuffer *
unmapped_new (LimnGpu *gpu, guint64 size, guint8 **bytes)
{
  g_autoptr (GError) error = NULL;
  LimnBuffer *buffer = limn_buffer_new (gpu, LIMN_BUFFER_DEVICE, size, &error);

  g_assert_no_error (error);
  *bytes = g_steal_pointer (&buffer->map);
  return buffer;
}

static void
check (LimnGpu *gpu, guint64 offset, guint64 size, guint64 granularity, guint seed)
{
  g_autoptr (GError) error = NULL;
  guint8 *bytes;
  g_autoptr (LimnBuffer) buffer = unmapped_new (gpu, offset + size + GUARD, &bytes);
  g_autofree guint8 *back = g_malloc (size);
  Pattern pattern = { .granularity = granularity, .size = size, .seed = seed };
  guint64 piece = LIMN_STAGING_HALF / granularity * granularity;

  if (bytes != NULL)
    memset (bytes, GUARD_BYTE, offset + size + GUARD);
  limn_buffer_upload ((LimnSlice){ buffer, offset, size }, granularity, fill_cb, &pattern, &error);
  g_assert_no_error (error);
  /* the last may fill its half with what is no whole row */
  g_assert_cmpuint (pattern.pieces, ==,
                    1 + (size > LIMN_STAGING_HALF ? (size - LIMN_STAGING_HALF + piece - 1) / piece : 0));
  limn_buffer_download ((LimnSlice){ buffer, offset, size }, back, &error);
  g_assert_no_error (error);
  for (guint64 i = 0; i < size; i++) {
    if (back[i] != byte_at (i, seed) || (bytes != NULL && bytes[offset + i] != back[i]))
      g_error ("byte %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " is another", i, size);
  }
  for (guint64 i = 0; bytes != NULL && i < offset + GUARD; i++)
    g_assert_cmphex (bytes[i < offset ? i : i + size], ==, GUARD_BYTE);
}

static void
test_lengths (gconstpointer data)
{
  static const guint64 half = LIMN_STAGING_HALF, lengths[] = {
    1, 3, 4097, half - 1, half, half + 1, 2 * half - 1, 2 * half, 2 * half + 1, 3 * half + 12345,
  };
  static const guint64 granularities[] = { 1, 16, 4608, half / 2 + 1, half };
  LimnGpu *const *gpu = data;

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    check (*gpu, 4 * i, lengths[i], granularities[i % G_N_ELEMENTS (granularities)], i);
}

static void
test_random (gconstpointer data)
{
  LimnGpu *const *gpu = data;

  for (guint i = 0; i < 12; i++) {
    guint64 granularity = (guint64) g_test_rand_int_range (1, i % 3 == 0 ? LIMN_STAGING_HALF : 100000);
    check (*gpu, (guint64) g_test_rand_int_range (0, 10000), (guint64) g_test_rand_int_range (1, 4 * LIMN_STAGING_HALF),
           granularity, i);
  }
}

/* ---- Sent together ---- */

#define SENDS 40

typedef struct {
  guint64 next;
  guint seed;
} Sent;

static void
fill_sent_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  Sent *sent = data;

  g_assert_cmpuint (offset, ==, sent->next);
  for (guint64 i = 0; i < size; i++)
    out[i] = byte_at (offset + i, sent->seed);
  sent->next += size;
}

/* Many, small and large, into places of one buffer, submitted when that is asked for or a half is full. */
static void
test_sent (gconstpointer data)
{
  LimnGpu *gpu = *(LimnGpu *const *) data;
  g_autoptr (GError) error = NULL;
  guint64 sizes[SENDS], all = 0;
  guint8 *bytes;

  for (guint i = 0; i < SENDS; i++) {
    sizes[i] = (guint64) g_test_rand_int_range (1, i % 8 == 0 ? LIMN_STAGING_HALF + 100000 : i % 2 ? 100 : 300000);
    all += sizes[i];
  }
  g_autoptr (LimnBuffer) buffer = unmapped_new (gpu, all, &bytes);
  g_autofree guint8 *back = g_malloc (all);
  for (guint64 i = 0, at = 0; i < SENDS; at += sizes[i++]) {
    Sent sent = { .seed = (guint) i };
    guint64 granularity = (guint64) g_test_rand_int_range (1, 5000);

    g_assert_true (limn_buffer_send ((LimnSlice){ buffer, at, sizes[i] }, granularity, fill_sent_cb, &sent, &error));
    g_assert_cmpuint (sent.next, ==, sizes[i]);
    if (g_test_rand_int_range (0, 6) == 0)
      g_assert_true (limn_gpu_flush (gpu, &error));
    if (g_test_rand_int_range (0, 12) == 0)
      g_assert_true (limn_gpu_settle (gpu, &error));
  }
  g_assert_true (limn_gpu_settle (gpu, &error));
  limn_buffer_download ((LimnSlice){ buffer, 0, all }, back, &error);
  g_assert_no_error (error);
  for (guint64 i = 0, at = 0; i < SENDS; at += sizes[i++])
    for (guint64 k = 0; k < sizes[i]; k++)
      if (back[at + k] != byte_at (k, (guint) i))
        g_error ("byte %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " is another", k, sizes[i]);
}

/* What cannot be had is said, nothing is filled, and the next upload tries anew. */
static void
test_no_memory (gconstpointer data)
{
  LimnGpu *gpu = *(LimnGpu *const *) data;
  guint64 allocation = gpu->kernel_limits.allocation;
  g_autoptr (GError) error = NULL;
  guint8 *bytes;
  g_autoptr (LimnBuffer) buffer = unmapped_new (gpu, 64, &bytes);
  Pattern pattern = { .granularity = 1, .size = 64 };

  g_clear_pointer (&gpu->staging, limn_staging_free);
  gpu->kernel_limits.allocation = LIMN_STAGING_HALF;
  g_assert_false (limn_buffer_upload ((LimnSlice){ buffer, 0, 64 }, 1, fill_cb, &pattern, &error));
  gpu->kernel_limits.allocation = allocation;
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY);
  g_assert_cmpuint (pattern.pieces, ==, 0);
  check (gpu, 0, 64, 1, 0);
}

void
upload_tests_add (LimnGpu *const *gpu)
{
  g_test_add_data_func ("/kernel/upload/lengths", gpu, test_lengths);
  g_test_add_data_func ("/kernel/upload/random", gpu, test_random);
  g_test_add_data_func ("/kernel/upload/sent", gpu, test_sent);
  g_test_add_data_func ("/kernel/upload/no-memory", gpu, test_no_memory);
}
