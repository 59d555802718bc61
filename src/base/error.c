/* error.c - the error domain.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"

/* clang-format off */
G_DEFINE_QUARK (limn-error-quark, limn_error)
