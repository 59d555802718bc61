/* model-path.c - what the path of a model says about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/model-path.h"

#define OWN_REFINER "refiner"

char *
limn_own_refiner_path (const char *base)
{
  return g_build_filename (base, OWN_REFINER, NULL);
}

char *
limn_own_refiner_base (const char *path)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autofree char *name = g_path_get_basename (full);

  return g_str_equal (name, OWN_REFINER) ? g_path_get_dirname (full) : NULL;
}
