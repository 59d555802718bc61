/* test-preview.c - previews by the decoder that is found with a model, over stand-in networks: they change nothing, and
 * a run goes on where they fail.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "common/golden.h"
#include "engine/job.h"
#include "model/listing.h"

typedef struct {
  EngineFixture engine;
  char *folder, *decoder; /* the base's, and the decoder's file in it */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *from = golden_path ("mini-sdxl"), *bytes = NULL;
  g_autofree char *decoder = golden_path ("taesd/taesdxl_decoder.safetensors");
  g_autoptr (GError) error = NULL;
  gsize size;

  engine_set_up (&fixture->engine, data);
  fixture->folder = make_folder ();
  fixture->decoder = g_build_filename (fixture->folder, "taesdxl_decoder.safetensors", NULL);
  link_folder (from, fixture->folder);
  g_file_get_contents (decoder, &bytes, &size, &error);
  g_assert_no_error (error);
  put_file (fixture->folder, "taesdxl_decoder.safetensors", bytes, (gssize) size);
  limn_model_unref (fixture->engine.base);
  fixture->engine.base = limn_model_open (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->engine.request.model = fixture->engine.base;
  fixture->engine.request.decoded_previews = TRUE;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  engine_tear_down (&fixture->engine, data);
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->decoder);
}

/* What previews were. */
typedef struct {
  int all, decoded;
  int cancel_at; /* calls of the decoder; 0: never */
} Seen;

/* Each pixel is the cell's of the stand-in, which knows the latents alone. */
static void
check_decoded (const LimnPreview *preview)
{
  gsize plane = (gsize) preview->width * preview->height;

  g_assert_cmpint (preview->image->width, ==, 8 * preview->width);
  g_assert_cmpint (preview->image->height, ==, 8 * preview->height);
  for (int y = 0; y < preview->image->height; y++)
    for (int x = 0; x < preview->image->width; x++)
      for (int c = 0; c < 3; c++) {
        gsize cell = (gsize) (y / 8) * preview->width + x / 8;
        double value = (preview->did.denoised[c * plane + cell] * 0.5 + 0.5) * 255;
        int pixel = preview->image->rgb[((gsize) y * preview->image->width + x) * 3 + c];

        g_assert_cmpfloat (fabs (CLAMP (value, 0, 255) - pixel), <, 0.501);
        g_assert_cmpint (preview->rgb[cell * 3 + c], ==, pixel);
      }
}

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Seen *seen = data;

  seen->all++;
  if (preview->image == NULL)
    return;
  seen->decoded++;
  check_decoded (preview);
}

static gboolean
cancelled_cb (gpointer data)
{
  const Seen *seen = data;

  return seen->cancel_at > 0 && fake_networks ()->preview_calls >= seen->cancel_at;
}

static LimnResult *
generate (Fixture *fixture, Seen *seen)
{
  const LimnMonitor monitor = { .preview = preview_cb, .cancelled = cancelled_cb, .data = seen };

  *seen = (Seen){ 0 };
  return engine_generate (&fixture->engine, &monitor);
}

/* What the run says of its previews, which it says once; NULL: nothing. */
static const char *
note_of (const LimnResult *result)
{
  const char *found = NULL;

  for (char **note = result->notes; *note != NULL; note++)
    if (strstr (*note, "approximate") != NULL) {
      g_assert_null (found);
      found = *note;
    }
  return found;
}

/* The picture, and the steps that all previews are of, are those of a run that asks for none. */
static void
assert_same_picture (Fixture *fixture, const LimnResult *result)
{
  Seen seen;

  fixture->engine.request.decoded_previews = FALSE;
  g_autoptr (LimnResult) plain = generate (fixture, &seen);
  fixture->engine.request.decoded_previews = TRUE;
  g_assert_cmpint (seen.decoded, ==, 0);
  g_assert_null (note_of (plain));
  g_assert_true (engine_same_picture (result, plain));
}

static void
test_decoded (Fixture *fixture, gconstpointer data)
{
  Seen seen;
  g_autoptr (LimnResult) result = generate (fixture, &seen);

  g_assert_cmpint (seen.all, ==, fixture->engine.request.steps);
  g_assert_cmpint (seen.decoded, ==, seen.all);
  g_assert_cmpint (fake_networks ()->preview_calls, ==, seen.all);
  g_assert_null (note_of (result));
  assert_same_picture (fixture, result);
}

/* The refiner's steps, too, by the base's; a sampler that asks the network twice is still shown once a step. */
static void
test_refiner (Fixture *fixture, gconstpointer data)
{
  Seen seen;

  fixture->engine.request.refiner = fixture->engine.refiner;
  fixture->engine.request.sampler = "heun";
  fixture->engine.request.handoff = 0.5;
  g_autoptr (LimnResult) result = generate (fixture, &seen);
  g_assert_cmpint (seen.decoded, ==, fixture->engine.request.steps);
  g_assert_cmpint (fake_networks ()->preview_calls, ==, fixture->engine.request.steps);
  assert_same_picture (fixture, result);
}

/* Nobody looks: it is not asked. */
static void
test_unseen (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnResult) result = engine_generate (&fixture->engine, NULL);

  g_assert_cmpint (fake_networks ()->preview_calls, ==, 0);
  assert_same_picture (fixture, result);
}

