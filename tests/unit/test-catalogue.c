/* test-catalogue.c - a folder with files of all kinds is listed for what it holds, whatever lies beside them.
 *
 *   unit-catalogue --bench    how long 200 files take, the first time and the second
 *
 * Models are of full size, with the official names, and holes for weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/catalogue.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "file/tensors.h"
#include "model/listing.h"

#define FILES 200

/* ---- Files whose kind is known ---- */

typedef struct {
  LimnFileKind kind;
  LimnFamily family;
  LimnPartId part;
  const char *ending;
  const char *keys;   /* a listing of tests/golden/keys, or NULL: */
  const char *tensor; /* the name of the telling tensor, of this shape */
  guint64 shape[2];
  const char *prefix; /* of a listing: only what begins so, without it */
} Kind;

static const Kind kinds[] = {
  { LIMN_FILE_MODEL, LIMN_FAMILY_SDXL_BASE, 0, ".safetensors", "sd_xl_base_1.0.tsv" },
  { LIMN_FILE_MODEL, LIMN_FAMILY_SDXL_REFINER, 0, ".sft", "sd_xl_refiner_1.0.tsv" },
  { LIMN_FILE_MODEL, LIMN_FAMILY_SD15, 0, ".SafeTensors", "v1-5-pruned-emaonly.tsv" },
  { LIMN_FILE_MODEL, LIMN_FAMILY_SD21, 0, ".safetensors", "v2-1_768-ema-pruned.tsv" },
  { LIMN_FILE_MODEL, LIMN_FAMILY_SDXL_BASE, 0, ".safetensors", "ssd-1b.tsv" },
  { LIMN_FILE_PART, LIMN_FAMILY_UNKNOWN, LIMN_PART_VAE, ".safetensors", "sd_xl_base_1.0.tsv",
    .prefix = "first_stage_model." },
  { LIMN_FILE_PART, LIMN_FAMILY_SDXL_BASE, LIMN_PART_UNET, ".safetensors", "sd_xl_base_1.0.tsv",
    .prefix = "model.diffusion_model." },
  { LIMN_FILE_LORA,
    LIMN_FAMILY_SDXL_BASE,
    0,
    ".safetensors",
    NULL,
    "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight",
    { 16, 2048 } },
  { LIMN_FILE_LORA,
    LIMN_FAMILY_SDXL_BASE,
    0,
    ".safetensors",
    NULL,
    "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight",
    { 8, 2048 } },
  { LIMN_FILE_LORA,
    LIMN_FAMILY_SDXL_BASE,
    0,
    ".safetensors",
    NULL,
    "lora_unet_input_blocks_7_1_transformer_blocks_9_attn1_to_q.lora_down.weight",
    { 4, 1280 } },
  { LIMN_FILE_LORA,
    LIMN_FAMILY_SDXL_BASE,
    0,
    ".safetensors",
    NULL,
    "lora_te2_text_model_encoder_layers_3_mlp_fc1.lora_down.weight",
    { 5, 1280 } },
  { LIMN_FILE_LORA,
    LIMN_FAMILY_SD15,
    0,
    ".safetensors",
    NULL,
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight",
    { 16, 768 } },
  { LIMN_FILE_LORA,
    LIMN_FAMILY_SD21,
    0,
    ".safetensors",
    NULL,
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_b",
    { 17, 1024 } },
  { LIMN_FILE_EMBEDDING, LIMN_FAMILY_SDXL_BASE, 0, ".safetensors", NULL, "clip_g", { 4, 1280 } },
  { LIMN_FILE_EMBEDDING, LIMN_FAMILY_SD15, 0, ".safetensors", NULL, "emb_params", { 8, 768 } },
  { LIMN_FILE_CONTROL,
    LIMN_FAMILY_UNKNOWN,
    0,
    ".safetensors",
    NULL,
    "control_model.input_blocks.0.0.weight",
    { 32, 32 } },
  { LIMN_FILE_CONTROL,
    LIMN_FAMILY_SDXL_BASE,
    0,
    ".safetensors",
    NULL,
    "control_model.label_emb.0.0.weight",
    { 32, 48 } },
  { LIMN_FILE_CONTROL,
    LIMN_FAMILY_SD15,
    0,
    ".safetensors",
    NULL,
    "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
    { 32, 768 } },
  { LIMN_FILE_CONTROL, LIMN_FAMILY_UNKNOWN, 0, ".safetensors", NULL, "lora_controlnet", { 4, 4 } },
  { LIMN_FILE_OTHER, LIMN_FAMILY_UNKNOWN, 0, ".safetensors", NULL, "double_blocks.0.img_attn.qkv.weight", { 32, 32 } },
  { LIMN_FILE_OTHER, LIMN_FAMILY_UNKNOWN, 0, ".safetensors", NULL, "my.own.tensor", { 3, 5 } },
};

