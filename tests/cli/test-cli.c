/* test-cli.c - limn-cli as a person at a terminal meets it: exit status, the one sentence on stderr, the files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "common/golden.h"
#include "engine/limn.h"
#include "text/wildcards.h"

static void
test_usage (void)
{
  static const struct {
    const char *arguments[8];
    int status;
    const char *word;
  } cases[] = {
    { { "paint" }, 2, "paint" },
    { { "generate" }, 2, "--prompt" },
    { { "generate", "--prompt", "x" }, 2, "--output" },
    { { "generate", "--bogus" }, 2, "--bogus" },
    { { "generate", "--prompt", "x", "--output", "/tmp/x.png", "stray" }, 2, "stray" },
    { { "generate", "--prompt", "x", "--output", "/tmp/x.png", "--size", "64" }, 2, "--size" },
    { { "generate", "--prompt", "x", "--output", "/tmp/x.png", "--crop", "1x2" }, 2, "--crop" },
    { { "generate", "--prompt", "x", "--output", "/tmp/x.png", "--seed", "-2" }, 2, "--seed" },
    { { "generate", "--prompt", "x", "--output", "/tmp/x.png", "--sampler", "x" }, 2, "euler" },
    { { "generate", "--prompt", "x", "--output", "/tmp/x.png", "--precision", "int8" }, 2, "fp16" },
    { { "generate", "--prompt", "x", "--output", "/nowhere/x.png" }, 1, "/nowhere" },
    { { "enlarge" }, 2, "FILE" },
    { { "enlarge", "/nowhere.png" }, 2, "--model" },
    { { "detect", "/nowhere.png" }, 2, "--model" },
    { { "detect", "--model", "x", "--confidence", "2", "/nowhere.png" }, 2, "--confidence" },
    { { "devices", "stray" }, 2, "stray" },
    { { "devices", "--self-test", "--device", "x" }, 2, "--device" },
    { { "inspect" }, 2, "PATH" },
    { { "inspect", "/nowhere" }, 1, "/nowhere" },
    { { "bench", "--size", "x" }, 2, "--size" },
  };
  g_autofree char *model = golden_path ("mini-sdxl");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *arguments[12] = { 0 };
    int n = 0;
    for (; cases[i].arguments[n] != NULL; n++)
      arguments[n] = cases[i].arguments[n];
    /* Faults of later options, seen once a model is open. */
    if (n > 4 || g_str_equal (arguments[0], "bench")) {
      arguments[n++] = "--model";
      arguments[n++] = model;
    }
    g_auto (Ran) ran = cli_run (arguments);
    cli_assert_failed (&ran, cases[i].status, cases[i].word);
  }
  g_auto (Ran) none = cli_run ((const char *const[]){ NULL });
  g_assert_cmpint (none.status, ==, 2);
  g_auto (Ran) help = RUN ("--help");
  g_assert_cmpint (help.status, ==, 0);
  g_assert_nonnull (strstr (help.out, "generate"));
  g_auto (Ran) options = RUN ("generate", "--help");
  g_assert_cmpint (options.status, ==, 0);
  g_assert_nonnull (strstr (options.out, "--negative-target-size"));
}

/* Random strings for every numeric option: a number within its range, or one sentence with the option and the range. */
static void
test_numbers (void)
{
  static const char *const options[] = { "--steps",    "--guidance", "--handoff", "--aesthetic", "--negative-aesthetic",
                                         "--strength", "--device",   "--seed" };
  static const char *const wrong[] = { "nan", "inf", "-inf", "1e999", "-5", "0x10", "1,5", " 3", "", "three", "1.5.2" };
  g_autofree char *model = golden_path ("mini-sdxl"), *output = cli_in_folder ("never.png");
  g_autoptr (GRand) random = g_rand_new_with_seed (9);

  for (guint o = 0; o < G_N_ELEMENTS (options); o++)
    for (guint i = 0; i < 6; i++) {
      const char *text = wrong[i < 2 ? i : (guint) g_rand_int_range (random, 2, G_N_ELEMENTS (wrong))];
      g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "x", "--output", output, options[o], text);

      cli_assert_failed (&ran, 2, options[o]);
      g_assert_nonnull (strstr (ran.err, " from "));
    }
  g_assert_false (g_file_test (output, G_FILE_TEST_EXISTS));
}

