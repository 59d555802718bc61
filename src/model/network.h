/* network.h - what all kinds of networks have in common, for whoever measures, loads and keeps them without knowing
 * which they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/regions.h"
#include "gpu/device.h"
#include "kernel/kernel.h"
#include "model/checkpoint.h"

G_BEGIN_DECLS

/* Normalised attention guidance: see kernel/kernel.h.  scale 0: none. */
typedef struct {
  float scale, tau, alpha;
} LimnNag;

/* FreeU (Si et al. 2024, section 3.2).  version 0: none. */
typedef struct {
  int version;       /* 1: all pixels alike; 2: weighted by the mean of the channels */
  float backbone[2]; /* factors of what the way up has, of four and of two times the first level's channels, ... */
  float skip[2];     /* ... and of the lowest frequencies of the skips that it is joined to */
} LimnFreeu;

/* Deep shrink (Kohya-ss 2023; ComfyUI's PatchModelAddDownscale): less is seen by the depths, so that large pictures are
 * composed as those that the model knows.  after 0: not at all. */
typedef struct {
  int after;    /* the skip, counted from conv_in's, which is 0, behind which the way down goes on smaller */
  float factor; /* by so much */
  LimnResample how;
} LimnShrink;

#define LIMN_MOST_GRIDS 16 /* sizes at which a U-Net attends */

/* What it is built for; 0 where a kind has no such thing.  Compared byte by byte: there is nothing between members. */
typedef struct {
  int batch;         /* of what it is given at once */
  int height, width; /* of the latent */
  int tokens;        /* of the context, a multiple of 77 */
  int steps;         /* most timesteps of one run */
  int perturbed;     /* of the batch, the last: in the middle each place attends to itself alone (PAG) */
  int watched;       /* of the batch, the first: how much each place of the middle is looked at is given (SAG) */
  LimnNag nag;       /* away from a second context */
  LimnFreeu freeu;
  LimnShrink shrink;
  int skipped;      /* last layers whose states are not read, beyond those that never are */
  int regions;      /* contexts that parts of the picture are told beside its own */
  guint64 around;   /* LimnAround bits: the picture repeats */
  guint64 controls; /* bits: which of the U-Net's ControlNets are asked */
  guint64 masked;   /* bits: which of these, being IP-Adapters, count in a part of the picture alone */
  guint64 room;     /* bytes of the device that all of it should do with, however slow it gets; 0: as it is fastest */
} LimnNetworkShape;

G_STATIC_ASSERT (sizeof (LimnNetworkShape)
                 == 9 * sizeof (int) + sizeof (LimnNag) + sizeof (LimnFreeu) + sizeof (LimnShrink)
                        + 4 * sizeof (guint64));

typedef struct {
  guint64 weights; /* bytes that they ask of the device */
  guint64 work;    /* the same of all else that lies there beside them */
  guint64 brought; /* bytes of weights that come anew with each evaluation */
  double flop;     /* floating point operations of one evaluation: a step, a batch of pictures or of chunks */
} LimnSurvey;

/* A row, which lies at the end of its network's file. */
typedef struct _LimnNetworkKind LimnNetworkKind;
struct _LimnNetworkKind {
  LimnPartId part;       /* whose weights it takes, where these are a part of the checkpoint */
  gboolean reads_prompt; /* it works before all others, and by itself */
  /* Its sizes, which with precision and shape decide its survey; NULL where the model has no such network. */
  gconstpointer (*config) (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes);
  LimnSurvey (*survey) (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config,
                        LimnPrecision precision, const LimnNetworkShape *shape);
  /* Brings it to the device. */
  gpointer (*build) (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
                     const LimnNetworkShape *shape, const LimnTick *tick, GError **error);
  /* NULL, or builds the network for another shape without loading its weights again; both have as much room as they
   * like. */
  gboolean (*reshape) (gpointer network, const LimnNetworkShape *shape, const LimnTick *tick, GError **error);
  void (*free) (gpointer network);
  /* NULL, or loads again, where they lie, the weights that are others in checkpoint than in the one it was built from:
   * both are one, with other LoRAs merged (lora.h) or other ControlNets of the same sizes, and of equal config.  The
   * network is of no use after a failure. */
  gboolean (*exchange) (gpointer network, LimnCheckpoint *checkpoint, const LimnTick *tick, GError **error);
};

G_END_DECLS
