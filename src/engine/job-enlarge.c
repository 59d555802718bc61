/* job-enlarge.c - a picture is made larger by an upscaler: the end of a run, or all of one; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/image-fit.h"
#include "engine/job.h"
#include "engine/enlarge.h"

#include "base/i18n.h"
#include "engine/image.h"
#include "engine/model.h"
#include "model/upscaler.h"

#include <math.h>

/* Sides of the square that a result is not larger than. */
#define MOST_SIDE 8192

gboolean
limn_enlarge_check (LimnModel *upscaler, int width, int height, GError **error)
{
  int scale = limn_model_scale (upscaler);

  if (scale == 0)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("%s was chosen to enlarge the picture, but it is no upscaler"), limn_model_name (upscaler));
  else if ((guint64) width * height * scale * scale > (guint64) MOST_SIDE * MOST_SIDE)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("%s would make %d × %d pixels of %d × %d, but there may be as many as %d × %d have"),
                 limn_model_name (upscaler), width * scale, height * scale, width, height, MOST_SIDE, MOST_SIDE);
  else
    return TRUE;
  return FALSE;
}

/* Pixels of the other end that an upscaler sees beyond the edges of a picture that repeats. */
#define BEYOND 24

typedef struct {
  LimnImage *image;
  int left, top; /* of what is made, before the picture */
  gboolean finite;
} Result;

static void
put_cb (int x, int y, int width, int height, const float *planes, gpointer data)
{
  Result *result = data;
  gsize n = (gsize) width * height;

  result->finite = result->finite && limn_all_finite (planes, 3 * n);
  for (gsize i = 0; result->finite && i < n; i++) {
    int at_x = x + (int) (i % (gsize) width) - result->left, at_y = y + (int) (i / (gsize) width) - result->top;

    if (at_x < 0 || at_y < 0 || at_x >= result->image->width || at_y >= result->image->height)
      continue;
    for (int c = 0; c < 3; c++)
      limn_image_put (result->image, 3 * ((gsize) at_y * result->image->width + at_x) + c, planes[c * n + i]);
  }
}

/* After a pass in fp16 that gave NaN: whether to try again in fp32, else an error. */
static gboolean
retry (LimnJob *job, const LimnNetwork *upscaler, GError **error)
{
  if (limn_residents_raise (job->engine->residents, upscaler)) {
    job->redone = TRUE;
    limn_job_note (job, _ ("%s overflowed in fp16 while enlarging the picture; redone in fp32"),
                   limn_model_name (upscaler->model));
    return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               _ ("%s gave values that are not numbers while enlarging the picture, in fp32 too: its file may be "
                  "damaged"),
               limn_model_name (upscaler->model));
  return FALSE;
}

static void
beyond (const LimnJob *job, int *across, int *down)
{
  gboolean x, y;

  limn_tile_get (&job->request->fields, &x, &y);
  *across = x ? BEYOND : 0;
  *down = y ? BEYOND : 0;
}

static gboolean
enlarge (LimnJob *job, const LimnAct *act, GError **error)
{
  const LimnNetwork *network = &act->uses[0].network;
  int scale = limn_model_scale (network->model), across, down;
  beyond (job, &across, &down);
  g_autoptr (LimnImage) whole = limn_image_around (job->image, across, down);
  int width = whole->width, height = whole->height;
  gsize n = (gsize) width * height;
  g_autoptr (LimnImage) image = limn_image_new (job->image->width * scale, job->image->height * scale);
  g_autofree float *planes = g_new (float, 3 * n);
  Result result = { .image = image, .left = across * scale, .top = down * scale };

  image->deep = g_new (guint16, 3 * (gsize) image->width * image->height);
  for (gsize i = 0; i < 3 * n; i++)
    planes[i % 3 * n + i / 3] = whole->rgb[i] / 255.0f;
  do {
    LimnUpscaler *upscaler = limn_job_fetch (job, act, network, error);

    result.finite = TRUE;
    if (upscaler == NULL
        || !limn_upscaler_run (upscaler, planes, width, height, put_cb, &result, &job->clock->tick, error))
      return FALSE;
  } while (!result.finite && retry (job, network, error));
  if (!result.finite)
    return FALSE;
  limn_image_free (job->image);
  job->image = g_steal_pointer (&image);
  return TRUE;
}

LimnAct *
limn_job_act_enlarge (const LimnJob *job, LimnModel *upscaler, int width, int height)
{
  LimnAct *act = g_new0 (LimnAct, 1);
  int across, down;

  beyond (job, &across, &down);
  const LimnNetworkShape shape = { .batch = 1, .height = height + 2 * down, .width = width + 2 * across };
  act->stage = job->second != NULL && !job->second->boxed ? LIMN_STAGE_SECOND : LIMN_STAGE_ENLARGE;
  act->run = enlarge;
  limn_job_use (job, act, &limn_upscaler_kind, upscaler, &shape, limn_job_pictures (job));
  return act;
}
