/* prompt-edit.c - more or less weight for a part of a prompt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-edit.h"

#include <math.h>
#include <string.h>

#include "app/prompt/prompt-scan.h"

#define LEAST 0.0
#define MOST 10.0

typedef struct {
  const char *text;
  GArray *spans;
  const LimnEmphasis *emphasis;
  guint start, end;
  double step;
} Task;

static const LimnPromptSpan *
span_at (const Task *task, guint index)
{
  return &g_array_index (task->spans, LimnPromptSpan, index);
}

static double
next_weight (const Task *task, double weight)
{
  double next = round ((weight + task->step) * 100) / 100;

  return task->step < 0 ? MAX (next, MIN (weight, LEAST)) : MIN (next, MAX (weight, MOST));
}

/* "1.2", "0.05": no more figures than it needs, and a point in every language */
static char *
format_weight (double weight)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (buffer, sizeof buffer, "%.2f", weight);
  for (gsize end = strlen (buffer); end > 1 && (buffer[end - 1] == '0' || buffer[end - 1] == '.'); end--) {
    gboolean point = buffer[end - 1] == '.';

    buffer[end - 1] = '\0';
    if (point)
      break;
  }
  return g_strdup (buffer);
}

/* ---- Groups ---- */

typedef struct {
  guint start, end;                 /* with its brackets */
  guint content_start, content_end; /* without them and the weight */
  double weight;
} Group;

/* Where compel has a weight behind what ends at end: that is the group's, too. */
static void
take_suffix (const Task *task, Group *group)
{
  for (guint i = 0; task->emphasis->brackets == LIMN_BRACKETS_COMPEL && i < task->spans->len; i++) {
    const LimnPromptSpan *span = span_at (task, i);

    if (span->mark != LIMN_MARK_WEIGHT || (span->start != group->end && span->end != group->end))
      continue;
    if (span->end == group->end)
      group->content_end = span->start;
    group->end = span->end;
    group->weight = limn_prompt_scan_number (task->text + span->start);
    return;
  }
}

static Group
read_group (const Task *task, guint index)
{
  const LimnPromptSpan *open = span_at (task, index), *close = span_at (task, open->partner);
  const LimnPromptSpan *before = span_at (task, open->partner - 1);
  Group group = { open->start, close->end, open->end, close->start, task->text[open->start] == '(' ? 1.1 : 0.9 };

  if (task->emphasis->brackets == LIMN_BRACKETS_COMPEL) {
    group.weight = 1;
    take_suffix (task, &group);
  } else if (before->mark == LIMN_MARK_WEIGHT && task->text[close->start] == ')') {
    group.content_end = before->start;
    group.weight = limn_prompt_scan_number (task->text + before->start);
  }
  return group;
}

static gboolean
is_meant (const Task *task, const Group *group, gboolean touching)
{
  if (task->start < task->end)
    return (task->start == group->content_start && task->end == group->content_end)
           || (task->start == group->start && task->end == group->end);
  if (touching)
    return task->start == group->start || task->start == group->end;
  return task->start > group->start && task->start < group->end;
}

/* the innermost; of round and square ones that overlap the shorter */
static gboolean
find_group (const Task *task, gboolean touching, Group *found)
{
  gboolean any = FALSE;

  for (guint i = 0; i < task->spans->len; i++) {
    const LimnPromptSpan *span = span_at (task, i);
    Group group;

    if (span->mark != LIMN_MARK_BRACKET || span->partner < i)
      continue;
    group = read_group (task, i);
    if (is_meant (task, &group, touching) && (!any || group.end - group.start < found->end - found->start)) {
      *found = group;
      any = TRUE;
    }
  }
  return any;
}

/* ---- What is whole ---- */

