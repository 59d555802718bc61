/* queue-row.c - one picture to be painted, or painted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/queue/queue-row.h"

#include <glib/gi18n.h>

#include "app/widget/texture.h"
#include "session/thread/task-thread.h"

#define THUMBNAIL 96 /* pixels */

struct _LimnQueueRow {
  GtkWidget parent_instance;
  GtkWidget *box;
  GtkImage *state_icon;
  GtkPicture *picture;
  GtkStack *look; /* "icon" or "picture" */
  GtkLabel *title, *subtitle;
  GtkProgressBar *progress;
  GtkButton *button; /* what is most likely wanted: cancel, remove or try again */
  GtkMenuButton *menu_button;
  LimnQueue *queue; /* not owned: the view outlives its rows, and holds it */
  LimnQueueItem *item;
  GSimpleActionGroup *actions;
};

G_DEFINE_FINAL_TYPE (LimnQueueRow, limn_queue_row, GTK_TYPE_WIDGET)

enum { USE_SETTINGS, SHOW_ITEM, N_SIGNALS };

static guint signals[N_SIGNALS];

/* ---- Actions ---- */

static LimnQueueItem *
nth (LimnQueueRow *self, guint position)
{
  g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (self->queue), position);

  return item; /* the queue keeps it */
}

/* Of item, which is in the queue. */
static guint
position_of (LimnQueueRow *self, LimnQueueItem *item)
{
  guint i = 0;

  while (nth (self, i) != item)
    i++;
  return i;
}

/* what is waiting, and shows one below the other */
static gboolean
waits (LimnQueueItem *item)
{
  LimnQueueState state = limn_queue_item_get_state (item);

  return state == LIMN_QUEUE_WAITING || state == LIMN_QUEUE_PAUSED;
}

/* right after what is being painted */
static void
first_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;
  guint own = position_of (self, self->item), after = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->queue)); i++)
    if (limn_queue_item_get_state (nth (self, i)) == LIMN_QUEUE_RUNNING)
      after = i + 1;

  limn_queue_move (self->queue, self->item, own < after ? after - 1 : after);
}

static void
up_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;

  for (guint i = position_of (self, self->item); i > 0; i--)
    if (waits (nth (self, i - 1))) {
      limn_queue_move (self->queue, self->item, i - 1);
      return;
    }
}

static void
down_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->queue));

  for (guint i = position_of (self, self->item) + 1; i < n; i++)
    if (waits (nth (self, i))) {
      limn_queue_move (self->queue, self->item, i);
      return;
    }
}

static void
pause_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;

  limn_queue_set_item_paused (self->queue, self->item, limn_queue_item_get_state (self->item) != LIMN_QUEUE_PAUSED);
}

static void
retry_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;

  limn_queue_retry (self->queue, self->item);
}

static void
use_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;

  g_signal_emit (self, signals[USE_SETTINGS], 0, self->item);
}

static void
show_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;

  g_signal_emit (self, signals[SHOW_ITEM], 0, self->item);
}

static void
remove_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnQueueRow *self = data;

  if (limn_queue_item_get_state (self->item) == LIMN_QUEUE_RUNNING)
    limn_queue_cancel (self->queue, self->item);
  else
    limn_queue_remove (self->queue, self->item);
}

static const GActionEntry actions[] = {
  { .name = "first", .activate = first_action }, { .name = "up", .activate = up_action },
  { .name = "down", .activate = down_action },   { .name = "pause", .activate = pause_action },
  { .name = "retry", .activate = retry_action }, { .name = "use", .activate = use_action },
  { .name = "show", .activate = show_action },   { .name = "remove", .activate = remove_action },
};

