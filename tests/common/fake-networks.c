/* fake-networks.c - see fake-networks.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/fake-networks.h"
#include "common/fake-regions.h"

#include "base/error.h"
#include "kernel/kernel.h"
#include "model/clip.h"
#include "model/survey.h"
#include "model/taesd.h"
#include "model/unet.h"
#include "model/vae.h"

#include <math.h>

static FakeNetworks state = { .nan_step = -1 };

FakeNetworks *
fake_networks (void)
{
  return &state;
}

void
fake_networks_reset (void)
{
  if (state.log != NULL)
    g_string_free (state.log, TRUE);
  state = (FakeNetworks){ .kind = LIMN_DEVICE_DISCRETE,
                          .memory = G_GUINT64_CONSTANT (64) << 30,
                          .nan_step = -1,
                          .alive = state.alive,
                          .peak_alive = state.alive,
                          .log = g_string_new (NULL) };
}

G_GNUC_PRINTF (1, 2)
static void
say (const char *format, ...)
{
  va_list arguments;

  if (state.log->len > 0)
    g_string_append_c (state.log, ' ');
  va_start (arguments, format);
  g_string_append_vprintf (state.log, format, arguments);
  va_end (arguments);
}

/* What making any network comes to: ticks, perhaps no memory. */
static gboolean
come_alive (int rows, const LimnTick *tick, GError **error)
{
  if (!limn_tick (tick, 0, error) || !limn_tick (tick, 0.5, error))
    return FALSE;
  if ((state.most_alive > 0 && state.alive >= state.most_alive) || (state.most_rows > 0 && rows > state.most_rows)) {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_MEMORY, "the fake device is full");
    return FALSE;
  }
  state.made++;
  state.alive++;
  state.peak_alive = MAX (state.peak_alive, state.alive);
  return TRUE;
}

static gboolean
work (const LimnTick *tick, GError **error)
{
  return limn_tick (tick, 0, error) && limn_tick (tick, 0.4, error) && limn_tick (tick, 1, error);
}

static gboolean
spoils (gboolean asked, LimnPrecision precision)
{
  return asked && (precision != LIMN_PRECISION_FP32 || state.nan_always);
}

/* ---- Device ---- */

struct _LimnGpu {
  LimnDeviceInfo info;
};

LimnGpu *
limn_gpu_new (int index, GError **error)
{
  LimnGpu *gpu = g_new0 (LimnGpu, 1);

  gpu->info = (LimnDeviceInfo){ .name = (char *) "the fake device", .driver = (char *) "1" };
  return gpu;
}

void
limn_gpu_free (LimnGpu *gpu)
{
  g_free (gpu->info.wrong);
  g_free (gpu);
}

const LimnDeviceInfo *
limn_gpu_info (LimnGpu *gpu)
{
  gpu->info.kind = state.kind;
  gpu->info.memory = state.memory;
  return &gpu->info;
}

void
limn_gpu_set_wrong (LimnGpu *gpu, const char *wrong)
{
  g_free (gpu->info.wrong);
  gpu->info.wrong = g_strdup (wrong);
}

gboolean
limn_kernel_choose (LimnGpu *gpu, LimnChoosing how, GPtrArray *reports, const LimnTick *tick, GError **error)
{
  for (int i = 0; reports != NULL && i < 2; i++) {
    LimnKernelReport *report = g_new0 (LimnKernelReport, 1);

    report->name = g_strdup (i == 0 && state.wrong_kernels != NULL ? state.wrong_kernels : "plain");
    report->means = "its matrix units";
    report->problem = i == 0 && state.wrong_kernels != NULL ? g_strdup ("value 0 is 1, not 2") : NULL;
    g_ptr_array_add (reports, report);
  }
  return TRUE;
}

gboolean
limn_kernel_warm (LimnGpu *gpu, LimnStore store, const LimnWeightKind *kind, int variant, GError **error)
{
  return TRUE;
}

/* Counts the weights of what a row builds. */
static void
bring (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
       const LimnNetworkShape *shape)
{
  gsize bytes;
  gconstpointer config = kind->config (kind, checkpoint, &bytes);

  state.brought += kind->survey (kind, limn_gpu_limits (gpu), config, precision, shape).weights;
}

/* ---- Text encoders: every state tells the token and its place ---- */

struct _LimnClip {
  LimnClipConfig config;
  LimnPrecision precision;
  int number, skipped;
};

