/* request-json.c - a request as Limn's own JSON; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/i18n.h"
#include "base/json.h"
#include "engine/model.h"
#include "engine/request-controls.h"
#include "engine/request.h"

#include <math.h>
#include <string.h>

/* Numbers beyond this lose digits in programs that read them as doubles. */
#define SAFE_INTEGER ((G_GUINT64_CONSTANT (1) << 53) - 1)
#define MOST_WHOLE 65535

static void
add_seed (GString *out, const char *key, guint64 seed)
{
  char text[32];

  g_snprintf (text, sizeof text, seed > SAFE_INTEGER ? "\"%" G_GUINT64_FORMAT "\"" : "%" G_GUINT64_FORMAT, seed);
  limn_json_add (out, key, text);
}

static void
add_hints (GString *out, const char *key, const LimnSizeHints *hints)
{
  limn_json_add (out, key, "{");
  g_string_append_printf (out, "\"original\": [%d, %d], \"crop\": [%d, %d], \"target\": [%d, %d]}",
                          hints->original_width, hints->original_height, hints->crop_left, hints->crop_top,
                          hints->target_width, hints->target_height);
}

/* from: the JSON of an earlier request, whose own start may hold another; what cannot be read back is left out. */
static void
add_from (GString *out, const char *from)
{
  g_autofree char *nested = g_strdup_printf ("{\"start\": {\"from\": %s}}", from);
  g_autoptr (LimnJson) alone = limn_json_parse ("Settings", from, -1, NULL);
  g_autoptr (LimnJson) whole = limn_json_parse ("Settings", nested, -1, NULL);

  if (limn_json_kind (alone) != LIMN_JSON_OBJECT || whole == NULL)
    return;
  limn_json_add (out, "from", from);
}

static void
add_start (GString *out, const LimnStart *start)
{
  limn_json_add (out, "start", "{");
  limn_json_add_double (out, "step", start->step);
  limn_json_add_double (out, "steps", start->steps);
  limn_json_add_string (out, "schedule", start->schedule != NULL ? start->schedule : limn_schedule_choice (0)->name);
  if (start->prediction != NULL)
    limn_json_add_string (out, "prediction", start->prediction);
  add_from (out, start->from);
  g_string_append_c (out, '}');
}

static void
add_field (GString *out, const LimnField *field, const LimnRequest *request)
{
  LimnFields fields = request->fields;
  g_autofree char *key = limn_field_key (field);
  const char *text;

  switch (field->kind) {
  case LIMN_FIELD_INT:
  case LIMN_FIELD_DOUBLE:
    limn_json_add_double (out, key, limn_field_get (field, &fields));
    break;
  case LIMN_FIELD_SEED:
    add_seed (out, key, *limn_field_seed (field, &fields));
    break;
  case LIMN_FIELD_CHOICE:
    limn_json_add_string (out, key, field->names[(int) limn_field_get (field, &fields)]);
    break;
  case LIMN_FIELD_NAME:
    text = *limn_field_text (field, &fields);
    limn_json_add_string (out, key, text != NULL ? text : field->table (0)->name);
    break;
  case LIMN_FIELD_TEXT:
    if (!limn_field_is_default (field, &fields))
      limn_json_add_string (out, key, *limn_field_text (field, &fields));
    break;
  }
}

/* Those of model's parts that are elsewhere: "parts": {"vae": "sdxl_vae"}. */
static void
add_parts (GString *out, LimnModel *model)
{
  const GPtrArray *parts = limn_model_info (model)->parts;
  gboolean begun = FALSE;

  for (guint i = 0; i < parts->len; i++) {
    const LimnPart *part = g_ptr_array_index (parts, i);
    if (part->from == NULL)
      continue;
    if (!begun)
      limn_json_add (out, "parts", "{");
    limn_json_add_string (out, part->name, part->from);
    begun = TRUE;
  }
  if (begun)
    g_string_append_c (out, '}');
}

/* [{"name": "ink", "text": 0.8, "unet": 0.8, "hash": "0123456789ab"}], in the order of the prompt, whose tags say it
 * all but the hash. */
static void
add_loras (GString *out, const LimnRequest *request)
{
  g_autoptr (GPtrArray) loras = limn_request_loras (request, NULL);

  if (loras == NULL || loras->len == 0)
    return;
  limn_json_add (out, "loras", "[");
  for (guint i = 0; i < loras->len; i++) {
    const LimnRequestLora *lora = loras->pdata[i];

    g_string_append (out, i > 0 ? ", {" : "{");
    limn_json_add_string (out, "name", lora->name);
    limn_json_add_double (out, "text", lora->text);
    limn_json_add_double (out, "unet", lora->unet);
    if (lora->staged)
      limn_json_add_string (out, "stage", limn_model_is_refiner (lora->model) ? "refiner" : "base");
    if (lora->from > 0)
      limn_json_add_double (out, "start", lora->from);
    if (lora->until > 0)
      limn_json_add_double (out, "stop", lora->until);
    limn_json_add_string (out, "hash", limn_lora_hash (lora->lora));
    g_string_append_c (out, '}');
  }
  g_string_append_c (out, ']');
}

