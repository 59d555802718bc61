/* suggest.h - the settings that suit a model, before anybody has painted with it; part of limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/fields.h"

G_BEGIN_DECLS

/* The names of the settings that go with a model rather than with a picture: limn_field_find () knows them.  Ended by
 * NULL. */
const char *const *limn_model_settings (void);
/* Sets these, and no others.  That a model was made for few steps, or for a prediction that no tensor tells, is read
 * off its name and its title.  To add such a kind: a row in suggest.c. */
void limn_model_suggest (const LimnModelInfo *info, LimnFields *fields);

G_END_DECLS
