/* file-kind.h - tells people what a file is that is not the model file they took it for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* FALSE with an error where the first bytes of name (data, size) belong to a known format other than safetensors: a
 * pickle (LIMN_ERROR_UNSAFE), a web page, a Git LFS pointer, a picture ... (LIMN_ERROR_FILE).  The message says
 * what the file is, why it is refused and what to do.  TRUE says only that nothing known was recognised. */
gboolean limn_file_kind_check (const char *name, const guint8 *data, gsize size, GError **error);

G_END_DECLS
