/* json.c - the JSON reader: one pass over the text, strings decoded in place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/read-file.h"

#define MAX_DEPTH 64
#define MAX_VALUES (G_GUINT64_CONSTANT (1) << 22)
#define MAX_FILE_SIZE (G_GUINT64_CONSTANT (256) << 20)

typedef struct _Member Member;

struct _LimnJson {
  LimnJsonKind kind;
  guint length;
  union {
    gboolean boolean;
    struct {
      double value;
      guint64 magnitude; /* of a whole one */
      gboolean whole, negative;
    } number;
    const char *string;
    LimnJson *elements;
    struct {
      Member *list;
      guint *by_key; /* indices into list, sorted by key: no hash, so no text can make it slow */
    } members;
  };
};

struct _Member {
  const char *key;
  LimnJson value;
};

/* The root is a Document, so that freeing the root value frees the text that its strings point into. */
typedef struct {
  LimnJson root;
  char *text;
} Document;

typedef struct {
  const char *name;
  const char *source; /* what the caller gave: lines are counted here, where no string has been decoded */
  const char *text;   /* our copy */
  char *at;           /* in text */
  guint64 values;
  guint depth;
  GError *error;
} Reader;

static gboolean read_value (Reader *reader, LimnJson *value);

static void
clear_value (LimnJson *value)
{
  if (value->kind == LIMN_JSON_ARRAY) {
    for (guint i = 0; i < value->length; i++)
      clear_value (&value->elements[i]);
    g_free (value->elements);
  } else if (value->kind == LIMN_JSON_OBJECT) {
    for (guint i = 0; i < value->length; i++)
      clear_value (&value->members.list[i].value);
    g_free (value->members.list);
    g_free (value->members.by_key);
  }
}

void
limn_json_free (LimnJson *root)
{
  if (root == NULL)
    return;
  clear_value (root);
  g_free (((Document *) root)->text);
  g_free (root);
}

static G_GNUC_PRINTF (2, 3) gboolean fail (Reader *reader, const char *format, ...)
{
  va_list args;
  guint line = 1;

  if (reader->error != NULL)
    return FALSE;
  for (gsize i = 0; i < (gsize) (reader->at - reader->text); i++)
    line += reader->source[i] == '\n';
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  reader->error = g_error_new (LIMN_ERROR, LIMN_ERROR_FORMAT, "%s: line %u: %s", reader->name, line, what);
  return FALSE;
}

static gboolean
fail_expected (Reader *reader, const char *expected)
{
  if (*reader->at == '\0')
    return fail (reader, _ ("expected %s, found the end of the text"), expected);
  gunichar c = g_utf8_get_char (reader->at);
  if (g_unichar_isprint (c))
    return fail (reader, _ ("expected %s, found '%.*s'"), expected, (int) (g_utf8_next_char (reader->at) - reader->at),
                 reader->at);
  return fail (reader, _ ("expected %s, found U+%04X"), expected, c);
}

static void
skip_space (Reader *reader)
{
  while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r')
    reader->at++;
}

static gboolean
read_hex4 (Reader *reader, const char *digits, gunichar *out)
{
  gunichar code = 0;

  for (guint i = 0; i < 4; i++) {
    int digit = g_ascii_xdigit_value (digits[i]);
    if (digit < 0)
      return fail (reader, _ ("expected four hexadecimal digits after \\u"));
    code = code << 4 | (gunichar) digit;
  }
  *out = code;
  return TRUE;
}

/* at: the 'u' of an escape.  Gives the number of bytes read from there, 0 on error. */
static guint
read_unicode_escape (Reader *reader, const char *at, gunichar *out)
{
  gunichar code = 0, low = 0;

  if (!read_hex4 (reader, at + 1, &code))
    return 0;
  if (code == 0)
    return fail (reader, _ ("\\u0000 is not allowed in a string"));
  if (code < 0xd800 || code > 0xdfff) {
    *out = code;
    return 5;
  }
  if (code >= 0xdc00 || at[5] != '\\' || at[6] != 'u')
    return fail (reader, _ ("half of a surrogate pair in a string"));
  if (!read_hex4 (reader, at + 7, &low))
    return 0;
  if (low < 0xdc00 || low > 0xdfff)
    return fail (reader, _ ("half of a surrogate pair in a string"));
  *out = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  return 11;
}

