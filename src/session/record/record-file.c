/* record-file.c - entries appended one by one, read back as far as they are whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/record-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "session/record/record-header.h"
#include "session/record/trail.h"

#define SURE_WITHIN (5 * G_USEC_PER_SEC)
#define MAGIC 0x314e524cu /* "LRN1" */
#define MOST_TEXT (64u << 20)
#define MOST_SIDE 2048 /* of latents */
#define MOST_PLANES 32
#define MOST_STEPS 1000
#define MOST_DRAWS 100000

/* Of version 1 are ENTRY_LATENTS_BEFORE, the latents that a branch began with, and ENTRY_LATENTS, a step's latents and
 * colours. */
typedef enum {
  ENTRY_HEADER = 1,
  ENTRY_LATENTS_BEFORE,
  ENTRY_LATENTS,
  ENTRY_END,
  ENTRY_BEFORE, /* Step, latents, and where known denoised latents, and those without the prompt */
  ENTRY_STEP    /* Step, latents, denoised latents, where kept those without the prompt, and colours */
} EntryKind;

/* Of 40 bytes, without gaps. */
typedef struct {
  guint32 magic, kind;
  gint32 step, width, height;
  guint32 state; /* of an ENTRY_END; of latents their planes, 0 for 4 */
  guint64 size;  /* bytes that follow */
  guint64 sum;   /* of all the fields above and these bytes */
} Entry;

/* Of 16 bytes. */
typedef struct {
  double sigma;
  gint32 draws;
  guint32 refined;
} Step;

