/* field-rows.c - see field-rows.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/field-rows.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/widget/number-row.h"

/* ---- Names of a table ---- */

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

/* Levels to change begin as those of the schedule that they take the place of. */
static gboolean
index_to_schedule (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_autoptr (GObject) settings = g_binding_dup_source (binding);
  const LimnSettingsValues *values = limn_settings_values (LIMN_SETTINGS (settings));

  if (!index_to_name (binding, from, to, data))
    return FALSE;
  if (g_str_equal (g_value_get_string (to), "custom") && !limn_sigmas_check (values->sigmas, NULL)) {
    g_autofree char *text = limn_schedule_to_sigmas (values->schedule, values->steps);

    g_object_set (settings, "sigmas", text, NULL);
  }
  return TRUE;
}

static GBindingTransformFunc
chooser_of (LimnChoiceTable table)
{
  if (table == limn_schedule_choice)
    return index_to_schedule;
  return table == limn_like_choice ? index_to_like : index_to_name;
}

void
limn_field_rows_bind_table (LimnSettings *settings, const char *property, AdwComboRow *row, LimnChoiceTable table)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  const LimnChoice *choice;

  for (guint i = 0; (choice = table (i)) != NULL; i++)
    gtk_string_list_append (titles, _ (choice->title));
  adw_combo_row_set_model (row, G_LIST_MODEL (titles));
  g_object_bind_property_full (settings, property, row, "selected", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE,
                               name_to_index, chooser_of (table), (gpointer) table, NULL);
}

/* ---- Rows ---- */

typedef struct {
  AdwExpanderRow *expander;
  const char *group;
} Summary;

static gboolean
is_in (const LimnField *field, const char *group)
{
  return field->about != NULL && g_strcmp0 (field->group, group) == 0;
}

static void
sum_up_cb (LimnSettings *settings, GParamSpec *spec, gpointer data)
{
  const Summary *summary = data;
  g_autoptr (GString) text = g_string_new (NULL);
  guint n;
  const LimnField *fields = limn_fields (&n);
  const LimnFields *values = &limn_settings_values (settings)->fields;

  for (guint i = 0; i < n; i++) {
    if (!is_in (&fields[i], summary->group) || limn_field_is_default (&fields[i], values)
        || !limn_field_counts (&fields[i], values))
      continue;
    g_autofree char *value = limn_field_to_text (&fields[i], values);
    g_string_append_printf (text, "%s%s %s", text->len > 0 ? " · " : "", _ (fields[i].title), value);
  }
  adw_expander_row_set_subtitle (summary->expander, text->str);
}

/* What helps to choose, where something does: an action of the window. */
static const struct {
  const char *field, *action, *icon, *tooltip;
} helpers[] = {
  { "prediction", "win.probe-model", "system-search-symbolic", N_ ("Ask the Model What It Predicts") },
  { "details", "win.find-details", "edit-find-symbolic", N_ ("Find Faces, Hands … in the Picture by a Detector") },
};

static void
add_helper (GtkWidget *row, const LimnField *field)
{
  for (guint i = 0; i < G_N_ELEMENTS (helpers); i++) {
    GtkWidget *button;

    if (!g_str_equal (helpers[i].field, field->name))
      continue;
    button = gtk_button_new_from_icon_name (helpers[i].icon);
    gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class (button, "flat");
    gtk_widget_set_tooltip_text (button, _ (helpers[i].tooltip));
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (helpers[i].tooltip), -1);
    gtk_actionable_set_action_name (GTK_ACTIONABLE (button), helpers[i].action);
    if (ADW_IS_ENTRY_ROW (row))
      adw_entry_row_add_suffix (ADW_ENTRY_ROW (row), button);
    else
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  }
}

static GtkWidget *
make_combo_row (LimnSettings *settings, const LimnField *field)
{
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (field->title));
  gtk_widget_set_tooltip_text (row, _ (field->about)); /* a subtitle would leave the choice no room */
  limn_field_rows_bind_table (settings, field->name, ADW_COMBO_ROW (row), field->table);
  add_helper (row, field);
  return row;
}

/* As many as step has: a value that is shown with fewer is rounded when it is stepped. */
static guint
digits_of (double step)
{
  guint digits = 0;

  for (; digits < 3 && fabs (step - rint (step)) > 1e-6; digits++)
    step *= 10;
  return digits;
}

