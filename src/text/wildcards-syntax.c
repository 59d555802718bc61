/* wildcards-syntax.c - where choices and wildcards begin and end in a prompt; see wildcards.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/wildcards.h"

#include <math.h>
#include <string.h>

#define MAX_BRACES 100

static gboolean
is_name_char (gunichar c)
{
  return c == '-' || c == '.' || c == '/' || g_unichar_isalnum (c) || g_unichar_ismark (c);
}

gsize
limn_wildcards_name_length (const char *text)
{
  const char *p = text;

  if (p[0] != '_' || p[1] != '_')
    return 0;
  for (p += 2; *p != '\0'; p = g_utf8_next_char (p)) {
    if (p[0] == '_' && p[1] == '_')
      return p > text + 2 ? (gsize) (p + 2 - text) : 0;
    if (*p != '_' && !is_name_char (g_utf8_get_char (p)))
      return 0;
  }
  return 0;
}

gsize
limn_wildcards_read_weight (const char *text, const char *end, double *weight)
{
  gsize span = 0;
  char *stop;

  while (text + span < end && (g_ascii_isdigit (text[span]) || text[span] == '.'))
    span++;
  if (span == 0 || text + span + 1 >= end || text[span] != ':' || text[span + 1] != ':')
    return 0;
  *weight = g_ascii_strtod (text, &stop);
  return stop == text + span && isfinite (*weight) ? span + 2 : 0;
}

/* 0 to 9999; gives the bytes read */
static gsize
read_number (const char *text, const char *end, guint *number)
{
  gsize length = 0;
  guint value = 0;

  for (; text + length < end && length < 4 && g_ascii_isdigit (text[length]); length++)
    value = value * 10 + (guint) g_ascii_digit_value (text[length]);
  if (length > 0)
    *number = value;
  return length;
}

gsize
limn_wildcards_read_count (const char *text, const char *end, LimnChoiceCount *count)
{
  const char *p = text, *stop;
  gsize length = read_number (text, end, &(guint){ 0 });
  LimnChoiceCount found = { 1, G_MAXUINT, ", ", 2 };

  p += read_number (p, end, &found.least);
  if (p < end && *p == '-')
    p += 1 + read_number (p + 1, end, &found.most);
  else
    found.most = found.least;
  if (p == text || (length == 0 && p == text + 1) || end - p < 2 || p[0] != '$' || p[1] != '$')
    return 0;
  p += 2;
  for (stop = p; end - stop >= 2 && strchr ("{|}\\", *stop) == NULL; stop++)
    if (stop[0] == '$' && stop[1] == '$') {
      found.separator = p;
      found.separator_length = (gsize) (stop - p);
      p = stop + 2;
      break;
    }
  *count = found;
  count->least = MIN (found.least, found.most);
  count->most = MAX (found.least, found.most);
  return (gsize) (p - text);
}

typedef struct {
  guint at;
  gboolean is_choice;
} Brace;

static gboolean
has_count (const char *text, const char *end)
{
  LimnChoiceCount count;

  while (text < end && *text == ' ')
    text++;
  return limn_wildcards_read_count (text, end, &count) > 0;
}

/* A pair without a bar or a count is text. */
static void
close_choice (guint *partners, const Brace *brace, guint at)
{
  if (brace->is_choice) {
    partners[brace->at] = at;
    partners[at] = brace->at;
  }
}

/* Bars of braces that never close are text. */
static void
drop_false_bars (guint *partners, const char *text, guint length)
{
  for (guint i = 0; i < length; i++)
    if (text[i] == '|' && partners[i] != LIMN_NO_CHOICE && partners[partners[i]] == LIMN_NO_CHOICE)
      partners[i] = LIMN_NO_CHOICE;
}

GArray *
limn_wildcards_find_choices (const char *text)
{
  guint length = (guint) MIN (strlen (text), G_MAXINT);
  GArray *array = g_array_sized_new (FALSE, FALSE, sizeof (guint), length + 1);
  guint *partners, depth = 0, too_deep = 0;
  Brace open[MAX_BRACES];

  g_array_set_size (array, length + 1);
  partners = (guint *) (void *) array->data;
  memset (partners, 0xff, ((gsize) length + 1) * sizeof (guint));
  for (guint i = 0; i < length; i++) {
    if (text[i] == '\\' && i + 1 < length) {
      i++;
    } else if (text[i] == '{') {
      if (depth < MAX_BRACES)
        open[depth++] = (Brace){ i, has_count (text + i + 1, text + length) };
      else
        too_deep++;
    } else if (text[i] == '|' && depth > 0 && too_deep == 0) {
      open[depth - 1].is_choice = TRUE;
      partners[i] = open[depth - 1].at;
    } else if (text[i] == '}') {
      if (too_deep > 0)
        too_deep--;
      else if (depth > 0)
        close_choice (partners, &open[--depth], i);
    }
  }
  drop_false_bars (partners, text, length);
  return array;
}
