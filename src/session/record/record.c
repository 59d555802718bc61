/* record.c - a run's steps as the main thread knows them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/record.h"
#include "session/record/record-private.h"

#include "session/thread/task-thread.h"

typedef struct {
  LimnRecordPlace place;
  LimnImage *thumbnail;  /* NULL: not loaded */
  LimnTrailPoint *point; /* NULL: on disk */
} Step;

struct _LimnRecord {
  GObject parent_instance;
  LimnRecordHeader *header;
  char *path;
  LimnKeep *keep;
  GPtrArray *steps;
  GPtrArray *before; /* Step, without thumbnails, rising; the last is what it began with */
  LimnRecordState state;
  char *message, *picture_path;
  gboolean loaded;
  gint64 bytes, used;
};

G_DEFINE_FINAL_TYPE (LimnRecord, limn_record, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_PICTURE_PATH, PROP_LOADED, N_PROPS };
enum { STEP_ADDED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
step_free (Step *step)
{
  if (step == NULL)
    return;
  g_clear_pointer (&step->thumbnail, limn_image_free);
  g_clear_pointer (&step->point, limn_trail_point_unref);
  g_free (step);
}

static Step *
step_new (LimnRecord *self, const LimnRecordPlace *place, LimnTrailPoint *point)
{
  Step *step = g_new0 (Step, 1);

  step->place = *place;
  step->point = point != NULL ? limn_trail_point_ref (point) : NULL;
  if (place->offset >= 0) /* the entry's own heads are 56 bytes, which no budget minds */
    self->bytes = MAX (self->bytes, place->offset + (gint64) place->width * place->height * 35);
  return step;
}

/* ---- Object ---- */

static void
limn_record_finalize (GObject *object)
{
  LimnRecord *self = LIMN_RECORD (object);

  limn_record_header_free (self->header);
  g_clear_pointer (&self->keep, limn_keep_unref);
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_clear_pointer (&self->before, g_ptr_array_unref);
  g_free (self->path);
  g_free (self->message);
  g_free (self->picture_path);

  G_OBJECT_CLASS (limn_record_parent_class)->finalize (object);
}

static void
limn_record_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnRecord *self = LIMN_RECORD (object);

  switch (id) {
  case PROP_STATE:
    g_value_set_int (value, self->state);
    break;
  case PROP_PICTURE_PATH:
    g_value_set_string (value, self->picture_path);
    break;
  case PROP_LOADED:
    g_value_set_boolean (value, self->loaded);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_record_class_init (LimnRecordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_record_get_property;
  object_class->finalize = limn_record_finalize;

  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, LIMN_RECORD_RUNNING, LIMN_RECORD_INTERRUPTED, LIMN_RECORD_RUNNING, flags);
  properties[PROP_PICTURE_PATH] = g_param_spec_string ("picture-path", NULL, NULL, NULL, flags);
  properties[PROP_LOADED] = g_param_spec_boolean ("loaded", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[STEP_ADDED] = g_signal_new ("step-added", LIMN_TYPE_RECORD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
limn_record_init (LimnRecord *self)
{
  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
  self->before = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
  self->message = g_strdup ("");
}

LimnRecord *
limn_record_new (LimnRecordHeader *header, const char *path, LimnKeep *keep)
{
  LimnRecord *self = g_object_new (LIMN_TYPE_RECORD, NULL);

  self->header = header;
  self->path = g_strdup (path);
  self->keep = limn_keep_ref (keep);
  self->loaded = TRUE;
  self->used = g_get_monotonic_time ();
  return self;
}

LimnRecord *
limn_record_new_from_file (LimnRecordFile *file, const char *path, LimnKeep *keep)
{
  LimnRecord *self = limn_record_new (g_steal_pointer (&file->header), path, keep);

  self->loaded = FALSE;
  self->state = file->state;
  g_free (self->message);
  self->message = g_steal_pointer (&file->message);
  self->picture_path = g_steal_pointer (&file->picture_path);
  for (guint i = 0; i < file->before->len; i++)
    limn_record_add_before (self, &g_array_index (file->before, LimnRecordPlace, i), NULL);
  for (guint i = 0; i < file->steps->len; i++)
    g_ptr_array_add (self->steps, step_new (self, &g_array_index (file->steps, LimnRecordPlace, i), NULL));
  limn_record_file_free (file);
  return self;
}

/* ---- Filling ---- */

static const LimnRecordPlace *
last_place (GPtrArray *steps)
{
  return &((const Step *) steps->pdata[steps->len - 1])->place;
}

/* A run that goes on may have to do its last steps anew: each counts once. */
static void
add (GPtrArray *steps, Step *step)
{
  while (steps->len > 0 && last_place (steps)->schedule_step >= step->place.schedule_step)
    g_ptr_array_remove_index (steps, steps->len - 1);
  g_ptr_array_add (steps, step);
}

void
limn_record_add_before (LimnRecord *self, const LimnRecordPlace *place, LimnTrailPoint *point)
{
  add (self->before, step_new (self, place, point));
}

void
limn_record_add_step (LimnRecord *self, const LimnRecordPlace *place, LimnImage *thumbnail, LimnTrailPoint *point)
{
  Step *step = step_new (self, place, point);

  step->thumbnail = thumbnail;
  add (self->steps, step);
  g_signal_emit (self, signals[STEP_ADDED], 0, self->steps->len - 1);
}

static void
set_state (LimnRecord *self, LimnRecordState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

void
limn_record_set_running (LimnRecord *self)
{
  g_free (self->message);
  self->message = g_strdup ("");
  set_state (self, LIMN_RECORD_RUNNING);
}

void
limn_record_set_end (LimnRecord *self, LimnRecordState state, const char *message, const char *picture_path)
{
  g_free (self->message);
  self->message = g_strdup (message != NULL ? message : "");
  if (g_strcmp0 (self->picture_path, picture_path) != 0) {
    g_free (self->picture_path);
    self->picture_path = g_strdup (picture_path);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE_PATH]);
  }
  set_state (self, state);
}

/* ---- What it is ---- */

const LimnRecordHeader *
limn_record_get_header (LimnRecord *self)
{
  return self->header;
}

const char *
limn_record_get_path (LimnRecord *self)
{
  return self->path;
}

gint64
limn_record_get_bytes (LimnRecord *self)
{
  return self->bytes;
}

gint64
limn_record_get_used (LimnRecord *self)
{
  return self->used;
}

const char *
limn_record_get_id (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), NULL);
  return self->header->id;
}

const char *
limn_record_get_parent_id (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), NULL);
  return self->header->parent_id;
}

