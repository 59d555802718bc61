/* keep.c - pictures saved once by a single thread, their names tied to the objects.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/keep.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"

#define DAY (24 * 60 * 60)

struct _LimnKeep {
  gatomicrefcount references;
  char *folder;
  GThreadPool *pool; /* one thread: the same picture is never written twice at a time */
  GMutex lock;
  GCond saved;
  guint saving; /* jobs of the pool that are not done; locked */
};

typedef struct {
  GObject *picture; /* LimnSource or LimnMask */
  char *path;
} Job;

static GQuark
name_quark (void)
{
  return g_quark_from_static_string ("limn-keep-name");
}

static void
job_free (Job *job)
{
  g_object_unref (job->picture);
  g_free (job->path);
  g_free (job);
}

static LimnImage *
mask_image (LimnMask *mask)
{
  LimnImage *image = limn_image_new (limn_mask_get_width (mask), limn_mask_get_height (mask));
  const guint8 *pixels = limn_mask_get_pixels (mask);

  for (gsize i = 0; i < (gsize) image->width * image->height; i++)
    memset (image->rgb + i * 3, pixels[i], 3);
  return image;
}

static void
save_source (LimnSource *source, const char *path, GError **error)
{
  g_autofree char *size = g_strdup_printf ("%d %d", limn_source_get_width (source), limn_source_get_height (source));
  const char *file = limn_source_get_path (source);
  gboolean told = file != NULL && g_utf8_validate (file, -1, NULL); /* a PNG's texts are UTF-8 */
  const char *text[] = { "limn-name", limn_source_get_name (source), "limn-size", size, told ? "limn-path" : NULL, file,
                         NULL };

  limn_image_save_png (limn_source_get_image (source), path, text, error);
}

static void
save_job (gpointer data, gpointer user_data)
{
  LimnKeep *keep = user_data;
  Job *job = data;
  g_autofree char *folder = g_path_get_dirname (job->path);
  g_autoptr (GError) error = NULL;

  if (!g_file_test (job->path, G_FILE_TEST_EXISTS) && g_mkdir_with_parents (folder, 0700) == 0) {
    if (LIMN_IS_SOURCE (job->picture)) {
      save_source (LIMN_SOURCE (job->picture), job->path, &error);
    } else {
      g_autoptr (LimnImage) image = mask_image (LIMN_MASK (job->picture));

      limn_image_save_png (image, job->path, NULL, &error);
    }
  }
  /* painting needs it not; going on after a crash will say what is missing */
  if (error != NULL)
    g_debug ("%s", error->message);
  job_free (job);
  g_mutex_lock (&keep->lock);
  if (--keep->saving == 0)
    g_cond_broadcast (&keep->saved);
  g_mutex_unlock (&keep->lock);
}

LimnKeep *
limn_keep_new (const char *folder)
{
  LimnKeep *keep = g_new0 (LimnKeep, 1);

  g_atomic_ref_count_init (&keep->references);
  g_mutex_init (&keep->lock);
  g_cond_init (&keep->saved);
  keep->folder = g_strdup (folder);
  keep->pool = g_thread_pool_new (save_job, keep, 1, FALSE, NULL);
  return keep;
}

LimnKeep *
limn_keep_ref (LimnKeep *keep)
{
  g_atomic_ref_count_inc (&keep->references);
  return keep;
}

void
limn_keep_unref (LimnKeep *keep)
{
  if (!g_atomic_ref_count_dec (&keep->references))
    return;
  g_thread_pool_free (keep->pool, FALSE, TRUE);
  g_cond_clear (&keep->saved);
  g_mutex_clear (&keep->lock);
  g_free (keep->folder);
  g_free (keep);
}

void
limn_keep_wait (LimnKeep *keep)
{
  g_mutex_lock (&keep->lock);
  while (keep->saving > 0)
    g_cond_wait (&keep->saved, &keep->lock);
  g_mutex_unlock (&keep->lock);
}

static gpointer
copy_name (gpointer name, gpointer data)
{
  return g_strdup (name);
}

