/* image-tags.c - Exif, XMP and the profile of sRGB; see image-write-private.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/image-write-private.h"

#include <math.h>
#include <string.h>

void
limn_tags_add_16 (GByteArray *bytes, guint number)
{
  const guint8 two[] = { (guint8) (number >> 8), (guint8) number };

  g_byte_array_append (bytes, two, sizeof two);
}

void
limn_tags_add_32 (GByteArray *bytes, guint32 number)
{
  limn_tags_add_16 (bytes, number >> 16);
  limn_tags_add_16 (bytes, number & 0xffff);
}

static void
add_text (GByteArray *bytes, const char *text)
{
  g_byte_array_append (bytes, (const guint8 *) text, (guint) strlen (text));
}

static const char *
find (const char *const *text, const char *key)
{
  for (gsize i = 0; text != NULL && text[i] != NULL; i += 2)
    if (g_str_equal (text[i], key))
      return text[i + 1];
  return NULL;
}

/* ---- Exif ---- */

/* A field of a directory whose value is where, or is value itself. */
static void
add_field (GByteArray *bytes, guint tag, guint type, guint32 count, guint32 value)
{
  limn_tags_add_16 (bytes, tag);
  limn_tags_add_16 (bytes, type);
  limn_tags_add_32 (bytes, count);
  limn_tags_add_32 (bytes, value);
}

#define SHORT 3
#define LONG 4
#define UNDEFINED 7
#define DIRECTORY(n) (2 + 12 * (n) + 4)

/* As piexif writes it, and so the web UI: the code's name and UTF-16, the high byte first. */
static GByteArray *
user_comment (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GByteArray *bytes = g_byte_array_new ();
  glong n = 0;
  g_autofree gunichar2 *wide = g_utf8_to_utf16 (valid, -1, NULL, &n, NULL);

  g_byte_array_append (bytes, (const guint8 *) "UNICODE", 8);
  for (glong i = 0; i < n; i++)
    limn_tags_add_16 (bytes, wide[i]);
  return bytes;
}

GByteArray *
limn_tags_exif (const char *const *text)
{
  const char *parameters = find (text, "parameters");
  g_autoptr (GByteArray) comment = parameters != NULL ? user_comment (parameters) : NULL;
  guint fields = comment != NULL ? 3 : 2, inner = 8 + DIRECTORY (1);
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) "MM\0*", 4);
  limn_tags_add_32 (bytes, 8);
  limn_tags_add_16 (bytes, 1);
  add_field (bytes, 0x8769, LONG, 1, inner);
  limn_tags_add_32 (bytes, 0);
  limn_tags_add_16 (bytes, fields);
  add_field (bytes, 0x9000, UNDEFINED, 4, 0x30323332); /* version "0232" */
  if (comment != NULL)
    add_field (bytes, 0x9286, UNDEFINED, comment->len, inner + DIRECTORY (fields));
  add_field (bytes, 0xa001, SHORT, 1, 1 << 16); /* sRGB */
  limn_tags_add_32 (bytes, 0);
  if (comment != NULL)
    g_byte_array_append (bytes, comment->data, comment->len);
  return bytes;
}

/* ---- XMP ---- */

#define XMP_BEGIN                                                                                                      \
  "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"                                               \
  "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"          \
  "<rdf:Description rdf:about=\"\" xmlns:limn=\"tag:limn-art.github.io,2026:limn/\">\n"
#define XMP_END "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"

GByteArray *
limn_tags_xmp (const char *const *text)
{
  GByteArray *bytes = NULL;

  for (gsize i = 0; text != NULL && text[i] != NULL; i += 2) {
    g_autofree char *valid = g_utf8_make_valid (text[i + 1], -1);
    g_autofree char *property = g_markup_printf_escaped ("<limn:%s>%s</limn:%s>\n", text[i], valid, text[i]);

    if (g_str_equal (text[i], "parameters"))
      continue;
    if (bytes == NULL) {
      bytes = g_byte_array_new ();
      add_text (bytes, XMP_BEGIN);
    }
    add_text (bytes, property);
  }
  if (bytes != NULL)
    add_text (bytes, XMP_END);
  return bytes;
}

