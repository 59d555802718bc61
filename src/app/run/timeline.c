/* timeline.c - the steps of a run; drawing is in timeline-draw.c, keys and pointer in timeline-input.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/timeline-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/texture.h"
#include "app/run/timeline-input.h"

G_DEFINE_FINAL_TYPE (LimnTimeline, limn_timeline, GTK_TYPE_WIDGET)

enum { PROP_STEP = 1, N_PROPS };
enum { LOOKED, HANDOFF_DRAGGED, HANDOFF_MOVED, RECORD_CHOSEN, RUNS_CHANGED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- Geometry ---- */

int
limn_timeline_n_steps (LimnTimeline *self)
{
  return self->record != NULL ? MAX (1, limn_record_get_schedule_steps (self->record)) : 1;
}

static gboolean
mirrored (LimnTimeline *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

double
limn_timeline_x (LimnTimeline *self, double step)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double x = step * width / limn_timeline_n_steps (self);

  return mirrored (self) ? width - x : x;
}

double
limn_timeline_step_at (LimnTimeline *self, double x)
{
  double width = MAX (1, gtk_widget_get_width (GTK_WIDGET (self)));

  return (mirrored (self) ? width - x : x) * limn_timeline_n_steps (self) / width;
}

double
limn_timeline_split (LimnTimeline *self)
{
  if (self->record == NULL)
    return 0;
  return limn_record_split (self->record, self->moved >= 0 ? self->moved : self->handoff);
}

/* ---- What is shown ---- */

/* What the slot of schedule_step shows.  A branch may have another number of steps than the run it left: what came
 * before it is then spread over as many slots as its schedule has there. */
static const LimnRecordMoment *
moment_at (LimnTimeline *self, int schedule_step)
{
  int own = (int) limn_record_get_n_steps (self->record), begin = limn_record_get_begin (self->record);
  int before = MAX (0, (int) self->moments->len - own), index;

  if (schedule_step > begin)
    index = before + schedule_step - begin - 1;
  else if (before > 0)
    index = (int) ceil ((double) schedule_step * before / begin) - 1;
  else
    return NULL;
  return index < (int) self->moments->len ? &g_array_index (self->moments, LimnRecordMoment, index) : NULL;
}

static const LimnImage *
thumbnail (LimnTimeline *self, int schedule_step)
{
  const LimnRecordMoment *moment = moment_at (self, schedule_step);
  LimnRecordStep step;

  return moment != NULL && limn_record_get_step (moment->record, moment->index, &step) ? step.thumbnail : NULL;
}

LimnRecord *
limn_timeline_get_owner (LimnTimeline *self, int *step_out)
{
  const LimnRecordMoment *moment;
  LimnRecordStep step;

  g_return_val_if_fail (LIMN_IS_TIMELINE (self), NULL);

  *step_out = 0;
  moment = self->step > 0 ? moment_at (self, self->step) : NULL;
  if (moment == NULL || !limn_record_get_step (moment->record, moment->index, &step))
    return NULL;
  *step_out = step.schedule_step;
  return moment->record;
}

static void
take_moments (LimnTimeline *self)
{
  g_clear_pointer (&self->moments, g_array_unref);
  self->moments = self->record != NULL ? limn_records_get_timeline (self->records, self->record)
                                       : g_array_new (FALSE, FALSE, sizeof (LimnRecordMoment));
}

static void
take_texture (LimnTimeline *self, int schedule_step)
{
  const LimnImage *image = thumbnail (self, schedule_step);
  GdkTexture **slot = (GdkTexture **) &g_ptr_array_index (self->textures, schedule_step);

  g_clear_object (slot);
  if (image != NULL)
    *slot = limn_texture_from_image (image);
}

static void
unref_texture (gpointer texture)
{
  if (texture != NULL)
    g_object_unref (texture);
}

