/* record-file.c - entries appended one by one, read back as far as they are whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "session/record-header.h"

#define MAGIC 0x314e524cu /* "LRN1" */
#define MOST_TEXT (64u << 20)
#define MOST_SIDE 2048 /* of latents */
#define MOST_STEPS 1000

typedef enum { ENTRY_HEADER = 1, ENTRY_BEFORE, ENTRY_STEP, ENTRY_END } EntryKind;

/* Of 40 bytes, without gaps. */
typedef struct {
  guint32 magic, kind;
  gint32 step, width, height;
  guint32 state;
  guint64 size; /* bytes that follow */
  guint64 sum;  /* of all the fields above and these bytes */
} Entry;

struct _LimnRecordWriter {
  int fd;
  char *path;
  gint64 size;
};

/* FNV-1a, eight bytes at a time: it has to tell torn from whole, not to keep anybody out. */
static guint64
sum_bytes (guint64 sum, const void *data, gsize size)
{
  const guint8 *bytes = data;
  guint64 word;

  for (; size >= sizeof word; size -= sizeof word, bytes += sizeof word) {
    memcpy (&word, bytes, sizeof word);
    sum = (sum ^ word) * G_GUINT64_CONSTANT (0x100000001b3);
    sum ^= sum >> 29;
  }
  for (; size > 0; size--, bytes++)
    sum = (sum ^ *bytes) * G_GUINT64_CONSTANT (0x100000001b3);
  return sum;
}

static guint64
sum_entry (const Entry *entry, const void *first, gsize first_size, const void *second, gsize second_size)
{
  guint64 sum = sum_bytes (G_GUINT64_CONSTANT (0xcbf29ce484222325), entry, G_STRUCT_OFFSET (Entry, sum));

  return sum_bytes (sum_bytes (sum, first, first_size), second, second_size);
}

static gboolean
fail (const char *path, const char *format, int code, GError **error)
{
  g_autofree char *problem = g_strdup_printf (format, g_strerror (code));

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, problem);
  return FALSE;
}

static gboolean
write_all (int fd, const void *data, gsize size)
{
  const guint8 *bytes = data;

  while (size > 0) {
    gssize written = write (fd, bytes, size);

    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return FALSE;
    bytes += written;
    size -= (gsize) written;
  }
  return TRUE;
}

static gboolean
read_all (int fd, gint64 offset, void *data, gsize size)
{
  guint8 *bytes = data;

  while (size > 0) {
    gssize got = pread (fd, bytes, size, offset);

    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return FALSE;
    bytes += got;
    offset += got;
    size -= (gsize) got;
  }
  return TRUE;
}

/* ---- Writing ---- */

static gboolean
append (LimnRecordWriter *writer, Entry *entry, const void *first, gsize first_size, const void *second,
        gsize second_size, GError **error)
{
  entry->magic = MAGIC;
  entry->size = first_size + second_size;
  entry->sum = sum_entry (entry, first, first_size, second, second_size);
  if (write_all (writer->fd, entry, sizeof *entry) && write_all (writer->fd, first, first_size)
      && write_all (writer->fd, second, second_size)) {
    writer->size += (gint64) (sizeof *entry + entry->size);
    return TRUE;
  }
  fail (writer->path, _ ("cannot write: %s"), errno, error);
  /* where even this fails, the checksum tells */
  if (ftruncate (writer->fd, writer->size) == 0)
    lseek (writer->fd, writer->size, SEEK_SET);
  return FALSE;
}

static LimnRecordWriter *
open_writer (const char *path, int flags, GError **error)
{
  int fd = open (path, flags | O_RDWR | O_CLOEXEC, 0600);
  LimnRecordWriter *writer;

  if (fd < 0) {
    fail (path, _ ("cannot open: %s"), errno, error);
    return NULL;
  }
  /* another Limn in the same folder; some network file systems know no locks */
  if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    fail (path, _ ("cannot write: %s"), errno, error);
    close (fd);
    return NULL;
  }
  writer = g_new0 (LimnRecordWriter, 1);
  writer->fd = fd;
  writer->path = g_strdup (path);
  return writer;
}

LimnRecordWriter *
limn_record_writer_new (const char *path, const LimnRecordHeader *header, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *text = limn_record_header_to_text (header);
  g_autoptr (LimnRecordWriter) writer = NULL;
  Entry entry = { .kind = ENTRY_HEADER };

  if (g_mkdir_with_parents (folder, 0700) != 0) {
    fail (folder, _ ("cannot make this folder: %s"), errno, error);
    return NULL;
  }
  writer = open_writer (path, O_CREAT | O_EXCL, error);
  if (writer == NULL)
    return NULL;
  if (!append (writer, &entry, text, strlen (text), NULL, 0, error)) {
    g_unlink (path);
    return NULL;
  }
  return g_steal_pointer (&writer);
}