/* Decodes at `at` (after the opening quote) in place: what a string stands for is never longer than its spelling. */
static gboolean
read_string (Reader *reader, const char **out)
{
  static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
  char *write = reader->at;

  *out = write;
  for (char *read = reader->at;;) {
    guchar c = (guchar) *read;
    if (c == '"') {
      *write = '\0';
      reader->at = read + 1;
      return TRUE;
    }
    if (c < 0x20) {
      reader->at = read;
      return c == '\0' ? fail (reader, _ ("the text ends inside a string"))
                       : fail (reader, _ ("control character in a string"));
    }
    if (c != '\\') {
      *write++ = *read++;
      continue;
    }
    read++;
    if (*read == 'u') {
      gunichar code = 0;
      guint used = read_unicode_escape (reader, read, &code);
      if (used == 0)
        return FALSE;
      write += g_unichar_to_utf8 (code, write);
      read += used;
      continue;
    }
    guint i = 0;
    while (i + 1 < sizeof escapes && escapes[i] != *read)
      i += 2;
    if (*read == '\0' || i + 1 >= sizeof escapes)
      return fail (reader, _ ("unknown escape in a string"));
    *write++ = escapes[i + 1];
    read++;
  }
}

static const char *
skip_digits (const char *p)
{
  while (g_ascii_isdigit (*p))
    p++;
  return p;
}

static gboolean
read_number (Reader *reader, LimnJson *value)
{
  char *start = reader->at;
  const char *digits = start + (*start == '-');
  const char *end = skip_digits (digits);
  gsize n_digits = (gsize) (end - digits);
  gboolean whole = TRUE;

  if (n_digits == 0) {
    reader->at = (char *) digits;
    return fail_expected (reader, _ ("a digit"));
  }
  if (n_digits > 1 && *digits == '0')
    return fail (reader, _ ("a number starts with a needless zero"));
  if (*end == '.') {
    whole = FALSE;
    if (!g_ascii_isdigit (end[1]))
      return fail (reader, _ ("expected a digit after the decimal point"));
    end = skip_digits (end + 1);
  }
  if (*end == 'e' || *end == 'E') {
    whole = FALSE;
    end += end[1] == '+' || end[1] == '-' ? 2 : 1;
    if (!g_ascii_isdigit (*end))
      return fail (reader, _ ("expected a digit in the exponent"));
    end = skip_digits (end);
  }
  value->kind = LIMN_JSON_NUMBER;
  value->number.value = g_ascii_strtod (start, NULL);
  if (!isfinite (value->number.value))
    return fail (reader, _ ("a number is too large"));
  value->number.negative = digits > start;
  value->number.whole = whole && n_digits <= 19;
  if (value->number.whole)
    value->number.magnitude = g_ascii_strtoull (digits, NULL, 10);
  reader->at = (char *) end;
  return TRUE;
}

