/* queue.c - the line of items, and what a person does with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/queue-drive.h"

#define MOST_FINISHED 500

enum { PROP_PAUSED = 1, PROP_CURRENT, PROP_LOADED, PROP_SAVED, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnQueue, limn_queue, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* ---- List model ---- */

static GType
get_item_type (GListModel *model)
{
  return LIMN_TYPE_QUEUE_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return LIMN_QUEUE (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  LimnQueue *self = LIMN_QUEUE (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

static gboolean
is_finished (LimnQueueItem *item)
{
  return item->state == LIMN_QUEUE_DONE || item->state == LIMN_QUEUE_FAILED || item->state == LIMN_QUEUE_CANCELLED;
}

static gboolean
find (LimnQueue *self, LimnQueueItem *item, guint *position)
{
  return g_ptr_array_find (self->items, item, position);
}

/* ---- Object ---- */

static void
limn_queue_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnQueue *self = LIMN_QUEUE (object);

  switch (id) {
  case PROP_PAUSED:
    g_value_set_boolean (value, self->paused);
    break;
  case PROP_CURRENT:
    g_value_set_object (value, self->current);
    break;
  case PROP_LOADED:
    g_value_set_boolean (value, self->loaded);
    break;
  case PROP_SAVED:
    g_value_set_boolean (value, self->saved);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_queue_dispose (GObject *object)
{
  LimnQueue *self = LIMN_QUEUE (object);

  limn_queue_close (self);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (limn_queue_parent_class)->dispose (object);
}

static void
limn_queue_finalize (GObject *object)
{
  LimnQueue *self = LIMN_QUEUE (object);

  g_clear_pointer (&self->running, g_ptr_array_unref);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->file, limn_queue_file_unref);

  G_OBJECT_CLASS (limn_queue_parent_class)->finalize (object);
}

static void
limn_queue_class_init (LimnQueueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_queue_get_property;
  object_class->dispose = limn_queue_dispose;
  object_class->finalize = limn_queue_finalize;

  properties[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags);
  properties[PROP_CURRENT] = g_param_spec_object ("current", NULL, NULL, LIMN_TYPE_QUEUE_ITEM, flags);
  properties[PROP_LOADED] = g_param_spec_boolean ("loaded", NULL, NULL, FALSE, flags);
  properties[PROP_SAVED] = g_param_spec_boolean ("saved", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_signal_new ("finished", LIMN_TYPE_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                LIMN_TYPE_QUEUE_ITEM, LIMN_TYPE_PICTURE);
  g_signal_new ("failed", LIMN_TYPE_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                LIMN_TYPE_QUEUE_ITEM);
  g_signal_new ("stopped", LIMN_TYPE_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                LIMN_TYPE_QUEUE_ITEM);
}

static void
limn_queue_init (LimnQueue *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->running = g_ptr_array_new_with_free_func (g_object_unref);
  self->saved = TRUE;
}

LimnQueue *
limn_queue_new (LimnSession *session, const char *folder)
{
  LimnQueue *self;
  g_autofree char *own = g_build_filename (g_get_user_state_dir (), "limn", NULL);

  g_return_val_if_fail (LIMN_IS_SESSION (session), NULL);

  self = g_object_new (LIMN_TYPE_QUEUE, NULL);
  self->session = g_object_ref (session);
  self->file = limn_queue_file_new (folder != NULL ? folder : own);
  g_signal_connect_object (limn_session_get_records (session), "notify::loaded", G_CALLBACK (limn_queue_drive), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "devices-changed", G_CALLBACK (limn_queue_drive), self, G_CONNECT_SWAPPED);
  limn_queue_load (self);
  return self;
}

gboolean
limn_queue_is_loaded (LimnQueue *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE (self), FALSE);
  return self->loaded;
}

gboolean
limn_queue_is_saved (LimnQueue *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE (self), FALSE);
  return self->saved && self->loaded;
}

static void
update_current (LimnQueue *self)
{
  LimnQueueItem *first = self->running->len > 0 ? self->running->pdata[0] : NULL;

  if (first == self->current)
    return;
  self->current = first;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURRENT]);
}

void
limn_queue_add_running (LimnQueue *self, LimnQueueItem *item)
{
  g_ptr_array_add (self->running, g_object_ref (item));
  update_current (self);
}

void
limn_queue_remove_running (LimnQueue *self, LimnQueueItem *item)
{
  g_object_ref (item); /* until it is told that it is not current any more */
  g_ptr_array_remove (self->running, item);
  update_current (self);
  g_object_unref (item);
}

/* ---- Adding ---- */

