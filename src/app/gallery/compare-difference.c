/* compare-difference.c - finds what differs between two settings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/compare-difference.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/limn.h"

#define MOST_WORDS 3

/* ---- Words ---- */

static GHashTable *
words_of (char **words)
{
  GHashTable *set = g_hash_table_new (g_str_hash, g_str_equal);

  for (; *words != NULL; words++)
    g_hash_table_add (set, *words);
  return set;
}

/* The words that are not in others, in their order. */
static char *
own_words (char **words, GHashTable *others)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int n = 0;

  for (; *words != NULL; words++) {
    if ((*words)[0] == '\0' || g_hash_table_contains (others, *words))
      continue;
    if (n++ == MOST_WORDS) {
      g_string_append (text, "…");
      break;
    }
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", *words);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_change (GPtrArray *list, const char *name, const char *before, const char *after)
{
  /* translators: a setting's name, and its values in two pictures */
  g_ptr_array_add (list, g_strdup_printf (_ ("%s %s → %s"), name, before, after));
}

static void
compare_prompts (GPtrArray *list, const char *name, const char *before, const char *after)
{
  g_auto (GStrv) one = NULL;
  g_auto (GStrv) other = NULL;
  g_autoptr (GHashTable) in_one = NULL;
  g_autoptr (GHashTable) in_other = NULL;
  g_autofree char *gone = NULL;
  g_autofree char *come = NULL;

  if (strcmp (before, after) == 0)
    return;
  one = g_strsplit_set (before, " ,.;\n\t", -1);
  other = g_strsplit_set (after, " ,.;\n\t", -1);
  in_one = words_of (one);
  in_other = words_of (other);
  gone = own_words (one, in_other);
  come = own_words (other, in_one);
  if (gone[0] == '\0' && come[0] == '\0')
    /* translators: the same words, in another order or with other marks between them */
    g_ptr_array_add (list, g_strdup_printf (_ ("%s in another order"), name));
  else
    add_change (list, name, gone[0] != '\0' ? gone : "–", come[0] != '\0' ? come : "–");
}

/* ---- Numbers and names ---- */

/* up to two places behind the comma, in the person's locale */
static char *
number (double value)
{
  g_autofree char *text = g_strdup_printf ("%.2f", value);
  gsize length = strlen (text);

  while (length > 0 && text[length - 1] == '0')
    length--;
  while (length > 0 && !g_ascii_isdigit (text[length - 1]))
    length--;
  return g_strndup (text, length);
}

static void
compare_numbers (GPtrArray *list, const char *name, double before, double after)
{
  g_autofree char *one = number (before);
  g_autofree char *other = number (after);

  if (strcmp (one, other) != 0)
    add_change (list, name, one, other);
}

static void
compare_seeds (GPtrArray *list, guint64 before, guint64 after)
{
  g_autofree char *one = g_strdup_printf ("%" G_GUINT64_FORMAT, before);
  g_autofree char *other = g_strdup_printf ("%" G_GUINT64_FORMAT, after);

  if (before != after)
    add_change (list, _ ("seed"), one, other);
}

static void
compare_pairs (GPtrArray *list, const char *name, int x0, int y0, int x1, int y1)
{
  g_autofree char *one = g_strdup_printf ("%d × %d", x0, y0);
  g_autofree char *other = g_strdup_printf ("%d × %d", x1, y1);

  if (x0 != x1 || y0 != y1)
    add_change (list, name, one, other);
}

static void
compare_choices (GPtrArray *list, const char *name, const char *before, const char *after)
{
  if (!g_str_equal (before, after))
    add_change (list, name, before, after);
}

static void
compare_names (GPtrArray *list, const char *name, const char *before, const char *after)
{
  g_autofree char *one = before[0] != '\0' ? g_path_get_basename (before) : g_strdup ("–");
  g_autofree char *other = after[0] != '\0' ? g_path_get_basename (after) : g_strdup ("–");

  if (strcmp (one, other) != 0)
    add_change (list, name, one, other);
}

static void
compare_hints (GPtrArray *list, const LimnSettingsValues *a, const LimnSettingsValues *b)
{
  compare_pairs (list, _ ("original size"), a->original_width, a->original_height, b->original_width,
                 b->original_height);
  compare_pairs (list, _ ("crop"), a->crop_left, a->crop_top, b->crop_left, b->crop_top);
  compare_pairs (list, _ ("target size"), a->target_width, a->target_height, b->target_width, b->target_height);
}

static void
compare_refiners (GPtrArray *list, const LimnSettingsValues *a, const LimnSettingsValues *b)
{
  if (a->use_refiner != b->use_refiner)
    add_change (list, _ ("refiner"), a->use_refiner ? _ ("on") : _ ("off"), b->use_refiner ? _ ("on") : _ ("off"));
  if (!a->use_refiner || !b->use_refiner)
    return;
  compare_numbers (list, _ ("hand-off"), a->handoff, b->handoff);
  compare_numbers (list, _ ("aesthetic score"), a->aesthetic, b->aesthetic);
}

static void
compare_upscalers (GPtrArray *list, const LimnSettingsValues *a, const LimnSettingsValues *b)
{
  if (a->use_upscaler || b->use_upscaler)
    compare_names (list, _ ("upscaler"), a->use_upscaler ? a->upscaler : "", b->use_upscaler ? b->upscaler : "");
}

GPtrArray *
limn_compare_difference (LimnSettings *before, LimnSettings *after)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  const LimnSettingsValues *a = limn_settings_values (before), *b = limn_settings_values (after);
  guint n;
  const LimnField *fields = limn_fields (&n);

  compare_prompts (list, _ ("prompt"), a->prompt, b->prompt);
  compare_prompts (list, _ ("negative"), a->negative, b->negative);
  compare_names (list, _ ("model"), a->model, b->model);
  compare_numbers (list, _ ("guidance"), a->guidance, b->guidance);
  compare_numbers (list, _ ("steps"), a->steps, b->steps);
  for (guint i = 0; i < n; i++)
    if (fields[i].kind == LIMN_FIELD_NAME && fields[i].about != NULL)
      compare_choices (list, _ (fields[i].title), *limn_field_text (&fields[i], (LimnFields *) &a->fields),
                       *limn_field_text (&fields[i], (LimnFields *) &b->fields));
    else if (fields[i].kind != LIMN_FIELD_TEXT && fields[i].about != NULL)
      compare_numbers (list, _ (fields[i].title), limn_field_get (&fields[i], &a->fields),
                       limn_field_get (&fields[i], &b->fields));
  compare_choices (list, _ ("sampler"), a->sampler, b->sampler);
  compare_choices (list, _ ("schedule"), limn_fields_schedule (&a->fields), limn_fields_schedule (&b->fields));
  compare_seeds (list, a->seed, b->seed);
  compare_pairs (list, _ ("size"), a->width, a->height, b->width, b->height);
  compare_refiners (list, a, b);
  compare_upscalers (list, a, b);
  compare_numbers (list, _ ("strength"), a->strength, b->strength);
  compare_hints (list, a, b);
  return list;
}
