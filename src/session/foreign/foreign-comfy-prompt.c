/* foreign-comfy-prompt.c - one side of a sampler's guidance, from the sampler back to the words that were encoded.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"
#include "base/regions.h"
#include "session/foreign/foreign-emphasis.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct {
  LimnComfy *comfy;
  LimnComfyPrompt *prompt;
  gboolean negative, second;
} Side;

static const char *const sides[2][11] = {
  { "positive", "pos", "base_positive", "positive_cond", "conditioning", "cond", "conditioning_1", "conditioning_to",
    "conditioning1", "cond1", NULL },
  { "negative", "neg", "base_negative", "negative_cond", "conditioning", "cond", "conditioning_1", "conditioning_to",
    "conditioning1", NULL },
};

static const char *
title (Side *side)
{
  return side->negative ? _ ("Negative prompt") : _ ("Prompt");
}

static const char *
property (Side *side)
{
  return side->negative ? "negative" : "prompt";
}

static int
hint_at (LimnComfy *comfy, const LimnJson *node, const char *name, double factor)
{
  const char *const names[] = { name, NULL };
  double number = 0;

  limn_comfy_number (comfy, node, names, &number);
  return (int) CLAMP (number * factor, 0.0, 16384.0);
}

/* What else an encoder was told. */
static void
read_encoder_rest (Side *side, const LimnJson *node)
{
  static const char *const ascore[] = { "ascore", NULL }, *const factors[] = { "size_cond_factor", NULL };
  static const char *const ways[2][4] = { { "weight_interpretation", "parser", "positive_weight_interpretation", NULL },
                                          { "weight_interpretation", "parser", "negative_weight_interpretation",
                                            NULL } };
  LimnComfyPrompt *prompt = side->prompt;
  const char *way = limn_comfy_string (side->comfy, node, ways[side->negative]);
  double factor;

  prompt->encoder = node;
  limn_comfy_number (side->comfy, node, ascore, &prompt->score);
  if (limn_comfy_number (side->comfy, node, factors, &factor)) {
    int width = hint_at (side->comfy, node, "width", factor), height = hint_at (side->comfy, node, "height", factor);

    prompt->hints = (LimnSizeHints){ width, height, 0, 0, width, height };
    prompt->has_hints = TRUE;
  } else if ((limn_comfy_input (node, "target_width") != NULL || limn_comfy_input (node, "crop_w") != NULL)
             && limn_json_bool (limn_comfy_input (node, "with_SDXL"), TRUE)) {
    prompt->hints = (LimnSizeHints){
      hint_at (side->comfy, node, "width", 1),        hint_at (side->comfy, node, "height", 1),
      hint_at (side->comfy, node, "crop_w", 1),       hint_at (side->comfy, node, "crop_h", 1),
      hint_at (side->comfy, node, "target_width", 1), hint_at (side->comfy, node, "target_height", 1)
    };
    prompt->has_hints = TRUE;
  }
  if (way != NULL && g_ascii_strncasecmp (way, "comfy", 5) != 0)
    limn_foreign_miss (side->comfy->foreign, _ ("Prompt weights"), _ ("They were applied in another way"));
}

static char *
read_encoder (Side *side, const LimnJson *node)
{
  const char *parser = limn_json_string (limn_comfy_input (node, "parser"), "comfy");
  gboolean choices = FALSE;
  g_autofree char *text = limn_comfy_read_text (side->comfy, node, side->negative, side->second, &choices);
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  read_encoder_rest (side, node);
  if (valid != NULL && g_ascii_strcasecmp (parser, "A1111") == 0)
    limn_foreign_set_string (side->comfy->foreign, "emphasis", "a1111");
  if (valid == NULL || g_ascii_strncasecmp (parser, "comfy", 5) != 0)
    return g_steal_pointer (&valid);
  return limn_emphasis_from_comfy (side->comfy->foreign, valid, choices);
}

