/* catalogue.c - walks folders, and keeps what it found in a file of JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/catalogue.h"

#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "engine/file-look.h"
#include "file/atomic-file.h"
#include "file/tensors.h"

#define VERSION 6
#define VERSION_BEFORE 3 /* from it on they did not know all that can be used */
#define MOST_DEPTH 8
#define MOST_FILES 20000
#define MOST_HASHED ((gint64) 8 << 30) /* bytes: a model of SDXL among them */
#define SHORT_DIGITS 8
#define MOST_ENTRIES 200000 /* of folders: what is no folder of models need not be read to its end */

struct _LimnCatalogue {
  char *path;
  GHashTable *known; /* path -> LimnFileFacts: all that is kept */
  GPtrArray *listed; /* LimnFileFacts of known, by name */
  gboolean changed;  /* known has, since it was read */
};

/* ---- The cache ---- */

static LimnFamily
family_named (const char *title)
{
  for (LimnFamily family = LIMN_FAMILY_SD21; family > LIMN_FAMILY_UNKNOWN; family--)
    if (g_strcmp0 (limn_family_row (family)->title, title) == 0)
      return family;
  return LIMN_FAMILY_UNKNOWN;
}

/* before: by what could use less: what was no use is looked at anew. */
static void
read_entry (LimnCatalogue *self, const LimnJson *entry, gboolean before)
{
  const char *path = limn_json_member_string (entry, "path");
  gint64 number = 0;

  if (path == NULL || *path == '\0')
    return;
  LimnFileFacts *facts = limn_file_facts_new (path);
  for (guint i = 0; limn_file_facts_text_name (i) != NULL; i++) {
    const char *said = limn_json_member_string (entry, limn_file_facts_text_name (i));
    char **text = limn_file_facts_text (facts, i);
    if (said == NULL)
      continue;
    g_free (*text);
    *text = g_strdup (said);
  }
  limn_json_int64 (limn_json_member (entry, "size"), &facts->size);
  limn_json_int64 (limn_json_member (entry, "modified"), &facts->modified);
  limn_json_int64 (limn_json_member (entry, "beside"), &facts->beside);
  if (limn_json_int64 (limn_json_member (entry, "kind"), &number) && number >= 0 && number <= LIMN_FILE_OTHER)
    facts->kind = (LimnFileKind) number;
  facts->family = family_named (limn_json_member_string (entry, "family"));
  if (limn_json_int64 (limn_json_member (entry, "part"), &number) && number >= 0 && number < LIMN_N_PARTS)
    facts->part = (LimnPartId) number;
  if (limn_json_int64 (limn_json_member (entry, "types"), &number) && number > 0 && number < G_MAXINT)
    facts->types = (int) number;
  if (limn_json_int64 (limn_json_member (entry, "adapter"), &number) && number >= 0 && number <= LIMN_ADAPTER_IP)
    facts->adapter = (LimnAdapterKind) number;
  /* detectors have the number that was that of what is no use */
  if (before && facts->kind >= LIMN_FILE_DETECTOR)
    limn_file_facts_free (facts);
  else
    g_hash_table_replace (self->known, facts->path, facts);
}

static void
read_cache (LimnCatalogue *self)
{
  g_autoptr (LimnJson) json =
      g_file_test (self->path, G_FILE_TEST_IS_REGULAR) ? limn_json_load (self->path, NULL) : NULL;
  const LimnJson *files = limn_json_member (json, "files");
  double version = limn_json_number (limn_json_member (json, "version"), 0);

  if (version < VERSION_BEFORE || version > VERSION)
    return;
  for (guint i = 0; i < limn_json_length (files); i++)
    read_entry (self, limn_json_nth (files, i), version != VERSION);
}

static void
write_entry (GString *out, LimnFileFacts *facts)
{
  limn_json_add (out, NULL, "{");
  for (guint i = 0; limn_file_facts_text_name (i) != NULL; i++)
    if (*limn_file_facts_text (facts, i) != NULL)
      limn_json_add_string (out, limn_file_facts_text_name (i), *limn_file_facts_text (facts, i));
  limn_json_add_int (out, "size", facts->size);
  limn_json_add_int (out, "modified", facts->modified);
  limn_json_add_int (out, "beside", facts->beside);
  limn_json_add_int (out, "kind", facts->kind);
  if (facts->family != LIMN_FAMILY_UNKNOWN)
    limn_json_add_string (out, "family", limn_family_row (facts->family)->title);
  limn_json_add_int (out, "part", facts->part);
  if (facts->types > 0)
    limn_json_add_int (out, "types", facts->types);
  if (facts->adapter != LIMN_ADAPTER_NONE)
    limn_json_add_int (out, "adapter", facts->adapter);
  g_string_append (out, "}\n");
}

