/* grid-sheet.h - an X/Y/Z grid as one labelled picture.
 *
 * Immutable after construction but for limn_grid_sheet_set_cell (); rendering may be on any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/queue/grid.h"

G_BEGIN_DECLS

typedef struct _LimnGridSheet LimnGridSheet;

/* titles: of the axes, by their properties, for people; NULL where there is none. */
LimnGridSheet *limn_grid_sheet_new (LimnGrid *grid, const char *const titles[LIMN_GRID_N_SIDES]);
void limn_grid_sheet_free (LimnGridSheet *sheet);
/* cell: as the grid counts them.  picture or path; neither: the cell stays empty. */
void limn_grid_sheet_set_cell (LimnGridSheet *sheet, guint cell, LimnPicture *picture, const char *path);
/* Cells as large as the pictures, smaller where the sheet would pass most_side pixels.  cell_size: of empty cells,
 * pixels.  Cells whose file cannot be read stay empty. */
LimnImage *limn_grid_sheet_render (LimnGridSheet *sheet, int cell_size, int most_side);
/* Renders and saves into folder, on a thread; takes over sheet.  The result: the path.  (transfer full) */
void limn_grid_sheet_save_async (LimnGridSheet *sheet, const char *folder, GAsyncReadyCallback callback,
                                 gpointer user_data);
char *limn_grid_sheet_save_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGridSheet, limn_grid_sheet_free)

G_END_DECLS
