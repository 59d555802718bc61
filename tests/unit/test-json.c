/* test-json.c - tests of base/json.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

static LimnJson *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  LimnJson *root = limn_json_parse ("test", text, -1, &error);

  g_assert_no_error (error);
  return root;
}

static void
test_kinds (void)
{
  g_autoptr (LimnJson) root =
      parse (" { \"a\" : [ 1 , -2.5e3 , \"x\" , true , false , null , {} , [] ] , \"b\":{\"c\":0} } ");
  const LimnJson *a = limn_json_member (root, "a");
  guint64 exact = 0;

  g_assert_cmpint (limn_json_kind (root), ==, LIMN_JSON_OBJECT);
  g_assert_cmpuint (limn_json_length (root), ==, 2);
  g_assert_cmpstr (limn_json_key (root, 1), ==, "b");
  g_assert_cmpuint (limn_json_length (a), ==, 8);
  g_assert_true (limn_json_uint64 (limn_json_nth (a, 0), &exact));
  g_assert_cmpuint (exact, ==, 1);
  g_assert_cmpfloat (limn_json_number (limn_json_nth (a, 1), 0), ==, -2500);
  g_assert_false (limn_json_uint64 (limn_json_nth (a, 1), &exact));
  g_assert_cmpstr (limn_json_string (limn_json_nth (a, 2), NULL), ==, "x");
  g_assert_true (limn_json_bool (limn_json_nth (a, 3), FALSE));
  g_assert_false (limn_json_bool (limn_json_nth (a, 4), TRUE));
  g_assert_cmpint (limn_json_kind (limn_json_nth (a, 5)), ==, LIMN_JSON_NULL);
  g_assert_cmpint (limn_json_kind (limn_json_nth (a, 6)), ==, LIMN_JSON_OBJECT);
  g_assert_cmpuint (limn_json_length (limn_json_nth (a, 7)), ==, 0);
  g_assert_cmpfloat (limn_json_number (limn_json_member (limn_json_member (root, "b"), "c"), 7), ==, 0);
}

/* Absent values and wrong kinds give the fallback. */
static void
test_fallbacks (void)
{
  g_autoptr (LimnJson) root = parse ("[1, \"s\"]");
  guint64 exact;

  g_assert_null (limn_json_member (root, "a"));
  g_assert_null (limn_json_member (NULL, "a"));
  g_assert_null (limn_json_nth (root, 2));
  g_assert_null (limn_json_nth (limn_json_nth (root, 0), 0));
  g_assert_null (limn_json_key (root, 0));
  g_assert_cmpstr (limn_json_string (limn_json_nth (root, 0), "no"), ==, "no");
  g_assert_cmpfloat (limn_json_number (limn_json_nth (root, 1), 4), ==, 4);
  g_assert_true (limn_json_bool (NULL, TRUE));
  g_assert_false (limn_json_uint64 (NULL, &exact));
  g_assert_cmpint (limn_json_kind (NULL), ==, LIMN_JSON_NULL);
  limn_json_free (NULL);
}