LimnClip *
limn_clip_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision, int batch,
               const LimnTick *tick, GError **error)
{
  if (!come_alive (0, tick, error))
    return NULL;

  LimnClip *clip = g_new0 (LimnClip, 1);
  g_assert_cmpint (batch, ==, 1);
  g_assert_cmpint (precision, !=, LIMN_PRECISION_AUTO);
  clip->config = *limn_checkpoint_clip (checkpoint, which);
  clip->precision = precision;
  clip->number = which == LIMN_PART_TEXT_ENCODER ? 1 : 2;
  say ("+clip%d", clip->number);
  return clip;
}

void
limn_clip_free (LimnClip *clip)
{
  if (clip == NULL)
    return;
  say ("-clip%d", clip->number);
  state.alive--;
  g_free (clip);
}

const LimnClipConfig *
limn_clip_config (LimnClip *clip)
{
  return &clip->config;
}

gboolean
limn_clip_encode (LimnClip *clip, const int *ids, const LimnClipVectors *vectors, float *hidden, float *pooled,
                  const LimnTick *tick, GError **error)
{
  int width = clip->config.width;

  if (!work (tick, error))
    return FALSE;
  state.clip_calls++;
  for (int token = 0; token < 77; token++)
    for (int c = 0; c < width; c++)
      hidden[token * width + c] = (float) sin (ids[token] * 0.37 + token * 0.11 + c * clip->number + clip->skipped);
  for (int token = 0; token < 77; token++)
    if (ids[token] >= clip->config.vocabulary) {
      const float *vector = vectors->find (vectors->data, ids[token]);

      g_assert_nonnull (vector);
      memcpy (hidden + token * width, vector, width * sizeof (float));
    }
  for (int c = 0; pooled != NULL && c < clip->config.projection; c++)
    pooled[c] = (float) cos (ids[1] + c);
  if (spoils (state.nan_clip, clip->precision))
    hidden[76 * width] = NAN;
  return TRUE;
}

static gconstpointer
clip_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = sizeof (LimnClipConfig);
  return limn_checkpoint_clip (checkpoint, kind->part);
}

static LimnSurvey
clip_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  return limn_survey_clip (limits, config, precision, shape);
}

static gpointer
clip_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  bring (kind, gpu, checkpoint, precision, shape);
  LimnClip *clip = limn_clip_new (gpu, checkpoint, kind->part, precision, shape->batch, tick, error);

  if (clip != NULL)
    clip->skipped = shape->skipped;
  return clip;
}

static void
clip_free (gpointer clip)
{
  limn_clip_free (clip);
}

const LimnNetworkKind limn_clip_kinds[] = {
  { LIMN_PART_TEXT_ENCODER, TRUE, clip_config, clip_survey, clip_build, NULL, clip_free },
  { LIMN_PART_TEXT_ENCODER_2, TRUE, clip_config, clip_survey, clip_build, NULL, clip_free },
};

/* ---- U-Net: a fixed function of the sample, the step's timestep and a little of everything it is told ---- */

LimnUnet *
limn_unet_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision, const LimnNetworkShape *shape,
               const LimnTick *tick, GError **error)
{
  if (!come_alive (shape->batch, tick, error))
    return NULL;
  LimnUnet *unet = g_new0 (LimnUnet, 1);
  unet->config = *limn_checkpoint_unet (checkpoint);
  unet->precision = precision;
  unet->shape = *shape;
  say ("+unet%d", unet->config.time_ids);
  return unet;
}

void
limn_unet_free (LimnUnet *unet)
{
  if (unet == NULL)
    return;
  say ("-unet%d", unet->config.time_ids);
  state.alive--;
  g_free (unet->timesteps);
  g_free (unet->told);
  g_free (unet->against);
  fake_regions_clear (&unet->regions);
  g_free (unet);
}

gboolean
limn_unet_reshape (LimnUnet *unet, const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  say ("reshape%d", unet->config.time_ids);
  unet->shape = *shape;
  return TRUE;
}

const LimnNetworkShape *
limn_unet_shape (LimnUnet *unet)
{
  return &unet->shape;
}

void
limn_unet_set_against (LimnUnet *unet, const float *context)
{
  g_free (unet->against);
  unet->against = g_memdup2 (context, sizeof (float) * unet->shape.batch * unet->shape.tokens
                                          * (gsize) unet->config.context_channels);
}

