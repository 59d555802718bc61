/* test-regions.c - regions as text and as shares of a picture, and runs with them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "base/regions.h"
#include "common/any.h"
#include "engine/script.h"

#include <math.h>
#include <string.h>

/* ---- Text ---- */

static double
rounded (double value)
{
  return round (value * 1e4) / 1e4;
}

static char *
random_words (void)
{
  static const char *const words[] = {
    "a red cube", "“蓝球”: 1", "x=1 weight=3", "\"quoted\" \\ and", "(b:1.2), c", ""
  };

  return g_strdup (words[g_test_rand_int_range (0, G_N_ELEMENTS (words))]);
}

static void
random_mask (LimnRegion *region)
{
  region->mask_width = g_test_rand_int_range (1, 20);
  region->mask_height = g_test_rand_int_range (1, 20);
  region->mask = g_new0 (guint8, region->mask_width * region->mask_height);
  for (int i = 0; i < region->mask_width * region->mask_height; i++)
    region->mask[i] =
        g_test_rand_int_range (0, 4) == 0 ? !(i > 0 && region->mask[i - 1]) : i > 0 && region->mask[i - 1];
}

static LimnRegion *
random_region (void)
{
  double x = rounded (g_test_rand_double_range (0, 0.9)), y = rounded (g_test_rand_double_range (0, 0.9));
  LimnRegion *region = limn_region_new (x, y, rounded (g_test_rand_double_range (0.01, 1 - x)),
                                        rounded (g_test_rand_double_range (0.01, 1 - y)));

  g_free (region->prompt);
  region->prompt = random_words ();
  region->negative = tests_toss () ? random_words () : NULL;
  region->weight = tests_toss () ? 1 : rounded (g_test_rand_double_range (0, 10));
  region->start = tests_toss () ? 0 : rounded (g_test_rand_double_range (0, 1));
  region->end = tests_toss () ? 1 : rounded (g_test_rand_double_range (0, 1));
  if (tests_toss ())
    random_mask (region);
  return region;
}

static GPtrArray *
random_regions (int least)
{
  GPtrArray *regions = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_region_free);

  for (int n = g_test_rand_int_range (least, 6); n > 0; n--)
    g_ptr_array_add (regions, random_region ());
  return regions;
}

static void
check_same (const LimnRegion *a, const LimnRegion *b)
{
  g_assert_cmpfloat (a->x, ==, b->x);
  g_assert_cmpfloat (a->y, ==, b->y);
  g_assert_cmpfloat (a->width, ==, b->width);
  g_assert_cmpfloat (a->height, ==, b->height);
  g_assert_cmpfloat (a->weight, ==, b->weight);
  g_assert_cmpfloat (a->start, ==, b->start);
  g_assert_cmpfloat (a->end, ==, b->end);
  g_assert_cmpstr (a->prompt, ==, b->prompt);
  g_assert_cmpstr (a->negative, ==, b->negative);
  g_assert_true ((a->mask == NULL) == (b->mask == NULL));
  g_assert_cmpint (a->mask_width, ==, b->mask_width);
  g_assert_cmpint (a->mask_height, ==, b->mask_height);
  if (a->mask != NULL)
    g_assert_cmpmem (a->mask, a->mask_width * a->mask_height, b->mask, b->mask_width * b->mask_height);
}

static void
test_text (void)
{
  for (int round = 0; round < 300; round++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) regions = random_regions (0);
    g_autofree char *text = limn_regions_write (regions);
    g_autoptr (GPtrArray) read = limn_regions_read (text, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (read->len, ==, regions->len);
    for (guint i = 0; i < read->len; i++)
      check_same (regions->pdata[i], read->pdata[i]);
    g_autofree char *again = limn_regions_write (read);
    g_assert_cmpstr (text, ==, again);
  }
}

/* Cut, and with letters that are others, texts are read or refused. */
static void
test_damaged (void)
{
  for (int round = 0; round < 500; round++) {
    g_autoptr (GPtrArray) regions = random_regions (1);
    g_autofree char *text = limn_regions_write (regions);
    g_autoptr (GError) error = NULL;

    text[g_test_rand_int_range (0, (int) strlen (text))] = ".,x/0\":=\n\\ 9"[g_test_rand_int_range (0, 12)];
    text[g_test_rand_int_range (0, (int) strlen (text) + 1)] = '\0';
    g_autoptr (GPtrArray) read = limn_regions_read (text, &error);
    g_assert_true ((read == NULL) == (error != NULL));
    if (error != NULL)
      g_assert_true (strstr (error->message, "Region ") != NULL);
  }
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "cube",
    "0,0,1: cube",
    "0,0,0.5,1",
    "0,0,0,1: cube",
    "0.6,0,0.5,1: cube",
    "0,0,1,1.5: cube",
    "nan,0,1,1: cube",
    "0,0,1,1 weight=11: cube",
    "0,0,1,1 weigth=1: cube",
    "0,0,1,1 end=2: cube",
    "0,0,1,1 negative=bad: cube",
    "0,0,1,1 negative=\"bad: cube",
    "0,0,1,1 mask=2x2/1.1: cube",
    "0,0,1,1 mask=2x2/5: cube",
    "0,0,1,1 mask=99999x2/5: cube",
    "0,0,1,1: good\n0,0: cube",
  };
  g_autoptr (GString) many = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (limn_regions_check (texts[i], &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
    g_assert_true (strstr (error->message, strchr (texts[i], '\n') != NULL ? "Region 2: " : "Region 1: ") != NULL);
  }
  for (int i = 0; i <= LIMN_MOST_REGIONS; i++) {
    g_assert_true (limn_regions_check (many->str, NULL));
    g_string_append (many, "0,0,1,1: cube\n");
  }
  g_assert_false (limn_regions_check (many->str, NULL));
  g_assert_true (limn_regions_check (NULL, NULL));
  g_assert_true (limn_regions_check ("\n \n0,0,1,1 : cube\r\n", NULL));
}

