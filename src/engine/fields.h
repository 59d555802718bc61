/* fields.h - the settings of a request that are one value each, as a table; part of limn.h.
 *
 * A setting is a member of LIMN_REQUEST_FIELDS and a row in fields.c.  From the row come its default, its check, its
 * place in JSON and in the "parameters" text, limn-cli's option, the session's property and what is kept of it on disk,
 * a side of a grid, and, where nobody drew it a control of its own, its control in the window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/emphasis.h"
#include "base/prediction.h"
#include "base/types.h"

G_BEGIN_DECLS

/* torch.randn on the CPU; CUDA's Philox stream */
typedef enum { LIMN_NOISE_CPU, LIMN_NOISE_PHILOX } LimnNoise;

/* Members of LimnFields, of LimnRequest and of LimnSettingsValues alike.  Width and height are multiples of 8;
 * multiples of 64 are what the models know. */
#define LIMN_REQUEST_FIELDS                                                                                            \
  int width, height;                                                                                                   \
  int steps;                                                                                                           \
  double guidance;                   /* 1 or less turns classifier-free guidance off */                                \
  double guidance_rescale;           /* 0..1: how much of the contrast that guidance adds is taken back */             \
  double guidance_from, guidance_to; /* 0..1: the share of the steps that is guided */                                 \
  const char *guidance_kind;         /* see limn_guidance_choice (); of static storage */                              \
  double guidance_norm;              /* of APG: the most that guidance changes, 0: no limit */                         \
  double guidance_parallel;          /* of APG: the share that is taken of what saturates */                           \
  double mimic_scale, mimic_share;   /* of dynamic thresholding */                                                     \
  const char *sigmas;                /* of the custom schedule: see sigmas.h; of static storage, "": none */           \
  const char *regions;               /* see base/regions.h; of static storage, "": none */                             \
  double regions_base;               /* 0..1: the share that the prompt has where regions are */                       \
  double perturbation;               /* of perturbed-attention guidance: its scale, 0: none */                         \
  double sag, sag_blur;           /* of self-attention guidance: its scale, 0: none; how far it blurs, in latents */   \
  double nag, nag_tau, nag_alpha; /* of normalised attention guidance: scale, 0: none; longest change; share */        \
  double noise_divisor;           /* of the noise that is seen in each step */                                         \
  double cache;                   /* of step caching: the most that answers may change, 0: none */                     \
  const char *freeu;              /* see limn_freeu_choice (); of static storage */                                    \
  double freeu_b1, freeu_b2;      /* its factors of the backbone, deep and less deep, ... */                           \
  double freeu_s1, freeu_s2;      /* ... and of the lowest frequencies of the skips, ... */                            \
  double freeu_from, freeu_to;    /* ... in these of the steps, 0: the first, 1: the last */                           \
  double shrink;                  /* deep shrink: by how much the depths see less, 1: not at all ... */                \
  double shrink_until;            /* ... in this share of the way from noise, 0..1 ... */                              \
  int shrink_after;               /* ... behind this block of the way down, ComfyUI's input block ... */               \
  const char *shrink_method;      /* ... see limn_resample_choice (); of static storage */                             \
  guint64 seed;                                                                                                        \
  const char *like; /* see limn_like_choice (); of static storage */                                                   \
  LimnNoise noise_source;                                                                                              \
  int noise_delta;              /* what is added to the seed for the noise of steps; 0: they go on from the start's */ \
  int noise_batch, noise_index; /* how many pictures' noise is drawn at once; which of them this is, from 0 */         \
  guint64 variation_seed;       /* of noise that is mixed into the start's ... */                                      \
  double variation;             /* ... by this share, 0..1 */                                                          \
  int seed_width, seed_height;  /* of the picture whose noise is in the middle of this one's; 0: none */               \
  double eta;                   /* 0..1: how much noise samplers add that add some */                                  \
  double churn, churn_least, churn_most; /* noise stirred in before steps, between which levels; 0: none, all */       \
  double sigma_noise;                    /* what that noise is multiplied by */                                        \
  const char *sampler, *schedule;        /* see limn_sampler_choice (); of static storage */                           \
  const char *prediction;                /* see limn_prediction_choice (); of static storage */                        \
  int clip_skip;                         /* last layers of text encoders not read, beyond the model's own */           \
  const char *emphasis;                  /* see limn_emphasis_choice (); of static storage */                          \
  const char *editing;                   /* see limn_editing_choice (); of static storage */                           \
  double handoff;                        /* share of the schedule the base runs, 0..1 */                               \
  double aesthetic, negative_aesthetic;  /* refiner's scores */                                                        \
  double strength;                       /* 0..1, with an image: how much of it is painted anew */                     \
  const char *mask_area;     /* of a mask [height, width], or masked: [image's height, its width]; static storage */   \
  int mask_padding;          /* masked: pixels of the picture around the mask that are painted with it */              \
  const char *details;       /* boxes that are painted again: see base/details.h; of static storage, "": none ... */   \
  double detail_strength;    /* ... how much of them ... */                                                            \
  int detail_padding;        /* ... with so many pixels around shown to the model ... */                               \
  int detail_feather;        /* ... and put back over so many, inwards from their edges */                             \
  double hires;              /* of a second pass over the picture, larger: by how much, 1: none ... */                 \
  const char *hires_method;  /* ... how it becomes so: see hires.h; of static storage ... */                           \
  double hires_strength;     /* ... how much of it is painted anew ... */                                              \
  int hires_steps;           /* ... in how many steps, 0: as many as the first ... */                                  \
  const char *hires_sampler; /* ... by whom, see limn_hires_sampler_choice () ... */                                   \
  double hires_guidance;     /* ... and with what guidance, 0: as the first */                                         \
  const char *tile;          /* whether its edges fit together: see limn_tile_choice (); of static storage */          \
  const char *fit; /* what linear layers become while they are loaded: see limn_fit_choice (); of static storage */    \
  LimnPrecision precision;

