/* prompt-lines.c - files of prompts, a line each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-lines.h"

#include <string.h>

#include "base/i18n.h"
#include "base/error.h"
#include "base/read-file.h"

#define MOST_BYTES (G_GUINT64_CONSTANT (16) << 20)

GStrv
limn_prompt_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit_set (g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text, "\r\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (g_steal_pointer (&lines[i]));

    if (*line != '\0' && *line != '#')
      lines[n++] = line;
    else
      g_free (line);
  }
  lines[n] = NULL;
  return g_steal_pointer (&lines);
}

GStrv
limn_prompt_lines_load (const char *path, GError **error)
{
  gsize size = 0;
  g_autofree char *text = limn_read_file (path, MOST_BYTES, _ ("a folder, expected a list of prompts"),
                                          _ ("too large for a list"), &size, error);
  g_auto (GStrv) lines = NULL;

  if (text == NULL)
    return NULL;
  if (!g_utf8_validate (text, (gssize) size, NULL)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s is not in UTF-8"), path);
    return NULL;
  }
  lines = limn_prompt_lines (text);
  if (lines[0] == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: there is no prompt in it"), path);
    return NULL;
  }
  return g_steal_pointer (&lines);
}
