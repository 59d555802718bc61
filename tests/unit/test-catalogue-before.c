/* test-catalogue-before.c - libraries that earlier versions of Limn kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/folder.h"
#include "engine/catalogue.h"
#include "file/safetensors.h"

static void
found_cb (const LimnFileFacts *facts, gpointer data)
{
}

static LimnCatalogue *
scan (const char *folder, const char *cache)
{
  const char *const folders[] = { folder, NULL };
  const LimnCatalogueMonitor monitor = { .found = found_cb };
  LimnCatalogue *catalogue = limn_catalogue_open (cache);

  g_assert_true (limn_catalogue_scan (catalogue, folders, &monitor));
  return catalogue;
}

static const LimnFileFacts *
find (LimnCatalogue *catalogue, const char *path)
{
  GPtrArray *list = limn_catalogue_list (catalogue);

  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((LimnFileFacts *) list->pdata[i])->path, path))
      return list->pdata[i];
  g_error ("%s is not listed", path);
}

/* What a version before kept is kept, but what it had no use for is looked at anew; how many kinds a ControlNet knows,
 * and which kind of adapter it is, is kept as well. */
static void
test_before (gconstpointer version)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL),
                  *cache = g_build_filename (folder, "models.json", NULL);
  g_autofree char *ink = g_build_filename (folder, "ink.safetensors", NULL);
  g_autofree char *net = g_build_filename (folder, "union.safetensors", NULL);
  const guint8 zeros[64] = { 0 };
  const LimnTensorOut lora = { "lora_te1_x.lora_down.weight", LIMN_TYPE_U8, 2, { 4, 4 }, "0123456789abcdef" };
  const LimnTensorOut own[] = {
    { "controlnet_cond_embedding.conv_in.weight", LIMN_TYPE_U8, 2, { 4, 4 }, lora.data },
    { "task_embedding", LIMN_TYPE_U8, 2, { 8, 2 }, lora.data },
  };
  const LimnTensorOut other = { "adapter.conv_in.weight", LIMN_TYPE_U8, 4, { 1, 64, 1, 1 }, zeros };
  const LimnTensorOut body = { "adapter.body.0.resnets.0.block1.weight", LIMN_TYPE_U8, 2, { 4, 4 }, zeros };
  const LimnTensorOut keys = { "ip_adapter.1.to_k_ip.weight", LIMN_TYPE_U8, 2, { 1, 2048 }, g_malloc0 (2048) };
  g_autofree char *eyes = g_build_filename (folder, "eyes.safetensors", NULL);
  g_autofree char *adapter = g_build_filename (folder, "adapter.safetensors", NULL);
  g_autofree char *text = NULL;

  g_assert_true (limn_safetensors_write (ink, &lora, 1, NULL));
  g_assert_true (limn_safetensors_write (net, own, G_N_ELEMENTS (own), NULL));
  g_assert_true (limn_safetensors_write (adapter, (const LimnTensorOut[]){ body, other }, 2, NULL));
  g_assert_true (limn_safetensors_write (eyes, &keys, 1, NULL));
  g_free ((gpointer) keys.data);
  limn_catalogue_free (scan (folder, cache));
  g_assert_true (g_file_get_contents (cache, &text, NULL, NULL));
  g_autoptr (GString) before = g_string_new (text);
  g_assert_cmpuint (g_string_replace (before, "\"version\": 6", version, 1), ==, 1);
  g_assert_cmpuint (g_string_replace (before, "\"kind\": 4", "\"kind\": 6,\"note\":\"no use\"", 0), ==, 3);
  g_assert_cmpuint (g_string_replace (before, ", \"adapter\": 1", "", 1), ==, 1);
  g_assert_cmpuint (g_string_replace (before, ", \"adapter\": 2", "", 1), ==, 1);
  g_assert_cmpuint (g_string_replace (before, ", \"types\": 8", "", 1), ==, 1);
  g_assert_cmpuint (g_string_replace (before, "\"kind\": 1", "\"kind\": 1,\"title\":\"of before\"", 1), ==, 1);
  g_assert_true (g_file_set_contents (cache, before->str, -1, NULL));
  for (int round = 0; round < 2; round++) {
    g_autoptr (LimnCatalogue) catalogue = scan (folder, cache);

    g_assert_cmpstr (find (catalogue, ink)->title, ==, "of before");
    g_assert_cmpint (find (catalogue, net)->kind, ==, LIMN_FILE_CONTROL);
    g_assert_cmpint (find (catalogue, net)->types, ==, 8);
    g_assert_cmpint (find (catalogue, adapter)->kind, ==, LIMN_FILE_CONTROL);
    g_assert_cmpint (find (catalogue, adapter)->family, ==, LIMN_FAMILY_SD15);
    g_assert_cmpint (find (catalogue, adapter)->adapter, ==, LIMN_ADAPTER_T2I);
    g_assert_cmpint (find (catalogue, eyes)->adapter, ==, LIMN_ADAPTER_IP);
    g_assert_cmpint (find (catalogue, eyes)->family, ==, LIMN_FAMILY_SDXL_BASE);
  }
  tests_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/catalogue-before/3", "\"version\": 3", test_before);
  g_test_add_data_func ("/catalogue-before/4", "\"version\": 4", test_before);
  g_test_add_data_func ("/catalogue-before/5", "\"version\": 5", test_before);
  return g_test_run ();
}
