/* foreign-features.c - what programs write of changes to a U-Net: FreeU, deep shrink, and that pictures
 * repeat.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *const factors[] = { "freeu-b1", "freeu-b2", "freeu-s1", "freeu-s2" };

static gboolean
is_on (const LimnForeignReading *reading, const char *name)
{
  return !limn_foreign_is_nothing (limn_foreign_at (reading->all, name));
}

/* property: what Limn does, a number or the beginning of words. */
static gboolean
take_so (const LimnForeignReading *reading, const LimnForeignKey *key, const LimnJson *value)
{
  double is, expected;

  if (!limn_foreign_json_number (value, &is) || !limn_foreign_text_number (key->property, &expected))
    return limn_foreign_take_unless (reading, key, value);
  return is == expected || limn_foreign_take_gap (reading, key, value);
}

/* ---- FreeU: Forge writes "freeu_enabled", Fooocus "freeu" with four numbers, Limn "FreeU" with the version ---- */

static gboolean
is_freed (const LimnForeignReading *reading)
{
  return is_on (reading, "freeu enabled") || is_on (reading, "freeu");
}

/* "(1.01, 1.02, 0.99, 0.95)" */
static gboolean
take_four (const LimnForeignReading *reading, const char *what, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  double numbers[4];

  if (g_strv_length (parts) != G_N_ELEMENTS (numbers))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autofree char *part = g_strdup (parts[i]);

    g_strdelimit (part, "()[]", ' ');
    if (!limn_foreign_text_number (g_strstrip (part), &numbers[i]))
      return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    limn_foreign_set_double (reading->foreign, factors[i], what, numbers[i]);
  return TRUE;
}

/* Programs that name no version do as the second has it. */
LIMN_FOREIGN_TAKE (freeu)
{
  const char *text = limn_json_string (value, "");
  gboolean named = limn_choice_find (limn_freeu_choice, text) != NULL && !limn_foreign_is_nothing (value);

  if (limn_foreign_is_nothing (value))
    return TRUE;
  if (strchr (text, ',') != NULL && !take_four (reading, _ (key->what), text))
    return limn_foreign_take_gap (reading, key, value);
  limn_foreign_set_string (reading->foreign, "freeu", named ? text : "v2");
  return TRUE;
}

LIMN_FOREIGN_TAKE (freeu_factor)
{
  return !is_freed (reading) || limn_foreign_take_double (reading, key, value);
}

/* Of one stage; FALSE where it says more than two factors. */
static gboolean
take_stage (const LimnForeignReading *reading, const char *what, const LimnJson *stage, int i)
{
  limn_foreign_set_double (reading->foreign, factors[i], what,
                           limn_json_number (limn_json_member (stage, "backbone_factor"), 1));
  limn_foreign_set_double (reading->foreign, factors[2 + i], what,
                           limn_json_number (limn_json_member (stage, "skip_factor"), 1));
  for (guint k = 0; k < limn_json_length (stage); k++)
    if (!g_str_equal (limn_json_key (stage, k), "backbone_factor")
        && !g_str_equal (limn_json_key (stage, k), "skip_factor"))
      return FALSE;
  return TRUE;
}

/* The web UI's extension writes '[{"backbone_factor": 1.2, "skip_factor": 0.9}, {...}]', without what is as usual. */
LIMN_FOREIGN_TAKE (freeu_stages)
{
  g_autoptr (LimnJson) parsed = limn_foreign_parse_json (limn_json_string (value, "null"), NULL);
  const LimnJson *stages = parsed != NULL && limn_json_kind (parsed) == LIMN_JSON_ARRAY ? parsed : value;
  const LimnJson *version = limn_foreign_at (reading->all, "freeu version");
  guint n = limn_json_kind (stages) == LIMN_JSON_ARRAY ? limn_json_length (stages) : 0;
  gboolean plain = n > 0 && n <= 2;
  double number = 1;

  if (!plain)
    return limn_foreign_take_gap (reading, key, value);
  for (guint i = 0; i < 2; i++)
    plain &= take_stage (reading, _ (key->what), i < n ? limn_json_nth (stages, i) : NULL, (int) i);
  limn_foreign_json_number (version, &number);
  limn_foreign_set_string (reading->foreign, "freeu", number == 2 ? "v2" : "v1");
  return plain || limn_foreign_take_gap (reading, key, value);
}

/* ---- Deep shrink: Forge writes "kohya_hrfix_enabled" and the inputs of ComfyUI's node ---- */

static gboolean
is_shrunk (const LimnForeignReading *reading)
{
  return is_on (reading, "kohya hrfix enabled");
}

LIMN_FOREIGN_TAKE (shrink_number)
{
  return !is_shrunk (reading) || limn_foreign_take_double (reading, key, value);
}

LIMN_FOREIGN_TAKE (shrink_block)
{
  return !is_shrunk (reading) || limn_foreign_take_int (reading, key, value);
}

LIMN_FOREIGN_TAKE (shrink_so)
{
  return !is_shrunk (reading) || take_so (reading, key, value);
}

LIMN_FOREIGN_TAKE (shrink_method)
{
  const LimnChoice *choice = limn_choice_find (limn_resample_choice, limn_json_string (value, ""));

  if (!is_shrunk (reading))
    return TRUE;
  if (choice == NULL)
    return limn_foreign_take_gap (reading, key, value);
  limn_foreign_set_string (reading->foreign, "shrink-method", choice->name);
  return TRUE;
}

/* ---- Pictures that repeat ---- */

gboolean
limn_foreign_set_tile (LimnForeign *foreign, const char *text)
{
  static const char *const nothing[] = { "false", "disable", "disabled", "none", "0", "", NULL };
  static const char *const all[] = { "true", "enable", "enabled", "both", "xy", "1", NULL };
  g_autofree char *low = g_ascii_strdown (text, -1);
  gboolean both = g_strv_contains (all, low), was_x, was_y;

  if (g_strv_contains (nothing, low))
    return TRUE;
  if (!both && low[0] != 'x' && low[0] != 'y')
    return FALSE;
  limn_tile_get (&limn_settings_values (foreign->settings)->fields, &was_x, &was_y);
  limn_foreign_set_string (foreign, "tile",
                           limn_tile_name (was_x || both || low[0] == 'x', was_y || both || low[0] == 'y'));
  return TRUE;
}

/* property: NULL where value says in which directions; or "x" or "y", where it says whether. */
LIMN_FOREIGN_TAKE (tile)
{
  g_autofree char *words = limn_foreign_words (value);
  const LimnJson *axes = limn_foreign_at (reading->all, "seamless axes");

  if (limn_foreign_is_nothing (value) || (words != NULL && g_ascii_strcasecmp (words, "false") == 0))
    return TRUE;
  if (key->property != NULL)
    return limn_foreign_set_tile (reading->foreign, key->property);
  if (limn_json_length (axes) == 1 && limn_json_string (limn_json_nth (axes, 0), NULL) != NULL)
    return limn_foreign_set_tile (reading->foreign, limn_json_string (limn_json_nth (axes, 0), NULL));
  return limn_foreign_set_tile (reading->foreign, words != NULL ? words : "true");
}
