/* window-driver.h - drives the real window: runs its main loop until something holds, and takes its picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/application.h"
#include "app/window/window.h"

G_BEGIN_DECLS

/* A program of its own: no bus name, settings in memory, pictures in a folder that goes with it. */
typedef struct {
  LimnApplication *application;
  LimnWindow *window;
  LimnSettings *settings;
  LimnSession *session;
  LimnQueue *queue;
  char *parent, *folder; /* a temporary one, and "Limn" in it */
  gboolean keep;         /* before opening: begin with the settings that the window before left */
} WindowDriver;

/* Ends the program with 77 (skipped) where there is no display, or fails where $LIMN_REQUIRE_DISPLAY is set. */
void window_driver_init (int *argc, char ***argv);
/* Windows have no border and no room for a shadow: their size is what was asked for. */
void window_driver_drop_frame (void);
void window_driver_open (WindowDriver *driver);
void window_driver_close (WindowDriver *driver);

typedef gboolean (*WindowCondition) (WindowDriver *driver, gpointer data);
/* Runs the main loop until condition holds; fails after some minutes.  what: for the message. */
void window_driver_wait (WindowDriver *driver, const char *what, WindowCondition condition, gpointer data);
void window_driver_sleep (WindowDriver *driver, guint ms);
/* "generate", "cancel", ... */
void window_driver_activate (WindowDriver *driver, const char *action);
/* Nothing is painted; what waits is held back. */
gboolean window_driver_idle (WindowDriver *driver, gpointer data);

/* Preferences, shortcuts and the like stand before the window that they belong to. */
GtkWindow *window_driver_front (WindowDriver *driver);
/* A window's pixels. */
GdkTexture *window_driver_grab (WindowDriver *driver, GtkWindow *window);
/* Of the window in front, into $LIMN_SCREENSHOT_DIR/name.png; nothing where that is not set. */
void window_driver_screenshot (WindowDriver *driver, const char *name);
/* The same, after transitions have ended. */
void window_driver_screenshot_at_rest (WindowDriver *driver, const char *name);

/* The first below root, itself included; NULL: none. */
GtkWidget *window_driver_find (GtkWidget *root, GType type);
GtkWidget *window_driver_find_button (GtkWidget *root, const char *label);
/* The mapped label that says text. */
GtkWidget *window_driver_find_label (GtkWidget *root, const char *text);
/* The event controller of that type that widget has; borrowed. */
gpointer window_driver_find_controller (GtkWidget *widget, GType type);

G_END_DECLS