typedef struct {
  const Kind *kind;
  char *path, *words, *base, *licence;
  gboolean preview;
  int salt; /* two of a kind with the same one hold the same */
} Made;

static void
made_free (gpointer data)
{
  Made *made = data;

  g_free (made->path);
  g_free (made->words);
  g_free (made->base);
  g_free (made->licence);
  g_free (made);
}

static Listing *
listing_of (const Kind *kind)
{
  g_autoptr (Listing) all = kind->keys != NULL ? listing_load_keys (kind->keys) : NULL;
  Listing *out = g_ptr_array_new ();

  if (kind->keys == NULL) {
    listing_add (out, kind->tensor, LIMN_TYPE_F16, 2, kind->shape);
    if (g_str_equal (kind->tensor, "clip_g"))
      listing_add (out, "clip_l", LIMN_TYPE_F16, 2, (guint64[]){ 4, 768 });
    return out;
  }
  if (kind->prefix == NULL) {
    g_ptr_array_unref (out);
    return g_steal_pointer (&all);
  }
  for (guint i = 0; i < all->len; i++) {
    const Listed *listed = all->pdata[i];
    if (g_str_has_prefix (listed->name, kind->prefix))
      listing_add (out, listed->name + strlen (kind->prefix), listed->type, listed->rank, listed->shape);
  }
  return out;
}

/* Writes a listing's file, its weights a hole but for a few bytes that tell it from others of its kind. */
static void
write_model (Listing *listing, const char *path, const char *metadata, int salt)
{
  g_autoptr (GString) header = listing_header (listing);
  const char *first = NULL;
  guint64 total = 0, at = 0;
  FILE *file = g_fopen (path, "wb");
  guint64 length;

  if (metadata != NULL) {
    g_string_insert (header, 8 + (gssize) strlen ("{\"__metadata__\":{"), metadata);
    length = GUINT64_TO_LE (header->len - 8);
    memcpy (header->str, &length, 8);
  }
  for (guint i = 0; i < listing->len; i++) {
    const Listed *listed = listing->pdata[i];
    guint64 bytes = 0;

    if (first == NULL || strcmp (listed->name, first) < 0) {
      first = listed->name;
      at = total;
    }
    g_assert_true (limn_type_bytes (listed->type, listed_count (listed), &bytes));
    total += bytes;
  }
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (header->str, 1, header->len, file), ==, header->len);
  g_assert_cmpint (ftruncate (fileno (file), (off_t) (header->len + total)), ==, 0);
  g_assert_cmpint (fseeko (file, (off_t) (header->len + at), SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (&salt, 1, 4, file), ==, 4);
  fclose (file);
}

