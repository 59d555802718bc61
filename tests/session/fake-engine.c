/* fake-engine.c - limn.h without a device: how it behaves, devices, models, pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fake-private.h"

#include <math.h>
#include <string.h>

#include "engine/enlarge.h"
#include "file/png.h"

struct _LimnModel {
  gatomicrefcount references;
  int scale; /* of an upscaler; else 0 */
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
                        .fail_device = FAKE_ANY,
                        .predicts = FAKE_OK,
                        .hold_step = FAKE_NEVER,
                        .device_kind = LIMN_DEVICE_SOFTWARE,
                        .default_size = 128,
                        .memory = G_GUINT64_CONSTANT (8) << 30 };
}

FakeEngine
fake_engine_get (void)
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
fake_count (const FakeCounts *more)
{
  g_mutex_lock (&state.lock);
  state.counts.generates += more->generates;
  state.counts.steps += more->steps;
  for (int i = 0; i < FAKE_DEVICES; i++)
    state.counts.steps_on[i] += more->steps_on[i];
  state.counts.painting += more->painting;
  state.counts.most_painting = MAX (state.counts.most_painting, state.counts.painting);
  state.counts.most_together = MAX (state.counts.most_together, more->most_together);
  state.counts.estimates += more->estimates;
  state.counts.probes += more->probes;
  state.counts.detects += more->detects;
  state.counts.prepares += more->prepares;
  state.counts.prepares_begun += more->prepares_begun;
  state.counts.wrong_thread |= more->wrong_thread;
  g_mutex_unlock (&state.lock);
}

void
fake_failed (void)
{
  g_mutex_lock (&state.lock);
  if (state.fake.fail_times > 0 && --state.fake.fail_times == 0)
    state.fake.fail = FAKE_OK;
  g_mutex_unlock (&state.lock);
}

void
fake_engine_set (const FakeEngine *fake)
{
  g_mutex_lock (&state.lock);
  state.fake = *fake;
  state.set = TRUE;
  state.counts = (FakeCounts){ .engines_alive = state.counts.engines_alive,
                               .models_alive = state.counts.models_alive,
                               .painting = state.counts.painting };
  g_mutex_unlock (&state.lock);
}

void
fake_engine_hold (int step)
{
  fake_engine_get (); /* it may never have been set */
  g_mutex_lock (&state.lock);
  state.fake.hold_step = step;
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

gboolean
fake_fails (int code, const char *where, GError **error)
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
  info->kind = index == 0 ? fake_engine_get ().device_kind : LIMN_DEVICE_DISCRETE;
  info->name = g_strdup (index > 0                            ? "Arc A770 Graphics"
                         : info->kind == LIMN_DEVICE_SOFTWARE ? "llvmpipe (LLVM 15.0.6, 256 bits)"
                                                              : "Radeon RX 6600");
  info->driver = g_strdup ("fake 1.0");
  info->memory = fake_engine_get ().memory;
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

gboolean
fake_is_failing (const LimnEngine *engine)
{
  int device = fake_engine_get ().fail_device;

  return device == FAKE_ANY || device == engine->device->index;
}

LimnEngine *
limn_engine_new (int device, GError **error)
{
  FakeEngine fake = fake_engine_get ();
  LimnEngine *engine;

  if ((fake.fail_device == FAKE_ANY || fake.fail_device == MAX (device, 0))
      && fake_fails (fake.device_fail, "device", error))
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

gboolean
limn_model_is_part (const char *path, LimnPartId *part)
{
  *part = LIMN_PART_VAE;
  return strstr (path, "vae") != NULL;
}

char *
limn_starter_path (void)
{
  return g_strdup ("/"); /* any folder there is */
}

LimnModel *
limn_model_open (const char *path, GError **error)
{
  FakeEngine fake = fake_engine_get ();
  LimnModel *model;

  count (&state.counts.opens, 1);
  g_usleep (fake.open_us);
  if (fake_fails (fake.open_fail, path, error))
    return NULL;
  model = g_new0 (LimnModel, 1);
  g_atomic_ref_count_init (&model->references);
  model->info = limn_model_info_new (path);
  model->info->family = strstr (path, "refiner") != NULL ? LIMN_FAMILY_SDXL_REFINER : LIMN_FAMILY_SDXL_BASE;
  model->info->layout = "diffusers folder";
  model->info->default_width = model->info->default_height = strstr (path, "sdxl") != NULL ? 1024 : fake.default_size;
  model->info->memory_fp16 = 12 << 20;
  model->info->memory_fp32 = 24 << 20;
  if (model->info->family == LIMN_FAMILY_SDXL_BASE) {
    g_autofree char *index = g_build_filename (path, "refiner", "model_index.json", NULL);

    if (g_file_test (index, G_FILE_TEST_EXISTS))
      model->info->own_refiner = g_path_get_dirname (index);
  }
  count (&state.counts.models_made, 1);
  count (&state.counts.models_alive, 1);
  return model;
}

/* Any file that is there. */
LimnModel *
limn_model_open_control (const char *path, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return limn_model_open (path, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: No such file", path);
  return NULL;
}

/* Any file that is there and is called so; twice as wide and high, or as often as a digit of its name says. */
LimnModel *
limn_model_open_upscaler (const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  const char *digit = strpbrk (name, "34");
  LimnModel *model;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: No such file", path);
    return NULL;
  }
  if (strstr (name, "upscaler") == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, "%s is no upscaler", path);
    return NULL;
  }
  model = limn_model_open (path, error);
  if (model != NULL)
    model->scale = digit != NULL ? *digit - '0' : 2;
  return model;
}

int
limn_model_scale (LimnModel *model)
{
  return model->scale;
}

char *
limn_model_fingerprint (LimnModel *model)
{
  g_autofree char *digits = g_compute_checksum_for_string (G_CHECKSUM_MD5, model->info->path, -1);

  return g_strconcat ("0:", digits, NULL);
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

LimnLatentShape
limn_model_latent_shape (LimnModel *model, int width, int height)
{
  LimnLatentShape shape = { 4, 8, height / 8, width / 8 };

  shape.values = (gsize) shape.planes * shape.height * shape.width;
  return shape;
}

const LimnModelInfo *
limn_model_info (LimnModel *model)
{
  return model->info;
}

/* ---- Pictures ---- */

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