/* What cannot be written, or must not be, is refused before anything is painted, and stays what it is. */
static void
test_outputs (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *as = g_strnfill (252, 'a');
  g_autofree char *base = g_strconcat (as, ".png", NULL), *other = cli_in_folder ("a.bmp"), *bare = cli_in_folder ("a");
  g_autofree char *longest = cli_in_folder (base), *pipe = cli_in_folder ("pipe.png"),
                  *null = cli_in_folder ("null.png");
  g_autofree char *good = cli_in_folder ("good.png"), *missing = cli_in_folder ("missing/a.png"),
                  *input = cli_in_folder ("in.png");
  g_autofree char *dir = cli_in_folder ("dir.png");
  const struct {
    const char *output, *latents, *words;
    int status;
  } cases[] = {
    { cli_folder (), NULL, "a folder", 1 },
    { dir, NULL, "a folder", 1 },
    { longest, NULL, "too long", 1 },
    { other, NULL, ".png", 2 },
    { bare, NULL, ".png", 2 },
    { "", NULL, ".png", 2 },
    { pipe, NULL, "device, pipe", 1 },
    { null, NULL, "device, pipe", 1 },
    { missing, NULL, "No such file", 1 },
    { input, NULL, "which this run reads", 2 },
    { good, good, ".safetensors", 2 },
    { good, cli_folder (), "a folder", 1 },
    { good, "/nowhere/l.sft", "/nowhere", 1 },
  };
  g_autoptr (LimnImage) image = limn_image_new (64, 64);
  struct stat info;

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (symlink ("/dev/null", null), ==, 0);
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_true (limn_image_save_png (image, input, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *option = cases[i].latents != NULL ? "--save-latents" : "--precision";
    g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "x", "--image", input, "--output",
                            cases[i].output, option, cases[i].latents != NULL ? cases[i].latents : "auto");

    cli_assert_failed (&ran, cases[i].status, cases[i].words);
    g_assert_false (g_file_test (good, G_FILE_TEST_EXISTS));
  }
  g_assert_true (lstat (pipe, &info) == 0 && S_ISFIFO (info.st_mode));
  g_assert_true (lstat (null, &info) == 0 && S_ISLNK (info.st_mode));
  g_assert_true (stat (null, &info) == 0 && S_ISCHR (info.st_mode));
  g_rmdir (dir);
}

/* Latents are no reason to lose the weights that they came from. */
static void
test_weights_stay (void)
{
  static const char *const weight = "unet/diffusion_pytorch_model.safetensors";
  g_autofree char *model = golden_path ("mini-sdxl"), *own = g_build_filename (model, weight, NULL);
  g_autofree char *starter = golden_path ("../../data/starter"), *starters = g_build_filename (starter, weight, NULL);
  g_autofree char *round = g_build_filename (model, "../mini-sdxl-refiner/../mini-sdxl", weight, NULL);
  g_autofree char *beside = cli_in_folder ("mini-sdxl.safetensors");
  g_auto (Ran) first = RUN ("generate", "--dry-run", "--prompt", "x", "--model", model, "--save-latents", own);
  g_auto (Ran) second = RUN ("generate", "--dry-run", "--prompt", "x", "--model", model, "--save-latents", round);
  g_auto (Ran) third = RUN ("generate", "--dry-run", "--prompt", "x", "--save-latents", starters);
  g_auto (Ran) fourth = RUN ("generate", "--dry-run", "--prompt", "x", "--model", model, "--save-latents", beside);

  cli_assert_failed (&first, 2, "which this run reads");
  cli_assert_failed (&second, 2, "which this run reads");
  cli_assert_failed (&third, 2, "which this run reads");
  g_assert_cmpint (fourth.status, ==, 0);
}

/* Where the latents were to go is gone when they come: that is an error, and the picture is there. */
static void
test_latents_lost (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *output = cli_in_folder ("kept.png"),
                  *there = cli_in_folder ("there"), *gone = cli_in_folder ("gone"),
                  *latents = g_build_filename (there, "l.safetensors", NULL);
  const char *const argv[] = { cli_program (), "generate", "--model",        model,   "--prompt", "x",
                               "--size",       "64x64",    "--steps",        "100",   "--seed",   "5",
                               "--output",     output,     "--save-latents", latents, NULL };
  g_autoptr (LimnImage) image = NULL;
  char line[512] = "";
  gboolean told = FALSE;
  FILE *messages;
  GPid child;
  int fd, status;
  GError *error = NULL;

  g_assert_cmpint (g_mkdir (there, 0700), ==, 0);
  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                            NULL, &child, NULL, NULL, &fd, &error);
  g_assert_no_error (error);
  messages = fdopen (fd, "r");
  g_assert_nonnull (fgets (line, sizeof line, messages));
  g_assert_true (g_str_has_prefix (line, "Painting on ")); /* what can be looked at before was */
  g_assert_cmpint (g_rename (there, gone), ==, 0);
  while (fgets (line, sizeof line, messages) != NULL)
    told |= g_str_has_prefix (line, "limn-cli: ") && strstr (line, latents) != NULL;
  fclose (messages);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 1);
  g_assert_true (told);
  image = limn_image_load_png (output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (image->width, ==, 64);
}