LimnRecordWriter *
limn_record_writer_reopen (const char *path, GError **error)
{
  g_autoptr (LimnRecordWriter) writer = open_writer (path, 0, error);
  g_autoptr (LimnRecordFile) file = writer != NULL ? limn_record_file_scan (path, error) : NULL;

  if (file == NULL)
    return NULL;
  writer->size = file->size;
  if (ftruncate (writer->fd, file->size) != 0 || lseek (writer->fd, file->size, SEEK_SET) < 0) {
    fail (path, _ ("cannot cut off its torn end: %s"), errno, error);
    return NULL;
  }
  return g_steal_pointer (&writer);
}

gboolean
limn_record_writer_add (LimnRecordWriter *writer, LimnRecordPlace *place, const float *latents, const guint8 *rgb,
                        GError **error)
{
  gsize area = (gsize) place->width * place->height;
  Entry entry = { .kind = rgb != NULL ? ENTRY_STEP : ENTRY_BEFORE,
                  .step = place->schedule_step,
                  .width = place->width,
                  .height = place->height };
  gint64 offset = writer->size;

  if (!append (writer, &entry, latents, area * 4 * sizeof (float), rgb, rgb != NULL ? area * 3 : 0, error))
    return FALSE;
  place->offset = offset;
  return TRUE;
}

gboolean
limn_record_writer_end (LimnRecordWriter *writer, LimnRecordState state, const char *message, const char *picture_path,
                        GError **error)
{
  Entry entry = { .kind = ENTRY_END, .state = state };
  g_autofree char *texts = g_strdup_printf ("%s%c%s", message, '\0', picture_path != NULL ? picture_path : "");
  gsize size = strlen (message) + 1 + (picture_path != NULL ? strlen (picture_path) : 0) + 1;

  return append (writer, &entry, texts, size, NULL, 0, error);
}

void
limn_record_writer_free (LimnRecordWriter *writer)
{
  if (writer == NULL)
    return;
  close (writer->fd);
  g_free (writer->path);
  g_free (writer);
}

/* ---- Reading ---- */

/* FALSE at the end, or where what follows is torn. */
static gboolean
read_entry (int fd, gint64 offset, gint64 size, Entry *entry)
{
  guint64 area;

  if (size - offset < (gint64) sizeof *entry || !read_all (fd, offset, entry, sizeof *entry) || entry->magic != MAGIC
      || entry->size > (guint64) (size - offset - (gint64) sizeof *entry))
    return FALSE;
  if (entry->kind != ENTRY_BEFORE && entry->kind != ENTRY_STEP)
    return entry->size <= MOST_TEXT;
  if (entry->width < 1 || entry->height < 1 || entry->width > MOST_SIDE || entry->height > MOST_SIDE || entry->step < 0
      || entry->step > MOST_STEPS)
    return FALSE;
  area = (guint64) entry->width * (guint64) entry->height;
  return entry->size == area * (entry->kind == ENTRY_STEP ? 4 * sizeof (float) + 3 : 4 * sizeof (float));
}

/* NULL where it is torn. */
static char *
read_payload (int fd, gint64 offset, const Entry *entry)
{
  g_autofree char *payload = g_try_malloc (entry->size + 1);

  if (payload == NULL || !read_all (fd, offset + (gint64) sizeof *entry, payload, entry->size)
      || sum_entry (entry, payload, entry->size, NULL, 0) != entry->sum)
    return NULL;
  payload[entry->size] = '\0';
  return g_steal_pointer (&payload);
}

static gboolean
read_end (LimnRecordFile *file, int fd, gint64 offset, const Entry *entry)
{
  g_autofree char *texts = read_payload (fd, offset, entry);
  gsize message = texts != NULL ? strlen (texts) : 0;

  if (texts == NULL || entry->state == LIMN_RECORD_RUNNING || entry->state > LIMN_RECORD_INTERRUPTED)
    return FALSE;
  file->state = (LimnRecordState) entry->state;
  g_free (file->message);
  file->message = g_strdup (texts);
  g_clear_pointer (&file->picture_path, g_free);
  if (message + 1 < entry->size && texts[message + 1] != '\0')
    file->picture_path = g_strdup (texts + message + 1);
  return TRUE;
}

/* The steps of an interrupted run are wanted next, and only there can the end be torn without the sizes telling. */
static void
drop_torn (LimnRecordFile *file, int fd)
{
  while (file->steps->len > 0) {
    LimnRecordPlace *last = &g_array_index (file->steps, LimnRecordPlace, file->steps->len - 1);
    g_autofree char *payload = NULL;
    Entry entry;

    if (last->offset + (gint64) sizeof entry <= file->size && read_all (fd, last->offset, &entry, sizeof entry)
        && (payload = read_payload (fd, last->offset, &entry)) != NULL)
      return;
    file->size = last->offset;
    g_array_set_size (file->steps, file->steps->len - 1);
  }
}

