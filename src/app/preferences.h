/* preferences.h - what is set once: the device, and where pictures go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/run/session.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PREFERENCES (limn_preferences_get_type ())
G_DECLARE_FINAL_TYPE (LimnPreferences, limn_preferences, LIMN, PREFERENCES, AdwPreferencesWindow)

/* state: may be NULL. */
LimnPreferences *limn_preferences_new (LimnSession *session, GSettings *state);

G_END_DECLS
