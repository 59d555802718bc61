/* test-hints.c - the size hints' numbers: their drawing and back, dragging, presets, and what drafts are painted with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "app/panel/contact-sheet.h"

static void
check_hints (LimnSizeHints hints, int width, int height, int left, int top, int target_width, int target_height)
{
  LimnSizeHints wanted = { width, height, left, top, target_width, target_height };
  g_autofree char *have = limn_hints_describe (&hints), *want = limn_hints_describe (&wanted);

  g_assert_cmpstr (have, ==, want);
}

/* original = the photo's size / scale, target and crop = the frame's size and corner: as hints.h says */
static LimnSizeHints
read_back (const LimnSizeHints *hints)
{
  graphene_rect_t photo = limn_hints_photo (hints), frame = limn_hints_frame (hints);
  double scale = limn_hints_scale (hints);

  return (LimnSizeHints){ (int) (photo.size.width / scale + 0.5),
                          (int) (photo.size.height / scale + 0.5),
                          (int) frame.origin.x,
                          (int) frame.origin.y,
                          (int) frame.size.width,
                          (int) frame.size.height };
}

static void
test_round_trip (void)
{
  static const LimnSizeHints odd[] = {
    { 1024, 1024, 0, 0, 1024, 1024 },   { 4000, 3000, 341, 0, 1024, 1024 }, { 1, 1, 16384, 16384, 16384, 16384 },
    { 16384, 16384, 3, 5, 1, 1 },       { 777, 333, 17, 1, 1023, 769 },     { 16384, 1, 0, 0, 64, 64 },
    { 1, 16384, 12345, 54, 1152, 896 }, { 512, 512, 256, 256, 1024, 1024 }, { 1919, 1079, 0, 13, 8, 8 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    LimnSizeHints still = limn_hints_drag (&odd[i], 832, 1216, LIMN_GRIP_MOVE, 0, 0, 1), back = read_back (&odd[i]);

    g_assert_true (limn_size_hints_equal (&odd[i], &still));
    g_assert_true (limn_size_hints_equal (&odd[i], &back));
    /* the frame reaches across one way at least, as a photo that was resized to be cut does */
    {
      graphene_rect_t photo = limn_hints_photo (&odd[i]);
      double x = photo.size.width / odd[i].target_width, y = photo.size.height / odd[i].target_height;

      g_assert_true (fabs (MIN (x, y) - 1) <= 1e-4);
    }
  }
}

/* the paper's way: a 4000 x 3000 photo becomes 1365 x 1024, of which 1024 x 1024 are cut out */
static void
test_semantics (void)
{
  LimnSizeHints hints = { 4000, 3000, 170, 0, 1024, 1024 };
  graphene_rect_t photo = limn_hints_photo (&hints);

  g_assert_true (fabsf (photo.size.width - 1365.33f) <= 0.01f);
  g_assert_true (fabsf (photo.size.height - 1024) <= 0.01f);
  g_assert_true (fabs (limn_hints_scale (&hints) - 1024.0 / 3000) <= 1e-9);
}

static void
test_zero_is_the_output (void)
{
  LimnSizeHints none = { 0 }, half = { 0, 512, 0, 0, 0, 0 }, to;

  check_hints (limn_size_hints_resolve (&none, 832, 1216), 832, 1216, 0, 0, 832, 1216);
  check_hints (limn_size_hints_resolve (&half, 832, 1216), 832, 1216, 0, 0, 832, 1216);
  /* moving the frame leaves both sizes as they were written */
  to = limn_hints_drag (&half, 832, 1216, LIMN_GRIP_MOVE, 40, 16, 8);
  check_hints (to, 0, 512, 40, 16, 0, 0);
  to = limn_hints_drag (&none, 832, 1216, LIMN_GRIP_RIGHT, -64, 0, 64);
  check_hints (to, 0, 0, 0, 0, 768, 1216);
  to = limn_hints_drag (&none, 832, 1216, LIMN_GRIP_PHOTO, 832, 1216, 64);
  check_hints (to, 1664, 2432, 0, 0, 0, 0);
  /* less than half a step is no move, and never becomes one */
  to = limn_hints_drag (&none, 832, 1216, LIMN_GRIP_RIGHT | LIMN_GRIP_BOTTOM, 31, -31, 64);
  g_assert_true (limn_size_hints_equal (&to, &none));
}

static void
test_drag_numbers (void)
{
  LimnSizeHints start = { 2048, 1536, 101, 50, 1024, 1024 }, to;

  /* a left edge takes from the crop what it gives to the size, and ends at the photo's corner */
  to = limn_hints_drag (&start, 64, 64, LIMN_GRIP_LEFT, -37, 0, 1);
  check_hints (to, 2048, 1536, 64, 50, 1061, 1024);
  to = limn_hints_drag (&start, 64, 64, LIMN_GRIP_LEFT | LIMN_GRIP_TOP, -9999, -9999, 64);
  check_hints (to, 2048, 1536, 0, 0, 1125, 1074);
  to = limn_hints_drag (&start, 64, 64, LIMN_GRIP_LEFT, 9999, 0, 64);
  check_hints (to, 2048, 1536, 1061, 50, 64, 1024);
  to = limn_hints_drag (&start, 64, 64, LIMN_GRIP_MOVE, -9999, 9999999, 8);
  check_hints (to, 2048, 1536, 0, LIMN_HINT_MOST, 1024, 1024);
  to = limn_hints_drag (&start, 64, 64, LIMN_GRIP_PHOTO, -99999, 99999, 64);
  check_hints (to, 64, LIMN_HINT_MOST, 101, 50, 1024, 1024);
  to = limn_hints_drag (&start, 64, 64, LIMN_GRIP_MOVE, NAN, NAN, 8);
  g_assert_true (limn_size_hints_equal (&to, &start));
}

static gboolean
says (const char *words, const char *phrase)
{
  return strstr (words, phrase) != NULL;
}

/* an amount and its words, but for what is too near to half a pixel to be told */
static void
expect_side (const char *words, const char *phrase, double amount)
{
  if (amount >= 0.51)
    g_assert_true (says (words, phrase));
  else if (amount <= 0.49)
    g_assert_false (says (words, phrase));
}

static void
expect_outside (const char *words, const char *format, double amount)
{
  g_autofree char *phrase = g_strdup_printf (format, (int) round (amount));

  if (fabs (amount - floor (amount) - 0.5) > 0.02)
    expect_side (words, phrase, amount);
}

/* every side is told as the frame lies on the photo, whatever the numbers */
static void
test_words (void)
{
  for (int i = 0; i < 5000; i++) {
    LimnSizeHints h = { g_test_rand_int_range (1, 4096),
                        g_test_rand_int_range (1, 4096),
                        g_test_rand_int_range (0, 3) == 0 ? 0 : g_test_rand_int_range (0, 2000),
                        g_test_rand_int_range (0, 3) == 0 ? 0 : g_test_rand_int_range (0, 2000),
                        g_test_rand_int_range (64, 2048),
                        g_test_rand_int_range (64, 2048) };
    double scale = MAX ((double) h.target_width / h.original_width, (double) h.target_height / h.original_height);
    double width = h.original_width * scale, height = h.original_height * scale;
    g_autofree char *words = limn_hints_effect (&h);

    if (width > 1e6 || height > 1e6) /* nobody's photo; single precision tells no pixel there */
      continue;
    expect_side (words, "cut off on the left", MIN (h.crop_left, width));
    expect_side (words, "cut off at the top", MIN (h.crop_top, height));
    expect_side (words, "cut off on the right", width - h.crop_left - h.target_width);
    expect_side (words, "cut off at the bottom", height - h.crop_top - h.target_height);
    expect_outside (words, "%d px outside on the right", MIN (h.crop_left + h.target_width - width, h.target_width));
    expect_outside (words, "%d px outside at the bottom", MIN (h.crop_top + h.target_height - height, h.target_height));
    g_assert_true (says (words, "nothing cut off") != (says (words, "cut off on") || says (words, "cut off at")));
  }
}

static void
test_presets (void)
{
  LimnSizeHints none = { 0 }, own = { 777, 333, 17, 1, 1152, 896 }, to;

  to = limn_preset_apply (LIMN_PRESET_OUTPUT, &own, 1024, 1024);
  g_assert_true (limn_size_hints_equal (&to, &none));
  check_hints (limn_preset_apply (LIMN_PRESET_LARGE, &none, 1024, 1024), 4096, 4096, 0, 0, 0, 0);
  check_hints (limn_preset_apply (LIMN_PRESET_SMALL, &none, 1024, 1024), 512, 512, 0, 0, 0, 0);
  check_hints (limn_preset_apply (LIMN_PRESET_SMALL, &own, 64, 64), 576, 448, 0, 0, 1152, 896);
  check_hints (limn_preset_apply (LIMN_PRESET_CUT_LEFT, &none, 1024, 1024), 1536, 1024, 512, 0, 0, 0);
  check_hints (limn_preset_apply (LIMN_PRESET_CUT_RIGHT, &none, 1024, 1024), 1536, 1024, 0, 0, 0, 0);
  check_hints (limn_preset_apply (LIMN_PRESET_CUT_TOP, &none, 832, 1216), 832, 1824, 0, 608, 0, 0);
  check_hints (limn_preset_apply (LIMN_PRESET_CUT_BOTTOM, &none, 832, 1216), 832, 1824, 0, 0, 0, 0);
  /* as sharp as it was, and whole */
  to = limn_preset_apply (LIMN_PRESET_CENTRED, &(LimnSizeHints){ 4096, 2048, 700, 0, 0, 0 }, 1024, 1024);
  check_hints (to, 2048, 2048, 0, 0, 0, 0);
  for (int i = 0; i < LIMN_N_PRESETS; i++) {
    LimnPreset preset = LIMN_N_PRESETS;

    g_assert_true (limn_preset_from_name (limn_preset_name ((LimnPreset) i), &preset));
    g_assert_cmpint (preset, ==, i);
    to = limn_preset_apply (preset, &(LimnSizeHints){ 1, 16384, 0, 0, 16384, 1 }, 8, 8192);
    g_assert_cmpint (MIN (to.original_width, to.original_height), >=, 0);
    g_assert_cmpint (MAX (to.original_width, to.original_height), <=, LIMN_HINT_MOST);
  }
  g_assert_false (limn_preset_from_name ("nonsense", &(LimnPreset){ 0 }));
}

/* what a draft is painted with: small, few steps, no refiner, hints as for the whole picture */
static void
test_draft_settings (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new (), draft = NULL;
  LimnSizeHints hints;
  const LimnSettingsValues *v;

  g_object_set (settings, "width", 1216, "height", 832, "use-refiner", TRUE, "crop-left", 3, "count", 4, "seed",
                G_GUINT64_CONSTANT (11), NULL);
  hints = limn_sheet_hints (settings, TRUE, LIMN_SHEET_CROP_TOP, 2);
  check_hints (hints, 608, 624, 0, 416, 0, 0);
  draft = limn_sheet_draft (settings, TRUE, &hints, 6);
  v = limn_settings_values (draft);
  g_assert_cmpint (v->width, ==, 640);
  g_assert_cmpint (v->height, ==, 448);
  g_assert_cmpint (v->steps, ==, 6);
  g_assert_cmpint (v->count, ==, 1);
  g_assert_cmpuint (v->seed, ==, 11);
  g_assert_false (v->use_refiner);
  g_assert_false (v->new_seed);
  g_assert_true (v->separate_negative);
  check_hints (limn_hints_get (draft, FALSE), 1216, 832, 3, 0, 1216, 832);
  check_hints (limn_hints_get (draft, TRUE), 608, 624, 0, 416, 1216, 832);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hints/round-trip", test_round_trip);
  g_test_add_func ("/hints/semantics", test_semantics);
  g_test_add_func ("/hints/zero-is-the-output", test_zero_is_the_output);
  g_test_add_func ("/hints/drag-numbers", test_drag_numbers);
  g_test_add_func ("/hints/words", test_words);
  g_test_add_func ("/hints/presets", test_presets);
  g_test_add_func ("/hints/draft-settings", test_draft_settings);
  return g_test_run ();
}
