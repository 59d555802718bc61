/* test-checkpoint-mutations.c - damaged configs and headers, many of each: a message or success, never a crash.
 *
 * The mutations are the same in every run.  What matters is that the address and undefined-behaviour sanitizers stay
 * silent while they are replayed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/arch.h"
#include "model/listing.h"

typedef struct {
  guint runs, accepted;
} Tally;

/* Reads all that an opened model offers, as a network would. */
static void
use (LimnCheckpoint *checkpoint)
{
  LimnTensorView view;

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    const char *name = part <= LIMN_PART_VAE ? "conv_in.weight" : "text_model.final_layer_norm.weight";
    g_autofree char *full = g_strconcat (part == LIMN_PART_VAE ? "encoder." : "", name, NULL);
    if (!limn_checkpoint_find (checkpoint, part, full, &view, NULL))
      continue;
    guint8 sum = 0;
    for (gsize i = 0; i < view.shape[0]; i++)
      sum += view.data[i];
    g_assert_cmpuint (sum, <=, 255);
    limn_checkpoint_release_pages (checkpoint, part);
  }
}

static void
try (const char *path, Tally *tally, const char *what)
{
  g_autoptr (GError) error = NULL, inspect_error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  tally->runs++;
  if (checkpoint != NULL) {
    tally->accepted++;
    g_test_message ("still a model: %s", what);
    use (checkpoint);
  } else if (error == NULL || error->domain != LIMN_ERROR || strstr (error->message, path) == NULL) {
    g_error ("%s: a poor error: %s", what, error != NULL ? error->message : "none");
  }
  g_autoptr (LimnModelInfo) info = limn_checkpoint_inspect (path, &inspect_error);
  g_assert_true ((info == NULL) == (inspect_error != NULL));
  if (checkpoint != NULL)
    g_assert_cmpuint (g_strv_length (info->missing), ==, 0);
}

/* ---- Configs ---- */

static const char *const values[] = {
  "0",    "1",    "-1", "3",           "24", "65536",        "4294967297",          "1e308", "0.5", "\"text\"",
  "null", "true", "[]", "[[1, 2], 3]", "{}", "[1, 2, 3, 4]", "99999999999999999999"
};

/* The text with line number's value (after the colon, or the whole item of a list) replaced. */
static char *
replace_value (char **lines, guint number, const char *value)
{
  g_autofree char *kept = lines[number], *line = g_strdup (kept);
  char *colon = strstr (line, "\": ");
  gboolean comma = g_str_has_suffix (line, ",");
  gsize length = colon != NULL ? (gsize) (colon + 3 - line) : strspn (line, " ");

  line[length] = '\0';
  lines[number] = g_strconcat (line, value, comma ? "," : "", NULL);
  char *text = g_strjoinv ("\n", lines);
  g_free (lines[number]);
  lines[number] = g_steal_pointer (&kept);
  return text;
}

static char *
drop_line (char **lines, guint number)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (i != number)
      g_string_append_printf (text, "%s\n", lines[i]);
  return g_string_free (text, FALSE);
}

static void
try_text (const char *dir, const char *file, const char *text, gssize size, Tally *tally)
{
  put_file (dir, file, text, size);
  try (dir, tally, file);
}

static void
test_config (gconstpointer data)
{
  const char *file = data;
  g_autofree char *dir = make_folder (), *from = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl", NULL);
  link_folder (from, dir);
  g_autofree char *text = get_file (dir, file);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gsize size = strlen (text);
  Tally tally = { 0 };

  for (guint i = 0; lines[i] != NULL; i++) {
    for (guint v = 0; v < 3; v++) {
      g_autofree char *changed = replace_value (lines, i, values[(3 * i + v) % G_N_ELEMENTS (values)]);
      try_text (dir, file, changed, -1, &tally);
    }
    g_autofree char *shorter = drop_line (lines, i);
    try_text (dir, file, shorter, -1, &tally);
  }
  for (guint i = 0; i < 20; i++) {
    g_autofree char *cut = g_strndup (text, size * i / 20), *flipped = g_strdup (text);
    flipped[(size * i / 20 + 7 * i) % size] ^= (char) (1 << i % 8);
    try_text (dir, file, cut, -1, &tally);
    try_text (dir, file, flipped, (gssize) size, &tally);
  }
  g_test_message ("%s: %u mutations, %u still a model", file, tally.runs, tally.accepted);
  g_assert_cmpuint (tally.runs, >, 100);
  g_assert_cmpuint (tally.accepted, <, tally.runs);
  try_text (dir, file, text, -1, &tally); /* the check itself: unchanged, it opens */
  g_autoptr (LimnCheckpoint) whole = limn_checkpoint_open (dir, NULL);
  g_assert_nonnull (whole);
  tests_remove_folder (dir);
}

/* ---- Headers of a single file ---- */

static Listing *
mini_listing (void)
{
  g_autofree char *path = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl-single-file.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);

  g_assert_no_error (error);
  return listing_from_file (file);
}

