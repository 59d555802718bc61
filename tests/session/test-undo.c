/* test-undo.c - taking back changes of settings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/undo.h"

static const LimnSettingsValues *
values (LimnSettings *settings)
{
  return limn_settings_values (settings);
}

static void
test_back_and_forth (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnUndo) undo = NULL;

  g_object_set (settings, "steps", 10, "guidance", 3.0, NULL);
  undo = limn_undo_new (settings);
  g_assert_false (limn_undo_can_undo (undo));
  g_object_set (settings, "steps", 20, NULL);
  limn_undo_commit (undo);
  g_object_set (settings, "steps", 30, "guidance", 7.0, NULL); /* together: one change */
  g_assert_true (limn_undo_can_undo (undo));

  limn_undo_undo (undo);
  g_assert_cmpint (values (settings)->steps, ==, 20);
  g_assert_cmpfloat (values (settings)->guidance, ==, 3);
  limn_undo_undo (undo);
  g_assert_cmpint (values (settings)->steps, ==, 10);
  g_assert_false (limn_undo_can_undo (undo));
  limn_undo_undo (undo); /* nothing is left: nothing happens */
  limn_undo_redo (undo);
  limn_undo_redo (undo);
  g_assert_cmpint (values (settings)->steps, ==, 30);
  g_assert_cmpfloat (values (settings)->guidance, ==, 7);
  g_assert_false (limn_undo_can_redo (undo));

  /* a new change ends what could be done again */
  limn_undo_undo (undo);
  g_object_set (settings, "steps", 25, NULL);
  g_assert_false (limn_undo_can_redo (undo));
  limn_undo_undo (undo);
  g_assert_cmpint (values (settings)->steps, ==, 20);
}

static void
test_prompts_and_seeds (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnUndo) undo = limn_undo_new (settings);

  g_object_set (settings, "prompt", "typed", "seed", G_GUINT64_CONSTANT (5), NULL);
  g_assert_false (limn_undo_can_undo (undo));
  g_object_set (settings, "width", 832, NULL);
  limn_undo_commit (undo);
  g_object_set (settings, "prompt", "typed further", NULL);
  limn_undo_undo (undo);
  g_assert_cmpint (values (settings)->width, ==, 1024);
  g_assert_cmpstr (values (settings)->prompt, ==, "typed further"); /* words are never lost */
  limn_undo_redo (undo);
  g_assert_cmpint (values (settings)->width, ==, 832);
  g_assert_cmpstr (values (settings)->prompt, ==, "typed further");
}

/* settings of another picture, prompt and all */
static void
test_restore (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new (), other = limn_settings_new ();
  g_autoptr (LimnUndo) undo = NULL;

  g_object_set (settings, "prompt", "mine", NULL);
  undo = limn_undo_new (settings);
  g_object_set (other, "prompt", "theirs", "seed", G_GUINT64_CONSTANT (9), "steps", 12, NULL);
  limn_settings_assign (settings, other);
  limn_undo_undo (undo);
  g_assert_cmpstr (values (settings)->prompt, ==, "mine");
  g_assert_cmpint (values (settings)->steps, ==, 30);
  limn_undo_redo (undo);
  g_assert_cmpstr (values (settings)->prompt, ==, "theirs");
  g_assert_cmpuint (values (settings)->seed, ==, 9);
}

static gboolean
stop_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
test_pause (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnUndo) undo = limn_undo_new (settings);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  for (int i = 0; i < 50; i++) /* a drag */
    g_object_set (settings, "strength", 0.01 * i, NULL);
  g_timeout_add (1000, stop_cb, loop);
  g_main_loop_run (loop);
  g_object_set (settings, "strength", 0.9, NULL);
  limn_undo_undo (undo);
  g_assert_cmpfloat_with_epsilon (values (settings)->strength, 0.49, 1e-9);
  limn_undo_undo (undo);
  g_assert_cmpfloat (values (settings)->strength, ==, 0.6);
}

static void
test_many (void)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnUndo) undo = limn_undo_new (settings);
  int undone = 0;

  for (int i = 1; i <= 150; i++) {
    g_object_set (settings, "steps", i + 100, NULL);
    limn_undo_commit (undo);
  }
  for (; limn_undo_can_undo (undo); undone++)
    limn_undo_undo (undo);
  g_assert_cmpint (undone, ==, 100);
  g_assert_cmpint (values (settings)->steps, ==, 150);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/undo/back-and-forth", test_back_and_forth);
  g_test_add_func ("/undo/prompts-and-seeds", test_prompts_and_seeds);
  g_test_add_func ("/undo/restore", test_restore);
  g_test_add_func ("/undo/pause", test_pause);
  g_test_add_func ("/undo/many", test_many);
  return g_test_run ();
}
