/* grid.h - up to three settings against each other: the cells of contact sheets, in an order that is quick to paint.
 *
 * Belongs to one thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/queue/queue.h"

G_BEGIN_DECLS

/* One axis: a property of LimnSettings ("guidance", "sampler", "model", "handoff" ...), and its values.
 *
 * Text: numbers "20, 30, 40", ranges "3..7 step 2" (or "3..7", by ones), both mixed; texts "a | b | c"; samplers,
 * switches and the like by name ("euler | karras", "on, off").  For prompts the first text is searched for and replaced
 * by each ("prompt S/R"): "red | green" is the prompt as it stands and with green in place of red; "red | red | green"
 * the same.  Where the prompt is empty, each text is a whole one.  "style" is of the person's styles, "lora-weight" the
 * weight of the prompt's LoRAs or of one: "ink: 0.5, 1". */
typedef struct _LimnGridAxis LimnGridAxis;

/* Errors: LIMN_ERROR_REQUEST, saying which value and what was expected.  At most 100 values. */
LimnGridAxis *limn_grid_axis_parse (const char *property, const char *text, LimnSettings *settings, GError **error);
void limn_grid_axis_free (LimnGridAxis *axis);
const char *limn_grid_axis_get_property (LimnGridAxis *axis);
guint limn_grid_axis_get_n_values (LimnGridAxis *axis);
/* For the sheet: "7.5", "karras", a model's file name. */
const char *limn_grid_axis_get_label (LimnGridAxis *axis, guint index);
void limn_grid_axis_apply (LimnGridAxis *axis, guint index, LimnSettings *settings);

/* The properties that an axis may have, the most used first; NULL after the last. */
const char *limn_grid_property (guint index);

typedef struct _LimnGrid LimnGrid;

/* Across, down, and from sheet to sheet. */
typedef enum { LIMN_GRID_X, LIMN_GRID_Y, LIMN_GRID_Z, LIMN_GRID_N_SIDES } LimnGridSide;

/* Takes over the axes, in any case; any but the one across may be NULL.  Copies settings.  Errors: the same property
 * twice, but for texts of one prompt; more than 1000 cells. */
LimnGrid *limn_grid_new (LimnSettings *settings, LimnGridAxis *axes[LIMN_GRID_N_SIDES], GError **error);
void limn_grid_free (LimnGrid *grid);
/* Its own copy, that all cells begin with.  (transfer none) */
LimnSettings *limn_grid_get_settings (LimnGrid *grid);
LimnGridAxis *limn_grid_get_axis (LimnGrid *grid, LimnGridSide side); /* may be NULL */
/* Columns, rows and sheets, 1 where there is no axis; cell = (sheet * rows + row) * columns + column. */
guint limn_grid_get_size (LimnGrid *grid, LimnGridSide side);
guint limn_grid_get_n_cells (LimnGrid *grid);
/* (transfer full) */
LimnSettings *limn_grid_get_cell (LimnGrid *grid, guint cell);
/* Puts all cells in line, those that share models and prompts next to each other.  Returns the group.  (transfer
 * full) */
char *limn_grid_enqueue (LimnGrid *grid, LimnQueue *queue);
/* (element-type LimnPicture, NULL where there is none yet) by cell, of a group that limn_grid_enqueue () gave.
 * (transfer full) */
GPtrArray *limn_grid_get_pictures (LimnGrid *grid, LimnQueue *queue, const char *group);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGridAxis, limn_grid_axis_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGrid, limn_grid_free)

G_END_DECLS
