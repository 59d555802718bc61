/* size-shapes.c - buckets, ratios and what lies outside of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/size-shapes.h"

#include <glib/gi18n.h>
#include <math.h>

#define TRAINED 1024 /* pixels: the side of SDXL's square */

/* The square and what is taller; the wide ones are their mirror images. */
static const struct {
  int width, height;
  const char *tall, *wide;
  int large, small; /* the ratio as it is called */
} buckets[] = {
  { 512, 2048 },
  { 512, 1984 },
  { 512, 1920 },
  { 512, 1856 },
  { 576, 1792 },
  { 576, 1728 },
  { 576, 1664 },
  { 640, 1600 },
  { 640, 1536, N_ ("Tower 5∶12"), N_ ("Panorama 12∶5"), 12, 5 },
  { 704, 1472 },
  { 704, 1408 },
  { 704, 1344 },
  { 768, 1344, N_ ("Tall 9∶16"), N_ ("Wide 16∶9"), 16, 9 },
  { 768, 1280 },
  { 832, 1216, N_ ("Portrait 2∶3"), N_ ("Landscape 3∶2"), 3, 2 },
  { 832, 1152 },
  { 896, 1152, N_ ("Portrait 7∶9"), N_ ("Landscape 9∶7"), 9, 7 },
  { 896, 1088 },
  { 960, 1088 },
  { 960, 1024 },
  { 1024, 1024, N_ ("Square"), N_ ("Square"), 1, 1 },
};

static void
add (GArray *shapes, double scale, int grain, int width, int height, const char *name, int across, int down)
{
  LimnShape shape = { 0, 0, name != NULL ? _ (name) : NULL, across, down };

  /* small models have no room for narrow shapes: they grow until their short side can be painted */
  scale = MAX (scale, (double) LIMN_LEAST_SIDE / MIN (width, height));
  shape.width = CLAMP ((int) round (width * scale / grain) * grain, LIMN_LEAST_SIDE, LIMN_MOST_SIDE);
  shape.height = CLAMP ((int) round (height * scale / grain) * grain, LIMN_LEAST_SIDE, LIMN_MOST_SIDE);
  for (guint i = 0; i < shapes->len; i++) {
    LimnShape *old = &g_array_index (shapes, LimnShape, i);

    if (old->width == shape.width && old->height == shape.height) {
      if (old->name == NULL)
        *old = shape;
      return;
    }
  }
  g_array_append_val (shapes, shape);
}

static int
compare_ratios (gconstpointer a, gconstpointer b)
{
  const LimnShape *first = a, *second = b;
  gint64 left = (gint64) first->width * second->height, right = (gint64) second->width * first->height;

  return left < right ? -1 : left > right;
}

gboolean
limn_shapes_are_trained (int model_width, int model_height, const GArray *sizes)
{
  return (sizes != NULL && sizes->len > 0) || (model_width == TRAINED && model_height == TRAINED);
}

GArray *
limn_shapes_list (int model_width, int model_height, const GArray *sizes)
{
  gboolean own = sizes != NULL && sizes->len > 0;
  GArray *shapes = g_array_new (FALSE, FALSE, sizeof (LimnShape));
  double scale = sqrt ((double) model_width * model_height) / TRAINED;
  int grain = MIN (model_width, model_height) >= 512 ? 64 : 8;

  for (guint i = 0; own && i < sizes->len; i++) {
    const LimnSize *size = &g_array_index (sizes, LimnSize, i);

    add (shapes, 1, 8, size->width, size->height, NULL, 0, 0);
  }
  for (guint i = 0; !own && i < G_N_ELEMENTS (buckets); i++) {
    add (shapes, scale, grain, buckets[i].width, buckets[i].height, buckets[i].tall, buckets[i].small,
         buckets[i].large);
    add (shapes, scale, grain, buckets[i].height, buckets[i].width, buckets[i].wide, buckets[i].large,
         buckets[i].small);
  }
  g_array_sort (shapes, compare_ratios);
  return shapes;
}

