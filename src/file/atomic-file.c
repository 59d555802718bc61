/* atomic-file.c - temporary file, fsync, rename.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"

#define MAX_ATTEMPTS 100
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

LimnAtomicFile *
limn_atomic_file_new (const char *path, GError **error)
{
  g_autoptr (LimnAtomicFile) file = g_new0 (LimnAtomicFile, 1);
  g_autofree char *folder = g_path_get_dirname (path);

  file->path = g_strdup (path);
  file->fd = -1;
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
