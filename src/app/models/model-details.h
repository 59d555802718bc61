/* model-details.h - all that is known of one model file, and what can be done with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/models/models.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MODEL_DETAILS (limn_model_details_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelDetails, limn_model_details, LIMN, MODEL_DETAILS, AdwBin)

/* entry: NULL for none.  family: of the model that is open.  Signal "use" (): the button was clicked. */
void limn_model_details_set_entry (LimnModelDetails *self, LimnModelEntry *entry, LimnFamily family);

G_END_DECLS