static LimnQueueItem *
make_item (LimnQueue *self, LimnWildcards *wildcards, LimnSettings *settings, LimnRecord *record, int step)
{
  LimnKeep *keep = limn_records_get_keep (limn_session_get_records (self->session));
  LimnQueueItem *item = limn_queue_item_new (settings);
  g_autoptr (GError) error = NULL;

  /* here, so that what is in line is what will be painted */
  if (!limn_settings_expand (settings, wildcards, &error))
    limn_queue_item_set_state (item, LIMN_QUEUE_FAILED, error->message);
  g_object_set (settings, "count", 1, NULL);
  item->kept = limn_kept_save (keep, settings);
  if (record != NULL) {
    item->parent_id = g_strdup (limn_record_get_id (record));
    item->parent_step = step;
  }
  return item;
}

/* Finished items are for looking back at, not for ever.  Before others come, which may be finished at once. */
static void
drop_oldest_finished (LimnQueue *self)
{
  guint finished = 0;

  for (guint i = 0; i < self->items->len; i++)
    finished += is_finished (self->items->pdata[i]);
  for (guint i = 0; finished > MOST_FINISHED && i < self->items->len;) {
    if (!is_finished (self->items->pdata[i])) {
      i++;
      continue;
    }
    limn_queue_remove (self, self->items->pdata[i]);
    finished--;
  }
}

/* items: (transfer full) */
static void
insert_items (LimnQueue *self, guint position, GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++) {
    g_ptr_array_insert (self->items, (int) (position + i), g_object_ref (items->pdata[i]));
    limn_queue_pin (self, items->pdata[i]);
  }
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, items->len);
  limn_queue_save_soon (self);
  limn_queue_drive (self);
  g_ptr_array_unref (items);
}

static LimnQueueItem *
add (LimnQueue *self, guint position, LimnSettings *settings, LimnRecord *record, int step)
{
  int count = limn_settings_values (settings)->count;
  g_autofree char *group = count > 1 ? g_uuid_string_random () : g_strdup ("");
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  LimnQueueItem *first;

  for (int i = 0; i < count; i++) {
    LimnSettings *copy = limn_settings_copy (settings);
    LimnQueueItem *item;

    g_object_set (copy, "seed", limn_settings_values (settings)->seed + (guint64) i, NULL);
    item = make_item (self, wildcards, copy, record, step);
    g_free (item->group);
    item->group = g_strdup (group);
    item->cell = i;
    g_ptr_array_add (items, item);
  }
  first = items->pdata[0];
  insert_items (self, position, items);
  return first;
}

LimnQueueItem *
limn_queue_append (LimnQueue *self, LimnSettings *settings, LimnRecord *record, int step)
{
  g_return_val_if_fail (LIMN_IS_QUEUE (self), NULL);
  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), NULL);
  drop_oldest_finished (self);
  return add (self, self->items->len, settings, record, step);
}

LimnQueueItem *
limn_queue_prepend (LimnQueue *self, LimnSettings *settings, LimnRecord *record, int step)
{
  guint position = 0;

  g_return_val_if_fail (LIMN_IS_QUEUE (self), NULL);
  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), NULL);

  drop_oldest_finished (self);
  while (position < self->items->len && ((LimnQueueItem *) self->items->pdata[position])->state != LIMN_QUEUE_WAITING)
    position++;
  return add (self, position, settings, record, step);
}

char *
limn_queue_append_group (LimnQueue *self, GPtrArray *cells, const int *order)
{
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);
  GPtrArray *items;
  char *group;

  g_return_val_if_fail (LIMN_IS_QUEUE (self), NULL);

  drop_oldest_finished (self);
  items = g_ptr_array_new_with_free_func (g_object_unref);
  group = g_uuid_string_random ();
  for (guint i = 0; i < cells->len; i++) {
    LimnQueueItem *item = make_item (self, wildcards, limn_settings_copy (cells->pdata[i]), NULL, 0);

    g_free (item->group);
    item->group = g_strdup (group);
    item->cell = order != NULL ? order[i] : (int) i;
    g_ptr_array_add (items, item);
  }
  insert_items (self, self->items->len, items);
  return group;
}

/* ---- Changing ---- */