static void
put_beside (const Made *made, const char *ending, const char *text)
{
  g_autofree char *stem = g_strndup (made->path, (gsize) (strrchr (made->path, '.') - made->path));
  g_autofree char *path = g_strconcat (stem, ending, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* How the words are told: in the file, or beside it in other programs' ways. */
static char *
tell_words (Made *made, int way, int number)
{
  g_autofree char *word = g_strdup_printf ("word%d", number), *text = NULL;

  switch (way) {
  case 0:
    made->words = g_steal_pointer (&word);
    made->licence = g_strdup ("MIT");
    return g_strdup_printf ("\"modelspec.trigger_phrase\":\"%s\",\"modelspec.license\":\"MIT\",", made->words);
  case 1: /* the two that are on nearly all pictures, the more frequent one first */
    made->words = g_strdup_printf ("%s, b", word);
    return g_strdup_printf ("\"ss_tag_frequency\":\"{\\\"10_x\\\":{\\\"a\\\":3,\\\"b\\\":19,"
                            "\\\"%s\\\":20},\\\"2_y\\\":{\\\"c\\\":1}}\",",
                            word);
  case 2:
    made->words = g_strdup_printf ("%s, two words", word);
    made->base = g_strdup ("Pony");
    text =
        g_strdup_printf ("{\"baseModel\":\"Pony\",\"trainedWords\":[\"%s\",\" two words \"],\"model\":{\"name\":\"N\"},"
                         "\"files\":[{\"hashes\":{\"SHA256\":\"ABCDEF0123456789\"}}]}",
                         word);
    put_beside (made, ".civitai.info", text);
    return NULL;
  case 3:
    made->words = g_steal_pointer (&word);
    made->base = g_strdup ("SDXL");
    text =
        g_strdup_printf ("{\"activation text\":\"%s\",\"sd version\":\"SDXL\",\"preferred weight\":0.8}", made->words);
    put_beside (made, ".json", text);
    return NULL;
  default:
    put_beside (made, ".json", "this is no JSON");
    return NULL;
  }
}

/* (element-type Made) n files of all kinds, in folders of random depth below folder. */
static GPtrArray *
make_all (const char *folder, int n)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (made_free);
  Listing *listings[G_N_ELEMENTS (kinds)];

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    listings[i] = listing_of (&kinds[i]);
  for (int i = 0; i < n; i++) {
    guint k = i < (int) G_N_ELEMENTS (kinds) ? (guint) i : (guint) g_test_rand_int_range (0, G_N_ELEMENTS (kinds));
    Made *made = g_new0 (Made, 1);
    g_autofree char *name = g_strdup_printf ("Model %c%d%s", 'a' + i % 7, i, kinds[k].ending);
    g_autofree char *below = g_strdup_printf ("%s/%d/%d", folder, i % 3, i % 5);
    g_autofree char *metadata = NULL;

    g_mkdir_with_parents (below, 0755);
    made->kind = &kinds[k];
    made->path = g_build_filename (below, name, NULL);
    made->salt = g_test_rand_int_range (0, 4);
    made->preview = g_test_rand_bit ();
    metadata = made->kind->kind == LIMN_FILE_OTHER ? NULL : tell_words (made, g_test_rand_int_range (0, 6), i);
    if (made->preview)
      put_beside (made, i % 2 == 0 ? ".preview.png" : ".jpg", "a picture");
    write_model (listings[k], made->path, metadata, made->salt);
    g_ptr_array_add (all, made);
  }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_ptr_array_unref (listings[i]);
  return all;
}

/* ---- Listing them ---- */

typedef struct {
  char *folder, *models, *cache;
  guint told, opened;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->models = g_build_filename (fixture->folder, "models", NULL);
  fixture->cache = g_build_filename (fixture->folder, "cache", "models.json", NULL);
  g_assert_cmpint (g_mkdir (fixture->models, 0755), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->models);
  g_free (fixture->cache);
}

static void
found_cb (const LimnFileFacts *facts, gpointer data)
{
  ((Fixture *) data)->told++;
}

static LimnCatalogue *
scan (Fixture *fixture)
{
  const char *const folders[] = { fixture->models, NULL };
  const LimnCatalogueMonitor monitor = { found_cb, NULL, fixture };
  LimnCatalogue *catalogue = limn_catalogue_open (fixture->cache);

  fixture->told = 0;
  g_assert_true (limn_catalogue_scan (catalogue, folders, &monitor));
  return catalogue;
}

static LimnFileFacts *
find (LimnCatalogue *catalogue, const char *path)
{
  GPtrArray *list = limn_catalogue_list (catalogue);

  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((LimnFileFacts *) list->pdata[i])->path, path))
      return list->pdata[i];
  return NULL;
}

