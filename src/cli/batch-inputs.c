/* batch-inputs.c - the models and pictures that jobs of a list are painted with; see batch.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/batch.h"

#include <string.h>

#include "engine/enlarge.h"

/* ---- Models ---- */

static char *
model_key (const LimnJob *job)
{
  GString *key = g_string_new (job->model);

  for (guint i = 0; i < LIMN_N_PARTS; i++)
    g_string_append_printf (key, "\n%s", job->parts[i] != NULL ? job->parts[i] : "");
  return g_string_free (key, FALSE);
}

static LimnModel *
open_refiner (const LimnJob *job, GError **error)
{
  return limn_model_open (job->refiner, error);
}

static LimnModel *
open_base (const LimnJob *job, GError **error)
{
  return limn_cli_open_model (job->model, job->parts, error);
}

static LimnModel *
open_upscaler (const LimnJob *job, GError **error)
{
  return limn_model_open_upscaler (job->upscaler, error);
}

/* Has *model, which is what *known says, be what key says; key: NULL: none. */
static gboolean
become (LimnModel **model, char **known, const char *key, LimnModel *(*open) (const LimnJob *job, GError **error),
        const LimnJob *job, GError **error)
{
  if (g_strcmp0 (key, *known) == 0)
    return TRUE;
  g_clear_pointer (model, limn_model_unref);
  g_clear_pointer (known, g_free);
  if (key != NULL && (*model = open (job, error)) == NULL)
    return FALSE;
  *known = g_strdup (key);
  return TRUE;
}

gboolean
limn_jobs_have_same_models (const LimnJob *job, const LimnJob *other)
{
  g_autofree char *key = model_key (job), *its = model_key (other);

  return strcmp (key, its) == 0 && g_strcmp0 (job->refiner, other->refiner) == 0
         && g_strcmp0 (job->upscaler, other->upscaler) == 0;
}

static gboolean
open_models (LimnJobModels *models, const LimnJob *job, GError **error)
{
  g_autofree char *key = model_key (job);

  return become (&models->base, &models->base_key, key, open_base, job, error)
         && become (&models->refiner, &models->refiner_key, job->refiner, open_refiner, job, error)
         && become (&models->upscaler, &models->upscaler_key, job->upscaler, open_upscaler, job, error);
}

void
limn_job_models_close (LimnJobModels *models)
{
  g_clear_pointer (&models->base, limn_model_unref);
  g_clear_pointer (&models->refiner, limn_model_unref);
  g_clear_pointer (&models->upscaler, limn_model_unref);
  g_clear_pointer (&models->controls, g_hash_table_unref);
  g_clear_pointer (&models->base_key, g_free);
  g_clear_pointer (&models->refiner_key, g_free);
  g_clear_pointer (&models->upscaler_key, g_free);
}

/* ---- One job's ---- */

void
limn_job_inputs_clear (LimnJobInputs *inputs)
{
  limn_photo_free (inputs->photo);
  g_free (inputs->mask);
  limn_cli_controls_clear (&inputs->controls);
  g_clear_pointer (&inputs->strings, g_string_chunk_free);
  for (guint i = 0; i < LIMN_CLI_WORDS; i++)
    g_free (inputs->words[i]);
}

static gboolean
open_mask (const LimnJob *job, LimnJobInputs *inputs, GError **error)
{
  if (job->mask == NULL)
    return TRUE;
  inputs->mask = limn_cli_open_mask (job->mask, job->image, inputs->photo, &inputs->request, error);
  inputs->request.mask = inputs->mask;
  return inputs->mask != NULL;
}

static gboolean
open_controls (LimnJobModels *models, const LimnJob *job, LimnJobInputs *inputs, GError **error)
{
  LimnCliControls *controls = &inputs->controls;

  limn_cli_controls_share (controls, &models->controls);
  for (guint i = 0; job->controls != NULL && i < job->controls->len; i++) {
    const LimnJobControl *one = &g_array_index (job->controls, LimnJobControl, i);
    LimnControl control = one->control;

    if (!limn_cli_open_control (controls, one->model, one->image, &control, error))
      return FALSE;
  }
  limn_cli_use_controls (controls, &inputs->request);
  return TRUE;
}

gboolean
limn_job_inputs_open (LimnJobInputs *inputs, const LimnJob *job, LimnJobModels *models, char *const *lora_folders,
                      GError **error)
{
  inputs->strings = g_string_chunk_new (512);
  if (!open_models (models, job, error)
      || (job->image != NULL && (inputs->photo = limn_cli_load_photo (job->image, error)) == NULL)
      || !limn_job_request (job, models->base, inputs->photo, inputs->strings, inputs->words, &inputs->request, error))
    return FALSE;
  inputs->request.refiner = models->refiner;
  inputs->request.upscaler = models->upscaler;
  inputs->request.lora_folders = (const char *const *) lora_folders;
  return open_mask (job, inputs, error) && open_controls (models, job, inputs, error)
         && limn_request_check (&inputs->request, error);
}
