/* fake-paint.c - limn.h without a device: paints a soft landscape of the seed's colours, as slowly or badly as asked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fake-private.h"

#include "engine/area.h"
#include "engine/enlarge.h"

#include <math.h>
#include <string.h>

#include "engine/probe.h"

#define PREPARED 10    /* parts of preparing */
#define SECOND_STEPS 2 /* of a second pass */

const char *
limn_stage_name (LimnStage stage)
{
  static const char *const names[] = { "load",   "encode", "image",  "base",    "refiner",
                                       "second", "decode", "detail", "enlarge", "prepare" };

  return names[stage];
}

typedef struct {
  LimnEngine *engine;
  FakeEngine fake;
  const LimnRequest *request;
  const LimnMonitor *monitor;
  gint64 start;
  int begin, split;
  int step, steps; /* of this run, but for a second pass ... */
  int more;        /* ... and those of that which are done */
  float *latents;
  gsize values;
  gboolean masked; /* paints area of its picture alone ... */
  LimnArea area;
  LimnImage *cut; /* ... which is this */
} Paint;

static gboolean
is_cancelled (const Paint *paint)
{
  return !paint->fake.deaf && paint->monitor != NULL && paint->monitor->cancelled != NULL
         && paint->monitor->cancelled (paint->monitor->data);
}

static gboolean
is_held (const Paint *paint)
{
  int hold = fake_engine_get ().hold_step;

  return hold != FAKE_NEVER && paint->step >= hold;
}

static gboolean
spend (Paint *paint, guint us, GError **error)
{
  gboolean held = is_held (paint);

  for (guint spent = 0; spent <= us || held; spent += 2000, held = is_held (paint)) {
    if (is_cancelled (paint)) {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, "cancelled");
      return FALSE;
    }
    if (us > 0 || held)
      g_usleep (held ? 2000 : MIN (2000, us));
  }
  return TRUE;
}

static gboolean
heard_cb (gpointer heard)
{
  g_atomic_int_set ((gint *) heard, TRUE);
  return G_SOURCE_REMOVE;
}

/* Until the main loop has done all that was posted to it, in lockstep. */
static void
wait_heard (const Paint *paint)
{
  g_autoptr (GSource) source = NULL;
  gint *heard;

  if (!paint->fake.lockstep)
    return;
  heard = g_atomic_rc_box_new0 (gint);
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_callback (source, heard_cb, g_atomic_rc_box_acquire (heard), g_atomic_rc_box_release);
  g_source_attach (source, NULL);
  while (!g_atomic_int_get (heard) && !is_cancelled (paint))
    g_usleep (500);
  g_atomic_rc_box_release (heard);
}

static void
report (Paint *paint, LimnStage stage, double fraction)
{
  gboolean twice = paint->request != NULL && limn_hires_is_on (&paint->request->fields);
  int all = paint->steps + (twice ? SECOND_STEPS : 0);
  LimnProgress progress = { stage, fraction, paint->step + paint->more, all, 0, 0, -1 };

  progress.seconds = (g_get_monotonic_time () - paint->start) / 1e6;
  if (paint->step > 0) {
    progress.steps_per_second = paint->step / MAX (progress.seconds, 1e-6);
    progress.seconds_left = (paint->steps - paint->step) / progress.steps_per_second;
  }
  if (paint->monitor != NULL && paint->monitor->progress != NULL) {
    paint->monitor->progress (&progress, paint->monitor->data);
    wait_heard (paint);
  }
}

static gboolean
begin_stage (Paint *paint, LimnStage stage, guint us, GError **error)
{
  report (paint, stage, 0);
  if (!spend (paint, us, error))
    return FALSE;
  if (paint->fake.fail_stage != stage || paint->step < paint->fake.fail_step || !fake_is_failing (paint->engine)
      || !fake_fails (paint->fake.fail, limn_stage_name (stage), error))
    return TRUE;
  paint->engine->lost = paint->fake.fail == LIMN_ERROR_DEVICE_LOST;
  fake_failed ();
  return FALSE;
}

static void
hue (double angle, double light, double rgb[3])
{
  for (int c = 0; c < 3; c++)
    rgb[c] = light * (0.62 + 0.38 * cos (6.28318 * (angle - c / 3.0)));
}

