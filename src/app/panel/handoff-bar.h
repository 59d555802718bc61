/* handoff-bar.h - one bar in two colours, the base's steps and the refiner's, with a handle between them.
 *
 * The tenths are marked.  A range for the keyboard (arrows: a step, Page Up and Down: a tenth) and for accessibility.
 * Property: "handoff", 0..1, the base's share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_HANDOFF_BAR (limn_handoff_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnHandoffBar, limn_handoff_bar, LIMN, HANDOFF_BAR, GtkWidget)

/* So that the handle moves from step to step. */
void limn_handoff_bar_set_steps (LimnHandoffBar *self, int steps);
/* Off: the base does every step, and there is no handle.  On at first. */
void limn_handoff_bar_set_on (LimnHandoffBar *self, gboolean on);

G_END_DECLS
