/* batch-jobs.c - the list of jobs: read, checked, each made a request; see batch.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/batch.h"

#include <string.h>

#include "base/i18n.h"
#include "base/model-path.h"
#include "base/read-file.h"
#include "photo/photo.h"
#include "text/prompt-lines.h"

#define MOST_BYTES (G_GUINT64_CONSTANT (1) << 30)
#define ID_DIGITS 16

typedef struct {
  const char *path;           /* of the list */
  char *folder;               /* it is in */
  char *const *model_folders; /* may be NULL */
  GHashTable *ids, *outputs;  /* -> the line, as a number */
} List;

static void
control_clear (gpointer data)
{
  LimnJobControl *control = data;

  g_free (control->model);
  g_free (control->image);
}

static void
job_free (LimnJob *job)
{
  char **const texts[] = { &job->id,    &job->json,    &job->output, &job->image, &job->mask,
                           &job->model, &job->refiner, &job->error,  &job->device };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (*texts[i]);
  for (guint i = 0; i < LIMN_N_PARTS; i++)
    g_free (job->parts[i]);
  g_clear_pointer (&job->controls, g_array_unref);
  g_free (job);
}

static gboolean G_GNUC_PRINTF (4, 5) bad_line (const List *list, guint line, GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: line %u: %s"), list->path, line, message);
  return FALSE;
}

/* ---- Paths ---- */

static char *
find_in_folder (const char *folder, const char *name)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, entry, NULL);
    g_autofree char *own = limn_model_name_from_path (path);

    if (strcmp (entry, name) == 0 || (limn_is_model_name (entry) && strcmp (own, name) == 0))
      return g_steal_pointer (&path);
  }
  return NULL;
}

/* A path as seen from the list, or a model's name. */
static char *
find_model (const List *list, const char *text)
{
  g_autofree char *path = g_canonicalize_filename (text, list->folder);
  g_autofree char *starter = limn_starter_path ();
  g_autofree char *starter_name = starter != NULL ? limn_model_name_from_path (starter) : NULL;
  char *found = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  for (char *const *folder = list->model_folders; found == NULL && folder != NULL && *folder != NULL; folder++)
    found = find_in_folder (*folder, text);
  return found == NULL && g_strcmp0 (starter_name, text) == 0 ? g_steal_pointer (&starter) : found;
}

static gboolean
read_model (const List *list, LimnJob *job, const LimnJson *value, const char *key, char **out, GError **error)
{
  const char *text = limn_json_string (value, NULL);

  if (value == NULL)
    return TRUE;
  if (text == NULL)
    return bad_line (list, job->line, error, _ ("\"%s\" is not a text"), key);
  *out = find_model (list, text);
  return *out != NULL
         || bad_line (list, job->line, error, _ ("there is no model %s, neither beside the list nor in --model-dir"),
                      text);
}

static gboolean
read_file (const List *list, LimnJob *job, const LimnJson *json, const char *key, char **out, GError **error)
{
  const LimnJson *value = limn_json_member (json, key);
  const char *text = limn_json_string (value, NULL);

  if (value == NULL)
    return TRUE;
  if (text == NULL)
    return bad_line (list, job->line, error, _ ("\"%s\" is not a text"), key);
  *out = g_canonicalize_filename (text, list->folder);
  return g_file_test (*out, G_FILE_TEST_EXISTS) || bad_line (list, job->line, error, _ ("there is no file %s"), *out);
}

/* That of a folder's picture: its name, in the folder of results or in one in it that the line names.  Two whose names
 * differ in their endings alone keep them. */
static char *
picture_output (const List *list, const char *picture, const char *within)
{
  g_autofree char *name = g_path_get_basename (picture), *stem = g_strdup (name);
  char *point = strrchr (stem, '.');
  const char *between = within != NULL ? "/" : "";

  if (point != NULL && point > stem)
    *point = '\0';
  char *output = g_strconcat (within != NULL ? within : "", between, stem, ".png", NULL);
  if (g_hash_table_contains (list->outputs, output)) {
    g_free (output);
    output = g_strconcat (within != NULL ? within : "", between, name, ".png", NULL);
  }
  return output;
}

