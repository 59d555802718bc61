/* test-unet.c - the U-Nets of every family against diffusers, trace by trace.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include <math.h>

#include "model/listing.h"
#include "model/written.h"

typedef struct {
  const char *model;
  const char *base;   /* that the other parts are of; NULL: the model is whole */
  const char *file;   /* of goldens, in unet/ */
  const char *prefix; /* of its cases */
  int cases, taps;    /* taps: at least so many in case 0 */
  LimnPrecision precision;
  double tolerance;
} Suite;

/* NULL where the family's U-Net is told nothing of the kind. */
static float *
optional (LimnTensors *golden, const Suite *suite, int index, const char *what)
{
  g_autofree char *name = g_strdup_printf ("%scase%d/%s", suite->prefix, index, what);

  return golden_has (golden, name) ? golden_floats (golden, NULL, "%s", name) : NULL;
}

static void
check_case (LimnTensors *golden, LimnCheckpoint *checkpoint, const Suite *suite, int index)
{
  g_autofree char *prefix = g_strdup_printf ("%scase%d/tap/", suite->prefix, index);
  const LimnTensor *sample = golden_tensor (golden, "%scase%d/sample", suite->prefix, index);
  const LimnTensor *context = golden_tensor (golden, "%scase%d/encoder_hidden_states", suite->prefix, index);
  LimnNetworkShape shape = {
    .batch = (int) sample->shape[0],
    .height = (int) sample->shape[2],
    .width = (int) sample->shape[3],
    .tokens = (int) context->shape[1],
    .steps = 3,
  };
  NetworksWalk walk = { golden, prefix, suite->tolerance, 0 };
  LimnTrace trace = { networks_walk_cb, &walk };
  g_autoptr (GError) error = NULL;

  g_autoptr (LimnUnet) unet = limn_unet_new_traced (networks_gpu (), checkpoint, suite->precision, &shape,
                                                    index == 0 ? &trace : NULL, NULL, &error);
  g_assert_no_error (error);
  gsize count = 0;
  g_autofree float *in = golden_floats (golden, NULL, "%scase%d/sample", suite->prefix, index);
  g_autofree float *states = golden_floats (golden, NULL, "%scase%d/encoder_hidden_states", suite->prefix, index);
  g_autofree float *pooled = optional (golden, suite, index, "text_embeds");
  g_autofree float *ids = optional (golden, suite, index, "time_ids");
  g_autofree float *timestep = golden_floats (golden, NULL, "%scase%d/timestep", suite->prefix, index);
  g_autofree float *expected = golden_floats (golden, &count, "%scase%d/out", suite->prefix, index);
  g_autofree float *out = g_new (float, count);
  /* The wanted timestep is the last of three, so that a wrong step shows. */
  const float timesteps[] = { 999, 1, timestep[0] };
  limn_unet_prepare (unet, states, pooled, ids, timesteps, 3, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 2, in, out, NULL, &error);
  g_assert_no_error (error);
  if (index == 0)
    g_assert_cmpint (walk.seen, >=, suite->taps);
  g_autofree char *label = g_strdup_printf ("%s case%d %dx%d", suite->model, index, shape.width, shape.height);
  golden_check_rel (label, out, expected, count, suite->tolerance);

  /* Once more: nothing of the last run may be left. */
  g_autofree float *again = g_new (float, count);
  limn_unet_run (unet, 0, in, again, NULL, &error);
  limn_unet_run (unet, 2, in, again, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (again, sizeof (float) * count, out, sizeof (float) * count);
}

static void
test_unet (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *file = g_strdup_printf ("unet/%s.safetensors", suite->file);
  g_autofree char *path = golden_path (suite->base != NULL ? suite->base : suite->model);
  g_autofree char *unet = suite->base != NULL ? golden_path (suite->model) : NULL;
  g_autoptr (LimnTensors) golden = golden_open (file);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint =
      limn_checkpoint_open_parts (&(LimnModelParts){ path, { [LIMN_PART_UNET] = unet } }, &error);

  g_assert_no_error (error);
  for (int i = 0; i < suite->cases; i++)
    check_case (golden, checkpoint, suite, i);
}

#define ROWS 3

/* What the rows are at the blocks: the parts of a trace by item. */
typedef struct {
  gboolean before, after; /* whether the last two rows are alike where the down blocks and the middle end */
} Parting;

static void
part_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  const gsize n = (gsize) array.h * array.w * array.c;
  const gboolean alike = array.n == ROWS && memcmp (rows + n, rows + 2 * n, n * sizeof (float)) == 0;
  Parting *parting = data;

  if (g_str_equal (name, "down_blocks.2"))
    parting->before = alike;
  if (g_str_equal (name, "mid_block"))
    parting->after = alike;
}

