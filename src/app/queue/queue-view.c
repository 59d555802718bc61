/* queue-view.c - what is to be painted, in order, and folded away what was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/queue/queue-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/queue/queue-row.h"

struct _LimnQueueView {
  GtkWidget parent_instance;
  GtkWidget *box;
  GtkLabel *summary;
  GtkToggleButton *pause_button;
  GtkButton *clear_button;
  GtkStack *stack; /* "empty" or "list" */
  GtkListView *list;
  LimnQueue *queue;
  GtkFilter *pending, *stopped, *done;
  GListModel *done_items;
  GListStore *head;      /* nothing, or the line that unfolds what is done */
  GListStore *done_fold; /* nothing while folded, or done_items */
};

G_DEFINE_FINAL_TYPE (LimnQueueView, limn_queue_view, GTK_TYPE_WIDGET)

enum { USE_SETTINGS, SHOW_ITEM, N_SIGNALS };

static guint signals[N_SIGNALS];

/* ---- What stands where ---- */

static gboolean
is_pending (gpointer item, gpointer data)
{
  LimnQueueState state = limn_queue_item_get_state (item);

  return state == LIMN_QUEUE_WAITING || state == LIMN_QUEUE_RUNNING || state == LIMN_QUEUE_PAUSED;
}

/* failed or cancelled: a person may want to try again */
static gboolean
is_stopped (gpointer item, gpointer data)
{
  return !is_pending (item, data) && limn_queue_item_get_state (item) != LIMN_QUEUE_DONE;
}

static gboolean
is_done (gpointer item, gpointer data)
{
  return limn_queue_item_get_state (item) == LIMN_QUEUE_DONE;
}

static GListModel *
filtered (LimnQueue *queue, GtkCustomFilterFunc func, GtkFilter **filter)
{
  *filter = GTK_FILTER (gtk_custom_filter_new (func, NULL, NULL));
  return G_LIST_MODEL (gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (queue)), g_object_ref (*filter)));
}

static void
take (GListStore *store, GListModel *model)
{
  g_list_store_append (store, model);
  g_object_unref (model);
}

/* What comes next, what stopped, and a line under which is what was painted. */
static GListModel *
make_model (LimnQueueView *self)
{
  GListStore *parts = g_list_store_new (G_TYPE_LIST_MODEL);

  self->head = g_list_store_new (GTK_TYPE_STRING_OBJECT);
  self->done_fold = g_list_store_new (G_TYPE_LIST_MODEL);
  take (parts, filtered (self->queue, is_pending, &self->pending));
  take (parts, filtered (self->queue, is_stopped, &self->stopped));
  g_list_store_append (parts, self->head);
  take (parts, G_LIST_MODEL (gtk_flatten_list_model_new (g_object_ref (G_LIST_MODEL (self->done_fold)))));
  self->done_items = filtered (self->queue, is_done, &self->done);
  return G_LIST_MODEL (gtk_flatten_list_model_new (G_LIST_MODEL (parts)));
}

static void
show_head (LimnQueueView *self)
{
  guint n = g_list_model_get_n_items (self->done_items);
  g_autofree char *text = g_strdup_printf (ngettext ("%u finished picture", "%u finished pictures", n), n);
  g_autoptr (GtkStringObject) line = gtk_string_object_new (text),
                              old = g_list_model_get_item (G_LIST_MODEL (self->head), 0);

  if (n > 0 && (old == NULL || !g_str_equal (gtk_string_object_get_string (old), text)))
    g_list_store_splice (self->head, 0, old != NULL, (gpointer *) &line, 1);
  else if (n == 0)
    g_list_store_remove_all (self->head);
}

static void
fold_cb (LimnQueueView *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->done_fold)) > 0)
    g_list_store_remove_all (self->done_fold);
  else
    g_list_store_append (self->done_fold, self->done_items);
}

