/* dropped.c - reads what was dropped, on another thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/dropped.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/widget/texture.h"
#include "base/model-path.h"
#include "photo/photo.h"
#include "session/thread/task-thread.h"
#include "text/prompt-lines.h"

#define MOST_BYTES ((goffset) 512 << 20) /* of a file */
#define MOST_PIXELS ((gint64) 1 << 28)   /* of a texture */
#define THUMBNAIL 192
#define MOST_MODELS 2000

void
limn_dropped_free (LimnDropped *dropped)
{
  if (dropped == NULL)
    return;
  g_free (dropped->name);
  g_clear_object (&dropped->source);
  g_clear_object (&dropped->thumbnail);
  g_clear_pointer (&dropped->foreign, limn_foreign_free);
  g_free (dropped->note);
  g_strfreev (dropped->prompts);
  g_clear_error (&dropped->error);
  g_free (dropped);
}

/* ---- Origins that are no objects ---- */

static GObject *
wrap (const char *name, const char *key, const char *value)
{
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);

  g_object_set_data_full (object, "name", g_strdup (name), g_free);
  g_object_set_data_full (object, key, g_strdup (value), g_free);
  return object;
}

GObject *
limn_dropped_data (const char *name, const char *uri)
{
  return wrap (name, "uri", uri);
}

GObject *
limn_dropped_text (const char *name, const char *text)
{
  return wrap (name, "text", text);
}

/* RFC 2397 */
static GBytes *
decode_uri (const char *uri)
{
  const char *comma = strchr (uri, ',');
  gsize size;
  guchar *data;

  if (comma == NULL)
    return NULL;
  if (g_strstr_len (uri, comma - uri, ";base64") == NULL)
    return g_uri_unescape_bytes (comma + 1, -1, NULL, NULL);
  data = g_base64_decode (comma + 1, &size);
  return g_bytes_new_take (data, size);
}

/* ---- Known models ---- */

static void
add_siblings (GPtrArray *paths, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && paths->len < MOST_MODELS && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *index = g_build_filename (path, "model_index.json", NULL);

    if (limn_is_model_name (name) || g_file_test (index, G_FILE_TEST_EXISTS))
      g_ptr_array_add (paths, g_steal_pointer (&path));
  }
}

/* The known models that are still there, and their neighbours. */
static GStrv
expand_models (const char *const *models)
{
  GPtrArray *paths = g_ptr_array_new ();
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; models != NULL && models[i] != NULL; i++)
    if (g_path_is_absolute (models[i]) && g_file_test (models[i], G_FILE_TEST_EXISTS))
      g_ptr_array_add (paths, g_strdup (models[i]));
  for (gsize i = 0; models != NULL && models[i] != NULL; i++) {
    g_autofree char *folder = g_path_get_dirname (models[i]);

    if (g_path_is_absolute (folder) && !g_hash_table_contains (folders, folder)) {
      add_siblings (paths, folder);
      g_hash_table_add (folders, g_steal_pointer (&folder));
    }
  }
  g_ptr_array_add (paths, NULL);
  return (GStrv) g_ptr_array_free (paths, FALSE);
}

/* ---- Decoding ---- */

static void
add_note (LimnDropped *dropped, const char *note)
{
  g_autofree char *old = dropped->note;

  dropped->note = old != NULL ? g_strconcat (old, " ", note, NULL) : g_strdup (note);
}

static void
finish_picture (LimnDropped *dropped, LimnImage *image, const char *path, int width, int height, gboolean transparent)
{
  if (transparent)
    add_note (dropped, _ ("Its transparent parts were laid on white."));
  if (image->width < width)
    add_note (dropped, _ ("It is so large that a smaller copy is used."));
  dropped->thumbnail = limn_texture_thumbnail (image, THUMBNAIL);
  dropped->source = limn_source_new_for_file (image, dropped->name, path, width, height);
}

static void
read_settings (LimnDropped *dropped, GBytes *bytes, const char *const *models)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GHashTable) chunks = limn_foreign_read_chunks (data, size);
  g_autoptr (GError) error = NULL;

  dropped->foreign = limn_foreign_read (chunks, models, &error);
  if (dropped->foreign == NULL && limn_foreign_is_carried (chunks))
    add_note (dropped, error->message);
  if (dropped->foreign != NULL && dropped->source != NULL)
    limn_foreign_compare_size (dropped->foreign, limn_source_get_width (dropped->source),
                               limn_source_get_height (dropped->source));
}

static gboolean
tick_cb (double fraction, gpointer cancellable)
{
  return !g_cancellable_is_cancelled (cancellable);
}

static void
read_bytes (LimnDropped *dropped, GBytes *bytes, const char *path, const char *const *models, GCancellable *cancellable)
{
  LimnTick tick = { tick_cb, cancellable };
  g_autoptr (LimnPhoto) photo = limn_photo_load_bytes (dropped->name, bytes, &tick, &dropped->error);

  if (photo == NULL)
    return;
  for (guint i = 0; photo->notes[i] != NULL; i++)
    add_note (dropped, photo->notes[i]);
  finish_picture (dropped, g_steal_pointer (&photo->image), path, photo->width, photo->height, photo->alpha != NULL);
  read_settings (dropped, bytes, models);
}

/* ---- Settings in a file of their own ---- */

static gboolean
is_text (const char *name, const char *data, gsize size)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  if (g_str_has_suffix (lower, ".txt") || g_str_has_suffix (lower, ".json"))
    return TRUE;
  while (size > 0 && g_ascii_isspace (*data))
    data++, size--;
  return size > 0 && *data == '{';
}

