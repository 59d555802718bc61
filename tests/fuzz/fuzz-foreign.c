/* fuzz-foreign.c - any bytes as a picture's text: found in a file, or the text itself; what is read can be painted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "session/foreign/foreign.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check (LimnForeign *foreign)
{
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autofree char *summary = limn_foreign_summary (foreign);
  const LimnSettingsValues *values;

  g_assert_true (g_utf8_validate (summary, -1, NULL));
  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *gap = foreign->gaps->pdata[i];

    g_assert_true (g_utf8_validate (gap->what, -1, NULL) && g_utf8_validate (gap->why, -1, NULL));
  }
  limn_foreign_compare_size (foreign, 64, 64);
  limn_foreign_apply (foreign, settings);
  values = limn_settings_values (settings);
  g_assert_true (g_utf8_validate (values->prompt, -1, NULL) && g_utf8_validate (values->negative_2, -1, NULL));
  g_assert_true (values->width >= 64 && values->width <= 4096 && values->width % 8 == 0);
  g_assert_true (values->height >= 64 && values->height <= 4096 && values->height % 8 == 0);
  g_assert_true (values->steps >= 1 && values->handoff >= 0 && values->handoff <= 1);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const models[] = { "/models/sd_xl_base_1.0.safetensors", "/models/sd_xl_refiner_1.0.safetensors",
                                        NULL };
  g_autoptr (GHashTable) chunks = limn_foreign_read_chunks (data, size);
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) text_error = NULL;
  g_autoptr (LimnForeign) from_file = limn_foreign_read (chunks, models, &error);
  g_autoptr (LimnForeign) from_text = limn_foreign_read_string (text, models, &text_error);

  g_assert_true ((from_file == NULL) == (error != NULL));
  g_assert_true ((from_text == NULL) == (text_error != NULL));
  if (from_file != NULL)
    check (from_file);
  if (from_text != NULL)
    check (from_text);
  return 0;
}
