/* bpe.h - byte-pair encoding: the merges table and the merging of one word (Sennrich et al. 2016, on bytes).
 *
 * Symbols are numbered as CLIP does: 256 bytes, the same 256 ending a word ("</w>"), then one for each merge.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LimnBpe LimnBpe;

/* text: lines of two symbols with a space between, best first; a "#version" line may come first.  name is used in
 * messages, which give the line. */
LimnBpe *limn_bpe_new (const char *name, const char *text, gsize size, GError **error);
void limn_bpe_free (LimnBpe *bpe);

/* 512 + merges. */
guint limn_bpe_size (const LimnBpe *bpe);
/* As vocabularies spell it: bytes that are no visible Latin-1 character moved to U+0100 and up. */
const char *limn_bpe_symbol_text (const LimnBpe *bpe, guint symbol);
/* -1: no such symbol. */
int limn_bpe_find (const LimnBpe *bpe, const char *symbol_text);
/* The byte that a character of a symbol's text stands for, or -1. */
int limn_bpe_byte (gunichar c);

/* Appends the symbols of one word (guint) to out.  Time is O(length log length) whatever the word. */
void limn_bpe_encode (const LimnBpe *bpe, const char *word, gsize length, GArray *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnBpe, limn_bpe_free)

G_END_DECLS
