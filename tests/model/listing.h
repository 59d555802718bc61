/* listing.h - lists of tensors (names, types, shapes) and safetensors files made from them, for tests of checkpoints.
 *
 * Failures end the program: they are faults of the test, not of what it tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "common/folder.h"
#include "file/safetensors.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  LimnType type;
  int rank;
  guint64 shape[LIMN_MAX_RANK];
  /* From tests/golden/keys, where the file says it: */
  char *part;         /* "unet", or "-" for a tensor that loaders ignore */
  char *targets;      /* diffusers' names, joined by '+' */
  char *target_shape; /* of each, "[320, 4, 3, 3]" */
  char *transform;    /* "", "concat rows", "append 1x1", "transpose" */
} Listed;

typedef GPtrArray Listing; /* Listed */

/* file: "sd_xl_base_1.0.tsv" in tests/golden/keys. */
Listing *listing_load_keys (const char *file);
/* What a safetensors file holds. */
Listing *listing_from_file (LimnTensors *file);
Listed *listing_find (Listing *listing, const char *name);
Listed *listing_add (Listing *listing, const char *name, LimnType type, int rank, const guint64 *shape);
void listing_remove (Listing *listing, const char *name);
guint64 listed_count (const Listed *listed);

/* The safetensors header, its length first, padded to 8 bytes. */
GString *listing_header (Listing *listing);
/* A file with that header whose data is a hole: any size, no room on disk.  All weights read as 0. */
void listing_write_sparse (Listing *listing, const char *path);

/* A folder for a test's files, removed with all it holds by tests_remove_folder ().  (transfer full) */
char *make_folder (void);
/* Makes to a folder that looks like from: folders made, files linked. */
void link_folder (const char *from, const char *to);
/* Replaces what is at dir/relative (folders in between are made).  size -1: a string. */
void put_file (const char *dir, const char *relative, const char *data, gssize size);
/* A file's text.  (transfer full) */
char *get_file (const char *dir, const char *relative);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listing, g_ptr_array_unref)

G_END_DECLS
