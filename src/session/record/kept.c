/* kept.c - names of kept pictures, and the way to these and back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/kept.h"

#define MOST_ROWS 64

/* ---- Names ---- */

LimnKept
limn_kept_save (LimnKeep *keep, LimnSettings *settings)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  LimnKept kept = { limn_keep_source (keep, values->source) };
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  gboolean any = FALSE;

  if (values->source != NULL)
    kept.mask = limn_keep_mask (keep, values->mask);
  for (guint i = 0; i < limn_followed_get_n (values->controls); i++) {
    g_autofree char *name = limn_keep_source (keep, limn_followed_nth (values->controls, i)->picture);

    any = any || name != NULL;
    g_strv_builder_add (names, name != NULL ? name : "");
  }
  if (any)
    kept.controls = g_strv_builder_end (names);
  return kept;
}

LimnKept
limn_kept_copy (const LimnKept *kept)
{
  return (LimnKept){ g_strdup (kept->source), g_strdup (kept->mask), g_strdupv (kept->controls) };
}

void
limn_kept_clear (LimnKept *kept)
{
  g_free (kept->source);
  g_free (kept->mask);
  g_strfreev (kept->controls);
  *kept = (LimnKept){ 0 };
}

gboolean
limn_kept_is_missing (const LimnKept *kept, LimnSettings *settings)
{
  const LimnSettingsValues *values = limn_settings_values (settings);

  for (guint i = 0; kept->controls != NULL && kept->controls[i] != NULL; i++) {
    const LimnFollowedRow *row = limn_followed_nth (values->controls, i);

    if (kept->controls[i][0] != '\0' && row != NULL && row->picture == NULL)
      return TRUE;
  }
  return (kept->source != NULL && values->source == NULL) || (kept->mask != NULL && values->mask == NULL);
}

void
limn_kept_add_names (const LimnKept *kept, GHashTable *names)
{
  const char *const single[] = { kept->source, kept->mask };

  for (guint i = 0; i < G_N_ELEMENTS (single); i++)
    if (single[i] != NULL)
      g_hash_table_add (names, g_strdup (single[i]));
  for (guint i = 0; kept->controls != NULL && kept->controls[i] != NULL; i++)
    g_hash_table_add (names, g_strdup (kept->controls[i]));
}

/* ---- JSON ---- */

void
limn_kept_to_json (const LimnKept *kept, GString *out)
{
  if (kept->source != NULL)
    limn_json_add_string (out, "source", kept->source);
  if (kept->mask != NULL)
    limn_json_add_string (out, "mask", kept->mask);
  if (kept->controls == NULL)
    return;
  limn_json_add (out, "controls", "[");
  for (guint i = 0; kept->controls[i] != NULL; i++)
    limn_json_add_string (out, NULL, kept->controls[i]);
  g_string_append_c (out, ']');
}

LimnKept
limn_kept_from_json (const LimnJson *json)
{
  const LimnJson *controls = limn_json_member (json, "controls");
  LimnKept kept = { g_strdup (limn_json_member_string (json, "source")),
                    g_strdup (limn_json_member_string (json, "mask")) };
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (limn_json_kind (controls) != LIMN_JSON_ARRAY)
    return kept;
  for (guint i = 0; i < MIN (limn_json_length (controls), MOST_ROWS); i++)
    g_strv_builder_add (names, limn_json_string (limn_json_nth (controls, i), ""));
  kept.controls = g_strv_builder_end (names);
  return kept;
}

/* ---- Pictures ---- */

typedef GObject *(*LoadFunc) (LimnKeep *keep, const char *name, GError **error);

static GObject *
load_source (LimnKeep *keep, const char *name, GError **error)
{
  return (GObject *) limn_keep_load_source (keep, name, error);
}

static GObject *
load_mask (LimnKeep *keep, const char *name, GError **error)
{
  return (GObject *) limn_keep_load_mask (keep, name, error);
}

/* What is loaded already is one object, however many have it. */
static GObject *
load_one (LimnKeep *keep, GHashTable *known, const char *name, GType type, LoadFunc load, GError **error)
{
  GObject *object = known != NULL ? g_hash_table_lookup (known, name) : NULL;

  if (object != NULL && G_TYPE_CHECK_INSTANCE_TYPE (object, type))
    return g_object_ref (object);
  object = load (keep, name, error);
  if (object != NULL && known != NULL)
    g_hash_table_insert (known, g_strdup (name), g_object_ref (object));
  return object;
}

static void
clear_object (gpointer object)
{
  g_clear_object (&object);
}

static gboolean
load_controls (GStrv names, LimnKeep *keep, GHashTable *known, GPtrArray *pictures, GError **error)
{
  for (guint i = 0; names[i] != NULL; i++) {
    GObject *picture =
        names[i][0] != '\0' ? load_one (keep, known, names[i], LIMN_TYPE_SOURCE, load_source, error) : NULL;

    g_ptr_array_add (pictures, picture);
    if (picture == NULL && names[i][0] != '\0')
      return FALSE;
  }
  return TRUE;
}

gboolean
limn_kept_load (const LimnKept *kept, LimnKeep *keep, GHashTable *known, LimnKeptPictures *pictures, GError **error)
{
  *pictures = (LimnKeptPictures){ 0 };
  if (kept->source != NULL) {
    pictures->source = (LimnSource *) load_one (keep, known, kept->source, LIMN_TYPE_SOURCE, load_source, error);
    if (pictures->source == NULL)
      return FALSE;
  }
  if (kept->mask != NULL) {
    pictures->mask = (LimnMask *) load_one (keep, known, kept->mask, LIMN_TYPE_MASK, load_mask, error);
    if (pictures->mask == NULL)
      return FALSE;
  }
  if (kept->controls == NULL)
    return TRUE;
  pictures->controls = g_ptr_array_new_with_free_func (clear_object);
  return load_controls (kept->controls, keep, known, pictures->controls, error);
}

void
limn_kept_pictures_apply (const LimnKeptPictures *pictures, LimnSettings *settings)
{
  LimnFollowed *controls = limn_settings_values (settings)->controls;

  if (pictures->source != NULL)
    g_object_set (settings, "source", pictures->source, NULL);
  if (pictures->mask != NULL)
    g_object_set (settings, "mask", pictures->mask, NULL);
  if (pictures->controls != NULL && controls != NULL) {
    g_autoptr (LimnFollowed) whole = limn_followed_with_pictures (controls, pictures->controls);

    g_object_set (settings, "controls", whole, NULL);
  }
}

void
limn_kept_pictures_clear (LimnKeptPictures *pictures)
{
  g_clear_object (&pictures->source);
  g_clear_object (&pictures->mask);
  g_clear_pointer (&pictures->controls, g_ptr_array_unref);
}
