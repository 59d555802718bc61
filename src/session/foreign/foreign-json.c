/* foreign-json.c - the JSON that Limn itself writes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-hires.h"
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define MOST_CONTROLS 16

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
read_limn_field (LimnForeign *foreign, const LimnJson *json, const LimnField *field)
{
  g_autofree char *key = limn_field_key (field);
  const char *name = limn_json_member_string (json, key);
  double number;
  guint64 seed;

  switch (field->kind) {
  case LIMN_FIELD_INT:
    if (limn_foreign_json_number (limn_json_member (json, key), &number))
      limn_foreign_set_int (foreign, field->name, _ (field->title), number);
    break;
  case LIMN_FIELD_DOUBLE:
    if (limn_foreign_json_number (limn_json_member (json, key), &number))
      limn_foreign_set_double (foreign, field->name, _ (field->title), number);
    break;
  case LIMN_FIELD_CHOICE:
    for (int i = 0; name != NULL && field->names[i] != NULL; i++)
      if (g_str_equal (name, field->names[i]))
        limn_foreign_set_int (foreign, field->name, _ (field->title), i);
    break;
  case LIMN_FIELD_NAME: /* samplers and schedules have readers of their own */
    if (name != NULL && field->table != limn_sampler_choice && field->table != limn_schedule_choice
        && limn_choice_find (field->table, name) != NULL)
      limn_foreign_set_string (foreign, field->name, name);
    break;
  case LIMN_FIELD_TEXT:
    if (name != NULL && field->check (name, NULL))
      limn_foreign_set_string (foreign, field->name, name);
    break;
  case LIMN_FIELD_SEED: /* the seed has one, too */
    if (!g_str_equal (field->name, "seed") && limn_foreign_json_seed (limn_json_member (json, key), &seed))
      limn_foreign_set_uint64 (foreign, field->name, seed);
    break;
  }
}

static void
read_limn_fields (LimnForeign *foreign, const LimnJson *json)
{
  const char *sampler = limn_json_member_string (json, "sampler");
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++)
    if (!g_str_equal (fields[i].name, "width") && !g_str_equal (fields[i].name, "height"))
      read_limn_field (foreign, json, &fields[i]);
  read_seed (foreign, json);
  read_size (foreign, json);
  if (sampler != NULL)
    limn_foreign_set_sampler (foreign, sampler, limn_json_member_string (json, "schedule"));
}

static void
read_limn_controls (LimnForeign *foreign, const LimnJson *controls, const char *const *models)
{
  for (guint i = 0; i < MIN (limn_json_length (controls), MOST_CONTROLS); i++) {
    const LimnJson *json = limn_json_nth (controls, i);
    LimnForeignControl control = { limn_json_member_string (json, "model"), limn_json_member_string (json, "hash") };

    if (control.model == NULL)
      continue;
    limn_control_init (&control.how);
    for (guint k = 0; limn_control_key (k) != NULL; k++)
      limn_foreign_set_control (&control.how, limn_control_key (k), limn_json_member (json, limn_control_key (k)));
    control.how.name = limn_json_member_string (json, "picture");
    control.how.kept = limn_json_member_string (json, "kept");
    limn_foreign_add_control (foreign, &control, models);
  }
}

/* What LoRAs of the prompt are known by, whatever their files are called. */
static void
read_limn_loras (LimnForeign *foreign, const LimnJson *loras)
{
  for (guint i = 0; i < limn_json_length (loras); i++) {
    const char *name = limn_json_member_string (limn_json_nth (loras, i), "name");
    const char *hash = limn_json_member_string (limn_json_nth (loras, i), "hash");

    if (name != NULL && hash != NULL)
      g_hash_table_replace (foreign->hashes, g_strdup (name), g_strdup (hash));
  }
}

static void
read_limn_rest (LimnForeign *foreign, const LimnJson *json, const char *const *models)
{
  const char *refiner = limn_json_member_string (json, "refiner");
  const LimnJson *image = limn_json_member (json, "from_image");

  limn_foreign_set_model (foreign, "model", limn_json_member_string (json, "model"), NULL, models);
  if (refiner != NULL)
    limn_foreign_set_refiner (foreign, refiner, models);
  if (limn_json_member_string (json, "prompt_2") != NULL || limn_json_member_string (json, "negative_2") != NULL)
    limn_foreign_set_second (foreign, limn_json_member_string (json, "prompt_2"),
                             limn_json_member_string (json, "negative_2"));
  if (limn_json_bool (image, FALSE))
    limn_foreign_miss_start (foreign);
  if (limn_json_member_string (json, "upscaler") != NULL)
    limn_foreign_set_upscaler (foreign, limn_json_member_string (json, "upscaler"), models);
  if (limn_json_member_string (json, "hires_upscaler") != NULL)
    limn_foreign_set_hires_upscaler (foreign, limn_json_member_string (json, "hires_upscaler"), models);
  read_limn_controls (foreign, limn_json_member (json, "controls"), models);
  read_limn_loras (foreign, limn_json_member (json, "loras"));
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
  LimnForeign *foreign;

  if (limn_json_member_string (json, "prompt") == NULL
      || (limn_json_member_string (json, "limn") == NULL
          && (limn_json_member (json, "guidance") == NULL || limn_json_member_string (json, "noise") == NULL)))
    return FALSE;
  foreign = limn_foreign_new (LIMN_FOREIGN_LIMN, "Limn");
  limn_foreign_set_string (foreign, "prompt", limn_json_member_string (json, "prompt"));
  if (limn_json_member (json, "negative") != NULL)
    limn_foreign_set_string (foreign, "negative", limn_json_member_string (json, "negative"));
  read_limn_fields (foreign, json);
  read_limn_hints (foreign, json);
  read_limn_rest (foreign, json, models);
  *out = foreign;
  return TRUE;
}
