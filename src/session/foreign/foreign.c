/* foreign.c - which reader a picture's text is for, and what a person sees of the result.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign.h"
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define SUMMARY_LETTERS 60

/* What is off unless a picture's settings name it. */
static const char *const off[] = {
  "source",      "mask",           "truthful-crop",   "separate-prompts",
  "use-refiner", "original-width", "original-height", "crop-left",
  "crop-top",    "target-width",   "target-height",   "separate-negative",
  "like",        "variation",      "seed-width",      "noise-delta",
  "emphasis",    "editing",        "controls",        "use-upscaler",
  "noise-batch", "noise-index",    "hires",           "tile",
};

LimnForeign *
limn_foreign_new (LimnForeignKind kind, const char *program)
{
  LimnForeign *self = g_new0 (LimnForeign, 1);

  self->kind = kind;
  self->enlarged = 1;
  self->program = g_utf8_make_valid (program, -1);
  self->settings = limn_settings_new ();
  self->matched = g_ptr_array_new_with_free_func (g_free);
  self->without = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (off); i++)
    g_ptr_array_add (self->without, (gpointer) off[i]);
  self->gaps = g_ptr_array_new_with_free_func (limn_foreign_gap_free);
  self->kept = g_ptr_array_new_with_free_func (g_free);
  self->hashes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
limn_foreign_free (LimnForeign *self)
{
  if (self == NULL)
    return;
  g_free (self->program);
  g_object_unref (self->settings);
  g_ptr_array_unref (self->matched);
  g_ptr_array_unref (self->without);
  g_ptr_array_unref (self->gaps);
  g_ptr_array_unref (self->kept);
  g_hash_table_unref (self->hashes);
  g_free (self);
}

/* ---- Values ---- */

gboolean
limn_foreign_has (LimnForeign *self, const char *property)
{
  return g_ptr_array_find_with_equal_func (self->matched, property, g_str_equal, NULL);
}

static void
found (LimnForeign *self, const char *property)
{
  if (!limn_foreign_has (self, property))
    g_ptr_array_add (self->matched, g_strdup (property));
}

void
limn_foreign_set_string (LimnForeign *self, const char *property, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value != NULL ? value : "", -1);

  g_object_set (self->settings, property, valid, NULL);
  found (self, property);
}

void
limn_foreign_set_bool (LimnForeign *self, const char *property, gboolean value)
{
  g_object_set (self->settings, property, value, NULL);
  found (self, property);
}

static double
into_range (LimnForeign *self, const char *what, double value, double least, double most)
{
  double near = value > most ? most : least; /* NaN: the least */

  if (value >= least && value <= most)
    return value;
  limn_foreign_miss_printf (self, what, _ ("%.10g is out of range; %.10g is the nearest there is"), value, near);
  return near;
}

void
limn_foreign_set_int (LimnForeign *self, const char *property, const char *what, double value)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (self->settings), property);
  double near = into_range (self, what, value, G_PARAM_SPEC_INT (spec)->minimum, G_PARAM_SPEC_INT (spec)->maximum);

  g_object_set (self->settings, property, (int) near, NULL);
  found (self, property);
}

void
limn_foreign_set_double (LimnForeign *self, const char *property, const char *what, double value)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (self->settings), property);
  double near =
      into_range (self, what, value, G_PARAM_SPEC_DOUBLE (spec)->minimum, G_PARAM_SPEC_DOUBLE (spec)->maximum);

  g_object_set (self->settings, property, near, NULL);
  found (self, property);
}

void
limn_foreign_set_uint64 (LimnForeign *self, const char *property, guint64 value)
{
  g_object_set (self->settings, property, value, NULL);
  found (self, property);
}

void
limn_foreign_set_seed (LimnForeign *self, guint64 seed)
{
  limn_foreign_set_uint64 (self, "seed", seed);
  limn_foreign_set_bool (self, "new-seed", FALSE);
}

void
limn_foreign_set_size (LimnForeign *self, double width, double height)
{
  double sides[] = { into_range (self, _ ("Width"), width, 64, 4096),
                     into_range (self, _ ("Height"), height, 64, 4096) };
  int rounded[2];

  for (int i = 0; i < 2; i++)
    rounded[i] = (int) (sides[i] / 8 + 0.5) * 8;
  if (rounded[0] != (int) sides[0] || rounded[1] != (int) sides[1])
    limn_foreign_miss_printf (self, _ ("Size"), _ ("%d × %d is not in multiples of 8; %d × %d is near"), (int) sides[0],
                              (int) sides[1], rounded[0], rounded[1]);
  limn_foreign_set_int (self, "width", _ ("Width"), rounded[0]);
  limn_foreign_set_int (self, "height", _ ("Height"), rounded[1]);
}

