/* library-entry.h - one picture of the library, as its index knows it.
 *
 * Made on the library's thread, afterwards on the main thread only.  Property "favourite" alone may change.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define LIMN_TYPE_ENTRY (limn_entry_get_type ())
G_DECLARE_FINAL_TYPE (LimnEntry, limn_entry, LIMN, ENTRY, GObject)

/* Stays the same as long as the index does. */
gint64 limn_entry_get_id (LimnEntry *self);
const char *limn_entry_get_path (LimnEntry *self);
/* In bytes. */
gint64 limn_entry_get_size (LimnEntry *self);
/* When it was changed, in microseconds since 1970. */
gint64 limn_entry_get_time (LimnEntry *self);
/* "" where the file says none. */
const char *limn_entry_get_prompt (LimnEntry *self);
/* In pixels; 0 where the file is damaged. */
int limn_entry_get_width (LimnEntry *self);
int limn_entry_get_height (LimnEntry *self);
gboolean limn_entry_get_favourite (LimnEntry *self);

G_END_DECLS
