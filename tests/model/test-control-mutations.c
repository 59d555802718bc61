/* test-control-mutations.c - ControlNets' files, something random wrong in each: a message that names the file, or a
 * ControlNet that can be read; never a crash.
 *
 * The mutations are the same in every run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "file/tensors.h"
#include "model/control.h"
#include "model/listing.h"

#define ROUNDS 250

static Listing *
golden_listing (const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/controlnet/%s.safetensors", LIMN_GOLDEN_DIR, name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);

  g_assert_no_error (error);
  return listing_from_file (file);
}

static Listed *
any (Listing *listing, GRand *rand)
{
  return listing->pdata[g_rand_int_range (rand, 0, (int) listing->len)];
}

/* What was done to it; NULL: a change that leaves it whole.  (transfer full) */
static char *
spoil (Listing *listing, GRand *rand)
{
  static const LimnType types[] = { LIMN_TYPE_U8, LIMN_TYPE_I64, LIMN_TYPE_F32, LIMN_TYPE_BF16 };
  Listed *one = any (listing, rand);
  g_autofree char *name = g_strdup (one->name);
  guint64 before;
  int axis;

  switch (g_rand_int_range (rand, 0, 5)) {
  case 0:
    listing_remove (listing, name);
    return g_strdup_printf ("without %s", name);
  case 1:
    axis = g_rand_int_range (rand, 0, MAX (one->rank, 1));
    before = one->shape[axis];
    one->shape[axis] = (guint64) g_rand_int_range (rand, 0, 70);
    return g_strdup_printf ("%s: %d of %d instead of %d", name, (int) one->shape[axis], axis, (int) before);
  case 2:
    one->type = types[g_rand_int_range (rand, 0, G_N_ELEMENTS (types))];
    return g_strdup_printf ("%s of type %d", name, one->type);
  case 3:
    g_free (one->name);
    one->name = g_strdup_printf ("%s%d", name, g_rand_int_range (rand, 0, 99999));
    return g_strdup_printf ("%s for %s", one->name, name);
  default:
    one->rank = g_rand_int_range (rand, 0, 5);
    for (int i = 0; i < one->rank; i++)
      one->shape[i] = MAX (one->shape[i], 1);
    return g_strdup_printf ("%s of rank %d", name, one->rank);
  }
}

static void
test_listing (gconstpointer golden)
{
  g_autofree char *dir = make_folder (), *path = g_build_filename (dir, "net.safetensors", NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (17);
  guint opened = 0;

  for (int i = 0; i < ROUNDS; i++) {
    g_autoptr (Listing) listing = golden_listing (golden);
    g_autofree char *what = i > 0 ? spoil (listing, rand) : g_strdup ("nothing");
    g_autoptr (GError) error = NULL;

    listing_write_sparse (listing, path);
    g_autoptr (LimnControlFile) file = limn_control_file_open (path, &error);
    if (file == NULL && (error == NULL || error->domain != LIMN_ERROR || strstr (error->message, path) == NULL))
      g_error ("%s: a poor error: %s", what, error != NULL ? error->message : "none");
    if (file != NULL) {
      g_autofree char *fingerprint = limn_control_file_fingerprint (file);

      g_assert_nonnull (fingerprint);
      opened++;
    } else {
      g_assert_cmpint (i, >, 0); /* the check itself: unchanged, it opens */
    }
  }
  g_test_message ("%u of %d still a ControlNet", opened, ROUNDS);
  g_assert_cmpuint (opened, <, ROUNDS / 2);
  tests_remove_folder (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/control-mutations/sdxl", "mini-sdxl-controlnet", test_listing);
  g_test_add_data_func ("/control-mutations/sd15", "mini-sd15-controlnet", test_listing);
  return g_test_run ();
}