/* A run that went on wrote its steps after the end of the first try, some of them anew: each counts once. */
static void
add_step (LimnRecordFile *file, const LimnRecordPlace *place)
{
  while (file->steps->len > 0
         && g_array_index (file->steps, LimnRecordPlace, file->steps->len - 1).schedule_step >= place->schedule_step)
    g_array_set_size (file->steps, file->steps->len - 1);
  g_array_append_val (file->steps, *place);
}

static void
scan_entries (LimnRecordFile *file, int fd, gint64 size)
{
  gboolean ended = FALSE;
  Entry entry;

  for (gint64 offset = file->size; read_entry (fd, offset, size, &entry);) {
    LimnRecordPlace place = { entry.step, entry.width, entry.height, offset };

    if (entry.kind == ENTRY_END && !read_end (file, fd, offset, &entry))
      break;
    ended = entry.kind == ENTRY_END;
    if (entry.kind == ENTRY_STEP)
      add_step (file, &place);
    else if (entry.kind == ENTRY_BEFORE)
      file->before = place;
    offset += (gint64) (sizeof entry + entry.size);
    file->size = offset;
  }
  if (ended)
    return;
  file->state = LIMN_RECORD_INTERRUPTED;
  g_free (file->message);
  file->message = g_strdup ("");
  g_clear_pointer (&file->picture_path, g_free);
  drop_torn (file, fd);
}

static LimnRecordFile *
scan (const char *path, int fd, GError **error)
{
  g_autoptr (LimnRecordFile) file = g_new0 (LimnRecordFile, 1);
  g_autofree char *text = NULL;
  struct stat status;
  Entry entry;

  file->steps = g_array_new (FALSE, FALSE, sizeof (LimnRecordPlace));
  file->before.offset = -1;
  file->message = g_strdup ("");
  file->state = LIMN_RECORD_INTERRUPTED;
  if (fstat (fd, &status) != 0) {
    fail (path, _ ("cannot read: %s"), errno, error);
    return NULL;
  }
  if (!S_ISREG (status.st_mode) || !read_entry (fd, 0, status.st_size, &entry) || entry.kind != ENTRY_HEADER
      || (text = read_payload (fd, 0, &entry)) == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: its header is not whole"), path);
    return NULL;
  }
  file->header = limn_record_header_from_text (path, text, entry.size, error);
  if (file->header == NULL)
    return NULL;
  file->size = (gint64) (sizeof entry + entry.size);
  scan_entries (file, fd, status.st_size);
  return g_steal_pointer (&file);
}

/* A pipe of that name would be waited for. */
static int
open_reader (const char *path)
{
  return open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

LimnRecordFile *
limn_record_file_scan (const char *path, GError **error)
{
  int fd = open_reader (path);
  LimnRecordFile *file;

  if (fd < 0) {
    fail (path, _ ("cannot open: %s"), errno, error);
    return NULL;
  }
  file = scan (path, fd, error);
  close (fd);
  return file;
}

void
limn_record_file_free (LimnRecordFile *file)
{
  if (file == NULL)
    return;
  limn_record_header_free (file->header);
  g_clear_pointer (&file->steps, g_array_unref);
  g_free (file->message);
  g_free (file->picture_path);
  g_free (file);
}

gboolean
limn_record_file_read (const char *path, const LimnRecordPlace *place, GBytes **latents_out, LimnImage **image_out,
                       GError **error)
{
  int fd = open_reader (path);
  g_autofree char *payload = NULL;
  gsize area = (gsize) place->width * place->height;
  Entry entry;

  if (fd < 0)
    return fail (path, _ ("cannot open: %s"), errno, error);
  if (place->offset >= 0 && read_entry (fd, place->offset, G_MAXINT64, &entry) && entry.step == place->schedule_step
      && entry.width == place->width && entry.height == place->height)
    payload = read_payload (fd, place->offset, &entry);
  close (fd);
  if (payload == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: what was kept of step %d is damaged"), path,
                 place->schedule_step);
    return FALSE;
  }
  if (latents_out != NULL)
    *latents_out = g_bytes_new (payload, area * 4 * sizeof (float));
  if (image_out != NULL && entry.kind == ENTRY_STEP) {
    *image_out = limn_image_new (place->width, place->height);
    memcpy ((*image_out)->rgb, payload + area * 4 * sizeof (float), area * 3);
  }
  return TRUE;
}
