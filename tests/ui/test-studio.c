/* test-studio.c - the whole program, driven from outside through its accessibility tree and its actions, over the real
 * engine.
 *
 * What counts is files, their pixels and the settings inside them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "engine/limn.h"
#include "session/record/record-file.h"
#include "studio-driver.h"

#define STEPS 12
#define PROMPT "a red cube on top of a blue sphere on grass"

/* ---- What a picture's file says ---- */

typedef struct {
  LimnImage *image;
  GHashTable *text;
  LimnRequest request; /* read from the file's own JSON */
  GStringChunk *strings;
} Saved;

static void
saved_load (Saved *saved, const char *path)
{
  GError *error = NULL;

  *saved = (Saved){ .strings = g_string_chunk_new (256) };
  saved->image = limn_image_load_png (path, &saved->text, &error);
  g_assert_no_error (error);
  limn_request_init (&saved->request, NULL);
  if (g_hash_table_contains (saved->text, "limn")) {
    limn_request_from_json (&saved->request, g_hash_table_lookup (saved->text, "limn"), saved->strings, &error);
    g_assert_no_error (error);
  }
}

static void
saved_clear (Saved *saved)
{
  limn_image_free (saved->image);
  g_hash_table_unref (saved->text);
  g_string_chunk_free (saved->strings);
}

static gboolean
same_pixels (const LimnImage *a, const LimnImage *b)
{
  return a->width == b->width && a->height == b->height
         && memcmp (a->rgb, b->rgb, (gsize) a->width * a->height * 3) == 0;
}

static void
assert_same_picture (const char *a, const char *b, gboolean same)
{
  g_autoptr (LimnImage) first = limn_image_load_png (a, NULL, NULL), second = limn_image_load_png (b, NULL, NULL);

  g_assert_nonnull (first);
  g_assert_nonnull (second);
  g_assert_true (same_pixels (first, second) == same);
}

/* There are the journals of two runs, and one of them is a quarter shorter than the other at least. */
static void
assert_only_tail (Studio *studio)
{
  g_autofree char *folder = g_build_filename (studio->home, "state", "limn", "runs", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint least = G_MAXUINT, most = 0, n = 0;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (LimnRecordFile) file = g_str_has_suffix (name, ".run") ? limn_record_file_scan (path, NULL) : NULL;

    n += file != NULL;
    least = file != NULL ? MIN (least, file->steps->len) : least;
    most = file != NULL ? MAX (most, file->steps->len) : most;
  }
  g_test_message ("%u journals of %u and %u steps", n, most, least);
  g_assert_true (n == 2 && least * 4 < most * 3);
}

/* ---- Beginnings ---- */

static void
add (GVariantBuilder *builder, const char *name, GVariant *value)
{
  g_variant_builder_add (builder, "{sv}", name, value);
}

static void
begin (GVariantBuilder *builder, int steps)
{
  g_variant_builder_init (builder, G_VARIANT_TYPE_VARDICT);
  add (builder, "prompt", g_variant_new_string (PROMPT));
  add (builder, "width", g_variant_new_int32 (64));
  add (builder, "height", g_variant_new_int32 (64));
  add (builder, "steps", g_variant_new_int32 (steps));
  add (builder, "guidance", g_variant_new_double (3));
  add (builder, "seed", g_variant_new_uint64 (7));
  add (builder, "new-seed", g_variant_new_boolean (FALSE));
}

static void
open_with_steps (Studio *studio, int steps)
{
  GVariantBuilder builder;

  begin (&builder, steps);
  studio_open (studio, g_variant_builder_end (&builder));
}

static void
open_with_refiner (Studio *studio)
{
  GVariantBuilder builder;

  begin (&builder, STEPS);
  add (&builder, "model", g_variant_new_string (LIMN_GOLDEN_DIR "/mini-sdxl"));
  add (&builder, "refiner", g_variant_new_string (LIMN_GOLDEN_DIR "/mini-sdxl-refiner"));
  add (&builder, "use-refiner", g_variant_new_boolean (TRUE));
  add (&builder, "handoff", g_variant_new_double (0.75));
  studio_open (studio, g_variant_builder_end (&builder));
}

static void
generate (Studio *studio)
{
  studio_click (studio, "Generate");
}

/* ---- Tests ---- */

