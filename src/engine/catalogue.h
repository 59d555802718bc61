/* catalogue.h - the model files in the folders that a person chose; part of limn.h.
 *
 * What was read of a file is kept in the user's cache folder, by its path, size and time, so that only what is new or
 * has changed is opened again.  One thread's at a time.  Nothing is ever fetched from anywhere.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/file-facts.h"

G_BEGIN_DECLS

/* ---- Which folders ---- */

/* Lines of "limn/model-folders" of the user's settings; looked in with all that is below.  (transfer full) */
GStrv limn_model_folders (void);
gboolean limn_model_folders_add (const char *folder, GError **error);
gboolean limn_model_folders_remove (const char *folder, GError **error);

/* Those of them, or right below them, that by their names hold files of kind: LIMN_FILE_LORA, LIMN_FILE_EMBEDDING. */
GStrv limn_model_folders_called (LimnFileKind kind);

typedef struct {
  const char *program; /* "ComfyUI" */
  char *path;
} LimnFoundFolder;

/* Those of other programs that lie where these put them, below home (NULL: the user's), and were not chosen: to be
 * offered, never taken by themselves.  (element-type LimnFoundFolder) (transfer full) */
GPtrArray *limn_model_folders_find (const char *home);

/* ---- What is in them ---- */

typedef struct _LimnCatalogue LimnCatalogue;

typedef struct {
  /* A file, and again once its fingerprint is known; borrowed. */
  void (*found) (const LimnFileFacts *facts, gpointer data);
  gboolean (*cancelled) (gpointer data); /* may be NULL */
  gpointer data;
} LimnCatalogueMonitor;

/* cache: NULL for the one in the user's cache folder. */
LimnCatalogue *limn_catalogue_open (const char *cache);
void limn_catalogue_free (LimnCatalogue *self);
/* Tells all files first, as fast as their headers are read; then of which they are copies.  What was in a folder that
 * is not there at all is told as missing.  FALSE where it was cancelled. */
gboolean limn_catalogue_scan (LimnCatalogue *self, const char *const *folders, const LimnCatalogueMonitor *monitor);
/* As the last scan found them, by name; borrowed.  (element-type LimnFileFacts) */
GPtrArray *limn_catalogue_list (LimnCatalogue *self);

/* Of what was found in the folders that were chosen, by any scan before.  The path of the file of kind whose hash
 * another program tells, or NULL: those whose hash nobody has said are read for it, gigabytes at most, which is kept.
 * And all names, or paths, of a kind.  (transfer full) */
char *limn_catalogue_find_hash (LimnCatalogue *self, LimnFileKind kind, const char *hash);
/* The path of the one that holds what the fingerprint says, or else, in any case, has that name; or NULL. */
char *limn_catalogue_find (LimnCatalogue *self, LimnFileKind kind, const char *name, const char *fingerprint);
GStrv limn_catalogue_names (LimnCatalogue *self, LimnFileKind kind);
GStrv limn_catalogue_paths (LimnCatalogue *self, LimnFileKind kind);

/* One file, in no catalogue.  (transfer full) */
LimnFileFacts *limn_file_look (const char *path);
/* The picture of itself that a file has in its metadata, as it is encoded; or NULL.  Opens the file. */
GBytes *limn_file_look_inside (const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnCatalogue, limn_catalogue_free)

G_END_DECLS
