/* own-time.h - what work costs the processor, whoever else is using it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Microseconds of processor time: of the calling thread, and of all threads of the program.  Compare them with each
 * other, not with a figure: machines differ. */
gint64 tests_own_time (void);
gint64 tests_process_time (void);

G_END_DECLS
