/* run-plan.c - where a run begins: at the beginning, or with what another one left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/run-private.h"

#include "base/i18n.h"

void
limn_run_plan_clear (LimnRunPlan *plan)
{
  g_clear_object (&plan->settings);
  g_clear_pointer (&plan->folder, g_free);
  g_clear_object (&plan->resume);
  g_clear_pointer (&plan->header, limn_record_header_free);
  g_clear_pointer (&plan->file, g_free);
  g_clear_pointer (&plan->keep, limn_keep_unref);
  limn_trail_clear (&plan->trail);
}

/* The last step that both runs share and that leaves one to be done: the engine wants something to do.  NULL where they
 * share none. */
static LimnRecord *
find_shared (LimnRecords *records, LimnRecord *record, LimnSettings *settings, int *step)
{
  LimnRecord *owner = NULL;

  *step = limn_records_shared_steps (records, record, settings, &owner);
  if (owner != NULL && *step >= limn_record_get_schedule_steps (owner)) {
    *step = limn_record_get_schedule_steps (owner) - 1;
    owner = *step > 0 ? limn_records_find_latents (records, owner, *step) : NULL;
  }
  return owner;
}

static LimnRecord *
find_step (LimnRecords *records, LimnRecord *record, LimnSettings *settings, int step, GError **error)
{
  const LimnSettingsValues *new = limn_settings_values (settings);
  const LimnSettingsValues *old = limn_settings_values (limn_record_get_settings (record));
  LimnRecord *owner;

  if (new->width != old->width || new->height != old->height) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("A run can only go on in its own size, %d × %d pixels: the settings ask for %d × %d"), old->width,
                 old->height, new->width, new->height);
    return NULL;
  }
  owner = limn_records_find_latents (records, record, step);
  if (owner == NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("What this run had after step %d is not kept any more"),
                 step);
  return owner;
}

/* What the picture says of the latents after step of owner: a run that repeats what owner did says what owner would. */
static void
describe_start (LimnRunPlan *plan, LimnRecord *owner, int step)
{
  const LimnRecordHeader *header = limn_record_get_header (owner);
  gboolean where_owner_began = step == limn_record_get_begin (owner) && header->start.steps > 0;

  plan->header->parent_id = g_strdup (header->id);
  plan->header->parent_step = step;
  limn_record_start_assign (&plan->header->entry, &plan->trail.start);
  if (where_owner_began || step <= limn_record_header_shared (header, plan->settings)) {
    limn_record_start_assign (&plan->header->start, &header->start);
    plan->trail.own = limn_record_header_own (header, step - limn_record_get_begin (owner));
    plan->header->own = (int) MIN (plan->trail.own, LIMN_MOST_PAST);
    return;
  }
  limn_record_start_assign (&plan->header->start, &plan->trail.start);
  plan->header->start.from = g_strdup (header->request);
}

static gboolean
complete_start (LimnRunPlan *plan, LimnRecords *records, LimnRecord *record, int step, GError **error)
{
  LimnRecord *owner;

  if (step < 0) {
    owner = find_shared (records, record, plan->settings, &step);
    if (owner == NULL)
      return TRUE;
  } else if (step == 0) {
    return TRUE;
  } else {
    owner = find_step (records, record, plan->settings, step, error);
    if (owner == NULL)
      return FALSE;
  }
  if (limn_record_find_trail (owner, step, &plan->trail))
    describe_start (plan, owner, step);
  return TRUE;
}

gboolean
limn_run_plan_complete (LimnRunPlan *plan, LimnRecords *records, const char *id, LimnRecord *record, int step,
                        GError **error)
{
  if (plan->resume != NULL) {
    plan->header = limn_record_header_copy (limn_record_get_header (record));
  } else {
    plan->header = g_new0 (LimnRecordHeader, 1);
    plan->header->id = id != NULL ? g_strdup (id) : limn_records_new_id (records);
    if (record != NULL && !complete_start (plan, records, record, step, error))
      return FALSE;
  }
  if (plan->folder == NULL) {
    g_clear_pointer (&plan->header, limn_record_header_free);
    return TRUE;
  }
  plan->file = limn_records_get_file (records, plan->header->id);
  plan->keep = limn_keep_ref (limn_records_get_keep (records));
  return TRUE;
}
