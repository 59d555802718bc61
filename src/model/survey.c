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
  limn_net_fit (net, plans.step, plans.prepare, shape->room);
  const LimnSurvey survey = {
    .weights = limn_weights_bytes (limn_net_weights (net)),
    .work = limn_plan_arena_bytes (plans.step, NULL) + limn_plan_arena_bytes (plans.prepare, NULL)
            + limn_net_hoisted_bytes (net) + limn_net_window_bytes (net),
    .brought = limn_plan_streamed_bytes (plans.step),
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
    .work = limn_plan_arena_bytes (plan, NULL) + limn_net_window_bytes (net),
    .brought = limn_plan_streamed_bytes (plan),
    .flop = limn_plan_flop (plan),
  };
}

LimnSurvey
limn_survey_vae (const LimnGpuLimits *limits, const LimnVaeConfig *config, LimnVaeDirection direction,
                 LimnPrecision precision, const LimnNetworkShape *shape)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  LimnVaePlan written;

  limn_vae_write (net, config, direction, shape, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  limn_net_fit (net, plan, NULL, shape->room);
  return limn_survey_plan (net, plan);
}

LimnSurvey
limn_survey_clip (const LimnGpuLimits *limits, const LimnClipConfig *config, LimnPrecision precision,
                  const LimnNetworkShape *shape)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  LimnClipPlan written;

  limn_clip_write (net, config, shape->batch, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  limn_net_fit (net, plan, NULL, shape->room);
  return limn_survey_plan (net, plan);
}

LimnSurvey
limn_survey_vision (const LimnGpuLimits *limits, const LimnVisionConfig *config, LimnPrecision precision,
                    const LimnNetworkShape *shape)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  LimnVisionPlan written;

  limn_vision_write (net, config, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  limn_net_fit (net, plan, NULL, shape->room);
  return limn_survey_plan (net, plan);
}