/* ---- Shares ---- */

/* A picture that covers some part of a large one covers as much of it in a small one. */
static void
test_cover (void)
{
  for (int round = 0; round < 100; round++) {
    g_autoptr (LimnRegion) region = random_region ();
    const int h = g_test_rand_int_range (1, 12), w = g_test_rand_int_range (1, 12), by = g_test_rand_int_range (1, 5);
    g_autofree float *small = g_new (float, h *w), *large = g_new (float, h *by *w *by);

    limn_region_cover (region, h, w, small);
    limn_region_cover (region, h * by, w * by, large);
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        double sum = 0;

        for (int i = 0; i < by * by; i++)
          sum += (double) large[(y * by + i / by) * w * by + x * by + i % by];
        g_assert_cmpfloat_with_epsilon (small[y * w + x], sum / (by * by), 1e-4);
      }
  }
}

static void
test_shares (void)
{
  for (int round = 0; round < 200; round++) {
    g_autoptr (GPtrArray) regions = random_regions (1);
    const int n = (int) regions->len, h = g_test_rand_int_range (1, 9), w = g_test_rand_int_range (1, 9);
    const double base = tests_toss () ? 0 : g_test_rand_double_range (0, 1);
    g_autofree float *shares = g_new (float, h *w *n), *covers = g_new (float, h *w *n);
    double means[1 + LIMN_MOST_REGIONS], all = 0;

    for (int i = 0; i < n; i++) {
      LimnRegion *region = regions->pdata[i];

      region->weight += 0.1;
      limn_region_cover (region, h, w, covers + i * h * w);
    }
    limn_regions_share ((const LimnRegion *const *) regions->pdata, n, base, h, w, shares, means);
    for (int i = 0; i <= n; i++)
      all += means[i];
    g_assert_cmpfloat_with_epsilon (all, 1, 1e-9);
    for (int at = 0; at < h * w; at++) {
      double covered = 0, sum, left = 1;

      for (int i = 0; i < n; i++)
        covered += (double) covers[i * h * w + at];
      sum = 1 - (1 - base) * fmin (covered, 1);
      for (int i = 0; i < n; i++)
        sum += (1 - base) * ((const LimnRegion *) regions->pdata[i])->weight * (double) covers[i * h * w + at];
      /* from the last on: each has its share of what those after it leave */
      for (int i = n - 1; i >= 0; i--) {
        double own = (1 - base) * ((const LimnRegion *) regions->pdata[i])->weight * (double) covers[i * h * w + at];

        g_assert_cmpfloat_with_epsilon (left * (double) shares[at * n + i], own / sum, 1e-5);
        left *= 1 - (double) shares[at * n + i];
      }
    }
  }
}

/* ---- Runs ---- */

static void
randomize (EngineFixture *fixture, LimnRequest *request)
{
  static const char *const prompts[] = { "a horse", "[horse|mars] [a::0.3]", "a (red:1.3) fox", "[red:blue:3] hat" };

  request->steps = 5;
  request->prompt = prompts[g_test_rand_int_range (0, 4)];
  request->negative = tests_toss () ? "blurry" : NULL;
  request->sampler = tests_any (limn_sampler_choice);
  request->seed = g_test_rand_int ();
  request->guidance = tests_toss () ? 1 : 5;
  request->guidance_kind = tests_any (limn_guidance_choice);
  request->guidance_to = tests_toss () ? 1 : 0.7;
  request->perturbation = tests_toss () * 3;
  request->nag = tests_toss () * 3;
  request->image = tests_toss () ? fixture->picture : NULL;
  request->strength = g_test_rand_double_range (0.4, 1);
  request->refiner = tests_toss () ? fixture->refiner : NULL;
  request->handoff = 0.6;
  request->hires = tests_toss () ? 1 : 1.5;
  request->cache = tests_toss () * 0.1;
}