/* A link's target is written, the link stays; a new seed is told; choices are made by the seed. */
static void
test_link_and_words (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *link = cli_in_folder ("link.png"),
                  *target = cli_in_folder ("target.png");
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = NULL;
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);
  g_autofree char *words = NULL;
  const char *seed;

  g_assert_cmpint (symlink ("target.png", link), ==, 0);
  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "{red|blue|green} {2$$cat|dog|owl}", "--size",
                          "64x64", "--steps", "1", "--seed", "-1", "--output", link);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  image = limn_image_load_png (target, &text, NULL);
  g_assert_nonnull (image);
  seed = strstr (ran.out, "seed ");
  g_assert_nonnull (seed);
  words = limn_wildcards_expand (wildcards, "{red|blue|green} {2$$cat|dog|owl}", g_ascii_strtoull (seed + 5, NULL, 10),
                                 NULL);
  g_assert_true (g_str_has_prefix (g_hash_table_lookup (text, "parameters"), words));
}

/* Models under other usual endings, and files that are not whole models. */
static void
test_inspect_others (void)
{
  static const char alone[] = "{\"diffusion_model.input_blocks.0.0.weight\":{\"dtype\":\"F16\",\"shape\":[1],"
                              "\"data_offsets\":[0,2]}}       ";
  g_autofree char *single = golden_path ("mini-sdxl-single-file.safetensors"),
                  *capital = cli_in_folder ("M.SAFETENSORS");
  g_autofree char *base = golden_path ("mini-sdxl"), *inpainting = golden_path ("mini-sdxl-q-inpaint/unet");
  g_autofree char *unet = cli_in_folder ("unet.safetensors"), *data = NULL;
  g_autoptr (GString) file = g_string_new (NULL);
  guint64 length = GUINT64_TO_LE (sizeof alone - 1);
  gsize size;

  g_assert_true (g_file_get_contents (single, &data, &size, NULL));
  g_assert_true (g_file_set_contents (capital, data, (gssize) size, NULL));
  g_string_append_len (file, (const char *) &length, 8);
  g_string_append (file, alone);
  g_string_append_len (file, "\0\0", 2);
  g_assert_true (g_file_set_contents (unet, file->str, (gssize) file->len, NULL));

  g_auto (Ran) first = RUN ("inspect", capital), second = RUN ("inspect", base, "--unet", inpainting),
               third = RUN ("inspect", unet);
  g_assert_cmpint (first.status, ==, 0);
  g_assert_nonnull (strstr (first.out, "none is left over"));
  g_test_message ("%s%s", second.out, second.err);
  g_assert_nonnull (strstr (second.out, "SDXL base, for inpainting"));
  g_assert_nonnull (strstr (second.out, "none is left over"));
  cli_assert_failed (&third, 1, "a U-Net alone");
}

static void
test_inspect (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *file = golden_path ("rng.safetensors");
  g_auto (Ran) good = RUN ("inspect", model);
  g_auto (Ran) other = RUN ("inspect", file);

  g_assert_cmpint (good.status, ==, 0);
  g_assert_nonnull (strstr (good.out, "SDXL base"));
  g_assert_nonnull (strstr (good.out, "2,986,948"));
  g_assert_nonnull (strstr (good.out, "none is left over"));
  g_test_message ("%d: %s%s", other.status, other.out, other.err);
  g_assert_null (strstr (other.out, "none is left over"));
  if (!cli_has_device ())
    return;
  g_auto (Ran) probed = RUN ("inspect", model, "--probe");
  g_assert_nonnull (strstr (probed.out, "(--prediction epsilon)"));
}

