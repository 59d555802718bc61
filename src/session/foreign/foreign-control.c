/* foreign-control.c - ControlNets that a picture followed others by: those whose files are here come back as rows, and
 * what these lack is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/control-type.h"
#include "base/model-path.h"

#define MOST_CONTROLS 16 /* each is looked for on the disk */

/* ---- Rows ---- */

/* "canny [d14c016b]": what the web UI adds counts as no part of the name. */
static char *
plain_name (const char *name)
{
  const char *hash = strstr (name, " [");

  return hash != NULL && g_str_has_suffix (name, "]") ? g_strndup (name, (gsize) (hash - name)) : g_strdup (name);
}

static gboolean
is_control (const char *path)
{
  g_autoptr (LimnFileFacts) facts = limn_file_look (path);

  return facts->kind == LIMN_FILE_CONTROL;
}

/* By what is in it, or else by its name; NULL: it is not here.  (transfer full) */
static char *
find_file (const LimnForeignControl *control, const char *const *models)
{
  g_autofree char *name = plain_name (control->model);
  const char *known = limn_foreign_find_model (name, models);
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (NULL);
  g_autofree char *stem = limn_model_name_from_path (name);
  char *listed = limn_catalogue_find (catalogue, LIMN_FILE_CONTROL, stem, control->hash);

  if (listed != NULL || known == NULL || !is_control (known))
    return listed;
  return g_strdup (known);
}

/* What it was told, as far as the network there knows such; others are told nothing. */
static void
settle_type (LimnForeign *self, LimnFollowedRow *row, const char *model)
{
  g_autoptr (LimnFileFacts) facts = row->how.type != NULL ? limn_file_look (row->file) : NULL;
  const char *type = row->how.type;

  if (facts == NULL || (facts->types > 0 && limn_control_type_find (type)->index < facts->types))
    return;
  row->how.type = NULL;
  if (facts->types > 0)
    /* translators: the name of a kind of pictures, and a ControlNet's */
    limn_foreign_miss_printf (self, _ ("ControlNet"), _ ("Its picture was of the kind “%s”, which “%s” does not know"),
                              type, model);
}

void
limn_foreign_add_control (LimnForeign *self, const LimnForeignControl *control, const char *const *models)
{
  g_autofree char *file = NULL;
  g_autoptr (LimnFollowed) followed = NULL;
  LimnFollowedRow row = { .how = control->how };

  if (self->controls++ >= MOST_CONTROLS)
    return;
  row.file = file = find_file (control, models);
  if (file == NULL) {
    /* translators: a ControlNet's name */
    limn_foreign_miss_printf (self, _ ("ControlNet"),
                              _ ("It followed a picture by “%s”, which is not among the ControlNets that Limn knows"),
                              control->model);
    return;
  }
  settle_type (self, &row, control->model);
  followed = limn_followed_with (limn_settings_values (self->settings)->controls, G_MAXUINT, &row);
  g_object_set (self->settings, "controls", followed, NULL);
  if (!limn_foreign_has (self, "controls"))
    g_ptr_array_add (self->matched, g_strdup ("controls"));
  g_ptr_array_add (self->kept, g_strdup (control->how.kept));
  if (control->how.kept == NULL && control->how.name != NULL)
    /* translators: a picture's name, and a ControlNet's */
    limn_foreign_miss_printf (self, _ ("ControlNet"),
                              _ ("The picture “%s” that “%s” followed is not inside this file: drop it on its row"),
                              control->how.name, control->model);
  else if (control->how.kept == NULL)
    limn_foreign_miss_printf (self, _ ("ControlNet"),
                              _ ("The picture that “%s” followed is not inside this file: drop it on its row"),
                              control->model);
}

