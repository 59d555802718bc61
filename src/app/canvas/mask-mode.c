/* mask-mode.c - keeps the canvas, the mask's editor and the settings in step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-mode.h"

#include <glib/gi18n.h>

#include "app/canvas/mask-former.h"
#include "app/canvas/mask-place.h"
#include "session/settings/size-shapes.h"
#include "session/thread/task-thread.h"

#define SETTLE 700           /* ms: a size is typed digit by digit, a crop is dragged */
#define EXTEND_STRENGTH 0.85 /* with less, the softened edges would show through */

struct _LimnMaskMode {
  GObject parent_instance;

  /* What it works on. */
  LimnCanvas *canvas;
  LimnSettings *settings;
  LimnMaskEditor *editor;
  LimnCanvasMode mode, home; /* home: what the tools were taken up from */

  /* Settings that wait for a stroke. */
  LimnSettings *trial;     /* what the settings become with the first stroke; NULL: they are edited themselves */
  LimnMaskFormer *untried; /* and what they become again when nothing is painted any more */
  gboolean tried;          /* they are the trial's now */

  /* The mask, and where it was painted. */
  LimnSource *source; /* that the mask belongs to */
  LimnMaskPlace place;
  LimnMask *mask;    /* in the settings; of a trial, in them once it is tried */
  LimnMask *painted; /* the one that a person last painted, and where: moving it again loses nothing more */
  LimnMaskPlace painted_at;
  gboolean busy; /* the settings change by us */

  /* What takes time. */
  GCancellable *rendering;
  GCancellable *extending;
  GQueue former; /* LimnMaskFormer, newest first */
  guint settle;
  gboolean lost;
};

G_DEFINE_FINAL_TYPE (LimnMaskMode, limn_mask_mode, G_TYPE_OBJECT)

enum { PROP_MODE = 1, PROP_CAN_SHRINK, N_PROPS };
enum { TOAST, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- What was, and what is tried ---- */

static LimnSettings *
edited (LimnMaskMode *self)
{
  return self->trial != NULL ? self->trial : self->settings;
}

static void
put_trial (LimnMaskMode *self, LimnMask *mask)
{
  const LimnSettingsValues *values = limn_settings_values (self->trial);

  self->tried = TRUE;
  g_object_set (self->settings, "source", values->source, "mask", mask, "width", values->width, "height",
                values->height, "source-x", values->source_x, "source-y", values->source_y, NULL);
}

static void
forget_trial (LimnMaskMode *self)
{
  g_clear_object (&self->trial);
  g_clear_pointer (&self->untried, limn_mask_former_free);
  self->tried = FALSE;
}

/* A size typed meanwhile is the trial's, too, and it has no mask that could be taken away; whatever else changes the
 * settings' picture puts an end to it. */
static void
follow_trial (LimnMaskMode *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  if (self->trial == NULL)
    return;
  if (self->tried || values->source != self->untried->source
      || (values->mask != self->untried->mask && values->mask != NULL)) {
    forget_trial (self);
    return;
  }
  if (values->width != self->untried->width || values->height != self->untried->height)
    g_object_set (self->trial, "width", values->width, "height", values->height, NULL);
  if (values->mask_area != limn_settings_values (self->trial)->mask_area)
    limn_mask_former_size (self->settings, self->trial);
  g_object_set (self->trial, "mask-area", values->mask_area, "mask-padding", values->mask_padding, NULL);
  limn_mask_former_free (self->untried);
  self->untried = limn_mask_former_new (self->settings, NULL);
}

/* ---- The picture under the brush ---- */

typedef struct {
  LimnSource *source;
  int width, height;
  double x, y;
  LimnSourceFit fit;
  LimnMargins margins; /* for extending */
  LimnMask *mask, *extended_mask;
} Job;

/* Whether what is edited is all of the source, as it is. */
static gboolean
shows_all (LimnMaskMode *self)
{
  const LimnSettingsValues *values = limn_settings_values (edited (self));

  return limn_mask_area_is_masked (&values->fields) && (values->mask != NULL || self->mode == LIMN_CANVAS_MASK);
}

static Job *
job_new (LimnMaskMode *self)
{
  const LimnSettingsValues *values = limn_settings_values (edited (self));
  Job *job = g_new0 (Job, 1);

  job->source = g_object_ref (values->source);
  job->width = values->width;
  job->height = values->height;
  job->x = values->source_x;
  job->y = values->source_y;
  job->fit = (LimnSourceFit) values->source_fit;
  if (shows_all (self)) {
    job->width = self->place.width;
    job->height = self->place.height;
    job->fit = LIMN_SOURCE_CROP;
  }
  return job;
}

static void
job_free (Job *job)
{
  g_clear_object (&job->source);
  g_clear_object (&job->mask);
  g_clear_object (&job->extended_mask);
  g_free (job);
}

static LimnImage *
job_render (Job *job)
{
  return limn_source_render (job->source, job->width, job->height, job->x, job->y, job->fit);
}

static void
render_thread (GTask *task, gpointer mode, gpointer job, GCancellable *cancellable)
{
  g_task_return_pointer (task, job_render (job), (GDestroyNotify) limn_image_free);
}

static void
rendered_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnMaskMode *self = LIMN_MASK_MODE (object);
  g_autoptr (LimnImage) image = g_task_propagate_pointer (G_TASK (result), NULL);

