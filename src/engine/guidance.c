/* guidance.c - see guidance.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/guidance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "engine/sampler.h"

/* ---- The kinds ---- */

static void
guide_plainly (const LimnFields *fields, const float *negative, float *positive, gsize plane, int planes)
{
  for (gsize i = 0; i < plane * planes; i++)
    positive[i] = (float) (negative[i] + fields->guidance * ((double) positive[i] - negative[i]));
}

/* Algorithm 1 without its momentum, which would remember steps: of the way from negative to positive, held to a length,
 * what runs along the positive saturates colours and is taken by a share only. */
static void
guide_projected (const LimnFields *fields, const float *negative, float *positive, gsize plane, int planes)
{
  double squares = 0, along = 0, length = 0, shorter;

  for (gsize i = 0; i < plane * planes; i++) {
    double way = (double) positive[i] - negative[i];

    length += way * way;
    along += way * positive[i];
    squares += (double) positive[i] * positive[i];
  }
  length = sqrt (length);
  shorter = fields->guidance_norm > 0 && length > fields->guidance_norm ? fields->guidance_norm / length : 1;
  along = squares > 0 ? along / squares : 0;
  for (gsize i = 0; i < plane * planes; i++) {
    double parallel = along * positive[i], way = (double) positive[i] - negative[i];

    way = shorter * (way - parallel + fields->guidance_parallel * parallel);
    positive[i] = (float) (positive[i] + (fields->guidance - 1) * way);
  }
}

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  double first = *(const double *) a, second = *(const double *) b;

  return (first > second) - (first < second);
}

/* The value that so much of sorted does not exceed, between two of them in a line. */
static double
quantile (const double *sorted, gsize n, double share)
{
  double at = share * (double) (n - 1);
  gsize low = (gsize) at, high = MIN (low + 1, n - 1);

  return sorted[low] + (at - (double) low) * (sorted[high] - sorted[low]);
}

/* One plane: what strong guidance makes of it, held to what lies within the share and drawn together to the width that
 * the scale it mimics would have given, both around their means. */
static void
guide_plane (const LimnFields *fields, const float *negative, float *positive, gsize n, double *wide)
{
  double mean = 0, mimic_mean = 0, mimic_most = 0, most;

  for (gsize i = 0; i < n; i++) {
    double way = (double) positive[i] - negative[i];

    mean += (negative[i] + fields->guidance * way) / (double) n;
    mimic_mean += (negative[i] + fields->mimic_scale * way) / (double) n;
  }
  for (gsize i = 0; i < n; i++) {
    double way = (double) positive[i] - negative[i];

    mimic_most = MAX (mimic_most, fabs (negative[i] + fields->mimic_scale * way - mimic_mean));
    wide[i] = fabs (negative[i] + fields->guidance * way - mean);
  }
  qsort (wide, n, sizeof *wide, compare_cb);
  most = MAX (mimic_most, quantile (wide, n, fields->mimic_share));
  for (gsize i = 0; i < n && most > 0; i++) {
    double value = negative[i] + fields->guidance * ((double) positive[i] - negative[i]) - mean;

    positive[i] = (float) (mean + CLAMP (value, -most, most) / most * mimic_most);
  }
}

static void
guide_dynamically (const LimnFields *fields, const float *negative, float *positive, gsize plane, int planes)
{
  g_autofree double *wide = g_new (double, plane);

  for (int p = 0; p < planes; p++)
    guide_plane (fields, negative + p * plane, positive + p * plane, plane, wide);
}

/* As people are shown them; the first is the default.  Perturbed attention, self-attention guidance and NAG are
 * settings of their own, which go with any of these. */
static const LimnGuidance kinds[] = {
  { { "cfg", N_ ("Classifier-free") }, "Ho and Salimans 2022, equation 6", FALSE, guide_plainly },
  { { "apg", N_ ("Projected (APG)") }, "Sadat et al. 2024, algorithm 1", TRUE, guide_projected },
  { { "dynamic", N_ ("Dynamic thresholding") },
    "Saharia et al. 2022, section 2.3; mcmonkey's sd-dynamic-thresholding, by its defaults",
    TRUE,
    guide_dynamically },
};

