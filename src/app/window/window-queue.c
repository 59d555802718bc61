/* window-queue.c - the queue and X/Y/Z grids as the window has them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/queue/grid-sheet.h"
#include "app/queue/grid-window.h"
#include "app/widget/toast.h"

/* What is kept of a grid until its sheet is made: x and y property and text, and the settings of all its cells; among
 * these, under names that no setting has, what was not there at first. */
#define GRID_FORMAT "(ssss@a{sv})"
#define Z_PROPERTY "grid-z"
#define Z_VALUES "grid-z-values"

void
limn_window_toast_once (LimnWindow *self, AdwToast *toast)
{
  if (self->queue_toast != NULL)
    limn_toast_dismiss (self->queue_toast);
  g_set_weak_pointer (&self->queue_toast, toast);
  limn_toast_add (self->toasts, toast);
}

static void
toast_queue (LimnWindow *self, const char *text, const char *label, const char *action)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_button_label (toast, label);
  adw_toast_set_action_name (toast, action);
  limn_window_toast_once (self, toast);
}

void
limn_window_enqueue (LimnWindow *self, LimnSettings *settings, LimnRecord *record, int step)
{
  gboolean waits = limn_queue_get_n_pending (self->queue) > 0;

  limn_notice_bar_hide (self->notice_bar);
  limn_queue_append (self->queue, settings, record, step);
  if (limn_queue_get_paused (self->queue)) {
    toast_queue (self, _ ("In the queue, which is paused"), _ ("Go On"), "win.resume-queue");
  } else if (waits) {
    guint n = limn_queue_get_n_pending (self->queue);
    g_autofree char *text = g_strdup_printf (ngettext ("In the queue: %u picture", "In the queue: %u pictures", n), n);

    toast_queue (self, text, NULL, NULL);
  }
  limn_window_update_actions (self);
}

/* At a start the queue goes on by itself: not without a word. */
static void
loaded_cb (LimnWindow *self)
{
  guint n = limn_queue_get_n_pending (self->queue);
  g_autofree char *text = NULL;

  if (!limn_queue_is_loaded (self->queue) || n == 0)
    return;
  text = g_strdup_printf (ngettext ("Going on with %u picture", "Going on with %u pictures", n), n);
  if (limn_queue_get_paused (self->queue))
    toast_queue (self, _ ("The queue is paused"), _ ("Go On"), "win.resume-queue");
  else
    toast_queue (self, text, _ ("Pause"), "win.pause-queue");
}

/* ---- Grids ---- */

/* titles: receives those of its axes. */
static LimnGrid *
read_grid (GVariant *kept, const char *titles[LIMN_GRID_N_SIDES], GError **error)
{
  const char *properties[LIMN_GRID_N_SIDES] = { NULL }, *texts[LIMN_GRID_N_SIDES] = { NULL };
  g_autoptr (GVariant) values = NULL;
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  LimnGridAxis *axes[LIMN_GRID_N_SIDES] = { NULL };
  gboolean good = TRUE;

  g_variant_get (kept, "(&s&s&s&s@a{sv})", &properties[0], &texts[0], &properties[1], &texts[1], &values);
  if (g_variant_lookup (values, Z_PROPERTY, "&s", &properties[LIMN_GRID_Z]))
    g_variant_lookup (values, Z_VALUES, "&s", &texts[LIMN_GRID_Z]);
  limn_settings_from_variant (settings, values);
  for (LimnGridSide side = 0; good && side < LIMN_GRID_N_SIDES; side++)
    if (side == LIMN_GRID_X || (properties[side] != NULL && properties[side][0] != '\0')) {
      titles[side] = limn_grid_property_title (properties[side]);
      axes[side] = limn_grid_axis_parse (properties[side], texts[side] != NULL ? texts[side] : "", settings, error);
      good = axes[side] != NULL;
    }
  if (good)
    return limn_grid_new (settings, axes, error);
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    limn_grid_axis_free (axes[side]);
  return NULL;
}

