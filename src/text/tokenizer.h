/* tokenizer.h - CLIP's byte-pair encoder, and prompts of any length in chunks of 75 tokens.
 *
 * Radford et al. 2021; the reference is openai/CLIP's SimpleTokenizer: repair and unescape, collapse white space,
 * lower-case, split, merge by rank.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LIMN_CHUNK_TOKENS 77 /* begin, 75 tokens, end */

typedef struct _LimnTokenizer LimnTokenizer;

/* folder: a tokenizer/ folder with vocab.json and merges.txt (and special_tokens_map.json / tokenizer_config.json for
 * the padding token), or NULL for the full CLIP vocabulary of 49,408. */
LimnTokenizer *limn_tokenizer_new (const char *folder, GError **error);
LimnTokenizer *limn_tokenizer_new_from_merges (const char *name, const char *merges, gsize size, GError **error);
void limn_tokenizer_free (LimnTokenizer *tokenizer);

int limn_tokenizer_size (LimnTokenizer *tokenizer);
int limn_tokenizer_begin (LimnTokenizer *tokenizer); /* <|startoftext|> */
int limn_tokenizer_end (LimnTokenizer *tokenizer);   /* <|endoftext|> */
/* The id that a tokenizer folder pads with; the end token where it does not say. */
int limn_tokenizer_pad (LimnTokenizer *tokenizer);
/* Whether a word ends with this token. */
gboolean limn_tokenizer_ends_word (LimnTokenizer *tokenizer, int id);
/* The token's text for people ("horse", with a trailing "</w>" removed), or NULL. */
const char *limn_tokenizer_text (LimnTokenizer *tokenizer, int id);

/* Ids of a prompt without begin and end, full length.  (element-type int).  Invalid UTF-8 is repaired. */
GArray *limn_tokenizer_encode (LimnTokenizer *tokenizer, const char *prompt);
/* The repaired, unescaped, collapsed, lower-cased text that is encoded. */
char *limn_tokenizer_clean (const char *prompt);

/* Chunks of LIMN_CHUNK_TOKENS: begin, up to 75 ids, end, then pad.  At least min_chunks of them (an empty prompt has
 * one).  n_chunks: receives the number.  (array length = n_chunks * LIMN_CHUNK_TOKENS) */
int *limn_tokenizer_chunks (LimnTokenizer *tokenizer, const char *prompt, int pad, int min_chunks, int *n_chunks);

/* One chunk: begin, n <= 75 ids, end, then pad.  out: [LIMN_CHUNK_TOKENS]. */
void limn_tokenizer_fill_chunk (LimnTokenizer *tokenizer, const int *ids, int n, int pad, int *out);

/* ---- Words that are vectors of their own (textual inversion) ---- */

#define LIMN_FIRST_VECTOR (1 << 20) /* their ids begin here, beyond any vocabulary */

/* Whether such a word begins at text: its bytes, the id of its first vector, and how many there are in a row; none
 * where it is only to be left out.  bare: its name alone is one, too. */
typedef gboolean (*LimnFindWord) (gpointer data, const char *text, gboolean bare, gsize *length, int *id, int *n);

/* data must outlive the tokenizer. */
void limn_tokenizer_set_words (LimnTokenizer *tokenizer, LimnFindWord find, gpointer data);
/* FALSE where none was set. */
gboolean limn_tokenizer_find_word (LimnTokenizer *tokenizer, const char *text, gboolean bare, gsize *length, int *id,
                                   int *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTokenizer, limn_tokenizer_free)

G_END_DECLS
