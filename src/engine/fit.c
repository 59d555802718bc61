/* fit.c - as what a model's linear layers can be loaded, for it to fit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/i18n.h"
#include "engine/fields.h"

/* Titles are names of file types, by which the model side knows them. */
static const LimnChoice rows[] = {
  { "none", N_ ("As in its file") },
  { "q8_0", "Q8_0" },
  { "q4_k", "Q4_K" },
};

const LimnChoice *
limn_fit_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}
