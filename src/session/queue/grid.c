/* grid.c - axes and what lies between them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/grid.h"

#include <string.h>

#include "base/i18n.h"

#define MOST_CELLS 1000

struct _LimnGrid {
  LimnSettings *settings;
  LimnGridAxis *axes[LIMN_GRID_N_SIDES];
};

static gboolean
is_text (LimnGridAxis *axis)
{
  static const char *const texts[] = { "prompt", "negative", "prompt-2", "negative-2", "style", NULL };

  return g_strv_contains (texts, limn_grid_axis_get_property (axis));
}

/* texts at places of one text can differ at the same time; one number cannot */
static gboolean
have_room (LimnGridAxis *one, LimnGridAxis *other, GError **error)
{
  if (one == NULL || other == NULL || is_text (one)
      || !g_str_equal (limn_grid_axis_get_property (one), limn_grid_axis_get_property (other)))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s: two sides of a grid cannot be the same setting"),
               limn_grid_axis_get_property (one));
  return FALSE;
}

LimnGrid *
limn_grid_new (LimnSettings *settings, LimnGridAxis *axes[LIMN_GRID_N_SIDES], GError **error)
{
  g_autoptr (LimnGrid) grid = g_new0 (LimnGrid, 1);

  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), NULL);
  g_return_val_if_fail (axes[LIMN_GRID_X] != NULL, NULL);

  grid->settings = limn_settings_copy (settings);
  memcpy (grid->axes, axes, sizeof grid->axes);
  for (LimnGridSide side = LIMN_GRID_Y; side < LIMN_GRID_N_SIDES; side++)
    for (LimnGridSide other = LIMN_GRID_X; other < side; other++)
      if (!have_room (axes[side], axes[other], error))
        return NULL;
  if (limn_grid_get_n_cells (grid) > MOST_CELLS) {
    g_autofree char *sides =
        g_strdup_printf (axes[LIMN_GRID_Z] != NULL ? "%u × %u × %u" : "%u × %u", limn_grid_get_size (grid, LIMN_GRID_X),
                         limn_grid_get_size (grid, LIMN_GRID_Y), limn_grid_get_size (grid, LIMN_GRID_Z));

    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("A grid can have %d pictures at most: this one has %s"),
                 MOST_CELLS, sides);
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
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    limn_grid_axis_free (grid->axes[side]);
  g_free (grid);
}

LimnSettings *
limn_grid_get_settings (LimnGrid *grid)
{
  return grid->settings;
}

LimnGridAxis *
limn_grid_get_axis (LimnGrid *grid, LimnGridSide side)
{
  return grid->axes[side];
}

guint
limn_grid_get_size (LimnGrid *grid, LimnGridSide side)
{
  return grid->axes[side] != NULL ? limn_grid_axis_get_n_values (grid->axes[side]) : 1;
}

guint
limn_grid_get_n_cells (LimnGrid *grid)
{
  return limn_grid_get_size (grid, LIMN_GRID_X) * limn_grid_get_size (grid, LIMN_GRID_Y)
         * limn_grid_get_size (grid, LIMN_GRID_Z);
}

LimnSettings *
limn_grid_get_cell (LimnGrid *grid, guint cell)
{
  LimnSettings *settings = limn_settings_copy (grid->settings);

  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++) {
    guint n = limn_grid_get_size (grid, side);

    if (grid->axes[side] != NULL)
      limn_grid_axis_apply (grid->axes[side], cell % n, settings);
    cell /= n;
  }
  g_object_set (settings, "count", 1, "new-seed", FALSE, NULL);
  return settings;
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

/* The sides from the one that changes with every picture to the one that changes least, which costs most. */
static void
sort_sides (LimnGrid *grid, LimnGridSide sides[LIMN_GRID_N_SIDES])
{
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++) {
    guint at = side;

    for (; at > 0 && cost (grid->axes[sides[at - 1]]) > cost (grid->axes[side]); at--)
      sides[at] = sides[at - 1];
    sides[at] = side;
  }
}

char *
limn_grid_enqueue (LimnGrid *grid, LimnQueue *queue)
{
  guint n = limn_grid_get_n_cells (grid), columns = limn_grid_get_size (grid, LIMN_GRID_X);
  const guint strides[] = { 1, columns, columns * limn_grid_get_size (grid, LIMN_GRID_Y) };
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree int *order = g_new0 (int, n);
  LimnGridSide sides[LIMN_GRID_N_SIDES];

  sort_sides (grid, sides);
  for (guint i = 0; i < n; i++) {
    guint left = i;

    for (guint j = 0; j < LIMN_GRID_N_SIDES; j++) {
      order[i] += (int) (left % limn_grid_get_size (grid, sides[j]) * strides[sides[j]]);
      left /= limn_grid_get_size (grid, sides[j]);
    }
    g_ptr_array_add (cells, limn_grid_get_cell (grid, (guint) order[i]));
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
  guint n = limn_grid_get_n_cells (grid);
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
