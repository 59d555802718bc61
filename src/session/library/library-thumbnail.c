/* library-thumbnail.c - makes and keeps thumbnails.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library-thumbnail.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "session/thread/task-thread.h"

#define THREADS 2
#define NICENESS 5 /* of the threads: drawing and painting come first */

struct _LimnThumbnailer {
  GThreadPool *pool;
  char *folder;
  gint closing; /* atomic */
};

typedef struct {
  char *path;
  gint64 size, time;
} Request;

static void
request_free (Request *request)
{
  g_free (request->path);
  g_free (request);
}

/* ---- Files ---- */

static gboolean
says (GHashTable *text, const char *key, gint64 number)
{
  const char *value = g_hash_table_lookup (text, key);

  return value != NULL && g_ascii_strtoll (value, NULL, 10) == number;
}

static LimnImage *
read_kept (const char *kept, const Request *request)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = NULL;

  if (!g_file_test (kept, G_FILE_TEST_EXISTS))
    return NULL;
  image = limn_image_load_png (kept, &text, NULL);
  if (image == NULL || !says (text, "Thumb::MTime", request->time / G_USEC_PER_SEC)
      || (g_hash_table_contains (text, "Thumb::Size") && !says (text, "Thumb::Size", request->size))
      || MAX (image->width, image->height) > LIMN_THUMBNAIL_SIDE)
    return NULL;
  return g_steal_pointer (&image);
}

/* a full disk is no reason not to show it */
static void
keep (LimnThumbnailer *self, const char *kept, const char *uri, const Request *request, const LimnImage *image)
{
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, request->time / G_USEC_PER_SEC);
  g_autofree char *size = g_strdup_printf ("%" G_GINT64_FORMAT, request->size);
  const char *text[] = { "Thumb::URI", uri, "Thumb::MTime", time, "Thumb::Size", size, "Software", "Limn", NULL };
  g_autoptr (GError) error = NULL;

  if (g_mkdir_with_parents (self->folder, 0700) != 0 || !limn_image_save_png (image, kept, text, &error))
    g_debug ("no thumbnail is kept: %s", error != NULL ? error->message : self->folder);
}

static LimnImage *
make (LimnThumbnailer *self, const Request *request, GError **error)
{
  g_autofree char *uri = g_filename_to_uri (request->path, NULL, error);
  g_autofree char *sum = NULL;
  g_autofree char *name = NULL;
  g_autofree char *kept = NULL;
  g_autoptr (LimnImage) whole = NULL;
  LimnImage *small;

  if (uri == NULL)
    return NULL;
  sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  name = g_strconcat (sum, ".png", NULL);
  kept = g_build_filename (self->folder, name, NULL);
  small = read_kept (kept, request);
  if (small != NULL)
    return small;
  whole = limn_image_load_png (request->path, NULL, error);
  if (whole == NULL)
    return NULL;
  small = limn_image_shrink (whole, LIMN_THUMBNAIL_SIDE);
  keep (self, kept, uri, request, small);
  return small;
}

/* ---- Threads ---- */

static void
serve (gpointer data, gpointer user_data)
{
  LimnThumbnailer *self = user_data;
  GTask *task = data;
  GError *error = NULL;
  LimnImage *image;

  setpriority (PRIO_PROCESS, (id_t) gettid (), NICENESS);
  if (g_atomic_int_get (&self->closing))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The library was closed");
  else if (!g_task_return_error_if_cancelled (task)) {
    image = make (self, g_task_get_task_data (task), &error);
    if (image != NULL)
      g_task_return_pointer (task, image, (GDestroyNotify) limn_image_free);
    else
      g_task_return_error (task, error);
  }
  limn_task_hand_back (task);
}

LimnThumbnailer *
limn_thumbnailer_new (const char *folder)
{
  LimnThumbnailer *self = g_new0 (LimnThumbnailer, 1);

  /* threads of its own: GLib's shared ones must not keep the low priority */
  self->pool = g_thread_pool_new (serve, self, THREADS, TRUE, NULL);
  self->folder =
      folder != NULL ? g_strdup (folder) : g_build_filename (g_get_user_cache_dir (), "thumbnails", "large", NULL);
  return self;
}

void
limn_thumbnailer_free (LimnThumbnailer *self)
{
  g_atomic_int_set (&self->closing, 1);
  g_thread_pool_free (self->pool, FALSE, TRUE);
  g_free (self->folder);
  g_free (self);
}

void
limn_thumbnailer_request (LimnThumbnailer *self, const char *path, gint64 size, gint64 time, GTask *task)
{
  Request *request = g_new (Request, 1);

  *request = (Request){ g_strdup (path), size, time };
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);
  g_thread_pool_push (self->pool, task, NULL);
}
