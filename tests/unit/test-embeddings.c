/* test-embeddings.c - files of textual inversion: found by name, read whole or left out with a sentence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/embeddings.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <utime.h>

#include "common/folder.h"
#include "common/golden.h"
#include "engine/catalogue.h"
#include "text/tokenizer.h"

#define WIDTH 8

typedef struct {
  char *folder;
  LimnEmbeddings *embeddings;
} Fixture;

static void
put (Fixture *fixture, const char *name, const char *data, gsize size)
{
  g_autofree char *path = g_build_filename (fixture->folder, "models", "embeddings", name, NULL);

  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
}

/* name of n vectors, each value being value. */
static void
put_tensor (Fixture *fixture, const char *name, const char *tensor, guint n, guint width, float value)
{
  g_autofree char *header = g_strdup_printf ("{\"%s\":{\"dtype\":\"F32\",\"shape\":[%u,%u],\"data_offsets\":[0,%u]}}",
                                             tensor, n, width, n * width * 4);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE (strlen (header));

  g_byte_array_append (bytes, (const guint8 *) &length, 8);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  for (guint i = 0; i < n * width; i++)
    g_byte_array_append (bytes, (const guint8 *) &value, 4);
  put (fixture, name, (const char *) bytes->data, bytes->len);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *models = NULL, *embeddings = NULL, *model = NULL;

  fixture->folder = g_dir_make_tmp ("limn-embeddings-XXXXXX", NULL);
  models = g_build_filename (fixture->folder, "models", NULL);
  embeddings = g_build_filename (models, "embeddings", NULL);
  model = g_build_filename (models, "base.safetensors", NULL);
  g_assert_cmpint (g_mkdir_with_parents (embeddings, 0700), ==, 0);
  fixture->embeddings = limn_embeddings_new (model);
  limn_embeddings_set_width (fixture->embeddings, 0, WIDTH);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_embeddings_free (fixture->embeddings);
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

/* How many vectors text begins with, -1: it is no such word. */
static int
find (Fixture *fixture, const char *text, gboolean bare, gsize *length, int *id)
{
  int n = -1;

  return limn_embeddings_find (fixture->embeddings, 0, text, bare, length, id, &n) ? n : -1;
}

static void
expect_problem (Fixture *fixture, const char *text, const char *word)
{
  gsize length;
  int id;

  g_assert_cmpint (find (fixture, text, FALSE, &length, &id), ==, 0);
  g_assert_cmpuint (length, ==, strcspn (text, " ,"));
  g_autoptr (GPtrArray) problems = limn_embeddings_take_problems (fixture->embeddings);
  g_assert_cmpuint (problems->len, ==, 1);
  g_test_message ("%s", (const char *) problems->pdata[0]);
  g_assert_nonnull (strstr (problems->pdata[0], word));
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  gsize length;
  int id;

  put_tensor (fixture, "cat.safetensors", "emb_params", 2, WIDTH, 0.5f);
  put_tensor (fixture, "cat-bad.safetensors", "anything", 3, WIDTH, 0.25f);
  g_assert_cmpint (find (fixture, "embedding:cat, red", FALSE, &length, &id), ==, 2);
  g_assert_cmpuint (length, ==, 13);
  g_assert_cmpstr (limn_embeddings_name (fixture->embeddings, id + 1), ==, "cat");
  g_assert_cmpfloat (limn_embeddings_vector (fixture->embeddings, 0, id + 1)[WIDTH - 1], ==, 0.5);
  g_assert_null (limn_embeddings_vector (fixture->embeddings, 0, id + 2));
  g_assert_cmpint (find (fixture, "Embedding:CAT.safetensors x", FALSE, &length, &id), ==, 2);
  g_assert_cmpuint (length, ==, 25);
  g_assert_cmpint (find (fixture, "cat-bad)", TRUE, &length, &id), ==, 3);
  g_assert_cmpuint (length, ==, 7);
  g_assert_cmpint (find (fixture, "cat", FALSE, &length, &id), ==, -1);
  g_assert_cmpint (find (fixture, "cats", TRUE, &length, &id), ==, -1);
  g_assert_cmpint (find (fixture, "cat_1", TRUE, &length, &id), ==, -1);
  g_assert_cmpint (find (fixture, "dog", TRUE, &length, &id), ==, -1);
}

static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  static const char pickle[] = "\x80\x02}q\x00(X\x0f\x00\x00\x00string_to_paramq\x01.";

  put (fixture, "pickled.pt", pickle, sizeof pickle);
  put (fixture, "hidden.safetensors", pickle, sizeof pickle);
  put (fixture, "empty.safetensors", "", 0);
  put (fixture, "cut.safetensors", "\x40\0\0\0\0\0\0\0{\"emb", 13);
  put_tensor (fixture, "wide.safetensors", "emb_params", 1, WIDTH * 2, 1);
  put_tensor (fixture, "many.safetensors", "emb_params", 76, WIDTH, 1);
  put_tensor (fixture, "nan.safetensors", "emb_params", 1, WIDTH, NAN);
  expect_problem (fixture, "embedding:pickled x", "pickled.pt");
  expect_problem (fixture, "embedding:hidden", "hidden.safetensors");
  expect_problem (fixture, "embedding:empty,", "empty.safetensors");
  expect_problem (fixture, "embedding:cut", "cut.safetensors");
  expect_problem (fixture, "embedding:wide", "family");
  expect_problem (fixture, "embedding:many", "75");
  expect_problem (fixture, "embedding:nan", "not numbers");
  expect_problem (fixture, "embedding:nowhere", "nowhere");
  expect_problem (fixture, "embedding:../../etc/passwd", "passwd");
}

