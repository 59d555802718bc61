/* checkpoint-config.c - the config.json files of a diffusers folder.
 *
 * A setting that changes what a network computes is either read or checked to be what SDXL uses, so that no model is
 * run wrongly without a word.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

#include <math.h>

#include "base/error.h"
#include "base/i18n.h"

/* A config being read: the first failure is kept, later reads do nothing. */
typedef struct {
  const LimnJson *json;
  const char *file;
  GError **error;
  gboolean failed;
} Reader;

G_GNUC_PRINTF (2, 3)
static void
fail (Reader *reader, const char *format, ...)
{
  va_list args;

  if (reader->failed)
    return;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  reader->failed = TRUE;
  g_set_error (reader->error, LIMN_ERROR, LIMN_ERROR_MODEL, "%s: %s", reader->file, text);
}

static gboolean
is_absent (const LimnJson *value)
{
  return value == NULL || limn_json_kind (value) == LIMN_JSON_NULL;
}

static gboolean
to_int (const LimnJson *value, int *out)
{
  guint64 number;

  if (value == NULL || !limn_json_uint64 (value, &number) || number > G_MAXINT)
    return FALSE;
  *out = (int) number;
  return TRUE;
}

/* What stands in place of what was expected, for messages.  (transfer full) */
static char *
found_text (const LimnJson *value)
{
  static const char *const kinds[] = { [LIMN_JSON_NULL] = "null",
                                       [LIMN_JSON_BOOL] = N_ ("true or false"),
                                       [LIMN_JSON_ARRAY] = N_ ("a list"),
                                       [LIMN_JSON_OBJECT] = N_ ("an object") };

  if (value == NULL)
    return g_strdup (_ ("missing"));
  LimnJsonKind kind = limn_json_kind (value);
  if (kind == LIMN_JSON_NUMBER)
    return g_strdup_printf ("%.12g", limn_json_number (value, 0));
  if (kind == LIMN_JSON_STRING)
    return g_strdup_printf ("\"%.60s\"", limn_json_string (value, ""));
  return g_strdup (_ (kinds[kind]));
}

/* fallback: -1 where the field must be there. */
static int
read_int (Reader *reader, const char *key, int fallback)
{
  const LimnJson *value = limn_json_member (reader->json, key);
  int out = 0;

  if (is_absent (value) && fallback >= 0)
    return fallback;
  if (!to_int (value, &out)) {
    g_autofree char *found = found_text (value);
    fail (reader, _ ("field \"%s\" is %s; expected a whole number up to %d"), key, found, G_MAXINT);
  }
  return out;
}

/* One number for all, or a list of count numbers. */
static void
read_ints (Reader *reader, const char *key, int count, int *out)
{
  const LimnJson *value = limn_json_member (reader->json, key);

  if (value != NULL && limn_json_kind (value) == LIMN_JSON_ARRAY && limn_json_length (value) != (guint) count) {
    fail (reader, _ ("field \"%s\" has %u numbers; expected %d, one a level"), key, limn_json_length (value), count);
    return;
  }
  for (int i = 0; i < count; i++) {
    gboolean is_list = value != NULL && limn_json_kind (value) == LIMN_JSON_ARRAY;
    const LimnJson *item = is_list ? limn_json_nth (value, i) : value;
    if (!to_int (item, &out[i])) {
      g_autofree char *found = found_text (item);
      fail (reader, _ ("field \"%s\" is or holds %s; expected whole numbers up to %d, one or %d"), key, found, G_MAXINT,
            count);
      return;
    }
  }
}

/* A number, or a list of equal ones. */
static int
read_uniform (Reader *reader, const char *key, int count)
{
  int values[4] = { 0 };

  read_ints (reader, key, count, values);
  for (int i = 1; i < count; i++)
    if (values[i] != values[0])
      fail (reader, _ ("field \"%s\" differs from level to level, which Limn does not support"), key);
  return values[0];
}

static void
expect_string (Reader *reader, const char *key, const char *expected)
{
  const LimnJson *value = limn_json_member (reader->json, key);

  if (!is_absent (value) && g_strcmp0 (limn_json_string (value, NULL), expected) != 0) {
    g_autofree char *found = found_text (value);
    fail (reader, _ ("field \"%s\" is %s; expected \"%s\""), key, found, expected);
  }
}