/* Every way to run the kernels is right here, with its speed, and one of them is taken. */
static void
test_self_test (void)
{
  g_auto (Ran) ran = RUN ("devices", "--self-test");
  g_auto (GStrv) lines = g_strsplit (g_strchomp (ran.out), "\n", -1);
  int chosen = 0;

  g_test_message ("%s", ran.out);
  g_assert_cmpint (ran.status, ==, 0);
  g_assert_cmpuint (g_strv_length (lines), >=, 2);
  for (guint i = 1; lines[i] != NULL; i++) {
    char name[64], verdict[16];
    double gflops;

    g_assert_cmpint (sscanf (lines[i], "%63s %lf GFLOP/s %15s", name, &gflops, verdict), ==, 3);
    g_assert_true (g_str_has_prefix (verdict, "right"));
    chosen += g_str_has_suffix (lines[i], ", chosen");
  }
  g_assert_cmpint (chosen, ==, 1);
}

static void
test_generate (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *refiner = golden_path ("mini-sdxl-refiner");
  g_autofree char *first = cli_in_folder ("first.png"), *second = cli_in_folder ("second.png");
  g_autofree char *latents = cli_in_folder ("latents.safetensors");
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (GStringChunk) strings = g_string_chunk_new (1024);
  g_autoptr (GError) error = NULL;
  LimnRequest request;

  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "a horse", "--size", "96x64", "--steps", "3",
                          "--seed", "18446744073709551615", "--refiner", refiner, "--handoff", "0.6", "--crop", "3,4",
                          "--negative-target-size", "640x480", "--save-latents", latents, "--output", first);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) image = limn_image_load_png (first, &text, &error);
  g_assert_no_error (error);
  g_assert_cmpint (image->width, ==, 96);
  g_assert_cmpint (image->height, ==, 64);

  const char *parameters = g_hash_table_lookup (text, "parameters"), *json = g_hash_table_lookup (text, "limn");
  g_assert_nonnull (parameters);
  g_assert_true (g_str_has_prefix (parameters, "a horse\nSteps: 3, Sampler: Euler, "));
  limn_request_init (&request, NULL);
  limn_request_from_json (&request, json, strings, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (request.seed, ==, G_MAXUINT64);
  g_assert_cmpfloat (request.handoff, ==, 0.6);
  g_assert_cmpint (request.hints.crop_left, ==, 3);
  g_assert_cmpint (request.hints.crop_top, ==, 4);
  /* The negative's hints are the positive's, but for what is said. */
  g_assert_cmpint (request.negative_hints.crop_top, ==, 4);
  g_assert_cmpint (request.negative_hints.target_width, ==, 640);

  g_autoptr (LimnTensors) file = limn_tensors_open (latents, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (golden_tensor (file, "latents")->count, ==, 4 * 12 * 8);

  /* From that picture on: its size is kept. */
  g_auto (Ran) again = RUN ("generate", "--model", model, "--prompt", "a horse", "--image", first, "--strength", "0.5",
                            "--steps", "4", "--precision", "fp32", "--output", second);
  g_assert_cmpint (again.status, ==, 0);
  g_autoptr (LimnImage) repainted = limn_image_load_png (second, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (repainted->width, ==, 96);
  g_assert_cmpint (repainted->height, ==, 64);
}

/* Another family: one encoder, no sizes to be told, no refiner. */
static void
test_sd15 (void)
{
  g_autofree char *model = golden_path ("mini-sd15"), *refiner = golden_path ("mini-sdxl-refiner");
  g_autofree char *output = cli_in_folder ("sd15.png");
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Ran) told = RUN ("inspect", model);
  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "a (horse:1.2)", "--negative", "fog", "--size",
                          "96x64", "--steps", "3", "--output", output);

  g_assert_cmpint (told.status, ==, 0);
  g_assert_nonnull (strstr (told.out, "Stable Diffusion 1.5"));
  g_assert_nonnull (strstr (told.out, "none is left over"));
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) image = limn_image_load_png (output, &text, &error);
  g_assert_no_error (error);
  g_assert_true (image->width == 96 && image->height == 64);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "CFG scale: 7.5"));

  g_auto (Ran) refined = RUN ("generate", "--model", model, "--prompt", "x", "--refiner", refiner, "--output", output);
  cli_assert_failed (&refined, 1, "no refiner follows");
}

/* Says what a run would take, and paints nothing. */
static void
test_dry_run (void)
{
  g_autofree char *model = golden_path ("mini-sdxl");
  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "a horse", "--size", "96x64", "--dry-run");

  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_assert_nonnull (strstr (ran.out, "decode"));
  g_assert_null (strstr (ran.out, "refiner"));
  g_assert_nonnull (strstr (ran.out, "it fits"));
}