static GtkWidget *
make_number_row (LimnSettings *settings, const LimnField *field)
{
  double step = field->step > 0 ? field->step : field->kind == LIMN_FIELD_INT ? 1 : 0.05;
  GtkAdjustment *adjustment = gtk_adjustment_new (field->value, field->least, field->most, step, 4 * step, 0);
  LimnNumberRow *row = g_object_new (LIMN_TYPE_NUMBER_ROW, "title", _ (field->title), "subtitle", _ (field->about),
                                     "adjustment", adjustment, "digits", digits_of (step), NULL);

  limn_number_row_bind (row, settings, field->name);
  return GTK_WIDGET (row);
}

gboolean
limn_field_rows_parse_seed (const char *text, guint64 *seed)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  return g_ascii_string_to_unsigned (stripped, 10, 0, G_MAXUINT64, seed, NULL);
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

  if (!limn_field_rows_parse_seed (g_value_get_string (from), &seed)) {
    gtk_widget_add_css_class (data, "error");
    return FALSE;
  }
  gtk_widget_remove_css_class (data, "error");
  g_value_set_uint64 (to, seed);
  return TRUE;
}

static GtkWidget *
make_seed_row (LimnSettings *settings, const LimnField *field)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (field->title));
  gtk_widget_set_tooltip_text (row, _ (field->about));
  g_object_bind_property_full (settings, field->name, row, "text", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE,
                               seed_to_text, text_to_seed, row, NULL);
  return row;
}

/* What cannot be read is marked, and sets nothing. */
static gboolean
text_to_field (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  const LimnField *field = limn_field_find (g_binding_get_source_property (binding));

  if (!field->check (g_value_get_string (from), NULL)) {
    gtk_widget_add_css_class (data, "error");
    return FALSE;
  }
  gtk_widget_remove_css_class (data, "error");
  g_value_copy (from, to);
  return TRUE;
}

static gboolean
field_to_text (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  gtk_widget_remove_css_class (data, "error");
  g_value_copy (from, to);
  return TRUE;
}

static GtkWidget *
make_text_row (LimnSettings *settings, const LimnField *field)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (field->title));
  gtk_widget_set_tooltip_text (row, _ (field->about));
  g_object_bind_property_full (settings, field->name, row, "text", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE,
                               field_to_text, text_to_field, row, NULL);
  add_helper (row, field);
  return row;
}

static GtkWidget *
make_row (LimnSettings *settings, const LimnField *field)
{
  if (field->kind == LIMN_FIELD_NAME)
    return make_combo_row (settings, field);
  if (field->kind == LIMN_FIELD_TEXT)
    return make_text_row (settings, field);
  return field->kind == LIMN_FIELD_SEED ? make_seed_row (settings, field) : make_number_row (settings, field);
}

/* ---- Rows that count with another setting only ---- */

static void
show_cb (LimnSettings *settings, GParamSpec *spec, GtkWidget *row)
{
  const LimnField *field = g_object_get_data (G_OBJECT (row), "field");

  gtk_widget_set_visible (row, limn_field_counts (field, &limn_settings_values (settings)->fields));
}

static void
show_with (LimnSettings *settings, const LimnField *field, GtkWidget *row)
{
  g_autofree char *other = g_strndup (field->with, strcspn (field->with, "="));
  g_autofree char *signal = g_strconcat ("notify::", other, NULL);

  g_object_set_data (G_OBJECT (row), "field", (gpointer) field);
  g_signal_connect_object (settings, signal, G_CALLBACK (show_cb), row, 0);
  show_cb (settings, NULL, row);
}

static void
free_summary (gpointer data, GClosure *closure)
{
  g_free (data);
}

void
limn_field_rows_fill (AdwExpanderRow *expander, LimnSettings *settings, const char *group)
{
  const Summary summary = { expander, group };
  guint n, shown = 0;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++) {
    g_autofree char *signal = g_strconcat ("notify::", fields[i].name, NULL);
    GtkWidget *row;

    if (!is_in (&fields[i], group))
      continue;
    row = make_row (settings, &fields[i]);
    adw_expander_row_add_row (expander, row);
    if (fields[i].with != NULL)
      show_with (settings, &fields[i], row);
    GClosure *closure = g_cclosure_new (G_CALLBACK (sum_up_cb), g_memdup2 (&summary, sizeof summary), free_summary);
    g_object_watch_closure (G_OBJECT (expander), closure);
    g_signal_connect_closure (settings, signal, closure, FALSE);
    shown++;
  }
  gtk_widget_set_visible (GTK_WIDGET (expander), shown > 0);
  sum_up_cb (settings, NULL, (gpointer) &summary);
}
