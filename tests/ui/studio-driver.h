/* studio-driver.h - drives Limn from outside, as a person with a screen reader does: the program is a process of its
 * own, reached through its accessibility tree (AT-SPI) and its exported actions, and judged by the files that it
 * leaves.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <atspi/atspi.h>
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  char *home;     /* a temporary world: pictures, state, cache and settings are under it */
  char *pictures; /* where pictures are saved */
  GPid pid;
  GDBusConnection *bus;
  char *object; /* of the window's actions */
} Studio;

/* Ends the program with 77 (skipped) where there is no display or no session bus, or fails where $LIMN_REQUIRE_DISPLAY
 * is set. */
void studio_init (int *argc, char ***argv);
/* settings: an a{sv} that LimnSettings understands, as if Limn had been used with them before; NULL: a first start. */
void studio_open (Studio *studio, GVariant *settings);
/* As from a file manager: the running Limn opens it. */
void studio_open_file (Studio *studio, const char *path);
void studio_kill (Studio *studio);  /* kill -9; studio_start () begins it again in the same world */
void studio_start (Studio *studio); /* waits for the window */
void studio_close (Studio *studio);

typedef gboolean (*StudioCondition) (Studio *studio, gpointer data);
/* Fails after some minutes.  what: for the message. */
void studio_wait (Studio *studio, const char *what, StudioCondition condition, gpointer data);

/* ---- Actions ---- */

/* format: of g_variant_new (), or NULL for no parameter. */
void studio_activate (Studio *studio, const char *action, const char *format, ...);
gboolean studio_enabled (Studio *studio, const char *action);

/* ---- The accessibility tree ---- */

/* Waits for a visible accessible of role with that name ("*words*" for a part of it). */
void studio_expect (Studio *studio, AtspiRole role, const char *name);
/* Whether there is one now. */
gboolean studio_has (Studio *studio, AtspiRole role, const char *name);
void studio_click (Studio *studio, const char *name);
void studio_type (Studio *studio, const char *name, const char *text);
void studio_set_value (Studio *studio, const char *name, double value);

/* ---- Files ---- */

/* Paths of the pictures, sorted by the time of saving.  (element-type utf8) */
GPtrArray *studio_pictures (Studio *studio);
/* Waits until there are n pictures and nothing is being painted. */
GPtrArray *studio_wait_pictures (Studio *studio, guint n);

G_END_DECLS
