/* fuzz-settings.c - settings text of any bytes: read, and where it reads, written and read again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/limn.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr (GStringChunk) strings = g_string_chunk_new (1024);
  g_autoptr (GError) error = NULL;
  LimnRequest request, again;

  limn_request_init (&request, NULL);
  if (!limn_request_from_json (&request, text, strings, &error)) {
    g_assert_nonnull (error);
    return 0;
  }
  g_autofree char *written = limn_request_to_json (&request);
  g_autofree char *parameters = limn_request_to_parameters (&request);
  limn_request_init (&again, NULL);
  g_assert_true (limn_request_from_json (&again, written, strings, &error));
  g_autofree char *rewritten = limn_request_to_json (&again);
  g_assert_cmpstr (written, ==, rewritten);
  g_assert_true (g_utf8_validate (parameters, -1, NULL));
  return 0;
}
