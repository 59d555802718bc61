/* notice-bar.h - what went wrong, in words, over the upper edge of the picture, which stays where it is:
 * nothing modal.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_NOTICE_BAR (limn_notice_bar_get_type ())
G_DECLARE_FINAL_TYPE (LimnNoticeBar, limn_notice_bar, LIMN, NOTICE_BAR, GtkWidget)

/* title: one sentence; details: the facts, may be NULL.  action, with its label: a way out, may be NULL. */
void limn_notice_bar_show (LimnNoticeBar *self, const char *title, const char *details, const char *label,
                           const char *action);
void limn_notice_bar_hide (LimnNoticeBar *self);
/* NULL: nothing is shown. */
const char *limn_notice_bar_get_title (LimnNoticeBar *self);
const char *limn_notice_bar_get_details (LimnNoticeBar *self);

/* What an error means to a person, and what to do about it. */
const char *limn_error_title (const GError *error);

G_END_DECLS
