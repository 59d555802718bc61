/* preferences.c - what is set once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/preferences.h"

#include <glib/gi18n.h>

#include "app/further.h"
#include "app/widget/number-row.h"

struct _LimnPreferences {
  AdwPreferencesWindow parent_instance;
  AdwComboRow *device_row;
  AdwPreferencesGroup *further_group;
  AdwActionRow *folder_row;
  AdwPreferencesGroup *serving_group;
  AdwActionRow *serving_row;
  GtkSwitch *serving_switch;
  GtkWidget *copy_button;
  GtkAdjustment *port;
  AdwPasswordEntryRow *token_row;
  LimnServing *serving;
  LimnSession *session;
  GSettings *state;
  GArray *devices; /* int: the index of each row; the first, -1, is the best device */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (LimnPreferences, limn_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* ---- Devices ---- */

static void
further_cb (GtkSwitch *toggle, GParamSpec *pspec, LimnPreferences *self)
{
  limn_further_choose (self->state, g_object_get_data (G_OBJECT (toggle), "device"), gtk_switch_get_active (toggle));
  limn_further_apply (self->session, self->state);
}

static void
add_further (LimnPreferences *self, const char *name, const LimnDeviceInfo *device)
{
  GtkWidget *row = adw_action_row_new (), *toggle = gtk_switch_new ();

  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  gtk_widget_set_sensitive (toggle, self->state != NULL);
  gtk_switch_set_active (GTK_SWITCH (toggle), limn_further_is_chosen (self->state, name));
  g_object_set_data_full (G_OBJECT (toggle), "device", g_strdup (name), g_free);
  g_signal_connect_object (toggle, "notify::active", G_CALLBACK (further_cb), self, 0);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), device->driver);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  adw_preferences_group_add (self->further_group, row);
}

/* devices: NULL where they cannot be listed. */
static void
show_further (LimnPreferences *self, GPtrArray *devices)
{
  for (guint i = 0; devices != NULL && i < devices->len; i++) {
    g_autofree char *name = limn_further_name (devices, i);

    if (!limn_further_is_one (devices, i, limn_session_get_device (self->session)))
      continue;
    add_further (self, name, devices->pdata[i]);
    gtk_widget_set_visible (GTK_WIDGET (self->further_group), TRUE);
  }
}

static void
listed_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnPreferences) self = data;
  g_autoptr (GPtrArray) devices = limn_session_list_devices_finish (LIMN_SESSION (object), result, NULL);
  g_autoptr (GtkStringList) names = gtk_string_list_new ((const char *[]){ _ ("Automatic"), NULL });
  int chosen = self->state != NULL ? g_settings_get_int (self->state, "device") : -1;
  int none = -1;
  guint selected = 0;

  if (self->device_row == NULL)
    return;
  g_array_set_size (self->devices, 0);
  g_array_append_val (self->devices, none);
  for (guint i = 0; devices != NULL && i < devices->len; i++) {
    const LimnDeviceInfo *device = devices->pdata[i];

    if (device->problem != NULL)
      continue;
    if (device->index == chosen)
      selected = self->devices->len;
    g_array_append_val (self->devices, device->index);
    gtk_string_list_append (names, device->name);
  }
  adw_combo_row_set_model (self->device_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->device_row, selected);
  gtk_widget_set_sensitive (GTK_WIDGET (self->device_row), self->state != NULL);
  show_further (self, devices);
}

static void
device_selected_cb (LimnPreferences *self)
{
  guint selected = adw_combo_row_get_selected (self->device_row);

  if (self->state == NULL || selected >= self->devices->len)
    return;
  if (g_settings_get_int (self->state, "device") == g_array_index (self->devices, int, selected))
    return;
  g_settings_set_int (self->state, "device", g_array_index (self->devices, int, selected));
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self),
                                    adw_toast_new (_ ("The device is used from the next start on")));
}

