/* checkpoint.h - an opened model: which networks it holds, their sizes, and where each tensor lies.
 *
 * Networks ask for tensors by the names that diffusers gives them ("down_blocks.1.attentions.0.proj_in.weight");
 * the arch-* files translate these for single-file checkpoints and are the only place that knows both.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/prediction.h"
#include "base/types.h"
#include "file/tensors.h"
#include "kernel/weight.h"

G_BEGIN_DECLS

/* A tensor as the network wants it: rows x columns..., C order, borrowed from the mapped file. */
typedef struct {
  LimnType type; /* as limn_is_weight_type () has it */
  int rank;
  guint64 shape[4];
  const guint8 *data;       /* for a transposed one: the file's [shape[1], shape[0]] */
  gboolean transposed;      /* the file holds the 2-D matrix the other way round */
  const LimnTensor *scales; /* by which the file wants its values multiplied, all or each row's; NULL: by nothing */
  guint64 first_scale;      /* of the first row, where each has one */
  LimnTensors *tensors;     /* the file that data is in, borrowed; NULL: data is somewhere else */
  const char *file;         /* for messages */
  const char *stored_name;
} LimnTensorView;

/* F16, BF16, F32, F8_E4M3, F8_E5M2, or blocks of GGML's. */
gboolean limn_is_weight_type (LimnType type);
/* One value of it, scaled, by its index in the file. */
float limn_tensor_view_value (const LimnTensorView *view, guint64 index);
/* Values of a row. */
guint64 limn_tensor_view_columns (const LimnTensorView *view);
/* By what a row is multiplied. */
float limn_tensor_view_scale (const LimnTensorView *view, guint64 row);
/* All of its values, scaled, row by row.  (transfer full) */
float *limn_tensor_view_read (const LimnTensorView *view);
/* Makes it one of these, of its shape, which are borrowed. */
void limn_tensor_view_set_values (LimnTensorView *view, const float *values);
/* Multiplies n of its values, from number first of its rows on. */
void limn_tensor_view_scale_values (const LimnTensorView *view, guint64 first, guint64 n, float *values);

/* A matrix that a device may read where it is mapped. */
typedef struct {
  LimnType type; /* LIMN_TYPE_F16 or LIMN_TYPE_F32, row by row */
  const guint8 *data;
  guint64 bytes, offset; /* of what may be lent together (file/tensors.h) */
} LimnLent;

/* Beside a matrix that lies on the device as its file has it may lie two more whose product is added to it, as tensors
 * of their own: its name and these.  [rank, columns] and [rows, rank], rank being a multiple of 8. */
#define LIMN_BESIDE_DOWN ".down"
#define LIMN_BESIDE_UP ".up"

/* The weights that lie on the device as their file has them, in blocks or as fp8: those of linear layers whose kind the
 * kernels read and whose rows are whole blocks.  All others are expanded when they are loaded, but that a device which
 * shares the machine's memory may read halves and floats where they are mapped. */
typedef struct {
  GHashTable *kinds; /* diffusers' name -> const LimnWeightKind *; the checkpoint's; NULL: there are none */
  guint64 id;        /* another for each checkpoint, so that what is remembered of a configuration is of this one */
  GHashTable *lent;  /* diffusers' name -> const LimnLent *; the checkpoint's; NULL: there are none */
  GHashTable *ranks; /* diffusers' name -> GUINT_TO_POINTER (rank) of what lies beside; the same */
} LimnKeptBlocks;

#define LIMN_UNET_MOST_LAYERS 8 /* a level, one more on the way up */
#define LIMN_MOST_CONTROLS 8    /* ControlNets beside a U-Net */
#define LIMN_CONTROL_STAGES 4   /* of the picture that one is told: each but the first halves it */
#define LIMN_BARE (-1)          /* the depth of a transformer that has no block, only its projections */

#define LIMN_ADAPTER_LEVELS 4 /* features that a T2I-Adapter makes of its picture */
#define LIMN_ADAPTER_FACTOR 8 /* LimnAdapterConfig: pixels a place that its first layer sees, each way */
#define LIMN_ADAPTER_FACTOR_XL 16

/* A T2I-Adapter (adapter.h). */
typedef struct {
  int factor;     /* one of these, which also says to which places of a U-Net it adds; 0: it is none */
  int planes;     /* of its picture: 1, grey, or 3 */
  int blocks;     /* a level */
  gboolean light; /* the one of fewer channels in between */
} LimnAdapterConfig;

/* An IP-Adapter (ip-adapter.h). */
typedef enum {
  LIMN_IP_NONE,
  LIMN_IP_POOLED,    /* reads its encoder's pooled vector */
  LIMN_IP_RESAMPLED, /* "Plus": asks for so many tokens what all places of the picture come to */
  LIMN_IP_WHOLE      /* "Full": has a token of each place */
} LimnIpKind;

