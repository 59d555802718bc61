/* sampling-group.c - steps, guidance, sampler, seed, and how many pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/sampling-group.h"

#include <glib/gi18n.h>

#include "app/widget/number-row.h"

struct _LimnSamplingGroup {
  AdwPreferencesGroup parent_instance;
  LimnNumberRow *steps_row, *guidance_row, *count_row;
  AdwComboRow *sampler_row, *schedule_row, *noise_row, *precision_row;
  AdwExpanderRow *more_row, *exactness_row;
  AdwEntryRow *seed_row;
  AdwActionRow *new_seed_row;
  GtkSwitch *new_seed_switch;
  LimnSettings *settings;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (LimnSamplingGroup, limn_sampling_group, ADW_TYPE_PREFERENCES_GROUP)

static gboolean
parse_seed (const char *text, guint64 *seed)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  return g_ascii_string_to_unsigned (stripped, 10, 0, G_MAXUINT64, seed, NULL);
}

static void
show_seed_cb (LimnSamplingGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, values->seed);
  guint64 shown;

  if (parse_seed (gtk_editable_get_text (GTK_EDITABLE (self->seed_row)), &shown) && shown == values->seed)
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
  gboolean good = parse_seed (gtk_editable_get_text (GTK_EDITABLE (self->seed_row)), &seed);

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
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, more_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, exactness_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, seed_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, new_seed_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSamplingGroup, new_seed_switch);
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

/* ---- Rows that show a table ---- */

static gboolean
name_to_index (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  const char *name = g_value_get_string (from);
  LimnChoiceTable table = (LimnChoiceTable) data;
  guint index = 0;

  while (table (index) != NULL && g_strcmp0 (table (index)->name, name) != 0)
    index++;
  g_value_set_uint (to, table (index) != NULL ? index : GTK_INVALID_LIST_POSITION);
  return TRUE;
}

static gboolean
index_to_name (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  const LimnChoice *choice = ((LimnChoiceTable) data) (g_value_get_uint (from));

  if (choice != NULL)
    g_value_set_string (to, choice->name);
  return choice != NULL;
}

/* What a person chooses brings other settings along; what is restored or taken back has them by itself. */
static gboolean
index_to_like (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_autoptr (GObject) settings = g_binding_dup_source (binding);

  if (!index_to_name (binding, from, to, data))
    return FALSE;
  limn_settings_choose_like (LIMN_SETTINGS (settings), g_value_get_string (to));
  return TRUE;
}

static void
bind_table (LimnSettings *settings, const char *property, AdwComboRow *row, LimnChoiceTable table)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  const LimnChoice *choice;

  for (guint i = 0; (choice = table (i)) != NULL; i++)
    gtk_string_list_append (titles, _ (choice->title));
  adw_combo_row_set_model (row, G_LIST_MODEL (titles));
  g_object_bind_property_full (settings, property, row, "selected", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE,
                               name_to_index, table == limn_like_choice ? index_to_like : index_to_name,
                               (gpointer) table, NULL);
}

/* ---- Settings without a control drawn for them ---- */

/* nothing acts unseen: what is not as usual is said while the row is closed, too */
static void
sum_up_more_cb (LimnSamplingGroup *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++) {
    const LimnFields *values = &limn_settings_values (self->settings)->fields;

    if (fields[i].about == NULL || limn_field_is_default (&fields[i], values))
      continue;
    g_autofree char *value = limn_field_to_text (&fields[i], values);
    g_string_append_printf (text, "%s%s %s", text->len > 0 ? " · " : "", _ (fields[i].title), value);
  }
  adw_expander_row_set_subtitle (self->more_row, text->str);
}

static GtkWidget *
make_combo_row (LimnSamplingGroup *self, const LimnField *field)
{
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (field->title));
  gtk_widget_set_tooltip_text (row, _ (field->about)); /* a subtitle would leave the choice no room */
  bind_table (self->settings, field->name, ADW_COMBO_ROW (row), field->table);
  return row;
}

static GtkWidget *
make_number_row (LimnSamplingGroup *self, const LimnField *field)
{
  gboolean whole = field->kind == LIMN_FIELD_INT;
  GtkAdjustment *adjustment =
      gtk_adjustment_new (field->value, field->least, field->most, whole ? 1 : 0.05, whole ? 10 : 0.2, 0);
  LimnNumberRow *row = g_object_new (LIMN_TYPE_NUMBER_ROW, "title", _ (field->title), "subtitle", _ (field->about),
                                     "adjustment", adjustment, "digits", whole ? 0 : 2, NULL);

  limn_number_row_bind (row, self->settings, field->name);
  return GTK_WIDGET (row);
}

static gboolean
seed_to_text (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  gtk_widget_remove_css_class (data, "error");
  g_value_take_string (to, g_strdup_printf ("%" G_GUINT64_FORMAT, g_value_get_uint64 (from)));
  return TRUE;
}

/* What is no seed is marked, and sets nothing. */
static gboolean
text_to_seed (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  guint64 seed;

  if (!parse_seed (g_value_get_string (from), &seed)) {
    gtk_widget_add_css_class (data, "error");
    return FALSE;
  }
  gtk_widget_remove_css_class (data, "error");
  g_value_set_uint64 (to, seed);
  return TRUE;
}

static GtkWidget *
make_seed_row (LimnSamplingGroup *self, const LimnField *field)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (field->title));
  gtk_widget_set_tooltip_text (row, _ (field->about));
  g_object_bind_property_full (self->settings, field->name, row, "text",
                               G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE, seed_to_text, text_to_seed, row, NULL);
  return row;
}

static GtkWidget *
make_row (LimnSamplingGroup *self, const LimnField *field)
{
  if (field->kind == LIMN_FIELD_NAME)
    return make_combo_row (self, field);
  return field->kind == LIMN_FIELD_SEED ? make_seed_row (self, field) : make_number_row (self, field);
}

static void
add_more (LimnSamplingGroup *self, const LimnField *field)
{
  g_autofree char *signal = g_strconcat ("notify::", field->name, NULL);

  adw_expander_row_add_row (self->more_row, make_row (self, field));
  g_signal_connect_object (self->settings, signal, G_CALLBACK (sum_up_more_cb), self, G_CONNECT_SWAPPED);
}

static void
fill_more (LimnSamplingGroup *self)
{
  guint n, shown = 0;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++)
    if (fields[i].about != NULL) {
      add_more (self, &fields[i]);
      shown++;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->more_row), shown > 0);
  sum_up_more_cb (self);
}

void
limn_sampling_group_bind (LimnSamplingGroup *self, LimnSettings *settings)
{
  g_set_object (&self->settings, settings);
  limn_number_row_bind (self->steps_row, settings, "steps");
  limn_number_row_bind (self->guidance_row, settings, "guidance");
  limn_number_row_bind (self->count_row, settings, "count");
  bind_table (settings, "sampler", self->sampler_row, limn_sampler_choice);
  bind_table (settings, "schedule", self->schedule_row, limn_schedule_choice);
  fill_more (self);
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
