/* request.c - what can be asked for: defaults, names and limits; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/request.h"
#include "engine/area.h"
#include "engine/details.h"
#include "engine/enlarge.h"
#include "engine/hires.h"

#include "base/i18n.h"
#include "engine/job.h"
#include "engine/model.h"
#include "engine/request-controls.h"
#include "engine/sampler.h"
#include "engine/schedule.h"
#include "engine/script.h"
#include "text/prompt-loras.h"

#include <math.h>
#include <string.h>

#define MOST_PROMPT_BYTES 100000
#define LEAST_SIDE 64
#define MOST_SIDE 4096
#define MOST_HINT 65535

const char *
limn_stage_name (LimnStage stage)
{
  static const char *const names[] = {
    [LIMN_STAGE_LOAD] = "load",       [LIMN_STAGE_ENCODE] = "encode",   [LIMN_STAGE_IMAGE] = "image",
    [LIMN_STAGE_BASE] = "base",       [LIMN_STAGE_REFINER] = "refiner", [LIMN_STAGE_DECODE] = "decode",
    [LIMN_STAGE_ENLARGE] = "enlarge", [LIMN_STAGE_PREPARE] = "prepare", [LIMN_STAGE_SECOND] = "second",
    [LIMN_STAGE_DETAIL] = "detail",
  };

  g_return_val_if_fail ((guint) stage < G_N_ELEMENTS (names), NULL);
  return names[stage];
}

void
limn_request_init (LimnRequest *request, LimnModel *model)
{
  *request = (LimnRequest){ .model = model, .prompt = "" };
  limn_fields_init (&request->fields);
  if (model != NULL && limn_model_is_refiner (model))
    request->strength = 0.3;
  if (model == NULL)
    return;

  const LimnModelInfo *info = limn_model_info (model);
  request->guidance = info->default_guidance;
  if (info->default_width > 0 && info->default_height > 0) {
    request->width = info->default_width;
    request->height = info->default_height;
  }
}

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (LIMN_ERROR, LIMN_ERROR_REQUEST, format, arguments);
  va_end (arguments);
  return FALSE;
}

/* In the checks below the formats are whole sentences, so that each can be translated: too_long has a place for the
 * most bytes, wrong for the value and its bounds. */

static gboolean
check_text (const char *text, const char *too_long, const char *invalid, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (strlen (text) > MOST_PROMPT_BYTES)
    return refuse (error, too_long, MOST_PROMPT_BYTES);
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, "%s", invalid);
  return TRUE;
}

static gboolean
check_texts (const LimnRequest *request, GError **error)
{
  return check_text (request->prompt, _ ("The prompt is longer than %d bytes"),
                     _ ("The prompt is not valid UTF-8 text"), error)
         && check_text (request->negative, _ ("The negative prompt is longer than %d bytes"),
                        _ ("The negative prompt is not valid UTF-8 text"), error)
         && check_text (request->prompt_2, _ ("The second prompt is longer than %d bytes"),
                        _ ("The second prompt is not valid UTF-8 text"), error)
         && check_text (request->negative_2, _ ("The second negative prompt is longer than %d bytes"),
                        _ ("The second negative prompt is not valid UTF-8 text"), error);
}

static gboolean
check_side (int side, const char *wrong, GError **error)
{
  if (side >= LEAST_SIDE && side <= MOST_SIDE && side % 8 == 0)
    return TRUE;
  return refuse (error, wrong, side, LEAST_SIDE, MOST_SIDE);
}

static gboolean
check_hints (const LimnSizeHints *hints, const char *wrong, GError **error)
{
  const int values[] = { hints->original_width, hints->original_height, hints->crop_left,
                         hints->crop_top,       hints->target_width,    hints->target_height };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (values[i] < 0 || values[i] > MOST_HINT)
      return refuse (error, wrong, values[i], MOST_HINT);
  return TRUE;
}

