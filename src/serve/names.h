/* names.h - the model files that clients may name, and what they call them.
 *
 * A file that is not in this list cannot be asked for: no path of a client's is opened.  What is here is a copy, any
 * thread's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/models/models.h"

G_BEGIN_DECLS

typedef struct {
  char *title; /* its file's name; with the folder's before it where another one is called so */
  LimnFileFacts *facts;
} LimnServed;

/* The starter, the model at own where that is no part of it (NULL, or "": none), and those in models that are there.
 * (element-type LimnServed) (transfer full) */
GPtrArray *limn_served_list (LimnModels *models, const char *own);
/* name: a title, with or without its ending, with " [hash]" after it or not; or a path.  NULL where there is none. */
const LimnServed *limn_served_find (const GPtrArray *served, LimnFileKind kind, const char *name);
/* Of the model that settings know as path: "" is the starter.  NULL where it is not in the list. */
const LimnServed *limn_served_find_path (const GPtrArray *served, const char *path);
/* As settings know it.  (transfer full) */
char *limn_served_path (const LimnServed *file);

G_END_DECLS
