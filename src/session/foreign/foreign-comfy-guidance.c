/* foreign-comfy-guidance.c - nodes between a model and its sampler that change how it is guided.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include <glib/gi18n.h>

static const struct {
  const char *node; /* a word of its name; with "=" before it: all of it, for others of that word do more */
  const char *input, *property;
  const char *with, *value; /* the setting that it counts with; NULL: it always does */
} rows[] = {
  { "rescalecfg", "multiplier", "guidance-rescale" },
  { "dynamicthresholding", "mimic_scale", "mimic-scale", "guidance-kind", "dynamic" },
  { "dynamicthresholding", "threshold_percentile", "mimic-share", "guidance-kind", "dynamic" },
  { "apg", "eta", "guidance-parallel", "guidance-kind", "apg" },
  { "apg", "norm_threshold", "guidance-norm", "guidance-kind", "apg" },
  { "perturbedattention", "scale", "perturbation" },
  { "selfattentionguidance", "scale", "sag" },
  { "selfattentionguidance", "blur_sigma", "sag-blur" },
  { "epsilon", "scaling_factor", "noise-divisor" },
  { "=FreeU", "b1", "freeu-b1", "freeu", "v1" },
  { "=FreeU", "b2", "freeu-b2", "freeu", "v1" },
  { "=FreeU", "s1", "freeu-s1", "freeu", "v1" },
  { "=FreeU", "s2", "freeu-s2", "freeu", "v1" },
  { "=FreeU_V2", "b1", "freeu-b1", "freeu", "v2" },
  { "=FreeU_V2", "b2", "freeu-b2", "freeu", "v2" },
  { "=FreeU_V2", "s1", "freeu-s1", "freeu", "v2" },
  { "=FreeU_V2", "s2", "freeu-s2", "freeu", "v2" },
  { "modeladddownscale", "downscale_factor", "shrink" },
  { "modeladddownscale", "end_percent", "shrink-until" },
  { "modeladddownscale", "block_number", "shrink-after" },
};

static gboolean
is_of (const LimnJson *node, const char *word)
{
  return word[0] == '=' ? g_str_equal (limn_comfy_kind (node), word + 1) : limn_comfy_is (node, word);
}

/* Of such a node, what Limn does in one way only. */
static void
read_shrink (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const down[] = { "downscale_method", NULL }, *const up[] = { "upscale_method", NULL };
  static const char *const start[] = { "start_percent", NULL };
  const char *method = limn_comfy_string (comfy, node, down), *back = limn_comfy_string (comfy, node, up);
  const LimnChoice *choice = limn_choice_find (limn_resample_choice, method);
  double number;

  if (choice != NULL)
    limn_foreign_set_string (comfy->foreign, "shrink-method", choice->name);
  if (choice == NULL || g_strcmp0 (method, back) != 0 || (limn_comfy_number (comfy, node, start, &number) && number > 0)
      || !limn_json_bool (limn_comfy_input (node, "downscale_after_skip"), TRUE))
    limn_foreign_miss_printf (comfy->foreign, _ ("Deep shrink"), _ ("It worked in another way there: %s"),
                              method != NULL ? method : "…");
}

/* Of the custom node SeamlessTile: "enable", "x_only", "y_only" or "disable". */
static gboolean
read_tile (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const tiling[] = { "tiling", NULL };
  const char *text = limn_comfy_is (node, "seamlesstile") ? limn_comfy_string (comfy, node, tiling) : NULL;

  return text != NULL && limn_foreign_set_tile (comfy->foreign, text);
}

gboolean
limn_comfy_read_guidance (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const momentum[] = { "momentum", NULL };
  gboolean known = read_tile (comfy, node);
  double number;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *const names[] = { rows[i].input, NULL };

    if (!is_of (node, rows[i].node) || !limn_comfy_number (comfy, node, names, &number))
      continue;
    known = TRUE;
    if (rows[i].with != NULL)
      limn_foreign_set_string (comfy->foreign, rows[i].with, rows[i].value);
    if (limn_field_find (rows[i].property)->kind == LIMN_FIELD_INT)
      limn_foreign_set_int (comfy->foreign, rows[i].property, _ ("Guidance"), number);
    else
      limn_foreign_set_double (comfy->foreign, rows[i].property, _ ("Guidance"), number);
  }
  if (limn_comfy_is (node, "modeladddownscale"))
    read_shrink (comfy, node);
  if (known && limn_comfy_number (comfy, node, momentum, &number) && number != 0)
    limn_foreign_miss (comfy->foreign, _ ("Guidance"), _ ("It had momentum from step to step; Limn’s has none"));
  return known;
}

void
limn_comfy_read_nag (LimnComfy *comfy, const LimnJson *node, double guidance)
{
  static const struct {
    const char *input, *property;
  } settings[] = { { "nag_scale", "nag" }, { "nag_tau", "nag-tau" }, { "nag_alpha", "nag-alpha" } };
  static const char *const end[] = { "nag_sigma_end", NULL };
  double number;

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    const char *const names[] = { settings[i].input, NULL };

    if (!limn_comfy_number (comfy, node, names, &number))
      continue;
    if (i == 0 && number <= 1) /* there it is off */
      return;
    limn_foreign_set_double (comfy->foreign, settings[i].property, _ ("Guidance"), number);
  }
  if (guidance > 1)
    limn_foreign_miss (comfy->foreign, _ ("Guidance"),
                       _ ("Its attention was guided in all steps; Limn’s is in those without other guidance"));
  if (limn_comfy_number (comfy, node, end, &number) && number > 0)
    limn_foreign_miss (comfy->foreign, _ ("Guidance"),
                       _ ("Its attention was guided down to a noise level; Limn’s is to the end"));
}
