/* fuzz-pose.c - any bytes as OpenPose's JSON, drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/pose.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPose) pose = limn_pose_parse ("it", text, (gssize) size, &error);

  g_assert_true ((pose == NULL) == (error != NULL));
  if (pose == NULL)
    return 0;
  g_autoptr (LimnImage) drawn = limn_pose_draw (pose, 1 + pose->width % 64, 1 + pose->height % 64);
  g_assert_nonnull (drawn);
  return 0;
}
