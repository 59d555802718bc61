/* test-photo-mask.c - what is transparent in a picture file, and what that says as a mask.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo.h"

#include "photo-files.h"

static LimnPhoto *
load_file (GByteArray *file)
{
  g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
  GError *error = NULL;
  LimnPhoto *photo = limn_photo_load_bytes ("it", bytes, NULL, &error);

  g_assert_no_error (error);
  return photo;
}

/* Four pixels of colour and opacity; what they are as a mask and as holes. */
static void
test_masks (void)
{
  static const struct {
    guint8 pixels[4][4];
    guint8 mask[4], holes[4];
  } cases[] = {
    /* strokes on nothing, whatever is under the nothing */
    { { { 255, 255, 255, 255 }, { 255, 255, 255, 0 }, { 0, 0, 0, 0 }, { 255, 255, 255, 128 } },
      { 255, 0, 0, 128 },
      { 0, 255, 255, 127 } },
    { { { 0, 0, 0, 255 }, { 0, 0, 0, 0 }, { 255, 255, 255, 0 }, { 0, 0, 0, 51 } },
      { 255, 0, 0, 51 },
      { 0, 255, 255, 204 } },
    { { { 255, 0, 0, 255 }, { 0, 90, 10, 255 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
      { 255, 255, 0, 0 },
      { 0, 0, 255, 255 } },
    /* black and white themselves, with a corner that is cut off */
    { { { 255, 255, 255, 255 }, { 0, 0, 0, 255 }, { 255, 255, 255, 0 }, { 255, 255, 255, 128 } },
      { 255, 0, 0, 128 },
      { 0, 0, 255, 127 } },
    /* opaque: the colours */
    { { { 255, 255, 255, 255 }, { 0, 0, 0, 255 }, { 90, 90, 90, 255 }, { 10, 10, 10, 255 } },
      { 255, 0, 90, 10 },
      { 0, 0, 0, 0 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) file = photo_files_png (cases[i].pixels[0], 2, 2, 4, NULL, NULL, 0);
    g_autoptr (LimnPhoto) photo = load_file (file);
    g_autoptr (LimnImage) mask = limn_photo_to_mask (photo), holes = limn_photo_holes (photo);

    for (int k = 0; k < 4; k++) {
      g_assert_cmpint (mask->rgb[3 * k + 1], ==, cases[i].mask[k]);
      g_assert_cmpint (holes->rgb[3 * k + 1], ==, cases[i].holes[k]);
    }
  }
}

/* Transparency is turned and laid on white with the rest. */
static void
test_turned_alpha (void)
{
  static const guint8 pixels[4][4] = { { 200, 0, 0, 255 }, { 0, 0, 0, 0 } };
  g_autoptr (GBytes) exif = photo_files_exif (6, TRUE);
  g_autoptr (GByteArray) file = photo_files_png (pixels[0], 2, 1, 4, exif, NULL, 0);
  g_autoptr (LimnPhoto) photo = load_file (file);

  g_assert_cmpint (photo->width, ==, 1);
  g_assert_cmpint (photo->height, ==, 2);
  g_assert_cmpmem (photo->image->rgb, 6, ((const guint8[]){ 200, 0, 0, 255, 255, 255 }), 6);
  g_assert_cmpint (photo->alpha[0], ==, 255);
  g_assert_cmpint (photo->alpha[1], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/photo-mask/masks", test_masks);
  g_test_add_func ("/photo-mask/turned-alpha", test_turned_alpha);
  return g_test_run ();
}
