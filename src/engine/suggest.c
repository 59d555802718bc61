/* suggest.c - see suggest.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/suggest.h"

#include <string.h>

#include "base/model-path.h"
#include "engine/limn.h"

/* What is 0 or NULL stays as the rest has it. */
typedef struct {
  int size, steps;
  double guidance, rescale;
  const char *sampler, *schedule, *prediction;
} Advice;

/* By words of a name: "^" is its beginning, a space the end of a word.  The first that fits some name decides. */
typedef struct {
  const char *words[4];
  LimnFamily family; /* LIMN_FAMILY_UNKNOWN: any that paints from noise */
  Advice advice;
  gboolean told; /* a name that says "4 steps" says how many */
} NameRow;

/* As their makers say, where they do; merges of finetunes with the distilled models take more steps and some guidance,
 * as those who make these say. */
static const NameRow names[] = {
  { { "^sdxl turbo ", "^sd xl turbo " }, LIMN_FAMILY_SDXL_BASE, { 512, 4, 1, 0, "euler_ancestral", "trailing" }, TRUE },
  { { "^sdxl lightning " }, LIMN_FAMILY_SDXL_BASE, { 0, 4, 1, 0, "euler", "sgm_uniform" }, TRUE },
  { { " lightning", " turbo" }, LIMN_FAMILY_UNKNOWN, { 0, 8, 2, 0, "dpmpp_sde", "karras" }, TRUE },
  { { " hyper ", " hypersd " }, LIMN_FAMILY_UNKNOWN, { 0, 8, 1, 0, "ddim", "trailing" }, TRUE },
  { { " dmd " }, LIMN_FAMILY_UNKNOWN, { 0, 8, 1, 0, "lcm", NULL }, TRUE },
  { { " lcm " }, LIMN_FAMILY_UNKNOWN, { 0, 6, 1.5, 0, "lcm", "sgm_uniform" }, TRUE },
  { { " tcd " }, LIMN_FAMILY_UNKNOWN, { 0, 6, 1, 0, "tcd", NULL }, TRUE },
  { { " pcm " }, LIMN_FAMILY_UNKNOWN, { 0, 8, 1, 0, "ddim", "trailing" }, TRUE },
  { { " rectified", " rf ", " bigaspv 25 ", " big asp v 25 " }, LIMN_FAMILY_SDXL_BASE, { .prediction = "flow" } },
};

/* By prediction.  Guidance of a model that reaches zero SNR overexposes: Lin et al. 2023 take back 0.7 of it at 7.5; at
 * what NoobAI's card has, less does. */
static const struct {
  const char *prediction;
  Advice advice;
} predictions[] = {
  { "v_zsnr", { 0, 28, 4.5, 0.2, "euler", NULL } },
  { "edm", { 0, 0, 3, 0, "dpmpp_2m", NULL } },
  { "flow", { 0, 28, 4.5, 0, "euler", NULL } },
};

/* Of a U-Net that is told the guidance, as consistency distillation alone leaves one: the card of
 * latent-consistency/lcm-sdxl, and what its pipeline has. */
static const Advice told = { 0, 4, 8, 0, "lcm", "sgm_uniform" };

const char *const *
limn_model_settings (void)
{
  static const char *const settings[] = { "width",   "height",   "steps",  "guidance",   "guidance-rescale",
                                          "sampler", "schedule", "sigmas", "prediction", "clip-skip",
                                          "fit",     NULL };

  return settings;
}

/* ---- Names ---- */

static gboolean
is_boundary (const char *at)
{
  char before = at[-1], c = at[0];

  if (g_ascii_isdigit (before) != g_ascii_isdigit (c))
    return TRUE;
  return g_ascii_isupper (c) && (g_ascii_islower (before) || (g_ascii_isupper (before) && g_ascii_islower (at[1])));
}