/* Nothing is written outside the folder of results.  picture: NULL, or of the folder that the line is of. */
static gboolean
read_output (const List *list, LimnJob *job, const LimnJson *json, const char *picture, GError **error)
{
  const LimnJson *value = limn_json_member (json, "output");
  g_autofree char *usual = picture != NULL ? picture_output (list, picture, limn_json_string (value, NULL))
                                           : g_strconcat (job->id, ".png", NULL);
  const char *text = value != NULL && picture == NULL ? limn_json_string (value, "") : usual;
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  gboolean good = g_str_has_suffix (text, ".png") && strlen (text) > 4 && text[strlen (text) - 5] != '/';
  gpointer line;

  for (char **part = parts; *part != NULL; part++)
    good &= **part != '\0' && **part != '.';
  if (!good)
    return bad_line (list, job->line, error,
                     _ ("\"output\" is a name that ends in .png, in the folder of results, not \"%s\""), text);
  line = g_hash_table_lookup (list->outputs, text);
  if (line != NULL)
    return bad_line (list, job->line, error, _ ("%s is the output of line %u already"), text, GPOINTER_TO_UINT (line));
  job->output = g_strdup (text);
  g_hash_table_insert (list->outputs, g_strdup (text), GUINT_TO_POINTER (job->line));
  return TRUE;
}

/* ---- ControlNets ---- */

/* A number, or a text. */
static char *
text_of (const LimnJson *value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (limn_json_kind (value) == LIMN_JSON_NUMBER)
    return g_strdup (g_ascii_dtostr (number, sizeof number, limn_json_number (value, 0)));
  return g_strdup (limn_json_string (value, ""));
}

static gboolean
read_control (const List *list, LimnJob *job, const LimnJson *json, GError **error)
{
  LimnJobControl *control;
  g_autoptr (GError) wrong = NULL;

  g_array_set_size (job->controls, job->controls->len + 1);
  control = &g_array_index (job->controls, LimnJobControl, job->controls->len - 1);
  limn_control_init (&control->control);
  for (guint i = 0; i < limn_json_length (json); i++) {
    const char *key = limn_json_key (json, i);
    g_autofree char *text = text_of (limn_json_nth (json, i));

    if (key == NULL || g_str_equal (key, "model") || g_str_equal (key, "image"))
      continue;
    if (!limn_control_set (&control->control, key, text, &wrong))
      return bad_line (list, job->line, error, "%s", wrong->message);
  }
  if (limn_json_member_string (json, "model") == NULL)
    return bad_line (list, job->line, error, _ ("a ControlNet's \"%s\" is missing"), "model");
  if (limn_json_member_string (json, "image") == NULL)
    return bad_line (list, job->line, error, _ ("a ControlNet's \"%s\" is missing"), "image");
  return read_model (list, job, limn_json_member (json, "model"), "model", &control->model, error)
         && read_file (list, job, json, "image", &control->image, error);
}

static gboolean
read_controls (const List *list, LimnJob *job, const LimnJson *json, GError **error)
{
  const LimnJson *controls = limn_json_member (json, "controls");

  if (controls == NULL)
    return TRUE;
  if (limn_json_kind (controls) != LIMN_JSON_ARRAY)
    return bad_line (list, job->line, error, _ ("\"%s\" is not a list"), "controls");
  job->controls = g_array_new (FALSE, TRUE, sizeof (LimnJobControl));
  g_array_set_clear_func (job->controls, control_clear);
  for (guint i = 0; i < limn_json_length (controls); i++)
    if (!read_control (list, job, limn_json_nth (controls, i), error))
      return FALSE;
  return TRUE;
}

/* ---- Lines ---- */

static gboolean
check_keys (const List *list, const LimnJob *job, const LimnJson *json, GError **error)
{
  static const char *const own[] = { "output", "image", "mask", "prompts", NULL };

  for (guint i = 0; i < limn_json_length (json); i++) {
    const char *key = limn_json_key (json, i);

    if (!g_strv_contains (own, key) && !limn_request_is_key (key))
      return bad_line (list, job->line, error, _ ("\"%s\" is no setting that this version knows"), key);
  }
  if (limn_json_member_string (json, "prompt") == NULL)
    return bad_line (list, job->line, error, _ ("\"prompt\" is missing"));
  if (limn_json_member (json, "start") != NULL)
    return bad_line (list, job->line, error, _ ("it goes on from another run's step, which a list cannot bring"));
  if (limn_json_bool (limn_json_member (json, "from_image"), FALSE) && job->image == NULL)
    return bad_line (list, job->line, error, _ ("it began with a picture: name it as \"image\""));
  if (limn_json_bool (limn_json_member (json, "masked"), FALSE) && job->mask == NULL)
    return bad_line (list, job->line, error, _ ("it had a mask: name it as \"mask\""));
  if (job->mask != NULL && job->image == NULL)
    return bad_line (list, job->line, error, _ ("\"mask\" needs the \"image\" whose pixels it keeps"));
  return TRUE;
}

