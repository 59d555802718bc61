/* model-row.h - a row that shows a model, opens another, and says what it is.
 *
 * A path is adopted only once the session could open it; where it cannot, the one before stays, also one of last time
 * that is not there (a disk that is not mounted yet).  Properties: "path" ("": the starter, or none), "starter"
 * (whether the starter is offered).  Signals:
 *   "opened" (const LimnModelInfo *, gboolean kept)    a model was adopted; kept: that of last time, not chosen by the
 *     person
 *   "failed" (const char *path, const GError *)        it could not be
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/run/session.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MODEL_ROW (limn_model_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelRow, limn_model_row, LIMN, MODEL_ROW, AdwActionRow)

/* Ties "path" to property of settings and opens what it names. */
void limn_model_row_bind (LimnModelRow *self, LimnSession *session, gpointer settings, const char *property);
/* Opens path in the background, and adopts it if it is good. */
void limn_model_row_try (LimnModelRow *self, const char *path);
/* Opens the path that could not be opened; nothing where it is open. */
void limn_model_row_retry (LimnModelRow *self);
/* What the row calls the model at path. (transfer full) */
char *limn_model_row_display_name (LimnModelRow *self, const char *path);
/* Asks the person for a file, or for a folder. */
void limn_model_row_choose (LimnModelRow *self, gboolean folder);
/* Asks where the parts of the model are; what failed last because it is one part alone is among them. */
void limn_model_row_choose_parts (LimnModelRow *self);
/* With the file at path as that part already; part: LIMN_N_PARTS for none. */
void limn_model_row_choose_parts_with (LimnModelRow *self, LimnPartId part, const char *path);

G_END_DECLS
