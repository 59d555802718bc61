/* test-below.c - what lies below the picture: it leaves the picture its room and its place, and can be read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "app/canvas/canvas.h"
#include "app/run/device-pill.h"
#include "app/window/notice-bar.h"
#include "app/run/run-bar.h"
#include "app/run/stage-bar.h"
#include "app/run/timeline.h"
#include "app/window/window-private.h"
#include "common/patience.h"
#include "window-fixture.h"

#define STEPS 20

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", STEPS, "new-seed", FALSE, "seed",
                G_GUINT64_CONSTANT (5), NULL);
}

static GtkWidget *
part (Fixture *fixture, GType type)
{
  GtkWidget *found = window_driver_find (GTK_WIDGET (fixture->driver.window), type);

  g_assert_nonnull (found);
  return found;
}

static void
set_step_time (Fixture *fixture, guint step_us)
{
  fixture->fake.step_us = step_us;
  fake_engine_set (&fixture->fake);
}

static gboolean
has_size (WindowDriver *driver, gpointer data)
{
  const int *size = data;

  return gtk_widget_get_width (GTK_WIDGET (driver->window)) == size[0]
         && gtk_widget_get_height (GTK_WIDGET (driver->window)) == size[1];
}

static gboolean
is_there (WindowDriver *driver, gpointer data)
{
  return gtk_widget_get_width (GTK_WIDGET (driver->window)) > 0;
}

static void
resize (Fixture *fixture, int width, int height)
{
  int size[] = { width, height };

  window_driver_wait (&fixture->driver, "the window", is_there, NULL);
  window_driver_sleep (&fixture->driver, 300); /* sizes that are asked for while it appears are lost */
  gtk_window_set_default_size (GTK_WINDOW (fixture->driver.window), width, height);
  window_driver_wait (&fixture->driver, "the window's size", has_size, size);
  window_driver_sleep (&fixture->driver, 400); /* panes fold */
}

static void
generate (Fixture *fixture)
{
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);
}

static gboolean
has_steps (WindowDriver *driver, gpointer data)
{
  LimnRecord *record = limn_session_get_record (driver->session);

  return limn_session_is_busy (driver->session) && record != NULL && limn_record_get_n_steps (record) >= 4;
}

/* ends in the middle of a run */
static void
begin_slowly (Fixture *fixture)
{
  set_step_time (fixture, 0);
  fake_engine_hold (4);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "some steps", has_steps, NULL);
}

static void
cancel (Fixture *fixture)
{
  window_driver_activate (&fixture->driver, "cancel");
  window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);
  set_step_time (fixture, 0);
}

static gboolean
is_known (WindowDriver *driver, gpointer data)
{
  return limn_stage_map_is_known (data);
}

/* ---- Its room, and its place ---- */

typedef struct {
  int width, height;
  double share; /* of the height: what the picture has at least */
} Size;

static const Size sizes[] = { { 1440, 900, 0.72 }, { 800, 600, 0.65 } };

static void
check_room (Fixture *fixture, const Size *size, int *height, const char *state)
{
  GtkWidget *canvas = part (fixture, LIMN_TYPE_CANVAS);
  int now;

  window_driver_sleep (&fixture->driver, 300); /* whatever moves has moved */
  now = gtk_widget_get_height (canvas);
  g_assert_true (gtk_widget_get_mapped (canvas));
  g_test_message ("%s: %d of %d", state, now, size->height);
  g_assert_cmpfloat ((double) now / size->height, >=, size->share);
  if (*height == 0)
    *height = now;
  g_assert_cmpint (now, ==, *height);
}

static void
check_branches (Fixture *fixture, const Size *size, int *height)
{
  GActionGroup *actions = G_ACTION_GROUP (fixture->driver.window);

  for (int step = 3; step < 6; step++) {
    g_action_group_activate_action (actions, "look", g_variant_new_int32 (step));
    if (step == 3)
      check_room (fixture, size, height, "a step looked at");
    window_driver_activate (&fixture->driver, "branch");
    window_driver_wait (&fixture->driver, "the branch", window_driver_idle, NULL);
  }
  check_room (fixture, size, height, "branches");
}