static void
check (LimnCatalogue *catalogue, GPtrArray *all)
{
  g_assert_cmpuint (limn_catalogue_list (catalogue)->len, ==, all->len);
  for (guint i = 0; i < all->len; i++) {
    const Made *made = all->pdata[i];
    const LimnFileFacts *facts = find (catalogue, made->path);

    g_test_message ("%s", facts != NULL ? facts->note : "not listed");
    g_test_message ("%s: %s", made->path, made->kind->keys != NULL ? made->kind->keys : made->kind->tensor);
    g_assert_nonnull (facts);
    g_assert_cmpint (facts->kind, ==, made->kind->kind);
    g_assert_cmpint (facts->family, ==, made->kind->family);
    g_assert_cmpint (facts->part, ==, made->kind->part);
    g_assert_true ((facts->note != NULL) == (facts->kind == LIMN_FILE_OTHER));
    g_assert_true (facts->note == NULL || strchr (facts->note, '/') == NULL);
    g_assert_cmpstr (facts->words, ==, made->words);
    g_assert_cmpstr (facts->licence, ==, made->licence);
    g_assert_cmpstr (facts->base, ==, made->base);
    g_assert_true ((facts->preview != NULL) == made->preview);
    g_assert_false (facts->missing);
    for (guint k = 0; k < i && facts->kind != LIMN_FILE_OTHER; k++) {
      const Made *other = all->pdata[k];
      const LimnFileFacts *beside = find (catalogue, other->path);
      gboolean same = other->kind == made->kind && other->salt == made->salt;

      g_assert_true ((g_strcmp0 (beside->fingerprint, facts->fingerprint) == 0) == same);
    }
  }
}

static void
test_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = make_all (fixture->models, FILES);
  g_autoptr (LimnCatalogue) first = scan (fixture), second = NULL;

  check (first, all);
  g_assert_cmpuint (fixture->told, >, FILES);
  second = scan (fixture);
  g_assert_cmpuint (fixture->told, ==, FILES); /* nothing was read again */
  check (second, all);
}

static void
touch (const char *path, gint64 seconds)
{
  const struct utimbuf times = { seconds, seconds };

  g_assert_cmpint (utime (path, &times), ==, 0);
}

/* What changes is read again, what goes is gone, and what was on a disk that is not there is missing. */
static void
test_changes (Fixture *fixture, gconstpointer data)
{
  const guint64 vae[] = { 4, 4 };
  g_autoptr (GPtrArray) all = make_all (fixture->models, 12);
  Made *lora = all->pdata[7], *gone = all->pdata[3];
  g_autoptr (Listing) other = g_ptr_array_new ();
  g_autofree char *away = g_strconcat (fixture->models, "-away", NULL);

  limn_catalogue_free (scan (fixture));
  put_beside (lora, ".civitai.info", "{\"baseModel\":\"Illustrious\"}");
  g_assert_cmpint (g_unlink (gone->path), ==, 0);
  {
    g_autoptr (LimnCatalogue) catalogue = scan (fixture);
    g_assert_cmpuint (limn_catalogue_list (catalogue)->len, ==, 11);
    g_assert_cmpstr (find (catalogue, lora->path)->base, ==, "Illustrious");
  }
  listing_add (other, "decoder.conv_in.weight", LIMN_TYPE_F16, 2, vae);
  write_model (other, lora->path, NULL, 1);
  touch (lora->path, 1000000);
  {
    g_autoptr (LimnCatalogue) catalogue = scan (fixture);
    g_assert_cmpint (find (catalogue, lora->path)->kind, ==, LIMN_FILE_PART);
  }
  g_assert_cmpint (g_rename (fixture->models, away), ==, 0);
  {
    g_autoptr (LimnCatalogue) catalogue = scan (fixture);
    g_assert_cmpuint (limn_catalogue_list (catalogue)->len, ==, 11);
    g_assert_true (find (catalogue, lora->path)->missing);
  }
  g_assert_cmpint (g_rename (away, fixture->models), ==, 0);
  g_autoptr (LimnCatalogue) catalogue = scan (fixture);
  g_assert_cmpuint (limn_catalogue_list (catalogue)->len, ==, 11);
  g_assert_false (find (catalogue, lora->path)->missing);
}

