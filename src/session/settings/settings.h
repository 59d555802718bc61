/* settings.h - everything a person sets for a picture, as one GObject that widgets bind to and runs copy.
 *
 * Property names are the field names below with dashes ("separate-negative").  Belongs to one thread at a time: a run
 * gets a copy.  limn_settings_to_variant () keeps everything but pictures and the mask.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

#include "engine/limn.h"
#include "session/settings/followed.h"
#include "session/settings/mask.h"
#include "session/settings/source.h"
#include "text/wildcards.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SETTINGS (limn_settings_get_type ())
G_DECLARE_FINAL_TYPE (LimnSettings, limn_settings, LIMN, SETTINGS, GObject)

typedef struct {
  char *prompt, *negative;
  char *prompt_2, *negative_2; /* for the second encoder, where separate_prompts */
  gboolean separate_prompts;
  char *prefix;  /* what prompt begins with because of the model, see limn_settings_set_prefix () */
  char *model;   /* path; "": the starter */
  char *refiner; /* path; "": none chosen */
  union {
    LimnFields fields;
    struct {
      LIMN_REQUEST_FIELDS /* width, height, steps, guidance, seed ...: see engine/fields.h; names are interned */
    };
  };
  gboolean new_seed; /* a new seed for each picture */
  int count;         /* pictures that one click on Generate asks for */
  int batch_size;    /* of them, those that each step is taken of at once; 0: as many as there is memory for */
  int original_width, original_height, crop_left, crop_top, target_width, target_height; /* 0: as the output */
  gboolean separate_negative; /* the six below count; else the negative's are the six above */
  int negative_original_width, negative_original_height, negative_crop_left, negative_crop_top;
  int negative_target_width, negative_target_height;
  gboolean use_refiner;
  char *upscaler; /* path; "": none chosen */
  gboolean use_upscaler;
  double source_x, source_y; /* 0..1: which part of it is used, see limn_crop_fit () */
  int source_fit;            /* LimnSourceFit */
  gboolean truthful_crop;    /* the size hints follow the source's real size and crop */
  LimnSource *source;        /* NULL: start from noise */
  LimnMask *mask;            /* NULL, or what of source is painted anew; as large as the picture */
  LimnFollowed *controls;    /* what else the picture follows; NULL: nothing */
} LimnSettingsValues;

LimnSettings *limn_settings_new (void);
LimnSettings *limn_settings_copy (LimnSettings *self);
/* Takes over every value of from; notifies those that change. */
void limn_settings_assign (LimnSettings *self, LimnSettings *from);
/* Valid until self changes. */
const LimnSettingsValues *limn_settings_values (LimnSettings *self);

/* Whether they have the same in property; of pictures what is on them counts. */
gboolean limn_settings_agree (LimnSettings *a, LimnSettings *b, GParamSpec *property);
/* Whether they have in all that pictures painted at once have to share (engine/several.h). */
gboolean limn_settings_are_alike (LimnSettings *a, LimnSettings *b);

/* Whether they end in the same: all that is done to a picture once its steps are taken, which are the same with any. */
gboolean limn_settings_finish_alike (LimnSettings *a, LimnSettings *b);
void limn_settings_finish_as (LimnSettings *self, LimnSettings *from);
/* Whether it paints the surroundings of a mask alone; then the mask lies over all of the source. */
gboolean limn_settings_paints_area (LimnSettings *self);
/* Of what it paints, but for what makes that larger. */
void limn_settings_get_size (LimnSettings *self, int *width, int *height);
/* At the end, or between two passes. */
gboolean limn_settings_needs_upscaler (LimnSettings *self);
/* Whether property says how. */
gboolean limn_settings_is_finish (const char *property);

/* Sets "like" and what goes with it, see limn_like_choose (). */
void limn_settings_choose_like (LimnSettings *self, const char *name);
/* Sets "sigmas" and what goes with them, see limn_sigmas_choose (); FALSE where text is none. */
gboolean limn_settings_choose_sigmas (LimnSettings *self, const char *text);
/* Puts a style's templates into the prompts, see limn_style_apply (). */
void limn_settings_put_style (LimnSettings *self, const char *template, const char *negative_template);

/* a{sv}, floating.  Reading ignores unknown names, wrong types and values out of range. */
GVariant *limn_settings_to_variant (LimnSettings *self);
void limn_settings_from_variant (LimnSettings *self, GVariant *variant);

/* Makes the choices of all four prompts, as the seed decides.  Whatever paints does this first, so that one seed has
 * one choice.  FALSE with error where a wildcard file is not right, see limn_wildcards_expand (); what could not be
 * read stays as it was written. */
gboolean limn_settings_expand (LimnSettings *self, LimnWildcards *wildcards, GError **error);

/* Fills request but for its models and image; strings are borrowed from self. */
void limn_settings_fill_request (LimnSettings *self, LimnRequest *request);

G_END_DECLS
