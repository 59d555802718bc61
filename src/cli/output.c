/* output.c - whether what is to be written can be, asked before hours of work rather than after; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/i18n.h"
#include "file/atomic-file.h"

static gboolean
ends_in (const char *path, const char *ending)
{
  gsize length = strlen (path), n = strlen (ending);

  return length > n && path[length - n - 1] != '/' && g_ascii_strcasecmp (path + length - n, ending) == 0;
}

int
limn_cli_check_output (const char *option, const char *path, const char *const *endings, guint64 size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *known = g_strjoinv (", ", (char **) endings);
  gboolean good = FALSE;

  if (path == NULL)
    return 0;
  for (int i = 0; endings[i] != NULL; i++)
    good |= ends_in (path, endings[i]);
  if (!good && !g_file_test (path, G_FILE_TEST_IS_DIR))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes a file's name that ends in %s, not \"%s\""), option, known,
                          path);
  return limn_atomic_file_check (path, size, &error) ? 0 : limn_cli_fail_error (error);
}

/* Whether path names one of the weights in a model's folder, linked from elsewhere or not. */
static gboolean
is_weight_in (const char *path, const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *real = realpath (parent, NULL), *model = realpath (folder, NULL);
  gsize length = model != NULL ? strlen (model) : 0;

  return real != NULL && model != NULL && g_str_has_prefix (real, model) && strchr ("/", real[length]) != NULL
         && (ends_in (path, ".safetensors") || ends_in (path, ".sft") || ends_in (path, ".gguf"));
}

int
limn_cli_check_apart (const char *option, const char *path, const char *const *inputs)
{
  struct stat output, input;

  if (path == NULL || stat (path, &output) != 0)
    return 0;
  for (int i = 0; inputs[i] != NULL; i++)
    if ((stat (inputs[i], &input) == 0 && input.st_dev == output.st_dev && input.st_ino == output.st_ino)
        || is_weight_in (path, inputs[i]))
      return option != NULL ? limn_cli_fail (
                 LIMN_EXIT_USAGE, _ ("--%s names %s, which this run reads: choose another name"), option, path)
                            : limn_cli_fail (LIMN_EXIT_USAGE, _ ("%s is what is read: choose another name"), path);
  return 0;
}
