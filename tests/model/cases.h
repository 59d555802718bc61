/* cases.h - the golden pipelines of tests/golden/pipeline: their settings and values.
 *
 * A setting or value that is missing ends the test program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "common/golden.h"
#include "engine/limn.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;
  LimnTensors *file; /* borrowed */
  gboolean refiner;  /* on mini-sdxl-refiner */
  int pictures;
  const char *prompts[2];            /* of the pictures */
  const char *negatives[2];          /* NULL: none */
  const char *prompt_2, *negative_2; /* NULL: the same */
  int width, height, steps;
  double guidance;
  double rescale; /* of guidance */
  gboolean trailing, karras;
  const LimnJson *scheduler; /* its configuration */
  LimnSizeHints hints, negative_hints;
  double aesthetic, negative_aesthetic;
  double strength;   /* 0: not from a picture */
  double start, end; /* share of the schedule: denoising_start, denoising_end */
  guint64 seed;      /* of img2img */
  double amplification;
  int calls; /* of the U-Net */
} PipelineCase;

typedef struct _PipelineCases PipelineCases;

/* name: of a pair of files in golden/pipeline, "sdxl". */
PipelineCases *pipeline_cases_open (const char *name);
void pipeline_cases_free (PipelineCases *cases);
LimnTensors *pipeline_cases_file (PipelineCases *cases);
/* Valid as long as cases. */
PipelineCase pipeline_case (PipelineCases *cases, const char *name);

/* What scheduler_config.json of a model's folder has to say for the case.  (transfer full) */
char *pipeline_case_scheduler (const PipelineCase *one);
/* image_in_u8 */
LimnImage *pipeline_case_image (const PipelineCase *one);
/* mask_in_u8.  (transfer full) */
guint8 *pipeline_case_mask (const PipelineCase *one);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PipelineCases, pipeline_cases_free)

G_END_DECLS
