/* choose.c - the device's variants: proved, measured, and kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/choose.h"

/* What comes later in the table must take so much less time: what a clock says differs from time to time. */
#define CLEARLY 0.8

typedef struct {
  const LimnChooser *chooser;
  GArray *candidates;
  LimnTick tick;
  gboolean by_speed; /* what was measured decides */
  gboolean changed;  /* something was found that is not kept yet */
} Choosing;

static LimnCandidate *
nth (const Choosing *choosing, guint i)
{
  return &g_array_index (choosing->candidates, LimnCandidate, i);
}

static const LimnVariant *
plain_of (const Choosing *choosing)
{
  return nth (choosing, choosing->candidates->len - 1)->variant;
}

static gboolean
is_right (const LimnCandidate *candidate)
{
  return candidate->tried && candidate->wrong == NULL;
}

/* Has shaders of its own for the class. */
static gboolean
has (const LimnCandidate *candidate, LimnShape shape)
{
  return limn_variant_has (candidate->variant, shape, limn_shapes[shape].kernel, LIMN_STORE_F16, "", NULL);
}

static void
set_wrong (Choosing *choosing, LimnCandidate *candidate, char *wrong)
{
  choosing->changed = TRUE;
  candidate->wrong = wrong;
  if (wrong != NULL)
    g_debug ("%s: kernels as \"%s\" are not used: %s", choosing->chooser->device, candidate->variant->name, wrong);
}

/* FALSE: the device is no more, or the tick said stop. */
static gboolean
prove (Choosing *choosing, LimnCandidate *candidate, gboolean fully, GError **error)
{
  const LimnChooser *chooser = choosing->chooser;
  char *wrong = NULL;

  if (fully ? candidate->proved : candidate->tried)
    return TRUE;
  if (!chooser->prove (candidate->variant, plain_of (choosing), fully, &wrong, chooser->data, &choosing->tick, error))
    return FALSE;
  candidate->tried = TRUE;
  candidate->proved = fully;
  set_wrong (choosing, candidate, wrong);
  return TRUE;
}

/* From the plain one, which the others are beside, to the first; haste: only the first that is right. */
static gboolean
try_them (Choosing *choosing, gboolean haste, GError **error)
{
  guint n = choosing->candidates->len;
  gboolean found = FALSE;

  if (!prove (choosing, nth (choosing, n - 1), FALSE, error))
    return FALSE;
  for (guint i = 0; !(haste && found) && i + 1 < n; i++) {
    if (!prove (choosing, nth (choosing, i), FALSE, error))
      return FALSE;
    found = is_right (nth (choosing, i));
  }
  return TRUE;
}

static gboolean
is_open (const LimnCandidate *candidate, LimnShape shape)
{
  return is_right (candidate) && has (candidate, shape) && candidate->seconds[shape] <= 0;
}

/* What is not known yet, class by class, for as long as the budget lasts: the rest is for the next time.  Where speed
 * does not decide, people are told of products all the same. */
static gboolean
measure (Choosing *choosing, double budget, GError **error)
{
  const LimnChooser *chooser = choosing->chooser;
  double end = chooser->now (chooser->data) + budget;
  int shapes = choosing->by_speed ? LIMN_N_SHAPES : 1;

  for (int shape = 0; shape < shapes; shape++) {
    for (guint i = 0; i < choosing->candidates->len; i++) {
      LimnCandidate *candidate = nth (choosing, i);
      char *wrong = NULL;

      if (!is_open (candidate, shape))
        continue;
      if (chooser->now (chooser->data) >= end)
        return TRUE;
      if (!chooser->measure (candidate->variant, shape, &candidate->seconds[shape], &wrong, chooser->data,
                             &choosing->tick, error))
        return FALSE;
      set_wrong (choosing, candidate, wrong);
    }
  }
  return TRUE;
}

static gboolean
beats (const LimnCandidate *one, const LimnCandidate *other, LimnShape shape)
{
  double seconds = one->seconds[shape], rival = other->seconds[shape];

  return seconds > 0 && rival > 0 && seconds < CLEARLY * rival;
}

/* Until it is measured, the table's order counts. */
static LimnCandidate *
best (const Choosing *choosing, LimnShape shape)
{
  LimnCandidate *best = NULL;

  for (guint i = 0; i < choosing->candidates->len; i++) {
    LimnCandidate *candidate = nth (choosing, i);

    if (is_right (candidate) && has (candidate, shape)
        && (best == NULL || (choosing->by_speed && beats (candidate, best, shape))))
      best = candidate;
  }
  return best != NULL ? best : nth (choosing, choosing->candidates->len - 1);
}