static void
expect_number (Reader *reader, const char *key, double expected)
{
  const LimnJson *value = limn_json_member (reader->json, key);
  double number = limn_json_number (value, NAN);

  if (!is_absent (value) && !(fabs (number - expected) <= 1e-6 * fabs (expected))) {
    g_autofree char *found = found_text (value);
    fail (reader, _ ("field \"%s\" is %s; expected %g"), key, found, expected);
  }
}

/* Absent, null, false or 0. */
static void
expect_off (Reader *reader, const char *key)
{
  const LimnJson *value = limn_json_member (reader->json, key);

  if (is_absent (value))
    return;
  LimnJsonKind kind = limn_json_kind (value);
  if ((kind == LIMN_JSON_BOOL && !limn_json_bool (value, TRUE))
      || (kind == LIMN_JSON_NUMBER && limn_json_number (value, 1) == 0))
    return;
  g_autofree char *found = found_text (value);
  fail (reader, _ ("field \"%s\" is %s, which SDXL 1.0 does not use and Limn does not support"), key, found);
}

static void
expect_on (Reader *reader, const char *key)
{
  const LimnJson *value = limn_json_member (reader->json, key);

  if (!is_absent (value) && !limn_json_bool (value, FALSE))
    fail (reader, _ ("field \"%s\" is not true; Limn supports no other"), key);
}

/* ---- U-Net ---- */

static void
expect_unet_defaults (Reader *reader)
{
  static const char *const off[] = { "class_embed_type",
                                     "class_embeddings_concat",
                                     "encoder_hid_dim",
                                     "encoder_hid_dim_type",
                                     "time_embedding_dim",
                                     "timestep_post_act",
                                     "time_embedding_act_fn",
                                     "center_input_sample",
                                     "dual_cross_attention",
                                     "only_cross_attention",
                                     "mid_block_only_cross_attention",
                                     "cross_attention_norm",
                                     "resnet_skip_time_act",
                                     "num_class_embeds",
                                     "freq_shift" };

  for (guint i = 0; i < G_N_ELEMENTS (off); i++)
    expect_off (reader, off[i]);
  expect_on (reader, "flip_sin_to_cos");
  expect_string (reader, "act_fn", "silu");
  expect_string (reader, "resnet_time_scale_shift", "default");
  expect_string (reader, "attention_type", "default");
  expect_string (reader, "time_embedding_type", "positional");
  expect_number (reader, "conv_in_kernel", 3);
  expect_number (reader, "conv_out_kernel", 3);
  expect_number (reader, "downsample_padding", 1);
  expect_number (reader, "mid_block_scale_factor", 1);
  expect_number (reader, "resnet_out_scale_factor", 1);
  expect_number (reader, "norm_eps", 1e-5);
}

/* Which levels attend on the way down and on the way up; both by level. */
static void
read_block_types (Reader *reader, int levels, gboolean *down, gboolean *up)
{
  const LimnJson *downs = limn_json_member (reader->json, "down_block_types");
  const LimnJson *ups = limn_json_member (reader->json, "up_block_types");

  if (limn_json_length (downs) != (guint) levels || limn_json_length (ups) != (guint) levels) {
    fail (reader, _ ("\"down_block_types\" and \"up_block_types\" name %u and %u blocks; expected %d, one a level"),
          limn_json_length (downs), limn_json_length (ups), levels);
    return;
  }
  for (int i = 0; i < levels; i++) {
    const char *one = limn_json_string (limn_json_nth (downs, i), "no text");
    const char *other = limn_json_string (limn_json_nth (ups, levels - 1 - i), "no text");
    down[i] = g_str_equal (one, "CrossAttnDownBlock2D");
    up[i] = g_str_equal (other, "CrossAttnUpBlock2D");
    if (!down[i] && !g_str_equal (one, "DownBlock2D"))
      fail (reader, _ ("\"down_block_types\" names \"%s\"; expected CrossAttnDownBlock2D or DownBlock2D"), one);
    if (!up[i] && !g_str_equal (other, "UpBlock2D"))
      fail (reader, _ ("\"up_block_types\" names \"%s\"; expected CrossAttnUpBlock2D or UpBlock2D"), other);
  }
}

