/* fingerprint.h - tells tensors from others by what they hold, without reading all of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/tensors.h"

G_BEGIN_DECLS

/* "1:" and 32 digits of a SHA-256 over how many values of which type each tensor has, in the order given, and over
 * samples of their bytes: all of up to a mebibyte, and of more than that 256 runs of 4 KiB, evenly over the whole.  The
 * number before the colon is this way's, so that what was kept under another is not mistaken for it.
 *
 * A checkpoint has 7 GB, which a disk takes a minute to read, while what differs between two that were trained, merged
 * or only rounded apart differs nearly everywhere: 256 places find that.  Neither names nor shapes count, nor what a
 * file says about itself, so that a model is the same in a folder and in a single file, and after somebody edited its
 * title.
 *
 * Reads as many pages as there are runs; any thread.  (transfer full) */
char *limn_tensors_fingerprint (const LimnTensor *const *tensors, guint n);
/* Of all tensors of a file, in the order of their names. */
char *limn_file_fingerprint (LimnTensors *file);

/* The SHA-256 of all tensors' bytes, in the order in which the file has them, in 64 digits: by its beginning other
 * programs tell LoRAs from each other.  Reads the whole file.  (transfer full) */
char *limn_file_hash (LimnTensors *file);

G_END_DECLS
