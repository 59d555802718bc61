/* tokenizer.c - vocabulary, splitting into words, ids and chunks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/tokenizer.h"

#include <string.h>

#include "base/data.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/read-file.h"
#include "text/bpe.h"

#define BEGIN_TEXT "<|startoftext|>"
#define END_TEXT "<|endoftext|>"
#define MAX_MERGES_FILE (64 << 20)
#define MAX_ID (1 << 22)

struct _LimnTokenizer {
  LimnBpe *bpe;
  int *ids; /* by symbol */
  int size, begin, end, pad;
  char *begin_text, *end_text;
  GStringChunk *strings;
  const char **texts; /* [size], by id, for people; NULL where an id has no token */
  gboolean *ends;     /* [size], by id: a word ends here */
  LimnFindWord find_word;
  gpointer find_data;
};

void
limn_tokenizer_free (LimnTokenizer *tokenizer)
{
  if (tokenizer == NULL)
    return;
  limn_bpe_free (tokenizer->bpe);
  g_free (tokenizer->ids);
  g_free (tokenizer->begin_text);
  g_free (tokenizer->end_text);
  g_clear_pointer (&tokenizer->strings, g_string_chunk_free);
  g_free (tokenizer->texts);
  g_free (tokenizer->ends);
  g_free (tokenizer);
}

void
limn_tokenizer_set_words (LimnTokenizer *tokenizer, LimnFindWord find, gpointer data)
{
  tokenizer->find_word = find;
  tokenizer->find_data = data;
}

gboolean
limn_tokenizer_find_word (LimnTokenizer *tokenizer, const char *text, gboolean bare, gsize *length, int *id, int *n)
{
  return tokenizer->find_word != NULL && tokenizer->find_word (tokenizer->find_data, text, bare, length, id, n);
}

/* The bytes that a token stands for, where they are text; else its spelling in the vocabulary. */
static const char *
text_for_people (LimnTokenizer *tokenizer, const char *token)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  gsize length = strlen (token) - (g_str_has_suffix (token, "</w>") ? 4 : 0);

  for (const char *p = token; p < token + length; p = g_utf8_next_char (p)) {
    int byte = limn_bpe_byte (g_utf8_get_char (p));
    if (byte >= 0)
      g_string_append_c (bytes, (char) byte);
  }
  if (bytes->len > 0 && g_utf8_validate_len (bytes->str, bytes->len, NULL))
    return g_string_chunk_insert (tokenizer->strings, bytes->str);
  return g_string_chunk_insert_len (tokenizer->strings, token, (gssize) length);
}

static void
make_texts (LimnTokenizer *tokenizer)
{
  tokenizer->strings = g_string_chunk_new (1 << 16);
  tokenizer->texts = g_new0 (const char *, tokenizer->size);
  tokenizer->ends = g_new0 (gboolean, tokenizer->size);
  for (guint i = 0; i < limn_bpe_size (tokenizer->bpe); i++) {
    const char *symbol = limn_bpe_symbol_text (tokenizer->bpe, i);
    tokenizer->texts[tokenizer->ids[i]] = text_for_people (tokenizer, symbol);
    tokenizer->ends[tokenizer->ids[i]] = g_str_has_suffix (symbol, "</w>");
  }
  tokenizer->texts[tokenizer->begin] = tokenizer->begin_text;
  tokenizer->texts[tokenizer->end] = tokenizer->end_text;
}

LimnTokenizer *
limn_tokenizer_new_from_merges (const char *name, const char *merges, gsize size, GError **error)
{
  g_autoptr (LimnTokenizer) tokenizer = g_new0 (LimnTokenizer, 1);

  tokenizer->bpe = limn_bpe_new (name, merges, size, error);
  if (tokenizer->bpe == NULL)
    return NULL;
  int symbols = (int) limn_bpe_size (tokenizer->bpe);
  tokenizer->ids = g_new (int, symbols);
  for (int i = 0; i < symbols; i++)
    tokenizer->ids[i] = i;
  tokenizer->begin = symbols;
  tokenizer->end = tokenizer->pad = symbols + 1;
  tokenizer->size = symbols + 2;
  tokenizer->begin_text = g_strdup (BEGIN_TEXT);
  tokenizer->end_text = g_strdup (END_TEXT);
  make_texts (tokenizer);
  return g_steal_pointer (&tokenizer);
}

static LimnTokenizer *
load_merges (const char *path, GError **error)
{
  gsize size;
  g_autofree char *text = limn_read_file (path, MAX_MERGES_FILE, _ ("a folder, expected a merges file"),
                                          _ ("too large for a merges file"), &size, error);

  return text != NULL ? limn_tokenizer_new_from_merges (path, text, size, error) : NULL;
}

