/* grid-sheet.c - an X/Y/Z grid as one labelled picture: a table for each value of the third axis.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/queue/grid-sheet.h"

#include <math.h>
#include <pango/pangocairo.h>

#include "app/widget/surface.h"
#include "session/record/store.h"
#include "session/thread/task-thread.h"

#define MOST_SIDE 16000 /* pixels: what widespread viewers open */
#define GAP 0.03        /* of a cell */
#define LABEL 0.09      /* height of a line of text, of a cell, and at least ... */
#define LEAST_LABEL 28  /* ... this part of all cells' longer side, to be legible when the whole sheet is looked at */

typedef struct {
  LimnPicture *picture;
  char *path;
} Cell;

struct _LimnGridSheet {
  guint columns, rows, tables;
  GStrv labels[LIMN_GRID_N_SIDES]; /* NULL: one row, or one table, without a name */
  char *titles[LIMN_GRID_N_SIDES];
  char *prompt;
  guint64 seed;
  Cell *cells;
};

static guint
n_cells (const LimnGridSheet *sheet)
{
  return sheet->columns * sheet->rows * sheet->tables;
}

static GStrv
axis_labels (LimnGridAxis *axis)
{
  guint n = limn_grid_axis_get_n_values (axis);
  GStrv labels = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    labels[i] = g_strdup (limn_grid_axis_get_label (axis, i));
  return labels;
}

LimnGridSheet *
limn_grid_sheet_new (LimnGrid *grid, const char *const titles[LIMN_GRID_N_SIDES])
{
  LimnGridSheet *sheet = g_new0 (LimnGridSheet, 1);
  g_autoptr (LimnSettings) first = limn_grid_get_cell (grid, 0);

  sheet->columns = limn_grid_get_size (grid, LIMN_GRID_X);
  sheet->rows = limn_grid_get_size (grid, LIMN_GRID_Y);
  sheet->tables = limn_grid_get_size (grid, LIMN_GRID_Z);
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    if (limn_grid_get_axis (grid, side) != NULL) {
      sheet->labels[side] = axis_labels (limn_grid_get_axis (grid, side));
      sheet->titles[side] = g_strdup (titles[side]);
    }
  sheet->prompt = g_strdup (limn_settings_values (first)->prompt);
  sheet->seed = limn_settings_values (first)->seed;
  sheet->cells = g_new0 (Cell, n_cells (sheet));
  return sheet;
}

void
limn_grid_sheet_free (LimnGridSheet *sheet)
{
  if (sheet == NULL)
    return;
  for (guint i = 0; i < n_cells (sheet); i++) {
    g_clear_object (&sheet->cells[i].picture);
    g_free (sheet->cells[i].path);
  }
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++) {
    g_strfreev (sheet->labels[side]);
    g_free (sheet->titles[side]);
  }
  g_free (sheet->prompt);
  g_free (sheet->cells);
  g_free (sheet);
}

void
limn_grid_sheet_set_cell (LimnGridSheet *sheet, guint cell, LimnPicture *picture, const char *path)
{
  g_return_if_fail (cell < n_cells (sheet));

  g_set_object (&sheet->cells[cell].picture, picture);
  g_free (sheet->cells[cell].path);
  sheet->cells[cell].path = g_strdup (path);
}

/* ---- Drawing ---- */

static LimnImage *
cell_image (const Cell *cell)
{
  if (cell->picture != NULL)
    return limn_image_copy (limn_picture_get_image (cell->picture));
  return cell->path != NULL ? limn_image_load_png (cell->path, NULL, NULL) : NULL;
}

typedef struct {
  LimnGridSheet *sheet;
  cairo_t *cairo;
  PangoContext *pango;  /* of this thread's own fonts */
  double width, height; /* of a cell */
  double gap, line, left, top;
  guint tiles;             /* tables beside each other */
  double across, down;     /* from one table to the next */
  double table_x, table_y; /* of the table that is being drawn */
} Page;