static void
paint_prompt (Studio *studio, Saved *saved)
{
  g_autoptr (GPtrArray) paths = NULL;

  studio_type (studio, "Prompt", PROMPT);
  generate (studio);
  paths = studio_wait_pictures (studio, 1);
  g_assert_cmpuint (paths->len, ==, 1);
  saved_load (saved, g_ptr_array_index (paths, 0));
}

/* a first start: nothing but a prompt and a click */
static void
test_generate (void)
{
  Studio studio;
  Saved saved;

  studio_open (&studio, NULL);
  paint_prompt (&studio, &saved);
  g_assert_cmpstr (saved.request.prompt, ==, PROMPT);
  g_assert_cmpint (saved.image->width, ==, saved.request.width);
  g_assert_nonnull (strstr (g_hash_table_lookup (saved.text, "parameters"), PROMPT));
  saved_clear (&saved);
  studio_close (&studio);
}

/* the starter brings a refiner along: one switch, and it takes over for the last steps */
static void
test_own_refiner (void)
{
  Studio studio;
  Saved saved;

  studio_open (&studio, NULL);
  studio_expect (&studio, ATSPI_ROLE_LABEL, "Starter*");
  studio_click (&studio, "On");
  paint_prompt (&studio, &saved);
  g_assert_nonnull (strstr (g_hash_table_lookup (saved.text, "limn"), "\"refiner\": \"starter-refiner\""));
  saved_clear (&saved);
  studio_close (&studio);
}

static gboolean
has_steps (Studio *studio, gpointer data)
{
  return studio_has (studio, ATSPI_ROLE_LABEL, "*step*of 1000*");
}

static gboolean
is_idle (Studio *studio, gpointer data)
{
  return !studio_enabled (studio, "cancel");
}

static void
test_cancel (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  Studio studio;

  open_with_steps (&studio, 1000);
  generate (&studio);
  studio_wait (&studio, "the first steps", has_steps, NULL);
  studio_click (&studio, "Cancel");
  studio_wait (&studio, "the cancel", is_idle, NULL);
  g_usleep (300000);
  paths = studio_pictures (&studio);
  g_assert_cmpuint (paths->len, ==, 0);
  studio_close (&studio);
}

static void
test_scrub (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  Studio studio;

  open_with_steps (&studio, STEPS);
  generate (&studio);
  paths = studio_wait_pictures (&studio, 1);
  studio_activate (&studio, "look", "i", 5);
  studio_expect (&studio, ATSPI_ROLE_LABEL, "Step 5 of 12");
  studio_expect (&studio, ATSPI_ROLE_IMAGE, "The picture as it is being painted");
  studio_click (&studio, "Back to the Result");
  studio_expect (&studio, ATSPI_ROLE_IMAGE, PROMPT);
  studio_close (&studio);
}

/* the hand-off moved after a run, and a fresh run with that hand-off, are the same picture; only the tail ran */
static void
test_handoff (void)
{
  g_autoptr (GPtrArray) moved = NULL, all = NULL;
  Studio studio;
  Saved saved;

  open_with_refiner (&studio);
  generate (&studio);
  moved = studio_wait_pictures (&studio, 1);
  g_clear_pointer (&moved, g_ptr_array_unref);
  g_usleep (1100000); /* names begin with the second */
  studio_activate (&studio, "move-handoff", "d", 0.5);
  moved = studio_wait_pictures (&studio, 2);
  assert_only_tail (&studio);
  g_usleep (1100000);
  generate (&studio); /* the settings at the left have the hand-off too */
  all = studio_wait_pictures (&studio, 3);
  assert_same_picture (g_ptr_array_index (all, 0), g_ptr_array_index (all, 1), FALSE);
  assert_same_picture (g_ptr_array_index (all, 1), g_ptr_array_index (all, 2), TRUE);
  saved_load (&saved, g_ptr_array_index (all, 1));
  g_assert_cmpfloat (saved.request.handoff, ==, 0.5);
  g_assert_null (strstr (g_hash_table_lookup (saved.text, "limn"), "\"start\""));
  saved_clear (&saved);
  studio_close (&studio);
}