/* Of three rows the last is the second once more.  Perturbed, the first two are to the bit what they are without, and
 * the last one parts from the second in the middle. */
static void
test_perturbed (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  gsize n = (gsize) 4 * 8 * 16, tokens = 77 * (gsize) config->context_channels;
  g_autofree float *in = g_new (float, ROWS *n), *context = g_new (float, ROWS *tokens);
  g_autofree float *pooled = g_new0 (float, ROWS * config->pooled_channels), *ids = g_new0 (float, ROWS * 6);
  g_autofree float *plain = g_new (float, ROWS *n), *changed = g_new (float, ROWS *n);
  float *const out[] = { plain, changed };

  for (gsize i = 0; i < ROWS * n; i++)
    in[i] = (float) sin (0.7 * (double) (i % n) * (double) (i % n));
  for (gsize i = 0; i < ROWS * tokens; i++)
    context[i] = (float) sin (0.3 * (double) i) * (i < tokens ? 1 : 0.5f);
  memcpy (context + 2 * tokens, context + tokens, tokens * sizeof (float));
  for (int perturbed = 0; perturbed < 2; perturbed++) {
    const LimnNetworkShape shape = {
      .batch = ROWS, .height = 8, .width = 16, .tokens = 77, .steps = 1, .perturbed = perturbed
    };
    Parting parting = { 0 };
    LimnTrace trace = { part_cb, &parting };
    g_autoptr (LimnUnet) unet =
        limn_unet_new_traced (networks_gpu (), checkpoint, LIMN_PRECISION_FP32, &shape, &trace, NULL, &error);

    g_assert_no_error (error);
    limn_unet_prepare (unet, context, pooled, ids, (const float[]){ 500 }, 1, NULL, &error);
    limn_unet_run (unet, 0, in, out[perturbed], NULL, &error);
    g_assert_no_error (error);
    g_assert_true (parting.before);
    g_assert_true (parting.after == !perturbed);
  }
  g_assert_cmpmem (out[0], 2 * n * sizeof (float), out[1], 2 * n * sizeof (float));
  g_assert_cmpmem (out[0] + n, n * sizeof (float), out[0] + 2 * n, n * sizeof (float));
  g_assert_true (memcmp (out[1] + n, out[1] + 2 * n, n * sizeof (float)) != 0);
}

/* To be watched changes nothing, to the bit.  What is looked at is as many places as look, of each of those that are
 * watched its own: in another order they are the same. */
