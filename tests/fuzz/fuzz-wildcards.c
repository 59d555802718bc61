/* fuzz-wildcards.c - any text as a prompt with choices; what is expanded has nothing left to expand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/wildcards.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static gboolean
has_choices (const char *text)
{
  g_autoptr (GArray) choices = limn_wildcards_find_choices (text);

  for (guint i = 0; i < choices->len; i++)
    if (g_array_index (choices, guint, i) != LIMN_NO_CHOICE)
      return TRUE;
  return FALSE;
}

static void
check_choices (const char *text)
{
  g_autoptr (GArray) choices = limn_wildcards_find_choices (text);

  g_assert_cmpuint (choices->len, ==, strlen (text) + 1);
  for (guint i = 0; i < choices->len; i++) {
    guint partner = g_array_index (choices, guint, i);

    if (partner == LIMN_NO_CHOICE)
      continue;
    g_assert_true (strchr ("{|}", text[i]) != NULL && partner < choices->len);
    g_assert_cmpint (text[partner], ==, text[i] == '{' ? '}' : '{');
    if (text[i] != '|')
      g_assert_cmpuint (g_array_index (choices, guint, partner), ==, i);
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_utf8_make_valid ((const char *) data, (gssize) size);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new ("/nonexistent");
  g_autofree char *first = limn_wildcards_expand (wildcards, text, size, &error);
  g_autofree char *second = limn_wildcards_expand (wildcards, text, size, NULL);

  check_choices (text);
  g_assert_cmpstr (first, ==, second);
  g_assert_true ((first == NULL) == (error != NULL));
  if (first == NULL)
    return 0;
  g_assert_true (g_utf8_validate (first, -1, NULL));
  g_assert_cmpuint (strlen (first), <=, strstr (text, "$$") != NULL ? LIMN_PROMPT_LIMIT : strlen (text));
  if (!has_choices (text))
    g_assert_cmpstr (first, ==, text);
  return 0;
}
