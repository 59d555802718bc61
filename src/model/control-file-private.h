/* control-file-private.h - a ControlNet's file, as the control-*.c files share it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/control.h"
#include "model/network-file.h"
#include "model/vision.h"

G_BEGIN_DECLS

struct _LimnControlFile {
  gatomicrefcount references;
  LimnNetworkFile file; /* with the original names */
  const char *prefix;
  LimnFamily family;
  LimnUnetConfig half; /* its sizes; its size ids and pooled text are known together only; of a Control-LoRA none, of a
                        * T2I-Adapter the channels of its levels alone */
  LimnControlConfig config;
  int label;       /* columns of what it is told of these; 0: it is not */
  gboolean lora;   /* Control-LoRA: most of it is a small change to the U-Net's own weights */
  GMutex matching; /* of such, and of IP-Adapters: what it was found to go with last */
  LimnUnetConfig *matched;
  LimnVisionFile *encoder; /* NULL, or what an IP-Adapter sees by ... */
  LimnVisionConfig sight;  /* ... as it is asked */
};

/* The network's name of one of its tensors, below "controls.0."; NULL where it is another's. */
const char *limn_control_own_name (const char *name);

/* Whether it is a Control-LoRA; its family and what it has of its own. */
gboolean limn_control_lora_is (LimnTensors *tensors);
gboolean limn_control_lora_read (LimnControlFile *file, GError **error);
/* See limn_control_file_match (). */
gboolean limn_control_lora_match (LimnControlFile *file, const LimnUnetConfig *unet, const char *model,
                                  LimnControlConfig *config, GError **error);

/* Of a T2I-Adapter: its family, sizes and tensors; whether it has those of such a U-Net. */
gboolean limn_adapter_read (LimnControlFile *file, GError **error);
gboolean limn_adapter_match (const LimnControlFile *file, const LimnUnetConfig *unet);

/* Of an IP-Adapter: the same, and its encoder; see limn_control_file_match (). */
gboolean limn_ip_read (LimnControlFile *file, GError **error);
gboolean limn_ip_match (LimnControlFile *file, const LimnUnetConfig *unet, const char *model, LimnControlConfig *config,
                        GError **error);

G_END_DECLS
