/* fuzz-styles.c - any text as a file of styles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/styles.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_utf8_make_valid ((const char *) data, (gssize) MIN (size, 100000));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) styles = limn_styles_parse ("styles.csv", text, &error);

  g_assert_true ((styles == NULL) == (error != NULL));
  for (guint i = 0; styles != NULL && i < styles->len; i++) {
    const LimnStyle *style = styles->pdata[i];
    g_autofree char *applied = limn_style_apply (style->prompt, "cat");

    g_assert_true (g_utf8_validate (applied, -1, NULL));
    g_assert_nonnull (strstr (applied, "cat"));
    g_assert_cmpstr (limn_styles_find (styles, style->name)->name, ==, style->name);
  }
  return 0;
}
