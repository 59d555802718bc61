/* test-foreign-comfy.c - graphs of ComfyUI, as its files have them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "fake-engine.h"
#include "foreign-fixture.h"

static const LimnSettingsValues *
values_of (LimnForeign *foreign)
{
  return limn_settings_values (foreign->settings);
}

/* ---- Beside and around the graph ---- */

static const char without_prompt[] =
    "{\"1\":{\"class_type\":\"SaveImage\",\"inputs\":{\"images\":[\"2\",0]}},\"2\":{\"class_type\":\"KSampler\","
    "\"inputs\":"
    "{\"seed\":5,\"steps\":20,\"cfg\":7,\"sampler_name\":\"euler\",\"scheduler\":\"karras\",\"denoise\":1}}}";

static void
test_text_beside (void)
{
  g_autoptr (GHashTable) text = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (LimnForeign) graph = NULL;
  g_autoptr (LimnForeign) both = NULL;

  g_hash_table_insert (text, "prompt", (char *) without_prompt);
  graph = limn_foreign_read (text, NULL, NULL);
  g_assert_cmpint (graph->kind, ==, LIMN_FOREIGN_COMFY);
  g_assert_cmpuint (values_of (graph)->seed, ==, 5);
  g_hash_table_insert (text, "parameters", "a boat\nSteps: 30, Sampler: Euler, CFG scale: 3, Seed: 8, Size: 512x512");
  both = limn_foreign_read (text, NULL, NULL);
  g_assert_cmpint (both->kind, ==, LIMN_FOREIGN_PARAMETERS);
  g_assert_cmpstr (values_of (both)->prompt, ==, "a boat");
}

static void
test_own_size (void)
{
  g_autoptr (LimnForeign) foreign = limn_test_foreign_read (without_prompt);

  g_assert_nonnull (limn_test_foreign_gap (foreign, "Size"));
  limn_foreign_compare_size (foreign, 832, 1216);
  g_assert_cmpint (values_of (foreign)->width, ==, 832);
  g_assert_cmpint (values_of (foreign)->height, ==, 1216);
  g_assert_nonnull (strstr (limn_test_foreign_gap (foreign, "Size"), "832 × 1216"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-comfy/text-beside", test_text_beside);
  g_test_add_func ("/foreign-comfy/own-size", test_own_size);
  return g_test_run ();
}
