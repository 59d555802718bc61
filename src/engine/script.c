/* script.c - see script.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/script.h"

#include "base/i18n.h"
#include "base/size-hints.h"
#include "engine/guidance.h"
#include "engine/request.h"
#include "text/prompt-loras.h"
#include "text/prompt-schedule.h"
#include "text/prompt-tokens.h"

#include <string.h>

/* A prompt as it changes: its texts for both encoders, and the entry of each evaluation. */
typedef struct {
  GArray *entries[2]; /* LimnPromptEntry; NULL: that encoder is told nothing */
} Line;

static void
clear_line (Line *line)
{
  for (int i = 0; i < 2; i++)
    g_clear_pointer (&line->entries[i], g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Line, clear_line)

static GArray *
read_entries (const LimnScript *script, const LimnRequest *request, const char *text)
{
  if (text == NULL)
    return NULL;
  if (limn_emphasis_find (request->emphasis)->edits)
    return limn_prompt_schedule_read (text, script->total, script->before,
                                      g_strcmp0 (request->editing, LIMN_EDITING_OLD) == 0);

  GArray *entries = g_array_new (FALSE, FALSE, sizeof (LimnPromptEntry));
  LimnPromptEntry all = { script->total, g_strdup (text) };
  g_array_append_val (entries, all);
  return entries;
}

static void
line_init (Line *line, const LimnScript *script, const LimnRequest *request, const char *first, const char *second)
{
  line->entries[0] = read_entries (script, request, first);
  line->entries[1] =
      second == first && first != NULL ? g_array_ref (line->entries[0]) : read_entries (script, request, second);
}

/* What encoder is told at an evaluation, or NULL. */
static const char *
text_at (const Line *line, int encoder, int evaluation)
{
  const GArray *entries = line->entries[encoder];

  if (entries == NULL)
    return NULL;
  return g_array_index (entries, LimnPromptEntry, limn_prompt_schedule_at (entries, evaluation)).text;
}

/* The caption from first on that says the same; -1: none yet. */
static int
find_caption (const LimnScript *script, int first, const char *const *texts)
{
  for (int i = first; i < script->n_captions; i++)
    if (g_strcmp0 (script->captions[i].prompts[0], texts[0]) == 0
        && g_strcmp0 (script->captions[i].prompts[1], texts[1]) == 0)
      return i;
  return -1;
}

static const char *
keep_text (LimnScript *script, const char *text)
{
  if (text == NULL)
    return NULL;
  g_ptr_array_add (script->texts, g_strdup (text));
  return script->texts->pdata[script->texts->len - 1];
}

/* The caption of what line says at evaluation; sides: its sizes and score. */
static int
caption_at (LimnScript *script, int first, const Line *line, int evaluation, const LimnCaption *sides)
{
  const char *const texts[] = { text_at (line, 0, evaluation), text_at (line, 1, evaluation) };
  int at = find_caption (script, first, texts);

  if (at >= 0)
    return at;
  at = script->n_captions++;
  script->captions = g_renew (LimnCaption, script->captions, script->n_captions);
  script->captions[at] = *sides;
  for (int i = 0; i < 2; i++)
    script->captions[at].prompts[i] = keep_text (script, texts[i]);
  return at;
}

/* Captions of all that line ever says, and how often its schedule names each. */
static void
add_line (LimnScript *script, const Line *line, int row, const LimnCaption *sides)
{
  const GArray *entries = line->entries[0] != NULL ? line->entries[0] : line->entries[1];
  int first = script->n_captions;

  for (guint i = 0; entries != NULL && i < entries->len; i++) {
    int at = caption_at (script, first, line, g_array_index (entries, LimnPromptEntry, i).until, sides);

    script->captions[at].entries++;
  }
  for (int evaluation = 0; evaluation < script->evaluations; evaluation++)
    script->said[evaluation * script->rows + row] = caption_at (script, first, line, evaluation, sides);
}

static GArray *
read_parts (const LimnRequest *request, const char *prompt)
{
  g_autofree char *plain = limn_prompt_without_loras (prompt != NULL ? prompt : "", NULL);

  return limn_prompt_parts_read (plain, limn_emphasis_find (request->emphasis));
}

static void
add_negative (LimnScript *script, const LimnRequest *request)
{
  const char *texts[] = { limn_request_negative (request, 0), limn_request_negative (request, 1) };
  g_autofree char *first = texts[0] != NULL ? limn_prompt_without_loras (texts[0], NULL) : NULL;
  g_autofree char *second = texts[1] != NULL ? limn_prompt_without_loras (texts[1], NULL) : NULL;
  const LimnCaption sides = {
    .hints = limn_size_hints_resolve (&request->negative_hints, request->width, request->height),
    .aesthetic = request->negative_aesthetic,
  };
  g_auto (Line) line = { 0 };

  line_init (&line, script, request, first, texts[0] == texts[1] ? first : second);
  add_line (script, &line, 0, &sides);
}

/* Where one of the two prompts has fewer parts, its last one goes with the rest. */
static const LimnPromptPart *
part_at (const GArray *parts, int i)
{
  return &g_array_index (parts, LimnPromptPart, MIN (i, (int) parts->len - 1));
}

static void
add_part (LimnScript *script, const LimnRequest *request, int i, const char *first, const char *second)
{
  const LimnCaption sides = {
    .hints = limn_size_hints_resolve (&request->hints, request->width, request->height),
    .aesthetic = request->aesthetic,
    .prompt = script->negated + i,
  };
  g_auto (Line) line = { 0 };

  line_init (&line, script, request, first, second);
  add_line (script, &line, script->negated + i, &sides);
}

LimnScript *
limn_script_new (const LimnRequest *request, int before, int total, int evaluations)
{
  LimnScript *script = g_new0 (LimnScript, 1);
  g_autoptr (GArray) first = read_parts (request, request->prompt);
  g_autoptr (GArray) second = request->prompt_2 != NULL ? read_parts (request, request->prompt_2) : g_array_ref (first);

  script->texts = g_ptr_array_new_with_free_func (g_free);
  script->n_parts = (int) MIN (MAX (first->len, second->len), LIMN_MOST_PARTS);
  script->before = before;
  script->total = total;
  script->evaluations = evaluations;
  for (int i = 0; i < script->n_parts; i++)
    script->weights[i] = part_at (i < (int) first->len ? first : second, i)->weight;
  script->negated = limn_guided (&request->fields) || limn_script_joins (script) || limn_script_opposes (request);
  script->rows = script->negated + script->n_parts;
  script->said = g_new0 (int, (gsize) evaluations * script->rows);
  if (script->negated)
    add_negative (script, request);
  for (int i = 0; i < script->n_parts; i++)
    add_part (script, request, i, part_at (first, i)->text, part_at (second, i)->text);
  return script;
}

void
limn_script_free (LimnScript *script)
{
  if (script == NULL)
    return;
  g_ptr_array_unref (script->texts);
  g_free (script->captions);
  g_free (script->said);
  g_free (script);
}

gboolean
limn_script_opposes (const LimnRequest *request)
{
  return request->nag > 0 && (limn_request_negative (request, 0) != NULL || limn_request_negative (request, 1) != NULL);
}

gboolean
limn_script_joins (const LimnScript *script)
{
  return script->n_parts > 1 || script->weights[0] != 1;
}

void
limn_script_join (const LimnScript *script, const float *out, float *joined, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    double negative = out[i], sum = negative;

    for (int part = 0; part < script->n_parts; part++)
      sum += script->weights[part] * (out[(gsize) (1 + part) * n + i] - negative);
    joined[i] = (float) sum;
  }
}

gboolean
limn_script_check (const LimnRequest *request, GError **error)
{
  const char *const prompts[] = { request->prompt, request->prompt_2 };

  for (int i = 0; i < 2; i++) {
    g_autoptr (GArray) parts = read_parts (request, prompts[i]);

    if (parts->len > LIMN_MOST_PARTS) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                   _ ("AND joins %u prompts, but at most %d are painted together"), parts->len, LIMN_MOST_PARTS);
      return FALSE;
    }
  }
  return TRUE;
}
