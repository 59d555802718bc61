/* foreign-keys.h - a program's settings as a table: what each key of its JSON, or of its "Key: value" text, is here.
 *
 * What no row takes becomes a gap, so that no setting is dropped without a word.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/foreign/foreign-private.h"

G_BEGIN_DECLS

typedef struct {
  LimnForeign *foreign;
  const LimnJson *all; /* an object */
  const char *const *models;
} LimnForeignReading;

typedef struct _LimnForeignKey LimnForeignKey;
struct _LimnForeignKey {
  const char *name; /* letters and digits alone count, in any case; with "*" at its end: all that begin so */
  /* FALSE: value is of no use, which becomes a gap.  NULL: it changes no picture. */
  gboolean (*take) (const LimnForeignReading *reading, const LimnForeignKey *key, const LimnJson *value);
  const char *property;   /* of the settings; or another key */
  const char *what, *why; /* for people */
};

/* keys: NULL, or up to a row without a name.  Rows are taken in their order, those of own first, and a row of own hides
 * one of that name in common. */
void limn_foreign_take_keys (const LimnForeignReading *reading, const LimnForeignKey *own,
                             const LimnForeignKey *common);

/* One value as if it were there under that name; FALSE where no row takes it, or it is NULL. */
gboolean limn_foreign_take_value (const LimnForeignReading *reading, const LimnForeignKey *own,
                                  const LimnForeignKey *common, const char *name, const LimnJson *value);

/* The first member of that name, read as rows are; or NULL. */
const LimnJson *limn_foreign_at (const LimnJson *all, const char *name);
/* A string that is not empty and not "None"; or NULL. */
const char *limn_foreign_text_at (const LimnJson *all, const char *name);
/* null, false, 0, "", "None", an empty list and the like */
gboolean limn_foreign_is_nothing (const LimnJson *value);
/* A string, or a number as one; or NULL.  (transfer full) */
char *limn_foreign_words (const LimnJson *value);
/* all, weights: lists, or names and numbers between commas; weights may be NULL. */
void limn_foreign_miss_loras (LimnForeign *foreign, const LimnJson *all, const LimnJson *weights);
/* "832x1216", "832/1216", "(832, 1216)", [832, 1216] */
gboolean limn_foreign_read_pair (const LimnJson *value, int *first, int *second);

/* ---- What rows do ---- */

#define LIMN_FOREIGN_TAKE(name)                                                                                        \
  gboolean limn_foreign_take_##name (const LimnForeignReading *reading, const LimnForeignKey *key,                     \
                                     const LimnJson *value)
/* One that a single program needs. */
#define LIMN_FOREIGN_OWN_TAKE(name)                                                                                    \
  static gboolean take_##name (const LimnForeignReading *reading, const LimnForeignKey *key, const LimnJson *value)

LIMN_FOREIGN_TAKE (prompt); /* into property, cleaned */
LIMN_FOREIGN_TAKE (int);
LIMN_FOREIGN_TAKE (double);
LIMN_FOREIGN_TAKE (seed);
LIMN_FOREIGN_TAKE (width); /* with "height" */
LIMN_FOREIGN_TAKE (size);
LIMN_FOREIGN_TAKE (sampler);   /* with "schedule type" or "scheduler", or else the key property */
LIMN_FOREIGN_TAKE (model);     /* with "model hash" or "base model hash" */
LIMN_FOREIGN_TAKE (refiner);   /* turns it on where it is known */
LIMN_FOREIGN_TAKE (handoff);   /* as a share of the steps, where there is the key property, the refiner */
LIMN_FOREIGN_TAKE (strength);  /* of a start picture, below 1 */
LIMN_FOREIGN_TAKE (start);     /* a start picture */
LIMN_FOREIGN_TAKE (mask);      /* a mask */
LIMN_FOREIGN_TAKE (mask_area); /* what it has painted, as the web UI says it */
LIMN_FOREIGN_TAKE (clip_skip); /* as the web UI counts: 2 leaves one layer out */
LIMN_FOREIGN_TAKE (resources); /* Civitai's: models, LoRAs, embeddings */
LIMN_FOREIGN_TAKE (gap);       /* what and why, where value is something; "%s" in why stands for it */
LIMN_FOREIGN_TAKE (part);      /* the same where the key property is something too */
/* TRUE where value begins with, or as a number is, one of property ("Automatic|Default"); else a gap, or without what
 * FALSE */
LIMN_FOREIGN_TAKE (unless);
/* Those of foreign-guidance.c: they count where dynamic thresholding was on. */
LIMN_FOREIGN_TAKE (thresholding);
LIMN_FOREIGN_TAKE (mimicked);
LIMN_FOREIGN_TAKE (mimicked_share);
LIMN_FOREIGN_TAKE (mimicked_so); /* as unless */
LIMN_FOREIGN_TAKE (unguided);    /* the share of the first steps that were not guided, with "Steps" */
/* Those of foreign-features.c.  FreeU: its version or four factors; its other rows count where it was on. */
LIMN_FOREIGN_TAKE (sag); /* a number, unless "sag enabled" is nothing; gap where the key property is none */
LIMN_FOREIGN_TAKE (freeu);
LIMN_FOREIGN_TAKE (freeu_factor);
LIMN_FOREIGN_TAKE (freeu_stages); /* all of the web UI's extension, with "FreeU version" */
/* Deep shrink: its rows count where it was on. */
LIMN_FOREIGN_TAKE (shrink_number);
LIMN_FOREIGN_TAKE (shrink_block);
LIMN_FOREIGN_TAKE (shrink_so);
LIMN_FOREIGN_TAKE (shrink_method);
LIMN_FOREIGN_TAKE (tile);        /* in which directions the picture repeats; property: "x" or "y", whether there */
LIMN_FOREIGN_TAKE (upscaler);    /* turns it on where it is here */
LIMN_FOREIGN_TAKE (upscaled_by); /* a factor, of the upscaler at the key property */
LIMN_FOREIGN_TAKE (along);       /* dealt with where there is the key property */

/* Rows of a table. */
#define LIMN_FOREIGN_GAP(name, what, why)                                                                              \
  {                                                                                                                    \
    name, limn_foreign_take_gap, NULL, what, why                                                                       \
  }
#define LIMN_FOREIGN_ALONG(name, other)                                                                                \
  {                                                                                                                    \
    name, limn_foreign_take_along, other                                                                               \
  }

/* What many programs share: prompts, numbers, size, sampler, model. */
extern const LimnForeignKey limn_foreign_common_keys[];

G_END_DECLS