/* one line, centred in the box, shortened where it is too long */
static void
draw_text (Page *page, const char *text, double x, double y, double width, gboolean heavy)
{
  g_autoptr (PangoLayout) layout = pango_layout_new (page->pango);
  g_autoptr (PangoFontDescription) font = pango_font_description_from_string (heavy ? "Sans Bold" : "Sans");

  pango_font_description_set_absolute_size (font, page->line * 0.62 * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_MIDDLE);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  cairo_set_source_rgb (page->cairo, 0.15, 0.15, 0.16);
  cairo_move_to (page->cairo, x, y + page->line * 0.14);
  pango_cairo_show_layout (page->cairo, layout);
}

static void
draw_cell (Page *page, guint table, guint row, guint column)
{
  const LimnGridSheet *sheet = page->sheet;
  const Cell *cell = &sheet->cells[(table * sheet->rows + row) * sheet->columns + column];
  g_autoptr (LimnImage) image = cell_image (cell);
  double x = page->table_x + page->left + column * (page->width + page->gap);
  double y = page->table_y + page->top + row * (page->height + page->gap);
  cairo_surface_t *surface;

  if (image == NULL) {
    cairo_set_source_rgb (page->cairo, 0.87, 0.87, 0.88);
    cairo_rectangle (page->cairo, x, y, page->width, page->height);
    cairo_fill (page->cairo);
    return;
  }
  surface = limn_surface_new (image);
  limn_surface_draw (page->cairo, surface, x, y, page->width, page->height);
  cairo_surface_destroy (surface);
}

static void
draw_labels (Page *page, guint table)
{
  LimnGridSheet *sheet = page->sheet;
  GStrv *labels = sheet->labels;
  double across = page->width + page->gap, down = page->height + page->gap;
  double left = page->table_x + page->left, line = page->table_y + page->gap;

  if (labels[LIMN_GRID_Z] != NULL) {
    g_autofree char *name = g_strdup_printf ("%s: %s", sheet->titles[LIMN_GRID_Z], labels[LIMN_GRID_Z][table]);

    draw_text (page, name, left, line, sheet->columns * across - page->gap, TRUE);
    line += page->line;
  }
  draw_text (page, sheet->titles[LIMN_GRID_X], left, line, sheet->columns * across - page->gap, TRUE);
  for (guint i = 0; i < sheet->columns; i++)
    draw_text (page, labels[LIMN_GRID_X][i], left + i * across, line + page->line, page->width, FALSE);
  for (guint i = 0; labels[LIMN_GRID_Y] != NULL && i < sheet->rows; i++) {
    double middle = page->table_y + page->top + i * down + page->height / 2, wide = page->left - 2 * page->gap;

    draw_text (page, sheet->titles[LIMN_GRID_Y], page->table_x + page->gap, middle - page->line, wide, TRUE);
    draw_text (page, labels[LIMN_GRID_Y][i], page->table_x + page->gap, middle, wide, FALSE);
  }
}

static void
draw_table (Page *page, guint table)
{
  page->table_x = table % page->tiles * page->across;
  page->table_y = table / page->tiles * page->down;
  draw_labels (page, table);
  for (guint row = 0; row < page->sheet->rows; row++)
    for (guint column = 0; column < page->sheet->columns; column++)
      draw_cell (page, table, row, column);
}

/* What all pictures fit into. */
static void
largest (LimnGridSheet *sheet, int *width, int *height)
{
  int wide = 0, high = 0;

  for (guint i = 0; i < n_cells (sheet); i++) {
    g_autoptr (LimnImage) image = cell_image (&sheet->cells[i]);

    if (image != NULL) {
      wide = MAX (wide, image->width);
      high = MAX (high, image->height);
    }
  }
  if (wide > 0) {
    *width = wide;
    *height = high;
  }
}

static guint
tables_down (const Page *page)
{
  return (page->sheet->tables + page->tiles - 1) / page->tiles;
}

/* Of all cells, in the units of a cell's width and height. */
static double
longer_side (const Page *page)
{
  const LimnGridSheet *sheet = page->sheet;

  return MAX (page->tiles * sheet->columns * page->width, tables_down (page) * sheet->rows * page->height);
}

/* As many tables beside each other as make the whole nearest to a square. */
static guint
choose_tiles (const Page *page)
{
  Page best = *page;

  best.tiles = 1;
  for (guint tiles = 2; tiles <= page->sheet->tables; tiles++) {
    Page other = best;

    other.tiles = tiles;
    if (longer_side (&other) < longer_side (&best))
      best = other;
  }
  return best.tiles;
}

