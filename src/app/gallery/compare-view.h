/* compare-view.h - two pictures compared, with what differs in their settings.
 *
 * Signals: "left" (): the person is done (Esc, or the button); "failed" (const char *): a picture cannot be shown; why.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "app/gallery/compare-slider.h"
#include "session/record/picture.h"

G_BEGIN_DECLS

#define LIMN_TYPE_COMPARE_VIEW (limn_compare_view_get_type ())
G_DECLARE_FINAL_TYPE (LimnCompareView, limn_compare_view, LIMN, COMPARE_VIEW, AdwBin)

GtkWidget *limn_compare_view_new (void);
/* Reads two files, on other threads. */
void limn_compare_view_show_files (LimnCompareView *self, const char *before, const char *after);
/* Lets go of the pictures. */
void limn_compare_view_clear (LimnCompareView *self);
/* "" while they are loaded. */
const char *limn_compare_view_get_difference (LimnCompareView *self);
LimnCompareSlider *limn_compare_view_get_slider (LimnCompareView *self);

G_END_DECLS
