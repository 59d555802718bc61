/* test-keys.c - Esc and Ctrl+Z, pressed on the keyboard wherever the focus may be, touch only what has it.
 *
 * Judged by what is there: the run, settings, texts, strokes, trashed files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/gallery-private.h"
#include "app/window-private.h"
#include "keyboard.h"
#include "window-fixture.h"

#define MOST_TAKEN_BACK 50

typedef struct {
  WindowFixture window; /* first: conditions get its driver */
  Keyboard *keyboard;
  GtkWidget *history_button; /* of the prompt */
  guint n_strokes;
} Fixture;

/* What a key may touch. */
typedef enum {
  NOTHING,
  RUN,
  SETTINGS,
  PROMPT,
  NEGATIVE,
  SEED,
  SEARCH,
  TRASH,
  STROKES,
  MODE, /* of the canvas */
  POPOVER,
  EARLIER, /* what is searched for in the popover */
  N_THINGS
} Thing;

static const char *const things[] = {
  "nothing", "the run",   "a setting", "the prompt",    "the negative", "the seed",
  "search",  "the trash", "strokes",   "the mask mode", "the popover",  "its search"
};

static LimnWindow *
window_of (Fixture *fixture)
{
  return fixture->window.driver.window;
}

static GtkWidget *
find (GtkWidget *root, GType type)
{
  GtkWidget *found = window_driver_find (root, type);

  g_assert_nonnull (found);
  return found;
}

static GtkWidget *
popover_of (Fixture *fixture)
{
  return GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (fixture->history_button)));
}

/* ---- What is there ---- */

