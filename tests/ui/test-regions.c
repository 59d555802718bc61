/* test-regions.c - regions in the real window: drawn, moved, written to, taken back and painted with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/panel/region-row.h"
#include "app/window/window-private.h"
#include "drop-fixture.h"
#include "session/settings/regions.h"

static LimnRegionLayer *
layer_of (DropFixture *fixture)
{
  return fixture->driver.window->region_layer;
}

static gpointer
controller_of (DropFixture *fixture, GType type)
{
  g_autoptr (GListModel) all = gtk_widget_observe_controllers (GTK_WIDGET (layer_of (fixture)));

  for (guint i = 0; i < g_list_model_get_n_items (all); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (all, i);

    if (g_type_is_a (G_OBJECT_TYPE (controller), type))
      return controller;
  }
  g_assert_not_reached ();
}

/* From one share of the picture to another. */
static void
drag (DropFixture *fixture, double x, double y, double to_x, double to_y)
{
  GtkGesture *gesture = controller_of (fixture, GTK_TYPE_GESTURE_DRAG);
  graphene_rect_t place = limn_region_layer_get_place (layer_of (fixture));
  double dx = (to_x - x) * place.size.width, dy = (to_y - y) * place.size.height;

  g_signal_emit_by_name (gesture, "drag-begin", place.origin.x + x * place.size.width,
                         place.origin.y + y * place.size.height);
  for (int i = 1; i <= 4; i++)
    g_signal_emit_by_name (gesture, "drag-update", dx * i / 4, dy * i / 4);
  g_signal_emit_by_name (gesture, "drag-end", dx, dy);
}

static void
press (DropFixture *fixture, guint key, GdkModifierType modifiers)
{
  gboolean handled;

  g_signal_emit_by_name (controller_of (fixture, GTK_TYPE_EVENT_CONTROLLER_KEY), "key-pressed", key, 0, modifiers,
                         &handled);
}

static void
activate (DropFixture *fixture, const char *action)
{
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), action, NULL);
}

static gboolean
has_size (WindowDriver *driver, gpointer data)
{
  return gtk_widget_get_width (GTK_WIDGET (driver->window->region_layer)) > 100;
}

static void
check_place (DropFixture *fixture, guint index, double x, double y, double width, double height)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (fixture->driver.window->settings);
  const LimnRegion *region = regions->pdata[index];

  g_assert_cmpuint (index, <, regions->len);
  g_assert_cmpfloat_with_epsilon (region->x, x, 0.002);
  g_assert_cmpfloat_with_epsilon (region->y, y, 0.002);
  g_assert_cmpfloat_with_epsilon (region->width, width, 0.002);
  g_assert_cmpfloat_with_epsilon (region->height, height, 0.002);
}

static guint
count (DropFixture *fixture)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (fixture->driver.window->settings);

  return regions->len;
}

static LimnRegionRow *
row_of (DropFixture *fixture)
{
  return LIMN_REGION_ROW (window_driver_find (GTK_WIDGET (fixture->driver.window->region_group), LIMN_TYPE_REGION_ROW));
}

static void
begin (DropFixture *fixture)
{
  activate (fixture, "draw-regions");
  g_assert_true (limn_window_draws_regions (fixture->driver.window));
  window_driver_wait (&fixture->driver, "the layer", has_size, NULL);
}

