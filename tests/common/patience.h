/* patience.h - how long a test waits: no time of it says anything of what is tested.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

/* Seconds; only a hang takes that long, though a busy machine is slow. */
#define TESTS_PATIENCE 600