  if (image != NULL && self->canvas != NULL && self->mode != LIMN_CANVAS_VIEW)
    limn_canvas_set_base (self->canvas, image, image->width, image->height);
}

static void
render (LimnMaskMode *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->rendering != NULL)
    g_cancellable_cancel (self->rendering);
  g_clear_object (&self->rendering);
  if (self->source == NULL || self->mode == LIMN_CANVAS_VIEW)
    return;
  self->rendering = g_cancellable_new ();
  task = g_task_new (self, self->rendering, rendered_cb, NULL);
  g_task_set_source_tag (task, render);
  g_task_set_task_data (task, job_new (self), (GDestroyNotify) job_free);
  limn_task_run_in_thread (task, render_thread);
}

/* ---- The mask ---- */

static void
show_area (LimnMaskMode *self)
{
  LimnArea area;
  gboolean some = limn_mask_place_area (edited (self), self->editor, &area);

  limn_canvas_set_area (self->canvas, some ? &area : NULL);
}

static void
put_mask (LimnMaskMode *self, LimnMask *mask)
{
  self->busy = TRUE;
  g_set_object (&self->mask, mask);
  if (self->trial == NULL) {
    g_object_set (self->settings, "mask", mask, NULL);
  } else if (mask != NULL) {
    put_trial (self, mask);
  } else if (self->tried) {
    limn_mask_former_put (self->untried, self->settings);
    self->tried = FALSE;
  }
  self->busy = FALSE;
}

static void
edited_cb (LimnMaskMode *self)
{
  g_autoptr (LimnMask) mask = limn_mask_editor_copy_mask (self->editor);

  g_set_object (&self->painted, mask);
  self->painted_at = self->place;
  put_mask (self, mask);
  show_area (self);
}

static void
tell (LimnMaskMode *self, const char *text, const char *label, const char *action)
{
  g_signal_emit (self, signals[TOAST], 0, text, label, action);
}

static gboolean
settled_cb (gpointer data)
{
  LimnMaskMode *self = data;

  self->settle = 0;
  if (self->mask != NULL)
    tell (self,
          self->lost ? _ ("Part of the mask lies outside the picture now") : _ ("The mask went along with the picture"),
          NULL, NULL);
  return G_SOURCE_REMOVE;
}

