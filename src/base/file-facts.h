/* file-facts.h - what a model file is, as a library lists it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/family.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_FILE_MODEL, /* to paint with: a single file, a diffusers folder, or one that names parts */
  LIMN_FILE_LORA,
  LIMN_FILE_EMBEDDING,
  LIMN_FILE_PART,     /* one part of a model alone */
  LIMN_FILE_CONTROL,  /* a ControlNet, or a T2I-Adapter */
  LIMN_FILE_UPSCALER, /* what enlarges pictures */
  LIMN_FILE_DETECTOR, /* what finds things in pictures */
  LIMN_FILE_OTHER     /* Limn cannot use it: note says what it is */
} LimnFileKind;

/* Kept by number. */
typedef enum { LIMN_ADAPTER_NONE, LIMN_ADAPTER_T2I, LIMN_ADAPTER_IP } LimnAdapterKind;

typedef struct {
  char *path;
  gint64 size, modified; /* bytes; seconds since 1970 */
  gint64 beside;         /* another number where what lies beside it is another */
  LimnFileKind kind;
  LimnFamily family;       /* LIMN_FAMILY_UNKNOWN: it does not say */
  LimnPartId part;         /* of LIMN_FILE_PART */
  int types;               /* of LIMN_FILE_CONTROL: kinds of pictures that it is told apart; 0: it is not told */
  LimnAdapterKind adapter; /* of LIMN_FILE_CONTROL: whether it is something else by which a picture is followed */
  gboolean missing;        /* its folder is not there, as of a disk that is not mounted: as it was when it was */
  char *name;              /* what prompts and people call it */
  /* NULL where nobody says: */
  char *title, *base;  /* what its maker calls it, and what it was made from */
  char *words;         /* that a prompt should have in it */
  char *licence;       /* a name or an address */
  char *hash, *sha256; /* of its tensors, and of the whole file, in small hexadecimal digits */
  char *fingerprint;   /* two that have the same one hold the same */
  char *preview;       /* path of a picture beside it */
  char *note;          /* what Limn cannot do with it, in a sentence */
} LimnFileFacts;

LimnFileFacts *limn_file_facts_new (const char *path);
LimnFileFacts *limn_file_facts_copy (const LimnFileFacts *facts);
void limn_file_facts_free (LimnFileFacts *facts);

/* Its texts by name, for those who keep them: NULL after the last. */
const char *limn_file_facts_text_name (guint index);
char **limn_file_facts_text (LimnFileFacts *facts, guint index);

/* "LoRA", "VAE": translated. */
const char *limn_file_facts_kind_name (const LimnFileFacts *facts);
/* Whether a hash that another program tells, of eight digits or more, is its. */
gboolean limn_file_facts_has_hash (const LimnFileFacts *facts, const char *hash);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnFileFacts, limn_file_facts_free)

G_END_DECLS
