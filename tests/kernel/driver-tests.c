/* driver-tests.c - what drivers say and do that the machine's own does not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "played.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "gpu/gpu-private.h"
#include "kernel/kernel.h"
#include "kernel/variant.h"

static LimnGpu *
open_device (void)
{
  g_autoptr (GError) error = NULL;
  LimnGpu *gpu = limn_gpu_new (-1, &error);

  g_assert_no_error (error);
  played.submissions = played.waits = 0; /* what opening tries is not what is counted */
  return gpu;
}

/* ---- Subgroups ---- */

typedef struct {
  const char *name;
  Played device;
  guint32 lanes; /* of a subgroup, all of them full, that a pipeline of the first variant has; 0: it does without */
  const char *variant;
} SizeCase;

static const SizeCase sizes[] = {
  { "dg2", { .subgroup_min = 8, .subgroup_max = 32 }, 8, "eight" },
  { "xe2", { .subgroup_min = 16, .subgroup_max = 32 }, 16, "wide" },
  { "rdna", { .subgroup_min = 32, .subgroup_max = 64 }, 32, "wide" },
  { "gcn", { .subgroup_min = 64, .subgroup_max = 64 }, 64, "wide" },
  { "ampere", { .subgroup_min = 32, .subgroup_max = 32 }, 32, "wide" },
  { "nvk", { .subgroup_min = 32, .subgroup_max = 32, .no_asking = TRUE }, 32, "wide" },
  { "any-of-two", { .subgroup_min = 32, .subgroup_max = 64, .no_asking = TRUE }, 0, "shared" },
  { "mobile", { .subgroup_min = 4, .subgroup_max = 4 }, 0, "shared" },
  { "mobile-wide", { .subgroup_min = 4, .subgroup_max = 16 }, 8, "eight" },
  { "extension", { VK_API_VERSION_1_2, .size_extension = TRUE, .subgroup_min = 16, .subgroup_max = 32 }, 16, "wide" },
  { "no-extension",
    { VK_API_VERSION_1_2, .subgroup_min = 32, .subgroup_max = 32, .no_size_control = TRUE },
    0,
    "shared" },
  { "no-shuffle", { .subgroup_min = 32, .subgroup_max = 32, .no_shuffle = TRUE }, 0, "shared" },
};