/* a sky, a sun and three rows of hills, in colours of the seed */
static void
paint_pixel (guint64 seed, double x, double y, double rgb[3])
{
  double base = (seed % 97) / 97.0, sun_x = 0.25 + 0.5 * ((seed / 7) % 11) / 10.0, sun_y = 0.34;
  double distance = hypot (x - sun_x, y - sun_y);

  hue (base + 0.10 * y, 0.98 - 0.25 * y, rgb);
  if (distance < 0.12)
    hue (base + 0.5, 1.05, rgb);
  for (int i = 0; i < 3; i++) {
    double ridge = 0.55 + 0.14 * i + 0.05 * sin (5.0 * x + 1.7 * i + seed % 13) + 0.03 * sin (11.0 * x + seed % 5 + i);

    if (y > ridge)
      hue (base + 0.45 + 0.06 * i, 0.62 - 0.17 * i, rgb);
  }
}

static LimnImage *
paint_image (guint64 seed, int width, int height, double noise)
{
  LimnImage *image = limn_image_new (width, height);
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) seed);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      double rgb[3];

      paint_pixel (seed, (x + 0.5) / width, (y + 0.5) / height, rgb);
      for (int c = 0; c < 3; c++) {
        double value = noise > 0 ? (1 - noise) * rgb[c] + noise * g_rand_double (rand) : rgb[c];

        image->rgb[((gsize) y * width + x) * 3 + c] = (guint8) (255 * CLAMP (value, 0, 1) + 0.5);
      }
    }
  return image;
}

/* ---- Latents ---- */

static guint
mix (guint hash, guint more)
{
  return (hash ^ more) * 16777619u + 0x9e3779b9u;
}

static guint
mix_text (guint hash, const char *text)
{
  return mix (hash, g_str_hash (text != NULL ? text : ""));
}

static guint
mix_number (guint hash, double number)
{
  guint64 bits;

  memcpy (&bits, &number, sizeof bits);
  return mix (mix (hash, (guint) bits), (guint) (bits >> 32));
}

/* What the base follows in that step of the schedule. */
static guint
mix_controls (guint hash, const LimnRequest *request, int step)
{
  for (guint i = 0; i < request->controls.n; i++) {
    const LimnControl *control = &request->controls.rows[i];
    g_autoptr (LimnImage) fitted = NULL;

    if ((double) step / request->steps < control->start || (double) (step + 1) / request->steps > control->end)
      continue;
    fitted = limn_image_fit_as (control->image, request->width, request->height, control->fit);
    hash =
        mix_number (mix_text (mix_text (hash, limn_model_info (control->model)->path), control->map), control->weight);
    for (int k = 0; k < fitted->width * fitted->height * 3; k++)
      hash = mix (hash, fitted->rgb[k]);
  }
  return hash;
}

/* All that a step of this model depends on, but the latents. */
static guint
conditioning (const LimnRequest *request, LimnStage stage, int step)
{
  gboolean refining = stage == LIMN_STAGE_REFINER;
  const LimnSizeHints *hints[] = { &request->hints, &request->negative_hints };
  guint hash = mix_text (stage, limn_model_info (refining ? request->refiner : request->model)->path);

  hash = mix_text (hash, request->prompt_2 != NULL ? request->prompt_2 : request->prompt);
  hash = mix_text (hash, request->negative_2 != NULL ? request->negative_2 : request->negative);
  if (!refining) {
    hash = mix_text (hash, request->prompt);
    hash = mix_text (hash, request->negative);
    hash = mix_controls (hash, request, step);
  }
  for (int i = 0; i < 2; i++) {
    hash = mix (hash, (guint) (hints[i]->original_width * 3 + hints[i]->original_height));
    hash = mix (hash, (guint) (hints[i]->crop_left * 3 + hints[i]->crop_top));
    if (!refining)
      hash = mix (hash, (guint) (hints[i]->target_width * 3 + hints[i]->target_height));
  }
  hash = mix_number (hash, request->guidance);
  if (refining)
    hash = mix_number (mix_number (hash, request->aesthetic), request->negative_aesthetic);
  return mix (mix_text (mix_text (hash, request->sampler), request->schedule), (guint) request->steps);
}

static void
start_latents (Paint *paint)
{
  const LimnRequest *request = paint->request;
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) (request->seed ^ request->seed >> 32));
  const LimnImage *over = paint->cut != NULL ? paint->cut : request->image;

  if (request->start.latents != NULL) {
    memcpy (paint->latents, request->start.latents, paint->values * sizeof (float));
    return;
  }
  for (gsize i = 0; i < paint->values; i++) {
    paint->latents[i] = (float) g_rand_double_range (rand, -1, 1);
    if (request->image != NULL)
      paint->latents[i] += (float) request->strength * over->rgb[i % (request->width * 3)] / 255;
  }
}

