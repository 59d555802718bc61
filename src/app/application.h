/* application.h - the program: one session, its window, and what outlives a window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/queue/queue.h"

G_BEGIN_DECLS

#define LIMN_TYPE_APPLICATION (limn_application_get_type ())
G_DECLARE_FINAL_TYPE (LimnApplication, limn_application, LIMN, APPLICATION, AdwApplication)

LimnApplication *limn_application_new (GApplicationFlags flags);
LimnSession *limn_application_get_session (LimnApplication *self);
LimnQueue *limn_application_get_queue (LimnApplication *self);
/* NULL: nothing is kept, see limn_state_open (). */
GSettings *limn_application_get_state (LimnApplication *self);

G_END_DECLS