static char *
buffer_text (Fixture *fixture, const char *field)
{
  GtkTextBuffer *buffer =
      limn_prompt_view_get_buffer (limn_prompt_group_get_view (window_of (fixture)->prompt_group, field));
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static char *
editable_text (GtkWidget *root, GType type)
{
  return g_strdup (gtk_editable_get_text (GTK_EDITABLE (find (root, type))));
}

static char *
describe (Fixture *fixture, Thing thing)
{
  LimnWindow *window = window_of (fixture);
  LimnMaskEditor *editor = limn_mask_mode_get_editor (window->mask_mode);
  gsize size = (gsize) limn_mask_editor_get_width (editor) * (gsize) limn_mask_editor_get_height (editor);

  switch (thing) {
  case RUN:
    return g_strdup_printf ("%p", (void *) limn_queue_get_current (fixture->window.driver.queue));
  case SETTINGS:
    return g_strdup_printf ("%g", limn_settings_values (fixture->window.driver.settings)->guidance);
  case PROMPT:
    return buffer_text (fixture, "prompt");
  case NEGATIVE:
    return buffer_text (fixture, "negative");
  case SEED:
    return editable_text (GTK_WIDGET (window->sampling_group), ADW_TYPE_ENTRY_ROW);
  case SEARCH:
    return editable_text (GTK_WIDGET (window->gallery), GTK_TYPE_SEARCH_ENTRY);
  case EARLIER:
    return editable_text (popover_of (fixture), GTK_TYPE_SEARCH_ENTRY);
  case TRASH:
    return g_strdup_printf (
        "%d", g_action_group_get_action_enabled (G_ACTION_GROUP (window->gallery->actions), "undo-trash"));
  case STROKES:
    return g_compute_checksum_for_data (G_CHECKSUM_MD5, limn_mask_editor_get_pixels (editor), size);
  case MODE:
    return g_strdup_printf ("%d", limn_mask_mode_get (window->mask_mode));
  case POPOVER:
    return g_strdup_printf ("%d", gtk_widget_get_mapped (popover_of (fixture)));
  default:
    return g_strdup ("");
  }
}

/* ---- Places ---- */

static void
focus_prompt (Fixture *fixture)
{
  gtk_widget_grab_focus (GTK_WIDGET (limn_prompt_group_get_view (window_of (fixture)->prompt_group, "prompt")));
}

static void
focus_negative (Fixture *fixture)
{
  gtk_widget_grab_focus (GTK_WIDGET (limn_prompt_group_get_view (window_of (fixture)->prompt_group, "negative")));
}

static void
focus_seed (Fixture *fixture)
{
  gtk_widget_grab_focus (find (GTK_WIDGET (window_of (fixture)->sampling_group), ADW_TYPE_ENTRY_ROW));
}

static void
focus_number (Fixture *fixture)
{
  gtk_widget_grab_focus (find (GTK_WIDGET (window_of (fixture)->sampling_group), GTK_TYPE_SPIN_BUTTON));
}

static void
focus_search (Fixture *fixture)
{
  window_driver_activate (&fixture->window.driver, "search-history");
}

static void
focus_tile (Fixture *fixture)
{
  adw_view_stack_set_visible_child_name (window_of (fixture)->side_stack, "history");
  limn_gallery_focus_pictures (window_of (fixture)->gallery);
}

static void
focus_queue (Fixture *fixture)
{
  adw_view_stack_set_visible_child_name (window_of (fixture)->side_stack, "queue");
  gtk_widget_child_focus (GTK_WIDGET (window_of (fixture)->queue_view), GTK_DIR_TAB_FORWARD);
}

static void
focus_timeline (Fixture *fixture)
{
  gtk_widget_grab_focus (GTK_WIDGET (limn_timeline_bar_get_timeline (window_of (fixture)->timeline_bar)));
}

static void
focus_earlier (Fixture *fixture)
{
  gtk_menu_button_popup (GTK_MENU_BUTTON (fixture->history_button));
}

/* escape, undo: what each key touches there. */
static const struct {
  const char *name;
  void (*focus) (Fixture *fixture);
  Thing escape, undo;
} places[] = {
  { "prompt", focus_prompt, RUN, PROMPT },
  { "negative", focus_negative, RUN, NEGATIVE },
  { "seed", focus_seed, RUN, SEED },
  { "number", focus_number, RUN, SETTINGS },
  { "timeline", focus_timeline, RUN, SETTINGS },
  { "search", focus_search, SEARCH, SEARCH },
  { "tile", focus_tile, RUN, TRASH },
  { "queue", focus_queue, RUN, SETTINGS },
  { "earlier", focus_earlier, POPOVER, EARLIER },
};

/* ---- Something for each to do ---- */

static gboolean
is_painting (WindowDriver *driver, gpointer data)
{
  return driver->window->running != NULL && driver->window->run_step > 0;
}

static gboolean
can_undo_trash (WindowDriver *driver, gpointer data)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (driver->window->gallery->actions), "undo-trash");
}

static gboolean
has_pictures (WindowDriver *driver, gpointer n)
{
  LimnGallery *gallery = driver->window->gallery;

  return g_list_model_get_n_items (G_LIST_MODEL (gallery->library)) == GPOINTER_TO_UINT (n);
}

static void
type (GtkWidget *widget, GType kind)
{
  int at = -1;

  gtk_editable_insert_text (GTK_EDITABLE (gtk_editable_get_delegate (GTK_EDITABLE (find (widget, kind)))), "1", 1, &at);
}

static void
write_into (Fixture *fixture, const char *field)
{
  GtkTextBuffer *buffer =
      limn_prompt_view_get_buffer (limn_prompt_group_get_view (window_of (fixture)->prompt_group, field));

  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_insert_at_cursor (buffer, "1", 1);
  gtk_text_buffer_end_user_action (buffer);
}

static void
stroke (Fixture *fixture)
{
  LimnMaskEditor *editor = limn_mask_mode_get_editor (window_of (fixture)->mask_mode);

  fixture->n_strokes++;
  limn_mask_editor_begin_stroke (editor, 8 + 7 * (fixture->n_strokes % 16), 64, 1, fixture->n_strokes % 2 == 0);
  limn_mask_editor_end_stroke (editor);
}

