/* upscaler.h - networks that enlarge a picture, of the ESRGAN family: RRDBNet (Wang et al. 2018, arXiv 1809.00219; and
 * 2021, arXiv 2107.10833) and Real-ESRGAN's small SRVGGNetCompact.
 *
 * A picture of any size is done in tiles, and gets the bits that it would get in one piece: what lies around a tile is
 * read as far as the network looks.  RRDBNet looks hundreds of pixels far, but each of its blocks only fifteen: where a
 * picture takes several tiles, it goes through one block after another, and what they leave lies in the machine's
 * memory between them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/net.h"
#include "model/network.h"

G_BEGIN_DECLS

typedef enum { LIMN_UPSCALER_RRDB, LIMN_UPSCALER_COMPACT } LimnUpscalerKind;

typedef struct {
  LimnUpscalerKind kind;
  int features, growth; /* channels; growth: of RRDBNet alone */
  int blocks;           /* of RRDBNet; else convolutions between the first and the last */
  int stages;           /* of RRDBNet: how often it doubles its features' size */
  int unshuffle;        /* pixels each way that become channels first: 1, 2 or 4 */
  int scale;            /* sides of the result by those of the picture */
  int tile;             /* the most cells of a side of a tile; 0: what suits */
} LimnUpscalerConfig;

/* ---- Its file ---- */

/* With the names of BasicSR ("conv_first.weight"), of ESRGAN ("model.0.weight", "RRDB_trunk.0.RDB1.conv1.weight"), or
 * Compact's ("body.0.weight"), also below "params_ema." or "params.": what it is, is told from tensors and shapes.
 * Errors name the file, what it has or lacks, and what was expected.  Any thread. */
LimnUpscalerFile *limn_upscaler_file_open (const char *path, GError **error);
/* Whether file, which may be damaged, has the names of one. */
gboolean limn_upscaler_file_is (LimnTensors *file);
void limn_upscaler_file_free (LimnUpscalerFile *file);
/* Valid as long as file, as is the source. */
const LimnUpscalerConfig *limn_upscaler_file_config (LimnUpscalerFile *file);
LimnTensorSource limn_upscaler_file_source (LimnUpscalerFile *file);

/* ---- Written, on no device ---- */

/* A part of the network that is done for all of a picture before the next. */
typedef struct {
  int first, last; /* blocks */
  gboolean begins; /* with the picture, else with features */
  gboolean ends;   /* with the result, else with features */
} LimnUpscalerPass;

typedef struct {
  LimnPlan *plan;
  LimnArray picture;  /* or none: host, [1, height * width, 3 unshuffle^2] */
  LimnArray features; /* or none: external, begins with those that the pass before left */
  LimnArray out;      /* host: features, or fp32, of so many times the size or channels */
} LimnUpscalerPlan;

/* Cells are what is left of pixels after unshuffling.  Returns into how many passes the network is cut for a picture of
 * height x width cells; pass: receives the index'th. */
int limn_upscaler_passes (const LimnUpscalerConfig *config, int height, int width, int index, LimnUpscalerPass *pass);
/* Cells around a tile that its result depends on. */
int limn_upscaler_reach (const LimnUpscalerConfig *config, const LimnUpscalerPass *pass);
/* The side of a tile of a picture whose side is length cells. */
int limn_upscaler_tile (const LimnUpscalerConfig *config, const LimnUpscalerPass *pass, int length);
/* Of a side: what a tile reads, begin and so many cells on, and which of these it gives. */
typedef struct {
  int begin, first, end;
} LimnUpscalerSpan;

/* The next tile of a side of length cells; before the first, span is zeros.  FALSE: there is none. */
gboolean limn_upscaler_next (int length, int tile, int reach, LimnUpscalerSpan *span);
/* height, width: of a tile, in cells. */
void limn_upscaler_write (LimnNet *net, const LimnUpscalerConfig *config, const LimnUpscalerPass *pass, int height,
                          int width, LimnUpscalerPlan *written);
/* Of a picture of height x width pixels. */
LimnSurvey limn_upscaler_survey (const LimnGpuLimits *limits, const LimnUpscalerConfig *config, LimnPrecision precision,
                                 int height, int width);

/* ---- On a device ---- */

typedef struct _LimnUpscaler LimnUpscaler;

/* Of an upscaler's checkpoint; of a shape height and width count, which are the picture's pixels. */
extern const LimnNetworkKind limn_upscaler_kind;

/* file: not needed any more afterwards. */
LimnUpscaler *limn_upscaler_new (LimnGpu *gpu, LimnUpscalerFile *file, LimnPrecision precision, const LimnTick *tick,
                                 GError **error);
void limn_upscaler_free (LimnUpscaler *upscaler);
/* For tests: the most cells of a tile's side, at least twice the reach. */
void limn_upscaler_set_tile (LimnUpscaler *upscaler, int cells);
/* Gets the result in pieces, in any order: [3, height, width] at x, y of it, about [0, 1], not clamped. */
typedef void (*LimnUpscalerPut) (int x, int y, int width, int height, const float *planes, gpointer data);

/* planes: [3, height, width] in [0, 1].  Blocking; tick is called between submissions. */
gboolean limn_upscaler_run (LimnUpscaler *upscaler, const float *planes, int width, int height, LimnUpscalerPut put,
                            gpointer data, const LimnTick *tick, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnUpscalerFile, limn_upscaler_file_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnUpscaler, limn_upscaler_free)

G_END_DECLS
