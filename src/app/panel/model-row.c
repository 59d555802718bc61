/* model-row.c - a row that shows a model and opens another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/model-row.h"

#include <glib/gi18n.h>

#include "app/panel/model-chooser.h"
#include "app/panel/parts-window.h"
#include "app/widget/chosen.h"
#include "base/model-path.h"

struct _LimnModelRow {
  AdwActionRow parent_instance;
  GtkSpinner *spinner;
  GtkMenuButton *button;
  LimnSession *session;
  GCancellable *opening; /* NULL: none */
  char *path, *trying;
  char *refused; /* what could not be opened since a model was; or NULL */
  gboolean starter;
  gboolean first;   /* nothing was opened yet */
  gboolean missing; /* path could not be */
  GtkNativeDialog *chooser;
};

G_DEFINE_FINAL_TYPE (LimnModelRow, limn_model_row, ADW_TYPE_ACTION_ROW)

enum { PROP_PATH = 1, PROP_STARTER, N_PROPS };
enum { OPENED, FAILED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

char *
limn_model_row_display_name (LimnModelRow *self, const char *path)
{
  g_autofree char *base = NULL, *name = NULL;

  g_return_val_if_fail (LIMN_IS_MODEL_ROW (self), NULL);

  if (path[0] == '\0')
    return g_strdup (self->starter ? _ ("Starter") : _ ("None chosen"));
  base = limn_own_refiner_base (path);
  name = limn_model_name_from_path (base != NULL ? base : path);
  if (base != NULL) {
    g_autofree char *shown = g_filename_display_name (name);

    /* translators: a model's name follows */
    return g_strdup_printf (_ ("Refiner of %s"), shown);
  }
  return g_filename_display_name (name);
}

static void
show_name (LimnModelRow *self, const char *details)
{
  g_autofree char *name = limn_model_row_display_name (self, self->path);
  g_autofree char *plain = details == NULL ? g_strdup (name) : g_strdup_printf ("%s · %s", name, details);
  g_autofree char *escaped = g_markup_escape_text (plain, -1);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), escaped);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), self->path[0] != '\0' ? self->path : NULL);
}

static void
set_path (LimnModelRow *self, const char *path)
{
  if (g_strcmp0 (self->path, path) == 0)
    return;
  g_free (self->path);
  self->path = g_strdup (path != NULL ? path : "");
  self->missing = FALSE;
  show_name (self, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
}

static void
set_opening (LimnModelRow *self, GCancellable *cancellable)
{
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  g_set_object (&self->opening, cancellable);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), cancellable != NULL);
  gtk_spinner_set_spinning (self->spinner, cancellable != NULL);
}

static char *
describe (const LimnModelInfo *info)
{
  g_autofree char *title = limn_model_info_title (info), *memory = g_format_size (info->memory_fp16);

  /* translators: a model: its family, its own picture size, the memory its weights take */
  return g_strdup_printf (_ ("%s · %d × %d · %s"), title, info->default_width, info->default_height, memory);
}

/* Where the parts are that are elsewhere, below the path. */
static void
show_places (LimnModelRow *self, const LimnModelInfo *info)
{
  g_autoptr (GString) text = g_string_new (self->path);

  for (guint i = 0; i < info->parts->len; i++) {
    const LimnPart *part = g_ptr_array_index (info->parts, i);
    g_autofree char *from = part->from != NULL ? g_filename_display_name (part->from) : NULL;

    if (from != NULL)
      g_string_append_printf (text, "\n%s: %s", part->name, from);
  }
  if (text->len > 0)
    gtk_widget_set_tooltip_text (GTK_WIDGET (self), text->str);
}

static void
opened_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnModelRow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModelInfo) info = limn_session_open_model_finish (LIMN_SESSION (object), result, &error);
  g_autofree char *trying = NULL;
  gboolean own, kept;

  if (self->session == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  trying = g_steal_pointer (&self->trying);
  set_opening (self, NULL);
  own = g_strcmp0 (trying, self->path) == 0;
  if (info != NULL) {
    g_autofree char *details = describe (info);

    kept = own && (self->first || self->missing);
    self->first = self->missing = FALSE;
    g_clear_pointer (&self->refused, g_free);
    set_path (self, trying);
    show_name (self, details);
    show_places (self, info);
    g_signal_emit (self, signals[OPENED], 0, info, kept);
    return;
  }

  if (own) {
    self->missing = TRUE;
    show_name (self, _ ("cannot be opened"));
  }
  g_free (self->refused);
  self->refused = g_strdup (trying);
  g_signal_emit (self, signals[FAILED], 0, trying, error);
  /* the opening of last time's model had given way to it */
  if (self->first && !self->missing)
    limn_model_row_try (self, self->path);
}

void
limn_model_row_try (LimnModelRow *self, const char *path)
{
  g_autoptr (GCancellable) cancellable = NULL;

  g_return_if_fail (LIMN_IS_MODEL_ROW (self));
  g_return_if_fail (path != NULL);

  if (path[0] == '\0' && !self->starter) {
    set_opening (self, NULL);
    set_path (self, "");
    return;
  }
  cancellable = g_cancellable_new ();
  set_opening (self, cancellable);
  g_free (self->trying);
  self->trying = g_strdup (path);
  limn_session_open_model_async (self->session, path, cancellable, opened_cb, g_object_ref (self));
}