/* The depths of one level: a number for all of its layers, or a list of them. */
static void
read_level_depths (Reader *reader, const char *key, const LimnJson *value, int layers, int *out)
{
  gboolean is_list = value != NULL && limn_json_kind (value) == LIMN_JSON_ARRAY;

  if (is_list && limn_json_length (value) != (guint) layers) {
    fail (reader, _ ("field \"%s\" lists %u depths of a level; expected %d, one a layer"), key,
          limn_json_length (value), layers);
    return;
  }
  for (int i = 0; i < layers; i++)
    if (!to_int (is_list ? limn_json_nth (value, i) : value, &out[i])) {
      g_autofree char *found = found_text (is_list ? limn_json_nth (value, i) : value);
      fail (reader, _ ("field \"%s\" is or holds %s; expected whole numbers up to %d"), key, found, G_MAXINT);
      return;
    }
}

/* A number for all levels, or a list with an entry a level. */
static const LimnJson *
nth_level (Reader *reader, const char *key, int levels, int i)
{
  const LimnJson *value = limn_json_member (reader->json, key);

  if (value == NULL || limn_json_kind (value) != LIMN_JSON_ARRAY)
    return value;
  if (limn_json_length (value) == (guint) levels)
    return limn_json_nth (value, i);
  fail (reader, _ ("field \"%s\" has %u numbers; expected %d, one a level"), key, limn_json_length (value), levels);
  return NULL;
}

/* Transformer depths: the way up has the way down's, the other way round, or its own where these are not the same for
 * all layers of a level (as in SSD-1B and Vega). */
static void
read_depths (Reader *reader, LimnUnetConfig *config, const gboolean *down, const gboolean *up)
{
  static const char *const key = "transformer_layers_per_block", *const reverse =
                                                                     "reverse_transformer_layers_per_block";
  gboolean apart = !is_absent (limn_json_member (reader->json, reverse));
  gboolean absent = is_absent (limn_json_member (reader->json, key));
  int layers = config->layers_per_block, last = config->levels - 1;

  if (layers < 1 || layers > LIMN_UNET_MOST_LAYERS)
    return; /* refused by its check */
  for (int i = 0; i < config->levels && !reader->failed; i++) {
    int depths[LIMN_UNET_MOST_LAYERS + 1] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };

    if (!absent)
      read_level_depths (reader, key, nth_level (reader, key, config->levels, i), layers, depths);
    for (int j = 0; j < layers; j++)
      config->down[i][j] = down[i] ? depths[j] : 0;
    if (i == last)
      config->mid_depth = config->mid_layers > 1 ? depths[0] : 0;
    if (apart)
      read_level_depths (reader, reverse, nth_level (reader, reverse, config->levels, last - i), layers + 1, depths);
    else if (!absent)
      read_level_depths (reader, key, nth_level (reader, key, config->levels, i), layers + 1, depths);
    for (int j = 0; j <= layers; j++)
      config->up[i][j] = up[i] ? depths[j] : 0;
  }
}

static void
read_middle (Reader *reader, LimnUnetConfig *config)
{
  const LimnJson *value = limn_json_member (reader->json, "mid_block_type");
  const char *type = limn_json_string (value, "no text");

  if (value == NULL || g_str_equal (type, "UNetMidBlock2DCrossAttn"))
    config->mid_layers = 2;
  else if (g_str_equal (type, "UNetMidBlock2D"))
    config->mid_layers = 1;
  else if (!is_absent (value))
    fail (reader, _ ("field \"%s\" is \"%s\"; expected \"%s\""), "mid_block_type", type, "UNetMidBlock2DCrossAttn");
}

