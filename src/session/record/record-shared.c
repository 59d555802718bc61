/* record-shared.c - how far two runs are the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/record-private.h"

/* What no step of the base reads.  Anything else counts, whatever a later version adds. */
static const char *const not_base[] = { "new-seed",   "count",       "truthful-crop",
                                        "handoff",    "aesthetic",   "negative-aesthetic",
                                        "refiner",    "use-refiner", "prefix",
                                        "batch-size", NULL };
static const char *const with_source[] = { "strength", "source-x", "source-y", "source-fit", "mask", NULL };
static const char *const with_area[] = { "mask-area", "mask-padding", NULL };
static const char *const with_separate_prompts[] = { "prompt-2", "negative-2", NULL };

static gboolean
is_read (const char *name, const LimnSettingsValues *a, const LimnSettingsValues *b)
{
  if (g_strv_contains (not_base, name) || limn_settings_is_finish (name))
    return FALSE;
  if (a->source == NULL && b->source == NULL && g_strv_contains (with_source, name))
    return FALSE;
  if (!a->separate_prompts && !b->separate_prompts && g_strv_contains (with_separate_prompts, name))
    return FALSE;
  return a->separate_negative || b->separate_negative || !g_str_has_prefix (name, "negative-")
         || g_str_equal (name, "negative-2");
}

static gboolean
same_base (LimnSettings *a, LimnSettings *b)
{
  gboolean area = limn_settings_paints_area (a) || limn_settings_paints_area (b);
  guint n = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (a), &n);

  for (guint i = 0; i < n; i++)
    if ((area || !g_strv_contains (with_area, specs[i]->name))
        && is_read (specs[i]->name, limn_settings_values (a), limn_settings_values (b))
        && !limn_settings_agree (a, b, specs[i]))
      return FALSE;
  return TRUE;
}

int
limn_record_header_split (const LimnRecordHeader *header, double handoff)
{
  int split = 0;

  if (header->handoffs == NULL)
    return header->steps;
  while (split < header->steps && header->handoffs[split] <= handoff)
    split++;
  return split;
}

static int
split_of (const LimnRecordHeader *header, const LimnSettingsValues *values)
{
  return values->use_refiner ? limn_record_header_split (header, values->handoff) : header->steps;
}

int
limn_record_header_shared (const LimnRecordHeader *header, LimnSettings *settings)
{
  const LimnSettingsValues *old = limn_settings_values (header->settings), *new = limn_settings_values (settings);
  int old_split = split_of (header, old), new_split = split_of (header, new), shared;

  /* not loaded yet: that there was one is all that is known */
  if (limn_kept_is_missing (&header->kept, header->settings))
    return 0;
  if (!same_base (header->settings, settings))
    return 0;
  if (header->handoffs == NULL && (old->use_refiner || new->use_refiner))
    return 0;
  shared = MIN (old_split, new_split);
  if (old_split == new_split
      && (old_split == header->steps
          || (g_str_equal (old->refiner, new->refiner) && old->aesthetic == new->aesthetic
              && old->negative_aesthetic == new->negative_aesthetic)))
    shared = header->steps;
  /* whatever the hand-off, a run that began with another's latents begins there, and a picture's at its noise level */
  if (shared < header->begin && header->start.steps > 0)
    return header->begin;
  return shared;
}
