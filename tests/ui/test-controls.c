/* test-controls.c - ControlNets in the real window: dropped, given a picture, set, looked at, painted with, removed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "app/canvas/canvas-private.h"
#include "app/panel/control-row.h"
#include "app/panel/pose-window.h"
#include "app/widget/number-row.h"
#include "app/window/window-private.h"
#include "base/json.h"
#include "drop-fixture.h"

static const LimnFollowedRow *
row_of (DropFixture *fixture, guint index)
{
  return limn_followed_nth (drop_values_of (fixture)->controls, index);
}

/* ---- Rows ---- */

typedef struct {
  GType type;
  GtkWidget *found[12];
  guint n;
} Found;

static void
collect (GtkWidget *widget, Found *found)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, found->type) && found->n < G_N_ELEMENTS (found->found))
    found->found[found->n++] = widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect (child, found);
}

static Found
find (gpointer root, GType type)
{
  Found found = { type };

  collect (GTK_WIDGET (root), &found);
  return found;
}

static Found
rows_of (DropFixture *fixture)
{
  return find (fixture->driver.window->control_group, LIMN_TYPE_CONTROL_ROW);
}

/* The button of root with that tooltip. */
static GtkWidget *
button_of (GtkWidget *root, const char *tooltip)
{
  Found buttons = find (root, GTK_TYPE_BUTTON);

  for (guint i = 0; i < buttons.n; i++)
    if (g_strcmp0 (gtk_widget_get_tooltip_text (buttons.found[i]), tooltip) == 0)
      return buttons.found[i];
  g_error ("there is no button “%s”", tooltip);
}

static void
click (GtkWidget *root, const char *tooltip)
{
  g_signal_emit_by_name (button_of (root, tooltip), "clicked");
}

/* ---- Waiting ---- */

static gboolean
has_map (WindowDriver *driver, gpointer data)
{
  return driver->window->canvas->guide != NULL;
}

static gboolean
has_preview (WindowDriver *driver, gpointer data)
{
  Found pictures = find (rows_of ((DropFixture *) driver).found[0], GTK_TYPE_PICTURE);

  return pictures.n == 2 && gtk_picture_get_paintable (GTK_PICTURE (pictures.found[1])) != NULL;
}

static gboolean
has_picture (WindowDriver *driver, gpointer index)
{
  return row_of ((DropFixture *) driver, GPOINTER_TO_UINT (index))->picture != NULL;
}

static gboolean
says (WindowDriver *driver, gpointer words)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (rows_of ((DropFixture *) driver).found[0]);

  return strstr (adw_expander_row_get_subtitle (row), words) != NULL;
}

static char *
make_net (DropFixture *fixture, const char *name)
{
  char *path = drop_path_of (fixture, name);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  return path;
}

static LimnSource *
make_picture (void)
{
  LimnImage *image = drop_two_halves (160, 96);

  for (int y = 30; y < 60; y++)
    for (int x = 20; x < 60; x++)
      memset (image->rgb + (y * 160 + x) * 3, 220, 3);
  return limn_source_new (image, "halves.png");
}

/* ---- Tests ---- */

/* a file that is dropped is a row, which says what it lacks */
static void
test_drop (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "canny-controlnet.safetensors");
  g_autofree char *other = make_net (fixture, "sd15-controlnet.safetensors");
  GtkWidget *row;

  g_assert_cmpuint (rows_of (fixture).n, ==, 0);
  drop_path (fixture, path);
  g_assert_cmpuint (rows_of (fixture).n, ==, 1);
  row = rows_of (fixture).found[0];
  g_assert_cmpstr (row_of (fixture, 0)->file, ==, path);
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), ==, "canny-controlnet");
  window_driver_wait (&fixture->driver, "what it lacks", says, "Drop a picture");
  g_assert_true (gtk_widget_has_css_class (row, "lacks"));
  click (row, "Remove This ControlNet");
  g_assert_cmpuint (rows_of (fixture).n, ==, 0);
  g_assert_null (drop_values_of (fixture)->controls);

  drop_path (fixture, other);
  window_driver_wait (&fixture->driver, "both families", says, "SDXL");
  g_assert_true (says (&fixture->driver, "1.5"));
}