void
limn_foreign_keep_pictures (LimnForeign *self, LimnFollowed *before, LimnSettings *settings)
{
  LimnFollowed *now = limn_settings_values (settings)->controls;
  g_autoptr (GPtrArray) pictures = g_ptr_array_new ();
  g_autoptr (LimnFollowed) whole = NULL;
  const LimnFollowedRow *row, *old;

  if (!limn_foreign_has (self, "controls"))
    return;
  for (guint i = 0; (row = limn_followed_nth (now, i)) != NULL; i++) {
    LimnSource *picture = NULL;

    for (guint k = 0; row->picture == NULL && (old = limn_followed_nth (before, k)) != NULL; k++)
      if (g_str_equal (old->file, row->file) && picture == NULL)
        picture = old->picture;
    g_ptr_array_add (pictures, picture);
  }
  whole = limn_followed_with_pictures (now, pictures);
  g_object_set (settings, "controls", whole, NULL);
}

void
limn_foreign_set_control (LimnControl *how, const char *key, const LimnJson *value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double number;

  if (limn_foreign_json_number (value, &number))
    limn_control_set (how, key, g_ascii_dtostr (text, sizeof text, number), NULL);
  else if (limn_json_string (value, NULL) != NULL)
    limn_control_set (how, key, limn_json_string (value, NULL), NULL);
}

/* ---- What other programs call it ---- */

/* "depth_midas", "openpose_full": what such a picture is told as, where nobody says it. */
static void
guess_type (LimnControl *how, const char *module)
{
  g_auto (GStrv) words = g_strsplit_set (module, "_- ", -1);

  for (guint i = 0; how->type == NULL && words[i] != NULL; i++)
    limn_foreign_set_type (how, words[i]);
}

void
limn_foreign_set_type (LimnControl *how, const char *type)
{
  if (type != NULL && limn_control_type_find (type) != NULL)
    limn_control_set (how, "type", type, NULL);
}

void
limn_foreign_set_module (LimnForeign *self, LimnControl *how, const char *module)
{
  static const struct {
    const char *begins, *map;
    gboolean same;
  } modules[] = { { "canny", "canny", TRUE },
                  { "invert", "invert", TRUE },
                  { "softedge", "soft", FALSE },
                  { "hed", "soft", FALSE },
                  { "pidinet", "soft", FALSE },
                  { "lineart", "lineart", FALSE },
                  { "scribble", "scribble", FALSE },
                  { "fake_scribble", "scribble", FALSE },
                  { "threshold", "scribble", FALSE },
                  { "tile", "tile", FALSE },
                  { "blur", "tile", FALSE },
                  { "color", "colours", FALSE },
                  { "t2ia_color", "colours", FALSE },
                  { "t2ia_sketch", "scribble", FALSE },
                  { "recolor_luminance", "luminance", FALSE } };
  const gboolean ours = g_str_equal (self->program, "Limn");

  if (module == NULL || module[0] == '\0' || g_ascii_strcasecmp (module, "none") == 0
      || (ours && limn_control_set (how, "map", module, NULL)))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (modules); i++)
    if (g_ascii_strncasecmp (module, modules[i].begins, strlen (modules[i].begins)) == 0) {
      limn_control_set (how, "map", modules[i].map, NULL);
      if (!modules[i].same)
        /* translators: another program's way to make a picture that is followed, and Limn's */
        limn_foreign_miss_printf (self, _ ("ControlNet"),
                                  _ ("“%s” made what was followed; Limn’s “%s” takes its place"), module,
                                  modules[i].map);
      return;
    }
  guess_type (how, module);
  limn_foreign_miss_printf (self, _ ("ControlNet"),
                            _ ("“%s” made what was followed, which Limn lacks: give it the finished picture"), module);
}

void
limn_foreign_set_resize (LimnControl *how, const char *mode)
{
  static const struct {
    const char *word;
    LimnFit fit;
  } modes[] = { { "fill", LIMN_FIT_PAD },     { "outer", LIMN_FIT_PAD },  { "2", LIMN_FIT_PAD },
                { "crop", LIMN_FIT_CROP },    { "inner", LIMN_FIT_CROP }, { "1", LIMN_FIT_CROP },
                { "just", LIMN_FIT_STRETCH }, { "0", LIMN_FIT_STRETCH },  { "scale to fit", LIMN_FIT_CROP } };
  g_autofree char *lower = g_ascii_strdown (mode != NULL ? mode : "", -1);

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    if (strstr (lower, modes[i].word) != NULL) {
      how->fit = modes[i].fit;
      return;
    }
}

