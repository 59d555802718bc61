/* fuzz-weights.c - any text as a prompt with emphasis.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-weights.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *prompt = g_utf8_make_valid ((const char *) data, (gssize) size);
  g_autoptr (GArray) pieces = limn_prompt_weights_parse (prompt);
  gsize length = 0;

  g_assert_cmpuint (pieces->len, >, 0);
  for (guint i = 0; i < pieces->len; i++) {
    const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, i);
    g_assert_true (isfinite (piece->weight) && g_utf8_validate (piece->text, -1, NULL));
    length += strlen (piece->text);
  }
  g_assert_cmpuint (length, <=, strlen (prompt));
  return 0;
}
