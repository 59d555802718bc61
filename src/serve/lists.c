/* lists.c - what there is to choose from, and what is set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/server-private.h"

#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/model-path.h"
#include "session/foreign/foreign.h"
#include "text/styles.h"

/* json: (transfer full). */
static void
answer (SoupServerMessage *message, GString *json)
{
  limn_server_answer (message, limn_reply_new (json));
}

/* ---- Samplers and schedules ---- */

static GString *
end_list (GString *json)
{
  return g_string_append_c (json, ']');
}

LIMN_ROUTE (samplers)
{
  GString *json = g_string_new ("[");
  const LimnChoice *choice;

  for (guint i = 0; (choice = limn_sampler_choice (i)) != NULL; i++) {
    limn_json_add (json, NULL, "{");
    limn_json_add_string (json, "name", choice->title);
    limn_json_add (json, "aliases", "[");
    limn_json_add_string (json, NULL, choice->name);
    g_string_append_c (json, ']');
    limn_json_add (json, "options", "{}");
    g_string_append_c (json, '}');
  }
  answer (message, end_list (json));
}

static void
add_schedule (GString *json, const char *name, const char *label)
{
  limn_json_add (json, NULL, "{");
  limn_json_add_string (json, "name", name);
  limn_json_add_string (json, "label", label);
  limn_json_add (json, "aliases", "null");
  limn_json_add (json, "default_rho", "-1.0");
  limn_json_add (json, "need_inner_model", "false");
  g_string_append_c (json, '}');
}

LIMN_ROUTE (schedulers)
{
  GString *json = g_string_new ("[");
  const LimnChoice *choice;

  add_schedule (json, "automatic", "Automatic");
  for (guint i = 0; (choice = limn_schedule_choice (i)) != NULL; i++)
    add_schedule (json, choice->name, choice->title);
  answer (message, end_list (json));
}

/* ---- Files ---- */

static void
add_hash (GString *json, const char *key, const char *hash, gsize length)
{
  g_autofree char *cut = hash != NULL ? g_strndup (hash, length) : NULL;

  if (cut != NULL)
    limn_json_add_string (json, key, cut);
  else
    limn_json_add (json, key, "null");
}

static void
add_model (GString *json, const LimnServed *file)
{
  g_autofree char *stem = limn_model_name_from_path (file->title);

  limn_json_add_string (json, "title", file->title);
  limn_json_add_string (json, "model_name", stem);
  add_hash (json, "hash", file->facts->sha256, 10);
  add_hash (json, "sha256", file->facts->sha256, 64);
  limn_json_add_string (json, "filename", file->facts->path);
  limn_json_add (json, "config", "null");
}

static void
add_vae (GString *json, const LimnServed *file)
{
  limn_json_add_string (json, "model_name", file->title);
  limn_json_add_string (json, "filename", file->facts->path);
}

static void
add_lora (GString *json, const LimnServed *file)
{
  limn_json_add_string (json, "name", file->facts->name);
  limn_json_add_string (json, "alias", file->facts->title != NULL ? file->facts->title : file->facts->name);
  limn_json_add_string (json, "path", file->facts->path);
  limn_json_add (json, "metadata", "{");
  if (file->facts->base != NULL)
    limn_json_add_string (json, "ss_sd_model_name", file->facts->base);
  g_string_append_c (json, '}');
}

static GString *
list_files (LimnServer *self, LimnFileKind kind, void (*add) (GString *json, const LimnServed *file))
{
  g_autoptr (GPtrArray) served = limn_served_list (self->models, self->own);
  GString *json = g_string_new ("[");

  for (guint i = 0; i < served->len; i++) {
    const LimnServed *file = served->pdata[i];

    if (file->facts->kind != kind || (kind == LIMN_FILE_PART && file->facts->part != LIMN_PART_VAE))
      continue;
    limn_json_add (json, NULL, "{");
    add (json, file);
    g_string_append_c (json, '}');
  }
  return end_list (json);
}

LIMN_ROUTE (models)
{
  answer (message, list_files (self, LIMN_FILE_MODEL, add_model));
}

LIMN_ROUTE (vaes)
{
  answer (message, list_files (self, LIMN_FILE_PART, add_vae));
}

