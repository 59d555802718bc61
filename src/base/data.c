/* data.c - where Limn's own data files are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/data.h"

char *
limn_data_path (const char *name)
{
  const char *const folders[] = { g_getenv ("LIMN_DATA_DIR"), LIMN_DATA_DIR, LIMN_SOURCE_DATA_DIR };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    if (folders[i] == NULL)
      continue;
    g_autofree char *path = g_build_filename (folders[i], name, NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return NULL;
}
