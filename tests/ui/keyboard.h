/* keyboard.h - keys as a person presses them: they come from the X server, and go where the focus is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "window-driver.h"

G_BEGIN_DECLS

typedef struct Keyboard Keyboard;

/* Gives window the server's focus, for there is no window manager; NULL where the server has no XTEST. */
Keyboard *keyboard_new (GtkWindow *window);
void keyboard_free (Keyboard *keyboard);
/* Presses and releases, and returns once the program has dealt with it.  modifiers: Control, Shift or both. */
void keyboard_press (Keyboard *keyboard, guint key, GdkModifierType modifiers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Keyboard, keyboard_free)

G_END_DECLS
