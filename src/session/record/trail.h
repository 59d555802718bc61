/* trail.h - what a run had after a step, and the step that led there: all that a run goes on from.
 *
 * A trail is a few such points, the last one first: as many as any sampler remembers.  Immutable, counted; any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/record-file.h"

G_BEGIN_DECLS

struct _LimnTrailPoint {
  gatomicrefcount references;
  int planes, width, height; /* of the latents */
  float *latents;            /* [planes, height, width], after the step */
  float *denoised;           /* the same, where the step pointed; NULL: not known, as before the first */
  float *negative;           /* the same, where it pointed without the prompt; NULL: no step after it reads that */
  double sigma;              /* the noise level that the step began at */
  int draws;                 /* of noise so far; 0: not known */
  gboolean refined;          /* the refiner's step */
};

/* latents: as above, copied. */
LimnTrailPoint *limn_trail_point_new (int planes, int width, int height, const float *latents);
/* The step told: where it pointed is copied. */
void limn_trail_point_set_step (LimnTrailPoint *point, const LimnPast *did, int draws);
LimnTrailPoint *limn_trail_point_ref (LimnTrailPoint *point);
void limn_trail_point_unref (LimnTrailPoint *point);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTrailPoint, limn_trail_point_unref)

/* Where points are that another thread may read. */
typedef struct {
  char *path;            /* of the file; NULL: there is nothing to go on from */
  GArray *places;        /* LimnTrailPlace, the last point first */
  LimnRecordStart start; /* what the first is, for LimnStart; from: NULL */
  guint own;             /* so many points, the last ones, are of steps told what those to come are */
} LimnTrail;

typedef struct {
  LimnRecordPlace place;
  LimnTrailPoint *point; /* NULL: in the file */
} LimnTrailPlace;

/* FALSE where no further one is needed. */
gboolean limn_trail_add (LimnTrail *trail, const LimnRecordPlace *place, LimnTrailPoint *point);
void limn_trail_clear (LimnTrail *trail);
/* (element-type LimnTrailPoint), the last first: the first, and those before it that can be read.  Blocks.  Fails where
 * one of the first needed + 1 is damaged.  (transfer full) */
GPtrArray *limn_trail_read (const LimnTrail *trail, guint needed, GError **error);
/* The steps that led to points, for LimnStart: borrowed.  own: so many, the last ones, were told what those to come
 * are.  past: [LIMN_MOST_PAST]; returns how many. */
guint limn_trail_past (GPtrArray *points, guint own, LimnPast *past);

G_END_DECLS
