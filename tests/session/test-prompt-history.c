/* test-prompt-history.c - the history of prompts: its order, its bounds, and what is in its file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/patience.h"
#include "session/settings/prompt-history.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *folder, *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture->folder = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "below", "prompts.json", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *below = g_path_get_dirname (fixture->path);
  g_autofree char *broken = g_strconcat (fixture->path, ".broken", NULL);

  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_unlink (fixture->path);
  g_unlink (broken);
  g_rmdir (below);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
expect (LimnPromptHistory *history, const char *texts)
{
  g_autoptr (GString) all = g_string_new (NULL);
  const char *text;

  for (guint i = 0; (text = limn_prompt_history_get_text (history, i)) != NULL; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? "/" : "", text);
  g_assert_cmpstr (all->str, ==, texts);
}

static void
count_cb (GListModel *model, guint position, guint removed, guint added, guint *length)
{
  *length += added - removed;
  g_assert_cmpuint (*length, ==, g_list_model_get_n_items (model));
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPromptHistory) history = limn_prompt_history_new (fixture->path);
  g_autoptr (LimnPromptHistory) again = NULL;
  g_autoptr (LimnPromptEntry) entry = NULL;
  guint length = 0;

  g_signal_connect (history, "items-changed", G_CALLBACK (count_cb), &length);
  limn_prompt_history_add (history, "a");
  limn_prompt_history_add (history, "b\n\"quoted\" \xf0\x9f\x90\x88");
  limn_prompt_history_add (history, "c");
  limn_prompt_history_add (history, "  \n");
  limn_prompt_history_add (history, "a");
  expect (history, "a/c/b\n\"quoted\" \xf0\x9f\x90\x88");
  limn_prompt_history_remove (history, limn_prompt_history_get_text (history, 1));
  limn_prompt_history_remove (history, "never there");
  limn_prompt_history_flush (history);
  g_assert_null (limn_prompt_history_get_error (history));

  again = limn_prompt_history_new (fixture->path);
  limn_prompt_history_flush (again);
  expect (again, "a/b\n\"quoted\" \xf0\x9f\x90\x88");
  entry = g_list_model_get_item (G_LIST_MODEL (again), 0);
  g_assert_cmpint (ABS (limn_prompt_entry_get_time (entry) - g_get_real_time () / G_USEC_PER_SEC), <, 60);
  limn_prompt_history_add (again, limn_prompt_history_get_text (again, 1)); /* its own text */
  expect (again, "b\n\"quoted\" \xf0\x9f\x90\x88/a");
}

/* What is typed before the file was read stays in front of what is in it. */
static void
test_early (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPromptHistory) history = limn_prompt_history_new (fixture->path);
  g_autoptr (LimnPromptHistory) again = NULL;

  limn_prompt_history_add (history, "a");
  limn_prompt_history_add (history, "b");
  limn_prompt_history_add (history, "c");
  limn_prompt_history_flush (history);
  again = limn_prompt_history_new (fixture->path);
  limn_prompt_history_add (again, "d");
  limn_prompt_history_add (again, "a");
  limn_prompt_history_remove (again, "c");
  limn_prompt_history_flush (again);
  expect (again, "a/d/b");
  g_clear_object (&again);
  again = limn_prompt_history_new (fixture->path);
  limn_prompt_history_flush (again);
  expect (again, "a/d/b");
}

static void
test_bounds (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPromptHistory) history = limn_prompt_history_new (fixture->path);
  g_autoptr (LimnPromptHistory) again = NULL;

  for (int i = 0; i < LIMN_PROMPT_HISTORY_MOST + 20; i++) {
    g_autofree char *text = g_strdup_printf ("prompt %d", i);

    limn_prompt_history_add (history, text);
  }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, LIMN_PROMPT_HISTORY_MOST);
  g_assert_cmpstr (limn_prompt_history_get_text (history, 0), ==, "prompt 519");
  limn_prompt_history_flush (history);
  again = limn_prompt_history_new (fixture->path);
  limn_prompt_history_flush (again);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (again)), ==, LIMN_PROMPT_HISTORY_MOST);
  g_assert_cmpstr (limn_prompt_history_get_text (again, 499), ==, "prompt 20");
}

static gboolean
is_written (const char *path)
{
  g_autofree char *contents = NULL;

  return g_file_get_contents (path, &contents, NULL, NULL) && strstr (contents, "last words") != NULL;
}

/* Without flush: the main loop alone brings everything to the disk. */
static void
test_background (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPromptHistory) history = limn_prompt_history_new (fixture->path);
  gint64 end = g_get_monotonic_time () + TESTS_PATIENCE * G_USEC_PER_SEC;

  limn_prompt_history_add (history, "first words");
  limn_prompt_history_add (history, "last words");
  while (!is_written (fixture->path)) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

static void
test_broken (Fixture *fixture, gconstpointer data)
{
  static const char *const contents[] = {
    "",
    "{",
    "[]",
    "null",
    "{\"prompts\": 3}",
    "{\"prompts\": [1, null, {}, {\"text\": 3}, {\"text\": \"kept\", \"time\": \"x\"}]}",
    "\xff\xfe",
    "{\"prompts\": [{\"text\": \"\\ud800\"}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++) {
    g_autofree char *below = g_path_get_dirname (fixture->path);
    g_autofree char *broken = g_strconcat (fixture->path, ".broken", NULL);
    g_autoptr (LimnPromptHistory) history = NULL;

    g_mkdir_with_parents (below, 0700);
    g_unlink (broken);
    g_assert_true (g_file_set_contents (fixture->path, contents[i], -1, NULL));
    history = limn_prompt_history_new (fixture->path);
    limn_prompt_history_add (history, "new");
    limn_prompt_history_flush (history);
    g_assert_cmpstr (limn_prompt_history_get_text (history, 0), ==, "new");
    if (i == 5)
      expect (history, "new/kept");
    if (i < 5)
      g_assert_true (g_file_test (broken, G_FILE_TEST_EXISTS)); /* what was there is not lost */
  }
}

static void
test_unwritable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *below = g_path_get_dirname (fixture->path);
  g_autoptr (LimnPromptHistory) history = NULL;

  g_assert_true (g_file_set_contents (below, "a file where the folder should be", -1, NULL));
  history = limn_prompt_history_new (fixture->path);
  limn_prompt_history_add (history, "new");
  limn_prompt_history_flush (history);
  g_assert_nonnull (limn_prompt_history_get_error (history));
  g_test_message ("%s", limn_prompt_history_get_error (history)->message);
  expect (history, "new");
  g_unlink (below);
}

#define ADD(name, test) g_test_add ("/prompt-history/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("order", test_order);
  ADD ("early", test_early);
  ADD ("bounds", test_bounds);
  ADD ("background", test_background);
  ADD ("broken", test_broken);
  ADD ("unwritable", test_unwritable);
  return g_test_run ();
}
