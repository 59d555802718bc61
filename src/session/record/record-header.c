/* record-header.c - what a run is, as JSON at the head of its file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/record-header.h"

#include "base/i18n.h"
#include "session/settings/settings-json.h"

#define VERSION 6 /* 1 to 5 are read, too: see record-file.h */
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
  copy->kept = limn_kept_copy (&header->kept);
  copy->request = g_strdup (header->request);
  copy->begin = header->begin;
  copy->own = header->own;
  copy->steps = header->steps;
  copy->handoffs = g_memdup2 (header->handoffs, header->handoffs != NULL ? (gsize) header->steps * sizeof (double) : 0);
  limn_record_start_assign (&copy->start, &header->start);
  limn_record_start_assign (&copy->entry, &header->entry);
  return copy;
}

guint
limn_record_header_own (const LimnRecordHeader *header, int steps)
{
  return header->start.steps > 0 ? (guint) (header->own + steps) : G_MAXUINT;
}

LimnRecordStart
limn_record_header_start (const LimnRecordHeader *header, int schedule_step)
{
  const LimnSettingsValues *values = limn_settings_values (header->settings);

  return (LimnRecordStart){ .step = schedule_step,
                            .steps = header->steps,
                            .schedule = g_intern_string (limn_fields_schedule (&values->fields)),
                            .prediction = g_intern_string (values->prediction),
                            .like = g_intern_string (values->like),
                            .sampler = g_intern_string (values->sampler),
                            .eta = values->eta,
                            .strength = header->kept.source != NULL || values->source != NULL ? values->strength : 0 };
}

void
limn_record_header_free (LimnRecordHeader *header)
{
  if (header == NULL)
    return;
  g_free (header->id);
  g_free (header->parent_id);
  g_clear_object (&header->settings);
  limn_kept_clear (&header->kept);
  g_free (header->request);
  g_free (header->handoffs);
  limn_record_start_clear (&header->start);
  limn_record_start_clear (&header->entry);
  g_free (header);
}

/* ---- Writing ---- */

static void
add_text (GString *out, const char *name, const char *text)
{
  if (text != NULL)
    limn_json_add_string (out, name, text);
}

static void
add_handoffs (GString *out, const LimnRecordHeader *header)
{
  limn_json_add (out, "handoffs", "[");
  for (int i = 0; i < header->steps; i++)
    limn_json_add_double (out, NULL, header->handoffs[i]);
  g_string_append_c (out, ']');
}

static void
add_start (GString *out, const char *name, const LimnRecordStart *start)
{
  limn_json_add (out, name, "{");
  limn_json_add_int (out, "step", start->step);
  limn_json_add_int (out, "steps", start->steps);
  limn_json_add_string (out, "schedule", start->schedule);
  if (start->prediction != NULL)
    limn_json_add_string (out, "prediction", start->prediction);
  add_text (out, "like", start->like);
  add_text (out, "sampler", start->sampler);
  if (start->sampler != NULL)
    limn_json_add_double (out, "eta", start->eta);
  if (start->strength > 0)
    limn_json_add_double (out, "strength", start->strength);
  add_text (out, "from", start->from);
  g_string_append_c (out, '}');
}