const LimnChoice *
limn_guidance_choice (guint index)
{
  return index < G_N_ELEMENTS (kinds) ? &kinds[index].choice : NULL;
}

const LimnGuidance *
limn_guidance_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (name == NULL || strcmp (name, kinds[i].choice.name) == 0)
      return &kinds[i];
  return NULL;
}

/* ---- Which steps ---- */

gboolean
limn_guided (const LimnFields *fields)
{
  return fields->guidance > 1 || fields->sag > 0 || limn_sampler_find (fields->sampler)->contrasts;
}

static gboolean
is_within (const LimnFields *fields, int step, int steps)
{
  double middle = (step + 0.5) / steps;

  return middle >= fields->guidance_from && middle <= fields->guidance_to;
}

gboolean
limn_guided_step (const LimnFields *fields, int step, int steps)
{
  return limn_guided (fields) && is_within (fields, step, steps);
}

double
limn_guidance_told (const LimnFields *fields, int step, int steps)
{
  return is_within (fields, step, steps) ? fields->guidance : 1;
}

gboolean
limn_perturbed_step (const LimnFields *fields, int step, int steps)
{
  return fields->perturbation > 0 && is_within (fields, step, steps);
}

gboolean
limn_watched_step (const LimnFields *fields, int step, int steps)
{
  return fields->sag > 0 && is_within (fields, step, steps);
}

/* ---- Of the network itself ---- */

/* By the version, and by LimnResample. */
static const LimnChoice freeu_choices[] = {
  { "none", N_ ("Off") },
  { "v1", N_ ("Version 1") },
  { "v2", N_ ("Version 2") },
};
static const LimnChoice resample_choices[] = {
  { "bicubic", N_ ("Bicubic") },
  { "bilinear", N_ ("Bilinear") },
};

const LimnChoice *
limn_freeu_choice (guint index)
{
  return index < G_N_ELEMENTS (freeu_choices) ? &freeu_choices[index] : NULL;
}

const LimnChoice *
limn_resample_choice (guint index)
{
  return index < G_N_ELEMENTS (resample_choices) ? &resample_choices[index] : NULL;
}

/* Which of a table's rows is named. */
static int
row_of (LimnChoiceTable table, const char *name)
{
  int row = 0;

  while (table (row) != NULL && g_strcmp0 (table (row)->name, name) != 0)
    row++;
  return table (row) != NULL ? row : 0;
}

LimnFreeu
limn_guidance_freeu (const LimnFields *fields, int step, int steps)
{
  int version = row_of (limn_freeu_choice, fields->freeu);
  double share = (double) step / MAX (steps - 1, 1);

  if (version == 0 || share < fields->freeu_from || share > fields->freeu_to)
    return (LimnFreeu){ 0 };
  return (LimnFreeu){ version,
                      { (float) fields->freeu_b1, (float) fields->freeu_b2 },
                      { (float) fields->freeu_s1, (float) fields->freeu_s2 } };
}

LimnShrink
limn_guidance_shrink (const LimnFields *fields, const LimnSchedule *schedule, int step)
{
  if (fields->shrink <= 1 || fields->shrink_until <= 0
      || schedule->sigmas[step] < limn_schedule_level (schedule, 1 - fields->shrink_until))
    return (LimnShrink){ 0 };
  return (LimnShrink){ fields->shrink_after, (float) fields->shrink,
                       (LimnResample) row_of (limn_resample_choice, fields->shrink_method) };
}

/* ---- All of it ---- */

