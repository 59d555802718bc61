/* shots.c - takes the window's screenshots: every main state of it, in light and dark.
 *
 * Built twice: "shots" over the real engine and "shots-fake" over the fake one.  Arguments: the scenes to take, all
 * where there are none.  $LIMN_SCREENSHOT_DIR says where they go, $LIMN_SHOTS_MODEL which model is opened (the starter
 * where it is not set), $LIMN_SHOTS_STYLES "light", "dark" or both, the locale and $LANGUAGE in which language, and
 * $ADW_DEBUG_HIGH_CONTRAST=1 asks for high contrast.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "app/canvas/canvas-private.h"
#include "app/panel/sampling-group.h"
#include "app/window/window-private.h"
#include "base/i18n.h"
#include "window-driver.h"

#define PROMPT "a red cube on top of a blue sphere on grass"
#define SEED 5       /* draws it well */
#define OTHER_SEED 8 /* so does this one, and from the first steps on */

typedef struct {
  WindowDriver driver;
  const char *style;
} Shots;

/* ---- What scenes are made of ---- */

static void
shoot (Shots *shots, const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s-%s", name, shots->style);

  window_driver_screenshot_at_rest (&shots->driver, file);
}

static void
resize (Shots *shots, int width, int height)
{
  gtk_window_set_default_size (GTK_WINDOW (shots->driver.window), width, height);
  window_driver_sleep (&shots->driver, 600);
}

static void
act (Shots *shots, const char *action, GVariant *parameter)
{
  g_action_group_activate_action (G_ACTION_GROUP (shots->driver.window), action, parameter);
  window_driver_sleep (&shots->driver, 300);
}

static gboolean
has_picture (WindowDriver *driver, gpointer data)
{
  return window_driver_idle (driver, NULL) && limn_window_get_texture (driver->window) != NULL;
}

/* toasts go with the time */
static void
settle (Shots *shots)
{
  window_driver_wait (&shots->driver, "the picture", has_picture, NULL);
  window_driver_sleep (&shots->driver, 5500);
}

static void
paint (Shots *shots, const char *prompt, guint64 seed)
{
  g_object_set (shots->driver.settings, "prompt", prompt, "new-seed", FALSE, "seed", seed, NULL);
  window_driver_activate (&shots->driver, "generate");
  window_driver_wait (&shots->driver, "the picture", has_picture, NULL);
}

/* a history worth looking at */
static void
paint_several (Shots *shots)
{
  static const char *const prompts[] = { "a small white star on a black background",
                                         "a turquoise robot in the snow at night",
                                         "a watercolour of a red boat on the water at sunset",
                                         "a turquoise house to the left of a red tree on sand",
                                         "a purple cone to the left of a yellow ring on sand" };

  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++)
    paint (shots, prompts[i], SEED);
  paint (shots, PROMPT, SEED);
}

static void
show_side (Shots *shots, const char *page)
{
  adw_view_stack_set_visible_child_name (shots->driver.window->side_stack, page);
  window_driver_sleep (&shots->driver, 300);
}

/* what is painted, as a picture from elsewhere: larger, and wide */
static char *
save_photo (Shots *shots, const char *name, const char *text)
{
  const char *chunks[] = { "parameters", text, NULL };
  g_autoptr (LimnImage) image =
      limn_image_fit (limn_picture_get_image (limn_window_get_picture (shots->driver.window)), 640, 448);
  char *path = g_build_filename (shots->driver.folder, "..", name, NULL);

  g_assert_true (limn_image_save_png (image, path, text != NULL ? chunks : NULL, NULL));
  return path;
}

static void
drop (Shots *shots, const char *path)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_FILE);
  g_value_take_object (&value, g_file_new_for_path (path));
  g_assert_true (limn_window_take_value (shots->driver.window, &value));
}

static gboolean
has_source (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->source != NULL;
}

static void
scroll_to (Shots *shots, GtkWidget *group)
{
  GtkWidget *viewport = gtk_widget_get_ancestor (group, GTK_TYPE_VIEWPORT);
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (viewport));
  double y;

  gtk_widget_translate_coordinates (group, gtk_widget_get_first_child (viewport), 0, 0, NULL, &y);
  gtk_adjustment_set_value (adjustment, y - 12);
  window_driver_sleep (&shots->driver, 300);
}

static void
expand (GtkWidget *widget)
{
  if (ADW_IS_EXPANDER_ROW (widget))
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (widget), TRUE);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    expand (child);
}

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, int *last)
{
  *last = step;
}

