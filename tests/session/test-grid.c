/* test-grid.c - grids: what people write as an axis, and the cells that come of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/patience.h"
#include "queue-fixture.h"
#include "session/queue/grid.h"

static LimnSettings *
base_settings (void)
{
  LimnSettings *settings = limn_settings_new ();

  g_object_set (settings, "prompt", "a red cat on a red mat", "use-refiner", TRUE, "refiner", "/models/refiner", NULL);
  return settings;
}

static char *
labels (LimnGridAxis *axis)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < limn_grid_axis_get_n_values (axis); i++)
    g_string_append_printf (all, "%s%s", i > 0 ? ";" : "", limn_grid_axis_get_label (axis, i));
  return g_string_free (all, FALSE);
}

static void
test_axes (void)
{
  const struct {
    const char *property, *text, *labels;
  } cases[] = {
    { "steps", "20, 30, 40", "20;30;40" },
    { "steps", "3..7 step 2", "3;5;7" },
    { "steps", "3..7", "3;4;5;6;7" },
    { "steps", "7..3 step 2, 10", "7;5;3;10" },
    { "guidance", "4..6 step 0.5", "4;4.5;5;5.5;6" },
    { "guidance", " 7.5 ; 8 ", "7.5;8" },
    { "handoff", "0..1 step 0.1", "0;0.1;0.2;0.3;0.4;0.5;0.6;0.7;0.8;0.9;1" },
    { "seed", "18446744073709551614..18446744073709551615, 1", "18446744073709551614;18446744073709551615;1" },
    { "seed", "1..9 step 4", "1;5;9" },
    { "schedule", "model | karras", "model;karras" },
    { "schedule", "Karras, Trailing", "karras;trailing" },
    { "sigmas", "14.6 3 0.1 | 9, 1", "14.6 3 0.1;9, 1" },
    { "use-refiner", "on, off", "on;off" },
    { "prompt", "red | green | very {pale|dark} blue", "red;green;very {pale|dark} blue" },
    { "prompt", "red | red | green", "red;green" },
    { "negative", "blurry | {low|bad} quality", "blurry;{low|bad} quality" },
    { "model", "/m/one.safetensors | /m/two", "one;two" },
    { "width", "512, 768", "512;768" },
  };
  g_autoptr (LimnSettings) settings = base_settings ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnGridAxis) axis = limn_grid_axis_parse (cases[i].property, cases[i].text, settings, &error);
    g_autofree char *found = NULL;

    g_assert_no_error (error);
    found = labels (axis);
    g_assert_cmpstr (found, ==, cases[i].labels);
  }
}

/* Templates of the person's file, with none of them among the values; and weights of all LoRAs or of one. */
static void
test_words (void)
{
  static const struct {
    const char *property, *text, *labels, *prompt, *negative; /* of the last value */
  } cases[] = {
    { "style", "Ink|", "Ink;None", "a cup <lora:moss:0.5> <lora:ink:0.4:1>", "blurry" },
    { "style", "|Ink", "None;Ink", "ink drawing of a cup <lora:moss:0.5> <lora:ink:0.4:1>, lines", "blurry, colour" },
    { "style", "Dark", "Dark", "a cup <lora:moss:0.5> <lora:ink:0.4:1>, at night", "blurry" },
    { "lora-weight", "0.2..1 step 0.4", "0.2;0.6;1", "a cup <lora:moss:1> <lora:ink:1>", "blurry" },
    { "lora-weight", "ink: -1, 0.25", "-1;0.25", "a cup <lora:moss:0.5> <lora:ink:0.25>", "blurry" },
  };
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", NULL);
  g_autofree char *path = g_build_filename (folder, "styles.csv", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path,
                                      "name,prompt,negative_prompt\nInk,\"ink drawing of {prompt}, lines\",colour\n"
                                      "Dark,at night,\n",
                                      -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnSettings) settings = base_settings ();
    g_object_set (settings, "prompt", "a cup <lora:moss:0.5> <lora:ink:0.4:1>", "negative", "blurry", NULL);
    g_autoptr (LimnGridAxis) axis = limn_grid_axis_parse (cases[i].property, cases[i].text, settings, &error);
    g_assert_no_error (error);
    g_autofree char *found = labels (axis);

    g_assert_cmpstr (found, ==, cases[i].labels);
    limn_grid_axis_apply (axis, limn_grid_axis_get_n_values (axis) - 1, settings);
    g_assert_cmpstr (limn_settings_values (settings)->prompt, ==, cases[i].prompt);
    g_assert_cmpstr (limn_settings_values (settings)->negative, ==, cases[i].negative);
    g_assert_null (limn_grid_axis_parse ("style", "No such", settings, NULL));
    g_assert_null (limn_grid_axis_parse ("lora-weight", "no such: 1", settings, NULL));
    g_assert_null (limn_grid_axis_parse ("lora-weight", "11", settings, NULL));
    g_object_set (settings, "prompt", "a cup", NULL);
    g_assert_null (limn_grid_axis_parse ("lora-weight", "1", settings, NULL));
  }
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_refused (void)
{
  const char *property;
  const char *const cases[][2] = {
    { "steps", "" },
    { "steps", "many" },
    { "steps", "0" },
    { "steps", "2.5" },
    { "steps", "1..1000" },
    { "steps", "1..5 step 0" },
    { "steps", "1..5 step"
               "x" },
    { "steps", "nan" },
    { "guidance", "1e999" },
    { "sampler", "dpm" },
    { "prompt", "dog | cat" },
    { "width", "500" },
    { "seed", "-1" },
    { "seed", "2..1" },
    { "strength", "0.5" },
    { "prompt-2", "a | b" },
    { "count", "1, 2" },
    { "no-such", "1" },
    { "use-refiner", "maybe" },
    { "handoff", "1.5" },
    { "seed", "1..18446744073709551615" },
    { "steps", "1.." },
    { "steps", "..5" },
  };
  g_autoptr (LimnSettings) settings = base_settings ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    LimnGridAxis *axis = limn_grid_axis_parse (cases[i][0], cases[i][1], settings, &error);

    if (axis != NULL)
      g_error ("%s: \"%s\" was accepted", cases[i][0], cases[i][1]);
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
    g_assert_nonnull (strstr (error->message, cases[i][0]));
    g_test_message ("%s", error->message);
  }
  g_object_set (settings, "use-refiner", FALSE, NULL);
  g_assert_null (limn_grid_axis_parse ("handoff", "0.5, 0.6", settings, NULL));
  for (guint i = 0; (property = limn_grid_property (i)) != NULL; i++)
    if (!g_str_equal (property, "style") && !g_str_has_suffix (property, "-weight")) /* of the prompt's words */
      g_assert_nonnull (g_object_class_find_property (G_OBJECT_GET_CLASS (settings), property));
}