void
limn_foreign_set_hints (LimnForeign *self, gboolean negative, const LimnSizeHints *hints)
{
  const struct {
    const char *positive, *negative;
    int value;
  } fields[] = {
    { "original-width", "negative-original-width", hints->original_width },
    { "original-height", "negative-original-height", hints->original_height },
    { "crop-left", "negative-crop-left", hints->crop_left },
    { "crop-top", "negative-crop-top", hints->crop_top },
    { "target-width", "negative-target-width", hints->target_width },
    { "target-height", "negative-target-height", hints->target_height },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    limn_foreign_set_int (self, negative ? fields[i].negative : fields[i].positive, _ ("Conditioning"),
                          fields[i].value);
  if (negative)
    limn_foreign_set_bool (self, "separate-negative", TRUE);
}

void
limn_foreign_set_refiner (LimnForeign *self, const char *name, const char *const *models)
{
  limn_foreign_stays (self, "use-refiner");
  limn_foreign_set_model (self, "refiner", name, NULL, models);
  if (limn_foreign_has (self, "refiner"))
    limn_foreign_set_bool (self, "use-refiner", TRUE);
}

void
limn_foreign_set_handoff (LimnForeign *self, double share)
{
  limn_foreign_set_double (self, "handoff", _ ("Hand-off"), share);
  const LimnChoice *schedule = limn_choice_find (limn_schedule_choice, limn_settings_values (self->settings)->schedule);
  if (!schedule->even)
    limn_foreign_miss_printf (
        self, _ ("Hand-off"),
        _ ("It came after %.4g of the steps; Limn counts noise, which this schedule takes away unevenly"), share);
}

/* ---- Reading ---- */

typedef gboolean (*ReadJson) (LimnForeign **out, const LimnJson *json, const char *const *models);
typedef gboolean (*ReadText) (LimnForeign **out, const char *text, const char *const *models);

/* A program that keeps its settings in several texts is known by the first of these. */
static const ReadJson json_readers[] = {
  limn_foreign_read_novelai,        limn_foreign_read_limn,        limn_foreign_read_invoke,
  limn_foreign_read_invoke_graph,   limn_foreign_read_invoke_old,  limn_foreign_read_comfy,
  limn_foreign_read_swarm,          limn_foreign_read_draw_things, limn_foreign_read_fooocus,
  limn_foreign_read_easy_diffusion, limn_foreign_read_civitai,
};
static const ReadText text_readers[] = { limn_foreign_read_lines, limn_foreign_read_parameters };

/* The most exact first: programs also write what others can read. */
static const struct {
  const char *key;
  gboolean certain; /* nothing else is kept under this name */
} keys[] = {
  { "limn", TRUE },
  { "invokeai_metadata", TRUE },
  { "sd-metadata", TRUE },
  { "invokeai_graph", TRUE },
  { "prompt", FALSE },
  { "parameters", TRUE },
  { "Parameters", TRUE },
  { "UserComment", FALSE },
  { "Comment", FALSE },
  { "comment", FALSE },
  { "Description", FALSE },
  { "XPComment", FALSE },
  { "generation_data", TRUE },
};

static LimnForeign *read_texts (GHashTable *texts, const char *const *models, gboolean nested);

/* A file's texts that were kept as JSON: key -> text. */
static GHashTable *
texts_in (const LimnJson *json)
{
  GHashTable *texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < limn_json_length (json); i++) {
    const char *value = limn_json_string (limn_json_nth (json, i), NULL);

    if (value != NULL)
      g_hash_table_insert (texts, g_strdup (limn_json_key (json, i)), g_strdup (value));
  }
  return texts;
}

