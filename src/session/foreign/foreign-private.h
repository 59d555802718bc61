/* foreign-private.h - what the readers of foreign settings share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "session/foreign/foreign.h"
#include "text/prompt-loras.h"

G_BEGIN_DECLS

#define LIMN_FOREIGN_MOST_TEXT ((gsize) 16 << 20)  /* bytes of one text */
#define LIMN_FOREIGN_MOST_TEXTS ((gsize) 64 << 20) /* of all in a file */
#define LIMN_FOREIGN_CUT ""                        /* a key that no text has: there was more */

LimnForeign *limn_foreign_new (LimnForeignKind kind, const char *program);
gboolean limn_foreign_has (LimnForeign *self, const char *property);

/* what: for people.  A value outside the property's range becomes a gap, and the nearest one is taken. */
void limn_foreign_set_string (LimnForeign *self, const char *property, const char *value);
void limn_foreign_set_bool (LimnForeign *self, const char *property, gboolean value);
void limn_foreign_set_int (LimnForeign *self, const char *property, const char *what, double value);
void limn_foreign_set_double (LimnForeign *self, const char *property, const char *what, double value);
void limn_foreign_set_uint64 (LimnForeign *self, const char *property, guint64 value);
/* "seed", which is then one to keep. */
void limn_foreign_set_seed (LimnForeign *self, guint64 seed);
/* Rounds to what can be painted. */
void limn_foreign_set_size (LimnForeign *self, double width, double height);
/* A refiner that is known is turned on; where it is not, the present one stays as it is. */
void limn_foreign_set_refiner (LimnForeign *self, const char *name, const char *const *models);
/* share: of the steps, which is not the share of the noise that Limn counts where a schedule is uneven. */
void limn_foreign_set_handoff (LimnForeign *self, double share);
/* negative: for the negative prompt; sets "separate-negative" too. */
void limn_foreign_set_hints (LimnForeign *self, gboolean negative, const LimnSizeHints *hints);

/* Prompts for the second encoder alone; NULL: as for the first, which is set before. */
void limn_foreign_set_second (LimnForeign *self, const char *prompt, const char *negative);

/* The row of engine/like.h that paints as the program does, and where its start's noise comes from.  repeats: the noise
 * of its steps, too.  Before the sampler is set. */
void limn_foreign_set_like (LimnForeign *self, const char *like, gboolean repeats);
/* It is one of so many pictures whose noise was drawn at once; index: which of them, below 0: that is not said. */
void limn_foreign_set_batch (LimnForeign *self, double pictures, double index);
/* Names as other programs write them.  schedule: may be NULL. */
void limn_foreign_set_sampler (LimnForeign *self, const char *sampler, const char *schedule);
/* Others' DDIM uniform divides training's steps by those asked for, and takes as many as come of it. */
void limn_foreign_count_steps (LimnForeign *self);
/* "ink: 0123456789ab, moss: ba9876543210": hashes of LoRAs by their names. */
void limn_foreign_read_hashes (LimnForeign *self, const char *text);
/* property: "model" or "refiner".  hash: may be NULL. */
void limn_foreign_set_model (LimnForeign *self, const char *property, const char *name, const char *hash,
                             const char *const *models);
/* prompt as Limn reads it: without LoRA tags, the program's weights in Limn's way, nothing to choose from.  Notes what
 * cannot mean the same.  (transfer full) */
char *limn_foreign_clean_prompt (LimnForeign *self, const char *prompt);
/* The same but for weights and choices, which are Limn's already.  (transfer full) */
char *limn_foreign_strip_prompt (LimnForeign *self, const char *prompt);
/* weighted: receives whether any words are.  (transfer full) */
char *limn_foreign_from_novelai (const char *prompt, gboolean *weighted);
/* A gap where the prompts that were set weigh words. */
void limn_foreign_note_weights (LimnForeign *self, const char *why);
/* The same for programs that even out a prompt's mean after weighting. */
void limn_foreign_note_levels (LimnForeign *self);

/* A ControlNet that the picture followed another one by. */
typedef struct {
  const char *model; /* its file, as the program calls it */
  const char *hash;  /* NULL, or its fingerprint */
  LimnControl how;   /* with name and kept where these are known */
} LimnForeignControl;

