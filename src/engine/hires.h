/* hires.h - a second pass over what the first has painted, larger: the web UI's hires fix.
 *
 * The first pass's latents are made larger, or its picture is and is read anew; then as many steps are taken as are
 * asked for, from the noise level that the strength says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* What the second pass is asked for, but for the picture; borrows what request has. */
LimnRequest limn_hires_request (const LimnRequest *request);
gboolean limn_hires_check (const LimnRequest *request, GError **error);

/* By fields' method.  in: [planes, height, width], out: [planes, to_height, to_width]; as torch's interpolate () does
 * it without aligned corners; in directions in which fields' picture repeats, as if it were one of many. */
void limn_hires_resize (const LimnFields *fields, const float *in, int planes, int height, int width, float *out,
                        int to_height, int to_width);

G_END_DECLS
