/* window-drop.c - pictures, settings and models that are dropped, pasted or opened.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/window/dropped.h"
#include "app/window/restore-bar.h"
#include "base/model-path.h"
#include "engine/limn.h"

/* ---- What is there ---- */

typedef struct {
  GPtrArray *origins;
  GPtrArray *loras, *controls;       /* paths */
  char *model, *upscaler, *detector; /* path of the first */
  char *remote;                      /* address of the first */
  char *folder;                      /* of the first that is of pictures */
} Gathered;

static void
gathered_clear (Gathered *gathered)
{
  g_ptr_array_unref (gathered->origins);
  g_ptr_array_unref (gathered->loras);
  g_ptr_array_unref (gathered->controls);
  g_free (gathered->model);
  g_free (gathered->upscaler);
  g_free (gathered->detector);
  g_free (gathered->remote);
  g_free (gathered->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gathered, gathered_clear)

static Gathered
gathered_new (void)
{
  return (Gathered){ g_ptr_array_new_with_free_func (g_object_unref), g_ptr_array_new_with_free_func (g_free),
                     g_ptr_array_new_with_free_func (g_free) };
}

static gboolean
is_model (const char *path)
{
  /* these are refused with a reason */
  static const char *const others[] = { ".ckpt", ".pt", ".pth", ".bin" };
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_has_suffix (lower, others[i]))
      return TRUE;
  return limn_is_model_name (path) || g_file_test (path, G_FILE_TEST_IS_DIR);
}

/* By its header, which is read at once. */
static LimnFileKind
kind_of (const char *path)
{
  g_autoptr (LimnFileFacts) facts = path != NULL && is_model (path) ? limn_file_look (path) : NULL;

  return facts != NULL ? facts->kind : LIMN_FILE_OTHER;
}

static gboolean
is_remote (const char *uri)
{
  g_autofree char *scheme = g_uri_parse_scheme (uri);

  return scheme != NULL
         && (g_str_equal (scheme, "http") || g_str_equal (scheme, "https") || g_str_equal (scheme, "ftp"));
}

static void
gather_file (Gathered *gathered, GFile *file)
{
  g_autofree char *path = g_file_get_path (file), *uri = g_file_get_uri (file);
  LimnFileKind kind = kind_of (path);

  if (g_ascii_strncasecmp (uri, "data:", 5) == 0)
    g_ptr_array_add (gathered->origins, limn_dropped_data (_ ("Dropped picture"), uri));
  else if (is_remote (uri))
    gathered->remote = gathered->remote != NULL ? gathered->remote : g_steal_pointer (&uri);
  else if (path != NULL && limn_is_model_name (path) && limn_lora_is_file (path))
    g_ptr_array_add (gathered->loras, g_steal_pointer (&path));
  else if (kind == LIMN_FILE_CONTROL)
    g_ptr_array_add (gathered->controls, g_steal_pointer (&path));
  else if (kind == LIMN_FILE_UPSCALER)
    gathered->upscaler = gathered->upscaler != NULL ? gathered->upscaler : g_steal_pointer (&path);
  else if (kind == LIMN_FILE_DETECTOR)
    gathered->detector = gathered->detector != NULL ? gathered->detector : g_steal_pointer (&path);
  else if (path != NULL && limn_window_is_picture_folder (path))
    gathered->folder = gathered->folder != NULL ? gathered->folder : g_steal_pointer (&path);
  else if (path != NULL && is_model (path))
    gathered->model = gathered->model != NULL ? gathered->model : g_steal_pointer (&path);
  else
    g_ptr_array_add (gathered->origins, g_object_ref (file));
}

static gboolean
is_settings (const char *text)
{
  g_autoptr (LimnForeign) foreign = limn_foreign_read_string (text, NULL, NULL);

  return foreign != NULL || text[strspn (text, " \t\r\n")] == '{';
}

/* Addresses, one a line, as text/uri-list has them; or settings.  FALSE: mere words. */
static gboolean
gather_text (Gathered *gathered, const char *text)
{
  g_auto (GStrv) lines = NULL;

  if (is_settings (text)) {
    g_ptr_array_add (gathered->origins, limn_dropped_text (_ ("Dropped text"), text));
    return TRUE;
  }
  lines = g_strsplit_set (text, "\r\n", 1000);
  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (lines[i]);
    g_autoptr (GFile) file = NULL;

    if (line[0] == '\0' || line[0] == '#')
      continue;
    if (line[0] == '/')
      file = g_file_new_for_path (line);
    else if (g_ascii_strncasecmp (line, "data:", 5) == 0 || g_uri_is_valid (line, G_URI_FLAGS_NONE, NULL))
      file = g_file_new_for_uri (line);
    else
      return FALSE;
    gather_file (gathered, file);
  }
  return TRUE;
}

