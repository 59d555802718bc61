/* habits.c - a key file with a group for each model, by its fingerprint.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/habits.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/model-file.h"
#include "base/model-path.h"

#define VERSION 1
#define FILE_GROUP "Limn"
#define NAME "name" /* for people who look into the file */
#define PARTS "parts"
#define PREFIX "prefix"

struct _LimnHabits {
  char *path;
  GKeyFile *file;
  gboolean newer;   /* the file is a later version's */
  gboolean changed; /* since it was saved */
};

/* ---- The file ---- */

static void
start_file (LimnHabits *self)
{
  g_key_file_unref (self->file);
  self->file = g_key_file_new ();
  g_key_file_set_integer (self->file, FILE_GROUP, "version", VERSION);
}

static void
read_file (LimnHabits *self)
{
  g_autofree char *broken = g_strconcat (self->path, ".broken", NULL);
  int version;

  if (!g_file_test (self->path, G_FILE_TEST_EXISTS)) {
    start_file (self);
    return;
  }
  if (g_file_test (self->path, G_FILE_TEST_IS_REGULAR) /* a pipe would be waited for */
      && g_key_file_load_from_file (self->file, self->path, G_KEY_FILE_KEEP_COMMENTS, NULL)
      && (version = g_key_file_get_integer (self->file, FILE_GROUP, "version", NULL)) > 0) {
    self->newer = version > VERSION;
    if (!self->newer)
      return;
  } else if (g_rename (self->path, broken) != 0) {
    g_message ("%s: %s", self->path, g_strerror (errno));
  }
  start_file (self);
}

LimnHabits *
limn_habits_load (const char *path)
{
  LimnHabits *self = g_new0 (LimnHabits, 1);

  self->path =
      path != NULL ? g_strdup (path) : g_build_filename (g_get_user_state_dir (), "limn", "model-settings.ini", NULL);
  self->file = g_key_file_new ();
  read_file (self);
  return self;
}

void
limn_habits_free (LimnHabits *self)
{
  if (self == NULL)
    return;
  g_key_file_unref (self->file);
  g_free (self->path);
  g_free (self);
}

gboolean
limn_habits_save (LimnHabits *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autoptr (GError) local = NULL;

  if (!self->changed || self->newer)
    return TRUE;
  g_mkdir_with_parents (folder, 0700);
  if (!g_key_file_save_to_file (self->file, self->path, &local)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s cannot be written: %s"), self->path, local->message);
    return FALSE;
  }
  self->changed = FALSE;
  return TRUE;
}

/* ---- Values ---- */

static void
suggest (LimnSettings *settings, const LimnModelInfo *info, LimnFields *fields)
{
  *fields = limn_settings_values (settings)->fields;
  limn_model_suggest (info, fields);
}

static gboolean
is_equal (const LimnField *field, const LimnFields *one, const LimnFields *other)
{
  if (field->kind == LIMN_FIELD_NAME || field->kind == LIMN_FIELD_TEXT)
    return g_strcmp0 (*limn_field_text (field, (LimnFields *) one), *limn_field_text (field, (LimnFields *) other))
           == 0;
  return limn_field_get (field, one) == limn_field_get (field, other);
}

static void
set_value (LimnSettings *settings, const LimnField *field, const LimnFields *fields)
{
  if (field->kind == LIMN_FIELD_NAME || field->kind == LIMN_FIELD_TEXT)
    g_object_set (settings, field->name, *limn_field_text (field, (LimnFields *) fields), NULL);
  else if (field->kind == LIMN_FIELD_DOUBLE)
    g_object_set (settings, field->name, limn_field_get (field, fields), NULL);
  else
    g_object_set (settings, field->name, (int) limn_field_get (field, fields), NULL);
}

/* How a model is loaded is the device's matter, of which the model says nothing. */
static gboolean
is_suggested (const char *name)
{
  return !g_str_equal (name, "fit");
}

void
limn_settings_suggest (LimnSettings *settings, const LimnModelInfo *info)
{
  LimnFields fields;

  g_return_if_fail (LIMN_IS_SETTINGS (settings));

  suggest (settings, info, &fields);
  g_object_freeze_notify (G_OBJECT (settings));
  for (const char *const *name = limn_model_settings (); *name != NULL; name++)
    if (is_suggested (*name))
      set_value (settings, limn_field_find (*name), &fields);
  g_object_thaw_notify (G_OBJECT (settings));
}

gboolean
limn_settings_are_suggested (LimnSettings *settings, const LimnModelInfo *info)
{
  LimnFields fields;

  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), FALSE);

  suggest (settings, info, &fields);
  for (const char *const *name = limn_model_settings (); *name != NULL; name++)
    if (is_suggested (*name) && !is_equal (limn_field_find (*name), &fields, &limn_settings_values (settings)->fields))
      return FALSE;
  return TRUE;
}

/* The rest of prompt after prefix and what parts it from the rest; all of it where it begins otherwise. */
static const char *
skip_prefix (const char *prompt, const char *prefix)
{
  if (prefix[0] == '\0' || !g_str_has_prefix (prompt, prefix))
    return prompt;
  prompt += strlen (prefix);
  return prompt + strspn (prompt, ", \n");
}

