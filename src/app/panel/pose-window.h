/* pose-window.h - a window in which a pose is made, beside the picture that is to follow it.
 *
 * Not modal.  Signal "changed" (), limn_pose_window_get () is another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "photo/pose-edit.h"

G_BEGIN_DECLS

#define LIMN_TYPE_POSE_WINDOW (limn_pose_window_get_type ())
G_DECLARE_FINAL_TYPE (LimnPoseWindow, limn_pose_window, LIMN, POSE_WINDOW, AdwWindow)

/* pose: (transfer full).  behind: NULL, or what can be laid behind it. */
LimnPoseWindow *limn_pose_window_new (LimnPose *pose, GdkPaintable *behind);
const LimnPose *limn_pose_window_get (LimnPoseWindow *self);

G_END_DECLS