char *
limn_request_to_json (const LimnRequest *request)
{
  GString *out = g_string_new ("{");
  guint n;
  const LimnField *fields = limn_fields (&n);

  limn_json_add_string (out, "limn", LIMN_VERSION);
  limn_json_add_string (out, "prompt", request->prompt);
  limn_json_add_string (out, "negative", request->negative);
  if (request->prompt_2 != NULL)
    limn_json_add_string (out, "prompt_2", request->prompt_2);
  if (request->negative_2 != NULL)
    limn_json_add_string (out, "negative_2", request->negative_2);
  if (request->model != NULL)
    limn_json_add_string (out, "model", limn_model_name (request->model));
  if (request->model != NULL)
    add_parts (out, request->model);
  add_loras (out, request);
  limn_request_controls_to_json (request, out);
  for (guint i = 0; i < n; i++)
    add_field (out, &fields[i], request);
  add_hints (out, "hints", &request->hints);
  add_hints (out, "negative_hints", &request->negative_hints);
  if (request->refiner != NULL)
    limn_json_add_string (out, "refiner", limn_model_name (request->refiner));
  if (request->upscaler != NULL)
    limn_json_add_string (out, "upscaler", limn_model_name (request->upscaler));
  if (request->hires_upscaler != NULL && limn_hires_is_on (&request->fields))
    limn_json_add_string (out, "hires_upscaler", limn_model_name (request->hires_upscaler));
  limn_json_add_bool (out, "from_image", request->image != NULL);
  if (request->mask != NULL)
    limn_json_add_bool (out, "masked", TRUE);
  if (request->start.from != NULL)
    add_start (out, &request->start);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/* format: has a place for the key. */
static gboolean
bad_field (const char *key, const char *format, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, format, key);
  return FALSE;
}

gboolean
limn_request_is_key (const char *key)
{
  static const char *const others[] = { "limn",     "prompt", "negative", "prompt_2",       "negative_2",     "model",
                                        "parts",    "loras",  "hints",    "negative_hints", "from_image",     "refiner",
                                        "upscaler", "masked", "start",    "controls",       "hires_upscaler", NULL };
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++) {
    g_autofree char *own = limn_field_key (&fields[i]);

    if (strcmp (key, own) == 0)
      return TRUE;
  }
  return g_strv_contains (others, key);
}

/* Each read_ function leaves *out alone where the member is absent, and refuses one of another kind or range. */

static gboolean
read_integer (const LimnJson *value, const char *key, int *out, GError **error)
{
  guint64 number;

  if (value == NULL)
    return TRUE;
  if (!limn_json_uint64 (value, &number) || number > MOST_WHOLE)
    return bad_field (key, _ ("Settings: \"%s\" is not a whole number from 0 to 65535"), error);
  *out = (int) number;
  return TRUE;
}

static gboolean
read_seed (const LimnJson *json, const char *key, guint64 *out, GError **error)
{
  const LimnJson *value = limn_json_member (json, key);
  const char *text = limn_json_string (value, NULL);

  if (value == NULL || limn_json_uint64 (value, out)
      || (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, out, NULL)))
    return TRUE;
  return bad_field (key, _ ("Settings: \"%s\" is not a whole number from 0 to 18446744073709551615"), error);
}

static gboolean
read_text (const LimnJson *json, const char *key, const char **out, GStringChunk *strings, GError **error)
{
  const LimnJson *value = limn_json_member (json, key);
  const char *text = limn_json_string (value, NULL);

  if (value == NULL)
    return TRUE;
  if (text == NULL)
    return bad_field (key, _ ("Settings: \"%s\" is not a text"), error);
  *out = g_string_chunk_insert (strings, text);
  return TRUE;
}

static gboolean
read_pair (const LimnJson *json, const char *key, int *first, int *second, GError **error)
{
  const LimnJson *value = limn_json_member (json, key);

  if (value == NULL)
    return TRUE;
  if (limn_json_kind (value) != LIMN_JSON_ARRAY || limn_json_length (value) != 2)
    return bad_field (key, _ ("Settings: \"%s\" is not a list of two numbers"), error);
  return read_integer (limn_json_nth (value, 0), key, first, error)
         && read_integer (limn_json_nth (value, 1), key, second, error);
}

