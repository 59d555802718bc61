/* record-header.c - what a run is, as JSON at the head of its file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/record-header.h"

#include "base/i18n.h"
#include "session/settings/settings-json.h"

#define VERSION 2 /* 1 is read, too: see record-file.h */
#define MOST_STEPS 1000

void
limn_record_start_assign (LimnRecordStart *start, const LimnRecordStart *from)
{
  char *json = g_strdup (from->from);

  limn_record_start_clear (start);
  *start = *from;
  start->from = json;
}

void
limn_record_start_clear (LimnRecordStart *start)
{
  g_free (start->from);
  *start = (LimnRecordStart){ 0 };
}

LimnRecordHeader *
limn_record_header_copy (const LimnRecordHeader *header)
{
  LimnRecordHeader *copy = g_new0 (LimnRecordHeader, 1);

  copy->id = g_strdup (header->id);
  copy->parent_id = g_strdup (header->parent_id);
  copy->parent_step = header->parent_step;
  copy->settings = limn_settings_copy (header->settings);
  copy->source = g_strdup (header->source);
  copy->mask = g_strdup (header->mask);
  copy->request = g_strdup (header->request);
  copy->begin = header->begin;
  copy->steps = header->steps;
  copy->handoffs = g_memdup2 (header->handoffs, header->handoffs != NULL ? (gsize) header->steps * sizeof (double) : 0);
  limn_record_start_assign (&copy->start, &header->start);
  limn_record_start_assign (&copy->entry, &header->entry);
  return copy;
}

LimnRecordStart
limn_record_header_start (const LimnRecordHeader *header, int schedule_step)
{
  const char *schedule = limn_settings_values (header->settings)->schedule;

  return (LimnRecordStart){ .step = schedule_step, .steps = header->steps, .schedule = g_intern_string (schedule) };
}

void
limn_record_header_free (LimnRecordHeader *header)
{
  if (header == NULL)
    return;
  g_free (header->id);
  g_free (header->parent_id);
  g_clear_object (&header->settings);
  g_free (header->source);
  g_free (header->mask);
  g_free (header->request);
  g_free (header->handoffs);
  limn_record_start_clear (&header->start);
  limn_record_start_clear (&header->entry);
  g_free (header);
}

/* ---- Writing ---- */

static void
set_text (JsonObject *json, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (json, name, text);
}

static JsonArray *
handoffs_to_json (const LimnRecordHeader *header)
{
  JsonArray *array = json_array_sized_new ((guint) header->steps);

  for (int i = 0; i < header->steps; i++)
    json_array_add_double_element (array, header->handoffs[i]);
  return array;
}

static JsonObject *
start_to_json (const LimnRecordStart *start)
{
  JsonObject *json = json_object_new ();

  json_object_set_int_member (json, "step", start->step);
  json_object_set_int_member (json, "steps", start->steps);
  json_object_set_string_member (json, "schedule", start->schedule);
  set_text (json, "from", start->from);
  return json;
}

char *
limn_record_header_to_text (const LimnRecordHeader *header)
{
  JsonObject *json = json_object_new ();
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), json);

  json_object_set_int_member (json, "version", VERSION);
  set_text (json, "id", header->id);
  set_text (json, "parent", header->parent_id);
  json_object_set_int_member (json, "parent-step", header->parent_step);
  json_object_set_int_member (json, "begin", header->begin);
  json_object_set_int_member (json, "steps", header->steps);
  set_text (json, "source", header->source);
  set_text (json, "mask", header->mask);
  set_text (json, "request", header->request);
  if (header->handoffs != NULL)
    json_object_set_array_member (json, "handoffs", handoffs_to_json (header));
  if (header->start.steps > 0)
    json_object_set_object_member (json, "start", start_to_json (&header->start));
  if (header->entry.steps > 0)
    json_object_set_object_member (json, "entry", start_to_json (&header->entry));
  json_object_set_object_member (json, "settings", limn_settings_to_json (header->settings));
  json_object_unref (json);
  return json_to_string (root, FALSE);
}

/* ---- Reading ---- */

static const char *
get_text (JsonObject *json, const char *name)
{
  JsonNode *node = json_object_get_member (json, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static int
get_step (JsonObject *json, const char *name)
{
  JsonNode *node = json_object_get_member (json, name);
  gint64 step = node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : 0;

  return (int) CLAMP (step, 0, MOST_STEPS);
}

static JsonObject *
get_object (JsonObject *json, const char *name)
{
  JsonNode *node = json_object_get_member (json, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static double *
read_handoffs (JsonObject *json, int steps)
{
  JsonNode *node = json_object_get_member (json, "handoffs");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  double *handoffs;

  if (array == NULL || json_array_get_length (array) != (guint) steps)
    return NULL;
  handoffs = g_new (double, steps);
  for (int i = 0; i < steps; i++) {
    JsonNode *element = json_array_get_element (array, (guint) i);

    handoffs[i] = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_double (element) : 1;
  }
  return handoffs;
}

/* Version 1 has the schedule in the sampler's name: "euler-karras". */
static gboolean
read_schedule (JsonObject *json, const char **schedule)
{
  const char *name = get_text (json, "schedule"), *sampler = get_text (json, "sampler");

  if (name != NULL)
    return limn_schedule_from_text (name, schedule, NULL);
  *schedule = limn_schedule_choice (0)->name;
  return sampler != NULL && limn_sampling_from_text (sampler, &sampler, schedule, NULL);
}

static void
read_start (JsonObject *json, LimnRecordStart *start)
{
  if (json == NULL || get_step (json, "steps") == 0 || !read_schedule (json, &start->schedule))
    return;
  start->step = get_step (json, "step");
  start->steps = get_step (json, "steps");
  start->from = g_strdup (get_text (json, "from"));
}

LimnRecordHeader *
limn_record_header_from_text (const char *name, const char *text, gsize size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  LimnRecordHeader *header;
  JsonObject *json;
  JsonNode *root;
  GError *problem = NULL;

  if (!limn_json_is_shallow (text, size) || !json_parser_load_from_data (parser, text, (gssize) size, &problem)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: its header is not JSON: %s"), name,
                 problem != NULL ? problem->message : "[[[...");
    g_clear_error (&problem);
    return NULL;
  }
  root = json_parser_get_root (parser);
  json = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (json == NULL || get_step (json, "version") < 1 || get_step (json, "version") > VERSION
      || get_text (json, "id") == NULL || get_object (json, "settings") == NULL || get_step (json, "steps") == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: its header lacks version %d, id, steps or settings"), name,
                 VERSION);
    return NULL;
  }
  header = g_new0 (LimnRecordHeader, 1);
  header->id = g_strdup (get_text (json, "id"));
  header->parent_id = g_strdup (get_text (json, "parent"));
  header->parent_step = get_step (json, "parent-step");
  header->begin = get_step (json, "begin");
  header->steps = get_step (json, "steps");
  header->source = g_strdup (get_text (json, "source"));
  header->mask = g_strdup (get_text (json, "mask"));
  header->request = g_strdup (get_text (json, "request"));
  header->handoffs = read_handoffs (json, header->steps);
  read_start (get_object (json, "start"), &header->start);
  read_start (get_object (json, "entry"), &header->entry);
  header->settings = limn_settings_new ();
  limn_settings_from_json (header->settings, get_object (json, "settings"));
  return header;
}