static gboolean
reached (WindowDriver *driver, gpointer data)
{
  const int *last = data;

  return *last >= limn_settings_values (driver->settings)->steps * 3 / 5;
}

/* ---- Scenes ---- */

static void
take_welcome (Shots *shots)
{
  shoot (shots, "welcome");
}

static void
take_prompt (Shots *shots)
{
  LimnPromptView *view = limn_prompt_group_get_view (shots->driver.window->prompt_group, "prompt");

  g_object_set (shots->driver.settings, "prompt",
                "a (watercolour:1.3) of {a lighthouse|a mill} by the sea, [fog], __palette__ <lora:ink-wash:0.8> BREAK "
                "loose brush strokes",
                "negative", "blurry, (low contrast:1.2)", NULL);
  window_driver_sleep (&shots->driver, 500);
  gtk_widget_activate_action (GTK_WIDGET (view), "prompt.lens", NULL);
  window_driver_sleep (&shots->driver, 500);
  shoot (shots, "prompt");
}

static void
take_styles (Shots *shots)
{
  GtkWidget *group = GTK_WIDGET (shots->driver.window->prompt_group);
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", NULL);
  g_autofree char *path = g_build_filename (folder, "styles.csv", NULL);

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (path,
                       "name,prompt,negative_prompt\n"
                       "Watercolour,\"loose watercolour of {prompt}, wet paper, soft edges\",\"photo, sharp\"\n"
                       "Ink,\"ink drawing, hatching\",colour\n"
                       "Film still,\"35 mm film still, {prompt}, shallow depth of field\",\"drawing, painting\"\n",
                       -1, NULL);
  g_object_set (shots->driver.settings, "prompt", PROMPT, NULL);
  gtk_menu_button_popup (GTK_MENU_BUTTON (window_driver_find (group, GTK_TYPE_MENU_BUTTON)));
  window_driver_sleep (&shots->driver, 800);
  shoot (shots, "styles");
}

static void
take_painting (Shots *shots)
{
  int last = 0;
  gulong handler = g_signal_connect (shots->driver.session, "preview", G_CALLBACK (preview_cb), &last);
  g_autofree char *name = g_strdup_printf ("painting-%s", shots->style);

  paint_several (shots);
  settle (shots);
  last = 0;
  g_object_set (shots->driver.settings, "prompt", PROMPT, "seed", (guint64) OTHER_SEED, NULL);
  window_driver_activate (&shots->driver, "generate");
  window_driver_wait (&shots->driver, "a preview", reached, &last);
  window_driver_screenshot (&shots->driver, name);
  window_driver_wait (&shots->driver, "the picture", has_picture, NULL);
  shoot (shots, "painted-toast");
  g_signal_handler_disconnect (shots->driver.session, handler);
}

static void
take_timeline (Shots *shots)
{
  paint_several (shots);
  settle (shots);
  shoot (shots, "result");
  act (shots, "look", g_variant_new_int32 (8));
  shoot (shots, "scrubbing");
  g_object_set (shots->driver.settings, "prompt", "a red cube on top of a green heart on sand at sunset", NULL);
  act (shots, "branch", NULL);
  settle (shots);
  act (shots, "look", g_variant_new_int32 (14));
  g_object_set (shots->driver.settings, "guidance", 4.5, NULL);
  act (shots, "branch", NULL);
  settle (shots);
  shoot (shots, "tree");
}

/* over the real engine $LIMN_SHOTS_REFINER is one; without it, the notice that there is none */
static void
take_refiner (Shots *shots)
{
  const char *refiner = g_getenv ("LIMN_SHOTS_REFINER");

  g_object_set (shots->driver.settings, "refiner", refiner != NULL ? refiner : "/models/sd_xl_refiner_1.0.safetensors",
                "use-refiner", TRUE, NULL);
  scroll_to (shots, GTK_WIDGET (shots->driver.window->refiner_group));
  g_object_set (shots->driver.settings, "prompt", PROMPT, NULL);
  window_driver_activate (&shots->driver, "generate");
  window_driver_wait (&shots->driver, "an end", window_driver_idle, NULL);
  window_driver_sleep (&shots->driver, 1000);
  shoot (shots, "refiner");
}

