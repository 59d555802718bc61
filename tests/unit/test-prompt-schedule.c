/* test-prompt-schedule.c - prompts that change from step to step and those that AND joins, as stable-diffusion-webui
 * reads them, and random ones that know their answer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"
#include "common/golden.h"
#include "text/prompt-schedule.h"

#include <math.h>
#include <string.h>

static void
test_schedules (void)
{
  g_autoptr (LimnJson) all = golden_json ("prompt/schedules.json");
  guint checked = 0;

  for (guint i = 0; i < limn_json_length (all); i++) {
    const LimnJson *one = limn_json_nth (all, i), *expected = limn_json_member (one, "schedule");
    const char *prompt = limn_json_member_string (one, "prompt");

    int steps = (int) limn_json_number (limn_json_member (one, "steps"), 0);
    int second = (int) limn_json_number (limn_json_member (one, "hires_steps"), 0); /* 0: it is of the first pass */
    gboolean old = limn_json_bool (limn_json_member (one, "old"), FALSE);
    g_autoptr (GArray) entries = second > 0 ? limn_prompt_schedule_read (prompt, second, steps, old)
                                            : limn_prompt_schedule_read (prompt, steps, 0, old);
    g_test_message ("%s", prompt);
    g_assert_cmpuint (entries->len, ==, limn_json_length (expected));
    for (guint k = 0; k < entries->len; k++) {
      const LimnPromptEntry *entry = &g_array_index (entries, LimnPromptEntry, k);

      g_assert_cmpint (entry->until, ==, (int) limn_json_number (limn_json_nth (limn_json_nth (expected, k), 0), 0));
      g_assert_cmpstr (entry->text, ==, limn_json_string (limn_json_nth (limn_json_nth (expected, k), 1), NULL));
    }
    checked++;
  }
  g_assert_cmpuint (checked, ==, 132);
}

static void
test_and (void)
{
  g_autoptr (LimnJson) all = golden_json ("prompt/multicond.json");

  for (guint i = 0; i < limn_json_length (all); i++) {
    const LimnJson *one = limn_json_nth (all, i), *indexes = limn_json_member (one, "indexes");
    g_autoptr (GArray) parts =
        limn_prompt_parts_read (limn_json_member_string (one, "prompt"), limn_emphasis_find ("a1111"));

    g_test_message ("%s", limn_json_member_string (one, "prompt"));
    g_assert_cmpuint (parts->len, ==, limn_json_length (indexes));
    for (guint k = 0; k < parts->len; k++) {
      const LimnPromptPart *part = &g_array_index (parts, LimnPromptPart, k);
      const LimnJson *pair = limn_json_nth (indexes, k);
      guint at = (guint) limn_json_number (limn_json_nth (pair, 0), 0);

      g_assert_cmpfloat (part->weight, ==, limn_json_number (limn_json_nth (pair, 1), NAN));
      g_assert_cmpstr (part->text, ==, limn_json_string (limn_json_nth (limn_json_member (one, "flat"), at), NULL));
    }
  }
}

/* Limn's own leaves a number at the end alone where nothing is joined; ComfyUI knows no AND. */
static void
test_and_kinds (void)
{
  static const char *const texts[] = { "a film still, 16:9 ", "a AND b:2 " };

  for (int i = 0; i < 2; i++) {
    g_autoptr (GArray) own = limn_prompt_parts_read (texts[i], limn_emphasis_find ("limn"));
    g_autoptr (GArray) comfy = limn_prompt_parts_read (texts[i], limn_emphasis_find ("comfy"));

    g_assert_cmpuint (comfy->len, ==, 1);
    g_assert_cmpstr (g_array_index (comfy, LimnPromptPart, 0).text, ==, texts[i]);
    g_assert_cmpuint (own->len, ==, 1 + i);
    if (i == 0)
      g_assert_cmpstr (g_array_index (own, LimnPromptPart, 0).text, ==, texts[i]);
    else
      g_assert_cmpfloat (g_array_index (own, LimnPromptPart, 1).weight, ==, 2);
  }
}

/* ---- Random prompts: the structure is made, written, read, and compared at every step ---- */

#define STEPS 12