static void
test_draw (DropFixture *fixture, gconstpointer data)
{
  begin (fixture);
  drag (fixture, 0.005, 0.3, 0.497, 0.6);
  g_assert_cmpuint (count (fixture), ==, 1);
  check_place (fixture, 0, 0, 0.3, 0.5, 0.3);
  /* the other way round, and up to the first one's edges */
  drag (fixture, 0.995, 0.602, 0.503, 0.299);
  check_place (fixture, 1, 0.5, 0.3, 0.5, 0.3);
  /* a click draws nothing */
  drag (fixture, 0.7, 0.9, 0.7, 0.9);
  g_assert_cmpuint (count (fixture), ==, 2);
  /* moved, with what is selected above the others */
  drag (fixture, 0.75, 0.45, 0.65, 0.65);
  check_place (fixture, 1, 0.4, 0.5, 0.5, 0.3);
  /* pulled at its corner */
  drag (fixture, 0.899, 0.799, 0.799, 0.899);
  check_place (fixture, 1, 0.4, 0.5, 0.4, 0.4);
  press (fixture, GDK_KEY_Left, 0);
  press (fixture, GDK_KEY_Down, GDK_SHIFT_MASK);
  check_place (fixture, 1, 0.39, 0.5, 0.4, 0.41);
  press (fixture, GDK_KEY_Delete, 0);
  g_assert_cmpuint (count (fixture), ==, 1);
  check_place (fixture, 0, 0, 0.3, 0.5, 0.3);
  press (fixture, GDK_KEY_Escape, 0);
  g_assert_false (limn_window_draws_regions (fixture->driver.window));
}

/* The button with that label in a row. */
static GtkWidget *
find_button (GtkWidget *root, const char *label)
{
  GtkWidget *found =
      GTK_IS_BUTTON (root) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (root)), label) == 0 ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_button (child, label);
  return found;
}

static double
cover_at (DropFixture *fixture, guint index, double x, double y)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (fixture->driver.window->settings);
  g_autofree float *cover = g_new (float, 100 * 100);

  limn_region_cover (regions->pdata[index], 100, 100, cover);
  return cover[(int) (y * 100) * 100 + (int) (x * 100)];
}

/* A stroke adds to the rectangle, another takes away, the shape is moved as it is and becomes a rectangle again. */
static void
test_brush (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *painted = NULL;

  begin (fixture);
  drag (fixture, 0.2, 0.2, 0.4, 0.4);
  g_signal_emit_by_name (row_of (fixture), "brush");
  drag (fixture, 0.3, 0.3, 0.7, 0.3);
  g_assert_cmpfloat (cover_at (fixture, 0, 0.6, 0.3), ==, 1);
  g_assert_cmpfloat (cover_at (fixture, 0, 0.25, 0.38), ==, 1);
  g_assert_cmpfloat (cover_at (fixture, 0, 0.6, 0.4), ==, 0);
  check_place (fixture, 0, 0.2, 0.2, 0.54, 0.2);
  /* out of the tool of regions' brush, and back to rectangles */
  press (fixture, GDK_KEY_Escape, 0);
  g_assert_true (limn_window_draws_regions (fixture->driver.window));
  drag (fixture, 0.3, 0.3, 0.4, 0.5);
  g_assert_cmpfloat (cover_at (fixture, 0, 0.7, 0.5), ==, 1);
  g_assert_cmpfloat (cover_at (fixture, 0, 0.7, 0.58), ==, 0);
  g_assert_cmpuint (count (fixture), ==, 1);
  g_object_get (fixture->driver.window->settings, "regions", &painted, NULL);
  g_assert_nonnull (strstr (painted, "mask="));
  g_signal_emit_by_name (find_button (GTK_WIDGET (row_of (fixture)), "Rectangle Again"), "clicked");
  g_assert_cmpfloat (cover_at (fixture, 0, 0.7, 0.58), ==, 1);
  press (fixture, GDK_KEY_b, 0);
  press (fixture, GDK_KEY_Escape, 0);
  press (fixture, GDK_KEY_Escape, 0);
  g_assert_false (limn_window_draws_regions (fixture->driver.window));
}