static void
take_textures (LimnTimeline *self)
{
  take_moments (self);
  g_ptr_array_set_size (self->textures, 0);
  if (self->record != NULL) {
    g_ptr_array_set_size (self->textures, limn_timeline_n_steps (self) + 1);
    for (int step = 1; step <= limn_timeline_n_steps (self); step++)
      take_texture (self, step);
  }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

char *
limn_timeline_describe_step (LimnTimeline *self, int step)
{
  int n;

  g_return_val_if_fail (LIMN_IS_TIMELINE (self), NULL);

  n = limn_timeline_n_steps (self);
  if (step > limn_timeline_split (self))
    /* translators: a step of a run, and how many it has */
    return g_strdup_printf (_ ("Step %d of %d, by the refiner"), step, n);
  /* translators: a step of a run, and how many it has */
  return g_strdup_printf (_ ("Step %d of %d"), step, n);
}

char *
limn_timeline_describe_share (LimnTimeline *self, int step)
{
  double share;

  g_return_val_if_fail (LIMN_IS_TIMELINE (self), NULL);

  share = self->record != NULL ? limn_record_get_share (self->record, step) : -1;
  /* translators: of a step, where in the noise schedule it begins */
  return share >= 0 ? g_strdup_printf (_ ("At %.0f %% of the schedule"), 100 * share) : NULL;
}

static void
update_accessible (LimnTimeline *self)
{
  g_autofree char *text = self->step > 0 ? limn_timeline_describe_step (self, self->step) : NULL;

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double) limn_timeline_n_steps (self),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double) self->step,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text != NULL ? text : _ ("The result"), -1);
}

static void
step_added_cb (LimnRecord *record, guint index, LimnTimeline *self)
{
  LimnRecordStep step;

  take_moments (self);
  if (limn_record_get_step (record, index, &step) && step.schedule_step < (int) self->textures->len)
    take_texture (self, step.schedule_step);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- The tree ---- */

static void
append_tree (LimnTimeline *self, LimnRecord *record)
{
  g_autoptr (GPtrArray) children = limn_records_get_children (self->records, record);

  g_ptr_array_add (self->runs, record);
  for (guint i = 0; i < children->len; i++)
    append_tree (self, g_ptr_array_index (children, i));
}

static void
take_tree (LimnTimeline *self)
{
  g_ptr_array_set_size (self->runs, 0);
  if (self->record != NULL) {
    g_autoptr (GPtrArray) path = limn_records_get_path (self->records, self->record);

    append_tree (self, g_ptr_array_index (path, 0));
  }
  g_signal_emit (self, signals[RUNS_CHANGED], 0);
}

GPtrArray *
limn_timeline_get_runs (LimnTimeline *self)
{
  g_return_val_if_fail (LIMN_IS_TIMELINE (self), NULL);
  return self->runs;
}

/* ---- Object ---- */

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnTimeline) self = data;

  /* without its small pictures the strip stays empty, which says enough */
  if (limn_record_load_finish (LIMN_RECORD (object), result, NULL) && self->records != NULL)
    take_textures (self);
}

static void
load_path (LimnTimeline *self)
{
  g_autoptr (GPtrArray) path = limn_records_get_path (self->records, self->record);

  for (guint i = 0; i < path->len; i++) {
    LimnRecord *record = g_ptr_array_index (path, i);

    if (!limn_record_is_loaded (record))
      limn_record_load_async (record, NULL, loaded_cb, g_object_ref (self));
  }
}

static void
set_record (LimnTimeline *self, LimnRecord *record)
{
  if (self->record != NULL)
    g_signal_handlers_disconnect_by_data (self->record, self);
  g_set_object (&self->record, record);
  if (record != NULL)
    g_signal_connect (record, "step-added", G_CALLBACK (step_added_cb), self);
}

/* one that left the list may have been on the way to the one shown */
static void
records_changed_cb (LimnTimeline *self)
{
  take_moments (self);
  take_tree (self);
}

static void
set_records (LimnTimeline *self, LimnRecords *records)
{
  if (self->records == records)
    return;
  if (self->records != NULL)
    g_signal_handlers_disconnect_by_data (self->records, self);
  g_set_object (&self->records, records);
  if (records != NULL)
    g_signal_connect_swapped (records, "items-changed", G_CALLBACK (records_changed_cb), self);
}

void
limn_timeline_show (LimnTimeline *self, LimnRecords *records, LimnRecord *record)
{
  g_return_if_fail (LIMN_IS_TIMELINE (self));

  limn_timeline_drag (self, -1);
  set_records (self, records);
  set_record (self, record);
  if (self->step != 0) {
    self->step = 0;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STEP]);
  }
  take_textures (self);
  take_tree (self);
  if (record != NULL)
    load_path (self);
  update_accessible (self);
}

LimnRecord *
limn_timeline_get_record (LimnTimeline *self)
{
  g_return_val_if_fail (LIMN_IS_TIMELINE (self), NULL);
  return self->record;
}

LimnRecords *
limn_timeline_get_records (LimnTimeline *self)
{
  g_return_val_if_fail (LIMN_IS_TIMELINE (self), NULL);
  return self->records;
}