/* Appends a random text's writing, and what it says at each step. */
static void
write_random (GString *text, GString **said, int depth)
{
  static guint words;
  int n = g_test_rand_int_range (2, 4);
  GString *parts[4][STEPS];
  int kind = depth > 0 ? g_test_rand_int_range (0, 6) : 5, when = g_test_rand_int_range (0, STEPS + 3);

  if (kind >= 4) {
    g_autofree char *word = g_strdup_printf (kind == 4 ? " w%u\\[\\:\\|" : " w%u", words++);

    g_string_append (text, word);
    for (int step = 0; step < STEPS; step++)
      g_string_append (said[step], word);
    return;
  }
  for (int i = 0; i < n; i++)
    for (int step = 0; step < STEPS; step++)
      parts[i][step] = g_string_new (NULL);
  g_string_append_c (text, kind == 3 ? '(' : '[');
  for (int i = 0; i < (kind == 1 ? n : kind == 3 ? 1 : 2); i++) {
    if (i > 0)
      g_string_append_c (text, kind == 1 ? '|' : ':');
    for (int k = g_test_rand_int_range (0, 3); k > 0; k--)
      write_random (text, parts[i], depth - 1);
  }
  if (kind == 0)
    g_string_append_printf (text, ":%d", when);
  else if (kind == 2)
    g_string_append_printf (text, ": %d.%d ", when / 10, when % 10);
  g_string_append (text, kind == 3 ? ":1.3)" : "]");
  if (kind == 2) /* a share */
    when = (int) trunc (MIN (g_ascii_strtod (text->str + text->len - 5, NULL) * STEPS, STEPS));
  for (int step = 0; step < STEPS; step++) {
    int part = kind == 3 ? 0 : kind == 1 ? step % n : step + 1 <= when ? 0 : 1;

    if (kind == 3)
      g_string_append_printf (said[step], "(%s:1.3)", parts[part][step]->str);
    else
      g_string_append (said[step], parts[part][step]->str);
  }
  for (int i = 0; i < n; i++)
    for (int step = 0; step < STEPS; step++)
      g_string_free (parts[i][step], TRUE);
}

static void
test_random (void)
{
  for (int i = 0; i < 300; i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    GString *said[STEPS];

    for (int step = 0; step < STEPS; step++)
      said[step] = g_string_new (NULL);
    for (int k = 0; k < 4; k++)
      write_random (text, said, 3);
    g_autoptr (GArray) entries = limn_prompt_schedule_read (text->str, STEPS, 0, FALSE);
    g_test_message ("%s", text->str);
    for (int step = 0; step < STEPS; step++) {
      guint at = limn_prompt_schedule_at (entries, step + 1);

      g_assert_cmpstr (g_array_index (entries, LimnPromptEntry, at).text, ==, said[step]->str);
      g_string_free (said[step], TRUE);
    }
  }
}

/* Deep and hostile ones end, and say themselves. */
static void
test_hostile (void)
{
  static const char *const pieces[] = { "[", "(", "[a|", "[a:", "[[[a:b:1]", "\\", "[a:b:1e999]", "[:::]", "]|" };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++) {
    g_autoptr (GString) text = g_string_new (NULL);

    while (text->len < 50000)
      g_string_append (text, pieces[i]);
    g_autoptr (GArray) entries = limn_prompt_schedule_read (text->str, 1000, 0, FALSE);
    g_autofree guint8 *marks = limn_prompt_schedule_marks (text->str);
    g_assert_cmpuint (entries->len, >, 0);
    g_assert_cmpint (g_array_index (entries, LimnPromptEntry, entries->len - 1).until, ==, 1000);
    if (i != 4) /* which has edits that are well formed */
      g_assert_cmpstr (g_array_index (entries, LimnPromptEntry, 0).text, ==, text->str);
  }
}

/* The first entry holds for one evaluation more than it says, as in the web UI. */
static void
test_at (void)
{
  g_autoptr (GArray) entries = limn_prompt_schedule_read ("[a:b:2]", 6, 0, FALSE);
  static const guint expected[] = { 0, 0, 0, 1, 1, 1, 1 };

  for (int i = 0; i < 7; i++)
    g_assert_cmpuint (limn_prompt_schedule_at (entries, i), ==, expected[i]);
}

static void
test_marks (void)
{
  const char *prompt = "a [b:(c:1.2): 0.5] [d|e] [f] \\[g:h:3\\]";
  g_autofree guint8 *marks = limn_prompt_schedule_marks (prompt);
  GString *seen = g_string_new (NULL);

  for (gsize i = 0; i < strlen (prompt); i++)
    g_string_append_c (seen, marks[i] == LIMN_EDIT_NONE ? '.' : marks[i] == LIMN_EDIT_SIGN ? 'S' : 'N');
  g_assert_cmpstr (seen->str, ==, "..S.S.......SNNNNS.S.S.S..............");
  g_string_free (seen, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompt-schedule/schedules", test_schedules);
  g_test_add_func ("/prompt-schedule/and", test_and);
  g_test_add_func ("/prompt-schedule/and-kinds", test_and_kinds);
  g_test_add_func ("/prompt-schedule/random", test_random);
  g_test_add_func ("/prompt-schedule/hostile", test_hostile);
  g_test_add_func ("/prompt-schedule/at", test_at);
  g_test_add_func ("/prompt-schedule/marks", test_marks);
  return g_test_run ();
}