/* ---- The web UI's text ---- */

/* "Module: canny, Model: a [b], starting/ending: (0, 1)" as key -> value; keys: letters and digits alone, small. */
static GHashTable *
split_text (const char *text)
{
  GHashTable *parts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *colon;

  for (const char *p = text; (colon = strchr (p, ':')) != NULL;) {
    GString *key = g_string_new (NULL);
    const char *end = colon + 1;
    int depth = 0;

    for (const char *k = p; k < colon; k++)
      if (g_ascii_isalnum (*k))
        g_string_append_c (key, g_ascii_tolower (*k));
    for (; *end != '\0' && (*end != ',' || depth > 0); end++)
      depth += *end == '(' ? 1 : *end == ')' && depth > 0 ? -1 : 0;
    g_hash_table_replace (parts, g_string_free (key, FALSE),
                          g_strstrip (g_strndup (colon + 1, (gsize) (end - colon - 1))));
    p = *end != '\0' ? end + 1 : end;
  }
  return parts;
}

static const char *
part (GHashTable *parts, const char *name, const char *other)
{
  const char *value = g_hash_table_lookup (parts, name);

  return value != NULL || other == NULL ? value : g_hash_table_lookup (parts, other);
}

/* Versions before wrote both ends of the share together. */
static void
set_shares (LimnControl *how, GHashTable *parts)
{
  const char *both = part (parts, "startingending", NULL);
  g_auto (GStrv) ends = both != NULL ? g_strsplit_set (both, "(,)", -1) : NULL;

  if (ends != NULL && g_strv_length (ends) == 4) {
    limn_control_set (how, "start", g_strstrip (ends[1]), NULL);
    limn_control_set (how, "end", g_strstrip (ends[2]), NULL);
  }
  if (part (parts, "guidancestart", NULL) != NULL)
    limn_control_set (how, "start", part (parts, "guidancestart", NULL), NULL);
  if (part (parts, "guidanceend", NULL) != NULL)
    limn_control_set (how, "end", part (parts, "guidanceend", NULL), NULL);
}

static void
note_rest (LimnForeign *self, GHashTable *parts)
{
  const char *mode = part (parts, "controlmode", NULL);
  const char *low = part (parts, "thresholda", NULL), *high = part (parts, "thresholdb", NULL);

  if (mode != NULL && g_ascii_strcasecmp (mode, "Balanced") != 0 && !g_str_equal (mode, "0"))
    /* translators: a name of the web UI's */
    limn_foreign_miss_printf (self, _ ("ControlNet"), _ ("It worked as “%s”; in Limn prompt and picture count alike"),
                              mode);
  if (g_strcmp0 (part (parts, "module", "preprocessor"), "canny") == 0 && low != NULL && high != NULL
      && (g_ascii_strtod (low, NULL) != 100 || g_ascii_strtod (high, NULL) != 200))
    limn_foreign_miss_printf (self, _ ("ControlNet"), _ ("Edges were found from %s to %s, not from 100 to 200"), low,
                              high);
}

gboolean
limn_foreign_read_control (LimnForeign *self, const char *text, const char *const *models)
{
  g_autoptr (GHashTable) parts = split_text (text);
  LimnForeignControl control = { .model = part (parts, "model", NULL) };

  if (control.model == NULL || control.model[0] == '\0')
    return FALSE;
  if (g_ascii_strcasecmp (control.model, "none") == 0)
    return TRUE;
  limn_control_init (&control.how);
  if (part (parts, "weight", NULL) != NULL)
    limn_control_set (&control.how, "weight", part (parts, "weight", NULL), NULL);
  set_shares (&control.how, parts);
  limn_foreign_set_resize (&control.how, part (parts, "resizemode", NULL));
  limn_foreign_set_type (&control.how, part (parts, "unioncontroltype", NULL));
  limn_foreign_set_module (self, &control.how, part (parts, "module", "preprocessor"));
  note_rest (self, parts);
  limn_foreign_add_control (self, &control, models);
  return TRUE;
}