static void
test_broken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Seen seen;

  put_file (fixture->folder, "taesdxl_decoder.safetensors", "no tensors at all", -1);
  limn_model_unref (fixture->engine.base);
  fixture->engine.base = fixture->engine.request.model = limn_model_open (fixture->folder, &error);
  g_assert_no_error (error);
  g_autoptr (LimnResult) result = generate (fixture, &seen);
  g_assert_cmpint (seen.all, ==, fixture->engine.request.steps);
  g_assert_cmpint (seen.decoded, ==, 0);
  g_assert_nonnull (note_of (result));
  g_assert_nonnull (strstr (note_of (result), fixture->decoder));
  assert_same_picture (fixture, result);
}

static void
test_not_finite (Fixture *fixture, gconstpointer data)
{
  Seen seen;

  fake_networks ()->nan_preview = 3;
  g_autoptr (LimnResult) result = generate (fixture, &seen);
  g_assert_cmpint (seen.all, ==, fixture->engine.request.steps);
  g_assert_cmpint (seen.decoded, ==, 2);
  g_assert_cmpint (fake_networks ()->preview_calls, ==, 3);
  g_assert_nonnull (note_of (result));
  assert_same_picture (fixture, result);
}

/* The device has less than it said. */
static void
test_no_memory (Fixture *fixture, gconstpointer data)
{
  Seen seen;

  fake_networks ()->full_for_preview = TRUE;
  g_autoptr (LimnResult) result = generate (fixture, &seen);
  g_assert_cmpint (seen.decoded, ==, 0);
  g_assert_nonnull (note_of (result));
  g_assert_nonnull (strstr (note_of (result), "full"));
  assert_same_picture (fixture, result);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  for (int at = 1; at <= fixture->engine.request.steps; at++) {
    Seen seen = { .cancel_at = at };
    const LimnMonitor monitor = { .preview = preview_cb, .cancelled = cancelled_cb, .data = &seen };
    g_autoptr (GError) error = NULL;

    fake_networks ()->preview_calls = 0;
    g_assert_null (limn_engine_generate (fixture->engine.engine, &fixture->engine.request, &monitor, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    g_assert_cmpint (seen.decoded, ==, at - 1);
    g_assert_cmpint (fake_networks ()->preview_calls, ==, at);
  }
}

static LimnEstimate *
estimate (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LimnEstimate *estimate = limn_engine_estimate (fixture->engine.engine, &fixture->engine.request, &error);

  g_assert_no_error (error);
  return estimate;
}

/* Whether a run would have its decoder, and what stays. */
static gboolean
plans_decoder (Fixture *fixture, LimnResidency *residency)
{
  LimnJob job = { .engine = fixture->engine.engine };
  LimnBudget budget = limn_engine_budget (fixture->engine.engine);
  gboolean planned = FALSE;

  limn_job_plan (&job, &fixture->engine.request);
  *residency = limn_job_choose (&job, &budget);
  for (const LimnAct *act = job.acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++)
      planned |= act->uses[k].network.kind == &limn_taesd_kind;
  limn_job_clear (&job);
  return planned;
}

/* With any memory: what stays is what stays without previews, and the decoder is there where it changes nothing. */
static void
test_crowded (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;
  gboolean crowded[LIMN_RESIDENCY_IMPOSSIBLE + 1] = { FALSE }, planned[LIMN_RESIDENCY_IMPOSSIBLE + 1] = { FALSE };

  g_autoptr (LimnEstimate) most = estimate (fixture);
  for (guint64 memory = most->peak / 64; memory < 2 * most->peak; memory += most->peak / 256) {
    LimnResidency with, without;

    fake_networks ()->memory = memory;
    gboolean shown = plans_decoder (fixture, &with);
    g_autoptr (LimnEstimate) decoded = estimate (fixture);
    request->decoded_previews = FALSE;
    g_assert_false (plans_decoder (fixture, &without));
    g_autoptr (LimnEstimate) plain = estimate (fixture);
    request->decoded_previews = TRUE;
    g_assert_cmpint (with, ==, without);
    g_assert_cmpint (decoded->fits, ==, plain->fits);
    g_assert_true ((decoded->peak > plain->peak) == shown || with == LIMN_RESIDENCY_ONE);
    planned[with] |= shown;
    crowded[with] |= !shown;
  }
  g_assert_true (planned[LIMN_RESIDENCY_ALL] && crowded[LIMN_RESIDENCY_ALL] && crowded[LIMN_RESIDENCY_ONE]);
}

/* The run does as it was planned, and says so. */
static void
test_crowded_run (Fixture *fixture, gconstpointer data)
{
  LimnResidency residency;
  Seen seen;

  g_autoptr (LimnEstimate) most = estimate (fixture);
  fake_networks ()->memory = most->peak;
  g_assert_false (plans_decoder (fixture, &residency));
  g_autoptr (LimnResult) result = generate (fixture, &seen);
  g_assert_cmpint (seen.all, ==, fixture->engine.request.steps);
  g_assert_cmpint (seen.decoded, ==, 0);
  g_assert_cmpint (fake_networks ()->preview_calls, ==, 0);
  g_assert_nonnull (strstr (note_of (result), "memory"));
  assert_same_picture (fixture, result);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/preview/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("decoded", test_decoded);
  ADD ("refiner", test_refiner);
  ADD ("unseen", test_unseen);
  ADD ("broken", test_broken);
  ADD ("not-finite", test_not_finite);
  ADD ("no-memory", test_no_memory);
  ADD ("cancelled", test_cancelled);
  ADD ("crowded", test_crowded);
  ADD ("crowded-run", test_crowded_run);
  return g_test_run ();
}
