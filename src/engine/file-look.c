/* file-look.c - see file-look.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/file-look.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/model-file.h"
#include "base/model-path.h"
#include "base/read-file.h"
#include "file/fingerprint.h"
#include "model/checkpoint.h"
#include "model/identify.h"

#define MOST_BESIDE ((guint64) 16 << 20) /* bytes of a file that tells of another */
#define MOST_TAGS 6
#define READ_BYTES ((gsize) 1 << 20)
#define SHORT_OFFSET 0x100000
#define SHORT_BYTES ((gsize) 0x10000)
#define SHORT_DIGITS 8
#define TELLING 0.9 /* of the most frequent tag's count: such tags are on nearly all pictures of the training */

static const char *const pickles[] = { ".ckpt", ".pt", ".pth" };

gboolean
limn_file_is_listed (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (pickles); i++)
    if (g_str_has_suffix (lower, pickles[i]))
      return TRUE;
  return limn_is_model_name (path);
}

static void
say (char **text, const char *value)
{
  if (*text == NULL && value != NULL && *value != '\0' && g_ascii_strcasecmp (value, "None") != 0)
    *text = g_utf8_make_valid (value, MIN ((gssize) strlen (value), 2000));
}

/* "0xABC..." */
static void
say_hash (char **text, const char *value)
{
  const char *digits = value != NULL && g_str_has_prefix (value, "0x") ? value + 2 : value;

  if (*text == NULL && digits != NULL && strlen (digits) >= 8
      && strspn (digits, "0123456789abcdefABCDEF") == strlen (digits))
    *text = g_ascii_strdown (digits, -1);
}

/* ---- What it says of itself ---- */

typedef struct {
  const char *tag;
  double count;
} Tag;

static int
compare_tags (gconstpointer a, gconstpointer b)
{
  double one = ((const Tag *) a)->count, other = ((const Tag *) b)->count;

  return (one < other) - (one > other);
}

/* kohya's counts, {"10_name": {"tag": 20, ...}}: the tags that nearly all pictures of the training have. */
static char *
words_of_tags (const char *text)
{
  g_autoptr (LimnJson) json = limn_json_parse ("ss_tag_frequency", text, -1, NULL);
  g_autoptr (GArray) tags = g_array_new (FALSE, FALSE, sizeof (Tag));
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; json != NULL && i < limn_json_length (json); i++) {
    const LimnJson *folder = limn_json_nth (json, i);
    for (guint k = 0; k < limn_json_length (folder); k++) {
      const Tag tag = { limn_json_key (folder, k), limn_json_number (limn_json_nth (folder, k), 0) };
      if (tag.tag != NULL && tag.count > 0)
        g_array_append_val (tags, tag);
    }
  }
  g_array_sort (tags, compare_tags);
  for (guint i = 0; i < MIN (tags->len, MOST_TAGS); i++) {
    const Tag *tag = &g_array_index (tags, Tag, i);
    g_autofree char *word = g_strstrip (g_strdup (tag->tag));
    if (tag->count >= TELLING * g_array_index (tags, Tag, 0).count && *word != '\0')
      g_string_append_printf (words, "%s%s", words->len > 0 ? ", " : "", word);
  }
  return words->len > 0 ? g_string_free (g_steal_pointer (&words), FALSE) : NULL;
}

static void
read_metadata (LimnTensors *file, LimnFileFacts *facts)
{
  static const struct {
    const char *key;
    gsize offset;
  } keys[] = {
    { "modelspec.title", G_STRUCT_OFFSET (LimnFileFacts, title) },
    { "general.name", G_STRUCT_OFFSET (LimnFileFacts, title) },
    { "ss_output_name", G_STRUCT_OFFSET (LimnFileFacts, title) },
    { "ss_sd_model_name", G_STRUCT_OFFSET (LimnFileFacts, base) },
    { "ss_base_model_version", G_STRUCT_OFFSET (LimnFileFacts, base) },
    { "modelspec.trigger_phrase", G_STRUCT_OFFSET (LimnFileFacts, words) },
    { "ss_trigger_words", G_STRUCT_OFFSET (LimnFileFacts, words) },
    { "trigger_words", G_STRUCT_OFFSET (LimnFileFacts, words) },
    { "modelspec.license", G_STRUCT_OFFSET (LimnFileFacts, licence) },
    { "general.license", G_STRUCT_OFFSET (LimnFileFacts, licence) },
  };
  const char *tags = limn_tensors_metadata (file, "ss_tag_frequency");

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    say ((char **) ((char *) facts + keys[i].offset), limn_tensors_metadata (file, keys[i].key));
  say_hash (&facts->hash, limn_tensors_metadata (file, "sshs_model_hash"));
  say_hash (&facts->hash, limn_tensors_metadata (file, "modelspec.hash_sha256"));
  if (facts->words == NULL && tags != NULL)
    facts->words = words_of_tags (tags);
}