static void
enable (LimnQueueRow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* ---- What is shown ---- */

static const char *
state_text (LimnQueueItem *item)
{
  switch (limn_queue_item_get_state (item)) {
  case LIMN_QUEUE_WAITING:
    return _ ("Waiting");
  case LIMN_QUEUE_RUNNING:
    return _ ("Painting");
  case LIMN_QUEUE_PAUSED:
    return _ ("Held back");
  case LIMN_QUEUE_DONE:
    return _ ("Done");
  case LIMN_QUEUE_FAILED:
    return limn_queue_item_get_message (item);
  case LIMN_QUEUE_CANCELLED:
    return _ ("Cancelled, its steps are kept");
  }
  g_assert_not_reached ();
}

static const char *
state_icon (LimnQueueState state)
{
  static const char *const names[] = {
    [LIMN_QUEUE_WAITING] = "content-loading-symbolic",     [LIMN_QUEUE_RUNNING] = "media-playback-start-symbolic",
    [LIMN_QUEUE_PAUSED] = "media-playback-pause-symbolic", [LIMN_QUEUE_DONE] = "object-select-symbolic",
    [LIMN_QUEUE_FAILED] = "dialog-warning-symbolic",       [LIMN_QUEUE_CANCELLED] = "process-stop-symbolic",
  };

  return names[state];
}

static void show_picture (LimnQueueRow *self);

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (LimnImage) image = limn_image_load_png (data, NULL, &error);

  if (image != NULL)
    g_task_return_pointer (task, limn_texture_thumbnail (image, THUMBNAIL), g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnQueueRow) self = data;
  GdkTexture *texture = g_task_propagate_pointer (G_TASK (result), NULL);

  if (texture != NULL)
    g_object_set_data_full (object, "thumbnail", texture, g_object_unref);
  if (self->item == LIMN_QUEUE_ITEM (object))
    show_picture (self);
}

/* From its file: it was painted long ago. */
static void
read_thumbnail (LimnQueueRow *self, const char *path)
{
  g_autoptr (GTask) task = g_task_new (self->item, NULL, read_cb, g_object_ref (self));

  g_object_set_data (G_OBJECT (self->item), "thumbnail-read", self->item);
  g_task_set_task_data (task, g_strdup (path), g_free);
  limn_task_run_in_thread (task, read_thread);
}

/* Made once and kept with the item: its picture may be let go of, and rows come and go while one scrolls.  NULL: there
 * is none, or it is being read. */
static GdkTexture *
thumbnail_of (LimnQueueRow *self)
{
  LimnPicture *picture = limn_queue_item_get_picture (self->item);
  const char *path = limn_queue_item_get_picture_path (self->item);
  GdkTexture *texture = g_object_get_data (G_OBJECT (self->item), "thumbnail");

  if (texture == NULL && picture != NULL) {
    texture = limn_texture_thumbnail (limn_picture_get_image (picture), THUMBNAIL);
    g_object_set_data_full (G_OBJECT (self->item), "thumbnail", texture, g_object_unref);
  } else if (texture == NULL && path != NULL && g_object_get_data (G_OBJECT (self->item), "thumbnail-read") == NULL) {
    read_thumbnail (self, path);
  }
  return texture;
}

static void
show_picture (LimnQueueRow *self)
{
  GdkTexture *texture = NULL;

  if (limn_queue_item_get_state (self->item) == LIMN_QUEUE_DONE) {
    texture = thumbnail_of (self);
  } else { /* of an earlier try */
    g_object_set_data (G_OBJECT (self->item), "thumbnail", NULL);
    g_object_set_data (G_OBJECT (self->item), "thumbnail-read", NULL);
  }
  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (texture));
  gtk_stack_set_visible_child_name (self->look, texture != NULL ? "picture" : "icon");
}

static void
show_button (LimnQueueRow *self, LimnQueueState state)
{
  gboolean again = state == LIMN_QUEUE_FAILED || state == LIMN_QUEUE_CANCELLED;
  const char *text = again ? _ ("Try Again") : state == LIMN_QUEUE_RUNNING ? _ ("Stop This One") : _ ("Remove");

  gtk_button_set_icon_name (self->button, again                         ? "view-refresh-symbolic"
                                          : state == LIMN_QUEUE_RUNNING ? "process-stop-symbolic"
                                                                        : "window-close-symbolic");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), again ? "row.retry" : "row.remove");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* Which device, where it is not the only one that paints. */
static char *
where_text (LimnQueueRow *self, const char *which)
{
  LimnRun *run = limn_queue_item_get_run (self->item);
  const char *device = run != NULL ? limn_run_get_device (run) : NULL;

  if (device == NULL || limn_queue_get_n_running (self->queue) < 2)
    return g_strdup (which);
  /* translators: a device's name; width, height and seed of the picture that it paints */
  return g_strdup_printf (_ ("%s · %s"), device, which);
}