/* The same things of the picture stay masked, or as much of them as is left in it. */
static void
move_mask (LimnMaskMode *self)
{
  g_autoptr (LimnMask) moved = NULL;

  if (self->painted == NULL)
    return;
  moved = limn_mask_place_move (self->painted, &self->painted_at, &self->place, &self->lost);
  put_mask (self, limn_mask_is_empty (moved) ? NULL : moved);
  limn_mask_editor_reset (self->editor, self->place.width, self->place.height, moved);
  g_clear_handle_id (&self->settle, g_source_remove);
  self->settle = g_timeout_add (SETTLE, settled_cb, self);
}

/* Another's mask: of a queue's item, say. */
static void
adopt_mask (LimnMaskMode *self, LimnMask *mask)
{
  g_autoptr (LimnMask) fitting = NULL;

  if (limn_mask_get_width (mask) == self->place.width && limn_mask_get_height (mask) == self->place.height)
    fitting = g_object_ref (mask);
  else
    fitting = limn_mask_scale (mask, self->place.width, self->place.height, shows_all (self));
  g_set_object (&self->painted, fitting);
  self->painted_at = self->place;
  put_mask (self, fitting);
  limn_mask_editor_reset (self->editor, self->place.width, self->place.height, fitting);
}

static void
drop_mask (LimnMaskMode *self)
{
  g_clear_object (&self->painted);
  put_mask (self, NULL);
  if (self->place.width > 0)
    limn_mask_editor_reset (self->editor, self->place.width, self->place.height, NULL);
}

static void
settings_changed_cb (LimnMaskMode *self)
{
  const LimnSettingsValues *values;
  LimnMaskPlace place;
  gboolean moved, resized, foreign, other;

  if (self->busy)
    return;
  follow_trial (self);
  values = limn_settings_values (edited (self));
  place = limn_mask_place_of (edited (self), shows_all (self));
  moved = !limn_mask_place_equal (&place, &self->place);
  resized = place.width != self->place.width || place.height != self->place.height;
  foreign = values->mask != self->mask;
  other = g_set_object (&self->source, values->source);
  if (!moved && !foreign && !other) {
    show_area (self); /* it follows size and padding, too */
    return;
  }
  self->place = place;
  if (self->source == NULL)
    limn_mask_mode_set (self, LIMN_CANVAS_VIEW);
  if (foreign && values->mask != NULL && self->source != NULL) {
    adopt_mask (self, values->mask);
  } else if (foreign || other) {
    gboolean had = self->mask != NULL && !foreign;

    drop_mask (self);
    if (had && self->source != NULL)
      tell (self, _ ("The mask belonged to the other picture and is gone"), NULL, NULL);
  } else if (self->painted != NULL) {
    move_mask (self);
  } else {
    limn_mask_editor_reset (self->editor, place.width, place.height, NULL);
  }
  if (moved || other) {
    if (self->mode != LIMN_CANVAS_VIEW && (resized || other))
      limn_canvas_set_base (self->canvas, NULL, place.width, place.height);
    render (self);
  }
  show_area (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_SHRINK]);
}

/* ---- Modes ---- */

static void
begin_trial (LimnMaskMode *self, LimnSource *source)
{
  self->untried = limn_mask_former_new (self->settings, NULL);
  self->trial = limn_settings_copy (self->settings);
  g_object_set (self->trial, "source", source, "mask", NULL, "source-x", 0.5, "source-y", 0.5, NULL);
  limn_mask_former_size (self->settings, self->trial);
  g_clear_object (&self->mask);
  settings_changed_cb (self);
}

static void
leave (LimnMaskMode *self)
{
  if (self->mode == LIMN_CANVAS_VIEW)
    limn_canvas_set_base (self->canvas, NULL, 0, 0);
  if (self->extending != NULL)
    g_cancellable_cancel (self->extending);
  if (self->trial == NULL)
    return;
  forget_trial (self);
  settings_changed_cb (self);
}