static gboolean
read_word (Reader *reader, LimnJson *value)
{
  static const struct {
    const char *word;
    LimnJsonKind kind;
    gboolean boolean;
  } words[] = { { "true", LIMN_JSON_BOOL, TRUE },
                { "false", LIMN_JSON_BOOL, FALSE },
                { "null", LIMN_JSON_NULL, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    gsize length = strlen (words[i].word);
    if (strncmp (reader->at, words[i].word, length) != 0)
      continue;
    reader->at += length;
    value->kind = words[i].kind;
    value->boolean = words[i].boolean;
    return TRUE;
  }
  return fail_expected (reader, _ ("a value"));
}

/* Makes room for one more of size bytes in a list that holds n: it grows by half whenever it is full. */
static gpointer
grow (gpointer list, guint n, guint *capacity, gsize size)
{
  if (n < *capacity)
    return list;
  *capacity = *capacity + *capacity / 2 + 4;
  return g_realloc_n (list, *capacity, size);
}

/* TRUE with *more FALSE at the closing bracket. */
static gboolean
read_separator (Reader *reader, char close, gboolean *more)
{
  skip_space (reader);
  if (*reader->at != ',' && *reader->at != close)
    return fail_expected (reader, close == ']' ? "',' or ']'" : "',' or '}'");
  *more = *reader->at++ == ',';
  return TRUE;
}

static gboolean
read_array (Reader *reader, LimnJson *value)
{
  guint capacity = 0;
  gboolean more = TRUE;

  value->kind = LIMN_JSON_ARRAY;
  reader->at++;
  skip_space (reader);
  if (*reader->at == ']') {
    reader->at++;
    return TRUE;
  }
  while (more) {
    value->elements = grow (value->elements, value->length, &capacity, sizeof (LimnJson));
    LimnJson *element = &value->elements[value->length++];
    *element = (LimnJson){ 0 };
    if (!read_value (reader, element) || !read_separator (reader, ']', &more))
      return FALSE;
  }
  value->elements = g_realloc_n (value->elements, value->length, sizeof (LimnJson));
  return TRUE;
}

static int
compare_members (gconstpointer a, gconstpointer b, gpointer list)
{
  const Member *members = list;

  return strcmp (members[*(const guint *) a].key, members[*(const guint *) b].key);
}

static gboolean
index_members (Reader *reader, LimnJson *value)
{
  Member *list = value->members.list;
  guint *order = g_new (guint, value->length);

  value->members.by_key = order;
  for (guint i = 0; i < value->length; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) value->length, sizeof *order, compare_members, list);
  for (guint i = 1; i < value->length; i++)
    if (strcmp (list[order[i - 1]].key, list[order[i]].key) == 0)
      return fail (reader, _ ("\"%s\" occurs twice in one object"), list[order[i]].key);
  return TRUE;
}

static gboolean
read_member (Reader *reader, Member *member)
{
  skip_space (reader);
  if (*reader->at != '"')
    return fail_expected (reader, _ ("a name in quotes"));
  reader->at++;
  if (!read_string (reader, &member->key))
    return FALSE;
  skip_space (reader);
  if (*reader->at != ':')
    return fail_expected (reader, "':'");
  reader->at++;
  return read_value (reader, &member->value);
}

static gboolean
read_object (Reader *reader, LimnJson *value)
{
  guint capacity = 0;
  gboolean more = TRUE;

  value->kind = LIMN_JSON_OBJECT;
  reader->at++;
  skip_space (reader);
  if (*reader->at == '}') {
    reader->at++;
    return TRUE;
  }
  while (more) {
    value->members.list = grow (value->members.list, value->length, &capacity, sizeof (Member));
    Member *member = &value->members.list[value->length++];
    *member = (Member){ 0 };
    if (!read_member (reader, member) || !read_separator (reader, '}', &more))
      return FALSE;
  }
  value->members.list = g_realloc_n (value->members.list, value->length, sizeof (Member));
  return index_members (reader, value);
}

static gboolean
read_value (Reader *reader, LimnJson *value)
{
  gboolean ok;

  skip_space (reader);
  if (++reader->values > MAX_VALUES)
    return fail (reader, _ ("more than %" PRIu64 " values"), MAX_VALUES);
  if (*reader->at == '[' || *reader->at == '{') {
    if (++reader->depth > MAX_DEPTH)
      return fail (reader, _ ("nested more than %d deep"), MAX_DEPTH);
    ok = *reader->at == '[' ? read_array (reader, value) : read_object (reader, value);
    reader->depth--;
    return ok;
  }
  if (*reader->at == '"') {
    reader->at++;
    value->kind = LIMN_JSON_STRING;
    return read_string (reader, &value->string);
  }
  if (*reader->at == '-' || g_ascii_isdigit (*reader->at))
    return read_number (reader, value);
  return read_word (reader, value);
}

static gboolean
read_document (Reader *reader, LimnJson *root)
{
  if (!read_value (reader, root))
    return FALSE;
  skip_space (reader);
  return *reader->at == '\0' || fail_expected (reader, _ ("the end of the text"));
}

