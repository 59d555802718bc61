/* run-paint.c - painting pictures, on the worker's thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/run.h"
#include "session/run/run-private.h"

#include <string.h>

#include "base/i18n.h"
#include "engine/area.h"
#include "engine/several.h"
#include "session/record/picture-private.h"

/* Pixels: larger ones would keep the worker from painting.  What is projected from latents is smooth enough. */
#define DECODED_PREVIEW_SIDE 512
/* Of a preview in its picture, most of which is no preview. */
#define AREA_PREVIEW_SIDE 1536

/* What a request borrows. */
typedef struct {
  LimnImage *image;
  guint8 *mask;
  LimnAreaView *view; /* NULL: previews are of the whole picture */
  GArray *controls;   /* LimnControl */
  GPtrArray *points;  /* LimnTrailPoint, the last first; or NULL */
  LimnPast past[LIMN_MOST_PAST];
} Parts;

static void
parts_clear (Parts *parts)
{
  g_clear_pointer (&parts->image, limn_image_free);
  g_clear_pointer (&parts->mask, g_free);
  g_clear_pointer (&parts->view, limn_area_view_free);
  g_clear_pointer (&parts->controls, g_array_unref);
  g_clear_pointer (&parts->points, g_ptr_array_unref);
}

/* ---- Monitor ---- */

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  LimnRun *run = data;

  g_mutex_lock (&run->lock);
  run->progress = *progress;
  run->has_progress = TRUE;
  g_mutex_unlock (&run->lock);
  limn_run_wake (run);
}

/* As large as it is: who draws it makes it larger.  view: NULL, or where it is in its picture. */
static LimnImage *
preview_image (const LimnPreview *preview, const LimnAreaView *view)
{
  LimnImage *image;

  if (view != NULL) {
    const LimnImage small = { preview->width, preview->height, (guint8 *) preview->rgb };

    return limn_area_view_show (view, preview->image != NULL ? preview->image : &small);
  }

  if (preview->image != NULL)
    return limn_image_shrink (preview->image, DECODED_PREVIEW_SIDE);
  image = limn_image_new (preview->width, preview->height);
  memcpy (image->rgb, preview->rgb, (gsize) preview->width * preview->height * 3);
  return image;
}

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  LimnRun *run = data;
  LimnImage *image = preview_image (preview, preview->second ? NULL : run->view);

  /* a run goes on from the first pass, and does all of the second */
  if (!preview->second)
    limn_run_record_step (run, preview);
  g_mutex_lock (&run->lock);
  g_clear_pointer (&run->preview, limn_image_free);
  run->preview = image;
  run->preview_step = preview->step;
  run->preview_steps = preview->steps;
  g_mutex_unlock (&run->lock);
  limn_run_wake (run);
}

static gboolean
cancelled_cb (gpointer data)
{
  LimnRun *run = data;

  return limn_run_is_cancelled (run) || limn_worker_is_stopping (run->worker);
}

/* ---- The request ---- */

/* All of the picture as it is: what is painted of it is the engine's to find. */
static void
fill_area (const LimnSettingsValues *values, LimnRequest *request, Parts *parts)
{
  request->image = limn_source_get_image (values->source);
  parts->mask = limn_mask_cover (values->mask, request->image->width, request->image->height);
  request->mask = parts->mask;
  parts->view = limn_area_view_new (request, AREA_PREVIEW_SIDE);
}

static void
fill_pictures (LimnRun *run, LimnRequest *request, Parts *parts)
{
  const LimnSettingsValues *values = limn_settings_values (run->plan.settings);

  if (values->source == NULL)
    return;
  if (limn_settings_paints_area (run->plan.settings)) {
    fill_area (values, request, parts);
    return;
  }
  parts->image = limn_source_render (values->source, values->width, values->height, values->source_x, values->source_y,
                                     (LimnSourceFit) values->source_fit);
  request->image = parts->image;
  if (values->mask == NULL || limn_mask_is_empty (values->mask))
    return;
  parts->mask = limn_mask_fit (limn_mask_get_pixels (values->mask), limn_mask_get_width (values->mask),
                               limn_mask_get_height (values->mask), values->width, values->height);
  request->mask = parts->mask;
}

/* All points of file up to the last that leaves a step to do; FALSE where it has none. */
static gboolean
find_trail (LimnTrail *trail, const LimnRecordFile *file, const LimnRecordHeader *header)
{
  int n = (int) file->before->len, last = n + (int) file->steps->len - 1;
  gboolean more = TRUE;

  while (last >= n && g_array_index (file->steps, LimnRecordPlace, last - n).schedule_step >= header->steps)
    last--;
  trail->own = limn_record_header_own (header, MAX (last - n + 1, 0));
  if (last < n)
    limn_record_start_assign (&trail->start, &header->entry);
  else
    trail->start =
        limn_record_header_start (header, g_array_index (file->steps, LimnRecordPlace, last - n).schedule_step);
  for (int i = last; more && i >= 0; i--)
    more = limn_trail_add (trail,
                           i < n ? &g_array_index (file->before, LimnRecordPlace, i)
                                 : &g_array_index (file->steps, LimnRecordPlace, i - n),
                           NULL);
  /* noise alone is begun from anew */
  return last >= n || (n > 0 && header->entry.steps > 0);
}

