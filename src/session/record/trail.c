/* trail.c - see trail.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/trail.h"

#include <string.h>

/* ---- Points ---- */

static float *
copy (const LimnTrailPoint *point, const float *values)
{
  return g_memdup2 (values, (gsize) point->planes * point->width * point->height * sizeof (float));
}

LimnTrailPoint *
limn_trail_point_new (int planes, int width, int height, const float *latents)
{
  LimnTrailPoint *point = g_new0 (LimnTrailPoint, 1);

  g_atomic_ref_count_init (&point->references);
  point->planes = planes;
  point->width = width;
  point->height = height;
  point->latents = copy (point, latents);
  return point;
}

void
limn_trail_point_set_step (LimnTrailPoint *point, const LimnPast *did, int draws)
{
  g_free (point->denoised);
  g_free (point->negative);
  point->denoised = did->denoised != NULL ? copy (point, did->denoised) : NULL;
  point->negative = did->negative != NULL ? copy (point, did->negative) : NULL;
  point->sigma = did->sigma;
  point->draws = draws;
  point->refined = did->refined;
}

LimnTrailPoint *
limn_trail_point_ref (LimnTrailPoint *point)
{
  g_atomic_ref_count_inc (&point->references);
  return point;
}

void
limn_trail_point_unref (LimnTrailPoint *point)
{
  if (!g_atomic_ref_count_dec (&point->references))
    return;
  g_free (point->latents);
  g_free (point->denoised);
  g_free (point->negative);
  g_free (point);
}

/* ---- Trails ---- */

static void
place_clear (gpointer data)
{
  g_clear_pointer (&((LimnTrailPlace *) data)->point, limn_trail_point_unref);
}

gboolean
limn_trail_add (LimnTrail *trail, const LimnRecordPlace *place, LimnTrailPoint *point)
{
  LimnTrailPlace own = { *place, point != NULL ? limn_trail_point_ref (point) : NULL };

  if (trail->places == NULL) {
    trail->places = g_array_new (FALSE, FALSE, sizeof (LimnTrailPlace));
    g_array_set_clear_func (trail->places, place_clear);
  }
  g_array_append_val (trail->places, own);
  /* the latents that the first of the remembered steps began with are the point before it */
  return trail->places->len < LIMN_MOST_PAST + 1;
}

void
limn_trail_clear (LimnTrail *trail)
{
  g_clear_pointer (&trail->path, g_free);
  g_clear_pointer (&trail->places, g_array_unref);
  limn_record_start_clear (&trail->start);
}

GPtrArray *
limn_trail_read (const LimnTrail *trail, guint needed, GError **error)
{
  g_autoptr (GPtrArray) points = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_trail_point_unref);

  for (guint i = 0; i < trail->places->len; i++) {
    const LimnTrailPlace *place = &g_array_index (trail->places, LimnTrailPlace, i);
    LimnTrailPoint *point = place->point != NULL ? limn_trail_point_ref (place->point) : NULL;

    if (point == NULL
        && !limn_record_file_read (trail->path, &place->place, &point, NULL, i <= needed ? error : NULL)) {
      if (i <= needed)
        return NULL;
      break;
    }
    g_ptr_array_add (points, point);
  }
  return g_steal_pointer (&points);
}

guint
limn_trail_past (GPtrArray *points, guint own, LimnPast *past)
{
  guint n = 0;

  for (; n < points->len && n < LIMN_MOST_PAST; n++) {
    const LimnTrailPoint *point = points->pdata[n], *before = n + 1 < points->len ? points->pdata[n + 1] : NULL;

    if (point->denoised == NULL)
      break;
    past[n] = (LimnPast){ .sigma = point->sigma,
                          .latents = before != NULL ? before->latents : NULL,
                          .denoised = point->denoised,
                          .negative = point->negative,
                          .refined = point->refined,
                          .otherwise = n >= own };
  }
  return n;
}