/* ---- What others say of it, beside it ---- */

/* By whom, where in their JSON. */
typedef struct {
  const char *ending;
  const char *title, *base, *words, *licence, *sha256;
} Beside;

static const Beside besides[] = {
  { ".civitai.info", "model.name", "baseModel", "trainedWords", NULL, "files.0.hashes.SHA256" },
  { ".cm-info.json", "ModelName", "BaseModel", "TrainedWords", NULL, "Hashes.SHA256" },
  { ".metadata.json", "model_name", "base_model", "civitai.trainedWords", NULL, "sha256" },
  { ".json", NULL, "sd version", "activation text", NULL, NULL }, /* A1111 */
};

static const LimnJson *
find (const LimnJson *json, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path != NULL ? path : "", ".", -1);

  if (path == NULL)
    return NULL;
  for (guint i = 0; parts[i] != NULL; i++)
    json = g_ascii_isdigit (parts[i][0]) ? limn_json_nth (json, (guint) g_ascii_strtoull (parts[i], NULL, 10))
                                         : limn_json_member (json, parts[i]);
  return json;
}

/* A string, or a list of them. */
static char *
join (const LimnJson *json)
{
  g_autoptr (GString) text = g_string_new (limn_json_string (json, NULL));

  for (guint i = 0; json != NULL && limn_json_kind (json) == LIMN_JSON_ARRAY && i < limn_json_length (json); i++) {
    g_autofree char *word = g_strstrip (g_strdup (limn_json_string (limn_json_nth (json, i), "")));
    if (*word != '\0')
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", word);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
read_beside (const char *path, const Beside *beside, LimnFileFacts *facts)
{
  gsize size;
  g_autofree char *text = limn_read_file (path, MOST_BESIDE, "", "", &size, NULL);
  g_autoptr (LimnJson) json = text != NULL ? limn_json_parse (path, text, (gssize) size, NULL) : NULL;
  g_autofree char *words = join (find (json, beside->words));

  say (&facts->title, limn_json_string (find (json, beside->title), NULL));
  say (&facts->base, limn_json_string (find (json, beside->base), NULL));
  say (&facts->words, words);
  say_hash (&facts->sha256, limn_json_string (find (json, beside->sha256), NULL));
}

static gboolean
lies_beside (const char *stem, const char *ending, GHashTable *names, char **path)
{
  g_autofree char *full = g_strconcat (stem, ending, NULL), *name = g_path_get_basename (full);

  if (names != NULL ? !g_hash_table_contains (names, name) : !g_file_test (full, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  *path = g_steal_pointer (&full);
  return TRUE;
}

static char *
stem_of (const char *path)
{
  const char *dot = strrchr (path, '.'), *slash = strrchr (path, '/');

  return dot != NULL && dot > slash ? g_strndup (path, (gsize) (dot - path)) : g_strdup (path);
}

static gint64
stamp_of (const char *path)
{
  struct stat info = { 0 };

  return stat (path, &info) == 0 ? (gint64) info.st_mtime + info.st_size : 0;
}

gint64
limn_file_look_beside (const char *path, GHashTable *names, LimnFileFacts *facts)
{
  static const char *const pictures[] = { ".preview.png",  ".png",  ".preview.jpg",  ".jpg",
                                          ".preview.jpeg", ".jpeg", ".preview.webp", ".webp" };
  g_autofree char *stem = stem_of (path);
  gint64 stamp = 0;

  for (guint i = 0; i < G_N_ELEMENTS (besides); i++) {
    g_autofree char *other = NULL;
    if (!lies_beside (stem, besides[i].ending, names, &other))
      continue;
    stamp += (gint64) (i + 2) * stamp_of (other);
    if (facts != NULL)
      read_beside (other, &besides[i], facts);
  }
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++) {
    g_autofree char *other = NULL;
    if (!lies_beside (stem, pictures[i], names, &other))
      continue;
    stamp += (gint64) (i + 20) * stamp_of (other);
    if (facts != NULL && facts->preview == NULL)
      facts->preview = g_steal_pointer (&other);
  }
  return stamp;
}

/* ---- All ---- */

/* Messages are for people who look at the file already: its name says enough. */
static char *
shorten (const char *message, const char *path)
{
  g_autofree char *name = g_path_get_basename (path), *shown = g_filename_display_name (name);
  GString *text = g_string_new (message);

  g_string_replace (text, path, shown, 0);
  return g_string_free (text, FALSE);
}

static void
look_at_tensors (LimnFileFacts *facts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (facts->path, &error);

  if (file == NULL) {
    facts->note = g_strdup (error->message);
    return;
  }
  limn_identify (file, facts);
  read_metadata (file, facts);
}

/* What it names is there; and it is what its U-Net, or else its model, is. */
static void
look_at_parts (LimnFileFacts *facts)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  g_autoptr (GError) error = NULL;
  LimnModelParts parts;

  if (!limn_model_file_read (facts->path, strings, &parts, &error)) {
    facts->note = g_strdup (error->message);
    return;
  }
  for (int i = -1; i < LIMN_N_PARTS; i++) {
    const char *path = i < 0 ? parts.model : parts.parts[i];
    if (path == NULL || g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    /* translators: a file */
    facts->note = g_strdup_printf (_ ("It is made of parts, of which %s is not there"), path);
    return;
  }
  const char *from = parts.parts[LIMN_PART_UNET] != NULL ? parts.parts[LIMN_PART_UNET] : parts.model;
  g_autoptr (LimnFileFacts) origin =
      from != NULL && !limn_is_model_file (from) ? limn_file_look_at (from, NULL) : limn_file_facts_new (facts->path);
  facts->kind = LIMN_FILE_MODEL;
  facts->family = origin->family;
  say (&facts->base, origin->base);
  say (&facts->licence, origin->licence);
}

static void
look_at_folder (LimnFileFacts *facts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModelInfo) info = limn_checkpoint_inspect (facts->path, &error);

  facts->size = 0;
  for (guint i = 0; info != NULL && i < info->parts->len; i++)
    facts->size += (gint64) ((const LimnPart *) info->parts->pdata[i])->bytes;
  if (info == NULL || !limn_family_row (info->family)->supported) {
    facts->note = info == NULL ? g_strdup (error->message) : NULL;
    return;
  }
  facts->kind = LIMN_FILE_MODEL;
  facts->family = info->family;
  if (info->missing != NULL && info->missing[0] != NULL)
    /* translators: a tensor of a model, or a sentence on one */
    facts->note = g_strdup_printf (_ ("Something is missing in it: %s"), info->missing[0]);
}

LimnFileFacts *
limn_file_look_at (const char *path, GHashTable *names)
{
  LimnFileFacts *facts = limn_file_facts_new (path);
  struct stat info = { 0 };
  gboolean folder = stat (path, &info) == 0 && S_ISDIR (info.st_mode);

  facts->size = (gint64) info.st_size;
  facts->modified = (gint64) info.st_mtime;
  if (folder)
    look_at_folder (facts);
  else if (limn_is_model_file (path))
    look_at_parts (facts);
  else
    look_at_tensors (facts);
  facts->beside = limn_file_look_beside (path, names, facts);
  if (facts->note != NULL) {
    char *note = shorten (facts->note, path);
    g_free (facts->note);
    facts->note = note;
  }
  return facts;
}

void
limn_file_take_fingerprint (LimnFileFacts *facts)
{
  g_autoptr (LimnTensors) file = NULL;

  g_clear_pointer (&facts->fingerprint, g_free);
  if (!limn_is_model_file (facts->path) && !g_file_test (facts->path, G_FILE_TEST_IS_DIR)
      && (file = limn_tensors_open (facts->path, NULL)) != NULL)
    facts->fingerprint = limn_file_fingerprint (file);
}

void
limn_file_take_hash (LimnFileFacts *facts)
{
  g_autoptr (LimnTensors) file = limn_tensors_open (facts->path, NULL);

  if (facts->hash == NULL && file != NULL)
    facts->hash = limn_file_hash (file);
}

/* Of length bytes from offset on, or less where the file ends; length 0: of all.  NULL: it cannot be read. */
static char *
sum_of (const char *path, gint64 offset, gsize length)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize block = length > 0 ? length : READ_BYTES, n = 0;
  g_autofree guint8 *bytes = g_malloc (block);
  FILE *file = g_fopen (path, "rb");
  gboolean good = file != NULL && fseeko (file, (off_t) offset, SEEK_SET) == 0;

  while (good && (n = fread (bytes, 1, block, file)) > 0) {
    g_checksum_update (sum, bytes, (gssize) n);
    if (length > 0)
      break;
  }
  good = good && ferror (file) == 0;
  if (file != NULL)
    fclose (file);
  return good ? g_strdup (g_checksum_get_string (sum)) : NULL;
}

void
limn_file_take_sha256 (LimnFileFacts *facts)
{
  if (facts->sha256 == NULL && g_file_test (facts->path, G_FILE_TEST_IS_REGULAR))
    facts->sha256 = sum_of (facts->path, 0, 0);
}

char *
limn_file_short_hash (const char *path)
{
  g_autofree char *sum = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? sum_of (path, SHORT_OFFSET, SHORT_BYTES) : NULL;

  return sum != NULL ? g_strndup (sum, SHORT_DIGITS) : NULL;
}
