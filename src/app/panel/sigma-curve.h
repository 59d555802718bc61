/* sigma-curve.h - a small drawing of how a schedule takes noise away over the steps: higher where there is more.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SIGMA_CURVE (limn_sigma_curve_get_type ())
G_DECLARE_FINAL_TYPE (LimnSigmaCurve, limn_sigma_curve, LIMN, SIGMA_CURVE, GtkWidget)

GtkWidget *limn_sigma_curve_new (void);
/* Draws the schedule of that name over the steps of settings, whatever these become, and says its levels in numbers
 * where the pointer rests. */
void limn_sigma_curve_follow (LimnSigmaCurve *self, LimnSettings *settings, const char *schedule);

G_END_DECLS
