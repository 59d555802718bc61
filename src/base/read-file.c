/* read-file.c - see read-file.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/read-file.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/i18n.h"

char *
limn_read_file (const char *path, guint64 most, const char *is_folder, const char *is_large, gsize *size,
                GError **error)
{
  g_autoptr (GError) local = NULL;
  char *contents = NULL;
  struct stat info;

  if (stat (path, &info) != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (info.st_mode) || (guint64) info.st_size > most) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path,
                 S_ISDIR (info.st_mode)   ? is_folder
                 : S_ISREG (info.st_mode) ? is_large
                                          : _ ("not a regular file"));
    return NULL;
  }
  if (!g_file_get_contents (path, &contents, size, &local))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, local->message);
  return contents;
}
