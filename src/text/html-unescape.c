/* html-unescape.c - the 252 entities of HTML 4, and apos.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/html-unescape.h"

#include <string.h>

#define MAX_NAME 32

typedef struct {
  const char *name;
  guint16 code;
} Entity;

/* The first ones count without a semicolon too, even as the beginning of a longer word. */
static const Entity legacy[] = {
  // clang-format off
  { "AMP", 38 }, { "GT", 62 }, { "LT", 60 }, { "QUOT", 34 }, { "amp", 38 }, { "gt", 62 }, { "lt", 60 },
  { "quot", 34 }, { "COPY", 169 }, { "REG", 174 }, { "nbsp", 160 }, { "iexcl", 161 }, { "cent", 162 },
  { "pound", 163 }, { "curren", 164 }, { "yen", 165 }, { "brvbar", 166 }, { "sect", 167 }, { "uml", 168 },
  { "copy", 169 }, { "ordf", 170 }, { "laquo", 171 }, { "not", 172 }, { "shy", 173 }, { "reg", 174 }, { "macr", 175 },
  { "deg", 176 }, { "plusmn", 177 }, { "sup2", 178 }, { "sup3", 179 }, { "acute", 180 }, { "micro", 181 },
  { "para", 182 }, { "middot", 183 }, { "cedil", 184 }, { "sup1", 185 }, { "ordm", 186 }, { "raquo", 187 },
  { "frac14", 188 }, { "frac12", 189 }, { "frac34", 190 }, { "iquest", 191 }, { "Agrave", 192 }, { "Aacute", 193 },
  { "Acirc", 194 }, { "Atilde", 195 }, { "Auml", 196 }, { "Aring", 197 }, { "AElig", 198 }, { "Ccedil", 199 },
  { "Egrave", 200 }, { "Eacute", 201 }, { "Ecirc", 202 }, { "Euml", 203 }, { "Igrave", 204 }, { "Iacute", 205 },
  { "Icirc", 206 }, { "Iuml", 207 }, { "ETH", 208 }, { "Ntilde", 209 }, { "Ograve", 210 }, { "Oacute", 211 },
  { "Ocirc", 212 }, { "Otilde", 213 }, { "Ouml", 214 }, { "times", 215 }, { "Oslash", 216 }, { "Ugrave", 217 },
  { "Uacute", 218 }, { "Ucirc", 219 }, { "Uuml", 220 }, { "Yacute", 221 }, { "THORN", 222 }, { "szlig", 223 },
  { "agrave", 224 }, { "aacute", 225 }, { "acirc", 226 }, { "atilde", 227 }, { "auml", 228 }, { "aring", 229 },
  { "aelig", 230 }, { "ccedil", 231 }, { "egrave", 232 }, { "eacute", 233 }, { "ecirc", 234 }, { "euml", 235 },
  { "igrave", 236 }, { "iacute", 237 }, { "icirc", 238 }, { "iuml", 239 }, { "eth", 240 }, { "ntilde", 241 },
  { "ograve", 242 }, { "oacute", 243 }, { "ocirc", 244 }, { "otilde", 245 }, { "ouml", 246 }, { "divide", 247 },
  { "oslash", 248 }, { "ugrave", 249 }, { "uacute", 250 }, { "ucirc", 251 }, { "uuml", 252 }, { "yacute", 253 },
  { "thorn", 254 }, { "yuml", 255 },
  // clang-format on
};

