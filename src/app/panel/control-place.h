/* control-place.h - the parts of the picture in which an IP-Adapter may count: a list to choose from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* All of it, its halves, each of regions (base/regions.h), then mask, where that is another; selected: which is mask.
 * (transfer full) */
GtkStringList *limn_control_places (const char *regions, const char *mask, guint *selected);
/* The mask of that of these, of static storage; NULL: all of it. */
const char *limn_control_place (const char *regions, const char *mask, guint index);

G_END_DECLS