/* The row of a ControlNet that was dropped on; FALSE: on none. */
static gboolean
find_row (LimnWindow *self, double x, double y, guint *index)
{
  return limn_control_group_find_row (self->control_group,
                                      gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_INSENSITIVE), index);
}

static gboolean
take (LimnWindow *self, const Gathered *gathered)
{
  guint row;
  if (gathered->model != NULL)
    limn_model_row_try (self->model_row, gathered->model);
  if (gathered->upscaler != NULL)
    limn_window_use_upscaler (self, gathered->upscaler);
  if (gathered->detector != NULL)
    limn_window_use_detector (self, gathered->detector);
  for (guint i = 0; i < gathered->loras->len; i++)
    limn_window_add_lora (self, gathered->loras->pdata[i]);
  if (gathered->remote != NULL) {
    /* translators: %s is a web address */
    g_autofree char *details = g_strdup_printf (_ ("Only the picture’s address came along (%s). Save the picture and "
                                                   "drop the file, or copy the picture itself and "
                                                   "paste it."),
                                                gathered->remote);

    limn_notice_bar_show (self->notice_bar, _ ("Limn does not go online"), details, NULL, NULL);
  }
  for (guint i = 0; i < gathered->controls->len; i++)
    limn_window_add_control (self, gathered->controls->pdata[i]);
  if (gathered->folder != NULL)
    limn_window_paint_folder (self, gathered->folder);
  if (gathered->origins->len > 0 && find_row (self, self->drop_x, self->drop_y, &row))
    limn_window_follow (self, gathered->origins, row);
  else if (gathered->origins->len > 0)
    limn_window_load_dropped (self, gathered->origins);
  return gathered->model != NULL || gathered->upscaler != NULL || gathered->detector != NULL || gathered->remote != NULL
         || gathered->folder != NULL || gathered->origins->len > 0 || gathered->loras->len > 0
         || gathered->controls->len > 0;
}

void
limn_window_open_file (LimnWindow *self, GFile *file)
{
  g_auto (Gathered) gathered = gathered_new ();

  g_return_if_fail (LIMN_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  gather_file (&gathered, file);
  take (self, &gathered);
}

gboolean
limn_window_take_value (LimnWindow *self, const GValue *value)
{
  g_auto (Gathered) gathered = gathered_new ();

  g_return_val_if_fail (LIMN_IS_WINDOW (self), FALSE);

  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE) && g_value_get_object (value) != NULL)
    g_ptr_array_add (gathered.origins, g_value_dup_object (value));
  else if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    for (GSList *link = g_value_get_boxed (value); link != NULL; link = link->next)
      gather_file (&gathered, link->data);
  else if (G_VALUE_HOLDS (value, G_TYPE_FILE) && g_value_get_object (value) != NULL)
    gather_file (&gathered, g_value_get_object (value));
  else if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) != NULL
           && !gather_text (&gathered, g_value_get_string (value)))
    return FALSE;
  return take (self, &gathered);
}

/* ---- Drops and the clipboard ---- */

enum { FILES, TEXTURE, TEXT, NOTHING };

/* Files first, since settings are in them; but where these are only addresses, pixels. */
static GType
wanted_type (guint which)
{
  if (which == FILES)
    return GDK_TYPE_FILE_LIST;
  return which == TEXTURE ? GDK_TYPE_TEXTURE : G_TYPE_STRING;
}

