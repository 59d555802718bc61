/* wildcards.c - choices and wildcards of a prompt, decided by its seed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/wildcards.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/i18n.h"

#define MAX_FILES 32 /* wildcards within wildcards */
#define MAX_FILE_SIZE (4 << 20)
#define MAX_WORK (16 << 20) /* bytes and lines looked at: no files, however they name each other, make this hang */
#define MAX_NAMES 10000
#define MAX_FOLDERS 8 /* within each other */

typedef struct {
  const char *text; /* not ended by a zero */
  gsize length;
  double weight;
} Option;

typedef struct {
  char *contents;
  GArray *options; /* Option, in contents */
} File;

struct _LimnWildcards {
  char *folder;
  GHashTable *files; /* name -> File */
};

typedef struct {
  const char *folder;
  guint64 state;
  GHashTable *files; /* as above */
  GPtrArray *open;   /* names that are being put in */
  GString *out;
  gsize work;
} Expander;

static gboolean expand_text (Expander *expander, const char *text, gsize length, GError **error);

char *
limn_wildcards_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "limn", "wildcards", NULL);
}

/* ---- Files ---- */

/* "", "/a", "a//b", "../a" and hidden files are no names. */
static gboolean
is_name (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);

  for (int i = 0; parts[i] != NULL; i++)
    if (parts[i][0] == '\0' || parts[i][0] == '.')
      return FALSE;
  return parts[0] != NULL;
}

static void
file_free (File *file)
{
  g_free (file->contents);
  g_array_unref (file->options);
  g_free (file);
}

static Option
read_option (const char *text, gsize length)
{
  Option option = { text, length, 1 };
  gsize skip;

  while (option.length > 0 && option.text[0] == ' ') {
    option.text++;
    option.length--;
  }
  skip = limn_wildcards_read_weight (option.text, option.text + option.length, &option.weight);
  if (skip == 0)
    return (Option){ text, length, 1 };
  option.text += skip;
  option.length -= skip;
  option.weight = MIN (option.weight, 1e9);
  return option;
}

static void
read_lines (File *file)
{
  const char *next = g_str_has_prefix (file->contents, "\xef\xbb\xbf") ? file->contents + 3 : file->contents;

  while (*next != '\0') {
    const char *line = next, *end = next + strcspn (next, "\n");

    next = *end != '\0' ? end + 1 : end;
    while (line < end && g_ascii_isspace (*line))
      line++;
    while (end > line && g_ascii_isspace (end[-1]))
      end--;
    if (end > line && *line != '#') {
      Option option = read_option (line, (gsize) (end - line));

      g_array_append_val (file->options, option);
    }
  }
}

static char *
fail (GError **error, const char *path, const char *name, const char *what)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: %s; the prompt asks for it with __%s__"), path, what, name);
  return NULL;
}

/* NULL with error, which always names path. */
static char *
read_contents (const char *path, const char *name, GError **error)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) problem = NULL;
  GStatBuf info;
  gsize size;

  if (!is_name (name) || g_stat (path, &info) != 0)
    return fail (error, path, name, _ ("there is no such wildcard file"));
  if (!S_ISREG (info.st_mode))
    return fail (error, path, name, _ ("expected a text file, found something else"));
  if (info.st_size > MAX_FILE_SIZE)
    return fail (error, path, name, _ ("expected at most 4 MiB of wildcards, found more"));
  if (!g_file_get_contents (path, &contents, &size, &problem))
    return fail (error, path, name, problem->message);
  if (!g_utf8_validate (contents, (gssize) size, NULL))
    return fail (error, path, name, _ ("expected text in UTF-8, found other bytes"));
  return g_steal_pointer (&contents);
}

static File *
get_file (Expander *expander, const char *name, GError **error)
{
  File *file = g_hash_table_lookup (expander->files, name);
  g_autofree char *base = g_strconcat (name, ".txt", NULL);
  g_autofree char *path = g_build_filename (expander->folder, base, NULL);
  char *contents;

  if (file != NULL)
    return file;
  contents = read_contents (path, name, error);
  if (contents == NULL)
    return NULL;
  file = g_new (File, 1);
  *file = (File){ contents, g_array_new (FALSE, FALSE, sizeof (Option)) };
  read_lines (file);
  if (file->options->len > 0) {
    g_hash_table_insert (expander->files, g_strdup (name), file);
    return file;
  }
  file_free (file);
  fail (error, path, name, _ ("expected an entry a line, found none"));
  return NULL;
}

/* ---- Choosing ---- */

