/* styles.h - prompt templates with names, from a styles.csv as stable-diffusion-webui writes it.
 *
 * A line for each: name, prompt and negative prompt, quoted as spreadsheets quote.  Where a template holds "{prompt}",
 * the prompt takes its place; else it follows the prompt.  Any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

typedef struct {
  char *name, *prompt, *negative; /* "" where the file says nothing */
} LimnStyle;

/* Where a person's own file is: XDG_DATA_HOME/limn/styles.csv.  (transfer full) */
char *limn_styles_path (void);
/* (element-type LimnStyle) (transfer full); NULL with an error that names path where it cannot be read, is above 4 MiB,
 * not UTF-8 or has no column "name". */
GPtrArray *limn_styles_load (const char *path, GError **error);
/* The same of a text; name is used in messages. */
GPtrArray *limn_styles_parse (const char *name, const char *text, GError **error);
/* NULL where there is none of that name. */
const LimnStyle *limn_styles_find (const GPtrArray *styles, const char *name);
/* template with prompt, which may be NULL, in it or before it.  (transfer full) */
char *limn_style_apply (const char *template, const char *prompt);

G_END_DECLS
