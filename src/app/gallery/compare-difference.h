/* compare-difference.h - what differs between the settings of two pictures, for people.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/settings.h"

G_BEGIN_DECLS

/* "guidance 3 → 5", "seed 7 → 8", what matters most first; empty where nothing differs.  (element-type utf8)
 * (transfer full) */
GPtrArray *limn_compare_difference (LimnSettings *before, LimnSettings *after);

G_END_DECLS