static void
test_watched (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  gsize n = (gsize) 4 * 16 * 24, tokens = 77 * (gsize) config->context_channels;
  g_autofree float *in = g_new (float, ROWS *n), *context = g_new (float, ROWS *tokens);
  g_autofree float *pooled = g_new0 (float, ROWS * config->pooled_channels), *ids = g_new0 (float, ROWS * 6);
  g_autofree float *out = g_new (float, ROWS *n), *plain = g_new (float, ROWS *n);
  float *maps[2] = { NULL };
  int h = 0, w = 0;

  g_assert_true (limn_unet_watches (config));
  for (gsize i = 0; i < ROWS * tokens; i++)
    context[i] = (float) sin (0.3 * (double) (i % tokens));
  for (int order = 0; order < 3; order++) {
    const LimnNetworkShape shape = {
      .batch = ROWS, .height = 16, .width = 24, .tokens = 77, .steps = 1, .watched = order < 2 ? 2 : 0
    };
    g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), checkpoint, LIMN_PRECISION_FP32, &shape, NULL, &error);

    g_assert_no_error (error);
    for (gsize i = 0; i < ROWS * n; i++)
      in[i] = (float) sin (0.7 * (double) (i % n) * (double) (i % n) * (double) (1 + (i / n + (order == 1)) % 2));
    limn_unet_prepare (unet, context, pooled, ids, (const float[]){ 500 }, 1, NULL, &error);
    limn_unet_run (unet, 0, in, order == 0 ? plain : out, NULL, &error);
    g_assert_no_error (error);
    if (order < 2)
      maps[order] = limn_unet_looked (unet, &h, &w);
  }
  g_assert_cmpmem (out, ROWS * n * sizeof (float), plain, ROWS * n * sizeof (float));
  const gsize places = (gsize) h * (gsize) w;
  g_assert_cmpmem (maps[0], places * sizeof (float), maps[1] + places, places * sizeof (float));
  g_assert_cmpmem (maps[1], places * sizeof (float), maps[0] + places, places * sizeof (float));
  g_assert_true (memcmp (maps[0], maps[1], places * sizeof (float)) != 0);
  for (int map = 0; map < 2; map++) {
    double sum = 0;

    for (gsize i = 0; i < places; i++)
      sum += maps[0][map * places + i];
    g_assert_cmpfloat_with_epsilon (sum, (double) places, 1e-4 * (double) places);
  }
  g_free (maps[0]);
  g_free (maps[1]);
}

/* Away from the same context is nowhere, no share of it is nothing to the bit, and away from another is elsewhere. */
static void
test_nag (void)
{
  static const LimnNag kinds[] = { { 0 }, { 3, 2.5f, 0 }, { 3, 2.5f, 0.5f }, { 3, 2.5f, 0.5f } };
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  gsize n = (gsize) 4 * 8 * 16, tokens = 77 * (gsize) config->context_channels;
  g_autofree float *in = g_new (float, n), *context = g_new (float, tokens), *other = g_new (float, tokens);
  g_autofree float *pooled = g_new0 (float, config->pooled_channels), *ids = g_new0 (float, 6);
  float out[4][4 * 8 * 16];

  for (gsize i = 0; i < n; i++)
    in[i] = (float) sin (0.7 * (double) i * (double) i);
  for (gsize i = 0; i < tokens; i++) {
    context[i] = (float) sin (0.3 * (double) i);
    other[i] = (float) cos (0.11 * (double) i * (double) i);
  }
  for (int kind = 0; kind < 4; kind++) {
    const LimnNetworkShape shape = {
      .batch = 1, .height = 8, .width = 16, .tokens = 77, .steps = 1, .nag = kinds[kind]
    };
    g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), checkpoint, LIMN_PRECISION_FP32, &shape, NULL, &error);

    g_assert_no_error (error);
    if (kind > 0)
      limn_unet_set_against (unet, kind == 2 ? context : other);
    limn_unet_prepare (unet, context, pooled, ids, (const float[]){ 500 }, 1, NULL, &error);
    limn_unet_run (unet, 0, in, out[kind], NULL, &error);
    g_assert_no_error (error);
  }
  g_assert_cmpmem (out[0], sizeof out[0], out[1], sizeof out[1]);
  golden_check_rel ("away from itself", out[2], out[0], n, 1e-5);
  g_assert_cmpfloat (fabs (out[3][5] - out[0][5]), >, 1e-4);
}

/* ---- Regions ---- */

#define REGIONS 3
#define TOKENS 77

/* What the first block that attends gives, and where in it which context is to count; -1: not alone. */
typedef struct {
  float *rows;
  int h, w, c;
} First;

static void
first_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  First *first = data;

  if (first->rows != NULL || !g_str_has_suffix (name, ".transformer_blocks.0"))
    return;
  *first = (First){ g_memdup2 (rows, sizeof (float) * (gsize) array.h * array.w * array.c), array.h, array.w, array.c };
}

/* Each part of the picture, some row or column of it, is one context's, of which 0 is the picture's own. */
typedef struct {
  gboolean across;
  int owner[4];
} Parts;

static int
owner_of (const Parts *parts, int h, int w, int at)
{
  /* The same at all sizes, of which 4 is the least: quarters. */
  return parts->owner[parts->across ? at % w * 4 / w : at / w * 4 / h];
}