/* another prompt from step 6 on */
static void
test_branch (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  Studio studio;
  Saved saved;

  open_with_steps (&studio, STEPS);
  generate (&studio);
  paths = studio_wait_pictures (&studio, 1);
  g_clear_pointer (&paths, g_ptr_array_unref);
  studio_activate (&studio, "look", "i", 6);
  studio_type (&studio, "Prompt", "a green cone on a white background");
  g_usleep (1100000);
  studio_click (&studio, "Branch from Here");
  paths = studio_wait_pictures (&studio, 2);
  assert_only_tail (&studio);
  assert_same_picture (g_ptr_array_index (paths, 0), g_ptr_array_index (paths, 1), FALSE);
  saved_load (&saved, g_ptr_array_index (paths, 1));
  g_assert_cmpstr (saved.request.prompt, ==, "a green cone on a white background");
  g_assert_nonnull (strstr (g_hash_table_lookup (saved.text, "limn"), "\"start\""));
  saved_clear (&saved);
  studio_close (&studio);
}

/* ---- Pictures from elsewhere ---- */

static char *
write_photo (Studio *studio, const char *name, const char *const *text)
{
  char *path = g_build_filename (studio->home, name, NULL);
  g_autoptr (LimnImage) image = limn_image_new (96, 64);

  for (int y = 0; y < 64; y++)
    for (int x = 0; x < 96; x++) {
      guint8 *pixel = image->rgb + (y * 96 + x) * 3;

      pixel[0] = x < 48 ? 200 : 40;
      pixel[1] = (y * 4) & 0xff;
      pixel[2] = 120;
    }
  g_assert_true (limn_image_save_png (image, path, text, NULL));
  return path;
}

static gboolean
has_image (Studio *studio, gpointer data)
{
  return studio_enabled (studio, "clear-image");
}

static void
test_drop (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  g_autofree char *photo = NULL;
  Studio studio;
  Saved saved;

  open_with_steps (&studio, STEPS);
  photo = write_photo (&studio, "holiday.png", NULL);
  studio_open_file (&studio, photo);
  studio_wait (&studio, "the picture", has_image, NULL);
  generate (&studio);
  paths = studio_wait_pictures (&studio, 1);
  saved_load (&saved, g_ptr_array_index (paths, 0));
  g_assert_nonnull (strstr (g_hash_table_lookup (saved.text, "limn"), "\"strength\""));
  saved_clear (&saved);
  studio_close (&studio);
}

static gboolean
can_paint (Studio *studio, gpointer data)
{
  return studio_enabled (studio, "mask-stroke");
}

/* what is not painted over stays as it was, to the bit */
static void
test_mask (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  g_autofree char *photo = NULL;
  g_autoptr (LimnImage) original = NULL, used = NULL;
  int kept = 0, changed = 0;
  Studio studio;
  Saved saved;

  open_with_steps (&studio, STEPS);
  photo = write_photo (&studio, "holiday.png", NULL);
  studio_open_file (&studio, photo);
  studio_wait (&studio, "the picture", has_image, NULL);
  studio_activate (&studio, "edit-mask", NULL);
  studio_wait (&studio, "the brush", can_paint, NULL);
  studio_activate (&studio, "mask-stroke", "@a(ddd)", g_variant_new_parsed ("[(2.0, 2.0, 1.0), (10.0, 2.0, 1.0)]"));
  generate (&studio);
  paths = studio_wait_pictures (&studio, 1);
  original = limn_image_load_png (photo, NULL, NULL);
  used = limn_image_fit (original, 64, 64);
  saved_load (&saved, g_ptr_array_index (paths, 0));
  for (int i = 0; i < 64 * 64; i++) {
    if (memcmp (saved.image->rgb + i * 3, used->rgb + i * 3, 3) == 0)
      kept++;
    else
      changed++;
  }
  g_test_message ("%d pixels kept, %d painted anew", kept, changed);
  g_assert_cmpint (changed, >, 50);
  g_assert_cmpint (kept, >, 2000);
  for (int x = 0; x < 64; x++) /* far from the stroke */
    g_assert_cmpmem (saved.image->rgb + (63 * 64 + x) * 3, 3, used->rgb + (63 * 64 + x) * 3, 3);
  saved_clear (&saved);
  studio_close (&studio);
}

