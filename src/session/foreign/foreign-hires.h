/* foreign-hires.h - rows for tables of keys that say of the web UI's hires fix; see foreign-keys.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/foreign/foreign-keys.h"

G_BEGIN_DECLS

/* Whether all, settings of a "parameters" text, are of two passes. */
gboolean limn_foreign_has_hires (const LimnJson *all);
/* name: of a method, or of an upscaler's file; one that is not known is told. */
void limn_foreign_set_hires_upscaler (LimnForeign *self, const char *name, const char *const *models);

LIMN_FOREIGN_TAKE (hires_upscaler);
LIMN_FOREIGN_TAKE (hires_size); /* with "Size" */
LIMN_FOREIGN_TAKE (hires_sampler);
LIMN_FOREIGN_TAKE (hires_gap); /* what and why, unless it is as in the first pass */

G_END_DECLS