/* any text at all: an axis or a message */
static void
test_any_text (void)
{
  const char *letters = "0123456789..,;| step{}-+eE\n";
  g_autoptr (LimnSettings) settings = base_settings ();

  for (int i = 0; i < 20000; i++) {
    const char *property = limn_grid_property (g_test_rand_int_range (0, 20));
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnGridAxis) axis = NULL;

    for (int j = g_test_rand_int_range (0, 14); j > 0; j--)
      g_string_append_c (text, letters[g_test_rand_int_range (0, (int) strlen (letters))]);
    axis = limn_grid_axis_parse (property, text->str, settings, &error);
    g_assert_true ((axis != NULL) == (error == NULL));
  }
}

static LimnGridAxis *
axis_of (const char *property, const char *text, LimnSettings *settings)
{
  g_autoptr (GError) error = NULL;
  LimnGridAxis *axis = limn_grid_axis_parse (property, text, settings, &error);

  g_assert_no_error (error);
  return axis;
}

static LimnGrid *
grid_of (LimnSettings *settings, LimnGridAxis *x, LimnGridAxis *y, LimnGridAxis *z, GError **error)
{
  return limn_grid_new (settings, (LimnGridAxis *[LIMN_GRID_N_SIDES]){ x, y, z }, error);
}

static void
test_cells (void)
{
  g_autoptr (LimnSettings) settings = base_settings ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGrid) grid =
      grid_of (settings, axis_of ("prompt", "red | green", settings), axis_of ("prompt", "mat | hat | bat", settings),
               axis_of ("steps", "4..7", settings), &error);
  g_autoptr (LimnSettings) cell = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (limn_grid_get_size (grid, LIMN_GRID_X), ==, 2);
  g_assert_cmpuint (limn_grid_get_size (grid, LIMN_GRID_Y), ==, 3);
  g_assert_cmpuint (limn_grid_get_size (grid, LIMN_GRID_Z), ==, 4);
  g_assert_cmpuint (limn_grid_get_n_cells (grid), ==, 24);
  cell = limn_grid_get_cell (grid, (1 * 3 + 2) * 2 + 1);
  g_assert_cmpstr (limn_settings_values (cell)->prompt, ==, "a green cat on a green bat");
  g_assert_cmpint (limn_settings_values (cell)->steps, ==, 5);
}

