/* test-foreign-chunks.c - the text inside picture files, whole, cut and damaged.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gio/gio.h>
#include <string.h>

#include "common/own-time.h"
#include "fake-engine.h"
#include "session/foreign/foreign.h"

static const char webui[] =
    "a (red:1.3) circle,\nabove a blue square <lora:crayon:0.7>\n"
    "Negative prompt: blurry,\nlow \"contrast\"\n"
    "Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4294967295, Size: 1216x832, "
    "Model hash: 31e35c80fc, Model: sd_xl_base_1.0, VAE hash: 235745af8d, VAE: sdxl_vae.safetensors, "
    "Denoising strength: 0.4, Clip skip: 3, RNG: CPU, ControlNet 0: \"Module: canny, Weight: 1, Resize: Crop\", "
    "Hires upscale: 2, Hires upscaler: 4x-UltraSharp, Lora hashes: \"crayon: abcdef\", Refiner: sd_xl_refiner_1.0 "
    "[7440042bbd], Refiner switch at: 0.7, Unheard of: 1, Version: v1.10.1";

static void
append_chunk (GByteArray *file, const char *type, const void *data, gsize size)
{
  guint32 length = GUINT32_TO_BE ((guint32) size), crc = 0;

  g_byte_array_append (file, (const guint8 *) &length, 4);
  g_byte_array_append (file, (const guint8 *) type, 4);
  g_byte_array_append (file, data, (guint) size);
  g_byte_array_append (file, (const guint8 *) &crc, 4);
}

static GBytes *
deflate (const char *text)
{
  g_autoptr (GZlibCompressor) zlib = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9);
  guint8 buffer[4096];
  gsize read, written;

  g_assert_cmpint (g_converter_convert (G_CONVERTER (zlib), text, strlen (text), buffer, sizeof buffer,
                                        G_CONVERTER_INPUT_AT_END, &read, &written, NULL),
                   ==, G_CONVERTER_FINISHED);
  return g_bytes_new (buffer, written);
}

static void
test_png (void)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GByteArray) compressed = g_byte_array_new ();
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (GBytes) packed = deflate ("packed words");

  g_byte_array_append (file, (const guint8 *) "\x89PNG\r\n\x1a\n", 8);
  append_chunk (file, "IHDR", "0123456789012", 13);
  append_chunk (file, "tEXt", "parameters\0caf\xe9", 15);
  append_chunk (file, "iTXt", "prompt\0\0\0en\0\0\xe7\x8c\xab", 16);
  append_chunk (file, "IDAT", "xx", 2);
  g_byte_array_append (compressed, (const guint8 *) "Comment\0\0", 9);
  g_byte_array_append (compressed, g_bytes_get_data (packed, NULL), (guint) g_bytes_get_size (packed));
  append_chunk (file, "zTXt", compressed->data, compressed->len); /* after the pixels, where some programs write */
  append_chunk (file, "IEND", "", 0);
  text = limn_foreign_read_chunks (file->data, file->len);
  g_assert_cmpstr (g_hash_table_lookup (text, "parameters"), ==, "café");
  g_assert_cmpstr (g_hash_table_lookup (text, "prompt"), ==, "猫");
  g_assert_cmpstr (g_hash_table_lookup (text, "Comment"), ==, "packed words");

  for (guint n = 0; n < file->len; n++) { /* cut anywhere */
    g_autofree guint8 *part = g_memdup2 (file->data, n);
    g_autoptr (GHashTable) some = limn_foreign_read_chunks (part, n);

    g_assert_cmpint (g_hash_table_size (some), <=, 3);
  }
}

/* An Exif block whose user comment is comment. */
static GByteArray *
exif (const void *comment, gsize size)
{
  static const guint8 head[] = { 'M', 'M', 0, 42, 0, 0,  0, 8, 0, 1, 0x87, 0x69, 0,    4,    0, 0,
                                 0,   1,   0, 0,  0, 26, 0, 0, 0, 0, 0,    1,    0x92, 0x86, 0, 7 };
  GByteArray *block = g_byte_array_new ();
  guint32 length = GUINT32_TO_BE ((guint32) size), at = GUINT32_TO_BE (44), none = 0;

  g_byte_array_append (block, head, sizeof head);
  g_byte_array_append (block, (const guint8 *) &length, 4);
  g_byte_array_append (block, (const guint8 *) &at, 4);
  g_byte_array_append (block, (const guint8 *) &none, 4);
  g_byte_array_append (block, comment, (guint) size);
  return block;
}

