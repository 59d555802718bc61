/* ip-adapter.h - pictures beside the prompt (Ye et al. 2023, arXiv 2308.06721): a U-Net's cross-attention attends, with
 * the same queries, to what an IP-Adapter makes of a picture that a CLIP has seen (vision.h), and adds what that gives.
 *
 * It is chosen, kept and told as a ControlNet is (control.h), and lies beside the U-Net as these do: its tensors are
 * "controls.0.image_proj...." and "controls.0.ip_adapter....".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/network.h"

G_BEGIN_DECLS

/* Of a U-Net's layers of attention those by which SDXL's has the style, and the composition (Wang et al. 2024, arXiv
 * 2404.02733), and all others; of other families' all are others. */
typedef enum { LIMN_IP_OTHERS, LIMN_IP_STYLE, LIMN_IP_COMPOSITION } LimnIpPlace;
#define LIMN_IP_PLACES 3

/* The tensor that a resampler begins with, [1, tokens, width]. */
#define LIMN_IP_QUERIES "image_proj.latents"
/* Channels of a head of its attention. */
#define LIMN_IP_HEAD 64

typedef struct _LimnNet LimnNet;
typedef struct _LimnUnetPlans LimnUnetPlans;
typedef struct _LimnHoistInputs LimnHoistInputs;

/* Has what is written of the step from here on attend to the pictures that shape asks for. */
void limn_ip_begin (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnArray shares);
/* How many of them count in a part of the picture alone. */
int limn_ip_masks (const LimnNetworkShape *shape);
/* y + what the scope's cross-attention sees of them.  q: [n, h * w, channels] */
LimnArray limn_ip_attend (LimnNet *net, LimnArray q, int heads, LimnArray y);
/* What they come to, [n, tokens, context], in the plan that runs once a prompt: into inputs. */
void limn_ip_write (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans,
                    LimnHoistInputs *inputs);
/* The number by which files call the cross-attention of that scope in config's U-Net: 1, 3, 5 ... in the order in which
 * diffusers lists them: down, up, middle.  0: there is none. */
int limn_ip_layer (const LimnUnetConfig *config, const char *scope);

G_END_DECLS
