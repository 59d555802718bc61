/* convert.c - see convert.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/convert.h"

#include <string.h>

#include "base/i18n.h"
#include "model/convert.h"

static const struct {
  LimnChoice choice;
  LimnType type;
  gboolean gguf, safetensors; /* which formats have it */
} rows[] = {
  { { "q8_0", "Q8_0" }, LIMN_TYPE_Q8_0, TRUE, FALSE },
  { { "q6_k", "Q6_K" }, LIMN_TYPE_Q6_K, TRUE, FALSE },
  { { "q5_k", "Q5_K" }, LIMN_TYPE_Q5_K, TRUE, FALSE },
  { { "q4_k", "Q4_K" }, LIMN_TYPE_Q4_K, TRUE, FALSE },
  { { "q5_1", "Q5_1" }, LIMN_TYPE_Q5_1, TRUE, FALSE },
  { { "q5_0", "Q5_0" }, LIMN_TYPE_Q5_0, TRUE, FALSE },
  { { "q4_1", "Q4_1" }, LIMN_TYPE_Q4_1, TRUE, FALSE },
  { { "q4_0", "Q4_0" }, LIMN_TYPE_Q4_0, TRUE, FALSE },
  { { "f16", "F16" }, LIMN_TYPE_F16, TRUE, TRUE },
  { { "fp8_e4m3", "fp8 E4M3" }, LIMN_TYPE_F8_E4M3, FALSE, TRUE },
  { { "fp8_e5m2", "fp8 E5M2" }, LIMN_TYPE_F8_E5M2, FALSE, TRUE },
};

const LimnChoice *
limn_conversion_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index].choice : NULL;
}

static gboolean
ends_in (const char *path, const char *ending)
{
  gsize length = strlen (path), n = strlen (ending);

  return length > n && g_ascii_strcasecmp (path + length - n, ending) == 0;
}

static gboolean
is_gguf (const char *path)
{
  return ends_in (path, ".gguf");
}

/* -1: there is none. */
static int
find_row (const char *to)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (to, rows[i].choice.name) == 0)
      return (int) i;
  return -1;
}

gboolean
limn_conversion_check (const char *to, const char *path, GError **error)
{
  g_autofree char *known = limn_choice_list (limn_conversion_choice);
  gboolean gguf = is_gguf (path), safetensors = ends_in (path, ".safetensors") || ends_in (path, ".sft");
  int row = find_row (to);

  if (row < 0)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("expected one of %s, not \"%s\""), known, to);
  else if (!gguf && !safetensors)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("%s: expected a name that ends in .gguf, .safetensors or .sft"), path);
  else if (gguf ? !rows[row].gguf : !rows[row].safetensors)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 gguf ? _ ("%s: GGUF has no %s, which is written to a file that ends in .safetensors")
                      : _ ("%s: safetensors has no %s, which is written to a file that ends in .gguf"),
                 path, rows[row].choice.title);
  else
    return TRUE;
  return FALSE;
}

LimnConversion *
limn_model_convert (const LimnModelParts *parts, const char *to, const char *path, const LimnTick *tick, GError **error)
{
  if (!limn_conversion_check (to, path, error))
    return NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_partial (parts, error);
  return checkpoint != NULL
             ? limn_checkpoint_convert (checkpoint, rows[find_row (to)].type, is_gguf (path), path, tick, error)
             : NULL;
}