static void
parts_cb (int h, int w, float *shares, gpointer data)
{
  for (int at = 0; at < h * w; at++)
    for (int i = 0; i < REGIONS; i++)
      shares[at * REGIONS + i] = owner_of (data, h, w, at) == 1 + i ? 1 : 0;
}

static First
run_regions (LimnCheckpoint *checkpoint, const LimnNag *nag, const float *in, float *const *contexts,
             const float *against, const Parts *parts)
{
  const LimnUnetConfig *config = limn_checkpoint_unet (checkpoint);
  const LimnNetworkShape shape = { .batch = 1,
                                   .height = 16,
                                   .width = 16,
                                   .tokens = TOKENS,
                                   .steps = 1,
                                   .nag = *nag,
                                   .regions = parts != NULL ? REGIONS : 0 };
  g_autofree float *pooled = g_new0 (float, config->pooled_channels), *ids = g_new0 (float, 6);
  g_autofree float *out = g_new (float, 4 * 16 * 16);
  g_autoptr (GError) error = NULL;
  First first = { NULL };
  LimnTrace trace = { first_cb, &first };
  g_autoptr (LimnUnet) unet =
      limn_unet_new_traced (networks_gpu (), checkpoint, LIMN_PRECISION_FP32, &shape, &trace, NULL, &error);

  g_assert_no_error (error);
  if (nag->scale > 0)
    limn_unet_set_against (unet, against);
  for (int i = 0; parts != NULL && i < REGIONS; i++)
    limn_unet_set_region (unet, i, contexts[1 + i], nag->scale > 0 ? against : NULL);
  if (parts != NULL)
    limn_unet_share_out (unet, parts_cb, (gpointer) parts);
  limn_unet_prepare (unet, contexts[0], pooled, ids, (const float[]){ 500 }, 1, NULL, &error);
  limn_unet_run (unet, 0, in, out, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (first.rows);
  return first;
}

/* Whoever has a part of the picture to itself: what attention gives there is to the bit what it gives where that is
 * said of all of it. */
static void
test_regions (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  const gsize tokens = TOKENS * (gsize) limn_checkpoint_unet (checkpoint)->context_channels;
  float *contexts[2 + REGIONS];
  float in[4 * 16 * 16];

  for (int kind = 0; kind < 2; kind++) {
    const LimnNag nag = { kind == 0 ? 0 : 3, 2.5f, 0.5f };
    First alone[1 + REGIONS];

    for (gsize i = 0; i < G_N_ELEMENTS (in); i++)
      in[i] = (float) g_test_rand_double_range (-2, 2);
    for (int k = 0; k < 2 + REGIONS; k++) {
      contexts[k] = g_new (float, tokens);
      for (gsize i = 0; i < tokens; i++)
        contexts[k][i] = (float) g_test_rand_double_range (-1, 1);
    }
    for (int k = 0; k <= REGIONS; k++)
      alone[k] = run_regions (checkpoint, &nag, in, &contexts[k], contexts[1 + REGIONS], NULL);
    g_assert_true (memcmp (alone[0].rows, alone[1].rows, sizeof (float) * alone[0].c) != 0);
    for (int round = 0; round < 13; round++) {
      Parts parts = { g_test_rand_bit () };

      for (int i = 0; i < 4; i++)
        parts.owner[i] = g_test_rand_int_range (0, 1 + REGIONS);
      First first = run_regions (checkpoint, &nag, in, contexts, contexts[1 + REGIONS], &parts);
      for (int at = 0; at < first.h * first.w; at++) {
        const First *expected = &alone[owner_of (&parts, first.h, first.w, at)];

        g_assert_cmpmem (first.rows + at * first.c, sizeof (float) * first.c, expected->rows + at * first.c,
                         sizeof (float) * first.c);
      }
      g_free (first.rows);
    }
    for (int k = 0; k <= REGIONS; k++)
      g_free (alone[k].rows);
    for (int k = 0; k < 2 + REGIONS; k++)
      g_free (contexts[k]);
  }
}

/* All factors of one, and what is made smaller behind a block that is not there, are nothing to the bit; all else is
 * something, at sizes that nothing divides. */
static void
test_features (void)
{
  static const struct {
    LimnFreeu freeu;
    LimnShrink shrink;
    gboolean plain;
  } kinds[] = {
    { .plain = TRUE },
    { .freeu = { 1, { 1, 1 }, { 1, 1 } }, .plain = TRUE },
    { .freeu = { 2, { 1, 1 }, { 1, 1 } }, .plain = TRUE },
    { .freeu = { 0, { 2, 2 }, { 2, 2 } }, .plain = TRUE },
    { .shrink = { 3, 1 }, .plain = TRUE },
    { .shrink = { 40, 2 }, .plain = TRUE },
    { .freeu = { 1, { 1.3f, 1.4f }, { 1, 1 } } },
    { .freeu = { 2, { 1.3f, 1.4f }, { 1, 1 } } },
    { .freeu = { 1, { 1, 1 }, { 0.9f, 0.2f } } },
    { .freeu = { 2, { 1.3f, 1.4f }, { 0.9f, 0.2f } } },
    { .shrink = { 1, 2 } },
    { .shrink = { 3, 2 } },
    { .shrink = { 3, 2, LIMN_RESAMPLE_BILINEAR } },
    { .shrink = { 8, 1.7f } },
    { .freeu = { 2, { 1.3f, 1.4f }, { 0.9f, 0.2f } }, .shrink = { 3, 2 } },
  };
  enum { N = 4 * 9 * 15 };
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  gsize tokens = 77 * (gsize) limn_checkpoint_unet (checkpoint)->context_channels;
  g_autofree float *context = g_new (float, tokens), *out = g_new (float, N *G_N_ELEMENTS (kinds));
  g_autofree float *pooled = g_new0 (float, limn_checkpoint_unet (checkpoint)->pooled_channels);
  float in[N], ids[6] = { 0 };
  g_autoptr (LimnUnet) unet = NULL;

  for (gsize i = 0; i < N; i++)
    in[i] = (float) sin (0.7 * (double) i * (double) i);
  for (gsize i = 0; i < tokens; i++)
    context[i] = (float) sin (0.3 * (double) i);
  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++) {
    const LimnNetworkShape shape = { .batch = 1,
                                     .height = 9,
                                     .width = 15,
                                     .tokens = 77,
                                     .steps = 1,
                                     .freeu = kinds[kind].freeu,
                                     .shrink = kinds[kind].shrink };

    if (unet == NULL)
      unet = limn_unet_new (networks_gpu (), checkpoint, LIMN_PRECISION_FP32, &shape, NULL, &error);
    else
      limn_unet_reshape (unet, &shape, NULL, &error);
    g_assert_no_error (error);
    limn_unet_prepare (unet, context, pooled, ids, (const float[]){ 500 }, 1, NULL, &error);
    limn_unet_run (unet, 0, in, out + kind * N, NULL, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < kind; i++)
      g_assert_true ((memcmp (out + i * N, out + kind * N, N * sizeof (float)) == 0)
                     == (kinds[i].plain && kinds[kind].plain));
  }
}

