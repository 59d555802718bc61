/* test-choose.c - which variants a device's kernels take, where what proves and measures them is played: the answers
 * are known.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "common/any.h"
#include "common/folder.h"
#include "kernel/choose.h"

#define ROWS 4 /* the last is plain */
#define ROUNDS 30

typedef struct {
  LimnVariant rows[ROWS + 1];
  LimnGpuLimits limits;
  LimnChooser chooser;
  char *folder, *file;
  GPtrArray *reports;
  const LimnVariant *choice[LIMN_N_SHAPES];

  /* what is played */
  double costs[ROWS][LIMN_N_SHAPES];
  gboolean wrong_product[ROWS], wrong_fully[ROWS];
  double clock, a_measure; /* seconds that each takes */
  int until;               /* measures before somebody says stop; -1: nobody does */

  /* what was asked */
  int measured[ROWS][LIMN_N_SHAPES], measures, proofs;
} Fixture;

static gboolean
prove (const LimnVariant *variant, const LimnVariant *plain, gboolean fully, char **wrong, gpointer data,
       const LimnTick *tick, GError **error)
{
  Fixture *fixture = data;
  int row = (int) (variant - fixture->rows);

  g_assert_true (plain == &fixture->rows[ROWS - 1]);
  fixture->proofs++;
  *wrong =
      fixture->wrong_product[row] || (fully && fixture->wrong_fully[row]) ? g_strdup ("value 3 is 1, not 2") : NULL;
  return TRUE;
}

static gboolean
measure (const LimnVariant *variant, LimnShape shape, double *seconds, char **wrong, gpointer data,
         const LimnTick *tick, GError **error)
{
  Fixture *fixture = data;
  int row = (int) (variant - fixture->rows);

  *wrong = NULL;
  g_assert_false (fixture->wrong_product[row]);
  if (fixture->until == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, "stop");
    return FALSE;
  }
  fixture->until -= fixture->until > 0;
  fixture->measured[row][shape]++;
  fixture->measures++;
  fixture->clock += fixture->a_measure;
  *seconds = fixture->costs[row][shape];
  return TRUE;
}

static double
now (gpointer data)
{
  return ((Fixture *) data)->clock;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const names[ROWS] = { "first", "second", "third", "plain" };
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < ROWS; i++)
    fixture->rows[i] = (LimnVariant){ names[i], ".shared", .lanes = 8, .product = { 16, 32 } };
  fixture->folder = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  fixture->file = g_build_filename (fixture->folder, "deeper", "variants.ini", NULL);
  fixture->reports = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_kernel_report_free);
  fixture->chooser = (LimnChooser){ .rows = fixture->rows,
                                    .limits = &fixture->limits,
                                    .device = "Played",
                                    .driver = "played 1.0",
                                    .kept = fixture->file,
                                    .budget = 1,
                                    .prove = prove,
                                    .measure = measure,
                                    .now = now,
                                    .data = fixture };
  fixture->until = -1;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tests_remove_folder (fixture->folder);
  g_ptr_array_unref (fixture->reports);
  g_free (fixture->file);
  g_free (fixture->folder);
}

/* Another device: each class has its own order of the rows, the next one taking twice as long or more. */
static void
play_costs (Fixture *fixture)
{
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++) {
    double cost = 1e-6 * g_test_rand_double_range (1, 1000);
    int first = g_test_rand_int_range (0, ROWS), stride = tests_toss () ? 1 : ROWS - 1;

    for (int i = 0; i < ROWS; i++) {
      fixture->costs[(first + i * stride) % ROWS][shape] = cost;
      cost *= g_test_rand_double_range (2, 4);
    }
  }
  memset (fixture->measured, 0, sizeof fixture->measured);
  memset (fixture->wrong_product, 0, sizeof fixture->wrong_product);
  memset (fixture->wrong_fully, 0, sizeof fixture->wrong_fully);
  fixture->measures = fixture->proofs = 0;
  fixture->a_measure = 1e-6;
  fixture->until = -1;
  g_remove (fixture->file);
}

static gboolean
choose (Fixture *fixture, LimnChoosing how)
{
  g_autoptr (GError) error = NULL;

  g_ptr_array_set_size (fixture->reports, 0);
  if (limn_choose (&fixture->chooser, how, fixture->choice, fixture->reports, NULL, &error))
    return TRUE;
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  return FALSE;
}

/* Of those that are right. */
static int
cheapest (Fixture *fixture, int shape)
{
  int best = ROWS - 1;

  for (int i = 0; i < ROWS; i++)
    if (!fixture->wrong_product[i] && !fixture->wrong_fully[i]
        && fixture->costs[i][shape] < fixture->costs[best][shape])
      best = i;
  return best;
}

static void
check_cheapest (Fixture *fixture)
{
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
    g_assert_cmpstr (fixture->choice[shape]->name, ==, fixture->rows[cheapest (fixture, shape)].name);
}

