/* parts-window.c - see parts-window.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/parts-window.h"

#include <glib/gi18n.h>

#include "app/panel/model-chooser.h"
#include "app/widget/chosen.h"
#include "base/model-file.h"
#include "base/model-path.h"
#include "engine/limn.h"

/* The rest of the model, and each part. */
#define MODEL LIMN_N_PARTS
#define N_PLACES (LIMN_N_PARTS + 1)

struct _LimnPartsWindow {
  AdwWindow parent_instance;
  GtkWidget *list, *use_button;
  GtkLabel *problem;
  AdwActionRow *rows[N_PLACES];
  GtkWidget *clear_buttons[N_PLACES];
  char *paths[N_PLACES]; /* NULL: not said */
  GtkNativeDialog *chooser;
};

G_DEFINE_FINAL_TYPE (LimnPartsWindow, limn_parts_window, ADW_TYPE_WINDOW)

enum { CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static const char *const titles[N_PLACES] = {
  [MODEL] = N_ ("Model"),
  [LIMN_PART_UNET] = N_ ("U-Net"),
  [LIMN_PART_VAE] = N_ ("VAE"),
  [LIMN_PART_TEXT_ENCODER] = N_ ("Text Encoder (CLIP-L)"),
  [LIMN_PART_TEXT_ENCODER_2] = N_ ("Second Text Encoder (OpenCLIP-G)"),
};

/* ---- What it shows ---- */

static gboolean
has_parts (LimnPartsWindow *self)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    if (self->paths[part] != NULL)
      return TRUE;
  return FALSE;
}

static void
show_row (LimnPartsWindow *self, int place)
{
  const char *path = self->paths[place];
  g_autofree char *base = path != NULL ? limn_model_name_from_path (path) : NULL;
  g_autofree char *name = base != NULL ? g_filename_display_name (base) : NULL;

  if (name == NULL)
    name = g_strdup (place == MODEL ? _ ("None") : self->paths[MODEL] != NULL ? _ ("The model’s") : _ ("None"));
  adw_action_row_set_subtitle (self->rows[place], name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->rows[place]), path);
  gtk_widget_set_visible (self->clear_buttons[place], path != NULL && place != MODEL);
}

static void
update (LimnPartsWindow *self)
{
  for (int place = 0; place < N_PLACES; place++)
    show_row (self, place);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  gtk_widget_set_sensitive (self->use_button, self->paths[MODEL] != NULL || self->paths[LIMN_PART_UNET] != NULL);
}

static void
set_place (LimnPartsWindow *self, int place, const char *path)
{
  g_free (self->paths[place]);
  self->paths[place] = g_strdup (path);
  update (self);
}

/* ---- What is made of it ---- */

static gboolean
is_same (const LimnModelParts *one, const LimnModelParts *other)
{
  gboolean same = g_strcmp0 (one->model, other->model) == 0;

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    same &= g_strcmp0 (one->parts[part], other->parts[part]) == 0;
  return same;
}

/* "sd_xl_base_1.0 + sdxl_vae" */
static char *
make_name (const LimnModelParts *parts)
{
  g_autoptr (GString) name = g_string_new (NULL);

  for (int i = -1; i < LIMN_N_PARTS; i++) {
    const char *path = i < 0 ? parts->model : parts->parts[i];
    g_autofree char *base = path != NULL ? limn_model_name_from_path (path) : NULL;

    if (base != NULL && name->len + strlen (base) < 200) /* a file's name has 255 bytes at most */
      g_string_append_printf (name, "%s%s", name->len > 0 ? " + " : "", base);
  }
  return g_string_free (g_steal_pointer (&name), FALSE);
}

/* A file that says it; never another model's, which a picture or the queue may name.  (transfer full) */
static char *
make_file (const LimnModelParts *parts, GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", "models", NULL);
  g_autofree char *name = make_name (parts);

  for (int n = 1;; n++) {
    g_autofree char *file = n == 1 ? g_strconcat (name, LIMN_MODEL_FILE_ENDING, NULL)
                                   : g_strdup_printf ("%s %d%s", name, n, LIMN_MODEL_FILE_ENDING);
    g_autofree char *path = g_build_filename (folder, file, NULL);
    g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
    LimnModelParts known;

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return limn_model_file_write (path, parts, error) ? g_steal_pointer (&path) : NULL;
    if (limn_model_file_read (path, strings, &known, NULL) && is_same (&known, parts))
      return g_steal_pointer (&path);
  }
}

