/* test-source.c - the picture to start from and its mask: where they come from, that they are seen, and that they stay.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/canvas-private.h"
#include "app/window-private.h"
#include "window-fixture.h"

static void
set_up (WindowFixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 4, "width", 128, "height", 128, NULL);
}

static void
tear_down (WindowFixture *fixture, gconstpointer data)
{
  window_fixture_close (fixture);
}

static const LimnSettingsValues *
values (WindowFixture *fixture)
{
  return limn_settings_values (fixture->driver.settings);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
activate (WindowFixture *fixture, const char *action)
{
  window_driver_activate (&fixture->driver, action);
  settle ();
}

static gboolean
enabled (WindowFixture *fixture, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), action);
}

static void
generate (WindowFixture *fixture)
{
  activate (fixture, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  settle ();
}

static const LimnImage *
shown (WindowFixture *fixture)
{
  return limn_picture_get_image (fixture->driver.window->picture);
}

static void
stroke (WindowFixture *fixture, double x, double y)
{
  LimnMaskEditor *editor = limn_mask_mode_get_editor (fixture->driver.window->mask_mode);

  limn_mask_editor_begin_stroke (editor, x, y, 1, FALSE);
  limn_mask_editor_end_stroke (editor);
  settle ();
}

static LimnSource *
make_source (int width, int height, guint8 shade)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < width * height; i++) {
    image->rgb[i * 3] = shade;
    image->rgb[i * 3 + 1] = (guint8) (i % width);
    image->rgb[i * 3 + 2] = (guint8) (i / width);
  }
  return limn_source_new (image, "photo.png");
}

static void
assert_starts_from (WindowFixture *fixture, const LimnImage *image)
{
  const LimnImage *source;

  g_assert_nonnull (values (fixture)->source);
  source = limn_source_get_image (values (fixture)->source);
  g_assert_cmpint (source->width, ==, image->width);
  g_assert_cmpmem (source->rgb, (gsize) source->width * source->height * 3, image->rgb,
                   (gsize) image->width * image->height * 3);
}

/* ---- Tools ---- */

static void
assert_untouched (WindowFixture *fixture, LimnSettings *before)
{
  const LimnSettingsValues *then = limn_settings_values (before), *now = values (fixture);

  g_assert_true (now->source == then->source);
  g_assert_true (now->mask == then->mask);
  g_assert_cmpint (now->width, ==, then->width);
  g_assert_cmpint (now->height, ==, then->height);
  g_assert_cmpint (now->source_fit, ==, then->source_fit);
  g_assert_cmpfloat (now->source_x, ==, then->source_x);
  g_assert_cmpfloat (now->source_y, ==, then->source_y);
  g_assert_cmpfloat (now->strength, ==, then->strength);
}

/* A tool that was left with nothing painted has never been there. */
static void
test_empty_handed (WindowFixture *fixture, gconstpointer data)
{
  static const char *const tools[] = { "edit-mask", "extend-canvas", "paint-over" };
  static const char *const leave[] = { "edit-mask", "extend-canvas", "edit-mask" };
  g_autoptr (LimnSource) source = make_source (256, 192, 90);
  g_autoptr (LimnSettings) before = NULL;
  LimnUndo *undo = fixture->driver.window->undo;

  generate (fixture);
  for (int with_source = 0; with_source < 2; with_source++) {
    g_object_set (fixture->driver.settings, "source", with_source ? source : NULL, "width", 256, "height", 128,
                  "source-x", 0.25, "strength", 0.4, NULL);
    limn_undo_commit (undo);
    g_object_set (fixture->driver.settings, "steps", 5 + with_source, NULL);
    limn_undo_commit (undo);
    g_clear_object (&before);
    before = limn_settings_copy (fixture->driver.settings);
    for (guint i = 0; i < G_N_ELEMENTS (tools); i++) {
      activate (fixture, tools[i]);
      assert_untouched (fixture, before);
      activate (fixture, leave[i]);
      assert_untouched (fixture, before);
      g_assert_false (enabled (fixture, "redo"));
    }
    activate (fixture, "edit-mask"); /* painted, and thought better of */
    stroke (fixture, 30, 30);
    g_assert_nonnull (values (fixture)->mask);
    activate (fixture, "mask-undo");
    activate (fixture, "edit-mask");
    assert_untouched (fixture, before);
    activate (fixture, "undo");
    g_assert_cmpint (values (fixture)->steps, ==, 4 + with_source); /* the last thing that a person did */
    activate (fixture, "redo");
  }
}