/* Which places of the way up FreeU changes, as ComfyUI has it: those that are given four and two times the first
 * level's channels. */
static void
test_strengthened (void)
{
  static const struct {
    const char *model;
    int deep, less;
  } models[] = { { "sd_xl_base_1.0", 4, 3 }, { "sd_xl_refiner_1.0", 7, 3 }, { "v1-5-pruned-emaonly", 7, 3 } };
  static const LimnFreeu factors[] = {
    { 0 }, { 1, { 2, 1 }, { 1, 1 } }, { 1, { 1, 2 }, { 1, 1 } }, { 1, { 1, 1 }, { 2, 1 } }, { 2, { 1, 1 }, { 1, 2 } },
  };
  g_autofree char *folder = make_folder ();

  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autofree char *keys = g_strconcat (models[i].model, ".tsv", NULL);
    g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
    g_autoptr (Listing) listing = listing_load_keys (keys);
    g_autoptr (GError) error = NULL;
    guint dispatches[G_N_ELEMENTS (factors)];

    listing_write_sparse (listing, path);
    g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
    g_assert_no_error (error);
    for (guint k = 0; k < G_N_ELEMENTS (factors); k++) {
      const LimnGpuLimits limits = {
        .storage_range = 1 << 30, .allocation = 1 << 30, .max_groups = 65535, .slice_flop = 2e11
      };
      g_autoptr (LimnNet) net = limn_net_new (&limits, LIMN_STORE_F16);
      LimnUnetPlans plans = { 0 };

      limn_unet_write (net, limn_checkpoint_unet (checkpoint),
                       &(LimnNetworkShape){ 1, 32, 32, 77, 1, .freeu = factors[k] }, &plans);
      dispatches[k] = limn_plan_dispatches (plans.step);
      limn_unet_plans_clear (&plans);
    }
    /* a skip is filtered in three dispatches */
    g_assert_cmpuint (dispatches[1] - dispatches[0], ==, models[i].deep);
    g_assert_cmpuint (dispatches[2] - dispatches[0], ==, models[i].less);
    g_assert_cmpuint (dispatches[3] - dispatches[0], ==, 3 * models[i].deep);
    g_assert_cmpuint (dispatches[4] - dispatches[0], ==, 3 * models[i].less);
  }
  tests_remove_folder (folder);
}

