/* file.c - the bytes of a picture's file or pipe; see photo-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"

#define PIECE (1 << 20)
#define WAIT 3000 /* ms */

static gboolean
fail (const char *path, const char *reason, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, reason);
  return FALSE;
}

/* Devices are not even opened: that alone may rewind a tape or wait for a line. */
static gboolean
check_type (const char *path, GError **error)
{
  struct stat info;

  if (stat (path, &info) != 0)
    return fail (path, g_strerror (errno), error);
  if (S_ISDIR (info.st_mode))
    return fail (path, _ ("expected a picture, found a folder"), error);
  if (!S_ISREG (info.st_mode) && !S_ISFIFO (info.st_mode))
    return fail (path, _ ("expected a picture, found a device or a socket"), error);
  if (S_ISREG (info.st_mode) && (guint64) info.st_size > LIMN_PHOTO_BYTES)
    return fail (path, _ ("the file is too large for a picture"), error);
  return TRUE;
}

/* fd does not block: a pipe that nobody has come to write to in WAIT is at its end.  A writer may take its time. */
static gboolean
read_to_end (const char *path, int fd, GByteArray *bytes, GError **error)
{
  struct pollfd ready = { .fd = fd, .events = POLLIN };

  poll (&ready, 1, WAIT);
  for (;;) {
    guint before = bytes->len;
    gssize got;

    g_byte_array_set_size (bytes, before + PIECE);
    got = read (fd, bytes->data + before, PIECE);
    g_byte_array_set_size (bytes, before + (guint) MAX (got, 0));
    if (got == 0)
      return bytes->len > 0 || fail (path, _ ("expected a picture, found nothing in it"), error);
    if (got < 0 && errno == EAGAIN)
      poll (&ready, 1, -1);
    else if (got < 0 && errno != EINTR)
      return fail (path, g_strerror (errno), error);
    if (bytes->len > LIMN_PHOTO_BYTES)
      return fail (path, _ ("the file is too large for a picture"), error);
  }
}

GBytes *
limn_photo_read (const char *path, GError **error)
{
  GByteArray *bytes;
  gboolean good;
  int fd;

  if (!check_type (path, error))
    return NULL;
  fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) {
    fail (path, g_strerror (errno), error);
    return NULL;
  }
  bytes = g_byte_array_new ();
  good = read_to_end (path, fd, bytes, error);
  close (fd);
  if (good)
    return g_byte_array_free_to_bytes (bytes);
  g_byte_array_unref (bytes);
  return NULL;
}