static void
take_source (Shots *shots)
{
  g_autofree char *path = NULL, *foreign = NULL;

  paint_several (shots);
  path = save_photo (shots, "holiday-by-the-sea.png", NULL);
  drop (shots, path);
  window_driver_wait (&shots->driver, "the picture to start from", has_source, NULL);
  g_object_set (shots->driver.settings, "truthful-crop", TRUE, NULL);
  settle (shots);
  scroll_to (shots, GTK_WIDGET (shots->driver.window->image_group));
  shoot (shots, "source");
  expand (GTK_WIDGET (shots->driver.window->hints_group));
  window_driver_sleep (&shots->driver, 600);
  scroll_to (shots, GTK_WIDGET (shots->driver.window->hints_group));
  shoot (shots, "conditioning");
  g_object_set (shots->driver.settings, "separate-negative", TRUE, "negative-original-width", 256,
                "negative-original-height", 256, NULL);
  window_driver_sleep (&shots->driver, 600);
  shoot (shots, "conditioning-negative");
  foreign =
      save_photo (shots, "from-elsewhere.png",
                  "a lighthouse by the sea, <lora:ink-wash:0.8>\nNegative prompt: blurry\nSteps: 28, Sampler: DPM++ "
                  "2M Karras, CFG scale: 6.5, Seed: 1234, Size: 1024x1024, Model: juggernautXL, Clip skip: 2, "
                  "Hires upscale: 1.5");
  drop (shots, foreign);
  window_driver_sleep (&shots->driver, 1500);
  shoot (shots, "restore-question");
  act (shots, "restore-settings", NULL);
  window_driver_sleep (&shots->driver, 800);
  shoot (shots, "restore-why");
}

static void
take_sheet (Shots *shots)
{
  paint (shots, PROMPT, SEED);
  settle (shots);
  expand (GTK_WIDGET (shots->driver.window->hints_group));
  scroll_to (shots, GTK_WIDGET (shots->driver.window->hints_group));
  act (shots, "contact-sheet", NULL);
  for (int i = 0; i < 120 && limn_contact_sheet_count_done (shots->driver.window->contact_sheet) < 9; i++)
    window_driver_sleep (&shots->driver, 500);
  shoot (shots, "contact-sheet");
}

static void
stroke (Shots *shots, double from_x, double from_y, double to_x, double to_y)
{
  GVariantBuilder points;

  g_variant_builder_init (&points, G_VARIANT_TYPE ("a(ddd)"));
  for (int i = 0; i <= 20; i++)
    g_variant_builder_add (&points, "(ddd)", from_x + (to_x - from_x) * i / 20, from_y + (to_y - from_y) * i / 20, 1.0);
  act (shots, "mask-stroke", g_variant_builder_end (&points));
}

static void
take_mask (Shots *shots)
{
  LimnCanvas *canvas = shots->driver.window->canvas;
  int size;

  paint_several (shots);
  size = limn_picture_get_image (limn_window_get_picture (shots->driver.window))->width;
  settle (shots);
  act (shots, "paint-over", NULL);
  window_driver_sleep (&shots->driver, 1200);
  g_object_set (canvas->editor, "brush-size", size * 0.36, "brush-feather", 0.35, NULL);
  g_object_set (shots->driver.settings, "prompt", "a red cube on top of a green heart on sand at sunset", NULL);
  stroke (shots, size * 0.46, size * 0.72, size * 0.64, size * 0.74);
  shoot (shots, "mask");
  act (shots, "mask-clear", NULL);
  g_action_group_change_action_state (G_ACTION_GROUP (shots->driver.window), "edit-mask",
                                      g_variant_new_boolean (FALSE));
  act (shots, "extend-canvas", NULL);
  window_driver_sleep (&shots->driver, 800);
  act (shots, "extend-by", g_variant_new ("(iiii)", 0, 0, size / 2, 0));
  shoot (shots, "extend");
  resize (shots, 768, 720);
  shoot (shots, "extend-narrow");
}

static void
take_gallery (Shots *shots)
{
  GtkWidget *grid;
  GtkSelectionModel *selection;

  paint_several (shots);
  settle (shots);
  grid = window_driver_find (GTK_WIDGET (shots->driver.window->gallery), GTK_TYPE_GRID_VIEW);
  selection = gtk_grid_view_get_model (GTK_GRID_VIEW (grid));
  gtk_selection_model_select_item (selection, 2, TRUE);
  gtk_widget_activate_action (grid, "gallery.favourite", NULL);
  window_driver_sleep (&shots->driver, 500);
  gtk_selection_model_select_item (selection, 0, FALSE);
  window_driver_sleep (&shots->driver, 500);
  shoot (shots, "gallery");
  gtk_widget_activate_action (grid, "gallery.compare", NULL);
  window_driver_sleep (&shots->driver, 1500);
  shoot (shots, "compare");
  g_signal_emit_by_name (shots->driver.window->compare_view, "left");
  resize (shots, 768, 720);
  shoot (shots, "narrow-panes");
  g_action_group_change_action_state (G_ACTION_GROUP (shots->driver.window), "show-side", g_variant_new_boolean (TRUE));
  window_driver_sleep (&shots->driver, 600);
  shoot (shots, "narrow-side");
  g_action_group_change_action_state (G_ACTION_GROUP (shots->driver.window), "show-side",
                                      g_variant_new_boolean (FALSE));
  window_driver_sleep (&shots->driver, 600);
  shoot (shots, "narrow");
}