/* What is no model, or goes round in circles, and a cache that is not one. */
static void
test_odd (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "a.ckpt", "b.safetensors", "c.gguf", "d.limn", "e.txt", ".hidden.safetensors" };
  g_autofree char *loop = g_build_filename (fixture->models, "loop", NULL);
  g_autofree char *mini = g_build_filename (fixture->models, "mini", NULL);
  g_autofree char *pipe = g_build_filename (fixture->models, "pipe.safetensors", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    put_file (fixture->models, names[i], "\x80\x02}q\x01.nothing of the kind", -1);
  g_assert_cmpint (symlink (fixture->models, loop), ==, 0);
  g_assert_cmpint (symlink (LIMN_GOLDEN_DIR "/mini-sdxl", mini), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  put_file (fixture->folder, "cache/models.json", "{\"version\":1,\"files\":[{\"path\":7},{\"path\":\"\"},3", -1);
  for (int round = 0; round < 2; round++) {
    g_autoptr (LimnCatalogue) catalogue = scan (fixture);
    GPtrArray *list = limn_catalogue_list (catalogue);

    g_assert_cmpuint (list->len, ==, 5);
    for (guint i = 0; i < 4; i++) {
      const LimnFileFacts *facts = list->pdata[i];
      g_assert_cmpint (facts->kind, ==, LIMN_FILE_OTHER);
      g_assert_nonnull (facts->note);
    }
    g_assert_cmpint (find (catalogue, mini)->kind, ==, LIMN_FILE_MODEL);
    g_assert_cmpint (find (catalogue, mini)->family, ==, LIMN_FAMILY_SDXL_BASE);
    g_assert_cmpint (find (catalogue, mini)->size, >, 1000000);
  }
}

/* A model by its whole file's, of ten digits, and by eight of the 64 KiB that stable-diffusion-webui read at first. */
static void
test_model_hash (Fixture *fixture, gconstpointer data)
{
  g_autofree char *from = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl-single-file.safetensors", NULL);
  g_autofree char *path = g_build_filename (fixture->models, "boat.safetensors", NULL), *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
  g_assert_cmpuint (size, >, 0x110000);
  g_autofree char *whole = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *) bytes, size);
  g_autofree char *part = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *) bytes + 0x100000, 0x10000);
  g_autofree char *ten = g_strndup (whole, 10), *eight = g_strndup (part, 8);
  const char *const hashes[] = { eight, ten, whole };

  limn_catalogue_free (scan (fixture));
  g_assert_true (limn_model_folders_add (fixture->models, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (fixture->cache);
    g_autofree char *found = limn_catalogue_find_hash (catalogue, LIMN_FILE_MODEL, hashes[i]);
    g_autofree char *none = limn_catalogue_find_hash (catalogue, LIMN_FILE_MODEL, "0000000000");

    g_assert_cmpstr (found, ==, path);
    g_assert_cmpstr (none, ==, NULL);
  }
  g_assert_true (limn_model_folders_remove (fixture->models, NULL));
}

/* By what its file says, or else by what is in it, which is then kept; in chosen folders alone. */
static void
test_hash (Fixture *fixture, gconstpointer data)
{
  static const char tensors[] = "0123456789abcdef";
  g_autofree char *all = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *) tensors, 16);
  g_autofree char *hash = g_strndup (all, 12), *path = g_build_filename (fixture->models, "ink.safetensors", NULL);
  g_autofree char *text = NULL;
  const LimnTensorOut out = { "lora_te1_x.lora_down.weight", LIMN_TYPE_U8, 2, { 4, 4 }, tensors };

  g_assert_true (limn_safetensors_write (path, &out, 1, NULL));
  limn_catalogue_free (scan (fixture));
  for (int round = 0; round < 3; round++) {
    g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (fixture->cache);
    g_autofree char *found = limn_catalogue_find_hash (catalogue, LIMN_FILE_LORA, hash);
    g_autofree char *none = limn_catalogue_find_hash (catalogue, LIMN_FILE_LORA, "000000000000");
    g_auto (GStrv) names = limn_catalogue_names (catalogue, LIMN_FILE_LORA);

    g_assert_cmpstr (found, ==, round > 0 ? path : NULL);
    g_assert_cmpstr (none, ==, NULL);
    g_assert_cmpstr (names[0], ==, round > 0 ? "ink" : NULL);
    if (round == 0)
      g_assert_true (limn_model_folders_add (fixture->models, NULL));
  }
  g_assert_true (g_file_get_contents (fixture->cache, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, all));
  g_assert_true (limn_model_folders_remove (fixture->models, NULL));
}

