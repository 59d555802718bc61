/* bench-report.c - what limn-cli bench found: as a table, as JSON, and beside an earlier one; see cli.h.
 *
 * The table is a roofline (Williams et al. 2009): a kernel cannot multiply faster than the device does, nor faster than
 * its arrays come, so its share is of the lower of the two.  Both peaks are measured: the best large matrix product,
 * and the fastest that any of these kernels had its arrays by.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

typedef struct {
  double gflops, gbytes; /* a second */
} Peak;

static double
ratio (double a, double b)
{
  return b > 0 ? a / b : 0;
}

static Peak
peak_of (const LimnBenchReport *report)
{
  Peak peak = { .gflops = report->matrix_gflops };

  for (guint i = 0; i < report->rows->len; i++) {
    const LimnBenchRow *row = g_ptr_array_index (report->rows, i);

    peak.gflops = MAX (peak.gflops, ratio (row->gflop, row->seconds));
    peak.gbytes = MAX (peak.gbytes, ratio (row->gbytes, row->seconds));
  }
  return peak;
}

/* The time that the peaks would take, of the time that it took. */
static double
share_of (const LimnBenchRow *row, const Peak *peak)
{
  return ratio (MAX (ratio (row->gflop, peak->gflops), ratio (row->gbytes, peak->gbytes)), row->seconds);
}

/* What the rows of a stage took before; kernel NULL: of all its kernels. */
static double
seconds_before (const LimnJson *before, const char *stage, const char *kernel)
{
  const LimnJson *rows = limn_json_member (before, "rows");
  double seconds = 0;

  for (guint i = 0; i < limn_json_length (rows); i++) {
    const LimnJson *row = limn_json_nth (rows, i);

    if (g_strcmp0 (limn_json_member_string (row, "stage"), stage) == 0
        && (kernel == NULL || g_strcmp0 (limn_json_member_string (row, "kernel"), kernel) == 0))
      seconds += limn_json_number (limn_json_member (row, "seconds"), 0);
  }
  return seconds;
}

/* row's kernel NULL: a stage's sum. */
static void
print_row (const LimnBenchRow *row, const Peak *peak, const LimnJson *before)
{
  const char *kernel = row->kernel != NULL ? row->kernel : _ ("all");

  g_print ("%-9s %s%*s %10u %10.4f %10.2f %9.1f %8.2f %8.1f %7.1f %%", row->stage, kernel,
           MAX (0, 22 - limn_cli_columns (kernel)), "", row->dispatches, row->seconds, row->gflop,
           ratio (row->gflop, row->seconds), ratio (row->gbytes, row->seconds), ratio (row->gflop, row->gbytes),
           100 * share_of (row, peak));
  if (before != NULL) {
    double faster = ratio (seconds_before (before, row->stage, row->kernel), row->seconds);

    if (faster > 0)
      g_print (" %8.2f ×", faster);
    else
      g_print (" %10s", "-");
  }
  g_print ("\n");
}

void
limn_cli_print_bench (const LimnBenchReport *report, const LimnJson *before)
{
  const Peak peak = peak_of (report);

  /* translators: the heads of a table in a terminal; keep the columns where they are. */
  g_print (
      "%s%s\n",
      _ ("stage     kernel                 dispatches    seconds      GFLOP   GFLOP/s     GB/s   FLOP/B   of peak"),
      before != NULL ? _ ("     faster") : "");
  for (guint i = 0; i < report->rows->len;) {
    const LimnBenchRow *first = g_ptr_array_index (report->rows, i);
    LimnBenchRow sum = { .stage = first->stage };

    for (; i < report->rows->len; i++) {
      const LimnBenchRow *row = g_ptr_array_index (report->rows, i);

      if (strcmp (row->stage, sum.stage) != 0)
        break;
      print_row (row, &peak, before);
      sum.dispatches += row->dispatches;
      sum.seconds += row->seconds;
      sum.gflop += row->gflop;
      sum.gbytes += row->gbytes;
    }
    print_row (&sum, &peak, before);
  }
  g_print (
      _ ("Peaks, measured: %.1f GFLOP/s by the best large matrix product or kernel, %.1f GB/s by the best of these "
         "kernels\n"),
      peak.gflops, peak.gbytes);
}

char *
limn_cli_write_bench (const LimnBenchReport *report, const char *device, int width, int height)
{
  GString *out = g_string_new (NULL);

  limn_json_add (out, NULL, "{");
  limn_json_add_string (out, "device", device);
  limn_json_add_int (out, "width", width);
  limn_json_add_int (out, "height", height);
  limn_json_add_double (out, "matrix_gflops", report->matrix_gflops);
  limn_json_add (out, "rows", "[");
  for (guint i = 0; i < report->rows->len; i++) {
    const LimnBenchRow *row = g_ptr_array_index (report->rows, i);

    limn_json_add (out, NULL, "{");
    limn_json_add_string (out, "stage", row->stage);
    limn_json_add_string (out, "kernel", row->kernel);
    limn_json_add_int (out, "dispatches", row->dispatches);
    limn_json_add_double (out, "seconds", row->seconds);
    limn_json_add_double (out, "gflop", row->gflop);
    limn_json_add_double (out, "gbytes", row->gbytes);
    g_string_append_c (out, '}');
  }
  g_string_append (out, "]}\n");
  return g_string_free (out, FALSE);
}

LimnJson *
limn_cli_read_bench (const char *path, int width, int height, GError **error)
{
  g_autoptr (LimnJson) before = limn_json_load (path, error);

  if (before == NULL)
    return NULL;
  int w = (int) limn_json_number (limn_json_member (before, "width"), 0);
  int h = (int) limn_json_number (limn_json_member (before, "height"), 0);
  if (limn_json_length (limn_json_member (before, "rows")) == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s is not what \"limn-cli bench --output\" writes"), path);
    return NULL;
  }
  if (w != width || h != height) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s was measured at %d x %d, not at %d x %d"), path, w, h,
                 width, height);
    return NULL;
  }
  return g_steal_pointer (&before);
}
