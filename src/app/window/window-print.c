/* window-print.c - the picture on paper, as large as the sheet lets it be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/widget/texture.h"

static void
draw_page_cb (GtkPrintOperation *operation, GtkPrintContext *context, int page, GdkTexture *texture)
{
  cairo_t *cr = gtk_print_context_get_cairo_context (context);
  double width = gtk_print_context_get_width (context), height = gtk_print_context_get_height (context);
  int across = gdk_texture_get_width (texture), down = gdk_texture_get_height (texture);
  double scale = MIN (width / across, height / down);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, across, down);

  gdk_texture_download (texture, cairo_image_surface_get_data (surface),
                        (gsize) cairo_image_surface_get_stride (surface));
  cairo_surface_mark_dirty (surface);
  cairo_translate (cr, (width - across * scale) / 2, (height - down * scale) / 2);
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_paint (cr);
  cairo_surface_destroy (surface);
}

static void
done_cb (GtkPrintOperation *operation, GtkPrintOperationResult result, LimnWindow *self)
{
  g_autoptr (GError) error = NULL;

  if (result != GTK_PRINT_OPERATION_RESULT_ERROR || self->session == NULL)
    return;
  gtk_print_operation_get_error (operation, &error);
  limn_notice_bar_show (self->notice_bar, _ ("The picture could not be printed"), error->message, NULL, NULL);
}

/* path: NULL, or a PDF file to write instead of asking for a printer. */
static void
print_to (LimnWindow *self, const char *path)
{
  const LimnImage *image = self->picture != NULL ? limn_picture_get_image (self->picture) : NULL;
  g_autoptr (GtkPrintOperation) operation = gtk_print_operation_new ();
  g_autoptr (GtkPageSetup) sheet = gtk_page_setup_new ();
  gboolean wide;

  if (image == NULL)
    return;
  wide = image->width > image->height;
  gtk_page_setup_set_orientation (sheet, wide ? GTK_PAGE_ORIENTATION_LANDSCAPE : GTK_PAGE_ORIENTATION_PORTRAIT);
  gtk_print_operation_set_default_page_setup (operation, sheet);
  gtk_print_operation_set_n_pages (operation, 1);
  gtk_print_operation_set_embed_page_setup (operation, TRUE);
  gtk_print_operation_set_allow_async (operation, TRUE);
  gtk_print_operation_set_job_name (operation, "Limn");
  if (path != NULL)
    gtk_print_operation_set_export_filename (operation, path);
  g_signal_connect_data (operation, "draw-page", G_CALLBACK (draw_page_cb), limn_texture_from_image (image),
                         (GClosureNotify) (GCallback) g_object_unref, 0);
  g_signal_connect_object (operation, "done", G_CALLBACK (done_cb), self, 0);
  /* what goes wrong is told by "done" */
  gtk_print_operation_run (operation,
                           path != NULL ? GTK_PRINT_OPERATION_ACTION_EXPORT : GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG,
                           GTK_WINDOW (self), NULL);
}

static void
print_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_to (data, NULL);
}

/* "print-to": a PDF without asking, for tests and scripts */
static void
print_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_to (data, g_variant_get_bytestring (parameter));
}

void
limn_window_install_print (LimnWindow *self)
{
  static const GActionEntry actions[] = {
    { .name = "print", .activate = print_action },
    { .name = "print-to", .activate = print_to_action, .parameter_type = "ay" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
