/* test-keys.c - Esc and Ctrl+Z, pressed on the keyboard wherever the focus may be, touch only what has it.
 *
 * Judged by what is there: the run, settings, texts, strokes, trashed files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <unistd.h>

#include "app/gallery/gallery-private.h"
#include "app/widget/number-row.h"
#include "common/patience.h"
#include "keys-fixture.h"

#define MOST_TAKEN_BACK 50
#define MOST_STOPS 200
#define PRESSES 30 /* of a seed */

typedef KeysFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  keys_fixture_open (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  keys_fixture_close (fixture);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* ---- Place by place ---- */

/* key at place, with cover over the picture and something for the key to do, which it must, and edits, a bit each, that
 * it must leave alone. */
static void
press (Fixture *fixture, const KeysPlace *place, guint key, KeysCover cover, guint edits, const char *where)
{
  KeysThing thing = keys_answer (key == GDK_KEY_z ? place->undo : place->escape, cover);

  keys_go_on_painting (fixture);
  keys_cover (fixture, cover);
  for (KeysThing other = KEYS_SETTINGS; other <= KEYS_STROKES; other++)
    if ((edits & 1u << other) != 0)
      keys_prepare (fixture, other);
  if (place->escape == KEYS_STEP)
    keys_prepare (fixture, KEYS_STEP);
  place->focus (fixture);
  keys_prepare (fixture, thing);
  settle ();
  keys_press (fixture, where, key, thing);
  keys_clear (fixture);
}

/* Each key in each place, with whatever lies over the picture. */
static void
test_places (Fixture *fixture, gconstpointer data)
{
  for (guint cover = 0; cover < KEYS_N_COVERS; cover++)
    for (guint i = 0; i < 2 * keys_n_places; i++) {
      const KeysPlace *place = &keys_places[i / 2];
      g_autofree char *where = g_strdup_printf ("%s, cover %u", place->name, cover);

      if (place->escape == KEYS_STEP && cover != KEYS_PICTURE)
        continue; /* looking at a step uncovers the picture */
      press (fixture, place, i % 2 == 0 ? GDK_KEY_z : GDK_KEY_Escape, (KeysCover) cover, 0, where);
    }
}

/* ---- Random ---- */

/* Edits anywhere, then a key somewhere else. */
static void
test_random (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (GPOINTER_TO_UINT (data));

  for (int i = 0; i < PRESSES; i++) {
    const KeysPlace *place = &keys_places[g_rand_int_range (rand, 0, (gint32) keys_n_places)];
    guint key = g_rand_boolean (rand) ? GDK_KEY_z : GDK_KEY_Escape, edits = 0;
    KeysCover cover = (KeysCover) g_rand_int_range (rand, 0, KEYS_N_COVERS);
    g_autofree char *where = g_strdup_printf ("%s, press %d of seed %u", place->name, i, GPOINTER_TO_UINT (data));

    if (place->escape == KEYS_STEP)
      cover = KEYS_PICTURE;
    for (KeysThing other = KEYS_SETTINGS; other <= KEYS_STROKES; other++)
      if (g_rand_boolean (rand) && (other != KEYS_STROKES || cover == KEYS_MASK))
        edits |= 1u << other;
    press (fixture, place, key, cover, edits, where);
  }
}

/* ---- Wherever Tab comes to ---- */

static gboolean
is_in (GtkWidget *widget, gpointer root)
{
  return widget == root || gtk_widget_is_ancestor (widget, root);
}

/* What the rule says of a widget, whatever it is. */
static KeysThing
undone_at (LimnWindow *window, GtkWidget *focus)
{
  if (is_in (focus, limn_prompt_group_get_view (window->prompt_group, "prompt")) && GTK_IS_TEXT_VIEW (focus))
    return KEYS_PROMPT;
  if (is_in (focus, limn_prompt_group_get_view (window->prompt_group, "negative")) && GTK_IS_TEXT_VIEW (focus))
    return KEYS_NEGATIVE;
  if (GTK_IS_TEXT (focus) && is_in (focus, window->sampling_group)
      && gtk_widget_get_ancestor (focus, ADW_TYPE_ENTRY_ROW) != NULL)
    return KEYS_SEED;
  if (GTK_IS_TEXT (focus) && gtk_widget_get_ancestor (focus, GTK_TYPE_SEARCH_ENTRY) != NULL)
    return KEYS_SEARCH;
  return is_in (focus, window->gallery) ? KEYS_TRASH : KEYS_SETTINGS;
}

static void
test_every_stop (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = keys_window (fixture);
  GtkWidget *first, *focus, *row = NULL;
  guint n = 0;

  keys_places[0].focus (fixture);
  first = focus = gtk_root_get_focus (GTK_ROOT (window));
  do {
    KeysThing undo = undone_at (window, focus);
    g_autofree char *where = g_strdup_printf ("stop %u, a %s", n, G_OBJECT_TYPE_NAME (focus));
    GtkWidget *own = gtk_widget_get_ancestor (focus, LIMN_TYPE_NUMBER_ROW);

    g_test_message ("%s", where);
    g_assert_true (own == NULL || own != row); /* a number is one stop */
    row = own;
    keys_go_on_painting (fixture);
    keys_prepare (fixture, undo);
    keys_press (fixture, where, GDK_KEY_z, undo);
    if (undo == KEYS_SEARCH)
      keys_prepare (fixture, KEYS_SEARCH);
    keys_press (fixture, where, GDK_KEY_Escape, undo == KEYS_SEARCH ? KEYS_SEARCH : KEYS_RUN);
    if (undo == KEYS_SEARCH)
      gtk_widget_grab_focus (focus); /* clearing it went on to the pictures, whose cells may be others by now */
    keyboard_press (fixture->keyboard, GDK_KEY_Tab, 0);
    focus = gtk_root_get_focus (GTK_ROOT (window));
    g_assert_nonnull (focus);
    g_assert_cmpuint (++n, <, MOST_STOPS);
  } while (focus != first);
  g_test_message ("%u stops", n);
  g_assert_cmpuint (n, >, 30);
}

/* ---- One by one ---- */

/* Until no press changes it any more; nothing but the thing changes meanwhile. */
static void
take_all_back (Fixture *fixture, const char *place, KeysThing thing)
{
  for (guint presses = 0, idle = 0; idle < 2; presses++) {
    g_autofree char *before = keys_describe (fixture, thing), *after = NULL;
    g_autofree char *setting = keys_describe (fixture, KEYS_SETTINGS), *setting_after = NULL;

    keyboard_press (fixture->keyboard, GDK_KEY_z, GDK_CONTROL_MASK);
    after = keys_describe (fixture, thing);
    setting_after = keys_describe (fixture, KEYS_SETTINGS);
    idle = g_str_equal (before, after) ? idle + 1 : 0;
    if (!g_str_equal (setting, setting_after) || presses == MOST_TAKEN_BACK)
      g_error ("Ctrl+Z in %s: press %u, the guidance is %s", place, presses, setting_after);
  }
}

/* A text in which nothing is left to take back, a history without a trash: the key ends there. */
static void
test_nothing_left (Fixture *fixture, gconstpointer data)
{
  keys_go_on_painting (fixture);
  keys_prepare (fixture, KEYS_SETTINGS);
  for (guint i = 0; i < keys_n_places; i++) {
    KeysThing own = keys_places[i].undo;

    if (own < KEYS_PROMPT || own > KEYS_TRASH)
      continue;
    keys_places[i].focus (fixture);
    keys_prepare (fixture, own);
    take_all_back (fixture, keys_places[i].name, own);
    keys_press (fixture, keys_places[i].name, GDK_KEY_z, KEYS_NOTHING);
  }
}

static void
test_tile_menu (Fixture *fixture, gconstpointer data)
{
  LimnGallery *gallery = keys_window (fixture)->gallery;
  GtkWidget *focus;

  limn_gallery_focus_pictures (gallery);
  focus = gtk_root_get_focus (GTK_ROOT (keys_window (fixture)));
  g_assert_true (gtk_widget_is_ancestor (focus, GTK_WIDGET (gallery->grid)));
  keyboard_press (fixture->keyboard, GDK_KEY_F10, GDK_SHIFT_MASK);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (gallery->popover)));
  keyboard_press (fixture->keyboard, GDK_KEY_Escape, 0);
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (gallery->popover)));
  g_assert_true (gtk_root_get_focus (GTK_ROOT (keys_window (fixture))) == focus);
}