static gboolean
lacks (WindowDriver *driver, gpointer data)
{
  return limn_stage_map_is_known (data) && g_str_has_prefix (limn_stage_map_get_summary (data), "Needs ");
}

static void
check_lack (Fixture *fixture, const Size *size, int *height)
{
  LimnStageMap *map = limn_run_bar_get_stage_map (LIMN_RUN_BAR (part (fixture, LIMN_TYPE_RUN_BAR)));
  guint64 enough = fixture->fake.memory;

  fixture->fake.memory = 1 << 20;
  fake_engine_set (&fixture->fake);
  g_object_set (fixture->driver.settings, "width", 192, NULL);
  window_driver_wait (&fixture->driver, "that memory lacks", lacks, map);
  check_room (fixture, size, height, "too little memory");
  fixture->fake.memory = enough;
  fake_engine_set (&fixture->fake);
}

static gboolean
is_in_sight (WindowDriver *driver, gpointer bar)
{
  return limn_notice_bar_get_title (bar) != NULL && gtk_widget_get_height (bar) > 20;
}

/* a size that cannot be painted, and a run that fails: what is said of them lies over the picture */
static void
check_messages (Fixture *fixture, const Size *size, int *height)
{
  GtkWidget *bar = part (fixture, LIMN_TYPE_NOTICE_BAR);
  int width = limn_settings_values (fixture->driver.settings)->width;

  g_object_set (fixture->driver.settings, "width", 131, NULL);
  check_room (fixture, size, height, "a wrong size");
  generate (fixture);
  window_driver_wait (&fixture->driver, "the message", is_in_sight, bar);
  check_room (fixture, size, height, "a wrong size, told");
  g_object_set (fixture->driver.settings, "width", width, NULL);
  generate (fixture);
  g_assert_null (limn_notice_bar_get_title (LIMN_NOTICE_BAR (bar)));
  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  fake_engine_set (&fixture->fake);
  generate (fixture);
  window_driver_wait (&fixture->driver, "the message", is_in_sight, bar);
  check_room (fixture, size, height, "a run that failed");
  window_driver_screenshot_at_rest (&fixture->driver, size->width > 1000 ? "below-failed-wide" : "below-failed-small");
  limn_notice_bar_hide (LIMN_NOTICE_BAR (bar));
  fixture->fake.fail = FAKE_OK;
  fake_engine_set (&fixture->fake);
}

static void
test_room (Fixture *fixture, gconstpointer data)
{
  const Size *size = data;
  int height = 0;

  resize (fixture, size->width, size->height);
  begin_slowly (fixture);
  check_room (fixture, size, &height, "the first run");
  cancel (fixture);
  check_room (fixture, size, &height, "cancelled");
  generate (fixture);
  check_room (fixture, size, &height, "finished");
  begin_slowly (fixture);
  check_room (fixture, size, &height, "another run");
  cancel (fixture);
  check_branches (fixture, size, &height);
  check_messages (fixture, size, &height);
  check_lack (fixture, size, &height);
  window_driver_screenshot_at_rest (&fixture->driver, size->width > 1000 ? "below-wide" : "below-small");
}

/* ---- One quiet line ---- */

static void
collect_texts (GtkWidget *widget, GString *text)
{
  if (!gtk_widget_get_mapped (widget) || !gtk_widget_get_child_visible (widget))
    return;
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (text, "[%s]", gtk_label_get_text (GTK_LABEL (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_POPOVER (child))
      collect_texts (child, text);
}

static GtkLabel *
status_label (Fixture *fixture, int index)
{
  GtkWidget *status = gtk_widget_get_next_sibling (part (fixture, LIMN_TYPE_STAGE_BAR));
  GtkWidget *label = gtk_widget_get_first_child (status);

  return GTK_LABEL (index == 0 ? label : gtk_widget_get_next_sibling (label));
}

/* The number in the head of the pane beside it takes nothing from the picture. */
static void
test_beside (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;
  int width;

  resize (fixture, 1440, 900);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "show-side", g_variant_new_boolean (TRUE));
  window_driver_sleep (&fixture->driver, 600);
  width = gtk_widget_get_width (GTK_WIDGET (window->stage));
  limn_queue_set_paused (fixture->driver.queue, TRUE);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_sleep (&fixture->driver, 600);
  g_assert_cmpstr (adw_view_stack_page_get_title (window->queue_page), ==, "Queue (1)");
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window->stage)), ==, width);
}

