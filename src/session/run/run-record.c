/* run-record.c - a run writes down its steps, on the worker's thread.
 *
 * A disk that is full or gone never stops the painting: what cannot be written stays in memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/run-private.h"

#include <string.h>

void
limn_run_step_free (LimnRunStep *step)
{
  if (step == NULL)
    return;
  g_clear_pointer (&step->thumbnail, limn_image_free);
  g_clear_pointer (&step->point, limn_trail_point_unref);
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

/* rgb: NULL for what was there before the first step. */
static LimnRunStep *
write_step (LimnRun *run, int schedule_step, LimnTrailPoint *point, const guint8 *rgb)
{
  LimnRunStep *step = g_new0 (LimnRunStep, 1);
  GError *error = NULL;

  step->place = (LimnRecordPlace){ schedule_step, point->planes, point->width, point->height, -1 };
  if (run->writer != NULL && !limn_record_writer_add (run->writer, &step->place, point, rgb, &error))
    stop_writing (run, error);
  if (step->place.offset < 0)
    step->point = limn_trail_point_ref (point);
  if (rgb != NULL) {
    step->thumbnail = limn_image_new (point->width, point->height);
    memcpy (step->thumbnail->rgb, rgb, (gsize) point->width * point->height * 3);
  }
  return step;
}

static void
complete_header (LimnRun *run, const LimnRequest *told)
{
  LimnRecordHeader *header = run->plan.header;

  header->settings = g_object_ref (run->plan.settings);
  header->kept = limn_kept_save (run->plan.keep, run->plan.settings);
  header->request = limn_request_to_json (told);
  header->steps = told->steps;
  header->handoffs = g_new (double, told->steps);
  limn_request_handoffs (told, header->handoffs);
  if (header->entry.steps == told->steps
      && g_strcmp0 (header->entry.schedule, limn_fields_schedule (&told->fields)) == 0
      && g_strcmp0 (header->entry.prediction, told->prediction) == 0)
    header->begin = header->entry.step;
}

void
limn_run_begin_record (LimnRun *run, const LimnRequest *told, GPtrArray *points)
{
  LimnRecordHeader *header = run->plan.header;
  g_autoptr (GPtrArray) before = g_ptr_array_new ();
  GError *error = NULL;

  if (header == NULL)
    return;
  run->device = g_strdup (limn_engine_device (limn_worker_engine (run->worker, NULL))->name);
  if (run->plan.resume != NULL) {
    run->writer = limn_record_writer_reopen (run->plan.file, &error);
  } else {
    complete_header (run, told);
    run->writer = limn_record_writer_new (run->plan.file, header, &error);
  }
  if (run->writer == NULL)
    stop_writing (run, error);
  if (run->plan.resume == NULL && points != NULL)
    for (guint i = points->len; i > 0; i--)
      g_ptr_array_add (before, write_step (run, header->entry.step - (int) i + 1, points->pdata[i - 1], NULL));

  g_mutex_lock (&run->lock);
  run->begun = limn_record_header_copy (header);
  g_ptr_array_extend_and_steal (run->before, g_steal_pointer (&before));
  g_mutex_unlock (&run->lock);
  limn_run_wake (run);
}

void
limn_run_record_step (LimnRun *run, const LimnPreview *preview)
{
  g_autoptr (LimnTrailPoint) point = NULL;
  LimnRunStep *noise = NULL, *step;

  if (run->plan.header == NULL || preview->latents == NULL)
    return;
  /* what noise there was belongs to the trail of the first steps */
  if (preview->step == 1 && run->plan.trail.path == NULL && preview->did.latents != NULL) {
    g_autoptr (LimnTrailPoint) first =
        limn_trail_point_new (preview->planes, preview->width, preview->height, preview->did.latents);

    noise = write_step (run, preview->schedule_step - 1, first, NULL);
  }
  point = limn_trail_point_new (preview->planes, preview->width, preview->height, preview->latents);
  limn_trail_point_set_step (point, &preview->did, preview->draws);
  step = write_step (run, preview->schedule_step, point, preview->rgb);
  g_mutex_lock (&run->lock);
  if (noise != NULL)
    g_ptr_array_add (run->before, noise);
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
