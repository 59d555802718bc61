/* keyboard.c - keys by XTEST.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "keyboard.h"

#include <dlfcn.h>
#include <gdk/x11/gdkx.h>

#define REVERT_TO_PARENT 2

struct Keyboard {
  Display *display;
  KeyCode (*code) (Display *display, KeySym key);
  int (*focus) (Display *display, Window window, int revert, Time time);
  int (*sync) (Display *display, int discard);
  int (*close) (Display *display);
  int (*press) (Display *display, unsigned int code, int down, unsigned long delay);
  gulong hook;
  guint sent, arrived; /* keys that were let go of */
};

static gboolean
load (Keyboard *self)
{
  void *x11 = dlopen ("libX11.so.6", RTLD_NOW), *xtst = dlopen ("libXtst.so.6", RTLD_NOW);
  Display *(*open_display) (const char *name);

  if (x11 == NULL || xtst == NULL)
    return FALSE;
  *(void **) &open_display = dlsym (x11, "XOpenDisplay");
  *(void **) &self->code = dlsym (x11, "XKeysymToKeycode");
  *(void **) &self->focus = dlsym (x11, "XSetInputFocus");
  *(void **) &self->sync = dlsym (x11, "XSync");
  *(void **) &self->close = dlsym (x11, "XCloseDisplay");
  *(void **) &self->press = dlsym (xtst, "XTestFakeKeyEvent");
  if (open_display == NULL || self->code == NULL || self->focus == NULL || self->sync == NULL || self->close == NULL
      || self->press == NULL)
    return FALSE;
  self->display = open_display (NULL);
  return self->display != NULL;
}

/* What the server has sent by now is dealt with. */
static void
settle (Keyboard *self)
{
  self->sync (self->display, 0);
  gdk_display_sync (gdk_display_get_default ());
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* on any surface: a popover has its own */
static gboolean
event_cb (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data)
{
  Keyboard *self = data;

  self->arrived += gdk_event_get_event_type (g_value_get_pointer (&values[1])) == GDK_KEY_RELEASE;
  return TRUE;
}

Keyboard *
keyboard_new (GtkWindow *window)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  Keyboard *self = g_new0 (Keyboard, 1);

  if (!GDK_IS_X11_SURFACE (surface) || !load (self)) {
    g_free (self);
    return NULL;
  }
  self->focus (self->display, gdk_x11_surface_get_xid (surface), REVERT_TO_PARENT, 0);
  while (!gtk_window_is_active (window))
    settle (self);
  self->hook = g_signal_add_emission_hook (g_signal_lookup ("event", GDK_TYPE_SURFACE), 0, event_cb, self, NULL);
  return self;
}

void
keyboard_free (Keyboard *self)
{
  g_signal_remove_emission_hook (g_signal_lookup ("event", GDK_TYPE_SURFACE), self->hook);
  self->close (self->display);
  g_free (self);
}

static void
send (Keyboard *self, guint key, gboolean down)
{
  self->press (self->display, self->code (self->display, key), down, 0);
  self->sent += !down;
}

void
keyboard_press (Keyboard *self, guint key, GdkModifierType modifiers)
{
  static const struct {
    GdkModifierType modifier;
    guint key;
  } held[] = { { GDK_CONTROL_MASK, GDK_KEY_Control_L }, { GDK_SHIFT_MASK, GDK_KEY_Shift_L } };

  self->sent = self->arrived = 0;
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    if ((modifiers & held[i].modifier) != 0)
      send (self, held[i].key, TRUE);
  send (self, key, TRUE);
  send (self, key, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    if ((modifiers & held[i].modifier) != 0)
      send (self, held[i].key, FALSE);
  self->sync (self->display, 0);
  /* between a frame's beginning and its end GDK keeps events back */
  while (self->arrived < self->sent)
    g_main_context_iteration (NULL, TRUE);
  settle (self);
}
