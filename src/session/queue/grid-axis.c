/* grid-axis.c - one setting's values, read from what a person wrote.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/grid.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/model-path.h"
#include "session/queue/grid-words.h"
#include "text/styles.h"

#define MOST_VALUES 100

typedef struct {
  GValue value;
  char *label;
} AxisValue;

struct _LimnGridAxis {
  char *name;
  GParamSpec *spec;  /* of its values */
  char *search;      /* NULL, or what each value takes the place of in the text; of LoRAs the one that is weighed */
  GPtrArray *styles; /* NULL, or LimnStyle */
  GArray *values;
};

static const char *const axis_properties[] = {
  "seed",      "steps",      "guidance",           "sampler",         "schedule",     "prompt",
  "negative",  "style",      "lora-weight",        "control-weight",  "handoff",      "model",
  "refiner",   "aesthetic",  "negative-aesthetic", "strength",        "width",        "height",
  "crop-left", "crop-top",   "original-width",     "original-height", "target-width", "target-height",
  "prompt-2",  "negative-2", "noise-source",       "precision",       "use-refiner",  NULL
};

const char *
limn_grid_property (guint index)
{
  guint n, own = G_N_ELEMENTS (axis_properties) - 1;
  const LimnField *fields = limn_fields (&n);

  if (index < own)
    return axis_properties[index];
  index -= own;
  for (guint i = 0; i < n; i++)
    if (!g_strv_contains (axis_properties, fields[i].name) && index-- == 0)
      return fields[i].name;
  return NULL;
}

static gboolean
is_side (const char *property)
{
  const char *known;

  for (guint i = 0; (known = limn_grid_property (i)) != NULL; i++)
    if (g_str_equal (known, property))
      return TRUE;
  return FALSE;
}

static void
value_clear (gpointer data)
{
  AxisValue *value = data;

  g_value_unset (&value->value);
  g_free (value->label);
}

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_REQUEST, message);
  return FALSE;
}

static gboolean
is_prompt (const char *property)
{
  static const char *const prompts[] = { "prompt", "negative", "prompt-2", "negative-2", NULL };

  return g_strv_contains (prompts, property);
}

/* ---- Values ---- */

/* value: taken over.  label: (transfer full). */
static gboolean
add (LimnGridAxis *axis, GValue *value, char *label, GError **error)
{
  AxisValue own = { .value = *value, .label = label };

  if (axis->values->len < MOST_VALUES) {
    g_array_append_val (axis->values, own);
    return TRUE;
  }
  value_clear (&own);
  return refuse (error, _ ("A grid can have %d values a side at most"), MOST_VALUES);
}

static gboolean
add_number (LimnGridAxis *axis, double number, GError **error)
{
  GValue value = G_VALUE_INIT;
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  const char *name = axis->name;

  /* the tenth of a range with steps of 0.1 is to be 1, not 0.9999999999999999 */
  g_ascii_formatd (text, sizeof text, "%.10g", number);
  number = g_ascii_strtod (text, NULL);
  g_value_init (&value, axis->spec->value_type);
  if (G_VALUE_HOLDS_DOUBLE (&value)) {
    const GParamSpecDouble *range = G_PARAM_SPEC_DOUBLE (axis->spec);

    if (!(number >= range->minimum && number <= range->maximum))
      return refuse (error, _ ("%s: %s is outside %g to %g"), name, text, range->minimum, range->maximum);
    g_value_set_double (&value, number);
  } else {
    const GParamSpecInt *range = G_PARAM_SPEC_INT (axis->spec);
    gboolean side = g_str_equal (name, "width") || g_str_equal (name, "height");

    if (number != rint (number) || number < range->minimum || number > range->maximum)
      return refuse (error, _ ("%s: %s is not a whole number from %d to %d"), name, text, range->minimum,
                     range->maximum);
    if (side && (int) number % 8 != 0)
      return refuse (error, _ ("%s: %s is not a multiple of 8"), name, text);
    g_value_set_int (&value, (int) number);
  }
  return add (axis, &value, g_strdup (text), error);
}