static void
test_foreign (void)
{
  const char *text[] = { "parameters",
                         "a (large:1.2) green cone\nNegative prompt: blurry\n"
                         "Steps: 9, Sampler: Euler, Schedule type: Normal, CFG scale: 4.5, Seed: 99, Size: 64x64, "
                         "Model hash: 0123456789, Model: someones-mix, Clip skip: 2, RNG: CPU, Version: v1.10.1",
                         NULL };
  g_autoptr (GPtrArray) paths = NULL;
  g_autofree char *photo = NULL;
  Studio studio;
  Saved saved;

  open_with_steps (&studio, STEPS);
  photo = write_photo (&studio, "from-webui.png", text);
  studio_open_file (&studio, photo);
  studio_click (&studio, "Use the Settings");
  generate (&studio);
  paths = studio_wait_pictures (&studio, 1);
  saved_load (&saved, g_ptr_array_index (paths, 0));
  g_assert_cmpstr (saved.request.prompt, ==, "a (large:1.2) green cone");
  g_assert_cmpstr (saved.request.negative, ==, "blurry");
  g_assert_cmpint (saved.request.steps, ==, 9);
  g_assert_cmpfloat (saved.request.guidance, ==, 4.5);
  g_assert_cmpuint (saved.request.seed, ==, 99);
  saved_clear (&saved);
  studio_close (&studio);
}

/* ---- The queue ---- */

static gboolean
is_in_third (Studio *studio, gpointer data)
{
  g_autoptr (GPtrArray) paths = studio_pictures (studio);

  if (paths->len < 2)
    return FALSE;
  return studio_has (studio, ATSPI_ROLE_LABEL, "*step*of 150*");
}

/* kill -9 in the third of five: the others are there afterwards, and all five are what they would have been */
static void
test_queue_survives (void)
{
  g_autoptr (GPtrArray) paths = NULL, seeds = g_ptr_array_new ();
  GVariantBuilder builder;
  guint before;
  Studio studio;

  begin (&builder, 150);
  add (&builder, "count", g_variant_new_int32 (5));
  studio_open (&studio, g_variant_builder_end (&builder));
  generate (&studio);
  studio_wait (&studio, "the third picture", is_in_third, NULL);
  studio_kill (&studio);
  paths = studio_pictures (&studio);
  before = paths->len;
  g_assert_cmpuint (before, <, 5);
  g_clear_pointer (&paths, g_ptr_array_unref);

  studio_start (&studio);
  paths = studio_wait_pictures (&studio, 5);
  g_assert_cmpuint (paths->len, ==, 5);
  for (guint i = 0; i < 5; i++) {
    Saved saved;

    saved_load (&saved, g_ptr_array_index (paths, i));
    g_assert_cmpuint (saved.request.seed, >=, 7);
    g_assert_cmpuint (saved.request.seed, <, 12);
    g_assert_false (g_ptr_array_find (seeds, GUINT_TO_POINTER (saved.request.seed), NULL));
    g_ptr_array_add (seeds, GUINT_TO_POINTER (saved.request.seed));
    g_assert_null (strstr (g_hash_table_lookup (saved.text, "limn"), "\"start\""));
    saved_clear (&saved);
  }
  studio_close (&studio);
}

static gboolean
is_painting (Studio *studio, gpointer data)
{
  return studio_has (studio, ATSPI_ROLE_LABEL, "*step*of 150*");
}

/* the one that was interrupted equals the same one in peace */
static void
test_resume_is_exact (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  Studio studio;

  open_with_steps (&studio, 150);
  generate (&studio);
  studio_wait (&studio, "some steps", is_painting, NULL);
  studio_kill (&studio);
  studio_start (&studio);
  paths = studio_wait_pictures (&studio, 1);
  g_clear_pointer (&paths, g_ptr_array_unref);
  g_usleep (1100000);
  generate (&studio);
  paths = studio_wait_pictures (&studio, 2);
  assert_same_picture (g_ptr_array_index (paths, 0), g_ptr_array_index (paths, 1), TRUE);
  studio_close (&studio);
}

static void
test_grid (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  guint sheets = 0;
  Studio studio;

  open_with_steps (&studio, 4);
  studio_activate (&studio, "paint-grid", "@a(ss)",
                   g_variant_new_parsed ("[('guidance', '2, 4, 6'), ('steps', '3, 5')]"));
  paths = studio_wait_pictures (&studio, 7);
  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (LimnImage) image = limn_image_load_png (g_ptr_array_index (paths, i), NULL, NULL);

    if (image->width > 3 * 64 && image->height > 2 * 64)
      sheets++;
  }
  g_assert_cmpuint (sheets, ==, 1);
  g_assert_cmpuint (paths->len, ==, 7);
  studio_close (&studio);
}

