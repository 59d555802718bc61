/* kept.h - the pictures of settings by the names that a keep has for them, as files of runs and queues have them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "session/record/keep.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

typedef struct {
  char *source, *mask; /* NULL: none */
  GStrv controls;      /* of the rows in their order, "": of one without a picture; NULL: no row has one */
} LimnKept;

/* Keeps what settings have. */
LimnKept limn_kept_save (LimnKeep *keep, LimnSettings *settings);
LimnKept limn_kept_copy (const LimnKept *kept);
void limn_kept_clear (LimnKept *kept);
/* Whether settings lack one of these. */
gboolean limn_kept_is_missing (const LimnKept *kept, LimnSettings *settings);
void limn_kept_add_names (const LimnKept *kept, GHashTable *names);

/* Members of out, and of json: "source", "mask", "controls". */
void limn_kept_to_json (const LimnKept *kept, GString *out);
LimnKept limn_kept_from_json (const LimnJson *json);

/* What is loaded of them. */
typedef struct {
  LimnSource *source;
  LimnMask *mask;
  GPtrArray *controls; /* (element-type LimnSource), NULL for those without; or NULL */
} LimnKeptPictures;

/* Blocks.  FALSE with an error for the first that cannot be read; those before it are there.  known: NULL, or name ->
 * object, of what is loaded already, and receives what is loaded now. */
gboolean limn_kept_load (const LimnKept *kept, LimnKeep *keep, GHashTable *known, LimnKeptPictures *pictures,
                         GError **error);
/* Those that are there take the place of the settings' own. */
void limn_kept_pictures_apply (const LimnKeptPictures *pictures, LimnSettings *settings);
void limn_kept_pictures_clear (LimnKeptPictures *pictures);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnKept, limn_kept_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnKeptPictures, limn_kept_pictures_clear)

G_END_DECLS