static void
test_undo (DropFixture *fixture, gconstpointer data)
{
  begin (fixture);
  drag (fixture, 0.1, 0.1, 0.4, 0.4);
  limn_undo_commit (fixture->driver.window->undo);
  drag (fixture, 0.6, 0.6, 0.9, 0.9);
  limn_undo_commit (fixture->driver.window->undo);
  press (fixture, GDK_KEY_Delete, 0);
  limn_undo_commit (fixture->driver.window->undo);
  g_assert_cmpuint (count (fixture), ==, 1);
  activate (fixture, "undo");
  g_assert_cmpuint (count (fixture), ==, 2);
  activate (fixture, "undo");
  activate (fixture, "undo");
  g_assert_cmpuint (count (fixture), ==, 0);
  activate (fixture, "redo");
  g_assert_cmpuint (count (fixture), ==, 1);
}

static void
test_paint (DropFixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;
  GtkWidget *prompt;

  activate (fixture, "add-region");
  activate (fixture, "add-region");
  check_place (fixture, 0, 0, 0, 0.5, 1);
  check_place (fixture, 1, 0.5, 0, 0.5, 1);
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (row_of (fixture)), "lacks"));
  prompt = window_driver_find (GTK_WIDGET (row_of (fixture)), ADW_TYPE_ENTRY_ROW);
  gtk_editable_set_text (GTK_EDITABLE (prompt), "a cat <lora:ink:1>");
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (row_of (fixture)), "lacks"));
  gtk_editable_set_text (GTK_EDITABLE (prompt), "a cat");
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (row_of (fixture)), "lacks"));
  g_assert_cmpstr (limn_settings_values (window->settings)->regions, ==, "0,0,0.5,1: a cat\n0.5,0,0.5,1: ");
  g_autoptr (LimnImage) image = drop_generate (fixture, NULL);
  g_assert_false (limn_window_draws_regions (window));
  g_assert_cmpstr (limn_settings_values (limn_picture_get_settings (limn_window_get_picture (window)))->regions, ==,
                   "0,0,0.5,1: a cat\n0.5,0,0.5,1: ");
}

static GtkWidget *
button_with_tooltip (GtkWidget *root, const char *begin)
{
  const char *tooltip = gtk_widget_get_tooltip_text (root);
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (root) && tooltip != NULL && g_str_has_prefix (tooltip, begin))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = button_with_tooltip (child, begin);
  return found;
}

/* A region that was drawn becomes a box that is painted again, whatever else it was told, and can be taken back. */
static void
test_detail (DropFixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;
  GtkWidget *button;

  g_object_set (window->settings, "regions",
                "0,0,0.5,1 weight=2 end=0.5 negative=\"fog\": a cat\n0.5,0,0.25,1: ", NULL);
  limn_undo_commit (window->undo);
  button = button_with_tooltip (GTK_WIDGET (row_of (fixture)), "Paint It Again");
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpstr (limn_settings_values (window->settings)->details, ==, "0,0,0.5,1 negative=\"fog\": a cat");
  g_assert_cmpstr (limn_settings_values (window->settings)->regions, ==, "0.5,0,0.25,1: ");
  limn_undo_commit (window->undo);
  g_assert_true (limn_settings_detail_region (window->settings, 0));
  g_assert_cmpuint (count (fixture), ==, 0);
  g_assert_false (limn_settings_detail_region (window->settings, 0));
  limn_undo_commit (window->undo);
  g_autoptr (LimnImage) image = drop_generate (fixture, NULL);
  g_assert_cmpstr (limn_settings_values (limn_picture_get_settings (limn_window_get_picture (window)))->details, ==,
                   "0,0,0.5,1 negative=\"fog\": a cat\n0.5,0,0.25,1: ");
  activate (fixture, "undo");
  activate (fixture, "undo");
  g_assert_cmpstr (limn_settings_values (window->settings)->details, ==, "");
  g_assert_cmpuint (count (fixture), ==, 2);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  DROP_ADD ("/regions/draw", test_draw);
  DROP_ADD ("/regions/brush", test_brush);
  DROP_ADD ("/regions/undo", test_undo);
  DROP_ADD ("/regions/paint", test_paint);
  DROP_ADD ("/regions/detail", test_detail);
  return g_test_run ();
}