/* whatever is set in the row is in the settings, and what comes to these is in the row */
static void
test_settings (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "canny-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  LimnFollowedRow set;
  Found numbers, combos;
  GtkWidget *row;

  drop_path (fixture, path);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  row = rows_of (fixture).found[0];
  numbers = find (row, LIMN_TYPE_NUMBER_ROW);
  combos = find (row, ADW_TYPE_COMBO_ROW);
  g_assert_cmpuint (numbers.n, ==, 3);
  g_assert_cmpuint (combos.n, ==, 4);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (window_driver_find (numbers.found[0], GTK_TYPE_SPIN_BUTTON)), 0.75);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (window_driver_find (numbers.found[1], GTK_TYPE_SPIN_BUTTON)), 10);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (window_driver_find (numbers.found[2], GTK_TYPE_SPIN_BUTTON)), 60);
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[0]), 1);
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[3]), LIMN_FIT_PAD);
  g_assert_false (gtk_widget_get_visible (combos.found[1])); /* of a Union only */
  g_assert_false (gtk_widget_get_visible (combos.found[2])); /* of an IP-Adapter only */
  g_assert_cmpfloat_with_epsilon (row_of (fixture, 0)->how.weight, 0.75, 1e-9);
  g_assert_cmpfloat_with_epsilon (row_of (fixture, 0)->how.start, 0.1, 1e-9);
  g_assert_cmpfloat_with_epsilon (row_of (fixture, 0)->how.end, 0.6, 1e-9);
  g_assert_cmpstr (row_of (fixture, 0)->how.map, ==, "canny");
  g_assert_cmpint (row_of (fixture, 0)->how.fit, ==, LIMN_FIT_PAD);
  g_assert_true (row_of (fixture, 0)->picture == picture);
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (row), FALSE);
  g_assert_true (row_of (fixture, 0)->off);
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (row), TRUE);
  g_assert_false (row_of (fixture, 0)->off);

  /* shown in two digits, kept in all */
  set = *row_of (fixture, 0);
  set.how.weight = 1.0 / 3;
  set.how.end = 2.0 / 3;
  g_autoptr (LimnFollowed) followed = limn_followed_with (drop_values_of (fixture)->controls, 0, &set);
  g_object_set (fixture->driver.settings, "controls", followed, NULL);
  g_assert_true (rows_of (fixture).found[0] == row);
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[3]), LIMN_FIT_STRETCH);
  g_assert_true (row_of (fixture, 0)->how.weight == 1.0 / 3 && row_of (fixture, 0)->how.end == 2.0 / 3);
  window_driver_wait (&fixture->driver, "what it sees", has_preview, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "controls");
}

static guint
choices_of (GtkWidget *combo)
{
  return g_list_model_get_n_items (adw_combo_row_get_model (ADW_COMBO_ROW (combo)));
}

static gboolean
has_types (WindowDriver *driver, gpointer n)
{
  Found combos = find (rows_of ((DropFixture *) driver).found[0], ADW_TYPE_COMBO_ROW);

  return gtk_widget_get_visible (combos.found[1]) && choices_of (combos.found[1]) == GPOINTER_TO_UINT (n);
}

/* one of several kinds is told which one its picture is: what the map is, or what is said */
static void
test_types (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "promax-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  LimnFollowedRow set;
  Found combos;

  drop_path (fixture, path);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  window_driver_wait (&fixture->driver, "the kinds", has_types, GUINT_TO_POINTER (10));
  combos = find (rows_of (fixture).found[0], ADW_TYPE_COMBO_ROW);
  g_assert_true (says (&fixture->driver, "Not told"));
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[0]), 1);
  g_assert_null (row_of (fixture, 0)->how.type);
  g_assert_true (says (&fixture->driver, "Lines or hard edges"));
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (combos.found[1])), ==, "Lines or hard edges");
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[1]), 3);
  g_assert_cmpstr (row_of (fixture, 0)->how.type, ==, "depth");
  g_assert_true (says (&fixture->driver, "Depth"));
  window_driver_wait (&fixture->driver, "what it sees", has_preview, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "controls-union");
  set = *row_of (fixture, 0);
  set.how.type = "repaint";
  g_autoptr (LimnFollowed) followed = limn_followed_with (drop_values_of (fixture)->controls, 0, &set);
  g_object_set (fixture->driver.settings, "controls", followed, NULL);
  g_assert_cmpuint (adw_combo_row_get_selected (ADW_COMBO_ROW (combos.found[1])), ==, 9);
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[1]), 0);
  g_assert_null (row_of (fixture, 0)->how.type);
}

