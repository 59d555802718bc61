/* fake-engine.c - limn.h without a device: paints a soft landscape of the seed's colours, as slowly or badly as asked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fake-engine.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "file/png.h"

struct _LimnEngine {
  GThread *thread;
  LimnDeviceInfo *device;
};

struct _LimnModel {
  gatomicrefcount references;
  LimnModelInfo *info;
};

static struct {
  GMutex lock;
  gboolean set;
  FakeEngine fake;
  FakeCounts counts;
} state;

void
fake_engine_init (FakeEngine *fake)
{
  *fake = (FakeEngine){ .step_us = 2000,
                        .fail = FAKE_OK,
                        .open_fail = FAKE_OK,
                        .device_fail = FAKE_OK,
                        .device_kind = LIMN_DEVICE_SOFTWARE,
                        .default_size = 128 };
}

static FakeEngine
get (void)
{
  FakeEngine fake;

  g_mutex_lock (&state.lock);
  if (!state.set)
    fake_engine_init (&state.fake);
  state.set = TRUE;
  fake = state.fake;
  g_mutex_unlock (&state.lock);
  return fake;
}

static void
count (int *counter, int by)
{
  g_mutex_lock (&state.lock);
  *counter += by;
  g_mutex_unlock (&state.lock);
}

void
fake_engine_set (const FakeEngine *fake)
{
  g_mutex_lock (&state.lock);
  state.fake = *fake;
  state.set = TRUE;
  state.counts = (FakeCounts){ .engines_alive = state.counts.engines_alive, .models_alive = state.counts.models_alive };
  g_mutex_unlock (&state.lock);
}

FakeCounts
fake_engine_counts (void)
{
  FakeCounts counts;

  g_mutex_lock (&state.lock);
  counts = state.counts;
  g_mutex_unlock (&state.lock);
  return counts;
}

static gboolean
fails (int code, const char *where, GError **error)
{
  if (code == FAKE_OK)
    return FALSE;
  g_set_error (error, LIMN_ERROR, code, "%s: the fake engine fails as told (%d)", where, code);
  return TRUE;
}

/* ---- Devices ---- */

static LimnDeviceInfo *
fake_device (int index)
{
  LimnDeviceInfo *info = g_new0 (LimnDeviceInfo, 1);

  info->index = index;
  info->kind = get ().device_kind;
  info->name = g_strdup (info->kind == LIMN_DEVICE_SOFTWARE ? "llvmpipe (LLVM 15.0.6, 256 bits)" : "Radeon RX 6600");
  info->driver = g_strdup ("fake 1.0");
  info->memory = G_GUINT64_CONSTANT (8) << 30;
  info->subgroup_size = 8;
  return info;
}

GPtrArray *
limn_devices_list (GError **error)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_device_info_free);

  g_ptr_array_add (list, fake_device (0));
  g_ptr_array_add (list, fake_device (1));
  return list;
}

LimnEngine *
limn_engine_new (int device, GError **error)
{
  LimnEngine *engine;

  if (fails (get ().device_fail, "device", error))
    return NULL;
  engine = g_new0 (LimnEngine, 1);
  engine->thread = g_thread_self ();
  engine->device = fake_device (MAX (device, 0));
  count (&state.counts.engines_made, 1);
  count (&state.counts.engines_alive, 1);
  return engine;
}

void
limn_engine_free (LimnEngine *engine)
{
  if (engine == NULL)
    return;
  if (engine->thread != g_thread_self ())
    count (&state.counts.wrong_thread, 1);
  limn_device_info_free (engine->device);
  g_free (engine);
  count (&state.counts.engines_alive, -1);
}

const LimnDeviceInfo *
limn_engine_device (LimnEngine *engine)
{
  return engine->device;
}

void
limn_engine_forget (LimnEngine *engine)
{
  count (&state.counts.forgets, 1);
}

/* ---- Models ---- */

char *
limn_starter_path (void)
{
  return g_strdup ("/"); /* any folder there is */
}

LimnModel *
limn_model_open (const char *path, GError **error)
{
  FakeEngine fake = get ();
  LimnModel *model;

  g_usleep (fake.open_us);
  if (fails (fake.open_fail, path, error))
    return NULL;
  model = g_new0 (LimnModel, 1);
  g_atomic_ref_count_init (&model->references);
  model->info = limn_model_info_new (path);
  model->info->family = strstr (path, "refiner") != NULL ? LIMN_FAMILY_SDXL_REFINER : LIMN_FAMILY_SDXL_BASE;
  model->info->layout = "diffusers folder";
  model->info->default_width = model->info->default_height = strstr (path, "sdxl") != NULL ? 1024 : fake.default_size;
  model->info->memory_fp16 = 12 << 20;
  model->info->memory_fp32 = 24 << 20;
  count (&state.counts.models_made, 1);
  count (&state.counts.models_alive, 1);
  return model;
}

