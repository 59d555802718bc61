/* device-pill.h - what paints, by name where there is room, and else as an icon; the tooltip says all.
 *
 * Its natural width has room for the name, its smallest for the icon.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_TYPE_DEVICE_PILL (limn_device_pill_get_type ())
G_DECLARE_FINAL_TYPE (LimnDevicePill, limn_device_pill, LIMN, DEVICE_PILL, GtkWidget)

/* devices: (element-type LimnDeviceInfo), the session's own first.  None: there is none yet, or error says why. */
void limn_device_pill_set (LimnDevicePill *self, GPtrArray *devices, const GError *error);

G_END_DECLS
