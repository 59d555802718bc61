/* keys-fixture.c - the window while it paints, and what keys may touch in it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "keys-fixture.h"

#include <string.h>

#include "app/gallery/compare-slider.h"
#include "app/gallery/gallery-private.h"
#include "session/queue/queue-private.h"

#define PICTURES 3
#define STEPS 1000
#define LONGEST 8 /* letters of a text that more are typed into */

static const char *const things[] = { "nothing",  "the run",  "a setting",   "the prompt", "the negative",
                                      "the seed", "search",   "the trash",   "strokes",    "the canvas's mode",
                                      "the page", "the step", "the popover", "its search" };

G_STATIC_ASSERT (G_N_ELEMENTS (things) == KEYS_N_THINGS);

LimnWindow *
keys_window (KeysFixture *fixture)
{
  return fixture->window.driver.window;
}

const char *
keys_thing_name (KeysThing thing)
{
  return things[thing];
}

static GtkWidget *
find (GtkWidget *root, GType type)
{
  GtkWidget *found = window_driver_find (root, type);

  g_assert_nonnull (found);
  return found;
}

/* That of the noise levels, which comes before, is hidden. */
static GtkWidget *
seed_row (KeysFixture *fixture)
{
  GtkWidget *row = find (GTK_WIDGET (keys_window (fixture)->sampling_group), ADW_TYPE_ENTRY_ROW);

  while (!ADW_IS_ENTRY_ROW (row) || !gtk_widget_get_visible (row))
    row = gtk_widget_get_next_sibling (row);
  return row;
}

GtkWidget *
keys_popover (KeysFixture *fixture)
{
  return GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (fixture->history_button)));
}

static LimnTimeline *
timeline (KeysFixture *fixture)
{
  return limn_timeline_bar_get_timeline (keys_window (fixture)->timeline_bar);
}

/* ---- What is there ---- */

static GtkTextBuffer *
buffer_of (KeysFixture *fixture, const char *field)
{
  return limn_prompt_view_get_buffer (limn_prompt_group_get_view (keys_window (fixture)->prompt_group, field));
}

static char *
buffer_text (KeysFixture *fixture, const char *field)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer_of (fixture, field), &start, &end);
  return gtk_text_buffer_get_text (buffer_of (fixture, field), &start, &end, FALSE);
}

static char *
editable_text (GtkWidget *root, GType type)
{
  return g_strdup (gtk_editable_get_text (GTK_EDITABLE (find (root, type))));
}

/* a run that was told to stop is none any more, though its answer is still to come */
static char *
describe_run (KeysFixture *fixture)
{
  LimnQueueItem *item = limn_queue_get_current (fixture->window.driver.queue);

  return g_strdup (item == NULL || g_cancellable_is_cancelled (item->cancellable) ? "none" : item->record_id);
}

static char *
describe_strokes (KeysFixture *fixture)
{
  LimnMask *mask = limn_settings_values (fixture->window.driver.settings)->mask;

  if (mask == NULL)
    return g_strdup ("none");
  return g_compute_checksum_for_data (G_CHECKSUM_MD5, limn_mask_get_pixels (mask),
                                      (gsize) limn_mask_get_width (mask) * (gsize) limn_mask_get_height (mask));
}

static gboolean
has_trash (KeysFixture *fixture)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (keys_window (fixture)->gallery->actions), "undo-trash");
}

char *
keys_describe (KeysFixture *fixture, KeysThing thing)
{
  LimnWindow *window = keys_window (fixture);

  switch (thing) {
  case KEYS_RUN:
    return describe_run (fixture);
  case KEYS_SETTINGS:
    return g_strdup_printf ("%g", limn_settings_values (fixture->window.driver.settings)->guidance);
  case KEYS_PROMPT:
    return buffer_text (fixture, "prompt");
  case KEYS_NEGATIVE:
    return buffer_text (fixture, "negative");
  case KEYS_SEED:
    return editable_text (seed_row (fixture), ADW_TYPE_ENTRY_ROW);
  case KEYS_SEARCH:
    return editable_text (GTK_WIDGET (window->gallery), GTK_TYPE_SEARCH_ENTRY);
  case KEYS_EARLIER:
    return editable_text (keys_popover (fixture), GTK_TYPE_SEARCH_ENTRY);
  case KEYS_TRASH:
    return g_strdup_printf ("%d", has_trash (fixture));
  case KEYS_STROKES:
    return describe_strokes (fixture);
  case KEYS_MODE:
    return g_strdup_printf ("%d", limn_mask_mode_get (window->mask_mode));
  case KEYS_PAGE:
    return g_strdup (gtk_stack_get_visible_child_name (window->stage));
  case KEYS_STEP:
    return g_strdup_printf ("%d", limn_timeline_get_step (timeline (fixture)));
  case KEYS_POPOVER:
    return g_strdup_printf ("%d", gtk_widget_get_mapped (keys_popover (fixture)));
  default:
    return g_strdup ("");
  }
}