struct _LimnRecordWriter {
  int fd;
  char *path;
  gint64 size;
  gint64 sure; /* g_get_monotonic_time () when it was last made sure of what is written */
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
sum_entry (const Entry *entry, const void *payload)
{
  guint64 sum = sum_bytes (G_GUINT64_CONSTANT (0xcbf29ce484222325), entry, G_STRUCT_OFFSET (Entry, sum));

  return sum_bytes (sum, payload, entry->size);
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

/* The end survives a power cut, and of a long run all but its last seconds.  Not every file system can do this. */
static gboolean
make_sure (LimnRecordWriter *writer, const Entry *entry)
{
  gint64 now = g_get_monotonic_time ();

  if (entry->kind != ENTRY_END && now - writer->sure < SURE_WITHIN)
    return TRUE;
  writer->sure = now;
  return fdatasync (writer->fd) == 0 || errno == EINVAL || errno == ENOSYS;
}

static gboolean
append (LimnRecordWriter *writer, Entry *entry, const void *payload, gsize size, GError **error)
{
  entry->magic = MAGIC;
  entry->size = size;
  entry->sum = sum_entry (entry, payload);
  if (write_all (writer->fd, entry, sizeof *entry) && write_all (writer->fd, payload, size)
      && make_sure (writer, entry)) {
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
  writer->sure = g_get_monotonic_time ();
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
  if (!append (writer, &entry, text, strlen (text), error)) {
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
limn_record_writer_add (LimnRecordWriter *writer, LimnRecordPlace *place, const LimnTrailPoint *point,
                        const guint8 *rgb, GError **error)
{
  gsize area = (gsize) place->width * place->height, values = area * (gsize) place->planes * sizeof (float);
  Step step = { point->sigma, point->draws, point->refined ? 1 : 0 };
  Entry entry = { .kind = rgb != NULL ? ENTRY_STEP : ENTRY_BEFORE,
                  .step = place->schedule_step,
                  .width = place->width,
                  .height = place->height,
                  .state = (guint32) place->planes };
  g_autoptr (GByteArray) payload = g_byte_array_sized_new ((guint) (sizeof step + 3 * values + 3 * area));
  gint64 offset = writer->size;

  g_return_val_if_fail (rgb == NULL || point->denoised != NULL, FALSE);

  g_byte_array_append (payload, (const guint8 *) &step, sizeof step);
  g_byte_array_append (payload, (const guint8 *) point->latents, (guint) values);
  if (point->denoised != NULL)
    g_byte_array_append (payload, (const guint8 *) point->denoised, (guint) values);
  if (point->denoised != NULL && point->negative != NULL)
    g_byte_array_append (payload, (const guint8 *) point->negative, (guint) values);
  if (rgb != NULL)
    g_byte_array_append (payload, rgb, (guint) (3 * area));
  if (!append (writer, &entry, payload->data, payload->len, error))
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

  return append (writer, &entry, texts, size, error);
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

static int
planes_of (const Entry *entry)
{
  return entry->state == 0 ? 4 : (int) entry->state;
}

static guint64
size_of_values (const Entry *entry)
{
  return (guint64) entry->width * (guint64) entry->height * (guint64) planes_of (entry) * sizeof (float);
}

/* Of an ENTRY_BEFORE or ENTRY_STEP: how many times its latents are in it.  The colours are less than one. */
static guint64
n_values (const Entry *entry)
{
  return entry->size > sizeof (Step) ? (entry->size - sizeof (Step)) / size_of_values (entry) : 0;
}

/* FALSE at the end, or where what follows is torn. */
static gboolean
read_entry (int fd, gint64 offset, gint64 size, Entry *entry)
{
  guint64 values, colours, n;

  if (size - offset < (gint64) sizeof *entry || !read_all (fd, offset, entry, sizeof *entry) || entry->magic != MAGIC
      || entry->size > (guint64) (size - offset - (gint64) sizeof *entry))
    return FALSE;
  if (entry->kind == ENTRY_HEADER || entry->kind == ENTRY_END)
    return entry->size <= MOST_TEXT;
  if (entry->width < 1 || entry->height < 1 || entry->width > MOST_SIDE || entry->height > MOST_SIDE || entry->step < 0
      || entry->step > MOST_STEPS || entry->state > MOST_PLANES)
    return FALSE;
  values = size_of_values (entry);
  colours = (guint64) entry->width * (guint64) entry->height * 3;
  switch (entry->kind) {
  case ENTRY_LATENTS_BEFORE:
    return entry->size == values;
  case ENTRY_LATENTS:
    return entry->size == values + colours;
  case ENTRY_BEFORE:
  case ENTRY_STEP:
    n = n_values (entry);
    return n >= (entry->kind == ENTRY_STEP ? 2 : 1) && n <= 3
           && entry->size == sizeof (Step) + n * values + (entry->kind == ENTRY_STEP ? colours : 0);
  default:
    return FALSE;
  }
}

/* NULL where it is torn. */
static char *
read_payload (int fd, gint64 offset, const Entry *entry)
{
  g_autofree char *payload = g_try_malloc (entry->size + 1);

  if (payload == NULL || !read_all (fd, offset + (gint64) sizeof *entry, payload, entry->size)
      || sum_entry (entry, payload) != entry->sum)
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
add_place (GArray *places, const LimnRecordPlace *place)
{
  while (places->len > 0
         && g_array_index (places, LimnRecordPlace, places->len - 1).schedule_step >= place->schedule_step)
    g_array_set_size (places, places->len - 1);
  g_array_append_val (places, *place);
}

static void
scan_entries (LimnRecordFile *file, int fd, gint64 size)
{
  gboolean ended = FALSE;
  Entry entry;

  for (gint64 offset = file->size; read_entry (fd, offset, size, &entry);) {
    LimnRecordPlace place = { entry.step, planes_of (&entry), entry.width, entry.height, offset };

    if (entry.kind == ENTRY_END && !read_end (file, fd, offset, &entry))
      break;
    ended = entry.kind == ENTRY_END;
    if (entry.kind == ENTRY_STEP || entry.kind == ENTRY_LATENTS)
      add_place (file->steps, &place);
    else if (entry.kind == ENTRY_BEFORE || entry.kind == ENTRY_LATENTS_BEFORE)
      add_place (file->before, &place);
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
  file->before = g_array_new (FALSE, FALSE, sizeof (LimnRecordPlace));
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
  g_clear_pointer (&file->before, g_array_unref);
  g_free (file->message);
  g_free (file->picture_path);
  g_free (file);
}

static LimnTrailPoint *
point_from_payload (const Entry *entry, const char *payload)
{
  gboolean old = entry->kind == ENTRY_LATENTS || entry->kind == ENTRY_LATENTS_BEFORE;
  gsize values = size_of_values (entry);
  guint64 n = n_values (entry);
  LimnTrailPoint *point;
  Step step;

  if (old)
    return limn_trail_point_new (planes_of (entry), entry->width, entry->height, (const float *) payload);
  memcpy (&step, payload, sizeof step);
  payload += sizeof step;
  point = limn_trail_point_new (planes_of (entry), entry->width, entry->height, (const float *) payload);
  limn_trail_point_set_step (point,
                             &(LimnPast){ .sigma = step.sigma,
                                          .denoised = n > 1 ? (const float *) (payload + values) : NULL,
                                          .negative = n > 2 ? (const float *) (payload + 2 * values) : NULL,
                                          .refined = step.refined != 0 },
                             CLAMP (step.draws, 0, MOST_DRAWS));
  return point;
}

gboolean
limn_record_file_read (const char *path, const LimnRecordPlace *place, LimnTrailPoint **point_out,
                       LimnImage **image_out, GError **error)
{
  int fd = open_reader (path);
  g_autofree char *payload = NULL;
  gsize colours = (gsize) place->width * place->height * 3;
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
  if (point_out != NULL)
    *point_out = point_from_payload (&entry, payload);
  /* the colours come last */
  if (image_out != NULL && (entry.kind == ENTRY_STEP || entry.kind == ENTRY_LATENTS)) {
    *image_out = limn_image_new (place->width, place->height);
    memcpy ((*image_out)->rgb, payload + entry.size - colours, colours);
  }
  return TRUE;
}
