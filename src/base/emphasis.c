/* emphasis.c - see emphasis.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/emphasis.h"

#include <string.h>

#include "base/i18n.h"

/* The last four are stable-diffusion-webui's, as its settings call them. */
static const LimnEmphasis rows[] = {
  { { "limn", "Limn" }, LIMN_BRACKETS_MULTIPLY, LIMN_CUT_FULL, LIMN_WEIGH_FROM_EMPTY, .edits = TRUE },
  { { "comfy", "ComfyUI" }, LIMN_BRACKETS_REPLACE, LIMN_CUT_PIECE, LIMN_WEIGH_FROM_EMPTY, .repeats = TRUE },
  { { "compel", "InvokeAI (compel)" },
    LIMN_BRACKETS_COMPEL,
    LIMN_CUT_SENTENCE,
    LIMN_WEIGH_FROM_EMPTY,
    .hides = TRUE,
    .spoken = TRUE,
    .repeats = TRUE },
  { { "a1111", N_ ("A1111 original") },
    LIMN_BRACKETS_MULTIPLY,
    LIMN_CUT_COMMA,
    LIMN_WEIGH_MEAN,
    .edits = TRUE,
    .numbers = TRUE,
    .repeats = TRUE },
  { { "a1111_no_norm", N_ ("A1111 no norm") },
    LIMN_BRACKETS_MULTIPLY,
    LIMN_CUT_COMMA,
    LIMN_WEIGH_PRODUCT,
    .edits = TRUE,
    .numbers = TRUE,
    .repeats = TRUE },
  { { "a1111_ignore", N_ ("A1111 ignore") },
    LIMN_BRACKETS_MULTIPLY,
    LIMN_CUT_COMMA,
    LIMN_WEIGH_NOT,
    .edits = TRUE,
    .numbers = TRUE,
    .repeats = TRUE },
  { { "a1111_none", N_ ("A1111 none") },
    LIMN_BRACKETS_TEXT,
    LIMN_CUT_COMMA,
    LIMN_WEIGH_NOT,
    .edits = TRUE,
    .numbers = TRUE,
    .repeats = TRUE },
};

const LimnEmphasis *
limn_emphasis_find (const char *name)
{
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (rows); i++)
    if (strcmp (name, rows[i].choice.name) == 0)
      return &rows[i];
  return &rows[0];
}

const LimnChoice *
limn_emphasis_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index].choice : NULL;
}

const LimnChoice *
limn_editing_choice (guint index)
{
  static const LimnChoice ways[] = { { "new", N_ ("A1111 since 1.6") }, { LIMN_EDITING_OLD, N_ ("A1111 before 1.6") } };

  return index < G_N_ELEMENTS (ways) ? &ways[index] : NULL;
}