/* What nobody knows as settings may be a list of prompts; FALSE: not by its name, or it is empty. */
static gboolean
read_prompts (LimnDropped *dropped, const char *text)
{
  g_autofree char *lower = g_ascii_strdown (dropped->name, -1);
  g_auto (GStrv) prompts =
      g_str_has_suffix (lower, ".txt") && g_utf8_validate (text, -1, NULL) ? limn_prompt_lines (text) : NULL;

  if (prompts == NULL || prompts[0] == NULL)
    return FALSE;
  dropped->prompts = g_steal_pointer (&prompts);
  g_clear_error (&dropped->error);
  return TRUE;
}

/* FALSE: the file is not of text. */
static gboolean
read_text (LimnDropped *dropped, GBytes *bytes, const char *const *models)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autofree char *text = NULL;

  if (data == NULL || !is_text (dropped->name, data, size) || limn_photo_is_pose (data, size))
    return FALSE;
  if (size >= 2 && (memcmp (data, "\xff\xfe", 2) == 0 || memcmp (data, "\xfe\xff", 2) == 0)) /* a byte order mark */
    text = g_convert (data, (gssize) size, "UTF-8", "UTF-16", NULL, NULL, NULL);
  if (text == NULL)
    text = g_strndup (data, size);
  dropped->is_text = TRUE;
  dropped->foreign = limn_foreign_read_string (text, models, &dropped->error);
  if (dropped->foreign == NULL && !read_prompts (dropped, text))
    g_prefix_error (&dropped->error, "%s: ", dropped->name);
  return TRUE;
}

/* ---- One origin each ---- */

static void
read_file (LimnDropped *dropped, GFile *file, const char *const *models, GCancellable *cancellable)
{
  g_autoptr (GFileInfo) info = g_file_query_info (file,
                                                  G_FILE_ATTRIBUTE_STANDARD_DISPLAY_NAME
                                                  "," G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                                                  G_FILE_QUERY_INFO_NONE, cancellable, &dropped->error);
  g_autofree char *path = g_file_get_path (file);
  g_autoptr (GBytes) bytes = NULL;

  dropped->name = info != NULL ? g_strdup (g_file_info_get_display_name (info)) : g_file_get_basename (file);
  if (info == NULL)
    return;
  /* a pipe or a device would keep the thread waiting, maybe for ever */
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR) {
    g_set_error (&dropped->error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: this is no file with a picture in it"),
                 dropped->name);
    return;
  }
  if (g_file_info_get_size (info) > MOST_BYTES) {
    g_set_error (&dropped->error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: the file is too large for a picture"),
                 dropped->name);
    return;
  }
  bytes = g_file_load_bytes (file, cancellable, NULL, &dropped->error);
  if (bytes == NULL)
    g_prefix_error (&dropped->error, "%s: ", dropped->name);
  else if (!read_text (dropped, bytes, models))
    read_bytes (dropped, bytes, path, models, cancellable);
}

static void
read_texture (LimnDropped *dropped, GdkTexture *texture)
{
  int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  gboolean transparent;
  LimnImage *image;

  dropped->name = g_strdup (_ ("Dropped picture"));
  if ((gint64) width * height > MOST_PIXELS) {
    g_set_error (&dropped->error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%d × %d pixels are more than Limn can open"), width,
                 height);
    return;
  }
  image = limn_image_from_texture (texture, &transparent);
  finish_picture (dropped, image, NULL, width, height, transparent);
}

static void
read_uri (LimnDropped *dropped, const char *uri, const char *const *models, GCancellable *cancellable)
{
  g_autoptr (GBytes) bytes = decode_uri (uri);

  if (bytes != NULL)
    read_bytes (dropped, bytes, NULL, models, cancellable);
  else
    g_set_error (&dropped->error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: there are no pixels in its address"),
                 dropped->name);
}

static LimnDropped *
read_origin (GObject *origin, const char *const *models, GCancellable *cancellable)
{
  LimnDropped *dropped = g_new0 (LimnDropped, 1);
  const char *uri = g_object_get_data (origin, "uri"), *text = g_object_get_data (origin, "text");

  if (G_IS_FILE (origin)) {
    read_file (dropped, G_FILE (origin), models, cancellable);
  } else if (GDK_IS_TEXTURE (origin)) {
    read_texture (dropped, GDK_TEXTURE (origin));
  } else {
    dropped->name = g_strdup (g_object_get_data (origin, "name"));
    if (uri != NULL)
      read_uri (dropped, uri, models, cancellable);
    else
      dropped->foreign = limn_foreign_read_string (text, models, &dropped->error);
    dropped->is_text = text != NULL;
  }
  return dropped;
}

/* ---- The task ---- */

typedef struct {
  GPtrArray *origins;
  GStrv models;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_ptr_array_unref (job->origins);
  g_strfreev (job->models);
  g_free (job);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  g_auto (GStrv) models = expand_models ((const char *const *) job->models);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_dropped_free);

  for (guint i = 0; i < job->origins->len && !g_cancellable_is_cancelled (cancellable); i++)
    g_ptr_array_add (all, read_origin (job->origins->pdata[i], (const char *const *) models, cancellable));
  g_task_return_pointer (task, g_steal_pointer (&all), (GDestroyNotify) g_ptr_array_unref);
}

void
limn_dropped_load_async (GPtrArray *origins, const char *const *models, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Job *job = g_new (Job, 1);

  job->origins = g_ptr_array_ref (origins);
  job->models = g_strdupv ((GStrv) models);
  g_task_set_source_tag (task, limn_dropped_load_async);
  g_task_set_task_data (task, job, job_free);
  limn_task_run_in_thread (task, load_thread);
}

GPtrArray *
limn_dropped_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