/* ---- Places ---- */

static void
focus_prompt (KeysFixture *fixture)
{
  gtk_widget_grab_focus (GTK_WIDGET (limn_prompt_group_get_view (keys_window (fixture)->prompt_group, "prompt")));
}

static void
focus_negative (KeysFixture *fixture)
{
  gtk_widget_grab_focus (GTK_WIDGET (limn_prompt_group_get_view (keys_window (fixture)->prompt_group, "negative")));
}

static void
focus_seed (KeysFixture *fixture)
{
  gtk_widget_grab_focus (seed_row (fixture));
}

static void
focus_number (KeysFixture *fixture)
{
  gtk_widget_grab_focus (find (GTK_WIDGET (keys_window (fixture)->sampling_group), GTK_TYPE_SPIN_BUTTON));
}

static void
focus_search (KeysFixture *fixture)
{
  window_driver_activate (&fixture->window.driver, "search-history");
}

static void
focus_tile (KeysFixture *fixture)
{
  adw_view_stack_set_visible_child_name (keys_window (fixture)->side_stack, "history");
  limn_gallery_focus_pictures (keys_window (fixture)->gallery);
}

static void
focus_queue (KeysFixture *fixture)
{
  adw_view_stack_set_visible_child_name (keys_window (fixture)->side_stack, "queue");
  gtk_widget_child_focus (GTK_WIDGET (keys_window (fixture)->queue_view), GTK_DIR_TAB_FORWARD);
}

/* or what is compared in its place */
static void
focus_canvas (KeysFixture *fixture)
{
  GtkWidget *canvas = GTK_WIDGET (keys_window (fixture)->canvas);

  if (g_str_equal (gtk_stack_get_visible_child_name (keys_window (fixture)->stage), "compare"))
    canvas = find (GTK_WIDGET (keys_window (fixture)->compare_view), LIMN_TYPE_COMPARE_SLIDER);
  gtk_widget_grab_focus (canvas);
}

static void
focus_timeline (KeysFixture *fixture)
{
  gtk_widget_grab_focus (GTK_WIDGET (timeline (fixture)));
}

static void
focus_earlier (KeysFixture *fixture)
{
  gtk_widget_grab_focus (fixture->history_button); /* the controls may be scrolled away from it */
  gtk_menu_button_popup (GTK_MENU_BUTTON (fixture->history_button));
}

const KeysPlace keys_places[] = {
  { "prompt", focus_prompt, KEYS_RUN, KEYS_PROMPT },
  { "negative", focus_negative, KEYS_RUN, KEYS_NEGATIVE },
  { "seed", focus_seed, KEYS_RUN, KEYS_SEED },
  { "number", focus_number, KEYS_RUN, KEYS_SETTINGS },
  { "canvas", focus_canvas, KEYS_RUN, KEYS_STROKES },
  { "timeline", focus_timeline, KEYS_RUN, KEYS_SETTINGS },
  { "step", focus_timeline, KEYS_STEP, KEYS_SETTINGS },
  { "search", focus_search, KEYS_SEARCH, KEYS_SEARCH },
  { "tile", focus_tile, KEYS_RUN, KEYS_TRASH },
  { "queue", focus_queue, KEYS_RUN, KEYS_SETTINGS },
  { "earlier", focus_earlier, KEYS_POPOVER, KEYS_EARLIER },
};
const guint keys_n_places = G_N_ELEMENTS (keys_places);

/* ---- Something for each to do ---- */

static gboolean
can_undo_trash (WindowDriver *driver, gpointer data)
{
  return has_trash ((KeysFixture *) driver);
}