static void
trash_one (Fixture *fixture)
{
  WindowDriver *driver = &fixture->window.driver;
  LimnGallery *gallery = driver->window->gallery;

  if (can_undo_trash (driver, NULL))
    return;
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (gallery->selection), 0, TRUE);
  g_action_group_activate_action (G_ACTION_GROUP (gallery->actions), "trash", NULL);
  window_driver_wait (driver, "the trash", can_undo_trash, NULL);
}

static void
prepare (Fixture *fixture, Thing thing)
{
  LimnWindow *window = window_of (fixture);

  if (thing == PROMPT || thing == NEGATIVE)
    write_into (fixture, thing == PROMPT ? "prompt" : "negative");
  else if (thing == SEED)
    type (GTK_WIDGET (window->sampling_group), ADW_TYPE_ENTRY_ROW);
  else if (thing == SEARCH)
    type (GTK_WIDGET (window->gallery), GTK_TYPE_SEARCH_ENTRY);
  else if (thing == EARLIER)
    type (popover_of (fixture), GTK_TYPE_SEARCH_ENTRY);
  else if (thing == TRASH)
    trash_one (fixture);
  else if (thing == STROKES)
    stroke (fixture);
  else if (thing == SETTINGS) {
    limn_undo_commit (window->undo); /* strokes are settings, too, and were a change of their own */
    g_object_set (window->settings, "guidance", 1 + g_test_rand_double_range (0, 9), NULL);
    limn_undo_commit (window->undo);
  }
}

static void
close_popover (Fixture *fixture)
{
  gtk_popover_popdown (GTK_POPOVER (popover_of (fixture)));
  while (gtk_widget_get_mapped (popover_of (fixture)))
    g_main_context_iteration (NULL, TRUE);
}

static void
go_on_painting (Fixture *fixture)
{
  WindowDriver *driver = &fixture->window.driver;

  if (driver->window->run_step > 500)
    limn_queue_cancel_current (driver->queue);
  if (driver->window->run_step > 500 || limn_queue_get_current (driver->queue) == NULL) {
    window_driver_wait (driver, "the run to end", window_driver_idle, NULL);
    limn_queue_clear_finished (driver->queue);
    window_driver_activate (driver, "generate");
  }
  window_driver_wait (driver, "the run", is_painting, NULL);
}

/* ---- The property ---- */

static gboolean
has_answered (WindowDriver *driver, gpointer step)
{
  return driver->window->running == NULL || driver->window->run_step >= GPOINTER_TO_INT (step);
}

/* thing is what a key pressed now must touch, and nothing else */
static void
press_and_judge (Fixture *fixture, const char *place, guint key, Thing thing)
{
  WindowDriver *driver = &fixture->window.driver;
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < N_THINGS; i++)
    g_ptr_array_add (before, describe (fixture, (Thing) i));
  keyboard_press (fixture->keyboard, key, key == GDK_KEY_z ? GDK_CONTROL_MASK : 0);
  /* a run that was cancelled ends within its next steps */
  window_driver_wait (driver, "an answer", has_answered, GINT_TO_POINTER (driver->window->run_step + 3));
  for (int i = 0; i < N_THINGS; i++) {
    g_autofree char *after = describe (fixture, (Thing) i);

    if (g_str_equal (before->pdata[i], after) == ((Thing) i == thing && thing != NOTHING))
      g_error ("%s in %s: %s was %s, is %s", key == GDK_KEY_z ? "Ctrl+Z" : "Esc", place, things[i],
               (char *) before->pdata[i], after);
  }
}

/* Each key in each place, with something for it to do. */
static void
test_places (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 2 * G_N_ELEMENTS (places); i++) {
    guint place = i / 2, key = i % 2 == 0 ? GDK_KEY_z : GDK_KEY_Escape;
    Thing thing = key == GDK_KEY_z ? places[place].undo : places[place].escape;

    go_on_painting (fixture);
    places[place].focus (fixture);
    prepare (fixture, thing);
    while (g_main_context_iteration (NULL, FALSE))
      ;
    press_and_judge (fixture, places[place].name, key, thing);
    close_popover (fixture);
  }
}

