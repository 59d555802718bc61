/* painter-told.c - what a U-Net is told in each evaluation; see painter.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/painter.h"

#include "base/regions.h"
#include "engine/conditioning.h"
#include "engine/guidance.h"
#include "engine/request-controls.h"

#include <string.h>

LimnSitter *
limn_painter_from (const LimnPainter *painter, int number)
{
  while (number < painter->n && painter->pictures[number].left)
    number++;
  return number < painter->n ? &painter->sitters[number] : NULL;
}

LimnSitter *
limn_painter_after (const LimnSitter *sitter)
{
  return limn_painter_from (sitter->painter, (int) (sitter - sitter->painter->sitters) + 1);
}

int
limn_painter_count (const LimnPainter *painter)
{
  int count = 0;

  for (const LimnSitter *sitter = limn_painter_from (painter, 0); sitter != NULL; sitter = limn_painter_after (sitter))
    count++;
  return count;
}

/* The number in the script of a region of these, by its place among them. */
static int
nth_region (const LimnPainter *painter, int place)
{
  int number = 0;

  for (guint bits = painter->regions; (bits & 1) == 0 || place-- > 0; bits >>= 1)
    number++;
  return number;
}

/* The index of an IP-Adapter that counts in a part of the picture, by its place among these. */
static guint
nth_mask (const LimnPainter *painter, int place)
{
  guint index = 0;

  for (guint64 bits = painter->network.shape.masked; (bits & 1) == 0 || place-- > 0; bits >>= 1)
    index++;
  return index;
}

/* The columns of a matrix [cells, all] from first on: those of values, [cells, n]. */
static void
put_columns (const float *values, gsize cells, int n, int first, int all, float *out)
{
  for (gsize i = 0; i < cells; i++)
    for (int k = 0; k < n; k++)
      out[i * (gsize) all + (gsize) (first + k)] = values[i * (gsize) n + (gsize) k];
}

static void
share_cb (int h, int w, float *shares, gpointer data)
{
  LimnPainter *painter = data;
  const LimnJob *first = painter->first;
  const LimnRegion *regions[LIMN_MOST_REGIONS];
  const int n = (int) painter->network.shape.regions, masks = limn_ip_masks (&painter->network.shape);
  const gsize cells = (gsize) h * (gsize) w;
  g_autofree float *part = g_new (float, cells *(gsize) MAX (n, 1));

  for (int i = 0; i < n; i++)
    regions[i] = first->script->regions->pdata[nth_region (painter, i)];
  limn_regions_share (regions, n, first->request->regions_base, h, w, part, painter->means);
  put_columns (part, cells, n, 0, n + masks, shares);
  for (int i = 0; i < masks; i++) {
    limn_control_cover (limn_request_control (first->request, nth_mask (painter, i)), first->request,
                        first->masked ? &first->area : NULL, h, w, part);
    put_columns (part, cells, 1, n + i, n + masks, shares);
  }
}

void
limn_painter_share_out (LimnPainter *painter)
{
  const gsize n = (gsize) painter->network.shape.regions + (gsize) limn_ip_masks (&painter->network.shape);
  g_autofree float *shares = g_new (float, painter->first->values *n + 1);

  if (n == 0)
    return;
  limn_unet_share_out (painter->unet, share_cb, painter);
  share_cb (painter->first->height, painter->first->width, shares, painter);
}

/* A picture's rows of the script at evaluation of the act; before them, where it is said, the negative. */
static const int *
said_at (const LimnSitter *sitter, int evaluation)
{
  const LimnPainter *painter = sitter->painter;
  const LimnScript *script = sitter->job->script;
  const int own = painter->rows - painter->perturbed;

  return script->said + (gsize) (painter->done + evaluation + 1) * script->rows - own;
}

/* The caption of row of these. */
static int
caption_of (const LimnSitter *sitter, int evaluation, int row)
{
  const LimnPainter *painter = sitter->painter;
  const int own = painter->rows - painter->perturbed;

  return said_at (sitter, evaluation)[row < own ? row : row - painter->perturbed];
}

/* Whether the U-Net knows already what is said at evaluation. */
static gboolean
knows (const LimnPainter *painter, int evaluation)
{
  if (painter->evaluation < 0)
    return FALSE;
  for (const LimnSitter *sitter = limn_painter_from (painter, 0); sitter != NULL; sitter = limn_painter_after (sitter))
    if (!limn_script_says_same (sitter->job->script, painter->done + painter->evaluation, painter->done + evaluation))
      return FALSE;
  return TRUE;
}

typedef enum { CONTEXT, POOLED, TIME_IDS } Part;