int
limn_record_get_parent_step (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), 0);
  return self->header->parent_step;
}

LimnSettings *
limn_record_get_settings (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), NULL);
  return self->header->settings;
}

LimnRecordState
limn_record_get_state (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), LIMN_RECORD_FAILED);
  return self->state;
}

const char *
limn_record_get_message (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), "");
  return self->message;
}

const char *
limn_record_get_picture_path (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), NULL);
  return self->picture_path;
}

int
limn_record_get_schedule_steps (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), 0);
  return self->header->steps;
}

int
limn_record_get_begin (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), 0);

  if (self->steps->len == 0)
    return self->header->begin;
  return ((const Step *) self->steps->pdata[0])->place.schedule_step - 1;
}

guint
limn_record_get_n_steps (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), 0);
  return self->steps->len;
}

int
limn_record_split (LimnRecord *self, double handoff)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), 0);
  return limn_record_header_split (self->header, handoff);
}

double
limn_record_get_share (LimnRecord *self, int schedule_step)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), -1);

  if (self->header->handoffs == NULL || schedule_step < 1 || schedule_step > self->header->steps)
    return -1;
  return self->header->handoffs[schedule_step - 1];
}

gboolean
limn_record_get_step (LimnRecord *self, guint index, LimnRecordStep *step)
{
  const LimnSettingsValues *values;
  const Step *own;

  g_return_val_if_fail (LIMN_IS_RECORD (self), FALSE);

  if (index >= self->steps->len)
    return FALSE;
  self->used = g_get_monotonic_time ();
  own = self->steps->pdata[index];
  values = limn_settings_values (self->header->settings);
  step->schedule_step = own->place.schedule_step;
  step->stage = values->use_refiner
                        && own->place.schedule_step > MAX (limn_record_get_begin (self),
                                                           limn_record_header_split (self->header, values->handoff))
                    ? LIMN_STAGE_REFINER
                    : LIMN_STAGE_BASE;
  step->thumbnail = own->thumbnail;
  return TRUE;
}

int
limn_record_get_last_step (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), 0);

  if (self->steps->len == 0)
    return self->header->begin;
  return last_place (self->steps)->schedule_step;
}

int
limn_record_shared_steps (LimnRecord *self, LimnSettings *settings)
{
  int shared;

  g_return_val_if_fail (LIMN_IS_RECORD (self), 0);
  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), 0);

  shared = limn_record_header_shared (self->header, settings);
  return MIN (shared, limn_record_get_last_step (self));
}

/* ---- What a run can go on from ---- */

/* The index in steps, or -1. */
static int
find (LimnRecord *self, int schedule_step)
{
  for (guint i = self->steps->len; i > 0; i--)
    if (((const Step *) self->steps->pdata[i - 1])->place.schedule_step == schedule_step)
      return (int) i - 1;
  return -1;
}

