/* window-drop.c - pictures and models that are dropped, pasted or opened.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window-private.h"

#include <glib/gi18n.h>

#include "app/texture.h"

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnSource) source = limn_source_load_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->session == NULL)
    return;
  if (source == NULL) {
    limn_notice_bar_show (self->notice_bar, _ ("This picture cannot be opened"), error->message, NULL, NULL);
    return;
  }
  g_object_set (self->settings, "source", source, "source-x", 0.5, "source-y", 0.5, NULL);
}

static void
load (LimnWindow *self, GObject *origin)
{
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  self->loading = g_cancellable_new ();
  limn_source_load_async (origin, self->loading, loaded_cb, g_object_ref (self));
}

static gboolean
is_model (GFile *file)
{
  static const char *const suffixes[] = { ".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf" };
  g_autofree char *path = g_file_get_path (file);

  if (path == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i]))
      return TRUE;
  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

void
limn_window_open_file (LimnWindow *self, GFile *file)
{
  g_return_if_fail (LIMN_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  if (is_model (file)) {
    g_autofree char *path = g_file_get_path (file);

    limn_model_row_try (self->model_row, path);
  } else {
    load (self, G_OBJECT (file));
  }
}

/* "data:image/png;base64,..." as some browsers give it */
static gboolean
take_data_uri (LimnWindow *self, const char *uri)
{
  const char *comma = strchr (uri, ',');
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  guchar *data;
  gsize size;

  if (comma == NULL || g_strstr_len (uri, comma - uri, ";base64") == NULL)
    return FALSE;
  data = g_base64_decode (comma + 1, &size);
  bytes = g_bytes_new_take (data, size);
  texture = gdk_texture_new_from_bytes (bytes, NULL);
  if (texture == NULL)
    return FALSE;
  load (self, G_OBJECT (texture));
  return TRUE;
}

static gboolean
take_text (LimnWindow *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit_set (text, "\r\n", 2);
  g_autoptr (GFile) file = NULL;
  char *first;

  if (lines[0] == NULL)
    return FALSE;
  first = g_strstrip (lines[0]);
  if (g_str_has_prefix (first, "data:image/"))
    return take_data_uri (self, text);
  if (first[0] == '/')
    file = g_file_new_for_path (first);
  else if (g_uri_is_valid (first, G_URI_FLAGS_NONE, NULL))
    file = g_file_new_for_uri (first);
  if (file == NULL)
    return FALSE;
  limn_window_open_file (self, file);
  return TRUE;
}

gboolean
limn_window_take_value (LimnWindow *self, const GValue *value)
{
  g_return_val_if_fail (LIMN_IS_WINDOW (self), FALSE);

  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE)) {
    load (self, g_value_get_object (value));
    return TRUE;
  }
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST)) {
    GSList *files = g_value_get_boxed (value);

    if (files == NULL)
      return FALSE;
    limn_window_open_file (self, files->data);
    return TRUE;
  }
  if (G_VALUE_HOLDS (value, G_TYPE_FILE)) {
    limn_window_open_file (self, g_value_get_object (value));
    return TRUE;
  }
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) != NULL)
    return take_text (self, g_value_get_string (value));
  return FALSE;
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, LimnWindow *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self), "dropping");
  return limn_window_take_value (self, value);
}

static GdkDragAction
enter_cb (GtkDropTarget *target, double x, double y, LimnWindow *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "dropping");
  return GDK_ACTION_COPY;
}

static void
leave_cb (GtkDropTarget *target, LimnWindow *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self), "dropping");
}

static void
add_target (LimnWindow *self, GType *types, gsize n_types, GtkPropagationPhase phase)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);

  gtk_drop_target_set_gtypes (target, types, n_types);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (target), phase);
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  g_signal_connect (target, "enter", G_CALLBACK (enter_cb), self);
  g_signal_connect (target, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

void
limn_window_accept_drops (LimnWindow *self)
{
  /* pixels before addresses: a browser's picture may be behind a login */
  GType pictures[] = { GDK_TYPE_TEXTURE, GDK_TYPE_FILE_LIST, G_TYPE_FILE };
  GType texts[] = { G_TYPE_STRING };

  /* a picture dropped on the prompt must not become its address there, while dragged text may */
  add_target (self, pictures, G_N_ELEMENTS (pictures), GTK_PHASE_CAPTURE);
  add_target (self, texts, G_N_ELEMENTS (texts), GTK_PHASE_BUBBLE);
}

/* ---- Clipboard ---- */

static void
pasted_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (object), result, &error);

  if (self->session == NULL)
    return;
  if (value == NULL || !limn_window_take_value (self, value))
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("There is no picture in the clipboard")));
}

void
limn_window_paste (LimnWindow *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);
  GType type = gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST) ? GDK_TYPE_FILE_LIST : GDK_TYPE_TEXTURE;

  gdk_clipboard_read_value_async (clipboard, type, G_PRIORITY_DEFAULT, NULL, pasted_cb, g_object_ref (self));
}
