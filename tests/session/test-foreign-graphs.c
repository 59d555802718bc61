/* test-foreign-graphs.c - random graphs of ComfyUI: what is restored is what they say, and what is not is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "fake-engine.h"
#include "foreign-fixture.h"
#include "graph-fixture.h"

#define GRAPHS 1000

static gboolean
is_told (LimnGraph *graph, const char *what)
{
  return g_hash_table_contains (graph->gaps, what);
}

static gboolean
has (LimnForeign *foreign, const char *property)
{
  return g_ptr_array_find_with_equal_func (foreign->matched, property, g_str_equal, NULL);
}

/* Each gap that there must be is there, and no other. */
static void
check_gaps (LimnForeign *foreign, LimnGraph *graph)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, graph->gaps);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (limn_test_foreign_gap (foreign, name) == NULL)
      g_error ("nothing is told of %s in %s", (const char *) name, graph->graph->str);
  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *gap = foreign->gaps->pdata[i];

    if (!is_told (graph, gap->what))
      g_error ("%s (%s) is not in %s", gap->what, gap->why, graph->graph->str);
  }
}

static void
check_words (const char *found, const char *wanted, LimnGraph *graph)
{
  if (!g_str_equal (found, wanted))
    g_error ("“%s” instead of “%s” in %s", found, wanted, graph->graph->str);
}

static void
check (LimnForeign *foreign, LimnGraph *graph)
{
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);

  g_test_message ("%s", graph->graph->str);
  check_gaps (foreign, graph);
  check_words (values->prompt, graph->prompt, graph);
  check_words (values->negative, graph->negative, graph);
  g_assert_cmpuint (values->seed, ==, graph->seed);
  g_assert_cmpfloat (values->guidance, ==, graph->guidance);
  g_assert_cmpstr (values->schedule, ==, graph->schedule);
  g_assert_cmpstr (values->model, ==, limn_test_models[0]);
  g_assert_true (has (foreign, "width") == (graph->width > 0));
  if (graph->width > 0)
    g_assert_true (values->width == graph->width && values->height == graph->height);
  g_assert_true (has (foreign, "steps") == (graph->steps > 0));
  if (graph->steps > 0)
    g_assert_cmpint (values->steps, ==, (int) graph->steps);
  g_assert_true (has (foreign, "strength") == (graph->painted > 0));
  if (graph->painted > 0 && graph->steps > 0) /* a longer schedule, of which that many are done */
    g_assert_cmpint ((int) (values->steps * values->strength), ==, (int) graph->painted);
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autoptr (GHashTable) kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < GRAPHS; i++) {
    g_autoptr (LimnGraph) graph = limn_test_graph_new (rand, kinds);
    g_autoptr (LimnForeign) foreign = limn_foreign_read_string (graph->graph->str, limn_test_models, NULL);

    g_assert_nonnull (foreign);
    check (foreign, graph);
  }
  g_assert_cmpuint (g_hash_table_size (kinds), >=, 40);
}

/* ---- Graphs that no program writes ---- */

static void
check_valid (LimnForeign *foreign)
{
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);

  g_assert_true (g_utf8_validate (values->prompt, -1, NULL) && g_utf8_validate (values->negative, -1, NULL));
  g_assert_true (values->strength >= 0 && values->strength <= 1 && values->steps >= 1);
  g_assert_true (has (foreign, "prompt") || limn_test_foreign_gap (foreign, "Prompt") != NULL);
}

/* Links that lead elsewhere or nowhere, and values of another kind. */
static void
damage (GRand *rand, GString *graph)
{
  for (int i = 0; i < 6; i++) {
    gsize at = (gsize) g_rand_int_range (rand, 1, (gint32) graph->len - 1);
    char *letter = &graph->str[at];

    if (g_ascii_isdigit (*letter))
      *letter = (char) ('0' + g_rand_int_range (rand, 0, 10));
    else if (*letter == '[' && letter[1] == '"')
      memcpy (letter, "[ 7", 3); /* often no JSON any more, and then an error */
    else if (g_ascii_islower (*letter))
      *letter = (char) ('a' + g_rand_int_range (rand, 0, 26));
  }
}

