/* test-gpu-faults.c - each call into Vulkan that a run makes fails in turn: the run takes another way, or says what is
 * wrong; and the next one, on the same engine or on a new device, paints what it would have painted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "common/golden-model.h"
#include "engine/job.h"
#include "model/vulkan-faults.h"

/* How many of the calls fail, where not all do (-m slow). */
#define SAMPLE 4
#define ENGINES 1 /* of those that only a new engine makes */

static LimnModel *base, *refiner;
static LimnImage *image;
static LimnResult *right; /* what a run paints that nothing disturbs */
static const char *prompt = "a cat", *fit;

static LimnResult *
paint (LimnEngine *engine, GError **error)
{
  const char *const folders[] = { LIMN_GOLDEN_DIR "/lora", NULL };
  LimnRequest request;

  limn_request_init (&request, base);
  request.refiner = refiner;
  request.image = image;
  request.prompt = prompt;
  request.fit = fit;
  request.lora_folders = folders;
  request.width = 64;
  request.height = 64;
  request.steps = 4;
  request.strength = 1;
  request.handoff = 0.5;
  return limn_engine_generate (engine, &request, NULL, error);
}

static LimnEngine *
connect (void)
{
  g_autoptr (GError) error = NULL;
  LimnEngine *engine = limn_engine_new (-1, &error);

  g_assert_no_error (error);
  return engine;
}

static void
assert_right (const LimnResult *result)
{
  g_assert_cmpint (result->latent_width, ==, right->latent_width);
  g_assert_cmpmem (result->latents, sizeof (float) * 4 * result->latent_width * result->latent_height, right->latents,
                   sizeof (float) * 4 * right->latent_width * right->latent_height);
  g_assert_true (limn_image_is_same (result->image, right->image));
}

static void
assert_clean_run (LimnEngine *engine)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result = NULL;

  vulkan_faults_set (0, 0, FALSE);
  result = paint (engine, &error);
  g_assert_no_error (error);
  assert_right (result);
}

/* Returns whether it painted. */
static gboolean
paint_with_fault (LimnEngine *engine, VulkanCall call, guint at, gboolean further)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result = NULL;

  vulkan_faults_set (call, at, further);
  result = paint (engine, &error);
  /* how many submissions a run makes depends on how fast the device is just then: the last may not come */
  g_assert_true (result != NULL || vulkan_faults_came ());
  if (result != NULL) {
    g_assert_no_error (error);
    assert_right (result);
    return TRUE;
  }
  g_test_message ("%s %u: %s", vulkan_call_name (call), at, error->message);
  g_assert_true (error->domain == LIMN_ERROR);
  g_assert_cmpuint (strlen (error->message), >, 10);
  if (call == VULKAN_QueueSubmit || call == VULKAN_WaitForFences)
    g_assert_cmpint (error->code, ==, LIMN_ERROR_DEVICE_LOST);
  if (call == VULKAN_AllocateMemory)
    g_assert_cmpint (error->code, ==, LIMN_ERROR_MEMORY);
  return FALSE;
}

static void
assert_nothing_left (LimnEngine *engine)
{
  limn_engine_forget (engine);
  g_assert_cmpuint (limn_gpu_allocated (engine->gpu, NULL), ==, 0);
}

/* ---- What each run asks for anew ---- */

typedef struct {
  VulkanCall call;
  gboolean further;
} Fault;

/* The i-th that fails of so many calls: each, or in as many parts of them one at random each. */
static guint
choose (guint i, guint n, guint calls)
{
  guint from = i * calls / n, to = (i + 1) * calls / n;

  return n == calls ? i + 1 : from + 1 + (guint) g_test_rand_int_range (0, (gint32) (to - from));
}

static guint
count_choices (guint calls, guint sample)
{
  return g_test_slow () ? calls : MIN (calls, sample);
}

/* One refusal is answered by the next plan: whoever asks for a picture hears nothing of it. */
static void
test_run (gconstpointer data)
{
  const Fault *fault = data;
  g_autoptr (LimnEngine) engine = connect ();
  guint calls, n, painted = 0;

  assert_clean_run (engine);
  limn_engine_forget (engine);
  assert_clean_run (engine);
  calls = vulkan_faults_count (fault->call);
  g_assert_cmpuint (calls, >, 0);
  n = count_choices (calls, SAMPLE);
  for (guint i = 0; i < n; i++) {
    limn_engine_forget (engine);
    painted += paint_with_fault (engine, fault->call, choose (i, n, calls), fault->further);
    assert_nothing_left (engine);
    if (i % 8 == 7 || i == n - 1)
      assert_clean_run (engine);
  }
  g_test_message ("%s: %u of %u runs painted, %u calls", vulkan_call_name (fault->call), painted, n, calls);
  if (fault->call == VULKAN_AllocateMemory && !fault->further)
    g_assert_cmpuint (painted, ==, n);
}