static void
test_refused_grids (void)
{
  static const char *const cases[][3][2] = {
    { { "steps", "1, 2" }, { "steps", "3" } },
    { { "steps", "1, 2" }, { "seed", "1" }, { "steps", "3" } },
    { { "seed", "1" }, { "steps", "1, 2" }, { "steps", "3" } },
    { { "steps", "1..50" }, { "seed", "1..50" } },
    { { "steps", "1..11" }, { "seed", "1..10" }, { "guidance", "1..10" } },
  };
  g_autoptr (LimnSettings) settings = base_settings ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    LimnGridAxis *axes[LIMN_GRID_N_SIDES] = { NULL };
    g_autoptr (GError) error = NULL;

    for (guint side = 0; side < LIMN_GRID_N_SIDES && cases[i][side][0] != NULL; side++)
      axes[side] = axis_of (cases[i][side][0], cases[i][side][1], settings);
    g_assert_null (limn_grid_new (settings, axes, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
    g_test_message ("%s", error->message);
  }
}

/* Whatever the axes: each cell stands in line once, and what costs most to change is changed least often. */
static void
test_order (SessionFixture *fixture, gconstpointer data)
{
  static const char *const sides[][2] = {
    { "model", "/usr | /etc" }, { "seed", "1..3" },           { "prompt", "one | two | three" },
    { "width", "512, 768" },    { "guidance", "2, 4, 6, 8" },
  };
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);

  queue_wait_loaded (queue);
  limn_queue_set_paused (queue, TRUE);
  g_object_set (fixture->settings, "prompt", "one", NULL);
  for (int i = 0; i < 40; i++) {
    int x = g_test_rand_int_range (0, 5), y = (x + g_test_rand_int_range (1, 5)) % 5, z = -1, changes = 0;
    do
      z = g_test_rand_int_range (0, 5);
    while (z == x || z == y);
    g_autoptr (LimnGrid) grid = grid_of (fixture->settings, axis_of (sides[x][0], sides[x][1], fixture->settings),
                                         axis_of (sides[y][0], sides[y][1], fixture->settings),
                                         axis_of (sides[z][0], sides[z][1], fixture->settings), NULL);
    g_autofree char *group = limn_grid_enqueue (grid, queue);
    g_autoptr (GPtrArray) items = limn_queue_get_group_items (queue, group);
    g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
    const char *model = NULL;

    g_assert_cmpuint (items->len, ==, limn_grid_get_n_cells (grid));
    for (guint j = 0; j < items->len; j++) {
      LimnQueueItem *item = queue_nth (queue, j);
      guint cell = (guint) limn_queue_item_get_cell (item);
      const LimnSettingsValues *values = limn_settings_values (limn_queue_item_get_settings (item));
      g_autoptr (LimnSettings) expected = limn_grid_get_cell (grid, cell);

      g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (cell)));
      g_assert_cmpstr (values->prompt, ==, limn_settings_values (expected)->prompt);
      g_assert_cmpuint (values->seed, ==, limn_settings_values (expected)->seed);
      changes += g_strcmp0 (model, values->model) != 0;
      model = values->model;
    }
    g_assert_cmpint (changes, ==, x == 0 || y == 0 || z == 0 ? 2 : 1);
    for (guint j = 0; j < items->len; j++)
      limn_queue_remove (queue, items->pdata[j]);
  }
  limn_queue_close (queue);
  tests_finalize (queue);
}