static LimnQueueItem *
item_at (Shots *shots, guint position)
{
  g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (shots->driver.queue), position);

  return item;
}

static void
take_queue (Shots *shots)
{
  LimnQueue *queue = shots->driver.queue;

  show_side (shots, "queue");
  shoot (shots, "queue-empty");
  paint (shots, PROMPT, SEED);
  g_object_set (shots->driver.settings, "refiner", "/models/none.safetensors", NULL);
  g_object_set (shots->driver.settings, "model", "/models/painterly-xl.safetensors", NULL);
  window_driver_activate (&shots->driver, "generate"); /* no such model: fails, where the engine is a real one */
  window_driver_sleep (&shots->driver, 4000);
  g_object_set (shots->driver.settings, "model", "", "count", 4, "steps", 150, "prompt", PROMPT, NULL);
  window_driver_activate (&shots->driver, "generate");
  limn_queue_set_item_paused (queue, item_at (shots, g_list_model_get_n_items (G_LIST_MODEL (queue)) - 1), TRUE);
  window_driver_sleep (&shots->driver, 1000);
  limn_queue_cancel_current (queue);
  window_driver_sleep (&shots->driver, 1500);
  {
    g_autofree char *name = g_strdup_printf ("queue-%s", shots->style);

    window_driver_screenshot (&shots->driver, name);
  }
  limn_queue_set_paused (queue, TRUE);
  limn_queue_cancel_current (queue);
  window_driver_sleep (&shots->driver, 4000);
  shoot (shots, "queue-paused");
}

static gboolean
has_none_pending (WindowDriver *driver, gpointer data)
{
  return window_driver_idle (driver, NULL) && limn_queue_get_n_pending (driver->queue) == 0;
}

static void
close_front (Shots *shots)
{
  GtkWindow *front = window_driver_front (&shots->driver);

  if (front != GTK_WINDOW (shots->driver.window))
    gtk_window_close (front);
  window_driver_sleep (&shots->driver, 300);
}

static void
take_grid (Shots *shots)
{
  g_object_set (shots->driver.settings, "prompt", PROMPT, "new-seed", FALSE, "seed", (guint64) SEED, NULL);
  act (shots, "show-grid", NULL);
  window_driver_sleep (&shots->driver, 500);
  shoot (shots, "grid-window");
  close_front (shots);
  show_side (shots, "queue");
  act (shots, "paint-grid", g_variant_new_parsed ("[('guidance', '2, 4, 6'), ('steps', '4, 8, 16')]"));
  window_driver_wait (&shots->driver, "nine pictures", has_none_pending, NULL);
  window_driver_sleep (&shots->driver, 1500);
  shoot (shots, "grid-done");
}

/* all that the sampling group has folded away */
static void
take_sampling (Shots *shots)
{
  GtkWidget *group = window_driver_find (GTK_WIDGET (shots->driver.window), LIMN_TYPE_SAMPLING_GROUP);

  g_object_set (shots->driver.settings, "guidance-kind", "apg", "guidance-to", 0.8, "schedule", "custom", "cache", 0.1,
                "freeu", "v2", "shrink", 2.0, NULL);
  limn_settings_choose_sigmas (shots->driver.settings, "14.6 8 4.5 2.6 1.6 1 0.6 0.35 0.15 0.03");
  resize (shots, 1280, 1500);
  expand (group);
  window_driver_sleep (&shots->driver, 800);
  scroll_to (shots, group);
  shoot (shots, "sampling");
}