/* The first of two threads that name it wins. */
static char *
name_of (GObject *picture)
{
  char *name = g_object_dup_qdata (picture, name_quark (), copy_name, NULL);

  while (name == NULL) {
    char *fresh = g_uuid_string_random ();

    if (!g_object_replace_qdata (picture, name_quark (), NULL, fresh, g_free, NULL))
      g_free (fresh);
    name = g_object_dup_qdata (picture, name_quark (), copy_name, NULL);
  }
  return name;
}

static char *
path_of (LimnKeep *keep, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".png", NULL);

  return g_build_filename (keep->folder, file, NULL);
}

static char *
keep_picture (LimnKeep *keep, GObject *picture)
{
  char *name = name_of (picture);
  Job *job = g_new (Job, 1);

  *job = (Job){ g_object_ref (picture), path_of (keep, name) };
  g_mutex_lock (&keep->lock);
  keep->saving++;
  g_mutex_unlock (&keep->lock);
  g_thread_pool_push (keep->pool, job, NULL);
  return name;
}

const char *
limn_keep_name (LimnSource *source)
{
  g_free (name_of (G_OBJECT (source)));
  return g_object_get_qdata (G_OBJECT (source), name_quark ());
}

char *
limn_keep_source (LimnKeep *keep, LimnSource *source)
{
  return source != NULL ? keep_picture (keep, G_OBJECT (source)) : NULL;
}

char *
limn_keep_mask (LimnKeep *keep, LimnMask *mask)
{
  return mask != NULL ? keep_picture (keep, G_OBJECT (mask)) : NULL;
}

static LimnImage *
load (LimnKeep *keep, const char *name, GHashTable **text, GError **error)
{
  g_autofree char *path = NULL;

  /* names come from files: nothing else may be read by them */
  if (!g_uuid_string_is_valid (name)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("\"%s\" is not the name of a kept picture"), name);
    return NULL;
  }
  path = path_of (keep, name);
  return limn_image_load_png (path, text, error);
}

LimnSource *
limn_keep_load_source (LimnKeep *keep, const char *name, GError **error)
{
  g_autoptr (GHashTable) text = NULL;
  LimnImage *image = load (keep, name, &text, error);
  int width = 0, height = 0;
  LimnSource *source;

  if (image == NULL)
    return NULL;
  if (g_hash_table_contains (text, "limn-size"))
    sscanf (g_hash_table_lookup (text, "limn-size"), "%d %d", &width, &height);
  if (width < image->width || height < image->height) {
    width = image->width;
    height = image->height;
  }
  source = limn_source_new_for_file (image, g_hash_table_lookup (text, "limn-name"),
                                     g_hash_table_lookup (text, "limn-path"), width, height);
  g_object_set_qdata_full (G_OBJECT (source), name_quark (), g_strdup (name), g_free);
  return source;
}

LimnMask *
limn_keep_load_mask (LimnKeep *keep, const char *name, GError **error)
{
  g_autoptr (LimnImage) image = load (keep, name, NULL, error);
  guint8 *pixels;
  LimnMask *mask;

  if (image == NULL)
    return NULL;
  pixels = g_malloc ((gsize) image->width * image->height);
  for (gsize i = 0; i < (gsize) image->width * image->height; i++)
    pixels[i] = image->rgb[i * 3];
  mask = limn_mask_new (image->width, image->height, pixels);
  g_object_set_qdata_full (G_OBJECT (mask), name_quark (), g_strdup (name), g_free);
  return mask;
}

/* FALSE where it cannot be read. */
static gboolean
add_words (GHashTable *names, const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  words = g_strsplit_set (text, "\"=;\n", -1);
  for (guint i = 0; words[i] != NULL; i++)
    g_hash_table_add (names, g_strdup (words[i]));
  return TRUE;
}

gboolean
limn_keep_add_names_in (GHashTable *names, const char *folder, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, file, NULL);

    if (g_str_has_prefix (file, prefix) && !add_words (names, path))
      return FALSE;
  }
  return TRUE;
}

void
limn_keep_clean (LimnKeep *keep, GHashTable *names)
{
  g_autoptr (GDir) dir = g_dir_open (keep->folder, 0, NULL);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (keep->folder, file, NULL);
    g_autofree char *name = g_strndup (file, strcspn (file, "."));
    GStatBuf status;

    if (!g_hash_table_contains (names, name) && g_stat (path, &status) == 0 && now - status.st_mtime > DAY)
      g_unlink (path);
  }
}
