/* test-cli-convert.c - limn-cli writes models anew: what it says of it, and what it refuses to do.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "common/golden.h"

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (cli_folder (), 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* A line a layer and the sum; the file is what inspect says it is; nothing is replaced unasked. */
static void
test_convert (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *out = cli_in_folder ("mini.gguf");
  g_auto (Ran) first = RUN ("convert", model, out, "--to", "q8_0");
  g_assert_cmpint (first.status, ==, 0);
  g_assert_nonnull (strstr (first.out, "F16 -> Q8_0"));
  g_assert_nonnull (strstr (first.out, "model.diffusion_model.input_blocks.0.0.weight"));
  g_assert_nonnull (strstr (first.out, "error over all that was changed: 0.00"));

  g_auto (Ran) told = RUN ("inspect", out);
  g_assert_cmpint (told.status, ==, 0);
  g_assert_nonnull (strstr (told.out, "F16, Q8_0"));
  g_assert_nonnull (strstr (told.out, "none is left over"));

  g_auto (Ran) again = RUN ("convert", model, out, "--to", "q4_0");
  cli_assert_failed (&again, 1, "--force");
  g_auto (Ran) forced = RUN ("convert", model, out, "--to", "q4_0", "--force");
  g_assert_cmpint (forced.status, ==, 0);
  g_auto (Ran) itself = RUN ("convert", out, out, "--to", "q4_0", "--force");
  cli_assert_failed (&itself, 2, "mini.gguf");
}

static void
test_json (void)
{
  g_autofree char *model = golden_path ("mini-sdxl-single-file.safetensors");
  g_autofree char *out = cli_in_folder ("mini.safetensors");
  g_autoptr (GError) error = NULL;
  g_auto (Ran) ran = RUN ("convert", "--json", "--to", "fp8_e4m3", model, out);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnJson) json = limn_json_parse ("json", ran.out, strlen (ran.out), &error);
  g_assert_no_error (error);
  const LimnJson *layers = limn_json_member (json, "layers");
  double total = limn_json_number (limn_json_member (json, "error"), -1);
  gint64 bytes = 0;
  guint quantized = 0;

  g_assert_cmpfloat (total, >, 0);
  g_assert_cmpfloat (total, <, 0.035);
  for (guint i = 0; i < limn_json_length (layers); i++) {
    const LimnJson *layer = limn_json_nth (layers, i);

    quantized += strcmp (limn_json_string (limn_json_member (layer, "to"), ""), "F8_E4M3") == 0;
    bytes += (gint64) limn_json_number (limn_json_member (layer, "bytes"), 0);
  }
  g_assert_cmpuint (quantized, >, 100);
  /* beside the layers there are their scales, and a mark that is empty */
  g_assert_cmpint (bytes + 4 * (gint64) quantized, ==, (gint64) limn_json_number (limn_json_member (json, "bytes"), 0));
}

/* A U-Net without the rest stays alone; of a model and one of its parts from elsewhere a whole file is made. */
static void
test_parts (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *unet = golden_path ("gguf/mini-sdxl-q-Q4_K_M.gguf");
  g_autofree char *out = cli_in_folder ("parts.gguf");
  g_auto (Ran) ran = RUN ("convert", model, "--unet", unet, out, "--to", "q8_0");
  g_assert_cmpint (ran.status, ==, 0);
  g_assert_nonnull (strstr (ran.out, "Q6_K -> Q8_0"));
  g_auto (Ran) told = RUN ("inspect", out);
  g_assert_nonnull (strstr (told.out, "none is left over"));
}

static void
test_wrong (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *gguf = cli_in_folder ("wrong.gguf");
  g_autofree char *safetensors = cli_in_folder ("wrong.safetensors"), *other = cli_in_folder ("wrong.bin");
  g_auto (Ran) no_type = RUN ("convert", model, gguf);
  cli_assert_failed (&no_type, 2, "--to");
  g_auto (Ran) no_out = RUN ("convert", model, "--to", "q8_0");
  cli_assert_failed (&no_out, 2, "IN OUT");
  g_auto (Ran) unknown = RUN ("convert", model, gguf, "--to", "q3");
  cli_assert_failed (&unknown, 2, "q8_0");
  g_auto (Ran) ending = RUN ("convert", model, other, "--to", "q8_0");
  cli_assert_failed (&ending, 2, ".gguf");
  g_auto (Ran) fp8 = RUN ("convert", model, gguf, "--to", "fp8_e4m3");
  cli_assert_failed (&fp8, 2, ".safetensors");
  g_auto (Ran) blocks = RUN ("convert", model, safetensors, "--to", "q4_k");
  cli_assert_failed (&blocks, 2, ".gguf");
  g_auto (Ran) missing = RUN ("convert", "/nonexistent.safetensors", gguf, "--to", "q8_0");
  cli_assert_failed (&missing, 1, "/nonexistent.safetensors");
  g_assert_false (g_file_test (gguf, G_FILE_TEST_EXISTS));
}

/* Files of the child end at size bytes. */
static void
limit_cb (gpointer data)
{
  const struct rlimit limit = { *(const rlim_t *) data, *(const rlim_t *) data };

  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
}

static int
run_limited (const char *const *arguments, rlim_t size, char **said)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, limit_cb, &size, NULL, said, &status,
                &error);
  g_assert_no_error (error);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

/* Where there is no room for it, wherever that shows, one sentence says so and nothing is left. */
static void
test_full (void)
{
  static const rlim_t sizes[] = { 10, 100000, 3000000 };
  g_autofree char *model = golden_path ("mini-sdxl"), *out = cli_in_folder ("full.gguf");
  const char *const arguments[] = { cli_program (), "convert", model, out, "--to", "q8_0", NULL };
  guint before = count_files ();

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree char *said = NULL;

    g_assert_cmpint (run_limited (arguments, sizes[i], &said), ==, 1);
    g_assert_nonnull (strstr (said, "full.gguf"));
    g_assert_cmpuint (count_files (), ==, before);
  }
}

/* A first Ctrl+C, as soon as there is something to interrupt. */
static void
test_interrupt (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *out = cli_in_folder ("stopped.gguf");
  const char *const arguments[] = { cli_program (), "convert", model, out, "--to", "q4_k", NULL };
  guint before = count_files (), stopped = 0;

  for (int trial = 0; trial < 20 && stopped < 3; trial++) {
    g_autoptr (GError) error = NULL;
    GPid pid;
    int status;

    g_spawn_async (NULL, (char **) arguments, NULL,
                   G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                   &pid, &error);
    g_assert_no_error (error);
    while (count_files () == before && waitpid (pid, NULL, WNOHANG) == 0)
      g_usleep (200);
    kill (pid, SIGINT);
    if (waitpid (pid, &status, 0) == pid && WIFEXITED (status) && WEXITSTATUS (status) == 130) {
      stopped++;
      g_assert_cmpuint (count_files (), ==, before);
    }
    g_spawn_close_pid (pid);
    unlink (out);
  }
  g_assert_cmpuint (stopped, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli/convert/convert", test_convert);
  g_test_add_func ("/cli/convert/json", test_json);
  g_test_add_func ("/cli/convert/parts", test_parts);
  g_test_add_func ("/cli/convert/wrong", test_wrong);
  g_test_add_func ("/cli/convert/full", test_full);
  g_test_add_func ("/cli/convert/interrupt", test_interrupt);
  return cli_end (g_test_run ());
}
