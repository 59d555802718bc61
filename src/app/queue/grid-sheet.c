/* grid-sheet.c - an X/Y grid as one labelled picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/queue/grid-sheet.h"

#include <math.h>
#include <pango/pangocairo.h>

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
  guint columns, rows;
  GStrv x_labels, y_labels;
  char *x_title, *y_title; /* y_title NULL: one row without a name */
  char *prompt;
  guint64 seed;
  Cell *cells;
};

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
limn_grid_sheet_new (LimnGrid *grid, const char *x_title, const char *y_title)
{
  LimnGridSheet *sheet = g_new0 (LimnGridSheet, 1);
  g_autoptr (LimnSettings) first = limn_grid_get_cell (grid, 0, 0);

  sheet->columns = limn_grid_get_columns (grid);
  sheet->rows = limn_grid_get_rows (grid);
  sheet->x_labels = axis_labels (limn_grid_get_x (grid));
  sheet->x_title = g_strdup (x_title);
  if (limn_grid_get_y (grid) != NULL) {
    sheet->y_labels = axis_labels (limn_grid_get_y (grid));
    sheet->y_title = g_strdup (y_title);
  }
  sheet->prompt = g_strdup (limn_settings_values (first)->prompt);
  sheet->seed = limn_settings_values (first)->seed;
  sheet->cells = g_new0 (Cell, (gsize) sheet->columns * sheet->rows);
  return sheet;
}

void
limn_grid_sheet_free (LimnGridSheet *sheet)
{
  if (sheet == NULL)
    return;
  for (guint i = 0; i < sheet->columns * sheet->rows; i++) {
    g_clear_object (&sheet->cells[i].picture);
    g_free (sheet->cells[i].path);
  }
  g_strfreev (sheet->x_labels);
  g_strfreev (sheet->y_labels);
  g_free (sheet->x_title);
  g_free (sheet->y_title);
  g_free (sheet->prompt);
  g_free (sheet->cells);
  g_free (sheet);
}

