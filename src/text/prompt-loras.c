/* prompt-loras.c - see prompt-loras.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-loras.h"

#include <math.h>
#include <string.h>

#define MOST_WEIGHT 100

/* The length of a LoRA's tag at text, or 0; name: receives where its name begins, length that. */
static gsize
lora_tag (const char *text, const char **name, gsize *length)
{
  static const char *const kinds[] = { "<lora:", "<lyco:" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_ascii_strncasecmp (text, kinds[i], strlen (kinds[i])) != 0)
      continue;
    *name = text + strlen (kinds[i]);
    *length = strcspn (*name, ":<>");
    gsize rest = strcspn (*name, "<>");
    return *length > 0 && (*name)[rest] == '>' ? (gsize) (*name - text) + rest + 1 : 0;
  }
  return 0;
}

static gboolean
read_weight (const char *text, double *weight)
{
  char *end;
  double value = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !isfinite (value) || fabs (value) > MOST_WEIGHT)
    return FALSE;
  *weight = value;
  return TRUE;
}

/* A step, or a share of all of them. */
static gboolean
read_step (const char *text, double *step)
{
  double value;

  if (!read_weight (text, &value) || value < 0 || (value >= 1 && value != floor (value)))
    return FALSE;
  *step = value;
  return TRUE;
}

static gboolean
read_steps (const char *text, double *from, double *until)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 3);
  double first, last;

  if (g_strv_length (ends) != 2 || !read_step (ends[0], &first) || !read_step (ends[1], &last))
    return FALSE;
  *from = first;
  *until = last;
  return TRUE;
}

static gboolean
read_blocks (LimnPromptLora *lora, const char *text)
{
  if (lora->blocks != NULL || !limn_prompt_lora_blocks (text, NULL))
    return FALSE;
  lora->blocks = g_strdup (text);
  return TRUE;
}

static const char *const stages[LIMN_N_LORA_STAGES] = {
  [LIMN_LORA_STAGE_BASE] = "base",
  [LIMN_LORA_STAGE_REFINER] = "refiner",
  [LIMN_LORA_STAGE_BOTH] = "both",
};

const char *
limn_lora_stage_name (LimnLoraStage stage)
{
  g_return_val_if_fail ((guint) stage < LIMN_N_LORA_STAGES, NULL);

  return stages[stage];
}

static gboolean
read_stage (LimnPromptLora *lora, const char *text)
{
  for (LimnLoraStage stage = LIMN_LORA_STAGE_BASE; stage < LIMN_N_LORA_STAGES; stage++)
    if (g_ascii_strcasecmp (text, stages[stage]) == 0) {
      lora->stage = stage;
      return TRUE;
    }
  return FALSE;
}

static gboolean
read_named (LimnPromptLora *lora, const char *argument, double weights[2])
{
  const char *value = strchr (argument, '=') + 1;

  if (g_str_has_prefix (argument, "te="))
    return read_weight (value, &weights[0]);
  if (g_str_has_prefix (argument, "unet="))
    return read_weight (value, &weights[1]);
  if (g_str_has_prefix (argument, "start="))
    return read_step (value, &lora->from);
  if (g_str_has_prefix (argument, "stop="))
    return read_step (value, &lora->until);
  if (g_str_has_prefix (argument, "step="))
    return read_steps (value, &lora->from, &lora->until);
  if (g_str_has_prefix (argument, "stage="))
    return read_stage (lora, value);
  return (g_str_has_prefix (argument, "lbw=") || g_str_has_prefix (argument, "w=")) && read_blocks (lora, value);
}

/* The extension takes the weights of blocks in the second place, too. */
static void
read_arguments (LimnPromptLora *lora, char *const *arguments)
{
  g_autoptr (GString) unread = g_string_new (NULL);
  double weights[2] = { NAN, NAN }; /* text, U-Net */
  guint position = 0;

  for (; *arguments != NULL; arguments++) {
    const char *argument = g_strstrip (*arguments);
    gboolean read = FALSE;

    if (strchr (argument, '=') != NULL) {
      read = read_named (lora, argument, weights);
    } else if (position < G_N_ELEMENTS (weights)) {
      read = read_weight (argument, &weights[position]) || (position == 1 && read_blocks (lora, argument));
      position++;
    }
    if (!read && *argument != '\0')
      g_string_append_printf (unread, "%s%s", unread->len > 0 ? ":" : "", argument);
  }
  lora->text = isnan (weights[0]) ? 1 : weights[0];
  lora->unet = isnan (weights[1]) ? lora->text : weights[1];
  lora->unread = unread->len > 0 ? g_strdup (unread->str) : NULL;
}

static void
lora_clear (gpointer data)
{
  LimnPromptLora *lora = data;

  g_free (lora->name);
  g_free (lora->blocks);
  g_free (lora->unread);
}

GArray *
limn_prompt_loras (const char *prompt)
{
  GArray *loras = g_array_new (FALSE, TRUE, sizeof (LimnPromptLora));

  g_array_set_clear_func (loras, lora_clear);
  for (const char *p = strchr (prompt, '<'); p != NULL; p = strchr (p, '<')) {
    const char *name;
    gsize length, tag = lora_tag (p, &name, &length);

    if (tag == 0) {
      p++;
      continue;
    }
    g_autofree char *inside = g_strndup (name, tag - 1 - (gsize) (name - p));
    g_auto (GStrv) arguments = g_strsplit (inside, ":", -1);
    LimnPromptLora lora = { .name = g_utf8_make_valid (arguments[0], -1), .start = p - prompt, .length = tag };
    g_strstrip (lora.name);
    read_arguments (&lora, arguments + 1);
    g_array_append_val (loras, lora);
    p += tag;
  }
  return loras;
}