void
limn_model_row_retry (LimnModelRow *self)
{
  g_return_if_fail (LIMN_IS_MODEL_ROW (self));

  if (self->missing)
    limn_model_row_try (self, self->path);
}

/* ---- Choosing ---- */

static void
response_cb (GtkNativeDialog *dialog, int response, LimnModelRow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    limn_model_row_try (self, path);
  g_clear_object (&self->chooser);
}

static GtkWindow *
get_window (LimnModelRow *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

void
limn_model_row_choose (LimnModelRow *self, gboolean folder)
{
  g_return_if_fail (LIMN_IS_MODEL_ROW (self));

  g_clear_object (&self->chooser);
  self->chooser = limn_model_chooser_new (get_window (self), folder);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (self->chooser);
}

void
limn_model_row_choose_parts (LimnModelRow *self)
{
  LimnPartId part = LIMN_N_PARTS;

  g_return_if_fail (LIMN_IS_MODEL_ROW (self));

  if (self->refused == NULL || !limn_model_is_part (self->refused, &part))
    part = LIMN_N_PARTS;
  limn_model_row_choose_parts_with (self, part, self->refused);
}

void
limn_model_row_choose_parts_with (LimnModelRow *self, LimnPartId part, const char *path)
{
  LimnPartsWindow *window;

  g_return_if_fail (LIMN_IS_MODEL_ROW (self));

  window = limn_parts_window_new (self->path);
  if (part < LIMN_N_PARTS)
    limn_parts_window_set (window, part, path);
  g_signal_connect_object (window, "chosen", G_CALLBACK (limn_model_row_try), self, G_CONNECT_SWAPPED);
  gtk_window_set_transient_for (GTK_WINDOW (window), get_window (self));
  gtk_window_present (GTK_WINDOW (window));
}

static void
choose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_model_row_choose (LIMN_MODEL_ROW (widget), g_str_equal (name, "model.open-folder"));
}

static void
parts_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_model_row_choose_parts (LIMN_MODEL_ROW (widget));
}

static void
prefix_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate_action (widget, "win.edit-prefix", NULL);
}

static void
probe_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate_action (widget, "win.probe-model", NULL);
}

static void
library_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate_action (widget, "win.show-models", NULL);
}

static void
starter_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_model_row_try (LIMN_MODEL_ROW (widget), "");
}

/* ---- Object ---- */

static void
limn_model_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnModelRow *self = LIMN_MODEL_ROW (object);

  switch (id) {
  case PROP_PATH:
    set_path (self, g_value_get_string (value));
    break;
  case PROP_STARTER:
    self->starter = g_value_get_boolean (value);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.starter", self->starter);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.edit-prefix", self->starter);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.probe", self->starter);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.library", self->starter);
    show_name (self, NULL);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_model_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnModelRow *self = LIMN_MODEL_ROW (object);

  switch (id) {
  case PROP_PATH:
    g_value_set_string (value, self->path);
    break;
  case PROP_STARTER:
    g_value_set_boolean (value, self->starter);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_model_row_dispose (GObject *object)
{
  LimnModelRow *self = LIMN_MODEL_ROW (object);

  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_object (&self->session);
  g_clear_object (&self->chooser);

  G_OBJECT_CLASS (limn_model_row_parent_class)->dispose (object);
}

static void
limn_model_row_finalize (GObject *object)
{
  LimnModelRow *self = LIMN_MODEL_ROW (object);

  g_free (self->path);
  g_free (self->trying);
  g_free (self->refused);

  G_OBJECT_CLASS (limn_model_row_parent_class)->finalize (object);
}

static void
limn_model_row_class_init (LimnModelRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = limn_model_row_set_property;
  object_class->get_property = limn_model_row_get_property;
  object_class->dispose = limn_model_row_dispose;
  object_class->finalize = limn_model_row_finalize;

  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, "", flags | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_STARTER] = g_param_spec_boolean ("starter", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[OPENED] = g_signal_new ("opened", LIMN_TYPE_MODEL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_POINTER, G_TYPE_BOOLEAN);
  signals[FAILED] = g_signal_new ("failed", LIMN_TYPE_MODEL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_STRING, G_TYPE_POINTER);

  gtk_widget_class_install_action (widget_class, "model.open-file", NULL, choose_action);
  gtk_widget_class_install_action (widget_class, "model.open-folder", NULL, choose_action);
  gtk_widget_class_install_action (widget_class, "model.choose-parts", NULL, parts_action);
  gtk_widget_class_install_action (widget_class, "model.starter", NULL, starter_action);
  gtk_widget_class_install_action (widget_class, "model.library", NULL, library_action);
  gtk_widget_class_install_action (widget_class, "model.edit-prefix", NULL, prefix_action);
  gtk_widget_class_install_action (widget_class, "model.probe", NULL, probe_action);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/model-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, button);
}

static void
limn_model_row_init (LimnModelRow *self)
{
  self->path = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.starter", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.edit-prefix", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.probe", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "model.library", FALSE);
  show_name (self, NULL);
}

void
limn_model_row_bind (LimnModelRow *self, LimnSession *session, gpointer settings, const char *property)
{
  const char *what = self->starter ? _ ("Open Another Model") : _ ("Open Another Refiner");

  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), what);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, what, -1);
  g_set_object (&self->session, session);
  g_object_bind_property (settings, property, self, "path", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  self->first = TRUE;
  limn_model_row_try (self, self->path);
}