void
limn_grid_sheet_set_cell (LimnGridSheet *sheet, guint cell, LimnPicture *picture, const char *path)
{
  g_return_if_fail (cell < sheet->columns * sheet->rows);

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

static cairo_surface_t *
surface_of (const LimnImage *image)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, image->width, image->height);
  int stride = cairo_image_surface_get_stride (surface);
  guint8 *data = cairo_image_surface_get_data (surface);

  cairo_surface_flush (surface);
  for (int y = 0; y < image->height && data != NULL; y++) {
    const guint8 *from = image->rgb + (gsize) y * image->width * 3;
    guint32 *to = (guint32 *) (data + (gsize) y * stride);

    for (int x = 0; x < image->width; x++, from += 3)
      to[x] = (guint32) from[0] << 16 | (guint32) from[1] << 8 | from[2];
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static LimnImage *
image_of (cairo_surface_t *surface)
{
  int width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
  int stride = cairo_image_surface_get_stride (surface);
  LimnImage *image = limn_image_new (width, height);

  cairo_surface_flush (surface);
  for (int y = 0; y < height; y++) {
    const guint32 *from = (const guint32 *) (cairo_image_surface_get_data (surface) + (gsize) y * stride);
    guint8 *to = image->rgb + (gsize) y * width * 3;

    for (int x = 0; x < width; x++, to += 3) {
      to[0] = from[x] >> 16 & 0xff;
      to[1] = from[x] >> 8 & 0xff;
      to[2] = from[x] & 0xff;
    }
  }
  return image;
}

typedef struct {
  LimnGridSheet *sheet;
  cairo_t *cairo;
  PangoContext *pango;  /* of this thread's own fonts */
  double width, height; /* of a cell */
  double gap, line, left, top;
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
draw_cell (Page *page, guint column, guint row)
{
  const Cell *cell = &page->sheet->cells[row * page->sheet->columns + column];
  g_autoptr (LimnImage) image = cell_image (cell);
  double x = page->left + column * (page->width + page->gap), y = page->top + row * (page->height + page->gap);
  cairo_surface_t *surface;
  double scale;

  if (image == NULL) {
    cairo_set_source_rgb (page->cairo, 0.87, 0.87, 0.88);
    cairo_rectangle (page->cairo, x, y, page->width, page->height);
    cairo_fill (page->cairo);
    return;
  }
  surface = surface_of (image);
  scale = MIN (page->width / image->width, page->height / image->height);
  cairo_save (page->cairo);
  cairo_translate (page->cairo, x + (page->width - image->width * scale) / 2,
                   y + (page->height - image->height * scale) / 2);
  cairo_scale (page->cairo, scale, scale);
  cairo_set_source_surface (page->cairo, surface, 0, 0);
  if (scale == 1)
    cairo_pattern_set_filter (cairo_get_source (page->cairo), CAIRO_FILTER_NEAREST);
  cairo_paint (page->cairo);
  cairo_restore (page->cairo);
  cairo_surface_destroy (surface);
}

static void
draw_labels (Page *page)
{
  LimnGridSheet *sheet = page->sheet;
  double across = page->width + page->gap, down = page->height + page->gap;

  draw_text (page, sheet->x_title, page->left, page->gap, sheet->columns * across - page->gap, TRUE);
  for (guint i = 0; i < sheet->columns; i++)
    draw_text (page, sheet->x_labels[i], page->left + i * across, page->gap + page->line, page->width, FALSE);
  if (sheet->y_labels == NULL)
    return;
  for (guint i = 0; i < sheet->rows; i++) {
    double middle = page->top + i * down + page->height / 2;

    draw_text (page, sheet->y_title, page->gap, middle - page->line, page->left - 2 * page->gap, TRUE);
    draw_text (page, sheet->y_labels[i], page->gap, middle, page->left - 2 * page->gap, FALSE);
  }
}

/* What all pictures fit into. */
static void
largest (LimnGridSheet *sheet, int *width, int *height)
{
  int wide = 0, high = 0;

  for (guint i = 0; i < sheet->columns * sheet->rows; i++) {
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

/* Sizes while a cell's longer side is 1; then the whole is scaled. */
static void
lay_out (Page *page, int width, int height, int most_side)
{
  LimnGridSheet *sheet = page->sheet;
  double longest = MAX (width, height), wide, high, scale;

  page->width = width / longest;
  page->height = height / longest;
  page->gap = GAP;
  page->line = MAX (LABEL, MAX (sheet->columns * page->width, sheet->rows * page->height) / LEAST_LABEL);
  page->left = GAP + (sheet->y_labels != NULL ? MAX (0.55, 6 * page->line) : 0);
  page->top = 2 * GAP + 2 * page->line;
  wide = page->left + sheet->columns * (page->width + GAP);
  high = page->top + sheet->rows * (page->height + GAP);
  scale = MIN (MAX (longest, 96), most_side / MAX (wide, high));
  page->width = floor (page->width * scale);
  page->height = floor (page->height * scale);
  page->gap = floor (page->gap * scale);
  page->line *= scale;
  page->left = floor (page->left * scale);
  page->top = floor (page->top * scale);
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
  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
                                        MAX (1, (int) (page.left + sheet->columns * (page.width + page.gap))),
                                        MAX (1, (int) (page.top + sheet->rows * (page.height + page.gap))));
  page.cairo = cairo_create (surface);
  cairo_set_source_rgb (page.cairo, 1, 1, 1);
  cairo_paint (page.cairo);
  draw_labels (&page);
  for (guint row = 0; row < sheet->rows; row++)
    for (guint column = 0; column < sheet->columns; column++)
      draw_cell (&page, column, row);
  g_object_unref (page.pango);
  cairo_destroy (page.cairo);
  image = image_of (surface);
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

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  g_autoptr (LimnImage) image = limn_grid_sheet_render (saving->sheet, 512, MOST_SIDE);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_strconcat ("grid ", saving->sheet->prompt, NULL);
  g_autofree char *stem = limn_store_stem (now, saving->sheet->seed, name);
  GError *error = NULL;
  g_autofree char *title = saving->sheet->y_title != NULL
                               ? g_strdup_printf ("%s × %s", saving->sheet->x_title, saving->sheet->y_title)
                               : g_strdup (saving->sheet->x_title);
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
