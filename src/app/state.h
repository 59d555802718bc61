/* state.h - what is kept between one start and the next, in GSettings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* NULL where the schema is neither installed nor beside the build: nothing is kept then.  (transfer full) */
GSettings *limn_state_open (void);

G_END_DECLS