static gboolean
has_control_net (const LimnJson *node)
{
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (guint i = 0; i < limn_json_length (inputs); i++) {
    const char *name = limn_json_key (inputs, i);

    if ((limn_comfy_has_word (name, "control_net") || limn_comfy_has_word (name, "cnet"))
        && limn_comfy_is_link (limn_json_member (inputs, name)))
      return TRUE;
  }
  return limn_comfy_is (node, "controlnet");
}

/* Contexts, loaders and samplers hand both sides on as they are. */
static gboolean
hands_on (const LimnJson *node)
{
  static const char *const sides_too[] = { "model",          "pipe",       "ckpt_name",
                                           "base_ckpt_name", "seed",       "noise_seed",
                                           "base_ctx",       "basic_pipe", NULL };
  static const char *const changes[] = { "control_net", "pixels", "image", "mask", NULL };

  if (limn_json_length (limn_comfy_inputs (node)) == 1)
    return TRUE;
  return limn_comfy_input (node, "positive") != NULL && limn_comfy_input (node, "negative") != NULL
         && limn_comfy_any (node, sides_too) != NULL && limn_comfy_any (node, changes) == NULL;
}

/* Both sides go through it; the picture's way is the positive one. */
static void
note_control (Side *side, const LimnJson *node)
{
  if (!side->negative && !side->second && !limn_comfy_read_control (side->comfy, node))
    limn_foreign_miss (side->comfy->foreign, _ ("ControlNet"),
                       _ ("It guided the picture’s layout; Limn paints without it"));
}

static void
note_on_the_way (Side *side, const LimnJson *node)
{
  LimnForeign *foreign = side->comfy->foreign;
  const char *kind = limn_comfy_kind (node);

  if (has_control_net (node))
    note_control (side, node);
  else if (limn_comfy_is (node, "ipadapter"))
    limn_foreign_miss (foreign, _ ("IP-Adapter"), _ ("It guided the picture’s look; Limn paints without it"));
  else if (limn_comfy_is (node, "inpaint"))
    limn_foreign_miss_mask (foreign);
  else if (!hands_on (node))
    limn_foreign_miss_printf (foreign, title (side), _ ("The node “%s” changes it; Limn does not"), kind);
}

static const LimnJson *
first_link (const LimnJson *node, const char *const *names)
{
  for (; *names != NULL; names++)
    if (limn_comfy_is_link (limn_comfy_input (node, *names)))
      return limn_comfy_input (node, *names);
  return NULL;
}

static char *read_link (Side *side, const LimnJson *value, int depth);

/* ---- Parts of the picture ---- */

static const char *const others[] = { "conditioning_2", "conditioning_from", "conditioning2", "cond2", NULL };

static gboolean
is_share (LimnComfy *comfy, const LimnJson *node)
{
  return limn_comfy_is (node, "percent");
}

/* Whether value, or one of those that it combines, is for a part of the picture that is known. */
static gboolean
has_area (Side *side, const LimnJson *value, int depth)
{
  const LimnJson *node = limn_comfy_follow (side->comfy, value);

  if (node == NULL || depth > LIMN_COMFY_MOST_DEPTH || side->negative)
    return FALSE;
  if (limn_comfy_is (node, "setarea"))
    return is_share (side->comfy, node) || side->comfy->width > 0;
  return limn_comfy_is (node, "combine")
         && (has_area (side, first_link (node, sides[0]), depth + 1)
             || has_area (side, first_link (node, others), depth + 1));
}