static void
test_size (gconstpointer data)
{
  const SizeCase *wanted = data;
  g_autoptr (GError) error = NULL;

  played = wanted->device;
  g_autoptr (LimnGpu) gpu = open_device ();
  const LimnVariant *variant = limn_variant_for (limn_gpu_limits (gpu), LIMN_SHAPE_PIXELS);
  g_assert_cmpstr (variant->name, ==, wanted->variant);
  g_assert_cmpint (played.asked_extension, ==, wanted->device.size_extension);
  g_autoptr (LimnPlan) plan = limn_kernel_write_warm (limn_gpu_limits (gpu), LIMN_STORE_F16, NULL, 1);
  limn_plan_finish (plan, gpu, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (played.asked_subgroup, ==, wanted->device.no_asking ? 0 : wanted->lanes);
  g_assert_cmpint (played.asked_full, ==, wanted->lanes != 0);
}

/* ---- Waiting ---- */

typedef struct {
  LimnPlan *plan;
  LimnArray out;
} Product;

#define SIDE 64
#define ROWS 256

/* Several submissions. */
static Product
product_new (LimnGpu *gpu)
{
  LimnGpuLimits limits = *limn_gpu_limits (gpu);
  g_autoptr (GError) error = NULL;
  Product product;

  limits.slice_flop = 2.0 * ROWS * SIDE * SIDE / 4;
  product.plan = limn_plan_new (&limits);
  LimnArray x = limn_plan_host_array (product.plan, LIMN_STORE_F16, 1, ROWS, 1, SIDE);
  LimnArray weight = limn_plan_host_array (product.plan, LIMN_STORE_F16, 1, SIDE, 1, SIDE);
  product.out = limn_kernel_matmul (product.plan, &(LimnMatmulArgs){ .x = x, .weight = { weight }, .columns = SIDE });
  limn_plan_keep (product.plan, product.out);
  limn_plan_finish (product.plan, gpu, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autofree float *ones = g_new (float, ROWS *SIDE);
  for (guint i = 0; i < ROWS * SIDE; i++)
    ones[i] = 1;
  limn_plan_write_rows (product.plan, x, ones);
  limn_plan_write_rows (product.plan, weight, ones);
  return product;
}

static void
assert_right (Product product)
{
  g_autofree float *values = g_new0 (float, ROWS *SIDE);
  g_autoptr (GError) error = NULL;

  limn_plan_run (product.plan, NULL, &error);
  g_assert_no_error (error);
  limn_plan_download (product.plan, product.out, values, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < ROWS * SIDE; i++)
    g_assert_cmpfloat (values[i], ==, SIDE);
}

typedef struct {
  guint calls, stop; /* stop: the call from which on nobody wants it any more; 0: never */
} Ticks;

static gboolean
count_cb (double fraction, gpointer data)
{
  Ticks *ticks = data;

  g_assert_cmpfloat (fraction, >=, 0);
  g_assert_cmpfloat (fraction, <=, 1);
  return ++ticks->calls != ticks->stop;
}

/* One that takes long is heard all the while, and is right in the end. */
static void
test_slow (void)
{
  g_autoptr (LimnGpu) gpu = open_device ();
  Product product = product_new (gpu);
  g_autoptr (LimnPlan) plan = product.plan;
  g_autoptr (GError) error = NULL;
  Ticks ticks = { 0 };

  played.slow = 50;
  limn_plan_run (plan, &(LimnTick){ count_cb, &ticks }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (played.submissions, >=, 4);
  g_assert_cmpuint (ticks.calls, >=, 50 * played.submissions);
  played.slow = 0;
  assert_right (product);
}

/* A cancel in the middle of a slow submission is heard, and what is in flight ends before anything is freed. */
static void
test_slow_cancelled (void)
{
  g_autoptr (LimnGpu) gpu = open_device ();
  Product product = product_new (gpu);
  g_autoptr (LimnPlan) plan = product.plan;
  g_autoptr (GError) error = NULL;
  Ticks ticks = { .stop = 20 };

  played.slow = 50;
  g_assert_false (limn_plan_run (plan, &(LimnTick){ count_cb, &ticks }, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpuint (ticks.calls, ==, 20);
  g_assert_cmpuint (played.submissions, ==, 2);
  g_assert_cmpuint (played.waits, >=, 2 * 50);
  played.slow = 0;
  assert_right (product);
}

/* It is told, takes no more work, and is left behind; another device in its place is as good as new. */
static void
test_hang (void)
{
  LimnGpu *gpu = open_device ();
  Product product = product_new (gpu), again = product_new (gpu);
  g_autoptr (GError) error = NULL, later = NULL;
  Ticks ticks = { 0 };

  played.hangs = TRUE;
  g_assert_false (limn_plan_run (product.plan, &(LimnTick){ count_cb, &ticks }, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_cmpuint (ticks.calls, >=, played.waits - 1);
  g_assert_cmpuint (played.submissions, ==, 2);
  g_assert_false (limn_plan_run (again.plan, NULL, &later));
  g_assert_error (later, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_cmpuint (played.submissions, ==, 2);
  limn_plan_free (product.plan);
  limn_plan_free (again.plan);
  limn_gpu_free (gpu);

  played = (Played){ 0 };
  g_autoptr (LimnGpu) other = open_device ();
  Product anew = product_new (other);
  assert_right (anew);
  limn_plan_free (anew.plan);
}

/* Who does not want it any more need not wait as long. */
static void
test_hang_cancelled (void)
{
  LimnGpu *patient = open_device (), *gpu = open_device ();
  Product wanted = product_new (patient), product = product_new (gpu);
  g_autoptr (GError) error = NULL, cancelled = NULL;
  Ticks wants = { 0 }, ticks = { .stop = 20 };

  played.hangs = TRUE;
  g_assert_false (limn_plan_run (wanted.plan, &(LimnTick){ count_cb, &wants }, &error));
  guint waits = played.waits;
  played.waits = 0;
  g_assert_false (limn_plan_run (product.plan, &(LimnTick){ count_cb, &ticks }, &cancelled));
  g_assert_error (cancelled, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpuint (ticks.calls, ==, 20);
  g_assert_cmpuint (played.waits, <, waits / 2);
  limn_plan_free (wanted.plan);
  limn_plan_free (product.plan);
  limn_gpu_free (patient);
  limn_gpu_free (gpu);
}

static void
nothing_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  memset (out, 0, size);
}

/* Copies are no exception. */
static void
test_hang_upload (void)
{
  LimnGpu *gpu = open_device ();
  g_autoptr (GError) error = NULL;
  LimnBuffer *buffer = limn_buffer_new (gpu, LIMN_BUFFER_DEVICE, 3 * LIMN_STAGING_HALF, &error);

  g_assert_no_error (error);
  buffer->map = NULL;
  played.hangs = TRUE;
  g_assert_false (limn_buffer_upload ((LimnSlice){ buffer, 0, 3 * LIMN_STAGING_HALF }, 1, nothing_cb, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_cmpuint (played.submissions, ==, 2);
  limn_buffer_free (buffer);
  limn_gpu_free (gpu);
}

/* A driver that says so is believed at once. */
static void
test_lost (void)
{
  g_autoptr (LimnGpu) gpu = open_device ();
  Product product = product_new (gpu);
  g_autoptr (LimnPlan) plan = product.plan;
  PFN_vkDeviceWaitIdle wait_idle = (PFN_vkDeviceWaitIdle) vkGetInstanceProcAddr (gpu->instance, "vkDeviceWaitIdle");
  g_autoptr (GError) error = NULL;

  played.lost = VK_ERROR_DEVICE_LOST;
  g_assert_false (limn_plan_run (plan, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_cmpuint (played.waits, ==, 2);
  wait_idle (gpu->device); /* in truth it is at work */
}

static guint
submissions_of (LimnPlan *plan)
{
  g_autoptr (GError) error = NULL;

  played.submissions = 0;
  limn_plan_run (plan, NULL, &error);
  g_assert_no_error (error);
  return played.submissions;
}

/* Where the device is much slower or faster than was thought, submissions become shorter or longer: of a plan that is
 * there, and by what others are written for. */
static void
test_pace (void)
{
  g_autoptr (LimnGpu) gpu = open_device ();
  double guess = limn_gpu_limits (gpu)->slice_flop;
  int rows = (int) (guess / 4 / (2.0 * SIDE * SIDE));
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (gpu));
  g_autoptr (GError) error = NULL;
  LimnArray x = limn_plan_host_array (plan, LIMN_STORE_F16, 1, rows, 1, SIDE);
  LimnArray weight = limn_plan_host_array (plan, LIMN_STORE_F16, 1, SIDE, 1, SIDE);

  for (guint i = 0; i < 16; i++)
    limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = x, .weight = { weight }, .columns = SIDE });
  limn_plan_finish (plan, gpu, NULL, NULL, &error);
  g_assert_no_error (error);
  played.clock = 1;
  played.takes = 1000000;
  g_assert_cmpuint (submissions_of (plan), ==, 4);
  /* that compiled as well: it tells nothing */
  g_assert_cmpfloat (limn_gpu_limits (gpu)->slice_flop, ==, guess);
  played.takes = 1000;
  g_assert_cmpuint (submissions_of (plan), ==, 4);
  /* nor does what is so short */
  g_assert_cmpfloat (limn_gpu_limits (gpu)->slice_flop, ==, guess);
  played.takes = 1000000;
  g_assert_cmpuint (submissions_of (plan), ==, 4);
  g_assert_cmpfloat (limn_gpu_limits (gpu)->slice_flop, <, guess / 4);
  played.takes = 20000 / 16;
  g_assert_cmpuint (submissions_of (plan), ==, 16);
  g_assert_cmpfloat (limn_gpu_limits (gpu)->slice_flop, >, 4 * guess);
  g_assert_cmpuint (submissions_of (plan), ==, 1);
}

/* ---- Lengths, times, files ---- */

/* What is asked of the device is what is checked, with all that is added to it; plans make pieces that fit. */
static void
test_allocation (void)
{
  const VkDeviceSize most = 1 << 20;

  played.allocation = most;
  g_autoptr (LimnGpu) gpu = open_device ();
  for (guint64 size = most - 600; size <= most; size += 4) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnBuffer) buffer = limn_buffer_new (gpu, LIMN_BUFFER_DEVICE, size, &error);

    g_assert_cmpuint (played.asked_memory, <=, most);
    g_assert_true (buffer != NULL || g_error_matches (error, LIMN_ERROR, LIMN_ERROR_MEMORY));
    if (size <= limn_buffer_most (most))
      g_assert_no_error (error);
  }

  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (gpu));
  g_autoptr (GError) error = NULL;
  LimnArray x = limn_plan_host_array (plan, LIMN_STORE_F16, 1, 2048, 1, SIDE);
  LimnArray weight = limn_plan_host_array (plan, LIMN_STORE_F16, 1, SIDE, 1, SIDE);
  for (guint i = 0; i < 8; i++) {
    LimnArray y = limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = x, .weight = { weight }, .columns = SIDE });
    limn_plan_keep (plan, y);
  }
  limn_plan_finish (plan, gpu, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (played.asked_memory, <=, most);
}

/* What the driver says now, where it says it. */
static void
test_budget (void)
{
  g_autoptr (LimnGpu) silent = open_device ();

  g_assert_cmpuint (limn_gpu_memory_budget (silent), ==, 0);
  played.budget = 123456789;
  g_autoptr (LimnGpu) gpu = open_device ();
  g_assert_cmpuint (limn_gpu_memory_budget (gpu), ==, 123456789);
  played.budget = 1000;
  g_assert_cmpuint (limn_gpu_memory_budget (gpu), ==, 1000);
}

/* Where texel buffers hold few, as Vulkan allows, arrays of more are read as storage buffers, and right. */
static void
test_few_texels (void)
{
  const int rows = 70000;
  g_autofree float *values = g_new (float, rows * 8), *out = g_new (float, rows * 8);
  g_autoptr (GError) error = NULL;

  played.texels = 65536;
  g_autoptr (LimnGpu) gpu = open_device ();
  g_assert_cmpstr (limn_variant_for (limn_gpu_limits (gpu), LIMN_SHAPE_PIXELS)->name, ==, "storage");
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (gpu));
  LimnArray x = limn_plan_host_array (plan, LIMN_STORE_F16, 1, rows, 1, 8);
  LimnArray weight = limn_plan_host_array (plan, LIMN_STORE_F16, 1, 8, 1, 8);
  LimnArray y = limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = x, .weight = { weight }, .columns = 8 });
  limn_plan_keep (plan, y);
  limn_plan_finish (plan, gpu, NULL, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < rows * 8; i++)
    values[i] = (float) (i % 1000);
  limn_plan_write_rows (plan, x, values);
  memset (out, 0, sizeof (float) * 64);
  for (int i = 0; i < 8; i++)
    out[9 * i] = 1;
  limn_plan_write_rows (plan, weight, out);
  limn_plan_run (plan, NULL, &error);
  g_assert_no_error (error);
  limn_plan_download (plan, y, out, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (out, sizeof (float) * rows * 8, values, sizeof (float) * rows * 8);
  g_assert_cmpuint (played.asked_texels, ==, 0);
}

/* 36 bits, as Intel has, that wrap in the middle. */
static void
test_timestamps (void)
{
  played.type = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
  played.timestamp_bits = 36;
  g_autoptr (LimnGpu) gpu = open_device ();
  Product product = product_new (gpu);
  g_autoptr (LimnPlan) plan = product.plan;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rows = limn_plan_profile (plan, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpfloat (g_array_index (rows, LimnProfileRow, 0).seconds, >, 0);
  g_assert_cmpfloat (g_array_index (rows, LimnProfileRow, 0).seconds, <, 60);
}

static gsize
size_of (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize size = 0;

  g_file_get_contents (path, &bytes, &size, NULL);
  return size;
}

/* On disk as soon as there is more, though the program may end before it comes to free anything. */
static void
test_pipeline_cache (void)
{
  g_autoptr (LimnGpu) gpu = open_device ();
  g_autofree char *path = limn_gpu_cache_path (gpu, "pipelines", ".bin");

  g_remove (path);
  gpu->pipeline_cache_size = 0;
  played.pipeline_bytes = 100;
  for (guint i = 1; i < 4; i++) {
    g_autoptr (LimnPlan) plan = limn_kernel_write_warm (limn_gpu_limits (gpu), LIMN_STORE_F16, NULL, (int) i);
    g_autoptr (GError) error = NULL;

    limn_plan_finish (plan, gpu, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (size_of (path), ==, 1 + played.pipelines * played.pipeline_bytes);
    g_assert_cmpuint (played.pipelines, ==, i);
  }
  /* nothing is written where there is no more */
  g_remove (path);
  limn_pipeline_cache_save (gpu);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* ---- A compiler that is wrong about one shader ---- */

static GPtrArray *
self_test (LimnGpu *gpu, const char *file)
{
  GPtrArray *reports = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_kernel_report_free);
  g_autoptr (GError) error = NULL;

  limn_gpu_set_variant (gpu, NULL, NULL);
  limn_variant_choose (gpu, limn_variants, file, LIMN_CHOOSE_ANEW, reports, NULL, &error);
  g_assert_no_error (error);
  return reports;
}

/* Whichever class of kernels it is, what has the shader is switched off by name, and its class is told; what was found
 * is kept, and taken at once the next time. */
static void
test_broken (gconstpointer data)
{
  const char *name = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp (NULL, &error);
  g_autofree char *file = g_build_filename (folder, "variants.ini", NULL);
  const LimnShader *shader = limn_shaders;

  played = (Played){ 0 };
  while (strcmp (shader->name, name) != 0)
    shader++;
  played.broken = shader->code;
  g_autoptr (LimnGpu) gpu = open_device ();
  g_autoptr (GPtrArray) reports = self_test (gpu, file);
  for (guint i = 0; i < reports->len; i++) {
    const LimnKernelReport *report = reports->pdata[i];
    const LimnVariant *variant = limn_variants;

    while (strcmp (variant->name, report->name) != 0)
      variant++;
    g_assert_cmpint (report->chosen != NULL, ==, i + 1 == reports->len);
    g_assert_cmpint (report->problem != NULL, ==, strcmp (variant->suffix, "") == 0);
    g_assert_true (report->problem == NULL || strstr (report->problem, "value") != NULL);
    g_assert_true (report->problem == NULL || strcmp (name, "matmul.f16") == 0
                   || g_str_has_prefix (report->problem, name));
  }

  guint pipelines = played.pipelines;
  limn_gpu_set_variant (gpu, NULL, NULL);
  limn_variant_choose (gpu, limn_variants, file, LIMN_CHOOSE_WELL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_gpu_limits (gpu)->variant->name, ==, "shared");
  g_assert_cmpuint (played.pipelines, ==, pipelines);
  g_remove (file);
  g_rmdir (folder);
}

static void
with_nothing_played (gconstpointer data)
{
  void (*test) (void) = (void (*) (void)) data;

  played = (Played){ 0 };
  test ();
}

static const char *const broken[] = { "matmul.f16",    "matmul.f32",     "matmul.f16.q8_0",
                                      "conv.f16",      "conv.f32.q8_0",  "attention.f16",
                                      "attention.f32", "layer_norm.f16", "group_norm.f16" };

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  LimnGpu *gpu = limn_gpu_new (-1, &error);
  if (gpu == NULL) {
    /* Meson takes the skip from the plan line; any exit status but 0 would be an error to it. */
    g_print ("1..0 # SKIP %s\n", error->message);
    return g_strcmp0 (g_getenv ("LIMN_REQUIRE_GPU"), "1") == 0 ? 1 : 0;
  }
  limn_gpu_free (gpu);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree char *path = g_strconcat ("/driver/subgroup/", sizes[i].name, NULL);
    g_test_add_data_func (path, &sizes[i], test_size);
  }
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree char *path = g_strconcat ("/driver/broken/", broken[i], NULL);
    g_test_add_data_func (path, broken[i], test_broken);
  }
  g_test_add_data_func ("/driver/wait/slow", test_slow, with_nothing_played);
  g_test_add_data_func ("/driver/wait/slow-cancelled", test_slow_cancelled, with_nothing_played);
  g_test_add_data_func ("/driver/wait/hang", test_hang, with_nothing_played);
  g_test_add_data_func ("/driver/wait/hang-cancelled", test_hang_cancelled, with_nothing_played);
  g_test_add_data_func ("/driver/wait/hang-upload", test_hang_upload, with_nothing_played);
  g_test_add_data_func ("/driver/wait/pace", test_pace, with_nothing_played);
  g_test_add_data_func ("/driver/wait/lost", test_lost, with_nothing_played);
  g_test_add_data_func ("/driver/allocation", test_allocation, with_nothing_played);
  g_test_add_data_func ("/driver/budget", test_budget, with_nothing_played);
  g_test_add_data_func ("/driver/few-texels", test_few_texels, with_nothing_played);
  g_test_add_data_func ("/driver/timestamps", test_timestamps, with_nothing_played);
  g_test_add_data_func ("/driver/pipeline-cache", test_pipeline_cache, with_nothing_played);
  import_tests_add ();
  return g_test_run ();
}
