/* welcome-page.h - what the canvas says while there is no picture: prompts to try, one click each.
 *
 * Signal: "example" (const char *prompt, LimnForeign *painted): a prompt, or, with what the starter has painted, all
 * that it was painted with; the other is NULL.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define LIMN_TYPE_WELCOME_PAGE (limn_welcome_page_get_type ())
G_DECLARE_FINAL_TYPE (LimnWelcomePage, limn_welcome_page, LIMN, WELCOME_PAGE, AdwBin)

/* starter: offer what the starter model knows. */
void limn_welcome_page_set_starter (LimnWelcomePage *self, gboolean starter);

G_END_DECLS