/* ---- A first-time user's walk (ui/WALK.md) ---- */

static double
lap (gint64 *since)
{
  gint64 now = g_get_monotonic_time ();
  double seconds = (now - *since) / 1e6;

  *since = now;
  return seconds;
}

/* The mean difference of two pictures' values. */
static double
difference (const LimnImage *a, const LimnImage *b)
{
  gsize n = (gsize) a->width * a->height * 3;
  double sum = 0;

  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  for (gsize i = 0; i < n; i++)
    sum += ABS (a->rgb[i] - b->rgb[i]);
  return sum / (double) n;
}

/* One click paints the very picture that was clicked: other drivers round a little differently, another seed paints
 * another picture. */
static void
test_walk (void)
{
  g_autoptr (LimnImage) clicked = limn_image_load_png (LIMN_EXAMPLES_DIR "/cube-on-sphere.png", NULL, NULL);
  g_autoptr (GPtrArray) paths = NULL;
  gint64 since = g_get_monotonic_time ();
  Studio studio;
  Saved saved;

  studio_open (&studio, NULL);
  g_test_message ("the window is there: %.1f s", lap (&since));
  studio_click (&studio, "A red cube on a blue sphere");
  paths = studio_wait_pictures (&studio, 1);
  g_test_message ("one click on an example, and its picture is kept: %.1f s", lap (&since));
  saved_load (&saved, g_ptr_array_index (paths, 0));
  g_assert_nonnull (clicked);
  g_test_message ("it differs from the one clicked by %.3f of 255", difference (saved.image, clicked));
  g_assert_cmpfloat (difference (saved.image, clicked), <, 1);
  saved_clear (&saved);
  studio_close (&studio);
}

static void
test_walk_photo (void)
{
  g_autoptr (GPtrArray) paths = NULL;
  g_autofree char *photo = NULL;
  gint64 since = g_get_monotonic_time ();
  Studio studio;

  open_with_refiner (&studio);
  photo = write_photo (&studio, "holiday.png", NULL);
  lap (&since);
  studio_open_file (&studio, photo);
  studio_wait (&studio, "the picture", has_image, NULL);
  g_test_message ("the photo is dropped: %.1f s", lap (&since));
  generate (&studio);
  paths = studio_wait_pictures (&studio, 1);
  g_test_message ("its variation is painted and kept: %.1f s", lap (&since));
  g_clear_pointer (&paths, g_ptr_array_unref);
  g_usleep (1100000);
  lap (&since);
  studio_activate (&studio, "move-handoff", "d", 0.9);
  paths = studio_wait_pictures (&studio, 2);
  g_test_message ("the handle is dragged, and the refined variation is kept: %.1f s", lap (&since));
  assert_only_tail (&studio);
  assert_same_picture (g_ptr_array_index (paths, 0), g_ptr_array_index (paths, 1), FALSE);
  studio_close (&studio);
}

int
main (int argc, char *argv[])
{
  studio_init (&argc, &argv);
  alarm (900); /* a hang is a failure */
  g_test_add_func ("/studio/generate", test_generate);
  g_test_add_func ("/studio/own-refiner", test_own_refiner);
  g_test_add_func ("/studio/cancel", test_cancel);
  g_test_add_func ("/studio/scrub", test_scrub);
  g_test_add_func ("/studio/handoff", test_handoff);
  g_test_add_func ("/studio/branch", test_branch);
  g_test_add_func ("/studio/drop", test_drop);
  g_test_add_func ("/studio/mask", test_mask);
  g_test_add_func ("/studio/foreign", test_foreign);
  g_test_add_func ("/studio/queue-survives", test_queue_survives);
  g_test_add_func ("/studio/resume-is-exact", test_resume_is_exact);
  g_test_add_func ("/studio/grid", test_grid);
  g_test_add_func ("/studio/walk", test_walk);
  g_test_add_func ("/studio/walk-photo", test_walk_photo);
  return g_test_run ();
}
