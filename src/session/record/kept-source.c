/* kept-source.c - names of the kept picture and mask, in a file of their own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/kept-source.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "base/i18n.h"
#include "session/record/records-private.h"

#define VERSION 1
#define GROUP "source"

static char *
make_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "limn", LIMN_KEPT_SOURCE_FILE, NULL);
}

static gboolean
save_names (const char *path, const char *source, const char *mask, GError **error)
{
  g_autoptr (GKeyFile) names = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_key_file_set_integer (names, GROUP, "version", VERSION);
  g_key_file_set_string (names, GROUP, "picture", source);
  if (mask != NULL)
    g_key_file_set_string (names, GROUP, "mask", mask);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    return g_key_file_save_to_file (names, path, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), folder, g_strerror (errno));
  return FALSE;
}

gboolean
limn_kept_source_save (LimnRecords *records, LimnSettings *settings, GError **error)
{
  LimnKeep *keep = limn_records_get_keep (records);
  const LimnSettingsValues *values = limn_settings_values (settings);
  g_autofree char *source = limn_keep_source (keep, values->source);
  g_autofree char *mask = source != NULL ? limn_keep_mask (keep, values->mask) : NULL;
  g_autofree char *path = make_path ();

  if (source != NULL)
    return save_names (path, source, mask, error);
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

static gboolean
load_names (const char *path, char **source, char **mask, GError **error)
{
  g_autoptr (GKeyFile) names = g_key_file_new ();

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) { /* a pipe would be waited for */
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (EINVAL));
    return FALSE;
  }
  if (!g_key_file_load_from_file (names, path, G_KEY_FILE_NONE, error))
    return FALSE;
  *source = g_key_file_get_string (names, GROUP, "picture", NULL);
  *mask = g_key_file_get_string (names, GROUP, "mask", NULL);
  if (*source != NULL && g_key_file_get_integer (names, GROUP, "version", NULL) == VERSION)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: this is not a kept picture of version %d"), path, VERSION);
  return FALSE;
}

typedef struct {
  LimnKeep *keep;
  LimnSource *source;
  LimnMask *mask;
} Load;

static void
load_free (Load *load)
{
  limn_keep_unref (load->keep);
  g_clear_object (&load->source);
  g_clear_object (&load->mask);
  g_free (load);
}

/* A picture without its mask would be painted over as a whole: rather none. */
static gboolean
load_kept (Load *load, GError **error)
{
  g_autofree char *path = make_path (), *source = NULL, *mask = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!load_names (path, &source, &mask, error))
    return FALSE;
  load->source = limn_keep_load_source (load->keep, source, error);
  if (load->source == NULL || mask == NULL)
    return load->source != NULL;
  load->mask = limn_keep_load_mask (load->keep, mask, error);
  return load->mask != NULL;
}

static void
load_thread (GTask *task, gpointer records, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (load_kept (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
limn_kept_source_load_async (LimnRecords *records, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (records, NULL, callback, user_data);
  Load *load = g_new0 (Load, 1);

  load->keep = limn_keep_ref (limn_records_get_keep (records));
  g_task_set_source_tag (task, limn_kept_source_load_async);
  g_task_set_task_data (task, load, (GDestroyNotify) load_free);
  g_task_run_in_thread (task, load_thread);
}

gboolean
limn_kept_source_load_finish (LimnRecords *records, GAsyncResult *result, LimnSource **source, LimnMask **mask,
                              GError **error)
{
  Load *load;

  g_return_val_if_fail (g_task_is_valid (result, records), FALSE);

  load = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *source = g_steal_pointer (&load->source);
  *mask = g_steal_pointer (&load->mask);
  return TRUE;
}
