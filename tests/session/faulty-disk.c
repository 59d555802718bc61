/* faulty-disk.c - see faulty-disk.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
/* Otherwise pwrite () is pwrite64 () for the linker; both are wanted here. */
#undef _FILE_OFFSET_BITS

#include "faulty-disk.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *watched;
static int failing_at, failing_code;
static gboolean failing_further;
static int count, on; /* atomic */

static GMutex lock;
static GHashTable *unsure; /* path -> its size (gint64 *) when it was last made sure of */

void
faulty_disk_set (const char *folder, int at, gboolean further, int code)
{
  g_free (watched);
  watched = g_strdup (folder);
  failing_at = at;
  failing_further = further;
  failing_code = code;
  g_mutex_lock (&lock);
  g_clear_pointer (&unsure, g_hash_table_unref);
  unsure = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_mutex_unlock (&lock);
  g_atomic_int_set (&count, 0);
  g_atomic_int_set (&on, TRUE);
}

int
faulty_disk_end (void)
{
  g_atomic_int_set (&on, FALSE);
  return g_atomic_int_get (&count);
}

/* ---- What is sure ---- */

static void
note_write (int fd, const char *path)
{
  struct stat info;

  g_mutex_lock (&lock);
  if (!g_hash_table_contains (unsure, path) && fstat (fd, &info) == 0)
    g_hash_table_insert (unsure, g_strdup (path), g_memdup2 (&(gint64){ info.st_size }, sizeof (gint64)));
  g_mutex_unlock (&lock);
}

static void
note_sync (int fd, const char *path)
{
  g_mutex_lock (&lock);
  g_hash_table_remove (unsure, path);
  g_mutex_unlock (&lock);
}

static void
note_rename (const char *from, const char *to)
{
  gpointer key, size;

  g_mutex_lock (&lock);
  g_hash_table_remove (unsure, to);
  if (g_hash_table_steal_extended (unsure, from, &key, &size)) {
    g_free (key);
    g_hash_table_insert (unsure, g_strdup (to), size);
  }
  g_mutex_unlock (&lock);
}

guint
faulty_disk_cut_power (void)
{
  GHashTableIter iter;
  gpointer path, size;
  guint cut = 0;

  g_hash_table_iter_init (&iter, unsure);
  while (g_hash_table_iter_next (&iter, &path, &size))
    cut += truncate (path, *(gint64 *) size) == 0;
  return cut;
}

/* ---- What fails ---- */

static gboolean
is_under (const char *path)
{
  gsize length = strlen (watched);

  return strncmp (path, watched, length) == 0 && path[length] == '/';
}

static gboolean
is_due (void)
{
  int n = g_atomic_int_add (&count, 1) + 1;

  return failing_at > 0 && (failing_further ? n >= failing_at : n == failing_at);
}

static gboolean
path_is_due (const char *path)
{
  return g_atomic_int_get (&on) && is_under (path) && is_due ();
}

/* note: what the call does, where it does not fail. */
static gboolean
file_is_due (int fd, void (*note) (int fd, const char *path))
{
  char name[64], path[4096];
  gssize length;

  if (!g_atomic_int_get (&on))
    return FALSE;
  snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  length = readlink (name, path, sizeof path - 1);
  if (length < 0)
    return FALSE;
  path[length] = '\0';
  if (!is_under (path))
    return FALSE;
  if (is_due ())
    return TRUE;
  note (fd, path);
  return FALSE;
}

static int
fail (void)
{
  errno = failing_code;
  return -1;
}

/* The C library's own. */
#define NEXT(name) (*(__typeof__ (&name) *) (gpointer[]){ dlsym (RTLD_NEXT, #name) })

ssize_t
write (int fd, const void *data, size_t size)
{
  if (!file_is_due (fd, note_write))
    return NEXT (write) (fd, data, size);
  if (size < 2)
    return fail ();
  /* as a disk does that becomes full: the rest fails when it is tried */
  NEXT (write) (fd, data, size / 2);
  return fail ();
}

ssize_t
pwrite64 (int fd, const void *data, size_t size, off64_t offset)
{
  return file_is_due (fd, note_write) ? fail () : NEXT (pwrite64) (fd, data, size, offset);
}

ssize_t
pwrite (int fd, const void *data, size_t size, off_t offset)
{
  return file_is_due (fd, note_write) ? fail () : NEXT (pwrite) (fd, data, size, offset);
}

int
fsync (int fd)
{
  return file_is_due (fd, note_sync) ? fail () : NEXT (fsync) (fd);
}

int
fdatasync (int fd)
{
  return file_is_due (fd, note_sync) ? fail () : NEXT (fdatasync) (fd);
}

int
ftruncate64 (int fd, off64_t size)
{
  return file_is_due (fd, note_write) ? fail () : NEXT (ftruncate64) (fd, size);
}

int
ftruncate (int fd, off_t size)
{
  return file_is_due (fd, note_write) ? fail () : NEXT (ftruncate) (fd, size);
}

int
rename (const char *from, const char *to)
{
  if (path_is_due (to))
    return fail ();
  if (g_atomic_int_get (&on))
    note_rename (from, to);
  return NEXT (rename) (from, to);
}

int
mkdir (const char *path, mode_t mode)
{
  return path_is_due (path) ? fail () : NEXT (mkdir) (path, mode);
}