static void
write_with_hole (const char *path, const char *data, gsize size, gsize total)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

  if (fd < 0 || write (fd, data, size) != (gssize) size || ftruncate (fd, (off_t) MAX (size, total)) != 0)
    g_error ("%s cannot be written: %s", path, g_strerror (errno));
  close (fd);
}

static void
test_header_bytes (void)
{
  g_autofree char *dir = make_folder (), *path = g_build_filename (dir, "model.safetensors", NULL);
  g_autoptr (Listing) listing = mini_listing ();
  GString *header = listing_header (listing);
  GStatBuf whole;
  guint32 random = 12345;
  Tally tally = { 0 };

  listing_write_sparse (listing, path);
  g_assert_cmpint (g_stat (path, &whole), ==, 0);
  gsize total = (gsize) whole.st_size;
  for (guint i = 0; i < 300; i++) {
    random = random * 1664525 + 1013904223;
    gsize at = i < 64 ? i : random % header->len; /* the length's 8 bytes, bit by bit, then anywhere */
    guint8 bit = i < 64 ? i % 8 : (random >> 24) % 8;
    at = i < 64 ? i / 8 : at;
    header->str[at] ^= (char) (1 << bit);
    write_with_hole (path, header->str, header->len, total);
    header->str[at] ^= (char) (1 << bit);
    g_autofree char *what = g_strdup_printf ("header with bit %u of byte %zu turned, in \"%.40s\"", bit, at,
                                             at < 8 ? "" : header->str + MAX (at, 28) - 20);
    try (path, &tally, what);
  }
  for (guint i = 0; i < 20; i++) {
    write_with_hole (path, header->str, header->len * i / 20, 0);
    try (path, &tally, "cut header");
    write_with_hole (path, header->str, header->len, header->len + (total - header->len) * i / 20);
    try (path, &tally, "cut data");
  }
  write_with_hole (path, header->str, header->len, total); /* the check itself: unchanged, it opens */
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, NULL);
  g_assert_nonnull (checkpoint);
  g_test_message ("header: %u mutations, %u still a model", tally.runs, tally.accepted);
  g_string_free (header, TRUE);
  tests_remove_folder (dir);
}

static void
test_shapes (void)
{
  static const struct {
    int rank;
    guint64 shape[6];
  } shapes[] = { { 0, { 0 } },
                 { 1, { 0 } },
                 { 1, { 7 } },
                 { 2, { 0, 64 } },
                 { 2, { 2097152, 16 } },
                 { 2, { 7, 13 } },
                 { 4, { 16, 32, 1, 1 } },
                 { 4, { 0, 0, 3, 3 } },
                 { 4, { 16392, 4, 3, 3 } },
                 { 6, { 1, 1, 1, 1, 1, 1 } } };
  static const char *const names[] = {
    "model.diffusion_model.input_blocks.0.0.weight",
    "model.diffusion_model.input_blocks.1.0.in_layers.2.weight",
    "model.diffusion_model.input_blocks.3.0.op.weight",
    "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
    "model.diffusion_model.middle_block.1.transformer_blocks.0.norm1.weight",
    "model.diffusion_model.label_emb.0.0.weight",
    "model.diffusion_model.out.2.weight",
    "first_stage_model.decoder.conv_in.weight",
    "first_stage_model.encoder.down.2.block.0.conv1.weight",
    "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight",
    "conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight",
    "conditioner.embedders.1.model.token_embedding.weight",
    "conditioner.embedders.1.model.positional_embedding",
    "conditioner.embedders.1.model.text_projection",
    "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight",
  };
  g_autofree char *dir = make_folder (), *path = g_build_filename (dir, "model.safetensors", NULL);
  g_autoptr (Listing) listing = mini_listing ();
  Tally tally = { 0 };

  for (guint n = 0; n < G_N_ELEMENTS (names); n++) {
    Listed *listed = listing_find (listing, names[n]), kept = *listed;
    for (guint s = 0; s < G_N_ELEMENTS (shapes); s++) {
      listed->rank = shapes[s].rank;
      memcpy (listed->shape, shapes[s].shape, sizeof shapes[s].shape);
      listing_write_sparse (listing, path);
      try (path, &tally, names[n]);
    }
    *listed = kept;
  }
  g_test_message ("shapes: %u mutations, %u still a model", tally.runs, tally.accepted);
  g_assert_cmpuint (tally.accepted, ==, 0);
  tests_remove_folder (dir);
}

/* Each tensor missing in turn, every third of them. */
static void
test_holes (void)
{
  g_autofree char *dir = make_folder (), *path = g_build_filename (dir, "model.safetensors", NULL);
  g_autoptr (Listing) listing = mini_listing ();
  Tally tally = { 0 };
  guint harmless = 0;

  for (guint i = 0; i < listing->len; i += 3) {
    Listed *listed = g_ptr_array_index (listing, i);
    harmless += g_str_has_suffix (listed->name, "position_ids") || g_str_has_suffix (listed->name, "logit_scale");
    g_autofree char *name = listed->name;
    listed->name = g_strdup ("denoiser.sigmas");
    listing_write_sparse (listing, path);
    try (path, &tally, name);
    g_free (listed->name);
    listed->name = g_steal_pointer (&name);
  }
  g_test_message ("holes: %u mutations, %u still a model", tally.runs, tally.accepted);
  g_assert_cmpuint (tally.accepted, ==, harmless);
  tests_remove_folder (dir);
}

