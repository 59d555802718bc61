/* sigmas.h - noise levels that a person wrote down: "14.6, 6.3, 2.2, 0.5, 0.03, 0".
 *
 * They are positive and fall; the last one is 0, whether it is written or not.  As many steps as there are levels above
 * 0 visit these; another number of steps what lies between them, in lines between their logarithms.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/fields.h"

G_BEGIN_DECLS

/* The levels above 0, [n], or NULL with an error that says what is wrong.  (transfer full) */
double *limn_sigmas_parse (const char *text, int *n, GError **error);

G_END_DECLS