LIMN_ROUTE (loras)
{
  answer (message, list_files (self, LIMN_FILE_LORA, add_lora));
}

LIMN_ROUTE (embeddings)
{
  g_autoptr (GPtrArray) served = limn_served_list (self->models, self->own);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  GString *json = g_string_new ("{");

  limn_json_add (json, "loaded", "{");
  for (guint i = 0; i < served->len; i++) {
    const LimnServed *file = served->pdata[i];

    if (file->facts->kind == LIMN_FILE_EMBEDDING && g_hash_table_add (names, file->facts->name))
      limn_json_add (json, file->facts->name,
                     "{\"step\": null, \"sd_checkpoint\": null, \"sd_checkpoint_name\": null}");
  }
  g_string_append_c (json, '}');
  limn_json_add (json, "skipped", "{}");
  answer (message, g_string_append_c (json, '}'));
}

static void
add_upscaler_row (GString *json, const char *name, const char *path)
{
  limn_json_add_string (json, "name", name);
  limn_json_add (json, "model_name", "null");
  if (path != NULL)
    limn_json_add_string (json, "model_path", path);
  else
    limn_json_add (json, "model_path", "null");
  limn_json_add (json, "model_url", "null");
  limn_json_add (json, "scale", "4");
}

static void
add_upscaler (GString *json, const LimnServed *file)
{
  g_autofree char *stem = limn_model_name_from_path (file->title);

  add_upscaler_row (json, stem, file->facts->path);
}

/* What needs no file comes first, as there. */
LIMN_ROUTE (upscalers)
{
  static const char *const plain[] = { "None", "Lanczos" };
  g_autoptr (GString) files = list_files (self, LIMN_FILE_UPSCALER, add_upscaler);
  GString *json = g_string_new ("[");

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++) {
    limn_json_add (json, NULL, "{");
    add_upscaler_row (json, plain[i], NULL);
    g_string_append_c (json, '}');
  }
  if (files->len > 2)
    g_string_append_printf (json, ", %.*s", (int) files->len - 2, files->str + 1);
  answer (message, end_list (json));
}

LIMN_ROUTE (latent_modes)
{
  GString *json = g_string_new ("[");
  const LimnChoice *choice;

  for (guint i = 0; (choice = limn_hires_choice (i)) != NULL; i++)
    if (limn_hires_takes_latents (choice->name)) {
      limn_json_add (json, NULL, "{");
      limn_json_add_string (json, "name", choice->title);
      g_string_append_c (json, '}');
    }
  answer (message, end_list (json));
}

LIMN_ROUTE (styles)
{
  g_autofree char *path = limn_styles_path ();
  g_autoptr (GPtrArray) styles = limn_styles_load (path, NULL);
  GString *json = g_string_new ("[");

  for (guint i = 0; styles != NULL && i < styles->len; i++) {
    const LimnStyle *style = styles->pdata[i];

    limn_json_add (json, NULL, "{");
    limn_json_add_string (json, "name", style->name);
    limn_json_add_string (json, "prompt", style->prompt);
    limn_json_add_string (json, "negative_prompt", style->negative);
    g_string_append_c (json, '}');
  }
  answer (message, end_list (json));
}

LIMN_ROUTE (refresh)
{
  limn_models_load (self->models);
  answer (message, g_string_new ("null"));
}

/* ---- The server itself ---- */

LIMN_ROUTE (flags)
{
  GString *json = g_string_new ("{");

  limn_json_add_bool (json, "api", TRUE);
  limn_json_add_bool (json, "listen", FALSE);
  limn_json_add_bool (json, "api_auth", self->token != NULL && self->token[0] != '\0');
  answer (message, g_string_append_c (json, '}'));
}

LIMN_ROUTE (memory)
{
  gint64 page = sysconf (_SC_PAGESIZE), all = page * sysconf (_SC_PHYS_PAGES), free = page * sysconf (_SC_AVPHYS_PAGES);
  GString *json = g_string_new ("{");

  limn_json_add (json, "ram", "{");
  limn_json_add_int (json, "free", free);
  limn_json_add_int (json, "used", all - free);
  limn_json_add_int (json, "total", all);
  g_string_append_c (json, '}');
  limn_json_add (json, "cuda", "{\"error\": \"unavailable\"}");
  answer (message, g_string_append_c (json, '}'));
}