/* The best that proves right, in each class; all: the others are proved as well.  Where one is not right, what comes
 * after it may not have been tried yet. */
static gboolean
settle (Choosing *choosing, gboolean all, GError **error)
{
  for (guint i = 0; all && i < choosing->candidates->len; i++) {
    if (is_right (nth (choosing, i)) && !prove (choosing, nth (choosing, i), TRUE, error))
      return FALSE;
  }
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++) {
    while (!best (choosing, shape)->proved) {
      if (!prove (choosing, best (choosing, shape), TRUE, error) || !try_them (choosing, TRUE, error))
        return FALSE;
    }
  }
  return TRUE;
}

/* Whether the first that is right is known. */
static gboolean
knows_first (const Choosing *choosing)
{
  guint i = 0;

  while (i + 1 < choosing->candidates->len && nth (choosing, i)->tried && !is_right (nth (choosing, i)))
    i++;
  return is_right (nth (choosing, i));
}

static gboolean
find_out (Choosing *choosing, LimnChoosing how, GError **error)
{
  gboolean anew = how == LIMN_CHOOSE_ANEW, measured = anew || choosing->by_speed;

  if (how == LIMN_CHOOSE_SOON)
    return knows_first (choosing) || try_them (choosing, TRUE, error);
  return try_them (choosing, !measured, error) && (!anew || settle (choosing, TRUE, error))
         && (!measured || measure (choosing, anew ? G_MAXDOUBLE : choosing->chooser->budget, error))
         && settle (choosing, FALSE, error);
}

/* "pixels, conv": the classes that candidate is taken for; "": all; NULL: none. */
static char *
taken_for (const LimnCandidate *candidate, const LimnVariant *const *choice)
{
  g_autoptr (GString) names = g_string_new (NULL);
  int n = 0;

  for (int i = 0; i < LIMN_N_SHAPES; i++) {
    if (choice[i] == candidate->variant)
      g_string_append_printf (names, "%s%s", n++ > 0 ? ", " : "", limn_shapes[i].name);
  }
  return n > 0 ? g_strdup (n < LIMN_N_SHAPES ? names->str : "") : NULL;
}

static void
report (const Choosing *choosing, const LimnVariant *const *choice, GPtrArray *reports)
{
  for (guint i = 0; i < choosing->candidates->len; i++) {
    const LimnCandidate *candidate = nth (choosing, i);
    double seconds = candidate->seconds[LIMN_SHAPE_PIXELS];
    LimnKernelReport *row = g_new0 (LimnKernelReport, 1);

    row->name = g_strdup (candidate->variant->name);
    row->means = candidate->variant->means;
    row->problem = g_strdup (candidate->wrong);
    row->chosen = taken_for (candidate, choice);
    row->gflops = seconds > 0 ? limn_shapes[LIMN_SHAPE_PIXELS].gflop / seconds : 0;
    g_ptr_array_add (reports, row);
  }
}

/* Of the caller's work this is nothing yet. */
static gboolean
still_cb (double fraction, gpointer data)
{
  return limn_tick (data, 0, NULL);
}

gboolean
limn_choose (const LimnChooser *chooser, LimnChoosing how, const LimnVariant *choice[LIMN_N_SHAPES], GPtrArray *reports,
             const LimnTick *tick, GError **error)
{
  gboolean anew = how == LIMN_CHOOSE_ANEW;
  g_autoptr (GArray) candidates = limn_kept_read (chooser, anew);
  Choosing choosing = { chooser, candidates, { still_cb, (gpointer) tick }, .by_speed = !chooser->limits->software };
  gboolean good = (candidates->len < 2 && !anew) || find_out (&choosing, how, error);

  if (choosing.changed && how != LIMN_CHOOSE_SOON)
    limn_kept_write (chooser, candidates);
  if (!good)
    return FALSE;
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++) {
    choice[shape] = best (&choosing, shape)->variant;
    g_debug ("%s: %s as \"%s\"", chooser->device, limn_shapes[shape].name, choice[shape]->name);
  }
  if (reports != NULL)
    report (&choosing, choice, reports);
  return TRUE;
}