/* an IP-Adapter takes all of its picture or a part, and counts everywhere, in a half, or in a region */
static void
test_sight (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "ip-adapter-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  Found combos;

  drop_path (fixture, path);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  window_driver_wait (&fixture->driver, "what it takes", has_types, GUINT_TO_POINTER (4));
  combos = find (rows_of (fixture).found[0], ADW_TYPE_COMBO_ROW);
  g_assert_false (gtk_widget_get_visible (combos.found[0]));
  g_assert_true (says (&fixture->driver, "All of it"));
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[1]), 1);
  g_assert_cmpstr (row_of (fixture, 0)->how.type, ==, "style");
  g_assert_true (says (&fixture->driver, "Its style alone"));
  g_assert_cmpuint (choices_of (combos.found[2]), ==, 5);
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[2]), 2);
  g_assert_cmpstr (row_of (fixture, 0)->how.mask, ==, "2x1/1.1");
  g_object_set (fixture->driver.settings, "regions", "0,0,0.5,0.5: a cat", NULL);
  g_assert_cmpuint (choices_of (combos.found[2]), ==, 6);
  g_assert_cmpuint (adw_combo_row_get_selected (ADW_COMBO_ROW (combos.found[2])), ==, 2);
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[2]), 5);
  g_assert_true (g_str_has_prefix (row_of (fixture, 0)->how.mask, "128x128/0.64.64."));
  window_driver_wait (&fixture->driver, "what it sees", has_preview, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "controls-sight");
  /* the region goes, and what it was stays */
  g_object_set (fixture->driver.settings, "regions", "", NULL);
  g_assert_cmpuint (choices_of (combos.found[2]), ==, 6);
  g_assert_cmpuint (adw_combo_row_get_selected (ADW_COMBO_ROW (combos.found[2])), ==, 5);
  g_assert_true (g_str_has_prefix (row_of (fixture, 0)->how.mask, "128x128/0.64.64."));
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[2]), 0);
  g_assert_null (row_of (fixture, 0)->how.mask);
}

/* what is set that the network does not know is in sight, and says so */
static void
test_unknown_type (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "union-controlnet.safetensors");
  LimnFollowedRow row = { .file = path };
  g_autoptr (LimnFollowed) followed = NULL;
  Found combos;

  limn_control_init (&row.how);
  row.how.type = "tile";
  followed = limn_followed_with (NULL, 0, &row);
  g_object_set (fixture->driver.settings, "controls", followed, NULL);
  window_driver_wait (&fixture->driver, "the kinds", has_types, GUINT_TO_POINTER (9));
  combos = find (rows_of (fixture).found[0], ADW_TYPE_COMBO_ROW);
  g_assert_cmpuint (adw_combo_row_get_selected (ADW_COMBO_ROW (combos.found[1])), ==, 8);
  g_assert_true (says (&fixture->driver, "does not know"));
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[1]), 5);
  g_assert_cmpstr (row_of (fixture, 0)->how.type, ==, "canny");
  g_assert_false (says (&fixture->driver, "does not know"));
}

/* what it sees lies over the canvas while that is asked for, where there is a picture and where there is none */
static void
test_guide (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "canny-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  GtkToggleButton *button;
  Found combos;

  g_object_set (fixture->driver.settings, "width", 128, "height", 64, NULL);
  drop_path (fixture, path);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  combos = find (rows_of (fixture).found[0], ADW_TYPE_COMBO_ROW);
  adw_combo_row_set_selected (ADW_COMBO_ROW (combos.found[0]), 1);
  window_driver_wait (&fixture->driver, "what it sees", has_preview, NULL);
  g_assert_false (has_map (&fixture->driver, NULL));
  button = GTK_TOGGLE_BUTTON (button_of (rows_of (fixture).found[0], "Lay It over the Canvas"));
  gtk_toggle_button_set_active (button, TRUE);
  window_driver_wait (&fixture->driver, "the map on the canvas", has_map, NULL);
  g_assert_cmpint (limn_canvas_layer_get_width (fixture->canvas->guide), ==, 128);
  g_assert_cmpint (limn_canvas_layer_get_height (fixture->canvas->guide), ==, 64);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (fixture->driver.window->stage), ==, "canvas");
  window_driver_screenshot_at_rest (&fixture->driver, "controls-guide");
  gtk_toggle_button_set_active (button, FALSE);
  g_assert_false (has_map (&fixture->driver, NULL));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (fixture->driver.window->stage), ==, "welcome");
  gtk_toggle_button_set_active (button, TRUE);
  click (rows_of (fixture).found[0], "Remove This ControlNet");
  g_assert_false (has_map (&fixture->driver, NULL));
}

