/* request-controls.h - a request's ControlNets, as its steps meet them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/mask-area.h"
#include "engine/limn.h"

G_BEGIN_DECLS

/* What of a ControlNet's settings is a number. */
typedef struct {
  const char *key, *parameter; /* of limn_control_key (), and in the "parameters" text */
  gsize offset;                /* in LimnControl */
  double least, most, value;
} LimnControlNumber;

/* (array length=n) */
const LimnControlNumber *limn_control_numbers (guint *n);
double *limn_control_number (const LimnControlNumber *number, LimnControl *control);

gboolean limn_request_check_controls (const LimnRequest *request, GError **error);
/* The index'th of those that have a weight and steps, which alone lie beside the U-Net; NULL: there are no more. */
const LimnControl *limn_request_control (const LimnRequest *request, guint index);
/* Bits: which of these are asked in step of so many of model, which may be the refiner. */
guint64 limn_request_controls_at (const LimnRequest *request, LimnModel *model, int step, int steps);
/* Bits: which of these, asked or not, count in a part of the picture alone. */
guint64 limn_request_controls_masked (const LimnRequest *request);
/* Where such a one counts, 0..1: [h, w] of the picture, or of area. */
void limn_control_cover (const LimnControl *control, const LimnRequest *request, const LimnArea *area, int h, int w,
                         float *out);
/* What an IP-Adapter's encoder sees of its picture: [3, pixels, pixels] as that wants it.  (transfer full) */
float *limn_control_seen (const LimnControl *control);
/* Of what that answers. */
gsize limn_control_answer_values (const LimnControl *control);
/* Its shares of attention, by LimnIpPlace. */
void limn_control_shares (const LimnControl *control, float *shares);
/* What control's network is told: [3, request's height, width] in [0, 1].  area: NULL, or what is painted of the
 * request's picture, of which control's then shows the same.  (transfer full) */
float *limn_control_picture (const LimnControl *control, const LimnRequest *request, const LimnArea *area);
/* [{"model": "canny", "hash": "1:...", "weight": 0.8, "start": 0, "end": 1, "fit": "crop", "map": "canny",
 * "type": "canny", "picture": "house.png", "kept": "..."}]: a member of out. */
void limn_request_controls_to_json (const LimnRequest *request, GString *out);
/* As the web UI's extension has it: "Model: canny, Weight: 0.8, ...".  (transfer full) */
char *limn_control_to_parameters (const LimnControl *control);

G_END_DECLS