static void
test_strings (void)
{
  g_autoptr (LimnJson) root =
      parse ("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00e9\\u20AC\\ud83d\\uDC31\", \"\xc3\xa9\", \"\"]");

  g_assert_cmpstr (limn_json_string (limn_json_nth (root, 0), NULL), ==, "\"\\/\b\f\n\r\t");
  g_assert_cmpstr (limn_json_string (limn_json_nth (root, 1), NULL), ==, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb1");
  g_assert_cmpstr (limn_json_string (limn_json_nth (root, 2), NULL), ==, "\xc3\xa9");
  g_assert_cmpstr (limn_json_string (limn_json_nth (root, 3), NULL), ==, "");
}

static void
test_numbers (void)
{
  static const struct {
    const char *text;
    double value;
    gboolean is_exact;
  } cases[] = {
    { "0", 0, TRUE },
    { "-0", 0, FALSE },
    { "9007199254740993", 9007199254740992.0, TRUE },
    { "9223372036854775807", 9223372036854775807.0, TRUE },
    { "9223372036854775808", 9223372036854775808.0, FALSE },
    { "99999999999999999999", 1e20, FALSE },
    { "1.0", 1, FALSE },
    { "1e2", 100, FALSE },
    { "1E+2", 100, FALSE },
    { "25e-2", 0.25, FALSE },
    { "0.13025", 0.13025, FALSE },
    { "1e-400", 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnJson) root = parse (cases[i].text);
    guint64 exact = 0;
    g_assert_cmpfloat (limn_json_number (root, -1), ==, cases[i].value);
    g_assert_cmpint (limn_json_uint64 (root, &exact), ==, cases[i].is_exact);
    if (cases[i].is_exact)
      g_assert_cmpuint (exact, ==, g_ascii_strtoull (cases[i].text, NULL, 10));
  }
}

static void
test_errors (void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "", "line 1: expected a value, found the end of the text" },
    { "{\"a\"\n\n1}", "line 3: expected ':', found '1'" },
    { "{\"a\\n\\n\": 1\n\"b\": 2}", "line 2: expected ',' or '}'" },
    { "[1 2]", "line 1: expected ',' or ']', found '2'" },
    { "[1,]", "expected a value, found ']'" },
    { "{\"a\":1,}", "expected a name in quotes, found '}'" },
    { "{a:1}", "expected a name in quotes" },
    { "[1]x", "expected the end of the text, found 'x'" },
    { "[1", "expected ',' or ']', found the end of the text" },
    { "tru", "expected a value" },
    { "NaN", "expected a value" },
    { "Infinity", "expected a value" },
    { "// x\n1", "expected a value" },
    { "01", "needless zero" },
    { "+1", "expected a value" },
    { "-", "expected a digit" },
    { "-a", "expected a digit, found 'a'" },
    { "1.", "expected a digit after the decimal point" },
    { ".5", "expected a value" },
    { "1e", "expected a digit in the exponent" },
    { "1e999", "too large" },
    { "0x10", "expected the end of the text, found 'x'" },
    { "\"a", "ends inside a string" },
    { "\"a\nb\"", "control character" },
    { "\"\\x\"", "unknown escape" },
    { "\"\\", "unknown escape" },
    { "\"\\u12\"", "hexadecimal" },
    { "\"\\u0000\"", "not allowed" },
    { "\"\\ud800\"", "surrogate" },
    { "\"\\ud800\\u0041\"", "surrogate" },
    { "\"\\udc00\"", "surrogate" },
    { "\"\xff\"", "line 1: byte 0xff is not UTF-8" },
    { "[\n\"\xc0\x80\"]", "line 2: byte 0xc0 is not UTF-8" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "\"a\" occurs twice" },
    { "{\"a\":1,\"\\u0061\":3}", "\"a\" occurs twice" },
    { "[\x01]", "found U+0001" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (limn_json_parse ("some/file.json", cases[i].text, -1, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    if (!g_str_has_prefix (error->message, "some/file.json: line ")
        || strstr (error->message, cases[i].message) == NULL)
      g_test_fail_printf ("%s: got \"%s\"", cases[i].text, error->message);
  }
}

static void
test_nul (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_json_parse ("test", "[1]\0", 4, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
}

static void
test_depth (void)
{
  for (guint depth = 63; depth <= 66; depth++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GError) error = NULL;
    for (guint i = 0; i < depth; i++)
      g_string_append_c (text, '[');
    for (guint i = 0; i < depth; i++)
      g_string_append_c (text, ']');
    g_autoptr (LimnJson) root = limn_json_parse ("test", text->str, -1, &error);
    g_assert_cmpint (root != NULL, ==, depth <= 64);
  }
}

static void
test_load (void)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *path = g_build_filename (folder, "a.json", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_json_load (path, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (limn_json_load (folder, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, "\xef\xbb\xbf[7]", -1, NULL));
  g_autoptr (LimnJson) root = limn_json_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (limn_json_number (limn_json_nth (root, 0), 0), ==, 7);
  g_remove (path);
  g_rmdir (folder);
}

static void
test_append_string (void)
{
  static const char *const texts[] = { "", "a \"quoted\" \\ back", "line\nfeed\ttab\r\x01\x1f\x7f",
                                       "caf\xc3\xa9 \xf0\x9f\x90\xb1", "</script>" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GString) out = g_string_new (NULL);
    limn_json_append_string (out, texts[i]);
    g_autoptr (LimnJson) root = parse (out->str);
    g_assert_cmpstr (limn_json_string (root, NULL), ==, texts[i]);
  }
  g_autoptr (GString) out = g_string_new (NULL);
  limn_json_append_string (out, "\xff");
  g_autoptr (LimnJson) root = parse (out->str);
  g_assert_cmpstr (limn_json_string (root, NULL), ==, "\xef\xbf\xbd");
}

/* ---- Writing ---- */

/* Any characters but U+0000, which JSON has and C has not. */
static char *
random_text (GRand *random)
{
  GString *text = g_string_new (NULL);

  for (int i = g_rand_int_range (random, 0, 12); i > 0; i--) {
    gunichar c = (gunichar) g_rand_int_range (random, 1, i % 2 == 0 ? 0x100 : 0x110000);

    g_string_append_unichar (text, c >= 0xd800 && c <= 0xdfff ? '"' : c);
  }
  return g_string_free (text, FALSE);
}

static gint64
random_int (GRand *random)
{
  guint64 bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);

  return (gint64) (bits >> g_rand_int_range (random, 1, 64)) * (g_rand_boolean (random) ? -1 : 1);
}

static double
random_double (GRand *random)
{
  guint64 bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);
  double value;

  memcpy (&value, &bits, sizeof value);
  return isfinite (value) ? value : 0.1 * g_rand_int_range (random, -100, 100);
}

