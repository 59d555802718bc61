/* enlarge.h - pictures that upscalers make larger: at the end of a run (LimnRequest.upscaler), or by themselves.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* path: an upscaler's file (model/upscaler.h).  Such a model enlarges pictures, and is of no other use. */
LimnModel *limn_model_open_upscaler (const char *path, GError **error);
/* Sides of what an upscaler makes, by those of what it is given; 0: it is none. */
int limn_model_scale (LimnModel *model);
/* Whether upscaler is one, for a picture of width x height pixels; else an error that says what to change. */
gboolean limn_enlarge_check (LimnModel *upscaler, int width, int height, GError **error);

/* image by upscaler, and no more: there are no latents.  As limn_engine_generate (). */
LimnResult *limn_engine_enlarge (LimnEngine *engine, LimnModel *upscaler, const LimnImage *image,
                                 LimnPrecision precision, const LimnMonitor *monitor, GError **error);

/* A picture's settings, as JSON and as text, with it told that it was enlarged.  (transfer full) */
char *limn_settings_enlarged (const char *json, LimnModel *upscaler);
char *limn_parameters_enlarged (const char *parameters, LimnModel *upscaler);

G_END_DECLS
