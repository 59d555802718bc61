/* ip-case.h - the golden IP-Adapters and their encoder as files, whole and otherwise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "control-case.h"

G_BEGIN_DECLS

/* How files differ from the golden ones. */
typedef struct {
  const char *without, *reshaped; /* the adapter's: it gets a row less */
  const char *blind, *bent;       /* the same of the encoder's */
  const char *folder;             /* of the encoder, seen from the adapter's; NULL: beside it */
  gboolean alone;                 /* without an encoder */
} IpChange;

/* Writes the golden adapter of that name, "xl-base", "xl-plus", "sd15-base" or "sd15-full", to folder, and the encoder
 * where change says.  The adapter's path (transfer full). */
char *ip_write (const char *name, const IpChange *change, const char *folder);
/* All tensors of it (transfer container, strings owned); or of the encoder, where name is NULL. */
GPtrArray *ip_names (const char *name);
/* As a model of its own, from a folder that is gone. */
LimnCheckpoint *ip_open (const char *name);

G_END_DECLS
