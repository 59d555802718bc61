/* text-clean.c - what CLIP's tokenizer does to a prompt before it splits it: repair, unescape, collapse, lower-case.
 *
 * The repairs are the common ones of ftfy, which the reference calls: mojibake of UTF-8 read as Windows-1252,
 * C1 controls, ligatures, full and half widths, curly quotes, terminal escapes, control characters, composition.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/tokenizer.h"

#include <string.h>

#include "text/html-unescape.h"

#define MAX_PASSES 8  /* each undoes one level of escaping or of mojibake; a bound, so that no text is slow */
#define MAX_MARKS 256 /* GLib sorts a run of combining marks by insertion: leave absurd runs alone */
#define MIN_PIECE 64  /* bytes that are composed at once */
#define MAX_PIECE 1024

/* Spaces that \s means in Unicode. */
static gboolean
is_space (gunichar c)
{
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a)
         || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static gboolean
is_control (gunichar c)
{
  return c < 9 || c == 0xb || (c >= 0xe && c < 0x20) || c == 0x7f || (c >= 0x206a && c <= 0x206f) || c == 0xfeff
         || (c >= 0xfff9 && c <= 0xfffc);
}

/* NULL where c is not a ligature; those of Latin, which NFC leaves alone. */
static const char *
ligature (gunichar c)
{
  static const struct {
    guint16 code;
    const char *letters;
  } table[] = {
    { 0x132, "IJ" },         { 0x133, "ij" },  { 0x149, "'n" },  { 0x1c4, "D\xc5\xbd" }, { 0x1c5, "D\xc5\xbe" },
    { 0x1c6, "d\xc5\xbe" },  { 0x1c7, "LJ" },  { 0x1c8, "Lj" },  { 0x1c9, "lj" },        { 0x1ca, "NJ" },
    { 0x1cb, "Nj" },         { 0x1cc, "nj" },  { 0x1f1, "DZ" },  { 0x1f2, "Dz" },        { 0x1f3, "dz" },
    { 0xfb00, "ff" },        { 0xfb01, "fi" }, { 0xfb02, "fl" }, { 0xfb03, "ffi" },      { 0xfb04, "ffl" },
    { 0xfb05, "\xc5\xbft" }, { 0xfb06, "st" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].code == c)
      return table[i].letters;
  return NULL;
}

static void
append_repaired (GString *out, gunichar c)
{
  const char *letters = c >= 0x132 ? ligature (c) : NULL;
  char utf8[7] = { 0 };

  if (c >= 0x80 && c < 0xa0)
    c = limn_windows_1252_to_unicode ((guint8) c);
  if (is_control (c))
    return;
  if (letters != NULL) {
    g_string_append (out, letters);
  } else if (c == 0x3000) {
    g_string_append_c (out, ' ');
  } else if (c >= 0xff01 && c <= 0xffef) {
    g_unichar_to_utf8 (c, utf8);
    g_autofree char *usual = g_utf8_normalize (utf8, -1, G_NORMALIZE_NFKC);
    g_string_append (out, usual);
  } else if (c == 0x2bc || (c >= 0x2018 && c <= 0x201b)) {
    g_string_append_c (out, '\'');
  } else if (c >= 0x201c && c <= 0x201f) {
    g_string_append_c (out, '"');
  } else {
    g_string_append_unichar (out, c);
  }
}

/* The length of "ESC [ digits and semicolons letter" at p, or 0. */
static gsize
terminal_escape (const char *p)
{
  gsize n = 2;

  if (p[0] != 0x1b || p[1] != '[')
    return 0;
  while (g_ascii_isdigit (p[n]) || p[n] == ';')
    n++;
  return g_ascii_isalpha (p[n]) ? n + 1 : 0;
}

/* Lead bytes under which mojibake is believed.  Two-byte ones: Latin, Greek and Cyrillic, the only ones common enough
 * to outweigh a capital letter that happens to stand before a sign. */
static gboolean
is_believable_lead (guint8 byte)
{
  return (byte >= 0xc2 && byte <= 0xc5) || (byte >= 0xce && byte <= 0xd1) || (byte >= 0xe0 && byte <= 0xf4);
}

/* NULL unless every character of the line fits a Windows-1252 byte and the bytes are UTF-8 beyond ASCII. */
static char *
undo_mojibake (const char *line)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  gboolean found = FALSE;

  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p)) {
    int byte = limn_windows_1252_from_unicode (g_utf8_get_char (p));
    if (byte < 0)
      return NULL;
    found = found || byte >= 0x80;
    g_string_append_c (bytes, (char) byte);
  }
  if (!found || !g_utf8_validate_len (bytes->str, bytes->len, NULL))
    return NULL;
  for (gsize i = 0; i < bytes->len; i++) {
    guint8 byte = (guint8) bytes->str[i];
    if (byte >= 0xc0 && !is_believable_lead (byte))
      return NULL;
  }
  return g_string_free (g_steal_pointer (&bytes), FALSE);
}

static void
append_composed (GString *out, const char *text, gsize length)
{
  g_autofree char *composed = g_utf8_normalize (text, (gssize) length, G_NORMALIZE_NFC);

  g_string_append (out, composed);
}

