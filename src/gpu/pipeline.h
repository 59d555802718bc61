/* pipeline.h - compute pipelines from the embedded SPIR-V, specialised and cached.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/device.h"

G_BEGIN_DECLS

typedef struct _LimnPipeline LimnPipeline;

/* One compiled variant of a shader (see shaders/meson.build). */
typedef struct {
  const char *name; /* "matmul.f16" */
  const guint32 *code;
  gsize size; /* bytes */
} LimnShader;

#define LIMN_MAX_BINDINGS 10
#define LIMN_MAX_CONSTANTS 16

typedef struct {
  const char *kernel; /* "matmul": the class in profiles */
  const char *shader; /* "matmul.f16" */
  int n_bindings;
  guint storage_mask;       /* bit i: binding i is a storage buffer; else a uniform texel buffer */
  const guint32 *constants; /* specialisation constants 0, 1, 2 ... */
  int n_constants;
  int push_size;    /* bytes */
  guint32 subgroup; /* lanes of a subgroup, all of them full: of those that the device can be asked for; 0: any */
} LimnPipelineSpec;

/* Builds the pipeline or finds it among those already built.  (transfer none): lives as long as gpu. */
LimnPipeline *limn_pipeline_get (LimnGpu *gpu, const LimnPipelineSpec *spec, GError **error);

/* NULL-name-terminated; generated. */
extern const LimnShader limn_shaders[];

G_END_DECLS
