/* options.c - see options.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/options.h"

#include "base/i18n.h"
#include "serve/reply.h"

#define MOST_CLIP_STOP 12
#define MOST_NOISE_DELTA 65535

void
limn_serve_options_init (LimnServeOptions *options)
{
  *options = (LimnServeOptions){
    .model = g_strdup (""), .like = limn_like_choice (0)->name, .noise = -1, .clip_stop = 1, .quality = 80
  };
}

void
limn_serve_options_copy (LimnServeOptions *to, const LimnServeOptions *from)
{
  *to = *from;
  to->model = g_strdup (from->model);
}

void
limn_serve_options_copy_into (LimnServeOptions *to, const LimnServeOptions *from)
{
  LimnServeOptions copy;

  limn_serve_options_copy (&copy, from);
  limn_serve_options_clear (to);
  *to = copy;
}

void
limn_serve_options_clear (LimnServeOptions *options)
{
  g_clear_pointer (&options->model, g_free);
}

/* ---- Rows ---- */

typedef struct _Row Row;
struct _Row {
  const char *name;
  void (*add) (const LimnServeOptions *options, const GPtrArray *served, const Row *row, GString *json);
  gboolean (*take) (LimnServeOptions *options, const LimnJson *value, const GPtrArray *served, const Row *row,
                    GPtrArray *told, GError **error);
  const char *text; /* what it always is */
};

#define ADD(what)                                                                                                      \
  static void add_##what (const LimnServeOptions *options, const GPtrArray *served, const Row *row, GString *json)
#define TAKE(what)                                                                                                     \
  static gboolean take_##what (LimnServeOptions *options, const LimnJson *value, const GPtrArray *served,              \
                               const Row *row, GPtrArray *told, GError **error)

ADD (model)
{
  const LimnServed *file = limn_served_find_path (served, options->model);

  limn_json_add_string (json, row->name, file != NULL ? file->title : "");
}

TAKE (model)
{
  const char *name = limn_json_string (value, "");
  const LimnServed *file = name[0] != '\0' ? limn_served_find (served, LIMN_FILE_MODEL, name) : NULL;

  if (name[0] == '\0')
    return TRUE;
  if (file == NULL) {
    g_set_error (error, LIMN_HTTP_ERROR, 404, _ ("Model not found: “%s” is not in the folders that Limn knows"), name);
    return FALSE;
  }
  g_free (options->model);
  options->model = limn_served_path (file);
  return TRUE;
}

static gboolean
take_whole (const LimnJson *value, int least, int most, int *number, GError **error)
{
  gint64 found;

  if (limn_json_int64 (value, &found) && found >= least && found <= most) {
    *number = (int) found;
    return TRUE;
  }
  g_set_error (error, LIMN_HTTP_ERROR, 422, _ ("Expected a whole number from %d to %d"), least, most);
  return FALSE;
}

ADD (clip_stop)
{
  limn_json_add_int (json, row->name, options->clip_stop);
}

TAKE (clip_stop)
{
  return take_whole (value, 1, MOST_CLIP_STOP, &options->clip_stop, error);
}

ADD (noise_delta)
{
  limn_json_add_int (json, row->name, options->noise_delta);
}

TAKE (noise_delta)
{
  return take_whole (value, 0, MOST_NOISE_DELTA, &options->noise_delta, error);
}

ADD (noise)
{
  LimnFields fields = { .like = options->like };

  limn_like_choose (&fields);
  if (options->noise >= 0)
    fields.noise_source = (LimnNoise) options->noise;
  limn_json_add_string (json, row->name, fields.noise_source == LIMN_NOISE_CPU ? "CPU" : "NV");
}

TAKE (noise)
{
  const char *name = limn_json_string (value, "");

  if (!g_str_equal (name, "CPU") && !g_str_equal (name, "GPU") && !g_str_equal (name, "NV")) {
    g_set_error_literal (error, LIMN_HTTP_ERROR, 422, _ ("Expected CPU, GPU or NV"));
    return FALSE;
  }
  options->noise = g_str_equal (name, "CPU") ? LIMN_NOISE_CPU : LIMN_NOISE_PHILOX;
  return TRUE;
}

ADD (like)
{
  limn_json_add_string (json, row->name, options->like);
}

