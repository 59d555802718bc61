/* family.h - the families of models, a row each: all that their models have in common and that their files do not say.
 *
 * To add a family: its id here, its row in family.c, and how it is told from others (limn_arch_detect () for single
 * files, checkpoint-folder.c for folders).  Nothing else names one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LIMN_FAMILY_UNKNOWN,
  LIMN_FAMILY_SDXL_BASE,
  LIMN_FAMILY_SDXL_REFINER,
  LIMN_FAMILY_SD15,
  LIMN_FAMILY_SD21
} LimnFamily;

typedef enum {
  LIMN_PART_UNET,
  LIMN_PART_VAE,
  LIMN_PART_TEXT_ENCODER,
  LIMN_PART_TEXT_ENCODER_2,
  LIMN_N_PARTS
} LimnPartId;

/* What the U-Net is told of sizes, by how many numbers: original height and width, crop top and left (Podell et al.
 * 2023, section 2.2), and after these ... */
typedef enum {
  LIMN_SIZES_NONE = 0,
  LIMN_SIZES_AESTHETIC = 5, /* ... the aesthetic score */
  LIMN_SIZES_TARGET = 6,    /* ... the target height and width */
} LimnSizeIds;

/* A text encoder as its family reads it. */
typedef struct {
  gboolean open_clip; /* single files have OpenCLIP's names for it, else transformers' */
  int unread;         /* the text is the state before so many of a single file's last layers */
  gboolean cut;       /* files with transformers' names leave these layers out */
  gboolean normed;    /* ... after the final norm */
  gboolean pooled;    /* the pooled vector is its, by its projection */
} LimnEncoderRow;

typedef struct {
  const char *title;                  /* for people: limn_family_name () */
  gboolean supported;                 /* Limn can run it; else only tell what it is */
  gboolean refines;                   /* paints over a picture, or is the second model of a run */
  gboolean refined;                   /* such a second model may follow */
  const char *prefixes[LIMN_N_PARTS]; /* of tensors' names in a single file; NULL: the family has no such part */
  LimnEncoderRow encoders[2];         /* for LIMN_PART_TEXT_ENCODER and _2; their states are joined in this order */
  LimnSizeIds size_ids;
  gboolean zeros_for_empty_negative; /* no negative prompt is zeros, not the empty prompt */
  double beta_start, beta_end;       /* scaled_linear */
  int train_steps, steps_offset;
  double scaling_factor;                /* of the latents */
  float rgb_factors[4][3], rgb_bias[3]; /* its published VAE's latent to RGB in [-1, 1], for previews */
  const char *taesd;                    /* what the tiny autoencoder of these latents is called, see model/taesd.h */
  int sample_size;                      /* latent side of a model of full size */
  int factor;                           /* its published VAE's pixels a latent, each way */
  int heads;                            /* of attention at every level of the U-Net; 0: of 64 channels each */
  double guidance;                      /* that suits it */
} LimnFamilyRow;

/* "unet", as diffusers' folders are named. */
const char *limn_part_name (LimnPartId part);

const LimnFamilyRow *limn_family_row (LimnFamily family);
const char *limn_family_name (LimnFamily family);
/* The names of those that are supported, as a list for people.  (transfer full) */
char *limn_family_supported_names (void);

G_END_DECLS