static void
step_latents (Paint *paint, LimnStage stage)
{
  guint hash =
      mix (conditioning (paint->request, stage, paint->begin + paint->step), (guint) (paint->begin + paint->step));
  g_autoptr (GRand) rand = g_rand_new_with_seed (hash);

  for (gsize i = 0; i < paint->values; i++)
    paint->latents[i] = paint->latents[i] * 0.75f + 0.25f * (float) g_rand_double_range (rand, -1, 1);
}

/* The last latents leave their mark in the last row of pixels. */
static void
sign (const Paint *paint, LimnImage *image)
{
  guint8 *row = image->rgb + (gsize) (image->height - 1) * image->width * 3;

  for (gsize i = 0; i < (gsize) image->width * 3; i++)
    row[i] = (guint8) CLAMP (row[i] + 20 * paint->latents[i % paint->values], 0, 255);
}

/* ---- Running ---- */

static void
count_step (const Paint *paint)
{
  FakeCounts more = { .steps = 1 };

  more.steps_on[paint->engine->device->index] = 1;
  fake_count (&more);
}

static gboolean
paint_step (Paint *paint, GError **error)
{
  const LimnRequest *request = paint->request;
  int width = request->width / 8, height = request->height / 8;
  LimnStage stage = paint->begin + paint->step >= paint->split ? LIMN_STAGE_REFINER : LIMN_STAGE_BASE;
  g_autoptr (LimnImage) image = NULL, decoded = NULL;
  g_autofree float *before = NULL;
  LimnPreview preview = {
    .steps = paint->steps, .schedule_steps = request->steps, .planes = 4, .width = width, .height = height
  };

  if (!begin_stage (paint, stage, paint->fake.step_us, error))
    return FALSE;
  before = g_memdup2 (paint->latents, paint->values * sizeof (float));
  step_latents (paint, stage);
  paint->step++;
  count_step (paint);
  report (paint, stage, (double) paint->step / paint->steps);
  image = paint_image (request->seed, width, height, 1 - (double) (paint->begin + paint->step) / request->steps);
  preview.step = paint->step;
  preview.schedule_step = paint->begin + paint->step;
  preview.rgb = image->rgb;
  if (paint->fake.decodes && request->decoded_previews)
    preview.image = decoded = limn_image_new (request->width, request->height);
  preview.latents = paint->latents;
  preview.did = (LimnPast){
    .sigma = 15.0 - paint->step, .latents = before, .denoised = paint->latents, .refined = stage == LIMN_STAGE_REFINER
  };
  preview.draws = 1;
  if (paint->monitor != NULL && paint->monitor->preview != NULL) {
    paint->monitor->preview (&preview, paint->monitor->data);
    wait_heard (paint);
  }
  return TRUE;
}

/* The painted part in its picture, whose pixels the mask keeps. */
static LimnImage *
put_area (const Paint *paint, const LimnImage *part)
{
  const LimnRequest *request = paint->request;
  LimnImage *whole = limn_area_put (&paint->area, part, request->image);

  limn_image_put_back (whole, request->image, request->mask);
  return whole;
}

static LimnImage *
finish_image (const Paint *paint)
{
  const LimnRequest *request = paint->request;
  LimnImage *image = paint_image (request->seed, request->width, request->height, 0);
  gsize n = (gsize) request->width * request->height;

  if (request->image != NULL && request->mask == NULL) /* so that tests see which part of the picture arrived */
    memcpy (image->rgb, request->image->rgb, n * 3 / 2);
  sign (paint, image);
  if (paint->masked) {
    g_autoptr (LimnImage) part = image;

    return put_area (paint, part);
  }
  for (gsize i = 0; request->image != NULL && request->mask != NULL && i < n * 3; i++) {
    int share = request->mask[i / 3];

    image->rgb[i] = (guint8) ((image->rgb[i] * share + request->image->rgb[i] * (255 - share) + 127) / 255);
  }
  return image;
}

/* A picture of the second pass: that of the first, larger, and signed by how it is painted over. */
static LimnImage *
paint_over (const Paint *paint, const LimnImage *small)
{
  const LimnRequest *request = paint->request;
  int width, height;
  guint hash = mix_number (mix_number (mix_text (7, request->hires_sampler), request->hires_strength),
                           request->hires_guidance + request->hires_steps);

  limn_hires_size (&request->fields, &width, &height);
  LimnImage *large = limn_image_new (width, height);
  for (int i = 0; i < width * height; i++)
    memcpy (large->rgb + 3 * i,
            small->rgb + 3 * (i / width * small->height / height * small->width + i % width * small->width / width), 3);
  memcpy (large->rgb, &hash, 3);
  return large;
}