gboolean
limn_config_read_unet (const LimnJson *json, const char *file, const LimnFamilyRow *family, LimnUnetConfig *config,
                       LimnUnetExtra *extra, GError **error)
{
  Reader reader = { json, file, error, FALSE };
  const LimnJson *channels = limn_json_member (json, "block_out_channels");
  gboolean down[4] = { FALSE }, up[4] = { FALSE };
  guint levels = limn_json_length (channels);

  *config = (LimnUnetConfig){ 0 };
  *extra = (LimnUnetExtra){ 0 };
  if (levels < 3 || levels > 4) {
    fail (&reader, _ ("field \"block_out_channels\" has %u levels; expected 3 or 4"), levels);
    return FALSE;
  }
  config->levels = (int) levels;
  expect_unet_defaults (&reader);
  read_ints (&reader, "block_out_channels", config->levels, config->channels);
  /* "attention_head_dim" is the number of heads: a misnomer that diffusers keeps for old files. */
  gboolean named = !is_absent (limn_json_member (json, "num_attention_heads"));
  read_ints (&reader, named ? "num_attention_heads" : "attention_head_dim", config->levels, config->heads);
  read_block_types (&reader, config->levels, down, up);
  read_middle (&reader, config);
  config->layers_per_block = read_uniform (&reader, "layers_per_block", config->levels);
  read_depths (&reader, config, down, up);
  config->context_channels = read_uniform (&reader, "cross_attention_dim", config->levels);
  config->in_channels = read_int (&reader, "in_channels", 4);
  config->out_channels = read_int (&reader, "out_channels", 4);
  config->groups = read_int (&reader, "norm_num_groups", 32);
  if (family->size_ids != LIMN_SIZES_NONE) {
    config->time_ids = family->size_ids;
    config->time_id_channels = read_int (&reader, "addition_time_embed_dim", -1);
    extra->label_channels = read_int (&reader, "projection_class_embeddings_input_dim", -1);
  }
  if (!is_absent (limn_json_member (json, "time_cond_proj_dim")))
    config->guidance_channels = read_int (&reader, "time_cond_proj_dim", -1);
  config->sample_size = read_int (&reader, "sample_size", family->sample_size);
  config->linear_projection = limn_json_bool (limn_json_member (json, "use_linear_projection"), FALSE);
  return !reader.failed;
}

/* ---- VAE ---- */

/* Limn's own extra: latent_rgb_factors [[r, g, b] x 4] and latent_rgb_bias [r, g, b]. */
static void
read_colours (Reader *reader, const LimnFamilyRow *family, LimnVaeConfig *config)
{
  const LimnJson *factors = limn_json_member (reader->json, "latent_rgb_factors");
  const LimnJson *bias = limn_json_member (reader->json, "latent_rgb_bias");

  if (is_absent (factors)) {
    limn_arch_vae_set_colours (config, family);
    return;
  }
  for (int i = 0; i < 4; i++)
    for (int colour = 0; colour < 3; colour++)
      config->rgb_factors[i][colour] =
          (float) limn_json_number (limn_json_nth (limn_json_nth (factors, i), colour), NAN);
  for (int colour = 0; colour < 3; colour++)
    config->rgb_bias[colour] = is_absent (bias) ? 0 : (float) limn_json_number (limn_json_nth (bias, colour), NAN);
  for (int colour = 0; colour < 3; colour++)
    for (int i = 0; i < 4; i++)
      if (!isfinite (config->rgb_factors[i][colour]) || !isfinite (config->rgb_bias[colour])) {
        fail (reader,
              _ ("\"latent_rgb_factors\" or \"latent_rgb_bias\" is malformed; expected 4 lists of 3 numbers and a "
                 "list of 3"));
        return;
      }
  config->has_rgb_factors = TRUE;
}

/* latents_mean and latents_std, of Playground 2.5. */
static void
read_statistics (Reader *reader, LimnVaeConfig *config)
{
  const LimnJson *mean = limn_json_member (reader->json, "latents_mean");
  const LimnJson *deviation = limn_json_member (reader->json, "latents_std");

  if (is_absent (mean) && is_absent (deviation))
    return;
  for (guint i = 0; i < 4; i++) {
    config->mean[i] = limn_json_number (limn_json_nth (mean, i), NAN);
    config->deviation[i] = limn_json_number (limn_json_nth (deviation, i), NAN);
    if (!isfinite (config->mean[i]) || !(config->deviation[i] > 0 && isfinite (config->deviation[i]))) {
      fail (reader, _ ("\"latents_mean\" or \"latents_std\" is malformed; expected two lists of 4 numbers"));
      return;
    }
  }
}

static void
expect_block_names (Reader *reader, const char *key, guint count, const char *name)
{
  const LimnJson *list = limn_json_member (reader->json, key);

  if (limn_json_length (list) != count)
    fail (reader, _ ("field \"%s\" names %u blocks; expected %u, one a level"), key, limn_json_length (list), count);
  for (guint i = 0; i < count; i++)
    if (g_strcmp0 (limn_json_string (limn_json_nth (list, i), NULL), name) != 0)
      fail (reader, _ ("field \"%s\" names a block that is no %s"), key, name);
}