static void
test_line (Fixture *fixture, gconstpointer data)
{
  LimnStageMap *map = limn_run_bar_get_stage_map (LIMN_RUN_BAR (part (fixture, LIMN_TYPE_RUN_BAR)));
  GtkWidget *button = window_driver_find (GTK_WIDGET (map), GTK_TYPE_MENU_BUTTON);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *peak = NULL, *want = NULL;

  resize (fixture, 1440, 900);
  fixture->fake.decode_us = fixture->fake.load_us = 1000000;
  set_step_time (fixture, 500000);
  g_object_set (fixture->driver.settings, "steps", STEPS + 1, NULL);
  window_driver_sleep (&fixture->driver, 600);
  window_driver_wait (&fixture->driver, "an estimate", is_known, map);
  peak = g_format_size (limn_stage_map_get_estimate (map)->peak);
  want = g_strdup_printf ("[Ready][][About 14 s, %s][", peak); /* 2 * 1 + 21 * 0.5 + 1 */
  collect_texts (part (fixture, LIMN_TYPE_RUN_BAR), text);
  g_test_message ("%s", text->str);
  g_assert_true (g_str_has_prefix (text->str, want));
  g_assert_null (strstr (text->str, "took"));

  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  window_driver_sleep (&fixture->driver, 300);
  g_string_truncate (text, 0);
  collect_texts (GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button))), text);
  g_assert_nonnull (strstr (text->str, "Decode"));
  g_assert_nonnull (strstr (text->str, peak));
  gtk_menu_button_popdown (GTK_MENU_BUTTON (button));
}

static void
check_whole (GtkLabel *label)
{
  g_test_message ("%s", gtk_label_get_text (label));
  g_assert_cmpstr (gtk_label_get_text (label), !=, "");
  g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (label)));
}

/* what is done is said in full, where only the icon of the device has room beside it */
static void
test_status_wins (Fixture *fixture, gconstpointer data)
{
  GtkWidget *pill = part (fixture, LIMN_TYPE_DEVICE_PILL), *name = gtk_widget_get_last_child (pill);

  fixture->fake.device_kind = LIMN_DEVICE_SOFTWARE;
  fake_engine_set (&fixture->fake);
  resize (fixture, 1440, 900);
  g_assert_true (gtk_widget_get_child_visible (name));
  for (guint i = 0; i < 2; i++) {
    resize (fixture, i == 0 ? 800 : 430, i == 0 ? 600 : 760);
    if (i == 1)
      g_action_group_change_action_state (G_ACTION_GROUP (fixture->driver.window), "show-controls",
                                          g_variant_new_boolean (FALSE));
    begin_slowly (fixture);
    window_driver_sleep (&fixture->driver, 200);
    check_whole (status_label (fixture, 0));
    check_whole (status_label (fixture, 1));
    g_assert_false (gtk_widget_get_child_visible (name));
    g_assert_true (gtk_widget_get_mapped (gtk_widget_get_first_child (pill)));
    window_driver_screenshot (&fixture->driver, i == 0 ? "below-status-800" : "below-status-430");
    cancel (fixture);
    generate (fixture);
    window_driver_sleep (&fixture->driver, 200);
    check_whole (status_label (fixture, 0));
  }
}

/* ---- Pixels ---- */

typedef struct {
  int width, height;
  guint32 *pixels;
} Shot;

static Shot
take_shot (Fixture *fixture)
{
  GtkWindow *window = GTK_WINDOW (fixture->driver.window);
  g_autoptr (GdkTexture) texture = window_driver_grab (&fixture->driver, window);
  Shot shot = { gdk_texture_get_width (texture), gdk_texture_get_height (texture), NULL };

  shot.pixels = g_new (guint32, (gsize) shot.width * shot.height);
  gdk_texture_download (texture, (guchar *) shot.pixels, (gsize) shot.width * 4);
  return shot;
}