/* Two steps, which are shown larger, and are no part of the schedule. */
static gboolean
second_pass (Paint *paint, GError **error)
{
  const LimnRequest *request = paint->request;
  int width, height;

  if (!limn_hires_is_on (&request->fields))
    return TRUE;
  limn_hires_size (&request->fields, &width, &height);
  while (paint->more < SECOND_STEPS) {
    g_autoptr (LimnImage) image = paint_image (request->seed, width / 8, height / 8, 0);
    LimnPreview preview = { .planes = 4, .width = width / 8, .height = height / 8, .rgb = image->rgb, .second = TRUE };

    if (!begin_stage (paint, LIMN_STAGE_SECOND, paint->fake.step_us, error))
      return FALSE;
    preview.step = paint->step + ++paint->more;
    preview.steps = paint->steps + SECOND_STEPS;
    report (paint, LIMN_STAGE_SECOND, paint->more / (double) SECOND_STEPS);
    if (paint->monitor != NULL && paint->monitor->preview != NULL) {
      paint->monitor->preview (&preview, paint->monitor->data);
      wait_heard (paint);
    }
  }
  return TRUE;
}

static gboolean
paint_details (Paint *paint, LimnImage *image, GError **error)
{
  const LimnRequest *request = paint->request;
  guint hash = mix_number (mix_text (11, request->details), request->detail_strength);

  if (request->details[0] != '\0')
    memcpy (image->rgb + 3, &hash, 3);
  return request->details[0] == '\0' || begin_stage (paint, LIMN_STAGE_DETAIL, paint->fake.step_us, error);
}

/* Each pixel becomes a square. */
static gboolean
enlarge (Paint *paint, LimnImage **image, GError **error)
{
  int scale = limn_model_scale (paint->request->upscaler), width = (*image)->width * scale;
  g_autoptr (LimnImage) small = *image;
  LimnImage *large = limn_image_new (width, small->height * scale);

  *image = large;
  for (gsize i = 0; i < (gsize) width * large->height; i++)
    memcpy (large->rgb + 3 * i, small->rgb + 3 * (i / width / scale * small->width + i % (gsize) width / (gsize) scale),
            3);
  return begin_stage (paint, LIMN_STAGE_ENLARGE, paint->fake.decode_us, error);
}

static gboolean
prepare (Paint *paint, GError **error)
{
  if (paint->fake.prepare_us == 0 || paint->engine->prepared)
    return TRUE;
  for (int i = 0; i < PREPARED; i++) {
    report (paint, LIMN_STAGE_PREPARE, (double) i / PREPARED);
    if (!spend (paint, paint->fake.prepare_us / PREPARED, error))
      return FALSE;
  }
  paint->engine->prepared = TRUE;
  fake_count (&(FakeCounts){ .prepares = 1 });
  return TRUE;
}

gboolean
limn_engine_prepare (LimnEngine *engine, const LimnMonitor *monitor, GError **error)
{
  Paint paint = { .engine = engine, .fake = fake_engine_get (), .monitor = monitor, .start = g_get_monotonic_time () };

  fake_count (&(FakeCounts){ .prepares_begun = 1, .wrong_thread = engine->thread != g_thread_self () });
  return prepare (&paint, error);
}

/* All before the first step. */
static gboolean
begin (Paint *paint, GError **error)
{
  const LimnRequest *request = paint->request;
  const FakeEngine *fake = &paint->fake;

  fake_count (&(FakeCounts){ .generates = 1, .wrong_thread = paint->engine->thread != g_thread_self () });
  if (!limn_request_check (request, error)
      || (paint->engine->lost && fake_fails (LIMN_ERROR_DEVICE_LOST, "a lost device", error)))
    return FALSE;
  fake_span (request, &paint->begin, &paint->split);
  paint->steps = request->steps - paint->begin;
  paint->values = (gsize) request->width * request->height / 16;
  paint->latents = g_new0 (float, paint->values);
  paint->masked = limn_request_area (request, &paint->area);
  if (paint->masked)
    paint->cut = limn_area_cut (&paint->area, request->image);
  start_latents (paint);
  return prepare (paint, error) && begin_stage (paint, LIMN_STAGE_LOAD, fake->load_us, error)
         && begin_stage (paint, LIMN_STAGE_ENCODE, fake->load_us, error)
         && (request->image == NULL || begin_stage (paint, LIMN_STAGE_IMAGE, fake->decode_us, error));
}

