/* options.h - what every picture that clients ask for begins with: the web UI's options that Limn has, as a table.
 *
 * To add one: a row in options.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "serve/names.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

typedef struct {
  char *model;      /* as settings have it */
  const char *like; /* of limn_like_choice () */
  int noise;        /* LimnNoise; -1: as like has it */
  int noise_delta;
  int clip_stop; /* as the web UI counts: 1 reads all layers that there are to read */
  guint kind;    /* of limn_image_kind (): as what pictures are sent */
  int quality;   /* of those that have one */
} LimnServeOptions;

void limn_serve_options_init (LimnServeOptions *options);
void limn_serve_options_copy (LimnServeOptions *to, const LimnServeOptions *from);
/* The same over one that has a value. */
void limn_serve_options_copy_into (LimnServeOptions *to, const LimnServeOptions *from);
void limn_serve_options_clear (LimnServeOptions *options);

/* An object.  (transfer full) */
GString *limn_serve_options_to_json (const LimnServeOptions *options, const GPtrArray *served);
/* object: names and values, or NULL.  What is not there, or has no other value here, is told: (element-type utf8).
 * FALSE: none of it counts; where receives the name that is wrong. */
gboolean limn_serve_options_take (LimnServeOptions *options, const LimnJson *object, const GPtrArray *served,
                                  GPtrArray *told, const char **where, GError **error);
/* All but the model.  unread: layers that the model's family leaves out itself. */
void limn_serve_options_apply (const LimnServeOptions *options, int unread, LimnSettings *settings);

G_END_DECLS
