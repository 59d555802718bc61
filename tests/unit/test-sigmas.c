/* test-sigmas.c - noise levels that a person wrote, and those that are drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sigmas.h"

#include "common/golden.h"
#include "engine/limn.h"
#include "engine/schedule.h"

#include <math.h>
#include <string.h>

#define COMFY_FILE_NAME "schedulers/comfy.safetensors"

static const LimnScheduleConfig sdxl = {
  .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = 1000
};

/* Levels as text are visited as they are, those of another program as it tells its network of them; with another number
 * of steps, what lies between them: the double precision of a line between logarithms. */
static void
test_custom (void)
{
  static const double levels[] = { 12.5, 6, 1.75, 0.5, 0.04 };
  g_autoptr (LimnSchedule) exact = limn_schedule_new (&sdxl, "[12.5, 6.,\t1.75 ;0.5 4e-2, 0]", 5);
  g_autoptr (LimnSchedule) between = limn_schedule_new (&sdxl, "12.5 6 1.75 0.5 0.04", 9);
  g_autoptr (LimnSchedule) fewer = limn_schedule_new (&sdxl, "12.5 6 1.75 0.5 0.04", 3);
  g_autoptr (LimnSchedule) whole = limn_schedule_new_discarding (&sdxl, "12.5 6 1.75 0.5 0.04", 5);
  g_autoptr (LimnSchedule) single = limn_schedule_new (&sdxl, "7", 4);
  g_autoptr (LimnTensors) file = golden_open (COMFY_FILE_NAME);
  gsize n;
  const float *karras = golden_floats (file, &n, "eps/karras/20");
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 5; i++) {
    g_assert_cmpfloat (exact->sigmas[i], ==, levels[i]);
    g_assert_cmpfloat (whole->sigmas[i], ==, levels[i]);
    g_assert_cmpfloat_with_epsilon (between->sigmas[2 * i], levels[i], 1e-12);
    if (i < 4)
      g_assert_cmpfloat_with_epsilon (between->sigmas[2 * i + 1], sqrt (levels[i] * levels[i + 1]), 1e-12);
  }
  g_assert_cmpfloat_with_epsilon (fewer->sigmas[1], 1.75, 1e-12);
  g_assert_true (exact->sigmas[5] == 0 && between->sigmas[9] == 0 && single->sigmas[4] == 0);
  for (int i = 0; i < 4; i++)
    g_assert_cmpfloat (single->sigmas[i], ==, 7);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%.9g ", karras[i]);
  g_autoptr (LimnSchedule) theirs = limn_schedule_new (&sdxl, text->str, (int) n - 1);
  g_autoptr (LimnSchedule) ours = limn_schedule_new (&sdxl, "karras_full", (int) n - 1);
  for (gsize i = 0; i + 1 < n; i++) {
    g_assert_cmpfloat_with_epsilon (theirs->sigmas[i], karras[i], 1e-7 * karras[i]);
    g_assert_cmpfloat (theirs->timesteps[i], ==, ours->timesteps[i]);
  }
}

static void
test_refused (void)
{
  static const struct {
    const char *text, *why;
  } cases[] = {
    { "", "none" },         { "0", "none" },    { "3 x 1", "x" },   { "1 2", "fall" },      { "3 3 1", "fall" },
    { "3 1 0 0", "fall" },  { "nan 1", "nan" }, { "inf 1", "inf" }, { "-1", "-1" },         { "2 1 -0.5", "-0.5" },
    { "1e300 1", "1e300" }, { "5 4,5", "4" },   { "0x", "0x" },     { "karras", "karras" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (limn_sigmas_check (cases[i].text, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
    g_assert_nonnull (strstr (error->message, cases[i].why));
    g_assert_true (limn_schedule_exists (cases[i].text) == g_str_equal (cases[i].text, "karras"));
  }
}

/* What is drawn of a schedule is what SDXL is painted with, and as text it is the same schedule. */
static void
test_drawn (void)
{
  for (guint i = 0; limn_schedule_choice (i) != NULL; i++) {
    g_autofree char *text = limn_schedule_to_sigmas (limn_schedule_choice (i)->name, 12);
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, limn_schedule_choice (i)->name, 12);
    g_autoptr (LimnSchedule) again = limn_schedule_new (&sdxl, text, 12);

    for (int step = 0; step <= 12; step++)
      g_assert_cmpfloat_with_epsilon (again->sigmas[step], schedule->sigmas[step],
                                      5e-4 * schedule->sigmas[step] + 1e-12);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sigmas/custom", test_custom);
  g_test_add_func ("/sigmas/refused", test_refused);
  g_test_add_func ("/sigmas/drawn", test_drawn);
  return g_test_run ();
}
