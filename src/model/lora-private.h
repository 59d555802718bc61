/* lora-private.h - what the lora-*.c files share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lora.h"

G_BEGIN_DECLS

/* What a tensor is in its module. */
typedef enum {
  LIMN_LORA_ALPHA,
  LIMN_LORA_DORA,      /* DoRA's magnitudes, of rows or of columns */
  LIMN_LORA_MAGNITUDE, /* the same as PEFT has them, of rows */
  LIMN_LORA_UP,
  LIMN_LORA_DOWN,
  LIMN_LORA_MID,
  LIMN_LORA_HADA_1A,
  LIMN_LORA_HADA_1B,
  LIMN_LORA_HADA_2A,
  LIMN_LORA_HADA_2B,
  LIMN_LORA_HADA_T1,
  LIMN_LORA_HADA_T2,
  LIMN_LORA_KRON_1,
  LIMN_LORA_KRON_1A,
  LIMN_LORA_KRON_1B,
  LIMN_LORA_KRON_2,
  LIMN_LORA_KRON_2A,
  LIMN_LORA_KRON_2B,
  LIMN_LORA_KRON_T2,
  LIMN_LORA_A1,
  LIMN_LORA_A2,
  LIMN_LORA_B1,
  LIMN_LORA_B2,
  LIMN_LORA_TURNS,
  LIMN_LORA_RESCALE,
  LIMN_LORA_DIFF,
  LIMN_LORA_DIFF_BIAS,
  LIMN_LORA_SET,
  LIMN_LORA_ON_INPUT,
  LIMN_LORA_WEIGHT,
  LIMN_LORA_N_ROLES
} LimnLoraRole;

#define LIMN_LORA_HAS(role) (G_GUINT64_CONSTANT (1) << LIMN_LORA_##role)

typedef struct {
  const LimnTensor *roles[LIMN_LORA_N_ROLES];
} LimnLoraModule;

/* The role of a file's tensor, and the length of its module's name; FALSE where no naming has such an ending. */
gboolean limn_lora_split (const char *name, LimnLoraRole *role, gsize *length);

/* The tensors that a checkpoint has, by all names of their modules. */
typedef struct _LimnLoraTargets LimnLoraTargets;
LimnLoraTargets *limn_lora_targets_new (LimnCheckpoint *checkpoint);
void limn_lora_targets_free (LimnLoraTargets *targets);
/* diffusers' name of the module that a file calls so, and its part; NULL where there is none. */
const char *limn_lora_targets_find (const LimnLoraTargets *targets, const char *module, LimnPartId *part);

/* What a tensor is made of: rows of k values, of taps each in convolutions. */
typedef struct {
  guint64 rows, k, taps;
  guint64 columns; /* k * taps */
} LimnLoraShape;

/* A tensor with all but its first dimension as one. */
typedef struct {
  guint64 rows, columns;
  float *values;
} LimnMatrix;

/* Beyond it two matrices are more work than what they come to. */
#define LIMN_LORA_MOST_RANK 256

/* A kind of change, for modules that have all roles of one of needs. */
typedef struct {
  const char *title;  /* as people call it */
  guint64 needs[4];   /* LIMN_LORA_HAS (), ended by 0 */
  guint64 takes;      /* what it reads besides */
  gboolean bias;      /* of the module's bias */
  gboolean sets;      /* what it comes to is the tensor, whatever the strength */
  LimnLoraRole whole; /* without fits: the tensor that is as large as what it changes, and is the delta */
  /* Whether its tensors have shapes that go together and with that of what they change. */
  gboolean (*fits) (const LimnLoraModule *module, const LimnLoraShape *shape);
  /* Into delta, zeros, what is to be added for strength 1; returns by what it is to be multiplied.  weight: before.
   * NULL: the module is always a product, or whole. */
  double (*delta) (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, double strength,
                   float *delta);
  /* NULL, or the rank of two matrices of which the delta is the product; 0 where the module is no such product, or
   * only one of more than LIMN_LORA_MOST_RANK. */
  guint64 (*rank) (const LimnLoraModule *module);
  /* With rank: these, [rows, rank] and [rank, columns]; returns by what their product is to be multiplied. */
  double (*factors) (const LimnLoraModule *module, const LimnLoraShape *shape, LimnMatrix *up, LimnMatrix *down);
} LimnLoraKind;

/* What one module does to one tensor. */
typedef struct {
  const LimnLoraKind *kind;
  const LimnLoraModule *module;
} LimnLoraChange;

typedef struct {
  GArray *changes; /* LimnLoraChange, in the file's order */
  LimnLoraShape shape;
} LimnLoraTarget;

/* What the file does to a tensor; NULL: nothing. */
const LimnLoraTarget *limn_lora_target (LimnLora *lora, LimnPartId part, const char *name);
gboolean limn_lora_is_decomposed (const LimnLoraModule *module);
/* Whether what was read of the file was in it, and sum, that of all x - x of what was made for a tensor, is 0: they are
 * numbers. */
gboolean limn_lora_check (LimnLora *lora, const char *name, float sum, GError **error);

/* A row without a title ends the table. */
extern const LimnLoraKind limn_lora_kinds[];

/* ---- For those who make kinds ---- */

guint64 limn_lora_rows (const LimnTensor *tensor);
guint64 limn_lora_columns (const LimnTensor *tensor);
LimnMatrix limn_matrix_read (const LimnTensor *tensor);
void limn_matrix_clear (LimnMatrix *matrix);
/* out: [a.rows, b.columns], to which a times b is added; on all cores where that is much. */
void limn_matrix_multiply (const LimnMatrix *a, const LimnMatrix *b, float *out);

/* Orthogonal changes: lora-turns.c. */
gboolean limn_lora_turns_fit (const LimnLoraModule *module, const LimnLoraShape *shape);
double limn_lora_turns_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight,
                              double strength, float *delta);
gboolean limn_lora_butterfly_fits (const LimnLoraModule *module, const LimnLoraShape *shape);
double limn_lora_butterfly_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight,
                                  double strength, float *delta);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnMatrix, limn_matrix_clear)

G_END_DECLS
