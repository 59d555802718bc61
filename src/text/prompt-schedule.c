/* prompt-schedule.c - see prompt-schedule.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-schedule.h"

#include <math.h>
#include <string.h>

#include "text/prompt-weights.h"

#define MAX_DEPTH 100

/* ---- Reading ---- */

typedef enum {
  NODE_TEXT,  /* [start, start + length) */
  NODE_PARTS, /* all of its parts, in order */
  NODE_EDIT,  /* the first part until when, the second one after */
  NODE_TURNS  /* one of its parts, by turns */
} NodeKind;

typedef struct {
  NodeKind kind;
  gsize start, length; /* in the prompt, all of it */
  GPtrArray *parts;    /* Node; NULL in a text */
  double when;
  gboolean pointed; /* the number has a point */
  gsize number;     /* where the last part begins, which it is */
} Node;

typedef struct {
  const char *text;
  gsize length;
  guint8 *failed; /* [length]: no group begins at this bracket */
} Parser;

static void
node_free (Node *node)
{
  if (node == NULL)
    return;
  g_clear_pointer (&node->parts, g_ptr_array_unref);
  g_free (node);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Node, node_free)

static Node *
node_new (NodeKind kind, gsize start)
{
  Node *node = g_new0 (Node, 1);

  node->kind = kind;
  node->start = start;
  if (kind != NODE_TEXT)
    node->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  return node;
}

static void
add_text (Node *sequence, gsize start, gsize length)
{
  Node *last = sequence->parts->len > 0 ? sequence->parts->pdata[sequence->parts->len - 1] : NULL;

  if (last == NULL || last->kind != NODE_TEXT || last->start + last->length != start) {
    last = node_new (NODE_TEXT, start);
    g_ptr_array_add (sequence->parts, last);
  }
  last->length += length;
}

/* The length of the plain text at at; 0 at a sign, and where a backslash has nothing to escape. */
static gsize
plain_length (const Parser *parser, gsize at)
{
  const char *text = parser->text;
  gsize end = at;

  while (end < parser->length && strchr ("[]():|", text[end]) == NULL) {
    if (text[end] == '\\' && (end + 1 >= parser->length || text[end + 1] == '\n'))
      break;
    end += text[end] == '\\' ? 2 : 1;
  }
  return end - at;
}

/* As lark's SIGNED_NUMBER, with white space around. */
static gboolean
read_number (const char *text, gsize length, double *number, gboolean *pointed)
{
  g_autofree char *copy = g_strstrip (g_strndup (text, length));
  const char *p = copy + (copy[0] == '+' || copy[0] == '-' ? 1 : 0);
  gsize whole = strspn (p, "0123456789"), after = 0;

  *pointed = p[whole] == '.';
  p += whole;
  if (*pointed) {
    after = strspn (p + 1, "0123456789");
    p += 1 + after;
  }
  if (whole + after == 0)
    return FALSE;
  if (*p == 'e' || *p == 'E') {
    gsize sign = p[1] == '+' || p[1] == '-' ? 1 : 0, digits = strspn (p + 1 + sign, "0123456789");

    p += digits > 0 ? 1 + sign + digits : 0;
  }
  *number = g_ascii_strtod (copy, NULL);
  return *p == '\0' && isfinite (*number);
}

static Node *parse_group (Parser *parser, gsize at, int depth);

/* What stands between two signs of a group; NULL where a group within is none. */
static Node *
parse_parts (Parser *parser, gsize *at, int depth)
{
  g_autoptr (Node) sequence = node_new (NODE_PARTS, *at);

  for (;;) {
    gsize length = plain_length (parser, *at);

    if (length > 0) {
      add_text (sequence, *at, length);
    } else if (*at < parser->length && strchr ("[(", parser->text[*at]) != NULL) {
      Node *group = parse_group (parser, *at, depth + 1);

      if (group == NULL)
        return NULL;
      g_ptr_array_add (sequence->parts, group);
      length = group->length;
    } else {
      sequence->length = *at - sequence->start;
      return g_steal_pointer (&sequence);
    }
    *at += length;
  }
}

/* "(a)", "(a:1.2)" and "[a]" stay as they are, but for what is in them. */
static void
keep_brackets (const Parser *parser, Node *group)
{
  GPtrArray *parts = g_steal_pointer (&group->parts);
  gsize at = group->start;

  group->kind = NODE_PARTS;
  group->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  for (guint i = 0; i < parts->len; i++) {
    add_text (group, at, 1);
    Node *part = parts->pdata[i];
    at = part->start + part->length;
    g_ptr_array_add (group->parts, part);
  }
  add_text (group, at, 1);
  g_ptr_array_set_free_func (parts, NULL);
  g_ptr_array_unref (parts);
}