static void
take_area (Side *side, const LimnJson *node, int depth)
{
  static const char *const names[][2] = { { "x" }, { "y" }, { "width" }, { "height" }, { "strength" } };
  LimnComfy *comfy = side->comfy;
  const double all[2] = { is_share (comfy, node) ? 1 : comfy->width, is_share (comfy, node) ? 1 : comfy->height };
  const LimnJson *link = first_link (node, sides[0]);
  g_autofree char *text = link != NULL ? read_link (side, link, depth) : NULL;
  double at[5] = { 0, 0, all[0], all[1], 1 };
  LimnRegion *region;

  for (guint i = 0; i < G_N_ELEMENTS (at); i++)
    limn_comfy_number (comfy, node, names[i], &at[i]);
  for (int i = 0; i < 4; i++)
    at[i] = CLAMP (at[i] / all[i % 2], 0.0, 1.0);
  if (side->second || text == NULL || at[0] >= 1 || at[1] >= 1 || at[2] <= 0 || at[3] <= 0)
    return;
  region = limn_region_new (at[0], at[1], MIN (at[2], 1 - at[0]), MIN (at[3], 1 - at[1]));
  region->weight = CLAMP (at[4], 0.0, 10.0);
  g_free (region->prompt);
  region->prompt = g_steal_pointer (&text);
  if (side->prompt->areas == NULL)
    side->prompt->areas = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_region_free);
  g_ptr_array_add (side->prompt->areas, region);
}

/* What of value is said of the whole picture; NULL: nothing. */
static char *
read_beside_areas (Side *side, const LimnJson *value, int depth)
{
  const LimnJson *node = limn_comfy_follow (side->comfy, value);

  if (node == NULL || !has_area (side, value, depth))
    return read_link (side, value, depth);
  if (limn_comfy_is (node, "setarea")) {
    take_area (side, node, depth + 1);
    return NULL;
  }
  char *first = read_beside_areas (side, first_link (node, sides[0]), depth + 1);
  g_autofree char *other = read_beside_areas (side, first_link (node, others), depth + 1);
  if (first != NULL && other != NULL)
    limn_foreign_doubt (side->comfy->foreign, property (side), title (side),
                        _ ("Prompts were combined (%s); only the first is taken"), limn_comfy_kind (node));
  return first != NULL ? first : g_steal_pointer (&other);
}

/* Two encodings behind each other are two chunks, as BREAK makes them; mixed ones cannot be said. */
static char *
read_combined (Side *side, const LimnJson *node, const LimnJson *first, const LimnJson *other, int depth)
{
  g_autofree char *text = read_link (side, first, depth);
  g_autofree char *more = NULL;

  if (!limn_comfy_is (node, "concat")) {
    limn_foreign_doubt (side->comfy->foreign, property (side), title (side),
                        _ ("Prompts were combined (%s); only the first is taken"), limn_comfy_kind (node));
    return g_steal_pointer (&text);
  }
  more = read_link (side, other, depth);
  if (text == NULL || more == NULL)
    return g_strdup (text != NULL ? text : more);
  return g_strconcat (text, " BREAK ", more, NULL);
}

static char *
read_with_areas (Side *side, const LimnJson *first, const LimnJson *other, int depth)
{
  g_autofree char *text = read_beside_areas (side, first, depth + 1);
  g_autofree char *more = read_beside_areas (side, other, depth + 1);

  if (text != NULL && more != NULL)
    limn_foreign_doubt (side->comfy->foreign, property (side), title (side),
                        _ ("Prompts were combined (%s); only the first is taken"), "ConditioningCombine");
  side->prompt->beside = text != NULL || more != NULL;
  return g_strdup (text != NULL ? text : more != NULL ? more : "");
}

/* What the node hands on, from where it comes: a side by its name, one behind a pipe, or its only link; NULL:
 * nothing. */
static const LimnJson *
before (Side *side, const LimnJson *node, const LimnJson *link)
{
  const LimnJson *value = link != NULL ? link : limn_comfy_find (side->comfy, node, sides[side->negative], NULL);

  if (link == NULL && value != NULL)
    return value; /* a pipe changes nothing */
  value = value != NULL ? value : limn_comfy_relay (side->comfy, node);
  if (value != NULL)
    note_on_the_way (side, node);
  return value;
}