/* How many pixels of the rows first .. last are redder, and how many bluer, than anything else. */
static void
count_colours (const LimnImage *image, int first, int last, int *red, int *blue)
{
  *red = *blue = 0;
  for (int i = first * image->width; i < last * image->width; i++) {
    const guint8 *rgb = image->rgb + 3 * i;
    *red += rgb[0] > 140 && rgb[1] < 110 && rgb[2] < 110;
    *blue += rgb[2] > 140 && rgb[0] < 110;
  }
}

/* The model that comes along draws what the words say, where they say it. */
static void
test_starter (void)
{
  g_autofree char *output = cli_in_folder ("starter.png");
  g_auto (Ran) ran = RUN ("generate", "--prompt", "a red cube on top of a blue sphere on a white background", "--seed",
                          "7", "--steps", "20", "--output", output);
  g_autoptr (GError) error = NULL;
  int red, blue, low_red, low_blue;

  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) image = limn_image_load_png (output, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (image->rgb[i], >, 180);
  count_colours (image, 0, image->height / 2, &red, &blue);
  count_colours (image, image->height / 2, image->height, &low_red, &low_blue);
  g_test_message ("above: %d red, %d blue; below: %d red, %d blue", red, blue, low_red, low_blue);
  g_assert_cmpint (red, >, 600);
  g_assert_cmpint (low_blue, >, 600);
  g_assert_cmpint (low_red, <, 120);
  g_assert_cmpint (blue, <, 120);
}

/* Its folder brings a refiner along, which takes over for the last steps. */
static void
test_starter_refiner (void)
{
  g_autofree char *starter = golden_path ("../../data/starter"), *refiner = golden_path ("../../data/starter/refiner");
  g_autofree char *alone = cli_in_folder ("alone.png"), *refined = cli_in_folder ("refined.png");
  g_auto (Ran) inspected = RUN ("inspect", starter);
  g_auto (Ran) first = RUN ("generate", "--prompt", "a green cup on sand", "--seed", "3", "--output", alone);
  g_auto (Ran) second =
      RUN ("generate", "--prompt", "a green cup on sand", "--seed", "3", "--refiner", refiner, "--output", refined);
  double difference = 0;

  g_assert_cmpint (inspected.status, ==, 0);
  g_assert_nonnull (strstr (inspected.out, refiner));
  g_assert_cmpint (first.status, ==, 0);
  g_assert_cmpint (second.status, ==, 0);
  g_autoptr (LimnImage) a = limn_image_load_png (alone, NULL, NULL);
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) b = limn_image_load_png (refined, &text, NULL);
  g_assert_cmpint (a->width, ==, b->width);
  for (int i = 0; i < a->width * a->height * 3; i++)
    difference += abs (a->rgb[i] - b->rgb[i]);
  difference /= a->width * a->height * 3;
  g_test_message ("the refiner changes %.2f of 255", difference);
  g_assert_cmpfloat (difference, >, 0.1);
  g_assert_cmpfloat (difference, <, 25);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "limn"), "starter-refiner"));
}

/* Seconds that a program has taken of the processor. */
static double
taken (GPid program)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/stat", program), *stat = NULL;
  unsigned long user = 0, kernel = 0;

  g_assert_true (g_file_get_contents (file, &stat, NULL, NULL));
  g_assert_cmpint (
      sscanf (strrchr (stat, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel), ==, 2);
  return (double) (user + kernel) / (double) sysconf (_SC_CLK_TCK);
}

