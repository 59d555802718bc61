/* settings-json.h - settings as JSON that people can read, for files that outlive a version of Limn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

/* An object with everything but pictures and the mask; 64-bit numbers as text.  (transfer full) */
char *limn_settings_to_json (LimnSettings *self);
/* As limn_settings_from_variant (): ignores what it does not know or accept. */
void limn_settings_from_json (LimnSettings *self, const LimnJson *json);

G_END_DECLS
