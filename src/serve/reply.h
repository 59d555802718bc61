/* reply.h - what the server answers: a status and a text of JSON.  Any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"

G_BEGIN_DECLS

/* Errors whose code is the status of HTTP that they end in. */
#define LIMN_HTTP_ERROR (limn_http_error_quark ())
GQuark limn_http_error_quark (void);

typedef struct {
  guint status;
  char *json;
} LimnReply;

/* json: (transfer full). */
LimnReply *limn_reply_new (GString *json);
/* As the web UI says what is wrong.  where: NULL, or the member of the body that is; error: of LIMN_HTTP_ERROR, or of
 * LIMN_ERROR, which then is the server's fault. */
LimnReply *limn_reply_new_fault (const GError *error, const char *where);
void limn_reply_free (LimnReply *reply);

/* Adds what a client should know of its request, which it is told with the answer; not without end.  told:
 * (element-type utf8). */
void limn_reply_tell (GPtrArray *told, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Appends bytes as a member in base64, or as an element where key is NULL. */
void limn_reply_add_bytes (GString *json, const char *key, GBytes *bytes);
/* value as it was read; key: as limn_json_add () has it. */
void limn_reply_add_value (GString *json, const char *key, const LimnJson *value);
/* (element-type utf8) as an array of strings. */
void limn_reply_add_strings (GString *json, const char *key, const GPtrArray *strings);
/* The time, as the web UI says it: "20261130064500". */
void limn_reply_add_now (GString *json, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnReply, limn_reply_free)

G_END_DECLS