static gboolean
check_numbers (const LimnRequest *request, GError **error)
{
  return check_texts (request, error)
         && check_side (request->width, _ ("The width is %d pixels, but it must be a multiple of 8 from %d to %d"),
                        error)
         && check_side (request->height, _ ("The height is %d pixels, but it must be a multiple of 8 from %d to %d"),
                        error)
         && limn_fields_check (&request->fields, error)
         && (request->noise_batch <= 1 || request->noise_index < request->noise_batch
             || refuse (error, _ ("The place in the batch is %d, but of %d pictures it goes from 0 to %d"),
                        request->noise_index, request->noise_batch, request->noise_batch - 1))
         && check_hints (&request->hints, _ ("One of the size hints is %d, but they go from 0 to %d"), error)
         && check_hints (&request->negative_hints, _ ("One of the negative size hints is %d, but they go from 0 to %d"),
                         error);
}

static gboolean
check_model (const LimnRequest *request, GError **error)
{
  if (request->model == NULL)
    return refuse (error, _ ("No model was chosen"));

  LimnFamily family = limn_model_info (request->model)->family;
  if (!limn_family_row (family)->supported)
    return refuse (error, _ ("%s is a model of the family \"%s\", which this version of Limn cannot paint with"),
                   limn_model_name (request->model), limn_family_name (family));
  if (!limn_checkpoint_has (limn_model_checkpoint (request->model), LIMN_PART_VAE))
    return refuse (error, _ ("%s has no VAE, so it cannot make a picture by itself"), limn_model_name (request->model));
  if (limn_family_row (family)->refines && request->image == NULL && request->start.latents == NULL)
    return refuse (
        error,
        _ ("%s is a refiner: by itself it works over a picture, so give it one, or choose it as the refiner of "
           "a base model"),
        limn_model_name (request->model));
  if (request->steps > limn_checkpoint_schedule (limn_model_checkpoint (request->model))->train_steps)
    return refuse (error, _ ("%s knows %d steps, and %d were asked for"), limn_model_name (request->model),
                   limn_checkpoint_schedule (limn_model_checkpoint (request->model))->train_steps, request->steps);
  return TRUE;
}

static gboolean
check_refiner (const LimnRequest *request, GError **error)
{
  if (request->refiner == NULL)
    return TRUE;

  LimnCheckpoint *base = limn_model_checkpoint (request->model);
  LimnCheckpoint *refiner = limn_model_checkpoint (request->refiner);
  const char *name = limn_model_name (request->refiner);

  if (!limn_model_is_refiner (request->refiner))
    return refuse (error, _ ("%s was chosen as the refiner, but it is a model of the family \"%s\""), name,
                   limn_family_name (limn_model_info (request->refiner)->family));
  if (limn_model_is_refiner (request->model))
    return refuse (error, _ ("%s is a refiner itself and takes no second one"), limn_model_name (request->model));
  if (!limn_family_row (limn_model_info (request->model)->family)->refined)
    return refuse (error, _ ("%s is a model of the family \"%s\", which no refiner follows: choose none"),
                   limn_model_name (request->model), limn_family_name (limn_model_info (request->model)->family));
  if (limn_prediction_row (limn_job_config (request, request->model, request->prediction).prediction)->levels
      != limn_prediction_row (limn_checkpoint_schedule (refiner)->prediction)->levels)
    return refuse (error, _ ("%s works at other noise levels than %s: choose no refiner"), name,
                   limn_model_name (request->model));
  if (limn_checkpoint_unet (base)->out_channels != limn_checkpoint_unet (refiner)->out_channels)
    return refuse (error, _ ("%s works on latents of %d channels, but %s on %d"), name,
                   limn_checkpoint_unet (refiner)->out_channels, limn_model_name (request->model),
                   limn_checkpoint_unet (base)->out_channels);
  if (limn_checkpoint_has (refiner, LIMN_PART_VAE)
      && fabs (limn_checkpoint_vae (base)->scaling_factor - limn_checkpoint_vae (refiner)->scaling_factor) > 1e-6)
    return refuse (error, _ ("%s and %s were made for different VAEs (scaling factors %g and %g)"),
                   limn_model_name (request->model), name, limn_checkpoint_vae (base)->scaling_factor,
                   limn_checkpoint_vae (refiner)->scaling_factor);
  return TRUE;
}

