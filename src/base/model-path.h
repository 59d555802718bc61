/* model-path.h - what the path of a model says about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a file of that name is a model's by its ending: ".safetensors", ".sft", ".gguf" or ".limn", in capitals
 * too. */
gboolean limn_is_model_name (const char *name);
/* path's last part without that ending, for people.  (transfer full) */
char *limn_model_name_from_path (const char *path);

/* A model's folder may bring its refiner along, in the folder "refiner" inside.  The path that it has in the folder of
 * a base, whether it is there or not.  (transfer full) */
char *limn_own_refiner_path (const char *base);

/* The folder of the base whose own refiner path is, by its name; NULL where path is another model.  (transfer full) */
char *limn_own_refiner_base (const char *path);

G_END_DECLS