static void
assert_comment (const char *container, const void *comment, gsize size, const char *expected)
{
  g_autoptr (GByteArray) block = exif (comment, size);
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GHashTable) text = NULL;

  if (g_str_equal (container, "jpeg")) {
    guint length = block->len + 8;
    const guint8 head[] = { 0xff, 0xd8, 0xff, 0xe1, (guint8) (length >> 8), (guint8) length, 'E', 'x', 'i', 'f', 0, 0 };

    g_byte_array_append (file, head, sizeof head);
  } else {
    guint32 length = GUINT32_TO_LE (block->len);

    g_byte_array_append (file, (const guint8 *) "RIFF....WEBPEXIF", 16);
    g_byte_array_append (file, (const guint8 *) &length, 4);
  }
  g_byte_array_append (file, block->data, block->len);
  text = limn_foreign_read_chunks (file->data, file->len);
  g_assert_cmpstr (g_hash_table_lookup (text, "UserComment"), ==, expected);
}

static void
test_exif (void)
{
  static const char ascii[] = "ASCII\0\0\0a cup", big[] = "UNICODE\0\0a\0 \x73\x2b",
                    little[] = "UNICODE\0a\0 \0\x2b\x73";

  for (int i = 0; i < 2; i++) {
    const char *container = i == 0 ? "jpeg" : "webp";

    assert_comment (container, ascii, sizeof ascii - 1, "a cup");
    assert_comment (container, big, sizeof big - 1, "a 猫");
    assert_comment (container, little, sizeof little - 1, "a 猫"); /* against the block's own order */
    assert_comment (container, "plain words", 11, "plain words");
  }
}

/* As ImageMagick writes it into a PNG that was a JPEG. */
static void
test_raw_profile (void)
{
  static const char comment[] = "ASCII\0\0\0a cup";
  g_autoptr (GByteArray) block = exif (comment, sizeof comment - 1), file = g_byte_array_new ();
  g_autoptr (GString) chunk = g_string_new ("Raw profile type exif");
  g_autoptr (GHashTable) text = NULL;

  g_string_append_c (chunk, '\0');
  g_string_append_printf (chunk, "\nexif\n%8u", block->len);
  for (guint i = 0; i < block->len; i++)
    g_string_append_printf (chunk, "%s%02x", i % 36 == 0 ? "\n" : "", block->data[i]);
  g_byte_array_append (file, (const guint8 *) "\x89PNG\r\n\x1a\n", 8);
  append_chunk (file, "tEXt", chunk->str, chunk->len);
  text = limn_foreign_read_chunks (file->data, file->len);
  g_assert_cmpstr (g_hash_table_lookup (text, "UserComment"), ==, "a cup");
}

/* Whatever the code and the order: the mark, else the order that makes sense; and what programs write under another's
 * name. */
static void
test_orders (void)
{
  static const char words[] = "灯台の絵\nSteps: 20, Sampler: Euler", prefix[] = "UNICODE";

  for (int i = 0; i < 16; i++) {
    gboolean big = (i & 1) != 0, marked = (i & 2) != 0, named = (i & 4) != 0;
    g_autoptr (GByteArray) comment = g_byte_array_new ();
    gsize size;
    g_autofree char *wide = g_convert (words, -1, big ? "UTF-16BE" : "UTF-16LE", "UTF-8", NULL, &size, NULL);

    if (named)
      g_byte_array_append (comment, (const guint8 *) prefix, 8);
    if (marked)
      g_byte_array_append (comment, (const guint8 *) (big ? "\xfe\xff" : "\xff\xfe"), 2);
    g_byte_array_append (comment, (const guint8 *) wide, (guint) size);
    assert_comment ((i & 8) != 0 ? "jpeg" : "webp", comment->data, comment->len, words);
  }
  assert_comment ("jpeg", "UNICODE\0caf\xc3\xa9, Steps: 20", 24, "café, Steps: 20");
  assert_comment ("jpeg", "ASCII\0\0\0caf\xc3\xa9", 13, "café");
  assert_comment ("jpeg", "\xef\xbb\xbf{}", 5, "{}");
  assert_comment ("jpeg", "JIS\0\0\0\0\0a\x1b$BEtBf\x1b(B", 19, "a灯台");
}

