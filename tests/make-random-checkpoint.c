/* make-random-checkpoint - writes a full-size SDXL checkpoint with the official names and random weights.
 *
 *   make-random-checkpoint base|refiner|sd15 OUT.safetensors [--type f16|bf16|f32] [--seed N]
 *
 * For tests of loading, memory and speed: 6.9 GB (base), 6.1 GB (refiner) or 2.1 GB (sd15), never committed.  Weights
 * are N(0, gain^2 / fan-in), smaller where a branch joins the residual stream, so that every activation stays finite in
 * fp16.  The same seed gives the same file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "file/safetensors.h"
#include "model/listing.h"

#define TABLE_BITS 12
#define TABLE_SIZE (1 << TABLE_BITS)
#define CHUNK (1 << 20) /* elements written at once */

typedef struct {
  double mean, deviation;
} Spread;

typedef struct {
  FILE *file;
  guint64 random; /* state of xorshift64* (Vigna 2016) */
  float quantiles[TABLE_SIZE];
  guint8 *buffer;
} Writer;

/* The standard normal's quantiles at the middle of TABLE_SIZE equal shares, by bisection of the distribution. */
static void
fill_quantiles (float *quantiles)
{
  for (int i = 0; i < TABLE_SIZE; i++) {
    double low = -6, high = 6, share = (i + 0.5) / TABLE_SIZE;
    for (int step = 0; step < 40; step++) {
      double middle = 0.5 * (low + high);
      if (0.5 * erfc (-middle * G_SQRT2 / 2) < share)
        low = middle;
      else
        high = middle;
    }
    quantiles[i] = (float) low;
  }
}

static gboolean
ends_with_any (const char *name, const char *const *suffixes)
{
  for (; *suffixes != NULL; suffixes++)
    if (g_str_has_suffix (name, *suffixes))
      return TRUE;
  return FALSE;
}

static Spread
choose_spread (const Listed *listed)
{
  static const char *const joins[] = { "out_layers.3.weight", "conv2.weight",      "proj_out.weight",
                                       "to_out.0.weight",     "ff.net.2.weight",   "out_proj.weight",
                                       "mlp.fc2.weight",      "mlp.c_proj.weight", NULL };
  static const char *const embeddings[] = { "token_embedding.weight", "position_embedding.weight",
                                            "positional_embedding", NULL };
  static const char *const shortcuts[] = { "skip_connection.weight", "nin_shortcut.weight", NULL };

  if (listed->rank == 0)
    return (Spread){ 4.6, 0 }; /* OpenCLIP's logit scale */
  if (listed->rank == 1)
    return g_str_has_suffix (listed->name, ".weight") ? (Spread){ 1, 0.05 } : (Spread){ 0, 0.02 };
  if (ends_with_any (listed->name, embeddings))
    return (Spread){ 0, 0.02 };

  gboolean transposed = g_str_has_suffix (listed->name, "text_projection");
  guint64 fan_in = listed_count (listed) / listed->shape[transposed ? 1 : 0];
  double gain = ends_with_any (listed->name, joins) ? 0.2 : ends_with_any (listed->name, shortcuts) ? 1 : 0.9;
  return (Spread){ 0, gain / sqrt ((double) fan_in) };
}

static guint64
next_random (Writer *writer)
{
  guint64 x = writer->random;

  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  writer->random = x;
  return x * G_GUINT64_CONSTANT (2685821657736338717);
}

static void
write_bytes (Writer *writer, const void *data, gsize size)
{
  if (fwrite (data, 1, size, writer->file) != size) {
    g_printerr ("make-random-checkpoint: %s\n", g_strerror (errno));
    exit (1);
  }
}

/* Four lookups a random number: the 12 highest bits of each 16. */
static void
write_halves (Writer *writer, const guint16 *table, guint64 count)
{
  guint16 *out = (guint16 *) writer->buffer;

  while (count > 0) {
    gsize n = MIN (count, CHUNK);
    for (gsize i = 0; i < n; i += 4) { /* the buffer has room for the last four */
      guint64 bits = next_random (writer);
      out[i] = table[(bits >> 4) & (TABLE_SIZE - 1)];
      out[i + 1] = table[(bits >> 20) & (TABLE_SIZE - 1)];
      out[i + 2] = table[(bits >> 36) & (TABLE_SIZE - 1)];
      out[i + 3] = table[bits >> 52];
    }
    write_bytes (writer, out, n * sizeof *out);
    count -= n;
  }
}

static void
write_floats (Writer *writer, const float *table, guint64 count)
{
  float *out = (float *) writer->buffer;

  while (count > 0) {
    gsize n = MIN (count, CHUNK);
    for (gsize i = 0; i < n; i += 2) {
      guint64 bits = next_random (writer);
      out[i] = table[(bits >> 20) & (TABLE_SIZE - 1)];
      out[i + 1] = table[bits >> 52];
    }
    write_bytes (writer, out, n * sizeof *out);
    count -= n;
  }
}