/* relative luminance, WCAG 2.1 */
static double
luminance (guint32 pixel)
{
  static const double weights[] = { 0.0722, 0.7152, 0.2126 };
  double sum = 0;

  for (int i = 0; i < 3; i++) {
    double value = (pixel >> (8 * i) & 0xff) / 255.0;

    sum += weights[i] * (value <= 0.03928 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4));
  }
  return sum;
}

static graphene_rect_t
bounds_of (Fixture *fixture, GtkWidget *widget)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, GTK_WIDGET (fixture->driver.window), &bounds));
  return bounds;
}

/* after Cancel nothing looks finished: the bar is as empty as before the first run */
static void
test_cancelled_bar (Fixture *fixture, gconstpointer data)
{
  graphene_rect_t bar;
  Shot shot;
  guint n[2] = { 0, 0 };

  resize (fixture, 1440, 900);
  begin_slowly (fixture);
  for (int i = 0; i < 2; i++) {
    window_driver_sleep (&fixture->driver, 200);
    bar = bounds_of (fixture, part (fixture, LIMN_TYPE_STAGE_BAR));
    shot = take_shot (fixture);
    for (int x = (int) bar.origin.x; x < (int) (bar.origin.x + bar.size.width); x++) {
      const guint32 *at = shot.pixels + (int) (bar.origin.y + bar.size.height / 2) * shot.width;

      n[i] += at[x] != at[(int) bar.origin.x + (int) bar.size.width - 1];
    }
    g_free (shot.pixels);
    if (i == 0)
      cancel (fixture);
  }
  g_assert_cmpuint (n[0], >, 10);
  g_assert_cmpuint (n[1], ==, 0);
}

/* The ground is what most of the label's pixels are; its text, what is furthest from it.  At twice the size or more the
 * stems of letters have pixels of their own. */
static double
contrast_of (const Shot *shot, const graphene_rect_t *bounds)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  guint32 ground = 0;
  guint most = 0;
  double best = 1;

  for (int pass = 0; pass < 2; pass++)
    for (int y = (int) bounds->origin.y; y < (int) (bounds->origin.y + bounds->size.height); y++)
      for (int x = (int) bounds->origin.x; x < (int) (bounds->origin.x + bounds->size.width); x++) {
        guint32 pixel = shot->pixels[(gsize) y * shot->width + x];

        if (pass == 0) {
          guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, GUINT_TO_POINTER (pixel))) + 1;

          g_hash_table_insert (counts, GUINT_TO_POINTER (pixel), GUINT_TO_POINTER (n));
          if (n > most) {
            most = n;
            ground = pixel;
          }
        } else {
          double a = luminance (ground), b = luminance (pixel);

          best = MAX (best, (MAX (a, b) + 0.05) / (MIN (a, b) + 0.05));
        }
      }
  return best;
}

/* captions that are quiet, and the device's name */
static gboolean
is_judged (GtkWidget *widget)
{
  return GTK_IS_LABEL (widget) && gtk_widget_has_css_class (widget, "caption") && gtk_widget_is_sensitive (widget)
         && (gtk_widget_has_css_class (widget, "dim-label") || LIMN_IS_DEVICE_PILL (gtk_widget_get_parent (widget)));
}

static guint
check_captions (Fixture *fixture, GtkWidget *widget, const Shot *shot, double least)
{
  guint n = 0;

  if (!gtk_widget_get_mapped (widget))
    return 0;
  if (is_judged (widget)) {
    graphene_rect_t bounds = bounds_of (fixture, widget), whole = GRAPHENE_RECT_INIT (0, 0, shot->width, shot->height);

    if (gtk_label_get_text (GTK_LABEL (widget))[0] != '\0' && graphene_rect_contains_rect (&whole, &bounds)) {
      double contrast = contrast_of (shot, &bounds);

      g_test_message ("%.2f : 1, \"%s\"", contrast, gtk_label_get_text (GTK_LABEL (widget)));
      g_assert_cmpfloat (contrast, >=, least);
      n++;
    }
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += check_captions (fixture, child, shot, least);
  return n;
}

/* of what is judged in a widget, in light and in dark */
static void
check_contrast (Fixture *fixture, GtkWidget *widget, int scale)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  gboolean high = g_getenv ("ADW_DEBUG_HIGH_CONTRAST") != NULL;

  g_assert_true (adw_style_manager_get_high_contrast (manager) == high);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", scale * 96 * 1024, NULL);
  for (int dark = 0; dark < 2; dark++) {
    Shot shot;

    adw_style_manager_set_color_scheme (manager, dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
    window_driver_sleep (&fixture->driver, 800);
    shot = take_shot (fixture);
    g_assert_cmpuint (check_captions (fixture, widget, &shot, high ? 7 : 4.5), >, 0);
    g_free (shot.pixels);
  }
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 96 * 1024, NULL);
  adw_style_manager_set_color_scheme (manager, ADW_COLOR_SCHEME_DEFAULT);
}

