/* styles.c - see styles.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/styles.h"

#include "base/i18n.h"
#include "cli/cli.h"
#include "text/styles.h"

static void
put_in (const char *template, char **prompt)
{
  g_autofree char *before = *prompt;

  *prompt = limn_style_apply (template, before);
}

static int
fail_to_find (const GPtrArray *styles, const char *path, const char *name)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < styles->len; i++)
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", ((const LimnStyle *) styles->pdata[i])->name);
  return limn_cli_fail (LIMN_EXIT_USAGE, _ ("%s has no style \"%s\"; it has %s"), path, name, known->str);
}

int
limn_cli_apply_styles (const char *file, char *const *names, char **prompt, char **negative)
{
  g_autofree char *own = limn_styles_path ();
  const char *path = file != NULL ? file : own;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) styles = NULL;

  if (names == NULL)
    return 0;
  styles = limn_styles_load (path, &error);
  if (styles == NULL)
    return limn_cli_fail_error (error);
  for (guint i = 0; names[i] != NULL; i++) {
    const LimnStyle *style = limn_styles_find (styles, names[i]);

    if (style == NULL)
      return fail_to_find (styles, path, names[i]);
    put_in (style->prompt, prompt);
    if (style->negative[0] != '\0')
      put_in (style->negative, negative);
  }
  return 0;
}
