/* request-private.h - what the readers of a request share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/image-fit.h"
#include "serve/reply.h"
#include "serve/request.h"

G_BEGIN_DECLS

typedef struct {
  const LimnServeState *state;
  const LimnJson *body; /* an object */
  LimnPaintRequest *request;
  gboolean over;     /* a picture */
  int unread;        /* layers of the text encoder that the model's family leaves out itself */
  const char *where; /* the member that is being read */
} LimnRequestReading;

gboolean limn_request_wrong (GError **error, guint status, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* A number, or a string that is one. */
gboolean limn_request_number (const LimnJson *value, double *number);
gboolean limn_request_bool (const LimnJson *value, gboolean fallback);

/* fields.c: every member of the body but for pictures. */
gboolean limn_request_take_fields (LimnRequestReading *reading, GError **error);
/* Within what the property takes. */
gboolean limn_request_set_number (LimnRequestReading *reading, const char *property, double number, GError **error);
/* hires.c: a second pass, of what was read for the first. */
gboolean limn_request_take_hires (LimnRequestReading *reading, GError **error);
/* pictures.c: what is painted over, and which part of it. */
gboolean limn_request_take_pictures (LimnRequestReading *reading, GError **error);

LimnPhoto *limn_request_photo (const char *name, const LimnJson *value, GError **error);
/* controls.c: pictures to follow; what is painted over comes before. */
gboolean limn_request_take_controls (LimnRequestReading *reading, GError **error);
/* Whether that is the extension that these are in. */
gboolean limn_request_is_control (const char *extension);

G_END_DECLS