gboolean
limn_config_read_vae (const LimnJson *json, const char *file, const LimnFamilyRow *family, LimnVaeConfig *config,
                      GError **error)
{
  Reader reader = { json, file, error, FALSE };
  guint levels = limn_json_length (limn_json_member (json, "block_out_channels"));

  *config = (LimnVaeConfig){ 0 };
  if (levels != 4) {
    fail (&reader, _ ("field \"block_out_channels\" has %u levels; expected 4 (8 by 8 pixels a latent)"), levels);
    return FALSE;
  }
  config->levels = 4;
  read_ints (&reader, "block_out_channels", 4, config->channels);
  expect_block_names (&reader, "down_block_types", levels, "DownEncoderBlock2D");
  expect_block_names (&reader, "up_block_types", levels, "UpDecoderBlock2D");
  expect_string (&reader, "act_fn", "silu");
  expect_number (&reader, "in_channels", 3);
  expect_number (&reader, "out_channels", 3);
  expect_on (&reader, "use_quant_conv");
  expect_on (&reader, "use_post_quant_conv");
  expect_on (&reader, "mid_block_add_attention");
  expect_off (&reader, "shift_factor");
  config->latent_channels = read_int (&reader, "latent_channels", 4);
  config->layers_per_block = read_int (&reader, "layers_per_block", 2);
  config->groups = read_int (&reader, "norm_num_groups", 32);
  config->scaling_factor = limn_json_number (limn_json_member (json, "scaling_factor"), family->scaling_factor);
  read_statistics (&reader, config);
  read_colours (&reader, family, config);
  return !reader.failed && limn_arch_vae_check (config, file, error);
}

/* ---- Text encoders ---- */

gboolean
limn_config_read_clip (const LimnJson *json, const char *file, const LimnEncoderRow *row, LimnClipConfig *config,
                       GError **error)
{
  Reader reader = { json, file, error, FALSE };
  const char *activation = limn_json_string (limn_json_member (json, "hidden_act"), "quick_gelu");

  *config = (LimnClipConfig){ .unread = row->cut ? 0 : row->unread, .normed = row->normed };
  config->quick_gelu = g_str_equal (activation, "quick_gelu");
  if (!config->quick_gelu && !g_str_equal (activation, "gelu"))
    fail (&reader, _ ("field \"hidden_act\" is \"%s\"; expected \"quick_gelu\" or \"gelu\""), activation);
  expect_number (&reader, "layer_norm_eps", 1e-5);
  config->width = read_int (&reader, "hidden_size", -1);
  config->layers = read_int (&reader, "num_hidden_layers", -1);
  config->heads = read_int (&reader, "num_attention_heads", -1);
  config->intermediate = read_int (&reader, "intermediate_size", -1);
  config->vocabulary = read_int (&reader, "vocab_size", -1);
  config->positions = read_int (&reader, "max_position_embeddings", 77);
  config->projection = row->pooled ? read_int (&reader, "projection_dim", -1) : 0;
  return !reader.failed && limn_arch_clip_check (config, file, error);
}

/* ---- Schedule ---- */

void
limn_config_init_schedule (LimnScheduleConfig *schedule, const LimnFamilyRow *family)
{
  *schedule = (LimnScheduleConfig){
    .steps_offset = family->steps_offset,
    .beta_start = family->beta_start,
    .beta_end = family->beta_end,
    .train_steps = family->train_steps,
    .zeros_for_empty_negative = family->zeros_for_empty_negative,
  };
}

void
limn_schedule_config_predict (LimnScheduleConfig *config, LimnPrediction prediction)
{
  const LimnPredictionRow *old = limn_prediction_row (config->prediction), *row = limn_prediction_row (prediction);

  if (prediction == config->prediction)
    return;
  config->prediction = prediction;
  config->last_abar = row->last_abar;
  config->least = row->least;
  config->most = row->most;
  if (row->spacing != NULL || old->spacing != NULL)
    config->spacing = row->spacing;
}

static double
read_beta (Reader *reader, const char *key, double fallback)
{
  const LimnJson *value = limn_json_member (reader->json, key);
  double beta = is_absent (value) ? fallback : limn_json_number (value, NAN);

  if (!(beta > 0 && beta < 1))
    fail (reader, _ ("field \"%s\" is %g; expected a number between 0 and 1"), key, beta);
  return beta;
}

#define LAST_ABAR 0x1p-24 /* what diffusers takes for nothing */

