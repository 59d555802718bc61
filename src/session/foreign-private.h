/* foreign-private.h - what the readers of foreign settings share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "session/foreign.h"

G_BEGIN_DECLS

#define LIMN_FOREIGN_MOST_TEXT ((gsize) 4 << 20) /* bytes of one text */

LimnForeign *limn_foreign_new (LimnForeignKind kind, const char *program);
gboolean limn_foreign_has (LimnForeign *self, const char *property);

/* what: for people.  A value outside the property's range becomes a gap, and the nearest one is taken. */
void limn_foreign_set_string (LimnForeign *self, const char *property, const char *value);
void limn_foreign_set_bool (LimnForeign *self, const char *property, gboolean value);
void limn_foreign_set_int (LimnForeign *self, const char *property, const char *what, double value);
void limn_foreign_set_double (LimnForeign *self, const char *property, const char *what, double value);
void limn_foreign_set_seed (LimnForeign *self, guint64 seed);
/* Rounds to what can be painted. */
void limn_foreign_set_size (LimnForeign *self, double width, double height);
/* negative: for the negative prompt; sets "separate-negative" too. */
void limn_foreign_set_hints (LimnForeign *self, gboolean negative, const LimnSizeHints *hints);

/* Prompts for the second encoder alone; NULL: as for the first, which is set before. */
void limn_foreign_set_second (LimnForeign *self, const char *prompt, const char *negative);

/* Names as other programs write them.  schedule: may be NULL. */
void limn_foreign_set_sampler (LimnForeign *self, const char *sampler, const char *schedule);
/* property: "model" or "refiner".  hash: may be NULL. */
void limn_foreign_set_model (LimnForeign *self, const char *property, const char *name, const char *hash,
                             const char *const *models);
/* Takes LoRA tags out of prompt, and notes what else Limn reads in another way.  (transfer full) */
char *limn_foreign_clean_prompt (LimnForeign *self, const char *prompt);

void limn_foreign_miss (LimnForeign *self, const char *what, const char *why);
void limn_foreign_miss_printf (LimnForeign *self, const char *what, const char *format, ...) G_GNUC_PRINTF (3, 4);
void limn_foreign_miss_lora (LimnForeign *self, const char *name, double weight);
void limn_foreign_miss_start (LimnForeign *self);

/* Reads JSON as programs in Python write it: NaN and infinities become null, and whole numbers too long for a double
 * become strings. */
LimnJson *limn_foreign_parse_json (const char *text, GError **error);
/* A number, or a string that is one. */
gboolean limn_foreign_json_number (const LimnJson *value, double *number);
gboolean limn_foreign_json_seed (const LimnJson *value, guint64 *seed);
gboolean limn_foreign_text_number (const char *text, double *number);

/* Each returns FALSE where json or text is not its program's. */
gboolean limn_foreign_read_limn (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_invoke (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_fooocus (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_comfy (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_parameters (LimnForeign **out, const char *text, const char *const *models);

G_END_DECLS
