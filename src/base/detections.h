/* detections.h - boxes that a detector gives, by pure functions: how a picture comes to its size, what its numbers say,
 * and which of many boxes over one thing stays.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

#define LIMN_DETECTION_LEVELS 3 /* of cells of 8, 16 and 32 pixels */

typedef struct {
  float left, top, right, bottom; /* pixels */
  float confidence;               /* 0..1 */
  int kind;
} LimnDetection;

typedef struct {
  double confidence; /* the least */
  double overlap;    /* of two boxes of one kind, intersection by union, beyond which the less confident goes */
  int most;          /* so many, the most confident; 0: all */
} LimnDetectionRule;

/* As ultralytics has it where nobody says anything. */
#define LIMN_DETECTION_OVERLAP 0.7

/* ---- Before ---- */

/* Where a picture lies in what a detector is shown: as large as fits into 640 x 640, and around it grey up to the next
 * multiple of 32 each way. */
typedef struct {
  int width, height;           /* of what is shown */
  int left, top, across, down; /* the picture within it */
  int from_width, from_height; /* of the picture itself */
} LimnLetterbox;

void limn_letterbox_fit (LimnLetterbox *box, int width, int height);
/* [height * width, 3] in 0..1; of a picture that is not as large as what it becomes, or larger, each pixel bilinearly
 * of the four around its middle, as OpenCV's resize has it.  (transfer full) */
float *limn_letterbox_pixels (const LimnLetterbox *box, const LimnImage *image);
/* Back to the picture's pixels, within it. */
void limn_letterbox_undo (const LimnLetterbox *box, LimnDetection *found);

/* ---- After ---- */

/* What a cell says: sides: [4, bins] logits of how far left, top, right and bottom lie from its middle, in cells, of
 * which the mean is taken; classes: logits.  x, y: the cell's; stride: its pixels. */
LimnDetection limn_detection_read (const float *sides, int bins, const float *classes, int n_classes, int x, int y,
                                   int stride);
/* Leaves in found, the most confident first, what rule says.  (element-type LimnDetection) */
void limn_detections_choose (GArray *found, const LimnDetectionRule *rule);
/* box of a picture of that size as shares of it, as limn_details_read () reads them.  (transfer full) */
char *limn_detection_to_text (const LimnDetection *box, int width, int height);
/* Intersection by union; 0 of boxes without area. */
double limn_detection_overlap (const LimnDetection *a, const LimnDetection *b);

G_END_DECLS
