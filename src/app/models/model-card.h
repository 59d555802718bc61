/* model-card.h - one model file in the library: its picture, its name, and what it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/models/models.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MODEL_CARD (limn_model_card_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelCard, limn_model_card, LIMN, MODEL_CARD, GtkBox)

LimnModelCard *limn_model_card_new (void);
/* entry: NULL for none.  family: of the model that is open. */
void limn_model_card_set_entry (LimnModelCard *self, LimnModelEntry *entry, LimnFamily family);

G_END_DECLS
