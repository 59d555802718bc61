/* image-none.c - this build reads PNG only; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include "base/i18n.h"

LimnImage *
limn_cli_load_other_image (const char *path, GError **error)
{
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_FILE,
      _ ("%s: not a PNG, and this limn-cli was built without gdk-pixbuf, which reads other formats: convert it to "
         "PNG"),
      path);
  return NULL;
}
