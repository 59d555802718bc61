/* model-path.c - what the path of a model says about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/model-path.h"

#include <string.h>

#include "base/model-file.h"

#define OWN_REFINER "refiner"

/* The length of the ending, or 0. */
static gsize
ending_length (const char *name)
{
  static const char *const endings[] = { ".safetensors", ".sft", ".gguf", LIMN_MODEL_FILE_ENDING };
  gsize length = strlen (name);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    gsize n = strlen (endings[i]);

    if (length > n && g_ascii_strcasecmp (name + length - n, endings[i]) == 0)
      return n;
  }
  return 0;
}

gboolean
limn_is_model_name (const char *name)
{
  return ending_length (name) > 0;
}

char *
limn_model_name_from_path (const char *path)
{
  char *name = g_path_get_basename (path);

  name[strlen (name) - ending_length (name)] = '\0';
  return name;
}

char *
limn_own_refiner_path (const char *base)
{
  return g_build_filename (base, OWN_REFINER, NULL);
}

char *
limn_own_refiner_base (const char *path)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autofree char *name = g_path_get_basename (full);

  return g_str_equal (name, OWN_REFINER) ? g_path_get_dirname (full) : NULL;
}
