/* queue-item.c - one picture in line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/queue-private.h"

G_DEFINE_FINAL_TYPE (LimnQueueItem, limn_queue_item, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_PROGRESS, PROP_MESSAGE, PROP_PICTURE, PROP_PICTURE_PATH, PROP_RECORD_ID, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
limn_queue_item_finalize (GObject *object)
{
  LimnQueueItem *self = LIMN_QUEUE_ITEM (object);

  limn_queue_item_set_run (self, NULL);
  g_clear_object (&self->settings);
  g_clear_object (&self->picture);
  g_clear_object (&self->cancellable);
  g_free (self->json);
  limn_kept_clear (&self->kept);
  g_free (self->message);
  g_clear_error (&self->error);
  g_free (self->picture_path);
  g_free (self->record_id);
  g_free (self->parent_id);
  g_free (self->group);
  g_ptr_array_unref (self->pins);

  G_OBJECT_CLASS (limn_queue_item_parent_class)->finalize (object);
}

static void
limn_queue_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnQueueItem *self = LIMN_QUEUE_ITEM (object);

  switch (id) {
  case PROP_STATE:
    g_value_set_int (value, self->state);
    break;
  case PROP_PROGRESS:
    g_value_set_double (value, self->progress);
    break;
  case PROP_MESSAGE:
    g_value_set_string (value, self->message);
    break;
  case PROP_PICTURE:
    g_value_set_object (value, self->picture);
    break;
  case PROP_PICTURE_PATH:
    g_value_set_string (value, self->picture_path);
    break;
  case PROP_RECORD_ID:
    g_value_set_string (value, self->record_id);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_queue_item_class_init (LimnQueueItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_queue_item_get_property;
  object_class->finalize = limn_queue_item_finalize;

  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, LIMN_QUEUE_WAITING, LIMN_QUEUE_CANCELLED, LIMN_QUEUE_WAITING, flags);
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, "", flags);
  properties[PROP_PICTURE] = g_param_spec_object ("picture", NULL, NULL, LIMN_TYPE_PICTURE, flags);
  properties[PROP_PICTURE_PATH] = g_param_spec_string ("picture-path", NULL, NULL, NULL, flags);
  properties[PROP_RECORD_ID] = g_param_spec_string ("record-id", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_queue_item_init (LimnQueueItem *self)
{
  self->message = g_strdup ("");
  self->group = g_strdup ("");
  self->pins = g_ptr_array_new_with_free_func (g_free);
}

LimnQueueItem *
limn_queue_item_new (LimnSettings *settings)
{
  LimnQueueItem *self = g_object_new (LIMN_TYPE_QUEUE_ITEM, NULL);

  self->settings = settings;
  return self;
}

void
limn_queue_item_set_state (LimnQueueItem *self, LimnQueueState state, const char *message)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (g_strcmp0 (self->message, message) != 0) {
    g_free (self->message);
    self->message = g_strdup (message);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MESSAGE]);
  }
  if (self->state != state) {
    self->state = state;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  }
  g_object_thaw_notify (G_OBJECT (self));
}

void
limn_queue_item_set_error (LimnQueueItem *self, const GError *error)
{
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  limn_queue_item_set_state (self, LIMN_QUEUE_FAILED, error->message);
}

void
limn_queue_item_set_progress (LimnQueueItem *self, double progress)
{
  if (self->progress == progress)
    return;
  self->progress = progress;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS]);
}

void
limn_queue_item_set_picture (LimnQueueItem *self, LimnPicture *picture, const char *path)
{
  if (picture != NULL)
    path = limn_picture_get_path (picture);
  g_object_freeze_notify (G_OBJECT (self));
  if (g_set_object (&self->picture, picture))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
  if (g_strcmp0 (self->picture_path, path) != 0) {
    g_free (self->picture_path);
    self->picture_path = g_strdup (path);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE_PATH]);
  }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
progress_cb (LimnQueueItem *self, const LimnProgress *progress, LimnRun *run)
{
  LimnRecord *record = limn_run_get_record (run);
  int begin = record != NULL ? limn_record_get_begin (record) : 0;
  int steps = record != NULL ? limn_record_get_schedule_steps (record) - begin : 0;

  if (steps > 0)
    limn_queue_item_set_progress (self, (double) (limn_record_get_last_step (record) - begin) / steps);
}

void
limn_queue_item_set_run (LimnQueueItem *self, LimnRun *run)
{
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_set_object (&self->run, run);
  if (run != NULL)
    g_signal_connect_swapped (run, "progress", G_CALLBACK (progress_cb), self);
}

void
limn_queue_item_set_record_id (LimnQueueItem *self, const char *id)
{
  if (g_strcmp0 (self->record_id, id) == 0)
    return;
  g_free (self->record_id);
  self->record_id = g_strdup (id);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RECORD_ID]);
}

LimnSettings *
limn_queue_item_get_settings (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), NULL);
  return self->settings;
}

LimnQueueState
limn_queue_item_get_state (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), LIMN_QUEUE_FAILED);
  return self->state;
}

double
limn_queue_item_get_progress (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), 0);
  return self->progress;
}

const GError *
limn_queue_item_get_error (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), NULL);
  return self->error;
}

const char *
limn_queue_item_get_message (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), "");
  return self->message;
}

LimnPicture *
limn_queue_item_get_picture (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), NULL);
  return self->picture;
}

const char *
limn_queue_item_get_picture_path (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), NULL);
  return self->picture_path;
}

const char *
limn_queue_item_get_record_id (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), NULL);
  return self->record_id;
}

const char *
limn_queue_item_get_parent_id (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), NULL);
  return self->parent_id;
}

int
limn_queue_item_get_parent_step (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), 0);
  return self->parent_step;
}

const char *
limn_queue_item_get_group (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), "");
  return self->group;
}

LimnRun *
limn_queue_item_get_run (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), NULL);
  return self->run;
}

int
limn_queue_item_get_cell (LimnQueueItem *self)
{
  g_return_val_if_fail (LIMN_IS_QUEUE_ITEM (self), 0);
  return self->cell;
}