static void
test_contrast (Fixture *fixture, gconstpointer data)
{
  generate (fixture);
  check_contrast (fixture, GTK_WIDGET (fixture->driver.window), 3);
}

static void
test_device_contrast (Fixture *fixture, gconstpointer data)
{
  static LimnDeviceInfo devices[] = { { .name = "D", .driver = "d", .kind = LIMN_DEVICE_SOFTWARE },
                                      { .name = "Device", .driver = "d", .kind = LIMN_DEVICE_DISCRETE } };
  GtkWidget *pill = part (fixture, LIMN_TYPE_DEVICE_PILL);

  resize (fixture, 1440, 900);
  g_action_group_change_action_state (G_ACTION_GROUP (fixture->driver.window), "show-controls",
                                      g_variant_new_boolean (FALSE)); /* the name has room */
  for (guint i = 0; i < G_N_ELEMENTS (devices); i++) {
    g_autoptr (GPtrArray) one = g_ptr_array_new ();

    g_ptr_array_add (one, &devices[i]);
    limn_device_pill_set (LIMN_DEVICE_PILL (pill), one, NULL);
    check_contrast (fixture, pill, 2);
  }
}

/* Why it is slow, and what helps, which is another thing in a Flatpak. */
static void
test_device_advice (Fixture *fixture, gconstpointer data)
{
  static LimnDeviceInfo device = { .name = "D", .driver = "d", .kind = LIMN_DEVICE_SOFTWARE };
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  GtkWidget *pill = part (fixture, LIMN_TYPE_DEVICE_PILL);

  g_ptr_array_add (one, &device);
  for (int sandboxed = 0; sandboxed < 2; sandboxed++) {
    const char *text;

    if (sandboxed)
      g_setenv ("FLATPAK_ID", "io.github.limn_art.Limn", TRUE);
    limn_device_pill_set (LIMN_DEVICE_PILL (pill), one, NULL);
    g_unsetenv ("FLATPAK_ID");
    text = gtk_widget_get_tooltip_text (pill);
    g_assert_nonnull (strstr (text, "the processor paints"));
    g_assert_true ((strstr (text, "flatpak update") != NULL) == sandboxed);
    g_assert_true ((strstr (text, "mesa-vulkan-drivers") != NULL) == !sandboxed);
  }
  device.kind = LIMN_DEVICE_DISCRETE;
  limn_device_pill_set (LIMN_DEVICE_PILL (pill), one, NULL);
  g_assert_null (strstr (gtk_widget_get_tooltip_text (pill), "the processor paints"));
}

#define ADD(name, test) g_test_add ("/below/" name, Fixture, NULL, set_up, test, window_fixture_close)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  window_driver_drop_frame ();
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree char *name = g_strdup_printf ("/below/room/%dx%d", sizes[i].width, sizes[i].height);

    g_test_add (name, Fixture, &sizes[i], set_up, test_room, window_fixture_close);
  }
  ADD ("beside", test_beside);
  ADD ("line", test_line);
  ADD ("status-wins", test_status_wins);
  ADD ("cancelled-bar", test_cancelled_bar);
  ADD ("contrast/captions", test_contrast);
  ADD ("contrast/device", test_device_contrast);
  ADD ("device-advice", test_device_advice);
  return g_test_run ();
}
