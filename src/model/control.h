/* control.h - a ControlNet, which has a U-Net follow a picture (Zhang et al. 2023, arXiv 2302.05543): the U-Net's way
 * down and its middle once more, told of the picture, whose every result is added to the U-Net's by a 1 x 1
 * convolution.
 *
 * It is written into the U-Net's own plans, so that what it gives has no place but the skips themselves, and memory,
 * streaming and estimates are those of one network: a checkpoint that has ControlNets beside its U-Net
 * (limn_checkpoint_control ()) calls their tensors "controls.0.conv_in.weight".
 *
 * A T2I-Adapter (Mou et al. 2023, arXiv 2302.08453) is one wherever it is chosen, kept and told: a small network of its
 * own, which reads the picture once.  So is an IP-Adapter: see ip-adapter.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/net.h"
#include "model/network.h"
#include "model/vision.h"

G_BEGIN_DECLS

/* ---- Its file ---- */

/* path: a file, or a folder that holds one.  With diffusers' names, or the original ones, alone or below
 * "control_model.": what it is, is told from tensors and shapes.  Errors name the file, what it is instead, what it
 * lacks.  Any thread. */
LimnControlFile *limn_control_file_open (const char *path, GError **error);
/* The same of a file that is open.  tensors: (transfer full), to be renamed. */
LimnControlFile *limn_control_file_new (LimnTensors *tensors, GError **error);
LimnControlFile *limn_control_file_ref (LimnControlFile *file);
void limn_control_file_unref (LimnControlFile *file);
LimnFamily limn_control_file_family (LimnControlFile *file);
const char *limn_control_file_path (LimnControlFile *file);
/* See limn_file_fingerprint ().  (transfer full) */
char *limn_control_file_fingerprint (LimnControlFile *file);
/* Whether it goes with such a U-Net, and has all that it needs then.  model: for the message.  config: receives its
 * sizes. */
gboolean limn_control_file_match (LimnControlFile *file, const LimnUnetConfig *unet, const char *model,
                                  LimnControlConfig *config, GError **error);
/* Control-LoRA: most of it is a change to the weights of the U-Net that it lies beside, from which it has no source of
 * its own then, but this: a tensor made of ground, which has no LoRAs.  values: receives what view points to, float *;
 * it was matched with ground. */
gboolean limn_control_file_is_lora (LimnControlFile *file);
/* T2I-Adapter: see adapter.c. */
gboolean limn_control_file_is_adapter (LimnControlFile *file);
/* IP-Adapter: what it sees by, and how it asks that; NULL: it is none. */
LimnVisionFile *limn_control_file_encoder (LimnControlFile *file);
const LimnVisionConfig *limn_control_file_sight (LimnControlFile *file);
gboolean limn_control_lora_find (LimnControlFile *file, LimnCheckpoint *ground, const char *name, LimnTensorView *view,
                                 GPtrArray *values, GError **error);
/* As LimnControlConfig has it. */
int limn_control_file_types (LimnControlFile *file);
/* Of all its tensors. */
guint64 limn_control_file_values (LimnControlFile *file);
LimnTensorSource limn_control_file_source (LimnControlFile *file);

/* ---- Beside a U-Net ---- */

/* base's weights, and n files beside its U-Net, each of which matches it; base may have LoRAs merged, but no
 * ControlNets.  (transfer full) */
LimnCheckpoint *limn_checkpoint_control (LimnCheckpoint *base, LimnControlFile *const *files, guint n);
/* Whether limn_checkpoint_control () of these gave it. */
gboolean limn_checkpoint_is_control (LimnCheckpoint *checkpoint, LimnCheckpoint *base, LimnControlFile *const *files,
                                     guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnControlFile, limn_control_file_unref)

G_END_DECLS
