/* fuzz-tokenizer.c - a merges table and a prompt, separated by a NUL, of any bytes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/tokenizer.h"

#include <string.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  gsize length = strnlen ((const char *) data, size);
  g_autofree char *prompt =
      length < size ? g_strndup ((const char *) data + length + 1, size - length - 1) : g_strdup ("");
  g_autofree char *cleaned = limn_tokenizer_clean (prompt);
  g_autoptr (LimnTokenizer) tokenizer = NULL;
  int n;

  g_assert_true (g_utf8_validate (cleaned, -1, NULL));
  tokenizer = limn_tokenizer_new_from_merges ("merges.txt", (const char *) data, length, &error);
  if (tokenizer == NULL) {
    g_assert_true (error->domain == LIMN_ERROR && g_str_has_prefix (error->message, "merges.txt: "));
    return 0;
  }
  g_autofree int *chunks = limn_tokenizer_chunks (tokenizer, prompt, 0, 1, &n);
  for (int i = 0; i < n * LIMN_CHUNK_TOKENS; i++)
    g_assert_nonnull (limn_tokenizer_text (tokenizer, chunks[i]));
  return 0;
}
