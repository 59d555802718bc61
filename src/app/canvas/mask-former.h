/* mask-former.h - what the settings said of the picture to start from before another one came.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/settings.h"

G_BEGIN_DECLS

typedef struct {
  LimnSource *source, *extended; /* extended: the picture that came, made of source; NULL: another one */
  LimnMask *mask;
  int width, height, fit;
  double x, y, strength;
} LimnMaskFormer;

/* As settings are; extended: may be NULL. */
LimnMaskFormer *limn_mask_former_new (LimnSettings *settings, LimnSource *extended);
void limn_mask_former_free (LimnMaskFormer *former);
/* Back into settings. */
void limn_mask_former_put (const LimnMaskFormer *former, LimnSettings *settings);
/* The size at which trial, which is settings over the picture on show, paints: a photo, or a part of a picture, at
 * theirs, what was painted at its own. */
void limn_mask_former_size (LimnSettings *settings, LimnSettings *trial);

G_END_DECLS