/* Seeds have more digits than a double. */
static gboolean
add_seed (LimnGridAxis *axis, guint64 seed, GError **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT64);
  g_value_set_uint64 (&value, seed);
  return add (axis, &value, g_strdup_printf ("%" G_GUINT64_FORMAT, seed), error);
}

static gboolean
add_text (LimnGridAxis *axis, const char *text, char *label, GError **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  return add (axis, &value, label, error);
}

/* ---- Numbers ---- */

static gboolean
read_number (const char *text, double *number)
{
  char *end;

  *number = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*number);
}

/* "3..7 step 2": the parts are stripped.  step: "" where there is none.  FALSE: not a range. */
static gboolean
split_range (const char *text, char **first, char **last, char **step)
{
  const char *dots = strstr (text, ".."), *word = dots != NULL ? strstr (dots, "step") : NULL;

  if (dots == NULL)
    return FALSE;
  *first = g_strstrip (g_strndup (text, (gsize) (dots - text)));
  *last = g_strstrip (word != NULL ? g_strndup (dots + 2, (gsize) (word - dots - 2)) : g_strdup (dots + 2));
  *step = g_strstrip (g_strdup (word != NULL ? word + strlen ("step") : ""));
  return TRUE;
}

static gboolean
add_range (LimnGridAxis *axis, const char *text, const char *first, const char *last, const char *step, GError **error)
{
  double from, to, by = 1;
  int n;

  if (!read_number (first, &from) || !read_number (last, &to) || (step[0] != '\0' && !read_number (step, &by))
      || by == 0)
    return refuse (error, _ ("%s: \"%s\" is not a range such as \"3..7 step 2\""), axis->name, text);
  by = to < from ? -fabs (by) : fabs (by);
  if ((to - from) / by >= MOST_VALUES)
    return refuse (error, _ ("%s: \"%s\" has more than %d values"), axis->name, text, MOST_VALUES);
  n = (int) floor ((to - from) / by + 1e-9);
  for (int i = 0; i <= n; i++)
    if (!add_number (axis, from + i * by, error))
      return FALSE;
  return TRUE;
}

static gboolean
add_seed_range (LimnGridAxis *axis, const char *text, const char *first, const char *last, const char *step,
                GError **error)
{
  guint64 from, to, by = 1;

  if (!g_ascii_string_to_unsigned (first, 10, 0, G_MAXUINT64, &from, NULL)
      || !g_ascii_string_to_unsigned (last, 10, from, G_MAXUINT64, &to, NULL)
      || (step[0] != '\0' && !g_ascii_string_to_unsigned (step, 10, 1, G_MAXUINT64, &by, NULL)))
    return refuse (error, _ ("%s: \"%s\" is not a range such as \"1..5\""), axis->name, text);
  if ((to - from) / by >= MOST_VALUES)
    return refuse (error, _ ("%s: \"%s\" has more than %d values"), axis->name, text, MOST_VALUES);
  for (guint64 i = 0; i <= (to - from) / by; i++)
    if (!add_seed (axis, from + i * by, error))
      return FALSE;
  return TRUE;
}

static gboolean
parse_number (LimnGridAxis *axis, const char *text, GError **error)
{
  gboolean seeds = axis->spec->value_type == G_TYPE_UINT64;
  g_autofree char *first = NULL, *last = NULL, *step = NULL;
  guint64 seed;
  double number;

  if (split_range (text, &first, &last, &step))
    return seeds ? add_seed_range (axis, text, first, last, step, error)
                 : add_range (axis, text, first, last, step, error);
  if (seeds && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &seed, NULL))
    return add_seed (axis, seed, error);
  if (!seeds && read_number (text, &number))
    return add_number (axis, number, error);
  return refuse (error, _ ("%s: \"%s\" is not a number or a range such as \"3..7 step 2\""), axis->name, text);
}

/* ---- Names ---- */

/* NULL where property takes other values. */
static const char *const *
find_names (const char *property)
{
  static const char *const switches[] = { "off", "on", NULL };
  const LimnField *field = limn_field_find (property);

  if (g_str_equal (property, "use-refiner"))
    return switches;
  return field != NULL && field->kind == LIMN_FIELD_CHOICE ? field->names : NULL;
}