static gboolean
check_image (const LimnRequest *request, GError **error)
{
  if (request->image == NULL)
    return request->mask == NULL
           || refuse (error, _ ("There is a mask, but no picture whose pixels it could keep: add the picture"));
  if (request->image->width < 1 || request->image->height < 1 || request->image->rgb == NULL)
    return refuse (error, _ ("The picture to start from is empty"));
  if (request->start.latents != NULL
      || limn_like_picture_steps (limn_like_find (request->like), request->steps, request->strength) >= 1)
    return TRUE;
  return refuse (error, _ ("A strength of %g with %d steps leaves no step to do: raise one of them"), request->strength,
                 request->steps);
}

static gboolean
is_past_finite (const LimnStart *start, gsize values)
{
  for (guint i = 0; i < start->n_past; i++) {
    const LimnPast *past = &start->past[i];

    if (!(past->sigma > 0 && isfinite (past->sigma)) || !limn_all_finite (past->denoised, values)
        || (past->latents != NULL && !limn_all_finite (past->latents, values))
        || (past->negative != NULL && !limn_all_finite (past->negative, values)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_start (const LimnRequest *request, GError **error)
{
  const LimnStart *start = &request->start;
  gsize values = limn_model_latent_shape (request->model, request->width, request->height).values;

  if (start->latents == NULL)
    return TRUE;
  if (!limn_schedule_exists (start->schedule))
    return refuse (error, _ ("The latents to go on from name a schedule \"%s\", which does not exist"),
                   start->schedule);

  int most = limn_checkpoint_schedule (limn_model_checkpoint (request->model))->train_steps;
  if (start->steps < 1 || start->steps > most)
    return refuse (error, _ ("The latents to go on from name a schedule of %d steps, but it must have from 1 to %d"),
                   start->steps, most);
  if (start->step < 0 || start->step > start->steps)
    return refuse (error, _ ("The latents to go on from name step %d of %d, but it must be from 0 to %d"), start->step,
                   start->steps, start->steps);
  if (!limn_all_finite (start->latents, values) || !is_past_finite (start, values))
    return refuse (error, _ ("The latents to go on from hold values that are not numbers (NaN or infinity)"));
  return TRUE;
}

static gboolean
check_upscaler (const LimnRequest *request, GError **error)
{
  int width, height;

  limn_request_size (request, &width, &height);
  return limn_hires_check (request, error) && limn_detail_check (request, error)
         && (request->upscaler == NULL || limn_enlarge_check (request->upscaler, width, height, error));
}

static gboolean
check_loras (const LimnRequest *request, GError **error)
{
  g_autoptr (GPtrArray) loras = limn_request_loras (request, error);

  return loras != NULL;
}

gboolean
limn_request_check (const LimnRequest *request, GError **error)
{
  return check_numbers (request, error) && check_model (request, error) && check_refiner (request, error)
         && check_image (request, error) && limn_request_check_area (request, error) && check_start (request, error)
         && check_upscaler (request, error) && limn_request_check_controls (request, error)
         && check_loras (request, error) && limn_script_check (request, error);
}

const char *
limn_request_negative (const LimnRequest *request, int encoder)
{
  const char *text = encoder == 1 && request->negative_2 != NULL ? request->negative_2 : request->negative;

  if (text == NULL)
    return NULL;

  g_autofree char *plain = limn_prompt_without_loras (text, NULL);
  return *g_strstrip (plain) != '\0' ? text : NULL;
}
