/* model-chooser.h - asks the person for a model, or for a part of one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For a file, or for a folder; not shown yet.  (transfer full) */
GtkNativeDialog *limn_model_chooser_new (GtkWindow *parent, gboolean folder);

G_END_DECLS