static const float *
find_part (const LimnConditioning *told, Part part, gsize *width)
{
  switch (part) {
  case CONTEXT:
    *width = (gsize) told->tokens * (gsize) told->channels;
    return told->context;
  case POOLED:
    *width = (gsize) told->pooled_channels;
    return told->pooled;
  case TIME_IDS:
    *width = (gsize) told->n_time_ids;
    return told->time_ids;
  }
  g_assert_not_reached ();
}

/* What a row is told of a region, the place of which is among those that count. */
static int
caption_of_region (const LimnSitter *sitter, int evaluation, int row, int place, gboolean opposed)
{
  const LimnPainter *painter = sitter->painter;
  const LimnScript *script = sitter->job->script;
  const int own = painter->rows - painter->perturbed;
  const gboolean negative = opposed || (script->negated && own == script->rows && row == 0);

  return limn_script_said_of (script, painter->done + evaluation, nth_region (painter, place), negative);
}

/* Of a row of a picture; region: -1, or what it is told of that one. */
static const float *
told_to (const LimnSitter *sitter, int evaluation, int row, Part part, int region, gboolean opposed)
{
  int caption = region >= 0 ? caption_of_region (sitter, evaluation, row, region, opposed)
                : opposed   ? said_at (sitter, evaluation)[-1]
                            : caption_of (sitter, evaluation, row);
  gsize width;
  const float *all = find_part (sitter->told, part, &width);

  return all + (gsize) caption * width;
}

/* What is said of the picture as a whole: of each region's as much as it has of the picture. */
static void
blend (const LimnSitter *sitter, int evaluation, int row, Part part, float *out)
{
  const LimnPainter *painter = sitter->painter;
  gsize width;

  find_part (sitter->told, part, &width);
  for (gsize i = 0; i < width; i++)
    out[i] *= (float) painter->means[0];
  for (int region = 0; region < painter->network.shape.regions; region++) {
    const float *own = told_to (sitter, evaluation, row, part, region, FALSE);

    for (gsize i = 0; i < width; i++)
      out[i] += (float) painter->means[1 + region] * own[i];
  }
}

/* Of each row of the script all pictures'; region: -1, or what is told of that one; opposed: the negative, which comes
 * before what a picture's rows are told, in the place of each. */
static float *
gather (const LimnPainter *painter, int evaluation, Part part, int region, gboolean opposed)
{
  gsize width, at = 0;
  float *out;

  find_part (painter->sitters[0].told, part, &width);
  out = g_new (float, (gsize) painter->network.shape.batch *width + 1);
  for (int row = 0; row < painter->rows; row++)
    for (const LimnSitter *sitter = limn_painter_from (painter, 0); sitter != NULL;
         sitter = limn_painter_after (sitter)) {
      memcpy (out + at, told_to (sitter, evaluation, row, part, region, opposed), width * sizeof (float));
      if (part == POOLED && painter->network.shape.regions > 0)
        blend (sitter, evaluation, row, part, out + at);
      at += width;
    }
  return out;
}

static void
tell_regions (LimnPainter *painter, int evaluation)
{
  for (int region = 0; region < painter->network.shape.regions; region++) {
    g_autofree float *context = gather (painter, evaluation, CONTEXT, region, FALSE);
    g_autofree float *negative = painter->against ? gather (painter, evaluation, CONTEXT, region, TRUE) : NULL;

    limn_unet_set_region (painter->unet, region, context, negative);
  }
}

gboolean
limn_painter_tell (LimnPainter *painter, int evaluation, GError **error)
{
  LimnJob *first = painter->first;
  const LimnAct *act = painter->act;
  int evaluations =
      limn_denoise_timesteps (first->sampler, first->schedule, &first->request->fields, act->first, act->last, NULL);
  LimnSpan span;

  if (knows (painter, evaluation))
    return TRUE;
  painter->evaluation = evaluation;
  if (painter->against) {
    g_autofree float *negative = gather (painter, evaluation, CONTEXT, -1, TRUE);

    limn_unet_set_against (painter->unet, negative);
  }
  tell_regions (painter, evaluation);
  g_autofree float *context = gather (painter, evaluation, CONTEXT, -1, FALSE);
  g_autofree float *pooled = gather (painter, evaluation, POOLED, -1, FALSE);
  g_autofree float *time_ids = gather (painter, evaluation, TIME_IDS, -1, FALSE);
  g_autofree float *timesteps = g_new (float, evaluations);
  limn_denoise_timesteps (first->sampler, first->schedule, &first->request->fields, act->first, act->last, timesteps);
  limn_unet_set_guidance (painter->unet,
                          limn_guidance_told (&first->request->fields, act->first, first->schedule->steps));
  limn_span_init (&span, &first->clock->tick, 0, 0);
  return limn_unet_prepare (painter->unet, context, pooled, time_ids, timesteps, evaluations, &span.tick, error);
}