static void
test_damaged (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autoptr (GHashTable) kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  int read = 0;

  for (int i = 0; i < GRAPHS; i++) {
    g_autoptr (LimnGraph) graph = limn_test_graph_new (rand, kinds);
    g_autoptr (LimnForeign) foreign = NULL;
    g_autoptr (GError) error = NULL;

    damage (rand, graph->graph);
    foreign = limn_foreign_read_string (graph->graph->str, limn_test_models, &error);
    g_assert_true ((foreign == NULL) == (error != NULL));
    if (foreign != NULL && foreign->kind == LIMN_FOREIGN_COMFY)
      check_valid (foreign);
    read += foreign != NULL;
  }
  g_assert_cmpint (read, >, GRAPHS / 4);
}

#define SAMPLER                                                                                                        \
  "{\"s\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"k\",0]}},\"k\":{\"class_type\":\"KSampler\","        \
  "\"inputs\":{\"seed\":1,\"steps\":8,\"cfg\":2,\"sampler_name\":\"euler\",\"scheduler\":\"karras\",\"model\":[\"0\"," \
  "0],"                                                                                                                \
  "\"positive\":[\"0\",0],\"negative\":[\"0\",0],\"latent_image\":[\"0\",0]}}"

/* Node after node as format says, from 0 on: its own number, then the next one's, twice. */
static LimnForeign *
read_chain (int length, const char *inputs, const char *last)
{
  g_autoptr (GString) graph = g_string_new (SAMPLER);
  g_autoptr (LimnForeign) foreign = NULL;

  for (int i = 0; i < length; i++) {
    g_autofree char *next = g_strdup_printf ("[\"%d\",0]", i + 1);
    g_auto (GStrv) parts = g_strsplit (inputs, "NEXT", -1);
    g_autofree char *linked = g_strjoinv (next, parts);

    g_string_append_printf (graph, ",\"%d\":{\"class_type\":\"Chain\",\"inputs\":{%s}}", i, linked);
  }
  g_string_append_printf (graph, ",\"%d\":{\"class_type\":\"Last\",\"inputs\":{%s}}}", length, last);
  foreign = limn_test_foreign_read (graph->str);
  check_valid (foreign);
  g_assert_cmpuint (limn_settings_values (foreign->settings)->seed, ==, 1);
  return g_steal_pointer (&foreign);
}

static void
test_chains (void)
{
  g_autoptr (LimnForeign) few = read_chain (30, "\"a\":NEXT", "\"text\":\"found\"");
  g_autoptr (LimnForeign) many = read_chain (20000, "\"a\":NEXT", "\"text\":\"too far\"");
  g_autoptr (LimnForeign) doubling =
      read_chain (60, "\"text_a\":NEXT,\"text_b\":NEXT,\"delimiter\":\",\"", "\"text\":\"x\"");
  g_autoptr (LimnForeign) pipes = read_chain (60, "\"pipe_a\":NEXT,\"pipe_b\":NEXT", "\"nothing\":0");
  g_autoptr (LimnForeign) circle = read_chain (1, "\"text\":[\"0\",0]", "\"text\":\"x\"");

  g_assert_cmpstr (limn_settings_values (few->settings)->prompt, ==, "found");
  g_assert_false (has (many, "prompt"));
  g_assert_nonnull (limn_test_foreign_gap (many, "Prompt"));
  g_assert_nonnull (limn_test_foreign_gap (doubling, "Prompt"));
  g_assert_false (has (pipes, "prompt"));
  g_assert_false (has (circle, "prompt"));
}

/* As many ends as a file can have, all of them without a prompt. */
static void
test_ends (void)
{
  g_autoptr (GString) graph = g_string_new (SAMPLER);
  g_autoptr (LimnForeign) foreign = NULL;

  for (int i = 0; i < 20000; i++)
    g_string_append_printf (graph, ",\"e%d\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"e%d\",0]}}", i,
                            i + 1);
  g_string_append (graph, "}");
  foreign = limn_test_foreign_read (graph->str);
  check_valid (foreign);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-graphs/random", test_random);
  g_test_add_func ("/foreign-graphs/damaged", test_damaged);
  g_test_add_func ("/foreign-graphs/chains", test_chains);
  g_test_add_func ("/foreign-graphs/ends", test_ends);
  return g_test_run ();
}
