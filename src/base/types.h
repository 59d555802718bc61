/* types.h - plain values that every folder speaks of: devices, model descriptions, pictures, steps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/family.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_DEVICE_OTHER,
  LIMN_DEVICE_INTEGRATED,
  LIMN_DEVICE_DISCRETE,
  LIMN_DEVICE_VIRTUAL,
  LIMN_DEVICE_SOFTWARE
} LimnDeviceKind;

typedef struct {
  int index; /* what limn_engine_new () takes */
  char *name;
  char *driver; /* driver name and version, for people */
  LimnDeviceKind kind;
  guint64 memory; /* bytes of device-local memory */
  guint subgroup_size;
  char *problem; /* NULL, or why Limn cannot use this device */
  char *wrong;   /* NULL, or what gave wrong results on it and is not used, for people; once that was found out */
} LimnDeviceInfo;

/* A way in which a device can run the kernels. */
typedef struct {
  char *name;
  const char *means; /* NULL, or by which of the device's means, for people */
  char *problem;     /* NULL, or what is wrong with it on this device: it is not used */
  double gflops;     /* a second, of a product; 0: not measured */
  char *chosen;      /* NULL, or the classes of shapes that it is taken for: "pixels, conv"; "": for all */
} LimnKernelReport;

void limn_device_info_free (LimnDeviceInfo *info);
void limn_kernel_report_free (LimnKernelReport *report);

/* Where a model is: a folder or a file, and those of its parts that are elsewhere.  Paths; NULL: not said. */
typedef struct {
  const char *model;               /* NULL: where the U-Net is */
  const char *parts[LIMN_N_PARTS]; /* by LimnPartId; NULL: in the model */
} LimnModelParts;

typedef struct {
  char *name; /* "unet", "vae", "text_encoder", "text_encoder_2" */
  char *from; /* the name, without its folder, of the file or folder it is in; NULL: in the model itself */
  guint tensors;
  guint64 parameters;
  guint64 bytes; /* as stored */
  char *types;   /* "F16", "F32, BF16", ... */
} LimnPart;

typedef struct {
  int width, height;
} LimnSize;

typedef struct {
  char *path;
  LimnFamily family;
  gboolean inpaints;                 /* its U-Net is told what is to be painted */
  gboolean told_guidance;            /* ... is told the guidance (LCM), which then costs nothing */
  const char *layout;                /* "diffusers folder" or "single file" */
  GPtrArray *parts;                  /* LimnPart */
  GStrv missing;                     /* "unet: down_blocks.0...", each a tensor the family has and the file lacks */
  GStrv leftover;                    /* tensors in the file that the family does not know */
  GStrv ignored;                     /* known to be harmless: schedule buffers, position ids, ... */
  int default_width, default_height; /* pixels, what the model was made for */
  GArray *sizes;           /* LimnSize: those it was trained on, as its model_index.json says; empty: not told */
  double default_guidance; /* classifier-free guidance that suits it: its family's, or what its model_index.json says */
  guint64 memory_fp16, memory_fp32; /* bytes of weights on the device, encoders included */
  char *own_refiner;                /* path of the refiner that a base's folder brings along, or NULL */
  const char *prediction;           /* what its files say it predicts, by the name of its row; NULL: not looked at */
  char *title;                      /* what its metadata calls it, or NULL */
  char *fingerprint;                /* what tells its U-Net from others', by its weights; NULL: nobody asked */
} LimnModelInfo;

LimnModelInfo *limn_model_info_new (const char *path);
void limn_model_info_free (LimnModelInfo *info);
/* What it is, for people: "SDXL base".  (transfer full) */
char *limn_model_info_title (const LimnModelInfo *info);
void limn_part_free (LimnPart *part);

#define LIMN_MOST_PAST 6 /* steps before its own that any step reads */

/* One row of a table that people choose from. */
typedef struct {
  const char *name;  /* as files and commands have it, ComfyUI's where it has one: "dpmpp_2m" */
  const char *title; /* as the field says it: "DPM++ 2M" */
  gboolean noisy;    /* a sampler that adds noise in each step */
  int history;       /* of a sampler: the steps before its own that it reads, LIMN_MOST_PAST at most */
  gboolean even;     /* a schedule whose steps take away as much of training's time each */
} LimnChoice;

/* Its rows by index, the default first; NULL after the last. */
typedef const LimnChoice *(*LimnChoiceTable) (guint index);

/* NULL where there is none of that name.  name: NULL for the default. */
const LimnChoice *limn_choice_find (LimnChoiceTable table, const char *name);
/* "euler, heun": all names, for messages.  (transfer full) */
char *limn_choice_list (LimnChoiceTable table);

/* What a finished step leaves for later ones of the same network: all that a sampler remembers. */
typedef struct {
  double sigma;          /* the noise level it began at */
  const float *latents;  /* what it began with; NULL: not known */
  const float *denoised; /* where it pointed, guidance included */
  const float *negative; /* where it pointed without the prompt; NULL: not kept, for its sampler does not read it */
  gboolean refined;      /* the refiner's step */
  gboolean otherwise;    /* the network was told something else, by other settings */
} LimnPast;

/* What became of evaluations where step caching is on, and the most that an answer had changed, relative to its size,
 * where the network was asked again after steps that were not. */
typedef struct {
  int asked, left_out;
  double most_changed;
} LimnCache;

/* For people, or NULL where nothing was left out.  (transfer full) */
char *limn_cache_to_text (const LimnCache *cache);

typedef enum { LIMN_PRECISION_AUTO, LIMN_PRECISION_FP16, LIMN_PRECISION_FP32 } LimnPrecision;

typedef struct {
  int width, height;
  guint8 *rgb;   /* height rows of width * 3 bytes */
  guint16 *deep; /* NULL, or the same as numbers up to 65535: divided by 257 and rounded, they are rgb */
} LimnImage;

/* width, height: 1..65535. */
LimnImage *limn_image_new (int width, int height);
LimnImage *limn_image_copy (const LimnImage *image);
/* Of one size, and pixel by pixel; NULL is NULL alone. */
gboolean limn_image_is_same (const LimnImage *image, const LimnImage *other);
/* image at most side pixels wide and high, never enlarged; each pixel the mean of those it stands for. */
LimnImage *limn_image_shrink (const LimnImage *image, int side);
void limn_image_free (LimnImage *image);

/* Called between submissions and chunks of long work with the finished share, 0..1.  FALSE: stop; the work then
 * fails with LIMN_ERROR_CANCELLED. */
typedef gboolean (*LimnTickFunc) (double fraction, gpointer data);

typedef struct {
  LimnTickFunc func; /* NULL: never stop */
  gpointer data;
} LimnTick;

/* FALSE with LIMN_ERROR_CANCELLED where tick says stop.  tick: may be NULL. */
gboolean limn_tick (const LimnTick *tick, double fraction, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnDeviceInfo, limn_device_info_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModelInfo, limn_model_info_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnImage, limn_image_free)

/* SDXL's micro-conditioning (Podell et al. 2023, section 2.2), in pixels.  Hints to the model: the output size is
 * separate.  0 for a size means "as the output". */
typedef struct {
  int original_width, original_height;
  int crop_left, crop_top;
  int target_width, target_height;
} LimnSizeHints;

/* Of a picture's latents: planes of height x width cells, each for factor x factor pixels. */
typedef struct {
  int planes, factor;
  int height, width;
  gsize values; /* planes * height * width */
} LimnLatentShape;

G_END_DECLS