LimnShape
limn_shapes_nearest (const GArray *shapes, int width, int height)
{
  const LimnShape *nearest = NULL;
  double least = G_MAXDOUBLE;

  for (guint i = 0; i < shapes->len; i++) {
    const LimnShape *shape = &g_array_index (shapes, LimnShape, i);
    double distance = fabs (log ((double) shape->width * height / ((double) shape->height * width)));

    if (distance < least) {
      least = distance;
      nearest = shape;
    }
  }
  return *nearest;
}

LimnShape
limn_shape_exact (int model_width, int model_height, int width, int height)
{
  double area = (double) model_width * model_height, own = (double) width * height;
  double ratio = CLAMP ((double) width / height, (double) LIMN_LEAST_SIDE / LIMN_MOST_SIDE,
                        (double) LIMN_MOST_SIDE / LIMN_LEAST_SIDE);
  LimnShape best = { width / 8 * 8, height / 8 * 8 };
  double least = G_MAXDOUBLE;

  if (own >= area / 2 && own <= area * 4 / 3 && MIN (best.width, best.height) >= LIMN_LEAST_SIDE
      && MAX (best.width, best.height) <= LIMN_MOST_SIDE)
    return best;
  for (int h = LIMN_LEAST_SIDE; h <= LIMN_MOST_SIDE; h += 8) {
    int w = (int) round (h * ratio / 8) * 8;
    double error;

    if (w < LIMN_LEAST_SIDE || w > LIMN_MOST_SIDE)
      continue;
    /* a per cent of the ratio weighs as much as a fifth of the area */
    error = fabs (log (w / (h * ratio))) * 20 + fabs (log ((double) w * h / area));
    if (error < least) {
      least = error;
      best.width = w;
      best.height = h;
    }
  }
  return best;
}

char *
limn_shape_ratio (int width, int height)
{
  int large = MAX (width, height), small = MIN (width, height);
  g_autofree char *text = NULL;

  for (int b = 1; b <= 9 && text == NULL; b++) {
    int a = (int) round ((double) large * b / small);

    if (a <= 16 && (gint64) a * small == (gint64) large * b)
      text = width >= height ? g_strdup_printf ("%d∶%d", a, b) : g_strdup_printf ("%d∶%d", b, a);
  }
  if (text != NULL)
    return g_steal_pointer (&text);
  if (width >= height)
    return g_strdup_printf ("%.2f∶1", (double) large / small);
  return g_strdup_printf ("1∶%.2f", (double) large / small);
}

/* Long side by short side of the longest that the model has seen. */
static LimnSize
longest (const GArray *sizes)
{
  LimnSize most = { 4, 1 };

  for (guint i = 0; sizes != NULL && i < sizes->len; i++) {
    const LimnSize *size = &g_array_index (sizes, LimnSize, i);
    LimnSize long_first = { MAX (size->width, size->height), MIN (size->width, size->height) };

    if (i == 0 || (gint64) long_first.width * most.height > (gint64) most.width * long_first.height)
      most = long_first;
  }
  return most;
}

char *
limn_shape_advice (int model_width, int model_height, const GArray *sizes, int width, int height)
{
  double area = (double) width * height / ((double) model_width * model_height);
  gboolean large = MIN (model_width, model_height) >= 512;
  LimnSize most = longest (sizes);

  if ((gint64) MAX (width, height) * most.height > (gint64) most.width * MIN (width, height)) {
    g_autofree char *ratio = limn_shape_ratio (most.height, most.width);

    if (!limn_shapes_are_trained (model_width, model_height, sizes))
      return g_strdup (_ ("Very long: things may appear twice."));
    /* translators: %s is a ratio such as 1∶4 */
    return g_strdup_printf (_ ("Longer than %s, the longest this model has seen: things may appear twice."), ratio);
  }
  if (area > 1.35)
    return g_strdup (_ ("Larger than this model was made for: things may appear twice."));
  if (area < 0.5)
    return g_strdup (_ ("Smaller than this model was made for: pictures may be rough."));
  if (large && (width % 64 != 0 || height % 64 != 0))
    return g_strdup (_ ("Models know multiples of 64 best."));
  return NULL;
}
