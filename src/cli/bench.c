/* bench.c - limn-cli bench.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include "base/i18n.h"

static gboolean
cancelled_cb (gpointer data)
{
  return limn_cli_interrupted ();
}

/* Of the command line; NULL where it does not say. */
typedef struct {
  char *path, *size, *output, *compare;
} Options;

/* Before anything is measured: what is wrong with the files. */
static int
check_files (const Options *options, const LimnRequest *request, LimnJson **before)
{
  static const char *const endings[] = { ".json", NULL };
  g_autoptr (GError) error = NULL;
  int status = limn_cli_check_output ("output", options->output, endings, 0);

  if (status == 0 && options->compare != NULL) {
    *before = limn_cli_read_bench (options->compare, request->width, request->height, &error);
    if (*before == NULL)
      status = limn_cli_fail_error (error);
  }
  return status;
}

static int
tell (const Options *options, const LimnBenchReport *report, const LimnJson *before, const char *device,
      const LimnRequest *request)
{
  g_autofree char *text = limn_cli_write_bench (report, device, request->width, request->height);
  g_autoptr (GError) error = NULL;

  g_print ("%s, %d x %d\n", device, request->width, request->height);
  limn_cli_print_bench (report, before);
  if (options->output != NULL && !g_file_set_contents (options->output, text, -1, &error))
    return limn_cli_fail_error (error);
  return 0;
}

static int
measure (const Options *options, int device)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = limn_cli_open_model (options->path, NULL, &error);
  g_autoptr (LimnEngine) engine = NULL;
  g_autoptr (LimnJson) before = NULL;
  LimnMonitor monitor = { .cancelled = cancelled_cb };
  LimnRequest request;

  if (model == NULL)
    return limn_cli_fail_error (error);
  limn_request_init (&request, model);
  if (options->size != NULL && !limn_cli_parse_pair (options->size, 'x', &request.width, &request.height))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--size takes two numbers like 1024x768, not \"%s\""), options->size);
  int status = check_files (options, &request, &before);
  if (status != 0)
    return status;
  engine = limn_engine_new (device, &error);
  if (engine == NULL)
    return limn_cli_fail_error (error);
  limn_cli_catch_interrupt ();
  g_autoptr (LimnBenchReport) report =
      limn_engine_bench (engine, model, request.width, request.height, &monitor, &error);
  if (report == NULL)
    return limn_cli_fail_error (error);
  return tell (options, report, before, limn_engine_device (engine)->name, &request);
}

int
limn_cli_bench (int argc, char **argv)
{
  g_autofree char *device = NULL;
  Options options = { 0 };
  double index = -1;
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &options.path,
      N_ ("model folder, .safetensors or .gguf file (the starter)"), N_ ("PATH") },
    { "size", 0, 0, G_OPTION_ARG_FILENAME, &options.size, N_ ("pixels (the model's own)"), "WxH" },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &device, N_ ("number from \"limn-cli devices\" (the best)"), "N" },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &options.output, N_ ("write the figures to this .json file too"),
      N_ ("FILE") },
    { "compare", 0, 0, G_OPTION_ARG_FILENAME, &options.compare,
      N_ ("say how much faster each kernel is than in this file of --output"), N_ ("FILE") },
    { NULL },
  };
  int status =
      limn_cli_parse (argc, argv, entries, NULL,
                      _ ("Runs each stage with a clock around every kernel: one prompt, one guided step, one picture.  "
                         "Short stages run three times, and the best counts; on a software device the clock is of the "
                         "CPU's time."),
                      NULL);

  if (status == 0)
    status = limn_cli_read_number ("device", device, TRUE, 0, 255, &index);
  if (status == 0)
    status = measure (&options, (int) index);
  g_free (options.path);
  g_free (options.size);
  g_free (options.output);
  g_free (options.compare);
  return status;
}
