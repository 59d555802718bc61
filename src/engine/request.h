/* request.h - small questions about a request.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* The negative prompt, or NULL where it is absent, empty or white space. */
const char *limn_request_negative (const LimnRequest *request);

G_END_DECLS