static void
sort_anew (LimnQueueView *self)
{
  gtk_filter_changed (self->pending, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_filter_changed (self->stopped, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_filter_changed (self->done, GTK_FILTER_CHANGE_DIFFERENT);
  show_head (self);
}

static void
items_cb (LimnQueueView *self, guint position, guint removed, guint added)
{
  for (guint i = 0; i < added; i++) {
    g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (self->queue), position + i);

    g_signal_handlers_disconnect_by_func (item, sort_anew, self);
    g_signal_connect_object (item, "notify::state", G_CALLBACK (sort_anew), self, G_CONNECT_SWAPPED);
  }
  show_head (self);
}

/* ---- Rows ---- */

static void
use_cb (LimnQueueView *self, LimnQueueItem *item)
{
  g_signal_emit (self, signals[USE_SETTINGS], 0, item);
}

static void
show_cb (LimnQueueView *self, LimnQueueItem *item)
{
  g_signal_emit (self, signals[SHOW_ITEM], 0, item);
}

static void
turn_arrow (GtkButton *button, guint position, guint removed, guint added, GListModel *fold)
{
  gboolean unfolded = g_list_model_get_n_items (fold) > 0;

  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (gtk_button_get_child (button)),
                                    unfolded ? "pan-down-symbolic" : "pan-end-symbolic");
  gtk_accessible_update_state (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_STATE_EXPANDED, unfolded, -1);
}

static GtkWidget *
make_head (LimnQueueView *self, const char *text)
{
  GtkWidget *content = adw_button_content_new (), *button = gtk_button_new ();

  adw_button_content_set_label (ADW_BUTTON_CONTENT (content), text);
  gtk_widget_set_halign (content, GTK_ALIGN_START);
  gtk_button_set_child (GTK_BUTTON (button), content);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "fold");
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (fold_cb), self);
  g_signal_connect_object (self->done_fold, "items-changed", G_CALLBACK (turn_arrow), button, G_CONNECT_SWAPPED);
  turn_arrow (GTK_BUTTON (button), 0, 0, 0, G_LIST_MODEL (self->done_fold));
  return button;
}

static GtkWidget *
make_row (LimnQueueView *self)
{
  GtkWidget *row = limn_queue_row_new (self->queue);

  g_signal_connect_swapped (row, "use-settings", G_CALLBACK (use_cb), self);
  g_signal_connect_swapped (row, "show-item", G_CALLBACK (show_cb), self);
  return row;
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, LimnQueueView *self)
{
  gpointer item = gtk_list_item_get_item (list_item);

  if (GTK_IS_STRING_OBJECT (item)) {
    gtk_list_item_set_child (list_item, make_head (self, gtk_string_object_get_string (item)));
    return;
  }
  if (!LIMN_IS_QUEUE_ROW (gtk_list_item_get_child (list_item)))
    gtk_list_item_set_child (list_item, make_row (self));
  limn_queue_row_set_item (LIMN_QUEUE_ROW (gtk_list_item_get_child (list_item)), item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, LimnQueueView *self)
{
  if (LIMN_IS_QUEUE_ROW (gtk_list_item_get_child (list_item)))
    limn_queue_row_set_item (LIMN_QUEUE_ROW (gtk_list_item_get_child (list_item)), NULL);
}

static void
activate_cb (GtkListView *list, guint position, LimnQueueView *self)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (gtk_list_view_get_model (list)), position);

  if (GTK_IS_STRING_OBJECT (item))
    fold_cb (self);
  else if (item != NULL)
    g_signal_emit (self, signals[SHOW_ITEM], 0, item);
}

/* the row that has the keyboard, through the list's own wrapper of it */
static GtkWidget *
focused_row (LimnQueueView *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  while (focus != NULL && focus != GTK_WIDGET (self->list)) {
    if (LIMN_IS_QUEUE_ROW (focus))
      return focus;
    if (LIMN_IS_QUEUE_ROW (gtk_widget_get_first_child (focus)))
      return gtk_widget_get_first_child (focus);
    focus = gtk_widget_get_parent (focus);
  }
  return NULL;
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnQueueView *self)
{
  GtkWidget *row = focused_row (self);
  const char *action = NULL;

  if (row == NULL)
    return GDK_EVENT_PROPAGATE;
  if ((modifiers & GDK_ALT_MASK) != 0)
    action = key == GDK_KEY_Up ? "row.up" : key == GDK_KEY_Down ? "row.down" : NULL;
  else if (key == GDK_KEY_Delete)
    action = "row.remove";
  if (action == NULL)
    return GDK_EVENT_PROPAGATE;
  gtk_widget_activate_action (row, action, NULL);
  return GDK_EVENT_STOP;
}

