/* arch.h - the tensors that a network of given sizes has: each one's name in a diffusers folder and its shape, as the
 * network itself declares them when it is written; its name in the official single file, and how that stores it where
 * it differs.
 *
 * The arch-* files are the only place that knows the other names.  They also read sizes back from a single file's
 * shapes (before there are sizes there is no network to ask) and tell which family a listing of tensors belongs to.
 * Nothing here reads weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/tensors.h"
#include "model/checkpoint.h"
#include "model/net.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;   /* diffusers' name within the part */
  const char *single; /* the official single file's, below the part's prefix */
  const char *alias;  /* another name of it as it is here, or NULL: an older diffusers one; in single files, turned */
  int rank;
  guint64 shape[4]; /* diffusers' shape; attention's projections are [out, in] also where stored as 1x1 convolutions */
  gboolean transposed; /* the single file holds [shape[1], shape[0]] */
  int slice, slices;   /* the single file stacks slices such tensors by rows; this is number slice */
} LimnArchTensor;

typedef struct _LimnArchList LimnArchList;

LimnArchList *limn_arch_list_new (void);
void limn_arch_list_free (LimnArchList *list);
guint limn_arch_list_length (const LimnArchList *list);
/* Borrowed until the list grows or is freed. */
const LimnArchTensor *limn_arch_list_nth (const LimnArchList *list, guint index);

/* Appends a tensor, its single file's name the same. */
void limn_arch_list_add (LimnArchList *list, const char *name, int rank, const guint64 *shape);
/* Appends all that net's plans have declared; a net to write for a list. */
LimnNet *limn_arch_net_new (void);
void limn_arch_list_add_net (LimnArchList *list, LimnNet *net);
/* Lets translate fill in how tensor is stored elsewhere; strings become the list's through limn_arch_list_string (). */
typedef void (*LimnArchTranslate) (LimnArchList *list, LimnArchTensor *tensor, gconstpointer config);
void limn_arch_list_translate (LimnArchList *list, LimnArchTranslate translate, gconstpointer config);
/* Takes string. */
const char *limn_arch_list_string (LimnArchList *list, char *string);

typedef struct {
  const char *from, *to;
} LimnArchRename;

/* name with the first "from" that stands between dots made "to", row by row.  rows: ended by one without from.
 * (transfer full) */
char *limn_arch_rename (const char *name, const LimnArchRename *rows);

/* The tensors of a network.  config must have passed its check.  (transfer full) */
LimnArchList *limn_arch_unet_list (const LimnUnetConfig *config);
LimnArchList *limn_arch_vae_list (const LimnVaeConfig *config);
/* open_clip: the single file's names are OpenCLIP's, as SDXL stores text_encoder_2; else they are diffusers'. */
LimnArchList *limn_arch_clip_list (const LimnClipConfig *config, gboolean open_clip);

/* Gives the tensors of a single file that have diffusers' names below prefix those of the official single file. */
void limn_arch_unet_rename (LimnTensors *file, const char *prefix);
void limn_arch_vae_rename (LimnTensors *file, const char *prefix);
void limn_arch_control_rename (LimnTensors *file, const char *prefix);
/* What is a ControlNet Union's alone: one name for each, whichever naming the others have. */
void limn_arch_control_rename_union (LimnTensors *file, const char *prefix);
/* The official name of a U-Net's, or a ControlNet's, tensor by diffusers' name; NULL where it has none such.  config: a
 * LimnUnetConfig with levels, layers and whether a transformer is the last of a level's way up.  (transfer full) */
char *limn_arch_unet_single (const char *name, gconstpointer config);
char *limn_arch_control_single (const char *name, gconstpointer config);
/* These, of a file with diffusers' names. */
void limn_arch_unet_count (LimnTensors *file, const char *prefix, LimnUnetConfig *config);

/* FALSE with LIMN_ERROR_MODEL naming source (a file) and the field where a size is absurd or not supported. */
gboolean limn_arch_unet_check (const LimnUnetConfig *config, const char *source, GError **error);
gboolean limn_arch_vae_check (const LimnVaeConfig *config, const char *source, GError **error);
gboolean limn_arch_clip_check (const LimnClipConfig *config, const char *source, GError **error);

const char *limn_arch_part_title (LimnPartId part); /* "U-Net", for people */

/* Sizes from a single file's shapes, of tensors whose names begin with prefix; checked.  Shapes do not tell the number
 * of heads: they are taken as 64 channels wide where the width is at least 320 and a multiple of 64 (every official
 * SDXL network), and 16 wide otherwise (the miniature models); where the family has one number for all levels, as that,
 * and half of it in the miniature.  Nor do they tell the size of pictures: the family's for a U-Net at least 320
 * channels wide, else 128.  pooled: channels of the pooled text, which the file at pooled_path gives. */
