/* foreign-json.c - the JSON that Limn itself writes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign-private.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const char *key, *property, *what;
} Number;

static const char *
string_at (const LimnJson *json, const char *key)
{
  return limn_json_string (limn_json_member (json, key), NULL);
}

static void
read_ints (LimnForeign *foreign, const LimnJson *json, const Number *numbers, guint n)
{
  double value;

  for (guint i = 0; i < n; i++)
    if (limn_foreign_json_number (limn_json_member (json, numbers[i].key), &value))
      limn_foreign_set_int (foreign, numbers[i].property, _ (numbers[i].what), value);
}

static void
read_doubles (LimnForeign *foreign, const LimnJson *json, const Number *numbers, guint n)
{
  double value;

  for (guint i = 0; i < n; i++)
    if (limn_foreign_json_number (limn_json_member (json, numbers[i].key), &value))
      limn_foreign_set_double (foreign, numbers[i].property, _ (numbers[i].what), value);
}

static void
read_seed (LimnForeign *foreign, const LimnJson *json)
{
  guint64 seed;

  if (limn_foreign_json_seed (limn_json_member (json, "seed"), &seed))
    limn_foreign_set_seed (foreign, seed);
}

static void
read_size (LimnForeign *foreign, const LimnJson *json)
{
  double width, height;

  if (limn_foreign_json_number (limn_json_member (json, "width"), &width)
      && limn_foreign_json_number (limn_json_member (json, "height"), &height))
    limn_foreign_set_size (foreign, width, height);
}

/* ---- Limn ---- */

static gboolean
pair_at (const LimnJson *json, const char *key, int *first, int *second)
{
  const LimnJson *pair = limn_json_member (json, key);
  double a, b;

  if (limn_json_kind (pair) != LIMN_JSON_ARRAY || !limn_foreign_json_number (limn_json_nth (pair, 0), &a)
      || !limn_foreign_json_number (limn_json_nth (pair, 1), &b))
    return FALSE;
  *first = (int) CLAMP (a, -1.0, 1e6); /* the settings say which of these are too much */
  *second = (int) CLAMP (b, -1.0, 1e6);
  return TRUE;
}

static gboolean
hints_at (const LimnJson *json, const char *key, LimnSizeHints *hints)
{
  const LimnJson *member = limn_json_member (json, key);
  gboolean original, crop, target;

  if (member == NULL || limn_json_kind (member) != LIMN_JSON_OBJECT)
    return FALSE;
  original = pair_at (member, "original", &hints->original_width, &hints->original_height);
  crop = pair_at (member, "crop", &hints->crop_left, &hints->crop_top);
  target = pair_at (member, "target", &hints->target_width, &hints->target_height);
  return original || crop || target;
}

static void
read_limn_hints (LimnForeign *foreign, const LimnJson *json)
{
  LimnSizeHints hints = { 0 }, negative = { 0 };

  if (hints_at (json, "hints", &hints))
    limn_foreign_set_hints (foreign, FALSE, &hints);
  if (hints_at (json, "negative_hints", &negative) && memcmp (&hints, &negative, sizeof hints) != 0)
    limn_foreign_set_hints (foreign, TRUE, &negative);
}

static void
read_limn_names (LimnForeign *foreign, const LimnJson *json)
{
  const char *sampler = string_at (json, "sampler"), *noise = string_at (json, "noise");
  const char *precision = string_at (json, "precision");
  static const char *const precisions[] = { "auto", "fp16", "fp32" };
  const char *schedule = string_at (json, "schedule");

  if (sampler != NULL)
    limn_foreign_set_sampler (foreign, sampler, schedule);
  if (noise != NULL)
    limn_foreign_set_int (foreign, "noise-source", _ ("Noise"),
                          g_str_equal (noise, "philox") ? LIMN_NOISE_PHILOX : LIMN_NOISE_CPU);
  for (guint i = 0; precision != NULL && i < G_N_ELEMENTS (precisions); i++)
    if (g_str_equal (precision, precisions[i]))
      limn_foreign_set_int (foreign, "precision", _ ("Precision"), i);
}

static void
read_limn_rest (LimnForeign *foreign, const LimnJson *json, const char *const *models)
{
  const char *refiner = string_at (json, "refiner");
  const LimnJson *image = limn_json_member (json, "from_image");

  limn_foreign_set_model (foreign, "model", string_at (json, "model"), NULL, models);
  if (refiner != NULL)
    limn_foreign_set_refiner (foreign, refiner, models);
  if (string_at (json, "prompt_2") != NULL || string_at (json, "negative_2") != NULL)
    limn_foreign_set_second (foreign, string_at (json, "prompt_2"), string_at (json, "negative_2"));
  if (limn_json_bool (image, FALSE))
    limn_foreign_miss_start (foreign);
  if (limn_json_bool (limn_json_member (json, "mask"), FALSE)
      || limn_json_bool (limn_json_member (json, "masked"), FALSE))
    limn_foreign_miss_mask (foreign);
  if (limn_json_member (json, "start") != NULL)
    limn_foreign_miss (foreign, _ ("Branch"),
                       _ ("It went on from another run’s steps, which are not inside this file"));
}

gboolean
limn_foreign_read_limn (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  static const Number ints[] = { { "steps", "steps", N_ ("Steps") } };
  static const Number doubles[] = {
    { "guidance", "guidance", N_ ("Guidance") },
    { "handoff", "handoff", N_ ("Hand-off") },
    { "aesthetic", "aesthetic", N_ ("Aesthetic score") },
    { "negative_aesthetic", "negative-aesthetic", N_ ("Aesthetic score") },
    { "strength", "strength", N_ ("Strength") },
  };
  LimnForeign *foreign;

  if (string_at (json, "prompt") == NULL
      || (string_at (json, "limn") == NULL
          && (limn_json_member (json, "guidance") == NULL || string_at (json, "noise") == NULL)))
    return FALSE;
  foreign = limn_foreign_new (LIMN_FOREIGN_LIMN, "Limn");
  limn_foreign_set_string (foreign, "prompt", string_at (json, "prompt"));
  if (limn_json_member (json, "negative") != NULL)
    limn_foreign_set_string (foreign, "negative", string_at (json, "negative"));
  read_ints (foreign, json, ints, G_N_ELEMENTS (ints));
  read_doubles (foreign, json, doubles, G_N_ELEMENTS (doubles));
  read_seed (foreign, json);
  read_size (foreign, json);
  read_limn_hints (foreign, json);
  read_limn_names (foreign, json);
  read_limn_rest (foreign, json, models);
  *out = foreign;
  return TRUE;
}
