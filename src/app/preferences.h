/* preferences.h - what is set once: the device, where pictures go, and whether other programs may paint.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "app/serving.h"
#include "session/run/session.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PREFERENCES (limn_preferences_get_type ())
G_DECLARE_FINAL_TYPE (LimnPreferences, limn_preferences, LIMN, PREFERENCES, AdwPreferencesWindow)

/* serving, state: may be NULL. */
LimnPreferences *limn_preferences_new (LimnSession *session, LimnServing *serving, GSettings *state);

G_END_DECLS
