/* grid-words.h - what a grid changes in a prompt's words: the weights of its LoRAs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* prompt with this weight for both networks of the LoRA of that name, or of all where name is NULL.  found: how many
 * tags.  (transfer full) */
char *limn_grid_weigh_loras (const char *prompt, const char *name, double weight, guint *found);

G_END_DECLS
