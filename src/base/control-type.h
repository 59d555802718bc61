/* control-type.h - what the picture shows that a ControlNet for several kinds of pictures (ControlNet Union, ProMax) is
 * to follow: a table, in the order of the rows of such a network's own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

typedef struct {
  LimnChoice choice;   /* "canny", "Lines or hard edges" */
  int index;           /* of the network's row; -1: it is told nothing, as ComfyUI's "auto" has it */
  const char *aliases; /* "canny/lineart": all that programs call it; NULL: its name */
  gboolean of_sight;   /* not of the picture, but of what an IP-Adapter takes from it; index: -1 */
} LimnControlType;

/* By index, and by any of its names, with small letters and capitals, blanks and dashes alike; NULL where there is
 * none. */
const LimnControlType *limn_control_type_nth (guint index);
const LimnControlType *limn_control_type_find (const char *name);
const LimnChoice *limn_control_type_choice (guint index);
/* Whether type can be said of a network of so many kinds, or of an IP-Adapter. */
gboolean limn_control_type_fits (const LimnControlType *type, int types, gboolean of_sight);
G_END_DECLS
