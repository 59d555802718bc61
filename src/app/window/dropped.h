/* dropped.h - what a person hands to the window: pictures with the settings inside them, or settings alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/foreign/foreign.h"

G_BEGIN_DECLS

typedef struct {
  char *name;            /* for people: a file's name, "Dropped picture" */
  LimnSource *source;    /* NULL: text only, or error */
  GdkTexture *thumbnail; /* NULL where source is */
  LimnForeign *foreign;  /* NULL: no settings inside */
  gboolean is_text;      /* settings alone, with no picture */
  GStrv prompts;         /* of a list of words alone: its lines, neither foreign nor error being there; else NULL */
  char *note;            /* NULL, or what was changed on the way: flattened, the first of several, made smaller; or
                            that its settings cannot be read */
  GError *error;         /* NULL, or why nothing of it can be used; names it */
} LimnDropped;

void limn_dropped_free (LimnDropped *dropped);

/* Reads and decodes on another thread.  origins: (element-type GObject) GFiles and GdkTextures, and what is wrapped
 * below.  models: paths of known models, or NULL; models beside those are found too.  The result: (element-type
 * LimnDropped), one for each origin.
 *
 * Files of text, by their name or a "{" that they begin with, are settings.  Photos are turned upright, transparency is
 * laid on white, and more than 32 million pixels are made fewer. */
void limn_dropped_load_async (GPtrArray *origins, const char *const *models, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *limn_dropped_load_finish (GAsyncResult *result, GError **error);

/* An origin: "data:image/png;base64,...", or text that may hold settings.  name: for people; all is copied. */
GObject *limn_dropped_data (const char *name, const char *uri);
GObject *limn_dropped_text (const char *name, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnDropped, limn_dropped_free)

G_END_DECLS