/* -1 with an error where the vocabulary lacks token. */
static int
find_id (const LimnJson *vocabulary, const char *path, const char *token, GError **error)
{
  guint64 id;

  if (!limn_json_uint64 (limn_json_member (vocabulary, token), &id) || id > MAX_ID) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: token \"%s\" is missing or has no valid id"), path,
                 token);
    return -1;
  }
  return (int) id;
}

/* The text of "pad_token" and the like: a string, or an object whose "content" it is. */
static const char *
special_text (const LimnJson *settings, const char *key, const char *fallback)
{
  const LimnJson *value = limn_json_member (settings, key);

  return limn_json_string (value, limn_json_string (limn_json_member (value, "content"), fallback));
}

/* NULL without an error where folder has no such file. */
static gboolean
load_optional (const char *folder, const char *name, LimnJson **out, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  *out = limn_json_load (path, error);
  return *out != NULL;
}

static gboolean
apply_vocabulary (LimnTokenizer *tokenizer, const LimnJson *vocabulary, const char *path, GError **error)
{
  int most = -1;

  for (guint i = 0; i < limn_bpe_size (tokenizer->bpe); i++) {
    int id = find_id (vocabulary, path, limn_bpe_symbol_text (tokenizer->bpe, i), error);
    if (id < 0)
      return FALSE;
    tokenizer->ids[i] = id;
    most = MAX (most, id);
  }
  tokenizer->begin = find_id (vocabulary, path, tokenizer->begin_text, error);
  if (tokenizer->begin < 0)
    return FALSE;
  tokenizer->end = find_id (vocabulary, path, tokenizer->end_text, error);
  if (tokenizer->end < 0)
    return FALSE;
  tokenizer->size = MAX (most, MAX (tokenizer->begin, tokenizer->end)) + 1;
  return TRUE;
}

static gboolean
apply_folder (LimnTokenizer *tokenizer, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "vocab.json", NULL);
  g_autoptr (LimnJson) vocabulary = limn_json_load (path, error);
  g_autoptr (LimnJson) map = NULL;
  g_autoptr (LimnJson) config = NULL;
  guint64 pad;

  if (vocabulary == NULL || !load_optional (folder, "special_tokens_map.json", &map, error)
      || !load_optional (folder, "tokenizer_config.json", &config, error))
    return FALSE;
  g_free (tokenizer->begin_text);
  g_free (tokenizer->end_text);
  tokenizer->begin_text = g_strdup (special_text (map, "bos_token", special_text (config, "bos_token", BEGIN_TEXT)));
  tokenizer->end_text = g_strdup (special_text (map, "eos_token", special_text (config, "eos_token", END_TEXT)));
  if (!apply_vocabulary (tokenizer, vocabulary, path, error))
    return FALSE;
  const char *pad_text = special_text (map, "pad_token", special_text (config, "pad_token", tokenizer->end_text));
  tokenizer->pad = limn_json_uint64 (limn_json_member (vocabulary, pad_text), &pad) && pad < (guint64) tokenizer->size
                       ? (int) pad
                       : tokenizer->end;
  g_clear_pointer (&tokenizer->strings, g_string_chunk_free);
  g_clear_pointer (&tokenizer->texts, g_free);
  g_clear_pointer (&tokenizer->ends, g_free);
  make_texts (tokenizer);
  return TRUE;
}

LimnTokenizer *
limn_tokenizer_new (const char *folder, GError **error)
{
  g_autofree char *path =
      folder != NULL ? g_build_filename (folder, "merges.txt", NULL) : limn_data_path ("clip/merges.txt");
  g_autoptr (LimnTokenizer) tokenizer = NULL;

  if (path == NULL) {
    g_set_error_literal (
        error, LIMN_ERROR, LIMN_ERROR_FILE,
        _ ("clip/merges.txt: CLIP's vocabulary is not among Limn's data files: is LIMN_DATA_DIR right?"));
    return NULL;
  }
  tokenizer = load_merges (path, error);
  if (tokenizer == NULL || (folder != NULL && !apply_folder (tokenizer, folder, error)))
    return NULL;
  return g_steal_pointer (&tokenizer);
}

int
limn_tokenizer_size (LimnTokenizer *tokenizer)
{
  return tokenizer->size;
}

int
limn_tokenizer_begin (LimnTokenizer *tokenizer)
{
  return tokenizer->begin;
}

int
limn_tokenizer_end (LimnTokenizer *tokenizer)
{
  return tokenizer->end;
}