/* Nothing that belongs together may be cut by [start, end). */
static gboolean
is_whole (const Task *task, guint start, guint end)
{
  for (guint i = 0; i < task->spans->len; i++) {
    const LimnPromptSpan *span = span_at (task, i);
    guint partner_start = span->partner;

    /* a lone backslash would make the new bracket text */
    if (span->mark == LIMN_MARK_ESCAPE && span->end == start && span->end - span->start == 1)
      return FALSE;
    if (span->end <= start || span->start >= end)
      continue;
    if (span->mark == LIMN_MARK_TEXT)
      continue;
    if (span->start < start || span->end > end)
      return FALSE;
    if (span->mark == LIMN_MARK_UNMATCHED && strchr ("()[]", task->text[span->start]) != NULL)
      return FALSE;
    if (span->mark == LIMN_MARK_CHOICE_WEIGHT && span->start == start)
      return FALSE;
    if (span->mark == LIMN_MARK_EDIT_NUMBER && span->end >= end)
      return FALSE;
    if (span->mark == LIMN_MARK_WEIGHT && (span->end >= end || span->start == start))
      return FALSE;
    if (span->mark == LIMN_MARK_BRACKET)
      partner_start = span_at (task, span->partner)->start;
    if ((span->mark == LIMN_MARK_BRACKET || span->mark == LIMN_MARK_CHOICE || span->mark == LIMN_MARK_EDIT)
        && (partner_start < start || partner_start >= end))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_word_char (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalnum ((char) c) || (c != 0 && strchr ("-_'#@&", (char) c) != NULL);
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_SPACE_SEPARATOR:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_OPEN_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
    return c == 0x2019;
  default:
    return TRUE; /* pictographs and their joiners too */
  }
}

static gboolean
find_word (const Task *task, guint *start, guint *end)
{
  const char *from = task->text + task->start, *to = from;

  for (guint i = 0; i < task->spans->len; i++) {
    const LimnPromptSpan *span = span_at (task, i);

    if (span->mark == LIMN_MARK_WILDCARD && span->start <= task->start && span->end >= task->start) {
      *start = span->start;
      *end = span->end;
      return TRUE;
    }
    if (span->mark == LIMN_MARK_BREAK && span->start <= task->start && span->end >= task->start)
      return FALSE;
  }
  while (from > task->text && is_word_char (g_utf8_get_char (g_utf8_prev_char (from))))
    from = g_utf8_prev_char (from);
  while (*to != '\0' && is_word_char (g_utf8_get_char (to)))
    to = g_utf8_next_char (to);
  *start = (guint) (from - task->text);
  *end = (guint) (to - task->text);
  return to > from;
}

static void
trim (Task *task)
{
  while (task->start < task->end && g_unichar_isspace (g_utf8_get_char (task->text + task->start)))
    task->start = (guint) (g_utf8_next_char (task->text + task->start) - task->text);
  while (task->start < task->end) {
    const char *last = g_utf8_prev_char (task->text + task->end);

    if (!g_unichar_isspace (g_utf8_get_char (last)))
      break;
    task->end = (guint) (last - task->text);
  }
}

/* ---- Edits ---- */

/* [start, end) becomes [content_start, content_end) in brackets with weight, or without them where that is 1 */
static void
put (const Task *task, const Group *group, double weight, LimnPromptEdit *edit)
{
  guint length = group->content_end - group->content_start, at = task->start;
  g_autofree char *content = g_strndup (task->text + group->content_start, length);
  g_autofree char *number = format_weight (weight);
  gboolean plain = fabs (weight - 1) < 1e-6;
  guint shift = group->start + (plain ? 0 : 1);

  edit->start = group->start;
  edit->end = group->end;
  edit->text = plain ? g_strdup (content)
                     : g_strdup_printf (task->emphasis->brackets == LIMN_BRACKETS_COMPEL ? "(%s)%s" : "(%s:%s)",
                                        content, number);
  edit->select_start = shift;
  edit->select_end = shift + length;
  if (task->start == task->end) {
    at = CLAMP (at, group->content_start, group->content_end) - group->content_start + shift;
    edit->select_start = edit->select_end = at;
  }
}

/* a square group becomes a round one */
static gboolean
can_change (const Task *task, const Group *group)
{
  return task->text[group->start] == '(' || is_whole (task, group->content_start, group->content_end);
}

static gboolean
change_group (const Task *task, const Group *group, LimnPromptEdit *edit)
{
  if (!can_change (task, group))
    return FALSE;
  put (task, group, next_weight (task, group->weight), edit);
  return TRUE;
}

/* "<lora:name:0.8>", "<lora:name>", "<lora:name:0.8:0.5>": the first number */
static gboolean
edit_lora (const Task *task, const LimnPromptSpan *span, LimnPromptEdit *edit)
{
  const char *tag = task->text + span->start, *colon = tag + 6 + strcspn (tag + 6, ":>"), *stop = colon;
  double weight = 1;
  g_autofree char *number = NULL;

  if (*colon == ':') {
    gsize length = strspn (colon + 1, "+-0123456789.");
    g_autofree char *figures = g_strndup (colon + 1, length);
    char *end;

    stop = colon + 1 + length;
    weight = g_ascii_strtod (figures, &end);
    if (length == 0 || *end != '\0' || !isfinite (weight) || (*stop != ':' && *stop != '>'))
      return FALSE;
  }
  number = format_weight (next_weight (task, weight));
  edit->start = (guint) (colon - task->text);
  edit->end = (guint) (stop - task->text);
  edit->text = g_strdup_printf (":%s", number);
  edit->select_start = edit->select_end = MIN (task->start, edit->start + (guint) strlen (edit->text));
  if (task->start < task->end) {
    edit->select_start = span->start;
    edit->select_end = span->end - edit->end + edit->start + (guint) strlen (edit->text);
  }
  return TRUE;
}

static const LimnPromptSpan *
find_lora (const Task *task)
{
  for (guint i = 0; i < task->spans->len; i++) {
    const LimnPromptSpan *span = span_at (task, i);
    guint inside = task->start < task->end ? 0 : 1;

    if (span->mark == LIMN_MARK_LORA && task->start >= span->start + inside && task->end + inside <= span->end)
      return span;
  }
  return NULL;
}

/* What is neither bracket nor weight. */
static char *
read_words (const char *text, const LimnEmphasis *emphasis)
{
  g_autoptr (GArray) spans = limn_prompt_scan (text, emphasis);
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < spans->len; i++) {
    const LimnPromptSpan *span = &g_array_index (spans, LimnPromptSpan, i);
    gboolean opens = span->mark == LIMN_MARK_UNMATCHED && strchr ("([", text[span->start]) != NULL;

    if (span->mark != LIMN_MARK_BRACKET && span->mark != LIMN_MARK_WEIGHT && !opens)
      g_string_append_len (words, text + span->start, span->end - span->start);
  }
  return g_string_free (words, FALSE);
}