/* Writes a random value, or, given the same random again, checks that read is it. */
static void
random_value (GRand *random, GString *out, const char *key, const LimnJson *read, guint depth)
{
  int kind = g_rand_int_range (random, 0, depth < 5 ? 7 : 4);
  gboolean truth = g_rand_boolean (random);
  g_autofree char *text = random_text (random);
  gint64 whole = random_int (random), whole_read = 0;
  double real = random_double (random);

  if (out != NULL && kind == 0)
    limn_json_add_string (out, key, text);
  else if (out != NULL && kind == 1)
    limn_json_add_int (out, key, whole);
  else if (out != NULL && kind == 2)
    limn_json_add_double (out, key, real);
  else if (out != NULL && kind == 3)
    limn_json_add_bool (out, key, truth);
  else if (kind == 0)
    g_assert_cmpstr (limn_json_string (read, NULL), ==, text);
  else if (kind == 1)
    g_assert_true (limn_json_int64 (read, &whole_read) && whole_read == whole);
  else if (kind == 2)
    g_assert_true (limn_json_kind (read) == LIMN_JSON_NUMBER && limn_json_number (read, NAN) == real);
  else if (kind == 3)
    g_assert_true (limn_json_kind (read) == LIMN_JSON_BOOL && limn_json_bool (read, !truth) == truth);
  if (kind < 4)
    return;

  guint n = (guint) g_rand_int_range (random, 0, 6);
  gboolean object = kind < 6;
  if (out != NULL)
    limn_json_add (out, key, object ? "{" : "[");
  else
    g_assert_true (limn_json_kind (read) == (object ? LIMN_JSON_OBJECT : LIMN_JSON_ARRAY)
                   && limn_json_length (read) == n);
  for (guint i = 0; i < n; i++) {
    g_autofree char *tail = random_text (random);
    g_autofree char *name = g_strdup_printf ("%u%s", i, tail);
    const LimnJson *child = object ? limn_json_member (read, name) : limn_json_nth (read, i);

    random_value (random, out, object ? name : NULL, child, depth + 1);
  }
  if (out != NULL)
    g_string_append_c (out, object ? '}' : ']');
}

/* What was written is read back: every text, number and order. */
static void
test_write (void)
{
  for (guint32 seed = 0; seed < 500; seed++) {
    g_autoptr (GRand) writing = g_rand_new_with_seed (seed), reading = g_rand_new_with_seed (seed);
    g_autoptr (GString) out = g_string_new (NULL);

    random_value (writing, out, NULL, NULL, 0);
    g_autoptr (LimnJson) root = parse (out->str);
    random_value (reading, NULL, NULL, root, 0);
  }
}