static void
write_cache (LimnCatalogue *self)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autoptr (GString) out = g_string_new ("{");
  g_autoptr (LimnAtomicFile) file = NULL;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer facts;

  limn_json_add_int (out, "version", VERSION);
  limn_json_add (out, "files", "[");
  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &facts))
    write_entry (out, facts);
  g_string_append (out, "]}\n");
  g_mkdir_with_parents (folder, 0700);
  if ((file = limn_atomic_file_new (self->path, &error)) == NULL
      || !limn_atomic_file_write (file, out->str, out->len, &error) || !limn_atomic_file_commit (file, &error)) {
    g_message ("%s", error->message); /* the next listing takes longer, that is all */
    return;
  }
  self->changed = FALSE;
}

LimnCatalogue *
limn_catalogue_open (const char *cache)
{
  LimnCatalogue *self = g_new0 (LimnCatalogue, 1);

  self->path =
      cache != NULL ? g_strdup (cache) : g_build_filename (g_get_user_cache_dir (), "limn", "models.json", NULL);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) limn_file_facts_free);
  self->listed = g_ptr_array_new ();
  read_cache (self);
  return self;
}

void
limn_catalogue_free (LimnCatalogue *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->listed);
  g_hash_table_unref (self->known);
  g_free (self->path);
  g_free (self);
}

/* ---- Walking ---- */

typedef struct {
  LimnCatalogue *catalogue;
  const LimnCatalogueMonitor *monitor;
  GHashTable *seen;    /* paths of listed, borrowed */
  GHashTable *visited; /* folders by device and inode, of which links may lead to some twice */
  guint entries;
  gboolean stopped;
} Walk;

static gboolean
is_stopped (Walk *walk)
{
  const LimnCatalogueMonitor *monitor = walk->monitor;

  walk->stopped = walk->stopped || (monitor->cancelled != NULL && monitor->cancelled (monitor->data));
  return walk->stopped;
}

static void
tell (Walk *walk, LimnFileFacts *facts)
{
  if (!g_hash_table_add (walk->seen, facts->path))
    return;
  g_ptr_array_add (walk->catalogue->listed, facts);
  walk->monitor->found (facts, walk->monitor->data);
}

static void
visit (Walk *walk, const char *path, const struct stat *info, GHashTable *names)
{
  LimnFileFacts *facts = g_hash_table_lookup (walk->catalogue->known, path);

  if (is_stopped (walk) || walk->catalogue->listed->len >= MOST_FILES || g_hash_table_contains (walk->seen, path))
    return;
  if (facts == NULL || facts->modified != info->st_mtime || (!S_ISDIR (info->st_mode) && facts->size != info->st_size)
      || facts->beside != limn_file_look_beside (path, names, NULL)) {
    facts = limn_file_look_at (path, names);
    g_hash_table_replace (walk->catalogue->known, facts->path, facts);
    walk->catalogue->changed = TRUE;
  }
  facts->missing = FALSE;
  tell (walk, facts);
}

/* (element-type utf8) a set of the names in folder; NULL: it cannot be read. */
static GHashTable *
read_names (Walk *walk, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GHashTable *names = dir != NULL ? g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) : NULL;
  const char *name;

  while (dir != NULL && walk->entries++ < MOST_ENTRIES && (name = g_dir_read_name (dir)) != NULL)
    g_hash_table_add (names, g_strdup (name));
  return names;
}

static gboolean
is_visited (Walk *walk, const struct stat *info)
{
  return !g_hash_table_add (walk->visited, g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                                            (guint64) info->st_dev, (guint64) info->st_ino));
}