LimnModel *
limn_model_ref (LimnModel *model)
{
  g_atomic_ref_count_inc (&model->references);
  return model;
}

void
limn_model_unref (LimnModel *model)
{
  if (!g_atomic_ref_count_dec (&model->references))
    return;
  limn_model_info_free (model->info);
  g_free (model);
  count (&state.counts.models_alive, -1);
}

const LimnModelInfo *
limn_model_info (LimnModel *model)
{
  return model->info;
}

/* ---- Pictures ---- */

static double
cubic (double t)
{
  t = fabs (t);
  if (t < 1)
    return 1 - 2.5 * t * t + 1.5 * t * t * t;
  return t < 2 ? 2 - 4 * t + 2.5 * t * t - 0.5 * t * t * t : 0;
}

/* Catmull-Rom upwards, nearest downwards: good enough to look at. */
LimnImage *
limn_image_fit (const LimnImage *image, int width, int height)
{
  LimnImage *out = limn_image_new (width, height);
  double ratio = MIN ((double) image->width / width, (double) image->height / height);
  double left = (image->width - width * ratio) / 2, top = (image->height - height * ratio) / 2;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      double sx = left + (x + 0.5) * ratio - 0.5, sy = top + (y + 0.5) * ratio - 0.5, sum[3] = { 0 };

      for (int j = -1; j <= 2; j++)
        for (int i = -1; i <= 2; i++) {
          int px = CLAMP ((int) floor (sx) + i, 0, image->width - 1);
          int py = CLAMP ((int) floor (sy) + j, 0, image->height - 1);
          double weight = cubic (sx - floor (sx) - i) * cubic (sy - floor (sy) - j);

          for (int c = 0; c < 3; c++)
            sum[c] += weight * image->rgb[((gsize) py * image->width + px) * 3 + c];
        }
      for (int c = 0; c < 3; c++)
        out->rgb[((gsize) y * width + x) * 3 + c] = (guint8) CLAMP (sum[c] + 0.5, 0, 255);
    }
  return out;
}

gboolean
limn_image_save_png (const LimnImage *image, const char *path, const char *const *text, GError **error)
{
  return limn_png_save (image, path, text, error);
}

LimnImage *
limn_image_load_png (const char *path, GHashTable **text_out, GError **error)
{
  return limn_png_load (path, text_out, error);
}

/* ---- Requests ---- */

const char *
limn_sampler_name (LimnSampler sampler)
{
  return sampler == LIMN_SAMPLER_EULER ? "euler" : "euler-trailing";
}

gboolean
limn_sampler_from_name (const char *name, LimnSampler *sampler, GError **error)
{
  *sampler = g_str_equal (name, "euler") ? LIMN_SAMPLER_EULER : LIMN_SAMPLER_EULER_TRAILING;
  return TRUE;
}

void
limn_request_init (LimnRequest *request, LimnModel *model)
{
  *request = (LimnRequest){ .model = model, .prompt = "", .width = 128, .height = 128, .steps = 30, .guidance = 5 };
}

gboolean
limn_request_check (const LimnRequest *request, GError **error)
{
  if (request->width % 8 == 0 && request->height % 8 == 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, "size %dx%d: expected multiples of 8", request->width,
               request->height);
  return FALSE;
}

char *
limn_request_to_json (const LimnRequest *request)
{
  GString *json = g_string_new ("{\"prompt\":");

  limn_json_append_string (json, request->prompt);
  g_string_append_printf (json,
                          ",\"seed\":%" G_GUINT64_FORMAT ",\"steps\":%d,\"width\":%d,\"height\":%d,"
                          "\"crop\":[%d,%d],\"negative_crop\":[%d,%d],\"image\":%s,\"refiner\":%s}",
                          request->seed, request->steps, request->width, request->height, request->hints.crop_left,
                          request->hints.crop_top, request->negative_hints.crop_left, request->negative_hints.crop_top,
                          request->image != NULL ? "true" : "false", request->refiner != NULL ? "true" : "false");
  return g_string_free (json, FALSE);
}

char *
limn_request_to_parameters (const LimnRequest *request)
{
  return g_strdup_printf ("%s\nSteps: %d, Sampler: Euler, CFG scale: %g, Seed: %" G_GUINT64_FORMAT ", Size: %dx%d",
                          request->prompt, request->steps, request->guidance, request->seed, request->width,
                          request->height);
}

gboolean
limn_request_from_json (LimnRequest *request, const char *json, GStringChunk *strings, GError **error)
{
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "the fake engine reads no settings");
  return FALSE;
}

/* ---- Painting ---- */

