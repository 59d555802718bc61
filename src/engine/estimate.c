/* estimate.c - what a run will take of memory and time, before it begins; see limn.h.
 *
 * Asks the code that the run itself plans with, for the request and for what could be asked instead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/i18n.h"
#include "engine/job.h"

#include <math.h>

/* ---- What fits ---- */

typedef struct {
  LimnResidency residency;
  guint64 peak;
} Verdict;

static Verdict
judge_job (LimnJob *job, const LimnBudget *budget)
{
  LimnResidency residency = limn_job_choose (job, budget);

  return (Verdict){ residency, limn_residency_peak (MIN (residency, LIMN_RESIDENCY_ONE), job->acts) };
}

static Verdict
judge (LimnEngine *engine, const LimnRequest *request, const LimnBudget *budget)
{
  LimnJob job = { .engine = engine };

  limn_job_plan (&job, request);
  Verdict verdict = judge_job (&job, budget);
  limn_job_clear (&job);
  return verdict;
}

static gboolean
fits (const Verdict *verdict)
{
  return verdict->residency != LIMN_RESIDENCY_IMPOSSIBLE;
}

static char *
format_bytes (guint64 bytes)
{
  return bytes >= 100000000 ? g_strdup_printf (_ ("%.1f GB"), bytes / 1e9)
                            : g_strdup_printf (_ ("%.0f MB"), ceil (bytes / 1e6));
}

