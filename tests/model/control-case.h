/* control-case.h - a ControlNet beside a U-Net, as tests ask it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "common/golden.h"
#include "model/control.h"
#include "model/unet.h"

G_BEGIN_DECLS

/* All (transfer full); what fails ends the test. */
LimnControlFile *control_open (const char *path);
/* One of those in golden/controlnet. */
LimnControlFile *control_open_golden (const char *name);
LimnCheckpoint *control_open_model (const char *name);
/* model with the same ControlNet so often beside it. */
LimnCheckpoint *control_beside (LimnCheckpoint *model, LimnControlFile *file, guint times);

/* A case of a golden file. */
typedef struct {
  LimnNetworkShape shape;
  float *sample, *context, *pooled, *ids, *timestep, *picture, *expected;
  gsize values;
  int type; /* of a Union: the row of its picture's kind; -1: none */
} ControlCase;

/* prefix: "mini-sdxl-controlnet/case0/" */
ControlCase control_case_read (LimnTensors *golden, const char *prefix);
/* The index-th of SDXL's ordinary one. */
ControlCase control_case_nth (int index);
void control_case_clear (ControlCase *one);
LimnUnet *control_bring (LimnCheckpoint *checkpoint, LimnPrecision precision, const LimnNetworkShape *shape,
                         const LimnTrace *trace);
/* What unet says of it with that share of each of its ControlNets.  The wanted timestep is the last of two.  (transfer
 * full) */
float *control_ask (LimnUnet *unet, const ControlCase *one, const float *shares);
/* [n * h * w, c] beside a golden [n, c, h, w]. */
void control_check_rows (const char *label, const LimnTensor *tensor, const float *expected, const float *rows,
                         double tolerance);

/* For a trace of the U-Net: compares what the first ControlNet adds with what golden has of it, prefix and "down.0" ...
 * or "mid". */
typedef struct {
  LimnTensors *golden;
  const char *prefix;
  double tolerance;
  int seen; /* of them */
} ControlWalk;

void control_walk_cb (const char *name, LimnArray array, const float *rows, gpointer walk);

/* That path is refused as a ControlNet's file, in words that name it and say words. */
void control_expect_refused (const char *path, const char *words);

/* ---- Of several kinds of pictures ---- */

/* How a file differs from the golden ones. */
typedef struct {
  const char *without, *reshaped; /* a union's tensor: it gets a row less */
  const char *prefix;
  gboolean dotted; /* "attn.in_proj.weight" */
} ControlUnion;

/* Writes the ordinary golden ControlNet with what a Union, "union" or "promax", has beyond that. */
void control_write_union (const char *name, const ControlUnion *change, const char *path);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ControlCase, control_case_clear)

G_END_DECLS
