/* faulty-disk.h - a disk that fails when a test says so.
 *
 * What the program and the libraries under it ask of the system to change files comes through here first: the
 * executable's own write (), fsync (), rename () and so on stand before the C library's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From now on calls that change a file under folder (absolute) are counted; the at-th (from 1) fails, and with it those
 * after it where further says so.  at: 0 for none.  Writes fail with code, and half of what was to be written is on the
 * disk; what else fails does so with code. */
void faulty_disk_set (const char *folder, int at, gboolean further, int code);
/* Nothing fails any more.  Returns how many calls there have been. */
int faulty_disk_end (void);
/* Cuts the power: of each file that was written since faulty_disk_set () there is no more than what it had when it was
 * last made sure of, by fsync () or fdatasync ().  Returns how many lost something. */
guint faulty_disk_cut_power (void);

G_END_DECLS
