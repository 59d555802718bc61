/* timeline-bar.c - the timeline with what is said about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/timeline-bar.h"

#include <glib/gi18n.h>

#include "app/run/timeline-runs.h"

struct _LimnTimelineBar {
  GtkWidget parent_instance;
  GtkWidget *box, *buttons, *go_on_button;
  GtkButton *finish_button;
  GtkLabel *caption;
  LimnTimelineRuns *runs;
  LimnTimeline *timeline;
  LimnRecord *record;
  LimnSettings *settings;
};

G_DEFINE_FINAL_TYPE (LimnTimelineBar, limn_timeline_bar, GTK_TYPE_WIDGET)

static gboolean
is_at_rest (LimnTimelineBar *self)
{
  return self->record != NULL && limn_record_get_state (self->record) != LIMN_RECORD_RUNNING;
}

static gboolean
is_stopped (LimnTimelineBar *self)
{
  return is_at_rest (self) && limn_record_get_state (self->record) != LIMN_RECORD_DONE;
}

static gboolean
has_refiner (LimnSettings *settings)
{
  const LimnSettingsValues *values = limn_settings_values (settings);

  return values->use_refiner && values->refiner[0] != '\0';
}

static double
handoff_of (LimnSettings *settings)
{
  return has_refiner (settings) ? limn_settings_values (settings)->handoff : 1;
}

LimnSettings *
limn_timeline_moved_settings (LimnRecord *record, LimnSettings *settings, double handoff)
{
  LimnSettings *moved = limn_settings_copy (limn_record_get_settings (record));

  if (!has_refiner (moved)) {
    const LimnSettingsValues *values = limn_settings_values (settings);

    g_object_set (moved, "refiner", values->refiner, "use-refiner", TRUE, "aesthetic", values->aesthetic,
                  "negative-aesthetic", values->negative_aesthetic, NULL);
  }
  g_object_set (moved, "handoff", handoff, NULL);
  return moved;
}

static char *
state_caption (LimnTimelineBar *self)
{
  int n = limn_record_get_schedule_steps (self->record);

  switch (limn_record_get_state (self->record)) {
  case LIMN_RECORD_RUNNING:
    return g_strdup (_ ("Every step is kept as it is painted"));
  case LIMN_RECORD_CANCELLED:
  case LIMN_RECORD_INTERRUPTED:
  case LIMN_RECORD_FAILED:
    /* translators: finished steps of a run that was stopped, and how many it has */
    return g_strdup_printf (_ ("Stopped after step %d of %d"), limn_record_get_last_step (self->record), n);
  case LIMN_RECORD_DONE:
    break;
  }
  return g_strdup (has_refiner (limn_record_get_settings (self->record)) || has_refiner (self->settings)
                       ? _ ("Look back at a step, or drag the handle to run the rest again")
                       : _ ("Look back at any step and go on from there"));
}

static char *
caption_now (LimnTimelineBar *self)
{
  int step = limn_timeline_get_step (self->timeline), n = limn_record_get_schedule_steps (self->record);

  if (limn_timeline_is_dragged (self->timeline))
    /* translators: how many steps the refiner does, of how many */
    return g_strdup_printf (_ ("The refiner for the last %d of %d steps"),
                            n - (int) limn_timeline_split (self->timeline), n);
  return step > 0 ? limn_timeline_describe_step (self->timeline, step) : state_caption (self);
}

/* a run that ended before the hand-off has nothing that moving it would keep */
static gboolean
is_movable (LimnTimelineBar *self, double handoff)
{
  if (!is_at_rest (self) || (!has_refiner (limn_record_get_settings (self->record)) && !has_refiner (self->settings)))
    return FALSE;
  return !is_stopped (self) || limn_record_get_last_step (self->record) >= limn_record_split (self->record, handoff);
}

static gboolean
enlarges_alike (const LimnSettingsValues *a, const LimnSettingsValues *b)
{
  return a->use_upscaler == b->use_upscaler && (!a->use_upscaler || g_str_equal (a->upscaler, b->upscaler));
}

static gboolean
details_alike (const LimnSettingsValues *a, const LimnSettingsValues *b)
{
  return g_str_equal (a->details, b->details) && a->detail_strength == b->detail_strength
         && a->detail_padding == b->detail_padding && a->detail_feather == b->detail_feather;
}

static const char *
detail_label (const LimnSettingsValues *now, const LimnSettingsValues *then)
{
  if (then->details[0] == '\0')
    return _ ("_Paint Details");
  return now->details[0] != '\0' ? _ ("_Details Anew") : _ ("_Take Details Away");
}