static void
test_empty_search (Fixture *fixture, gconstpointer data)
{
  gtk_menu_button_popup (GTK_MENU_BUTTON (fixture->history_button));
  settle ();
  g_assert_true (gtk_widget_get_mapped (keys_popover (fixture)));
  keyboard_press (fixture->keyboard, GDK_KEY_Escape, 0);
  g_assert_false (gtk_widget_get_mapped (keys_popover (fixture)));
}

static void
dismissed_cb (AdwToast *toast, guint *n)
{
  ++*n;
}

/* A toast is in sight, and has not the focus: Esc is for it once there is nothing else to leave. */
static void
test_toast (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = keys_window (fixture);
  AdwToast *toast = adw_toast_new ("in sight");
  guint n = 0;

  g_signal_connect (toast, "dismissed", G_CALLBACK (dismissed_cb), &n);
  adw_toast_set_timeout (toast, 0);
  adw_toast_overlay_add_toast (window->toasts, toast);
  keys_go_on_painting (fixture);
  gtk_widget_grab_focus (GTK_WIDGET (window->canvas));
  keys_press (fixture, "canvas under a toast", GDK_KEY_Escape, KEYS_RUN);
  window_driver_wait (&fixture->window.driver, "the run to end", window_driver_idle, NULL);
  g_assert_cmpuint (n, ==, 0);
  keys_press (fixture, "canvas under a toast", GDK_KEY_Escape, KEYS_NOTHING);
  g_assert_cmpuint (n, ==, 1);
}

#define ADD(name, data, test) g_test_add ("/keys/" name, Fixture, data, set_up, test, tear_down)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("places", NULL, test_places);
  ADD ("random/1", GUINT_TO_POINTER (1), test_random);
  ADD ("random/2", GUINT_TO_POINTER (2), test_random);
  ADD ("random/3", GUINT_TO_POINTER (3), test_random);
  ADD ("every-stop", NULL, test_every_stop);
  ADD ("nothing-left", NULL, test_nothing_left);
  ADD ("toast", NULL, test_toast);
  ADD ("tile-menu", NULL, test_tile_menu);
  ADD ("empty-search", NULL, test_empty_search);
  return g_test_run ();
}