/* After a crash the file knows better than anyone where that is. */
static gboolean
find_resume (LimnRun *run, GError **error)
{
  g_autoptr (LimnRecordFile) file = limn_record_file_scan (run->plan.file, error);
  const LimnRecordHeader *header = run->plan.header;

  /* what began with noise or a picture can begin again, where nothing was kept */
  if (file == NULL && header->entry.steps == 0) {
    g_clear_error (error);
    return TRUE;
  }
  if (file == NULL)
    return FALSE;
  if (find_trail (&run->plan.trail, file, header))
    run->plan.trail.path = g_strdup (run->plan.file);
  return TRUE;
}

static gboolean
fill_start (LimnRun *run, LimnRequest *request, Parts *parts, GError **error)
{
  const LimnTrail *trail = &run->plan.trail;
  const LimnTrailPoint *last;
  LimnLatentShape shape;

  if (run->plan.resume != NULL && !find_resume (run, error))
    return FALSE;
  if (trail->path == NULL)
    return TRUE;
  parts->points = limn_trail_read (trail, (guint) limn_fields_history (&request->fields), error);
  if (parts->points == NULL)
    return FALSE;
  last = parts->points->pdata[0];
  shape = limn_model_latent_shape (request->model, request->width, request->height);
  if (last->planes != shape.planes || last->width != shape.width || last->height != shape.height) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("A run can only go on in its own size, %d × %d pixels: the settings ask for %d × %d"),
                 last->width * shape.factor, last->height * shape.factor, request->width, request->height);
    return FALSE;
  }
  request->start = (LimnStart){ .latents = last->latents,
                                .step = trail->start.step,
                                .steps = trail->start.steps,
                                .schedule = trail->start.schedule,
                                .prediction = trail->start.prediction,
                                .like = trail->start.like,
                                .sampler = trail->start.sampler,
                                .eta = trail->start.eta,
                                .strength = trail->start.strength,
                                .past = parts->past,
                                .n_past = limn_trail_past (parts->points, trail->own, parts->past),
                                .draws = last->draws };
  return TRUE;
}

/* What the picture says of itself: a run that repeats another one's steps says nothing of having left them out. */
static LimnRequest
tell (LimnRun *run, const LimnRequest *request)
{
  LimnRequest told = *request;
  const LimnRecordStart *start;

  if (run->plan.header == NULL)
    return told;
  start = &run->plan.header->start;
  told.start = (LimnStart){ 0 };
  if (start->steps > 0)
    told.start = (LimnStart){ .latents = request->start.latents,
                              .step = start->step,
                              .steps = start->steps,
                              .schedule = start->schedule,
                              .prediction = start->prediction,
                              .from = start->from };
  return told;
}

/* ---- Painting ---- */

static void
add_note (LimnResult *result, const char *note)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (result->notes != NULL)
    g_strv_builder_addv (builder, (const char **) result->notes);
  g_strv_builder_add (builder, note);
  g_strfreev (result->notes);
  result->notes = g_strv_builder_end (builder);
}

static LimnPicture *
make_picture (LimnRun *run, LimnResult *result, const LimnRequest *told)
{
  LimnPicture *picture;

  if (run->record_problem != NULL) {
    g_autofree char *note =
        g_strdup_printf (_ ("The steps of this picture are not all kept on disk: %s"), run->record_problem);

    add_note (result, note);
  }
  picture =
      limn_picture_new (result, run->plan.settings, limn_request_to_json (told), limn_request_to_parameters (told),
                        run->plan.header != NULL ? run->plan.header->id : NULL);
  if (run->plan.folder != NULL)
    limn_picture_store (picture, run->plan.folder);
  return picture;
}

/* On the main thread. */
static gboolean
finished_cb (gpointer data)
{
  limn_run_finished (data);
  return G_SOURCE_REMOVE;
}

/* picture: (transfer full), or NULL with error: (transfer full). */
static void
end (LimnRun *run, LimnPicture *picture, GError *error)
{
  LimnRecordState state = limn_run_end_record (run, picture, error);

  g_mutex_lock (&run->lock);
  run->record_end = state;
  run->picture = picture;
  run->error = error;
  g_mutex_unlock (&run->lock);
  limn_run_post (run, finished_cb);
}

/* ---- A set ---- */

typedef struct {
  LimnRun *run;
  Parts parts;
  LimnRequest request, told;
  LimnMonitor monitor;
} Sitting;