/* Sizes while a cell's longer side is 1; then the whole is scaled. */
static void
lay_out (Page *page, int width, int height, int most_side)
{
  LimnGridSheet *sheet = page->sheet;
  double longest = MAX (width, height), scale;

  page->width = width / longest;
  page->height = height / longest;
  page->gap = GAP;
  page->tiles = choose_tiles (page);
  page->line = MAX (LABEL, longer_side (page) / LEAST_LABEL);
  page->left = GAP + (sheet->labels[LIMN_GRID_Y] != NULL ? MAX (0.55, 6 * page->line) : 0);
  page->top = 2 * GAP + (sheet->labels[LIMN_GRID_Z] != NULL ? 3 : 2) * page->line;
  page->across = page->left + sheet->columns * (page->width + GAP);
  page->down = page->top + sheet->rows * (page->height + GAP);
  scale = MIN (MAX (longest, 96), most_side / MAX (page->tiles * page->across, tables_down (page) * page->down));
  page->width = floor (page->width * scale);
  page->height = floor (page->height * scale);
  page->gap = floor (page->gap * scale);
  page->line *= scale;
  page->left = floor (page->left * scale);
  page->top = floor (page->top * scale);
  page->across = page->left + sheet->columns * (page->width + page->gap);
  page->down = page->top + sheet->rows * (page->height + page->gap);
}

LimnImage *
limn_grid_sheet_render (LimnGridSheet *sheet, int cell_size, int most_side)
{
  Page page = { .sheet = sheet, .pango = pango_font_map_create_context (pango_cairo_font_map_get_default ()) };
  int width = cell_size, height = cell_size;
  cairo_surface_t *surface;
  LimnImage *image;

  largest (sheet, &width, &height);
  lay_out (&page, width, height, most_side);
  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, MAX (1, (int) (page.tiles * page.across)),
                                        MAX (1, (int) (tables_down (&page) * page.down)));
  page.cairo = cairo_create (surface);
  cairo_set_source_rgb (page.cairo, 1, 1, 1);
  cairo_paint (page.cairo);
  for (guint table = 0; table < sheet->tables; table++)
    draw_table (&page, table);
  g_object_unref (page.pango);
  cairo_destroy (page.cairo);
  image = limn_surface_to_image (surface);
  cairo_surface_destroy (surface);
  return image;
}

/* ---- Saving ---- */

typedef struct {
  LimnGridSheet *sheet;
  char *folder;
} Saving;

static void
saving_free (Saving *saving)
{
  limn_grid_sheet_free (saving->sheet);
  g_free (saving->folder);
  g_free (saving);
}

/* "Guidance × Steps × Seed" */
static char *
whole_title (LimnGridSheet *sheet)
{
  GString *title = g_string_new (sheet->titles[LIMN_GRID_X]);

  for (LimnGridSide side = LIMN_GRID_Y; side < LIMN_GRID_N_SIDES; side++)
    if (sheet->titles[side] != NULL)
      g_string_append_printf (title, " × %s", sheet->titles[side]);
  return g_string_free (title, FALSE);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  g_autoptr (LimnImage) image = limn_grid_sheet_render (saving->sheet, 512, MOST_SIDE);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_strconcat ("grid ", saving->sheet->prompt, NULL);
  g_autofree char *stem = limn_store_stem (now, saving->sheet->seed, name);
  GError *error = NULL;
  g_autofree char *title = whole_title (saving->sheet);
  const char *text[] = { "Title", title, NULL };
  char *path = limn_store_save (saving->folder, stem, image, text, &error);

  if (path != NULL)
    g_task_return_pointer (task, path, g_free);
  else
    g_task_return_error (task, error);
}

void
limn_grid_sheet_save_async (LimnGridSheet *sheet, const char *folder, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Saving *saving = g_new0 (Saving, 1);

  saving->sheet = sheet;
  saving->folder = g_strdup (folder);
  g_task_set_source_tag (task, limn_grid_sheet_save_async);
  g_task_set_task_data (task, saving, (GDestroyNotify) saving_free);
  limn_task_run_in_thread (task, save_thread);
}

char *
limn_grid_sheet_save_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