const char *
limn_stage_name (LimnStage stage)
{
  static const char *const names[] = { "load", "encode", "image", "base", "refiner", "decode" };

  return names[stage];
}

typedef struct {
  FakeEngine fake;
  const LimnRequest *request;
  const LimnMonitor *monitor;
  gint64 start;
  int step, steps;
} Paint;

static gboolean
spend (Paint *paint, guint us, GError **error)
{
  for (guint spent = 0; spent <= us; spent += 2000) {
    if (!paint->fake.deaf && paint->monitor != NULL && paint->monitor->cancelled != NULL
        && paint->monitor->cancelled (paint->monitor->data)) {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, "cancelled");
      return FALSE;
    }
    if (us > 0)
      g_usleep (MIN (2000, us));
  }
  return TRUE;
}

static void
report (Paint *paint, LimnStage stage, double fraction)
{
  LimnProgress progress = { stage, fraction, paint->step, paint->steps, 0, 0, -1 };

  progress.seconds = (g_get_monotonic_time () - paint->start) / 1e6;
  if (paint->step > 0) {
    progress.steps_per_second = paint->step / MAX (progress.seconds, 1e-6);
    progress.seconds_left = (paint->steps - paint->step) / progress.steps_per_second;
  }
  if (paint->monitor != NULL && paint->monitor->progress != NULL)
    paint->monitor->progress (&progress, paint->monitor->data);
}

static gboolean
begin_stage (Paint *paint, LimnStage stage, guint us, GError **error)
{
  report (paint, stage, 0);
  if (!spend (paint, us, error))
    return FALSE;
  return paint->fake.fail_stage != stage || !fails (paint->fake.fail, limn_stage_name (stage), error);
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

static gboolean
paint_steps (Paint *paint, GError **error)
{
  const LimnRequest *request = paint->request;
  int width = request->width / 8, height = request->height / 8;
  g_autofree float *latents = g_new0 (float, (gsize) 4 * width * height);

  for (paint->step = 0; paint->step < paint->steps;) {
    gboolean refining = request->refiner != NULL && paint->step >= request->handoff * paint->steps;
    LimnStage stage = refining ? LIMN_STAGE_REFINER : LIMN_STAGE_BASE;
    g_autoptr (LimnImage) image = NULL;
    LimnPreview preview;

    if (!begin_stage (paint, stage, paint->fake.step_us, error))
      return FALSE;
    paint->step++;
    count (&state.counts.steps, 1);
    report (paint, stage, (double) paint->step / paint->steps);
    image = paint_image (request->seed, width, height, 1 - (double) paint->step / paint->steps);
    preview = (LimnPreview){ .step = paint->step,
                             .steps = paint->steps,
                             .schedule_step = paint->step,
                             .schedule_steps = paint->steps,
                             .width = width,
                             .height = height,
                             .rgb = image->rgb,
                             .latents = latents };
    if (paint->monitor != NULL && paint->monitor->preview != NULL)
      paint->monitor->preview (&preview, paint->monitor->data);
  }
  return TRUE;
}

LimnResult *
limn_engine_generate (LimnEngine *engine, const LimnRequest *request, const LimnMonitor *monitor, GError **error)
{
  Paint paint = { get (), request, monitor, g_get_monotonic_time (), 0, request->steps };
  const char *note[] = { "The VAE gave NaN in fp16; redone in fp32.", NULL };
  LimnResult *result;

  if (engine->thread != g_thread_self ())
    count (&state.counts.wrong_thread, 1);
  count (&state.counts.generates, 1);
  if (!begin_stage (&paint, LIMN_STAGE_LOAD, paint.fake.load_us, error)
      || !begin_stage (&paint, LIMN_STAGE_ENCODE, paint.fake.load_us, error)
      || (request->image != NULL && !begin_stage (&paint, LIMN_STAGE_IMAGE, paint.fake.decode_us, error))
      || !paint_steps (&paint, error) || !begin_stage (&paint, LIMN_STAGE_DECODE, paint.fake.decode_us, error))
    return NULL;
  report (&paint, LIMN_STAGE_DECODE, 1);

  result = g_new0 (LimnResult, 1);
  result->image = paint_image (request->seed, request->width, request->height, 0);
  if (request->image != NULL) /* so that tests see which part of the picture arrived */
    memcpy (result->image->rgb, request->image->rgb, (gsize) request->width * request->height * 3 / 2);
  result->latent_width = request->width / 8;
  result->latent_height = request->height / 8;
  result->latents = g_new0 (float, (gsize) 4 * result->latent_width * result->latent_height);
  result->seconds[LIMN_STAGE_BASE] = (g_get_monotonic_time () - paint.start) / 1e6;
  result->notes = paint.fake.nan_note ? g_strdupv ((char **) note) : NULL;
  return result;
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