typedef struct {
  LIMN_REQUEST_FIELDS
} LimnFields;

typedef enum {
  LIMN_FIELD_INT,
  LIMN_FIELD_DOUBLE,
  LIMN_FIELD_SEED,   /* guint64 */
  LIMN_FIELD_CHOICE, /* an enum, by its names */
  LIMN_FIELD_NAME,   /* of a row of another table */
  LIMN_FIELD_TEXT    /* as it was written; "" by default */
} LimnFieldKind;

/* FALSE with what is wrong with it. */
typedef gboolean (*LimnTextCheck) (const char *text, GError **error);

typedef struct {
  const char *name; /* "noise-source": of the property and the option */
  const char *key;  /* of JSON; NULL: the name with underscores */
  LimnFieldKind kind;
  gsize offset; /* in LimnFields */
  double least, most, value;
  double set_least;            /* the least that people can set, where it is more */
  const char *const *names;    /* LIMN_FIELD_CHOICE: of 0, 1 ...; ended by NULL */
  LimnChoiceTable table;       /* LIMN_FIELD_NAME; the first is the default */
  LimnTextCheck check;         /* LIMN_FIELD_TEXT, where it counts */
  const char *title;           /* as people read it */
  const char *about;           /* a sentence on what it does; NULL: it has a control of its own in the window */
  double step;                 /* of its control; 0: as usual */
  const char *group;           /* where controls that nobody drew are together; NULL: with all others */
  const char *with;            /* "guidance-kind=apg": the setting that it counts with; "nag": where that is not as by
                                * default; NULL: always */
  const char *parameter;       /* in the "parameters" text, where it is not the default; NULL: see there */
  const char *help, *argument; /* of limn-cli's option; NULL: it has none, or one of its own */
} LimnField;