static gboolean
read_hints (const LimnJson *json, const char *key, LimnSizeHints *hints, GError **error)
{
  const LimnJson *value = limn_json_member (json, key);

  if (value == NULL)
    return TRUE;
  if (limn_json_kind (value) != LIMN_JSON_OBJECT)
    return bad_field (key, _ ("Settings: \"%s\" is not an object"), error);
  return read_pair (value, "original", &hints->original_width, &hints->original_height, error)
         && read_pair (value, "crop", &hints->crop_left, &hints->crop_top, error)
         && read_pair (value, "target", &hints->target_width, &hints->target_height, error);
}

/* Older pictures name their schedule in the sampler: "euler-karras". */
static gboolean
read_sampling (const LimnJson *json, LimnRequest *request, GError **error)
{
  const LimnJson *sampler = limn_json_member (json, "sampler"), *schedule = limn_json_member (json, "schedule");

  if (sampler != NULL) {
    request->schedule = limn_schedule_choice (0)->name;
    if (!limn_sampling_from_text (limn_json_string (sampler, ""), &request->sampler, &request->schedule, error))
      return FALSE;
  }
  return schedule == NULL
         || limn_schedule_from_text (limn_json_string (schedule, ""), request->sampler, &request->schedule, error);
}

static gboolean
read_choice (const LimnJson *value, const LimnField *field, const char *key, LimnFields *fields, GError **error)
{
  const char *text = limn_json_string (value, "");

  for (int i = 0; field->names[i] != NULL; i++)
    if (strcmp (text, field->names[i]) == 0) {
      limn_field_set (field, fields, i);
      return TRUE;
    }
  return bad_field (key, _ ("Settings: \"%s\" is not a name that this version knows"), error);
}

/* Those of samplers and schedules have older forms: read_sampling (). */
static gboolean
read_name (const LimnJson *value, const LimnField *field, const char *key, LimnFields *fields, GError **error)
{
  const LimnChoice *choice = limn_choice_find (field->table, limn_json_string (value, ""));

  if (field->table == limn_sampler_choice || field->table == limn_schedule_choice)
    return TRUE;
  if (choice == NULL)
    return bad_field (key, _ ("Settings: \"%s\" is not a name that this version knows"), error);
  *limn_field_text (field, fields) = choice->name;
  return TRUE;
}

static gboolean
read_field (const LimnJson *json, const LimnField *field, LimnFields *fields, GStringChunk *strings, GError **error)
{
  g_autofree char *key = limn_field_key (field);
  const LimnJson *value = limn_json_member (json, key);
  double number = limn_json_number (value, NAN);
  guint64 whole;

  if (value == NULL)
    return TRUE;
  switch (field->kind) {
  case LIMN_FIELD_INT:
    if (!limn_json_uint64 (value, &whole) || whole > MOST_WHOLE)
      return bad_field (key, _ ("Settings: \"%s\" is not a whole number from 0 to 65535"), error);
    limn_field_set (field, fields, (double) whole);
    return TRUE;
  case LIMN_FIELD_DOUBLE:
    if (!(number >= field->least && number <= field->most))
      return bad_field (key, _ ("Settings: \"%s\" is not a number within its range"), error);
    limn_field_set (field, fields, number);
    return TRUE;
  case LIMN_FIELD_SEED:
    return read_seed (json, key, limn_field_seed (field, fields), error);
  case LIMN_FIELD_CHOICE:
    return read_choice (value, field, key, fields, error);
  case LIMN_FIELD_NAME:
    return read_name (value, field, key, fields, error);
  case LIMN_FIELD_TEXT:
    return read_text (json, key, limn_field_text (field, fields), strings, error);
  }
  return TRUE;
}

static gboolean
read_all (const LimnJson *json, LimnRequest *request, GStringChunk *strings, GError **error)
{
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++)
    if (!read_field (json, &fields[i], &request->fields, strings, error))
      return FALSE;
  return read_text (json, "prompt", &request->prompt, strings, error)
         && read_text (json, "negative", &request->negative, strings, error)
         && read_text (json, "prompt_2", &request->prompt_2, strings, error)
         && read_text (json, "negative_2", &request->negative_2, strings, error) && read_sampling (json, request, error)
         && read_hints (json, "hints", &request->hints, error)
         && read_hints (json, "negative_hints", &request->negative_hints, error);
}

gboolean
limn_request_from_json (LimnRequest *request, const char *text, GStringChunk *strings, GError **error)
{
  g_autoptr (LimnJson) json = limn_json_parse ("Settings", text, -1, error);
  LimnRequest read = *request;

  if (json == NULL)
    return FALSE;
  if (limn_json_kind (json) != LIMN_JSON_OBJECT) {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("Settings: expected an object"));
    return FALSE;
  }
  if (!read_all (json, &read, strings, error))
    return FALSE;
  *request = read;
  return TRUE;
}
