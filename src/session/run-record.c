/* run-record.c - a run writes down its steps, on the worker's thread.
 *
 * A disk that is full or gone never stops the painting: what cannot be written stays in memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run-private.h"

#include <string.h>

void
limn_run_step_free (LimnRunStep *step)
{
  if (step == NULL)
    return;
  g_clear_pointer (&step->thumbnail, limn_image_free);
  g_clear_pointer (&step->latents, g_bytes_unref);
  g_free (step);
}

static void
stop_writing (LimnRun *run, GError *error)
{
  g_clear_pointer (&run->writer, limn_record_writer_free);
  if (run->record_problem == NULL)
    run->record_problem = g_strdup (error->message);
  g_error_free (error);
}

static LimnRunStep *
write_step (LimnRun *run, const LimnRecordPlace *place, const float *latents, const guint8 *rgb)
{
  LimnRunStep *step = g_new0 (LimnRunStep, 1);
  gsize area = (gsize) place->width * place->height;
  GError *error = NULL;

  step->place = *place;
  step->place.offset = -1;
  if (run->writer != NULL && !limn_record_writer_add (run->writer, &step->place, latents, rgb, &error))
    stop_writing (run, error);
  if (step->place.offset < 0)
    step->latents = g_bytes_new (latents, area * 4 * sizeof (float));
  if (rgb != NULL) {
    step->thumbnail = limn_image_new (place->width, place->height);
    memcpy (step->thumbnail->rgb, rgb, area * 3);
  }
  return step;
}

static void
complete_header (LimnRun *run, const LimnRequest *told)
{
  LimnRecordHeader *header = run->plan.header;
  const LimnSettingsValues *values = limn_settings_values (run->plan.settings);

  header->settings = g_object_ref (run->plan.settings);
  header->source = limn_keep_source (run->plan.keep, values->source);
  header->mask = values->source != NULL ? limn_keep_mask (run->plan.keep, values->mask) : NULL;
  header->request = limn_request_to_json (told);
  header->steps = told->steps;
  header->handoffs = g_new (double, told->steps);
  limn_request_handoffs (told, header->handoffs);
  if (header->entry.steps == told->steps && g_strcmp0 (header->entry.schedule, told->schedule) == 0)
    header->begin = header->entry.step;
}

void
limn_run_begin_record (LimnRun *run, const LimnRequest *told, GBytes *latents)
{
  LimnRecordHeader *header = run->plan.header;
  LimnRunStep *before = NULL;
  GError *error = NULL;

  if (header == NULL)
    return;
  if (run->plan.resume != NULL) {
    run->writer = limn_record_writer_reopen (run->plan.file, &error);
  } else {
    complete_header (run, told);
    run->writer = limn_record_writer_new (run->plan.file, header, &error);
  }
  if (run->writer == NULL)
    stop_writing (run, error);
  if (run->plan.resume == NULL && latents != NULL) {
    LimnRecordPlace place = { header->entry.step, told->width / 8, told->height / 8, -1 };

    before = write_step (run, &place, g_bytes_get_data (latents, NULL), NULL);
  }

  g_mutex_lock (&run->lock);
  run->begun = limn_record_header_copy (header);
  run->before = before;
  g_mutex_unlock (&run->lock);
  limn_run_wake (run);
}

void
limn_run_record_step (LimnRun *run, const LimnPreview *preview)
{
  LimnRecordPlace place = { preview->schedule_step, preview->width, preview->height, -1 };
  LimnRunStep *step;

  if (run->plan.header == NULL || preview->latents == NULL)
    return;
  step = write_step (run, &place, preview->latents, preview->rgb);
  g_mutex_lock (&run->lock);
  g_ptr_array_add (run->steps, step);
  g_mutex_unlock (&run->lock);
}

LimnRecordState
limn_run_end_record (LimnRun *run, LimnPicture *picture, const GError *error)
{
  const char *path = picture != NULL ? limn_picture_get_path (picture) : NULL;
  LimnRecordState state = LIMN_RECORD_DONE;
  GError *problem = NULL;

  if (run->plan.header == NULL)
    return LIMN_RECORD_RUNNING;
  if (picture == NULL && !g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    state = LIMN_RECORD_FAILED;
  else if (picture == NULL)
    state = limn_run_is_cancelled (run) ? LIMN_RECORD_CANCELLED : LIMN_RECORD_INTERRUPTED;
  /* an interrupted run is one whose record has no end */
  if (run->writer != NULL && state != LIMN_RECORD_INTERRUPTED
      && !limn_record_writer_end (run->writer, state, state == LIMN_RECORD_FAILED ? error->message : "", path,
                                  &problem))
    stop_writing (run, problem);
  g_clear_pointer (&run->writer, limn_record_writer_free);
  return state;
}
