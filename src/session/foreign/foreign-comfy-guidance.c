/* foreign-comfy-guidance.c - nodes between a model and its sampler that change how it is guided.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include <glib/gi18n.h>

static const struct {
  const char *node, *input, *property;
  const char *kind; /* NULL: it goes with all of them */
} rows[] = {
  { "rescalecfg", "multiplier", "guidance-rescale", NULL },
  { "dynamicthresholding", "mimic_scale", "mimic-scale", "dynamic" },
  { "dynamicthresholding", "threshold_percentile", "mimic-share", "dynamic" },
  { "apg", "eta", "guidance-parallel", "apg" },
  { "apg", "norm_threshold", "guidance-norm", "apg" },
  { "perturbedattention", "scale", "perturbation", NULL },
  { "epsilon", "scaling_factor", "noise-divisor", NULL },
};

gboolean
limn_comfy_read_guidance (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const momentum[] = { "momentum", NULL };
  gboolean known = FALSE;
  double number;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *const names[] = { rows[i].input, NULL };

    if (!limn_comfy_is (node, rows[i].node) || !limn_comfy_number (comfy, node, names, &number))
      continue;
    known = TRUE;
    if (rows[i].kind != NULL)
      limn_foreign_set_string (comfy->foreign, "guidance-kind", rows[i].kind);
    limn_foreign_set_double (comfy->foreign, rows[i].property, _ ("Guidance"), number);
  }
  if (known && limn_comfy_number (comfy, node, momentum, &number) && number != 0)
    limn_foreign_miss (comfy->foreign, _ ("Guidance"), _ ("It had momentum from step to step; Limn’s has none"));
  return known;
}
