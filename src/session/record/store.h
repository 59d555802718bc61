/* store.h - the folder where every picture is kept the moment it exists.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* "Limn" in the user's pictures folder; in a Flatpak that has none, "pictures" in the program's own data folder.
 * (transfer full) */
char *limn_store_default_folder (void);

/* "2026-11-23-101530-42-a-red-circle": time, seed and the first words of prompt, fit for every file system. */
char *limn_store_stem (GDateTime *time, guint64 seed, const char *prompt);

/* Saves image as folder/stem.png, or stem-2.png, stem-3.png ... where there is such a file; makes the folder.  Atomic:
 * the name exists only once the picture is whole, and no other file is ever replaced.  text: as in
 * limn_image_save_png ().  Returns the path.  (transfer full)  Blocks. */
char *limn_store_save (const char *folder, const char *stem, const LimnImage *image, const char *const *text,
                       GError **error);

/* Renames from to to, never replacing a file.  FALSE without error: there is one.  Blocks. */
gboolean limn_store_move (const char *from, const char *to, GError **error);

G_END_DECLS
