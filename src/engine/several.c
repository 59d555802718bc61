/* several.c - requests that are alike, painted together; see several.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/several.h"

#include "base/i18n.h"
#include "engine/area.h"
#include "engine/job.h"
#include "engine/request-controls.h"

/* ---- Which go together ---- */

static gboolean
follow_same (const LimnRequest *request, const LimnRequest *other)
{
  if (request->controls.n != other->controls.n)
    return FALSE;
  for (guint i = 0; i < request->controls.n; i++) {
    const LimnControl *a = &request->controls.rows[i], *b = &other->controls.rows[i];

    if (a->model != b->model || !limn_image_is_same (a->image, b->image) || a->fit != b->fit
        || g_strcmp0 (a->map, b->map) != 0 || g_strcmp0 (a->type, b->type) != 0 || g_strcmp0 (a->mask, b->mask) != 0
        || a->weight != b->weight || a->start != b->start || a->end != b->end)
      return FALSE;
  }
  return TRUE;
}

/* What is painted of the picture is each job's own, but for what all of them are told, and for what enlarges it. */
static gboolean
paint_same (const LimnJob *job, const LimnJob *other)
{
  const LimnRequest *request = job->request;
  int width, height, its_width, its_height;

  if (job->masked != other->masked)
    return FALSE;
  if (!job->masked)
    return TRUE;
  limn_request_size (request, &width, &height);
  limn_request_size (other->request, &its_width, &its_height);
  return (request->upscaler == NULL && request->controls.n == 0 && job->script->regions->len == 0)
         || (width == its_width && height == its_height && limn_area_equal (&job->area, &other->area));
}

gboolean
limn_job_goes_with (const LimnJob *job, const LimnJob *other)
{
  const LimnRequest *request = job->request, *its = other->request;
  const LimnScript *script = job->script, *other_script = other->script;

  /* a picture that leaves steps out chooses them by what it has come to */
  return !limn_cache_is_on (&request->fields) && request->model == its->model && request->refiner == its->refiner
         && request->upscaler == its->upscaler && request->hires_upscaler == its->hires_upscaler
         && limn_fields_are_alike (&request->fields, &its->fields)
         && (job->second == NULL || limn_job_goes_with (job->second, other->second)) && follow_same (request, its)
         && paint_same (job, other) && job->schedule->steps == other->schedule->steps
         && job->schedule->origin == other->schedule->origin && job->begin == other->begin && job->split == other->split
         && script->rows == other_script->rows && script->n_parts == other_script->n_parts
         && script->negated == other_script->negated && limn_script_joins (script) == limn_script_joins (other_script)
         && limn_acts_are_alike (job->acts, other->acts);
}

/* ---- How many ---- */

typedef struct {
  LimnResidency residency;
  gboolean crowded, tight;
} Fit;

static Fit
fit (LimnEngine *engine, const LimnRequest *request, int pictures, const LimnBudget *budget)
{
  LimnJob job = { .engine = engine, .pictures = pictures };

  limn_job_plan (&job, request);
  const LimnResidency residency = limn_job_choose (&job, budget);
  const Fit fit = {
    .residency = residency,
    .crowded = job.crowded,
    .tight = limn_residency_peak (MIN (residency, LIMN_RESIDENCY_ONE), job.acts) > budget->planned,
  };
  limn_job_clear (&job);
  return fit;
}

int
limn_job_most_together (LimnEngine *engine, const LimnRequest *request, int pictures, const LimnBudget *budget)
{
  const Fit alone = fit (engine, request, 1, budget);

  if (limn_cache_is_on (&request->fields))
    return 1;
  for (pictures = MIN (pictures, LIMN_MOST_TOGETHER); pictures > 1; pictures--) {
    const Fit all = fit (engine, request, pictures, budget);

    if (all.residency != LIMN_RESIDENCY_IMPOSSIBLE && all.residency <= alone.residency && all.crowded <= alone.crowded
        && all.tight <= alone.tight)
      return pictures;
  }
  return 1;
}

/* ---- Painting them ---- */

