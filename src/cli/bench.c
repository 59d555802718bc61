/* bench.c - limn-cli bench.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"

static gboolean
cancelled_cb (gpointer data)
{
  return limn_cli_interrupted ();
}

static void
print_row (const char *stage, const char *kernel, guint dispatches, double seconds, double gflop, double most)
{
  double rate = seconds > 0 ? gflop / seconds : 0;

  g_print ("%-9s %s%*s %10u %10.4f %10.2f %9.1f %6.1f %%\n", stage, kernel, MAX (0, 22 - limn_cli_columns (kernel)), "",
           dispatches, seconds, gflop, rate, most > 0 ? 100 * rate / most : 0);
}

static void
print_report (const LimnBenchReport *report)
{
  g_print ("%s\n",
           /* translators: the heads of a table in a terminal; keep the columns where they are. */
           _ ("stage     kernel                 dispatches    seconds      GFLOP   GFLOP/s  of best"));
  for (guint i = 0; i < report->rows->len;) {
    const LimnBenchRow *first = g_ptr_array_index (report->rows, i);
    LimnBenchRow sum = { .stage = first->stage };

    for (; i < report->rows->len; i++) {
      const LimnBenchRow *row = g_ptr_array_index (report->rows, i);
      if (strcmp (row->stage, sum.stage) != 0)
        break;
      print_row (row->stage, row->kernel, row->dispatches, row->seconds, row->gflop, report->matrix_gflops);
      sum.dispatches += row->dispatches;
      sum.seconds += row->seconds;
      sum.gflop += row->gflop;
    }
    print_row (sum.stage, _ ("all"), sum.dispatches, sum.seconds, sum.gflop, report->matrix_gflops);
  }
  g_print (_ ("Best large matrix product on this device: %.1f GFLOP/s\n"), report->matrix_gflops);
}

static int
measure (const char *path, const char *size, int device)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = limn_cli_open_model (path, NULL, &error);
  g_autoptr (LimnEngine) engine = NULL;
  LimnMonitor monitor = { .cancelled = cancelled_cb };
  LimnRequest request;

  if (model == NULL)
    return limn_cli_fail_error (error);
  limn_request_init (&request, model);
  if (size != NULL && !limn_cli_parse_pair (size, 'x', &request.width, &request.height))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--size takes two numbers like 1024x768, not \"%s\""), size);
  engine = limn_engine_new (device, &error);
  if (engine == NULL)
    return limn_cli_fail_error (error);
  limn_cli_catch_interrupt ();
  g_autoptr (LimnBenchReport) report =
      limn_engine_bench (engine, model, request.width, request.height, &monitor, &error);
  if (report == NULL)
    return limn_cli_fail_error (error);
  g_print ("%s, %d x %d\n", limn_engine_device (engine)->name, request.width, request.height);
  print_report (report);
  return 0;
}

int
limn_cli_bench (int argc, char **argv)
{
  g_autofree char *path = NULL, *size = NULL, *device = NULL;
  double index = -1;
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &path, N_ ("model folder, .safetensors or .gguf file (the starter)"),
      N_ ("PATH") },
    { "size", 0, 0, G_OPTION_ARG_FILENAME, &size, N_ ("pixels (the model's own)"), "WxH" },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &device, N_ ("number from \"limn-cli devices\" (the best)"), "N" },
    { NULL },
  };
  int status =
      limn_cli_parse (argc, argv, entries, NULL,
                      _ ("Runs each stage once with a clock around every kernel: one prompt, one guided step, one "
                         "picture."),
                      NULL);

  if (status == 0)
    status = limn_cli_read_number ("device", device, TRUE, 0, 255, &index);
  return status != 0 ? status : measure (path, size, (int) index);
}
