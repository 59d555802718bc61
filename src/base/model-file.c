/* model-file.c - see model-file.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/model-file.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/read-file.h"

#define VERSION 1
#define GROUP "Model"
#define MOST_BYTES 65536

gboolean
limn_is_model_file (const char *path)
{
  gsize length = strlen (path), n = strlen (LIMN_MODEL_FILE_ENDING);

  return length > n && g_ascii_strcasecmp (path + length - n, LIMN_MODEL_FILE_ENDING) == 0;
}

/* ---- Reading ---- */

static gboolean
fail (const char *path, const char *what, GError **error)
{
  /* translators: a file, and what is wrong with it */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: not a model made of parts: %s"), path, what);
  return FALSE;
}

static gboolean
check_version (const char *path, GKeyFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;
  int version = g_key_file_get_integer (file, GROUP, "version", &local);

  if (local != NULL)
    return fail (path, local->message, error);
  if (version == VERSION)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
               _ ("%s: a model made of parts of version %d, expected %d: it is from another Limn"), path, version,
               VERSION);
  return FALSE;
}

/* What key says, or NULL where it says nothing.  In strings. */
static const char *
place (GKeyFile *file, const char *key, const char *folder, GStringChunk *strings)
{
  g_autofree char *value = g_key_file_get_string (file, GROUP, key, NULL);

  if (value == NULL || value[0] == '\0')
    return NULL;
  g_autofree char *full = g_canonicalize_filename (value, folder);
  return g_string_chunk_insert (strings, full);
}

/* A key that this Limn does not know would be a part that is left out. */
static gboolean
check_keys (const char *path, GKeyFile *file, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP, NULL, NULL);

  for (gsize i = 0; keys[i] != NULL; i++) {
    gboolean known = g_str_equal (keys[i], "version") || g_str_equal (keys[i], "model");

    for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
      known |= g_str_equal (keys[i], limn_part_name (part));
    if (!known) {
      /* translators: a key of a file */
      g_autofree char *what = g_strdup_printf (_ ("“%s” is no part"), keys[i]);
      return fail (path, what, error);
    }
  }
  return TRUE;
}

gboolean
limn_model_file_read (const char *path, GStringChunk *strings, LimnModelParts *parts, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_autofree char *whole = g_canonicalize_filename (path, NULL), *folder = g_path_get_dirname (whole);
  gsize size;
  g_autofree char *text = limn_read_file (path, MOST_BYTES, _ ("a folder, expected a model made of parts"),
                                          _ ("too large for a model made of parts"), &size, error);

  if (text == NULL)
    return FALSE;
  if (!g_key_file_load_from_data (file, text, size, G_KEY_FILE_NONE, &local))
    return fail (path, local->message, error);
  if (!check_version (path, file, error) || !check_keys (path, file, error))
    return FALSE;

  *parts = (LimnModelParts){ .model = place (file, "model", folder, strings) };
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    parts->parts[part] = place (file, limn_part_name (part), folder, strings);
  if (parts->model == NULL && parts->parts[LIMN_PART_UNET] == NULL)
    return fail (path, _ ("it names neither a model nor a U-Net"), error);
  return TRUE;
}

char *
limn_model_home (const char *path)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  LimnModelParts parts;

  if (!limn_is_model_file (path) || !limn_model_file_read (path, strings, &parts, NULL))
    return g_strdup (path);
  return g_strdup (parts.model != NULL ? parts.model : parts.parts[LIMN_PART_UNET]);
}

/* ---- Writing ---- */

static gboolean
put (GKeyFile *file, const char *key, const char *place, GError **error)
{
  if (place == NULL)
    return TRUE;
  if (!g_utf8_validate (place, -1, NULL)) {
    g_autofree char *shown = g_filename_display_name (place);
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: this path cannot be written down: it is not UTF-8"),
                 shown);
    return FALSE;
  }
  g_key_file_set_string (file, GROUP, key, place);
  return TRUE;
}

gboolean
limn_model_file_write (const char *path, const LimnModelParts *parts, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_autofree char *folder = g_path_get_dirname (path), *text = NULL;
  gsize size;

  g_key_file_set_integer (file, GROUP, "version", VERSION);
  if (!put (file, "model", parts->model, error))
    return FALSE;
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    if (!put (file, limn_part_name (part), parts->parts[part], error))
      return FALSE;

  text = g_key_file_to_data (file, &size, NULL);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), folder, g_strerror (errno));
  else if (!g_file_set_contents (path, text, (gssize) size, &local))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, local->message);
  else
    return TRUE;
  return FALSE;
}