void
limn_mask_mode_try (LimnMaskMode *self, LimnCanvasMode mode, LimnSource *source)
{
  g_return_if_fail (LIMN_IS_MASK_MODE (self));
  g_return_if_fail (LIMN_IS_SOURCE (source));

  limn_mask_mode_set (self, LIMN_CANVAS_VIEW);
  begin_trial (self, source);
  limn_mask_mode_set (self, mode);
}

void
limn_mask_mode_set (LimnMaskMode *self, LimnCanvasMode mode)
{
  LimnMargins none = { 0 };

  g_return_if_fail (LIMN_IS_MASK_MODE (self));

  if (mode == self->mode || (mode != LIMN_CANVAS_VIEW && self->source == NULL))
    return;
  limn_mask_editor_end_stroke (self->editor);
  if (!limn_canvas_mode_edits (self->mode))
    self->home = self->mode;
  gboolean viewed = self->mode == LIMN_CANVAS_VIEW;
  self->mode = mode;
  settings_changed_cb (self);
  if (viewed) {
    limn_canvas_set_base (self->canvas, NULL, self->place.width, self->place.height);
    render (self);
  }
  limn_canvas_set_margins (self->canvas, &none);
  limn_canvas_set_mode (self->canvas, mode);
  if (!limn_canvas_mode_edits (mode))
    leave (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MODE]);
}

void
limn_mask_mode_done (LimnMaskMode *self)
{
  g_return_if_fail (LIMN_IS_MASK_MODE (self));

  if (limn_canvas_mode_edits (self->mode))
    limn_mask_mode_set (self, self->home);
}

LimnCanvasMode
limn_mask_mode_get (LimnMaskMode *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_MODE (self), LIMN_CANVAS_VIEW);
  return self->mode;
}

LimnMaskEditor *
limn_mask_mode_get_editor (LimnMaskMode *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_MODE (self), NULL);
  return self->editor;
}

/* ---- A larger picture ---- */

static gboolean
can_shrink (LimnMaskMode *self)
{
  LimnMaskFormer *former = g_queue_peek_head (&self->former);

  return former != NULL && former->extended == self->source;
}

static void
extend_thread (GTask *task, gpointer mode, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  g_autoptr (LimnImage) image = job_render (job);

  g_task_return_pointer (task,
                         limn_outpaint_extend (image, &job->margins, limn_outpaint_overlap (job->width, job->height),
                                               job->mask, &job->extended_mask),
                         (GDestroyNotify) limn_image_free);
}

static void
extended_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnMaskMode *self = LIMN_MASK_MODE (object);
  LimnImage *image = g_task_propagate_pointer (G_TASK (result), NULL);
  Job *job = g_task_get_task_data (G_TASK (result));
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autoptr (LimnSource) source = NULL;
  g_autofree char *name = NULL;
  int width, height;

  if (image == NULL)
    return;
  if (self->source != job->source) {
    limn_image_free (image);
    return;
  }
  width = image->width;
  height = image->height;
  /* translators: a picture's name */
  name = g_strdup_printf (_ ("%s, extended"), limn_source_get_name (job->source));
  source = limn_source_new (image, can_shrink (self) ? limn_source_get_name (job->source) : name);
  g_queue_push_head (&self->former, limn_mask_former_new (self->settings, source));
  forget_trial (self);
  g_object_set (self->settings, "source", source, "mask", job->extended_mask, "width",
                shows_all (self) ? values->width : width, "height", shows_all (self) ? values->height : height,
                "source-x", 0.5, "source-y", 0.5, "source-fit", LIMN_SOURCE_CROP, "strength",
                MAX (limn_settings_values (self->settings)->strength, EXTEND_STRENGTH), NULL);
  limn_mask_mode_set (self, LIMN_CANVAS_MASK);
  self->home = LIMN_CANVAS_SOURCE; /* not what is on show beside it */
  tell (self, _ ("The tinted part will be painted"), _ ("Undo"), "win.shrink-canvas");
}

