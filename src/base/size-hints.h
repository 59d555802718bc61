/* size-hints.h - what LimnSizeHints' numbers mean where they leave something open.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

gboolean limn_size_hints_equal (const LimnSizeHints *a, const LimnSizeHints *b);
/* A size with a 0 in it becomes width x height. */
LimnSizeHints limn_size_hints_resolve (const LimnSizeHints *hints, int width, int height);

G_END_DECLS
