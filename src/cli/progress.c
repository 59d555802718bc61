/* progress.c - a run's progress on stderr; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/i18n.h"

#define BAR_CELLS 24

static const char *
describe (LimnStage stage)
{
  static const char *const texts[] = {
    [LIMN_STAGE_LOAD] = N_ ("loading"),
    [LIMN_STAGE_ENCODE] = N_ ("reading the prompt"),
    [LIMN_STAGE_IMAGE] = N_ ("reading the picture"),
    [LIMN_STAGE_BASE] = N_ ("painting"),
    [LIMN_STAGE_REFINER] = N_ ("refining"),
    [LIMN_STAGE_SECOND] = N_ ("painting over it, larger"),
    [LIMN_STAGE_DECODE] = N_ ("developing"),
    [LIMN_STAGE_DETAIL] = N_ ("painting boxes again"),
    [LIMN_STAGE_ENLARGE] = N_ ("enlarging"),
    [LIMN_STAGE_PREPARE] = N_ ("preparing this device, once"),
  };

  return _ (texts[stage]);
}

void
limn_cli_progress_init (LimnCliProgress *bar)
{
  *bar = (LimnCliProgress){ .terminal = isatty (STDERR_FILENO) == 1 };
}

static void
append_bar (GString *line, double fraction)
{
  int full = (int) lrint (fraction * BAR_CELLS);

  g_string_append_c (line, '[');
  for (int i = 0; i < BAR_CELLS; i++)
    g_string_append_c (line, i < full ? '#' : '-');
  g_string_append (line, "] ");
}

static void
append_time (GString *line, double seconds)
{
  guint whole = (guint) ceil (MIN (seconds, 359999));

  if (whole >= 3600)
    g_string_append_printf (line, _ (", %u:%02u:%02u left"), whole / 3600, whole / 60 % 60, whole % 60);
  else
    g_string_append_printf (line, _ (", %u:%02u left"), whole / 60, whole % 60);
}

static void
append_speed (GString *line, double steps_per_second)
{
  if (steps_per_second >= 1)
    g_string_append_printf (line, _ (", %.1f steps/s"), steps_per_second);
  else
    g_string_append_printf (line, _ (", %.1f s/step"), 1 / steps_per_second);
}

/* The bar is of the stage at hand; "step 3 of 8" is of the whole run. */
static char *
compose (const LimnProgress *progress)
{
  GString *line = g_string_new (NULL);

  append_bar (line, progress->stage_fraction);
  g_string_append (line, describe (progress->stage));
  if (progress->stage == LIMN_STAGE_BASE || progress->stage == LIMN_STAGE_REFINER
      || progress->stage == LIMN_STAGE_SECOND || progress->stage == LIMN_STAGE_DETAIL)
    g_string_append_printf (line, _ (", step %d of %d"), MIN (progress->step + 1, progress->steps), progress->steps);
  if (progress->steps_per_second > 0)
    append_speed (line, progress->steps_per_second);
  if (progress->seconds_left >= 0)
    append_time (line, progress->seconds_left);
  return g_string_free (line, FALSE);
}

/* Blanks cover what is left of a longer line. */
static void
draw (LimnCliProgress *bar, const char *line)
{
  gsize width = limn_cli_columns (line);

  fprintf (stderr, "\r%s%*s", line, (int) (bar->width > width ? bar->width - width : 0), "");
  fflush (stderr);
  bar->width = width;
}

void
limn_cli_progress_show (LimnCliProgress *bar, const LimnProgress *progress)
{
  if (!bar->terminal) {
    if ((bar->stages_said & 1u << progress->stage) == 0)
      g_printerr ("%s\n", describe (progress->stage));
    bar->stages_said |= 1u << progress->stage;
    return;
  }

  g_autofree char *line = compose (progress);
  draw (bar, line);
}

void
limn_cli_progress_work (LimnCliProgress *bar, const char *what, double fraction)
{
  g_autoptr (GString) line = g_string_new (NULL);

  if (!bar->terminal && bar->stages_said == 0)
    g_printerr ("%s\n", what);
  bar->stages_said = 1;
  if (!bar->terminal)
    return;
  append_bar (line, fraction);
  g_string_append_printf (line, "%s, %d %%", what, (int) (fraction * 100));
  draw (bar, line->str);
}

void
limn_cli_progress_finish (LimnCliProgress *bar)
{
  if (bar->terminal && bar->width > 0)
    fprintf (stderr, "\r%*s\r", (int) bar->width, "");
  bar->width = 0;
}
