/* device-pill.h - the device that paints, with its name where there is room, and else as an icon; the tooltip says all.
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

/* device NULL: none yet, or error says why there is none. */
void limn_device_pill_set (LimnDevicePill *self, const LimnDeviceInfo *device, const GError *error);

G_END_DECLS
