/* model-details.c - see model-details.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/models/model-details.h"

#include <glib/gi18n.h>

#include "app/models/model-preview.h"

enum { ROW_KIND, ROW_BASE, ROW_WORDS, ROW_SIZE, ROW_LICENCE, ROW_HASH, ROW_COPIES, ROW_FOLDER, N_ROWS };

static const char *const titles[N_ROWS] = {
  [ROW_KIND] = N_ ("Kind"),      [ROW_BASE] = N_ ("Made From"),   [ROW_WORDS] = N_ ("Words for the Prompt"),
  [ROW_SIZE] = N_ ("File Size"), [ROW_LICENCE] = N_ ("Licence"),  [ROW_HASH] = N_ ("Hash"),
  [ROW_COPIES] = N_ ("Copies"),  [ROW_FOLDER] = N_ ("In Folder"),
};

struct _LimnModelDetails {
  AdwBin parent_instance;
  GtkPicture *picture;
  GtkLabel *name, *title, *problem;
  GtkButton *use_button;
  GtkListBox *list;
  AdwActionRow *rows[N_ROWS];
  LimnModelEntry *entry;
  LimnFamily family;
  GCancellable *loading;
};

G_DEFINE_FINAL_TYPE (LimnModelDetails, limn_model_details, ADW_TYPE_BIN)

static guint use_signal;

static char *
copies_text (LimnModelEntry *entry)
{
  guint copies = limn_model_entry_get_copies (entry);

  return copies == 0 ? NULL
                     : g_strdup_printf (
                         ngettext ("%u other file holds the same", "%u other files hold the same", copies), copies);
}

static void
show_row (LimnModelDetails *self, int row, const char *text)
{
  gtk_widget_set_visible (GTK_WIDGET (self->rows[row]), text != NULL && *text != '\0');
  adw_action_row_set_subtitle (self->rows[row], text != NULL ? text : "");
}

static const char *
use_label (const LimnFileFacts *facts)
{
  static const char *const labels[LIMN_FILE_OTHER + 1] = {
    [LIMN_FILE_MODEL] = N_ ("Open Model"),
    [LIMN_FILE_LORA] = N_ ("Add to the Prompt"),
    [LIMN_FILE_EMBEDDING] = N_ ("Add to the Prompt"),
    [LIMN_FILE_PART] = N_ ("Use as a Part…"),
    [LIMN_FILE_CONTROL] = N_ ("Follow a Picture"),
    [LIMN_FILE_UPSCALER] = N_ ("Enlarge with It"),
    [LIMN_FILE_DETECTOR] = N_ ("Find Detail Boxes with It"),
  };

  return labels[facts->kind] != NULL ? _ (labels[facts->kind]) : NULL;
}

static void
update (LimnModelDetails *self)
{
  const LimnFileFacts *facts = limn_model_entry_get_facts (self->entry);
  g_autofree char *why_not = limn_model_entry_why_not (self->entry, self->family);
  g_autofree char *size = g_format_size ((guint64) facts->size), *copies = copies_text (self->entry);
  g_autofree char *folder = g_path_get_dirname (facts->path), *shown = g_filename_display_name (folder);
  g_autofree char *short_sha = facts->sha256 != NULL ? g_strndup (facts->sha256, 10) : NULL;
  g_autofree char *kind =
      facts->family == LIMN_FAMILY_UNKNOWN
          ? g_strdup (limn_file_facts_kind_name (facts))
          : g_strdup_printf ("%s · %s", limn_file_facts_kind_name (facts), limn_family_name (facts->family));
  const char *use = use_label (facts);

  gtk_label_set_text (self->name, facts->name);
  gtk_label_set_text (self->title, facts->title != NULL ? facts->title : "");
  gtk_widget_set_visible (GTK_WIDGET (self->title), g_strcmp0 (facts->title, facts->name) != 0 && facts->title != NULL);
  gtk_label_set_text (self->problem, why_not != NULL ? why_not : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), why_not != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->use_button), use != NULL);
  gtk_button_set_label (self->use_button, use != NULL ? use : "");
  gtk_widget_set_sensitive (GTK_WIDGET (self->use_button), why_not == NULL);
  show_row (self, ROW_KIND, kind);
  show_row (self, ROW_BASE, facts->base);
  show_row (self, ROW_WORDS, facts->words);
  show_row (self, ROW_SIZE, size);
  show_row (self, ROW_LICENCE, facts->licence);
  show_row (self, ROW_HASH, short_sha != NULL ? short_sha : facts->hash);
  show_row (self, ROW_COPIES, copies);
  show_row (self, ROW_FOLDER, shown);
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnModelDetails) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = limn_model_preview_load_finish (result, &error);

  if (error != NULL || self->entry != LIMN_MODEL_ENTRY (object))
    return;
  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (GTK_WIDGET (self->picture), texture != NULL);
}

void
limn_model_details_set_entry (LimnModelDetails *self, LimnModelEntry *entry, LimnFamily family)
{
  g_return_if_fail (LIMN_IS_MODEL_DETAILS (self));

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  if (self->entry != NULL)
    g_signal_handlers_disconnect_by_data (self->entry, self);
  g_set_object (&self->entry, entry);
  self->family = family;
  gtk_widget_set_visible (GTK_WIDGET (self->picture), FALSE);
  if (entry == NULL)
    return;
  g_signal_connect_object (entry, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  self->loading = g_cancellable_new ();
  limn_model_preview_load_async (entry, self->loading, loaded_cb, g_object_ref (self));
}

static void
use_cb (LimnModelDetails *self)
{
  g_signal_emit (self, use_signal, 0);
}

static void
limn_model_details_dispose (GObject *object)
{
  LimnModelDetails *self = LIMN_MODEL_DETAILS (object);

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  g_clear_object (&self->entry);

  G_OBJECT_CLASS (limn_model_details_parent_class)->dispose (object);
}

static void
limn_model_details_class_init (LimnModelDetailsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_model_details_dispose;
  use_signal = g_signal_new ("use", LIMN_TYPE_MODEL_DETAILS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/model-details.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnModelDetails, picture);
  gtk_widget_class_bind_template_child (widget_class, LimnModelDetails, name);
  gtk_widget_class_bind_template_child (widget_class, LimnModelDetails, title);
  gtk_widget_class_bind_template_child (widget_class, LimnModelDetails, problem);
  gtk_widget_class_bind_template_child (widget_class, LimnModelDetails, use_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelDetails, list);
  gtk_widget_class_bind_template_callback (widget_class, use_cb);
}

static void
limn_model_details_init (LimnModelDetails *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = 0; i < N_ROWS; i++) {
    self->rows[i] = ADW_ACTION_ROW (adw_action_row_new ());
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->rows[i]), _ (titles[i]));
    adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->rows[i]), FALSE);
    adw_action_row_set_subtitle_lines (self->rows[i], 6);
    gtk_list_box_append (self->list, GTK_WIDGET (self->rows[i]));
  }
}