/* A row where its file is here, else a gap; and one for its picture. */
void limn_foreign_add_control (LimnForeign *self, const LimnForeignControl *control, const char *const *models);
/* One of limn_control_key (), from a number or a text. */
void limn_foreign_set_control (LimnControl *how, const char *key, const LimnJson *value);
/* Other programs' names of what is made of the picture, and of how it comes to its size. */
void limn_foreign_set_module (LimnForeign *self, LimnControl *how, const char *module);
void limn_foreign_set_resize (LimnControl *how, const char *mode);
/* What another program calls the kind of picture, which may be NULL or none that it says. */
void limn_foreign_set_type (LimnControl *how, const char *type);
/* "Module: canny, Model: ..., Weight: 0.8": FALSE where it names no model. */
gboolean limn_foreign_read_control (LimnForeign *self, const char *text, const char *const *models);
/* What follows no picture in settings yet follows the one that the same ControlNet had before. */
void limn_foreign_keep_pictures (LimnForeign *self, LimnFollowed *before, LimnSettings *settings);
/* What enlarged the picture in the end; a gap, and FALSE, where its file is not here. */
gboolean limn_foreign_set_upscaler (LimnForeign *self, const char *name, const char *const *models);
/* The file of an upscaler, by its own name or the web UI's; or NULL.  (transfer full) */
char *limn_foreign_find_upscaler (const char *name, const char *const *models);
/* By how much it enlarges. */
int limn_foreign_upscaler_scale (const char *path);
/* The one of models, which may be NULL, that has that name; or NULL. */
const char *limn_foreign_find_model (const char *name, const char *const *models);

void limn_foreign_miss (LimnForeign *self, const char *what, const char *why);
void limn_foreign_miss_printf (LimnForeign *self, const char *what, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The same where property is not known, or a guess: another text of the file may know better. */
void limn_foreign_doubt (LimnForeign *self, const char *property, const char *what, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* Misses what another reading did. */
void limn_foreign_miss_again (LimnForeign *self, const LimnForeignGap *gap);
/* Takes back all that was missed under this name. */
void limn_foreign_unmiss (LimnForeign *self, const char *what);
void limn_foreign_gap_free (gpointer gap);
/* A LoRA that the picture was painted with: a gap, until its file is found. */
void limn_foreign_add_lora (LimnForeign *self, const char *name, double text, double unet);
void limn_foreign_add_tag (LimnForeign *self, const LimnPromptLora *lora);
void limn_foreign_miss_lora (LimnForeign *self, const char *name, double weight);
/* Makes tags of the prompt of those gaps whose files are here.  models: as for limn_foreign_read (). */
void limn_foreign_find_loras (LimnForeign *self, const char *const *models);
/* The noise is one that Limn cannot repeat. */
void limn_foreign_miss_noise (LimnForeign *self);
/* The picture had it, so that the present one stays. */
void limn_foreign_stays (LimnForeign *self, const char *property);
/* There was a start picture, or a mask on it: the present ones stay. */
void limn_foreign_miss_start (LimnForeign *self);
void limn_foreign_miss_mask (LimnForeign *self);
/* self is only a part of a picture's settings: what it does not name stays. */
void limn_foreign_is_part (LimnForeign *self);

/* Reads JSON as programs in Python write it: NaN and infinities become null, and whole numbers too long for a double
 * become strings. */
LimnJson *limn_foreign_parse_json (const char *text, GError **error);
/* A number, or a string that is one. */
gboolean limn_foreign_json_number (const LimnJson *value, double *number);
gboolean limn_foreign_json_seed (const LimnJson *value, guint64 *seed);
gboolean limn_foreign_text_number (const char *text, double *number);

/* The keys and values of texts as the JSON object that they could have been. (transfer full) */
LimnJson *limn_foreign_texts_to_json (GHashTable *texts);

/* Each returns FALSE where json or text is not its program's. */
gboolean limn_foreign_read_limn (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_invoke (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_invoke_graph (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_invoke_old (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_comfy (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_swarm (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_novelai (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_draw_things (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_fooocus (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_easy_diffusion (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_civitai (LimnForeign **out, const LimnJson *json, const char *const *models);
gboolean limn_foreign_read_parameters (LimnForeign **out, const char *text, const char *const *models);
gboolean limn_foreign_read_lines (LimnForeign **out, const char *text, const char *const *models);
gboolean limn_foreign_read_dream (LimnForeign **out, const char *text, const char *const *models);

/* In which directions the picture repeats, beside those that are known already: "true", "x_only", "XY", "disable" ...
 * FALSE: text is none of these. */
gboolean limn_foreign_set_tile (LimnForeign *foreign, const char *text);

G_END_DECLS
