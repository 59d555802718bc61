/* neighbour.c - a window of another program, to the left of the screen: its upper half gives a file to whoever it is
 * dragged to, its lower half keeps a copy of a file that is dropped on it.
 *
 * usage: neighbour FILE FOLDER
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gtk/gtk.h>

static const char *given, *folder;

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (given);
  GSList files = { file, NULL };
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (&files));
  return gdk_content_provider_new_for_value (&value);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));

  for (GSList *link = files; link != NULL; link = link->next) {
    g_autofree char *name = g_file_get_basename (link->data);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (GFile) copy = g_file_new_for_path (path);
    g_autoptr (GError) error = NULL;

    if (!g_file_copy (link->data, copy, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error))
      g_printerr ("neighbour: %s\n", error->message);
  }
  return TRUE;
}

static GtkWidget *
half (const char *text, GtkEventController *controller)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_set_vexpand (label, TRUE);
  gtk_widget_add_controller (label, controller);
  return label;
}

static void
activate_cb (GtkApplication *application, gpointer data)
{
  GtkWidget *window = gtk_application_window_new (application), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_drag_source_set_actions (source, GDK_ACTION_COPY);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), NULL);
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), NULL);
  gtk_box_append (GTK_BOX (box), half ("Take this", GTK_EVENT_CONTROLLER (source)));
  gtk_box_append (GTK_BOX (box), half ("Put it here", GTK_EVENT_CONTROLLER (target)));
  gtk_window_set_title (GTK_WINDOW (window), "Neighbour");
  gtk_window_set_default_size (GTK_WINDOW (window), 200, 400);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GtkApplication) application = gtk_application_new (NULL, G_APPLICATION_NON_UNIQUE);

  if (argc != 3) {
    g_printerr ("usage: neighbour FILE FOLDER\n");
    return 1;
  }
  given = argv[1];
  folder = argv[2];
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
  return g_application_run (G_APPLICATION (application), 0, NULL);
}