/* As whom to paint: a table of like.c. */
const LimnChoice *limn_like_choice (guint index);
/* Sets what goes with fields->like: where its noise comes from, and its prompts' emphasis. */
void limn_like_choose (LimnFields *fields);
/* The row of limn_schedule_choice () that has the levels which like's program means by that of schedule. */
const char *limn_like_schedule (const char *like, const char *schedule);
/* In which directions pictures repeat: a table of tile.c; the name of a row of it, and what fields has. */
const LimnChoice *limn_tile_choice (guint index);
const char *limn_tile_name (gboolean x, gboolean y);
void limn_tile_get (const LimnFields *fields, gboolean *x, gboolean *y);
/* As what models are loaded so that they fit: a table of fit.c. */
const LimnChoice *limn_fit_choice (guint index);
/* What a mask has painted: all of the picture, or its surroundings alone, at the request's size; a table of area.c. */
const LimnChoice *limn_mask_area_choice (guint index);
gboolean limn_mask_area_is_masked (const LimnFields *fields);
/* How guidance is made: a table of guidance.c. */
const LimnChoice *limn_guidance_choice (guint index);
/* Which version of FreeU, and how features are made smaller and larger: tables of guidance.c. */
const LimnChoice *limn_freeu_choice (guint index);
const LimnChoice *limn_resample_choice (guint index);

/* How a picture is made larger between two passes, and who takes the steps of the second: tables of hires.c. */
const LimnChoice *limn_hires_choice (guint index);
const LimnChoice *limn_hires_sampler_choice (guint index);
/* The way that the web UI calls so, where it takes no upscaler's file; else NULL. */
const LimnChoice *limn_hires_from_text (const char *text);
/* Whether the method of that name takes the latents, or else the picture. */
gboolean limn_hires_takes_latents (const char *method);
/* Whether there are two, and whether an upscaler is asked for; the size of the second, which is a multiple of 8. */
gboolean limn_hires_is_on (const LimnFields *fields);
gboolean limn_hires_needs_upscaler (const LimnFields *fields);
void limn_hires_size (const LimnFields *fields, int *width, int *height);

/* Noise levels as text: see sigmas.h. */
gboolean limn_sigmas_check (const char *text, GError **error);
/* Sets what goes with such levels: the schedule, and as many steps.  FALSE: nothing, for they are none. */
gboolean limn_sigmas_choose (LimnFields *fields, const char *text);
/* What the schedule is known by wherever latents are left: its name, or the levels of the custom one. */
const char *limn_fields_schedule (const LimnFields *fields);
/* The levels, the last one 0, that such a schedule has with SDXL's training.  (transfer full) */
char *limn_schedule_to_sigmas (const char *name, int steps);

/* How many steps before its own a step of such a run reads, LIMN_MOST_PAST at most. */
int limn_fields_history (const LimnFields *fields);

/* (array length=n) */
const LimnField *limn_fields (guint *n);
/* NULL where there is no row of that name. */
const LimnField *limn_field_find (const char *name);
void limn_fields_init (LimnFields *fields);
/* LIMN_FIELD_INT, _DOUBLE and _CHOICE; get: of LIMN_FIELD_SEED, too. */
double limn_field_get (const LimnField *field, const LimnFields *fields);
void limn_field_set (const LimnField *field, LimnFields *fields, double value);
/* The place of LIMN_FIELD_SEED, and of LIMN_FIELD_NAME and _TEXT. */
guint64 *limn_field_seed (const LimnField *field, LimnFields *fields);
const char **limn_field_text (const LimnField *field, LimnFields *fields);
/* Of LIMN_FIELD_NAME: the row that text names, in any case by name, title or what other programs call it; or NULL. */
const LimnChoice *limn_field_choice (const LimnField *field, const char *text);
gboolean limn_field_is_default (const LimnField *field, const LimnFields *fields);
/* Whether all but the seeds are the same. */
gboolean limn_fields_are_alike (const LimnFields *a, const LimnFields *b);
/* Whether it counts with the others as they are, see with. */
gboolean limn_field_counts (const LimnField *field, const LimnFields *fields);
/* Its value for people.  (transfer full) */
char *limn_field_to_text (const LimnField *field, const LimnFields *fields);
/* The key of JSON.  (transfer full) */
char *limn_field_key (const LimnField *field);
/* FALSE with an error that says which field is out of its range, or names a row that does not exist. */
gboolean limn_fields_check (const LimnFields *fields, GError **error);

G_END_DECLS
