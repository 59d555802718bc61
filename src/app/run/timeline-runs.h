/* timeline-runs.h - the tree of runs that the one on the timeline belongs to: a button with their number, and a list of
 * them.
 *
 * Each is named by what differs from the run it left, with a line that shows where it did.  Choosing one moves nothing.
 * Invisible where there is one run only.
 *
 * Signal: "chosen" (LimnRecord *).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/record/records.h"

G_BEGIN_DECLS

#define LIMN_TYPE_TIMELINE_RUNS (limn_timeline_runs_get_type ())
G_DECLARE_FINAL_TYPE (LimnTimelineRuns, limn_timeline_runs, LIMN, TIMELINE_RUNS, GtkWidget)

/* runs: (element-type LimnRecord) of one tree, depth first; record: the one shown. */
void limn_timeline_runs_show (LimnTimelineRuns *self, LimnRecords *records, GPtrArray *runs, LimnRecord *record);

G_END_DECLS
