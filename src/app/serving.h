/* serving.h - the server over the window's own queue, on and off as preferences have it.
 *
 * Signal: "changed" (), where it says something else of itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "serve/server.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SERVING (limn_serving_get_type ())
G_DECLARE_FINAL_TYPE (LimnServing, limn_serving, LIMN, SERVING, GObject)

/* Follows the keys "serve", "serve-port" and "serve-token" of state from now on.  Paints with the model of the window's
 * last settings until a client chooses another. */
LimnServing *limn_serving_new (LimnQueue *queue, GSettings *state);
void limn_serving_close (LimnServing *self);

/* FALSE where this Limn was built without it. */
gboolean limn_serving_is_possible (void);
/* NULL while it does not listen. */
const char *limn_serving_get_address (LimnServing *self);
/* Who can reach it where, or why nobody can, in a sentence for people.  (transfer full) */
char *limn_serving_describe (LimnServing *self);

G_END_DECLS
