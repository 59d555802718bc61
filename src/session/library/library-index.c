/* library-index.c - one table of pictures, and their prompts' words for searching.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library-index.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define VERSION "1"
#define PATIENCE 2000 /* milliseconds, for another process to let go */
#define MOST_WORDS 64 /* of a search: SQLite has limits on a query, which a pasted text would break */
#define MOST_WORD 200 /* bytes */

struct _LimnIndex {
  sqlite3 *db;
  gboolean words; /* this SQLite has FTS5 */
  LimnIndexHealth health;
  char *reason;
  sqlite3_stmt *put, *remove, *favour;
};

static const char schema[] = "PRAGMA user_version = " VERSION ";"
                             "CREATE TABLE pictures (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,"
                             " folder TEXT NOT NULL, size INTEGER, time INTEGER, width INTEGER, height INTEGER,"
                             " favourite INTEGER, prompt TEXT NOT NULL);"
                             "CREATE INDEX newest ON pictures (time DESC, path DESC);";

/* the words stay true to the table by themselves */
static const char words_schema[] =
    "CREATE VIRTUAL TABLE words USING fts5 (prompt, content = 'pictures', content_rowid = 'id',"
    " tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');"
    "CREATE TRIGGER words_insert AFTER INSERT ON pictures BEGIN"
    " INSERT INTO words (rowid, prompt) VALUES (new.id, new.prompt); END;"
    "CREATE TRIGGER words_delete AFTER DELETE ON pictures BEGIN"
    " INSERT INTO words (words, rowid, prompt) VALUES ('delete', old.id, old.prompt); END;"
    "CREATE TRIGGER words_update AFTER UPDATE OF prompt ON pictures WHEN old.prompt <> new.prompt BEGIN"
    " INSERT INTO words (words, rowid, prompt) VALUES ('delete', old.id, old.prompt);"
    " INSERT INTO words (rowid, prompt) VALUES (new.id, new.prompt); END;";

/* ---- Opening ---- */

static gboolean
fail (LimnIndex *index)
{
  int code = sqlite3_errcode (index->db) & 255;

  g_free (index->reason);
  index->reason = g_strdup (sqlite3_errmsg (index->db));
  /* full, read-only, locked for ever ...: what the files say can still be shown from memory */
  index->health = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? LIMN_INDEX_DAMAGED : LIMN_INDEX_UNWRITABLE;
  return FALSE;
}

