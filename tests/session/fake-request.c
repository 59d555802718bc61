/* fake-request.c - limn.h without a device: requests as text, prompts in pieces, what a run would take.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fake-private.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

/* ---- Requests ---- */

void
limn_request_init (LimnRequest *request, LimnModel *model)
{
  *request = (LimnRequest){ .model = model,
                            .prompt = "",
                            .width = 128,
                            .height = 128,
                            .steps = 30,
                            .guidance = 5,
                            .sampler = "euler",
                            .schedule = "model",
                            .handoff = 0.8,
                            .aesthetic = 6,
                            .negative_aesthetic = 2.5,
                            .strength = 0.6 };
}

gboolean
limn_request_check (const LimnRequest *request, GError **error)
{
  for (guint i = 0; i < request->controls.n; i++)
    if (request->controls.rows[i].image == NULL) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, "ControlNet %u has no picture to follow", i);
      return FALSE;
    }
  if (request->width % 8 == 0 && request->height % 8 == 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, "size %dx%d: expected multiples of 8", request->width,
               request->height);
  return FALSE;
}

void
limn_request_handoffs (const LimnRequest *request, double *shares)
{
  for (int i = 0; i < request->steps; i++)
    shares[i] = (i + 0.5) / request->steps;
}

void
fake_span (const LimnRequest *request, int *begin, int *split)
{
  const LimnStart *start = &request->start;
  g_autofree double *shares = g_new (double, request->steps);

  *begin = 0;
  if (start->latents != NULL)
    *begin = start->steps == request->steps && g_strcmp0 (start->schedule, request->schedule) == 0
                 ? start->step
                 : (int) (0.5 + (double) start->step * request->steps / start->steps);
  else if (request->image != NULL)
    *begin = request->steps - (int) (request->steps * request->strength);
  *split = request->steps;
  if (request->refiner == NULL)
    return;
  limn_request_handoffs (request, shares);
  for (*split = 0; *split < request->steps && shares[*split] <= request->handoff;)
    (*split)++;
  *split = MAX (*split, *begin);
}

static void
add_start (GString *json, const LimnStart *start)
{
  if (start->latents == NULL)
    return;
  g_string_append_printf (json, ",\"start\":{\"step\":%d,\"steps\":%d,\"from\":%s}", start->step, start->steps,
                          start->from != NULL ? start->from : "null");
}

static void
add_controls (GString *json, const LimnControlList *controls)
{
  g_string_append (json, ",\"controls\":[");
  for (guint i = 0; i < controls->n; i++) {
    const LimnControl *control = &controls->rows[i];

    limn_json_add (json, NULL, "{");
    limn_json_add_string (json, "model", limn_model_info (control->model)->path);
    limn_json_add_string (json, "picture", control->name);
    limn_json_add_string (json, "kept", control->kept);
    for (guint k = 0; limn_control_key (k) != NULL; k++) {
      g_autofree char *text = limn_control_get (control, limn_control_key (k));

      if (text != NULL)
        limn_json_add_string (json, limn_control_key (k), text);
    }
    g_string_append_c (json, '}');
  }
  g_string_append_c (json, ']');
}