LIMN_ROUTE (scripts)
{
  answer (message, g_string_new ("{\"txt2img\": [], \"img2img\": []}"));
}

LIMN_ROUTE (nothing)
{
  answer (message, g_string_new ("[]"));
}

/* ---- Options ---- */

LIMN_ROUTE (get_options)
{
  g_autoptr (GPtrArray) served = limn_served_list (self->models, self->own);

  answer (message, limn_serve_options_to_json (&self->options, served));
}

LIMN_ROUTE (set_options)
{
  g_autoptr (GPtrArray) served = limn_served_list (self->models, self->own);
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) body = limn_server_body (message);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnJson) json = limn_serve_parse (body, &error);
  const char *where = NULL;
  GString *text;

  if (json == NULL || !limn_serve_options_take (&self->options, json, served, told, &where, &error)) {
    limn_server_answer (message, limn_reply_new_fault (error, where));
    return;
  }
  if (told->len == 0) {
    answer (message, g_string_new ("null"));
    return;
  }
  text = g_string_new ("{");
  limn_reply_add_strings (text, "warnings", told);
  answer (message, g_string_append_c (text, '}'));
}

/* ---- What a picture says ---- */

static void
add_text_cb (gpointer key, gpointer value, gpointer data)
{
  if (g_utf8_validate (key, -1, NULL) && !g_str_equal (key, "parameters"))
    limn_json_add_string (data, key, value);
}

/* The web UI's names of what is known, as its own text has them. */
static void
add_parameters (GString *json, GHashTable *text)
{
  g_autoptr (LimnForeign) foreign = limn_foreign_read (text, NULL, NULL);
  const LimnSettingsValues *values = foreign != NULL ? limn_settings_values (foreign->settings) : NULL;
  g_autofree char *seed = NULL;

  limn_json_add (json, "parameters", "{");
  if (values != NULL) {
    seed = g_strdup_printf ("%" G_GUINT64_FORMAT, values->seed);
    limn_json_add_string (json, "Prompt", values->prompt);
    limn_json_add_string (json, "Negative prompt", values->negative);
    limn_json_add_int (json, "Steps", values->steps);
    limn_json_add_string (json, "Sampler", limn_choice_find (limn_sampler_choice, values->sampler)->title);
    limn_json_add_double (json, "CFG scale", values->guidance);
    limn_json_add_string (json, "Seed", seed);
    limn_json_add_int (json, "Size-1", values->width);
    limn_json_add_int (json, "Size-2", values->height);
  }
  g_string_append_c (json, '}');
}

static GString *
describe_picture (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GHashTable) text = limn_foreign_read_chunks (data, size);
  const char *parameters = g_hash_table_lookup (text, "parameters");
  GString *json = g_string_new ("{");

  limn_json_add_string (json, "info", parameters);
  limn_json_add (json, "items", "{");
  if (parameters != NULL)
    limn_json_add_string (json, "parameters", parameters);
  g_hash_table_foreach (text, add_text_cb, json);
  g_string_append_c (json, '}');
  add_parameters (json, text);
  return g_string_append_c (json, '}');
}

static LimnReply *
png_info_work (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnJson) json = limn_serve_parse ((GBytes *) data, &error);
  const char *image = limn_json_member_string (json, "image");
  g_autoptr (GBytes) bytes = image != NULL ? limn_serve_decode (image, &error) : NULL;

  if (error == NULL && image == NULL)
    g_set_error_literal (&error, LIMN_HTTP_ERROR, 422, _ ("Expected a picture in base64"));
  if (bytes != NULL)
    limn_photo_free (limn_serve_photo ("image", bytes, &error));
  if (error != NULL)
    return limn_reply_new_fault (error, json != NULL ? "image" : NULL);
  return limn_reply_new (describe_picture (bytes));
}

LIMN_ROUTE (png_info)
{
  limn_server_work (message, png_info_work, limn_server_body (message), (GDestroyNotify) g_bytes_unref);
}
