/* cases.c - see cases.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/cases.h"

#include <math.h>
#include <string.h>

struct _PipelineCases {
  LimnJson *json;
  LimnTensors *file;
};

PipelineCases *
pipeline_cases_open (const char *name)
{
  PipelineCases *cases = g_new0 (PipelineCases, 1);
  g_autofree char *settings = g_strdup_printf ("pipeline/%s.json", name), *path = golden_path (settings);
  g_autofree char *values = g_strdup_printf ("pipeline/%s.safetensors", name), *text = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    g_error ("golden file: %s", error->message);
  /* Python writes a number that JSON does not have. */
  for (char *at = text; (at = strstr (at, "-Infinity")) != NULL;)
    memcpy (at, "null     ", strlen ("-Infinity"));
  cases->json = limn_json_parse (path, text, -1, &error);
  if (cases->json == NULL)
    g_error ("golden file: %s", error->message);
  cases->file = golden_open (values);
  return cases;
}

void
pipeline_cases_free (PipelineCases *cases)
{
  if (cases == NULL)
    return;
  limn_json_free (cases->json);
  limn_tensors_unref (cases->file);
  g_free (cases);
}

LimnTensors *
pipeline_cases_file (PipelineCases *cases)
{
  return cases->file;
}

static double
number (const LimnJson *settings, const char *key, double fallback)
{
  return limn_json_number (limn_json_member (settings, key), fallback);
}

/* A text or a list of texts; returns how many, 0 where absent. */
static int
texts (const LimnJson *settings, const char *key, const char *out[2])
{
  const LimnJson *value = limn_json_member (settings, key);
  int n = limn_json_kind (value) == LIMN_JSON_ARRAY ? (int) limn_json_length (value) : 1;

  if (value == NULL || limn_json_kind (value) == LIMN_JSON_NULL)
    return 0;
  g_assert_cmpint (n, <=, 2);
  for (int i = 0; i < n; i++) {
    out[i] = limn_json_string (limn_json_kind (value) == LIMN_JSON_ARRAY ? limn_json_nth (value, i) : value, NULL);
    g_assert_nonnull (out[i]);
  }
  return n;
}

/* [height, width] or [top, left]. */
static void
pair (const LimnJson *settings, const char *key, int *down, int *across)
{
  const LimnJson *value = limn_json_member (settings, key);

  if (value == NULL)
    return;
  *down = (int) limn_json_number (limn_json_nth (value, 0), -1);
  *across = (int) limn_json_number (limn_json_nth (value, 1), -1);
}

static void
read_hints (PipelineCase *one, const LimnJson *settings)
{
  LimnSizeHints *hints = &one->hints, *negative = &one->negative_hints;

  *hints = (LimnSizeHints){
    .original_width = one->width,
    .original_height = one->height,
    .target_width = one->width,
    .target_height = one->height,
  };
  pair (settings, "original_size", &hints->original_height, &hints->original_width);
  pair (settings, "crops_coords_top_left", &hints->crop_top, &hints->crop_left);
  pair (settings, "target_size", &hints->target_height, &hints->target_width);
  /* diffusers repeats the positive sizes, but its refiner pipeline not the crop. */
  *negative = *hints;
  if (one->refiner)
    negative->crop_top = negative->crop_left = 0;
  pair (settings, "negative_original_size", &negative->original_height, &negative->original_width);
  pair (settings, "negative_crops_coords_top_left", &negative->crop_top, &negative->crop_left);
  pair (settings, "negative_target_size", &negative->target_height, &negative->target_width);
}

PipelineCase
pipeline_case (PipelineCases *cases, const char *name)
{
  const LimnJson *settings = limn_json_member (cases->json, name);
  const LimnJson *scheduler = limn_json_member (settings, "scheduler_config");
  const LimnTensor *steps = golden_tensor (cases->file, "%s/latents_per_step", name);
  PipelineCase one = { .name = name, .file = cases->file, .calls = (int) steps->shape[0] };
  g_autofree float *amplification = golden_floats (cases->file, NULL, "%s/amplification", name);
  g_autofree char *sizes = g_strconcat (name, "/time_ids", NULL);

  g_assert_nonnull (settings);
  g_assert_cmpint (steps->rank, ==, 5);
  one.refiner = golden_has (cases->file, sizes) && golden_tensor (cases->file, "%s", sizes)->shape[1] == 5;
  one.pictures = texts (settings, "prompt", one.prompts);
  texts (settings, "negative_prompt", one.negatives);
  one.prompt_2 = limn_json_string (limn_json_member (settings, "prompt_2"), NULL);
  one.negative_2 = limn_json_string (limn_json_member (settings, "negative_prompt_2"), NULL);
  one.height = (int) steps->shape[3] * 8;
  one.width = (int) steps->shape[4] * 8;
  one.steps = (int) number (settings, "num_inference_steps", 0);
  one.guidance = number (settings, "guidance_scale", NAN);
  one.trailing = g_str_equal (limn_json_string (limn_json_member (scheduler, "timestep_spacing"), ""), "trailing");
  one.scheduler = scheduler;
  one.rescale = number (settings, "guidance_rescale", 0);
  one.karras = limn_json_bool (limn_json_member (scheduler, "use_karras_sigmas"), FALSE);
  one.aesthetic = number (settings, "aesthetic_score", 6);
  one.negative_aesthetic = number (settings, "negative_aesthetic_score", 2.5);
  one.strength = number (settings, "strength", 0);
  one.start = number (settings, "denoising_start", 0);
  one.end = number (settings, "denoising_end", 1);
  one.seed = (guint64) number (settings, "gseed", 0);
  one.amplification = amplification[0];
  read_hints (&one, settings);
  return one;
}

char *
pipeline_case_scheduler (const PipelineCase *one)
{
  static const char *const texts[] = { "prediction_type", "timestep_spacing", "beta_schedule" };
  static const char *const zero = "rescale_betas_zero_snr";
  GString *out = g_string_new ("{");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    limn_json_add_string (out, texts[i], limn_json_member_string (one->scheduler, texts[i]));
  limn_json_add_bool (out, zero, limn_json_bool (limn_json_member (one->scheduler, zero), FALSE));
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/* The case's own, or that of all cases of its file. */
static const LimnTensor *
input_of (const PipelineCase *one, const char *what)
{
  g_autofree char *own = g_strdup_printf ("%s/%s", one->name, what);

  return golden_tensor (one->file, "%s", golden_has (one->file, own) ? own : what);
}

LimnImage *
pipeline_case_image (const PipelineCase *one)
{
  const LimnTensor *tensor = input_of (one, "image_in_u8");
  LimnImage *image = limn_image_new ((int) tensor->shape[2], (int) tensor->shape[1]);

  g_assert_cmpuint (tensor->count, ==, (guint64) image->width * image->height * 3);
  memcpy (image->rgb, tensor->data, tensor->count);
  return image;
}

guint8 *
pipeline_case_mask (const PipelineCase *one)
{
  const LimnTensor *tensor = input_of (one, "mask_in_u8");

  g_assert_cmpuint (tensor->count, ==, (guint64) one->width * one->height);
  return g_memdup2 (tensor->data, tensor->count);
}
