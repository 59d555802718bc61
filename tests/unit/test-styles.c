/* test-styles.c - styles.csv of stable-diffusion-webui: written at random and read again, and put around prompts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/styles.h"

#include <glib/gstdio.h>
#include <string.h>

/* As Python's csv module writes a field. */
static void
write_field (GString *text, const char *field)
{
  if (strpbrk (field, ",\"\r\n") == NULL && field[0] != ' ') {
    g_string_append (text, field);
    return;
  }
  g_string_append_c (text, '"');
  for (const char *p = field; *p != '\0'; p++) {
    if (*p == '"')
      g_string_append_c (text, '"');
    g_string_append_c (text, *p);
  }
  g_string_append_c (text, '"');
}

static char *
random_field (const char *start)
{
  static const char *const parts[] = { "a", "{prompt}", ",", "\"", "\n", " ", "(x:1.2)", "\xe7\x8c\xab", ";", "\"\"" };
  GString *field = g_string_new (start);

  for (int n = g_test_rand_int_range (0, 8); n > 0; n--)
    g_string_append (field, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);
  return g_string_free (field, FALSE);
}

static void
test_random (void)
{
  for (int i = 0; i < 200; i++) {
    g_autoptr (GString) text = g_string_new (i % 2 == 0 ? "\xef\xbb\xbfname,prompt,negative_prompt\r\n"
                                                        : "negative_prompt,extra,prompt,name\n");
    g_autoptr (GPtrArray) written = g_ptr_array_new_with_free_func (g_free);
    int n = g_test_rand_int_range (0, 6);

    for (int k = 0; k < n; k++) {
      g_autofree char *own = g_strdup_printf ("s%d", k);
      char *fields[] = { random_field (own), random_field (""), random_field ("") };
      static const int orders[2][4] = { { 0, 1, 2, -1 }, { 2, -1, 1, 0 } };

      for (int column = 0; column < (i % 2 == 0 ? 3 : 4); column++) {
        if (column > 0)
          g_string_append_c (text, ',');
        if (orders[i % 2][column] >= 0)
          write_field (text, fields[orders[i % 2][column]]);
      }
      g_string_append (text, i % 2 == 0 ? "\r\n" : "\n");
      for (int k2 = 0; k2 < 3; k2++)
        g_ptr_array_add (written, fields[k2]);
    }
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) styles = limn_styles_parse ("x", text->str, &error);
    g_assert_no_error (error);
    g_test_message ("%s", text->str);
    g_assert_cmpuint (styles->len * 3, ==, written->len);
    for (guint k = 0; k < styles->len; k++) {
      const LimnStyle *style = styles->pdata[k];

      g_assert_cmpstr (style->name, ==, written->pdata[3 * k]);
      g_assert_cmpstr (style->prompt, ==, written->pdata[3 * k + 1]);
      g_assert_cmpstr (style->negative, ==, written->pdata[3 * k + 2]);
    }
  }
}

/* As the web UI's merge_prompts () has it. */
static void
test_apply (void)
{
  static const char *const cases[][3] = {
    { "a film still of {prompt}, grain", "a cat", "a film still of a cat, grain" },
    { "{prompt} and {prompt}", "x", "x and x" },
    { "oil painting", " a cat ", "a cat, oil painting" },
    { " oil painting ", "", "oil painting" },
    { "", "a cat", "a cat" },
    { "{prompt}", "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *applied = limn_style_apply (cases[i][0], cases[i][1]);

    g_assert_cmpstr (applied, ==, cases[i][2]);
  }
  g_autofree char *none = limn_style_apply ("blurry", NULL);
  g_assert_cmpstr (none, ==, "blurry");
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-styles-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "styles.csv", NULL);
  static const struct {
    const char *text, *word;
  } broken[] = { { "prompt,negative_prompt\na,b\n", "name" }, { "name\xff,prompt\n", "UTF-8" }, { "", "name" } };
  g_autoptr (GError) missing = NULL, wrong = NULL;

  g_assert_null (limn_styles_load (path, &missing));
  g_assert_error (missing, LIMN_ERROR, LIMN_ERROR_FILE);
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (path, broken[i].text, -1, NULL));
    g_assert_null (limn_styles_load (path, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
    g_assert_nonnull (strstr (error->message, broken[i].word));
  }
  g_assert_true (g_file_set_contents (path, "name,text\nOil,oil\n", -1, NULL));
  g_autoptr (GPtrArray) old = limn_styles_load (path, NULL);
  g_assert_cmpstr (limn_styles_find (old, "Oil")->prompt, ==, "oil");
  g_assert_null (limn_styles_find (old, "oil"));
  g_assert_null (limn_styles_load (folder, &wrong));
  g_assert_error (wrong, LIMN_ERROR, LIMN_ERROR_FILE);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/styles/random", test_random);
  g_test_add_func ("/styles/apply", test_apply);
  g_test_add_func ("/styles/files", test_files);
  return g_test_run ();
}