static void
write_tensor (Writer *writer, const Listed *listed, guint64 seed)
{
  guint64 count = listed_count (listed);
  Spread spread = choose_spread (listed);
  float table[TABLE_SIZE];
  guint16 halves[TABLE_SIZE];

  if (listed->type == LIMN_TYPE_I64) { /* position ids */
    for (guint64 i = 0; i < count; i++) {
      guint64 id = GUINT64_TO_LE (i);
      write_bytes (writer, &id, sizeof id);
    }
    return;
  }
  guint64 name_hash = (guint64) g_str_hash (listed->name) << 16;
  writer->random = ((seed + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) ^ name_hash) | 1;
  for (int i = 0; i < 8; i++)
    next_random (writer);
  for (int i = 0; i < TABLE_SIZE; i++)
    table[i] = (float) (spread.mean + spread.deviation * writer->quantiles[i]);
  if (listed->type == LIMN_TYPE_F32) {
    write_floats (writer, table, count);
    return;
  }
  if (listed->type == LIMN_TYPE_F16)
    limn_half_from_float_row (table, halves, TABLE_SIZE);
  else
    for (int i = 0; i < TABLE_SIZE; i++)
      halves[i] = limn_bfloat_from_float (table[i]);
  write_halves (writer, halves, count);
}

static gboolean
parse_type (const char *name, LimnType *type)
{
  if (name == NULL || g_str_equal (name, "f16"))
    *type = LIMN_TYPE_F16;
  else if (g_str_equal (name, "bf16"))
    *type = LIMN_TYPE_BF16;
  else if (g_str_equal (name, "f32"))
    *type = LIMN_TYPE_F32;
  else
    return FALSE;
  return TRUE;
}

/* The official file's tensors, of a model by its name here; NULL: there is none. */
static const char *
find_keys (const char *model)
{
  static const char *const keys[][2] = { { "base", "sd_xl_base_1.0.tsv" },
                                         { "refiner", "sd_xl_refiner_1.0.tsv" },
                                         { "sd15", "v1-5-pruned-emaonly.tsv" } };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (model, keys[i][0]))
      return keys[i][1];
  return NULL;
}

static int
write_checkpoint (Listing *listing, const char *path, guint64 seed)
{
  g_autofree Writer *writer = g_new0 (Writer, 1);
  g_autofree guint8 *buffer = g_malloc ((CHUNK + 4) * sizeof (float));
  GString *header = listing_header (listing);
  gint64 start = g_get_monotonic_time ();

  writer->buffer = buffer;
  writer->file = g_fopen (path, "wb");
  if (writer->file == NULL) {
    g_printerr ("make-random-checkpoint: %s: %s\n", path, g_strerror (errno));
    return 1;
  }
  fill_quantiles (writer->quantiles);
  write_bytes (writer, header->str, header->len);
  for (guint i = 0; i < listing->len; i++)
    write_tensor (writer, g_ptr_array_index (listing, i), seed);
  double size = (double) ftello (writer->file), seconds = (double) (g_get_monotonic_time () - start) * 1e-6;
  if (fclose (writer->file) != 0) {
    g_printerr ("make-random-checkpoint: %s: %s\n", path, g_strerror (errno));
    return 1;
  }
  g_print ("%s: %u tensors, %.2f GB in %.1f s (%.0f MB/s)\n", path, listing->len, size * 1e-9, seconds,
           size * 1e-6 / seconds);
  g_string_free (header, TRUE);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autofree char *type_name = NULL;
  gint64 seed = 0;
  LimnType type;
  const GOptionEntry entries[] = { { "type", 0, 0, G_OPTION_ARG_STRING, &type_name, "f16 (the default), bf16 or f32",
                                     "TYPE" },
                                   { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "another file for each", "N" },
                                   { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new ("base|refiner|sd15 OUT.safetensors");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  gboolean ok = g_option_context_parse (context, &argc, &argv, &error) && argc == 3 && parse_type (type_name, &type)
                && find_keys (argv[1]) != NULL;
  if (!ok) {
    g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
    g_printerr ("%s%s%s", error != NULL ? error->message : "", error != NULL ? "\n" : "", help);
    return 2;
  }
  g_autoptr (Listing) listing = listing_load_keys (find_keys (argv[1]));
  for (guint i = 0; i < listing->len; i++) {
    Listed *listed = g_ptr_array_index (listing, i);
    if (listed->type == LIMN_TYPE_F16 || listed->type == LIMN_TYPE_F32)
      listed->type = type;
  }
  return write_checkpoint (listing, argv[2], (guint64) seed);
}
