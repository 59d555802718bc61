/* told.h - the answer to txt2img and img2img: the pictures, and what the web UI says about them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "serve/reply.h"
#include "serve/request.h"
#include "session/record/picture.h"

G_BEGIN_DECLS

/* A picture, or as much as there was of one that was interrupted. */
typedef struct {
  LimnPicture *picture;   /* NULL: */
  LimnImage *preview;     /* of what settings ask for ... */
  int step, steps;        /* ... after this many of its steps */
  LimnSettings *settings; /* as it was painted: choices are made */
} LimnToldPicture;

LimnToldPicture *limn_told_picture_new (LimnPicture *picture);
LimnToldPicture *limn_told_picture_new_preview (const LimnImage *preview, LimnSettings *settings, int step, int steps);
void limn_told_picture_free (LimnToldPicture *self);

typedef struct {
  LimnPaintRequest *request;
  GPtrArray *pictures; /* LimnToldPicture, or NULL for one that was not begun */
  gboolean interrupted;
} LimnTold;

void limn_told_free (LimnTold *told);
/* Any thread. */
LimnReply *limn_told_to_reply (LimnTold *told);

G_END_DECLS
