/* like.c - see like.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/like.h"

#include <string.h>

#include "base/i18n.h"

static const LimnScheduleForm comfy_forms[] = { { "karras", "karras_full" }, { NULL } };
static const LimnScheduleForm webui_forms[] = { { "karras", "karras_full" },
                                                { "beta", "beta_webui" },
                                                { "ays", "ays_webui" },
                                                { "kl_optimal", "kl_optimal_webui" },
                                                { NULL } };

#define COMFY                                                                                                          \
  .emphasis = "comfy", .scale = LIMN_SCALE_VARIANCE, .picture = LIMN_PICTURE_ALL, .means = TRUE, .forms = comfy_forms

#define WEBUI                                                                                                          \
  .emphasis = "a1111", .scale = LIMN_SCALE_SIGMA, .picture = LIMN_PICTURE_ONE_MORE, .means = TRUE,                     \
  .tree = LIMN_TREE_SOURCE, .discards = "dpmpp_3m_sde", .forms = webui_forms

/* As people are shown them; the first is the default. */
static const LimnLike rows[] = {
  { { "limn", "Limn" } },
  { { "comfyui", "ComfyUI (CUDA)" }, .steps = LIMN_STEPS_CARD, .tree = LIMN_TREE_CPU, COMFY },
  { { "comfyui_gpu", "ComfyUI (CUDA, _gpu)" }, .steps = LIMN_STEPS_CARD, .tree = LIMN_TREE_CARD, COMFY },
  { { "comfyui_cpu", "ComfyUI (CPU)" }, .steps = LIMN_STEPS_CPU, .tree = LIMN_TREE_CPU, COMFY },
  { { "webui", "A1111, Forge (GPU, NV)" }, LIMN_NOISE_PHILOX, WEBUI },
  { { "webui_cpu", "A1111, Forge (CPU)" }, WEBUI },
  { { "diffusers", "diffusers" } },
  { { "invokeai", "InvokeAI" }, .emphasis = "compel", .steps = LIMN_STEPS_FLIPPED },
};

const LimnChoice *
limn_like_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index].choice : NULL;
}

const LimnLike *
limn_like_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (name == NULL || strcmp (name, rows[i].choice.name) == 0)
      return &rows[i];
  return NULL;
}

const char *
limn_like_schedule (const char *like, const char *schedule)
{
  const LimnLike *row = limn_like_find (like);

  for (const LimnScheduleForm *form = row != NULL ? row->forms : NULL; form != NULL && form->name != NULL; form++)
    if (g_strcmp0 (schedule, form->name) == 0)
      return form->form;
  return schedule;
}

int
limn_like_picture_steps (const LimnLike *like, int steps, double strength)
{
  switch (like->picture) {
  case LIMN_PICTURE_SHARE:
    return (int) (steps * CLAMP (strength, 0, 1));
  case LIMN_PICTURE_ONE_MORE:
    return (int) (steps * CLAMP (strength, 0, 0.999)) + 1;
  case LIMN_PICTURE_ALL:
    return strength > 0 ? steps : 0;
  }
  g_assert_not_reached ();
}

void
limn_like_choose (LimnFields *fields)
{
  const LimnLike *like = limn_like_find (fields->like);

  if (like == NULL)
    return;
  fields->noise_source = like->noise_source;
  fields->emphasis = limn_emphasis_find (like->emphasis)->choice.name;
}