/* mini-ssd, mini-vega: depths of SSD-1B and Segmind-Vega, which differ from layer to layer and between down and up, and
 * a middle without attention. */
static const Suite suites[] = {
  { "mini-sdxl", NULL, "mini-sdxl", "", 7, 9, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sdxl", NULL, "mini-sdxl", "", 7, 9, LIMN_PRECISION_FP16, 8e-3 },
  { "mini-sdxl-refiner", NULL, "mini-sdxl-refiner", "", 7, 9, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sdxl-refiner", NULL, "mini-sdxl-refiner", "", 7, 9, LIMN_PRECISION_FP16, 2.5e-2 },
  { "mini-sd15", NULL, "mini-sd15", "", 7, 9, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sd15", NULL, "mini-sd15", "", 7, 9, LIMN_PRECISION_FP16, 5e-3 },
  { "mini-sd21", NULL, "mini-sd21", "", 7, 9, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sd21", NULL, "mini-sd21", "", 7, 9, LIMN_PRECISION_FP16, 1e-2 },
  { "mini-ssd/unet", "mini-sdxl", "distilled", "mini-ssd/", 2, 0, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-ssd/unet", "mini-sdxl", "distilled", "mini-ssd/", 2, 0, LIMN_PRECISION_FP16, 8e-3 },
  { "mini-vega-single-file.safetensors", "mini-sdxl", "distilled", "mini-vega/", 2, 0, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-vega-single-file.safetensors", "mini-sdxl", "distilled", "mini-vega/", 2, 0, LIMN_PRECISION_FP16, 8e-3 },
  { "mini-sdxl-q-inpaint/unet", "mini-sdxl", "inpaint9", "mini-sdxl-q-inpaint/", 2, 0, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sdxl-q-inpaint/unet", "mini-sdxl", "inpaint9", "mini-sdxl-q-inpaint/", 2, 0, LIMN_PRECISION_FP16, 8e-3 },
  { "mini-sd15-inpaint/unet", "mini-sd15", "inpaint9", "mini-sd15-inpaint/", 2, 0, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sd15-inpaint/unet", "mini-sd15", "inpaint9", "mini-sd15-inpaint/", 2, 0, LIMN_PRECISION_FP16, 5e-3 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++) {
    g_autofree char *name =
        g_strdup_printf ("/unet/%s/%s", suites[i].model, suites[i].precision == LIMN_PRECISION_FP32 ? "fp32" : "fp16");
    g_test_add_data_func (name, &suites[i], test_unet);
  }
  g_test_add_func ("/unet/perturbed", test_perturbed);
  g_test_add_func ("/unet/watched", test_watched);
  g_test_add_func ("/unet/nag", test_nag);
  g_test_add_func ("/unet/regions", test_regions);
  g_test_add_func ("/unet/features", test_features);
  g_test_add_func ("/unet/strengthened", test_strengthened);
  return networks_run ();
}