/* Noise is there before the first step as well, but one begins anew from it rather than going on. */
static gboolean
begins_with (LimnRecord *self, int schedule_step)
{
  return self->header->entry.steps > 0 && self->before->len > 0 && schedule_step == limn_record_get_begin (self);
}

gboolean
limn_record_has_latents (LimnRecord *self, int schedule_step)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), FALSE);
  return find (self, schedule_step) >= 0 || begins_with (self, schedule_step);
}

gboolean
limn_record_find_trail (LimnRecord *self, int schedule_step, LimnTrail *trail)
{
  const LimnRecordHeader *header = self->header;
  int index = find (self, schedule_step);
  guint n = self->before->len;
  gboolean more = TRUE;

  if (index < 0 && !begins_with (self, schedule_step))
    return FALSE;
  trail->path = g_strdup (self->path);
  if (index < 0)
    limn_record_start_assign (&trail->start, &header->entry);
  else
    trail->start = limn_record_header_start (header, schedule_step);
  for (int i = index + (int) n; more && i >= 0; i--) {
    const Step *step = (guint) i < n ? self->before->pdata[i] : self->steps->pdata[i - n];

    more = limn_trail_add (trail, &step->place, step->point);
  }
  return TRUE;
}

/* ---- Thumbnails, source and mask ---- */

typedef struct {
  char *path;
  LimnKept kept; /* nothing where all of it is there */
  LimnKeep *keep;
  GArray *places;
  GPtrArray *images; /* LimnImage, NULL for damaged ones */
  LimnKeptPictures pictures;
} Load;

static void
load_free (Load *load)
{
  g_free (load->path);
  limn_kept_clear (&load->kept);
  limn_keep_unref (load->keep);
  g_array_unref (load->places);
  g_ptr_array_unref (load->images);
  limn_kept_pictures_clear (&load->pictures);
  g_free (load);
}

static void
image_free (gpointer image)
{
  g_clear_pointer (&image, limn_image_free);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  GError *error = NULL;

  for (guint i = 0; i < load->places->len && !g_cancellable_is_cancelled (cancellable); i++) {
    LimnImage *image = NULL;

    /* a damaged step leaves a gap in the timeline, no more */
    limn_record_file_read (load->path, &g_array_index (load->places, LimnRecordPlace, i), NULL, &image, NULL);
    g_ptr_array_add (load->images, image);
  }
  if (limn_kept_load (&load->kept, load->keep, NULL, &load->pictures, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
limn_record_load_async (LimnRecord *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Load *load;

  g_return_if_fail (LIMN_IS_RECORD (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_record_load_async);
  self->used = g_get_monotonic_time ();
  if (self->loaded) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  load = g_new0 (Load, 1);
  load->path = g_strdup (self->path);
  load->keep = limn_keep_ref (self->keep);
  if (limn_kept_is_missing (&self->header->kept, self->header->settings))
    load->kept = limn_kept_copy (&self->header->kept);
  load->places = g_array_new (FALSE, FALSE, sizeof (LimnRecordPlace));
  load->images = g_ptr_array_new_with_free_func (image_free);
  for (guint i = 0; i < self->steps->len; i++)
    g_array_append_val (load->places, ((Step *) self->steps->pdata[i])->place);
  g_task_set_task_data (task, load, (GDestroyNotify) load_free);
  limn_task_run_in_thread (task, load_thread);
}

/* What could be read counts, though something else could not. */
static void
take_loaded (LimnRecord *self, Load *load)
{
  for (guint i = 0; i < load->images->len && i < self->steps->len; i++) {
    Step *step = self->steps->pdata[i];
    const LimnRecordPlace *place = &g_array_index (load->places, LimnRecordPlace, i);

    /* the run may have gone on meanwhile */
    if (step->thumbnail == NULL && step->place.schedule_step == place->schedule_step)
      step->thumbnail = g_steal_pointer (&load->images->pdata[i]);
  }
  limn_kept_pictures_apply (&load->pictures, self->header->settings);
  self->loaded = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADED]);
}

gboolean
limn_record_load_finish (LimnRecord *self, GAsyncResult *result, GError **error)
{
  Load *load;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  load = g_task_get_task_data (G_TASK (result));
  if (load != NULL && !self->loaded && !g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    take_loaded (self, load);
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
limn_record_is_loaded (LimnRecord *self)
{
  g_return_val_if_fail (LIMN_IS_RECORD (self), FALSE);
  return self->loaded;
}

void
limn_record_unload (LimnRecord *self)
{
  if (!self->loaded || self->state == LIMN_RECORD_RUNNING)
    return;
  for (guint i = 0; i < self->steps->len; i++) {
    Step *step = self->steps->pdata[i];

    /* one that is not on disk would be lost */
    if (step->place.offset >= 0)
      g_clear_pointer (&step->thumbnail, limn_image_free);
  }
  self->loaded = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADED]);
}
