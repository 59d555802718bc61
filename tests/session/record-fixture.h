/* record-fixture.h - runs whose records are looked at.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session-fixture.h"
#include "session/record/records-private.h"

G_BEGIN_DECLS

/* Of the fixture's settings, as limn_session_run_async (). */
LimnPicture *record_run (SessionFixture *fixture, LimnRecord *record, int step, LimnRunFlags flags, GError **error);
LimnPicture *record_fresh (SessionFixture *fixture);
/* A run of the fixture's settings is refused, with word in what is said. */
void record_assert_refused (SessionFixture *fixture, const char *word);
LimnRecord *record_of (SessionFixture *fixture, LimnPicture *picture);
/* The JSON that is saved in picture. */
char *record_metadata (LimnPicture *picture);
gboolean record_same_pixels (LimnPicture *a, LimnPicture *b);
/* Also begins to count anew. */
void record_set_fake (SessionFixture *fixture);
void record_wait_loaded (LimnRecords *records);

G_END_DECLS