/* a picture that is dropped beside a ControlNet may be one to follow; the one on show and the one to start from, too */
static void
test_pictures (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *net = make_net (fixture, "canny-controlnet.safetensors");
  g_autofree char *path = drop_save_png (fixture, "house.png", 96, 64, NULL, NULL);
  g_autofree char *another = drop_save_png (fixture, "tree.png", 64, 64, NULL, NULL);
  g_autoptr (LimnSource) source = make_picture ();

  drop_path (fixture, net);
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "controls-asked");
  window_driver_activate (&fixture->driver, "restore-control");
  g_assert_cmpstr (limn_source_get_name (row_of (fixture, 0)->picture), ==, "house.png");
  g_assert_null (drop_values_of (fixture)->source);

  drop_path (fixture, net);
  drop_path (fixture, another);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_activate (&fixture->driver, "restore-control"); /* to the one that has none */
  window_driver_wait (&fixture->driver, "a picture", has_picture, GUINT_TO_POINTER (1));
  g_assert_cmpstr (limn_source_get_name (row_of (fixture, 1)->picture), ==, "tree.png");
  g_assert_cmpstr (limn_source_get_name (row_of (fixture, 0)->picture), ==, "house.png");

  g_object_set (fixture->driver.settings, "source", source, NULL);
  click (rows_of (fixture).found[1], "Follow the Picture to Start From");
  g_assert_true (row_of (fixture, 1)->picture == source);
}

/* what is painted says which picture it followed, and the one on the canvas can be followed next */
static void
test_paint (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *net = make_net (fixture, "canny-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) painted = NULL;
  g_autoptr (LimnJson) json = NULL;
  const LimnJson *row;

  drop_path (fixture, net);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  painted = drop_generate (fixture, &text);
  json = limn_json_parse ("limn", g_hash_table_lookup (text, "limn"), -1, NULL);
  row = limn_json_nth (limn_json_member (json, "controls"), 0);
  g_assert_cmpstr (limn_json_member_string (row, "picture"), ==, "halves.png");
  g_assert_cmpstr (limn_json_member_string (row, "model"), ==, net);
  click (rows_of (fixture).found[0], "Follow the Picture on the Canvas");
  g_assert_true (row_of (fixture, 0)->picture != picture);
  g_assert_cmpint (limn_source_get_width (row_of (fixture, 0)->picture), ==, painted->width);
}

static gboolean
has_same_picture (WindowDriver *driver, gpointer picture)
{
  const LimnFollowedRow *row = row_of ((DropFixture *) driver, 0);

  return row != NULL && row->picture != NULL && limn_source_is_same (row->picture, picture);
}

/* a picture that comes back brings the rows that it was painted with, and the pictures that these followed */
static void
test_restore (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *net = make_net (fixture, "canny-controlnet.safetensors");
  g_autofree char *other = make_net (fixture, "other-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) painted = NULL;
  g_autofree char *path = NULL;

  drop_path (fixture, net);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  painted = drop_generate (fixture, &text);
  path = g_strdup (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)));
  click (rows_of (fixture).found[0], "Remove This ControlNet");
  drop_path (fixture, other); /* beside which the first one is found */
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_activate (&fixture->driver, "restore-settings");
  g_assert_cmpuint (rows_of (fixture).n, ==, 1);
  g_assert_cmpstr (row_of (fixture, 0)->file, ==, net);
  window_driver_wait (&fixture->driver, "the picture that it followed", has_same_picture, picture);
}

/* a step back takes a row away and brings it again, with its picture */
static void
test_undo (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *net = make_net (fixture, "canny-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  LimnUndo *undo = fixture->driver.window->undo;

  limn_undo_commit (undo);
  drop_path (fixture, net);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  limn_undo_commit (undo);
  limn_undo_undo (undo);
  g_assert_cmpuint (rows_of (fixture).n, ==, 0);
  limn_undo_redo (undo);
  g_assert_cmpuint (rows_of (fixture).n, ==, 1);
  g_assert_true (row_of (fixture, 0)->picture == picture);
}

/* ---- Poses ---- */

static LimnPoseWindow *
pose_window_of (DropFixture *fixture)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (LIMN_IS_POSE_WINDOW (window))
      return LIMN_POSE_WINDOW (window);
  }
  return NULL;
}

static gboolean
has_file (WindowDriver *driver, gpointer index)
{
  LimnSource *picture = row_of ((DropFixture *) driver, GPOINTER_TO_UINT (index))->picture;

  return picture != NULL && g_file_test (limn_source_get_path (picture), G_FILE_TEST_EXISTS);
}

static gboolean
has_no_pose_window (WindowDriver *driver, gpointer data)
{
  return pose_window_of ((DropFixture *) driver) == NULL;
}

static const LimnPosePerson *
person_in (LimnPoseWindow *window, guint person)
{
  return &g_array_index (limn_pose_window_get (window)->people, LimnPosePerson, person);
}