static gboolean
always_cb (gpointer data)
{
  return TRUE;
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = make_all (fixture->models, 5);
  const char *const folders[] = { fixture->models, NULL };
  const LimnCatalogueMonitor monitor = { found_cb, always_cb, fixture };

  limn_catalogue_free (scan (fixture));
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (fixture->cache);
  g_assert_false (limn_catalogue_scan (catalogue, folders, &monitor));
  g_autoptr (LimnCatalogue) again = scan (fixture); /* nothing was forgotten */
  g_assert_cmpuint (limn_catalogue_list (again)->len, ==, all->len);
  g_assert_cmpuint (fixture->told, ==, 5);
}

static void
test_folders (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  put_file (fixture->folder, "ComfyUI/models/checkpoints/x.safetensors", "", -1);
  put_file (fixture->folder, "stable-diffusion-webui/models/Stable-diffusion/x", "", -1);
  put_file (fixture->folder, "InvokeAI/models/x", "", -1);
  put_file (fixture->folder, "Fooocus/models/nothing", "", -1);
  g_autoptr (GPtrArray) found = limn_model_folders_find (fixture->folder);
  g_assert_cmpuint (found->len, ==, 3);
  g_assert_cmpstr (((LimnFoundFolder *) found->pdata[0])->program, ==, "ComfyUI");

  const char *comfy = ((LimnFoundFolder *) found->pdata[0])->path;
  g_assert_true (limn_model_folders_add (comfy, &error));
  g_assert_true (limn_model_folders_add (fixture->folder, &error));
  g_assert_true (limn_model_folders_add (fixture->folder, &error));
  g_auto (GStrv) chosen = limn_model_folders ();
  g_assert_cmpuint (g_strv_length (chosen), ==, 2);
  g_autoptr (GPtrArray) rest = limn_model_folders_find (fixture->folder);
  g_assert_cmpuint (rest->len, ==, 2);
  g_assert_true (limn_model_folders_remove (comfy, &error));
  g_assert_true (limn_model_folders_remove (fixture->folder, &error));
  g_auto (GStrv) none = limn_model_folders ();
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

static int
bench (void)
{
  Fixture fixture = { 0 };

  set_up (&fixture, NULL);
  g_ptr_array_unref (make_all (fixture.models, FILES));
  for (int round = 0; round < 3; round++) {
    gint64 begin = g_get_monotonic_time ();

    limn_catalogue_free (scan (&fixture));
    g_print ("listing %d files, time %d: %.3f s\n", FILES, round + 1,
             (double) (g_get_monotonic_time () - begin) * 1e-6);
  }
  tear_down (&fixture, NULL);
  return 0;
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/catalogue/all", test_all },
    { "/catalogue/changes", test_changes },
    { "/catalogue/odd", test_odd },
    { "/catalogue/cancelled", test_cancelled },
    { "/catalogue/folders", test_folders },
    { "/catalogue/hash", test_hash },
    { "/catalogue/model-hash", test_model_hash },
  };
  g_autofree char *world = g_dir_make_tmp ("limn-catalogue-XXXXXX", NULL);
  gboolean measure = argc > 1 && g_str_equal (argv[1], "--bench");

  g_setenv ("XDG_CONFIG_HOME", world, TRUE);
  if (measure)
    argc = 1;
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  int status = measure ? bench () : g_test_run ();
  tests_remove_folder (world);
  return status;
}