/* Not the picture that the last one was made from, and not the mask over that. */
static void
test_on_show (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) rose = make_source (128, 128, 200);
  g_autoptr (LimnImage) result = NULL;

  g_object_set (fixture->driver.settings, "source", rose, NULL);
  activate (fixture, "edit-mask"); /* nothing else is on show */
  stroke (fixture, 20, 20);
  g_assert_true (values (fixture)->source == rose);
  generate (fixture);
  result = limn_image_copy (shown (fixture));

  activate (fixture, "edit-mask");
  g_assert_true (values (fixture)->source == rose);
  stroke (fixture, 100, 100);
  assert_starts_from (fixture, result);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[100 * 128 + 100], ==, 255);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 128 + 20], ==, 0);
  activate (fixture, "edit-mask");
  activate (fixture, "edit-mask"); /* the same picture: its mask goes on */
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[100 * 128 + 100], ==, 255);
  activate (fixture, "edit-mask");

  activate (fixture, "undo");
  g_assert_true (values (fixture)->source == rose);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 128 + 20], ==, 255);
}

static gboolean
is_wide (WindowDriver *driver, gpointer width)
{
  return limn_settings_values (driver->settings)->width == GPOINTER_TO_INT (width);
}

static void
test_extends_on_show (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) rose = make_source (128, 128, 200);
  g_autoptr (LimnImage) result = NULL;
  const LimnImage *extended;

  g_object_set (fixture->driver.settings, "source", rose, NULL);
  activate (fixture, "edit-mask");
  stroke (fixture, 20, 20);
  generate (fixture);
  result = limn_image_copy (shown (fixture));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "extend-by",
                                  g_variant_new ("(iiii)", 0, 0, 64, 0));
  window_driver_wait (&fixture->driver, "the larger picture", is_wide, GINT_TO_POINTER (192));
  extended = limn_source_get_image (values (fixture)->source);
  for (int y = 0; y < 128; y++)
    g_assert_cmpmem (extended->rgb + (gsize) y * 192 * 3, 100 * 3, result->rgb + (gsize) y * 128 * 3, 100 * 3);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 192 + 20], ==, 0);
  activate (fixture, "shrink-canvas");
  g_assert_true (values (fixture)->source == rose);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 128 + 20], ==, 255);
}

/* ---- In sight ---- */