void
limn_queue_remove (LimnQueue *self, LimnQueueItem *item)
{
  guint position;

  g_return_if_fail (LIMN_IS_QUEUE (self));

  if (!find (self, item, &position))
    return;
  g_object_ref (item);
  g_ptr_array_remove_index (self->items, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  limn_queue_unpin (self, item);
  limn_queue_stop_item (self, item, LIMN_QUEUE_CANCELLED);
  g_object_unref (item);
  limn_queue_save_soon (self);
}

void
limn_queue_move (LimnQueue *self, LimnQueueItem *item, guint position)
{
  guint from, first, n;

  g_return_if_fail (LIMN_IS_QUEUE (self));

  if (!find (self, item, &from))
    return;
  position = MIN (position, self->items->len - 1);
  if (position == from)
    return;
  g_object_ref (item);
  g_ptr_array_remove_index (self->items, from);
  g_ptr_array_insert (self->items, (int) position, item);
  first = MIN (from, position);
  n = MAX (from, position) - first + 1;
  g_list_model_items_changed (G_LIST_MODEL (self), first, n, n);
  limn_queue_save_soon (self);
}

void
limn_queue_retry (LimnQueue *self, LimnQueueItem *item)
{
  g_return_if_fail (LIMN_IS_QUEUE (self));

  if (!find (self, item, NULL) || !is_finished (item))
    return;
  if (item->state == LIMN_QUEUE_DONE) {
    limn_queue_item_set_record_id (item, NULL);
    limn_queue_item_set_progress (item, 0);
    limn_queue_item_set_picture (item, NULL, NULL);
  }
  item->retried = item->lead = FALSE;
  limn_queue_item_set_state (item, LIMN_QUEUE_WAITING, "");
  limn_queue_pin (self, item);
  limn_queue_save_soon (self);
  limn_queue_drive (self);
}

void
limn_queue_set_item_paused (LimnQueue *self, LimnQueueItem *item, gboolean paused)
{
  g_return_if_fail (LIMN_IS_QUEUE (self));

  if (paused && item->state == LIMN_QUEUE_RUNNING)
    limn_queue_stop_item (self, item, LIMN_QUEUE_PAUSED);
  else if (paused && item->state == LIMN_QUEUE_WAITING)
    limn_queue_item_set_state (item, LIMN_QUEUE_PAUSED, "");
  else if (!paused && item->state == LIMN_QUEUE_PAUSED)
    limn_queue_item_set_state (item, LIMN_QUEUE_WAITING, "");
  limn_queue_save_soon (self);
  limn_queue_drive (self);
}

void
limn_queue_cancel (LimnQueue *self, LimnQueueItem *item)
{
  g_return_if_fail (LIMN_IS_QUEUE (self));
  g_return_if_fail (LIMN_IS_QUEUE_ITEM (item));

  limn_queue_stop_item (self, item, LIMN_QUEUE_CANCELLED);
}

void
limn_queue_cancel_current (LimnQueue *self)
{
  g_return_if_fail (LIMN_IS_QUEUE (self));

  if (self->current != NULL)
    limn_queue_cancel (self, self->current);
}

void
limn_queue_clear_finished (LimnQueue *self)
{
  g_return_if_fail (LIMN_IS_QUEUE (self));

  for (guint i = self->items->len; i > 0; i--)
    if (is_finished (self->items->pdata[i - 1]))
      limn_queue_remove (self, self->items->pdata[i - 1]);
}

void
limn_queue_set_paused (LimnQueue *self, gboolean paused)
{
  g_return_if_fail (LIMN_IS_QUEUE (self));

  paused = paused != FALSE;
  if (self->paused == paused)
    return;
  self->paused = paused;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED]);
  limn_queue_save_soon (self);
  limn_queue_drive (self);
}

/* ---- Looking ---- */

gboolean
limn_queue_get_paused (LimnQueue *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE (self), FALSE);
  return self->paused;
}

LimnQueueItem *
limn_queue_get_current (LimnQueue *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE (self), NULL);
  return self->current;
}

guint
limn_queue_get_n_pending (LimnQueue *self)
{
  guint n = 0;

  g_return_val_if_fail (LIMN_IS_QUEUE (self), 0);

  for (guint i = 0; i < self->items->len; i++) {
    LimnQueueItem *item = self->items->pdata[i];

    n += item->state == LIMN_QUEUE_WAITING || item->state == LIMN_QUEUE_RUNNING;
  }
  return n;
}

guint
limn_queue_get_n_running (LimnQueue *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE (self), 0);
  return self->running->len;
}

static int
compare_cells (gconstpointer a, gconstpointer b)
{
  return (*(LimnQueueItem *const *) a)->cell - (*(LimnQueueItem *const *) b)->cell;
}

GPtrArray *
limn_queue_get_group_items (LimnQueue *self, const char *group)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_val_if_fail (LIMN_IS_QUEUE (self), items);

  for (guint i = 0; i < self->items->len; i++) {
    LimnQueueItem *item = self->items->pdata[i];

    if (g_str_equal (item->group, group))
      g_ptr_array_add (items, g_object_ref (item));
  }
  g_ptr_array_sort (items, compare_cells);
  return items;
}

double
limn_queue_get_group_progress (LimnQueue *self, const char *group, guint *items_out, guint *done_out)
{
  g_autoptr (GPtrArray) items = limn_queue_get_group_items (self, group);
  double progress = 0;
  guint done = 0;

  for (guint i = 0; i < items->len; i++) {
    LimnQueueItem *item = items->pdata[i];

    progress += item->state == LIMN_QUEUE_DONE ? 1 : item->progress;
    done += item->state == LIMN_QUEUE_DONE;
  }
  if (items_out != NULL)
    *items_out = items->len;
  if (done_out != NULL)
    *done_out = done;
  return items->len > 0 ? progress / items->len : 0;
}