/* ---- The whole ---- */

static char *
summary_text (guint pending, guint running, gboolean paused)
{
  if (pending == 0)
    return g_strdup (_ ("Nothing to paint"));
  if (paused)
    return g_strdup (_ ("Paused"));
  if (running > 1) /* translators: pictures that are still to be painted; devices that paint */
    return g_strdup_printf (_ ("%u pictures on %u devices"), pending, running);
  return g_strdup_printf (ngettext ("%u picture to paint", "%u pictures to paint", pending), pending);
}

static void
update_cb (LimnQueueView *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->queue)), pending = limn_queue_get_n_pending (self->queue);
  gboolean paused = limn_queue_get_paused (self->queue);
  g_autofree char *text = summary_text (pending, limn_queue_get_n_running (self->queue), paused);

  gtk_label_set_text (self->summary, text);
  gtk_toggle_button_set_active (self->pause_button, paused);
  gtk_button_set_icon_name (GTK_BUTTON (self->pause_button),
                            paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pause_button), paused ? _ ("Go On") : _ ("Pause after This Picture"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->clear_button), n > pending);
  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list" : "empty");
}

static void
pause_cb (GtkToggleButton *button, LimnQueueView *self)
{
  limn_queue_set_paused (self->queue, gtk_toggle_button_get_active (button));
}

static void
clear_cb (GtkButton *button, LimnQueueView *self)
{
  limn_queue_clear_finished (self->queue);
}

static void
limn_queue_view_dispose (GObject *object)
{
  LimnQueueView *self = LIMN_QUEUE_VIEW (object);

  if (self->queue != NULL)
    g_signal_handlers_disconnect_by_data (self->queue, self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->pending);
  g_clear_object (&self->stopped);
  g_clear_object (&self->done);
  g_clear_object (&self->done_items);
  g_clear_object (&self->head);
  g_clear_object (&self->done_fold);
  g_clear_object (&self->queue);

  G_OBJECT_CLASS (limn_queue_view_parent_class)->dispose (object);
}

static void
limn_queue_view_class_init (LimnQueueViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_queue_view_dispose;
  signals[USE_SETTINGS] = g_signal_new ("use-settings", LIMN_TYPE_QUEUE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, LIMN_TYPE_QUEUE_ITEM);
  signals[SHOW_ITEM] = g_signal_new ("show-item", LIMN_TYPE_QUEUE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, LIMN_TYPE_QUEUE_ITEM);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "queue");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/queue-view.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnQueueView, box);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueView, summary);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueView, pause_button);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueView, clear_button);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueView, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueView, list);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, clear_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
limn_queue_view_init (LimnQueueView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (GTK_WIDGET (self->list), keys);
}

void
limn_queue_view_bind (LimnQueueView *self, LimnQueue *queue)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSelectionModel *model;

  g_return_if_fail (LIMN_IS_QUEUE_VIEW (self));
  g_return_if_fail (self->queue == NULL);

  g_set_object (&self->queue, queue);
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (make_model (self)));
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), self);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, model);
  g_object_unref (factory);
  g_object_unref (model);
  g_signal_connect_swapped (queue, "items-changed", G_CALLBACK (items_cb), self);
  g_signal_connect_swapped (queue, "items-changed", G_CALLBACK (update_cb), self);
  g_signal_connect_swapped (queue, "notify", G_CALLBACK (update_cb), self);
  items_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (queue)));
  update_cb (self);
}