char *
limn_prompt_lora_tag (const char *name, double text, double unet)
{
  char first[G_ASCII_DTOSTR_BUF_SIZE], second[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (first, sizeof first, "%.6g", text);
  if (text == unet)
    return g_strdup_printf ("<lora:%s:%s>", name, first);
  return g_strdup_printf ("<lora:%s:%s:%s>", name, first, g_ascii_formatd (second, sizeof second, "%.6g", unet));
}

char *
limn_prompt_lora_write (const LimnPromptLora *lora)
{
  g_autofree char *tag = limn_prompt_lora_tag (lora->name, lora->text, lora->unet);
  GString *text = g_string_new_len (tag, (gssize) strlen (tag) - 1);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (stages[lora->stage] != NULL)
    g_string_append_printf (text, ":stage=%s", stages[lora->stage]);
  if (lora->blocks != NULL)
    g_string_append_printf (text, ":lbw=%s", lora->blocks);
  if (lora->from > 0)
    g_string_append_printf (text, ":start=%s", g_ascii_formatd (number, sizeof number, "%.6g", lora->from));
  if (lora->until > 0)
    g_string_append_printf (text, ":stop=%s", g_ascii_formatd (number, sizeof number, "%.6g", lora->until));
  if (lora->unread != NULL)
    g_string_append_printf (text, ":%s", lora->unread);
  g_string_append_c (text, '>');
  return g_string_free (text, FALSE);
}

/* The step, counted from 1, that is meant. */
static int
resolve (double step, int steps)
{
  return step > 0 && step < 1 ? MAX (1, (int) lrint (step * steps)) : (int) step;
}

gboolean
limn_prompt_lora_acts (const LimnPromptLora *lora, int step, int steps)
{
  return step + 1 >= resolve (lora->from, steps) && (lora->until == 0 || step + 1 < resolve (lora->until, steps));
}

gboolean
limn_prompt_lora_has_range (const LimnPromptLora *lora)
{
  return lora->from > 0 || lora->until > 0;
}

/* ---- Blocks ---- */

/* Of so many numbers, which blocks they are. */
static const struct {
  int n;
  guint8 blocks[LIMN_LORA_BLOCKS];
} lists[] = {
  { 12, { 0, 5, 6, 8, 9, 13, 14, 15, 16, 17, 18, 19 } },
  { 17, { 0, 2, 3, 5, 6, 8, 9, 13, 17, 18, 19, 20, 21, 22, 23, 24, 25 } },
  { 20, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 } },
  { 26, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25 } },
};

static const struct {
  const char *name, *numbers;
} settings[] = {
  { "NONE", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0" },
  { "ALL", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1" },
  { "INS", "1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0" },
  { "IND", "1,0,0,0,1,1,1,0,0,0,0,0,0,0,0,0,0" },
  { "INALL", "1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0" },
  { "MIDD", "1,0,0,0,1,1,1,1,1,1,1,1,0,0,0,0,0" },
  { "OUTD", "1,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0,0" },
  { "OUTS", "1,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1" },
  { "OUTALL", "1,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1" },
  { "ALL0.5", "0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5" },
};

const char *
limn_prompt_lora_block_name (guint index)
{
  return index < G_N_ELEMENTS (settings) ? settings[index].name : NULL;
}

gboolean
limn_prompt_lora_blocks (const char *text, double *weights)
{
  g_auto (GStrv) numbers = NULL;
  double read[LIMN_LORA_BLOCKS] = { 0 }, number;
  guint list = 0;

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (text, settings[i].name) == 0)
      text = settings[i].numbers;
  numbers = g_strsplit (text, ",", LIMN_LORA_BLOCKS + 1);
  while (list < G_N_ELEMENTS (lists) && lists[list].n != (int) g_strv_length (numbers))
    list++;
  if (list == G_N_ELEMENTS (lists))
    return FALSE;
  for (int i = 0; i < lists[list].n; i++) {
    if (!read_weight (g_strstrip (numbers[i]), &number))
      return FALSE;
    read[lists[list].blocks[i]] = number;
  }
  if (weights != NULL)
    memcpy (weights, read, sizeof read);
  return TRUE;
}

static void
add_name (GPtrArray *names, const char *name, gsize length)
{
  g_autofree char *copy = g_strndup (name, length);

  if (!g_ptr_array_find_with_equal_func (names, copy, g_str_equal, NULL))
    g_ptr_array_add (names, g_steal_pointer (&copy));
}

char *
limn_prompt_without_loras (const char *prompt, GPtrArray *names)
{
  g_autofree char *valid = g_utf8_make_valid (prompt, -1);
  GString *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0';) {
    const char *name;
    gsize length, tag = *p == '<' ? lora_tag (p, &name, &length) : 0;

    if (tag > 0) {
      if (names != NULL)
        add_name (names, name, length);
      p += tag;
    } else {
      g_string_append_c (out, *p++);
    }
  }
  return g_string_free (out, FALSE);
}
