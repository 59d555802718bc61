/* application.c - the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/application.h"

#include <glib/gi18n.h>

#include "app/further.h"
#include "app/help-window.h"
#include "app/preferences.h"
#include "app/serving.h"
#include "app/state.h"
#include "app/window/window.h"

struct _LimnApplication {
  AdwApplication parent_instance;
  LimnSession *session;
  LimnQueue *queue;
  LimnServing *serving; /* NULL: what it follows is not kept */
  guint awake;          /* what asks that the computer is not suspended; 0: nothing does, or nobody listens */
  GSettings *state;
};

G_DEFINE_FINAL_TYPE (LimnApplication, limn_application, ADW_TYPE_APPLICATION)

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  /* closing one may take others along */
  GList *windows = g_list_copy_deep (gtk_application_get_windows (data), (GCopyFunc) (GCallback) g_object_ref, NULL);

  /* closing saves what a window keeps; the last one gone, the program ends */
  for (GList *link = windows; link != NULL; link = link->next)
    gtk_window_close (link->data);
  g_list_free_full (windows, g_object_unref);
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = gtk_application_get_active_window (data);

  adw_show_about_window (window, "application-name", "Limn", "application-icon", "io.github.limn_art.Limn", "version",
                         LIMN_VERSION, "developer-name", _ ("The Limn developers"), "license-type", GTK_LICENSE_GPL_3_0,
                         "comments", _ ("Paints pictures from words with SDXL, on your own computer."), "website",
                         "https://github.com/limn-art/limn", "translator-credits", _ ("translator-credits"), NULL);
}

static void
preferences_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnApplication *self = data;
  GtkWindow *parent = gtk_application_get_active_window (data);
  LimnPreferences *preferences;

  if (!LIMN_IS_WINDOW (parent))
    return;
  preferences = limn_preferences_new (self->session, self->serving, self->state);
  gtk_window_set_transient_for (GTK_WINDOW (preferences), parent);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (preferences), TRUE);
  gtk_window_present (GTK_WINDOW (preferences));
}

static void
help_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *parent = gtk_application_get_active_window (data);
  LimnHelpWindow *help;

  if (!LIMN_IS_WINDOW (parent))
    return;
  help = limn_help_window_new ();
  gtk_window_set_transient_for (GTK_WINDOW (help), parent);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (help), TRUE);
  gtk_window_present (GTK_WINDOW (help));
}

static const GActionEntry actions[] = {
  { .name = "quit", .activate = quit_action },
  { .name = "about", .activate = about_action },
  { .name = "preferences", .activate = preferences_action },
  { .name = "help", .activate = help_action },
};

