/* sampling.c - the tables of samplers and schedules by name; see limn.h, sampler.h and schedule.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/limn.h"

#include <string.h>

#include "base/i18n.h"
#include "engine/sampler.h"
#include "engine/schedule.h"

extern const LimnSampler limn_sampler_euler;
extern const LimnSampler limn_sampler_euler_ancestral;
extern const LimnSampler limn_sampler_heun;
extern const LimnSampler limn_sampler_heunpp2;
extern const LimnSampler limn_sampler_dpm_2;
extern const LimnSampler limn_sampler_dpm_2_ancestral;
extern const LimnSampler limn_sampler_dpm_fast;
extern const LimnSampler limn_sampler_lms;
extern const LimnSampler limn_sampler_ipndm;
extern const LimnSampler limn_sampler_ipndm_v;
extern const LimnSampler limn_sampler_deis;
extern const LimnSampler limn_sampler_uni_pc;
extern const LimnSampler limn_sampler_uni_pc_bh2;
extern const LimnSampler limn_sampler_gradient_estimation;
extern const LimnSampler limn_sampler_dpmpp_2s_ancestral;
extern const LimnSampler limn_sampler_dpmpp_sde;
extern const LimnSampler limn_sampler_dpmpp_2m;
extern const LimnSampler limn_sampler_dpmpp_2m_sde;
extern const LimnSampler limn_sampler_dpmpp_2m_sde_heun;
extern const LimnSampler limn_sampler_dpmpp_3m_sde;
extern const LimnSampler limn_sampler_ddim;
extern const LimnSampler limn_sampler_ddpm;
extern const LimnSampler limn_sampler_lcm;
extern const LimnSampler limn_sampler_res_multistep;
extern const LimnSampler limn_sampler_res_multistep_ancestral;
extern const LimnSampler limn_sampler_er_sde;
extern const LimnSampler limn_sampler_sa_solver;
extern const LimnSampler limn_sampler_sa_solver_pece;
extern const LimnSampler limn_sampler_restart;
extern const LimnSampler limn_sampler_tcd;
extern const LimnSampler limn_sampler_euler_cfg_pp;
extern const LimnSampler limn_sampler_euler_ancestral_cfg_pp;
extern const LimnSampler limn_sampler_dpmpp_2s_ancestral_cfg_pp;
extern const LimnSampler limn_sampler_dpmpp_2m_cfg_pp;
extern const LimnSampler limn_sampler_res_multistep_cfg_pp;
extern const LimnSampler limn_sampler_gradient_estimation_cfg_pp;
extern const LimnSampler limn_sampler_seeds_2;
extern const LimnSampler limn_sampler_seeds_3;

/* As people are shown them; the first is the default. */
static const LimnSampler *const samplers[] = {
  &limn_sampler_euler,
  &limn_sampler_euler_ancestral,
  &limn_sampler_heun,
  &limn_sampler_heunpp2,
  &limn_sampler_dpm_2,
  &limn_sampler_dpm_2_ancestral,
  &limn_sampler_dpm_fast,
  &limn_sampler_lms,
  &limn_sampler_ipndm,
  &limn_sampler_ipndm_v,
  &limn_sampler_deis,
  &limn_sampler_uni_pc,
  &limn_sampler_uni_pc_bh2,
  &limn_sampler_gradient_estimation,
  &limn_sampler_dpmpp_2s_ancestral,
  &limn_sampler_dpmpp_sde,
  &limn_sampler_dpmpp_2m,
  &limn_sampler_dpmpp_2m_sde,
  &limn_sampler_dpmpp_2m_sde_heun,
  &limn_sampler_dpmpp_3m_sde,
  &limn_sampler_ddim,
  &limn_sampler_ddpm,
  &limn_sampler_lcm,
  &limn_sampler_tcd,
  &limn_sampler_res_multistep,
  &limn_sampler_res_multistep_ancestral,
  &limn_sampler_er_sde,
  &limn_sampler_sa_solver,
  &limn_sampler_sa_solver_pece,
  &limn_sampler_seeds_2,
  &limn_sampler_seeds_3,
  &limn_sampler_restart,
  &limn_sampler_euler_cfg_pp,
  &limn_sampler_euler_ancestral_cfg_pp,
  &limn_sampler_dpmpp_2s_ancestral_cfg_pp,
  &limn_sampler_dpmpp_2m_cfg_pp,
  &limn_sampler_res_multistep_cfg_pp,
  &limn_sampler_gradient_estimation_cfg_pp,
};

