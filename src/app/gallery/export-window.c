/* export-window.c - see export-window.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/export-window.h"

#include <glib/gi18n.h>

#include "app/widget/number-row.h"

struct _LimnExportWindow {
  AdwWindow parent_instance;
  AdwComboRow *kind_row, *depth_row;
  LimnNumberRow *quality_row;
  GtkAdjustment *quality;
  GtkSwitch *settings_switch;
  GtkLabel *missing;
  GSettings *state;
  GPtrArray *kinds; /* LimnImageKind, of this build */
  gboolean deep;
};

G_DEFINE_FINAL_TYPE (LimnExportWindow, limn_export_window, ADW_TYPE_WINDOW)

enum { EXPORT, N_SIGNALS };

static guint signals[N_SIGNALS];

const LimnImageKind *
limn_export_kind (GSettings *state)
{
  g_autofree char *name = state != NULL ? g_settings_get_string (state, "export-kind") : NULL;
  const LimnImageKind *kind;

  for (guint i = 0; name != NULL && (kind = limn_image_kind (i)) != NULL; i++)
    if (kind->encode != NULL && g_str_equal (kind->name, name))
      return kind;
  return limn_image_kind (0);
}

LimnImageHow
limn_export_how (GSettings *state, gboolean *bare)
{
  *bare = state != NULL && !g_settings_get_boolean (state, "export-settings");
  if (state == NULL)
    return (LimnImageHow){ 0 };
  return (LimnImageHow){ .quality = g_settings_get_int (state, "export-quality"),
                         .deep = g_settings_get_boolean (state, "export-deep") };
}

static const LimnImageKind *
chosen (LimnExportWindow *self)
{
  return self->kinds->pdata[MIN (adw_combo_row_get_selected (self->kind_row), self->kinds->len - 1)];
}

static void
kind_cb (LimnExportWindow *self)
{
  const LimnImageKind *kind = chosen (self);

  gtk_widget_set_visible (GTK_WIDGET (self->quality_row), kind->has_quality);
  gtk_widget_set_visible (GTK_WIDGET (self->depth_row), kind->has_deep);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->quality_row),
                               g_str_equal (kind->name, "JPEG") ? _ ("100 is the best")
                                                                : _ ("100 loses nothing, and makes large files"));
}

static void
keep (LimnExportWindow *self)
{
  if (self->state == NULL)
    return;
  g_settings_set_string (self->state, "export-kind", chosen (self)->name);
  g_settings_set_int (self->state, "export-quality", (int) gtk_adjustment_get_value (self->quality));
  g_settings_set_boolean (self->state, "export-settings", gtk_switch_get_active (self->settings_switch));
  if (self->deep)
    g_settings_set_boolean (self->state, "export-deep", adw_combo_row_get_selected (self->depth_row) == 1);
}

static void
export_cb (GtkButton *button, LimnExportWindow *self)
{
  keep (self);
  g_signal_emit (self, signals[EXPORT], 0);
  gtk_window_close (GTK_WINDOW (self));
}

static void
limn_export_window_finalize (GObject *object)
{
  LimnExportWindow *self = LIMN_EXPORT_WINDOW (object);

  g_clear_object (&self->state);
  g_ptr_array_unref (self->kinds);

  G_OBJECT_CLASS (limn_export_window_parent_class)->finalize (object);
}

static void
limn_export_window_class_init (LimnExportWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_export_window_finalize;
  signals[EXPORT] =
      g_signal_new ("export", LIMN_TYPE_EXPORT_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (LIMN_TYPE_NUMBER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/export-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnExportWindow, kind_row);
  gtk_widget_class_bind_template_child (widget_class, LimnExportWindow, depth_row);
  gtk_widget_class_bind_template_child (widget_class, LimnExportWindow, quality_row);
  gtk_widget_class_bind_template_child (widget_class, LimnExportWindow, quality);
  gtk_widget_class_bind_template_child (widget_class, LimnExportWindow, settings_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnExportWindow, missing);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
limn_export_window_init (LimnExportWindow *self)
{
  self->kinds = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* Those of this build can be chosen; the others are named. */
static void
list_kinds (LimnExportWindow *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autoptr (GString) missing = g_string_new (NULL);
  const LimnImageKind *kind;

  for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++)
    if (kind->encode != NULL) {
      gtk_string_list_append (names, kind->name);
      g_ptr_array_add (self->kinds, (gpointer) kind);
    } else {
      g_string_append_printf (missing, "%s%s", missing->len > 0 ? ", " : "", kind->name);
    }
  adw_combo_row_set_model (self->kind_row, G_LIST_MODEL (names));
  gtk_widget_set_visible (GTK_WIDGET (self->missing), missing->len > 0);
  if (missing->len > 0) {
    /* translators: names of kinds of picture files */
    g_autofree char *text = g_strdup_printf (_ ("This Limn was built without %s."), missing->str);

    gtk_label_set_text (self->missing, text);
  }
}

LimnExportWindow *
limn_export_window_new (GSettings *state, gboolean deep)
{
  LimnExportWindow *self = g_object_new (LIMN_TYPE_EXPORT_WINDOW, NULL);
  gboolean bare;
  LimnImageHow how = limn_export_how (state, &bare);
  guint index = 0;

  self->state = state != NULL ? g_object_ref (state) : NULL;
  self->deep = deep;
  list_kinds (self);
  g_ptr_array_find (self->kinds, limn_export_kind (state), &index);
  adw_combo_row_set_selected (self->kind_row, index);
  gtk_adjustment_set_value (self->quality, how.quality > 0 ? how.quality : LIMN_IMAGE_QUALITY);
  gtk_switch_set_active (self->settings_switch, !bare);
  adw_combo_row_set_selected (self->depth_row, deep && how.deep ? 1 : 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->depth_row), deep);
  if (!deep)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self->depth_row),
                                 _ ("Only pictures that were painted since Limn was started have 16"));
  g_signal_connect_swapped (self->kind_row, "notify::selected", G_CALLBACK (kind_cb), self);
  kind_cb (self);
  return self;
}