/* properties, texts: NULL where there is no axis. */
static GVariant *
kept_grid (const char *const properties[LIMN_GRID_N_SIDES], const char *const texts[LIMN_GRID_N_SIDES],
           LimnSettings *settings)
{
  g_autoptr (GVariant) values = g_variant_ref_sink (limn_settings_to_variant (settings));
  g_auto (GVariantDict) all = G_VARIANT_DICT_INIT (values);

  if (properties[LIMN_GRID_Z] != NULL) {
    g_variant_dict_insert (&all, Z_PROPERTY, "s", properties[LIMN_GRID_Z]);
    g_variant_dict_insert (&all, Z_VALUES, "s", texts[LIMN_GRID_Z]);
  }
  return g_variant_ref_sink (g_variant_new (GRID_FORMAT, properties[LIMN_GRID_X], texts[LIMN_GRID_X],
                                            properties[LIMN_GRID_Y] != NULL ? properties[LIMN_GRID_Y] : "",
                                            properties[LIMN_GRID_Y] != NULL ? texts[LIMN_GRID_Y] : "",
                                            g_variant_dict_end (&all)));
}

static void
keep_grids (LimnWindow *self)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer group, kept;

  if (self->state == NULL)
    return;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{s(ssssa{sv})}"));
  g_hash_table_iter_init (&iter, self->grids);
  while (g_hash_table_iter_next (&iter, &group, &kept)) {
    g_autoptr (GPtrArray) items = limn_queue_get_group_items (self->queue, group);

    /* a person took its pictures out of the queue */
    if (limn_queue_is_loaded (self->queue) && items->len == 0)
      g_hash_table_iter_remove (&iter);
    else
      g_variant_builder_add (&builder, "{s@(ssssa{sv})}", group, kept);
  }
  g_settings_set_value (self->state, "grids", g_variant_builder_end (&builder));
}

static void
restore_grids (LimnWindow *self)
{
  g_autoptr (GVariant) grids = NULL;
  GVariantIter iter;
  char *group;
  GVariant *kept;

  if (self->state == NULL)
    return;
  grids = g_settings_get_value (self->state, "grids");
  g_variant_iter_init (&iter, grids);
  while (g_variant_iter_next (&iter, "{s@(ssssa{sv})}", &group, &kept))
    g_hash_table_insert (self->grids, group, kept);
}

static void
sheet_saved_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = limn_grid_sheet_save_finish (result, &error);

  if (self->session == NULL)
    return;
  if (path == NULL) {
    limn_notice_bar_show (self->notice_bar, _ ("The sheet of the X/Y/Z grid could not be saved"), error->message, NULL,
                          NULL);
    return;
  }
  limn_window_show_file (self, path);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("The X/Y/Z grid is done and saved as one sheet")));
}

static void
make_sheet (LimnWindow *self, const char *group, GVariant *kept)
{
  g_autoptr (GPtrArray) items = limn_queue_get_group_items (self->queue, group);
  g_autoptr (LimnGrid) grid = NULL;
  const char *titles[LIMN_GRID_N_SIDES] = { NULL };
  LimnGridSheet *sheet;

  grid = read_grid (kept, titles, NULL);
  if (grid == NULL)
    return;
  sheet = limn_grid_sheet_new (grid, titles);
  for (guint i = 0; i < items->len; i++) {
    LimnQueueItem *item = g_ptr_array_index (items, i);

    limn_grid_sheet_set_cell (sheet, limn_queue_item_get_cell (item), limn_queue_item_get_picture (item),
                              limn_queue_item_get_picture_path (item));
  }
  limn_grid_sheet_save_async (sheet, limn_session_get_folder (self->session), sheet_saved_cb, g_object_ref (self));
}

static gboolean
is_over (LimnWindow *self, const char *group)
{
  g_autoptr (GPtrArray) items = limn_queue_get_group_items (self->queue, group);

  for (guint i = 0; i < items->len; i++) {
    LimnQueueState state = limn_queue_item_get_state (g_ptr_array_index (items, i));

    if (state == LIMN_QUEUE_WAITING || state == LIMN_QUEUE_RUNNING || state == LIMN_QUEUE_PAUSED)
      return FALSE;
  }
  return items->len > 0;
}

void
limn_window_check_grid (LimnWindow *self, LimnQueueItem *item)
{
  const char *group = limn_queue_item_get_group (item);
  GVariant *kept = g_hash_table_lookup (self->grids, group);

  if (kept == NULL || !is_over (self, group))
    return;
  make_sheet (self, group, kept);
  g_hash_table_remove (self->grids, group);
  keep_grids (self);
}

static void
grid_start_cb (LimnWindow *self, LimnGrid *grid, const char *const *texts)
{
  g_autofree char *group = limn_grid_enqueue (grid, self->queue);
  const char *properties[LIMN_GRID_N_SIDES] = { NULL };

  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    if (limn_grid_get_axis (grid, side) != NULL)
      properties[side] = limn_grid_axis_get_property (limn_grid_get_axis (grid, side));
  g_hash_table_insert (self->grids, g_strdup (group), kept_grid (properties, texts, limn_grid_get_settings (grid)));
  keep_grids (self);
  adw_view_stack_set_visible_child_name (self->side_stack, "queue");
}

