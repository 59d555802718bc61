/* export-window.h - as what kind of file a picture is written, and what it is to say of itself.
 *
 * Not modal.  Signal: "export" (): a person is about to say where.  What is chosen is kept for the next time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_TYPE_EXPORT_WINDOW (limn_export_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnExportWindow, limn_export_window, LIMN, EXPORT_WINDOW, AdwWindow)

/* state: NULL, or where choices are kept.  deep: whether the picture has 16 bits a channel. */
LimnExportWindow *limn_export_window_new (GSettings *state, gboolean deep);

/* What was chosen last.  state: NULL for the defaults. */
const LimnImageKind *limn_export_kind (GSettings *state);
LimnImageHow limn_export_how (GSettings *state, gboolean *bare);

G_END_DECLS