char *
limn_record_header_to_text (const LimnRecordHeader *header)
{
  g_autofree char *settings = limn_settings_to_json (header->settings);
  GString *out = g_string_new ("{");

  limn_json_add_int (out, "version", VERSION);
  add_text (out, "id", header->id);
  add_text (out, "parent", header->parent_id);
  limn_json_add_int (out, "parent-step", header->parent_step);
  limn_json_add_int (out, "begin", header->begin);
  limn_json_add_int (out, "steps", header->steps);
  limn_kept_to_json (&header->kept, out);
  add_text (out, "request", header->request);
  if (header->handoffs != NULL)
    add_handoffs (out, header);
  if (header->start.steps > 0)
    add_start (out, "start", &header->start);
  if (header->own > 0)
    limn_json_add_int (out, "own", header->own);
  if (header->entry.steps > 0)
    add_start (out, "entry", &header->entry);
  limn_json_add (out, "settings", settings);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/* ---- Reading ---- */

static int
get_step (const LimnJson *json, const char *name)
{
  return limn_json_count (limn_json_member (json, name), MOST_STEPS);
}

static double *
read_handoffs (const LimnJson *array, int steps)
{
  double *handoffs;

  if (limn_json_kind (array) != LIMN_JSON_ARRAY || limn_json_length (array) != (guint) steps)
    return NULL;
  handoffs = g_new (double, steps);
  for (int i = 0; i < steps; i++)
    handoffs[i] = limn_json_number (limn_json_nth (array, (guint) i), 1);
  return handoffs;
}

/* Version 1 has the schedule in the sampler's name: "euler-karras". */
static gboolean
read_schedule (const LimnJson *json, const char **schedule)
{
  const char *name = limn_json_member_string (json, "schedule"), *sampler = limn_json_member_string (json, "sampler");

  if (name != NULL && limn_sigmas_check (name, NULL)) {
    *schedule = g_intern_string (name);
    return TRUE;
  }
  if (name != NULL)
    return limn_schedule_from_text (name, NULL, schedule, NULL);
  *schedule = limn_schedule_choice (0)->name;
  return sampler != NULL && limn_sampling_from_text (sampler, &sampler, schedule, NULL);
}

/* Older files know of the default alone. */
static const char *
read_name (const LimnJson *json, const char *name, LimnChoiceTable table)
{
  const LimnChoice *choice = limn_choice_find (table, limn_json_member_string (json, name));

  return choice != NULL ? choice->name : table (0)->name;
}

static void
read_start (const LimnJson *json, LimnRecordStart *start)
{
  if (get_step (json, "steps") == 0 || !read_schedule (json, &start->schedule))
    return;
  start->step = get_step (json, "step");
  start->steps = get_step (json, "steps");
  start->prediction = read_name (json, "prediction", limn_prediction_choice);
  start->like = read_name (json, "like", limn_like_choice);
  if (limn_choice_find (limn_sampler_choice, limn_json_member_string (json, "sampler")) != NULL
      && limn_json_member (json, "eta") != NULL)
    start->sampler = read_name (json, "sampler", limn_sampler_choice);
  start->eta = CLAMP (limn_json_number (limn_json_member (json, "eta"), 0), 0, G_MAXFLOAT);
  start->strength = CLAMP (limn_json_number (limn_json_member (json, "strength"), 0), 0, 1);
  start->from = g_strdup (limn_json_member_string (json, "from"));
}

LimnRecordHeader *
limn_record_header_from_text (const char *name, const char *text, gsize size, GError **error)
{
  g_autoptr (LimnJson) json = limn_json_parse (name, text, (gssize) size, error);
  LimnRecordHeader *header;

  if (json == NULL)
    return NULL;
  if (get_step (json, "version") < 1 || get_step (json, "version") > VERSION
      || limn_json_member_string (json, "id") == NULL
      || limn_json_kind (limn_json_member (json, "settings")) != LIMN_JSON_OBJECT || get_step (json, "steps") == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: its header lacks version %d, id, steps or settings"), name,
                 VERSION);
    return NULL;
  }
  header = g_new0 (LimnRecordHeader, 1);
  header->id = g_strdup (limn_json_member_string (json, "id"));
  header->parent_id = g_strdup (limn_json_member_string (json, "parent"));
  header->parent_step = get_step (json, "parent-step");
  header->begin = get_step (json, "begin");
  header->own = get_step (json, "own");
  header->steps = get_step (json, "steps");
  header->kept = limn_kept_from_json (json);
  header->request = g_strdup (limn_json_member_string (json, "request"));
  header->handoffs = read_handoffs (limn_json_member (json, "handoffs"), header->steps);
  read_start (limn_json_member (json, "start"), &header->start);
  read_start (limn_json_member (json, "entry"), &header->entry);
  header->settings = limn_settings_new ();
  limn_settings_from_json (header->settings, limn_json_member (json, "settings"));
  return header;
}