/* SplitMix64 (Steele et al. 2014): neighbouring seeds give unrelated numbers.  0..1 */
static double
draw (Expander *expander)
{
  guint64 z = expander->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return (double) ((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* The index of one. */
static guint
choose (Expander *expander, GArray *options)
{
  const Option *first = (const Option *) (const void *) options->data;
  double sum = 0, at;

  expander->work += options->len;
  for (guint i = 0; i < options->len; i++)
    sum += first[i].weight;
  at = draw (expander);
  if (!(sum > 0)) /* all are told to be none: then all are alike */
    return MIN ((guint) (at * options->len), options->len - 1);
  at *= sum;
  for (guint i = 0; i < options->len; i++) {
    if (at < first[i].weight)
      return i;
    at -= first[i].weight;
  }
  for (guint i = options->len; i-- > 0;)
    if (first[i].weight > 0)
      return i;
  g_assert_not_reached ();
}

static gboolean
fail_to_end (Expander *expander, const char *name, GError **error)
{
  g_autofree char *way = NULL;

  g_ptr_array_add (expander->open, NULL);
  way = g_strjoinv ("__ → __", (char **) expander->open->pdata);
  g_ptr_array_set_size (expander->open, (int) expander->open->len - 1);
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_REQUEST,
      _ ("%s/%s.txt: expected wildcards that come to an end, found that they name each other: __%s__ → __%s__"),
      expander->folder, name, way, name);
  return FALSE;
}

static void
strip (Option *option)
{
  while (option->length > 0 && option->text[0] == ' ') {
    option->text++;
    option->length--;
  }
  while (option->length > 0 && option->text[option->length - 1] == ' ')
    option->length--;
}

/* As many of options as count says, none twice, in the order that they are drawn.  options: is emptied of them. */
static gboolean
expand_options (Expander *expander, GArray *options, const LimnChoiceCount *count, GError **error)
{
  guint least = MIN (count->least, options->len), most = MIN (count->most, options->len), n = least;

  if (most > least)
    n += (guint) (draw (expander) * (most - least + 1));
  for (guint i = 0; i < n; i++) {
    guint chosen = choose (expander, options);
    Option option = g_array_index (options, Option, chosen);

    g_array_remove_index (options, chosen);
    strip (&option);
    if (i > 0)
      g_string_append_len (expander->out, count->separator, (gssize) count->separator_length);
    if (!expand_text (expander, option.text, option.length, error))
      return FALSE;
  }
  return TRUE;
}

/* text: "__name__".  count: how many of its lines, or NULL for the one as it stands. */
static gboolean
expand_wildcard (Expander *expander, const char *text, gsize length, const LimnChoiceCount *count, GError **error)
{
  g_autofree char *name = g_strndup (text + 2, length - 4);
  File *file;
  gboolean good;

  if (expander->open->len == MAX_FILES || g_ptr_array_find_with_equal_func (expander->open, name, g_str_equal, NULL))
    return fail_to_end (expander, name, error);
  file = get_file (expander, name, error);
  if (file == NULL)
    return FALSE;
  g_ptr_array_add (expander->open, name);
  if (count != NULL) {
    g_autoptr (GArray) lines = g_array_copy (file->options);

    good = expand_options (expander, lines, count, error);
  } else {
    Option *line = &g_array_index (file->options, Option, choose (expander, file->options));

    good = expand_text (expander, line->text, line->length, error);
  }
  g_ptr_array_set_size (expander->open, (int) expander->open->len - 1);
  return good;
}

/* "{2$$__name__}" is two lines of that file. */
static gboolean
expand_counted (Expander *expander, GArray *options, const LimnChoiceCount *count, GError **error)
{
  Option first = g_array_index (options, Option, 0);
  g_autofree char *name = NULL;

  strip (&first);
  name = g_strndup (first.text, first.length);
  if (options->len == 1 && first.length > 0 && limn_wildcards_name_length (name) == first.length)
    return expand_wildcard (expander, first.text, first.length, count, error);
  return expand_options (expander, options, count, error);
}

/* text: its first byte is the choice's '{' at open. */
static gboolean
expand_choice (Expander *expander, const char *text, const guint *partners, guint open, GError **error)
{
  g_autoptr (GArray) options = g_array_new (FALSE, FALSE, sizeof (Option));
  guint close = partners[open], from = open + 1, start = from;
  LimnChoiceCount count;
  const Option *chosen;
  gsize counted;

  while (text[start] == ' ')
    start++;
  counted = limn_wildcards_read_count (text + start, text + close, &count);
  if (counted > 0)
    from = start + (guint) counted;
  for (guint i = from; i <= close; i++) {
    if (text[i] == '{' && partners[i] != LIMN_NO_CHOICE) {
      i = partners[i];
    } else if (partners[i] == open) {
      Option option = read_option (text + from, i - from);

      g_array_append_val (options, option);
      from = i + 1;
    }
  }
  if (counted > 0)
    return expand_counted (expander, options, &count, error);
  chosen = &g_array_index (options, Option, choose (expander, options));
  return expand_text (expander, chosen->text, chosen->length, error);
}

static gboolean
fits (Expander *expander, GError **error)
{
  if (expander->out->len <= LIMN_PROMPT_LIMIT && expander->work <= MAX_WORK)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
               _ ("prompt: expected at most %d bytes after its choices are made, found more"), LIMN_PROMPT_LIMIT);
  return FALSE;
}

/* Takes what stands at *at and moves it on. */
static gboolean
expand_one (Expander *expander, const char *text, const guint *partners, gsize *at, GError **error)
{
  const char *p = text + *at;
  gsize length = limn_wildcards_name_length (p);

  if (length > 0) {
    *at += length;
    return expand_wildcard (expander, p, length, NULL, error);
  }
  if (*p == '{' && partners[*at] != LIMN_NO_CHOICE) {
    guint open = (guint) *at;

    *at = partners[open] + 1;
    return expand_choice (expander, text, partners, open, error);
  }
  length = *p == '\\' && p[1] != '\0' ? 1 + (gsize) (g_utf8_next_char (p + 1) - (p + 1)) : 1;
  length += strcspn (p + length, "\\_{");
  *at += length;
  g_string_append_len (expander->out, p, (gssize) length);
  return TRUE;
}

static gboolean
expand_text (Expander *expander, const char *text, gsize length, GError **error)
{
  g_autofree char *copy = NULL;
  g_autoptr (GArray) choices = NULL;

  expander->work += length + 64;
  if (!fits (expander, error))
    return FALSE;
  copy = g_strndup (text, length);
  choices = limn_wildcards_find_choices (copy);
  for (gsize at = 0; at < length;)
    if (!fits (expander, error)
        || !expand_one (expander, copy, (const guint *) (const void *) choices->data, &at, error))
      return FALSE;
  return fits (expander, error);
}

LimnWildcards *
limn_wildcards_new (const char *folder)
{
  LimnWildcards *wildcards = g_new (LimnWildcards, 1);

  wildcards->folder = folder != NULL ? g_strdup (folder) : limn_wildcards_folder ();
  wildcards->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) file_free);
  return wildcards;
}