typedef struct {
  LimnIpKind kind;
  int rows, channels; /* of its encoder's answer */
  int tokens;         /* that the U-Net is told, of so many channels as its context has */
  int context;
  int width, inner, depth, forward; /* of RESAMPLED: channels, attention's, layers, those of what follows attention */
} LimnIpConfig;

/* In what a ControlNet differs from the U-Net's way down and middle. */
typedef struct {
  int down[4][LIMN_UNET_MOST_LAYERS], mid_layers, mid_depth; /* as the U-Net has them, or LIMN_BARE */
  int picture[LIMN_CONTROL_STAGES];                          /* channels */
  gboolean linear_projection;
  int types;         /* kinds of pictures that it is told apart (ControlNet Union); 0: its pictures are all of one */
  int type_channels; /* sinusoid channels a kind */
  int fusers;        /* blocks of the transformer that a kind and the mean of its picture go through */
  LimnAdapterConfig adapter; /* where it is one, and has none of the others */
  LimnIpConfig ip;           /* the same */
} LimnControlConfig;

typedef struct {
  int in_channels, out_channels; /* see limn_unet_config_given () */
  int levels;
  int channels[4];
  /* Blocks of the transformer after each resblock of a level, in the order in which they run; 0: none follows. */
  int down[4][LIMN_UNET_MOST_LAYERS], up[4][LIMN_UNET_MOST_LAYERS + 1];
  int mid_layers; /* resblocks in the middle, 0 to 2 */
  int mid_depth;  /* the same of the transformer between two */
  int heads[4];   /* heads, not head size */
  int layers_per_block;
  int context_channels;
  int time_ids;         /* LimnSizeIds: how many numbers say sizes */
  int time_id_channels; /* sinusoid channels a time id */
  int pooled_channels;
  int guidance_channels; /* sinusoid channels of the guidance that it is told; 0: it is not (LCM are) */
  int groups;
  gboolean linear_projection; /* proj_in/proj_out are linear, not 1x1 convolutions (the same product; other rank) */
  int sample_size;            /* latent side the model was made for */
  LimnKeptBlocks kept;
  int n_controls; /* see limn_checkpoint_control () */
  LimnControlConfig controls[LIMN_MOST_CONTROLS];
} LimnUnetConfig;

/* Channels of its input beyond the latents: 0, or those of an inpainting model, which is told in each step what is to
 * be painted (1 there, 0 elsewhere), then the latents of the picture without that. */
int limn_unet_config_given (const LimnUnetConfig *config);

typedef struct {
  int latent_channels;
  int levels;
  int channels[4];
  int layers_per_block;
  int groups;
  double scaling_factor;
  double mean[4], deviation[4]; /* of latents, by which they are made even before they are scaled; deviation 0: not */
  gboolean has_rgb_factors;
  float rgb_factors[4][3]; /* latent (as the U-Net knows it) to RGB in [-1, 1], for previews */
  float rgb_bias[3];
  LimnKeptBlocks kept;
} LimnVaeConfig;

/* Pixels a latent, each way: every level but the last halves. */
int limn_vae_config_factor (const LimnVaeConfig *config);
/* A value of a plane of latents as the U-Net knows them, from that of the VAE, and back. */
double limn_vae_config_scale (const LimnVaeConfig *config, gsize plane, double z);
double limn_vae_config_unscale (const LimnVaeConfig *config, gsize plane, double latent);

typedef struct {
  int width, layers, heads, intermediate;
  int vocabulary, positions;
  int projection; /* channels of the projected pooled vector; 0: this encoder has none */
  gboolean quick_gelu;
  int unread;      /* the hidden state is the one before so many of the last layers */
  gboolean normed; /* ... after the final norm */
  LimnKeptBlocks kept;
} LimnClipConfig;

typedef struct {
  const char *spacing; /* the schedule that is its own; NULL: "leading", as SDXL ships */
  int steps_offset;
  double beta_start, beta_end; /* scaled_linear */
  int train_steps;
  LimnPrediction prediction;
  double last_abar, least, most;     /* as LimnPredictionRow has them, or as the model's files do */
  gboolean zeros_for_empty_negative; /* force_zeros_for_empty_prompt of model_index.json */
} LimnScheduleConfig;

/* Makes it that of a model with another prediction, as far as it is another. */
void limn_schedule_config_predict (LimnScheduleConfig *config, LimnPrediction prediction);

typedef struct _LimnCheckpoint LimnCheckpoint;
typedef struct _LimnTaesdFile LimnTaesdFile;       /* taesd.h */
typedef struct _LimnUpscalerFile LimnUpscalerFile; /* upscaler.h */
typedef struct _LimnControlFile LimnControlFile;   /* control.h */

