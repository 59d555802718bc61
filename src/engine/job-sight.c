/* job-sight.c - the pictures of a run's IP-Adapters, seen by their encoders; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/i18n.h"
#include "engine/model.h"
#include "engine/request-controls.h"
#include "model/control.h"

#include <string.h>

/* One that is asked for what it sees of a picture, as a text encoder is of words: its answer is known by these. */
typedef struct {
  float *planes;
  gsize n;
  int key[LIMN_CHUNK_TOKENS];
} Sight;

static void
sight_clear (Sight *sight)
{
  g_free (sight->planes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sight, sight_clear)

static const LimnVisionConfig *
sight_of (const LimnControl *control)
{
  return limn_control_file_sight (limn_checkpoint_control_file (limn_model_checkpoint (control->model)));
}

/* nothing: of no picture, which is a picture of zeros to it. */
static void
look_at (const LimnControl *control, gboolean nothing, Sight *sight)
{
  const gsize side = (gsize) limn_vision_pixels (sight_of (control));
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;

  *sight = (Sight){ .n = 3 * side * side };
  sight->planes = nothing ? g_new0 (float, sight->n) : limn_control_seen (control);
  g_checksum_update (sum, (const guchar *) sight->planes, (gssize) (sight->n * sizeof (float)));
  g_checksum_get_digest (sum, digest, &length);
  memcpy (sight->key, digest, sizeof digest);
}

static gboolean
look_once (LimnJob *job, const LimnAct *act, const Sight *sight, float *answer, GError **error)
{
  LimnVision *vision = limn_job_fetch (job, act, &act->uses[0].network, error);

  return vision != NULL && limn_vision_encode (vision, sight->planes, answer, &job->clock->tick, error);
}

static gboolean
look_anew (LimnJob *job, const LimnAct *act, const Sight *sight, float *answer, gsize n, GError **error)
{
  const LimnNetwork *network = &act->uses[0].network;

  if (!look_once (job, act, sight, answer, error))
    return FALSE;
  if (limn_all_finite (answer, n))
    return TRUE;
  if (limn_residents_raise (job->engine->residents, network)) {
    job->redone = TRUE;
    limn_job_note (job, _ ("The image encoder of %s overflowed in fp16; redone in fp32"),
                   limn_model_name (network->model));
    if (!look_once (job, act, sight, answer, error))
      return FALSE;
    if (limn_all_finite (answer, n))
      return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               _ ("The image encoder of %s gave values that are not numbers, in fp32 too: its file may be damaged"),
               limn_model_name (network->model));
  return FALSE;
}

/* answer: [n] of the picture, or of nothing. */
static gboolean
see_one (LimnJob *job, const LimnAct *act, const LimnControl *control, gboolean nothing, float *answer, GError **error)
{
  const gsize n = limn_control_answer_values (control);
  const LimnNetwork *network = &act->uses[0].network;
  g_auto (Sight) sight = { 0 };

  if (nothing && sight_of (control)->layers.projection > 0) {
    memset (answer, 0, n * sizeof (float)); /* as it was trained */
    return TRUE;
  }
  look_at (control, nothing, &sight);
  const LimnEncoding *known = limn_residents_find_encoding (job->engine->residents, network, sight.key);
  if (known != NULL) {
    memcpy (answer, known->hidden, n * sizeof (float));
    return TRUE;
  }
  if (!look_anew (job, act, &sight, answer, n, error))
    return FALSE;
  limn_residents_add_encoding (job->engine->residents, network, sight.key, answer, n, NULL, 0);
  return TRUE;
}

static gboolean
see (LimnJob *job, const LimnAct *act, GError **error)
{
  const LimnControl *control;

  for (guint i = 0; (control = limn_request_control (job->request, i)) != NULL; i++) {
    if (control->model != act->uses[0].network.model)
      continue;
    const gsize n = limn_control_answer_values (control);
    if (job->controls[i] == NULL)
      job->controls[i] = g_new (float, 2 * n);
    if (!see_one (job, act, control, TRUE, job->controls[i], error)
        || !see_one (job, act, control, FALSE, job->controls[i] + n, error))
      return FALSE;
  }
  return TRUE;
}

/* How often it is not known yet what control's encoder answers. */
static int
count_new (const LimnJob *job, const LimnNetwork *network, const LimnControl *control)
{
  int n = 0;

  for (int nothing = sight_of (control)->layers.projection > 0 ? 0 : 1; nothing >= 0; nothing--) {
    g_auto (Sight) sight = { 0 };

    look_at (control, nothing, &sight);
    n += limn_residents_find_encoding (job->engine->residents, network, sight.key) == NULL;
  }
  return n;
}

/* Whether a control before that of index has the same model. */
static gboolean
was_met (const LimnJob *job, guint index)
{
  LimnModel *model = limn_request_control (job->request, index)->model;

  while (index-- > 0)
    if (limn_request_control (job->request, index)->model == model)
      return TRUE;
  return FALSE;
}

LimnAct *
limn_job_act_see (const LimnJob *job)
{
  const LimnNetworkShape shape = { .batch = 1 };
  LimnAct *acts = NULL, **end = &acts;
  const LimnControl *control, *same;

  for (guint i = 0; (control = limn_request_control (job->request, i)) != NULL; i++) {
    if (!limn_model_control_sees (control->model) || was_met (job, i))
      continue;
    LimnAct *act = *end = g_new0 (LimnAct, 1);
    act->stage = LIMN_STAGE_ENCODE;
    act->run = see;
    limn_job_use (job, act, &limn_vision_kind, control->model, &shape, 0);
    for (guint k = i; (same = limn_request_control (job->request, k)) != NULL; k++)
      if (same->model == control->model)
        act->uses[0].evaluations += count_new (job, &act->uses[0].network, same);
    end = &act->next;
  }
  return acts;
}
