/* settings-json.h - settings as JSON that people can read, for files that outlive a version of Limn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

/* Whether json-glib may be given text, which it reads recursively: nothing is nested deeper than Limn writes, and there
 * are neither comments nor single quotes, where brackets could hide. */
gboolean limn_json_is_shallow (const char *text, gsize size);
/* Everything but source and mask; 64-bit numbers as text.  (transfer full) */
JsonObject *limn_settings_to_json (LimnSettings *self);
/* As limn_settings_from_variant (): ignores what it does not know or accept. */
void limn_settings_from_json (LimnSettings *self, JsonObject *json);

G_END_DECLS
