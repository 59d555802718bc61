/* chosen.h - what a person has chosen in a dialog of files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* dialog: a GtkFileChooserNative; response: of its signal.  A local path, or NULL.  (transfer full) */
char *limn_chosen_path (GtkNativeDialog *dialog, int response);

G_END_DECLS