static void advise (GPtrArray *advice, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
advise (GPtrArray *advice, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (advice, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* Makes other request at percent of its sides, about. */
static void
shrink (const LimnRequest *request, int percent, LimnRequest *other)
{
  int grain = MIN (request->width, request->height) >= 512 ? 64 : 8;

  *other = *request;
  other->width = (int) lrint (request->width * percent / 100.0 / grain) * grain;
  other->height = (int) lrint (request->height * percent / 100.0 / grain) * grain;
}

/* Whether that is less and would fit. */
static gboolean
fits_at (LimnEngine *engine, const LimnRequest *request, const LimnBudget *budget, int percent, LimnRequest *other,
         Verdict *verdict)
{
  shrink (request, percent, other);
  if ((guint64) other->width * other->height >= (guint64) request->width * request->height)
    return FALSE;
  *verdict = judge (engine, other, budget);
  return fits (verdict);
}

/* The largest size of about the same shape that fits, by halves: a smaller one needs no more.  format: has places for
 * it and its memory. */
static gboolean
advise_size (GPtrArray *advice, LimnEngine *engine, const LimnRequest *request, const LimnBudget *budget,
             const char *format)
{
  LimnRequest other;
  Verdict verdict;
  int low = 10, high = 100;

  for (shrink (request, low, &other); MIN (other.width, other.height) < 64 && low < high;)
    shrink (request, ++low, &other);
  if (low == high || !fits_at (engine, request, budget, low, &other, &verdict))
    return FALSE;
  while (high - low > 1) {
    int middle = (low + high) / 2;

    if (fits_at (engine, request, budget, middle, &other, &verdict))
      low = middle;
    else
      high = middle;
  }
  fits_at (engine, request, budget, low, &other, &verdict);
  g_autofree char *size = format_bytes (verdict.peak);
  g_ptr_array_add (advice, g_strdup_printf (format, other.width, other.height, size));
  return TRUE;
}

/* The name of the first of the ways to make it fit by which it comes to stay as well as residency has it, or NULL. */
static const char *
advise_quantizing (GPtrArray *advice, LimnEngine *engine, const LimnRequest *request, const LimnBudget *budget,
                   LimnResidency residency)
{
  const LimnChoice *choice;

  if (g_strcmp0 (request->fit, limn_fit_choice (0)->name) != 0)
    return NULL;
  for (guint i = 1; (choice = limn_fit_choice (i)) != NULL; i++) {
    LimnRequest other = *request;

    other.fit = choice->name;
    Verdict verdict = judge (engine, &other, budget);
    if (verdict.residency > residency)
      continue;
    g_autofree char *size = format_bytes (verdict.peak);
    /* translators: the name of a setting's value, Q8_0; a size */
    advise (advice, _ ("Made to fit (%s) it would take %s"), choice->title, size);
    return choice->name;
  }
  return NULL;
}

/* Returns what advise_quantizing () does. */
static const char *
advise_fitting (GPtrArray *advice, LimnEngine *engine, const LimnRequest *request, const LimnBudget *budget,
                const Verdict *now)
{
  LimnRequest other = *request;
  gboolean full = request->precision == LIMN_PRECISION_FP32;

  const char *quantized = advise_quantizing (advice, engine, request, budget, LIMN_RESIDENCY_STREAMED);
  if (full) {
    other.precision = LIMN_PRECISION_FP16;
    Verdict half = judge (engine, &other, budget);
    g_autofree char *size = format_bytes (half.peak);
    advise (advice, fits (&half) ? _ ("In fp16 it would fit (%s)") : _ ("fp16 would need %s, which is still too much"),
            size);
  }
  if (request->refiner != NULL) {
    LimnRequest alone = *request;
    alone.refiner = NULL;
    Verdict verdict = judge (engine, &alone, budget);
    g_autofree char *size = format_bytes (verdict.peak);
    if (fits (&verdict))
      advise (advice, _ ("Without the refiner it would fit (%s)"), size);
  }
  gboolean smaller = advise_size (advice, engine, request, budget, _ ("At %d × %d it would fit (%s)"));
  if (!smaller && full)
    smaller = advise_size (advice, engine, &other, budget, _ ("At %d × %d in fp16 it would fit (%s)"));
  if (advice->len == 0 || (!smaller && quantized == NULL && advice->len == 1 && full)) {
    g_autofree char *size = format_bytes (now->peak), *there = format_bytes (budget->limit);
    advise (advice,
            _ ("No size of this model fits: it needs %s, and there are %s. A smaller model or another device would do"),
            size, there);
  }
  return quantized;
}

/* Best news first is no news: nothing is said where everything stays. */
static void
advise_staying (GPtrArray *advice, const Verdict *now, const LimnBudget *budget, double load_seconds,
                double bring_seconds)
{
  if (now->peak > budget->planned) {
    g_autofree char *size = format_bytes (now->peak), *there = format_bytes (budget->limit);
    advise (advice, _ ("It will be tight: %s of %s. Closing other programs helps"), size, there);
  }
  if (now->residency == LIMN_RESIDENCY_ENCODERS_APART)
    advise (advice, _ ("The text encoders leave the device once the prompt is read: a new prompt loads them again"));
  if (now->residency == LIMN_RESIDENCY_STREAMED && bring_seconds > 0.5)
    advise (advice,
            _ ("The device is too small for the model: parts of it come anew with each step, about %.0f s a picture"),
            ceil (bring_seconds));
  else if (now->residency == LIMN_RESIDENCY_STREAMED)
    advise (advice,
            _ ("The device is too small for the model: parts of it come anew with each step, which takes longer"));
  if (now->residency == LIMN_RESIDENCY_ONE && load_seconds > 0.5)
    advise (advice, _ ("One network at a time lies on the device: loading them again takes about %.0f s a picture"),
            ceil (load_seconds));
  else if (now->residency == LIMN_RESIDENCY_ONE)
    advise (advice, _ ("One network at a time lies on the device: every picture loads them again"));
}

static void
fill_memory (const LimnAct *acts, const Verdict *now, const LimnWork *work, LimnEstimate *estimate)
{
  for (const LimnAct *act = acts; act != NULL; act = act->next)
    if (work->total[act->stage] > 0)
      estimate->bytes[act->stage] =
          MAX (estimate->bytes[act->stage], limn_residency_during (now->residency, acts, act));
  if (work->total[LIMN_STAGE_LOAD] > 0)
    estimate->bytes[LIMN_STAGE_LOAD] = now->peak;
}

/* Of bringing streamed weights, in a stage or in all; -1 where it is not known. */
static double
bring_seconds (const LimnJob *job, LimnStage stage)
{
  double bytes = (double) limn_acts_brought (job->acts, stage);

  return limn_speeds_seconds (job->engine->speeds, LIMN_STAGE_LOAD, job->request->precision, bytes, bytes);
}

LimnEstimate *
limn_engine_estimate (LimnEngine *engine, const LimnRequest *request, GError **error)
{
  int together = 1;

  return limn_engine_estimate_several (engine, request, &together, error);
}

LimnEstimate *
limn_engine_estimate_several (LimnEngine *engine, const LimnRequest *request, int *together, GError **error)
{
  int wanted = *together;

  if (!limn_request_check (request, error))
    return NULL;

  LimnEstimate *estimate = g_new0 (LimnEstimate, 1);
  LimnBudget budget = limn_engine_budget (engine);
  g_autoptr (GPtrArray) advice = g_ptr_array_new ();

  *together = limn_job_most_together (engine, request, wanted, &budget);
  LimnJob job = { .engine = engine, .pictures = *together };
  limn_job_plan (&job, request);
  Verdict now = judge_job (&job, &budget);
  LimnWork work = limn_job_work (&job, MIN (now.residency, LIMN_RESIDENCY_ONE));
  for (int stage = 0; stage < LIMN_N_STAGES; stage++) {
    double seconds =
        limn_speeds_seconds (engine->speeds, stage, request->precision, work.unit[stage], work.total[stage]);

    estimate->seconds[stage] = seconds > 0 ? (seconds + MAX (bring_seconds (&job, stage), 0)) / *together : seconds;
  }
  fill_memory (job.acts, &now, &work, estimate);
  estimate->base_steps = job.split - job.begin;
  estimate->refiner_steps = job.schedule->steps - job.split;
  estimate->peak = now.peak;
  estimate->available = budget.limit;
  estimate->fits = fits (&now);
  if (estimate->fits)
    advise_staying (advice, &now, &budget, estimate->seconds[LIMN_STAGE_LOAD],
                    bring_seconds (&job, LIMN_N_STAGES) / *together);
  else
    estimate->fit = advise_fitting (advice, engine, request, &budget, &now);
  if (estimate->fits && *together < wanted)
    advise (advice, _ ("There is memory for %d pictures a step, not for %d"), *together, wanted);
  if (estimate->fits && now.residency >= LIMN_RESIDENCY_STREAMED)
    estimate->fit = advise_quantizing (advice, engine, request, &budget, LIMN_RESIDENCY_ONE);
  g_ptr_array_add (advice, NULL);
  estimate->advice = (GStrv) g_ptr_array_free (g_steal_pointer (&advice), FALSE);
  limn_job_clear (&job);
  return estimate;
}

void
limn_estimate_free (LimnEstimate *estimate)
{
  if (estimate == NULL)
    return;
  g_strfreev (estimate->advice);
  g_free (estimate);
}
