/* painter.h - the steps of an act, as job-denoise.c takes them and painter-told.c has the U-Net told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/job.h"
#include "model/unet.h"

G_BEGIN_DECLS

typedef struct _LimnPainter LimnPainter;

/* A picture that it is at. */
typedef struct {
  LimnJob *job;
  LimnPainter *painter;
  const LimnConditioning *told; /* all captions of the script */
} LimnSitter;

struct _LimnPainter {
  LimnJob *first; /* of all pictures */
  const LimnAct *act;
  LimnNetwork network; /* the U-Net, for the pictures that have not left */
  gboolean guided;     /* the steps of the act */
  int rows;            /* that they ask for, of each picture: of the script the last ones, where not all ... */
  int perturbed;       /* ... and the last of these again, perturbed */
  guint regions;       /* bits: those of the script that count */
  double means[1 + LIMN_MOST_REGIONS]; /* how much of the picture is the prompt's, then each of these's */
  gboolean against;                    /* and away from the negative within attention */
  gboolean watched;                    /* and again, about what is blurred where it looks */
  int done;                            /* evaluations of the script before the act's */
  LimnSitter *sitters;                 /* [n], as pictures: those that are left are the others */
  LimnDenoisePicture *pictures;        /* [n] */
  int n;
  int left_out;   /* by step caching, of those that the clock knows */
  int stepped;    /* the step that somebody has taken last; -1: none yet */
  int evaluation; /* the last that the U-Net has been told of; -1: none yet */
  LimnUnet *unet;
  LimnTaesd *decoder; /* of previews; NULL: they are projected */
  gboolean inpaints;  /* it is given something beside each sample */
};

/* The next picture, from number on, that has not left; NULL: there is none. */
LimnSitter *limn_painter_from (const LimnPainter *painter, int number);
LimnSitter *limn_painter_after (const LimnSitter *sitter);
int limn_painter_count (const LimnPainter *painter);

/* Where each region counts in attention; and how much, in what is said of the picture as a whole.  Of a U-Net that has
 * been told nothing yet. */
void limn_painter_share_out (LimnPainter *painter);
/* Tells the U-Net what is said at evaluation of the act, where that is not what it was told last. */
gboolean limn_painter_tell (LimnPainter *painter, int evaluation, GError **error);

G_END_DECLS
