/* foreign-fixture.c - settings of other programs, read from the files under cases/.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "foreign-fixture.h"

const char *const limn_test_models[] = {
  "/models/photo/SD_XL_base_1.0.safetensors",
  "/models/sd_xl_refiner_1.0.safetensors",
  "/models/diffusers-folder",
  NULL,
};

LimnForeign *
limn_test_foreign_read (const char *text)
{
  GError *error = NULL;
  LimnForeign *foreign = limn_foreign_read_string (text, limn_test_models, &error);

  g_assert_no_error (error);
  g_assert_nonnull (foreign);
  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *gap = foreign->gaps->pdata[i];

    g_test_message ("%s: %s", gap->what, gap->why);
  }
  return foreign;
}

char *
limn_test_foreign_load (const char *name)
{
  g_autofree char *path = g_build_filename (LIMN_CASES_DIR, name, NULL);
  GError *error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

LimnForeign *
limn_test_foreign_case (const char *name)
{
  g_autofree char *text = limn_test_foreign_load (name);

  return limn_test_foreign_read (text);
}

const char *
limn_test_foreign_gap (LimnForeign *foreign, const char *what)
{
  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *entry = foreign->gaps->pdata[i];

    if (g_str_equal (entry->what, what))
      return entry->why;
  }
  return NULL;
}
