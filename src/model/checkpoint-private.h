/* checkpoint-private.h - what the checkpoint-*.c files share.
 *
 * Opening goes: find where each part is (checkpoint-source), read the sizes (checkpoint-folder, checkpoint-single,
 * checkpoint-config), list the tensors that networks of those sizes have (arch-*), match them with what is stored
 * (checkpoint-match).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "file/tensors.h"
#include "model/arch.h"
#include "model/checkpoint.h"
#include "model/control.h"
#include "model/taesd.h"
#include "model/upscaler.h"

G_BEGIN_DECLS

typedef struct {
  gboolean found; /* the file has it, with the right type and shape */
  LimnTensorView view;
  LimnTensors *file; /* borrowed */
  const LimnTensor *stored;
} LimnSlot;

/* Where parts are: a file, a diffusers folder, or the folder of one of its components. */
typedef struct {
  char *path;
  LimnTensors *file; /* NULL: a folder */
  LimnJson *index;   /* of a diffusers folder: its model_index.json */
} LimnModelSource;

typedef struct {
  const LimnModelSource *source;
  gboolean present;    /* the model has this part and its sizes are known */
  GPtrArray *files;    /* LimnTensors; the shards of a folder's part, or the single file */
  const char *prefix;  /* before each stored name; "" in a folder */
  gboolean open_clip;  /* a text encoder in a single file has OpenCLIP's names */
  LimnArchList *list;  /* every tensor that the network has */
  GArray *slots;       /* LimnSlot, as list */
  GHashTable *by_name; /* diffusers' name -> LimnSlot, borrowed from list and slots */
  GHashTable *kept;    /* diffusers' name -> LimnWeightKind, see LimnKeptBlocks; NULL: none */
  GHashTable *lent;    /* diffusers' name -> LimnLent; the same */
  char *tokenizer_dir;
} LimnPartData;

typedef struct _LimnMerge LimnMerge;       /* checkpoint-merge.c */
typedef struct _LimnControls LimnControls; /* checkpoint-control.c */

struct _LimnCheckpoint {
  gatomicrefcount references;
  LimnMerge *merge;       /* NULL, or what is merged into another's tensors, from which all else here is borrowed */
  LimnControls *controls; /* NULL, or what lies beside another's U-Net, from which all else here is borrowed */
  char *path;             /* as it was asked for: the model's, or the U-Net's */
  char *home;             /* the same where path is a model file (base/model-file.h): of what it names */
  GPtrArray *sources;     /* LimnModelSource, each path once */
  gboolean lenient;       /* inspecting: a part that cannot be read is listed as missing */
  gboolean partial;       /* the U-Net may be alone */
  LimnFamily family;
  LimnModelInfo *info;
  LimnPartData parts[LIMN_N_PARTS];
  LimnUnetConfig unet;
  LimnVaeConfig vae;
  LimnClipConfig clip[2];
  LimnScheduleConfig schedule;
  LimnTaesdFile *taesd; /* NULL, or what was found beside it */
  GError *taesd_problem;
  LimnUpscalerFile *upscaler; /* NULL, or all that there is */
  LimnControlFile *control;   /* the same */
  GPtrArray *problems;        /* char *: "unet: conv_in.weight", "vae: conv_in.bias has shape ..." */
  GHashTable *kept_variants;  /* what merging makes of kept: guint64 -> LimnKeptBlocks; NULL: none yet */
};

void limn_merge_free (LimnMerge *merge);
/* Without what is merged. */
LimnCheckpoint *limn_checkpoint_ground (LimnCheckpoint *checkpoint);
/* Whether name is one of what lies beside a tensor of part.  view: receives it; FALSE with an error where it cannot be
 * made. */
gboolean limn_merge_is_beside (const LimnMerge *merge, LimnPartId part, const char *name);
gboolean limn_merge_beside (LimnMerge *merge, LimnPartId part, const char *name, LimnTensorView *view, GError **error);
/* Makes view, of an original's tensor, that of the merged one, where it is. */
gboolean limn_merge_tensor (LimnMerge *merge, LimnPartId part, const char *name, LimnTensorView *view, GError **error);
/* Lets go of the values that views of merged tensors point to. */
void limn_merge_release (LimnMerge *merge);

void limn_controls_free (LimnControls *controls);
/* Whose tensor of the U-Net it is; NULL: its own. */
LimnControlFile *limn_controls_find (const LimnControls *controls, const char *name);
/* The same of a checkpoint, which may have none. */
LimnControlFile *limn_checkpoint_control_of (LimnCheckpoint *checkpoint, LimnPartId part, const char *name);
/* A tensor of that ControlNet. */
gboolean limn_controls_tensor (LimnControls *controls, LimnControlFile *file, const char *name, LimnTensorView *view,
                               GError **error);
