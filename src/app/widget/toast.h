/* toast.h - toasts that the program itself takes away.
 *
 * libadwaita 1.2 dies of a toast that is dismissed before it has risen to its place: its way out ends first, and the
 * other's end finds nothing.  Nobody clicks that fast, but a program is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* adw_toast_overlay_add_toast (), for one that limn_toast_dismiss () may take away.  toast: (transfer full). */
void limn_toast_add (AdwToastOverlay *overlay, AdwToast *toast);
/* Once it has risen, if nobody else has dismissed it by then; one that waits for its turn at once. */
void limn_toast_dismiss (AdwToast *toast);

G_END_DECLS
