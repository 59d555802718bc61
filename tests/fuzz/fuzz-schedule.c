/* fuzz-schedule.c - any text as a prompt that changes from step to step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-schedule.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_schedule (const char *prompt, int steps, int first, gboolean old)
{
  g_autoptr (GArray) entries = limn_prompt_schedule_read (prompt, steps, first, old);
  int before = 0;

  for (guint i = 0; i < entries->len; i++) {
    const LimnPromptEntry *entry = &g_array_index (entries, LimnPromptEntry, i);

    g_assert_cmpint (entry->until, >, before);
    g_assert_true (g_utf8_validate (entry->text, -1, NULL));
    g_assert_cmpuint (strlen (entry->text), <=, strlen (prompt));
    g_assert_cmpuint (limn_prompt_schedule_at (entries, entry->until), ==, i);
    before = entry->until;
  }
  g_assert_cmpint (before, ==, steps);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *prompt = g_utf8_make_valid ((const char *) data, (gssize) MIN (size, 20000));
  g_autoptr (GArray) parts = limn_prompt_parts_read (prompt, limn_emphasis_find ("a1111"));
  g_autofree guint8 *marks = limn_prompt_schedule_marks (prompt);

  check_schedule (prompt, 1, 0, FALSE);
  check_schedule (prompt, 7, 0, TRUE);
  check_schedule (prompt, 20, 0, FALSE);
  check_schedule (prompt, 12, 20, FALSE);
  for (guint i = 0; i < parts->len; i++) {
    const LimnPromptPart *part = &g_array_index (parts, LimnPromptPart, i);

    g_assert_true (isfinite (part->weight) && g_utf8_validate (part->text, -1, NULL));
  }
  for (gsize i = 0; prompt[i] != '\0'; i++)
    g_assert_true (marks[i] != LIMN_EDIT_SIGN || strchr ("[:|]", prompt[i]) != NULL);
  return 0;
}