/* Maps and validates; fails where the model cannot be used. */
LimnCheckpoint *limn_checkpoint_open (const char *path, GError **error);
/* The same of parts in different places.  The U-Net says which family it is; errors name the files that do not go
 * together, and what was expected. */
LimnCheckpoint *limn_checkpoint_open_parts (const LimnModelParts *parts, GError **error);
/* The same, to be written rather than run: parts beside the U-Net may be missing as a whole. */
LimnCheckpoint *limn_checkpoint_open_partial (const LimnModelParts *parts, GError **error);
/* Of an upscaler's file, which is all that it has. */
LimnCheckpoint *limn_checkpoint_open_upscaler (const char *path, GError **error);
/* The same of a ControlNet's. */
LimnCheckpoint *limn_checkpoint_open_control (const char *path, GError **error);
/* Whether the file at path is one part of a model alone, and which. */
gboolean limn_checkpoint_is_part (const char *path, LimnPartId *part);
LimnCheckpoint *limn_checkpoint_ref (LimnCheckpoint *checkpoint);
void limn_checkpoint_unref (LimnCheckpoint *checkpoint);
/* Describes a model even where it cannot be used.  (transfer full) */
LimnModelInfo *limn_checkpoint_inspect (const char *path, GError **error);
LimnModelInfo *limn_checkpoint_inspect_parts (const LimnModelParts *parts, GError **error);

const LimnModelInfo *limn_checkpoint_info (LimnCheckpoint *checkpoint);
gboolean limn_checkpoint_has (LimnCheckpoint *checkpoint, LimnPartId part);
const LimnUnetConfig *limn_checkpoint_unet (LimnCheckpoint *checkpoint);
const LimnVaeConfig *limn_checkpoint_vae (LimnCheckpoint *checkpoint);
/* which: LIMN_PART_TEXT_ENCODER or LIMN_PART_TEXT_ENCODER_2; NULL where the model lacks it. */
const LimnClipConfig *limn_checkpoint_clip (LimnCheckpoint *checkpoint, LimnPartId which);
const LimnScheduleConfig *limn_checkpoint_schedule (LimnCheckpoint *checkpoint);
/* The decoder for previews that was found with the model, or NULL.  problem: NULL, or receives why one that is there is
 * of no use; borrowed, NULL where there is none. */
LimnTaesdFile *limn_checkpoint_taesd (LimnCheckpoint *checkpoint, const GError **problem);
/* NULL where it is a model that paints. */
LimnUpscalerFile *limn_checkpoint_upscaler (LimnCheckpoint *checkpoint);
LimnControlFile *limn_checkpoint_control_file (LimnCheckpoint *checkpoint);
/* Folder with vocab.json and merges.txt of that encoder, or NULL: use the full CLIP vocabulary. */
const char *limn_checkpoint_tokenizer_dir (LimnCheckpoint *checkpoint, LimnPartId which);

/* name: diffusers' name within the part.  FALSE with an error naming file and tensor where it is missing.  A view of
 * what is merged (lora.h) is valid until limn_checkpoint_check_whole (). */
gboolean limn_checkpoint_find (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, LimnTensorView *view,
                               GError **error);
/* Whether all that is merged into a tensor is the product of two matrices, or, with made, can be: the original, and
 * their rank, 0 where nothing is. */
gboolean limn_checkpoint_find_low (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, gboolean made,
                                   LimnTensorView *view, guint64 *rank);
/* Then these, [rank, columns] and [rows, rank]: as limn_lora_factors () has them. */
gboolean limn_checkpoint_factors (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, float *down, float *up,
                                  GError **error);
gboolean limn_checkpoint_contains (LimnCheckpoint *checkpoint, LimnPartId part, const char *name);
/* Of part's tensors as they are stored, see limn_tensors_fingerprint ().  (transfer full) */
char *limn_checkpoint_fingerprint (LimnCheckpoint *checkpoint, LimnPartId part);
/* Whether some part keeps weights of that kind, see LimnKeptBlocks. */
gboolean limn_checkpoint_keeps (LimnCheckpoint *checkpoint, const LimnWeightKind *kind);
/* Whether all that was read of part was in its files: see limn_tensors_check_whole ().  To be asked once it is read. */
gboolean limn_checkpoint_check_whole (LimnCheckpoint *checkpoint, LimnPartId part, GError **error);
/* Tells the kernel that the mapped pages of part will not be read soon: they leave this process's memory. */
void limn_checkpoint_release_pages (LimnCheckpoint *checkpoint, LimnPartId part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnCheckpoint, limn_checkpoint_unref)

G_END_DECLS