static gboolean
read_json (LimnForeign **out, const char *text, const char *const *models, gboolean nested)
{
  static const char *const inside[] = { "meta", "metadata", "parameters", "params", "settings", "reqBody" };
  g_autoptr (LimnJson) json = limn_foreign_parse_json (text, NULL);
  g_autoptr (GHashTable) texts = NULL;

  if (json == NULL || limn_json_kind (json) != LIMN_JSON_OBJECT)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (json_readers); i++)
    if (json_readers[i](out, json, models))
      return TRUE;
  if (nested)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (inside); i++)
    for (guint n = 0; n < G_N_ELEMENTS (json_readers) && limn_json_member (json, inside[i]) != NULL; n++)
      if (json_readers[n](out, limn_json_member (json, inside[i]), models))
        return TRUE;
  texts = texts_in (json);
  *out = read_texts (texts, models, TRUE);
  return *out != NULL;
}

static gboolean
read_any (LimnForeign **out, const char *text, const char *const *models, gboolean nested)
{
  const char *start = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text; /* a byte order mark */

  while (g_ascii_isspace (*start))
    start++;
  if (*start == '{' && read_json (out, start, models, nested))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (text_readers); i++)
    if (text_readers[i](out, start, models))
      return TRUE;
  return FALSE;
}

/* Those of programs that keep each setting, or the parts of them, in a text of its own. */
static LimnForeign *
read_together (GHashTable *texts, const char *const *models)
{
  static const ReadJson readers[] = { limn_foreign_read_novelai, limn_foreign_read_easy_diffusion };
  g_autoptr (LimnJson) json = NULL;
  LimnForeign *foreign = NULL;

  if (!g_hash_table_contains (texts, "Software") && !g_hash_table_contains (texts, "prompt")
      && !g_hash_table_contains (texts, "Prompt"))
    return NULL;
  json = limn_foreign_texts_to_json (texts);
  for (guint i = 0; i < G_N_ELEMENTS (readers) && foreign == NULL; i++)
    if (!readers[i](&foreign, json, models))
      foreign = NULL;
  return foreign;
}

static gboolean
has_prompt (LimnForeign *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  return values->prompt[0] != '\0' || values->prompt_2[0] != '\0';
}

/* A graph can name no prompt that a text beside it has, or guess what it was. */
static gboolean
is_doubted (LimnForeign *self)
{
  if (self->kind != LIMN_FOREIGN_COMFY)
    return FALSE;
  for (guint i = 0; i < self->gaps->len; i++)
    if (((LimnForeignGap *) self->gaps->pdata[i])->property != NULL)
      return TRUE;
  return !has_prompt (self);
}

static void
copy_property (LimnForeign *self, LimnSettings *settings, const char *name)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (self->settings), name, &value);
  g_object_set_property (G_OBJECT (settings), name, &value);
}

static void
take_property (LimnForeign *self, LimnForeign *other, const char *name)
{
  copy_property (other, self->settings, name);
  found (self, name);
}

/* One text for both encoders takes the place of two that were guessed. */
static void
forget_second (LimnForeign *self)
{
  static const char *const seconds[] = { "prompt-2", "negative-2", "separate-prompts" };
  guint at;

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    if (g_ptr_array_find_with_equal_func (self->matched, seconds[i], g_str_equal, &at))
      g_ptr_array_remove_index (self->matched, at);
}

/* What the graph does not know or guesses is taken from the text beside it, with what that has to tell. */
static LimnForeign *
complete (LimnForeign *graph, LimnForeign *text)
{
  static const char *const partners[][2] = { { "width", "height" }, { "seed", "new-seed" } };

  for (guint i = graph->gaps->len; i > 0; i--) {
    const char *property = ((LimnForeignGap *) graph->gaps->pdata[i - 1])->property;

    if (property == NULL || !limn_foreign_has (text, property))
      continue;
    take_property (graph, text, property);
    for (guint n = 0; n < G_N_ELEMENTS (partners); n++)
      if (g_str_equal (property, partners[n][0]))
        take_property (graph, text, partners[n][1]);
    if (g_str_equal (property, "prompt") || g_str_equal (property, "negative"))
      forget_second (graph);
    g_ptr_array_remove_index (graph->gaps, i - 1);
  }
  for (guint i = 0; i < text->gaps->len; i++) {
    const LimnForeignGap *gap = text->gaps->pdata[i];

    if (!g_str_equal (gap->what, _ ("Noise")) && !g_str_equal (gap->what, _ ("Prompt weights"))) /* ComfyUI's own */
      limn_foreign_miss_again (graph, gap);
  }
  return graph;
}

