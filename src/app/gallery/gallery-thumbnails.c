/* gallery-thumbnails.c - textures of thumbnails, the least recently used given up first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/gallery-thumbnails.h"

#define MOST 400 /* of 256 KiB at most */

struct _LimnThumbnails {
  GObject parent_instance;
  LimnLibrary *library;
  GHashTable *links; /* LimnEntry -> its link in recent */
  GQueue recent;     /* Kept, newest first */
};

typedef struct {
  LimnEntry *entry;
  GdkTexture *texture;
} Kept;

G_DEFINE_FINAL_TYPE (LimnThumbnails, limn_thumbnails, G_TYPE_OBJECT)

static void
kept_free (gpointer data)
{
  Kept *kept = data;

  g_object_unref (kept->entry);
  g_object_unref (kept->texture);
  g_free (kept);
}

static void
limn_thumbnails_dispose (GObject *object)
{
  LimnThumbnails *self = LIMN_THUMBNAILS (object);

  g_hash_table_remove_all (self->links);
  g_queue_clear_full (&self->recent, kept_free);
  g_clear_object (&self->library);

  G_OBJECT_CLASS (limn_thumbnails_parent_class)->dispose (object);
}

static void
limn_thumbnails_finalize (GObject *object)
{
  g_hash_table_unref (LIMN_THUMBNAILS (object)->links);

  G_OBJECT_CLASS (limn_thumbnails_parent_class)->finalize (object);
}

static void
limn_thumbnails_class_init (LimnThumbnailsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_thumbnails_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_thumbnails_finalize;
}

static void
limn_thumbnails_init (LimnThumbnails *self)
{
  self->links = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->recent);
}

LimnThumbnails *
limn_thumbnails_new (LimnLibrary *library)
{
  LimnThumbnails *self = g_object_new (LIMN_TYPE_THUMBNAILS, NULL);

  self->library = g_object_ref (library);
  return self;
}

GdkTexture *
limn_thumbnails_peek (LimnThumbnails *self, LimnEntry *entry)
{
  GList *link;

  g_return_val_if_fail (LIMN_IS_THUMBNAILS (self), NULL);

  link = g_hash_table_lookup (self->links, entry);
  if (link == NULL)
    return NULL;
  g_queue_unlink (&self->recent, link);
  g_queue_push_head_link (&self->recent, link);
  return ((Kept *) link->data)->texture;
}

static void
keep (LimnThumbnails *self, LimnEntry *entry, GdkTexture *texture)
{
  Kept *kept;

  if (g_hash_table_contains (self->links, entry))
    return;
  kept = g_new (Kept, 1);
  *kept = (Kept){ g_object_ref (entry), g_object_ref (texture) };
  g_queue_push_head (&self->recent, kept);
  g_hash_table_insert (self->links, entry, self->recent.head);
  if (self->recent.length > MOST) {
    Kept *last = g_queue_pop_tail (&self->recent);

    g_hash_table_remove (self->links, last->entry);
    kept_free (last);
  }
}

/* In the format that needs no conversion when it is drawn. */
static GdkTexture *
texture_of (const LimnImage *image)
{
  gsize n = (gsize) image->width * image->height;
  guint32 *pixels = g_new (guint32, n);
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < n; i++) {
    const guint8 *rgb = image->rgb + 3 * i;

    pixels[i] = 0xff000000u | (guint32) rgb[0] << 16 | (guint32) rgb[1] << 8 | rgb[2];
  }
  bytes = g_bytes_new_take (pixels, n * 4);
  return gdk_memory_texture_new (image->width, image->height, GDK_MEMORY_DEFAULT, bytes, (gsize) image->width * 4);
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  LimnThumbnails *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (LimnImage) image = limn_library_load_thumbnail_finish (LIMN_LIBRARY (object), result, &error);
  GdkTexture *texture;

  if (image == NULL) {
    g_task_return_error (task, error);
    return;
  }
  texture = texture_of (image);
  if (self->library != NULL)
    keep (self, g_task_get_task_data (task), texture);
  g_task_return_pointer (task, texture, g_object_unref);
}

void
limn_thumbnails_load_async (LimnThumbnails *self, LimnEntry *entry, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (LIMN_IS_THUMBNAILS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_thumbnails_load_async);
  g_task_set_task_data (task, g_object_ref (entry), g_object_unref);
  limn_library_load_thumbnail_async (self->library, entry, cancellable, loaded_cb, task);
}

GdkTexture *
limn_thumbnails_load_finish (LimnThumbnails *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