static const Entity others[] = {
  // clang-format off
  { "apos", 39 }, { "OElig", 0x152 }, { "oelig", 0x153 }, { "Scaron", 0x160 }, { "scaron", 0x161 }, { "Yuml", 0x178 },
  { "fnof", 0x192 }, { "circ", 0x2c6 }, { "tilde", 0x2dc }, { "Alpha", 0x391 }, { "Beta", 0x392 }, { "Gamma", 0x393 },
  { "Delta", 0x394 }, { "Epsilon", 0x395 }, { "Zeta", 0x396 }, { "Eta", 0x397 }, { "Theta", 0x398 },
  { "Iota", 0x399 }, { "Kappa", 0x39a }, { "Lambda", 0x39b }, { "Mu", 0x39c }, { "Nu", 0x39d }, { "Xi", 0x39e },
  { "Omicron", 0x39f }, { "Pi", 0x3a0 }, { "Rho", 0x3a1 }, { "Sigma", 0x3a3 }, { "Tau", 0x3a4 }, { "Upsilon", 0x3a5 },
  { "Phi", 0x3a6 }, { "Chi", 0x3a7 }, { "Psi", 0x3a8 }, { "Omega", 0x3a9 }, { "alpha", 0x3b1 }, { "beta", 0x3b2 },
  { "gamma", 0x3b3 }, { "delta", 0x3b4 }, { "epsilon", 0x3b5 }, { "zeta", 0x3b6 }, { "eta", 0x3b7 },
  { "theta", 0x3b8 }, { "iota", 0x3b9 }, { "kappa", 0x3ba }, { "lambda", 0x3bb }, { "mu", 0x3bc }, { "nu", 0x3bd },
  { "xi", 0x3be }, { "omicron", 0x3bf }, { "pi", 0x3c0 }, { "rho", 0x3c1 }, { "sigmaf", 0x3c2 }, { "sigma", 0x3c3 },
  { "tau", 0x3c4 }, { "upsilon", 0x3c5 }, { "phi", 0x3c6 }, { "chi", 0x3c7 }, { "psi", 0x3c8 }, { "omega", 0x3c9 },
  { "thetasym", 0x3d1 }, { "upsih", 0x3d2 }, { "piv", 0x3d6 }, { "ensp", 0x2002 }, { "emsp", 0x2003 },
  { "thinsp", 0x2009 }, { "zwnj", 0x200c }, { "zwj", 0x200d }, { "lrm", 0x200e }, { "rlm", 0x200f },
  { "ndash", 0x2013 }, { "mdash", 0x2014 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "sbquo", 0x201a },
  { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bdquo", 0x201e }, { "dagger", 0x2020 }, { "Dagger", 0x2021 },
  { "bull", 0x2022 }, { "hellip", 0x2026 }, { "permil", 0x2030 }, { "prime", 0x2032 }, { "Prime", 0x2033 },
  { "lsaquo", 0x2039 }, { "rsaquo", 0x203a }, { "oline", 0x203e }, { "frasl", 0x2044 }, { "euro", 0x20ac },
  { "image", 0x2111 }, { "weierp", 0x2118 }, { "real", 0x211c }, { "trade", 0x2122 }, { "alefsym", 0x2135 },
  { "larr", 0x2190 }, { "uarr", 0x2191 }, { "rarr", 0x2192 }, { "darr", 0x2193 }, { "harr", 0x2194 },
  { "crarr", 0x21b5 }, { "lArr", 0x21d0 }, { "uArr", 0x21d1 }, { "rArr", 0x21d2 }, { "dArr", 0x21d3 },
  { "hArr", 0x21d4 }, { "forall", 0x2200 }, { "part", 0x2202 }, { "exist", 0x2203 }, { "empty", 0x2205 },
  { "nabla", 0x2207 }, { "isin", 0x2208 }, { "notin", 0x2209 }, { "ni", 0x220b }, { "prod", 0x220f },
  { "sum", 0x2211 }, { "minus", 0x2212 }, { "lowast", 0x2217 }, { "radic", 0x221a }, { "prop", 0x221d },
  { "infin", 0x221e }, { "ang", 0x2220 }, { "and", 0x2227 }, { "or", 0x2228 }, { "cap", 0x2229 }, { "cup", 0x222a },
  { "int", 0x222b }, { "there4", 0x2234 }, { "sim", 0x223c }, { "cong", 0x2245 }, { "asymp", 0x2248 },
  { "ne", 0x2260 }, { "equiv", 0x2261 }, { "le", 0x2264 }, { "ge", 0x2265 }, { "sub", 0x2282 }, { "sup", 0x2283 },
  { "nsub", 0x2284 }, { "sube", 0x2286 }, { "supe", 0x2287 }, { "oplus", 0x2295 }, { "otimes", 0x2297 },
  { "perp", 0x22a5 }, { "sdot", 0x22c5 }, { "lceil", 0x2308 }, { "rceil", 0x2309 }, { "lfloor", 0x230a },
  { "rfloor", 0x230b }, { "lang", 0x2329 }, { "rang", 0x232a }, { "loz", 0x25ca }, { "spades", 0x2660 },
  { "clubs", 0x2663 }, { "hearts", 0x2665 }, { "diams", 0x2666 },
  // clang-format on
};

/* What browsers make of &#128; to &#159;: Windows-1252. */
static const guint16 c1_codes[32] = { 0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                      0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                      0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                      0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178 };

gunichar
limn_windows_1252_to_unicode (guint8 byte)
{
  return byte >= 0x80 && byte < 0xa0 ? c1_codes[byte - 0x80] : byte;
}

int
limn_windows_1252_from_unicode (gunichar c)
{
  if (c <= 0xff)
    return (int) c;
  for (int i = 0; i < 32; i++)
    if (c1_codes[i] == c)
      return 0x80 + i;
  return -1;
}

static gboolean
is_dropped (guint64 code)
{
  return (code >= 1 && code <= 8) || code == 0xb || (code >= 0xe && code <= 0x1f) || code == 0x7f
         || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
}

/* at: after "&#".  Gives the number of bytes read from there, 0 where there is no number. */
static gsize
append_number (GString *out, const char *at)
{
  gboolean hex = *at == 'x' || *at == 'X';
  const char *p = at + hex;
  guint64 code = 0;

  if (hex ? !g_ascii_isxdigit (*p) : !g_ascii_isdigit (*p))
    return 0;
  for (; hex ? g_ascii_isxdigit (*p) : g_ascii_isdigit (*p); p++)
    code = MIN (code * (hex ? 16 : 10) + (guint64) g_ascii_xdigit_value (*p), 0x110000);
  if (*p == ';')
    p++;
  if (code >= 0x80 && code < 0xa0)
    g_string_append_unichar (out, limn_windows_1252_to_unicode ((guint8) code));
  else if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    g_string_append_unichar (out, 0xfffd);
  else if (!is_dropped (code))
    g_string_append_unichar (out, (gunichar) code);
  return (gsize) (p - at);
}

static const Entity *
find_exact (const Entity *list, gsize n, const char *name, gsize length)
{
  for (gsize i = 0; i < n; i++)
    if (strncmp (list[i].name, name, length) == 0 && list[i].name[length] == '\0')
      return &list[i];
  return NULL;
}

static const Entity *
find_longest_prefix (const char *name, gsize length, gsize *used)
{
  const Entity *best = NULL;

  *used = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (legacy); i++) {
    gsize n = strlen (legacy[i].name);
    if (n > *used && n <= length && strncmp (legacy[i].name, name, n) == 0) {
      best = &legacy[i];
      *used = n;
    }
  }
  return best;
}

