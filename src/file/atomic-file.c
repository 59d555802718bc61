/* atomic-file.c - temporary file, fsync, rename.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"

#define MAX_ATTEMPTS 100
#define MAX_LINKS 40
#define MAX_WRITE ((gsize) 1 << 30) /* Linux writes 2 GiB at most in one call */

struct _LimnAtomicFile {
  char *path;
  char *temporary;
  int fd;
};

/* format: has places for the path and the reason. */
static gboolean
fail (const LimnAtomicFile *file, const char *format, int code, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, format, file->path, g_strerror (code));
  return FALSE;
}

/* Where path leads through symbolic links, whether that is there or not.  (transfer full) */
static char *
follow (const char *path)
{
  char *at = g_strdup (path);

  for (guint i = 0; i < MAX_LINKS; i++) {
    g_autofree char *target = g_file_read_link (at, NULL);
    g_autofree char *folder = g_path_get_dirname (at);

    if (target == NULL)
      break;
    g_free (at);
    at = g_path_is_absolute (target) ? g_strdup (target) : g_build_filename (folder, target, NULL);
  }
  return at;
}

static gboolean
check_place (const LimnAtomicFile *file, GError **error)
{
  struct stat info;

  if (lstat (file->path, &info) != 0)
    return errno == ENOENT || fail (file, _ ("%s: cannot create: %s"), errno, error);
  if (S_ISREG (info.st_mode))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", file->path,
               S_ISDIR (info.st_mode) ? _ ("expected a file to write, found a folder")
                                      : _ ("expected a file to write, found a device, pipe or socket"));
  return FALSE;
}

LimnAtomicFile *
limn_atomic_file_new (const char *path, GError **error)
{
  g_autoptr (LimnAtomicFile) file = g_new0 (LimnAtomicFile, 1);
  g_autofree char *folder = NULL;

  file->path = follow (path);
  file->fd = -1;
  if (!check_place (file, error))
    return NULL;
  folder = g_path_get_dirname (file->path);
  /* Not mkstemp (): its files are private to the user, ours have the mode that the user's umask says. */
  for (guint i = 0; i < MAX_ATTEMPTS; i++) {
    g_autofree char *name = g_strdup_printf (".limn-%08x.part", g_random_int ());
    g_autofree char *temporary = g_build_filename (folder, name, NULL);
    file->fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd >= 0) {
      file->temporary = g_steal_pointer (&temporary);
      return g_steal_pointer (&file);
    }
    if (errno != EEXIST)
      break;
  }
  fail (file, _ ("%s: cannot create: %s"), errno, error);
  return NULL;
}

gboolean
limn_atomic_file_write (LimnAtomicFile *file, const void *data, gsize size, GError **error)
{
  const guint8 *at = data;

  while (size > 0) {
    gssize written = write (file->fd, at, MIN (size, MAX_WRITE));
    if (written < 0 && errno != EINTR)
      return fail (file, _ ("%s: cannot write: %s"), errno, error);
    if (written > 0) {
      at += written;
      size -= (gsize) written;
    }
  }
  return TRUE;
}

/* So that the new name itself survives a power cut.  Not every file system can do this: no error. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
}

gboolean
limn_atomic_file_commit (LimnAtomicFile *file, GError **error)
{
  if (fsync (file->fd) != 0 && errno != EINVAL && errno != ENOSYS)
    return fail (file, _ ("%s: cannot write: %s"), errno, error);
  int closed = close (file->fd);
  file->fd = -1;
  if (closed != 0)
    return fail (file, _ ("%s: cannot write: %s"), errno, error);
  if (rename (file->temporary, file->path) != 0)
    return fail (file, _ ("%s: cannot replace: %s"), errno, error);
  g_clear_pointer (&file->temporary, g_free);
  sync_folder (file->path);
  return TRUE;
}

gboolean
limn_atomic_file_check (const char *path, guint64 size, GError **error)
{
  g_autoptr (LimnAtomicFile) file = limn_atomic_file_new (path, error);

  if (file == NULL)
    return FALSE;
  if (access (file->path, F_OK) == 0 && access (file->path, W_OK) != 0)
    return fail (file, _ ("%s: cannot replace: %s"), errno, error);
  /* not every file system can say beforehand */
  if (size > 0 && fallocate (file->fd, 0, 0, (off_t) size) != 0 && errno != EOPNOTSUPP && errno != ENOSYS)
    return fail (file, _ ("%s: cannot write: %s"), errno, error);
  return TRUE;
}

void
limn_atomic_file_free (LimnAtomicFile *file)
{
  if (file == NULL)
    return;
  if (file->fd >= 0)
    close (file->fd);
  if (file->temporary != NULL)
    unlink (file->temporary);
  g_free (file->temporary);
  g_free (file->path);
  g_free (file);
}