/* models change once, though they are the columns; hand-offs of one picture run only tails */
static void
test_enqueue (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);
  g_autoptr (LimnGrid) grid = NULL;
  g_autofree char *group = NULL;
  g_autofree char *refiner = g_build_filename (g_get_user_data_dir (), "refiner", NULL);
  g_autoptr (GPtrArray) pictures = NULL, none = NULL;

  /* models stay open where there are files that could tell of a change */
  g_assert_cmpint (g_mkdir_with_parents (refiner, 0700), ==, 0);
  queue_wait_loaded (queue);
  g_object_set (fixture->settings, "use-refiner", TRUE, "refiner", refiner, NULL);
  grid = grid_of (fixture->settings, axis_of ("model", "/usr | /etc | /var", fixture->settings),
                  axis_of ("handoff", "1, 0.75, 0.5", fixture->settings), NULL, NULL);
  fixture->fake.step_us = 0;
  fake_engine_set (&fixture->fake);
  limn_queue_set_paused (queue, TRUE);
  group = limn_grid_enqueue (grid, queue);
  none = limn_grid_get_pictures (grid, queue, group);
  g_assert_cmpuint (none->len, ==, 9);
  g_assert_null (none->pdata[0]);
  g_assert_cmpfloat (limn_queue_get_group_progress (queue, group, NULL, NULL), ==, 0);
  for (guint i = 0; i < 9; i++)
    g_assert_cmpstr (limn_settings_values (limn_queue_item_get_settings (queue_nth (queue, i)))->model, ==,
                     i < 3   ? "/usr"
                     : i < 6 ? "/etc"
                             : "/var");
  limn_queue_set_paused (queue, FALSE);
  queue_wait_idle (queue);
  g_assert_cmpint (fake_engine_counts ().models_made, ==, 4);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 3 * (8 + 2 + 4));
  g_assert_cmpfloat (limn_queue_get_group_progress (queue, group, NULL, NULL), ==, 1);
  pictures = limn_grid_get_pictures (grid, queue, group);
  for (guint i = 0; i < 9; i++) {
    g_autoptr (LimnSettings) cell = limn_grid_get_cell (grid, i);
    g_autoptr (LimnPicture) fresh = queue_paint_fresh (fixture, cell);

    g_assert_true (limn_image_is_same (limn_picture_get_image (pictures->pdata[i]), limn_picture_get_image (fresh)));
  }
  limn_queue_close (queue);
  tests_finalize (queue);
}

/* the weight of the first ControlNet that takes part, and of no other */
static void
test_control_weight (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnFollowed) off = NULL, two = NULL;
  g_autoptr (LimnGridAxis) axis = NULL;
  g_autoptr (GError) error = NULL;
  LimnFollowedRow row = { .file = (char *) "/a", .off = TRUE };
  const LimnSettingsValues *values = limn_settings_values (settings);

  g_assert_null (limn_grid_axis_parse ("control-weight", "0, 1", settings, NULL));
  limn_control_init (&row.how);
  off = limn_followed_with (NULL, 0, &row);
  g_object_set (settings, "controls", off, NULL);
  g_assert_null (limn_grid_axis_parse ("control-weight", "0, 1", settings, NULL));
  row.off = FALSE;
  two = limn_followed_with (off, 1, &row);
  g_object_set (settings, "controls", two, NULL);
  g_assert_null (limn_grid_axis_parse ("control-weight", "11", settings, NULL));
  axis = limn_grid_axis_parse ("control-weight", "0..1 step 0.5", settings, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_grid_axis_get_n_values (axis), ==, 3);
  limn_grid_axis_apply (axis, 1, settings);
  g_assert_cmpfloat (limn_followed_nth (values->controls, 1)->how.weight, ==, 0.5);
  g_assert_cmpfloat (limn_followed_nth (values->controls, 0)->how.weight, ==, 1);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_test_add_func ("/grid/control-weight", test_control_weight);
  g_test_add_func ("/grid/axes", test_axes);
  g_test_add_func ("/grid/words", test_words);
  g_test_add_func ("/grid/refused", test_refused);
  g_test_add_func ("/grid/any-text", test_any_text);
  g_test_add_func ("/grid/cells", test_cells);
  g_test_add_func ("/grid/refused-grids", test_refused_grids);
  SESSION_ADD ("grid/order", test_order);
  SESSION_ADD ("grid/enqueue", test_enqueue);
  return g_test_run ();
}
