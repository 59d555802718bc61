/* picture.c - a finished picture and its files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/picture.h"

#include <string.h>
#include "session/record/picture-private.h"

#include "session/record/store.h"
#include "session/thread/task-thread.h"

#define SMALL 512 /* pixels: below this a plain enlargement looks like a grid of diamonds */

struct _LimnPicture {
  GObject parent_instance;
  LimnImage *image, *enlarged;
  LimnSettings *settings;
  char *json, *parameters;
  const char *text[5]; /* these two, as a PNG has them */
  char *record_id;
  char *path;
  GError *save_error;
  GStrv notes;
  char *left_out; /* by step caching; or NULL */
  double seconds;
};

G_DEFINE_FINAL_TYPE (LimnPicture, limn_picture, G_TYPE_OBJECT)

static void
limn_picture_finalize (GObject *object)
{
  LimnPicture *self = LIMN_PICTURE (object);

  g_clear_pointer (&self->image, limn_image_free);
  g_clear_pointer (&self->enlarged, limn_image_free);
  g_clear_object (&self->settings);
  g_free (self->json);
  g_free (self->parameters);
  g_free (self->record_id);
  g_free (self->path);
  g_clear_error (&self->save_error);
  g_strfreev (self->notes);
  g_free (self->left_out);

  G_OBJECT_CLASS (limn_picture_parent_class)->finalize (object);
}

static void
limn_picture_class_init (LimnPictureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_picture_finalize;
}

static void
limn_picture_init (LimnPicture *self)
{
}

LimnPicture *
limn_picture_new (LimnResult *result, LimnSettings *settings, char *json, char *parameters, const char *record_id)
{
  LimnPicture *self = g_object_new (LIMN_TYPE_PICTURE, NULL);

  self->image = g_steal_pointer (&result->image);
  self->notes = g_steal_pointer (&result->notes);
  self->left_out = limn_cache_to_text (&result->cache);
  self->settings = g_object_ref (settings);
  self->json = json;
  self->parameters = parameters;
  self->text[0] = "parameters";
  self->text[1] = parameters;
  self->text[2] = "limn";
  self->text[3] = json;
  self->record_id = g_strdup (record_id);
  for (int i = 0; i < LIMN_N_STAGES; i++)
    self->seconds += result->seconds[i];
  if (MAX (self->image->width, self->image->height) < SMALL) {
    int times = SMALL / MAX (self->image->width, self->image->height) + 1;

    self->enlarged = limn_image_fit (self->image, self->image->width * times, self->image->height * times);
  }
  return self;
}

LimnPicture *
limn_picture_new_saved (LimnImage *image, LimnSettings *settings, char *json, char *parameters, const char *path)
{
  LimnResult result = { .image = image };
  LimnPicture *self = limn_picture_new (&result, settings, json, parameters, NULL);

  self->path = g_strdup (path);
  return self;
}

/* Its prompt; of one that is painted over another file, that one's name.  (transfer full) */
static char *
title_of (const LimnSettingsValues *values)
{
  const char *path = values->source != NULL ? limn_source_get_path (values->source) : NULL;
  char *name = path != NULL ? g_filename_display_basename (path) : g_strdup (values->prompt);
  char *point = path != NULL ? strrchr (name, '.') : NULL;

  if (point != NULL && point > name)
    *point = '\0';
  return name;
}

void
limn_picture_store (LimnPicture *self, const char *folder)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *title = title_of (values);
  g_autofree char *stem = limn_store_stem (now, values->seed, title);

  g_clear_error (&self->save_error);
  self->path = limn_store_save (folder, stem, self->image, self->text, &self->save_error);
}

const LimnImage *
limn_picture_get_image (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->image;
}

const LimnImage *
limn_picture_get_enlarged (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->enlarged != NULL ? self->enlarged : self->image;
}

const char *const *
limn_picture_get_text (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->text;
}

LimnSettings *
limn_picture_get_settings (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->settings;
}

const char *
limn_picture_get_path (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->path;
}

const GError *
limn_picture_get_save_error (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->save_error;
}

const char *
limn_picture_get_record_id (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->record_id;
}

const char *
limn_picture_get_left_out (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), NULL);
  return self->left_out;
}

const char *const *
limn_picture_get_notes (LimnPicture *self)
{
  static const char *const none[] = { NULL };

  g_return_val_if_fail (LIMN_IS_PICTURE (self), none);
  return self->notes != NULL ? (const char *const *) self->notes : none;
}

double
limn_picture_get_seconds (LimnPicture *self)
{
  g_return_val_if_fail (LIMN_IS_PICTURE (self), 0);
  return self->seconds;
}

typedef struct {
  char *path;
  LimnImageHow how;
  gboolean bare;
} Copy;

static void
copy_free (gpointer data)
{
  Copy *copy = data;

  g_free (copy->path);
  g_free (copy);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Copy *copy = data;
  GError *error = NULL;

  if (limn_image_save (LIMN_PICTURE (source)->image, copy->path, &copy->how, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
limn_picture_save_async (LimnPicture *self, const char *path, const LimnImageHow *how, gboolean bare,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Copy *copy;

  g_return_if_fail (LIMN_IS_PICTURE (self));
  g_return_if_fail (path != NULL);

  copy = g_new0 (Copy, 1);
  *copy = (Copy){ g_strdup (path), how != NULL ? *how : (LimnImageHow){ 0 }, bare };
  copy->how.text = bare ? NULL : self->text;
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, limn_picture_save_async);
  g_task_set_task_data (task, copy, copy_free);
  limn_task_run_in_thread (task, save_thread);
}

gboolean
limn_picture_save_finish (LimnPicture *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;

  const Copy *copy = g_task_get_task_data (G_TASK (result));
  if (self->path == NULL && !copy->bare) {
    self->path = g_strdup (copy->path);
    g_clear_error (&self->save_error);
  }
  return TRUE;
}
