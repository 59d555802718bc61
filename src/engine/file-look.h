/* file-look.h - what one model file is: its tensors, what it says of itself, and what lies beside it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/file-facts.h"

G_BEGIN_DECLS

/* Whether a library lists what lies at path by its ending, pickles included, which it tells from others. */
gboolean limn_file_is_listed (const char *path);
/* Of what lies beside path, "NAME.civitai.info", "NAME.preview.png" and the like, whose names are in names (a set of
 * those in its folder): into facts.  Returns another number where something of it is another. */
gint64 limn_file_look_beside (const char *path, GHashTable *names, LimnFileFacts *facts);
/* A single file, a diffusers folder or one that names parts; never NULL, for what cannot be read is told, too.  Reads
 * no weights; limn_file_take_fingerprint () reads a mebibyte.  names: NULL, or as above.  Any thread. */
LimnFileFacts *limn_file_look_at (const char *path, GHashTable *names);
void limn_file_take_fingerprint (LimnFileFacts *facts);
/* By reading all of a single file, where nobody has said it: of its tensors, and of the whole file. */
void limn_file_take_hash (LimnFileFacts *facts);
void limn_file_take_sha256 (LimnFileFacts *facts);
/* As stable-diffusion-webui told models apart at first: eight digits, of 64 KiB from 1 MiB on; NULL: there is none.
 * (transfer full) */
char *limn_file_short_hash (const char *path);

G_END_DECLS
