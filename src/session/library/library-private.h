/* library-private.h - what the parts of the library share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/library/library-entry.h"

G_BEGIN_DECLS

typedef struct {
  gint64 id;
  char *path;
  gint64 size, time;
  char *prompt;
  int width, height;
  gboolean favourite;
} LimnEntryValues;

typedef struct _LimnLibrary LimnLibrary;
typedef struct _LimnLibraryThread LimnLibraryThread;

/* NULL once the library is closed. */
LimnLibraryThread *limn_library_get_thread (LimnLibrary *self);

/* Takes over values' strings. */
LimnEntry *limn_entry_new (const LimnEntryValues *values);
const LimnEntryValues *limn_entry_values (LimnEntry *self);
/* Main thread. */
void limn_entry_set_favourite (LimnEntry *self, gboolean favourite);

G_END_DECLS
