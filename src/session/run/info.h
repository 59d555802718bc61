/* info.h - copies of what the engine says of devices and models, to take across threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

LimnDeviceInfo *limn_device_info_copy (const LimnDeviceInfo *info);
LimnModelInfo *limn_model_info_copy (const LimnModelInfo *info);

G_END_DECLS
