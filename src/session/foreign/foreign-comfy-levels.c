/* foreign-comfy-levels.c - nodes that make noise levels by themselves.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include <math.h>

#define MOST_STEPS 1000

/* Between first and last, at a share of the way; bend: rho. */
typedef double (*Level) (double first, double last, double bend, double along);

static double
karras (double first, double last, double bend, double along)
{
  first = pow (first, 1 / bend);
  return pow (first + along * (pow (last, 1 / bend) - first), bend);
}

static double
polyexponential (double first, double last, double bend, double along)
{
  return exp (pow (1 - along, bend) * log (first / last) + log (last));
}

typedef struct {
  const char *input;
  double usual;
} Number;

#define MOST_NUMBERS 3
#define FIRST                                                                                                          \
  {                                                                                                                    \
    "sigma_max", 14.614642                                                                                             \
  }
#define LAST                                                                                                           \
  {                                                                                                                    \
    "sigma_min", 0.0291675                                                                                             \
  }

/* The schedule that has a node's levels where its numbers are the usual ones, and what it makes of others. */
static const struct {
  const char *node, *schedule;
  Number numbers[MOST_NUMBERS];
  Level level; /* of the first two and the third, or 1; NULL: of others Limn has none */
} rows[] = {
  { "KarrasScheduler", "karras", { FIRST, LAST, { "rho", 7 } }, karras },
  { "ExponentialScheduler", "exponential", { FIRST, LAST }, polyexponential },
  { "PolyexponentialScheduler", "exponential", { FIRST, LAST, { "rho", 1 } }, polyexponential },
  { "BetaSamplingScheduler", "beta", { { "alpha", 0.6 }, { "beta", 0.6 } }, NULL },
};

static const char *
write_levels (Level level, const double *numbers, int steps)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < steps; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    double along = steps > 1 ? (double) i / (steps - 1) : 0;

    g_string_append (text, i > 0 ? " " : "");
    g_string_append (
        text, g_ascii_formatd (number, sizeof number, "%.9g", level (numbers[0], numbers[1], numbers[2], along)));
  }
  return g_intern_string (text->str);
}

gboolean
limn_comfy_read_levels (LimnComfy *comfy, const LimnJson *node, double steps, const char **schedule,
                        const char **sigmas)
{

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    double numbers[MOST_NUMBERS] = { 1, 1, 1 };
    gboolean usual = TRUE;

    if (!g_str_equal (limn_comfy_kind (node), rows[i].node))
      continue;
    for (guint k = 0; k < MOST_NUMBERS && rows[i].numbers[k].input != NULL; k++) {
      const char *const names[] = { rows[i].numbers[k].input, NULL };

      numbers[k] = rows[i].numbers[k].usual;
      if (limn_comfy_any (node, names) != NULL && !limn_comfy_number (comfy, node, names, &numbers[k]))
        return FALSE;
      usual = usual && fabs (numbers[k] - rows[i].numbers[k].usual) <= 1e-4 * rows[i].numbers[k].usual;
    }
    if (usual)
      *schedule = rows[i].schedule;
    else if (rows[i].level != NULL && numbers[0] > numbers[1] && numbers[1] > 0 && numbers[2] > 0 && steps >= 1
             && steps <= MOST_STEPS)
      *sigmas = write_levels (rows[i].level, numbers, (int) steps);
    return usual || *sigmas != NULL;
  }
  return FALSE;
}
