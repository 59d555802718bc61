/* identify.h - what a file of tensors is, told from their names and shapes alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/file-facts.h"
#include "file/tensors.h"

G_BEGIN_DECLS

/* Sets kind, family, part and note of facts.  Reads no weights and matches no networks, so that hundreds of files take
 * no longer than their headers do; any thread. */
void limn_identify (LimnTensors *file, LimnFileFacts *facts);

G_END_DECLS