static void
assert_xmp (const GByteArray *file)
{
  g_autoptr (GHashTable) text = limn_foreign_read_chunks (file->data, file->len);
  g_autoptr (LimnForeign) foreign = limn_foreign_read (text, NULL, NULL);

  g_assert_cmpstr (g_hash_table_lookup (text, "Software"), ==, "Draw Things");
  g_assert_nonnull (foreign);
  g_assert_cmpstr (foreign->program, ==, "Draw Things");
  g_assert_cmpstr (limn_settings_values (foreign->settings)->prompt, ==, "a cup & saucer");
  g_assert_cmpstr (limn_settings_values (foreign->settings)->negative, ==, "dust");
  g_assert_cmpfloat (limn_settings_values (foreign->settings)->guidance, ==, 4.5);
}

/* The same packet in each kind of file; and cut anywhere it does no harm. */
static void
test_xmp (void)
{
  static const char packet[] =
      "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
      "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about=''>"
      "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>a cup</rdf:li></rdf:Alt></dc:description>"
      "<xmp:CreatorTool>Draw Things</xmp:CreatorTool><exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>"
      "{\"c\":\"a cup &amp; saucer\",\"uc\":\"dust\",\"seed\":5,\"scale\":4.5}</rdf:li></rdf:Alt></exif:UserComment>"
      "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>";
  static const char name[] = "http://ns.adobe.com/xap/1.0/", key[] = "XML:com.adobe.xmp\0\0\0\0";
  g_autoptr (GByteArray) png = g_byte_array_new ();
  g_autoptr (GByteArray) jpeg = g_byte_array_new ();
  g_autoptr (GByteArray) webp = g_byte_array_new ();
  g_autoptr (GByteArray) body = g_byte_array_new ();
  guint length = sizeof name + strlen (packet) + 2;
  const guint8 head[] = { 0xff, 0xd8, 0xff, 0xe1, (guint8) (length >> 8), (guint8) length };
  guint32 size = GUINT32_TO_LE ((guint32) strlen (packet));

  g_byte_array_append (png, (const guint8 *) "\x89PNG\r\n\x1a\n", 8);
  g_byte_array_append (body, (const guint8 *) key, sizeof key);
  g_byte_array_append (body, (const guint8 *) packet, strlen (packet));
  append_chunk (png, "iTXt", body->data, body->len);
  g_byte_array_append (jpeg, head, sizeof head);
  g_byte_array_append (jpeg, (const guint8 *) name, sizeof name);
  g_byte_array_append (jpeg, (const guint8 *) packet, strlen (packet));
  g_byte_array_append (webp, (const guint8 *) "RIFF....WEBPXMP ", 16);
  g_byte_array_append (webp, (const guint8 *) &size, 4);
  g_byte_array_append (webp, (const guint8 *) packet, strlen (packet));
  assert_xmp (png);
  assert_xmp (jpeg);
  assert_xmp (webp);
  for (guint n = 0; n < strlen (packet); n += 3) {
    guint32 part = GUINT32_TO_LE (n);
    g_autoptr (GHashTable) text = NULL;

    memcpy (webp->data + 16, &part, 4);
    text = limn_foreign_read_chunks (webp->data, 20 + n);
    g_assert_cmpint (g_hash_table_size (text), <=, 3);
  }
}

/* thousands of damaged texts and files */
static void
test_mutations (void)
{
  g_autoptr (GByteArray) block = exif (webui, sizeof webui - 1);
  int read = 0;

  for (int i = 0; i < 4000; i++) {
    g_autofree char *text = g_memdup2 (webui, sizeof webui);
    g_autoptr (GByteArray) file = g_byte_array_new ();
    g_autoptr (GHashTable) chunks = NULL;
    g_autoptr (LimnForeign) foreign = NULL;

    g_byte_array_append (file, (const guint8 *) "\xff\xd8\xff\xe1\x7f\xff", 6);
    g_byte_array_append (file, block->data, block->len);
    for (int n = 0; n < 4; n++) {
      text[g_test_rand_int_range (0, sizeof webui - 1)] = (char) g_test_rand_int_range (1, 256);
      file->data[g_test_rand_int_range (2, (gint32) MIN (file->len, 60))] = (guint8) g_test_rand_int_range (0, 256);
    }
    chunks = limn_foreign_read_chunks (file->data, file->len);
    foreign = limn_foreign_read_string (text, NULL, NULL);
    read += foreign != NULL;
  }
  g_test_message ("%d of 4000 damaged texts still read", read);
  g_assert_cmpint (read, >, 100);
}

