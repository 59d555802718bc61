/* sampling-group.c - steps, guidance, sampler, seed, and how many pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/sampling-group.h"

#include <glib/gi18n.h>

#include "app/panel/field-rows.h"
#include "app/widget/number-row.h"

struct _LimnSamplingGroup {
  AdwPreferencesGroup parent_instance;
  LimnNumberRow *steps_row, *guidance_row, *count_row;
  AdwComboRow *sampler_row, *schedule_row, *noise_row, *precision_row;
  AdwExpanderRow *guidance_rows, *more_row, *exactness_row;
  AdwEntryRow *seed_row;
  AdwActionRow *new_seed_row;
  GtkSwitch *new_seed_switch;
  GtkWidget *suggest_button;
  LimnSettings *settings;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (LimnSamplingGroup, limn_sampling_group, ADW_TYPE_PREFERENCES_GROUP)

static void
show_seed_cb (LimnSamplingGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, values->seed);
  guint64 shown;

  if (limn_field_rows_parse_seed (gtk_editable_get_text (GTK_EDITABLE (self->seed_row)), &shown)
      && shown == values->seed)
    return;
  self->updating = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->seed_row), text);
  self->updating = FALSE;
}

static void
sum_up_exactness_cb (LimnSamplingGroup *self)
{
  GtkStringObject *noise = adw_combo_row_get_selected_item (self->noise_row);
  GtkStringObject *precision = adw_combo_row_get_selected_item (self->precision_row);
  g_autofree char *text = NULL;

  if (noise == NULL || precision == NULL)
    return;
  /* translators: where the noise comes from, and a precision: "CPU noise · Automatic" */
  text = g_strdup_printf (_ ("%s noise · %s"), gtk_string_object_get_string (noise),
                          gtk_string_object_get_string (precision));
  adw_expander_row_set_subtitle (self->exactness_row, text);
}

/* a seed that is typed is one to keep */
static void
seed_typed_cb (LimnSamplingGroup *self)
{
  guint64 seed;
  gboolean good = limn_field_rows_parse_seed (gtk_editable_get_text (GTK_EDITABLE (self->seed_row)), &seed);

  if (good)
    gtk_widget_remove_css_class (GTK_WIDGET (self->seed_row), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->seed_row), "error");
  if (good && !self->updating && self->settings != NULL)
    g_object_set (self->settings, "seed", seed, "new-seed", FALSE, NULL);
}

static void
limn_sampling_group_dispose (GObject *object)
{
  g_clear_object (&LIMN_SAMPLING_GROUP (object)->settings);

  G_OBJECT_CLASS (limn_sampling_group_parent_class)->dispose (object);
}

static void
limn_sampling_group_class_init (LimnSamplingGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_sampling_group_dispose;
  g_type_ensure (LIMN_TYPE_NUMBER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/sampling-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, steps_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, guidance_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, count_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, sampler_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, schedule_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, noise_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, precision_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, guidance_rows);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, more_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, exactness_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, seed_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, new_seed_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, new_seed_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, suggest_button);
  gtk_widget_class_bind_template_callback (widget_class, seed_typed_cb);
}

static void
limn_sampling_group_init (LimnSamplingGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
bind_choice (LimnSettings *settings, const char *property, AdwComboRow *row)
{
  g_object_bind_property (settings, property, row, "selected", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

void
limn_sampling_group_bind (LimnSamplingGroup *self, LimnSettings *settings)
{
  g_set_object (&self->settings, settings);
  limn_number_row_bind (self->steps_row, settings, "steps");
  limn_number_row_bind (self->guidance_row, settings, "guidance");
  limn_number_row_bind (self->count_row, settings, "count");
  limn_field_rows_bind_table (settings, "sampler", self->sampler_row, limn_sampler_choice);
  limn_field_rows_bind_table (settings, "schedule", self->schedule_row, limn_schedule_choice);
  limn_field_rows_fill (self->guidance_rows, settings, limn_field_find ("guidance-kind")->group);
  limn_field_rows_fill (self->more_row, settings, NULL);
  bind_choice (settings, "noise-source", self->noise_row);
  bind_choice (settings, "precision", self->precision_row);
  g_signal_connect_object (self->noise_row, "notify::selected", G_CALLBACK (sum_up_exactness_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->precision_row, "notify::selected", G_CALLBACK (sum_up_exactness_cb), self,
                           G_CONNECT_SWAPPED);
  sum_up_exactness_cb (self);
  g_object_bind_property (settings, "new-seed", self->new_seed_switch, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (settings, "notify::seed", G_CALLBACK (show_seed_cb), self, G_CONNECT_SWAPPED);
  show_seed_cb (self);
}

void
limn_sampling_group_offer_suggestion (LimnSamplingGroup *self, gboolean offer)
{
  g_return_if_fail (LIMN_IS_SAMPLING_GROUP (self));

  gtk_widget_set_visible (self->suggest_button, offer);
}