const LimnChoice *
limn_sampler_choice (guint index)
{
  return index < G_N_ELEMENTS (samplers) ? &samplers[index]->choice : NULL;
}

const LimnSampler *
limn_sampler_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (samplers); i++)
    if (name == NULL || strcmp (name, samplers[i]->choice.name) == 0)
      return samplers[i];
  return NULL;
}

/* Lower case, single spaces for "_" and "-". */
static char *
plain (const char *text)
{
  char *lower = g_ascii_strdown (text, -1);

  return g_strstrip (g_strdelimit (lower, "_-", ' '));
}

static gboolean
means (const char *wanted, const LimnChoice *choice)
{
  g_autofree char *name = plain (choice->name);
  g_autofree char *title = plain (choice->title);

  return strcmp (wanted, name) == 0 || strcmp (wanted, title) == 0;
}

/* What other programs call a row, as plain () has it: of the same numbers each; where noise is drawn is not the
 * sampler's, but LimnFields.like's. */
static const struct {
  const char *name, *row;
} aliases[] = {
  { "uniform", "normal" },
  { "polyexponential", "exponential" },
  { "ddim", "ddim_uniform" },
  { "align your steps gits", "gits" },
  { "turbo", "trailing" },
  { "align your steps", "ays" },
  { "unipc bh1", "uni_pc" },
  { "euler ancestral", "euler_ancestral" },
  { "heun++ 2", "heunpp2" },
  { "kdpm 2", "dpm_2" },
  { "kdpm 2 a", "dpm_2_ancestral" },
  { "dpmpp sde gpu", "dpmpp_sde" },
  { "dpmpp 2m sde gpu", "dpmpp_2m_sde" },
  { "dpmpp 2m sde heun gpu", "dpmpp_2m_sde_heun" },
  { "dpmpp 3m sde gpu", "dpmpp_3m_sde" },
  { "euler ancestral cfg++", "euler_ancestral_cfg_pp" },
};

static const LimnChoice *
find (LimnChoiceTable table, const char *wanted)
{
  const LimnChoice *choice;

  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++)
    if (strcmp (wanted, aliases[i].name) == 0 && limn_choice_find (table, aliases[i].row) != NULL)
      return limn_choice_find (table, aliases[i].row);
  for (guint i = 0; (choice = table (i)) != NULL; i++)
    if (means (wanted, choice))
      return choice;
  return NULL;
}

const LimnChoice *
limn_field_choice (const LimnField *field, const char *text)
{
  g_autofree char *wanted = plain (text);

  return find (field->table, wanted);
}

/* What the web UI means by "Automatic". */
static const char *
automatic (const char *sampler)
{
  static const char *const karras[] = { "dpmpp_2m", "dpmpp_sde", "dpmpp_2s_ancestral", "dpm_2", "dpm_2_ancestral",
                                        "restart",  NULL };
  static const char *const exponential[] = { "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_3m_sde", NULL };

  if (sampler != NULL && g_strv_contains (karras, sampler))
    return "karras";
  return sampler != NULL && g_strv_contains (exponential, sampler) ? "exponential" : "normal";
}

gboolean
limn_schedule_from_text (const char *text, const char *sampler, const char **schedule, GError **error)
{
  g_autofree char *wanted = plain (text);
  const LimnChoice *choice = find (limn_schedule_choice, wanted);
  g_autofree char *known = limn_choice_list (limn_schedule_choice);

  if (strcmp (wanted, "automatic") == 0) {
    *schedule = automatic (sampler);
    return TRUE;
  }
  if (choice != NULL)
    *schedule = choice->name;
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("There is no schedule \"%s\"; known are: %s"), text, known);
  return choice != NULL;
}

gboolean
limn_sampling_from_text (const char *text, const char **sampler, const char **schedule, GError **error)
{
  g_autofree char *wanted = plain (text);
  g_autofree char *known = limn_choice_list (limn_sampler_choice);
  const LimnChoice *first = find (limn_sampler_choice, wanted), *second = NULL;

  /* "DPM++ 2M Karras", "euler-trailing": a sampler, a space and a schedule */
  for (char *space = strchr (wanted, ' '); first == NULL && space != NULL; space = strchr (space + 1, ' ')) {
    *space = '\0';
    second = find (limn_schedule_choice, space + 1);
    if (second != NULL)
      first = find (limn_sampler_choice, wanted);
    *space = ' ';
  }
  if (first == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("There is no sampler \"%s\"; known are: %s"), text, known);
    return FALSE;
  }
  *sampler = first->name;
  if (second != NULL)
    *schedule = second->name;
  return TRUE;
}
