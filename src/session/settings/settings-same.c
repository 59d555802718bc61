/* settings-same.c - in what two settings are the same; see settings.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/settings.h"

#include <string.h>

static const char *const finishing[] = { "upscaler",
                                         "use-upscaler",
                                         "hires",
                                         "hires-method",
                                         "hires-strength",
                                         "hires-steps",
                                         "hires-sampler",
                                         "hires-guidance",
                                         "details",
                                         "detail-strength",
                                         "detail-padding",
                                         "detail-feather",
                                         NULL };

static gboolean
same_mask (LimnMask *a, LimnMask *b)
{
  if (a == b || a == NULL || b == NULL)
    return a == b;
  return limn_mask_get_width (a) == limn_mask_get_width (b) && limn_mask_get_height (a) == limn_mask_get_height (b)
         && memcmp (limn_mask_get_pixels (a), limn_mask_get_pixels (b),
                    (gsize) limn_mask_get_width (a) * limn_mask_get_height (a))
                == 0;
}

gboolean
limn_settings_agree (LimnSettings *a, LimnSettings *b, GParamSpec *spec)
{
  const LimnSettingsValues *one = limn_settings_values (a), *other = limn_settings_values (b);
  g_auto (GValue) first = G_VALUE_INIT, second = G_VALUE_INIT;

  if (spec->value_type == LIMN_TYPE_SOURCE)
    return limn_source_is_same (one->source, other->source);
  if (spec->value_type == LIMN_TYPE_FOLLOWED)
    return limn_followed_is_same (one->controls, other->controls);
  if (spec->value_type == LIMN_TYPE_MASK)
    return same_mask (one->mask, other->mask);
  g_object_get_property (G_OBJECT (a), spec->name, &first);
  g_object_get_property (G_OBJECT (b), spec->name, &second);
  return g_param_values_cmp (spec, &first, &second) == 0;
}

gboolean
limn_settings_are_alike (LimnSettings *a, LimnSettings *b)
{
  static const char *const own[] = { "seed",       "variation-seed", "prompt", "negative", "prompt-2",
                                     "negative-2", "source",         "mask",   NULL };
  guint n = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (a), &n);

  for (guint i = 0; i < n; i++)
    if (!g_strv_contains (own, specs[i]->name) && !limn_settings_agree (a, b, specs[i]))
      return FALSE;
  return TRUE;
}

gboolean
limn_settings_is_finish (const char *property)
{
  return g_strv_contains (finishing, property);
}

gboolean
limn_settings_paints_area (LimnSettings *self)
{
  const LimnSettingsValues *values = limn_settings_values (self);

  return values->source != NULL && values->mask != NULL && !limn_mask_is_empty (values->mask)
         && limn_mask_area_is_masked (&values->fields);
}

void
limn_settings_get_size (LimnSettings *self, int *width, int *height)
{
  const LimnSettingsValues *values = limn_settings_values (self);
  const LimnImage *image = limn_settings_paints_area (self) ? limn_source_get_image (values->source) : NULL;

  *width = image != NULL ? image->width : values->width;
  *height = image != NULL ? image->height : values->height;
}

gboolean
limn_settings_needs_upscaler (LimnSettings *self)
{
  const LimnSettingsValues *values = limn_settings_values (self);

  return values->use_upscaler || limn_hires_needs_upscaler (&values->fields);
}

static gboolean
same_second (const LimnSettingsValues *one, const LimnSettingsValues *other)
{
  gboolean on = limn_hires_is_on (&one->fields);

  if (!on || !limn_hires_is_on (&other->fields))
    return on == limn_hires_is_on (&other->fields);
  return one->hires == other->hires && g_strcmp0 (one->hires_method, other->hires_method) == 0
         && one->hires_strength == other->hires_strength && one->hires_steps == other->hires_steps
         && g_strcmp0 (one->hires_sampler, other->hires_sampler) == 0 && one->hires_guidance == other->hires_guidance
         && (!limn_hires_needs_upscaler (&one->fields) || g_str_equal (one->upscaler, other->upscaler));
}

static gboolean
same_details (const LimnSettingsValues *one, const LimnSettingsValues *other)
{
  return g_str_equal (one->details, other->details)
         && (one->details[0] == '\0'
             || (one->detail_strength == other->detail_strength && one->detail_padding == other->detail_padding
                 && one->detail_feather == other->detail_feather));
}

gboolean
limn_settings_finish_alike (LimnSettings *a, LimnSettings *b)
{
  const LimnSettingsValues *one = limn_settings_values (a), *other = limn_settings_values (b);

  return one->use_upscaler == other->use_upscaler
         && (!one->use_upscaler || g_str_equal (one->upscaler, other->upscaler)) && same_second (one, other)
         && same_details (one, other);
}

void
limn_settings_finish_as (LimnSettings *self, LimnSettings *from)
{
  for (guint i = 0; finishing[i] != NULL; i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    g_object_get_property (G_OBJECT (from), finishing[i], &value);
    g_object_set_property (G_OBJECT (self), finishing[i], &value);
  }
}
