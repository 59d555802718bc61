/* several.h - several pictures painted together, the network asked for all of them in each step; beside limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_MOST_TOGETHER 16 /* pictures a step */

typedef struct {
  const LimnRequest *request;
  const LimnMonitor *monitor; /* NULL, or who is told of this picture and can cancel it alone */
} LimnPainting;

/* Called once for each painting, as soon as it is finished.  result: (transfer full), or NULL with error. */
typedef void (*LimnPaintedFunc) (guint index, LimnResult *result, const GError *error, gpointer data);

/* As limn_engine_generate () for each.  Those that differ in no more than seed, prompts of a kind, picture and what
 * they go on from are painted together, so many at most (0: any number), and no more than fit without anything giving
 * way; where these are fewer than were asked for, their notes say so.  None knows of the others: each picture is what
 * it would be alone, to the bit. */
void limn_engine_generate_several (LimnEngine *engine, const LimnPainting *paintings, guint n, int together,
                                   LimnPaintedFunc painted, gpointer data);
/* As limn_engine_estimate () of so many pictures of request's kind at once, or of as many of them as are painted
 * together: *together.  Seconds are each picture's share. */
LimnEstimate *limn_engine_estimate_several (LimnEngine *engine, const LimnRequest *request, int *together,
                                            GError **error);

G_END_DECLS