/* All after the last. */
static LimnResult *
finish (Paint *paint, GError **error)
{
  const LimnRequest *request = paint->request;
  const char *note[] = { "The VAE gave NaN in fp16; redone in fp32.", NULL };
  g_autoptr (LimnImage) image = NULL;
  LimnResult *result;

  if (!second_pass (paint, error) || !begin_stage (paint, LIMN_STAGE_DECODE, paint->fake.decode_us, error))
    return NULL;
  report (paint, LIMN_STAGE_DECODE, 1);
  image = finish_image (paint);
  if (limn_hires_is_on (&request->fields)) {
    g_autoptr (LimnImage) small = image;

    image = paint_over (paint, small);
  }
  if (!paint_details (paint, image, error) || (request->upscaler != NULL && !enlarge (paint, &image, error)))
    return NULL;
  result = g_new0 (LimnResult, 1);
  result->image = g_steal_pointer (&image);
  result->latent_planes = 4;
  result->latent_width = request->width / 8;
  result->latent_height = request->height / 8;
  result->latents = g_steal_pointer (&paint->latents);
  result->seconds[LIMN_STAGE_BASE] = (g_get_monotonic_time () - paint->start) / 1e6;
  result->notes = paint->fake.nan_note ? g_strdupv ((char **) note) : NULL;
  return result;
}

/* Takes the steps of all of them in turn.  errors: [n], of those who do not come to the end. */
static void
paint_all (Paint *paints, guint n, GError **errors)
{
  gboolean any = TRUE;

  fake_count (&(FakeCounts){ .painting = 1 });
  for (guint i = 0; i < n; i++)
    begin (&paints[i], &errors[i]);
  while (any) {
    any = FALSE;
    for (guint i = 0; i < n; i++)
      if (errors[i] == NULL && paints[i].step < paints[i].steps)
        any |= paint_step (&paints[i], &errors[i]);
  }
  fake_count (&(FakeCounts){ .painting = -1 });
}

LimnResult *
limn_engine_generate (LimnEngine *engine, const LimnRequest *request, const LimnMonitor *monitor, GError **error)
{
  Paint paint = { engine, fake_engine_get (), request, monitor, g_get_monotonic_time () };
  GError *problem = NULL;
  LimnResult *result = NULL;

  paint_all (&paint, 1, &problem);
  if (problem == NULL)
    result = finish (&paint, &problem);
  g_free (paint.latents);
  limn_image_free (paint.cut);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return result;
}

void
limn_engine_generate_several (LimnEngine *engine, const LimnPainting *paintings, guint n, int together,
                              LimnPaintedFunc painted, gpointer data)
{
  g_autofree Paint *paints = g_new0 (Paint, n);
  g_autofree GError **errors = g_new0 (GError *, n);

  fake_count (&(FakeCounts){ .most_together = (int) n });
  for (guint i = 0; i < n; i++)
    paints[i] =
        (Paint){ engine, fake_engine_get (), paintings[i].request, paintings[i].monitor, g_get_monotonic_time () };
  paint_all (paints, n, errors);
  for (guint i = 0; i < n; i++) {
    LimnResult *result = errors[i] == NULL ? finish (&paints[i], &errors[i]) : NULL;

    painted (i, result, errors[i], data);
    g_clear_error (&errors[i]);
    g_free (paints[i].latents);
    limn_image_free (paints[i].cut);
  }
}

void
limn_result_free (LimnResult *result)
{
  if (result == NULL)
    return;
  limn_image_free (result->image);
  g_free (result->latents);
  g_strfreev (result->notes);
  g_free (result);
}

/* ---- One answer ---- */

gboolean
limn_engine_probe (LimnEngine *engine, LimnModel *model, const LimnMonitor *monitor, LimnProbe *probe, GError **error)
{
  Paint paint = {
    .engine = engine, .fake = fake_engine_get (), .monitor = monitor, .start = g_get_monotonic_time (), .steps = 1
  };

  fake_count (&(FakeCounts){ .probes = 1, .wrong_thread = engine->thread != g_thread_self () });
  if (!begin_stage (&paint, LIMN_STAGE_LOAD, paint.fake.load_us, error)
      || !begin_stage (&paint, LIMN_STAGE_BASE, paint.fake.step_us, error))
    return FALSE;
  *probe = (LimnProbe){ 0.1, 0.2, paint.fake.predicts != FAKE_OK, (LimnPrediction) MAX (paint.fake.predicts, 0) };
  return TRUE;
}