static void
type (GtkWidget *root, GType kind)
{
  GtkEditable *text = gtk_editable_get_delegate (GTK_EDITABLE (find (root, kind)));

  if (strlen (gtk_editable_get_text (text)) >= LONGEST)
    gtk_editable_delete_text (text, 0, -1);
  g_signal_emit_by_name (text, "insert-at-cursor", "1");
}

static void
write_into (KeysFixture *fixture, const char *field)
{
  GtkTextBuffer *buffer = buffer_of (fixture, field);

  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_insert_at_cursor (buffer, "1", 1);
  gtk_text_buffer_end_user_action (buffer);
}

/* paints what is kept, or keeps what was painted */
static void
stroke (KeysFixture *fixture)
{
  LimnMaskEditor *editor = limn_mask_mode_get_editor (keys_window (fixture)->mask_mode);
  int x = 8 + 7 * (int) (fixture->n_strokes++ % 16), y = 64;
  guint8 painted = limn_mask_editor_get_pixels (editor)[y * limn_mask_editor_get_width (editor) + x];

  limn_mask_editor_begin_stroke (editor, x, y, 1, painted > 127);
  limn_mask_editor_end_stroke (editor);
}

/* not by selecting it alone, for that shows it */
static void
trash_one (KeysFixture *fixture)
{
  LimnGallery *gallery = keys_window (fixture)->gallery;

  if (has_trash (fixture))
    return;
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (gallery->selection), 0, TRUE);
  g_action_group_activate_action (G_ACTION_GROUP (gallery->actions), "trash", NULL);
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (gallery->selection));
  window_driver_wait (&fixture->window.driver, "the trash", can_undo_trash, NULL);
}

static void
set_guidance (KeysFixture *fixture)
{
  LimnWindow *window = keys_window (fixture);
  double guidance = limn_settings_values (window->settings)->guidance;

  limn_undo_commit (window->undo); /* strokes are settings, too, and were a change of their own */
  g_object_set (window->settings, "guidance", guidance > 8 ? 2 : guidance + 0.5, NULL);
  limn_undo_commit (window->undo);
}

void
keys_prepare (KeysFixture *fixture, KeysThing thing)
{
  LimnWindow *window = keys_window (fixture);

  if (thing == KEYS_PROMPT || thing == KEYS_NEGATIVE)
    write_into (fixture, thing == KEYS_PROMPT ? "prompt" : "negative");
  else if (thing == KEYS_SEED)
    type (seed_row (fixture), ADW_TYPE_ENTRY_ROW);
  else if (thing == KEYS_SEARCH)
    type (GTK_WIDGET (window->gallery), GTK_TYPE_SEARCH_ENTRY);
  else if (thing == KEYS_EARLIER)
    type (keys_popover (fixture), GTK_TYPE_SEARCH_ENTRY);
  else if (thing == KEYS_TRASH)
    trash_one (fixture);
  else if (thing == KEYS_STROKES)
    stroke (fixture);
  else if (thing == KEYS_SETTINGS)
    set_guidance (fixture);
  else if (thing == KEYS_STEP)
    limn_timeline_set_step (timeline (fixture), 1);
}

static gboolean
is_painting (WindowDriver *driver, gpointer data)
{
  LimnRecord *record = limn_session_get_record (driver->session);

  return driver->window->running != NULL && driver->window->run_step > 0 && record != NULL
         && limn_record_get_n_steps (record) > 0;
}

void
keys_go_on_painting (KeysFixture *fixture)
{
  WindowDriver *driver = &fixture->window.driver;
  g_autofree char *run = describe_run (fixture);

  if (driver->window->run_step > STEPS / 2)
    limn_queue_cancel_current (driver->queue);
  if (driver->window->run_step > STEPS / 2 || g_str_equal (run, "none")) {
    window_driver_wait (driver, "the run to end", window_driver_idle, NULL);
    limn_queue_clear_finished (driver->queue);
    fake_engine_hold (1);
    window_driver_activate (driver, "generate");
  }
  window_driver_wait (driver, "the run", is_painting, NULL);
}

static gboolean
is_compared (WindowDriver *driver, gpointer data)
{
  return limn_compare_view_get_difference (driver->window->compare_view)[0] != '\0';
}

