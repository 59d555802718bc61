/* decode-pose.c - OpenPose's JSON is a picture, too: the one that a ControlNet of poses follows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <math.h>

#include "base/i18n.h"
#include "photo/pose.h"

gboolean
limn_pixels_decode_pose (LimnPixels *pixels, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (LimnPose) pose = limn_pose_parse (pixels->name, (const char *) data, (gssize) size, error);

  if (pose == NULL)
    return FALSE;
  double share = MIN (1, sqrt ((double) LIMN_PHOTO_KEPT / ((double) pose->width * pose->height)));
  LimnImage *map = limn_pose_draw (pose, MAX ((int) (pose->width * share), 1), MAX ((int) (pose->height * share), 1));
  pixels->width = map->width;
  pixels->height = map->height;
  pixels->channels = 3;
  pixels->stride = (gsize) 3 * map->width;
  pixels->pixels = map->rgb;
  pixels->owner = map;
  pixels->free_owner = (GDestroyNotify) limn_image_free;
  pixels->file_width = pose->width;
  pixels->file_height = pose->height;
  if (pose->frames > 1)
    limn_pixels_note (pixels, _ ("It is of several pictures, a film's: the first one's pose is drawn."));
  return TRUE;
}