/* Each class takes its own cheapest, and asks nothing of the device the next time. */
static void
test_cheapest (Fixture *fixture, gconstpointer data)
{
  for (int round = 0; round < ROUNDS; round++) {
    play_costs (fixture);
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    check_cheapest (fixture);
    g_assert_cmpint (fixture->measures, ==, ROWS * LIMN_N_SHAPES);
    int proofs = fixture->proofs;
    g_assert_true (choose (fixture, round % 2 == 0 ? LIMN_CHOOSE_WELL : LIMN_CHOOSE_SOON));
    check_cheapest (fixture);
    g_assert_cmpint (fixture->measures, ==, ROWS * LIMN_N_SHAPES);
    g_assert_cmpint (fixture->proofs, ==, proofs);
    g_assert_true (choose (fixture, LIMN_CHOOSE_ANEW));
    g_assert_cmpint (fixture->measures, ==, 2 * ROWS * LIMN_N_SHAPES);
  }
}

/* Where it hardly matters the table's order counts. */
static void
test_near (Fixture *fixture, gconstpointer data)
{
  for (int round = 0; round < ROUNDS; round++) {
    play_costs (fixture);
    for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
      for (int i = 0; i < ROWS; i++)
        fixture->costs[i][shape] = g_test_rand_double_range (0.9, 1.1);
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
      g_assert_true (fixture->choice[shape] == &fixture->rows[0]);
  }
}

/* What is wrong is never taken, is told by name, and stays off. */
static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  for (int round = 0; round < ROUNDS; round++) {
    play_costs (fixture);
    for (int i = 0; i + 1 < ROWS; i++) {
      fixture->wrong_product[i] = g_test_rand_int_range (0, 3) == 0;
      fixture->wrong_fully[i] = tests_toss ();
    }
    for (int again = 0; again < 2; again++) {
      g_assert_true (choose (fixture, again == 0 && tests_toss () ? LIMN_CHOOSE_ANEW : LIMN_CHOOSE_WELL));
      check_cheapest (fixture);
      g_assert_cmpuint (fixture->reports->len, ==, ROWS);
      for (int i = 0; i < ROWS; i++) {
        const LimnKernelReport *report = fixture->reports->pdata[i];

        g_assert_cmpstr (report->name, ==, fixture->rows[i].name);
        g_assert_true (report->problem == NULL || fixture->wrong_product[i] || fixture->wrong_fully[i]);
        g_assert_true (report->problem != NULL || !fixture->wrong_product[i]);
        g_assert_true (report->problem == NULL || report->chosen == NULL);
      }
    }
  }
}

/* A second is a second; what did not fit is measured the next time, and nothing twice. */
static void
test_budget (Fixture *fixture, gconstpointer data)
{
  for (int round = 0; round < ROUNDS; round++) {
    int calls = 0;

    play_costs (fixture);
    fixture->a_measure = g_test_rand_double_range (0.05, 0.6);
    while (fixture->measures < ROWS * LIMN_N_SHAPES) {
      double begun = fixture->clock;

      g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
      g_assert_cmpfloat (fixture->clock - begun, <, 1 + fixture->a_measure);
      for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
        g_assert_true (fixture->measured[0][shape] > 0 || fixture->choice[shape] == &fixture->rows[0]);
      g_assert_cmpint (++calls, <, 40);
    }
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    check_cheapest (fixture);
    for (int i = 0; i < ROWS; i++)
      for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
        g_assert_cmpint (fixture->measured[i][shape], ==, 1);
  }
}

/* Whenever somebody says stop, what was measured is kept. */
static void
test_interrupted (Fixture *fixture, gconstpointer data)
{
  for (int round = 0; round < ROUNDS; round++) {
    play_costs (fixture);
    fixture->until = g_test_rand_int_range (0, ROWS * LIMN_N_SHAPES);
    g_assert_false (choose (fixture, LIMN_CHOOSE_WELL));
    fixture->until = -1;
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    check_cheapest (fixture);
    for (int i = 0; i < ROWS; i++)
      for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
        g_assert_cmpint (fixture->measured[i][shape], ==, 1);
  }
}

/* Another driver, another tile or another row: nothing that was found before counts. */
static void
test_forgotten (Fixture *fixture, gconstpointer data)
{
  for (int round = 0; round < ROUNDS; round++) {
    play_costs (fixture);
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    switch (round % 3) {
    case 0:
      fixture->chooser.driver = round % 2 == 0 ? "played 1.1" : "played 1.2";
      break;
    case 1:
      fixture->rows[g_test_rand_int_range (0, ROWS)].product.rows++;
      break;
    default:
      fixture->rows[g_test_rand_int_range (0, ROWS)].lanes++;
      break;
    }
    for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
      fixture->costs[g_test_rand_int_range (0, ROWS)][shape] /= 1e4;
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    check_cheapest (fixture);
    g_assert_cmpint (fixture->measures, ==, 2 * ROWS * LIMN_N_SHAPES);
  }
}

