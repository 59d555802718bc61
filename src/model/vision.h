/* vision.h - the encoders of pictures: CLIP's vision transformers (Radford et al. 2021; Dosovitskiy et al. 2021),
 * ViT-L, ViT-H and ViT-bigG, by which IP-Adapters (ip-adapter.h) see.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/net.h"
#include "model/network.h"

G_BEGIN_DECLS

typedef struct {
  LimnClipConfig layers; /* projection: 0 where it is not read, and what is read is the state before the last layer */
  int patch;             /* pixels of a place, each way */
  int side;              /* places of a picture, each way */
} LimnVisionConfig;

/* Of a picture, and one row more for all of it. */
int limn_vision_rows (const LimnVisionConfig *config);
/* Pixels of a picture, each way. */
int limn_vision_pixels (const LimnVisionConfig *config);
/* Of its answer: rows and the values of each. */
void limn_vision_answer (const LimnVisionConfig *config, int *rows, int *channels);

/* ---- Its file ---- */

typedef struct _LimnVisionFile LimnVisionFile;

/* With transformers' names ("vision_model.encoder.layers.0...."): what it is, is told from tensors and shapes.  Errors
 * name the file, what it is instead, what it lacks.  Any thread. */
LimnVisionFile *limn_vision_file_open (const char *path, GError **error);
/* Whether file has the names of one. */
gboolean limn_vision_file_is (LimnTensors *file);
void limn_vision_file_free (LimnVisionFile *file);
/* Valid as long as file, as is the source.  Its projection is what the file has. */
const LimnVisionConfig *limn_vision_file_config (LimnVisionFile *file);
LimnTensorSource limn_vision_file_source (LimnVisionFile *file);
gboolean limn_vision_file_tensor (LimnVisionFile *file, const char *name, LimnTensorView *view, GError **error);
/* One of the files beside the file at path, or in folders "image_encoder" and "clip_vision" beside that or beside its
 * folder, whose answer has so many channels, pooled or of each place.  On failure the error says what was looked for,
 * and where.  (transfer full) */
LimnVisionFile *limn_vision_file_find (const char *path, gboolean pooled, int channels, GError **error);

/* ---- Written, on no device ---- */

typedef struct {
  LimnPlan *plan;
  LimnArray patches;   /* host, [1, rows, 3 * patch^2]: the first is empty */
  LimnArray positions; /* host, [1, rows, width] */
  LimnArray answer;    /* fp32 where it is pooled, of every row */
} LimnVisionPlan;

void limn_vision_write (LimnNet *net, const LimnVisionConfig *config, LimnVisionPlan *written);

/* ---- On a device ---- */

typedef struct _LimnVision LimnVision;

/* An IP-Adapter's.  Of a shape room counts. */
extern const LimnNetworkKind limn_vision_kind;

/* checkpoint: limn_checkpoint_open_control () of an IP-Adapter. */
LimnVision *limn_vision_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision, guint64 room,
                             const LimnTick *tick, GError **error);
void limn_vision_free (LimnVision *vision);
const LimnVisionConfig *limn_vision_config (LimnVision *vision);
/* planes: [3, pixels, pixels], of each channel less its mean, by its deviation (limn_vision_normalise ()).  answer:
 * [rows, channels] of limn_vision_answer (). */
gboolean limn_vision_encode (LimnVision *vision, const float *planes, float *answer, const LimnTick *tick,
                             GError **error);
/* A value 0 .. 1 of channel 0 .. 2 as CLIP was trained. */
float limn_vision_normalise (float value, int channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnVisionFile, limn_vision_file_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnVision, limn_vision_free)

G_END_DECLS
