/* test-residency.c - which networks may lie on the device together, as a table and against a run played through.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/residency.h"

#define GB(x) ((guint64) ((x) *1e9))
#define MOST_ACTS 8

static const LimnNetworkKind kinds[] = {
  { .reads_prompt = TRUE }, { .reads_prompt = TRUE }, { 0 }, { 0 }, { 0 }, { 0 }
};
#define CLIP &kinds[0]
#define CLIP_2 &kinds[1]
#define UNET &kinds[2]
#define DECODER &kinds[3]
#define CONTROL &kinds[4]
/* They are only told apart. */
#define BASE ((LimnModel *) &kinds[0])
#define REFINER ((LimnModel *) &kinds[1])

#define USE(of, what, gigabytes)                                                                                       \
  {                                                                                                                    \
    { what, of }, { .weights = GB (gigabytes) / 2, .work = GB (gigabytes) / 2 }, 1                                     \
  }

/* Full-size SDXL in fp16 at 1024 x 1024. */
static const LimnAct decode = { .uses = { USE (BASE, DECODER, 1.8) }, .n_uses = 1 };
static const LimnAct start = { 0 };
static const LimnAct base_only[] = {
  { (LimnAct *) &base_only[1], .uses = { USE (BASE, CLIP, 0.25), USE (BASE, CLIP_2, 1.39) }, .n_uses = 2 },
  { (LimnAct *) &base_only[2] },
  { (LimnAct *) &decode, .uses = { USE (BASE, UNET, 5.6) }, .n_uses = 1 },
};
static const LimnAct with_refiner[] = {
  { (LimnAct *) &with_refiner[1], .uses = { USE (BASE, CLIP, 0.25), USE (BASE, CLIP_2, 1.39) }, .n_uses = 2 },
  { (LimnAct *) &with_refiner[2], .uses = { USE (REFINER, CLIP_2, 1.39) }, .n_uses = 1 },
  { (LimnAct *) &with_refiner[3], .uses = { USE (BASE, UNET, 5.6) }, .n_uses = 1 },
  { (LimnAct *) &decode, .uses = { USE (REFINER, UNET, 5) }, .n_uses = 1 },
};
/* Steps that two networks share work at once, wherever they are. */
static const LimnAct controlled = { (LimnAct *) &decode, .uses = { USE (BASE, UNET, 5.6), USE (BASE, CONTROL, 2.4) },
                                    .n_uses = 2 };

