/* choose.h - which of the variants a device's kernels take, class of shapes by class of shapes.
 *
 * What proves and what measures is given, so that the choice itself needs no device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/shape.h"
#include "kernel/variant.h"

G_BEGIN_DECLS

/* What is known of a variant on a device. */
typedef struct {
  const LimnVariant *variant;
  gboolean tried;                /* on a product */
  gboolean proved;               /* in every class of kernels */
  char *wrong;                   /* NULL, or how it is not what plain is: it is not used */
  double seconds[LIMN_N_SHAPES]; /* 0: not measured */
} LimnCandidate;

typedef struct {
  const LimnVariant *rows; /* as limn_variants: the last that suits is plain */
  const LimnGpuLimits *limits;
  const char *device, *driver;
  const char *kept; /* the file */
  double budget;    /* seconds that may be spent on measuring at a time */

  /* Whether variant gives what plain does, on a product or in every class of kernels.  wrong: receives NULL, or how it
   * does not (transfer full).  FALSE: that could not be found out. */
  gboolean (*prove) (const LimnVariant *variant, const LimnVariant *plain, gboolean fully, char **wrong, gpointer data,
                     const LimnTick *tick, GError **error);
  /* seconds: of the shape's sample.  wrong and FALSE: as above. */
  gboolean (*measure) (const LimnVariant *variant, LimnShape shape, double *seconds, char **wrong, gpointer data,
                       const LimnTick *tick, GError **error);
  double (*now) (gpointer data); /* in seconds */
  gpointer data;
} LimnChooser;

/* choice: receives what each class takes.  reports: NULL, or receives LimnKernelReport of each variant that suits.
 * What was found until FALSE is kept as well. */
gboolean limn_choose (const LimnChooser *chooser, LimnChoosing how, const LimnVariant *choice[LIMN_N_SHAPES],
                      GPtrArray *reports, const LimnTick *tick, GError **error);

/* kept.c.  (element-type LimnCandidate): those that suit, with what the file says of them.  A file of another driver,
 * of other shaders or tiles, or of a version of Limn that keeps something else says nothing; of one that is damaged
 * nothing is taken, and a message tells. */
GArray *limn_kept_read (const LimnChooser *chooser, gboolean anew);
void limn_kept_write (const LimnChooser *chooser, GArray *candidates);

/* judge.c: the device's prove, measure and now; data is the LimnGpu. */
void limn_judge (LimnGpu *gpu, LimnChooser *chooser);

G_END_DECLS