/* Whether the parts of "[a:b:3]", parted by colons, are an edit. */
static gboolean
make_edit (const Parser *parser, Node *group)
{
  guint n = group->parts->len;
  const Node *last = group->parts->pdata[n - 1];

  if (n > 3 || last->parts->len > 1 || (last->parts->len == 1 && ((Node *) last->parts->pdata[0])->kind != NODE_TEXT)
      || !read_number (parser->text + last->start, last->length, &group->when, &group->pointed))
    return FALSE;
  group->kind = NODE_EDIT;
  group->number = last->start;
  if (n == 2)
    g_ptr_array_insert (group->parts, 0, node_new (NODE_PARTS, group->start + 1));
  return TRUE;
}

/* Says what a closed group is.  colons, bars: how many of them part it. */
static gboolean
settle_group (const Parser *parser, Node *group, guint colons, guint bars)
{
  gboolean square = parser->text[group->start] == '[';

  if (colons > 0 && bars > 0)
    return FALSE;
  if (colons + bars == 0 || (!square && colons == 1)) {
    keep_brackets (parser, group);
    return TRUE;
  }
  if (!square)
    return FALSE;
  if (bars > 0) {
    group->kind = NODE_TURNS;
    return TRUE;
  }
  return make_edit (parser, group);
}

/* at: a '[' or '('.  NULL where what begins there is not well formed. */
static Node *
parse_group (Parser *parser, gsize at, int depth)
{
  g_autoptr (Node) group = node_new (NODE_PARTS, at);
  char close = parser->text[at] == '[' ? ']' : ')';
  guint colons = 0, bars = 0;

  if (parser->failed[at] || depth > MAX_DEPTH)
    return NULL;
  parser->failed[at] = TRUE;
  for (gsize p = at + 1;; p++) {
    Node *part = parse_parts (parser, &p, depth);

    if (part == NULL)
      return NULL;
    g_ptr_array_add (group->parts, part);
    if (p >= parser->length || strchr (":|", parser->text[p]) == NULL) {
      if (p >= parser->length || parser->text[p] != close)
        return NULL;
      group->length = p + 1 - at;
      break;
    }
    colons += parser->text[p] == ':';
    bars += parser->text[p] == '|';
  }
  if (!settle_group (parser, group, colons, bars))
    return NULL;
  parser->failed[at] = FALSE;
  return g_steal_pointer (&group);
}

/* All of the prompt; NULL where the grammar refuses it. */
static Node *
parse (const char *prompt)
{
  gsize length = strlen (prompt);
  g_autofree guint8 *failed = g_new0 (guint8, length + 1);
  Parser parser = { prompt, length, failed };
  g_autoptr (Node) all = node_new (NODE_PARTS, 0);

  for (gsize at = 0; at < length;) {
    gsize plain = plain_length (&parser, at);
    Node *group = plain == 0 && strchr ("[(", prompt[at]) != NULL ? parse_group (&parser, at, 1) : NULL;

    if (group != NULL) {
      g_ptr_array_add (all->parts, group);
      at += group->length;
    } else if (plain > 0 || strchr ("[]():", prompt[at]) != NULL) {
      add_text (all, at, MAX (plain, 1));
      at += MAX (plain, 1);
    } else {
      return NULL;
    }
  }
  return g_steal_pointer (&all);
}

/* ---- What it says ---- */

typedef struct {
  const char *prompt;
  int steps, before;
  gboolean old;
} Timeline;

/* The last step of an edit's first part, 0 or less: none. */
static int
step_of (const Timeline *timeline, const Node *edit)
{
  gboolean follows = timeline->before > 0 && !timeline->old;
  double when = edit->when;

  if (timeline->old ? when < 1 : edit->pointed)
    when = (when - (follows ? 1 : 0)) * timeline->steps;
  else if (follows)
    when -= timeline->before;
  return (int) CLAMP (trunc (when), -1, timeline->steps);
}

/* Marks where anything changes in ends: [steps + 1]. */
static void
collect_steps (const Timeline *timeline, const Node *node, guint8 *ends)
{
  if (node->kind == NODE_EDIT && step_of (timeline, node) >= 1)
    ends[step_of (timeline, node)] = TRUE;
  if (node->kind == NODE_TURNS)
    memset (ends + 1, TRUE, timeline->steps);
  for (guint i = 0; node->parts != NULL && i < node->parts->len; i++)
    collect_steps (timeline, node->parts->pdata[i], ends);
}

static void
say (const Timeline *timeline, const Node *node, int step, GString *out)
{
  switch (node->kind) {
  case NODE_TEXT:
    g_string_append_len (out, timeline->prompt + node->start, (gssize) node->length);
    break;
  case NODE_PARTS:
    for (guint i = 0; i < node->parts->len; i++)
      say (timeline, node->parts->pdata[i], step, out);
    break;
  case NODE_EDIT:
    say (timeline, node->parts->pdata[step <= step_of (timeline, node) ? 0 : 1], step, out);
    break;
  case NODE_TURNS:
    say (timeline, node->parts->pdata[(guint) (step - 1) % node->parts->len], step, out);
    break;
  }
}