/* What the button that ends the picture in another way does; NULL: it ends as the settings have it. */
static const char *
finish_label (LimnTimelineBar *self)
{
  const LimnSettingsValues *now = limn_settings_values (self->settings), *then;

  if (!is_at_rest (self) || is_stopped (self) || limn_timeline_get_step (self->timeline) > 0
      || limn_settings_finish_alike (limn_record_get_settings (self->record), self->settings))
    return NULL;
  then = limn_settings_values (limn_record_get_settings (self->record));
  if (limn_settings_needs_upscaler (self->settings) && now->upscaler[0] == '\0')
    return NULL;
  if (enlarges_alike (now, then) && now->hires == then->hires && !details_alike (now, then))
    return detail_label (now, then);
  if (enlarges_alike (now, then) && limn_hires_is_on (&then->fields))
    return limn_hires_is_on (&now->fields) ? _ ("_Second Pass Anew") : _ ("_Take Second Pass Away");
  if (enlarges_alike (now, then))
    return _ ("_Second Pass");
  if (then->use_upscaler)
    return now->use_upscaler ? _ ("_Enlarge Anew") : _ ("_Take Enlarging Away");
  return _ ("_Enlarge");
}

static void
update_finish (LimnTimelineBar *self)
{
  const char *label = finish_label (self);

  gtk_widget_set_visible (GTK_WIDGET (self->finish_button), label != NULL);
  if (label != NULL)
    gtk_button_set_label (self->finish_button, label);
}

static void
update_cb (LimnTimelineBar *self)
{
  g_autofree char *caption = NULL;
  double handoff;

  gtk_widget_set_visible (self->go_on_button, is_stopped (self));
  gtk_widget_set_visible (self->buttons, limn_timeline_get_step (self->timeline) > 0);
  update_finish (self);
  if (self->record == NULL)
    return;
  handoff = handoff_of (limn_record_get_settings (self->record));
  limn_timeline_set_handoff (self->timeline, is_movable (self, handoff), handoff);
  caption = caption_now (self);
  gtk_label_set_text (self->caption, caption);
}

static void
runs_changed_cb (LimnTimelineBar *self)
{
  limn_timeline_runs_show (self->runs, limn_timeline_get_records (self->timeline),
                           limn_timeline_get_runs (self->timeline), limn_timeline_get_record (self->timeline));
}

static void
limn_timeline_bar_dispose (GObject *object)
{
  LimnTimelineBar *self = LIMN_TIMELINE_BAR (object);

  if (self->record != NULL)
    g_signal_handlers_disconnect_by_data (self->record, self);
  g_clear_object (&self->record);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_timeline_bar_parent_class)->dispose (object);
}

static void
limn_timeline_bar_class_init (LimnTimelineBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_timeline_bar_dispose;
  g_type_ensure (LIMN_TYPE_TIMELINE);
  g_type_ensure (LIMN_TYPE_TIMELINE_RUNS);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "timelinebar");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/timeline-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineBar, box);
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineBar, caption);
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineBar, buttons);
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineBar, go_on_button);
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineBar, finish_button);
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineBar, runs);
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineBar, timeline);
}

static void
limn_timeline_bar_init (LimnTimelineBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->timeline, "notify::step", G_CALLBACK (update_cb), self);
  g_signal_connect_swapped (self->timeline, "handoff-dragged", G_CALLBACK (update_cb), self);
  g_signal_connect_swapped (self->timeline, "runs-changed", G_CALLBACK (runs_changed_cb), self);
  g_signal_connect_object (self->runs, "chosen", G_CALLBACK (limn_timeline_choose), self->timeline, G_CONNECT_SWAPPED);
}

static void
settings_changed_cb (LimnTimelineBar *self, GParamSpec *spec)
{
  if (g_str_equal (spec->name, "use-refiner") || g_str_equal (spec->name, "refiner")
      || limn_settings_is_finish (spec->name))
    update_cb (self);
}

void
limn_timeline_bar_bind (LimnTimelineBar *self, LimnSettings *settings)
{
  g_return_if_fail (LIMN_IS_TIMELINE_BAR (self));

  g_set_object (&self->settings, settings);
  g_signal_connect_object (settings, "notify", G_CALLBACK (settings_changed_cb), self, G_CONNECT_SWAPPED);
}

LimnTimeline *
limn_timeline_bar_get_timeline (LimnTimelineBar *self)
{
  g_return_val_if_fail (LIMN_IS_TIMELINE_BAR (self), NULL);
  return self->timeline;
}

void
limn_timeline_bar_show (LimnTimelineBar *self, LimnRecords *records, LimnRecord *record)
{
  g_return_if_fail (LIMN_IS_TIMELINE_BAR (self));

  if (self->record != NULL)
    g_signal_handlers_disconnect_by_data (self->record, self);
  g_set_object (&self->record, record);
  if (record != NULL)
    g_signal_connect_swapped (record, "notify", G_CALLBACK (update_cb), self);
  limn_timeline_show (self->timeline, records, record);
  if (record == NULL)
    gtk_label_set_text (self->caption, _ ("No steps of this picture are kept"));
  update_cb (self);
}
