/* model-chooser.c - see model-chooser.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/model-chooser.h"

#include <glib/gi18n.h>

#include "base/model-file.h"

GtkNativeDialog *
limn_model_chooser_new (GtkWindow *parent, gboolean folder)
{
  static const char *const endings[] = { "safetensors", "sft", "gguf", &LIMN_MODEL_FILE_ENDING[1] };
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
      folder ? _ ("Open Model Folder") : _ ("Open Model File"), parent,
      folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

  if (!folder) {
    g_autoptr (GtkFileFilter) models = gtk_file_filter_new ();
    g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

    gtk_file_filter_set_name (models, _ ("Models (safetensors, GGUF)"));
    for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
      gtk_file_filter_add_suffix (models, endings[i]);
    gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), models);
    gtk_file_filter_set_name (all, _ ("All files"));
    gtk_file_filter_add_pattern (all, "*");
    gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), all);
  }
  return GTK_NATIVE_DIALOG (chooser);
}
