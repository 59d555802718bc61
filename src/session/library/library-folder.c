/* library-folder.c - walks a pictures folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

#define DEEPEST 6

static void
found_file_free (LimnFoundFile *file)
{
  g_free (file->path);
  g_free (file);
}

void
limn_found_free (LimnFound *found)
{
  g_ptr_array_unref (found->files);
  g_ptr_array_unref (found->folders);
  g_free (found);
}

static gboolean
is_png_name (const char *name)
{
  gsize length = strlen (name);

  return name[0] != '.' && length > 4 && g_ascii_strcasecmp (name + length - 4, ".png") == 0;
}

static gint64
time_of (const struct stat *info)
{
  return (gint64) info->st_mtim.tv_sec * G_USEC_PER_SEC + info->st_mtim.tv_nsec / 1000;
}

static gboolean walk (LimnFound *found, const char *folder, int depth);

static void
look_at (LimnFound *found, int fd, const char *folder, const struct dirent *item, int depth)
{
  struct stat info;
  LimnFoundFile *file;

  if (item->d_name[0] == '.')
    return;
  if (item->d_type == DT_DIR || item->d_type == DT_UNKNOWN) {
    if (fstatat (fd, item->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (info.st_mode) && depth < DEEPEST) {
      g_autofree char *path = g_build_filename (folder, item->d_name, NULL);

      walk (found, path, depth + 1);
    }
    if (item->d_type == DT_DIR)
      return;
  }
  if (!is_png_name (item->d_name) || fstatat (fd, item->d_name, &info, 0) != 0 || !S_ISREG (info.st_mode))
    return;
  file = g_new (LimnFoundFile, 1);
  file->path = g_build_filename (folder, item->d_name, NULL);
  file->size = info.st_size;
  file->time = time_of (&info);
  g_ptr_array_add (found->files, file);
}

static gboolean
walk (LimnFound *found, const char *folder, int depth)
{
  DIR *dir = opendir (folder);
  const struct dirent *item;

  if (dir == NULL)
    return FALSE;
  g_ptr_array_add (found->folders, g_strdup (folder));
  while ((item = readdir (dir)) != NULL)
    look_at (found, dirfd (dir), folder, item, depth);
  closedir (dir);
  return TRUE;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const LimnFoundFile *one = *(LimnFoundFile *const *) a, *other = *(LimnFoundFile *const *) b;

  return one->time < other->time ? 1 : one->time > other->time ? -1 : 0;
}

LimnFound *
limn_folder_walk (const char *folder)
{
  g_autoptr (LimnFound) found = g_new (LimnFound, 1);

  found->files = g_ptr_array_new_with_free_func ((GDestroyNotify) found_file_free);
  found->folders = g_ptr_array_new_with_free_func (g_free);
  if (!walk (found, folder, 0))
    return NULL;
  g_ptr_array_sort (found->files, compare_times);
  return g_steal_pointer (&found);
}

gboolean
limn_folder_stat (const char *path, gint64 *size, gint64 *time)
{
  const char *slash = strrchr (path, '/');
  struct stat info;

  if (!is_png_name (slash != NULL ? slash + 1 : path) || stat (path, &info) != 0 || !S_ISREG (info.st_mode))
    return FALSE;
  *size = info.st_size;
  *time = time_of (&info);
  return TRUE;
}

/* ---- Favourites ---- */

/* Empty where there is no list; NULL where there is one that cannot be read. */
static GHashTable *
read_names (const char *folder, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *path = g_build_filename (folder, LIMN_FAVOURITES_NAME, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) local = NULL;

  /* a pipe of that name would be waited for */
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (EINVAL));
    return NULL;
  }
  if (!g_file_get_contents (path, &text, NULL, &local)) {
    if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return g_steal_pointer (&names);
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, local->message);
    return NULL;
  }
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if ((*line)[0] != '\0')
      g_hash_table_add (names, g_strcompress (*line));
  return g_steal_pointer (&names);
}

static gboolean
write_names (const char *folder, GHashTable *names, GError **error)
{
  g_autofree char *path = g_build_filename (folder, LIMN_FAVOURITES_NAME, NULL);
  g_autoptr (GList) list = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc) strcmp);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) local = NULL;
  char above_ascii[129];

  for (int i = 0; i < 128; i++)
    above_ascii[i] = (char) (i + 128);
  above_ascii[128] = '\0';
  for (GList *link = list; link != NULL; link = link->next) {
    g_autofree char *line = g_strescape (link->data, above_ascii);

    g_string_append_printf (text, "%s\n", line);
  }
  if (g_file_set_contents_full (path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &local))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, local->message);
  return FALSE;
}

GHashTable *
limn_favourites_read (const char *folder)
{
  GHashTable *paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) names = read_names (folder, NULL);
  GHashTableIter iter;
  gpointer name;

  if (names == NULL)
    return paths;
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_add (paths, g_build_filename (folder, name, NULL));
  return paths;
}

gboolean
limn_favourites_set (const char *folder, const char *const *paths, gboolean favourite, GError **error)
{
  g_autoptr (GHashTable) names = read_names (folder, error);
  gsize length = strlen (folder);
  gboolean changed = FALSE;

  if (names == NULL)
    return FALSE;
  for (; *paths != NULL; paths++) {
    const char *name = *paths + length;

    g_return_val_if_fail (g_str_has_prefix (*paths, folder) && name[0] == '/', FALSE);
    if (favourite)
      changed |= g_hash_table_add (names, g_strdup (name + 1));
    else
      changed |= g_hash_table_remove (names, name + 1);
  }
  return !changed || write_names (folder, names, error);
}
