/* request.c - see request.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/request-private.h"

#include <math.h>

#include "base/i18n.h"
#include "engine/several.h"
#include "serve/reply.h"
#include "session/settings/habits.h"

void
limn_serve_state_free (LimnServeState *state)
{
  if (state == NULL)
    return;
  limn_serve_options_clear (&state->options);
  g_ptr_array_unref (state->served);
  g_free (state);
}

void
limn_paint_request_free (LimnPaintRequest *self)
{
  if (self == NULL)
    return;
  limn_json_free (self->body);
  g_clear_object (&self->settings);
  limn_serve_options_clear (&self->options);
  g_free (self->title);
  g_ptr_array_unref (self->told);
  g_free (self);
}

/* ---- Values ---- */

gboolean
limn_request_wrong (GError **error, guint status, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (LIMN_HTTP_ERROR, (int) status, format, arguments);
  va_end (arguments);
  return FALSE;
}

gboolean
limn_request_number (const LimnJson *value, double *number)
{
  const char *text = limn_json_string (value, NULL);
  char *end = NULL;

  if (limn_json_kind (value) == LIMN_JSON_NUMBER)
    *number = limn_json_number (value, 0);
  else if (text == NULL || (!g_ascii_isdigit (text[0]) && text[0] != '-'))
    return FALSE;
  else
    *number = g_ascii_strtod (text, &end);
  return isfinite (*number) && (end == NULL || (end != text && *end == '\0'));
}

gboolean
limn_request_bool (const LimnJson *value, gboolean fallback)
{
  double number;

  if (limn_json_kind (value) == LIMN_JSON_BOOL)
    return limn_json_bool (value, fallback);
  return limn_request_number (value, &number) ? number != 0 : fallback;
}

LimnJson *
limn_serve_parse (GBytes *body, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  g_autoptr (GError) problem = NULL;
  g_autoptr (LimnJson) json = limn_json_parse ("body", size > 0 ? text : "", (gssize) size, &problem);

  if (json == NULL) {
    limn_request_wrong (error, 422, "%s", problem->message);
    return NULL;
  }
  if (limn_json_kind (json) != LIMN_JSON_OBJECT) {
    limn_request_wrong (error, 422, _ ("Expected an object"));
    return NULL;
  }
  return g_steal_pointer (&json);
}

/* ---- The model ---- */

/* What goes with it, before anything is asked for. */
static gboolean
begin_with_model (LimnRequestReading *reading, GError **error)
{
  LimnPaintRequest *request = reading->request;
  const LimnServed *file = limn_served_find_path (reading->state->served, request->options.model);
  g_autoptr (LimnModel) model = file != NULL ? limn_model_open (file->facts->path, error) : NULL;
  const LimnModelInfo *info;

  if (file == NULL)
    return limn_request_wrong (error, 500, _ ("There is no model to paint with: choose one with sd_model_checkpoint"));
  if (model == NULL)
    return FALSE;
  info = limn_model_info (model);
  request->title = g_strdup (file->title);
  reading->unread = limn_family_row (info->family)->encoders[0].unread;
  limn_settings_suggest (request->settings, info);
  g_object_set (request->settings, "model", request->options.model, "seed", (guint64) g_random_int (), "new-seed",
                FALSE, NULL);
  if (info->default_width > 0 && info->default_height > 0)
    g_object_set (request->settings, "width", info->default_width, "height", info->default_height, NULL);
  return TRUE;
}

/* ---- All ---- */

static gboolean
take_options (LimnRequestReading *reading, GError **error)
{
  LimnPaintRequest *request = reading->request;
  const LimnJson *clip_skip = limn_json_member (reading->body, "clip_skip");
  double number;

  limn_serve_options_copy (&request->options, &reading->state->options);
  reading->where = "override_settings";
  if (!limn_serve_options_take (&request->options, limn_json_member (reading->body, "override_settings"),
                                reading->state->served, request->told, &reading->where, error))
    return FALSE;
  request->keeps_options =
      !limn_request_bool (limn_json_member (reading->body, "override_settings_restore_afterwards"), TRUE);
  /* Forge's */
  if (limn_request_number (clip_skip, &number))
    request->options.clip_stop = (int) CLAMP (number, 1, 12);
  return TRUE;
}

static gboolean
read_all (LimnRequestReading *reading, GError **error)
{
  LimnPaintRequest *request = reading->request;

  if (!take_options (reading, error))
    return FALSE;
  reading->where = NULL;
  if (!begin_with_model (reading, error))
    return FALSE;
  limn_serve_options_apply (&request->options, reading->unread, request->settings);
  if (!limn_request_take_fields (reading, error) || !limn_request_take_pictures (reading, error)
      || !limn_request_take_controls (reading, error))
    return FALSE;
  reading->where = "n_iter";
  if (limn_paint_request_count (request) > LIMN_SERVE_MOST_PICTURES)
    return limn_request_wrong (error, 422, _ ("%u pictures were asked for; %d are the most in one request"),
                               limn_paint_request_count (request), LIMN_SERVE_MOST_PICTURES);
  return TRUE;
}

LimnPaintRequest *
limn_paint_request_read (const LimnServeState *state, GBytes *body, gboolean over, char **where_out, GError **error)
{
  g_autoptr (LimnJson) json = limn_serve_parse (body, error);
  g_autoptr (LimnPaintRequest) request = NULL;
  LimnRequestReading reading = { .state = state, .body = json, .over = over };

  if (json == NULL)
    return NULL;
  request = g_new0 (LimnPaintRequest, 1);
  request->body = g_steal_pointer (&json);
  request->settings = limn_settings_new ();
  request->told = g_ptr_array_new_with_free_func (g_free);
  request->batches = request->batch = 1;
  request->sends = TRUE;
  reading.request = request;
  if (read_all (&reading, error))
    return g_steal_pointer (&request);
  if (where_out != NULL)
    *where_out = g_strdup (reading.where);
  return NULL;
}

guint
limn_paint_request_count (const LimnPaintRequest *self)
{
  return (guint) (self->batches * self->batch);
}

LimnSettings *
limn_paint_request_nth (const LimnPaintRequest *self, guint nth)
{
  LimnSettings *settings = limn_settings_copy (self->settings);
  const LimnSettingsValues *values = limn_settings_values (settings);

  g_object_set (settings, "batch-size", MIN (self->batch, LIMN_MOST_TOGETHER), NULL);
  if (values->variation > 0)
    g_object_set (settings, "variation-seed", values->variation_seed + nth, NULL);
  else
    g_object_set (settings, "seed", values->seed + nth, NULL);
  return settings;
}