/* ---- Actions ---- */

static void
grid_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGridWindow *grid_window = limn_grid_window_new (LIMN_WINDOW (data)->settings);

  gtk_window_set_transient_for (GTK_WINDOW (grid_window), GTK_WINDOW (data));
  g_signal_connect_object (grid_window, "start", G_CALLBACK (grid_start_cb), data, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (grid_window));
}

/* "paint-grid" (property and values across, down, and from table to table; no more than there are): without asking; for
 * tests and scripts */
static void
paint_grid_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  const char *properties[LIMN_GRID_N_SIDES] = { "" }, *texts[LIMN_GRID_N_SIDES] = { "" };
  const char *titles[LIMN_GRID_N_SIDES] = { NULL };
  g_autoptr (GVariant) kept = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGrid) grid = NULL;

  for (gsize side = 0; side < MIN (LIMN_GRID_N_SIDES, g_variant_n_children (parameter)); side++)
    g_variant_get_child (parameter, side, "(&s&s)", &properties[side], &texts[side]);
  kept = kept_grid (properties, texts, self->settings);
  grid = read_grid (kept, titles, &error);
  if (grid != NULL)
    grid_start_cb (self, grid, texts);
  else
    limn_window_report (self, error);
}

static void
resume_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_queue_set_paused (LIMN_WINDOW (data)->queue, FALSE);
}

static void
pause_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_queue_set_paused (LIMN_WINDOW (data)->queue, TRUE);
}

static void
paint_anyway_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_window_generate_anyway (data);
}

static const GActionEntry actions[] = {
  { .name = "show-grid", .activate = grid_action },
  { .name = "paint-grid", .activate = paint_grid_action, .parameter_type = "a(ss)" },
  { .name = "resume-queue", .activate = resume_action },
  { .name = "pause-queue", .activate = pause_action },
  { .name = "paint-anyway", .activate = paint_anyway_action },
};

/* ---- The list ---- */

static void
use_settings_cb (LimnWindow *self, LimnQueueItem *item)
{
  limn_settings_assign (self->settings, limn_queue_item_get_settings (item));
}

static void
show_item_cb (LimnWindow *self, LimnQueueItem *item)
{
  LimnPicture *picture = limn_queue_item_get_picture (item);
  const char *id = limn_queue_item_get_record_id (item), *path = limn_queue_item_get_picture_path (item);
  LimnRecord *record = id != NULL ? limn_records_lookup (limn_session_get_records (self->session), id) : NULL;

  if (picture != NULL)
    limn_window_show_picture (self, picture);
  else if (path != NULL)
    limn_window_show_file (self, path);
  if (record != NULL)
    limn_window_show_record (self, record);
}

static void
show_count (LimnWindow *self, guint n)
{
  /* translators: how many pictures are to be painted; beside an icon, in the narrow head of a pane */
  g_autofree char *title = n > 0 ? g_strdup_printf (_ ("Queue (%u)"), n) : g_strdup (_ ("Queue"));

  /* a badge would cover the icon */
  adw_view_stack_page_set_title (self->queue_page, title);
}

static void
count_cb (LimnWindow *self)
{
  show_count (self, limn_queue_get_n_pending (self->queue));
}

/* The picture beside it must not move when a number comes into the head of the pane. */
static void
reserve_width (LimnWindow *self)
{
  GtkWidget *pane = adw_flap_get_flap (self->side_flap), *head = gtk_widget_get_first_child (pane);
  int width;

  show_count (self, 8);
  gtk_widget_measure (head, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  gtk_widget_set_size_request (pane, width, -1);
}

void
limn_window_connect_queue (LimnWindow *self)
{
  self->grids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  restore_grids (self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  limn_queue_view_bind (self->queue_view, self->queue);
  g_signal_connect_object (self->queue_view, "use-settings", G_CALLBACK (use_settings_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue_view, "show-item", G_CALLBACK (show_item_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->queue, "items-changed", G_CALLBACK (count_cb), self);
  g_signal_connect_swapped (self->queue, "notify", G_CALLBACK (count_cb), self);
  g_signal_connect_swapped (self->queue, "notify::loaded", G_CALLBACK (loaded_cb), self);
  reserve_width (self);
  count_cb (self);
  loaded_cb (self);
}
