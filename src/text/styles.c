/* styles.c - see styles.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/styles.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/i18n.h"

#define MAX_FILE_SIZE (4 << 20)
#define PLACE "{prompt}"

char *
limn_styles_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "limn", "styles.csv", NULL);
}

static void
style_free (LimnStyle *style)
{
  g_free (style->name);
  g_free (style->prompt);
  g_free (style->negative);
  g_free (style);
}

/* ---- Lines of fields ---- */

/* The field at *text, which moves to what ends it: a comma, a line's end or the text's. */
static char *
read_field (const char **text)
{
  GString *field = g_string_new (NULL);
  const char *p = *text + strspn (*text, " \t");

  if (*p == '"') {
    for (p++; *p != '\0' && !(p[0] == '"' && p[1] != '"'); p++) {
      if (*p == '"')
        p++;
      g_string_append_c (field, *p);
    }
    p += *p == '"';
  }
  gsize rest = strcspn (p, ",\r\n");
  g_string_append_len (field, p, (gssize) rest);
  *text = p + rest;
  return g_string_free (field, FALSE);
}

/* The fields of the line at *text, which moves to the next one. */
static GPtrArray *
read_line (const char **text)
{
  GPtrArray *fields = g_ptr_array_new_with_free_func (g_free);

  for (;;) {
    g_ptr_array_add (fields, read_field (text));
    if (**text != ',')
      break;
    ++*text;
  }
  if (**text == '\r')
    ++*text;
  if (**text == '\n')
    ++*text;
  return fields;
}

/* The place of the column, or -1. */
static int
find_column (const GPtrArray *header, const char *name)
{
  for (guint i = 0; i < header->len; i++)
    if (g_ascii_strcasecmp (header->pdata[i], name) == 0)
      return (int) i;
  return -1;
}

static char *
field_at (const GPtrArray *line, int column)
{
  return g_strdup (column >= 0 && column < (int) line->len ? line->pdata[column] : "");
}

GPtrArray *
limn_styles_parse (const char *name, const char *text, GError **error)
{
  const char *p = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text;
  g_autoptr (GPtrArray) header = read_line (&p);
  GPtrArray *styles = g_ptr_array_new_with_free_func ((GDestroyNotify) style_free);
  int names = find_column (header, "name"), prompts = find_column (header, "prompt");

  if (names < 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE,
                 _ ("%s: expected a first line that names its columns, with “name”"), name);
    g_ptr_array_unref (styles);
    return NULL;
  }
  if (prompts < 0) /* as older files have it */
    prompts = find_column (header, "text");
  while (*p != '\0') {
    g_autoptr (GPtrArray) line = read_line (&p);
    LimnStyle *style = g_new (LimnStyle, 1);

    *style = (LimnStyle){ field_at (line, names), field_at (line, prompts),
                          field_at (line, find_column (header, "negative_prompt")) };
    if (style->name[0] != '\0')
      g_ptr_array_add (styles, style);
    else
      style_free (style);
  }
  return styles;
}

GPtrArray *
limn_styles_load (const char *path, GError **error)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) problem = NULL;
  GStatBuf info;
  gsize size = 0;
  const char *wrong = NULL;

  if (g_stat (path, &info) != 0)
    wrong = _ ("there is no such file");
  else if (!S_ISREG (info.st_mode) || info.st_size > MAX_FILE_SIZE)
    wrong = _ ("expected a text file of at most 4 MiB, found something else");
  else if (!g_file_get_contents (path, &contents, &size, &problem))
    wrong = problem->message;
  else if (!g_utf8_validate (contents, (gssize) size, NULL))
    wrong = _ ("expected text in UTF-8, found other bytes");
  if (wrong == NULL)
    return limn_styles_parse (path, contents, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, wrong);
  return NULL;
}

const LimnStyle *
limn_styles_find (const GPtrArray *styles, const char *name)
{
  for (guint i = 0; i < styles->len; i++)
    if (strcmp (((const LimnStyle *) styles->pdata[i])->name, name) == 0)
      return styles->pdata[i];
  return NULL;
}

char *
limn_style_apply (const char *template, const char *prompt)
{
  const char *text = prompt != NULL ? prompt : "";

  if (strstr (template, PLACE) != NULL) {
    g_auto (GStrv) parts = g_strsplit (template, PLACE, -1);

    return g_strjoinv (text, parts);
  }
  g_autofree char *before = g_strstrip (g_strdup (text)), *after = g_strstrip (g_strdup (template));
  return g_strconcat (before, before[0] != '\0' && after[0] != '\0' ? ", " : "", after, NULL);
}
