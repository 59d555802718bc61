/* area.c - see area.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/area.h"

#include <math.h>

#include "base/i18n.h"
#include "base/image-fit.h"

#define LEAST_SIDE 16 /* pixels: what is smaller has nothing to be painted after */

/* As the web UI calls them. */
static const LimnChoice rows[] = {
  { "whole", N_ ("Whole picture") },
  { "masked", N_ ("Only masked") },
};

const LimnChoice *
limn_mask_area_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

gboolean
limn_mask_area_is_masked (const LimnFields *fields)
{
  return g_strcmp0 (fields->mask_area, rows[1].name) == 0;
}

static gboolean
asks (const LimnRequest *request)
{
  return request->image != NULL && request->mask != NULL && limn_mask_area_is_masked (&request->fields);
}

gboolean
limn_request_area (const LimnRequest *request, LimnArea *area)
{
  const LimnImage *image = request->image;
  LimnCrop box;

  if (!asks (request) || !limn_mask_box (request->mask, image->width, image->height, &box))
    return FALSE;
  *area = limn_area_around (&box, request->mask_padding, image->width, image->height, request->width, request->height);
  return TRUE;
}

gboolean
limn_request_check_area (const LimnRequest *request, GError **error)
{
  LimnArea area;

  if (!asks (request))
    return TRUE;
  if (!limn_request_area (request, &area))
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                         _ ("Only what is masked is to be painted, but the mask is empty: paint over something"));
  else if (MIN (area.box.width, area.box.height) < LEAST_SIDE)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("Only what is masked is to be painted, but with what is around it that is %d × %d pixels, and %d "
                    "are the least: make the mask or its padding larger"),
                 area.box.width, area.box.height, LEAST_SIDE);
  else
    return TRUE;
  return FALSE;
}

void
limn_request_size (const LimnRequest *request, int *width, int *height)
{
  limn_hires_size (&request->fields, width, height);
  if (!asks (request))
    return;
  *width = request->image->width;
  *height = request->image->height;
}

/* ---- Previews ---- */

struct _LimnAreaView {
  LimnImage *image; /* the request's, small ... */
  guint8 *mask;     /* ... and its mask */
  LimnCrop box;     /* in these */
  LimnArea area;
};

/* crop, of something that is times as large. */
static LimnCrop
scale (const LimnCrop *crop, double across, double down, int width, int height)
{
  int left = MIN ((int) lrint (crop->x * across), width - 1), top = MIN ((int) lrint (crop->y * down), height - 1);
  int right = MIN ((int) lrint ((crop->x + crop->width) * across), width);
  int bottom = MIN ((int) lrint ((crop->y + crop->height) * down), height);

  return (LimnCrop){ left, top, MAX (right - left, 1), MAX (bottom - top, 1) };
}

LimnAreaView *
limn_area_view_new (const LimnRequest *request, int most)
{
  const LimnImage *image = request->image;
  LimnAreaView *view;
  LimnArea area;

  if (!limn_request_area (request, &area))
    return NULL;
  view = g_new0 (LimnAreaView, 1);
  view->area = area;
  view->image = limn_image_shrink (image, most);
  view->mask = limn_mask_stretch (request->mask, image->width, image->height, view->image->width, view->image->height);
  view->box = scale (&area.box, (double) view->image->width / image->width,
                     (double) view->image->height / image->height, view->image->width, view->image->height);
  return view;
}

void
limn_area_view_free (LimnAreaView *view)
{
  if (view == NULL)
    return;
  limn_image_free (view->image);
  g_free (view->mask);
  g_free (view);
}

LimnImage *
limn_area_view_show (const LimnAreaView *view, const LimnImage *painted)
{
  const LimnArea *area = &view->area;
  const LimnArea shown = {
    .box = view->box,
    .inside = scale (&area->inside, (double) painted->width / area->width, (double) painted->height / area->height,
                     painted->width, painted->height),
    .width = painted->width,
    .height = painted->height,
  };
  LimnImage *whole = limn_area_put (&shown, painted, view->image);

  limn_image_put_back (whole, view->image, view->mask);
  return whole;
}
