/* cli-fixture.c - see cli-fixture.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>
#include <sys/wait.h>

#include "common/folder.h"

static char *folder;

void
ran_clear (Ran *ran)
{
  g_free (ran->out);
  g_free (ran->err);
}

void
cli_begin (void)
{
  folder = g_dir_make_tmp (NULL, NULL);
}

int
cli_end (int status)
{
  tests_remove_folder (folder);
  g_clear_pointer (&folder, g_free);
  return status;
}

const char *
cli_program (void)
{
  const char *program = g_getenv ("LIMN_CLI");

  if (program == NULL)
    g_error ("LIMN_CLI is to name the program");
  return program;
}

const char *
cli_folder (void)
{
  return folder;
}

char *
cli_in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

Ran
cli_run (const char *const *arguments)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  Ran ran = { 0 };
  int status;

  g_ptr_array_add (argv, (gpointer) cli_program ());
  for (int i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &ran.out, &ran.err, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  ran.status = WEXITSTATUS (status);
  return ran;
}

gboolean
cli_has_device (void)
{
  g_auto (Ran) ran = RUN ("devices");

  g_test_message ("%d: %s%s", ran.status, ran.out, ran.err);
  if (g_strcmp0 (g_getenv ("LIMN_REQUIRE_GPU"), "1") == 0)
    g_assert_cmpint (ran.status, ==, 0);
  return ran.status == 0;
}

void
cli_assert_failed (const Ran *ran, int status, const char *word)
{
  g_test_message ("%s", ran->err);
  g_assert_cmpint (ran->status, ==, status);
  g_assert_nonnull (strstr (ran->err, word));
  g_assert_true (g_str_has_prefix (ran->err, "limn-cli: "));
  g_assert_true (strchr (ran->err, '\n') == ran->err + strlen (ran->err) - 1);
}
