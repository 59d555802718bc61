/* example.c - see example.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/example.h"

#include <gio/gio.h>

#define SIZE 120
#define PAINTED "painted"

static GtkWidget *
picture_new (const char *path)
{
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_resource (path);
  GtkWidget *picture = gtk_image_new_from_paintable (GDK_PAINTABLE (texture));

  gtk_image_set_pixel_size (GTK_IMAGE (picture), SIZE);
  gtk_widget_set_halign (picture, GTK_ALIGN_CENTER);
  gtk_widget_set_overflow (picture, GTK_OVERFLOW_HIDDEN);
  gtk_widget_add_css_class (picture, "example-picture");
  return picture;
}

LimnForeign *
limn_example_read (const char *path)
{
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (GHashTable) text = limn_foreign_read_chunks (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  return limn_foreign_read (text, NULL, NULL);
}

GtkWidget *
limn_example_new (const char *path, const char *label)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *button =
      g_object_new (GTK_TYPE_BUTTON, "child", box, "halign", GTK_ALIGN_CENTER, "valign", GTK_ALIGN_START, NULL);

  if (path != NULL) {
    gtk_box_append (GTK_BOX (box), picture_new (path));
    gtk_widget_add_css_class (button, "flat");
    g_object_set_data_full (G_OBJECT (button), PAINTED, limn_example_read (path), (GDestroyNotify) limn_foreign_free);
  }
  gtk_box_append (GTK_BOX (box), g_object_new (GTK_TYPE_LABEL, "label", label, "wrap", TRUE, "justify",
                                               GTK_JUSTIFY_CENTER, "max-width-chars", path != NULL ? 16 : 40, NULL));
  gtk_widget_add_css_class (button, "example");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return button;
}

LimnForeign *
limn_example_painted (GtkWidget *example)
{
  return g_object_get_data (G_OBJECT (example), PAINTED);
}
