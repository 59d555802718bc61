/* field-rows.h - rows for settings that nobody drew a control of their own for, as the table of fields has them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

/* Adds a row to expander for each such field of group (NULL: those of none), and lets its subtitle say what is not as
 * usual: nothing acts unseen while it is closed.  Hidden where there are none. */
void limn_field_rows_fill (AdwExpanderRow *expander, LimnSettings *settings, const char *group);
/* Lets row choose from table for property of settings, which is a name. */
void limn_field_rows_bind_table (LimnSettings *settings, const char *property, AdwComboRow *row, LimnChoiceTable table);
/* FALSE where text is no seed. */
gboolean limn_field_rows_parse_seed (const char *text, guint64 *seed);

G_END_DECLS