static void
test_table (void)
{
  static const struct {
    const LimnAct *acts;
    guint64 free;
    LimnResidency plan;
  } cases[] = {
    { base_only, GB (24), LIMN_RESIDENCY_ALL },
    { base_only, GB (9.04), LIMN_RESIDENCY_ALL },
    { base_only, GB (9.03), LIMN_RESIDENCY_ENCODERS_APART },
    { base_only, GB (7.4), LIMN_RESIDENCY_ENCODERS_APART },
    { base_only, GB (7.39), LIMN_RESIDENCY_ONE },
    { base_only, GB (5.6), LIMN_RESIDENCY_ONE },
    { base_only, GB (5.59), LIMN_RESIDENCY_IMPOSSIBLE },
    { base_only, 0, LIMN_RESIDENCY_IMPOSSIBLE },
    { with_refiner, GB (24), LIMN_RESIDENCY_ALL },
    { with_refiner, GB (15), LIMN_RESIDENCY_ENCODERS_APART },
    { with_refiner, GB (12), LIMN_RESIDENCY_ONE },
    { with_refiner, GB (4), LIMN_RESIDENCY_IMPOSSIBLE },
    { &controlled, GB (9.8), LIMN_RESIDENCY_ALL },
    { &controlled, GB (9.79), LIMN_RESIDENCY_ONE },
    { &controlled, GB (8), LIMN_RESIDENCY_ONE },
    { &controlled, GB (7.99), LIMN_RESIDENCY_IMPOSSIBLE },
    { &start, 0, LIMN_RESIDENCY_ALL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (limn_residency_plan (cases[i].free, cases[i].acts), ==, cases[i].plan);
}

/* ---- A run, played through ---- */

/* The networks of two models, by number: six kinds each. */
typedef struct {
  LimnAct acts[MOST_ACTS];
  guint needs[MOST_ACTS]; /* bits of networks */
  guint64 bytes[2 * G_N_ELEMENTS (kinds)];
} Play;

static gboolean
is_encoder (guint network)
{
  return network / 2 < 2;
}

/* Acts with up to three networks of either model each, those that read the prompt first. */
static void
play_init (Play *play, GRand *random)
{
  int n_acts = g_rand_int_range (random, 1, MOST_ACTS + 1), reading = g_rand_int_range (random, 0, n_acts + 1);

  *play = (Play){ 0 };
  for (guint i = 0; i < G_N_ELEMENTS (play->bytes); i++)
    play->bytes[i] = g_rand_int_range (random, 0, 5) * (guint64) g_rand_int_range (random, 1, 1000000);
  for (int i = 0; i < n_acts; i++) {
    LimnAct *act = &play->acts[i];

    act->next = i + 1 < n_acts ? act + 1 : NULL;
    for (int tries = g_rand_int_range (random, 0, LIMN_MOST_USES + 1); tries > 0; tries--) {
      guint network = i < reading ? g_rand_int_range (random, 0, 4) : g_rand_int_range (random, 4, 12);
      LimnUse *use = &act->uses[act->n_uses];

      if (play->needs[i] & 1u << network)
        continue;
      play->needs[i] |= 1u << network;
      use->network.kind = &kinds[network / 2];
      use->network.model = network % 2 ? BASE : REFINER;
      use->cost.weights = play->bytes[network] / 3;
      use->cost.work = play->bytes[network] - use->cost.weights;
      act->n_uses++;
    }
  }
}

/* Those of there that stay when network comes, which act i needs. */
static guint
stay (const Play *play, LimnResidency plan, int i, guint network, guint there)
{
  guint staying = 0;

  for (guint other = 0; other < G_N_ELEMENTS (play->bytes); other++) {
    gboolean stays = plan == LIMN_RESIDENCY_ALL || other == network;

    if (plan == LIMN_RESIDENCY_ENCODERS_APART)
      stays |= is_encoder (other) == is_encoder (network);
    if (plan >= LIMN_RESIDENCY_ONE)
      stays |= !is_encoder (network) && play->needs[i] & 1u << other;
    if (stays)
      staying |= 1u << other;
  }
  return there & staying;
}

/* Plays the run twice, so that what it leaves behind lies beside the next; returns the most bytes there at once. */
static guint64
play_through (const Play *play, LimnResidency plan)
{
  guint there = 0;
  guint64 most = 0;

  for (int i = 0; i < 2 * MOST_ACTS; i++)
    for (guint network = 0; network < G_N_ELEMENTS (play->bytes); network++) {
      guint64 bytes = 0;
      int at = i % MOST_ACTS;

      if (!(play->needs[at] & 1u << network))
        continue;
      there = stay (play, plan, at, network, there) | 1u << network;
      for (guint other = 0; other < G_N_ELEMENTS (play->bytes); other++)
        bytes += there & 1u << other ? play->bytes[other] : 0;
      g_assert_cmpuint (bytes, <=, limn_residency_during (plan, play->acts, &play->acts[at]));
      most = MAX (most, bytes);
    }
  return most;
}

/* The peak is what a run that is played through comes to, and the plan is the first one that fits. */
static void
test_played (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  int plans[LIMN_RESIDENCY_IMPOSSIBLE + 1] = { 0 };

  for (int i = 0; i < 3000; i++) {
    Play play;
    guint64 peaks[LIMN_RESIDENCY_IMPOSSIBLE], free;

    play_init (&play, random);
    for (LimnResidency plan = 0; plan < LIMN_RESIDENCY_IMPOSSIBLE; plan++) {
      peaks[plan] = play_through (&play, plan);
      g_assert_cmpuint (limn_residency_peak (plan, play.acts), ==, peaks[plan]);
    }
    /* Just enough for one of them, or a byte less. */
    free = peaks[g_rand_int_range (random, 0, LIMN_RESIDENCY_IMPOSSIBLE)];
    if (free > 0 && g_rand_boolean (random))
      free--;
    LimnResidency expected = 0;
    while (expected < LIMN_RESIDENCY_IMPOSSIBLE && peaks[expected] > free)
      expected++;
    g_assert_cmpint (limn_residency_plan (free, play.acts), ==, expected);
    plans[expected]++;
  }
  /* what is streamed costs something else, which is not decided here */
  for (LimnResidency plan = 0; plan <= LIMN_RESIDENCY_IMPOSSIBLE; plan++)
    g_assert_true (plan == LIMN_RESIDENCY_STREAMED ? plans[plan] == 0 : plans[plan] > 100);
}

/* More memory never gives a tighter plan, and no plan but the last exceeds what is free. */
static void
test_properties (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (11);

  for (int i = 0; i < 100; i++) {
    Play play;
    LimnResidency last = LIMN_RESIDENCY_IMPOSSIBLE;

    play_init (&play, random);
    for (guint64 free = 0; free < 64000000; free += 1400001) {
      LimnResidency plan = limn_residency_plan (free, play.acts);
      LimnBudget budget = { free / 2, free };

      g_assert_cmpint (plan, <=, last);
      g_assert_true (plan == LIMN_RESIDENCY_IMPOSSIBLE || limn_residency_peak (plan, play.acts) <= free);
      /* Within a budget: what can work does, even where it is more than is planned. */
      g_assert_true ((limn_residency_choose (&budget, play.acts) == LIMN_RESIDENCY_IMPOSSIBLE)
                     == (limn_residency_peak (LIMN_RESIDENCY_ONE, play.acts) > free));
      last = plan;
    }
    g_assert_cmpint (last, ==, LIMN_RESIDENCY_ALL);
  }
}

/* What is at work never needs more than the peak, which is one of them; alone means a text encoder as well. */
static void
test_during (void)
{
  for (LimnResidency plan = 0; plan < LIMN_RESIDENCY_IMPOSSIBLE; plan++) {
    guint64 most = 0;

    for (const LimnAct *act = base_only; act != NULL; act = act->next)
      most = MAX (most, limn_residency_during (plan, base_only, act));
    g_assert_cmpuint (most, ==, limn_residency_peak (plan, base_only));
  }
  g_assert_cmpuint (limn_residency_during (LIMN_RESIDENCY_ENCODERS_APART, base_only, &base_only[0]), ==, GB (1.64));
  g_assert_cmpuint (limn_residency_during (LIMN_RESIDENCY_ONE, base_only, &base_only[0]), ==, GB (1.39));
  g_assert_cmpuint (limn_residency_during (LIMN_RESIDENCY_ENCODERS_APART, base_only, &base_only[2]), ==, GB (7.4));
  g_assert_cmpuint (limn_residency_during (LIMN_RESIDENCY_ONE, &controlled, &controlled), ==, GB (8));
}

/* Acts that share a network, each for a shape of its own, need the larger one, once. */
static void
test_shared (void)
{
  static const LimnAct large = { .uses = { USE (BASE, UNET, 6) }, .n_uses = 1 };
  static const LimnAct small = { (LimnAct *) &large, .uses = { USE (BASE, UNET, 5) }, .n_uses = 1 };

  for (LimnResidency plan = 0; plan < LIMN_RESIDENCY_IMPOSSIBLE; plan++)
    g_assert_cmpuint (limn_residency_peak (plan, &small), ==, GB (6));
}

static void
test_together (void)
{
  const LimnAct *act = &controlled;
  const LimnNetwork *base = &act->uses[0].network, *control = &act->uses[1].network, *decoder = &decode.uses[0].network,
                    *clip = &base_only[0].uses[0].network, *clip_2 = &base_only[0].uses[1].network,
                    *refiner = &with_refiner[3].uses[0].network;

  for (LimnResidency plan = 0; plan <= LIMN_RESIDENCY_IMPOSSIBLE; plan++) {
    g_assert_true (limn_residency_together (plan, act, base, base));
    g_assert_true (limn_residency_together (plan, act, base, control));
    g_assert_true (limn_residency_together (plan, base_only, clip, clip));
    g_assert_true (limn_residency_together (plan, base_only, clip, clip_2) == (plan < LIMN_RESIDENCY_ONE));
    g_assert_true (limn_residency_together (plan, act, base, refiner) == (plan < LIMN_RESIDENCY_ONE));
    g_assert_true (limn_residency_together (plan, act, base, decoder) == (plan < LIMN_RESIDENCY_ONE));
    g_assert_true (limn_residency_together (plan, act, base, clip) == (plan == LIMN_RESIDENCY_ALL));
    g_assert_true (limn_residency_together (plan, base_only, clip, base) == (plan == LIMN_RESIDENCY_ALL));
  }
}

/* Of one network, and of several. */
static void
test_overflow (void)
{
  LimnAct one = { .uses = { USE (BASE, UNET, 1) }, .n_uses = 1 };
  LimnAct three = { .uses = { USE (BASE, UNET, 1), USE (BASE, CONTROL, 1), USE (REFINER, UNET, 1) }, .n_uses = 3 };

  one.uses[0].cost = (LimnSurvey){ .weights = G_MAXUINT64 / 2 + 1, .work = G_MAXUINT64 / 2 + 1 };
  for (int k = 0; k < 3; k++)
    three.uses[k].cost = (LimnSurvey){ .weights = G_MAXUINT64 / 2, .work = k };
  for (LimnResidency plan = 0; plan < LIMN_RESIDENCY_IMPOSSIBLE; plan++) {
    g_assert_cmpuint (limn_residency_peak (plan, &one), ==, G_MAXUINT64);
    g_assert_cmpuint (limn_residency_peak (plan, &three), ==, G_MAXUINT64);
  }
  g_assert_cmpint (limn_residency_plan (GB (24), &one), ==, LIMN_RESIDENCY_IMPOSSIBLE);
  g_assert_cmpint (limn_residency_plan (GB (24), &three), ==, LIMN_RESIDENCY_IMPOSSIBLE);
}

static void
test_budget (void)
{
  LimnBudget card = limn_residency_budget (LIMN_DEVICE_DISCRETE, GB (24), 0, GB (2));
  LimnBudget shared = limn_residency_budget (LIMN_DEVICE_DISCRETE, GB (24), GB (9), GB (2));
  LimnBudget alone = limn_residency_budget (LIMN_DEVICE_DISCRETE, GB (24), GB (23), GB (2));
  LimnBudget software = limn_residency_budget (LIMN_DEVICE_SOFTWARE, GB (2.1), GB (2), GB (22));
  LimnBudget chip = limn_residency_budget (LIMN_DEVICE_INTEGRATED, GB (4), GB (3), GB (60));
  LimnBudget unknown = limn_residency_budget (LIMN_DEVICE_SOFTWARE, GB (24), 0, 0);

  g_assert_cmpuint (card.planned, ==, GB (21));
  g_assert_cmpuint (card.limit, ==, GB (24));
  /* What others hold is not planned with, but they may give it back. */
  g_assert_cmpuint (shared.planned, ==, GB (9));
  g_assert_cmpuint (shared.limit, ==, GB (24));
  g_assert_cmpuint (alone.planned, ==, GB (21));
  /* lavapipe calls its heap 2 GB, and takes more. */
  g_assert_cmpuint (software.planned, ==, GB (11));
  g_assert_cmpuint (software.limit, ==, GB (22));
  g_assert_cmpuint (chip.planned, ==, GB (3));
  g_assert_cmpuint (chip.limit, ==, GB (4));
  g_assert_cmpuint (unknown.limit, ==, GB (24));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/residency/table", test_table);
  g_test_add_func ("/residency/played", test_played);
  g_test_add_func ("/residency/properties", test_properties);
  g_test_add_func ("/residency/during", test_during);
  g_test_add_func ("/residency/shared", test_shared);
  g_test_add_func ("/residency/together", test_together);
  g_test_add_func ("/residency/overflow", test_overflow);
  g_test_add_func ("/residency/budget", test_budget);
  return g_test_run ();
}