static void
add_labels (GtkWidget *widget, GString *text)
{
  if (!gtk_widget_get_visible (widget))
    return;
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (text, "%s%s", text->len > 0 ? " | " : "", gtk_label_get_text (GTK_LABEL (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_labels (child, text);
}

static int
percent_of (LimnMask *mask)
{
  int n = limn_mask_get_width (mask) * limn_mask_get_height (mask);
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += limn_mask_get_pixels (mask)[i] / 255.0;
  return MAX (1, (int) (sum * 100 / n + 0.5));
}

/* What decides the next picture is on the canvas, and nothing else is. */
static void
assert_told (WindowFixture *fixture)
{
  LimnWindow *window = fixture->driver.window;
  g_autoptr (GString) told = g_string_new (NULL), wanted = g_string_new (NULL);
  gboolean extended;

  add_labels (GTK_WIDGET (window->source_chips), told);
  g_object_get (window->mask_mode, "can-shrink", &extended, NULL);
  if (values (fixture)->source != NULL)
    g_string_append_printf (wanted, "%d %%", (int) (values (fixture)->strength * 100 + 0.5));
  if (values (fixture)->mask != NULL)
    g_string_append_printf (wanted, " | Mask, %d %% is painted anew", percent_of (values (fixture)->mask));
  if (extended)
    g_string_append (wanted, " | Extended");
  g_assert_cmpstr (told->str, ==, wanted->str);
  g_assert_cmpint (gtk_widget_get_visible (window->mask_dot), ==, values (fixture)->mask != NULL);
}

static gboolean
has_source (WindowDriver *driver, gpointer name)
{
  LimnSource *source = limn_settings_values (driver->settings)->source;

  return source != NULL && g_str_equal (limn_source_get_name (source), name);
}

static gboolean
is_scrolled_to (WindowDriver *driver, gpointer data)
{
  GtkWidget *group = GTK_WIDGET (driver->window->image_group);
  GtkWidget *scroller = gtk_widget_get_ancestor (group, GTK_TYPE_SCROLLED_WINDOW);
  double x, y;

  return gtk_widget_translate_coordinates (group, scroller, 0, 0, &x, &y) && y >= 0
         && y < gtk_widget_get_height (scroller) / 2.0;
}

static gboolean
has_base (WindowDriver *driver, gpointer data)
{
  return driver->window->canvas->base != NULL;
}

static void
open_photo (WindowFixture *fixture, const char *name, guint8 shade)
{
  g_autofree char *path = g_build_filename (fixture->driver.folder, name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (LimnSource) source = make_source (128, 128, shade);
  GError *error = NULL;

  limn_image_save_png (limn_source_get_image (source), path, NULL, &error);
  g_assert_no_error (error);
  limn_window_open_file (fixture->driver.window, file);
  window_driver_wait (&fixture->driver, "the photo", has_source, (gpointer) name);
  settle ();
}

/* A picture that is opened is seen, in the controls as well, and is gone again with one click. */
static void
test_opened (WindowFixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;

  generate (fixture);
  assert_told (fixture);
  for (int i = 0; i < 2; i++) {
    open_photo (fixture, "photo.png", 60);
    g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_SOURCE);
    window_driver_wait (&fixture->driver, "the photo on the canvas", has_base, NULL);
    window_driver_wait (&fixture->driver, "the controls", is_scrolled_to, NULL);
    g_assert_cmpstr (adw_window_title_get_title (window->picture_title), ==, "photo.png");
    assert_told (fixture);
    window_driver_screenshot_at_rest (&fixture->driver, "source-opened");
    activate (fixture, i == 0 ? "undo-source" : "undo");
    g_assert_null (values (fixture)->source);
    g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_VIEW);
    g_assert_cmpstr (adw_window_title_get_title (window->picture_title), ==, "a red circle");
    assert_told (fixture);
  }
  activate (fixture, "redo");
  g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_SOURCE);
  generate (fixture);
  g_assert_cmpint (limn_canvas_get_mode (window->canvas), ==, LIMN_CANVAS_VIEW); /* the result is what one sees */
  assert_told (fixture);
  activate (fixture, "clear-image");
  assert_told (fixture);
  activate (fixture, "undo");
  assert_told (fixture);
  g_assert_nonnull (values (fixture)->source);
}

static void
test_mask_told (WindowFixture *fixture, gconstpointer data)
{
  LimnMask *mask;

  open_photo (fixture, "photo.png", 60);
  activate (fixture, "edit-mask");
  stroke (fixture, 40, 60);
  activate (fixture, "edit-mask");
  assert_told (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "source-mask");
  generate (fixture);
  assert_told (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "source-result");
  mask = g_object_ref (values (fixture)->mask);
  activate (fixture, "edit-source-mask"); /* the one in force, not one of the result */
  g_assert_true (values (fixture)->mask == mask);
  stroke (fixture, 90, 60);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[60 * 128 + 40], ==, 255);
  activate (fixture, "edit-mask");
  activate (fixture, "clear-mask");
  g_assert_null (values (fixture)->mask);
  assert_told (fixture);
  activate (fixture, "undo");
  g_assert_nonnull (values (fixture)->mask);
  assert_told (fixture);
  g_object_unref (mask);
}

/* ---- Whatever is done, in whatever order ---- */

#define CELL 16 /* pixels between strokes */

typedef struct {
  WindowFixture *fixture;
  GHashTable *strokes; /* checksum of a picture -> GArray of cells that were painted over it */
  char *edited;        /* checksum of the picture that the tool was taken up on */
  guint next;          /* cell */
  int photos;
} Walk;

static char *
checksum (const LimnImage *image)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA1, image->rgb, (gsize) image->width * image->height * 3);
}

static char *
source_checksum (Walk *walk)
{
  LimnSource *source = values (walk->fixture)->source;

  return source != NULL ? checksum (limn_source_get_image (source)) : NULL;
}

static gboolean
has_cell (Walk *walk, const char *picture, guint cell)
{
  GArray *cells = g_hash_table_lookup (walk->strokes, picture);

  for (guint i = 0; cells != NULL && i < cells->len; i++)
    if (g_array_index (cells, guint, i) == cell)
      return TRUE;
  return FALSE;
}

static void
assert_mask_is_of_source (Walk *walk)
{
  const LimnSettingsValues *now = values (walk->fixture);
  g_autofree char *picture = source_checksum (walk);

  if (now->mask == NULL)
    return;
  g_assert_nonnull (picture);
  g_assert_cmpint (limn_mask_get_width (now->mask), ==, now->width);
  g_assert_cmpint (limn_mask_get_height (now->mask), ==, now->height);
  for (guint cell = 0; cell < walk->next; cell++) {
    int x = (int) (cell % 8) * CELL + CELL / 2, y = (int) (cell / 8 % 8) * CELL + CELL / 2;

    if (!has_cell (walk, picture, cell))
      g_assert_cmpint (limn_mask_get_pixels (now->mask)[y * now->width + x], ==, 0);
  }
}

