/* pose-view.h - stick figures that are dragged, as the map that a ControlNet of poses follows.
 *
 * Pointer: a point takes along what hangs on it, with Ctrl nothing; the wheel over somebody makes them larger or
 * smaller.  Keys: Tab goes from point to point, arrows move it, Delete hides it.
 *
 * Signal "changed" (): the pose is another, once what is dragged is let go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "photo/pose-edit.h"

G_BEGIN_DECLS

#define LIMN_TYPE_POSE_VIEW (limn_pose_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnPoseView, limn_pose_view, LIMN, POSE_VIEW, GtkWidget)

/* pose: (transfer full).  What was done before cannot be undone then. */
void limn_pose_view_set (LimnPoseView *self, LimnPose *pose);
const LimnPose *limn_pose_view_get (LimnPoseView *self);
/* What lies behind the figures; NULL: black. */
void limn_pose_view_set_backdrop (LimnPoseView *self, GdkPaintable *backdrop);
/* Who is selected; -1: nobody is there. */
int limn_pose_view_get_person (LimnPoseView *self);
/* Does something to the pose as one change, which can be undone. */
void limn_pose_view_change (LimnPoseView *self, void (*change) (LimnPose *pose, int person));
gboolean limn_pose_view_can_undo (LimnPoseView *self, gboolean redo);
void limn_pose_view_undo (LimnPoseView *self, gboolean redo);

G_END_DECLS
