/* foreign-prompt.c - prompts as other programs write them, as Limn reads them; and a word where they cannot mean the
 * same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "session/foreign/foreign-emphasis.h"
#include "text/prompt-loras.h"

/* "<lora:name:0.8>" at text: its end, or NULL. */
static const char *
read_tag (LimnForeign *self, const char *text)
{
  static const char *const kinds[] = { "<lora:", "<lyco:", "<hypernet:" };
  const char *end = strchr (text, '>');

  if (end == NULL || memchr (text, '\n', (gsize) (end - text)) != NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strncasecmp (text, kinds[i], strlen (kinds[i])) == 0) {
      g_autofree char *inner = g_strndup (text + strlen (kinds[i]), (gsize) (end - text) - strlen (kinds[i]));
      g_autofree char *tag = g_strdup_printf ("<lora:%s>", inner);
      g_autoptr (GArray) loras = limn_prompt_loras (tag);
      const LimnPromptLora *lora = loras->len > 0 ? &g_array_index (loras, LimnPromptLora, 0) : NULL;

      if (lora != NULL && i < 2)
        limn_foreign_add_tag (self, lora);
      else
        limn_foreign_miss_printf (self, _ ("LoRA"), _ ("“%s” was part of the model; Limn paints without it"), inner);
      return end + 1;
    }
  return NULL;
}

static gboolean
ends_part (const GString *text)
{
  gsize length = text->len;

  while (length > 0 && text->str[length - 1] == ' ')
    length--;
  return length == 0 || strchr (",\n", text->str[length - 1]) != NULL;
}

/* Joins what stood on both sides of a tag: one space is left, or one comma.  Returns where rest goes on. */
static const char *
close_up (GString *before, const char *rest)
{
  gboolean spaced = before->len == 0 || before->str[before->len - 1] == ' ' || *rest == ' ';

  rest += strspn (rest, " ");
  if (ends_part (before) && *rest == ',')
    rest += 1 + strspn (rest + 1, " ");
  while (before->len > 0 && before->str[before->len - 1] == ' ')
    g_string_truncate (before, before->len - 1);
  if (spaced && before->len > 0 && before->str[before->len - 1] != '\n' && strchr (",\n", *rest) == NULL)
    g_string_append_c (before, ' ');
  while (before->len > 0 && rest[strspn (rest, " \r\n")] == '\0'
         && strchr (" ,\n", before->str[before->len - 1]) != NULL)
    g_string_truncate (before, before->len - 1);
  return rest;
}

/* text without LoRA tags, and without the gap that each would leave. */
static char *
without_tags (LimnForeign *self, const char *text)
{
  GString *clean = g_string_new (NULL);

  for (const char *p = text; *p != '\0';) {
    const char *end = *p == '<' ? read_tag (self, p) : NULL;

    if (end != NULL)
      p = close_up (clean, end);
    else
      g_string_append_c (clean, *p++);
  }
  return g_string_free (clean, FALSE);
}

/* The first "<segment:" and so on of SwarmUI, of which Limn knows none. */
static void
note_swarm (LimnForeign *self, const char *prompt)
{
  g_autoptr (GRegex) regex = g_regex_new ("<([a-z]+)(\\[[^\\]<>]*\\])?(:[^<>]*)?>", G_REGEX_OPTIMIZE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  for (g_regex_match (regex, prompt, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL)) {
    g_autofree char *tag = g_match_info_fetch (match, 0);

    limn_foreign_miss_printf (self, _ ("Prompt"), _ ("“%s” is an order to SwarmUI; Limn reads it as plain words"), tag);
  }
}

static char *
from_novelai (LimnForeign *self, const char *prompt)
{
  gboolean weighted;
  char *text = limn_foreign_from_novelai (prompt, &weighted);

  if (weighted)
    limn_foreign_miss (self, _ ("Prompt weights"),
                       _ ("NovelAI’s braces are written as Limn’s weights, which may count a little differently"));
  if (strchr (prompt, '|') != NULL)
    limn_foreign_miss (self, _ ("Prompt"), _ ("“|” mixes prompts; Limn reads it as a plain sign"));
  return text;
}

/* compel's signs stay as they are, and are to be read as such. */
static char *
from_compel (LimnForeign *self, const char *prompt)
{
  if (strstr (prompt, ".swap(") != NULL)
    limn_foreign_miss (self, _ ("Prompt"),
                       _ ("“.swap(…)” painted others in the place of words; Limn paints those words"));
  limn_foreign_set_string (self, "emphasis", "compel");
  return limn_emphasis_without_choices (prompt);
}

char *
limn_foreign_strip_prompt (LimnForeign *self, const char *prompt)
{
  g_autofree char *valid = g_utf8_make_valid (prompt != NULL ? prompt : "", -1);
  char *clean = without_tags (self, valid);

  if (strstr (clean, "embedding:") != NULL)
    limn_foreign_miss (
        self, _ ("Embeddings"),
        _ ("The prompt names learned words: their files are looked for in a folder “embeddings” beside the model"));
  return g_strstrip (clean);
}

char *
limn_foreign_clean_prompt (LimnForeign *self, const char *prompt)
{
  g_autofree char *clean = limn_foreign_strip_prompt (self, prompt);

  if (self->kind == LIMN_FOREIGN_SWARM)
    note_swarm (self, clean);
  if (self->kind == LIMN_FOREIGN_NOVELAI)
    return g_strstrip (from_novelai (self, clean));
  if (self->kind == LIMN_FOREIGN_INVOKE)
    return g_strstrip (from_compel (self, clean));
  if (self->kind == LIMN_FOREIGN_SWARM || self->kind == LIMN_FOREIGN_COMFY)
    return limn_emphasis_from_comfy (self, clean, FALSE);
  if (self->kind == LIMN_FOREIGN_LIMN)
    return g_steal_pointer (&clean);
  return limn_emphasis_without_choices (clean);
}

/* Whether brackets weigh anything in prompt. */
static gboolean
is_weighted (const char *prompt)
{
  for (const char *p = prompt; *p != '\0'; p++) {
    if (*p == '\\' && p[1] != '\0')
      p++;
    else if (*p == '(' || *p == '[')
      return TRUE;
  }
  return FALSE;
}

void
limn_foreign_note_weights (LimnForeign *self, const char *why)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  if (is_weighted (values->prompt) || is_weighted (values->negative))
    limn_foreign_miss (self, _ ("Prompt weights"), why);
}

void
limn_foreign_note_levels (LimnForeign *self)
{
  /* translators: a program's name */
  g_autofree char *why =
      g_strdup_printf (_ ("%s rescales the whole prompt after weighting; Limn does not"), self->program);

  limn_foreign_note_weights (self, why);
}

void
limn_foreign_set_second (LimnForeign *self, const char *prompt, const char *negative)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  limn_foreign_set_string (self, "prompt-2", prompt != NULL ? prompt : values->prompt);
  limn_foreign_set_string (self, "negative-2", negative != NULL ? negative : values->negative);
  limn_foreign_set_bool (self, "separate-prompts", TRUE);
}