void
limn_unet_set_region (LimnUnet *unet, int index, const float *context, const float *against)
{
  fake_regions_set (&unet->regions, &unet->config, &unet->shape, index, context, against);
}

void
limn_unet_share_out (LimnUnet *unet, LimnUnetShares shares, gpointer data)
{
  fake_regions_share_out (&unet->regions, &unet->shape, shares, data);
}

gboolean
limn_unet_prepare (LimnUnet *unet, const float *context, const float *pooled, const float *time_ids,
                   const float *timesteps, int n_timesteps, const LimnTick *tick, GError **error)
{
  g_assert_cmpint (n_timesteps, <=, unet->shape.steps);
  if (!work (tick, error))
    return FALSE;
  g_free (unet->timesteps);
  g_free (unet->told);
  unet->timesteps = g_memdup2 (timesteps, n_timesteps * sizeof (float));
  unet->told = g_new0 (float, unet->shape.batch);
  fake_told (&unet->config, &unet->shape, context, unet->against, pooled, time_ids, unet->told);
  fake_regions_prepare (&unet->regions, &unet->config, &unet->shape, pooled, time_ids);
  return TRUE;
}

gboolean
limn_unet_run (LimnUnet *unet, int step, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  gsize n = (gsize) 4 * unet->shape.height * unet->shape.width;
  gsize given = n / 4 * (gsize) (unet->config.in_channels - 4);

  if (!work (tick, error))
    return FALSE;
  state.unet_calls++;
  state.unet_rows += unet->shape.batch;
  say ("unet%d", unet->config.time_ids);
  for (int row = 0; row < unet->shape.batch; row++, sample += n + given)
    for (gsize i = 0; i < n; i++) {
      out[row * n + i] = (float) (0.8 * sample[i] + 0.1 * sample[n - 1 - i]
                                  + fake_regions_told (&unet->regions, &unet->shape, row, i % (n / 4), unet->told[row])
                                  + 0.1 * sin (unet->timesteps[step] / 100 + i));
      for (gsize at = i % (n / 4); at < given; at += n / 4)
        out[row * n + i] += (float) (0.1 * sin (3.0 * sample[n + at] + at));
      out[row * n + i] += 0.01f * (unet->shape.freeu.version * unet->shape.freeu.skip[1] + unet->shape.shrink.factor);
      out[row * n + i] += row < unet->shape.batch - unet->shape.perturbed ? 0 : FAKE_PERTURBED;
    }
  fake_look (unet, sample - (n + given) * (gsize) unet->shape.batch, n + given);
  if (spoils (step == state.nan_step, unet->precision))
    out[n - 1] = NAN;
  return TRUE;
}

static gconstpointer
unet_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = sizeof (LimnUnetConfig);
  return limn_checkpoint_unet (checkpoint);
}

static LimnSurvey
unet_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  return limn_survey_unet (limits, config, precision, shape);
}

static gpointer
unet_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  bring (kind, gpu, checkpoint, precision, shape);
  return limn_unet_new (gpu, checkpoint, precision, shape, tick, error);
}

static gboolean
unet_reshape (gpointer unet, const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  return limn_unet_reshape (unet, shape, tick, error);
}

const LimnNetworkKind limn_unet_kind = {
  LIMN_PART_UNET, FALSE, unet_config, unet_survey, unet_build, unet_reshape, (GDestroyNotify) limn_unet_free
};

/* ---- VAE: the first three channels are the colours ---- */

struct _LimnVae {
  LimnVaeDirection direction;
  LimnPrecision precision;
  int height, width;
};

LimnVae *
limn_vae_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction, LimnPrecision precision, int batch,
              int height, int width, const LimnTick *tick, GError **error)
{
  if (!come_alive (0, tick, error))
    return NULL;

  LimnVae *vae = g_new0 (LimnVae, 1);
  *vae = (LimnVae){ direction, precision, height, width };
  say (direction == LIMN_VAE_DECODE ? "+decoder" : "+encoder");
  return vae;
}

void
limn_vae_free (LimnVae *vae)
{
  if (vae == NULL)
    return;
  say (vae->direction == LIMN_VAE_DECODE ? "-decoder" : "-encoder");
  state.alive--;
  g_free (vae);
}