/* The numbers at the ends, what JSON lacks, and counts. */
static void
test_write_ends (void)
{
  static const gint64 whole[] = { 0, -1, G_MAXINT64, G_MININT64 };
  static const double real[] = { 0.1, -0.0, 1e300, 5e-324, G_MAXDOUBLE, 1.0 / 3 };
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 number = 7;

  limn_json_add (out, NULL, "[");
  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    limn_json_add_int (out, NULL, whole[i]);
  for (guint i = 0; i < G_N_ELEMENTS (real); i++)
    limn_json_add_double (out, NULL, real[i]);
  limn_json_add_double (out, NULL, INFINITY);
  limn_json_add_double (out, NULL, NAN);
  limn_json_add_string (out, NULL, NULL);
  g_string_append_c (out, ']');
  g_autoptr (LimnJson) root = parse (out->str);
  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    g_assert_true (limn_json_int64 (limn_json_nth (root, i), &number) && number == whole[i]);
  for (guint i = 0; i < G_N_ELEMENTS (real); i++) {
    double value = limn_json_number (limn_json_nth (root, G_N_ELEMENTS (whole) + i), NAN);
    g_assert_cmpmem (&value, sizeof value, &real[i], sizeof value);
  }
  g_assert_cmpfloat (limn_json_number (limn_json_nth (root, 10), 1), ==, 0);
  g_assert_cmpfloat (limn_json_number (limn_json_nth (root, 11), 1), ==, 0);
  g_assert_cmpstr (limn_json_string (limn_json_nth (root, 12), NULL), ==, "");
  g_assert_false (limn_json_int64 (limn_json_nth (root, 4), &number));
  g_assert_cmpint (limn_json_count (limn_json_nth (root, 1), 5), ==, 0);
  g_assert_cmpint (limn_json_count (limn_json_nth (root, 2), 5), ==, 5);
  g_assert_cmpint (limn_json_count (limn_json_nth (root, 12), 5), ==, 0);

  g_autoptr (LimnJson) beyond = parse ("[9223372036854775808, -9223372036854775809]");
  g_assert_false (limn_json_int64 (limn_json_nth (beyond, 0), &number));
  g_assert_false (limn_json_int64 (limn_json_nth (beyond, 1), &number));
}

/* A header like SDXL's. */
static void
test_speed (void)
{
  g_autoptr (GString) text = g_string_new ("{");

  for (guint i = 0; i < 2500; i++)
    g_string_append_printf (text,
                            "%s\"model.diffusion_model.input_blocks.%u.1.transformer_blocks.3.attn2.to_out.0.weight\":"
                            "{\"dtype\":\"F16\",\"shape\":[1280,1280],\"data_offsets\":[%u,%u]}",
                            i > 0 ? "," : "", i, i * 3276800, (i + 1) * 3276800);
  g_string_append_c (text, '}');

  gint64 start = g_get_monotonic_time ();
  g_autoptr (LimnJson) root = parse (text->str);
  double ms = (double) (g_get_monotonic_time () - start) / 1e3;
  g_assert_cmpuint (limn_json_length (root), ==, 2500);
  g_test_message ("%" G_GSIZE_FORMAT " bytes, 2500 tensors: %.2f ms", text->len, ms);
}

/* Many members, many values: nothing quadratic. */
static void
test_hostile (void)
{
  g_autoptr (GString) members = g_string_new ("{\"x\":0");
  g_autoptr (GString) arrays = g_string_new ("[0");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 200000; i++)
    g_string_append_printf (members, ",\"%u\":[{}]", 200000 - i);
  g_string_append_c (members, '}');
  for (guint i = 0; i < 5000000; i++)
    g_string_append (arrays, ",1");
  g_string_append_c (arrays, ']');
  g_autoptr (LimnJson) root = parse (members->str);
  g_assert_cmpuint (limn_json_length (root), ==, 200001);
  g_assert_null (limn_json_parse ("test", arrays->str, -1, &error));
  g_assert_nonnull (strstr (error->message, "more than 4194304 values"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/kinds", test_kinds);
  g_test_add_func ("/json/fallbacks", test_fallbacks);
  g_test_add_func ("/json/strings", test_strings);
  g_test_add_func ("/json/numbers", test_numbers);
  g_test_add_func ("/json/errors", test_errors);
  g_test_add_func ("/json/nul", test_nul);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/load", test_load);
  g_test_add_func ("/json/append-string", test_append_string);
  g_test_add_func ("/json/write", test_write);
  g_test_add_func ("/json/write-ends", test_write_ends);
  g_test_add_func ("/json/speed", test_speed);
  g_test_add_func ("/json/hostile", test_hostile);
  return g_test_run ();
}