/* ---- Folder ---- */

static void
show_folder (LimnPreferences *self)
{
  g_autofree char *name = g_filename_display_name (limn_session_get_folder (self->session));
  g_autofree char *escaped = g_markup_escape_text (name, -1);

  adw_action_row_set_subtitle (self->folder_row, escaped);
}

static void
folder_response_cb (GtkNativeDialog *dialog, int response, LimnPreferences *self)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
    g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

    if (path != NULL) {
      limn_session_set_folder (self->session, path);
      if (self->state != NULL)
        g_settings_set_string (self->state, "pictures-folder", path);
      show_folder (self);
    }
  }
  g_clear_object (&self->chooser);
}

static void
choose_folder_cb (LimnPreferences *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Folder for Pictures"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (folder_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- Other programs ---- */

static void
show_serving (LimnPreferences *self)
{
  g_autofree char *text = limn_serving_describe (self->serving);
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_action_row_set_subtitle (self->serving_row, escaped);
  gtk_widget_set_visible (self->copy_button, limn_serving_get_address (self->serving) != NULL);
}

static void
copy_address_cb (LimnPreferences *self)
{
  const char *address = limn_serving_get_address (self->serving);

  if (address == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), address);
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), adw_toast_new (_ ("Address copied")));
}

/* Not with each letter: half a token would count. */
static void
token_cb (LimnPreferences *self)
{
  g_settings_set_string (self->state, "serve-token", gtk_editable_get_text (GTK_EDITABLE (self->token_row)));
}

static void
bind_serving (LimnPreferences *self)
{
  g_autofree char *token = NULL;

  if (self->serving == NULL || !limn_serving_is_possible ())
    return;
  token = g_settings_get_string (self->state, "serve-token");
  gtk_editable_set_text (GTK_EDITABLE (self->token_row), token);
  g_settings_bind (self->state, "serve-port", self->port, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->state, "serve", self->serving_switch, "active", G_SETTINGS_BIND_DEFAULT);
  g_signal_connect_object (self->serving, "changed", G_CALLBACK (show_serving), self, G_CONNECT_SWAPPED);
  show_serving (self);
  gtk_widget_set_visible (GTK_WIDGET (self->serving_group), TRUE);
}

/* ---- Object ---- */

static void
limn_preferences_dispose (GObject *object)
{
  LimnPreferences *self = LIMN_PREFERENCES (object);

  self->device_row = NULL;
  g_clear_object (&self->session);
  g_clear_object (&self->serving);
  g_clear_object (&self->state);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->devices, g_array_unref);

  G_OBJECT_CLASS (limn_preferences_parent_class)->dispose (object);
}

static void
limn_preferences_class_init (LimnPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_preferences_dispose;
  g_type_ensure (LIMN_TYPE_NUMBER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, device_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, further_group);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, folder_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, serving_group);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, serving_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, serving_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, copy_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, port);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, token_row);
  gtk_widget_class_bind_template_callback (widget_class, copy_address_cb);
  gtk_widget_class_bind_template_callback (widget_class, token_cb);
  gtk_widget_class_bind_template_callback (widget_class, device_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_folder_cb);
}

static void
limn_preferences_init (LimnPreferences *self)
{
  self->devices = g_array_new (FALSE, FALSE, sizeof (int));
  gtk_widget_init_template (GTK_WIDGET (self));
}

LimnPreferences *
limn_preferences_new (LimnSession *session, LimnServing *serving, GSettings *state)
{
  LimnPreferences *self = g_object_new (LIMN_TYPE_PREFERENCES, NULL);

  self->session = g_object_ref (session);
  self->serving = serving != NULL ? g_object_ref (serving) : NULL;
  self->state = state != NULL ? g_object_ref (state) : NULL;
  show_folder (self);
  bind_serving (self);
  limn_session_list_devices_async (session, listed_cb, g_object_ref (self));
  return self;
}
