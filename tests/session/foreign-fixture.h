/* foreign-fixture.h - settings of other programs, as the files under cases/ have them, and what was missed of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/foreign/foreign.h"

/* Paths that a model's name is looked up in: SDXL's base and refiner, and a folder. */
extern const char *const limn_test_models[];

/* Fails the test where nothing is read; its gaps are in the test's log. */
LimnForeign *limn_test_foreign_read (const char *text);
/* The same of a file's text; name: in cases/. */
LimnForeign *limn_test_foreign_case (const char *name);
/* The file's text.  (transfer full) */
char *limn_test_foreign_load (const char *name);
/* The reason of the first gap of that name, or NULL. */
const char *limn_test_foreign_gap (LimnForeign *foreign, const char *what);
