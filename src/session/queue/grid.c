/* grid.c - two axes and what lies between them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/grid.h"

#include "base/i18n.h"

#define MOST_CELLS 1000

struct _LimnGrid {
  LimnSettings *settings;
  LimnGridAxis *x, *y; /* y: may be NULL */
};

static gboolean
is_text (LimnGridAxis *axis)
{
  static const char *const texts[] = { "prompt", "negative", "prompt-2", "negative-2", "style", NULL };

  return g_strv_contains (texts, limn_grid_axis_get_property (axis));
}

LimnGrid *
limn_grid_new (LimnSettings *settings, LimnGridAxis *x, LimnGridAxis *y, GError **error)
{
  g_autoptr (LimnGrid) grid = g_new0 (LimnGrid, 1);

  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), NULL);
  g_return_val_if_fail (x != NULL, NULL);

  grid->settings = limn_settings_copy (settings);
  grid->x = x;
  grid->y = y;
  /* two places of one text can differ at the same time; one number cannot */
  if (y != NULL && g_str_equal (limn_grid_axis_get_property (x), limn_grid_axis_get_property (y)) && !is_text (x)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s: both sides of a grid cannot be the same setting"),
                 limn_grid_axis_get_property (x));
    return NULL;
  }
  if (limn_grid_get_columns (grid) * limn_grid_get_rows (grid) > MOST_CELLS) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("A grid can have %d pictures at most: this one has %u × %u"),
                 MOST_CELLS, limn_grid_get_columns (grid), limn_grid_get_rows (grid));
    return NULL;
  }
  return g_steal_pointer (&grid);
}

void
limn_grid_free (LimnGrid *grid)
{
  if (grid == NULL)
    return;
  g_object_unref (grid->settings);
  limn_grid_axis_free (grid->x);
  limn_grid_axis_free (grid->y);
  g_free (grid);
}

LimnSettings *
limn_grid_get_settings (LimnGrid *grid)
{
  return grid->settings;
}

LimnGridAxis *
limn_grid_get_x (LimnGrid *grid)
{
  return grid->x;
}

LimnGridAxis *
limn_grid_get_y (LimnGrid *grid)
{
  return grid->y;
}

guint
limn_grid_get_columns (LimnGrid *grid)
{
  return limn_grid_axis_get_n_values (grid->x);
}

guint
limn_grid_get_rows (LimnGrid *grid)
{
  return grid->y != NULL ? limn_grid_axis_get_n_values (grid->y) : 1;
}

LimnSettings *
limn_grid_get_cell (LimnGrid *grid, guint column, guint row)
{
  LimnSettings *cell = limn_settings_copy (grid->settings);

  limn_grid_axis_apply (grid->x, column, cell);
  if (grid->y != NULL)
    limn_grid_axis_apply (grid->y, row, cell);
  g_object_set (cell, "count", 1, "new-seed", FALSE, NULL);
  return cell;
}

/* What a change of this setting from one picture to the next costs: a model's weights, a size's plans, a prompt's
 * encoding; what only the refiner reads leaves the base's steps as they are. */
static int
cost (LimnGridAxis *axis)
{
  const char *property = axis != NULL ? limn_grid_axis_get_property (axis) : "";

  if (g_str_equal (property, "model") || g_str_equal (property, "precision"))
    return 5;
  if (g_str_equal (property, "refiner") || g_str_equal (property, "use-refiner")
      || g_str_equal (property, "lora-weight"))
    return 4;
  if (g_str_equal (property, "width") || g_str_equal (property, "height"))
    return 3;
  if (g_str_equal (property, "handoff") || g_str_equal (property, "aesthetic")
      || g_str_equal (property, "negative-aesthetic"))
    return 0;
  return axis != NULL && is_text (axis) ? 2 : 1;
}

char *
limn_grid_enqueue (LimnGrid *grid, LimnQueue *queue)
{
  guint columns = limn_grid_get_columns (grid), rows = limn_grid_get_rows (grid), n = columns * rows;
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree int *order = g_new (int, n);
  gboolean by_columns = cost (grid->x) > cost (grid->y);

  for (guint i = 0; i < n; i++) {
    guint column = by_columns ? i / rows : i % columns, row = by_columns ? i % rows : i / columns;

    order[i] = (int) (row * columns + column);
    g_ptr_array_add (cells, limn_grid_get_cell (grid, column, row));
  }
  return limn_queue_append_group (queue, cells, order);
}

static void
picture_free (gpointer picture)
{
  g_clear_object (&picture);
}

GPtrArray *
limn_grid_get_pictures (LimnGrid *grid, LimnQueue *queue, const char *group)
{
  guint n = limn_grid_get_columns (grid) * limn_grid_get_rows (grid);
  g_autoptr (GPtrArray) items = limn_queue_get_group_items (queue, group);
  GPtrArray *pictures = g_ptr_array_new_full (n, picture_free);

  g_ptr_array_set_size (pictures, (int) n);
  for (guint i = 0; i < items->len; i++) {
    guint cell = (guint) limn_queue_item_get_cell (items->pdata[i]);
    LimnPicture *picture = limn_queue_item_get_picture (items->pdata[i]);

    if (cell < n && picture != NULL && pictures->pdata[cell] == NULL)
      pictures->pdata[cell] = g_object_ref (picture);
  }
  return pictures;
}
