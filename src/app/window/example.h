/* example.h - a little picture that the starter painted, which a click paints anew.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/foreign/foreign.h"

G_BEGIN_DECLS

/* A button, whose "clicked" is the caller's.  path: a resource, the PNG that is shown over label; NULL: label alone. */
GtkWidget *limn_example_new (const char *path, const char *label);
/* What its picture was painted with, so that the very same comes of it; the example's own.  NULL: it has none. */
LimnForeign *limn_example_painted (GtkWidget *example);
/* The same of the picture at path.  (transfer full) */
LimnForeign *limn_example_read (const char *path);

G_END_DECLS
