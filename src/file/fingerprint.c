/* fingerprint.c - see fingerprint.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/fingerprint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WAY "1:"
#define RUNS 256
#define RUN 4096 /* bytes */
#define DIGITS 32

static void
add_number (GChecksum *sum, guint64 number)
{
  guint64 bytes = GUINT64_TO_LE (number);

  g_checksum_update (sum, (const guchar *) &bytes, sizeof bytes);
}

/* The system reads ahead of who reads a mapped page, by megabytes: not here, where no other run is near. */
static void
add_run (GChecksum *sum, const guint8 *data, gsize size)
{
  guintptr page = (guintptr) sysconf (_SC_PAGESIZE), begin = (guintptr) data / page * page;
  gsize length = (guintptr) data + size - begin;

  madvise ((void *) begin, length, MADV_RANDOM);
  g_checksum_update (sum, data, (gssize) size);
  madvise ((void *) begin, length, MADV_NORMAL);
}

/* The runs that begin in a tensor whose bytes are [begin, begin + size) of total. */
static void
add_runs (GChecksum *sum, const LimnTensor *tensor, guint64 begin, guint64 total)
{
  guint64 size = limn_tensor_bytes (tensor), stride = total / RUNS;

  for (guint64 run = (begin + stride - 1) / stride; run < RUNS && run * stride < begin + size; run++) {
    guint64 offset = run * stride - begin;
    add_run (sum, tensor->data + offset, MIN (RUN, size - offset));
  }
}

char *
limn_tensors_fingerprint (const LimnTensor *const *tensors, guint n)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 total = 0, begin = 0;

  for (guint i = 0; i < n; i++) {
    add_number (sum, tensors[i]->type);
    add_number (sum, tensors[i]->count);
    total += limn_tensor_bytes (tensors[i]);
  }
  for (guint i = 0; i < n; i++) {
    if (total > (guint64) RUNS * RUN)
      add_runs (sum, tensors[i], begin, total);
    else
      g_checksum_update (sum, tensors[i]->data, (gssize) limn_tensor_bytes (tensors[i]));
    begin += limn_tensor_bytes (tensors[i]);
  }
  return g_strdup_printf (WAY "%.*s", DIGITS, g_checksum_get_string (sum));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const LimnTensor *const *) a)->name, (*(const LimnTensor *const *) b)->name);
}

char *
limn_file_fingerprint (LimnTensors *file)
{
  guint n = limn_tensors_count (file);
  g_autofree const LimnTensor **tensors = g_new (const LimnTensor *, n);

  for (guint i = 0; i < n; i++)
    tensors[i] = limn_tensors_nth (file, i);
  qsort (tensors, n, sizeof *tensors, compare_names);
  return limn_tensors_fingerprint (tensors, n);
}

char *
limn_file_hash (LimnTensors *file)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    g_checksum_update (sum, tensor->data, (gssize) limn_tensor_bytes (tensor));
  }
  return g_strdup (g_checksum_get_string (sum));
}
