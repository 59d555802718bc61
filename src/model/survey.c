/* survey.c - see survey.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/survey.h"

#include "model/hoist.h"
#include "model/written.h"

LimnSurvey
limn_survey_unet (const LimnGpuLimits *limits, const LimnUnetConfig *config, LimnPrecision precision,
                  const LimnNetworkShape *shape)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  LimnUnetPlans plans;

  limn_unet_write (net, config, shape, &plans);
  const LimnSurvey survey = {
    .weights = limn_weights_bytes (limn_net_weights (net)),
    .work = limn_plan_arena_bytes (plans.step, NULL) + limn_plan_arena_bytes (plans.prepare, NULL)
            + limn_net_hoisted_bytes (net),
    .flop = limn_plan_flop (plans.step),
  };
  limn_unet_plans_clear (&plans);
  return survey;
}

LimnSurvey
limn_survey_plan (LimnNet *net, LimnPlan *plan)
{
  return (LimnSurvey){
    .weights = limn_weights_bytes (limn_net_weights (net)),
    .work = limn_plan_arena_bytes (plan, NULL),
    .flop = limn_plan_flop (plan),
  };
}

LimnSurvey
limn_survey_vae (const LimnGpuLimits *limits, const LimnVaeConfig *config, LimnVaeDirection direction,
                 LimnPrecision precision, int batch, int height, int width)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  LimnVaePlan written;

  limn_vae_write (net, config, direction, batch, height, width, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  return limn_survey_plan (net, plan);
}

LimnSurvey
limn_survey_clip (const LimnGpuLimits *limits, const LimnClipConfig *config, LimnPrecision precision, int batch)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  LimnClipPlan written;

  limn_clip_write (net, config, batch, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  return limn_survey_plan (net, plan);
}
