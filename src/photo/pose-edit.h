/* pose-edit.h - a pose that a person makes: somebody who stands there, and what is done to points.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "photo/pose.h"

G_BEGIN_DECLS

#define LIMN_POSE_NECK 1 /* on which all of a body hangs */

/* A point of a body; person: -1 for none. */
typedef struct {
  int person, point;
} LimnPosePlace;

/* Nobody is in it. */
LimnPose *limn_pose_new (int width, int height);
LimnPose *limn_pose_copy (const LimnPose *pose);
gboolean limn_pose_is_same (const LimnPose *one, const LimnPose *other);
/* In a picture of another size, in its middle and as large as it can be: limbs keep their proportions. */
void limn_pose_resize (LimnPose *pose, int width, int height);
/* OpenPose's JSON, which limn_pose_parse () makes the same of, to a hundredth of a pixel.  (transfer full) */
char *limn_pose_to_json (const LimnPose *pose);

/* Somebody who stands upright, as high as most of the picture, where there is most room.  Returns whose number it is;
 * -1: there are as many as a pose can have. */
int limn_pose_add (LimnPose *pose);
void limn_pose_remove (LimnPose *pose, int person);
/* By pixels, with all that hangs on it: an elbow takes hand and wrist along, the neck all of them; alone: without. */
void limn_pose_move (LimnPose *pose, LimnPosePlace place, double x, double y, gboolean alone);
/* With hands and face where it has them, which go with it. */
void limn_pose_show (LimnPose *pose, LimnPosePlace place, gboolean seen);
/* Points that are not seen come back, where they are in somebody who stands. */
void limn_pose_show_all (LimnPose *pose, int person);
/* Left becomes right. */
void limn_pose_mirror (LimnPose *pose, int person);
/* Around the middle of who is seen. */
void limn_pose_scale (LimnPose *pose, int person, double by);

/* The nearest point that is seen within reach, pixels. */
LimnPosePlace limn_pose_find (const LimnPose *pose, double x, double y, double reach);
/* The point before or after in the order of persons and points, of those that are seen; none begins at an end. */
LimnPosePlace limn_pose_next (const LimnPose *pose, LimnPosePlace place, gboolean back);
/* "Left elbow", translated. */
const char *limn_pose_point_name (int point);

G_END_DECLS