void
limn_settings_set_prefix (LimnSettings *settings, const char *prefix)
{
  const LimnSettingsValues *values;
  const char *rest;
  g_autofree char *prompt = NULL;

  g_return_if_fail (LIMN_IS_SETTINGS (settings));

  values = limn_settings_values (settings);
  if (g_str_equal (values->prefix, prefix))
    return;
  rest = skip_prefix (values->prompt, values->prefix);
  prompt = prefix[0] == '\0' || g_str_has_prefix (rest, prefix) ? g_strdup (rest)
           : rest[0] == '\0'                                    ? g_strdup (prefix)
                                                                : g_strconcat (prefix, ", ", rest, NULL);
  g_object_set (settings, "prefix", prefix, "prompt", prompt, NULL);
}

/* ---- Remembering ---- */

static void
set_text (LimnHabits *self, const char *group, const char *key, const char *text)
{
  g_autofree char *before = g_key_file_get_string (self->file, group, key, NULL);

  if (g_strcmp0 (before, text) == 0)
    return;
  self->changed = TRUE;
  if (text != NULL)
    g_key_file_set_string (self->file, group, key, text);
  else
    g_key_file_remove_key (self->file, group, key, NULL);
}

void
limn_habits_remember (LimnHabits *self, const LimnModelInfo *info, LimnSettings *settings)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  g_autoptr (GVariant) all = g_variant_ref_sink (limn_settings_to_variant (settings));
  g_autofree char *name = limn_model_name_from_path (info->path), *shown = g_filename_display_name (name);
  const char *group = info->fingerprint;
  LimnFields fields;
  gsize n = 0;

  if (group == NULL)
    return;
  suggest (settings, info, &fields);
  for (const char *const *key = limn_model_settings (); *key != NULL; key++) {
    g_autoptr (GVariant) value = g_variant_lookup_value (all, *key, NULL);
    gboolean own = !is_equal (limn_field_find (*key), &fields, &values->fields);
    g_autofree char *text = own ? g_variant_print (value, FALSE) : NULL;

    set_text (self, group, *key, text);
  }
  set_text (self, group, PARTS, limn_is_model_file (info->path) ? info->path : NULL);
  set_text (self, group, PREFIX, values->prefix[0] != '\0' ? values->prefix : NULL);
  set_text (self, group, NAME, NULL);
  g_strfreev (g_key_file_get_keys (self->file, group, &n, NULL));
  if (n > 0)
    set_text (self, group, NAME, shown);
  else
    g_key_file_remove_group (self->file, group, NULL);
}

void
limn_habits_forget (LimnHabits *self, const LimnModelInfo *info)
{
  if (info->fingerprint != NULL && g_key_file_remove_group (self->file, info->fingerprint, NULL))
    self->changed = TRUE;
}

char *
limn_habits_find_parts (LimnHabits *self, const LimnModelInfo *info)
{
  g_autofree char *path =
      info->fingerprint != NULL ? g_key_file_get_string (self->file, info->fingerprint, PARTS, NULL) : NULL;

  return path != NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

/* ---- Coming back ---- */

/* Into fields, where text is a value that this version knows. */
static void
read_value (const LimnField *field, const char *text, LimnFields *fields)
{
  g_autoptr (GVariant) value = g_variant_parse (NULL, text, NULL, NULL, NULL);
  double number;

  if (value == NULL)
    return;
  if (field->kind == LIMN_FIELD_TEXT) {
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
      *limn_field_text (field, fields) = g_intern_string (g_variant_get_string (value, NULL));
    return;
  }
  if (field->kind == LIMN_FIELD_NAME) {
    const LimnChoice *choice = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                                   ? limn_choice_find (field->table, g_variant_get_string (value, NULL))
                                   : NULL;
    if (choice != NULL)
      *limn_field_text (field, fields) = choice->name;
    return;
  }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT32))
    number = g_variant_get_int32 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    number = g_variant_get_double (value);
  else
    return;
  if (number >= MAX (field->least, field->set_least) && number <= field->most) /* false for NaN */
    limn_field_set (field, fields, number);
}

static gboolean
stays (const LimnField *field, const LimnFields *now, const LimnFields *before)
{
  /* that a model predicts something else than its files say, reads prompts otherwise, or is made to fit, is so of that
   * model alone */
  static const char *const own[] = { "prediction", "clip-skip", "fit", NULL };

  return before != NULL && !g_strv_contains (own, field->name) && is_equal (field, now, before);
}

void
limn_habits_adopt (LimnHabits *self, const LimnModelInfo *info, const LimnModelInfo *before, LimnSettings *settings)
{
  const char *group = info->fingerprint;
  gboolean known = group != NULL && g_key_file_has_group (self->file, group);
  g_autofree char *prefix = known ? g_key_file_get_string (self->file, group, PREFIX, NULL) : NULL;
  LimnFields fields, last;

  suggest (settings, info, &fields);
  if (before != NULL)
    suggest (settings, before, &last);
  g_object_freeze_notify (G_OBJECT (settings));
  for (const char *const *name = limn_model_settings (); *name != NULL; name++) {
    const LimnField *field = limn_field_find (*name);
    g_autofree char *text = known ? g_key_file_get_string (self->file, group, *name, NULL) : NULL;

    if (!known && stays (field, &fields, before != NULL ? &last : NULL))
      continue;
    if (text != NULL)
      read_value (field, text, &fields);
    set_value (settings, field, &fields);
  }
  limn_settings_set_prefix (settings, prefix != NULL ? prefix : "");
  g_object_thaw_notify (G_OBJECT (settings));
}