gboolean limn_arch_unet_scan (LimnTensors *file, const char *prefix, const LimnFamilyRow *family, int pooled,
                              const char *pooled_path, LimnUnetConfig *config, GError **error);
gboolean limn_arch_vae_scan (LimnTensors *file, const char *prefix, const LimnFamilyRow *family, LimnVaeConfig *config,
                             GError **error);
/* half: receives what it has of a U-Net; unchecked are its heads and what it reads of texts and sizes. */
gboolean limn_arch_control_scan (LimnTensors *file, const char *prefix, const LimnFamilyRow *family,
                                 LimnUnetConfig *half, LimnControlConfig *config, GError **error);
/* open_clip: how its tensors are called. */
gboolean limn_arch_clip_scan (LimnTensors *file, const char *prefix, gboolean open_clip, const LimnEncoderRow *row,
                              LimnClipConfig *config, GError **error);

/* Reading shapes: the first failure is kept and later calls return 0. */
typedef struct {
  LimnTensors *file;
  const char *prefix;
  GError *error;
} LimnArchScan;

gboolean limn_arch_scan_has (LimnArchScan *scan, const char *name, ...) G_GNUC_PRINTF (2, 3);
/* Dimension dim of a tensor that has rank dimensions; 1..2^20, or 0 after a failure. */
int limn_arch_scan_dim (LimnArchScan *scan, int rank, int dim, const char *name, ...) G_GNUC_PRINTF (4, 5);
/* One more than the highest number that follows before in any name, at most limit.  By the highest, so that a tensor
 * that is missing in between is found missing, not taken for the end. */
int limn_arch_scan_count (LimnArchScan *scan, int limit, const char *before, ...) G_GNUC_PRINTF (3, 4);
int limn_arch_heads_for (int channels);
/* The way down and the middle of a U-Net, unchecked. */
void limn_arch_unet_scan_half (LimnArchScan *scan, const LimnFamilyRow *family, LimnUnetConfig *config);

/* Which family the names and shapes of a single file say it is.  prefix: of its U-Net's names.  FALSE with
 * LIMN_ERROR_MODEL where it is of no family that Limn knows. */
gboolean limn_arch_detect (LimnTensors *file, const char *prefix, LimnFamily *family, GError **error);
/* What a single file's U-Net predicts, as far as its tensors, or failing these its metadata, say: into schedule, which
 * is its family's. */
void limn_arch_detect_prediction (LimnTensors *file, const char *prefix, LimnFamily family, LimnUnetConfig *unet,
                                  LimnScheduleConfig *schedule);
/* FALSE, saying why, for what would be taken for a model that Limn runs, but is one of a kind that it cannot read. */
gboolean limn_arch_check_readable (LimnTensors *file, GError **error);
/* Whether the name of some tensor begins with pattern, or has it anywhere. */
gboolean limn_arch_holds (LimnTensors *file, gboolean prefix, const char *pattern);
/* Says what a file is that is no model (a LoRA, a VAE, Flux ...).  Always FALSE. */
gboolean limn_arch_explain (LimnTensors *file, GError **error);
/* Whether it is a ControlNet, of any kind; FALSE with an error for those that Limn cannot use. */
gboolean limn_arch_is_control (LimnTensors *file);
gboolean limn_arch_check_control (LimnTensors *file, GError **error);
/* Whether it is a T2I-Adapter; its family, by how many pixels its first layer sees at once. */
gboolean limn_arch_is_adapter (LimnTensors *file);
LimnFamily limn_arch_adapter_family (LimnTensors *file);
/* Whether it is an IP-Adapter; its family, by what its layers read; whether it sees by what recognises faces. */
gboolean limn_arch_is_ip (LimnTensors *file);
LimnFamily limn_arch_ip_family (LimnTensors *file);
gboolean limn_arch_ip_sees_faces (LimnTensors *file);
/* Whether a ControlNet is told which of several kinds its picture is, as far as names say; and how many these are. */
gboolean limn_arch_control_is_union (LimnTensors *file);
int limn_arch_control_types (LimnTensors *file);
/* Whether it is one part of a model alone, and which. */
gboolean limn_arch_lone_part (LimnTensors *file, LimnPartId *part);
/* Tensors that published files hold besides the networks: schedule buffers, position ids, averaged weights. */
gboolean limn_arch_is_harmless (const char *stored_name);
/* "[320, 4, 3, 3]".  (transfer full) */
char *limn_arch_shape_text (int rank, const guint64 *shape);

/* Whether it is the VAE that the family is published with, by size and scale: others have latents of their own. */
gboolean limn_arch_vae_is_published (const LimnVaeConfig *config, const LimnFamilyRow *family);
/* The colours of the family's latents, for its published VAE only. */
void limn_arch_vae_set_colours (LimnVaeConfig *config, const LimnFamilyRow *family);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnArchList, limn_arch_list_free)

G_END_DECLS