double
limn_guidance_deviation (const float *values, gsize n)
{
  double sum = 0, squares = 0, mean;

  for (gsize i = 0; i < n; i++)
    sum += values[i];
  mean = sum / (double) n;
  for (gsize i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  return sqrt (squares / (double) (n - 1));
}

void
limn_guidance_rescale (double share, double deviation, float *guided, gsize n)
{
  double factor = share * deviation / limn_guidance_deviation (guided, n) + 1 - share;

  for (gsize i = 0; i < n; i++)
    guided[i] = (float) (factor * guided[i]);
}

void
limn_guide (const LimnFields *fields, LimnPrediction prediction, double sigma, const float *x, float *negative,
            float *positive, gsize plane, int planes)
{
  const LimnGuidance *kind = limn_guidance_find (fields->guidance_kind);
  double share = fields->guidance_rescale, deviation;
  gsize n = plane * planes;

  if (kind->of_picture) {
    limn_sampler_denoised (prediction, sigma, x, negative, negative, n);
    limn_sampler_denoised (prediction, sigma, x, positive, positive, n);
  }
  deviation = share > 0 ? limn_guidance_deviation (positive, n) : 0;
  kind->guide (fields, negative, positive, plane, planes);
  if (share > 0)
    limn_guidance_rescale (share, deviation, positive, n);
  if (!kind->of_picture) {
    limn_sampler_denoised (prediction, sigma, x, negative, negative, n);
    limn_sampler_denoised (prediction, sigma, x, positive, positive, n);
  }
}

void
limn_guide_away (double scale, const float *plain, const float *perturbed, float *guided, gsize n)
{
  for (gsize i = 0; i < n; i++)
    guided[i] = (float) (guided[i] + scale * ((double) plain[i] - perturbed[i]));
}

/* Around a border by reflection. */
static int
reflected (int at, int n)
{
  return at < 0 ? -at : at >= n ? 2 * (n - 1) - at : at;
}

/* One plane along its rows or, between, its columns. */
static void
blur_along (const double *weights, const double *from, int height, int width, gboolean down, double *to)
{
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      double sum = 0;

      for (int k = -LIMN_BLUR_REACH; k <= LIMN_BLUR_REACH; k++) {
        int row = down ? reflected (y + k, height) : y, column = down ? x : reflected (x + k, width);

        sum += weights[k + LIMN_BLUR_REACH] * from[(gsize) row * (gsize) width + (gsize) column];
      }
      to[(gsize) y * (gsize) width + (gsize) x] = sum;
    }
}

void
limn_guidance_blur (double blur, const float *looked, int look_height, int look_width, const float *picture, int height,
                    int width, int planes, float *out)
{
  const gsize plane = (gsize) height * (gsize) width;
  g_autofree double *from = g_new (double, plane), *to = g_new (double, plane);
  double weights[2 * LIMN_BLUR_REACH + 1], sum = 0;

  g_return_if_fail (MIN (height, width) > LIMN_BLUR_REACH);

  for (int k = -LIMN_BLUR_REACH; k <= LIMN_BLUR_REACH; k++)
    sum += weights[k + LIMN_BLUR_REACH] = exp (-k * k / (2 * blur * blur));
  for (int k = 0; k <= 2 * LIMN_BLUR_REACH; k++)
    weights[k] /= sum;
  for (int p = 0; p < planes; p++, picture += plane, out += plane) {
    for (gsize i = 0; i < plane; i++)
      from[i] = picture[i];
    blur_along (weights, from, height, width, FALSE, to);
    blur_along (weights, to, height, width, TRUE, from);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) {
        gsize i = (gsize) y * (gsize) width + (gsize) x;
        gboolean looks = looked[y * look_height / height * look_width + x * look_width / width] > 1;

        out[i] = looks ? (float) from[i] : picture[i];
      }
  }
}

void
limn_guidance_weaken_noise (double factor, const float *x, float *denoised, gsize n)
{
  for (gsize i = 0; i < n && factor != 1; i++)
    denoised[i] = (float) (x[i] - ((double) x[i] - denoised[i]) / factor);
}