/* " juggernaut xl v 9 rdphoto 2 lightning ": words in lower case with a space before and after each. */
static char *
split_words (const char *name)
{
  GString *text = g_string_new (" ");

  for (const char *at = name; *at != '\0'; at++) {
    gboolean letter = g_ascii_isalnum (*at) || (*at & 0x80) != 0;

    if (text->str[text->len - 1] != ' ' && (!letter || is_boundary (at)))
      g_string_append_c (text, ' ');
    if (letter)
      g_string_append_c (text, g_ascii_tolower (*at));
  }
  if (text->str[text->len - 1] != ' ')
    g_string_append_c (text, ' ');
  return g_string_free (text, FALSE);
}

static gboolean
has_words (const NameRow *row, const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (row->words) && row->words[i] != NULL; i++) {
    const char *words = row->words[i];

    if (words[0] == '^' ? g_str_has_prefix (text + 1, words + 1) : strstr (text, words) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* "4 step" in text; 0: it says none. */
static int
steps_said (const char *text)
{
  const char *step = strstr (text, " step");
  const char *at = step;

  while (at != NULL && at > text && g_ascii_isdigit (at[-1]))
    at--;
  guint64 steps = at != NULL && at < step ? g_ascii_strtoull (at, NULL, 10) : 0;
  return steps <= 50 ? (int) steps : 0;
}

/* ---- All together ---- */

static void
take (const Advice *advice, LimnFields *fields)
{
  if (advice->size > 0)
    fields->width = fields->height = advice->size;
  if (advice->steps > 0)
    fields->steps = advice->steps;
  if (advice->guidance > 0)
    fields->guidance = advice->guidance;
  if (advice->rescale > 0)
    fields->guidance_rescale = advice->rescale;
  if (advice->sampler != NULL)
    fields->sampler = limn_choice_find (limn_sampler_choice, advice->sampler)->name;
  if (advice->schedule != NULL)
    fields->schedule = limn_choice_find (limn_schedule_choice, advice->schedule)->name;
  if (advice->prediction != NULL)
    fields->prediction = limn_choice_find (limn_prediction_choice, advice->prediction)->name;
}

static const NameRow *
find_row (const LimnModelInfo *info, const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (has_words (&names[i], text)
        && (names[i].family == LIMN_FAMILY_UNKNOWN ? !limn_family_row (info->family)->refines
                                                   : names[i].family == info->family))
      return &names[i];
  return NULL;
}

static void
take_defaults (const LimnModelInfo *info, LimnFields *fields)
{
  LimnFields fresh;

  limn_fields_init (&fresh);
  fields->steps = fresh.steps;
  fields->guidance_rescale = fresh.guidance_rescale;
  fields->sampler = fresh.sampler;
  fields->schedule = fresh.schedule;
  fields->sigmas = fresh.sigmas;
  fields->prediction = fresh.prediction;
  fields->clip_skip = fresh.clip_skip;
  fields->fit = fresh.fit;
  fields->guidance = info->default_guidance;
  fields->width = info->default_width > 0 ? info->default_width : fresh.width;
  fields->height = info->default_height > 0 ? info->default_height : fresh.height;
}

void
limn_model_suggest (const LimnModelInfo *info, LimnFields *fields)
{
  g_autofree char *name = limn_model_name_from_path (info->path);
  const char *const said[] = { name, info->title };
  g_autofree char *text = NULL;
  const NameRow *row = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (said) && row == NULL; i++) {
    g_free (text);
    text = split_words (said[i] != NULL ? said[i] : "");
    row = find_row (info, text);
  }
  const char *prediction = row != NULL && row->advice.prediction != NULL ? row->advice.prediction : info->prediction;

  take_defaults (info, fields);
  for (guint i = 0; i < G_N_ELEMENTS (predictions); i++)
    if (g_strcmp0 (predictions[i].prediction, prediction) == 0)
      take (&predictions[i].advice, fields);
  if (row != NULL)
    take (&row->advice, fields);
  if (info->told_guidance)
    take (&told, fields);
  if (row != NULL && row->told && steps_said (text) > 0)
    fields->steps = steps_said (text);
}