/* picture: NULL, or that of the folder which json names. */
static gboolean
read_job (const List *list, LimnJob *job, const LimnJson *json, const char *picture, GError **error)
{
  job->image = g_strdup (picture);
  if ((picture == NULL && !read_file (list, job, json, "image", &job->image, error))
      || !read_file (list, job, json, "mask", &job->mask, error) || !check_keys (list, job, json, error)
      || !read_output (list, job, json, picture, error)
      || !read_model (list, job, limn_json_member (json, "model"), "model", &job->model, error)
      || !read_model (list, job, limn_json_member (json, "refiner"), "refiner", &job->refiner, error)
      || !read_model (list, job, limn_json_member (json, "upscaler"), "upscaler", &job->upscaler, error)
      || !read_controls (list, job, json, error))
    return FALSE;
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    const LimnJson *value = limn_json_member (limn_json_member (json, "parts"), limn_part_name (part));

    if (!read_model (list, job, value, limn_part_name (part), &job->parts[part], error))
      return FALSE;
  }
  return TRUE;
}

static guint64
number_of (const char *id)
{
  return g_ascii_strtoull (id, NULL, 16);
}

/* Adds a job of the line to jobs where it is the shard's and not there yet.  picture: as read_job () has it, by whose
 * name it is another job. */
static gboolean
take_job (List *list, guint line, const char *text, const LimnJson *json, const char *picture, guint shard,
          guint shards, GPtrArray *jobs, GError **error)
{
  g_autofree char *name = picture != NULL ? g_path_get_basename (picture) : NULL;
  g_autofree char *all = g_strconcat (text, picture != NULL ? "\n" : NULL, name, NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, all, -1);
  LimnJob *job;

  hash[ID_DIGITS] = '\0';
  if (g_hash_table_contains (list->ids, hash))
    return TRUE;
  job = g_new0 (LimnJob, 1);
  *job = (LimnJob){ .line = line, .id = g_steal_pointer (&hash), .json = g_strdup (text) };
  g_hash_table_insert (list->ids, g_strdup (job->id), GUINT_TO_POINTER (line));
  gboolean good = read_job (list, job, json, picture, error);
  if (good && number_of (job->id) % shards == shard)
    g_ptr_array_add (jobs, job);
  else
    job_free (job);
  return good;
}

