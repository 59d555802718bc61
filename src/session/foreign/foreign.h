/* foreign.h - the settings that a picture carries, whoever painted it, and what of them Limn cannot do.
 *
 * Reads Limn's own JSON, the "parameters" text of stable-diffusion-webui (A1111), Forge, SD.Next, stable-diffusion.cpp
 * and others, ComfyUI's prompt graph, and what InvokeAI, Fooocus, SwarmUI, NovelAI, Draw Things, Easy Diffusion and
 * Civitai write.  Pure functions over text, any thread; hostile text ends in an error or in settings within their
 * ranges.  What is shown to people is translated.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/settings/settings.h"

G_BEGIN_DECLS

/* Something that the picture was made with and that a new one will lack, or have otherwise. */
typedef struct {
  char *what;           /* "Sampler" */
  char *why;            /* "DPM++ 2M is not there; Euler on the Karras schedule takes its place" */
  const char *property; /* of the settings, where that is not known or a guess for this reason; else NULL */
  char *tag;            /* NULL, or what would name it in the prompt, were its file here: a LoRA */
} LimnForeignGap;

typedef enum {
  LIMN_FOREIGN_LIMN,
  LIMN_FOREIGN_PARAMETERS,
  LIMN_FOREIGN_COMFY,
  LIMN_FOREIGN_INVOKE,
  LIMN_FOREIGN_FOOOCUS,
  LIMN_FOREIGN_SWARM,
  LIMN_FOREIGN_NOVELAI,
  LIMN_FOREIGN_DRAW_THINGS,
  LIMN_FOREIGN_EASY_DIFFUSION,
  LIMN_FOREIGN_CIVITAI
} LimnForeignKind;

typedef struct {
  LimnForeignKind kind;
  char *program;          /* for people: "ComfyUI", "Forge" */
  gboolean repeats;       /* the noise of its steps is made as "like" has it */
  LimnSettings *settings; /* what was found; the rest is as in limn_settings_new () */
  GPtrArray *matched;     /* (element-type utf8) the properties of settings that were found */
  GPtrArray *without;     /* (element-type utf8) those that the picture did without, which go back to their defaults */
  GPtrArray *gaps;        /* (element-type LimnForeignGap) why a new picture may look different */
  GPtrArray *kept;        /* (element-type utf8) by row of the settings' ControlNets: the name by which a session keeps
                           * its picture, or NULL */
  guint controls;         /* ControlNets that were named */
  double enlarged;        /* by how much the picture is larger than the settings' size: 1, where nothing enlarged it */
  GHashTable *hashes;     /* what LoRAs are called -> their hashes, as far as these are told */
} LimnForeign;

/* Whether text holds settings, known or not. */
gboolean limn_foreign_is_carried (GHashTable *text);
/* text: key -> value, as limn_foreign_read_chunks () and PNG readers give it.  models: NULL, or a NULL-terminated list
 * of paths that a model's name is looked up in; LoRAs are looked for beside it, or the first.  Errors:
 * LIMN_ERROR_FORMAT where nothing in text is known, or all that is, is damaged. */
LimnForeign *limn_foreign_read (GHashTable *text, const char *const *models, GError **error);
/* The same of text that was copied: "parameters", or one of the JSONs. */
LimnForeign *limn_foreign_read_string (const char *text, const char *const *models, GError **error);
void limn_foreign_free (LimnForeign *self);

/* The picture's own pixels: their size is taken where the settings have none, and a gap where they say another. */
void limn_foreign_compare_size (LimnForeign *self, int width, int height);
/* One line: the prompt's start, size, steps, seed.  (transfer full) */
char *limn_foreign_summary (LimnForeign *self);
/* Sets in settings what was found, and turns off what the picture did without: a refiner, size hints, a start picture,
 * a mask.  Everything else stays as it is: what is not known never takes the place of what a person has.  Another
 * program's size hints that equal the output's become "as the output". */
void limn_foreign_apply (LimnForeign *self, LimnSettings *settings);

/* The text inside a PNG (tEXt, zTXt, iTXt, Exif, XMP), JPEG (Exif, XMP, comment), WebP, AVIF, HEIF or JPEG XL (Exif,
 * XMP): key -> value, empty for other data.  Any number of texts, up to 16 MiB each and 64 MiB in all; where there is
 * more, limn_foreign_read () says so.  Damaged parts are left out.  (transfer full) */
GHashTable *limn_foreign_read_chunks (const guint8 *data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnForeign, limn_foreign_free)

G_END_DECLS