typedef struct {
  LimnEngine *engine;
  const LimnPainting *paintings;
  int together;
  LimnPaintedFunc painted;
  gpointer data;
  GArray *refused; /* guint: those that the device had no memory for together */
} Several;

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  Several *several = data;

  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_MEMORY))
    g_array_append_val (several->refused, index);
  else
    several->painted (index, result, error, several->data);
}

/* note: NULL, or what they are told. */
static void
paint (Several *several, const guint *indices, guint n, const char *note)
{
  g_autofree LimnJob *jobs = g_new0 (LimnJob, n);

  for (guint i = 0; i < n; i++) {
    const LimnPainting *painting = &several->paintings[indices[i]];

    jobs[i] = (LimnJob){
      .engine = several->engine,
      .next = i + 1 < n ? &jobs[i + 1] : NULL,
      .pictures = i == 0 ? (int) n : 0,
      .monitor = painting->monitor,
      .answer = n > 1 ? painted_cb : several->painted,
      .index = indices[i],
      .data = n > 1 ? several : several->data,
    };
    limn_job_open (&jobs[i], painting->request);
    if (note != NULL)
      limn_job_note (&jobs[i], "%s", note);
  }
  limn_jobs_run (jobs);
}

static void
paint_alone (Several *several, const GArray *indices)
{
  for (guint i = 0; i < indices->len; i++)
    paint (several, &g_array_index (indices, guint, i), 1,
           _ ("The device gave no memory for several pictures a step: it was painted alone"));
}

/* In parts of about one size, as few as memory allows. */
static void
paint_alike (Several *several, const GArray *indices)
{
  const LimnBudget budget = limn_engine_budget (several->engine);
  const LimnRequest *request = several->paintings[g_array_index (indices, guint, 0)].request;
  int wanted = several->together > 0 ? MIN (several->together, (int) indices->len) : (int) indices->len;
  int most = limn_job_most_together (several->engine, request, wanted, &budget);
  g_autofree char *note = several->together > 0 && most < wanted
                              ? g_strdup_printf (_ ("There is memory for %d pictures a step, not for %d"), most, wanted)
                              : NULL;
  guint parts = (indices->len + (guint) most - 1) / (guint) most;

  for (guint at = 0; parts > 0; parts--) {
    guint n = (indices->len - at + parts - 1) / parts;
    g_autoptr (GArray) refused = g_array_new (FALSE, FALSE, sizeof (guint));

    several->refused = refused;
    paint (several, &g_array_index (indices, guint, at), n, note);
    paint_alone (several, refused);
    at += n;
  }
}

/* Moves the first of rest, and all that go with it, to the result.  (transfer full) */
static GArray *
take_alike (Several *several, GArray *rest)
{
  GArray *alike = g_array_new (FALSE, FALSE, sizeof (guint));
  LimnJob first = { .engine = several->engine };

  limn_job_plan (&first, several->paintings[g_array_index (rest, guint, 0)].request);
  for (guint i = 0; i < rest->len;) {
    guint index = g_array_index (rest, guint, i);
    LimnJob job = { .engine = several->engine };

    limn_job_plan (&job, several->paintings[index].request);
    if (alike->len == 0 || limn_job_goes_with (&first, &job)) {
      g_array_append_val (alike, index);
      g_array_remove_index (rest, i);
    } else {
      i++;
    }
    limn_job_clear (&job);
  }
  limn_job_clear (&first);
  return alike;
}

void
limn_engine_generate_several (LimnEngine *engine, const LimnPainting *paintings, guint n, int together,
                              LimnPaintedFunc painted, gpointer data)
{
  Several several = { engine, paintings, together, painted, data, NULL };
  g_autoptr (GArray) rest = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < n; i++) {
    g_autoptr (GError) error = NULL;

    if (limn_request_check (paintings[i].request, &error))
      g_array_append_val (rest, i);
    else
      painted (i, NULL, error, data);
  }
  if (rest->len == 1) {
    paint (&several, &g_array_index (rest, guint, 0), 1, NULL);
    return;
  }
  while (rest->len > 0) {
    g_autoptr (GArray) alike = take_alike (&several, rest);

    paint_alike (&several, alike);
  }
}
