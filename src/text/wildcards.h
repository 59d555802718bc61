/* wildcards.h - "{red|green}" and "__colour__" in a prompt: one of several, chosen by the seed.
 *
 *   {a|b|c}      one of them; {2::a|b}: the first twice as often; choices nest; an empty one is allowed
 *   {2$$a|b|c}   two of them, none twice, with ", " between; {1-3$$ and $$a|b|c}: one to three, with " and " between;
 *                {-2$$...}: one or two; {2-$$...}: two or more; {2$$__name__}: two lines of that file
 *   __name__     a line of name.txt in the wildcards folder, subfolders as in __animals/birds__; empty lines and lines
 *                that begin with # do not count; a line may hold choices, wildcards and "2::" itself
 *   \{ \| \} \__ are not choices; the backslash stays, it is the encoder's reader that drops it (text/prompt-weights.h)
 *
 * Braces without a partner, or without | and count, are text.  Braces and wildcards nest 100 and 32 deep.  Any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

#define LIMN_PROMPT_LIMIT 100000 /* bytes of a prompt, before and after */

/* Where the wildcard files are: XDG_DATA_HOME/limn/wildcards.  (transfer full) */
char *limn_wildcards_folder (void);

/* The files of a folder, each read when a text first names it; for as many texts as are to agree.  folder: NULL for
 * limn_wildcards_folder ().  One thread at a time. */
typedef struct _LimnWildcards LimnWildcards;
LimnWildcards *limn_wildcards_new (const char *folder);
void limn_wildcards_free (LimnWildcards *wildcards);

/* What the seed makes of text: the same text, seed and files give the same words, on every machine.  Text without
 * choices and wildcards comes back unchanged.  Reads the files named in it: milliseconds.  Fails with LIMN_ERROR_FILE
 * where a file is missing, empty, not UTF-8 or above 4 MiB, and with LIMN_ERROR_REQUEST where wildcards name each other
 * in a circle or the text outgrows LIMN_PROMPT_LIMIT; the message names the file. */
char *limn_wildcards_expand (LimnWildcards *wildcards, const char *text, guint64 seed, GError **error);

/* The names that __name__ may have, sorted: "animals/birds".  At most 10,000.  Reads folders: not on the main thread.
 * (transfer full) */
GStrv limn_wildcards_list (const char *folder);

/* ---- For those who show a prompt ---- */

/* The bytes of the "__name__" that begins at text, or 0. */
gsize limn_wildcards_name_length (const char *text);
#define LIMN_NO_CHOICE G_MAXUINT
/* For each byte of text: for a '{' that begins a choice the position of its '}', for that '}' and the bars between them
 * the position of the '{', for all others LIMN_NO_CHOICE.  (element-type guint) (transfer full) */
GArray *limn_wildcards_find_choices (const char *text);
typedef struct {
  guint least, most;     /* how many are taken; where there are fewer, all */
  const char *separator; /* not ended by a zero; in the text that was read, or ", " */
  gsize separator_length;
} LimnChoiceCount;

/* The bytes of the "2$$", "1-3$$" or "2$$ and $$" that begins at text, or 0. */
gsize limn_wildcards_read_count (const char *text, const char *end, LimnChoiceCount *count);
/* The bytes of the "2::" that begins at text, or 0.  weight: receives the number, 0 or more. */
gsize limn_wildcards_read_weight (const char *text, const char *end, double *weight);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnWildcards, limn_wildcards_free)

G_END_DECLS