static LimnForeign *
read_texts (GHashTable *texts, const char *const *models, gboolean nested)
{
  LimnForeign *foreign = read_together (texts, models);
  const char *dream = g_hash_table_lookup (texts, "Dream");
  g_autoptr (LimnForeign) graph = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (keys) && foreign == NULL; i++) {
    const char *value = g_hash_table_lookup (texts, keys[i].key);

    if (value == NULL || strlen (value) > LIMN_FOREIGN_MOST_TEXT || !read_any (&foreign, value, models, nested))
      foreign = NULL;
    if (foreign != NULL && is_doubted (foreign)) {
      limn_foreign_free (graph);
      graph = g_steal_pointer (&foreign);
    }
  }
  if (foreign == NULL && graph == NULL && dream != NULL && !limn_foreign_read_dream (&foreign, dream, models))
    foreign = NULL;
  if (foreign != NULL && graph != NULL && has_prompt (graph)) {
    g_autoptr (LimnForeign) text = g_steal_pointer (&foreign);

    return complete (g_steal_pointer (&graph), text);
  }
  return foreign != NULL ? foreign : g_steal_pointer (&graph);
}

/* What a program's editor keeps: where its boxes stand, and their values without names. */
static gboolean
is_workflow (const char *text)
{
  g_autoptr (LimnJson) json = text != NULL ? limn_foreign_parse_json (text, NULL) : NULL;

  return limn_json_kind (limn_json_member (json, "nodes")) == LIMN_JSON_ARRAY
         && (limn_json_member (json, "links") != NULL || limn_json_member (json, "edges") != NULL);
}

/* tells damage from absence */
static LimnForeign *
nothing_known (gboolean cut, gboolean seen, const char *workflow, GError **error)
{
  if (cut)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                 _ ("There is more text inside than Limn looks at, which is %d MiB each and %d MiB in all"),
                 (int) (LIMN_FOREIGN_MOST_TEXT >> 20), (int) (LIMN_FOREIGN_MOST_TEXTS >> 20));
  else if (is_workflow (workflow))
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                         _ ("This is the plan of an editor, whose values have no names; Limn reads what ComfyUI’s "
                            "“Export (API)” writes, and pictures that were painted with it"));
  else
    g_set_error_literal (
        error, LIMN_ERROR, LIMN_ERROR_FORMAT,
        seen ? _ ("There are settings inside, but they are damaged or of a kind that Limn does not know")
             : _ ("There are no settings inside"));
  return NULL;
}

static gboolean
is_told (LimnForeign *self, const char *what)
{
  for (guint i = 0; i < self->gaps->len; i++)
    if (g_str_equal (((LimnForeignGap *) self->gaps->pdata[i])->what, what))
      return TRUE;
  return FALSE;
}

/* What a picture cannot have done without. */
static void
note_absent (LimnForeign *self)
{
  if (!limn_foreign_has (self, "prompt") && !is_told (self, _ ("Prompt")))
    limn_foreign_miss (self, _ ("Prompt"), _ ("Nothing inside says it; the present one stays"));
  if (limn_foreign_has (self, "use-refiner") && !limn_foreign_has (self, "handoff"))
    limn_foreign_miss (self, _ ("Hand-off"), _ ("Nothing inside says it; the present one stays"));
}

gboolean
limn_foreign_is_carried (GHashTable *text)
{
  gboolean carried = g_hash_table_contains (text, LIMN_FOREIGN_CUT) || g_hash_table_contains (text, "workflow")
                     || g_hash_table_contains (text, "Dream");

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    carried = carried || (keys[i].certain && g_hash_table_contains (text, keys[i].key));
  return carried;
}

LimnForeign *
limn_foreign_read (GHashTable *text, const char *const *models, GError **error)
{
  gboolean cut = g_hash_table_contains (text, LIMN_FOREIGN_CUT);
  LimnForeign *foreign = read_texts (text, models, FALSE);

  if (foreign == NULL)
    return nothing_known (cut, limn_foreign_is_carried (text), g_hash_table_lookup (text, "workflow"), error);
  note_absent (foreign);
  limn_foreign_find_loras (foreign, models);
  limn_foreign_count_steps (foreign);
  if (cut)
    limn_foreign_miss (foreign, _ ("Other settings"), _ ("The file holds more text than Limn looks at"));
  return foreign;
}