/* A number that is often right, sometimes wild. */
static int
size (GRand *random, int right)
{
  static const int wild[] = { -1, 0, 1, 3, 4, 7, 8, 24, 64, 512, 520, 1024, 16384, 65536, G_MAXINT };

  return g_rand_int_range (random, 0, 8) != 0 ? right : wild[g_rand_int_range (random, 0, G_N_ELEMENTS (wild))];
}

static LimnArchList *
list_unet (GRand *random)
{
  int channels = 8 << g_rand_int_range (random, 0, 8);
  LimnUnetConfig config = {
    .in_channels = size (random, 4),
    .out_channels = size (random, 4),
    .levels = size (random, 3),
    .mid_layers = size (random, 2),
    .mid_depth = size (random, 2),
    .layers_per_block = size (random, 2),
    .context_channels = size (random, 96),
    .time_ids = g_rand_int_range (random, 0, 2) * 6,
    .time_id_channels = size (random, 16),
    .pooled_channels = size (random, 64),
    .groups = size (random, 8),
    .sample_size = size (random, 16),
  };

  for (int level = 0; level < 4; level++) {
    config.channels[level] = size (random, channels);
    for (int i = 0; i < LIMN_UNET_MOST_LAYERS; i++)
      config.down[level][i] = size (random, g_rand_int_range (random, 0, 3));
    for (int i = 0; i <= LIMN_UNET_MOST_LAYERS; i++)
      config.up[level][i] = size (random, g_rand_int_range (random, 0, 3));
    config.heads[level] = size (random, 1 << g_rand_int_range (random, 0, 8));
  }
  return limn_arch_unet_check (&config, "", NULL) ? limn_arch_unet_list (&config) : NULL;
}

static LimnArchList *
list_vae (GRand *random)
{
  LimnVaeConfig config = {
    .latent_channels = size (random, 4),
    .levels = size (random, 4),
    .layers_per_block = size (random, 2),
    .groups = size (random, 8),
    .scaling_factor = size (random, 1),
  };

  for (int level = 0; level < 4; level++)
    config.channels[level] = size (random, 8 << g_rand_int_range (random, 0, 8));
  return limn_arch_vae_check (&config, "", NULL) ? limn_arch_vae_list (&config) : NULL;
}

static LimnArchList *
list_clip (GRand *random)
{
  const LimnClipConfig config = {
    .width = size (random, 64),
    .layers = size (random, 3),
    .heads = size (random, 1 << g_rand_int_range (random, 0, 6)),
    .intermediate = size (random, 256),
    .vocabulary = size (random, 1000),
    .positions = size (random, 77),
    .projection = size (random, 32),
    .unread = g_rand_int_range (random, 0, 2),
    .normed = g_rand_boolean (random),
  };

  return limn_arch_clip_check (&config, "", NULL) ? limn_arch_clip_list (&config, g_rand_boolean (random)) : NULL;
}

/* Sizes that pass their check are those of a network that can be written. */
static void
test_sizes (void)
{
  LimnArchList *(*const kinds[]) (GRand * random) = { list_unet, list_vae, list_clip };
  g_autoptr (GRand) random = g_rand_new_with_seed (5);

  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++) {
    guint accepted = 0;

    for (int i = 0; i < 1500; i++) {
      g_autoptr (LimnArchList) list = kinds[kind](random);

      accepted += list != NULL;
      g_assert_true (list == NULL || limn_arch_list_length (list) > 20);
    }
    g_test_message ("%u networks of 1500", accepted);
    g_assert_cmpuint (accepted, >, 20);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/checkpoint-mutations/model-index", "model_index.json", test_config);
  g_test_add_data_func ("/checkpoint-mutations/unet", "unet/config.json", test_config);
  g_test_add_data_func ("/checkpoint-mutations/vae", "vae/config.json", test_config);
  g_test_add_data_func ("/checkpoint-mutations/text-encoder", "text_encoder/config.json", test_config);
  g_test_add_data_func ("/checkpoint-mutations/text-encoder-2", "text_encoder_2/config.json", test_config);
  g_test_add_data_func ("/checkpoint-mutations/scheduler", "scheduler/scheduler_config.json", test_config);
  g_test_add_func ("/checkpoint-mutations/header-bytes", test_header_bytes);
  g_test_add_func ("/checkpoint-mutations/shapes", test_shapes);
  g_test_add_func ("/checkpoint-mutations/holes", test_holes);
  g_test_add_func ("/checkpoint-mutations/sizes", test_sizes);
  return g_test_run ();
}