/* Until no press changes it any more; nothing but the thing changes meanwhile. */
static void
take_all_back (Fixture *fixture, const char *place, Thing thing)
{
  for (guint presses = 0, idle = 0; idle < 2; presses++) {
    g_autofree char *before = describe (fixture, thing), *after = NULL;
    g_autofree char *setting = describe (fixture, SETTINGS), *setting_after = NULL;

    keyboard_press (fixture->keyboard, GDK_KEY_z, GDK_CONTROL_MASK);
    after = describe (fixture, thing);
    setting_after = describe (fixture, SETTINGS);
    idle = g_str_equal (before, after) ? idle + 1 : 0;
    if (!g_str_equal (setting, setting_after) || presses == MOST_TAKEN_BACK)
      g_error ("Ctrl+Z in %s: press %u, the guidance is %s", place, presses, setting_after);
  }
}

/* A text in which nothing is left to take back, a history without a trash: the key ends there. */
static void
test_nothing_left (Fixture *fixture, gconstpointer data)
{
  static const Thing own[] = { PROMPT, NEGATIVE, SEED, SEARCH, TRASH };

  go_on_painting (fixture);
  prepare (fixture, SETTINGS);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint j = 0; j < G_N_ELEMENTS (own); j++)
      if (places[i].undo == own[j]) {
        places[i].focus (fixture);
        prepare (fixture, own[j]);
        take_all_back (fixture, places[i].name, own[j]);
        press_and_judge (fixture, places[i].name, GDK_KEY_z, NOTHING);
      }
}

/* ---- One by one ---- */

static void
test_tile_menu (Fixture *fixture, gconstpointer data)
{
  LimnGallery *gallery = window_of (fixture)->gallery;
  GtkWidget *focus;

  focus_tile (fixture);
  focus = gtk_root_get_focus (GTK_ROOT (window_of (fixture)));
  g_assert_true (gtk_widget_is_ancestor (focus, GTK_WIDGET (gallery->grid)));
  keyboard_press (fixture->keyboard, GDK_KEY_F10, GDK_SHIFT_MASK);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (gallery->popover)));
  keyboard_press (fixture->keyboard, GDK_KEY_Escape, 0);
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (gallery->popover)));
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window_of (fixture))) == focus);
}

static void
test_empty_search (Fixture *fixture, gconstpointer data)
{
  focus_earlier (fixture);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_true (gtk_widget_get_mapped (popover_of (fixture)));
  keyboard_press (fixture->keyboard, GDK_KEY_Escape, 0);
  g_assert_false (gtk_widget_get_mapped (popover_of (fixture)));
}

/* ---- Setting up ---- */

static GtkWidget *
find_history_button (GtkWidget *root)
{
  GtkWidget *found = GTK_IS_MENU_BUTTON (root) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_history_button (child);
  return found;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  WindowDriver *driver = &fixture->window.driver;

  window_fixture_open (&fixture->window);
  fixture->keyboard = keyboard_new (GTK_WINDOW (driver->window));
  fixture->history_button =
      find_history_button (GTK_WIDGET (limn_prompt_group_get_view (driver->window->prompt_group, "prompt")));
  g_object_set (driver->settings, "prompt", "circle 1111111111", "negative", "square", "steps", 2, NULL);
  for (guint i = 1; i <= 3; i++) {
    window_driver_activate (driver, "generate");
    window_driver_wait (driver, "the picture", window_driver_idle, NULL);
    window_driver_wait (driver, "its tile", has_pictures, GUINT_TO_POINTER (i));
  }
  fixture->window.fake.step_us = 20000;
  fake_engine_set (&fixture->window.fake);
  g_object_set (driver->settings, "steps", 1000, "new-seed", FALSE, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->keyboard, keyboard_free);
  window_fixture_close (&fixture->window);
}

#define ADD(name, test) g_test_add ("/keys/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (280); /* a hang is a failure */
  ADD ("places", test_places);
  ADD ("nothing-left", test_nothing_left);
  ADD ("tile-menu", test_tile_menu);
  ADD ("empty-search", test_empty_search);
  return g_test_run ();
}