/* One whose image is a folder is a job for each picture in it. */
static gboolean
take_pictures (List *list, guint line, const char *text, const LimnJson *json, guint shard, guint shards,
               GPtrArray *jobs, GError **error)
{
  const char *image = limn_json_member_string (json, "image");
  g_autofree char *folder = image != NULL ? g_canonicalize_filename (image, list->folder) : NULL;
  if (folder == NULL || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return take_job (list, line, text, json, NULL, shard, shards, jobs, error);
  g_autoptr (GError) trouble = NULL;
  g_autoptr (GPtrArray) pictures = limn_photo_list (folder, &trouble);
  gboolean good = pictures != NULL || bad_line (list, line, error, "%s", trouble->message);
  for (guint i = 0; good && i < pictures->len; i++)
    good = take_job (list, line, text, json, pictures->pdata[i], shard, shards, jobs, error);
  return good;
}

/* The line's settings with each prompt of a file of them, a line each. */
static gboolean
take_prompts (List *list, guint line, const char *text, const LimnJson *json, guint shard, guint shards,
              GPtrArray *jobs, GError **error)
{
  g_autofree char *path =
      g_canonicalize_filename (limn_json_string (limn_json_member (json, "prompts"), ""), list->folder);
  g_autoptr (GError) trouble = NULL;
  g_auto (GStrv) prompts = limn_prompt_lines_load (path, &trouble);
  gboolean good = TRUE;

  if (prompts == NULL)
    return bad_line (list, line, error, "%s", trouble->message);
  if (limn_json_member (json, "prompt") != NULL)
    return bad_line (list, line, error, _ ("\"prompt\" and \"prompts\" are one too many"));
  for (guint i = 0; good && prompts[i] != NULL; i++) {
    g_autoptr (GString) one = g_string_new ("{\"prompt\": ");

    limn_json_append_string (one, prompts[i]);
    g_string_append_printf (one, ", %s", strchr (text, '{') + 1);
    g_autoptr (LimnJson) full = limn_json_parse (list->path, one->str, -1, error);
    good = full != NULL && take_pictures (list, line, one->str, full, shard, shards, jobs, error);
  }
  return good;
}

/* text: ended by 0. */
static gboolean
take_line (List *list, guint line, char *text, guint shard, guint shards, GPtrArray *jobs, GError **error)
{
  g_autofree char *name = g_strdup_printf (_ ("%s: line %u"), list->path, line);

  if (*g_strstrip (text) == '\0')
    return TRUE;
  g_autoptr (LimnJson) json = limn_json_parse (name, text, -1, error);
  if (json == NULL)
    return FALSE;
  if (limn_json_kind (json) != LIMN_JSON_OBJECT)
    return bad_line (list, line, error, _ ("expected an object"));
  if (limn_json_member (json, "prompts") != NULL)
    return take_prompts (list, line, text, json, shard, shards, jobs, error);
  return take_pictures (list, line, text, json, shard, shards, jobs, error);
}

GPtrArray *
limn_jobs_load (const char *path, char *const *model_folders, guint shard, guint shards, guint *n_all, GError **error)
{
  gsize size;
  g_autofree char *text = limn_read_file (path, MOST_BYTES, _ ("a folder, expected a list of jobs"),
                                          _ ("too large for a list"), &size, error);
  g_autofree char *full = g_canonicalize_filename (path, NULL), *folder = g_path_get_dirname (full);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  List list = { path, folder, model_folders, ids, outputs };
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) job_free);
  guint line = 0;

  if (text == NULL)
    return NULL;
  for (char *at = text, *next; at != NULL; at = next) {
    char *end = memchr (at, '\n', (gsize) (text + size - at));

    next = end != NULL ? end + 1 : NULL;
    if (end != NULL)
      *end = '\0';
    line++;
    if (strlen (at) != (gsize) ((end != NULL ? end : text + size) - at)) {
      bad_line (&list, line, error, _ ("a byte of 0, expected text"));
      return NULL;
    }
    if (!take_line (&list, line, at, shard, shards, jobs, error))
      return NULL;
  }
  *n_all = g_hash_table_size (ids);
  return g_steal_pointer (&jobs);
}

/* ---- Jobs ---- */

gboolean
limn_job_is_done (const LimnJob *job, const char *path)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  image = limn_image_load_png (path, &text, NULL);
  return image != NULL && g_strcmp0 (g_hash_table_lookup (text, LIMN_JOB_KEY), job->id) == 0;
}

/* What "like" brings along, where the line says nothing else. */
static void
take_like (const LimnJson *json, LimnFields *fields)
{
  const LimnChoice *choice = limn_choice_find (limn_like_choice, limn_json_member_string (json, "like"));

  if (choice == NULL || limn_json_member (json, "like") == NULL)
    return;
  fields->like = choice->name;
  limn_like_choose (fields);
}

gboolean
limn_job_request (const LimnJob *job, LimnModel *model, const LimnPhoto *photo, GStringChunk *strings, char **words,
                  LimnRequest *request, GError **error)
{
  g_autoptr (LimnJson) json = limn_json_parse (job->output, job->json, -1, error);

  if (json == NULL)
    return FALSE;
  limn_request_init (request, model);
  if (photo != NULL)
    limn_size_fit (photo->width, photo->height, &request->width, &request->height);
  request->seed = number_of (job->id) >> 11; /* a double holds it */
  take_like (json, &request->fields);
  if (!limn_request_from_json (request, job->json, strings, error) || !limn_cli_choose_words (request, words, error))
    return FALSE;
  request->image = photo != NULL ? photo->image : NULL;
  return TRUE;
}
