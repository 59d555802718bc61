/* fuzz-json.c - any bytes as JSON; what is read is walked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
walk (const LimnJson *value)
{
  guint64 exact;

  g_assert_true (isfinite (limn_json_number (value, 0)));
  if (limn_json_uint64 (value, &exact))
    g_assert_true (exact <= G_MAXINT64);
  if (limn_json_kind (value) == LIMN_JSON_STRING) {
    g_autoptr (GString) text = g_string_new (NULL);
    limn_json_append_string (text, limn_json_string (value, NULL));
    g_autoptr (LimnJson) again = limn_json_parse ("again", text->str, (gssize) text->len, NULL);
    g_assert_cmpstr (limn_json_string (again, NULL), ==, limn_json_string (value, NULL));
  }
  for (guint i = 0; i < limn_json_length (value); i++) {
    const char *key = limn_json_key (value, i);
    if (key != NULL)
      g_assert_true (limn_json_member (value, key) == limn_json_nth (value, i));
    walk (limn_json_nth (value, i));
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnJson) root = limn_json_parse ("fuzz.json", (const char *) data, (gssize) size, &error);

  if (root == NULL)
    g_assert_true (error->domain == LIMN_ERROR && g_str_has_prefix (error->message, "fuzz.json: line "));
  else
    walk (root);
  return 0;
}