/* Esc, undo and redo are the window's own keys, for these here come before what has the focus. */
static void
set_accelerators (GtkApplication *application)
{
  static const struct {
    const char *action;
    const char *keys[3];
  } accelerators[] = {
    { "app.quit", { "<Control>q" } },
    { "app.preferences", { "<Control>comma" } },
    { "app.help", { "F1" } },
    { "win.generate", { "<Control>Return", "<Control>KP_Enter" } },
    { "win.show-grid", { "<Control>g" } },
    { "win.search-history", { "<Control>f" } },
    { "win.open-model", { "<Control>o" } },
    { "win.open-model-folder", { "<Control><Shift>o" } },
    { "win.show-models", { "<Control>m" } },
    { "win.open-image", { "<Control>i" } },
    { "win.clear-image", { "<Control><Shift>i" } },
    { "win.paste-image", { "<Control><Shift>v" } },
    { "win.copy-image", { "<Control><Shift>c" } },
    { "win.save-as", { "<Control>s" } },
    { "win.export", { "<Control><Shift>s" } },
    { "win.print", { "<Control>p" } },
    { "win.open-pictures", { "<Control>d" } },
    { "win.roll-seed", { "<Control>r" } },
    { "win.show-controls", { "F9" } },
    { "win.show-side", { "<Shift>F9" } },
    { "win.zoom-fit", { "<Control>0" } },
    { "win.zoom-exact", { "<Control>1" } },
    { "window.close", { "<Control>w" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (application, accelerators[i].action,
                                           (const char *const *) accelerators[i].keys);
}

static void
device_changed_cb (LimnApplication *self)
{
  limn_further_apply (self->session, self->state);
}

/* A queue of a night is done in the morning; what waits or is held back keeps nothing awake. */
static void
current_cb (LimnApplication *self)
{
  GtkApplication *application = GTK_APPLICATION (self);
  gboolean paints = limn_queue_get_current (self->queue) != NULL;

  if (paints && self->awake == 0)
    self->awake = gtk_application_inhibit (application, gtk_application_get_active_window (application),
                                           GTK_APPLICATION_INHIBIT_SUSPEND, _ ("A picture is being painted"));
  else if (!paints && self->awake != 0) {
    gtk_application_uninhibit (application, self->awake);
    self->awake = 0;
  }
}

static void
limn_application_startup (GApplication *application)
{
  LimnApplication *self = LIMN_APPLICATION (application);
  g_autofree char *folder = NULL;
  int device = -1;

  G_APPLICATION_CLASS (limn_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name ("io.github.limn_art.Limn");
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  set_accelerators (GTK_APPLICATION (self));
  self->state = limn_state_open ();
  if (self->state != NULL) {
    folder = g_settings_get_string (self->state, "pictures-folder");
    device = g_settings_get_int (self->state, "device");
  }
  self->session = limn_session_new (device, folder);
  g_signal_connect_object (self->session, "device-changed", G_CALLBACK (device_changed_cb), self, G_CONNECT_SWAPPED);
  self->queue = limn_queue_new (self->session, NULL);
  g_signal_connect_object (self->queue, "notify::current", G_CALLBACK (current_cb), self, G_CONNECT_SWAPPED);
  if (self->state != NULL)
    self->serving = limn_serving_new (self->queue, self->state);
}

static void
limn_application_activate (GApplication *application)
{
  LimnApplication *self = LIMN_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (window == NULL)
    window = GTK_WINDOW (limn_window_new (GTK_APPLICATION (application), self->session, self->queue, self->state));
  gtk_window_present (window);
}

static void
limn_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  GtkWindow *window;

  limn_application_activate (application);
  window = gtk_application_get_active_window (GTK_APPLICATION (application));
  for (int i = 0; i < n_files && LIMN_IS_WINDOW (window); i++)
    limn_window_open_file (LIMN_WINDOW (window), files[i]);
}

static void
limn_application_shutdown (GApplication *application)
{
  LimnApplication *self = LIMN_APPLICATION (application);

  if (self->serving != NULL)
    limn_serving_close (self->serving);
  /* the worker must not be on the device any more when the driver's exit handlers run */
  if (self->queue != NULL)
    limn_queue_close (self->queue);
  if (self->session != NULL)
    limn_session_close (self->session);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (self->state != NULL)
    g_settings_sync ();

  G_APPLICATION_CLASS (limn_application_parent_class)->shutdown (application);
}

static void
limn_application_dispose (GObject *object)
{
  LimnApplication *self = LIMN_APPLICATION (object);

  g_clear_object (&self->serving);
  g_clear_object (&self->queue);
  g_clear_object (&self->session);
  g_clear_object (&self->state);

  G_OBJECT_CLASS (limn_application_parent_class)->dispose (object);
}

static void
limn_application_class_init (LimnApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_application_dispose;
  application_class->startup = limn_application_startup;
  application_class->activate = limn_application_activate;
  application_class->open = limn_application_open;
  application_class->shutdown = limn_application_shutdown;
}

static void
limn_application_init (LimnApplication *self)
{
}

LimnApplication *
limn_application_new (GApplicationFlags flags)
{
  return g_object_new (LIMN_TYPE_APPLICATION, "application-id", "io.github.limn_art.Limn", "resource-base-path",
                       "/io/github/limn_art/Limn", "flags", flags | G_APPLICATION_HANDLES_OPEN, NULL);
}

LimnSession *
limn_application_get_session (LimnApplication *self)
{
  g_return_val_if_fail (LIMN_IS_APPLICATION (self), NULL);
  return self->session;
}

LimnQueue *
limn_application_get_queue (LimnApplication *self)
{
  g_return_val_if_fail (LIMN_IS_APPLICATION (self), NULL);
  return self->queue;
}

GSettings *
limn_application_get_state (LimnApplication *self)
{
  g_return_val_if_fail (LIMN_IS_APPLICATION (self), NULL);
  return self->state;
}
