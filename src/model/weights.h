/* weights.h - a network's tensors: declared while its plans are written, on the device once they are realised.
 *
 * What is declared is laid out in blocks at once, so that what it will take is known before a file is read.  A tensor
 * goes from the mapped file straight into device memory (or a staging buffer of 32 MiB) the first time that a plan
 * which uses it is realised, converted on the way; there is never a second copy of the weights in RAM, but of those
 * that are streamed and quantized on the way: their blocks are searched for once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"
#include "kernel/weight.h"
#include "model/checkpoint.h"

G_BEGIN_DECLS

typedef struct _LimnWeights LimnWeights;

LimnWeights *limn_weights_new (LimnStore store);
void limn_weights_free (LimnWeights *weights);

typedef enum {
  LIMN_LAYOUT_MATRIX, /* [rows, k] -> [rows, k padded to 8] in the store */
  LIMN_LAYOUT_POINT,  /* the same of a 1 x 1 convolution: [rows, k, 1, 1] */
  LIMN_LAYOUT_CONV,   /* [rows, k, 3, 3] -> [rows, 9, k padded to 8] in the store */
  LIMN_LAYOUT_PHASES, /* [rows, k, 3, 3] -> [rows, 4 * 4, k padded to 8], sums (limn_kernel_conv_by_phases ()) */
  LIMN_LAYOUT_VECTOR, /* [rows] -> fp32, padded to 8 */
} LimnLayout;

/* Of a convolution: values of a row's pixels, in its file and on the device; 1 of anything else. */
int limn_layout_taps (LimnLayout layout);
int limn_layout_device_taps (LimnLayout layout);

typedef struct {
  const char *const *names; /* NULL-terminated; several are laid one after the other along their rows */
  LimnLayout layout;
  int rows, k;                /* of all together; what the shapes must come to */
  float scale;                /* multiplied in, for the VAE's residual stream; 0 means 1 */
  const LimnWeightKind *kind; /* of a matrix that is laid out as its file has it; NULL: values in the store */
  const guint8 *lent; /* where a mapped file has them as they would lie on the device, which can read them there;
                               * NULL: they are loaded */
} LimnWeightSpec;

/* spec's weight as an array of plan. */
LimnArray limn_weights_declare (LimnWeights *weights, LimnPlan *plan, const LimnWeightSpec *spec);
/* Asks for each weight by its name in plans whether it is streamed (LimnStream), so that it has no place on the device:
 * before any is loaded.  bytes: as it lies in a block. */
typedef gboolean (*LimnWeightsChoice) (const char *name, LimnLayout layout, guint64 bytes, gpointer data);
void limn_weights_stream (LimnWeights *weights, LimnWeightsChoice streamed, gpointer data);
/* What all that is declared and not streamed asks of the device, and what it reads where files are mapped. */
guint64 limn_weights_bytes (LimnWeights *weights);
/* Of that, what is read where files are mapped. */
guint64 limn_weights_lent_bytes (LimnWeights *weights);
guint limn_weights_count (LimnWeights *weights);
/* Borrowed until the next is declared. */
const LimnWeightSpec *limn_weights_nth (LimnWeights *weights, guint index);

/* Where a network's tensors come from: asked by the thread that loads, but for factors (), which several ask at a
 * time. */
typedef struct {
  /* By the name that the network gives it, valid until check_whole () is asked; errors name the file and tensor. */
  gboolean (*find) (gpointer data, const char *name, LimnTensorView *view, GError **error);
  /* See limn_tensors_check_whole () and limn_checkpoint_release_pages (). */
  gboolean (*check_whole) (gpointer data, GError **error);
  void (*release_pages) (gpointer data);
  gpointer data;
  /* NULL, or whether all that is merged into a tensor is the product of two matrices, or, with made, can be: what it
   * was before, and their rank, 0 where nothing is. */
  gboolean (*find_low) (gpointer data, const char *name, gboolean made, LimnTensorView *view, guint64 *rank);
  /* Then these: [rank, columns] and [rows, rank].  What find () gives is the sum, to the bit, where products are added
   * in the order of the rank; but for those that are made, for which it may be another in the last bits of fp32. */
  gboolean (*factors) (gpointer data, const char *name, float *down, float *up, GError **error);
} LimnTensorSource;

/* Where the weight that is called name in a plan lies, loaded from source the first time: it is there once that is
 * settled.  Errors name the file and tensor: missing, another shape, NaN or infinity, or too large for fp16.  gpu: the
 * same each time. */
gboolean limn_weights_load (LimnWeights *weights, LimnGpu *gpu, const LimnTensorSource *source, const char *name,
                            LimnSlice *slice, GError **error);
/* Blocking: all that was loaded from source is there; or, where good is not so or it fails, nothing more will be
 * written: what had not been begun is what it was.  After loading, always.  Returns whether good was, and is. */
gboolean limn_weights_settle (LimnWeights *weights, const LimnTensorSource *source, gboolean good, GError **error);
/* Writes the weight that is called name in a plan to out, as it would lie on the device, with the same errors. */
gboolean limn_weights_bring (LimnWeights *weights, const LimnTensorSource *source, const char *name, guint8 *out,
                             GError **error);
/* Loads again, where they lie (but for those that were read where a file has them: these get places, and plans have to
 * be rebound), those weights that have a tensor of which is_other () says that source has another one.
 * tick: called between them. */
gboolean limn_weights_reload (LimnWeights *weights, const LimnTensorSource *source,
                              gboolean (*is_other) (const char *name, gpointer data), gpointer data,
                              const LimnTick *tick, GError **error);

/* How often a device has merged what would have been merged on the CPU. */
guint limn_weights_merged (LimnWeights *weights);

/* Whether all that the device reads where files are mapped is still what it was: an error names the file. */
gboolean limn_weights_check (LimnWeights *weights, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnWeights, limn_weights_free)

G_END_DECLS