static void
walk_folder (Walk *walk, const char *folder, int depth)
{
  g_autoptr (GHashTable) names = read_names (walk, folder);
  GHashTableIter iter;
  gpointer name;
  struct stat info;

  if (names == NULL || is_stopped (walk))
    return;
  if (g_hash_table_contains (names, "model_index.json")) { /* a model of its own, with all that is in it */
    if (stat (folder, &info) == 0)
      visit (walk, folder, &info, NULL);
    return;
  }
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    gboolean listed = limn_file_is_listed (path);

    if (*(const char *) name == '.' || stat (path, &info) != 0)
      continue;
    if (S_ISREG (info.st_mode) && listed)
      visit (walk, path, &info, names);
    else if (S_ISDIR (info.st_mode) && depth > 1 && !is_visited (walk, &info))
      walk_folder (walk, path, depth - 1);
  }
}

/* ---- Scanning ---- */

static gboolean
is_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  while (length > 1 && folder[length - 1] == '/')
    length--;
  return strncmp (path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0' || length == 1);
}

/* What is known of a folder that has gone is kept: its disk will be back. */
static void
tell_missing (Walk *walk, const char *folder)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, walk->catalogue->known);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    LimnFileFacts *facts = value;
    if (!is_below (facts->path, folder))
      continue;
    facts->missing = TRUE;
    tell (walk, facts);
  }
}

/* What is no longer in folders that were read to their ends. */
static void
forget_gone (Walk *walk, const char *folder)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, walk->catalogue->known);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LimnFileFacts *facts = value;
    if (!is_below (facts->path, folder) || g_hash_table_contains (walk->seen, facts->path))
      continue;
    g_hash_table_iter_remove (&iter);
    walk->catalogue->changed = TRUE;
  }
}

static void
take_fingerprints (Walk *walk)
{
  GPtrArray *listed = walk->catalogue->listed;

  for (guint i = 0; i < listed->len && !is_stopped (walk); i++) {
    LimnFileFacts *facts = listed->pdata[i];
    if (facts->fingerprint != NULL || facts->missing || facts->kind == LIMN_FILE_OTHER)
      continue;
    limn_file_take_fingerprint (facts);
    if (facts->fingerprint == NULL)
      continue;
    walk->catalogue->changed = TRUE;
    walk->monitor->found (facts, walk->monitor->data);
  }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const LimnFileFacts *one = *(LimnFileFacts *const *) a, *other = *(LimnFileFacts *const *) b;
  int order = g_ascii_strcasecmp (one->name, other->name);

  return order != 0 ? order : strcmp (one->path, other->path);
}

gboolean
limn_catalogue_scan (LimnCatalogue *self, const char *const *folders, const LimnCatalogueMonitor *monitor)
{
  Walk walk = { self, monitor, g_hash_table_new (g_str_hash, g_str_equal),
                g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };

  g_ptr_array_set_size (self->listed, 0);
  for (guint i = 0; folders[i] != NULL && !walk.stopped; i++) {
    g_autofree char *folder = g_canonicalize_filename (folders[i], NULL);
    struct stat info;

    if (stat (folder, &info) == 0 && S_ISDIR (info.st_mode) && !is_visited (&walk, &info))
      walk_folder (&walk, folder, MOST_DEPTH);
    if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
      tell_missing (&walk, folder);
    else if (!walk.stopped && walk.entries < MOST_ENTRIES)
      forget_gone (&walk, folder);
  }
  take_fingerprints (&walk);
  g_ptr_array_sort (self->listed, compare_names);
  if (self->changed)
    write_cache (self);
  g_hash_table_unref (walk.seen);
  g_hash_table_unref (walk.visited);
  return !walk.stopped;
}

GPtrArray *
limn_catalogue_list (LimnCatalogue *self)
{
  return self->listed;
}

/* ---- What is known without a scan ---- */

/* (element-type LimnFileFacts) (transfer container) */
static GPtrArray *
known_of (LimnCatalogue *self, LimnFileKind kind)
{
  GPtrArray *all = g_ptr_array_new ();
  g_auto (GStrv) folders = limn_model_folders ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LimnFileFacts *facts = value;
    gboolean chosen = FALSE;

    for (guint i = 0; folders[i] != NULL && !chosen; i++)
      chosen = is_below (facts->path, folders[i]);
    if (chosen && facts->kind == kind && g_file_test (facts->path, G_FILE_TEST_EXISTS))
      g_ptr_array_add (all, value);
  }
  g_ptr_array_sort (all, compare_names);
  return all;
}

