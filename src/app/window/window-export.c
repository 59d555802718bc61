/* window-export.c - the picture on show, or several of the history, as files wherever a person wants them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/gallery/export-window.h"
#include "app/gallery/picture-sheet.h"
#include "app/widget/chosen.h"

static void
toast (LimnWindow *self, const char *text)
{
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
}

static void
ask (LimnWindow *self, const char *title, const char *name, GCallback callback)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_signal_connect_object (self->chooser, "response", callback, self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* "lighthouse.webp" for "/…/lighthouse.png".  path: NULL, where there is none. */
static char *
name_for (const char *path, const LimnImageKind *kind)
{
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : g_strdup (_ ("picture.png"));
  char *point = strrchr (name, '.');

  if (point != NULL && point > name)
    *point = '\0';
  return g_strconcat (name, kind->endings[0], NULL);
}

/* A name without an ending gets the one that was chosen. */
static char *
complete (const char *path, const LimnImageKind *kind)
{
  const char *name = strrchr (path, '/') != NULL ? strrchr (path, '/') + 1 : path;

  return strchr (name, '.') != NULL ? g_strdup (path) : g_strconcat (path, kind->endings[0], NULL);
}

/* ---- A copy with its settings ---- */

static void
failed (LimnWindow *self, const GError *error, const char *action)
{
  limn_notice_bar_show (self->notice_bar, _ ("The picture could not be saved there"), error->message,
                        _ ("Save Elsewhere…"), action);
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  gboolean saved = limn_picture_save_finish (LIMN_PICTURE (object), result, &error);

  if (self->session == NULL)
    return;
  if (!saved) {
    failed (self, error, "win.save-as");
    return;
  }
  limn_notice_bar_hide (self->notice_bar);
  toast (self, _ ("Saved a copy, with its settings inside"));
}

static void
save_to (LimnWindow *self, const char *path)
{
  g_autofree char *whole = complete (path, limn_image_kind (0));

  if (self->picture != NULL)
    limn_picture_save_async (self->picture, whole, NULL, FALSE, saved_cb, g_object_ref (self));
}

static void
save_response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    save_to (self, path);
  g_clear_object (&self->chooser);
}

static void
save_as_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autofree char *name = name_for (limn_picture_get_path (self->picture), limn_image_kind (0));

  ask (self, _ ("Save a Copy"), name, G_CALLBACK (save_response_cb));
}

/* "save-to": without asking; for tests and scripts */
static void
save_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  save_to (data, g_variant_get_bytestring (parameter));
}

/* ---- As another kind of file ---- */

static void
exported_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  gboolean saved = limn_picture_save_finish (LIMN_PICTURE (object), result, &error), bare;

  if (self->session == NULL)
    return;
  if (!saved) {
    failed (self, error, "win.export");
    return;
  }
  limn_notice_bar_hide (self->notice_bar);
  limn_export_how (self->state, &bare);
  toast (self, bare ? _ ("Exported, without its settings") : _ ("Exported, with its settings inside"));
}

static void
export_to (LimnWindow *self, const char *path)
{
  g_autofree char *whole = complete (path, limn_export_kind (self->state));
  gboolean bare;
  LimnImageHow how = limn_export_how (self->state, &bare);

  if (self->picture != NULL)
    limn_picture_save_async (self->picture, whole, &how, bare, exported_cb, g_object_ref (self));
}

static void
export_response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    export_to (self, path);
  g_clear_object (&self->chooser);
}

static void
export_cb (LimnWindow *self)
{
  g_autofree char *name = NULL;

  if (self->picture == NULL)
    return;
  name = name_for (limn_picture_get_path (self->picture), limn_export_kind (self->state));
  ask (self, _ ("Export"), name, G_CALLBACK (export_response_cb));
}

static void
export_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  gboolean deep = limn_picture_get_image (self->picture)->deep != NULL;
  LimnExportWindow *asking = limn_export_window_new (self->state, deep);

  gtk_window_set_transient_for (GTK_WINDOW (asking), GTK_WINDOW (self));
  g_signal_connect_object (asking, "export", G_CALLBACK (export_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (asking));
}

/* "export-to": without asking, as was chosen last; for tests and scripts */
static void
export_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  export_to (data, g_variant_get_bytestring (parameter));
}

/* ---- Several on one sheet ---- */

static void
sheet_saved_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  gboolean saved = limn_picture_sheet_save_finish (result, &error);

  if (self->session == NULL)
    return;
  if (!saved) {
    limn_notice_bar_show (self->notice_bar, _ ("The contact sheet could not be made"), error->message, NULL, NULL);
    return;
  }
  limn_notice_bar_hide (self->notice_bar);
  toast (self, _ ("The contact sheet is saved"));
}

static void
free_text (gpointer text)
{
  g_free (text);
}

/* The oldest first, as they were painted. */
static void
sheet_to (LimnWindow *self, const char *path)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (self->gallery);
  g_autofree char *whole = complete (path, limn_export_kind (self->state));
  GPtrArray *paths = g_ptr_array_new_with_free_func (free_text), *captions = g_ptr_array_new_with_free_func (free_text);
  gboolean bare;
  LimnImageHow how = limn_export_how (self->state, &bare);

  for (guint i = entries->len; i > 0; i--) {
    LimnEntry *entry = entries->pdata[i - 1];

    g_ptr_array_add (paths, g_strdup (limn_entry_get_path (entry)));
    g_ptr_array_add (captions, g_strdup (limn_entry_get_prompt (entry)));
  }
  if (entries->len > 0) {
    limn_picture_sheet_save_async (paths, captions, whole, &how, sheet_saved_cb, g_object_ref (self));
    return;
  }
  g_ptr_array_unref (paths);
  g_ptr_array_unref (captions);
}

static void
sheet_response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    sheet_to (self, path);
  g_clear_object (&self->chooser);
}

static void
sheet_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autofree char *name = g_strconcat (_ ("contact sheet"), limn_export_kind (self->state)->endings[0], NULL);

  ask (self, _ ("Contact Sheet"), name, G_CALLBACK (sheet_response_cb));
}

/* "export-sheet-to": without asking; for tests and scripts */
static void
sheet_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sheet_to (data, g_variant_get_bytestring (parameter));
}

void
limn_window_install_export (LimnWindow *self)
{
  static const GActionEntry actions[] = {
    { .name = "save-as", .activate = save_as_action },
    { .name = "save-to", .activate = save_to_action, .parameter_type = "ay" },
    { .name = "export", .activate = export_action },
    { .name = "export-to", .activate = export_to_action, .parameter_type = "ay" },
    { .name = "export-sheet", .activate = sheet_action },
    { .name = "export-sheet-to", .activate = sheet_to_action, .parameter_type = "ay" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
