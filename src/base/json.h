/* json.h - a small strict JSON reader (RFC 8259) for model folders, safetensors headers and Limn's own files, and a
 * writer.
 *
 * Depth is limited to 64, duplicate keys are an error, strings must be UTF-8.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LIMN_JSON_NULL,
  LIMN_JSON_BOOL,
  LIMN_JSON_NUMBER,
  LIMN_JSON_STRING,
  LIMN_JSON_ARRAY,
  LIMN_JSON_OBJECT
} LimnJsonKind;
typedef struct _LimnJson LimnJson;

/* name is used in messages ("unet/config.json: line 3: expected ':'").  size: -1 for a NUL-terminated text. */
LimnJson *limn_json_parse (const char *name, const char *text, gssize size, GError **error);
LimnJson *limn_json_load (const char *path, GError **error);
void limn_json_free (LimnJson *root);

LimnJsonKind limn_json_kind (const LimnJson *value);
/* Objects: NULL where there is no such member.  Arrays: by index.  Both accept NULL and wrong kinds, giving NULL. */
const LimnJson *limn_json_member (const LimnJson *object, const char *key);
guint limn_json_length (const LimnJson *value); /* elements or members; 0 for other kinds */
const LimnJson *limn_json_nth (const LimnJson *value, guint index);
const char *limn_json_key (const LimnJson *object, guint index);

/* The value, or fallback where it is absent or of another kind. */
const char *limn_json_string (const LimnJson *value, const char *fallback);
/* A member's string, or NULL. */
const char *limn_json_member_string (const LimnJson *object, const char *key);
double limn_json_number (const LimnJson *value, double fallback);
gboolean limn_json_bool (const LimnJson *value, gboolean fallback);
/* Exact integers up to 2^63-1 only; FALSE for fractions, exponents, negatives and other kinds. */
gboolean limn_json_uint64 (const LimnJson *value, guint64 *out);

/* Likewise with a minus. */
gboolean limn_json_int64 (const LimnJson *value, gint64 *out);
/* A whole number, no less than 0 and no more than most; 0 where there is none. */
int limn_json_count (const LimnJson *value, int most);

/* Appends text as a JSON string, quotes included; what is not UTF-8 is replaced. */
void limn_json_append_string (GString *out, const char *text);

/* These append a value to out, which must hold nothing but JSON, with a comma where one belongs.  key: a member's, else
 * NULL. */

/* json: a whole value, or the bracket that opens one; its closing bracket is appended by hand. */
void limn_json_add (GString *out, const char *key, const char *json);
/* text: NULL is written as an empty one. */
void limn_json_add_string (GString *out, const char *key, const char *text);
void limn_json_add_bool (GString *out, const char *key, gboolean value);
void limn_json_add_int (GString *out, const char *key, gint64 value);
void limn_json_add_uint (GString *out, const char *key, guint64 value);
/* In the shortest form that reads back as the same double; infinity and NaN, which JSON lacks, as 0. */
void limn_json_add_double (GString *out, const char *key, double value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnJson, limn_json_free)

G_END_DECLS