/* What is said of a region that is all of the picture, and of nothing else, is said of the picture. */
static void
test_whole (EngineFixture *fixture, gconstpointer data)
{
  for (int round = 0; round < 25; round++) {
    LimnRequest *request = &fixture->request;

    randomize (fixture, request);
    g_autofree char *negative =
        request->negative != NULL ? g_strdup_printf (" negative=\"%s\"", request->negative) : g_strdup ("");
    g_autofree char *text =
        g_strdup_printf ("0,0,1,1 weight=%d%s: %s", g_test_rand_int_range (1, 5), negative, request->prompt);
    g_autoptr (LimnResult) plain = engine_generate (fixture, NULL);

    request->prompt = "something else, of as many chunks";
    g_autoptr (LimnResult) other = engine_generate (fixture, NULL);
    request->regions = text;
    request->regions_base = 0;
    if (request->negative != NULL)
      request->negative = "otherwise";
    g_autoptr (LimnResult) told = engine_generate (fixture, NULL);
    request->regions_base = 1;
    if (request->negative != NULL)
      request->negative = "blurry";
    g_autoptr (LimnResult) untold = engine_generate (fixture, NULL);

    g_assert_true (engine_same_picture (plain, told));
    g_assert_false (engine_same_picture (plain, other));
    g_assert_true (engine_same_picture (other, untold));
    request->regions = "";
  }
}

/* Of no weight, of no words and in no step: none. */
static void
test_none (EngineFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "0,0,1,1 weight=0: a cat",
                                       "0,0,1,1:  ", "0.2,0.1,0.5,0.5 start=0.6 end=0.5: a cat",
                                       "0,0,1,1 start=0.95: a cat" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    fixture->request.regions = "";
    g_autoptr (LimnResult) plain = engine_generate (fixture, NULL);
    fixture->request.regions = texts[i];
    g_autoptr (LimnResult) told = engine_generate (fixture, NULL);

    g_assert_true (engine_same_picture (plain, told));
  }
}

typedef struct {
  GPtrArray *latents; /* after each step */
} Steps;

static void
keep_cb (const LimnPreview *preview, gpointer data)
{
  gsize bytes = sizeof (float) * preview->planes * preview->width * preview->height;

  g_ptr_array_add (((Steps *) data)->latents, g_memdup2 (preview->latents, bytes));
}

/* From the step on that it begins with, and no other. */
static void
test_steps (EngineFixture *fixture, gconstpointer data)
{
  Steps steps[2];

  fixture->request.steps = 10;
  for (int from = 0; from < 10; from++) {
    g_autofree char *text = g_strdup_printf ("0,0,0.5,1 start=%g end=%g: a cat", from / 10.0, (from + 1) / 10.0);

    for (int i = 0; i < 2; i++) {
      const LimnMonitor monitor = { .preview = keep_cb, .data = &steps[i] };

      steps[i].latents = g_ptr_array_new_with_free_func (g_free);
      fixture->request.regions = i == 0 ? "" : text;
      limn_result_free (engine_generate (fixture, &monitor));
    }
    for (int step = 0; step < 10; step++)
      g_assert_true ((memcmp (steps[0].latents->pdata[step], steps[1].latents->pdata[step], 64) == 0) == (step < from));
    for (int i = 0; i < 2; i++)
      g_ptr_array_unref (steps[i].latents);
  }
}

/* What all of a picture is told is told in its metadata, and asked for anew is the same. */
static void
test_told (EngineFixture *fixture, gconstpointer data)
{
  for (int round = 0; round < 25; round++) {
    g_autoptr (GPtrArray) regions = random_regions (1);
    g_autofree char *text = limn_regions_write (regions);
    g_autoptr (GStringChunk) strings = g_string_chunk_new (64);
    g_autoptr (GError) error = NULL;
    LimnRequest read;

    fixture->request.regions = text;
    fixture->request.regions_base = rounded (g_test_rand_double_range (0, 1));
    g_autofree char *json = limn_request_to_json (&fixture->request);
    g_autofree char *parameters = limn_request_to_parameters (&fixture->request);
    limn_request_init (&read, fixture->base);
    limn_request_from_json (&read, json, strings, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (read.regions, ==, text);
    g_assert_cmpfloat (read.regions_base, ==, fixture->request.regions_base);
    g_assert_true (strstr (parameters, "Regions: ") != NULL);
  }
}

static void
test_refused_run (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.regions = "0,0,1,1: a cat <lora:ink:1>";
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "ink");
  fixture->request.regions = "0,0,1,1 negative=\"<lora:moss:1>\": a cat";
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "moss");
  fixture->request.regions = "0,0,1,1: a cat AND a dog";
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "AND");
  fixture->request.regions = "0,0,1,2: a cat";
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "Region 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regions/text", test_text);
  g_test_add_func ("/regions/damaged", test_damaged);
  g_test_add_func ("/regions/refused", test_refused);
  g_test_add_func ("/regions/cover", test_cover);
  g_test_add_func ("/regions/shares", test_shares);
#define ADD(name, func) g_test_add ("/regions/" name, EngineFixture, NULL, engine_set_up, func, engine_tear_down)
  ADD ("whole", test_whole);
  ADD ("none", test_none);
  ADD ("steps", test_steps);
  ADD ("told", test_told);
  ADD ("refused-run", test_refused_run);
  return g_test_run ();
}
