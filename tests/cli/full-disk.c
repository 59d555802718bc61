/* full-disk.c - preloaded into a program: the disk under the folder FULL_DISK takes not a byte.
 *
 * A limit on the size of files would do, too, but Mesa's software device keeps its memory in one, and dies of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
is_full (int fd)
{
  const char *folder = getenv ("FULL_DISK");
  char name[64], path[4096];
  ssize_t length;

  snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  length = readlink (name, path, sizeof path - 1);
  if (folder == NULL || length < 0)
    return 0;
  path[length] = '\0';
  return strncmp (path, folder, strlen (folder)) == 0 && path[strlen (folder)] == '/';
}

ssize_t
write (int fd, const void *data, size_t size)
{
  ssize_t (*next) (int fd, const void *data, size_t size);

  if (is_full (fd)) {
    errno = ENOSPC;
    return -1;
  }
  *(void **) &next = dlsym (RTLD_NEXT, "write");
  return next (fd, data, size);
}
