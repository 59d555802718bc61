/* foreign-emphasis.c - whose signs a prompt is written in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-emphasis.h"

#include <string.h>

#include "text/wildcards.h"

gboolean
limn_emphasis_has_choices (const char *text)
{
  g_autoptr (GArray) choices = limn_wildcards_find_choices (text);

  for (guint i = 0; i < choices->len; i++)
    if (g_array_index (choices, guint, i) != LIMN_NO_CHOICE || limn_wildcards_name_length (text + i) > 0)
      return TRUE;
  return FALSE;
}

char *
limn_emphasis_without_choices (const char *text)
{
  g_autoptr (GArray) choices = limn_wildcards_find_choices (text);
  GString *plain = g_string_new (NULL);
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++) {
    gboolean escaped = text[i] == '\\' && i + 1 < length;
    gsize name = limn_wildcards_name_length (text + i);

    if (escaped)
      g_string_append_c (plain, text[i++]);
    else if (name > 0 || (text[i] == '{' && g_array_index (choices, guint, i) != LIMN_NO_CHOICE))
      g_string_append_c (plain, '\\');
    g_string_append_c (plain, text[i]);
    if (!escaped && name > 0) {
      g_string_append_len (plain, text + i + 1, (gssize) name - 1);
      i += name - 1;
    }
  }
  return g_string_free (plain, FALSE);
}

char *
limn_emphasis_from_comfy (LimnForeign *foreign, const char *text, gboolean choices)
{
  limn_foreign_set_string (foreign, "emphasis", "comfy");
  return choices ? g_strdup (text) : limn_emphasis_without_choices (text);
}