/* Somebody is there at once, what is done to them is followed at once, and they are there again the next time. */
static void
test_pose (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "pose-controlnet.safetensors");
  WindowDriver *driver = &fixture->driver;
  g_autoptr (LimnSource) first = NULL, second = NULL;
  LimnPoseWindow *window;

  drop_path (fixture, path);
  click (rows_of (fixture).found[0], "Make a Pose to Follow");
  window = pose_window_of (fixture);
  g_assert_nonnull (window);
  g_assert_cmpuint (limn_pose_window_get (window)->people->len, ==, 1);
  first = g_object_ref (row_of (fixture, 0)->picture);
  g_assert_null (row_of (fixture, 0)->how.map);
  g_assert_cmpint (limn_source_get_width (first), ==, drop_values_of (fixture)->width);
  window_driver_wait (driver, "a pose's file", has_file, GUINT_TO_POINTER (0));

  double before = person_in (window, 0)->body[0].x;
  gtk_widget_activate_action (GTK_WIDGET (window), "pose.add", NULL);
  g_assert_cmpuint (limn_pose_window_get (window)->people->len, ==, 2);
  g_set_object (&second, row_of (fixture, 0)->picture);
  g_assert_false (limn_source_is_same (first, second));
  g_assert_cmpstr (limn_source_get_path (first), !=, limn_source_get_path (second));
  gtk_widget_activate_action (GTK_WIDGET (window), "pose.undo", NULL);
  g_assert_cmpuint (limn_pose_window_get (window)->people->len, ==, 1);
  g_assert_true (limn_source_is_same (row_of (fixture, 0)->picture, first));
  gtk_widget_activate_action (GTK_WIDGET (window), "pose.redo", NULL);
  g_assert_true (limn_source_is_same (row_of (fixture, 0)->picture, second));
  window_driver_wait (driver, "a pose's file", has_file, GUINT_TO_POINTER (0));
  gtk_window_close (GTK_WINDOW (window));
  window_driver_wait (driver, "no window of a pose", has_no_pose_window, NULL);

  click (rows_of (fixture).found[0], "Make a Pose to Follow");
  window = pose_window_of (fixture);
  g_assert_cmpuint (limn_pose_window_get (window)->people->len, ==, 2);
  g_assert_cmpfloat_with_epsilon (person_in (window, 0)->body[0].x, before, 0.01);
  /* what it was made for is gone, and what is made is nobody's */
  click (rows_of (fixture).found[0], "Remove This ControlNet");
  gtk_widget_activate_action (GTK_WIDGET (window), "pose.remove", NULL);
  g_assert_cmpuint (limn_pose_window_get (window)->people->len, ==, 1);
  g_assert_cmpuint (rows_of (fixture).n, ==, 0);
  gtk_window_close (GTK_WINDOW (window));
  window_driver_wait (driver, "no window of a pose", has_no_pose_window, NULL);
}

/* Another picture is followed until something is done to the pose. */
static void
test_pose_over_picture (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_net (fixture, "canny-controlnet.safetensors");
  g_autoptr (LimnSource) picture = make_picture ();
  LimnPoseWindow *window;

  drop_path (fixture, path);
  limn_control_group_set_picture (fixture->driver.window->control_group, 0, picture);
  click (rows_of (fixture).found[0], "Make a Pose to Follow");
  window = pose_window_of (fixture);
  g_assert_true (row_of (fixture, 0)->picture == picture);
  gtk_widget_activate_action (GTK_WIDGET (window), "pose.remove", NULL);
  g_assert_cmpuint (limn_pose_window_get (window)->people->len, ==, 0);
  g_assert_true (row_of (fixture, 0)->picture != picture);
  gtk_window_close (GTK_WINDOW (window));
  window_driver_wait (&fixture->driver, "no window of a pose", has_no_pose_window, NULL);
}

int
main (int argc, char **argv)
{
  window_driver_init (&argc, &argv);
  DROP_ADD ("/controls/drop", test_drop);
  DROP_ADD ("/controls/settings", test_settings);
  DROP_ADD ("/controls/types", test_types);
  DROP_ADD ("/controls/sight", test_sight);
  DROP_ADD ("/controls/unknown-type", test_unknown_type);
  DROP_ADD ("/controls/guide", test_guide);
  DROP_ADD ("/controls/pictures", test_pictures);
  DROP_ADD ("/controls/paint", test_paint);
  DROP_ADD ("/controls/restore", test_restore);
  DROP_ADD ("/controls/undo", test_undo);
  DROP_ADD ("/controls/pose", test_pose);
  DROP_ADD ("/controls/pose-over-picture", test_pose_over_picture);
  return g_test_run ();
}
