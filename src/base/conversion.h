/* conversion.h - what became of a model's tensors when they were written as another type.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *name;            /* in the file that was written */
  char *shape;           /* "[320, 4, 3, 3]" */
  const char *from, *to; /* types: "F16", "Q8_0" */
  guint64 values, bytes; /* how many, and what they take in the file */
  double error;          /* root of the mean squared error, beside the values' root mean square; 0: none */
} LimnConvertedLayer;

typedef struct {
  GPtrArray *layers;           /* LimnConvertedLayer, as in the file */
  guint64 bytes_before, bytes; /* of all tensors */
  double error;                /* the same of all that became of another type, together */
} LimnConversion;

LimnConversion *limn_conversion_new (void);
void limn_conversion_free (LimnConversion *conversion);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnConversion, limn_conversion_free)

G_END_DECLS