static gboolean
execute (LimnIndex *index, const char *sql)
{
  return sqlite3_exec (index->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail (index);
}

static gboolean
prepare (LimnIndex *index, const char *sql, sqlite3_stmt **statement)
{
  return sqlite3_prepare_v2 (index->db, sql, -1, statement, NULL) == SQLITE_OK || fail (index);
}

static char *
read_text (LimnIndex *index, const char *sql)
{
  sqlite3_stmt *statement = NULL;
  char *text = NULL;

  if (!prepare (index, sql, &statement))
    return NULL;
  if (sqlite3_step (statement) == SQLITE_ROW)
    text = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    fail (index);
  sqlite3_finalize (statement);
  return text;
}

static gboolean
create (LimnIndex *index)
{
  if (!execute (index, "BEGIN") || !execute (index, schema))
    return FALSE;
  index->words = sqlite3_exec (index->db, words_schema, NULL, NULL, NULL) == SQLITE_OK;
  return execute (index, "COMMIT");
}

static gboolean
prepare_statements (LimnIndex *index)
{
  return prepare (index,
                  "INSERT INTO pictures (path, folder, size, time, width, height, favourite, prompt)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET folder = excluded.folder,"
                  " size = excluded.size, time = excluded.time, width = excluded.width, height = excluded.height,"
                  " favourite = excluded.favourite, prompt = excluded.prompt",
                  &index->put)
         && prepare (index, "DELETE FROM pictures WHERE path = ?", &index->remove)
         && prepare (index, "UPDATE pictures SET favourite = ? WHERE path = ?", &index->favour);
}

/* created: receives whether there was nothing in it. */
static gboolean
set_up (LimnIndex *index, const char *path, gboolean *created)
{
  g_autofree char *version = NULL;
  g_autofree char *check = NULL;
  g_autofree char *words = NULL;

  if (sqlite3_open_v2 (path, &index->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL)
      != SQLITE_OK)
    return fail (index);
  sqlite3_busy_timeout (index->db, PATIENCE);
  if (!execute (index, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY"))
    return FALSE;
  version = read_text (index, "PRAGMA user_version");
  if (version == NULL)
    return FALSE;
  *created = strcmp (version, "0") == 0;
  if (*created)
    return create (index) && prepare_statements (index);

  check = read_text (index, "PRAGMA quick_check (1)");
  if (check == NULL)
    return FALSE;
  if (strcmp (check, "ok") != 0 || strcmp (version, VERSION) != 0) {
    g_free (index->reason);
    index->reason = strcmp (check, "ok") != 0 ? g_steal_pointer (&check) : NULL; /* another version is no damage */
    index->health = LIMN_INDEX_DAMAGED;
    return FALSE;
  }
  words = read_text (index, "SELECT count(*) FROM sqlite_master WHERE name = 'words'");
  index->words = g_strcmp0 (words, "1") == 0;
  return words != NULL && prepare_statements (index);
}

static void
close_database (LimnIndex *index)
{
  g_clear_pointer (&index->put, sqlite3_finalize);
  g_clear_pointer (&index->remove, sqlite3_finalize);
  g_clear_pointer (&index->favour, sqlite3_finalize);
  sqlite3_close (index->db);
  index->db = NULL;
}

void
limn_index_discard (const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *file = g_strconcat (path, suffixes[i], NULL);

    g_unlink (file);
  }
}

static gboolean
try_open (LimnIndex *index, const char *path, LimnIndexOrigin *origin, char **reason)
{
  g_autofree char *folder = g_path_get_dirname (path);
  gboolean created = FALSE;

  g_mkdir_with_parents (folder, 0700);
  *origin = LIMN_INDEX_FOUND;
  if (!set_up (index, path, &created) && index->health == LIMN_INDEX_DAMAGED) {
    *reason = g_strdup (index->reason);
    *origin = *reason != NULL ? LIMN_INDEX_REBUILT : LIMN_INDEX_NEW;
    close_database (index);
    limn_index_discard (path);
    index->health = LIMN_INDEX_SOUND;
    set_up (index, path, &created);
  } else if (created) {
    *origin = LIMN_INDEX_NEW;
  }
  return index->health == LIMN_INDEX_SOUND;
}

LimnIndex *
limn_index_open (const char *path, LimnIndexOrigin *origin, char **reason)
{
  LimnIndex *index = g_new0 (LimnIndex, 1);
  gboolean created;

  *reason = NULL;
  if (path != NULL && try_open (index, path, origin, reason))
    return index;
  if (path != NULL) {
    g_free (*reason);
    *reason = g_strdup (index->reason);
    close_database (index);
    index->health = LIMN_INDEX_SOUND;
  }
  *origin = LIMN_INDEX_MEMORY;
  set_up (index, ":memory:", &created);
  return index;
}

void
limn_index_close (LimnIndex *index)
{
  if (index == NULL)
    return;
  close_database (index);
  g_free (index->reason);
  g_free (index);
}

LimnIndexHealth
limn_index_health (LimnIndex *index)
{
  return index->health;
}

const char *
limn_index_reason (LimnIndex *index)
{
  return index->reason;
}

/* ---- Writing ---- */

gboolean
limn_index_begin (LimnIndex *index)
{
  return execute (index, "BEGIN");
}

gboolean
limn_index_commit (LimnIndex *index)
{
  return execute (index, "COMMIT");
}

static gboolean
run (LimnIndex *index, sqlite3_stmt *statement)
{
  gboolean done = sqlite3_step (statement) == SQLITE_DONE || fail (index);

  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return done;
}

gboolean
limn_index_put (LimnIndex *index, const char *folder, const LimnEntryValues *values)
{
  sqlite3_stmt *put = index->put;

  if (put == NULL)
    return FALSE;
  sqlite3_bind_text (put, 1, values->path, -1, SQLITE_STATIC);
  sqlite3_bind_text (put, 2, folder, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (put, 3, values->size);
  sqlite3_bind_int64 (put, 4, values->time);
  sqlite3_bind_int (put, 5, values->width);
  sqlite3_bind_int (put, 6, values->height);
  sqlite3_bind_int (put, 7, values->favourite);
  sqlite3_bind_text (put, 8, values->prompt, -1, SQLITE_STATIC);
  return run (index, put);
}

gboolean
limn_index_remove (LimnIndex *index, const char *path)
{
  if (index->remove == NULL)
    return FALSE;
  sqlite3_bind_text (index->remove, 1, path, -1, SQLITE_STATIC);
  return run (index, index->remove);
}

gboolean
limn_index_set_favourite (LimnIndex *index, const char *path, gboolean favourite)
{
  if (index->favour == NULL)
    return FALSE;
  sqlite3_bind_int (index->favour, 1, favourite);
  sqlite3_bind_text (index->favour, 2, path, -1, SQLITE_STATIC);
  return run (index, index->favour);
}

/* ---- Reading ---- */

GHashTable *
limn_index_stamps (LimnIndex *index, const char *folder)
{
  g_autoptr (GHashTable) stamps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  sqlite3_stmt *statement = NULL;
  int code;

  if (!prepare (index, "SELECT path, size, time, favourite FROM pictures WHERE folder = ?", &statement))
    return NULL;
  sqlite3_bind_text (statement, 1, folder, -1, SQLITE_STATIC);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW) {
    LimnIndexStamp *stamp = g_new0 (LimnIndexStamp, 1);

    stamp->size = sqlite3_column_int64 (statement, 1);
    stamp->time = sqlite3_column_int64 (statement, 2);
    stamp->favourite = sqlite3_column_int (statement, 3);
    g_hash_table_insert (stamps, g_strdup ((const char *) sqlite3_column_text (statement, 0)), stamp);
  }
  if (code != SQLITE_DONE)
    fail (index);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&stamps) : NULL;
}

/* Scripts without spaces between words: there every part of a prompt counts as a word. */
static gboolean
needs_substring (const char *word)
{
  for (const char *p = word; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    GUnicodeScript script = g_unichar_get_script (c);

    if (g_unichar_iswide (c) || script == G_UNICODE_SCRIPT_THAI || script == G_UNICODE_SCRIPT_LAO
        || script == G_UNICODE_SCRIPT_KHMER || script == G_UNICODE_SCRIPT_MYANMAR)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_letter (const char *word)
{
  for (const char *p = word; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_isalnum (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

/* "%part%", with "\" before what LIKE would take for a wildcard */
static char *
like_pattern (const char *word)
{
  GString *pattern = g_string_new ("%");

  for (const char *p = word; *p != '\0'; p++) {
    if (strchr ("%_\\", *p) != NULL)
      g_string_append_c (pattern, '\\');
    g_string_append_c (pattern, *p);
  }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

/* Its end finds no less: words are searched for by their beginnings. */
static void
shorten (char *word)
{
  if (strlen (word) > MOST_WORD)
    *g_utf8_find_prev_char (word, word + MOST_WORD + 1) = '\0';
}

/* Splits search into a MATCH expression and LIKE patterns. */
static void
split_search (LimnIndex *index, const char *search, GString *match, GPtrArray *likes)
{
  g_autofree char *valid = g_utf8_make_valid (search != NULL ? search : "", -1);
  g_auto (GStrv) words = g_strsplit_set (valid, " \t\n\"", -1);
  guint n = 0;

  for (char **word = words; *word != NULL && n < MOST_WORDS; word++) {
    if (!has_letter (*word))
      continue;
    n++;
    shorten (*word);
    if (!index->words || needs_substring (*word))
      g_ptr_array_add (likes, like_pattern (*word));
    else
      g_string_append_printf (match, "%s\"%s\"*", match->len > 0 ? " " : "", *word);
  }
}

static char *
build_query (const LimnIndexQuery *query, const char *match, guint n_likes)
{
  GString *sql = g_string_new ("SELECT id, path, size, time, prompt, width, height, favourite FROM pictures"
                               " WHERE folder IN (");

  for (guint i = 0; query->folders[i] != NULL; i++)
    g_string_append (sql, i > 0 ? ", ?" : "?");
  g_string_append (sql, ")");
  if (query->favourites_only)
    g_string_append (sql, " AND favourite");
  if (match[0] != '\0')
    g_string_append (sql, " AND id IN (SELECT rowid FROM words WHERE words MATCH ?)");
  for (guint i = 0; i < n_likes; i++)
    g_string_append (sql, " AND prompt LIKE ? ESCAPE '\\'");
  g_string_append (sql, " ORDER BY time DESC, path DESC");
  return g_string_free (sql, FALSE);
}

static LimnEntry *
read_entry (sqlite3_stmt *row)
{
  LimnEntryValues values = {
    .id = sqlite3_column_int64 (row, 0),
    .path = g_strdup ((const char *) sqlite3_column_text (row, 1)),
    .size = sqlite3_column_int64 (row, 2),
    .time = sqlite3_column_int64 (row, 3),
    .prompt = g_strdup ((const char *) sqlite3_column_text (row, 4)),
    .width = sqlite3_column_int (row, 5),
    .height = sqlite3_column_int (row, 6),
    .favourite = sqlite3_column_int (row, 7) != 0,
  };

  return limn_entry_new (&values);
}

static gboolean
count (LimnIndex *index, const char *const *folders, guint *total)
{
  sqlite3_stmt *statement = NULL;

  *total = 0;
  if (!prepare (index, "SELECT count(*) FROM pictures WHERE folder = ?", &statement))
    return FALSE;
  for (guint i = 0; folders[i] != NULL; i++) {
    sqlite3_bind_text (statement, 1, folders[i], -1, SQLITE_STATIC);
    if (sqlite3_step (statement) == SQLITE_ROW)
      *total += (guint) sqlite3_column_int (statement, 0);
    sqlite3_reset (statement);
  }
  sqlite3_finalize (statement);
  return TRUE;
}

GPtrArray *
limn_index_query (LimnIndex *index, const LimnIndexQuery *query, guint *total)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) likes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) match = g_string_new (NULL);
  g_autofree char *sql = NULL;
  sqlite3_stmt *statement = NULL;
  int at = 1, code;

  split_search (index, query->search, match, likes);
  sql = build_query (query, match->str, likes->len);
  if (!count (index, query->folders, total) || !prepare (index, sql, &statement))
    return NULL;
  for (guint i = 0; query->folders[i] != NULL; i++)
    sqlite3_bind_text (statement, at++, query->folders[i], -1, SQLITE_STATIC);
  if (match->len > 0)
    sqlite3_bind_text (statement, at++, match->str, -1, SQLITE_STATIC);
  for (guint i = 0; i < likes->len; i++)
    sqlite3_bind_text (statement, at++, likes->pdata[i], -1, SQLITE_STATIC);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (entries, read_entry (statement));
  if (code != SQLITE_DONE)
    fail (index);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&entries) : NULL;
}