static void
clear_entry (gpointer entry)
{
  g_free (((LimnPromptEntry *) entry)->text);
}

static void
add_entry (GArray *entries, int until, char *text)
{
  LimnPromptEntry entry = { until, text };

  g_array_append_val (entries, entry);
}

GArray *
limn_prompt_schedule_read (const char *prompt, int steps, int before, gboolean old)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (LimnPromptEntry));
  g_autoptr (Node) all = strpbrk (prompt, "[") != NULL ? parse (prompt) : NULL;
  const Timeline timeline = { prompt, steps, before, old };
  g_autofree guint8 *ends = g_new0 (guint8, (gsize) steps + 1);

  g_return_val_if_fail (steps > 0, entries);

  g_array_set_clear_func (entries, clear_entry);
  if (all == NULL) {
    add_entry (entries, steps, g_strdup (prompt));
    return entries;
  }
  collect_steps (&timeline, all, ends);
  ends[steps] = TRUE;
  for (int step = 1; step <= steps; step++)
    if (ends[step]) {
      GString *text = g_string_new (NULL);

      say (&timeline, all, step, text);
      add_entry (entries, step, g_string_free (text, FALSE));
    }
  return entries;
}

guint
limn_prompt_schedule_at (const GArray *entries, int evaluation)
{
  for (guint i = 0; i < entries->len; i++)
    if (evaluation <= g_array_index (entries, LimnPromptEntry, i).until)
      return i;
  return 0;
}

/* ---- AND ---- */

static void
clear_part (gpointer part)
{
  g_free (((LimnPromptPart *) part)->text);
}

/* "\d+\.?" or "\d*\.\d+", with a sign or without. */
static gboolean
is_weight (const char *text)
{
  const char *p = text + (text[0] == '+' || text[0] == '-' ? 1 : 0);
  gsize whole = strspn (p, "0123456789"), after = 0;

  if (p[whole] == '.')
    after = 1 + strspn (p + whole + 1, "0123456789");
  return (whole > 0 || after > 1) && p[whole + after] == '\0';
}

static void
add_part (GArray *parts, const char *start, const char *end)
{
  LimnPromptPart part = { g_strchomp (g_strndup (start, (gsize) (end - start))), 1 };
  char *colon = strrchr (part.text, ':');
  const char *number = colon != NULL ? colon + 1 + strspn (colon + 1, " \t\n\r\f\v") : NULL;

  if (number != NULL && is_weight (number)) {
    part.weight = CLAMP (g_ascii_strtod (number, NULL), -1e6, 1e6);
    *colon = '\0';
    g_strchomp (part.text);
  }
  g_array_append_val (parts, part);
}

GArray *
limn_prompt_parts_read (const char *prompt, const LimnEmphasis *emphasis)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (LimnPromptPart));
  const char *end = prompt + strlen (prompt), *found = limn_prompt_find_word (prompt, prompt, end, "AND");
  const char *start = prompt;

  g_array_set_clear_func (parts, clear_part);
  if (!emphasis->edits || (found == NULL && !emphasis->numbers)) {
    LimnPromptPart all = { g_strdup (prompt), 1 };

    g_array_append_val (parts, all);
    return parts;
  }
  for (; found != NULL; found = limn_prompt_find_word (prompt, start, end, "AND")) {
    add_part (parts, start, found);
    start = found + strlen ("AND");
  }
  add_part (parts, start, end);
  return parts;
}

/* ---- Marks ---- */

static void
mark (const Node *node, guint8 *marks)
{
  gboolean edits = node->kind == NODE_EDIT || node->kind == NODE_TURNS;
  gsize at = node->start;

  for (guint i = 0; node->parts != NULL && i < node->parts->len; i++) {
    const Node *part = node->parts->pdata[i];

    mark (part, marks);
    if (edits && part->start > at)
      marks[at] = LIMN_EDIT_SIGN;
    at = part->start + part->length;
  }
  if (edits)
    marks[at] = LIMN_EDIT_SIGN;
  if (node->kind == NODE_EDIT) {
    memset (marks + node->number, LIMN_EDIT_NUMBER, node->start + node->length - 1 - node->number);
    marks[node->number - 1] = marks[node->start + node->length - 1] = marks[node->start] = LIMN_EDIT_SIGN;
  }
}

guint8 *
limn_prompt_schedule_marks (const char *prompt)
{
  guint8 *marks = g_new0 (guint8, strlen (prompt) + 1);
  g_autoptr (Node) all = parse (prompt);

  if (all != NULL)
    mark (all, marks);
  return marks;
}
