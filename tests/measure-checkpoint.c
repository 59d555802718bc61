/* measure-checkpoint - what a model takes of the device beside what was said that it would.
 *
 *   LIMN_MEMORY=MIB measure-checkpoint MODEL [--fit NAME] [--steps N] [--size PIXELS] [--plan | --load]
 *
 * For full-size files, by hand: paints one picture and prints the plan, bytes said and made, and seconds by stage; with
 * --plan what is said alone, with --load how long the U-Net takes to come to the device, and what of it is read where
 * it is mapped (LIMN_IMPORT=0: nothing is).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/engine.h"
#include "engine/job.h"
#include "gpu/buffer.h"
#include "model/written.h"

static const char *
residency_of (LimnEngine *engine, const LimnRequest *request)
{
  static const char *const names[] = { [LIMN_RESIDENCY_ALL] = "all stays",
                                       [LIMN_RESIDENCY_ENCODERS_APART] = "encoders apart",
                                       [LIMN_RESIDENCY_ONE] = "one at a time",
                                       [LIMN_RESIDENCY_STREAMED] = "streamed",
                                       [LIMN_RESIDENCY_IMPOSSIBLE] = "impossible" };
  LimnJob job = { .engine = engine };
  LimnBudget budget = limn_engine_budget (engine);

  limn_job_plan (&job, request);
  LimnResidency residency = limn_job_choose (&job, &budget);
  limn_job_clear (&job);
  return names[residency];
}

static int
measure (const char *path, const char *fit, int steps, int size, gboolean plan, GError **error)
{
  g_autoptr (LimnModel) model = limn_model_open (path, error);
  g_autoptr (LimnEngine) engine = model != NULL ? limn_engine_new (-1, error) : NULL;
  LimnRequest request;
  guint64 most;

  if (engine == NULL)
    return 1;
  limn_request_init (&request, model);
  request.prompt = "a red cube on top of a blue sphere on grass";
  request.width = request.height = size;
  request.steps = steps;
  request.fit = fit;
  g_autoptr (LimnEstimate) estimate = limn_engine_estimate (engine, &request, error);
  if (estimate == NULL)
    return 1;
  g_print ("%s: %.3f GB said of %.3f: %s\n", path, (double) estimate->peak * 1e-9, (double) estimate->available * 1e-9,
           residency_of (engine, &request));
  if (plan)
    return 0;
  g_autoptr (LimnResult) result = limn_engine_generate (engine, &request, NULL, error);
  if (result == NULL)
    return 1;
  limn_gpu_allocated (engine->gpu, &most);
  g_print ("%.3f GB made, %+.2f %% of what was said;", (double) most * 1e-9,
           100 * ((double) most / (double) estimate->peak - 1));
  for (LimnStage stage = 0; stage < LIMN_N_STAGES; stage++)
    if (result->seconds[stage] > 0)
      g_print (" %s %.1f s", limn_stage_name (stage), result->seconds[stage]);
  g_print ("\n");
  for (char **note = result->notes; note != NULL && *note != NULL; note++)
    g_print ("%s\n", *note);
  return 0;
}

static int
measure_load (const char *path, int size, GError **error)
{
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, error);
  g_autoptr (LimnGpu) gpu = checkpoint != NULL ? limn_gpu_new (-1, error) : NULL;
  const LimnNetworkShape shape = { .batch = 2, .height = size / 8, .width = size / 8, .tokens = 77, .steps = 2 };
  LimnUnetPlans plans;

  if (gpu == NULL)
    return 1;
  g_autoptr (LimnNet) net = limn_net_new (limn_gpu_limits (gpu), LIMN_STORE_F16);
  limn_unet_write (net, limn_checkpoint_unet (checkpoint), &shape, &plans);
  gint64 start = g_get_monotonic_time ();
  gboolean good = limn_net_finish_part (net, plans.step, gpu, checkpoint, LIMN_PART_UNET, NULL, error)
                  && limn_net_finish_part (net, plans.prepare, gpu, checkpoint, LIMN_PART_UNET, NULL, error);
  g_print ("%s: U-Net of %.3f GB in %.1f s, %.3f GB where they are mapped\n", path,
           (double) limn_weights_bytes (limn_net_weights (net)) * 1e-9,
           (double) (g_get_monotonic_time () - start) * 1e-6,
           (double) limn_weights_lent_bytes (limn_net_weights (net)) * 1e-9);
  limn_unet_plans_clear (&plans);
  return good ? 0 : 1;
}

int
main (int argc, char **argv)
{
  g_autofree char *name = NULL;
  int steps = 2, size = 256;
  gboolean plan = FALSE, load = FALSE;
  const GOptionEntry entries[] = { { "fit", 0, 0, G_OPTION_ARG_STRING, &name, "none, q8_0 or q4_k", "NAME" },
                                   { "steps", 0, 0, G_OPTION_ARG_INT, &steps, "2", "N" },
                                   { "size", 0, 0, G_OPTION_ARG_INT, &size, "256", "PIXELS" },
                                   { "plan", 0, 0, G_OPTION_ARG_NONE, &plan, "say, and paint nothing", NULL },
                                   { "load", 0, 0, G_OPTION_ARG_NONE, &load, "bring the U-Net to the device", NULL },
                                   { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new ("MODEL");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2) {
    g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
    g_printerr ("%s", help);
    return 2;
  }
  const LimnChoice *fit = limn_choice_find (limn_fit_choice, name);
  int status = load ? measure_load (argv[1], size, &error)
                    : measure (argv[1], fit != NULL ? fit->name : name, steps, size, plan, &error);
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return status;
}