static gboolean
is_only_remote (const GValue *value)
{
  if (!G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    return FALSE;
  for (GSList *link = g_value_get_boxed (value); link != NULL; link = link->next) {
    g_autofree char *uri = g_file_get_uri (link->data);

    if (!is_remote (uri))
      return FALSE;
  }
  return TRUE;
}

static GdkContentFormats *
readable_formats (GdkContentFormats *formats)
{
  return gdk_content_formats_union_deserialize_gtypes (gdk_content_formats_ref (formats));
}

/* The first from next on that formats have. */
static guint
next_type (GdkContentFormats *formats, guint next)
{
  while (next < NOTHING && !gdk_content_formats_contain_gtype (formats, wanted_type (next)))
    next++;
  return next;
}

typedef struct {
  LimnWindow *window;
  GdkDrop *drop; /* or NULL: */
  GdkClipboard *clipboard;
  GdkContentFormats *formats;
  guint next, last; /* FILES ... */
} Reading;

static void read_next (Reading *reading);

static void
reading_end (Reading *reading, gboolean taken)
{
  if (reading->drop != NULL)
    gdk_drop_finish (reading->drop, taken ? GDK_ACTION_COPY : 0);
  else if (!taken && reading->window->session != NULL)
    adw_toast_overlay_add_toast (reading->window->toasts, adw_toast_new (_ ("There is no picture in the clipboard")));
  reading->window->drop_x = reading->window->drop_y = -1;
  g_object_unref (reading->window);
  g_clear_object (&reading->drop);
  g_clear_object (&reading->clipboard);
  gdk_content_formats_unref (reading->formats);
  g_free (reading);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Reading *reading = data;
  const GValue *value = reading->drop != NULL ? gdk_drop_read_value_finish (reading->drop, result, NULL)
                                              : gdk_clipboard_read_value_finish (reading->clipboard, result, NULL);
  guint after = next_type (reading->formats, reading->next + 1);
  gboolean better = after <= reading->last && after == TEXTURE && value != NULL && is_only_remote (value);

  if (reading->window->session == NULL) {
    reading_end (reading, FALSE);
    return;
  }
  if (value != NULL && !better && limn_window_take_value (reading->window, value)) {
    reading_end (reading, TRUE);
    return;
  }
  reading->next = after;
  read_next (reading);
}

static void
read_next (Reading *reading)
{
  GType type = wanted_type (reading->next);

  if (reading->next > reading->last)
    reading_end (reading, FALSE);
  else if (reading->drop != NULL)
    gdk_drop_read_value_async (reading->drop, type, G_PRIORITY_DEFAULT, NULL, read_cb, reading);
  else
    gdk_clipboard_read_value_async (reading->clipboard, type, G_PRIORITY_DEFAULT, NULL, read_cb, reading);
}

static void
read_all (LimnWindow *self, GdkDrop *drop, GdkClipboard *clipboard, guint first, guint last)
{
  Reading *reading = g_new0 (Reading, 1);

  reading->window = g_object_ref (self);
  g_set_object (&reading->drop, drop);
  g_set_object (&reading->clipboard, clipboard);
  reading->formats =
      readable_formats (drop != NULL ? gdk_drop_get_formats (drop) : gdk_clipboard_get_formats (clipboard));
  reading->next = next_type (reading->formats, first);
  reading->last = last;
  read_next (reading);
}

static gboolean
drop_files_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, LimnWindow *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self), "dropping");
  self->drop_x = x;
  self->drop_y = y;
  read_all (self, drop, NULL, FILES, TEXTURE);
  return TRUE;
}

static gboolean
drop_text_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, LimnWindow *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self), "dropping");
  read_all (self, drop, NULL, TEXT, TEXT);
  return TRUE;
}

static GdkDragAction
enter_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, LimnWindow *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "dropping");
  return GDK_ACTION_COPY;
}

static void
leave_cb (GtkDropTargetAsync *target, GdkDrop *drop, LimnWindow *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self), "dropping");
}

static void
add_target (LimnWindow *self, GdkContentFormats *formats, GtkPropagationPhase phase, GCallback drop_cb)
{
  GtkDropTargetAsync *target =
      gtk_drop_target_async_new (gdk_content_formats_union_deserialize_mime_types (formats), GDK_ACTION_COPY);

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (target), phase);
  g_signal_connect (target, "drop", drop_cb, self);
  g_signal_connect (target, "drag-enter", G_CALLBACK (enter_cb), self);
  g_signal_connect (target, "drag-leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

void
limn_window_paste (LimnWindow *self)
{
  read_all (self, NULL, gtk_widget_get_clipboard (GTK_WIDGET (self)), FILES, TEXT);
}

/* Ctrl+V: text goes to where text is written, all else comes to the window.  Esc: no, thanks. */
static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  g_autoptr (GdkContentFormats) formats = NULL;

  modifiers &= gtk_accelerator_get_default_mod_mask ();
  if ((key != GDK_KEY_v && key != GDK_KEY_V) || modifiers != GDK_CONTROL_MASK)
    return GDK_EVENT_PROPAGATE;
  formats = readable_formats (gdk_clipboard_get_formats (gtk_widget_get_clipboard (GTK_WIDGET (self))));
  if (next_type (formats, FILES) == NOTHING)
    return GDK_EVENT_PROPAGATE;
  if (gdk_content_formats_contain_gtype (formats, G_TYPE_STRING)
      && (GTK_IS_TEXT_VIEW (focus) || GTK_IS_EDITABLE (focus)))
    return GDK_EVENT_PROPAGATE;
  limn_window_paste (self);
  return GDK_EVENT_STOP;
}

void
limn_window_accept_drops (LimnWindow *self)
{
  GType pictures[] = { GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE };
  GdkContentFormatsBuilder *builder = gdk_content_formats_builder_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  limn_window_install_restore (self);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    gdk_content_formats_builder_add_gtype (builder, pictures[i]);
  /* a picture dropped on the prompt must not become its address there, while dragged text may */
  add_target (self, gdk_content_formats_builder_free_to_formats (builder), GTK_PHASE_CAPTURE,
              G_CALLBACK (drop_files_cb));
  add_target (self, gdk_content_formats_new_for_gtype (G_TYPE_STRING), GTK_PHASE_BUBBLE, G_CALLBACK (drop_text_cb));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
