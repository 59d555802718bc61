/* request.h - what a client asks to have painted, read from the body of txt2img or img2img.
 *
 * Any thread: it opens the model to know what goes with it, and the pictures.  Nothing here speaks HTTP.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "photo/photo.h"
#include "serve/options.h"

G_BEGIN_DECLS

#define LIMN_SERVE_MOST_PICTURES 100 /* of one request */

/* What the server knows when a request comes; copies. */
typedef struct {
  LimnServeOptions options;
  GPtrArray *served; /* LimnServed */
} LimnServeState;

typedef struct {
  LimnJson *body;
  LimnSettings *settings;   /* of the first picture */
  LimnServeOptions options; /* with what the request overrides, which stays where keeps_options */
  gboolean keeps_options;
  int batches, batch;     /* how many times how many pictures */
  gboolean sends, echoes; /* the pictures; what it was given to start from */
  char *title;            /* of the model */
  GPtrArray *told;        /* (element-type utf8) what it asked for and does not get, a sentence each */
} LimnPaintRequest;

void limn_serve_state_free (LimnServeState *state);

/* over: img2img.  Errors: of LIMN_HTTP_ERROR, or LIMN_ERROR of the model; where_out: NULL, or the member of the body
 * that is wrong. (transfer full) */
LimnPaintRequest *limn_paint_request_read (const LimnServeState *state, GBytes *body, gboolean over, char **where_out,
                                           GError **error);
void limn_paint_request_free (LimnPaintRequest *self);
/* How many pictures, and the settings of the nth: seeds follow each other, or variations do.  (transfer full) */
guint limn_paint_request_count (const LimnPaintRequest *self);
LimnSettings *limn_paint_request_nth (const LimnPaintRequest *self, guint nth);

/* An object from a body.  NULL with LIMN_HTTP_ERROR. */
LimnJson *limn_serve_parse (GBytes *body, GError **error);
/* A picture in base64, with "data:image/…;base64," before it or not. */
GBytes *limn_serve_decode (const char *text, GError **error);
/* The picture in bytes; name: for messages. */
LimnPhoto *limn_serve_photo (const char *name, GBytes *bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnServeState, limn_serve_state_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPaintRequest, limn_paint_request_free)

G_END_DECLS
