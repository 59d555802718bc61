/* folder.h - temporary folders of tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Removes path and everything in it; links are not followed.  Nothing where there is none. */
void tests_remove_folder (const char *path);

G_END_DECLS