/* ---- ICC ---- */

static void
add_fixed (GByteArray *bytes, double number)
{
  limn_tags_add_32 (bytes, (guint32) (gint32) rint (number * 65536));
}

static void
begin_tag (GByteArray *bytes, const char *type)
{
  add_text (bytes, type);
  limn_tags_add_32 (bytes, 0);
}

static void
add_words (GByteArray *bytes, const char *words)
{
  begin_tag (bytes, "mluc");
  limn_tags_add_32 (bytes, 1);
  limn_tags_add_32 (bytes, 12);
  add_text (bytes, "enUS");
  limn_tags_add_32 (bytes, (guint32) (2 * strlen (words)));
  limn_tags_add_32 (bytes, 28);
  for (const char *p = words; *p != '\0'; p++)
    limn_tags_add_16 (bytes, (guint8) *p);
}

static void
add_numbers (GByteArray *bytes, const char *type, const double *numbers, guint n)
{
  begin_tag (bytes, type);
  for (guint i = 0; i < n; i++)
    add_fixed (bytes, numbers[i]);
}

/* IEC 61966-2-1: a power of 2.4 above, a line below 0.04045. */
static void
add_curve (GByteArray *bytes)
{
  static const double curve[] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };

  begin_tag (bytes, "para");
  limn_tags_add_32 (bytes, 3 << 16);
  for (guint i = 0; i < G_N_ELEMENTS (curve); i++)
    add_fixed (bytes, curve[i]);
}

/* What a tag of the profile holds.  Primaries and white are D65's, taken to D50 by Bradford's matrix. */
static void
add_tag (GByteArray *bytes, guint index)
{
  static const double white[] = { 0.9642, 1, 0.8249 };
  static const double primaries[3][3] = { { 0.436066, 0.222488, 0.013916 },
                                          { 0.385147, 0.716873, 0.097076 },
                                          { 0.143066, 0.060608, 0.714096 } };
  static const double bradford[] = { 1.047882,  0.022919,  -0.050201, 0.029587, 0.990479,
                                     -0.017059, -0.009232, 0.015076,  0.751678 };

  if (index == 0)
    add_words (bytes, "sRGB");
  else if (index == 1)
    add_words (bytes, "CC0-1.0");
  else if (index == 2)
    add_numbers (bytes, "XYZ ", white, 3);
  else if (index == 3)
    add_numbers (bytes, "sf32", bradford, 9);
  else if (index < 7)
    add_numbers (bytes, "XYZ ", primaries[index - 4], 3);
  else
    add_curve (bytes);
}

#define HEADER 128

GByteArray *
limn_tags_srgb (void)
{
  static const char *const names[] = { "desc", "cprt", "wtpt", "chad", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC" };
  static const guint curve = 7; /* that the last three share */
  g_autoptr (GByteArray) data = g_byte_array_new ();
  GByteArray *bytes = g_byte_array_new ();
  const guint begin = HEADER + 4 + 12 * G_N_ELEMENTS (names);
  guint32 offset = 0, size = 0, whole;

  g_byte_array_set_size (bytes, HEADER);
  memset (bytes->data, 0, HEADER);
  memcpy (bytes->data + 8, "\x04\x30\0\0mntrRGB XYZ \x07\xea\0\x01\0\x01\0\0\0\0\0\0acsp", 32);
  memcpy (bytes->data + 68, "\0\0\xf6\xd6\0\1\0\0\0\0\xd3\x2d", 12); /* D50 */
  limn_tags_add_32 (bytes, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (i <= curve) {
      offset = data->len;
      add_tag (data, i);
      size = data->len - offset;
      g_byte_array_append (data, (const guint8 *) "\0\0\0", -data->len & 3);
    }
    add_text (bytes, names[i]);
    limn_tags_add_32 (bytes, begin + offset);
    limn_tags_add_32 (bytes, size);
  }
  g_byte_array_append (bytes, data->data, data->len);
  whole = GUINT32_TO_BE (bytes->len);
  memcpy (bytes->data, &whole, 4);
  return bytes;
}