struct _LimnRunSet {
  int together;
  Sitting *sittings; /* [n] */
  guint n;
  GArray *paintings;      /* LimnPainting, of those that are painted ... */
  GPtrArray *who;         /* ... which are these */
  gboolean renewed;       /* the device was connected anew before them */
  gboolean painted;       /* one of them is finished */
  gboolean lost, crowded; /* how another has failed: without its device, or for lack of memory */
};

LimnRunSet *
limn_run_set_new (LimnRun *const *runs, guint n, int together)
{
  LimnRunSet *set = g_new0 (LimnRunSet, 1);

  set->together = together;
  set->sittings = g_new0 (Sitting, n);
  set->n = n;
  set->paintings = g_array_new (FALSE, FALSE, sizeof (LimnPainting));
  set->who = g_ptr_array_new ();
  for (guint i = 0; i < n; i++)
    set->sittings[i].run = g_object_ref (runs[i]);
  return set;
}

static void
set_free (LimnRunSet *set)
{
  for (guint i = 0; i < set->n; i++) {
    parts_clear (&set->sittings[i].parts);
    g_object_unref (set->sittings[i].run);
  }
  g_free (set->sittings);
  g_array_unref (set->paintings);
  g_ptr_array_unref (set->who);
  g_free (set);
}

static void
fail (LimnRunSet *set, LimnRun *run, const GError *error)
{
  GError *own = g_error_copy (error);

  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST)) {
    set->lost = TRUE;
    g_prefix_error (&own, "%s ", _ ("The graphics device was lost; it is connected anew for the next picture."));
  }
  set->crowded |= g_error_matches (error, LIMN_ERROR, LIMN_ERROR_MEMORY);
  end (run, NULL, own);
}

/* Its request and its record. */
static gboolean
sit (Sitting *sitting, GError **error)
{
  LimnRun *run = sitting->run;
  LimnRequest *request = &sitting->request;

  if (cancelled_cb (run)) {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, _ ("The run was stopped before it began"));
    return FALSE;
  }
  sitting->parts.controls = g_array_new (FALSE, FALSE, sizeof (LimnControl));
  if (!limn_worker_fill_request (run->worker, run->plan.settings, request, sitting->parts.controls, error))
    return FALSE;
  fill_pictures (run, request, &sitting->parts);
  run->view = sitting->parts.view;
  if (!fill_start (run, request, &sitting->parts, error) || !limn_request_check (request, error))
    return FALSE;
  sitting->told = tell (run, request);
  sitting->monitor = (LimnMonitor){ progress_cb, preview_cb, cancelled_cb, run };
  limn_run_begin_record (run, &sitting->told, sitting->parts.points);
  return TRUE;
}

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  g_autoptr (LimnResult) own G_GNUC_UNUSED = result;
  g_autoptr (GError) stopped = NULL;
  LimnRunSet *set = data;
  Sitting *sitting = set->who->pdata[index];
  LimnRun *run = sitting->run;

  if (error == NULL && cancelled_cb (run)) {
    g_set_error_literal (&stopped, LIMN_ERROR, LIMN_ERROR_CANCELLED, _ ("The run was stopped"));
    error = stopped;
  }
  if (error != NULL) {
    fail (set, run, error);
    return;
  }
  if (set->renewed)
    add_note (result, _ ("The graphics device was connected anew."));
  set->renewed = FALSE;
  set->painted = TRUE;
  sitting->told.cached = &result->cache;
  end (run, make_picture (run, result, &sitting->told), NULL);
}

static void
paint (LimnRunSet *set, LimnWorker *worker)
{
  g_autoptr (GError) error = NULL;
  LimnEngine *engine = limn_worker_engine (worker, &error);

  set->renewed = engine != NULL && limn_worker_take_renewed (worker);
  for (guint i = 0; i < set->n; i++) {
    g_autoptr (GError) wrong = NULL;
    Sitting *sitting = &set->sittings[i];

    sitting->run->worker = worker;
    if (engine == NULL && !cancelled_cb (sitting->run)) {
      fail (set, sitting->run, error);
    } else if (!sit (sitting, &wrong)) {
      fail (set, sitting->run, wrong);
    } else {
      g_array_append_val (set->paintings, ((LimnPainting){ &sitting->request, &sitting->monitor }));
      g_ptr_array_add (set->who, sitting);
    }
  }
  if (set->who->len > 0)
    limn_engine_generate_several (engine, (const LimnPainting *) set->paintings->data, set->who->len, set->together,
                                  painted_cb, set);
}

void
limn_run_set_execute (LimnWorker *worker, gpointer data)
{
  LimnRunSet *set = data;

  paint (set, worker);
  if (set->lost)
    limn_worker_drop_engine (worker);
  else if (set->crowded && limn_worker_has_engine (worker))
    /* what is kept from earlier pictures may be just what the next try lacks */
    limn_engine_forget (limn_worker_engine (worker, NULL));
  if (set->painted)
    limn_worker_save_speeds (worker);
  set_free (set);
}
