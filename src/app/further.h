/* further.h - the devices that paint beside the session's own, as a person chose them.
 *
 * Kept by name: a place in the list changes with what is plugged in.  One that is gone is left out, and comes back by
 * itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/run/session.h"

G_BEGIN_DECLS

/* What the nth of devices is called, and which of them where several are called so.  devices: (element-type
 * LimnDeviceInfo).  (transfer full) */
char *limn_further_name (GPtrArray *devices, guint nth);
/* Whether the nth can paint beside own. */
gboolean limn_further_is_one (GPtrArray *devices, guint nth, const LimnDeviceInfo *own);

/* state NULL: none is chosen, and none can be. */
gboolean limn_further_is_chosen (GSettings *state, const char *name);
void limn_further_choose (GSettings *state, const char *name, gboolean chosen);
/* The session paints on those that are chosen and there, as soon as it has its own. */
void limn_further_apply (LimnSession *session, GSettings *state);

G_END_DECLS