/* Ctrl+C: soon over, status 130, no file. */
static void
test_interrupt (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *output = cli_in_folder ("never.png");
  const char *argv[] = { cli_program (), "generate", "--model", model,      "--prompt", "a horse", "--size",
                         "128x128",      "--steps",  "1000",    "--output", output,     NULL };
  g_autoptr (GError) error = NULL;
  struct rusage usage;
  GPid child;
  int status;

  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &child,
                 &error);
  g_assert_no_error (error);
  while (taken (child) < 2)
    g_usleep (G_USEC_PER_SEC / 20);
  double before = taken (child);
  g_assert_cmpint (kill (child, SIGINT), ==, 0);
  g_assert_cmpint (wait4 (child, &status, 0, &usage), ==, child);
  double all = (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
  g_assert_cmpint (WEXITSTATUS (status), ==, 130);
  all += (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  g_test_message ("%.2f s of work, and %.2f s more after Ctrl+C", before, all - before);
  g_assert_cmpfloat (all - before, <, before); /* the thousand steps are many times that */
  g_assert_false (g_file_test (output, G_FILE_TEST_EXISTS));
}

/* The member of the row of output that is of this stage and kernel. */
static double
bench_number (const LimnJson *bench, const char *stage, const char *kernel, const char *key)
{
  const LimnJson *rows = limn_json_member (bench, "rows");

  for (guint i = 0; i < limn_json_length (rows); i++) {
    const LimnJson *row = limn_json_nth (rows, i);

    if (g_str_equal (limn_json_member_string (row, "stage"), stage)
        && g_str_equal (limn_json_member_string (row, "kernel"), kernel))
      return limn_json_number (limn_json_member (row, key), -1);
  }
  return -1;
}

/* No row is above the peak, and some kernel is the peak's. */
static void
check_roofline (const char *table)
{
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);
  double most = 0;
  guint rows = 0;

  for (guint i = 0; lines[i] != NULL; i++) {
    char *percent = strstr (lines[i], " %");

    if (percent == NULL)
      continue;
    *percent = '\0';
    double share = g_ascii_strtod (strrchr (lines[i], ' '), NULL);
    g_assert_cmpfloat (share, <=, 100);
    most = MAX (most, share);
    rows++;
  }
  g_assert_cmpuint (rows, >, 10);
  g_assert_cmpfloat (most, ==, 100);
}

static void
put (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* What --output writes is what --compare reads; of an older, slower device each kernel is so much faster. */
static void
test_bench (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *output = cli_in_folder ("bench.json"),
                  *slow = cli_in_folder ("slow.json"), *text = cli_in_folder ("bench.txt");
  g_autoptr (GError) error = NULL;
  g_auto (Ran) first = RUN ("bench", "--model", model, "--size", "64x64", "--output", output);

  g_assert_cmpint (first.status, ==, 0);
  check_roofline (first.out);
  g_autoptr (LimnJson) bench = limn_json_load (output, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (bench_number (bench, "base", "matmul", "seconds"), >, 0);
  /* Its arrays are bound at least: every weight of some of them, in halves. */
  g_assert_cmpfloat (bench_number (bench, "base", "matmul", "gbytes"), >, 0);
  g_assert_cmpfloat (bench_number (bench, "base", "group_norm", "gflop"), >=, 0);

  put (slow, "{\"width\":64,\"height\":64,\"rows\":[{\"stage\":\"base\",\"kernel\":\"matmul\",\"seconds\":1e7}]}");
  g_auto (Ran) second = RUN ("bench", "--model", model, "--size", "64x64", "--compare", slow);
  g_assert_cmpint (second.status, ==, 0);
  g_assert_true (g_regex_match_simple ("base +matmul .* [0-9]{6,}\\.[0-9]+ ×\n", second.out, 0, 0));
  g_assert_true (g_regex_match_simple ("base +conv .* -\n", second.out, 0, 0));

  g_auto (Ran) size = RUN ("bench", "--model", model, "--size", "96x64", "--compare", slow);
  cli_assert_failed (&size, 1, "64 x 64");
  put (slow, "{\"width\":64,\"height\":64}");
  g_auto (Ran) empty = RUN ("bench", "--model", model, "--size", "64x64", "--compare", slow);
  cli_assert_failed (&empty, 1, "--output");
  g_auto (Ran) other = RUN ("bench", "--model", model, "--output", text);
  cli_assert_failed (&other, 2, ".json");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli/usage", test_usage);
  g_test_add_func ("/cli/inspect", test_inspect);
  g_test_add_func ("/cli/inspect-others", test_inspect_others);
  g_test_add_func ("/cli/numbers", test_numbers);
  g_test_add_func ("/cli/outputs", test_outputs);
  g_test_add_func ("/cli/latents-lost", test_latents_lost);
  g_test_add_func ("/cli/weights-stay", test_weights_stay);
  if (cli_has_device ()) {
    g_test_add_func ("/cli/bench", test_bench);
    g_test_add_func ("/cli/self-test", test_self_test);
    g_test_add_func ("/cli/generate", test_generate);
    g_test_add_func ("/cli/sd15", test_sd15);
    g_test_add_func ("/cli/link-and-words", test_link_and_words);
    g_test_add_func ("/cli/dry-run", test_dry_run);
    g_test_add_func ("/cli/starter", test_starter);
    g_test_add_func ("/cli/starter-refiner", test_starter_refiner);
    g_test_add_func ("/cli/interrupt", test_interrupt);
  }
  return cli_end (g_test_run ());
}
