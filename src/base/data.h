/* data.h - where Limn's own data files are (starter model, CLIP vocabulary).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* name: "starter", "clip/merges.txt".  Looks in $LIMN_DATA_DIR, the installed data folder, then the source tree this
 * was built from.  NULL where it is in none.  (transfer full) */
char *limn_data_path (const char *name);

G_END_DECLS
