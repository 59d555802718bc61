/* pose.h - people as OpenPose's points: read from its JSON, drawn as what a ControlNet of poses follows.
 *
 * Cao et al. 2019, "OpenPose", section 5: 18 points of a body as COCO has them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

#define LIMN_POSE_BODY 18
#define LIMN_POSE_HAND 21
#define LIMN_POSE_FACE 70 /* or fewer */

typedef struct {
  gboolean seen;
  double x, y; /* pixels from the left and the top; 0 where it is not seen */
} LimnPosePoint;

typedef struct {
  LimnPosePoint body[LIMN_POSE_BODY]; /* nose, neck, right shoulder, elbow, wrist, left ones, right hip, knee, ankle,
                                       * left ones, right eye, left eye, right ear, left ear */
  LimnPosePoint hands[2][LIMN_POSE_HAND]; /* left, right: the wrist, then four of each finger from the thumb on */
  LimnPosePoint face[LIMN_POSE_FACE];
} LimnPosePerson;

typedef struct {
  int width, height; /* of the picture that the points are in */
  guint frames;      /* of a film, of which the first one is read; 1: a picture */
  GArray *people;    /* LimnPosePerson */
} LimnPose;

/* OpenPose's JSON (18 or 25 points of a body) as ControlNet's programs write it, with canvas_width and canvas_height; a
 * list of them is a film.  name: the file's, for messages.  size: -1 for a NUL-terminated text. */
LimnPose *limn_pose_parse (const char *name, const char *text, gssize size, GError **error);
void limn_pose_free (LimnPose *pose);
/* On black, as lllyasviel's annotator draws it.  width, height: pixels of the map, over which the pose's picture is
 * stretched.  (transfer full) */
LimnImage *limn_pose_draw (const LimnPose *pose, int width, int height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPose, limn_pose_free)

G_END_DECLS