static void
take_size (Shots *shots)
{
  GtkWidget *button;

  g_object_set (shots->driver.settings, "prompt", PROMPT, "width", 2048, "height", 2048, NULL);
  window_driver_sleep (&shots->driver, 1500);
  scroll_to (shots, GTK_WIDGET (shots->driver.window->size_group));
  shoot (shots, "does-not-fit");
  g_object_set (shots->driver.settings, "width", 1024, "height", 1024, NULL);
  button = window_driver_find (GTK_WIDGET (shots->driver.window->size_group), GTK_TYPE_MENU_BUTTON);
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  window_driver_sleep (&shots->driver, 800);
  {
    GtkPopover *popover = gtk_menu_button_get_popover (GTK_MENU_BUTTON (button));
    g_autofree char *path = g_strdup_printf ("%s/size-%s.png", g_getenv ("LIMN_SCREENSHOT_DIR"), shots->style);
    g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (popover));
    GtkSnapshot *snapshot = gtk_snapshot_new ();
    g_autoptr (GskRenderNode) node = NULL;

    gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (GTK_WIDGET (popover)),
                            gtk_widget_get_height (GTK_WIDGET (popover)));
    node = gtk_snapshot_free_to_node (snapshot);
    if (node != NULL) {
      g_autoptr (GdkTexture) texture =
          gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (popover)), node, NULL);

      gdk_texture_save_to_png (texture, path);
    }
  }
  gtk_menu_button_popdown (GTK_MENU_BUTTON (button));
}

static void
take_others (Shots *shots)
{
  g_action_group_activate_action (G_ACTION_GROUP (shots->driver.application), "preferences", NULL);
  window_driver_sleep (&shots->driver, 800);
  shoot (shots, "preferences");
  close_front (shots);
  g_action_group_activate_action (G_ACTION_GROUP (shots->driver.application), "help", NULL);
  window_driver_sleep (&shots->driver, 800);
  shoot (shots, "help");
  close_front (shots);
  act (shots, "show-help-overlay", NULL);
  window_driver_sleep (&shots->driver, 800);
  shoot (shots, "shortcuts");
  close_front (shots);
  expand (GTK_WIDGET (shots->driver.window));
  g_object_set (shots->driver.settings, "use-refiner", TRUE, NULL);
  resize (shots, 1440, 2100);
  shoot (shots, "controls");
}

static void
take_right_to_left (Shots *shots)
{
  paint_several (shots);
  settle (shots);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  window_driver_sleep (&shots->driver, 600);
  shoot (shots, "right-to-left");
  scroll_to (shots, GTK_WIDGET (shots->driver.window->image_group));
  expand (GTK_WIDGET (shots->driver.window->hints_group));
  window_driver_sleep (&shots->driver, 600);
  shoot (shots, "right-to-left-below");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

static const struct {
  const char *name;
  void (*take) (Shots *shots);
} scenes[] = { { "welcome", take_welcome },   { "prompt", take_prompt },   { "painting", take_painting },
               { "timeline", take_timeline }, { "refiner", take_refiner }, { "source", take_source },
               { "sheet", take_sheet },       { "mask", take_mask },       { "gallery", take_gallery },
               { "queue", take_queue },       { "grid", take_grid },       { "size", take_size },
               { "sampling", take_sampling }, { "others", take_others },   { "rtl", take_right_to_left },
               { "styles", take_styles } };

static void
take_scene (guint scene, const char *style)
{
  const char *model = g_getenv ("LIMN_SHOTS_MODEL");
  Shots shots = { .style = style };

  window_driver_open (&shots.driver);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), g_str_equal (style, "dark")
                                                                            ? ADW_COLOR_SCHEME_FORCE_DARK
                                                                            : ADW_COLOR_SCHEME_FORCE_LIGHT);
  if (model != NULL) {
    g_autoptr (GFile) file = g_file_new_for_path (model);

    limn_window_open_file (shots.driver.window, file);
  }
  resize (&shots, 1440, 860);
  window_driver_sleep (&shots.driver, 1000);
  scenes[scene].take (&shots);
  window_driver_close (&shots.driver);
}

int
main (int argc, char *argv[])
{
  const char *wanted = g_getenv ("LIMN_SHOTS_STYLES");
  g_auto (GStrv) styles = g_strsplit (wanted != NULL ? wanted : "light,dark", ",", -1);

  window_driver_init (&argc, &argv);
  limn_i18n_init ();
  if (g_getenv ("LIMN_SCREENSHOT_DIR") == NULL) {
    g_printerr ("set LIMN_SCREENSHOT_DIR\n");
    return 77;
  }
  window_driver_drop_frame ();
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* a warning must not end the round */
  for (char **style = styles; *style != NULL; style++)
    for (guint i = 0; i < G_N_ELEMENTS (scenes); i++)
      if (argc < 2 || g_strv_contains ((const char *const *) argv + 1, scenes[i].name))
        take_scene (i, *style);
  return 0;
}