static void
use_cb (LimnPartsWindow *self)
{
  LimnModelParts parts = { .model = self->paths[MODEL] };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    parts.parts[part] = self->paths[part];
  path = has_parts (self) ? make_file (&parts, &error) : g_strdup (parts.model);
  if (path == NULL) {
    gtk_label_set_text (self->problem, error->message);
    gtk_widget_set_visible (GTK_WIDGET (self->problem), TRUE);
    return;
  }
  g_signal_emit (self, signals[CHOSEN], 0, path);
  gtk_window_close (GTK_WINDOW (self));
}

/* ---- Choosing ---- */

static void
response_cb (GtkNativeDialog *dialog, int response, LimnPartsWindow *self)
{
  int place = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "place"));

  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    set_place (self, place, path);
  g_clear_object (&self->chooser);
}

static void
choose (LimnPartsWindow *self, GtkWidget *button, gboolean folder)
{
  gpointer place = g_object_get_data (G_OBJECT (button), "place");

  g_clear_object (&self->chooser);
  self->chooser = limn_model_chooser_new (GTK_WINDOW (self), folder);
  g_object_set_data (G_OBJECT (self->chooser), "place", place);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (self->chooser);
}

static void
choose_file_cb (GtkWidget *button, LimnPartsWindow *self)
{
  choose (self, button, FALSE);
}

static void
choose_folder_cb (GtkWidget *button, LimnPartsWindow *self)
{
  choose (self, button, TRUE);
}

static void
clear_cb (GtkWidget *button, LimnPartsWindow *self)
{
  set_place (self, GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "place")), NULL);
}

static GtkWidget *
add_button (LimnPartsWindow *self, int place, const char *icon, const char *label, GCallback callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  /* translators: what a button does, and with which part of a model */
  g_autofree char *text = g_strdup_printf (_ ("%s: %s"), _ (titles[place]), label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_object_set_data (G_OBJECT (button), "place", GINT_TO_POINTER (place));
  g_signal_connect_object (button, "clicked", callback, self, 0);
  adw_action_row_add_suffix (self->rows[place], button);
  return button;
}

static void
add_row (LimnPartsWindow *self, int place)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());

  self->rows[place] = row;
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (titles[place]));
  self->clear_buttons[place] =
      add_button (self, place, "edit-clear-symbolic", _ ("Take the Model’s"), G_CALLBACK (clear_cb));
  add_button (self, place, "folder-symbolic", _ ("Choose a Folder"), G_CALLBACK (choose_folder_cb));
  add_button (self, place, "document-open-symbolic", _ ("Choose a File"), G_CALLBACK (choose_file_cb));
  gtk_list_box_append (GTK_LIST_BOX (self->list), GTK_WIDGET (row));
}

/* ---- Object ---- */

static void
limn_parts_window_finalize (GObject *object)
{
  LimnPartsWindow *self = LIMN_PARTS_WINDOW (object);

  for (int place = 0; place < N_PLACES; place++)
    g_free (self->paths[place]);
  g_clear_object (&self->chooser);

  G_OBJECT_CLASS (limn_parts_window_parent_class)->finalize (object);
}

static void
limn_parts_window_class_init (LimnPartsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_parts_window_finalize;
  signals[CHOSEN] = g_signal_new ("chosen", LIMN_TYPE_PARTS_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/parts-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPartsWindow, list);
  gtk_widget_class_bind_template_child (widget_class, LimnPartsWindow, problem);
  gtk_widget_class_bind_template_child (widget_class, LimnPartsWindow, use_button);
  gtk_widget_class_bind_template_callback (widget_class, use_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
limn_parts_window_init (LimnPartsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_row (self, MODEL);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    add_row (self, part);
}

LimnPartsWindow *
limn_parts_window_new (const char *model)
{
  LimnPartsWindow *self = g_object_new (LIMN_TYPE_PARTS_WINDOW, NULL);
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  g_autofree char *starter = model[0] == '\0' ? limn_starter_path () : NULL;
  LimnModelParts parts = { .model = starter != NULL ? starter : model[0] != '\0' ? model : NULL };

  if (limn_is_model_file (model) && !limn_model_file_read (model, strings, &parts, NULL))
    parts = (LimnModelParts){ NULL };
  self->paths[MODEL] = g_strdup (parts.model);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    self->paths[part] = g_strdup (parts.parts[part]);
  update (self);
  return self;
}

void
limn_parts_window_set (LimnPartsWindow *self, LimnPartId part, const char *path)
{
  g_return_if_fail (LIMN_IS_PARTS_WINDOW (self));
  g_return_if_fail (part < LIMN_N_PARTS);

  set_place (self, (int) part, path);
}
