/* fuzz-record.c - any bytes as the file of a run, as they are and with right checksums: each step that is said to be
 * there is read or told to be damaged, and going on cuts off what is not whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "session/record/record-file.h"
#include "session/record/record-header.h"
#include "session/record/trail.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* ---- Checksums ---- */

/* As record-file.c has it. */
typedef struct {
  guint32 magic, kind;
  gint32 step, width, height;
  guint32 state;
  guint64 size, sum;
} Entry;

static guint64
sum_bytes (guint64 sum, const guint8 *bytes, gsize size)
{
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

/* Else hardly any change gets past them. */
static void
repair_checksums (guint8 *data, gsize size)
{
  Entry entry;

  for (gsize at = 0; at + sizeof entry <= size; at += sizeof entry + (gsize) entry.size) {
    memcpy (&entry, data + at, sizeof entry);
    if (entry.size > size - at - sizeof entry)
      return;
    entry.sum = sum_bytes (G_GUINT64_CONSTANT (0xcbf29ce484222325), data + at, G_STRUCT_OFFSET (Entry, sum));
    entry.sum = sum_bytes (entry.sum, data + at + sizeof entry, (gsize) entry.size);
    memcpy (data + at, &entry, sizeof entry);
  }
}

/* ---- Reading ---- */

static void
check_places (const char *path, GArray *places)
{
  for (guint i = 0; i < places->len; i++) {
    LimnRecordPlace *place = &g_array_index (places, LimnRecordPlace, i);
    LimnTrailPoint *point = NULL;
    LimnImage *image = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (i == 0 || g_array_index (places, LimnRecordPlace, i - 1).schedule_step < place->schedule_step);
    if (limn_record_file_read (path, place, &point, &image, &error))
      g_assert_nonnull (point);
    else
      g_assert_true (error->domain == LIMN_ERROR && g_str_has_prefix (error->message, path));
    limn_trail_point_unref (point);
    limn_image_free (image);
  }
}

static void
check_header (const LimnRecordHeader *header)
{
  g_autofree char *text = limn_record_header_to_text (header), *rewritten = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnRecordHeader) again = limn_record_header_from_text ("again", text, strlen (text), &error);

  g_assert_no_error (error);
  rewritten = limn_record_header_to_text (again);
  g_assert_cmpstr (text, ==, rewritten);
}

static void
check_file (const guint8 *data, gsize size)
{
  int fd = memfd_create ("record", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnRecordFile) file = NULL;
  g_autoptr (LimnRecordWriter) writer = NULL;

  g_assert_true (fd >= 0 && write (fd, data, size) == (gssize) size);
  file = limn_record_file_scan (path, &error);
  if (file == NULL)
    g_assert_true (error->domain == LIMN_ERROR && g_str_has_prefix (error->message, path));
  else {
    g_assert_cmpint (file->state, !=, LIMN_RECORD_RUNNING);
    g_assert_true (file->size <= (gint64) size);
    check_header (file->header);
    check_places (path, file->steps);
    check_places (path, file->before);
    writer = limn_record_writer_reopen (path, &error);
    g_assert_no_error (error);
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, file->size);
    g_assert_true (limn_record_writer_end (writer, LIMN_RECORD_FAILED, "once more", NULL, &error));
    g_clear_pointer (&file, limn_record_file_free);
    file = limn_record_file_scan (path, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (file->message, ==, "once more");
  }
  close (fd);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint8 *repaired = g_memdup2 (data, size);

  check_file (data, size);
  repair_checksums (repaired, size);
  check_file (repaired, size);
  return 0;
}