static char *
read_node (Side *side, const LimnJson *node, int depth)
{
  const LimnJson *link = first_link (node, sides[side->negative]), *other = first_link (node, others), *value;
  gboolean known = TRUE;

  if (limn_comfy_is (node, "zeroout")) {
    limn_foreign_miss (side->comfy->foreign, title (side),
                       _ ("It was set to zero; Limn encodes an empty prompt in its place"));
    return g_strdup ("");
  }
  value = limn_comfy_choice (side->comfy, node, &known);
  if (!known)
    limn_foreign_doubt (side->comfy->foreign, property (side), title (side),
                        _ ("Which text the node “%s” chose is not inside this file"), limn_comfy_kind (node));
  if (value == NULL && link != NULL && other != NULL && link != other && limn_comfy_is (node, "combine")
      && (has_area (side, link, depth) || has_area (side, other, depth)))
    return read_with_areas (side, link, other, depth);
  if (value == NULL && link != NULL && other != NULL && link != other)
    return read_combined (side, node, link, other, depth);
  if (value == NULL && link == NULL && limn_comfy_bears_text (node, side->negative)) {
    if (has_control_net (node))
      note_on_the_way (side, node);
    return read_encoder (side, node);
  }
  value = value != NULL ? value : before (side, node, link);
  if (value != NULL)
    return read_link (side, value, depth);
  limn_foreign_doubt (side->comfy->foreign, property (side), title (side),
                      _ ("What the node “%s” wrote is not inside this file"), limn_comfy_kind (node));
  return NULL;
}

static char *
read_link (Side *side, const LimnJson *value, int depth)
{
  const char *text = limn_json_string (value, NULL);
  const LimnJson *node = limn_comfy_follow (side->comfy, value);

  if (text != NULL) {
    g_autofree char *valid = g_utf8_make_valid (text, -1);

    return limn_emphasis_from_comfy (side->comfy->foreign, valid, FALSE);
  }
  if (node != NULL && depth < LIMN_COMFY_MOST_DEPTH)
    return read_node (side, node, depth + 1);
  limn_foreign_doubt (side->comfy->foreign, property (side), title (side), _ ("A part of it is not inside this file"));
  return NULL;
}

LimnComfyPrompt
limn_comfy_read_prompt (LimnComfy *comfy, const LimnJson *sampler, gboolean negative)
{
  static const char *const guiders[] = { "guider", NULL }, *const cfgs[] = { "cfg", NULL };
  static const char *const nags[] = { "nag_negative", NULL }; /* which alone counts without other guidance */
  LimnComfyPrompt prompt = { .score = -1 };
  double guidance = 1;
  gboolean unguided;
  const LimnJson *owner = NULL, *value;
  Side side = { comfy, &prompt, negative, FALSE };

  comfy->hops = LIMN_COMFY_MOST_HOPS;
  if (limn_comfy_is_link (limn_comfy_input (sampler, "guider")))
    sampler = limn_comfy_behind (comfy, sampler, guiders);
  limn_comfy_number (comfy, sampler, cfgs, &guidance);
  unguided = negative && guidance <= 1 && limn_comfy_any (sampler, nags) != NULL;
  value = limn_comfy_find (comfy, sampler, unguided ? nags : sides[negative], &owner);
  if (negative && value == limn_comfy_input (owner, "conditioning"))
    value = NULL;
  if (value == NULL && negative) {
    prompt.text = g_strdup ("");
    prompt.second = g_strdup ("");
    return prompt;
  }
  /* a text at the far end of a pipe has its encoder's settings beside it */
  for (int i = 0; i < 2; i++) {
    char **text = i == 0 ? &prompt.text : &prompt.second;

    side.second = i == 1;
    *text = limn_json_string (value, NULL) != NULL ? read_encoder (&side, owner) : read_link (&side, value, 0);
  }
  return prompt;
}

void
limn_comfy_prompt_clear (LimnComfyPrompt *prompt)
{
  g_clear_pointer (&prompt->text, g_free);
  g_clear_pointer (&prompt->second, g_free);
  g_clear_pointer (&prompt->areas, g_ptr_array_unref);
}