/* a file of some megabytes that would unpack to gigabytes: only so many of its texts are looked at */
static void
test_bombs (void)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GByteArray) compressed = g_byte_array_new ();
  g_autofree char *plain = g_strnfill (3 << 20, 'a');
  g_autoptr (GBytes) packed = deflate (plain);
  g_autoptr (GHashTable) text = NULL;
  gint64 start = tests_own_time ();

  g_byte_array_append (file, (const guint8 *) "\x89PNG\r\n\x1a\n", 8);
  g_byte_array_append (compressed, (const guint8 *) "Comment\0\0", 9);
  g_byte_array_append (compressed, g_bytes_get_data (packed, NULL), (guint) g_bytes_get_size (packed));
  for (int i = 0; i < 3000; i++)
    append_chunk (file, "zTXt", compressed->data, compressed->len);
  text = limn_foreign_read_chunks (file->data, file->len);
  g_assert_cmpint (g_hash_table_size (text), ==, 1);
  g_test_message ("a bomb of %u bytes was read in %.2f s", file->len, (tests_own_time () - start) / 1e6);
  g_assert_cmpint (tests_own_time () - start, <, 30 * G_USEC_PER_SEC);
}

/* More than Limn looks at: what comes before is read, and the rest is told. */
static void
test_too_much (void)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autofree char *plain = g_strnfill (3 << 20, 'a');
  g_autoptr (GBytes) packed = deflate (plain);
  g_autoptr (GHashTable) text = NULL, first = NULL;
  g_autoptr (LimnForeign) foreign = NULL;
  g_autoptr (GError) error = NULL;

  g_byte_array_append (file, (const guint8 *) "\x89PNG\r\n\x1a\n", 8);
  for (int i = 0; i < 3000; i++) {
    g_autoptr (GByteArray) body = g_byte_array_new ();
    g_autofree char *key = g_strdup_printf ("key %d", i);

    g_byte_array_append (body, (const guint8 *) key, strlen (key) + 1);
    g_byte_array_append (body, (const guint8 *) "", 1);
    g_byte_array_append (body, g_bytes_get_data (packed, NULL), (guint) g_bytes_get_size (packed));
    append_chunk (file, "zTXt", body->data, body->len);
  }
  append_chunk (file, "tEXt", webui, sizeof webui); /* no key: none of it counts */
  text = limn_foreign_read_chunks (file->data, file->len);
  g_assert_cmpint (g_hash_table_size (text), <, 24); /* of 3 MiB each */
  g_assert_null (limn_foreign_read (text, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "64 MiB"));

  g_byte_array_set_size (file, 8);
  append_chunk (file, "tEXt", "parameters\0a cup\nSteps: 9, Seed: 3", 34);
  plain = g_realloc (plain, 17 << 20);
  memset (plain, 'a', 17 << 20);
  plain[3] = '\0';
  append_chunk (file, "tEXt", plain, 17 << 20);
  first = limn_foreign_read_chunks (file->data, file->len);
  foreign = limn_foreign_read (first, NULL, NULL);
  g_assert_nonnull (foreign);
  g_assert_cmpint (limn_settings_values (foreign->settings)->steps, ==, 9);
  g_assert_cmpstr (((LimnForeignGap *) foreign->gaps->pdata[foreign->gaps->len - 1])->why, ==,
                   "The file holds more text than Limn looks at");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-chunks/png", test_png);
  g_test_add_func ("/foreign-chunks/exif", test_exif);
  g_test_add_func ("/foreign-chunks/raw-profile", test_raw_profile);
  g_test_add_func ("/foreign-chunks/orders", test_orders);
  g_test_add_func ("/foreign-chunks/xmp", test_xmp);
  g_test_add_func ("/foreign-chunks/too-much", test_too_much);
  g_test_add_func ("/foreign-chunks/mutations", test_mutations);
  g_test_add_func ("/foreign-chunks/bombs", test_bombs);
  return g_test_run ();
}