/* the whole prompt, and what becomes of it */
static void
show_words (LimnQueueRow *self, LimnQueueState state)
{
  const LimnSettingsValues *values = limn_settings_values (limn_queue_item_get_settings (self->item));
  g_autofree char *title = g_strdelimit (g_strdup (values->prompt), "\n", ' ');
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, values->seed);
  /* translators: width, height and seed of a picture; within them are no-break spaces */
  g_autofree char *which = g_strdup_printf (_ ("%d × %d · seed %s"), values->width, values->height, seed);
  g_autofree char *where = where_text (self, which);
  g_autofree char *whole = g_strdup_printf ("%s · %s", state_text (self->item), where);
  g_autofree char *tooltip = g_strdup_printf ("%s\n\n%s", values->prompt, whole);
  gboolean plain = state == LIMN_QUEUE_WAITING || state == LIMN_QUEUE_RUNNING || state == LIMN_QUEUE_DONE;

  gtk_label_set_text (self->title, title[0] != '\0' ? title : _ ("Untitled"));
  /* the icon says what is usual */
  gtk_label_set_text (self->subtitle, plain ? where : state_text (self->item));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), values->prompt[0] != '\0' ? tooltip : whole);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_label_get_text (self->title), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, whole, -1);
}

static void
update_cb (LimnQueueRow *self)
{
  LimnQueueState state = limn_queue_item_get_state (self->item);

  show_words (self, state);
  gtk_image_set_from_icon_name (self->state_icon, state_icon (state));
  gtk_widget_set_visible (GTK_WIDGET (self->progress), state == LIMN_QUEUE_RUNNING);
  gtk_progress_bar_set_fraction (self->progress, limn_queue_item_get_progress (self->item));
  show_picture (self);
  show_button (self, state);
  enable (self, "first", waits (self->item));
  enable (self, "up", waits (self->item));
  enable (self, "down", waits (self->item));
  enable (self, "pause", waits (self->item));
  enable (self, "retry", state == LIMN_QUEUE_FAILED || state == LIMN_QUEUE_CANCELLED || state == LIMN_QUEUE_DONE);
  enable (self, "show", state == LIMN_QUEUE_DONE);
}

void
limn_queue_row_set_item (LimnQueueRow *self, LimnQueueItem *item)
{
  g_return_if_fail (LIMN_IS_QUEUE_ROW (self));

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  gtk_picture_set_paintable (self->picture, NULL);
  if (item == NULL)
    return;
  g_signal_connect_swapped (item, "notify", G_CALLBACK (update_cb), self);
  update_cb (self);
}

LimnQueueItem *
limn_queue_row_get_item (LimnQueueRow *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ROW (self), NULL);
  return self->item;
}

/* ---- Putting in another order ---- */

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, LimnQueueRow *self)
{
  return self->item != NULL ? gdk_content_provider_new_typed (LIMN_TYPE_QUEUE_ITEM, self->item) : NULL;
}

static void
drag_begin_cb (GtkDragSource *source, GdkDrag *drag, LimnQueueRow *self)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_source_set_icon (source, paintable, 0, 0);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, LimnQueueRow *self)
{
  LimnQueueItem *item = g_value_get_object (value);

  if (item == NULL || item == self->item)
    return FALSE;
  limn_queue_move (self->queue, item, position_of (self, self->item));
  return TRUE;
}

/* ---- Widget ---- */

static void
limn_queue_row_dispose (GObject *object)
{
  LimnQueueRow *self = LIMN_QUEUE_ROW (object);

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_queue_row_parent_class)->dispose (object);
}

static void
limn_queue_row_class_init (LimnQueueRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_queue_row_dispose;
  signals[USE_SETTINGS] = g_signal_new ("use-settings", LIMN_TYPE_QUEUE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, LIMN_TYPE_QUEUE_ITEM);
  signals[SHOW_ITEM] = g_signal_new ("show-item", LIMN_TYPE_QUEUE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, LIMN_TYPE_QUEUE_ITEM);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/queue-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, box);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, state_icon);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, picture);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, look);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, title);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, progress);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, button);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, menu_button);
  gtk_widget_class_bind_template_callback (widget_class, prepare_cb);
  gtk_widget_class_bind_template_callback (widget_class, drag_begin_cb);
}

static void
limn_queue_row_init (LimnQueueRow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (LIMN_TYPE_QUEUE_ITEM, GDK_ACTION_MOVE | GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "row", G_ACTION_GROUP (self->actions));
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

GtkWidget *
limn_queue_row_new (LimnQueue *queue)
{
  LimnQueueRow *self = g_object_new (LIMN_TYPE_QUEUE_ROW, NULL);

  self->queue = queue;
  return GTK_WIDGET (self);
}
