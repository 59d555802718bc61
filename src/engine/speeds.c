/* speeds.c - see speeds.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/speeds.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

#define SIZES 40 /* powers of four: up to 10^24 */
#define MOST_RATE 1e18
#define MOST_DEVICES 64 /* of others, in one text */
/* Shorter than a clock can be trusted with, on a busy machine. */
#define LEAST_SECONDS 1e-5

struct _LimnSpeeds {
  char *device;
  double rates[LIMN_N_STAGES][2][SIZES]; /* by stage, fp16 or fp32, size; units a second, 0: unknown */
};

LimnSpeeds *
limn_speeds_new (const char *device)
{
  LimnSpeeds *speeds = g_new0 (LimnSpeeds, 1);

  speeds->device = g_strdup (device);
  return speeds;
}

void
limn_speeds_free (LimnSpeeds *speeds)
{
  if (speeds == NULL)
    return;
  g_free (speeds->device);
  g_free (speeds);
}

static int
size_of (double unit)
{
  return CLAMP ((int) (log2 (MAX (unit, 1)) / 2), 0, SIZES - 1);
}

static int
precision_index (LimnPrecision precision)
{
  return precision == LIMN_PRECISION_FP32 ? 1 : 0;
}

void
limn_speeds_add (LimnSpeeds *speeds, LimnStage stage, LimnPrecision precision, double unit, double total,
                 double seconds)
{
  double *rate = &speeds->rates[stage][precision_index (precision)][size_of (unit)];

  if (total <= 0 || !(seconds >= LEAST_SECONDS))
    return;
  double now = MIN (total / seconds, MOST_RATE);
  /* A device is as fast as it has shown; what made a run slower (pipelines built, other programs) may pass.  Seconds
   * are what should average, so rates do it inverted. */
  *rate = now >= *rate ? now : 2 / (1 / *rate + 1 / now);
}

double
limn_speeds_seconds (const LimnSpeeds *speeds, LimnStage stage, LimnPrecision precision, double unit, double total)
{
  const double *rates = speeds->rates[stage][precision_index (precision)];
  int size = size_of (unit);

  if (total <= 0)
    return 0;
  for (int off = 0; off < SIZES; off++) {
    if (size - off >= 0 && rates[size - off] > 0)
      return total / rates[size - off];
    if (size + off < SIZES && rates[size + off] > 0)
      return total / rates[size + off];
  }
  return -1;
}

static void
load_rate (LimnSpeeds *speeds, const LimnJson *row)
{
  const char *stage = limn_json_string (limn_json_member (row, "stage"), "");
  const char *precision = limn_json_string (limn_json_member (row, "precision"), "");
  double rate = limn_json_number (limn_json_member (row, "rate"), 0);
  guint64 size;

  if (!limn_json_uint64 (limn_json_member (row, "size"), &size) || size >= SIZES || !(rate > 0 && rate <= MOST_RATE)
      || (strcmp (precision, "fp16") != 0 && strcmp (precision, "fp32") != 0))
    return;
  for (int i = 0; i < LIMN_N_STAGES; i++)
    if (strcmp (stage, limn_stage_name (i)) == 0)
      speeds->rates[i][strcmp (precision, "fp32") == 0 ? 1 : 0][size] = rate;
}

static void
load_device (LimnSpeeds *speeds, const LimnJson *json)
{
  const LimnJson *rates = limn_json_member (json, "rates");

  if (strcmp (limn_json_string (limn_json_member (json, "device"), ""), speeds->device) != 0)
    return;
  for (guint i = 0; limn_json_kind (rates) == LIMN_JSON_ARRAY && i < limn_json_length (rates); i++)
    load_rate (speeds, limn_json_nth (rates, i));
}

/* Of one device, as it once was, or of some. */
static void
load (LimnSpeeds *speeds, const LimnJson *json)
{
  if (limn_json_kind (json) == LIMN_JSON_OBJECT)
    load_device (speeds, json);
  for (guint i = 0; limn_json_kind (json) == LIMN_JSON_ARRAY && i < limn_json_length (json); i++)
    load_device (speeds, limn_json_nth (json, i));
}

void
limn_speeds_load (LimnSpeeds *speeds, const char *text)
{
  g_autoptr (LimnJson) json = limn_json_parse ("Speeds", text, -1, NULL);

  if (json != NULL)
    load (speeds, json);
}

static void
write_rate (GString *out, int stage, int precision, int size, double rate)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  limn_json_add (out, NULL, "{");
  limn_json_add_string (out, "stage", limn_stage_name (stage));
  limn_json_add_string (out, "precision", precision == 1 ? "fp32" : "fp16");
  limn_json_add_int (out, "size", size);
  limn_json_add (out, "rate", g_ascii_formatd (number, sizeof number, "%.6g", rate));
  g_string_append_c (out, '}');
}

static void
write_device (GString *out, const LimnSpeeds *speeds)
{
  limn_json_add (out, NULL, "{");
  limn_json_add_string (out, "device", speeds->device);
  limn_json_add (out, "rates", "[");
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    for (int precision = 0; precision < 2; precision++)
      for (int size = 0; size < SIZES; size++)
        if (speeds->rates[stage][precision][size] > 0)
          write_rate (out, stage, precision, size, speeds->rates[stage][precision][size]);
  g_string_append (out, "]}");
}

/* What another engine of this device has kept, where this one knows nothing. */
static void
write_own (GString *out, const LimnSpeeds *speeds, const LimnJson *before)
{
  g_autoptr (LimnSpeeds) both = limn_speeds_new (speeds->device);
  double *rates = &both->rates[0][0][0];
  const double *own = &speeds->rates[0][0][0];

  if (before != NULL)
    load (both, before);
  for (gsize i = 0; i < sizeof both->rates / sizeof *rates; i++)
    if (own[i] > 0)
      rates[i] = own[i];
  write_device (out, both);
}

char *
limn_speeds_save (const LimnSpeeds *speeds, const char *before)
{
  g_autoptr (LimnJson) json = before != NULL ? limn_json_parse ("Speeds", before, -1, NULL) : NULL;
  guint n = json != NULL && limn_json_kind (json) == LIMN_JSON_ARRAY ? limn_json_length (json) : 0;
  GString *out = g_string_new ("[");

  write_own (out, speeds, json);
  for (guint i = 0; i < MIN (n, MOST_DEVICES); i++) {
    const char *device = limn_json_string (limn_json_member (limn_json_nth (json, i), "device"), "");
    g_autoptr (LimnSpeeds) other = limn_speeds_new (device);

    if (device[0] == '\0' || strcmp (device, speeds->device) == 0)
      continue;
    load_device (other, limn_json_nth (json, i));
    write_device (out, other);
  }
  g_string_append (out, "]\n");
  return g_string_free (out, FALSE);
}