/* A file that changes is another word: what was encoded with it is not taken for the new one. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "models", "embeddings", "a.safetensors", NULL);
  struct utimbuf later = { 2000000000, 2000000000 };
  gsize length;
  int id, other;

  put_tensor (fixture, "a.safetensors", "emb_params", 1, WIDTH, 1);
  g_assert_cmpint (find (fixture, "embedding:a", FALSE, &length, &id), ==, 1);
  g_assert_cmpint (id, >=, LIMN_FIRST_VECTOR);
  g_assert_cmpint (find (fixture, "embedding:a", FALSE, &length, &other), ==, 1);
  g_assert_cmpint (id, ==, other);
  put_tensor (fixture, "a.safetensors", "emb_params", 2, WIDTH, 2);
  g_assert_cmpint (utime (path, &later), ==, 0);
  g_assert_cmpint (find (fixture, "embedding:a", FALSE, &length, &other), ==, 2);
  g_assert_cmpint (id, !=, other);
  g_assert_cmpfloat (limn_embeddings_vector (fixture->embeddings, 0, other)[0], ==, 2);
}

/* What a LoRA brings along is there with it alone, in each of the forms that such files have, before a file's. */
static void
test_bundled (Fixture *fixture, gconstpointer data)
{
  static const char *const forms[] = { "bundle_emb.cat.clip_l", "bundle_emb.cat.emb_params",
                                       "bundle_emb.cat.string_to_param.*" };
  g_autofree char *path = g_build_filename (fixture->folder, "models", "embeddings", "..", "ink.safetensors", NULL);
  const char *const bundles[] = { path, NULL };
  gsize length;
  int id, before;

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    limn_embeddings_set_bundles (fixture->embeddings, NULL);
    put_tensor (fixture, "../ink.safetensors", forms[i], 3, WIDTH, (float) i);
    g_assert_cmpint (find (fixture, "cat x", TRUE, &length, &id), ==, i == 0 ? -1 : 2);
    limn_embeddings_set_bundles (fixture->embeddings, bundles);
    g_assert_cmpint (find (fixture, "cat x", TRUE, &length, &id), ==, 3);
    g_assert_cmpfloat (limn_embeddings_vector (fixture->embeddings, 0, id)[0], ==, i);
    g_assert_cmpint (find (fixture, "embedding:cat", FALSE, &length, &before), ==, 3);
    g_assert_cmpint (before, ==, id);
    put_tensor (fixture, "cat.safetensors", "emb_params", 2, WIDTH, 0.5f);
  }
  put_tensor (fixture, "../ink.safetensors", "bundle_emb..x", 3, WIDTH, 1);
  limn_embeddings_set_bundles (fixture->embeddings, NULL);
  limn_embeddings_set_bundles (fixture->embeddings, bundles);
  g_assert_cmpint (find (fixture, "cat x", TRUE, &length, &id), ==, 2);
}

static gboolean
never (gpointer data)
{
  return FALSE;
}

static void
ignore (const LimnFileFacts *facts, gpointer data)
{
}

/* Files that the library has found in folders that a person chose, whatever these are called. */
static void
test_library (Fixture *fixture, gconstpointer data)
{
  const LimnCatalogueMonitor monitor = { ignore, never, NULL };
  g_autofree char *folder = g_build_filename (fixture->folder, "things", NULL);
  const char *const folders[] = { folder, NULL };
  g_autoptr (GError) error = NULL;
  gsize length;
  int id;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  put_tensor (fixture, "../../things/moss.safetensors", "emb_params", 2, 768, 0.5f);
  limn_embeddings_set_width (fixture->embeddings, 0, 768);
  g_assert_cmpint (find (fixture, "moss", TRUE, &length, &id), ==, -1);
  g_assert_true (limn_model_folders_add (folder, &error));
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (NULL);
  g_assert_true (limn_catalogue_scan (catalogue, folders, &monitor));
  /* as the next model that is opened, for nobody looks twice in a second */
  g_autoptr (LimnEmbeddings) next = limn_embeddings_new (folder);
  limn_embeddings_set_width (next, 0, 768);
  g_assert_true (limn_embeddings_find (next, 0, "moss", TRUE, &length, &id, &(int){ 0 }));
  g_assert_true (limn_model_folders_remove (folder, &error));
}

/* The form of diffusers holds the same vectors under the token's own name. */
static void
test_forms (void)
{
  g_autofree char *model = golden_path ("mini-sd15");
  g_autoptr (LimnEmbeddings) embeddings = limn_embeddings_new (model);
  gsize length;
  int one, other, n;

  limn_embeddings_set_width (embeddings, 0, 48);
  g_assert_true (limn_embeddings_find (embeddings, 0, "embedding:sd4", FALSE, &length, &one, &n));
  g_assert_cmpint (n, ==, 4);
  g_assert_true (limn_embeddings_find (embeddings, 0, "embedding:sd4_diffusers", FALSE, &length, &other, &n));
  g_assert_cmpint (n, ==, 4);
  for (int i = 0; i < 4; i++)
    g_assert_cmpmem (limn_embeddings_vector (embeddings, 0, one + i), 48 * sizeof (float),
                     limn_embeddings_vector (embeddings, 0, other + i), 48 * sizeof (float));
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("limn-embeddings-home-XXXXXX", NULL);
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/embeddings/names", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add ("/embeddings/hostile", Fixture, NULL, set_up, test_hostile, tear_down);
  g_test_add ("/embeddings/changed", Fixture, NULL, set_up, test_changed, tear_down);
  g_test_add ("/embeddings/bundled", Fixture, NULL, set_up, test_bundled, tear_down);
  g_test_add ("/embeddings/library", Fixture, NULL, set_up, test_library, tear_down);
  g_test_add_func ("/embeddings/forms", test_forms);
  int status = g_test_run ();
  tests_remove_folder (home);
  return status;
}
