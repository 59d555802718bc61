/* chosen.c - see chosen.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/widget/chosen.h"

char *
limn_chosen_path (GtkNativeDialog *dialog, int response)
{
  g_autoptr (GFile) file =
      response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  return file != NULL ? g_file_get_path (file) : NULL;
}
