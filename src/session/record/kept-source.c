/* kept-source.c - names of the kept pictures and the mask, in a file of their own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/kept-source.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "base/i18n.h"
#include "session/record/records-private.h"
#include "session/thread/task-thread.h"

#define VERSION 2 /* 1, which knew of no ControlNets, is read, too */
#define GROUP "source"

static char *
make_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "limn", LIMN_KEPT_SOURCE_FILE, NULL);
}

static gboolean
save_names (const char *path, const LimnKept *kept, GError **error)
{
  g_autoptr (GKeyFile) names = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_key_file_set_integer (names, GROUP, "version", VERSION);
  if (kept->source != NULL)
    g_key_file_set_string (names, GROUP, "picture", kept->source);
  if (kept->mask != NULL)
    g_key_file_set_string (names, GROUP, "mask", kept->mask);
  if (kept->controls != NULL)
    g_key_file_set_string_list (names, GROUP, "controls", (const char *const *) kept->controls,
                                g_strv_length (kept->controls));
  if (g_mkdir_with_parents (folder, 0700) == 0)
    return g_key_file_save_to_file (names, path, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), folder, g_strerror (errno));
  return FALSE;
}

gboolean
limn_kept_source_save (LimnRecords *records, LimnSettings *settings, GError **error)
{
  g_auto (LimnKept) kept = limn_kept_save (limn_records_get_keep (records), settings);
  g_autofree char *path = make_path ();

  if (kept.source != NULL || kept.controls != NULL)
    return save_names (path, &kept, error);
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

static gboolean
load_names (const char *path, LimnKept *kept, GError **error)
{
  g_autoptr (GKeyFile) names = g_key_file_new ();
  int version;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) { /* a pipe would be waited for */
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (EINVAL));
    return FALSE;
  }
  if (!g_key_file_load_from_file (names, path, G_KEY_FILE_NONE, error))
    return FALSE;
  version = g_key_file_get_integer (names, GROUP, "version", NULL);
  kept->source = g_key_file_get_string (names, GROUP, "picture", NULL);
  kept->mask = g_key_file_get_string (names, GROUP, "mask", NULL);
  kept->controls = g_key_file_get_string_list (names, GROUP, "controls", NULL, NULL);
  if (version >= 1 && version <= VERSION && (kept->source != NULL || kept->controls != NULL))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: this is not a kept picture of version %d"), path, VERSION);
  return FALSE;
}

typedef struct {
  LimnKeep *keep;
  LimnKeptPictures pictures;
} Load;

static void
load_free (Load *load)
{
  limn_keep_unref (load->keep);
  limn_kept_pictures_clear (&load->pictures);
  g_free (load);
}

/* A picture without its mask would be painted over as a whole: rather none. */
static gboolean
load_kept (Load *load, GError **error)
{
  g_autofree char *path = make_path ();
  g_auto (LimnKept) kept = { 0 };

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  return load_names (path, &kept, error) && limn_kept_load (&kept, load->keep, NULL, &load->pictures, error);
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
  limn_task_run_in_thread (task, load_thread);
}

gboolean
limn_kept_source_load_finish (LimnRecords *records, GAsyncResult *result, LimnKeptPictures *pictures, GError **error)
{
  Load *load;

  g_return_val_if_fail (g_task_is_valid (result, records), FALSE);

  load = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *pictures = load->pictures;
  load->pictures = (LimnKeptPictures){ 0 };
  return TRUE;
}