/* at: after '&'.  Gives the number of bytes read from there, 0 where no entity starts. */
static gsize
append_name (GString *out, const char *at, gboolean strict)
{
  gsize length = 0, used;
  const Entity *entity = NULL;

  while (length < MAX_NAME && at[length] != '\0' && strchr ("\t\n\f <&#;", at[length]) == NULL)
    length++;
  if (length == 0)
    return 0;
  if (at[length] == ';') {
    entity = find_exact (legacy, G_N_ELEMENTS (legacy), at, length);
    if (entity == NULL)
      entity = find_exact (others, G_N_ELEMENTS (others), at, length);
    used = length + 1;
  }
  if (entity == NULL && !strict)
    entity = find_longest_prefix (at, length, &used);
  if (entity == NULL)
    return 0;
  g_string_append_unichar (out, entity->code);
  return used;
}

char *
limn_html_unescape (const char *text, gboolean strict)
{
  GString *out = g_string_sized_new (strlen (text));
  const char *p = text;

  while (*p != '\0') {
    const char *next = strchrnul (p, '&');
    g_string_append_len (out, p, next - p);
    p = next;
    if (*p == '\0')
      break;
    gsize used = p[1] == '#' ? append_number (out, p + 2) : append_name (out, p + 1, strict);
    if (used == 0)
      g_string_append_c (out, '&');
    p += used == 0 ? 1 : used + (p[1] == '#' ? 2 : 1);
  }
  return g_string_free (out, FALSE);
}
