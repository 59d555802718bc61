/* foreign-guidance.c - what the web UI and its extensions write of guidance that is more than its scale.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <math.h>

/* ---- Dynamic thresholding: Forge writes "dynthres_enabled", the extension before it "Dynamic thresholding enabled" */

static gboolean
is_thresholded (const LimnJson *all)
{
  return !limn_foreign_is_nothing (limn_foreign_at (all, "dynthres enabled"))
         || !limn_foreign_is_nothing (limn_foreign_at (all, "dynamic thresholding enabled"));
}

LIMN_FOREIGN_TAKE (thresholding)
{
  if (is_thresholded (reading->all))
    limn_foreign_set_string (reading->foreign, "guidance-kind", "dynamic");
  return TRUE;
}

LIMN_FOREIGN_TAKE (mimicked)
{
  return !is_thresholded (reading->all) || limn_foreign_take_double (reading, key, value);
}

/* As a share, or in percent. */
LIMN_FOREIGN_TAKE (mimicked_share)
{
  double share;

  if (!is_thresholded (reading->all))
    return TRUE;
  if (!limn_foreign_json_number (value, &share))
    return FALSE;
  limn_foreign_set_double (reading->foreign, key->property, _ (key->what), share > 1 ? share / 100 : share);
  return TRUE;
}

/* What Limn does as it is there by default. */
LIMN_FOREIGN_TAKE (mimicked_so)
{
  return !is_thresholded (reading->all) || limn_foreign_take_unless (reading, key, value);
}

/* ---- Self-attention guidance: Forge writes "sag_enabled", Limn only its numbers ---- */

LIMN_FOREIGN_TAKE (sag)
{
  const LimnJson *enabled = limn_foreign_at (reading->all, "sag enabled");
  double threshold;

  if (enabled != NULL && limn_foreign_is_nothing (enabled))
    return TRUE;
  if (key->property != NULL)
    return limn_foreign_take_double (reading, key, value);
  /* where more is looked at than in the mean, as here */
  return (limn_foreign_json_number (value, &threshold) && threshold == 1)
         || limn_foreign_take_gap (reading, key, value);
}

/* ---- Steps without guidance ---- */

/* Those of which no more than this share was done. */
LIMN_FOREIGN_TAKE (unguided)
{
  double share, steps;

  if (!limn_foreign_json_number (value, &share)
      || !limn_foreign_json_number (limn_foreign_at (reading->all, "Steps"), &steps) || steps < 1)
    return FALSE;
  if (share > 0)
    limn_foreign_set_double (reading->foreign, key->property, _ (key->what),
                             MIN (1, (floor (share * steps) + 1) / steps));
  return TRUE;
}