TAKE (like)
{
  const LimnChoice *choice = limn_choice_find (limn_like_choice, limn_json_string (value, ""));
  g_autofree char *known = limn_choice_list (limn_like_choice);

  if (choice == NULL) {
    g_set_error (error, LIMN_HTTP_ERROR, 422, _ ("Expected one of %s"), known);
    return FALSE;
  }
  options->like = choice->name;
  return TRUE;
}

ADD (text)
{
  limn_json_add_string (json, row->name, row->text);
}

TAKE (text)
{
  const char *name = limn_json_string (value, "");

  if (name[0] != '\0' && g_ascii_strcasecmp (name, row->text) != 0 && g_ascii_strcasecmp (name, "None") != 0)
    limn_reply_tell (told, _ ("%s is always “%s”"), row->name, row->text);
  return TRUE;
}

/* "jpg": the ending without its point. */
ADD (kind)
{
  limn_json_add_string (json, row->name, limn_image_kind (options->kind)->endings[0] + 1);
}

TAKE (kind)
{
  g_autofree char *name = g_strconcat ("picture.", limn_json_string (value, ""), NULL);
  const LimnImageKind *kind = limn_image_kind_of (name, error);

  if (kind == NULL) {
    g_prefix_error (error, "%s: ", row->name);
    (*error)->domain = LIMN_HTTP_ERROR;
    (*error)->code = 422;
    return FALSE;
  }
  for (options->kind = 0; limn_image_kind (options->kind) != kind;)
    options->kind++;
  return TRUE;
}

ADD (quality)
{
  limn_json_add_int (json, row->name, options->quality);
}

TAKE (quality)
{
  return take_whole (value, 1, 100, &options->quality, error);
}

static const Row rows[] = {
  { "sd_model_checkpoint", add_model, take_model },
  { "sd_vae", add_text, take_text, "Automatic" },
  { "CLIP_stop_at_last_layers", add_clip_stop, take_clip_stop },
  { "randn_source", add_noise, take_noise },
  { "eta_noise_seed_delta", add_noise_delta, take_noise_delta },
  { "samples_format", add_kind, take_kind },
  { "jpeg_quality", add_quality, take_quality },
  /* Limn's own */
  { "limn_like", add_like, take_like },
};

/* ---- All ---- */

GString *
limn_serve_options_to_json (const LimnServeOptions *options, const GPtrArray *served)
{
  GString *json = g_string_new ("{");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    rows[i].add (options, served, &rows[i], json);
  g_string_append_c (json, '}');
  return json;
}

static const Row *
find_row (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, name))
      return &rows[i];
  return NULL;
}

static gboolean
says_nothing (const LimnJson *value)
{
  LimnJsonKind kind = limn_json_kind (value);

  return kind == LIMN_JSON_NULL
         || ((kind == LIMN_JSON_ARRAY || kind == LIMN_JSON_OBJECT) && limn_json_length (value) == 0);
}

gboolean
limn_serve_options_take (LimnServeOptions *options, const LimnJson *object, const GPtrArray *served, GPtrArray *told,
                         const char **where, GError **error)
{
  LimnServeOptions taken;

  if (object != NULL && limn_json_kind (object) != LIMN_JSON_OBJECT && limn_json_kind (object) != LIMN_JSON_NULL) {
    g_set_error_literal (error, LIMN_HTTP_ERROR, 422, _ ("Expected an object"));
    return FALSE;
  }
  limn_serve_options_copy (&taken, options);
  for (guint i = 0; i < limn_json_length (object); i++) {
    const char *name = limn_json_key (object, i);
    const LimnJson *value = limn_json_nth (object, i);
    const Row *row = find_row (name);

    *where = name;
    if (says_nothing (value))
      continue;
    if (row == NULL)
      limn_reply_tell (told, _ ("Limn has no option %s"), name);
    else if (!row->take (&taken, value, served, row, told, error)) {
      limn_serve_options_clear (&taken);
      return FALSE;
    }
  }
  limn_serve_options_clear (options);
  *options = taken;
  return TRUE;
}

void
limn_serve_options_apply (const LimnServeOptions *options, int unread, LimnSettings *settings)
{
  limn_settings_choose_like (settings, options->like);
  if (options->noise >= 0)
    g_object_set (settings, "noise-source", options->noise, NULL);
  g_object_set (settings, "noise-delta", options->noise_delta, "clip-skip", MAX (0, options->clip_stop - 1 - unread),
                NULL);
}
