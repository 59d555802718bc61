/* mask.h - which pixels of a picture are painted anew.
 *
 * Immutable after construction, so that the window and a worker thread may hold the same one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define LIMN_TYPE_MASK (limn_mask_get_type ())
G_DECLARE_FINAL_TYPE (LimnMask, limn_mask, LIMN, MASK, GObject)

/* pixels: (transfer full), from g_malloc (); height rows of width bytes, 0: kept exactly, 255: painted anew. */
LimnMask *limn_mask_new (int width, int height, guint8 *pixels);
int limn_mask_get_width (LimnMask *self);
int limn_mask_get_height (LimnMask *self);
const guint8 *limn_mask_get_pixels (LimnMask *self);
/* Nothing would be painted. */
gboolean limn_mask_is_empty (LimnMask *self);
/* 0..1: how much of the picture is painted anew. */
double limn_mask_get_share (LimnMask *self);
/* All of it over a picture of another size.  (transfer full) */
guint8 *limn_mask_cover (LimnMask *self, int width, int height);

G_END_DECLS
