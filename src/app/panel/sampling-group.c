/* sampling-group.c - steps, guidance, sampler, seed, and how many pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/sampling-group.h"

#include <glib/gi18n.h>

#include "app/panel/field-rows.h"
#include "app/panel/sigma-curve.h"
#include "app/widget/number-row.h"

struct _LimnSamplingGroup {
  AdwPreferencesGroup parent_instance;
  LimnNumberRow *steps_row, *guidance_row, *count_row, *batch_row;
  AdwComboRow *sampler_row, *schedule_row, *noise_row, *precision_row;
  AdwExpanderRow *guidance_rows, *second_row, *detail_row, *more_row, *exactness_row;
  AdwEntryRow *seed_row, *sigmas_row;
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
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, batch_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, sampler_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, schedule_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, sigmas_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, noise_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, precision_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, guidance_rows);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, second_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, detail_row);
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

/* ---- Schedules ---- */

/* A drawing says more than the name. */
static GtkWidget *
set_up_schedule (GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), limn_sigma_curve_new ());
  gtk_list_item_set_child (item, box);
  return label;
}

static void
set_up_chosen_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  set_up_schedule (item);
}

static void
set_up_listed_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = set_up_schedule (item), *mark = gtk_image_new_from_icon_name ("object-select-symbolic");

  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_insert_child_after (GTK_BOX (gtk_list_item_get_child (item)), mark, label);
  g_object_bind_property (item, "selected", mark, "visible", G_BINDING_SYNC_CREATE);
}

static void
bind_schedule_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnSamplingGroup *self)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  const char *title = gtk_string_object_get_string (gtk_list_item_get_item (item));
  const LimnChoice *choice;
  guint index = 0;

  gtk_label_set_label (GTK_LABEL (gtk_widget_get_first_child (box)), title);
  while ((choice = limn_schedule_choice (index)) != NULL && !g_str_equal (_ (choice->title), title))
    index++;
  if (choice != NULL)
    limn_sigma_curve_follow (LIMN_SIGMA_CURVE (gtk_widget_get_last_child (box)), self->settings, choice->name);
}

static void
show_sigmas_cb (LimnSamplingGroup *self)
{
  gtk_widget_set_visible (
      GTK_WIDGET (self->sigmas_row),
      limn_field_counts (limn_field_find ("sigmas"), &limn_settings_values (self->settings)->fields));
}

/* Says what is wrong where the text is written. */
static void
judge_sigmas (AdwEntryRow *row, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *title = NULL;

  if (text[0] == '\0' || limn_sigmas_check (text, &error)) {
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Noise levels"));
    return;
  }
  title = g_strdup_printf (_ ("%s: %s"), _ ("Noise levels"), error->message);
  gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
}

static gboolean
sigmas_to_text (GBinding *binding, const GValue *from, GValue *to, gpointer row)
{
  judge_sigmas (row, g_value_get_string (from));
  g_value_copy (from, to);
  return TRUE;
}

/* What a person writes brings as many steps along; what are no levels sets nothing. */
static gboolean
text_to_sigmas (GBinding *binding, const GValue *from, GValue *to, gpointer row)
{
  g_autoptr (GObject) settings = g_binding_dup_source (binding);
  const char *text = g_value_get_string (from);

  judge_sigmas (row, text);
  g_value_copy (from, to);
  return limn_settings_choose_sigmas (LIMN_SETTINGS (settings), text);
}

static GtkListItemFactory *
schedule_factory (LimnSamplingGroup *self, GCallback set_up)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", set_up, NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_schedule_cb), self);
  return factory;
}

static void
bind_schedule (LimnSamplingGroup *self)
{
  g_autoptr (GtkListItemFactory) chosen = schedule_factory (self, G_CALLBACK (set_up_chosen_cb));
  g_autoptr (GtkListItemFactory) listed = schedule_factory (self, G_CALLBACK (set_up_listed_cb));

  adw_combo_row_set_factory (self->schedule_row, chosen);
  adw_combo_row_set_list_factory (self->schedule_row, listed);
  limn_field_rows_bind_table (self->settings, "schedule", self->schedule_row, limn_schedule_choice);
  g_object_bind_property_full (self->settings, "sigmas", self->sigmas_row, "text",
                               G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE, sigmas_to_text, text_to_sigmas,
                               self->sigmas_row, NULL);
  g_signal_connect_object (self->settings, "notify::schedule", G_CALLBACK (show_sigmas_cb), self, G_CONNECT_SWAPPED);
  show_sigmas_cb (self);
}

/* One picture has nothing to share its steps with. */
static gboolean
is_several (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_value_set_boolean (to, g_value_get_int (from) > 1);
  return TRUE;
}

void
limn_sampling_group_bind (LimnSamplingGroup *self, LimnSettings *settings)
{
  g_set_object (&self->settings, settings);
  limn_number_row_bind (self->steps_row, settings, "steps");
  limn_number_row_bind (self->guidance_row, settings, "guidance");
  limn_number_row_bind (self->count_row, settings, "count");
  limn_number_row_bind (self->batch_row, settings, "batch-size");
  g_object_bind_property_full (settings, "count", self->batch_row, "visible", G_BINDING_SYNC_CREATE, is_several, NULL,
                               NULL, NULL);
  limn_field_rows_bind_table (settings, "sampler", self->sampler_row, limn_sampler_choice);
  bind_schedule (self);
  limn_field_rows_fill (self->guidance_rows, settings, limn_field_find ("guidance-kind")->group);
  limn_field_rows_fill (self->second_row, settings, limn_field_find ("hires")->group);
  limn_field_rows_fill (self->detail_row, settings, limn_field_find ("details")->group);
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