gboolean
limn_vae_decode (LimnVae *vae, const float *latents, float *image, const LimnTick *tick, GError **error)
{
  int h = vae->height, w = vae->width;

  g_assert_cmpint (vae->direction, ==, LIMN_VAE_DECODE);
  if (!work (tick, error))
    return FALSE;
  state.decode_calls++;
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < 8 * h; y++)
      for (int x = 0; x < 8 * w; x++)
        image[((gsize) c * 8 * h + y) * 8 * w + x] = latents[((gsize) c * h + y / 8) * w + x / 8] * 0.5f;
  if (spoils (state.nan_decode, vae->precision))
    image[5] = INFINITY;
  return TRUE;
}

gboolean
limn_vae_encode (LimnVae *vae, const float *image, float *mean, float *logvar, const LimnTick *tick, GError **error)
{
  int h = vae->height, w = vae->width;

  g_assert_cmpint (vae->direction, ==, LIMN_VAE_ENCODE);
  if (!work (tick, error))
    return FALSE;
  state.encode_calls++;
  for (int c = 0; c < 4; c++)
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        mean[((gsize) c * h + y) * w + x] = image[((gsize) MIN (c, 2) * 8 * h + 8 * y) * 8 * w + 8 * x] * 8;
        logvar[((gsize) c * h + y) * w + x] = -4;
      }
  if (spoils (state.nan_encode, vae->precision))
    logvar[0] = NAN;
  return TRUE;
}

static LimnVaeDirection
vae_direction (const LimnNetworkKind *kind)
{
  return kind == &limn_vae_encoder_kind ? LIMN_VAE_ENCODE : LIMN_VAE_DECODE;
}

static gconstpointer
vae_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = sizeof (LimnVaeConfig);
  return limn_checkpoint_vae (checkpoint);
}

static LimnSurvey
vae_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
            const LimnNetworkShape *shape)
{
  return limn_survey_vae (limits, config, vae_direction (kind), precision, shape);
}

static gpointer
vae_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
           const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  g_assert_cmpint (shape->batch, ==, 1);
  bring (kind, gpu, checkpoint, precision, shape);
  return limn_vae_new (gpu, checkpoint, vae_direction (kind), precision, 1, shape->height, shape->width, tick, error);
}

static void
vae_free (gpointer vae)
{
  limn_vae_free (vae);
}

const LimnNetworkKind limn_vae_decoder_kind = {
  LIMN_PART_VAE, FALSE, vae_config, vae_survey, vae_build, NULL, vae_free
};
const LimnNetworkKind limn_vae_encoder_kind = {
  LIMN_PART_VAE, FALSE, vae_config, vae_survey, vae_build, NULL, vae_free
};

/* ---- Decoder for previews: the VAE's of another name ---- */

struct _LimnTaesd {
  int height, width;
};

gboolean
limn_taesd_decode (LimnTaesd *taesd, const float *latents, float *image, const LimnTick *tick, GError **error)
{
  int h = taesd->height, w = taesd->width;

  state.preview_calls++;
  if (!work (tick, error))
    return FALSE;
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < 8 * h; y++)
      for (int x = 0; x < 8 * w; x++)
        image[((gsize) c * 8 * h + y) * 8 * w + x] = latents[((gsize) c * h + y / 8) * w + x / 8];
  if (state.preview_calls == state.nan_preview)
    image[7] = NAN;
  return TRUE;
}

static gconstpointer
taesd_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = 0;
  return limn_checkpoint_taesd (checkpoint, NULL);
}

static LimnSurvey
taesd_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
              const LimnNetworkShape *shape)
{
  return limn_taesd_survey (limits, precision, shape->height, shape->width, (guint) shape->around);
}

static gpointer
taesd_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
             const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  if (state.full_for_preview) {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_MEMORY, "the fake device is full");
    return NULL;
  }
  bring (kind, gpu, checkpoint, precision, shape);
  if (!come_alive (0, tick, error))
    return NULL;
  say ("+preview");
  return g_memdup2 (&(LimnTaesd){ shape->height, shape->width }, sizeof (LimnTaesd));
}

static void
taesd_free (gpointer taesd)
{
  say ("-preview");
  state.alive--;
  g_free (taesd);
}

const LimnNetworkKind limn_taesd_kind = { LIMN_PART_VAE, FALSE, taesd_config, taesd_survey,
                                          taesd_build,   NULL,  taesd_free };
