/* detector.h - YOLOv8 (Jocher et al. 2023): a network that finds things in a picture, such as faces and hands, and says
 * where each lies.
 *
 * What it was trained to find is its file's: here there are kinds by number.  Its boxes are given as distributions over
 * sixteen distances from a cell's middle to each side (Li et al. 2020, arXiv 2006.04388, section 3.2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"
#include "base/detections.h"
#include "model/net.h"

G_BEGIN_DECLS

#define LIMN_DETECTOR_MODULES 22 /* before its head */
#define LIMN_DETECTOR_BINS 16    /* distances, in cells, between which each side of a box lies */

typedef struct {
  int channels[LIMN_DETECTOR_MODULES]; /* that each module gives; 0: it has no weights */
  int hidden[LIMN_DETECTOR_MODULES];   /* of a part of those that have such */
  int blocks[LIMN_DETECTOR_MODULES];   /* of C2f: bottlenecks */
  int box_width, class_width;          /* channels within the head's two branches */
  int classes;                         /* kinds of things */
} LimnDetectorConfig;

/* ---- Its file ---- */

typedef struct _LimnDetectorFile LimnDetectorFile;

/* With the names of ultralytics' module ("model.0.conv.weight"), also below another "model.": n, s, m, l, x or any
 * other width and depth, with its norms or fused with them; what a segmenter or a finder of poses has
 * beside its boxes is not read.  Errors name the file, what it has or lacks, and what was expected.  Any thread. */
LimnDetectorFile *limn_detector_file_open (const char *path, GError **error);
/* Whether file, which may be damaged, has the names of one, be it of a kind that cannot be used. */
gboolean limn_detector_file_is (LimnTensors *file);
void limn_detector_file_free (LimnDetectorFile *file);
/* Valid as long as file, as is the source, which is of one thread: it folds norms into convolutions as they are asked
 * for. */
const LimnDetectorConfig *limn_detector_file_config (LimnDetectorFile *file);
LimnTensorSource limn_detector_file_source (LimnDetectorFile *file);

/* ---- Written, on no device ---- */

typedef struct {
  LimnPlan *plan;
  LimnArray picture;                        /* host, [1, height * width, 3], 0..1 */
  LimnArray sides[LIMN_DETECTION_LEVELS];   /* host fp32, [1, cells, 4 * LIMN_DETECTOR_BINS]: logits */
  LimnArray classes[LIMN_DETECTION_LEVELS]; /* host fp32, [1, cells, classes]: logits */
} LimnDetectorPlan;

/* height, width: of the picture, multiples of 32. */
void limn_detector_write (LimnNet *net, const LimnDetectorConfig *config, int height, int width,
                          LimnDetectorPlan *written);

/* ---- On a device ---- */

typedef struct _LimnDetector LimnDetector;

/* file: not needed any more afterwards. */
LimnDetector *limn_detector_new (LimnGpu *gpu, LimnDetectorFile *file, LimnPrecision precision, const LimnTick *tick,
                                 GError **error);
void limn_detector_free (LimnDetector *detector);
/* Has the network's arrays told as they are computed. */
void limn_detector_set_trace (LimnDetector *detector, const LimnTrace *trace);

/* All that the network says of pixels, [height * width, 3] in 0..1, whose sides are multiples of 32: of each cell of
 * each level, the finest first, a box in its pixels with the likelier kind, in that order.  Blocking; tick is called
 * between submissions.  (element-type LimnDetection) (transfer full) */
GArray *limn_detector_run (LimnDetector *detector, const float *pixels, int height, int width, const LimnTick *tick,
                           GError **error);
/* What is found in image, as limn_detections_choose () has it, in image's pixels, within it. */
GArray *limn_detector_find (LimnDetector *detector, const LimnImage *image, const LimnDetectionRule *rule,
                            const LimnTick *tick, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnDetectorFile, limn_detector_file_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnDetector, limn_detector_free)

G_END_DECLS