LimnForeign *
limn_foreign_read_string (const char *text, const char *const *models, GError **error)
{
  gboolean cut = strlen (text) > LIMN_FOREIGN_MOST_TEXT;
  LimnForeign *foreign = NULL;

  if (cut || !read_any (&foreign, text, models, FALSE))
    return nothing_known (cut, FALSE, cut ? NULL : text, error);
  note_absent (foreign);
  limn_foreign_find_loras (foreign, models);
  limn_foreign_count_steps (foreign);
  return foreign;
}

/* ---- Using ---- */

void
limn_foreign_compare_size (LimnForeign *self, int width, int height)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  int made_width, made_height;

  if (!limn_foreign_has (self, "width")) {
    limn_foreign_unmiss (self, _ ("Size"));
    /* translators: the size in pixels of the file */
    limn_foreign_miss_printf (self, _ ("Size"), _ ("Nothing inside says it; the file’s own, %d × %d, is taken"), width,
                              height);
    limn_foreign_set_size (self, width, height);
    return;
  }
  limn_hires_size (&values->fields, &made_width, &made_height);
  if (made_width * self->enlarged == width && made_height * self->enlarged == height)
    return;
  /* translators: the size in pixels of the file, then the size it was painted at */
  limn_foreign_miss_printf (self, _ ("Size"),
                            _ ("The file is %d × %d, but was painted at %d × %d and changed afterwards"), width, height,
                            values->width, values->height);
}

static void
append_part (GString *line, const char *part)
{
  if (line->len > 0)
    g_string_append (line, " · ");
  g_string_append (line, part);
}

char *
limn_foreign_summary (LimnForeign *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  GString *line = g_string_new (NULL);
  g_autofree char *prompt = g_strstrip (g_strdelimit (g_strdup (values->prompt), "\r\n\t", ' '));

  if (g_utf8_strlen (prompt, -1) > SUMMARY_LETTERS) {
    g_autofree char *cut = g_utf8_substring (prompt, 0, SUMMARY_LETTERS);

    g_string_append_printf (line, "%s…", g_strchomp (cut));
  } else {
    g_string_append (line, prompt);
  }
  if (limn_foreign_has (self, "width")) {
    g_autofree char *size = g_strdup_printf ("%d × %d", values->width, values->height);

    append_part (line, size);
  }
  if (limn_foreign_has (self, "steps")) {
    g_autofree char *steps = g_strdup_printf (ngettext ("%d step", "%d steps", values->steps), values->steps);

    append_part (line, steps);
  }
  if (limn_foreign_has (self, "seed")) {
    g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, values->seed);
    g_autofree char *seed = g_strdup_printf (_ ("seed %s"), number);

    append_part (line, seed);
  }
  return g_string_free (line, FALSE);
}

/* Other programs write numbers where the hints go with the size.  Those that do become "as the output": painted at
 * another size, the picture is not conditioned on the old one. */
static void
let_hints_follow (LimnForeign *self, LimnSettings *settings)
{
  static const char *const pairs[][2] = {
    { "original-width", "original-height" },
    { "target-width", "target-height" },
    { "negative-original-width", "negative-original-height" },
    { "negative-target-width", "negative-target-height" },
  };
  const LimnSettingsValues *values = limn_settings_values (settings);

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    int width, height;

    g_object_get (settings, pairs[i][0], &width, pairs[i][1], &height, NULL);
    if (limn_foreign_has (self, pairs[i][0]) && width == values->width && height == values->height)
      g_object_set (settings, pairs[i][0], 0, pairs[i][1], 0, NULL);
  }
}

void
limn_foreign_apply (LimnForeign *self, LimnSettings *settings)
{
  g_autoptr (LimnFollowed) before = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (LIMN_IS_SETTINGS (settings));

  g_object_get (settings, "controls", &before, NULL);
  g_object_freeze_notify (G_OBJECT (settings));
  for (guint i = 0; i < self->without->len; i++)
    copy_property (self, settings, self->without->pdata[i]);
  for (guint i = 0; i < self->matched->len; i++)
    copy_property (self, settings, self->matched->pdata[i]);
  if (self->kind != LIMN_FOREIGN_LIMN)
    let_hints_follow (self, settings);
  limn_foreign_keep_pictures (self, before, settings);
  g_object_thaw_notify (G_OBJECT (settings));
}
