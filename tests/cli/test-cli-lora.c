/* test-cli-lora.c - limn-cli's --lora and --lora-dir, and what a picture says of its LoRAs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>

#include "common/golden.h"
#include "engine/limn.h"

#define MINI "mini-sdxl"

/* The picture that limn-cli paints, and its texts. */
static LimnImage *
paint (const char *prompt, const char *option, const char *value, GHashTable **texts)
{
  g_autofree char *model = golden_path (MINI), *output = cli_in_folder ("out.png");
  g_autoptr (GError) error = NULL;
  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", prompt, "--size", "64x64", "--steps", "2", "--seed",
                          "7", "--precision", "fp32", "--output", output, option, value);

  g_assert_cmpstr (ran.err, !=, "");
  g_assert_cmpint (ran.status, ==, 0);
  LimnImage *image = limn_image_load_png (output, texts, &error);
  g_assert_no_error (error);
  return image;
}

static gboolean
same (const LimnImage *a, const LimnImage *b)
{
  return memcmp (a->rgb, b->rgb, (gsize) a->width * a->height * 3) == 0;
}

/* A file is a tag of the prompt, and a tag is its file. */
static void
test_painting (void)
{
  g_autofree char *file = golden_path ("lora/peft.safetensors"), *folder = golden_path ("lora");
  g_autofree char *weighted = g_strconcat (file, ":0.6", NULL), *two = g_strconcat (file, ":0:0.6", NULL);
  g_autoptr (GHashTable) texts = NULL, by_tag_texts = NULL;
  g_autoptr (LimnImage) plain = paint ("a cat", NULL, NULL, NULL);
  g_autoptr (LimnImage) by_file = paint ("a cat", "--lora", weighted, &texts);
  g_autoptr (LimnImage) by_tag = paint ("a cat <lora:peft:0.6>", "--lora-dir", folder, &by_tag_texts);
  g_autoptr (LimnImage) unet_alone = paint ("a cat", "--lora", two, NULL);
  const char *parameters = g_hash_table_lookup (texts, "parameters"), *json = g_hash_table_lookup (texts, "limn");

  g_assert_false (same (plain, by_file));
  g_assert_false (same (by_file, unet_alone));
  g_assert_true (same (by_file, by_tag));
  g_assert_nonnull (strstr (parameters, "a cat <lora:peft:0.6>\n"));
  /* SHA-256 of the tensors' bytes, which other programs find it by */
  g_assert_nonnull (strstr (parameters, "Lora hashes: \"peft: 82a9fc93e290\""));
  g_assert_nonnull (
      strstr (json, "\"loras\": [{\"name\": \"peft\", \"text\": 0.6, \"unet\": 0.6, \"hash\": \"82a9fc93e290\"}]"));
  g_assert_cmpstr (json, ==, g_hash_table_lookup (by_tag_texts, "limn"));
}

/* Behind a file stands all that a tag can say, and comes to the same picture. */
static void
test_saying (void)
{
  static const struct {
    const char *said, *tag;
  } cases[] = {
    { ":0.6:stage=base:step=2-3", "a cat <lora:peft:0.6:stage=base:start=2:stop=3>" },
    { ":0.2:0.8:start=0.5", "a cat <lora:peft:0.2:0.8:start=0.5>" },
    { ":te=0:unet=1:lbw=MIDD", "a cat <lora:peft:0:1:lbw=MIDD>" },
    { ":stop=2", "a cat <lora:peft:1:stop=2>" },
  };
  g_autofree char *file = golden_path ("lora/peft.safetensors"), *folder = golden_path ("lora");
  g_autoptr (LimnImage) all_steps = paint ("a cat <lora:peft:1>", "--lora-dir", folder, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *given = g_strconcat (file, cases[i].said, NULL), *line = g_strconcat (cases[i].tag, "\n", NULL);
    g_autoptr (GHashTable) texts = NULL;
    g_autoptr (LimnImage) by_file = paint ("a cat", "--lora", given, &texts);
    g_autoptr (LimnImage) by_tag = paint (cases[i].tag, "--lora-dir", folder, NULL);

    g_assert_true (same (by_file, by_tag));
    g_assert_false (same (by_file, all_steps));
    g_assert_nonnull (strstr (g_hash_table_lookup (texts, "parameters"), line));
  }
}

static void
test_saying_nothing (void)
{
  static const char *const wrong[] = { ":stage=upscaler", ":0.5:0.6:0.7", ":step=5", ":colour=red", ":strong" };
  g_autofree char *model = golden_path (MINI), *output = cli_in_folder ("out.png");
  g_autofree char *file = golden_path ("lora/peft.safetensors");

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree char *given = g_strconcat (file, wrong[i], NULL);
    g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "a", "--lora", given, "--output", output);

    cli_assert_failed (&ran, 2, "means nothing here");
  }
}

/* What is not there, or not for the model, is said before anything is painted. */
static void
test_refused (void)
{
  g_autofree char *model = golden_path (MINI), *other = golden_path ("mini-sd15"), *output = cli_in_folder ("out.png");
  g_autofree char *file = golden_path ("lora/peft.safetensors"), *none = cli_in_folder ("none.safetensors");
  g_autofree char *unet = golden_path (MINI "/unet/diffusion_pytorch_model.safetensors");
  g_auto (Ran) missing =
      RUN ("generate", "--model", model, "--prompt", "a", "--lora", none, "--output", output, "--size", "64x64");
  g_auto (Ran) family =
      RUN ("generate", "--model", other, "--prompt", "a", "--lora", file, "--output", output, "--size", "64x64");
  g_auto (Ran) no_lora = RUN ("inspect", model, "--lora", unet);
  g_auto (Ran) inspected = RUN ("inspect", model, "--lora", file);

  cli_assert_failed (&missing, 1, "none.safetensors was looked for in");
  cli_assert_failed (&family, 1, "Stable Diffusion 1.5");
  cli_assert_failed (&no_lora, 1, "is no LoRA");
  g_assert_cmpint (inspected.status, ==, 0);
  g_assert_nonnull (strstr (inspected.out, "344 of 344"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli-lora/refused", test_refused);
  g_test_add_func ("/cli-lora/saying-nothing", test_saying_nothing);
  if (cli_has_device ()) {
    g_test_add_func ("/cli-lora/painting", test_painting);
    g_test_add_func ("/cli-lora/saying", test_saying);
  }
  return cli_end (g_test_run ());
}
