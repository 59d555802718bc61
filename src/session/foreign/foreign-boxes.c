/* foreign-boxes.c - the Exif and XMP of files that are made of boxes: AVIF, HEIF, JPEG XL.
 *
 * ISO/IEC 14496-12 (boxes), 23008-12 (HEIF's items), 18181-2 (JPEG XL's container).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-chunks.h"

#include <string.h>

#define MOST_ITEMS 64 /* that are looked for in a file's tables */

typedef struct {
  char type[5];
  LimnSpan body;
} Box;

/* Takes a number off span; 0 behind its end. */
static guint64
take (LimnSpan *span, guint bytes)
{
  guint64 number = 0;

  for (guint i = 0; i < bytes; i++)
    number = number << 8 | (i < span->size ? span->data[i] : 0);
  *span = limn_span_from (*span, MIN (bytes, span->size));
  return number;
}

/* Takes the next box off span; one of length 0 goes on to its end. */
static gboolean
take_box (LimnSpan *span, Box *box)
{
  LimnSpan rest = *span;
  guint64 length = take (&rest, 4);

  if (span->size < 8)
    return FALSE;
  memcpy (box->type, rest.data, 4);
  box->type[4] = '\0';
  rest = limn_span_from (rest, 4);
  if (length == 1)
    length = take (&rest, 8);
  else if (length == 0)
    length = span->size;
  if (length < span->size - rest.size || length > span->size)
    return FALSE;
  box->body = limn_span_cut (rest, (gsize) length - (span->size - rest.size));
  *span = limn_span_from (*span, (gsize) length);
  return TRUE;
}

/* An empty span where there is none. */
static LimnSpan
find_box (LimnSpan span, const char *type)
{
  Box box;

  while (take_box (&span, &box))
    if (g_str_equal (box.type, type))
      return box.body;
  return (LimnSpan){ NULL, 0 };
}

/* Its first number says how much stands before the header of TIFF. */
static void
read_exif (LimnChunks *self, LimnSpan span)
{
  guint64 before = take (&span, 4);

  if (before < span.size)
    limn_chunks_read_exif (self, limn_span_from (span, (gsize) before));
}

/* ---- HEIF ---- */

typedef struct {
  LimnSpan file, meta;
  guint left; /* items that may still be looked for */
} Items;

/* Where iloc says that an item in one piece is, its number taken off places already; empty where it is not in this
 * file. */
static LimnSpan
take_place (const Items *items, LimnSpan *places, int version, guint widths)
{
  guint way = version > 0 ? take (places, 2) & 15 : 0, foreign = (guint) take (places, 2);
  guint64 base = take (places, widths >> 4 & 15), offset = 0, length = 0;
  guint pieces = (guint) take (places, 2);
  LimnSpan from = way == 1 ? find_box (items->meta, "idat") : items->file;

  for (guint i = 0; i < pieces && places->size > 0; i++) {
    take (places, version > 0 ? widths & 15 : 0);
    offset = take (places, widths >> 12 & 15);
    length = take (places, widths >> 8 & 15);
  }
  if (way > 1 || foreign != 0 || pieces != 1 || base > from.size || offset > from.size - base)
    return (LimnSpan){ NULL, 0 };
  return limn_span_cut (limn_span_from (from, (gsize) (base + offset)),
                        length < from.size ? (gsize) length : from.size);
}

static LimnSpan
find_item (const Items *items, guint64 wanted)
{
  LimnSpan places = find_box (items->meta, "iloc");
  int version = (int) (take (&places, 4) >> 24);
  guint widths = (guint) take (&places, 2);
  guint64 n = take (&places, version < 2 ? 2 : 4);

  for (guint64 i = 0; i < n && places.size > 0; i++) {
    guint64 id = take (&places, version < 2 ? 2 : 4);
    LimnSpan place = take_place (items, &places, version, widths);

    if (id == wanted)
      return place;
  }
  return (LimnSpan){ NULL, 0 };
}

/* An item's type, and of "mime" the content's after the name. */
static void
read_item (LimnChunks *self, Items *items, LimnSpan entry)
{
  int version = (int) (take (&entry, 4) >> 24);
  guint64 id = take (&entry, version < 3 ? 2 : 4);
  LimnSpan type = limn_span_from (entry, 2);
  gboolean exif = type.size >= 4 && memcmp (type.data, "Exif", 4) == 0;
  gboolean xmp = type.size >= 4 && memcmp (type.data, "mime", 4) == 0
                 && memmem (type.data, type.size, "application/rdf+xml", 19) != NULL;

  if (version < 2 || !(exif || xmp) || items->left == 0)
    return;
  items->left--;
  if (exif)
    read_exif (self, find_item (items, id));
  else
    limn_chunks_read_xmp (self, find_item (items, id));
}

static void
read_items (LimnChunks *self, LimnSpan file, LimnSpan meta)
{
  Items items = { file, limn_span_from (meta, 4), MOST_ITEMS };
  LimnSpan entries = find_box (items.meta, "iinf");
  int version = (int) (take (&entries, 4) >> 24);
  Box box;

  take (&entries, version == 0 ? 2 : 4);
  while (take_box (&entries, &box))
    if (g_str_equal (box.type, "infe"))
      read_item (self, &items, box.body);
}

/* ---- The file ---- */

void
limn_chunks_read_boxes (LimnChunks *self, LimnSpan file)
{
  LimnSpan rest = file;
  Box box;

  while (take_box (&rest, &box))
    if (g_str_equal (box.type, "meta"))
      read_items (self, file, box.body);
    else if (g_str_equal (box.type, "Exif"))
      read_exif (self, box.body);
    else if (g_str_equal (box.type, "xml "))
      limn_chunks_read_xmp (self, box.body);
}
