/* taesd.h - the decoder of a tiny autoencoder (TAESD, Bohan 2023, github.com/madebyollin/taesd): what latents will look
 * like, for a twentieth of a step's work.
 *
 * Its latents are those of the VAE that it was distilled from, as the U-Net knows them; its file does not say which.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/net.h"
#include "model/network.h"
#include "model/survey.h"

G_BEGIN_DECLS

#define LIMN_TAESD_CHANNELS 4 /* of the latent */
#define LIMN_TAESD_FACTOR 8   /* pixels a latent, each way */

/* LimnTaesdFile: a file of weights, opened and found whole. */

/* With TAESD's own names ("1.weight"), also below "decoder." or "taesd_decoder.", or those of diffusers'
 * AutoencoderTiny; what the file holds besides is ignored.  Errors name the file, what it has or lacks, and what was
 * expected.  Any thread. */
LimnTaesdFile *limn_taesd_file_open (const char *path, GError **error);
/* The file of the tiny autoencoder that is called name, for a model: in the model's own folder, or, where its latents
 * are shared by all of its family, beside it, in a folder vae_approx there or one up, or in Limn's folder of the user's
 * data.  NULL without an error where there is none. */
LimnTaesdFile *limn_taesd_file_find (const char *model, const char *name, gboolean shared, GError **error);
void limn_taesd_file_free (LimnTaesdFile *file);
/* Valid as long as file. */
LimnTensorSource limn_taesd_file_source (LimnTaesdFile *file);

/* ---- Written, on no device ---- */

typedef struct {
  LimnPlan *plan;
  LimnArray in, out; /* [1, height * width, 4] and fp32 [1, 8 height * 8 width, 3] */
} LimnTaesdPlan;

/* height, width: of the latent. */
void limn_taesd_write (LimnNet *net, int height, int width, guint around, LimnTaesdPlan *written);
LimnSurvey limn_taesd_survey (const LimnGpuLimits *limits, LimnPrecision precision, int height, int width,
                              guint around);

/* ---- On a device ---- */

typedef struct _LimnTaesd LimnTaesd;

/* Of a model with which such a file was found; of a shape height and width count. */
extern const LimnNetworkKind limn_taesd_kind;

/* file: not needed any more afterwards. */
LimnTaesd *limn_taesd_new (LimnGpu *gpu, LimnTaesdFile *file, LimnPrecision precision, int height, int width,
                           guint around, const LimnTick *tick, GError **error);
void limn_taesd_free (LimnTaesd *taesd);
/* latents: [4, height, width]; image: [3, 8 height, 8 width], about [-1, 1], not clamped. */
gboolean limn_taesd_decode (LimnTaesd *taesd, const float *latents, float *image, const LimnTick *tick, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTaesdFile, limn_taesd_file_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTaesd, limn_taesd_free)

G_END_DECLS
