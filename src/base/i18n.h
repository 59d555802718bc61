/* i18n.h - text that people read, in their language.
 *
 * For .c files below the window: <glib/gi18n.h> stands on libintl's default domain, these macros name Limn's own, so
 * that they work in any program.  A message without translation, or without limn_i18n_init (), stays English.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LIMN_TEXT_DOMAIN "limn"

/* The translation of a literal, which xgettext collects; N_ () only marks one in a table, for _ () where it is used. */
#define _(text) g_dgettext (LIMN_TEXT_DOMAIN, text)
#define N_(text) (text)
/* Singular or plural, as the language counts n (xgettext: P_:1,2). */
#define P_(one, many, n) g_dngettext (LIMN_TEXT_DOMAIN, one, many, n)

/* Call first in main (), after setlocale ().  Finds the translations where Limn is installed or, for a program that
 * still lies in its build folder, there. */
void limn_i18n_init (void);

G_END_DECLS
