/* script.c - see script.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/script.h"

#include "base/mask-area.h"
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
  script->captions[at].prompt = script->lines;
  for (int i = 0; i < 2; i++)
    script->captions[at].prompts[i] = keep_text (script, texts[i]);
  return at;
}

/* Captions of all that line ever says, and how often its schedule names each.  said: of the first evaluation, the
 * others stride apart. */
static void
add_line (LimnScript *script, const Line *line, int *said, int stride, const LimnCaption *sides)
{
  const GArray *entries = line->entries[0] != NULL ? line->entries[0] : line->entries[1];
  int first = script->n_captions;

  for (guint i = 0; entries != NULL && i < entries->len; i++) {
    int at = caption_at (script, first, line, g_array_index (entries, LimnPromptEntry, i).until, sides);

    script->captions[at].entries++;
  }
  for (int evaluation = 0; evaluation < script->evaluations; evaluation++)
    said[(gsize) evaluation * stride] = caption_at (script, first, line, evaluation, sides);
  script->lines++;
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
  add_line (script, &line, script->said, script->rows, &sides);
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
  };
  g_auto (Line) line = { 0 };

  line_init (&line, script, request, first, second);
  add_line (script, &line, script->said + script->negated + i, script->rows, &sides);
}

/* ---- Regions ---- */

/* Those that count, of a request whose text has been checked; beside a prompt that is all, none does. */
static GPtrArray *
read_regions (const LimnRequest *request, const LimnArea *area)
{
  GPtrArray *regions = limn_regions_read (request->regions, NULL);

  for (guint i = regions != NULL ? regions->len : 0; i > 0; i--)
    if (request->regions_base >= 1 || !limn_region_counts (regions->pdata[i - 1])
        || (area != NULL
            && !limn_area_cut_region (area, request->image->width, request->image->height, regions->pdata[i - 1])))
      g_ptr_array_remove_index (regions, i - 1);
  return regions != NULL ? regions : g_ptr_array_new ();
}

/* Of one side of region, at its place in said_of. */
static void
add_region_line (LimnScript *script, const LimnRequest *request, int *said, const char *text, gboolean negative)
{
  const LimnCaption sides = {
    .hints = limn_size_hints_resolve (negative ? &request->negative_hints : &request->hints, request->width,
                                      request->height),
    .aesthetic = negative ? request->negative_aesthetic : request->aesthetic,
  };
  g_auto (Line) line = { 0 };

  line_init (&line, script, request, text, text);
  add_line (script, &line, said, 2 * (int) script->regions->len, &sides);
}

static void
add_regions (LimnScript *script, const LimnRequest *request)
{
  const guint n = script->regions->len;

  script->said_of = g_new0 (int, 2 * (gsize) script->evaluations * n + 1);
  for (guint i = 0; i < n; i++) {
    const LimnRegion *region = script->regions->pdata[i];
    int *said = script->said_of + 2 * i;

    if (region->negative != NULL && script->negated)
      add_region_line (script, request, said, region->negative, TRUE);
    for (int evaluation = 0; region->negative == NULL && evaluation < script->evaluations; evaluation++)
      said[2 * (gsize) evaluation * n] = script->said[(gsize) evaluation * script->rows];
    add_region_line (script, request, said + 1, region->prompt, FALSE);
  }
}

guint
limn_script_regions_at (const LimnScript *script, int step, int steps)
{
  guint bits = 0;

  for (guint i = 0; i < script->regions->len; i++)
    if (limn_region_counts_at (script->regions->pdata[i], step, steps))
      bits |= 1u << i;
  return bits;
}

int
limn_script_said_of (const LimnScript *script, int evaluation, int region, gboolean negative)
{
  return script->said_of[2 * ((gsize) evaluation * script->regions->len + (gsize) region) + !negative];
}

gboolean
limn_script_says_same (const LimnScript *script, int evaluation, int other)
{
  const gsize rows = (gsize) script->rows, of = 2 * (gsize) script->regions->len;

  return memcmp (script->said + (gsize) evaluation * rows, script->said + (gsize) other * rows, rows * sizeof (int))
             == 0
         && memcmp (script->said_of + (gsize) evaluation * of, script->said_of + (gsize) other * of, of * sizeof (int))
                == 0;
}

LimnScript *
limn_script_new (const LimnRequest *request, const LimnArea *area, int before, int total, int evaluations)
{
  LimnScript *script = g_new0 (LimnScript, 1);
  g_autoptr (GArray) first = read_parts (request, request->prompt);
  g_autoptr (GArray) second = request->prompt_2 != NULL ? read_parts (request, request->prompt_2) : g_array_ref (first);

  script->texts = g_ptr_array_new_with_free_func (g_free);
  script->regions = read_regions (request, area);
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
  add_regions (script, request);
  return script;
}

void
limn_script_free (LimnScript *script)
{
  if (script == NULL)
    return;
  g_ptr_array_unref (script->texts);
  g_ptr_array_unref (script->regions);
  g_free (script->said_of);
  g_free (script->captions);
  g_free (script->said);
  g_free (script);
}

gboolean
limn_script_opposes (const LimnRequest *request)
{
  g_autoptr (GPtrArray) regions = request->nag > 0 ? read_regions (request, NULL) : g_ptr_array_new ();
  gboolean any = limn_request_negative (request, 0) != NULL || limn_request_negative (request, 1) != NULL;

  for (guint i = 0; i < regions->len; i++)
    any |= ((const LimnRegion *) regions->pdata[i])->negative != NULL;
  return request->nag > 0 && any;
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

/* What changes the whole model, or joins whole pictures, is not a region's to say. */
static gboolean
check_region (const LimnRequest *request, const LimnRegion *region, guint number, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) parts = read_parts (request, region->prompt);

  g_free (limn_prompt_without_loras (region->prompt, names));
  if (region->negative != NULL)
    g_free (limn_prompt_without_loras (region->negative, names));
  if (names->len > 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("Region %u names the LoRA “%s”, but a LoRA changes the model for the whole picture: name it in the "
                    "picture’s prompt"),
                 number, (const char *) names->pdata[0]);
    return FALSE;
  }
  if (parts->len > 1 || part_at (parts, 0)->weight != 1) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("Region %u has AND in its prompt, which joins whole pictures: say it in the picture’s prompt"),
                 number);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_regions (const LimnRequest *request, GError **error)
{
  g_autoptr (GPtrArray) regions = limn_regions_read (request->regions, error);

  for (guint i = 0; regions != NULL && i < regions->len; i++)
    if (!check_region (request, regions->pdata[i], i + 1, error))
      return FALSE;
  return regions != NULL;
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
  return check_regions (request, error);
}
