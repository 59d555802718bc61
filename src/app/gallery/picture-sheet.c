/* picture-sheet.c - see picture-sheet.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/picture-sheet.h"

#include <math.h>
#include <pango/pangocairo.h>

#include "app/widget/surface.h"
#include "photo/photo.h"
#include "session/thread/task-thread.h"

#define SIDE 768        /* pixels that a picture takes at most */
#define LEAST_SIDE 320  /* and at least, for its words to be legible */
#define MOST_SIDE 16000 /* of the whole: what widespread viewers open */
#define GAP 0.04        /* of a picture's side */
#define LINE 0.045
#define LINES 3 /* of words */

typedef struct {
  cairo_t *cairo;
  PangoContext *pango; /* of this thread's own fonts */
  double width, height, gap, line, words;
  guint columns, rows;
} Page;

/* As many beside each other as make the whole nearest to a square. */
static guint
choose_columns (guint n, double width, double height)
{
  guint best = 1;
  double least = G_MAXDOUBLE;

  for (guint columns = 1; columns <= n; columns++) {
    double longer = MAX (columns * width, ceil ((double) n / columns) * height);

    if (longer < least) {
      best = columns;
      least = longer;
    }
  }
  return best;
}

/* width, height: what every picture fits into, with the longer one 1; sizes in pixels after. */
static void
lay_out (Page *page, guint n, double width, double height, int side, gboolean has_words)
{
  double words = has_words ? LINES * LINE + GAP / 2 : 0;

  page->columns = choose_columns (n, width + GAP, height + GAP + words);
  page->rows = (n + page->columns - 1) / page->columns;
  double whole = MAX (page->columns * (width + GAP) + GAP, page->rows * (height + GAP + words) + GAP);
  double scale = MIN (side, MOST_SIDE / whole);
  page->width = floor (width * scale);
  page->height = floor (height * scale);
  page->gap = floor (GAP * scale);
  page->words = floor (words * scale);
  page->line = LINE * scale;
}

static void
draw_words (const Page *page, const char *text, double x, double y)
{
  g_autoptr (PangoLayout) layout = pango_layout_new (page->pango);
  g_autoptr (PangoFontDescription) font = pango_font_description_from_string ("Sans");

  pango_font_description_set_absolute_size (font, page->line * 0.7 * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_set_width (layout, (int) (page->width * PANGO_SCALE));
  pango_layout_set_height (layout, -LINES);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  cairo_set_source_rgb (page->cairo, 0.15, 0.15, 0.16);
  cairo_move_to (page->cairo, x, y);
  pango_cairo_show_layout (page->cairo, layout);
}

static void
draw_all (const Page *page, cairo_surface_t *const *pictures, GPtrArray *captions)
{
  for (guint i = 0; i < captions->len; i++) {
    double x = page->gap + i % page->columns * (page->width + page->gap);
    double y = page->gap + i / page->columns * (page->height + page->words + page->gap);
    const char *words = captions->pdata[i];

    limn_surface_draw (page->cairo, pictures[i], x, y, page->width, page->height);
    if (words != NULL && words[0] != '\0')
      draw_words (page, words, x, y + page->height + page->gap / 3);
  }
}

static gboolean
have_words (GPtrArray *captions)
{
  gboolean any = FALSE;

  for (guint i = 0; i < captions->len; i++)
    any |= captions->pdata[i] != NULL && *(const char *) captions->pdata[i] != '\0';
  return any;
}

/* Made as small as they will be shown at once: a hundred large ones do not fit into memory. */
static gboolean
load (GPtrArray *paths, int side, cairo_surface_t **pictures, int *width, int *height, GError **error)
{
  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (LimnPhoto) photo = limn_photo_load (paths->pdata[i], NULL, error);
    g_autoptr (LimnImage) small = photo != NULL ? limn_image_shrink (photo->image, side) : NULL;

    if (small == NULL)
      return FALSE;
    pictures[i] = limn_surface_new (small);
    *width = MAX (*width, small->width);
    *height = MAX (*height, small->height);
  }
  return TRUE;
}

static LimnImage *
draw (cairo_surface_t *const *pictures, GPtrArray *captions, int width, int height)
{
  Page page = { .pango = pango_font_map_create_context (pango_cairo_font_map_get_default ()) };
  double longest = MAX (width, height);
  cairo_surface_t *surface;
  LimnImage *image;

  lay_out (&page, captions->len, width / longest, height / longest, (int) MAX (longest, LEAST_SIDE),
           have_words (captions));
  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) (page.gap + page.columns * (page.width + page.gap)),
                                        (int) (page.gap + page.rows * (page.height + page.words + page.gap)));
  page.cairo = cairo_create (surface);
  cairo_set_source_rgb (page.cairo, 1, 1, 1);
  cairo_paint (page.cairo);
  draw_all (&page, pictures, captions);
  g_object_unref (page.pango);
  cairo_destroy (page.cairo);
  image = limn_surface_to_image (surface);
  cairo_surface_destroy (surface);
  return image;
}

LimnImage *
limn_picture_sheet_render (GPtrArray *paths, GPtrArray *captions, int side, GError **error)
{
  g_autofree cairo_surface_t **pictures = g_new0 (cairo_surface_t *, paths->len);
  int width = 1, height = 1;
  LimnImage *image = NULL;

  g_return_val_if_fail (paths->len > 0 && captions->len == paths->len, NULL);

  if (load (paths, side, pictures, &width, &height, error))
    image = draw (pictures, captions, width, height);
  for (guint i = 0; i < paths->len; i++)
    g_clear_pointer (&pictures[i], cairo_surface_destroy);
  return image;
}

/* ---- Saving ---- */

typedef struct {
  GPtrArray *paths, *captions;
  char *path;
  LimnImageHow how;
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;

  g_ptr_array_unref (saving->paths);
  g_ptr_array_unref (saving->captions);
  g_free (saving->path);
  g_free (saving);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  GError *error = NULL;
  g_autoptr (LimnImage) image = limn_picture_sheet_render (saving->paths, saving->captions, SIDE, &error);

  if (image != NULL && limn_image_save (image, saving->path, &saving->how, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
limn_picture_sheet_save_async (GPtrArray *paths, GPtrArray *captions, const char *path, const LimnImageHow *how,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Saving *saving = g_new (Saving, 1);

  *saving = (Saving){ paths, captions, g_strdup (path), *how };
  saving->how.text = NULL;
  g_task_set_source_tag (task, limn_picture_sheet_save_async);
  g_task_set_task_data (task, saving, saving_free);
  limn_task_run_in_thread (task, save_thread);
}

gboolean
limn_picture_sheet_save_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
