/* driver-tests.c - what drivers say and do that the machine's own does not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "played.h"

#include <string.h>

#include "kernel/kernel.h"
#include "kernel/variant.h"

static LimnGpu *
open_device (void)
{
  g_autoptr (GError) error = NULL;
  LimnGpu *gpu = limn_gpu_new (-1, &error);

  g_assert_no_error (error);
  return gpu;
}

/* ---- Subgroups ---- */

typedef struct {
  const char *name;
  Played device;
  guint32 lanes; /* that a pipeline of the first variant asks for; 0: it does without */
  const char *variant;
} SizeCase;

static const SizeCase sizes[] = {
  { "dg2", { .subgroup_min = 8, .subgroup_max = 32 }, 8, "eight" },
  { "xe2", { .subgroup_min = 16, .subgroup_max = 32 }, 16, "wide" },
  { "rdna", { .subgroup_min = 32, .subgroup_max = 64 }, 32, "wide" },
  { "gcn", { .subgroup_min = 64, .subgroup_max = 64 }, 64, "wide" },
  { "ampere", { .subgroup_min = 32, .subgroup_max = 32 }, 32, "wide" },
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
  const LimnVariant *variant = limn_variant_for (limn_gpu_limits (gpu));
  g_assert_cmpstr (variant->name, ==, wanted->variant);
  g_assert_cmpint (played.asked_extension, ==, wanted->device.size_extension);
  g_autoptr (LimnPlan) plan = limn_kernel_write_warm (limn_gpu_limits (gpu), LIMN_STORE_F16, NULL, 1);
  limn_plan_finish (plan, gpu, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (played.asked_subgroup, ==, wanted->lanes);
  g_assert_cmpint (played.asked_full, ==, wanted->lanes != 0);
}

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
  return g_test_run ();
}