/* NFC, piece by piece because GLib's takes time by the square of the length.  An ASCII character never joins what is
 * before it; in a long text without one, any character that is no mark will do. */
static char *
compose (const char *line)
{
  g_autoptr (GString) out = g_string_sized_new (strlen (line));
  const char *start = line, *p;
  guint marks = 0;

  for (p = line; *p != '\0'; p = g_utf8_next_char (p)) {
    gboolean is_mark = (guchar) *p >= 0x80 && g_unichar_combining_class (g_utf8_get_char (p)) != 0;
    gsize length = (gsize) (p - start);
    marks = is_mark ? marks + 1 : 0;
    if (marks > MAX_MARKS)
      return g_strdup (line);
    if (length < MIN_PIECE || is_mark || ((guchar) *p >= 0x80 && length < MAX_PIECE))
      continue;
    append_composed (out, start, length);
    start = p;
  }
  append_composed (out, start, (gsize) (p - start));
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
repair_once (const char *line, gboolean unescape)
{
  g_autofree char *text = unescape && strchr (line, '&') != NULL ? limn_html_unescape (line, TRUE) : g_strdup (line);
  g_autofree char *decoded = undo_mojibake (text);
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = decoded != NULL ? decoded : text; *p != '\0';) {
    gsize escape = terminal_escape (p);
    if (escape == 0)
      append_repaired (out, g_utf8_get_char (p));
    p = escape > 0 ? p + escape : g_utf8_next_char (p);
  }
  return compose (out->str);
}

static gboolean
is_plain (const char *line, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (line[i] == '&' || line[i] >= 0x7f || line[i] < ' ')
      return FALSE;
  return TRUE;
}

static void
append_repaired_line (GString *out, const char *line, gsize length, gboolean unescape)
{
  if (is_plain (line, length)) {
    g_string_append_len (out, line, (gssize) length);
    return;
  }
  g_autofree char *text = g_strndup (line, length);
  for (guint pass = 0; pass < MAX_PASSES; pass++) {
    g_autofree char *repaired = repair_once (text, unescape);
    gboolean stable = strcmp (repaired, text) == 0;
    g_free (text);
    text = g_steal_pointer (&repaired);
    if (stable)
      break;
  }
  g_string_append (out, text);
}

/* Line by line; entities stay from the first line on that has a '<', where the text may well be HTML on purpose. */
static char *
repair (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));
  gboolean unescape = TRUE;

  for (const char *p = text; *p != '\0';) {
    gsize length = (gsize) (strchrnul (p, '\n') - p);
    unescape = unescape && memchr (p, '<', length) == NULL;
    append_repaired_line (out, p, length, unescape);
    p += length;
    if (*p == '\n') {
      g_string_append_c (out, ' ');
      p++;
    }
  }
  return g_string_free (out, FALSE);
}

static gboolean
is_cased (gunichar c)
{
  return g_unichar_isupper (c) || g_unichar_islower (c) || g_unichar_istitle (c);
}

static gboolean
is_case_ignorable (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK || type == G_UNICODE_FORMAT
         || type == G_UNICODE_MODIFIER_LETTER || type == G_UNICODE_MODIFIER_SYMBOL || c == '\'' || c == '.' || c == ':'
         || c == 0xb7 || c == 0x2019;
}

/* after_cased: of the characters before, the last one that is not case-ignorable is cased. */
static gboolean
is_final_sigma (const char *sigma, gboolean after_cased)
{
  const char *p = g_utf8_next_char (sigma);

  for (guint i = 0; i < MAX_MARKS && is_case_ignorable (g_utf8_get_char (p)); i++)
    p = g_utf8_next_char (p);
  return after_cased && !is_cased (g_utf8_get_char (p));
}

/* Unicode's full lower case without a language: two letters are special, and GLib leaves the Roman numerals and the
 * circled letters alone because they are no letters. */
static void
append_lower (GString *out, const char *p, gboolean after_cased)
{
  gunichar c = g_utf8_get_char (p);

  if (c == 0x130)
    g_string_append (out, "i\xcc\x87");
  else if (c == 0x3a3)
    g_string_append_unichar (out, is_final_sigma (p, after_cased) ? 0x3c2 : 0x3c3);
  else if (c >= 0x2160 && c <= 0x216f)
    g_string_append_unichar (out, c + 0x10);
  else if (c >= 0x24b6 && c <= 0x24cf)
    g_string_append_unichar (out, c + 0x1a);
  else
    g_string_append_unichar (out, g_unichar_tolower (c));
}

static char *
collapse_and_lower (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));
  gboolean pending = FALSE, after_cased = FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (is_space (c)) {
      pending = out->len > 0;
      after_cased = FALSE;
      continue;
    }
    if (pending)
      g_string_append_c (out, ' ');
    pending = FALSE;
    append_lower (out, p, after_cased);
    if (!is_case_ignorable (c))
      after_cased = is_cased (c);
  }
  return g_string_free (out, FALSE);
}

char *
limn_tokenizer_clean (const char *prompt)
{
  g_autofree char *valid = g_utf8_make_valid (prompt, -1);
  g_autofree char *repaired = repair (valid);
  g_autofree char *once = limn_html_unescape (repaired, FALSE);
  g_autofree char *twice = limn_html_unescape (once, FALSE);

  return collapse_and_lower (twice);
}