static void
replace (Fixture *fixture, const char *what, const char *by)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (fixture->file, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) parts = g_strsplit (text, what, 2);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_autofree char *changed = g_strjoinv (by, parts);
  g_file_set_contents (fixture->file, changed, -1, &error);
  g_assert_no_error (error);
}

/* It is named, nothing of it is taken, and it is whole afterwards. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const char *const damages[][2] = {
    { "[first]", "[first" },
    { "right=true", "right=perhaps" },
    { "proved=", "proof=" },
    { "pixels=", "pixels=-" },
    { "conv-thin=", "conv-thin=nan\n#" },
    { "attention=", "attention=0\n#" },
    { "tokens=", "tokens=many\n#" },
    { "right=true", "right=false" },
    { "[limn]", "\001\002\003" },
    { "attention-512=", "attention-512=inf\n#" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (damages); i++) {
    play_costs (fixture);
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    replace (fixture, damages[i][0], damages[i][1]);
    g_test_expect_message ("limn-kernel", G_LOG_LEVEL_MESSAGE, "*variants.ini is damaged*");
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    g_test_assert_expected_messages ();
    check_cheapest (fixture);
    g_assert_cmpint (fixture->measures, ==, 2 * ROWS * LIMN_N_SHAPES);
    g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
    g_assert_cmpint (fixture->measures, ==, 2 * ROWS * LIMN_N_SHAPES);
  }
}

/* Of version 1, which a former Limn left: nothing is taken, and nothing is wrong. */
static void
test_former (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->file);
  g_autoptr (GError) error = NULL;

  play_costs (fixture);
  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (fixture->file, "[first]\nshader=ab\nright=true\nproved=true\nseconds=0.1\n", -1, &error);
  g_assert_no_error (error);
  g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
  check_cheapest (fixture);
}

/* The first that is right, without measuring; whether there is haste or not. */
static void
test_software (Fixture *fixture, gconstpointer data)
{
  fixture->limits.software = TRUE;
  for (int round = 0; round < ROUNDS; round++) {
    int first = 0;

    play_costs (fixture);
    for (int i = 0; i + 1 < ROWS; i++) {
      fixture->wrong_product[i] = tests_toss ();
      fixture->wrong_fully[i] = tests_toss ();
    }
    while (fixture->wrong_product[first])
      first++;
    g_assert_true (choose (fixture, LIMN_CHOOSE_SOON));
    for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
      g_assert_true (fixture->choice[shape] == &fixture->rows[first]);
    g_assert_false (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
    while (fixture->wrong_product[first] || fixture->wrong_fully[first])
      first++;
    for (int again = 0; again < 2; again++) {
      g_assert_true (choose (fixture, again == 0 ? LIMN_CHOOSE_WELL : LIMN_CHOOSE_SOON));
      for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
        g_assert_true (fixture->choice[shape] == &fixture->rows[first]);
    }
    g_assert_cmpint (fixture->measures, ==, 0);
  }
}

/* What has no shader of its own for a class is not taken for it, however fast it is. */
static void
test_without (Fixture *fixture, gconstpointer data)
{
  play_costs (fixture);
  fixture->rows[0] = (LimnVariant){ "first", ".block", .lanes = 128, .product = { 128, 64, 32, 8, 8 } };
  fixture->limits.shared = 48 << 10;
  g_assert_true (limn_variant_suits (&fixture->rows[0], &fixture->limits));
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
    fixture->costs[0][shape] = 1e-9;
  g_assert_true (choose (fixture, LIMN_CHOOSE_WELL));
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++)
    g_assert_cmpint (fixture->choice[shape] == &fixture->rows[0], ==, shape < LIMN_SHAPE_ATTENTION);
  g_assert_cmpstr (((LimnKernelReport *) fixture->reports->pdata[0])->chosen, ==, "pixels, tokens, conv, conv-thin");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/choose/cheapest", Fixture, NULL, set_up, test_cheapest, tear_down);
  g_test_add ("/choose/near", Fixture, NULL, set_up, test_near, tear_down);
  g_test_add ("/choose/wrong", Fixture, NULL, set_up, test_wrong, tear_down);
  g_test_add ("/choose/budget", Fixture, NULL, set_up, test_budget, tear_down);
  g_test_add ("/choose/interrupted", Fixture, NULL, set_up, test_interrupted, tear_down);
  g_test_add ("/choose/forgotten", Fixture, NULL, set_up, test_forgotten, tear_down);
  g_test_add ("/choose/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/choose/former", Fixture, NULL, set_up, test_former, tear_down);
  g_test_add ("/choose/software", Fixture, NULL, set_up, test_software, tear_down);
  g_test_add ("/choose/without", Fixture, NULL, set_up, test_without, tear_down);
  return g_test_run ();
}
