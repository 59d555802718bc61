/* foreign-exif.c - the texts of an Exif block: the user comment, and the plain ones of the first directory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-chunks.h"

#include <string.h>

#define MOST_FIELDS 256

typedef struct {
  LimnSpan span;
  gboolean big;
} Tiff;

static guint
tiff_16 (const Tiff *tiff, gsize offset)
{
  const guint8 *p = tiff->span.data + offset;

  if (offset > tiff->span.size || tiff->span.size - offset < 2)
    return 0;
  return tiff->big ? (guint) p[0] << 8 | p[1] : (guint) p[1] << 8 | p[0];
}

static guint32
tiff_32 (const Tiff *tiff, gsize offset)
{
  guint high = tiff_16 (tiff, tiff->big ? offset : offset + 2), low = tiff_16 (tiff, tiff->big ? offset + 2 : offset);

  return (guint32) high << 16 | low;
}

/* ---- The user comment ---- */

/* Letters of ASCII, of which settings are full, where span is read in this order. */
static gsize
count_ascii (LimnSpan span, gboolean big)
{
  gsize n = 0;

  for (gsize i = 0; i + 1 < span.size; i += 2) {
    guint8 high = span.data[big ? i : i + 1], low = span.data[big ? i + 1 : i];

    n += high == 0 && (low == '\n' || (low >= ' ' && low < 0x7f));
  }
  return n;
}

/* A byte order mark counts; without one the order that makes sense; big: where both do. */
static char *
utf16_text (LimnSpan span, gboolean big)
{
  gsize ascii[2] = { count_ascii (span, FALSE), count_ascii (span, TRUE) };
  g_autofree char *wide = NULL;

  if (span.size >= 2 && (memcmp (span.data, "\xfe\xff", 2) == 0 || memcmp (span.data, "\xff\xfe", 2) == 0)) {
    big = span.data[0] == 0xfe;
    span = limn_span_from (span, 2);
  } else if (ascii[0] != ascii[1]) {
    big = ascii[1] > ascii[0];
  }
  wide = g_convert_with_fallback ((const char *) span.data, (gssize) (span.size & ~(gsize) 1), "UTF-8",
                                  big ? "UTF-16BE" : "UTF-16LE", "?", NULL, NULL, NULL);
  return wide != NULL ? g_utf8_make_valid (wide, -1) : NULL;
}

static gboolean
is_utf16 (LimnSpan span)
{
  return span.size >= 2
         && (memcmp (span.data, "\xfe\xff", 2) == 0 || memcmp (span.data, "\xff\xfe", 2) == 0
             || count_ascii (span, FALSE) + count_ascii (span, TRUE) > span.size / 8);
}

/* Programs also write UTF-8 under this name. */
static char *
jis_text (LimnSpan span)
{
  static const char *const codes[] = { "ISO-2022-JP", "SHIFT_JIS" };
  g_autofree char *plain = g_strndup ((const char *) span.data, span.size);

  if (g_utf8_validate (plain, -1, NULL) && strchr (plain, '\033') == NULL)
    return g_steal_pointer (&plain);
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    char *text = g_convert (plain, -1, "UTF-8", codes[i], NULL, NULL, NULL);

    if (text != NULL)
      return text;
  }
  return limn_span_utf8 (span);
}

/* Eight bytes that name the code come first, but for programs that forget them. */
static char *
user_comment (LimnSpan span, gboolean big)
{
  static const char *const codes[] = { "UNICODE", "JIS\0\0\0\0", "ASCII\0\0", "\0\0\0\0\0\0\0" };
  LimnSpan body = limn_span_from (span, 8);

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    gboolean named =
        span.size > 8 && (memcmp (span.data, codes[i], 7) == 0 || (i == 0 && memcmp (span.data, "Unicode", 7) == 0));

    if (!named)
      continue;
    if (i == 1)
      return jis_text (body);
    return is_utf16 (body) || (i == 0 && !g_utf8_validate ((const char *) body.data, (gssize) body.size, NULL))
               ? utf16_text (body, big)
               : limn_span_utf8 (body);
  }
  return is_utf16 (span) ? utf16_text (span, big) : limn_span_utf8 (span);
}

/* ---- Fields ---- */

/* ComfyUI's WebP: "prompt:{...}" in fields that were made for the camera's name. */
static void
keep_camera (LimnChunks *chunks, char *value)
{
  static const char *const names[] = { "prompt", "workflow" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gsize length = strlen (names[i]);

    if (g_ascii_strncasecmp (value, names[i], length) == 0 && value[length] == ':')
      limn_chunks_keep (chunks, names[i], g_strdup (value + length + 1));
  }
  g_free (value);
}

static void
read_field (LimnChunks *chunks, const Tiff *tiff, guint tag, LimnSpan value)
{
  static const struct {
    guint tag;
    const char *key;
  } texts[] = { { 0x010e, "Description" }, { 0x0131, "Software" } };

  if (tag == 0x9286 && limn_chunks_want (chunks, "UserComment", value.size))
    limn_chunks_keep (chunks, "UserComment", user_comment (value, tiff->big));
  if (tag == 0x9c9c && limn_chunks_want (chunks, "XPComment", value.size)) /* Windows writes it, in one order */
    limn_chunks_keep (chunks, "XPComment", utf16_text (value, FALSE));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (tag == texts[i].tag && limn_chunks_want (chunks, texts[i].key, value.size))
      limn_chunks_keep (chunks, texts[i].key, limn_span_utf8 (value));
  if ((tag == 0x010f || tag == 0x0110) && limn_chunks_want (chunks, NULL, value.size))
    keep_camera (chunks, limn_span_utf8 (value));
}

static void
read_directory (LimnChunks *chunks, const Tiff *tiff, gsize offset, gboolean nested)
{
  static const guint sizes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8 };
  guint n = MIN (tiff_16 (tiff, offset), MOST_FIELDS);

  for (guint i = 0; i < n; i++) {
    gsize entry = offset + 2 + (gsize) i * 12;
    guint tag = tiff_16 (tiff, entry), type = tiff_16 (tiff, entry + 2);
    guint64 bytes = (guint64) tiff_32 (tiff, entry + 4) * (type < G_N_ELEMENTS (sizes) ? sizes[type] : 0);
    gsize at = bytes <= 4 ? entry + 8 : tiff_32 (tiff, entry + 8);
    LimnSpan value = limn_span_from (tiff->span, at);

    if (tag == 0x8769 && !nested)
      read_directory (chunks, tiff, tiff_32 (tiff, entry + 8), TRUE);
    else if (bytes > 0 && bytes <= value.size)
      read_field (chunks, tiff, tag, limn_span_cut (value, (gsize) bytes));
  }
}

void
limn_chunks_read_exif (LimnChunks *self, LimnSpan span)
{
  Tiff tiff;

  if (span.size > 6 && memcmp (span.data, "Exif\0\0", 6) == 0)
    span = limn_span_from (span, 6);
  if (span.size < 8 || (memcmp (span.data, "II*\0", 4) != 0 && memcmp (span.data, "MM\0*", 4) != 0))
    return;
  if (self->blocks == 0) {
    self->cut = TRUE;
    return;
  }
  self->blocks--;
  tiff = (Tiff){ span, span.data[0] == 'M' };
  read_directory (self, &tiff, tiff_32 (&tiff, 4), FALSE);
}