char *
limn_request_to_json (const LimnRequest *request)
{
  GString *json = g_string_new ("{\"limn\":\"fake\",\"prompt\":");
  char number[G_ASCII_DTOSTR_BUF_SIZE]; /* as JSON has it, whatever the locale */

  limn_json_append_string (json, request->prompt);
  g_string_append (json, ",\"negative\":");
  limn_json_append_string (json, request->negative != NULL ? request->negative : "");
  g_string_append_printf (
      json,
      ",\"seed\":%" G_GUINT64_FORMAT
      ",\"steps\":%d,\"width\":%d,\"height\":%d,\"guidance\":%s,\"sampler\":\"%s\",\"schedule\":\"%s\","
      "\"crop\":[%d,%d],\"negative_crop\":[%d,%d],\"image\":%s,\"mask\":%s,\"refiner\":%s",
      request->seed, request->steps, request->width, request->height,
      g_ascii_formatd (number, sizeof number, "%g", request->guidance), request->sampler, request->schedule,
      request->hints.crop_left, request->hints.crop_top, request->negative_hints.crop_left,
      request->negative_hints.crop_top, request->image != NULL ? "true" : "false",
      request->mask != NULL ? "true" : "false", request->refiner != NULL ? "true" : "false");
  if (request->refiner != NULL)
    g_string_append_printf (json, ",\"handoff\":%s", g_ascii_formatd (number, sizeof number, "%g", request->handoff));
  if (limn_hires_is_on (&request->fields))
    g_string_append_printf (json, ",\"hires\":%s", g_ascii_formatd (number, sizeof number, "%g", request->hires));
  if (request->upscaler != NULL) {
    g_string_append (json, ",\"upscaler\":");
    limn_json_append_string (json, limn_model_info (request->upscaler)->path);
  }
  if (request->controls.n > 0)
    add_controls (json, &request->controls);
  add_start (json, &request->start);
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

char *
limn_request_to_parameters (const LimnRequest *request)
{
  char guidance[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup_printf ("%s\nSteps: %d, Sampler: Euler, CFG scale: %s, Seed: %" G_GUINT64_FORMAT ", Size: %dx%d",
                          request->prompt, request->steps,
                          g_ascii_formatd (guidance, sizeof guidance, "%g", request->guidance), request->seed,
                          request->width, request->height);
}

gboolean
limn_request_from_json (LimnRequest *request, const char *text, GStringChunk *strings, GError **error)
{
  g_autoptr (LimnJson) json = limn_json_parse ("Settings", text, -1, error);

  if (json == NULL)
    return FALSE;
  request->prompt = g_string_chunk_insert (strings, limn_json_string (limn_json_member (json, "prompt"), ""));
  request->negative = g_string_chunk_insert (strings, limn_json_string (limn_json_member (json, "negative"), ""));
  limn_json_uint64 (limn_json_member (json, "seed"), &request->seed);
  request->steps = (int) limn_json_number (limn_json_member (json, "steps"), request->steps);
  request->width = (int) limn_json_number (limn_json_member (json, "width"), request->width);
  request->height = (int) limn_json_number (limn_json_member (json, "height"), request->height);
  request->guidance = limn_json_number (limn_json_member (json, "guidance"), request->guidance);
  return TRUE;
}

/* ---- Before painting ---- */

static void
advise (LimnEstimate *estimate, const LimnRequest *request)
{
  const char *advice[] = { "Weights in 8 bits", "A smaller size", NULL };

  estimate->fits = estimate->peak <= estimate->available;
  if (!estimate->fits && g_str_equal (request->fit, "none"))
    estimate->fit = limn_choice_find (limn_fit_choice, "q8_0")->name;
  estimate->advice = g_strdupv ((char **) (estimate->fits ? advice + 2 : advice));
}

LimnEstimate *
limn_engine_estimate (LimnEngine *engine, const LimnRequest *request, GError **error)
{
  FakeEngine fake = fake_engine_get ();
  LimnEstimate *estimate;
  guint64 pixels = (guint64) request->width * request->height;
  int begin, split;

  fake_count (&(FakeCounts){ .estimates = 1, .wrong_thread = engine->thread != g_thread_self () });
  g_usleep (fake.estimate_us);
  if (!limn_request_check (request, error))
    return NULL;
  fake_span (request, &begin, &split);
  estimate = g_new0 (LimnEstimate, 1);
  estimate->seconds[LIMN_STAGE_LOAD] = estimate->seconds[LIMN_STAGE_ENCODE] = fake.load_us / 1e6;
  estimate->seconds[LIMN_STAGE_IMAGE] = request->image != NULL ? fake.decode_us / 1e6 : 0;
  estimate->seconds[LIMN_STAGE_BASE] = MAX (0, split - begin) * fake.step_us / 1e6;
  estimate->seconds[LIMN_STAGE_REFINER] = (request->steps - MAX (split, begin)) * fake.step_us / 1e6;
  estimate->seconds[LIMN_STAGE_SECOND] = limn_hires_is_on (&request->fields) ? 2 * fake.step_us / 1e6 : 0;
  estimate->seconds[LIMN_STAGE_DECODE] = fake.decode_us > 0 ? fake.decode_us / 1e6 : -1;
  estimate->seconds[LIMN_STAGE_ENLARGE] = request->upscaler != NULL ? fake.decode_us / 1e6 : 0;
  estimate->bytes[LIMN_STAGE_ENLARGE] = request->upscaler != NULL ? pixels * 400 : 0;
  estimate->base_steps = MAX (0, split - begin);
  estimate->refiner_steps = request->steps - MAX (split, begin);
  estimate->bytes[LIMN_STAGE_ENCODE] = G_GUINT64_CONSTANT (1600) << 20;
  estimate->bytes[LIMN_STAGE_BASE] =
      (G_GUINT64_CONSTANT (5000) << (g_str_equal (request->fit, "none") ? 20 : 19)) + pixels * 600;
  if (split < request->steps)
    estimate->bytes[LIMN_STAGE_REFINER] = (G_GUINT64_CONSTANT (4600) << 20) + pixels * 600;
  estimate->bytes[LIMN_STAGE_DECODE] = (G_GUINT64_CONSTANT (160) << 20) + pixels * 1600;
  for (int i = 0; i < LIMN_N_STAGES; i++)
    estimate->peak = MAX (estimate->peak, estimate->bytes[i]);
  estimate->available = fake.memory;
  advise (estimate, request);
  return estimate;
}

LimnEstimate *
limn_engine_estimate_several (LimnEngine *engine, const LimnRequest *request, int *together, GError **error)
{
  return limn_engine_estimate (engine, request, error);
}

void
limn_estimate_free (LimnEstimate *estimate)
{
  if (estimate == NULL)
    return;
  g_strfreev (estimate->advice);
  g_free (estimate);
}

char *
limn_engine_save_speeds (LimnEngine *engine, const char *before)
{
  return g_strdup_printf ("{\"fake\":%d}\n", fake_engine_counts ().generates + engine->speeds);
}

void
limn_engine_load_speeds (LimnEngine *engine, const char *speeds)
{
  const char *number = strstr (speeds, "\"fake\":");

  engine->speeds = number != NULL ? (int) g_ascii_strtoll (number + strlen ("\"fake\":"), NULL, 10) : 0;
}

/* ---- Prompts in pieces ---- */

struct _LimnPromptReader {
  gboolean refiner;
};

LimnPromptReader *
limn_prompt_reader_new (const char *path, GError **error)
{
  LimnPromptReader *reader;

  if (fake_fails (fake_engine_get ().open_fail, path, error))
    return NULL;
  reader = g_new0 (LimnPromptReader, 1);
  reader->refiner = strstr (path, "refiner") != NULL;
  return reader;
}

void
limn_prompt_reader_free (LimnPromptReader *reader)
{
  g_free (reader);
}

static void
token_free (gpointer data)
{
  LimnToken *token = data;

  g_free (token->text);
  g_free (token);
}

static void
add_token (GPtrArray *tokens, const char *text, gsize length, gboolean ends, double weight)
{
  LimnToken *token = g_new0 (LimnToken, 1);
  g_autofree char *piece = g_strndup (text, length);
  g_autofree char *lower = g_utf8_strdown (piece, -1);

  token->text = g_strconcat (lower, ends ? " " : "", NULL);
  token->id = (int) (g_str_hash (token->text) % 49406);
  token->chunk = (int) tokens->len / 75;
  token->weight = weight;
  g_ptr_array_add (tokens, token);
}

/* Words of letters, in pieces of six; other signs by themselves; weights only as "(some words:1.2)". */
GPtrArray *
limn_prompt_reader_read (LimnPromptReader *reader, int encoder, const char *prompt, const char *emphasis)
{
  GPtrArray *tokens;
  double weight = 1;

  if (reader->refiner && encoder == 0)
    return NULL;
  tokens = g_ptr_array_new_with_free_func (token_free);
  for (const char *p = prompt; *p != '\0';) {
    const char *end = p;
    int letters = 0;

    while (letters < 6 && g_unichar_isalpha (g_utf8_get_char (end))) {
      end = g_utf8_next_char (end);
      letters++;
    }
    if (letters > 0) {
      add_token (tokens, p, (gsize) (end - p), !g_unichar_isalpha (g_utf8_get_char (end)), weight);
      p = end;
      continue;
    }
    if (*p == '(') {
      const char *colon = strchr (p, ':'), *close = strchr (p, ')');

      weight = colon != NULL && close != NULL && colon < close ? g_ascii_strtod (colon + 1, NULL) : 1.1;
    } else if (*p == ')') {
      weight = 1;
    } else if (*p == ':' && weight != 1) {
      p += strcspn (p, ")");
      continue;
    } else if (!g_unichar_isspace (g_utf8_get_char (p))) {
      add_token (tokens, p, (gsize) (g_utf8_next_char (p) - p), TRUE, weight);
    }
    p = g_utf8_next_char (p);
  }
  return tokens;
}

/* ---- LoRAs: files beside the model, or in the user's data, for any model but those that are for another ---- */

char *
limn_lora_find (const char *name, const char *const *folders, const char *model, GError **error)
{
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), "limn", "loras", NULL);
  g_autofree char *beside = g_path_get_dirname (model != NULL ? model : "/"), *file = NULL;
  const char *const places[] = { own, beside };

  file = g_strconcat (name, ".safetensors", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (places[i], file, NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, "There is no LoRA “%s”", name);
  return NULL;
}

gboolean
limn_lora_add_folder (const char *folder, GError **error)
{
  return TRUE;
}

gboolean
limn_lora_is_file (const char *path)
{
  return strstr (path, "lora") != NULL;
}

LimnLoraInfo *
limn_lora_inspect (const char *path, const LimnModelParts *model, GError **error)
{
  if (strstr (path, "other-family") != NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, "%s is a LoRA for another family", path);
    return NULL;
  }
  LimnLoraInfo *info = g_new0 (LimnLoraInfo, 1);
  info->kinds = g_strdup ("LoRA");
  info->matched = 722;
  info->modules = 722;
  return info;
}

void
limn_lora_info_free (LimnLoraInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->kinds);
  g_strfreev (info->unmatched);
  g_free (info->words);
  g_free (info);
}
