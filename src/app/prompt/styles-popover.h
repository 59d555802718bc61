/* styles-popover.h - prompt templates to choose from: the person's styles.csv.
 *
 * Signal "chosen" (const char *prompt, const char *negative): the templates, for limn_style_apply ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_STYLES_POPOVER (limn_styles_popover_get_type ())
G_DECLARE_FINAL_TYPE (LimnStylesPopover, limn_styles_popover, LIMN, STYLES_POPOVER, GtkPopover)

/* Reads the file again, as it does whenever it opens. */
void limn_styles_popover_read (LimnStylesPopover *self);

G_END_DECLS