int
limn_timeline_get_step (LimnTimeline *self)
{
  g_return_val_if_fail (LIMN_IS_TIMELINE (self), 0);
  return self->step;
}

void
limn_timeline_set_step (LimnTimeline *self, int step)
{
  g_return_if_fail (LIMN_IS_TIMELINE (self));

  step = self->record != NULL ? CLAMP (step, 0, limn_record_get_last_step (self->record)) : 0;
  if (step == self->step)
    return;
  self->step = step;
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STEP]);
  g_signal_emit (self, signals[LOOKED], 0, step, step > 0 ? thumbnail (self, step) : NULL);
}

void
limn_timeline_set_handoff (LimnTimeline *self, gboolean movable, double handoff)
{
  g_return_if_fail (LIMN_IS_TIMELINE (self));

  self->movable = movable;
  self->handoff = handoff;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
limn_timeline_is_movable (LimnTimeline *self)
{
  g_return_val_if_fail (LIMN_IS_TIMELINE (self), FALSE);
  return self->movable;
}

void
limn_timeline_drag (LimnTimeline *self, double share)
{
  if (self->moved == share)
    return;
  self->moved = share;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[HANDOFF_DRAGGED], 0, share);
}

gboolean
limn_timeline_is_dragged (LimnTimeline *self)
{
  g_return_val_if_fail (LIMN_IS_TIMELINE (self), FALSE);
  return self->moved >= 0;
}

void
limn_timeline_let_go (LimnTimeline *self)
{
  double moved = self->moved;

  limn_timeline_drag (self, -1);
  if (moved >= 0 && limn_record_split (self->record, moved) != limn_record_split (self->record, self->handoff))
    g_signal_emit (self, signals[HANDOFF_MOVED], 0, moved);
}

void
limn_timeline_choose (LimnTimeline *self, LimnRecord *record)
{
  g_return_if_fail (LIMN_IS_TIMELINE (self));

  if (record != self->record)
    g_signal_emit (self, signals[RECORD_CHOSEN], 0, record);
}

static void
limn_timeline_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                       int *minimum_baseline, int *natural_baseline)
{
  int height = LIMN_TIMELINE_STRIP + LIMN_TIMELINE_BAR;

  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : height;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 400 : height;
}

static void
limn_timeline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnTimeline *self = LIMN_TIMELINE (widget);

  if (self->record != NULL)
    limn_timeline_draw (self, snapshot);
}

static void
limn_timeline_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STEP)
    limn_timeline_set_step (LIMN_TIMELINE (object), g_value_get_int (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_timeline_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STEP)
    g_value_set_int (value, LIMN_TIMELINE (object)->step);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_timeline_dispose (GObject *object)
{
  LimnTimeline *self = LIMN_TIMELINE (object);

  set_record (self, NULL);
  set_records (self, NULL);
  self->step = 0;
  g_clear_pointer (&self->textures, g_ptr_array_unref);
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_clear_pointer (&self->moments, g_array_unref);

  G_OBJECT_CLASS (limn_timeline_parent_class)->dispose (object);
}

static void
limn_timeline_class_init (LimnTimelineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = limn_timeline_set_property;
  object_class->get_property = limn_timeline_get_property;
  object_class->dispose = limn_timeline_dispose;
  widget_class->measure = limn_timeline_measure;
  widget_class->snapshot = limn_timeline_snapshot;

  properties[PROP_STEP] = g_param_spec_int ("step", NULL, NULL, 0, G_MAXINT, 0,
                                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[LOOKED] = g_signal_new ("looked", LIMN_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_INT, G_TYPE_POINTER);
  signals[HANDOFF_DRAGGED] = g_signal_new ("handoff-dragged", LIMN_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                           NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[RUNS_CHANGED] =
      g_signal_new ("runs-changed", LIMN_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[HANDOFF_MOVED] = g_signal_new ("handoff-moved", LIMN_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[RECORD_CHOSEN] = g_signal_new ("record-chosen", LIMN_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, LIMN_TYPE_RECORD);
  gtk_widget_class_set_css_name (widget_class, "timeline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
limn_timeline_init (LimnTimeline *self)
{
  self->moved = -1;
  self->textures = g_ptr_array_new_with_free_func (unref_texture);
  take_moments (self);
  self->runs = g_ptr_array_new ();
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  limn_timeline_listen (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Timeline of the steps"),
                                  -1);
  update_accessible (self);
}