static gboolean
keeps_words (const char *text, const LimnEmphasis *emphasis, const LimnPromptEdit *edit)
{
  g_autofree char *head = g_strndup (text, edit->start);
  g_autofree char *edited = g_strconcat (head, edit->text, text + edit->end, NULL);
  g_autofree char *before = read_words (text, emphasis);
  g_autofree char *after = read_words (edited, emphasis);

  return g_str_equal (before, after);
}

static gboolean
find_edit (Task task, LimnPromptEdit *edit, gboolean *is_lora)
{
  const LimnPromptSpan *lora;
  gboolean selected = task.start < task.end;
  Group group;

  trim (&task);
  if (selected && task.start == task.end)
    return FALSE;
  lora = find_lora (&task);
  *is_lora = lora != NULL;
  if (lora != NULL)
    return edit_lora (&task, lora, edit);
  if (find_group (&task, FALSE, &group))
    return change_group (&task, &group, edit);
  group = (Group){ task.start, task.end, task.start, task.end, 1 };
  if (!selected && !find_word (&task, &group.start, &group.end))
    return find_group (&task, TRUE, &group) && change_group (&task, &group, edit);
  group.content_start = group.start;
  group.content_end = group.end;
  take_suffix (&task, &group);
  if (group.content_end <= group.content_start || !is_whole (&task, group.start, group.content_end))
    return FALSE;
  put (&task, &group, next_weight (&task, group.weight), edit);
  return TRUE;
}

gboolean
limn_prompt_edit_weight (const char *text, guint start, guint end, double step, const LimnEmphasis *emphasis,
                         LimnPromptEdit *edit)
{
  const LimnEmphasis *row = emphasis != NULL ? emphasis : limn_emphasis_find (NULL);
  g_autoptr (GArray) spans = limn_prompt_scan (text, row);
  LimnPromptEdit found = { 0 };
  gboolean found_lora = FALSE;

  if (!find_edit ((Task){ text, spans, row, start, end, step }, &found, &found_lora))
    return FALSE;
  /* "(a:1.[2]3)" without its square brackets would be a weight */
  if (!found_lora && !keeps_words (text, row, &found)) {
    g_free (found.text);
    return FALSE;
  }
  *edit = found;
  return TRUE;
}
