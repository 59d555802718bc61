/* adapter-case.h - the golden T2I-Adapters as files, whole and otherwise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "control-case.h"

G_BEGIN_DECLS

/* Of the first layer's columns: all; those of the first plane, once and thrice at a third; two planes'. */
typedef enum { ADAPTER_ALL, ADAPTER_GREY, ADAPTER_GREY_OF_THREE, ADAPTER_OF_TWO } AdapterPlanes;

/* How a file differs from the golden one; tensors by diffusers' names. */
typedef struct {
  const char *without, *reshaped; /* it gets a row less */
  const char *more;
  const char *prefix;
  gboolean original; /* its authors' names */
  AdapterPlanes planes;
} AdapterChange;

/* Writes the golden adapter of that name: "xl", "full" or "light". */
void adapter_write (const char *name, const AdapterChange *change, const char *path);
/* Of all its tensors, diffusers' (transfer container, strings owned). */
GPtrArray *adapter_names (const char *name);

G_END_DECLS
