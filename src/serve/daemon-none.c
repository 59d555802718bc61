/* daemon-none.c - where there is no libsoup 3.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/daemon.h"

#include "base/error.h"
#include "base/i18n.h"

gboolean
limn_daemon_run (const LimnDaemon *daemon, GError **error)
{
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FILE,
                       _ ("This Limn was built without its server, which needs libsoup 3"));
  return FALSE;
}