void
limn_wildcards_free (LimnWildcards *wildcards)
{
  g_hash_table_unref (wildcards->files);
  g_free (wildcards->folder);
  g_free (wildcards);
}

char *
limn_wildcards_expand (LimnWildcards *wildcards, const char *text, guint64 seed, GError **error)
{
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  g_autoptr (GString) out = g_string_new (NULL);
  Expander expander = { wildcards->folder, seed, wildcards->files, open, out, 0 };

  g_return_val_if_fail (text != NULL, NULL);

  if (!expand_text (&expander, text, strlen (text), error))
    return NULL;
  return g_strdup (out->str);
}

/* ---- What there is ---- */

static void
list_folder (GPtrArray *names, const char *folder, const char *prefix, int depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && names->len < MAX_NAMES && (entry = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, entry, NULL);
    g_autofree char *name = g_strconcat (prefix, entry, NULL);

    if (entry[0] == '.' || !g_utf8_validate (entry, -1, NULL))
      continue;
    if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
      g_autofree char *below = g_strconcat (name, "/", NULL);

      if (depth < MAX_FOLDERS)
        list_folder (names, path, below, depth + 1);
    } else if (g_str_has_suffix (name, ".txt")) {
      g_autofree char *written = NULL;

      name[strlen (name) - strlen (".txt")] = '\0';
      written = g_strdup_printf ("__%s__", name);
      /* a name with a space or the like could not be written in a prompt */
      if (limn_wildcards_name_length (written) == strlen (written))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
  }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(const char *const *) a, *(const char *const *) b);
}

GStrv
limn_wildcards_list (const char *folder)
{
  g_autofree char *usual = folder == NULL ? limn_wildcards_folder () : NULL;
  GPtrArray *names = g_ptr_array_new ();

  list_folder (names, folder != NULL ? folder : usual, "", 1);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (names, FALSE);
}
