/* main.c - starts the window, or says why it cannot.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <locale.h>

#include "app/application.h"
#include "base/i18n.h"

int
main (int argc, char *argv[])
{
  g_autoptr (LimnApplication) application = NULL;

  setlocale (LC_ALL, "");
  limn_i18n_init ();

  if (!gtk_init_check ()) {
    g_printerr (_ ("limn: there is no display to open a window on. Use limn-cli to paint without one.\n"));
    return 1;
  }
  g_set_application_name ("Limn");
  application = limn_application_new (G_APPLICATION_DEFAULT_FLAGS);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