void
limn_mask_mode_extend (LimnMaskMode *self, const LimnMargins *margins)
{
  g_autoptr (GTask) task = NULL;
  Job *job;

  g_return_if_fail (LIMN_IS_MASK_MODE (self));

  if (self->source == NULL || (margins->left | margins->top | margins->right | margins->bottom) == 0)
    return;
  if (self->extending != NULL)
    g_cancellable_cancel (self->extending);
  g_clear_object (&self->extending);
  self->extending = g_cancellable_new ();
  job = job_new (self);
  job->margins = *margins;
  job->mask = self->mask != NULL ? g_object_ref (self->mask) : NULL;
  task = g_task_new (self, self->extending, extended_cb, NULL);
  g_task_set_source_tag (task, limn_mask_mode_extend);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  limn_task_run_in_thread (task, extend_thread);
}

void
limn_mask_mode_shrink (LimnMaskMode *self)
{
  LimnMaskFormer *former;

  g_return_if_fail (LIMN_IS_MASK_MODE (self));

  if (!can_shrink (self))
    return;
  former = g_queue_pop_head (&self->former);
  limn_mask_former_put (former, self->settings);
  limn_mask_former_free (former);
}

/* ---- Object ---- */

static void
limn_mask_mode_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnMaskMode *self = LIMN_MASK_MODE (object);

  switch (id) {
  case PROP_MODE:
    g_value_set_int (value, (int) self->mode);
    break;
  case PROP_CAN_SHRINK:
    g_value_set_boolean (value, can_shrink (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_mask_mode_dispose (GObject *object)
{
  LimnMaskMode *self = LIMN_MASK_MODE (object);

  g_clear_handle_id (&self->settle, g_source_remove);
  if (self->rendering != NULL)
    g_cancellable_cancel (self->rendering);
  g_clear_object (&self->rendering);
  if (self->extending != NULL)
    g_cancellable_cancel (self->extending);
  g_clear_object (&self->extending);
  forget_trial (self);
  g_clear_object (&self->canvas);
  g_clear_object (&self->settings);
  g_clear_object (&self->editor);
  g_clear_object (&self->source);
  g_clear_object (&self->mask);
  g_clear_object (&self->painted);
  g_queue_clear_full (&self->former, (GDestroyNotify) limn_mask_former_free);

  G_OBJECT_CLASS (limn_mask_mode_parent_class)->dispose (object);
}

static void
limn_mask_mode_class_init (LimnMaskModeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_mask_mode_get_property;
  object_class->dispose = limn_mask_mode_dispose;

  properties[PROP_MODE] = g_param_spec_int ("mode", NULL, NULL, LIMN_CANVAS_VIEW, LIMN_CANVAS_SOURCE, 0, readable);
  properties[PROP_CAN_SHRINK] = g_param_spec_boolean ("can-shrink", NULL, NULL, FALSE, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[TOAST] = g_signal_new ("toast", LIMN_TYPE_MASK_MODE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                 G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
}

static void
limn_mask_mode_init (LimnMaskMode *self)
{
  self->editor = limn_mask_editor_new ();
  g_queue_init (&self->former);
}

LimnMaskMode *
limn_mask_mode_new (LimnCanvas *canvas, LimnSettings *settings)
{
  static const char *const watched[] = { "notify::source", "notify::source-x",  "notify::source-y",
                                         "notify::width",  "notify::height",    "notify::source-fit",
                                         "notify::mask",   "notify::mask-area", "notify::mask-padding" };
  LimnMaskMode *self = g_object_new (LIMN_TYPE_MASK_MODE, NULL);

  self->canvas = g_object_ref (canvas);
  self->settings = g_object_ref (settings);
  limn_canvas_set_editor (canvas, self->editor);
  g_signal_connect_object (self->editor, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (settings, watched[i], G_CALLBACK (settings_changed_cb), self, G_CONNECT_SWAPPED);
  settings_changed_cb (self);
  return self;
}
