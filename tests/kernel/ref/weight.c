/* weight.c - what is left of weights of a kind.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "ref/ref.h"

#include <string.h>

#include "base/half.h"

static void
ref_plain (LimnStore store, float *values, int k)
{
  for (int i = 0; store == LIMN_STORE_F16 && i < k; i++)
    values[i] = limn_half_to_float (limn_half_from_float (values[i]));
}

static const struct {
  const char *name;
  void (*round) (LimnStore store, float *values, int k);
} kinds[] = {
  { "plain", ref_plain },
};

void
ref_weight (const LimnWeightKind *kind, LimnStore store, float *values, int k)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (kinds) && strcmp (kinds[i].name, kind->name) != 0)
    i++;
  g_assert_cmpuint (i, <, G_N_ELEMENTS (kinds));
  kinds[i].round (store, values, k);
}
