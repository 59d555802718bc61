/* hires.c - see hires.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/hires.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"

typedef struct {
  LimnChoice choice;
  gboolean pixels, upscaler;
  int reach;    /* cells that count on each side of a middle: 0: the nearest one */
  double a;     /* of Keys' cubic */
  double place; /* of the nearest: where in an output cell its middle is */
  gboolean cut; /* what lies outside counts for nothing; else the edge's cells do */
} Method;

/* As the web UI calls them. */
static const Method methods[] = {
  { .choice = { "latent", N_ ("Latent") }, .reach = 1 },
  { .choice = { "latent_antialiased", N_ ("Latent (antialiased)") }, .reach = 1, .cut = TRUE },
  { .choice = { "latent_bicubic", N_ ("Latent (bicubic)") }, .reach = 2, .a = -0.75 },
  { .choice = { "latent_bicubic_antialiased", N_ ("Latent (bicubic antialiased)") },
    .reach = 2,
    .a = -0.5,
    .cut = TRUE },
  { .choice = { "latent_nearest", N_ ("Latent (nearest)") } },
  { .choice = { "latent_nearest_exact", N_ ("Latent (nearest-exact)") }, .place = 0.5 },
  { .choice = { "lanczos", N_ ("Lanczos") }, .pixels = TRUE },
  { .choice = { "upscaler", N_ ("Upscaler") }, .pixels = TRUE, .upscaler = TRUE },
};

static const LimnChoice same_sampler = { "same", N_ ("As in the First Pass") };

const LimnChoice *
limn_hires_choice (guint index)
{
  return index < G_N_ELEMENTS (methods) ? &methods[index].choice : NULL;
}

const LimnChoice *
limn_hires_sampler_choice (guint index)
{
  return index == 0 ? &same_sampler : limn_sampler_choice (index - 1);
}

static const Method *
find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_strcmp0 (name, methods[i].choice.name) == 0)
      return &methods[i];
  return &methods[0];
}

const LimnChoice *
limn_hires_from_text (const char *text)
{
  if (g_ascii_strcasecmp (text, "None") == 0) /* it only resizes */
    text = "lanczos";
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    const LimnChoice *choice = &methods[i].choice;

    if (!methods[i].upscaler
        && (g_ascii_strcasecmp (text, choice->title) == 0 || g_ascii_strcasecmp (text, choice->name) == 0))
      return choice;
  }
  return NULL;
}

gboolean
limn_hires_takes_latents (const char *method)
{
  return !find (method)->pixels;
}

gboolean
limn_hires_is_on (const LimnFields *fields)
{
  return fields->hires > 1;
}

gboolean
limn_hires_needs_upscaler (const LimnFields *fields)
{
  return limn_hires_is_on (fields) && find (fields->hires_method)->upscaler;
}

static int
side (int first, double factor)
{
  /* 1.15 * 1000 is 1150, whatever doubles make of it */
  return MAX ((int) (first * factor + 1e-6) / 8 * 8, 8);
}

void
limn_hires_size (const LimnFields *fields, int *width, int *height)
{
  double factor = limn_hires_is_on (fields) ? fields->hires : 1;

  *width = side (fields->width, factor);
  *height = side (fields->height, factor);
}

/* What was set goes along with the size; what was not is as the output, whatever size that has. */
static LimnSizeHints
enlarge_hints (const LimnSizeHints *hints, double factor)
{
  const double most = 65535;

  return (LimnSizeHints){
    (int) MIN (hints->original_width * factor, most), (int) MIN (hints->original_height * factor, most),
    (int) MIN (hints->crop_left * factor, most),      (int) MIN (hints->crop_top * factor, most),
    (int) MIN (hints->target_width * factor, most),   (int) MIN (hints->target_height * factor, most),
  };
}

LimnRequest
limn_hires_request (const LimnRequest *request)
{
  LimnRequest second = *request;

  limn_hires_size (&request->fields, &second.width, &second.height);
  second.hires = 1;
  second.strength = request->hires_strength;
  if (request->hires_steps > 0)
    second.steps = request->hires_steps;
  if (request->hires_guidance > 0)
    second.guidance = request->hires_guidance;
  if (request->hires_sampler != NULL && strcmp (request->hires_sampler, same_sampler.name) != 0)
    second.sampler = request->hires_sampler;
  second.hints = enlarge_hints (&request->hints, request->hires);
  second.negative_hints = enlarge_hints (&request->negative_hints, request->hires);
  second.image = NULL;
  second.mask = NULL;
  second.noise = NULL;
  second.start = (LimnStart){ 0 };
  return second;
}

/* ---- Latents ---- */

static double
weigh (const Method *method, double distance)
{
  double x = fabs (distance), a = method->a;

  if (method->reach == 1)
    return MAX (0, 1 - x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* One line of n cells to one of to cells, stride apart.  around: beyond either end is the other. */
static void
resize_line (const Method *method, gboolean around, const float *in, int n, gsize in_stride, float *out, int to,
             gsize out_stride)
{
  for (int i = 0; i < to; i++) {
    double middle = (i + 0.5) * n / to - 0.5, sum = 0, all = 0;
    int first = (int) floor (middle) + 1 - method->reach;

    if (method->reach == 0) {
      int nearest = (int) floor ((i + method->place) * n / to);
      out[i * out_stride] = in[MIN (nearest, n - 1) * in_stride];
      continue;
    }
    for (int k = first; k < first + 2 * method->reach; k++) {
      double share = weigh (method, k - middle);

      if (method->cut && !around && (k < 0 || k >= n))
        continue;
      all += share;
      sum += share * in[(around ? (k % n + n) % n : CLAMP (k, 0, n - 1)) * in_stride];
    }
    out[i * out_stride] = (float) (sum / all);
  }
}

void
limn_hires_resize (const LimnFields *fields, const float *in, int planes, int height, int width, float *out,
                   int to_height, int to_width)
{
  const Method *method = find (fields->hires_method);
  gboolean across, down;
  g_autofree float *rows = g_new (float, (gsize) height *to_width);

  limn_tile_get (fields, &across, &down);
  for (int plane = 0; plane < planes; plane++) {
    const float *from = in + (gsize) plane * height * width;
    float *to = out + (gsize) plane * to_height * to_width;

    for (int y = 0; y < height; y++)
      resize_line (method, across, from + (gsize) y * width, width, 1, rows + (gsize) y * to_width, to_width, 1);
    for (int x = 0; x < to_width; x++)
      resize_line (method, down, rows + x, height, (gsize) to_width, to + x, to_height, (gsize) to_width);
  }
}
