/* followed.h - pictures that the next one follows, each by a ControlNet.
 *
 * Immutable after construction, so that the window, its undo and a worker thread may hold the same ones.  None is NULL.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/source.h"

G_BEGIN_DECLS

#define LIMN_TYPE_FOLLOWED (limn_followed_get_type ())
G_DECLARE_FINAL_TYPE (LimnFollowed, limn_followed, LIMN, FOLLOWED, GObject)

typedef struct {
  char *file;          /* path of the ControlNet */
  LimnSource *picture; /* NULL: none yet */
  gboolean off;        /* left out for now */
  LimnControl how;     /* weight, share of the steps, fit, map; the rest is not used */
} LimnFollowedRow;

/* self: may be NULL in all of these. */
guint limn_followed_get_n (LimnFollowed *self);
/* NULL where there is none. */
const LimnFollowedRow *limn_followed_nth (LimnFollowed *self, guint index);
/* With a copy of row in the place of that index, or as a further one.  (transfer full) */
LimnFollowed *limn_followed_with (LimnFollowed *self, guint index, const LimnFollowedRow *row);
/* Without that one; NULL where it was the last.  (transfer full) */
LimnFollowed *limn_followed_without (LimnFollowed *self, guint index);
/* With these in the place of rows' pictures; an element of NULL leaves its row as it is.  (element-type LimnSource)
 * (transfer full) */
LimnFollowed *limn_followed_with_pictures (LimnFollowed *self, GPtrArray *pictures);
/* The first row that takes part; -1: none does. */
int limn_followed_find (LimnFollowed *self);
/* With that weight of this one; as it is where there is none.  (transfer full) */
LimnFollowed *limn_followed_weigh (LimnFollowed *self, double weight);
/* Whether the same is painted by both. */
gboolean limn_followed_is_same (LimnFollowed *self, LimnFollowed *other);

/* aa{ss}, floating: all but the pictures. */
GVariant *limn_followed_to_variant (LimnFollowed *self);
/* Leaves out what it does not know or accept.  (transfer full) */
LimnFollowed *limn_followed_from_variant (GVariant *variant);

G_END_DECLS