void
keys_cover (KeysFixture *fixture, KeysCover cover)
{
  LimnWindow *window = keys_window (fixture);

  limn_window_leave_mask (window);
  limn_window_history_leave (window);
  if (cover == KEYS_MASK) {
    window_driver_activate (&fixture->window.driver, "edit-mask");
  } else if (cover == KEYS_EXTEND) {
    window_driver_activate (&fixture->window.driver, "extend-canvas");
  } else if (cover == KEYS_COMPARISON) {
    gtk_selection_model_select_range (GTK_SELECTION_MODEL (window->gallery->selection), 0, 2, TRUE);
    g_action_group_activate_action (G_ACTION_GROUP (window->gallery->actions), "compare", NULL);
    g_assert_cmpstr (gtk_stack_get_visible_child_name (window->stage), ==, "compare");
    /* later one of them may be in the trash */
    window_driver_wait (&fixture->window.driver, "the comparison", is_compared, NULL);
  }
}

void
keys_clear (KeysFixture *fixture)
{
  limn_timeline_set_step (timeline (fixture), 0);
  gtk_popover_popdown (GTK_POPOVER (keys_popover (fixture)));
  while (gtk_widget_get_mapped (keys_popover (fixture)))
    g_main_context_iteration (NULL, TRUE);
}

/* ---- Pressing ---- */

KeysThing
keys_answer (KeysThing answer, KeysCover cover)
{
  if (answer == KEYS_RUN && (cover == KEYS_MASK || cover == KEYS_EXTEND))
    return KEYS_MODE;
  if (answer == KEYS_RUN && cover == KEYS_COMPARISON)
    return KEYS_PAGE;
  if (answer == KEYS_STROKES && cover != KEYS_MASK)
    return KEYS_SETTINGS;
  return answer;
}

static gboolean
has_gone_on (WindowDriver *driver, gpointer step)
{
  return driver->window->running == NULL || driver->window->run_step > GPOINTER_TO_INT (step);
}

void
keys_press (KeysFixture *fixture, const char *where, guint key, KeysThing thing)
{
  WindowDriver *driver = &fixture->window.driver;
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);

  g_test_message ("%s in %s", key == GDK_KEY_z ? "Ctrl+Z" : "Esc", where);
  for (int i = 0; i < KEYS_N_THINGS; i++)
    g_ptr_array_add (before, keys_describe (fixture, (KeysThing) i));
  keyboard_press (fixture->keyboard, key, key == GDK_KEY_z ? GDK_CONTROL_MASK : 0);
  /* what comes of it later would come meanwhile; the run, which the key alone may end, goes no further than that */
  fake_engine_hold (driver->window->run_step + 1);
  window_driver_wait (driver, "another step", has_gone_on, GINT_TO_POINTER (driver->window->run_step));
  for (int i = 0; i < KEYS_N_THINGS; i++) {
    g_autofree char *after = keys_describe (fixture, (KeysThing) i);

    if (g_str_equal (before->pdata[i], after) == ((KeysThing) i == thing && thing != KEYS_NOTHING))
      g_error ("%s in %s: %s was %s, is %s", key == GDK_KEY_z ? "Ctrl+Z" : "Esc", where, things[i],
               (char *) before->pdata[i], after);
  }
}

/* ---- Setting up ---- */

static gboolean
has_pictures (WindowDriver *driver, gpointer n)
{
  LimnGallery *gallery = driver->window->gallery;

  return g_list_model_get_n_items (G_LIST_MODEL (gallery->library)) == GPOINTER_TO_UINT (n);
}

void
keys_fixture_open (KeysFixture *fixture)
{
  WindowDriver *driver = &fixture->window.driver;

  window_fixture_open (&fixture->window, NULL);
  fixture->keyboard = keyboard_new (GTK_WINDOW (driver->window));
  fixture->history_button =
      find (GTK_WIDGET (limn_prompt_group_get_view (driver->window->prompt_group, "prompt")), GTK_TYPE_MENU_BUTTON);
  g_object_set (driver->settings, "prompt", "circle 1111111111", "negative", "square", "steps", 2, NULL);
  for (guint i = 1; i <= PICTURES; i++) {
    window_driver_activate (driver, "generate");
    window_driver_wait (driver, "the picture", window_driver_idle, NULL);
    window_driver_wait (driver, "its tile", has_pictures, GUINT_TO_POINTER (i));
  }
  g_object_set (driver->settings, "steps", STEPS, "new-seed", FALSE, NULL);
}

void
keys_fixture_close (KeysFixture *fixture)
{
  g_clear_pointer (&fixture->keyboard, keyboard_free);
  window_fixture_close (&fixture->window, NULL);
}