static gboolean
is_choice (const char *property)
{
  const LimnField *field = limn_field_find (property);

  return field != NULL && field->kind == LIMN_FIELD_NAME;
}

static gboolean
is_text (const char *property)
{
  const LimnField *field = limn_field_find (property);

  return field != NULL && field->kind == LIMN_FIELD_TEXT;
}

static gboolean
parse_choice (LimnGridAxis *axis, const char *text, GError **error)
{
  const LimnField *field = limn_field_find (axis->name);
  const LimnChoice *choice = limn_field_choice (field, text);
  const char *sampler, *schedule;
  g_autofree char *known = limn_choice_list (field->table);

  if (choice != NULL)
    return add_text (axis, choice->name, g_strdup (choice->name), error);
  if (field->table == limn_sampler_choice && limn_sampling_from_text (text, &sampler, &schedule, NULL))
    return refuse (error, _ ("%s: \"%s\" names a schedule too, which is a side of its own"), axis->name, text);
  return refuse (error, _ ("%s: there is no \"%s\"; known are: %s"), axis->name, text, known);
}

static gboolean
parse_name (LimnGridAxis *axis, const char *const *names, const char *text, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  g_autofree char *known = g_strjoinv (", ", (char **) names);
  int found = -1;
  GValue value = G_VALUE_INIT;

  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], lower))
      found = i;
  if (found < 0)
    return refuse (error, _ ("%s: \"%s\" is none of %s"), axis->name, text, known);
  g_value_init (&value, axis->spec->value_type);
  if (G_VALUE_HOLDS_BOOLEAN (&value))
    g_value_set_boolean (&value, found);
  else
    g_value_set_int (&value, found);
  return add (axis, &value, g_strdup (names[found]), error);
}

/* ---- Texts ---- */

/* At the bars outside of "{a|b}", each part stripped.  (transfer full) */
static GPtrArray *
split_texts (const char *text, const char *separators)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);
  const char *start = text;
  int depth = 0;

  for (const char *p = text;; p++) {
    depth += *p == '{';
    depth -= *p == '}' && depth > 0;
    if (*p != '\0' && (depth > 0 || strchr (separators, *p) == NULL))
      continue;
    g_ptr_array_add (parts, g_strstrip (g_strndup (start, (gsize) (p - start))));
    start = p + 1;
    if (*p == '\0')
      return parts;
  }
}

static char *
file_label (const char *path)
{
  return path[0] == '\0' ? g_strdup (_ ("Limn Starter")) : limn_model_name_from_path (path);
}

