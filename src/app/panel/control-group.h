/* control-group.h - the pictures that the next one follows, a row for each ControlNet.
 *
 * Signals: "asked" (char *action, guint index), as a row's; "map-changed" (), see limn_control_group_get_map ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CONTROL_GROUP (limn_control_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnControlGroup, limn_control_group, LIMN, CONTROL_GROUP, AdwPreferencesGroup)

void limn_control_group_bind (LimnControlGroup *self, LimnSettings *settings);
/* A further row, without a picture. */
void limn_control_group_add (LimnControlGroup *self, const char *file);
void limn_control_group_set_picture (LimnControlGroup *self, guint index, LimnSource *picture);
/* The same with a map of a pose, which is followed as it is. */
void limn_control_group_set_pose (LimnControlGroup *self, guint index, LimnSource *pose);
void limn_control_group_remove (LimnControlGroup *self, guint index);
/* Where a picture goes of which nobody says to which: the first that has none, or else the first. */
guint limn_control_group_find_place (LimnControlGroup *self);
/* The row that widget is or is in; FALSE: none. */
gboolean limn_control_group_find_row (LimnControlGroup *self, GtkWidget *widget, guint *index);
/* Of the model that is open. */
void limn_control_group_set_family (LimnControlGroup *self, LimnFamily family);
/* As limn_control_row_get_map (), of the first row that shows its own. */
const LimnImage *limn_control_group_get_map (LimnControlGroup *self, double *opacity);

G_END_DECLS
