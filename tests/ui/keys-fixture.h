/* keys-fixture.h - the window while it paints; places for the focus, and what keys pressed there may touch.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/window/window-private.h"
#include "keyboard.h"
#include "window-fixture.h"

G_BEGIN_DECLS

typedef struct {
  WindowFixture window; /* first: conditions get its driver */
  Keyboard *keyboard;
  GtkWidget *history_button; /* of the prompt */
  guint n_strokes;
} KeysFixture;

/* What a key may touch. */
typedef enum {
  KEYS_NOTHING,
  KEYS_RUN,
  KEYS_SETTINGS,
  KEYS_PROMPT,
  KEYS_NEGATIVE,
  KEYS_SEED,
  KEYS_SEARCH,
  KEYS_TRASH,
  KEYS_STROKES,
  KEYS_MODE,    /* of the canvas */
  KEYS_PAGE,    /* of the stage */
  KEYS_STEP,    /* that is looked at */
  KEYS_POPOVER, /* with the earlier prompts */
  KEYS_EARLIER, /* what is searched for in it */
  KEYS_N_THINGS
} KeysThing;

/* What lies over the picture. */
typedef enum { KEYS_PICTURE, KEYS_MASK, KEYS_EXTEND, KEYS_COMPARISON, KEYS_N_COVERS } KeysCover;

/* escape, undo: what each key touches there; KEYS_RUN: where nothing lies over the picture; KEYS_STROKES: while a mask
 * is painted. */
typedef struct {
  const char *name;
  void (*focus) (KeysFixture *fixture);
  KeysThing escape, undo;
} KeysPlace;

extern const KeysPlace keys_places[];
extern const guint keys_n_places;

/* Three pictures are painted and in the history. */
void keys_fixture_open (KeysFixture *fixture);
void keys_fixture_close (KeysFixture *fixture);

LimnWindow *keys_window (KeysFixture *fixture);
GtkWidget *keys_popover (KeysFixture *fixture);

const char *keys_thing_name (KeysThing thing);
/* As it is now; equal where nothing touched it.  (transfer full) */
char *keys_describe (KeysFixture *fixture, KeysThing thing);
/* Leaves something in thing for Ctrl+Z to take back, or for Esc to leave. */
void keys_prepare (KeysFixture *fixture, KeysThing thing);
/* A run with many steps to come is on the device. */
void keys_go_on_painting (KeysFixture *fixture);
void keys_cover (KeysFixture *fixture, KeysCover cover);
/* No step is looked at, the popover is closed. */
void keys_clear (KeysFixture *fixture);

/* What key, pressed now at a place with this answer, must touch. */
KeysThing keys_answer (KeysThing answer, KeysCover cover);
/* Presses key, GDK_KEY_z with Ctrl, and fails unless that touches thing and nothing else.  where: for the message. */
void keys_press (KeysFixture *fixture, const char *where, guint key, KeysThing thing);

G_END_DECLS