static gboolean
parse_prompts (LimnGridAxis *axis, GPtrArray *parts, LimnSettings *settings, GError **error)
{
  const char *search = parts->pdata[0];
  g_autofree char *text = NULL;

  g_object_get (settings, axis->name, &text, NULL);
  if (text[0] != '\0') {
    if (search[0] == '\0' || strstr (text, search) == NULL)
      return refuse (error, _ ("%s: there is no \"%s\" in it to put the others in place of"), axis->name, search);
    axis->search = g_strdup (search);
  }
  for (guint i = 0; i < parts->len; i++) {
    /* some write what is searched for and then all that is wanted, with it among them */
    if (axis->search != NULL && i == 1 && g_str_equal (parts->pdata[1], search))
      continue;
    if (!add_text (axis, parts->pdata[i], g_strdup (parts->pdata[i]), error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_text (LimnGridAxis *axis, const char *text, GError **error)
{
  g_autoptr (GError) wrong = NULL;

  if (limn_field_find (axis->name)->check (text, &wrong))
    return add_text (axis, text, g_strdup (text), error);
  return refuse (error, "%s: %s", axis->name, wrong->message);
}

/* ---- Styles and LoRAs: of the prompt ---- */

static gboolean
parse_style (LimnGridAxis *axis, const char *text, GError **error)
{
  g_autofree char *path = limn_styles_path ();

  if (axis->styles == NULL)
    axis->styles = limn_styles_load (path, error);
  if (axis->styles == NULL)
    return FALSE;
  if (text[0] != '\0' && limn_styles_find (axis->styles, text) == NULL)
    return refuse (error, _ ("%s: %s has no “%s”"), axis->name, path, text);
  return add_text (axis, text, g_strdup (text[0] != '\0' ? text : _ ("None")), error);
}

static void
apply_style (LimnGridAxis *axis, const char *name, LimnSettings *settings)
{
  const LimnStyle *style = limn_styles_find (axis->styles, name);

  if (style != NULL)
    limn_settings_put_style (settings, style->prompt, style->negative);
}

static void
apply_weight (LimnGridAxis *axis, double weight, LimnSettings *settings)
{
  guint found;
  g_autofree char *prompt =
      limn_grid_weigh_loras (limn_settings_values (settings)->prompt, axis->search, weight, &found);

  g_object_set (settings, "prompt", prompt, NULL);
}

/* "ink: 0.5, 1" is of that LoRA alone: *text moves past its name. */
static gboolean
parse_lora (LimnGridAxis *axis, const char **text, LimnSettings *settings, GError **error)
{
  const char *colon = strchr (*text, ':');
  g_autofree char *prompt = NULL;
  guint found;

  if (colon != NULL) {
    axis->search = g_strstrip (g_strndup (*text, (gsize) (colon - *text)));
    *text = colon + 1;
  }
  prompt = limn_grid_weigh_loras (limn_settings_values (settings)->prompt, axis->search, 1, &found);
  if (found > 0)
    return TRUE;
  return axis->search != NULL ? refuse (error, _ ("%s: the prompt has no LoRA “%s”"), axis->name, axis->search)
                              : refuse (error, _ ("%s: the prompt has no LoRA"), axis->name);
}

static GParamSpec *
find_spec (const char *property, LimnSettings *settings)
{
  if (g_str_equal (property, "style"))
    return g_param_spec_ref_sink (g_param_spec_string (property, NULL, NULL, "", G_PARAM_READWRITE));
  if (g_str_equal (property, "lora-weight"))
    return g_param_spec_ref_sink (g_param_spec_double (property, NULL, NULL, -10, 10, 1, G_PARAM_READWRITE));
  if (g_str_equal (property, "control-weight"))
    return g_param_spec_ref_sink (g_param_spec_double (property, NULL, NULL, 0, 10, 1, G_PARAM_READWRITE));
  return g_param_spec_ref (g_object_class_find_property (G_OBJECT_GET_CLASS (settings), property));
}

static gboolean
parse_value (LimnGridAxis *axis, const char *text, GError **error)
{
  const char *const *names = find_names (axis->name);

  if (is_choice (axis->name))
    return parse_choice (axis, text, error);
  if (is_text (axis->name))
    return parse_text (axis, text, error);
  if (g_str_equal (axis->name, "style"))
    return parse_style (axis, text, error);
  if (axis->spec->value_type == G_TYPE_STRING)
    return add_text (axis, text, file_label (text), error);
  if (names != NULL)
    return parse_name (axis, names, text, error);
  if (text[0] == '\0')
    return TRUE;
  return parse_number (axis, text, error);
}

/* A setting that nothing reads would give the same picture again and again. */
static gboolean
check_used (const char *property, LimnSettings *settings, GError **error)
{
  static const char *const of_refiner[] = { "handoff", "refiner", "aesthetic", "negative-aesthetic", NULL };
  static const char *const of_second[] = { "prompt-2", "negative-2", NULL };
  const LimnSettingsValues *values = limn_settings_values (settings);

  if (!is_side (property))
    return refuse (error, _ ("%s: a grid cannot have this setting as a side"), property);
  if (g_strv_contains (of_refiner, property) && !values->use_refiner)
    return refuse (error, _ ("%s: the refiner is off, so all pictures would be the same"), property);
  if (g_str_equal (property, "strength") && values->source == NULL)
    return refuse (error, _ ("%s: there is no picture to start from, so all pictures would be the same"), property);
  if (g_str_equal (property, "control-weight") && limn_followed_find (values->controls) < 0)
    return refuse (error, _ ("%s: there is no ControlNet, so all pictures would be the same"), property);
  if (g_strv_contains (of_second, property) && !values->separate_prompts)
    return refuse (error, _ ("%s: the second prompt is off, so all pictures would be the same"), property);
  return TRUE;
}

LimnGridAxis *
limn_grid_axis_parse (const char *property, const char *text, LimnSettings *settings, GError **error)
{
  g_autoptr (LimnGridAxis) axis = NULL;
  g_autoptr (GPtrArray) parts = NULL;
  gboolean ok = TRUE;

  if (!check_used (property, settings, error))
    return NULL;
  axis = g_new0 (LimnGridAxis, 1);
  axis->name = g_strdup (property);
  axis->spec = find_spec (property, settings);
  axis->values = g_array_new (FALSE, TRUE, sizeof (AxisValue));
  g_array_set_clear_func (axis->values, value_clear);
  if (g_str_equal (property, "lora-weight") && !parse_lora (axis, &text, settings, error))
    return NULL;
  parts = split_texts (text, axis->spec->value_type == G_TYPE_STRING && !is_choice (property) ? "|\n" : ",;|\n");
  if (is_prompt (property))
    ok = parse_prompts (axis, parts, settings, error);
  for (guint i = 0; ok && !is_prompt (property) && i < parts->len; i++)
    ok = parse_value (axis, parts->pdata[i], error);
  if (ok && axis->values->len == 0)
    ok = refuse (error, _ ("%s: no values are given"), property);
  return ok ? g_steal_pointer (&axis) : NULL;
}

void
limn_grid_axis_free (LimnGridAxis *axis)
{
  if (axis == NULL)
    return;
  g_array_unref (axis->values);
  g_clear_pointer (&axis->styles, g_ptr_array_unref);
  g_clear_pointer (&axis->spec, g_param_spec_unref);
  g_free (axis->name);
  g_free (axis->search);
  g_free (axis);
}

const char *
limn_grid_axis_get_property (LimnGridAxis *axis)
{
  return axis->name;
}

guint
limn_grid_axis_get_n_values (LimnGridAxis *axis)
{
  return axis->values->len;
}

const char *
limn_grid_axis_get_label (LimnGridAxis *axis, guint index)
{
  g_return_val_if_fail (index < axis->values->len, "");
  return g_array_index (axis->values, AxisValue, index).label;
}

void
limn_grid_axis_apply (LimnGridAxis *axis, guint index, LimnSettings *settings)
{
  const AxisValue *value;
  g_autofree char *text = NULL;
  g_autoptr (GString) replaced = NULL;

  g_return_if_fail (index < axis->values->len);

  value = &g_array_index (axis->values, AxisValue, index);
  if (g_str_equal (axis->name, "like")) {
    limn_settings_choose_like (settings, g_value_get_string (&value->value));
    return;
  }
  if (g_str_equal (axis->name, "sigmas")) {
    limn_settings_choose_sigmas (settings, g_value_get_string (&value->value));
    return;
  }
  if (g_str_equal (axis->name, "style")) {
    apply_style (axis, g_value_get_string (&value->value), settings);
    return;
  }
  if (g_str_equal (axis->name, "lora-weight")) {
    apply_weight (axis, g_value_get_double (&value->value), settings);
    return;
  }
  if (g_str_equal (axis->name, "control-weight")) {
    g_autoptr (LimnFollowed) weighed =
        limn_followed_weigh (limn_settings_values (settings)->controls, g_value_get_double (&value->value));

    g_object_set (settings, "controls", weighed, NULL);
    return;
  }
  if (axis->search == NULL) {
    g_object_set_property (G_OBJECT (settings), axis->name, &value->value);
    return;
  }
  g_object_get (settings, axis->name, &text, NULL);
  replaced = g_string_new (text);
  g_string_replace (replaced, axis->search, g_value_get_string (&value->value), 0);
  g_object_set (settings, axis->name, replaced->str, NULL);
}