static void
take_up (Walk *walk, const char *tool)
{
  LimnWindow *window = walk->fixture->driver.window;
  LimnCanvasMode mode = limn_mask_mode_get (window->mask_mode);

  if (!enabled (walk->fixture, tool))
    return;
  if (!limn_canvas_mode_edits (mode)) {
    g_clear_pointer (&walk->edited, g_free);
    walk->edited =
        mode == LIMN_CANVAS_VIEW && window->picture != NULL ? checksum (shown (walk->fixture)) : source_checksum (walk);
  }
  activate (walk->fixture, tool);
}

static void
paint_cell (Walk *walk)
{
  g_autofree char *now = NULL;
  GArray *cells;
  guint cell = walk->next;

  if (limn_mask_mode_get (walk->fixture->driver.window->mask_mode) != LIMN_CANVAS_MASK || cell >= 64)
    return;
  walk->next++;
  stroke (walk->fixture, cell % 8 * CELL + CELL / 2, cell / 8 * CELL + CELL / 2);
  now = source_checksum (walk);
  g_assert_cmpstr (now, ==, walk->edited);
  cells = g_hash_table_lookup (walk->strokes, now);
  if (cells == NULL) {
    cells = g_array_new (FALSE, FALSE, sizeof (guint));
    g_hash_table_insert (walk->strokes, g_strdup (now), cells);
  }
  g_array_append_val (cells, cell);
}

static void
maybe (Walk *walk, const char *action)
{
  if (enabled (walk->fixture, action))
    activate (walk->fixture, action);
}

static void
choose_photo (Walk *walk)
{
  g_autofree char *name = g_strdup_printf ("photo-%d.png", ++walk->photos);

  open_photo (walk->fixture, name, (guint8) (walk->photos * 7));
  g_clear_pointer (&walk->edited, g_free);
  walk->edited = source_checksum (walk);
}

static void
paint_picture (Walk *walk)
{
  g_autoptr (LimnSettings) now = NULL;
  const LimnSettingsValues *painted;

  generate (walk->fixture);
  now = limn_settings_copy (walk->fixture->driver.settings);
  painted = limn_settings_values (limn_picture_get_settings (walk->fixture->driver.window->picture));
  g_assert_true (painted->source == limn_settings_values (now)->source);
  g_assert_true (painted->mask == limn_settings_values (now)->mask);
}

static void
walk_on (Walk *walk)
{
  switch (g_test_rand_int_range (0, 13)) {
  case 0:
  case 1:
    take_up (walk, "edit-mask");
    break;
  case 2:
    take_up (walk, "extend-canvas");
    break;
  case 3:
  case 4:
  case 5:
    paint_cell (walk);
    break;
  case 6:
    maybe (walk, "mask-undo");
    break;
  case 7:
    maybe (walk, "clear-image");
    break;
  case 8:
    maybe (walk, "clear-mask");
    break;
  case 9:
    choose_photo (walk);
    break;
  case 10:
    limn_window_leave_mask (walk->fixture->driver.window);
    break;
  case 11:
    if (!limn_canvas_mode_edits (limn_mask_mode_get (walk->fixture->driver.window->mask_mode)))
      maybe (walk, "undo");
    break;
  default:
    paint_picture (walk);
  }
  settle ();
}

static void
test_any_order (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) strokes =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  Walk walk = { fixture, strokes };

  g_object_set (limn_mask_mode_get_editor (fixture->driver.window->mask_mode), "brush-size", 8.0, "brush-feather", 0.0,
                NULL);
  for (int i = 0; i < 200; i++) {
    walk_on (&walk);
    assert_mask_is_of_source (&walk);
    if (!limn_canvas_mode_edits (limn_mask_mode_get (fixture->driver.window->mask_mode)))
      assert_told (fixture);
    if (values (fixture)->source == NULL)
      g_assert_null (values (fixture)->mask);
  }
  g_free (walk.edited);
}

static void
add (const char *path, void (*test) (WindowFixture *, gconstpointer))
{
  g_test_add (path, WindowFixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  add ("/source/empty-handed", test_empty_handed);
  add ("/source/on-show", test_on_show);
  add ("/source/extends-on-show", test_extends_on_show);
  add ("/source/opened", test_opened);
  add ("/source/mask-told", test_mask_told);
  add ("/source/any-order", test_any_order);
  return g_test_run ();
}
