/* queue-view.h - what is to be painted, in order: reorder, hold back, remove, try again.
 *
 * Keys on a row: Alt with Up and Down moves it, Delete removes it, Return shows its picture.
 *
 * Signals: "use-settings" (LimnQueueItem *), "show-item" (LimnQueueItem *).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/queue/queue.h"

G_BEGIN_DECLS

#define LIMN_TYPE_QUEUE_VIEW (limn_queue_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnQueueView, limn_queue_view, LIMN, QUEUE_VIEW, GtkWidget)

void limn_queue_view_bind (LimnQueueView *self, LimnQueue *queue);

G_END_DECLS
