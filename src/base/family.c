/* family.c - see family.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/family.h"

#include "base/i18n.h"

#define UNET "model.diffusion_model."
#define VAE "first_stage_model."

/* Least-squares fits of colour to latent, published with ComfyUI (comfy/latent_formats.py). */
#define SDXL_RGB_FACTORS                                                                                               \
  {                                                                                                                    \
    { 0.3651f, 0.4232f, 0.4341f }, { -0.2533f, -0.0042f, 0.1068f }, { 0.1076f, 0.1111f, -0.0362f },                    \
    {                                                                                                                  \
      -0.3165f, -0.2492f, -0.2188f                                                                                     \
    }                                                                                                                  \
  }
#define SDXL_RGB_BIAS                                                                                                  \
  {                                                                                                                    \
    0.1084f, -0.0175f, -0.0011f                                                                                        \
  }

#define SD_RGB_FACTORS                                                                                                 \
  {                                                                                                                    \
    { 0.3512f, 0.2297f, 0.3227f }, { 0.3250f, 0.4974f, 0.2350f }, { -0.2829f, 0.1762f, 0.2721f },                      \
    {                                                                                                                  \
      -0.2120f, -0.2616f, -0.7177f                                                                                     \
    }                                                                                                                  \
  }

static const LimnFamilyRow rows[] = {
  [LIMN_FAMILY_UNKNOWN] = { .title = N_ ("unknown") },
  [LIMN_FAMILY_SDXL_BASE] = {
    .title = N_ ("SDXL base"),
    .supported = TRUE,
    .refined = TRUE,
    .prefixes = { UNET, VAE, "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model." },
    .encoders = { { .unread = 1 }, { .open_clip = TRUE, .unread = 1, .pooled = TRUE } },
    .size_ids = LIMN_SIZES_TARGET,
    .zeros_for_empty_negative = TRUE,
    .beta_start = 0.00085,
    .beta_end = 0.012,
    .train_steps = 1000,
    .steps_offset = 1,
    .scaling_factor = 0.13025,
    .rgb_factors = SDXL_RGB_FACTORS,
    .rgb_bias = SDXL_RGB_BIAS,
    .taesd = "taesdxl",
    .sample_size = 128,
    .factor = 8,
    .guidance = 5,
  },
  [LIMN_FAMILY_SDXL_REFINER] = {
    .title = N_ ("SDXL refiner"),
    .supported = TRUE,
    .refines = TRUE,
    .prefixes = { UNET, VAE, NULL, "conditioner.embedders.0.model." },
    .encoders = { { 0 }, { .open_clip = TRUE, .unread = 1, .pooled = TRUE } },
    .size_ids = LIMN_SIZES_AESTHETIC,
    .beta_start = 0.00085,
    .beta_end = 0.012,
    .train_steps = 1000,
    .steps_offset = 1,
    .scaling_factor = 0.13025,
    .rgb_factors = SDXL_RGB_FACTORS,
    .rgb_bias = SDXL_RGB_BIAS,
    .taesd = "taesdxl",
    .sample_size = 128,
    .factor = 8,
    .guidance = 5,
  },
  [LIMN_FAMILY_SD15] = {
    .title = "Stable Diffusion 1.5",
    .supported = TRUE,
    .prefixes = { UNET, VAE, "cond_stage_model.transformer.", NULL },
    .encoders = { { .normed = TRUE } },
    .beta_start = 0.00085,
    .beta_end = 0.012,
    .train_steps = 1000,
    .steps_offset = 1,
    .scaling_factor = 0.18215,
    .rgb_factors = SD_RGB_FACTORS,
    .taesd = "taesd",
    .sample_size = 64,
    .factor = 8,
    .heads = 8,
    .guidance = 7.5,
  },
  [LIMN_FAMILY_SD21] = {
    .title = "Stable Diffusion 2.1",
    .supported = TRUE,
    .prefixes = { UNET, VAE, "cond_stage_model.model.", NULL },
    .encoders = { { .open_clip = TRUE, .unread = 1, .cut = TRUE, .normed = TRUE } },
    .beta_start = 0.00085,
    .beta_end = 0.012,
    .train_steps = 1000,
    .steps_offset = 1,
    .scaling_factor = 0.18215,
    .rgb_factors = SD_RGB_FACTORS,
    .taesd = "taesd",
    .sample_size = 96,
    .factor = 8,
    .guidance = 7.5,
  },
};

const char *
limn_part_name (LimnPartId part)
{
  static const char *const names[LIMN_N_PARTS] = { "unet", "vae", "text_encoder", "text_encoder_2" };

  g_return_val_if_fail ((guint) part < LIMN_N_PARTS, NULL);
  return names[part];
}

const LimnFamilyRow *
limn_family_row (LimnFamily family)
{
  g_return_val_if_fail ((guint) family < G_N_ELEMENTS (rows), &rows[LIMN_FAMILY_UNKNOWN]);
  return &rows[family];
}

const char *
limn_family_name (LimnFamily family)
{
  return _ (limn_family_row (family)->title);
}

char *
limn_family_supported_names (void)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].supported)
      g_strv_builder_add (names, _ (rows[i].title));
  all = g_strv_builder_end (names);
  return g_strjoinv (_ (", "), all);
}