int
limn_tokenizer_pad (LimnTokenizer *tokenizer)
{
  return tokenizer->pad;
}

const char *
limn_tokenizer_text (LimnTokenizer *tokenizer, int id)
{
  return id >= 0 && id < tokenizer->size ? tokenizer->texts[id] : NULL;
}

gboolean
limn_tokenizer_ends_word (LimnTokenizer *tokenizer, int id)
{
  return id >= 0 && id < tokenizer->size && tokenizer->ends[id];
}

typedef enum { CLASS_SPACE, CLASS_LETTER, CLASS_NUMBER, CLASS_OTHER } CharClass;

static CharClass
class_of (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_LOWERCASE_LETTER:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_OTHER_LETTER:
  case G_UNICODE_TITLECASE_LETTER:
  case G_UNICODE_UPPERCASE_LETTER:
    return CLASS_LETTER;
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
    return CLASS_NUMBER;
  default:
    return g_unichar_isspace (c) || c == 0x85 || c == 0xb ? CLASS_SPACE : CLASS_OTHER;
  }
}

/* The length of 's 't 're 've 'm 'll 'd at p, or 0. */
static gsize
contraction (const char *p)
{
  static const char *const endings[] = { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_prefix (p, endings[i]))
      return strlen (endings[i]);
  return 0;
}

/* The length of the word at p, which is no space: a contraction, letters, one digit, or other characters. */
static gsize
word_length (const char *p)
{
  gsize length = contraction (p);
  CharClass class = class_of (g_utf8_get_char (p));
  const char *end = g_utf8_next_char (p);

  if (length > 0)
    return length;
  while (class != CLASS_NUMBER && *end != '\0' && class_of (g_utf8_get_char (end)) == class)
    end = g_utf8_next_char (end);
  return (gsize) (end - p);
}

static gboolean
take_special (const LimnTokenizer *tokenizer, const char **p, GArray *out)
{
  const char *const texts[] = { tokenizer->begin_text, tokenizer->end_text };
  const int ids[] = { tokenizer->begin, tokenizer->end };

  for (guint i = 0; i < 2; i++) {
    if (*texts[i] == '\0' || !g_str_has_prefix (*p, texts[i]))
      continue;
    g_array_append_val (out, ids[i]);
    *p += strlen (texts[i]);
    return TRUE;
  }
  return FALSE;
}

GArray *
limn_tokenizer_encode (LimnTokenizer *tokenizer, const char *prompt)
{
  g_autofree char *text = limn_tokenizer_clean (prompt);
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *out = g_array_sized_new (FALSE, FALSE, sizeof (int), LIMN_CHUNK_TOKENS);

  for (const char *p = text; *p != '\0';) {
    if (take_special (tokenizer, &p, out))
      continue;
    if (class_of (g_utf8_get_char (p)) == CLASS_SPACE) {
      p = g_utf8_next_char (p);
      continue;
    }
    gsize length = word_length (p);
    g_array_set_size (symbols, 0);
    limn_bpe_encode (tokenizer->bpe, p, length, symbols);
    for (guint i = 0; i < symbols->len; i++)
      g_array_append_val (out, tokenizer->ids[g_array_index (symbols, guint, i)]);
    p += length;
  }
  return out;
}

void
limn_tokenizer_fill_chunk (LimnTokenizer *tokenizer, const int *ids, int n, int pad, int *out)
{
  g_assert (n >= 0 && n <= LIMN_CHUNK_TOKENS - 2);

  out[0] = tokenizer->begin;
  for (int i = 0; i < n; i++)
    out[1 + i] = ids[i];
  out[1 + n] = tokenizer->end;
  for (int i = n + 2; i < LIMN_CHUNK_TOKENS; i++)
    out[i] = pad;
}

int *
limn_tokenizer_chunks (LimnTokenizer *tokenizer, const char *prompt, int pad, int min_chunks, int *n_chunks)
{
  g_autoptr (GArray) ids = limn_tokenizer_encode (tokenizer, prompt);
  int done = 0, room = LIMN_CHUNK_TOKENS - 2;
  int n = MAX (MAX (((int) ids->len + room - 1) / room, min_chunks), 1);
  gsize total = (gsize) LIMN_CHUNK_TOKENS * (gsize) n;
  int *chunks = g_new (int, total);

  for (int *out = chunks; out < chunks + total; out += LIMN_CHUNK_TOKENS) {
    int used = MIN ((int) ids->len - done, room);

    limn_tokenizer_fill_chunk (tokenizer, (const int *) ids->data + done, used, pad, out);
    done += used;
  }
  *n_chunks = n;
  return chunks;
}