/* The same with a LoRA, in weights of that kind. */
static void
test_with_lora (gconstpointer data, const char *kind)
{
  LimnResult *plain = right;
  g_autoptr (LimnEngine) engine = connect ();
  g_autoptr (GError) error = NULL;

  prompt = "a cat <lora:kohya_sgm:0.7>";
  fit = kind;
  vulkan_faults_set (0, 0, FALSE);
  right = paint (engine, &error);
  g_assert_no_error (error);
  g_assert_cmpint (memcmp (right->latents, plain->latents, sizeof (float) * 4 * 8 * 8), !=, 0);
  test_run (data);
  limn_result_free (right);
  right = plain;
  prompt = "a cat";
  fit = NULL;
}

/* Beside weights in blocks. */
static void
test_beside (gconstpointer data)
{
  test_with_lora (data, "q8_0");
}

/* Merged into halves. */
static void
test_merged (gconstpointer data)
{
  test_with_lora (data, NULL);
}

/* ---- What a device is asked for once ---- */

/* Returns whether it failed; a device that is lost is connected anew, any other goes on. */
static gboolean
connect_with_fault (VulkanCall call, guint at)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnEngine) engine = NULL;
  g_autoptr (LimnResult) result = NULL;

  vulkan_faults_set (call, at, FALSE);
  engine = limn_engine_new (-1, &error);
  result = engine != NULL ? paint (engine, &error) : NULL;
  g_assert_true ((result != NULL) == (error == NULL));
  if (result != NULL) {
    assert_right (result);
    return FALSE;
  }
  g_assert_true (vulkan_faults_came ());
  g_assert_true (error->domain == LIMN_ERROR);
  g_test_message ("%s %u: %s", vulkan_call_name (call), at, error->message);
  if (engine == NULL || g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST)) {
    vulkan_faults_set (0, 0, FALSE);
    g_clear_pointer (&engine, limn_engine_free);
    engine = connect ();
  }
  assert_clean_run (engine);
  return TRUE;
}

/* What has been found out of the device is kept, so later engines may ask for less. */
static void
test_engine (gconstpointer data)
{
  const Fault *fault = data;
  g_autoptr (GError) error = NULL;
  guint calls, n, failed = 0;

  vulkan_faults_set (0, 0, FALSE);
  LimnEngine *engine = connect ();
  limn_result_free (paint (engine, &error));
  g_assert_no_error (error);
  calls = vulkan_faults_count (fault->call);
  limn_engine_free (engine);
  if (calls == 0) {
    g_test_skip ("not called on this device");
    return;
  }
  n = MIN (count_choices (calls, ENGINES), 4 * SAMPLE);
  for (guint i = 0; i < n; i++)
    failed += connect_with_fault (fault->call, choose (i, n, calls));
  g_test_message ("%s: %u of %u failed, %u calls", vulkan_call_name (fault->call), failed, n, calls);
}

int
main (int argc, char **argv)
{
  static const Fault runs[] = { { VULKAN_AllocateMemory, FALSE },
                                { VULKAN_AllocateMemory, TRUE },
                                { VULKAN_CreateBuffer, FALSE },
                                { VULKAN_BindBufferMemory, FALSE },
                                { VULKAN_MapMemory, FALSE },
                                { VULKAN_CreateBufferView, FALSE },
                                { VULKAN_CreateDescriptorPool, FALSE },
                                { VULKAN_AllocateDescriptorSets, FALSE },
                                { VULKAN_AllocateCommandBuffers, FALSE },
                                { VULKAN_BeginCommandBuffer, FALSE },
                                { VULKAN_EndCommandBuffer, FALSE },
                                { VULKAN_CreateFence, FALSE } };
  static Fault engines[VULKAN_N_CALLS];

  g_test_init (&argc, &argv, NULL);
  base = golden_model ("mini-sdxl");
  refiner = golden_model ("mini-sdxl-refiner");
  image = limn_image_new (64, 64);
  for (guint i = 0; i < 3 * 64 * 64; i++)
    image->rgb[i] = (guint8) (i * 37 % 251);
  vulkan_faults_set (0, 0, FALSE);
  g_autoptr (LimnEngine) engine = connect ();
  g_autoptr (GError) error = NULL;
  right = paint (engine, &error);
  g_assert_no_error (error);
  g_clear_pointer (&engine, limn_engine_free);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_autofree char *path = g_strdup_printf ("/gpu-faults/run/%s%s", vulkan_call_name (runs[i].call),
                                             runs[i].further ? "/and-all-after" : "");
    g_test_add_data_func (path, &runs[i], test_run);
  }
  g_test_add_data_func ("/gpu-faults/beside/one", &runs[0], test_beside);
  g_test_add_data_func ("/gpu-faults/beside/all-after", &runs[1], test_beside);
  g_test_add_data_func ("/gpu-faults/merged/one", &runs[0], test_merged);
  g_test_add_data_func ("/gpu-faults/merged/all-after", &runs[1], test_merged);
  for (guint i = 0; i < VULKAN_N_CALLS; i++) {
    g_autofree char *path = g_strdup_printf ("/gpu-faults/engine/%s", vulkan_call_name (i));
    engines[i].call = i;
    g_test_add_data_func (path, &engines[i], test_engine);
  }
  int status = g_test_run ();
  limn_result_free (right);
  limn_image_free (image);
  limn_model_unref (base);
  limn_model_unref (refiner);
  return status;
}
