/* queue-row.h - one picture to be painted, or painted: what, how far, and what can be done with it.
 *
 * Its action group "row" has first, up, down, pause, retry, use, remove; menus, keys and tests go through it.
 *
 * Signals: "use-settings" (LimnQueueItem *), "show-item" (LimnQueueItem *).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/queue/queue.h"

G_BEGIN_DECLS

#define LIMN_TYPE_QUEUE_ROW (limn_queue_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnQueueRow, limn_queue_row, LIMN, QUEUE_ROW, GtkWidget)

GtkWidget *limn_queue_row_new (LimnQueue *queue);
/* NULL: the row shows nothing until it is used again. */
void limn_queue_row_set_item (LimnQueueRow *self, LimnQueueItem *item);
LimnQueueItem *limn_queue_row_get_item (LimnQueueRow *self);

G_END_DECLS
