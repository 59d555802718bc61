/* run-bar.h - one line below the picture: what is being done, how far it is, how long it takes, and on which devices.
 *
 * Its height is the same whatever it says: the picture above it does not move.  Where room is short the device's name
 * gives way first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "app/run/stage-map.h"

G_BEGIN_DECLS

#define LIMN_TYPE_RUN_BAR (limn_run_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnRunBar, limn_run_bar, LIMN, RUN_BAR, GtkWidget)

void limn_run_bar_begin (LimnRunBar *self, LimnSettings *settings);
void limn_run_bar_set_progress (LimnRunBar *self, const LimnProgress *progress);
/* text: what to say until the next run. */
void limn_run_bar_end (LimnRunBar *self, const char *text);
/* Says something; the bar stays as it is. */
void limn_run_bar_say (LimnRunBar *self, const char *text);

/* As limn_device_pill_set (). */
void limn_run_bar_set_devices (LimnRunBar *self, GPtrArray *devices, const GError *error);

/* What a run will take; in the line, and more where it is opened.  (transfer none) */
LimnStageMap *limn_run_bar_get_stage_map (LimnRunBar *self);

/* "5 s", "2 min 10 s".  (transfer full) */
char *limn_format_seconds (double seconds);

G_END_DECLS