LimnJson *
limn_json_parse (const char *name, const char *text, gssize size, GError **error)
{
  gsize length = size < 0 ? strlen (text) : (gsize) size;
  const char *bad;

  if (!g_utf8_validate_len (text, length, &bad)) {
    guint line = 1;
    for (const char *p = text; p < bad; p++)
      line += *p == '\n';
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: line %u: byte 0x%02x is not UTF-8 text"), name, line,
                 (guchar) *bad);
    return NULL;
  }
  Document *document = g_new0 (Document, 1);
  document->text = g_malloc (length + 1);
  if (length > 0) /* then text may be NULL */
    memcpy (document->text, text, length);
  document->text[length] = '\0';

  Reader reader = { .name = name, .source = text, .text = document->text, .at = document->text };
  if (g_str_has_prefix (reader.at, "\xef\xbb\xbf"))
    reader.at += 3;
  if (!read_document (&reader, &document->root)) {
    limn_json_free (&document->root);
    g_propagate_error (error, reader.error);
    return NULL;
  }
  return &document->root;
}

LimnJson *
limn_json_load (const char *path, GError **error)
{
  gsize size;
  g_autofree char *text = limn_read_file (path, MAX_FILE_SIZE, _ ("a folder, expected a JSON file"),
                                          _ ("over 256 MB, too large for a JSON file"), &size, error);

  return text != NULL ? limn_json_parse (path, text, (gssize) size, error) : NULL;
}

LimnJsonKind
limn_json_kind (const LimnJson *value)
{
  return value == NULL ? LIMN_JSON_NULL : value->kind;
}

const LimnJson *
limn_json_member (const LimnJson *object, const char *key)
{
  guint low = 0, high = limn_json_kind (object) == LIMN_JSON_OBJECT ? object->length : 0;

  while (low < high) {
    guint middle = low + (high - low) / 2;
    const Member *member = &object->members.list[object->members.by_key[middle]];
    int order = strcmp (key, member->key);
    if (order == 0)
      return &member->value;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

guint
limn_json_length (const LimnJson *value)
{
  return value == NULL ? 0 : value->length;
}

const LimnJson *
limn_json_nth (const LimnJson *value, guint index)
{
  if (value == NULL || index >= value->length)
    return NULL;
  return value->kind == LIMN_JSON_ARRAY ? &value->elements[index] : &value->members.list[index].value;
}

const char *
limn_json_key (const LimnJson *object, guint index)
{
  if (limn_json_kind (object) != LIMN_JSON_OBJECT || index >= object->length)
    return NULL;
  return object->members.list[index].key;
}

const char *
limn_json_string (const LimnJson *value, const char *fallback)
{
  return limn_json_kind (value) == LIMN_JSON_STRING ? value->string : fallback;
}

const char *
limn_json_member_string (const LimnJson *object, const char *key)
{
  return limn_json_string (limn_json_member (object, key), NULL);
}

double
limn_json_number (const LimnJson *value, double fallback)
{
  return limn_json_kind (value) == LIMN_JSON_NUMBER ? value->number.value : fallback;
}

gboolean
limn_json_bool (const LimnJson *value, gboolean fallback)
{
  return limn_json_kind (value) == LIMN_JSON_BOOL ? value->boolean : fallback;
}

gboolean
limn_json_uint64 (const LimnJson *value, guint64 *out)
{
  if (limn_json_kind (value) != LIMN_JSON_NUMBER || !value->number.whole || value->number.negative
      || value->number.magnitude > G_MAXINT64)
    return FALSE;
  *out = value->number.magnitude;
  return TRUE;
}

gboolean
limn_json_int64 (const LimnJson *value, gint64 *out)
{
  if (limn_json_kind (value) != LIMN_JSON_NUMBER || !value->number.whole
      || value->number.magnitude > (guint64) G_MAXINT64 + (value->number.negative ? 1 : 0))
    return FALSE;
  *out = (gint64) (value->number.negative ? -value->number.magnitude : value->number.magnitude);
  return TRUE;
}

int
limn_json_count (const LimnJson *value, int most)
{
  gint64 count = 0;

  limn_json_int64 (value, &count);
  return (int) CLAMP (count, 0, most);
}