/* Noise levels of Karras et al. 2022, as diffusers' EDM schedulers have them: "epsilon" is their own way. */
static void
read_edm (Reader *reader, LimnScheduleConfig *schedule)
{
  const char *type = limn_json_string (limn_json_member (reader->json, "prediction_type"), "epsilon");
  const char *spacing = limn_json_string (limn_json_member (reader->json, "sigma_schedule"), "karras");
  gboolean velocity = g_str_equal (type, "v_prediction");

  if (!velocity && !g_str_equal (type, "epsilon"))
    fail (reader, _ ("field \"prediction_type\" is \"%s\"; expected \"epsilon\" or \"v_prediction\""), type);
  limn_schedule_config_predict (schedule, velocity ? LIMN_PREDICTS_EDM_VELOCITY : LIMN_PREDICTS_EDM);
  expect_number (reader, "sigma_data", limn_prediction_row (schedule->prediction)->data);
  expect_number (reader, "rho", 7);
  schedule->least = limn_json_number (limn_json_member (reader->json, "sigma_min"), schedule->least);
  schedule->most = limn_json_number (limn_json_member (reader->json, "sigma_max"), schedule->most);
  if (!(schedule->least > 0 && schedule->least < schedule->most && schedule->most < 1e6))
    fail (reader, _ ("\"sigma_min\" and \"sigma_max\" are %g and %g; expected rising numbers above 0"), schedule->least,
          schedule->most);
  schedule->spacing = g_str_equal (spacing, "exponential") ? "exponential" : "karras_full";
}

static void
read_prediction (Reader *reader, LimnScheduleConfig *schedule)
{
  const char *type = limn_json_string (limn_json_member (reader->json, "prediction_type"), "epsilon");
  gboolean zero = limn_json_bool (limn_json_member (reader->json, "rescale_betas_zero_snr"), FALSE);

  expect_string (reader, "beta_schedule", "scaled_linear");
  expect_off (reader, "trained_betas");
  if (zero && !g_str_equal (type, "v_prediction"))
    fail (reader, _ ("field \"%s\" is true, which needs \"prediction_type\" \"v_prediction\""),
          "rescale_betas_zero_snr");
  if (g_str_equal (type, "v_prediction"))
    limn_schedule_config_predict (schedule, zero ? LIMN_PREDICTS_VELOCITY_ZSNR : LIMN_PREDICTS_VELOCITY);
  else if (g_str_equal (type, "sample"))
    limn_schedule_config_predict (schedule, LIMN_PREDICTS_PICTURE);
  else if (!g_str_equal (type, "epsilon"))
    fail (reader, _ ("field \"prediction_type\" is \"%s\"; expected \"epsilon\" or \"v_prediction\""), type);
  if (zero)
    schedule->last_abar = LAST_ABAR;
}

/* Other spacings than "trailing" are taken as SDXL's own, "leading": which sampler runs is the person's choice, and
 * most scheduler_config.json files hold a spacing because their sampler has it as the default. */
gboolean
limn_config_read_schedule (const LimnJson *json, const char *file, LimnScheduleConfig *schedule, GError **error)
{
  Reader reader = { json, file, error, FALSE };
  const char *spacing = limn_json_string (limn_json_member (json, "timestep_spacing"), "leading");
  const char *class_name = limn_json_string (limn_json_member (json, "_class_name"), "");

  if (g_str_has_prefix (class_name, "FlowMatch"))
    fail (&reader, _ ("the scheduler is a %s, which Limn does not support"), class_name);
  if (g_str_has_prefix (class_name, "EDM")) {
    read_edm (&reader, schedule);
  } else {
    read_prediction (&reader, schedule);
    schedule->spacing = g_str_equal (spacing, "trailing") ? "trailing" : NULL;
  }
  schedule->beta_start = read_beta (&reader, "beta_start", schedule->beta_start);
  schedule->beta_end = read_beta (&reader, "beta_end", schedule->beta_end);
  schedule->train_steps = read_int (&reader, "num_train_timesteps", schedule->train_steps);
  schedule->steps_offset = read_int (&reader, "steps_offset", schedule->steps_offset);
  if (!reader.failed && schedule->beta_start > schedule->beta_end)
    fail (&reader, _ ("\"beta_start\" is %g, above \"beta_end\" %g"), schedule->beta_start, schedule->beta_end);
  if (!reader.failed && (schedule->train_steps < 2 || schedule->train_steps > 100000))
    fail (&reader, _ ("field \"num_train_timesteps\" is %d; expected 2 to 100000"), schedule->train_steps);
  if (!reader.failed && schedule->steps_offset > schedule->train_steps)
    fail (&reader, _ ("field \"steps_offset\" is %d; expected 0 to %d"), schedule->steps_offset, schedule->train_steps);
  return !reader.failed;
}