/* What nobody has said of it and hashes of its kind are made of; FALSE: that is known, or is not asked for. */
static gboolean
take_hash (LimnFileFacts *facts)
{
  if (facts->kind == LIMN_FILE_LORA && facts->hash == NULL)
    limn_file_take_hash (facts);
  else if (facts->kind == LIMN_FILE_MODEL && facts->sha256 == NULL)
    limn_file_take_sha256 (facts);
  else
    return FALSE;
  return TRUE;
}

/* stable-diffusion-webui's first hashes are of eight digits. */
static char *
find_short (const GPtrArray *all, const char *hash)
{
  for (guint i = 0; i < all->len; i++) {
    const LimnFileFacts *facts = all->pdata[i];
    g_autofree char *own = limn_file_short_hash (facts->path);

    if (own != NULL && g_ascii_strcasecmp (own, hash) == 0)
      return g_strdup (facts->path);
  }
  return NULL;
}

/* What is larger than what is left to be read is left out. */
char *
limn_catalogue_find_hash (LimnCatalogue *self, LimnFileKind kind, const char *hash)
{
  g_autoptr (GPtrArray) all = known_of (self, kind);
  gint64 left = MOST_HASHED;
  char *found = NULL;

  for (guint i = 0; i < all->len && found == NULL; i++)
    if (limn_file_facts_has_hash (all->pdata[i], hash))
      found = g_strdup (((LimnFileFacts *) all->pdata[i])->path);
  if (found == NULL && kind == LIMN_FILE_MODEL && strlen (hash) == SHORT_DIGITS)
    found = find_short (all, hash);
  for (guint i = 0; i < all->len && found == NULL; i++) {
    LimnFileFacts *facts = all->pdata[i];
    if (facts->size > left || !take_hash (facts))
      continue;
    left -= facts->size;
    self->changed = TRUE;
    if (limn_file_facts_has_hash (facts, hash))
      found = g_strdup (facts->path);
  }
  if (self->changed)
    write_cache (self);
  return found;
}

char *
limn_catalogue_find (LimnCatalogue *self, LimnFileKind kind, const char *name, const char *fingerprint)
{
  g_autoptr (GPtrArray) all = known_of (self, kind);
  const LimnFileFacts *found = NULL;

  for (guint i = 0; i < all->len; i++) {
    const LimnFileFacts *facts = all->pdata[i];

    if (fingerprint != NULL && g_strcmp0 (facts->fingerprint, fingerprint) == 0)
      return g_strdup (facts->path);
    if (found == NULL && g_ascii_strcasecmp (facts->name, name) == 0)
      found = facts;
  }
  return found != NULL ? g_strdup (found->path) : NULL;
}

GStrv
limn_catalogue_paths (LimnCatalogue *self, LimnFileKind kind)
{
  g_autoptr (GPtrArray) all = known_of (self, kind);
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  for (guint i = 0; i < all->len; i++)
    g_strv_builder_add (paths, ((const LimnFileFacts *) all->pdata[i])->path);
  return g_strv_builder_end (paths);
}

GStrv
limn_catalogue_names (LimnCatalogue *self, LimnFileKind kind)
{
  g_autoptr (GPtrArray) all = known_of (self, kind);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const char *last = NULL;

  for (guint i = 0; i < all->len; i++) {
    const char *name = ((const LimnFileFacts *) all->pdata[i])->name;
    if (g_strcmp0 (name, last) != 0)
      g_strv_builder_add (names, name);
    last = name;
  }
  return g_strv_builder_end (names);
}

/* ---- One file ---- */

LimnFileFacts *
limn_file_look (const char *path)
{
  LimnFileFacts *facts = limn_file_look_at (path, NULL);

  limn_file_take_fingerprint (facts);
  return facts;
}

GBytes *
limn_file_look_inside (const char *path)
{
  g_autoptr (LimnTensors) file = limn_tensors_open (path, NULL);
  const char *said = file != NULL ? limn_tensors_metadata (file, "modelspec.thumbnail") : NULL;
  const char *comma = said != NULL && g_str_has_prefix (said, "data:image/") ? strstr (said, ";base64,") : NULL;
  gsize size;

  if (comma == NULL)
    return NULL;
  guchar *data = g_base64_decode (comma + strlen (";base64,"), &size);
  return g_bytes_new_take (data, size);
}