/* How many values those have that are others, in order, in one than in other; either may be NULL. */
guint64 limn_controls_difference (const LimnControls *one, const LimnControls *other);
gboolean limn_controls_check_whole (const LimnControls *controls, GError **error);
void limn_controls_release_pages (const LimnControls *controls);

/* out: parts, and for what they leave open those of the model file that they name; of strings. */
gboolean limn_checkpoint_resolve (const LimnModelParts *parts, GStringChunk *strings, LimnModelParts *out,
                                  GError **error);
/* Opens what parts names: sets the source of each part. */
gboolean limn_checkpoint_open_sources (LimnCheckpoint *checkpoint, const LimnModelParts *parts, GError **error);
void limn_model_source_free (LimnModelSource *source);
/* Opens a single file, its tensors under official names. */
LimnTensors *limn_checkpoint_open_file (const char *path, GError **error);
/* The family of the U-Net in source. */
gboolean limn_checkpoint_detect_folder (const LimnModelSource *source, LimnFamily *family, GError **error);
/* alone: nothing is elsewhere. */
gboolean limn_checkpoint_detect_single (const LimnModelSource *source, gboolean alone, LimnFamily *family,
                                        GError **error);
/* Whether parts are in different places. */
gboolean limn_checkpoint_is_mixed (LimnCheckpoint *checkpoint);

/* Fill files, prefix, config and tokenizer_dir of a part, once the family is known; text encoders come before the
 * U-Net. */
gboolean limn_checkpoint_read_folder (LimnCheckpoint *checkpoint, LimnPartId part, GError **error);
gboolean limn_checkpoint_read_single (LimnCheckpoint *checkpoint, LimnPartId part, GError **error);
/* The U-Net's folder's scheduler and advice, once the U-Net is read. */
gboolean limn_checkpoint_read_schedule (LimnCheckpoint *checkpoint, GError **error);
/* What a single file's U-Net wants latents to be like, where that is not its family's way: of the VAE. */
void limn_checkpoint_take_statistics (LimnCheckpoint *checkpoint);
/* model_index.json of a diffusers folder; fails with what the folder is instead. */
LimnJson *limn_checkpoint_load_index (const char *folder, GError **error);
/* Where lenient, takes the error of a part into the list of problems and returns TRUE.  (error: transfer full) */
gboolean limn_checkpoint_tolerate (LimnCheckpoint *checkpoint, LimnPartId part, GError *error, GError **out);

/* Maps the weights in dir: one file or the shards of an index.  (element-type LimnTensors) (transfer full) */
GPtrArray *limn_checkpoint_open_weights (const char *dir, GError **error);
/* Says what a folder without model_index.json is.  Always FALSE. */
gboolean limn_checkpoint_explain_folder (const char *dir, GError **error);

/* Component configs of a folder.  file is used in messages. */
typedef struct {
  int label_channels; /* columns of add_embedding.linear_1: pooled text and size ids; 0: there is none */
} LimnUnetExtra;

/* Leaves pooled_channels at 0: limn_checkpoint_read_folder () gets it from extra. */
gboolean limn_config_read_unet (const LimnJson *json, const char *file, const LimnFamilyRow *family,
                                LimnUnetConfig *config, LimnUnetExtra *extra, GError **error);
gboolean limn_config_read_vae (const LimnJson *json, const char *file, const LimnFamilyRow *family,
                               LimnVaeConfig *config, GError **error);
/* row: how the family reads this encoder. */
gboolean limn_config_read_clip (const LimnJson *json, const char *file, const LimnEncoderRow *row,
                                LimnClipConfig *config, GError **error);
void limn_config_init_schedule (LimnScheduleConfig *schedule, const LimnFamilyRow *family);
gboolean limn_config_read_schedule (const LimnJson *json, const char *file, LimnScheduleConfig *schedule,
                                    GError **error);

/* Lists every part's tensors, matches them with the files, fills info and problems. */
void limn_checkpoint_match (LimnCheckpoint *checkpoint);
/* The tensors of part; of an encoder with so many layers more, and under OpenCLIP's names or transformers'. */
LimnArchList *limn_checkpoint_list_part (const LimnCheckpoint *checkpoint, LimnPartId part, int more_layers,
                                         gboolean open_clip);
/* info for a family that is only recognised: parts counted as stored. */
void limn_checkpoint_count_stored (LimnCheckpoint *checkpoint);

G_END_DECLS
