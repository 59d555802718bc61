/* hints.h - SDXL's size hints as a photo and a frame in it.
 *
 * How the models were trained (Podell et al. 2023, section 2.2 and algorithm 1): a photo of c_size is resized until it
 * just covers the target size, then a piece of the target size is cut out at c_crop.  The model is told the three
 * pairs:
 *   c_size   original-width, original-height   the photo's size before it was resized; a small one looks soft
 *   c_crop   crop-left, crop-top               where the piece was cut out, in pixels of the resized photo
 *   c_ar     target-width, target-height       the piece's size (section 2.3)
 * They are hints: what is painted has the output's size.
 *
 * From the numbers to the drawing, whose unit is a pixel of the resized photo and whose origin is the photo's corner:
 *   scale = max (target-width / original-width, target-height / original-height)
 *   photo = (0, 0) to (original-width * scale, original-height * scale)
 *   frame = (crop-left, crop-top), target-width x target-height
 * So the frame always reaches across the photo, from edge to edge one way at least, and a crop that the photo has no
 * room for sticks out of it at the right or below.  Back from the drawing:
 *   target and crop = the frame's size and corner;  original = the photo's size / scale
 * Every number is kept as it is until its own part is dragged, so that any that were typed stay: a size with a 0 in it
 * means "as the output", both ways, and is drawn so.  Dragging sets only the crop (moving the frame), the target and,
 * for its left or top edge, the crop (resizing it), or the original (the photo's corner).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <graphene.h>

#include "base/size-hints.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_HINT_MOST 16384

/* The six numbers of the prompt, or of the negative prompt where it has its own. */
LimnSizeHints limn_hints_get (LimnSettings *settings, gboolean negative);
/* Sets those that differ, in one go. */
void limn_hints_set (LimnSettings *settings, gboolean negative, const LimnSizeHints *hints);
/* "Original 1024 by 1024, crop 0, 0, target 1024 by 1024", for people; of resolved hints.  (transfer full) */
char *limn_hints_describe (const LimnSizeHints *hints);
/* What the model makes of them: "Soft, as if enlarged, cut off on the left, 24 px outside on the right".  (transfer
 * full) */
char *limn_hints_effect (const LimnSizeHints *hints);

/* ---- The drawing; hints: resolved ---- */

double limn_hints_scale (const LimnSizeHints *hints);
graphene_rect_t limn_hints_photo (const LimnSizeHints *hints);
graphene_rect_t limn_hints_frame (const LimnSizeHints *hints);

typedef struct {
  int left, right, top, bottom; /* pixels of the resized photo */
} LimnHintSides;

/* How much of the photo is not in the frame on each side, and how much of the frame is not on the photo.  Pure. */
LimnHintSides limn_hints_cut (const LimnSizeHints *hints);
LimnHintSides limn_hints_outside (const LimnSizeHints *hints);

typedef enum {
  LIMN_GRIP_NONE = 0,
  LIMN_GRIP_LEFT = 1 << 0,
  LIMN_GRIP_RIGHT = 1 << 1,
  LIMN_GRIP_TOP = 1 << 2,
  LIMN_GRIP_BOTTOM = 1 << 3,
  LIMN_GRIP_MOVE = 1 << 4,
  LIMN_GRIP_PHOTO = 1 << 5,
} LimnGrip;

/* What start becomes where grip is dragged by x, y (of the drawing's unit; of the photo's own pixels for its corner),
 * in steps of grid.  Less than half a step changes nothing. */
LimnSizeHints limn_hints_drag (const LimnSizeHints *start, int width, int height, LimnGrip grip, double x, double y,
                               int grid);

/* ---- Presets ---- */

typedef enum {
  LIMN_PRESET_OUTPUT,
  LIMN_PRESET_LARGE,
  LIMN_PRESET_SMALL,
  LIMN_PRESET_CENTRED,
  LIMN_PRESET_CUT_LEFT,
  LIMN_PRESET_CUT_RIGHT,
  LIMN_PRESET_CUT_TOP,
  LIMN_PRESET_CUT_BOTTOM,
  LIMN_N_PRESETS
} LimnPreset;

/* "large" and the like, for actions. */
const char *limn_preset_name (LimnPreset preset);
gboolean limn_preset_from_name (const char *name, LimnPreset *preset);
/* For people. */
const char *limn_preset_title (LimnPreset preset);
/* What hints become for an output of width x height.  The cuts make the photo half again as long as the frame, so that
 * the frame lies within it, as in training. */
LimnSizeHints limn_preset_apply (LimnPreset preset, const LimnSizeHints *hints, int width, int height);

G_END_DECLS
