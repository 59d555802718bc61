/* settings.c - one table of fields drives properties, copies and what is kept between sessions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/settings.h"

#include <gio/gio.h>

#include "engine/several.h"
#include "text/styles.h"

struct _LimnSettings {
  GObject parent_instance;
  LimnSettingsValues values;
};

G_DEFINE_FINAL_TYPE (LimnSettings, limn_settings, G_TYPE_OBJECT)

typedef enum {
  FIELD_STRING,
  FIELD_NAME,
  FIELD_INT,
  FIELD_BOOL,
  FIELD_DOUBLE,
  FIELD_UINT64,
  FIELD_SOURCE,
  FIELD_MASK,
  FIELD_FOLLOWED
} FieldKind;

typedef struct {
  const char *name;
  FieldKind kind;
  gsize offset;
  double minimum, maximum, value;
  const char *text; /* the default of a FIELD_NAME, which is interned, as short texts are */
} Field;

#define AT(member) G_STRUCT_OFFSET (LimnSettingsValues, member)

/* Beside those of engine/fields.h. */
static const Field own_fields[] = {
  { "prompt", FIELD_STRING, AT (prompt) },
  { "negative", FIELD_STRING, AT (negative) },
  { "prompt-2", FIELD_STRING, AT (prompt_2) },
  { "negative-2", FIELD_STRING, AT (negative_2) },
  { "separate-prompts", FIELD_BOOL, AT (separate_prompts), 0, 1, FALSE },
  { "prefix", FIELD_STRING, AT (prefix) },
  { "model", FIELD_STRING, AT (model) },
  { "refiner", FIELD_STRING, AT (refiner) },
  { "new-seed", FIELD_BOOL, AT (new_seed), 0, 1, TRUE },
  { "count", FIELD_INT, AT (count), 1, 999, 1 },
  { "batch-size", FIELD_INT, AT (batch_size), 0, LIMN_MOST_TOGETHER, 1 },
  { "original-width", FIELD_INT, AT (original_width), 0, 16384, 0 },
  { "original-height", FIELD_INT, AT (original_height), 0, 16384, 0 },
  { "crop-left", FIELD_INT, AT (crop_left), 0, 16384, 0 },
  { "crop-top", FIELD_INT, AT (crop_top), 0, 16384, 0 },
  { "target-width", FIELD_INT, AT (target_width), 0, 16384, 0 },
  { "target-height", FIELD_INT, AT (target_height), 0, 16384, 0 },
  { "separate-negative", FIELD_BOOL, AT (separate_negative), 0, 1, FALSE },
  { "negative-original-width", FIELD_INT, AT (negative_original_width), 0, 16384, 0 },
  { "negative-original-height", FIELD_INT, AT (negative_original_height), 0, 16384, 0 },
  { "negative-crop-left", FIELD_INT, AT (negative_crop_left), 0, 16384, 0 },
  { "negative-crop-top", FIELD_INT, AT (negative_crop_top), 0, 16384, 0 },
  { "negative-target-width", FIELD_INT, AT (negative_target_width), 0, 16384, 0 },
  { "negative-target-height", FIELD_INT, AT (negative_target_height), 0, 16384, 0 },
  { "use-refiner", FIELD_BOOL, AT (use_refiner), 0, 1, FALSE },
  { "upscaler", FIELD_STRING, AT (upscaler) },
  { "use-upscaler", FIELD_BOOL, AT (use_upscaler), 0, 1, FALSE },
  { "source-x", FIELD_DOUBLE, AT (source_x), 0, 1, 0.5 },
  { "source-y", FIELD_DOUBLE, AT (source_y), 0, 1, 0.5 },
  { "source-fit", FIELD_INT, AT (source_fit), LIMN_SOURCE_CROP, LIMN_SOURCE_PAD, LIMN_SOURCE_CROP },
  { "truthful-crop", FIELD_BOOL, AT (truthful_crop), 0, 1, FALSE },
  { "source", FIELD_SOURCE, AT (source) },
  { "mask", FIELD_MASK, AT (mask) },
  { "controls", FIELD_FOLLOWED, AT (controls) },
};

static Field
field_of (const LimnField *row)
{
  static const FieldKind kinds[] = {
    [LIMN_FIELD_INT] = FIELD_INT,    [LIMN_FIELD_DOUBLE] = FIELD_DOUBLE, [LIMN_FIELD_SEED] = FIELD_UINT64,
    [LIMN_FIELD_CHOICE] = FIELD_INT, [LIMN_FIELD_NAME] = FIELD_NAME,     [LIMN_FIELD_TEXT] = FIELD_NAME,
  };
  Field field = { row->name, kinds[row->kind], AT (fields) + row->offset, MAX (row->least, row->set_least),
                  row->most, row->value };

  if (row->kind == LIMN_FIELD_CHOICE)
    field.maximum = g_strv_length ((char **) row->names) - 1;
  if (row->kind == LIMN_FIELD_NAME)
    field.text = row->table (0)->name;
  if (row->kind == LIMN_FIELD_TEXT)
    field.text = "";
  return field;
}

/* Of both tables, the request's first; FALSE after the last. */
static gboolean
get_field (guint index, Field *field)
{
  guint n;
  const LimnField *rows = limn_fields (&n);

  if (index < n)
    *field = field_of (&rows[index]);
  else if (index - n < G_N_ELEMENTS (own_fields))
    *field = own_fields[index - n];
  return index < n + G_N_ELEMENTS (own_fields);
}

static gpointer
at (LimnSettings *self, const Field *field)
{
  return (char *) &self->values + field->offset;
}

static gboolean
store_string (char **slot, const char *value)
{
  value = value != NULL ? value : "";
  if (g_strcmp0 (*slot, value) == 0)
    return FALSE;
  g_free (*slot);
  *slot = g_strdup (value);
  return TRUE;
}

static gboolean
store_name (const char **slot, const char *value)
{
  const char *name = g_intern_string (value != NULL ? value : "");

  if (*slot == name)
    return FALSE;
  *slot = name;
  return TRUE;
}

static gboolean
store_double (double *slot, double value)
{
  if (*slot == value)
    return FALSE;
  *slot = value;
  return TRUE;
}

static gboolean
store_int (int *slot, int value)
{
  if (*slot == value)
    return FALSE;
  *slot = value;
  return TRUE;
}

static gboolean
store_uint64 (guint64 *slot, guint64 value)
{
  if (*slot == value)
    return FALSE;
  *slot = value;
  return TRUE;
}

static void
limn_settings_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnSettings *self = LIMN_SETTINGS (object);
  Field field;
  gpointer slot;
  gboolean changed = FALSE;

  if (!get_field (id - 1, &field))
    return;
  slot = at (self, &field);
  switch (field.kind) {
  case FIELD_STRING:
    changed = store_string (slot, g_value_get_string (value));
    break;
  case FIELD_NAME:
    changed = store_name (slot, g_value_get_string (value));
    break;
  case FIELD_INT:
    changed = store_int (slot, g_value_get_int (value));
    break;
  case FIELD_BOOL:
    changed = store_int (slot, g_value_get_boolean (value));
    break;
  case FIELD_DOUBLE:
    changed = store_double (slot, g_value_get_double (value));
    break;
  case FIELD_UINT64:
    changed = store_uint64 (slot, g_value_get_uint64 (value));
    break;
  case FIELD_SOURCE:
  case FIELD_MASK:
  case FIELD_FOLLOWED:
    changed = g_set_object ((GObject **) slot, g_value_get_object (value));
    break;
  }
  if (changed)
    g_object_notify_by_pspec (object, pspec);
}

static void
limn_settings_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnSettings *self = LIMN_SETTINGS (object);
  Field field;
  gpointer slot;

  if (!get_field (id - 1, &field))
    return;
  slot = at (self, &field);
  switch (field.kind) {
  case FIELD_STRING:
  case FIELD_NAME:
    g_value_set_string (value, *(char **) slot);
    break;
  case FIELD_INT:
    g_value_set_int (value, *(int *) slot);
    break;
  case FIELD_BOOL:
    g_value_set_boolean (value, *(gboolean *) slot);
    break;
  case FIELD_DOUBLE:
    g_value_set_double (value, *(double *) slot);
    break;
  case FIELD_UINT64:
    g_value_set_uint64 (value, *(guint64 *) slot);
    break;
  case FIELD_SOURCE:
  case FIELD_MASK:
  case FIELD_FOLLOWED:
    g_value_set_object (value, *(GObject **) slot);
    break;
  }
}

static void
limn_settings_finalize (GObject *object)
{
  LimnSettings *self = LIMN_SETTINGS (object);
  Field field;

  for (guint i = 0; get_field (i, &field); i++)
    if (field.kind == FIELD_STRING)
      g_free (*(char **) at (self, &field));
  g_clear_object (&self->values.source);
  g_clear_object (&self->values.mask);
  g_clear_object (&self->values.controls);

  G_OBJECT_CLASS (limn_settings_parent_class)->finalize (object);
}

static GParamSpec *
field_spec (const Field *field)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  switch (field->kind) {
  case FIELD_STRING:
  case FIELD_NAME:
    return g_param_spec_string (field->name, NULL, NULL, field->text != NULL ? field->text : "", flags);
  case FIELD_INT:
    return g_param_spec_int (field->name, NULL, NULL, field->minimum, field->maximum, field->value, flags);
  case FIELD_BOOL:
    return g_param_spec_boolean (field->name, NULL, NULL, field->value != 0, flags);
  case FIELD_DOUBLE:
    return g_param_spec_double (field->name, NULL, NULL, field->minimum, field->maximum, field->value, flags);
  case FIELD_UINT64:
    return g_param_spec_uint64 (field->name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
  case FIELD_SOURCE:
    return g_param_spec_object (field->name, NULL, NULL, LIMN_TYPE_SOURCE, flags);
  case FIELD_MASK:
    return g_param_spec_object (field->name, NULL, NULL, LIMN_TYPE_MASK, flags);
  case FIELD_FOLLOWED:
    return g_param_spec_object (field->name, NULL, NULL, LIMN_TYPE_FOLLOWED, flags);
  }
  g_assert_not_reached ();
}

static void
limn_settings_class_init (LimnSettingsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  Field field;

  object_class->set_property = limn_settings_set_property;
  object_class->get_property = limn_settings_get_property;
  object_class->finalize = limn_settings_finalize;

  for (guint i = 0; get_field (i, &field); i++)
    g_object_class_install_property (object_class, i + 1, field_spec (&field));
}

static void
limn_settings_init (LimnSettings *self)
{
  Field field;

  for (guint i = 0; get_field (i, &field); i++) {
    gpointer slot = at (self, &field);

    switch (field.kind) {
    case FIELD_STRING:
      *(char **) slot = g_strdup ("");
      break;
    case FIELD_NAME:
      *(const char **) slot = g_intern_string (field.text);
      break;
    case FIELD_INT:
    case FIELD_BOOL:
      *(int *) slot = (int) field.value;
      break;
    case FIELD_DOUBLE:
      *(double *) slot = field.value;
      break;
    case FIELD_UINT64:
    case FIELD_SOURCE:
    case FIELD_MASK:
    case FIELD_FOLLOWED:
      break;
    }
  }
}

LimnSettings *
limn_settings_new (void)
{
  return g_object_new (LIMN_TYPE_SETTINGS, NULL);
}

LimnSettings *
limn_settings_copy (LimnSettings *self)
{
  LimnSettings *copy;

  g_return_val_if_fail (LIMN_IS_SETTINGS (self), NULL);

  copy = limn_settings_new ();
  limn_settings_assign (copy, self);
  return copy;
}

void
limn_settings_assign (LimnSettings *self, LimnSettings *from)
{
  Field field;

  g_return_if_fail (LIMN_IS_SETTINGS (self));
  g_return_if_fail (LIMN_IS_SETTINGS (from));

  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 0; get_field (i, &field); i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    g_object_get_property (G_OBJECT (from), field.name, &value);
    g_object_set_property (G_OBJECT (self), field.name, &value);
  }
  g_object_thaw_notify (G_OBJECT (self));
}

const LimnSettingsValues *
limn_settings_values (LimnSettings *self)
{
  g_return_val_if_fail (LIMN_IS_SETTINGS (self), NULL);
  return &self->values;
}

void
limn_settings_choose_like (LimnSettings *self, const char *name)
{
  LimnFields fields;

  g_return_if_fail (LIMN_IS_SETTINGS (self));

  fields = self->values.fields;
  fields.like = name;
  limn_like_choose (&fields);
  g_object_set (self, "like", name, "noise-source", (int) fields.noise_source, "emphasis", fields.emphasis, NULL);
}

gboolean
limn_settings_choose_sigmas (LimnSettings *self, const char *text)
{
  LimnFields fields;

  g_return_val_if_fail (LIMN_IS_SETTINGS (self), FALSE);

  fields = self->values.fields;
  if (!limn_sigmas_choose (&fields, text))
    return FALSE;
  g_object_set (self, "sigmas", fields.sigmas, "schedule", fields.schedule, "steps", fields.steps, NULL);
  return TRUE;
}

void
limn_settings_put_style (LimnSettings *self, const char *template, const char *negative_template)
{
  g_autofree char *prompt = NULL, *negative = NULL;

  g_return_if_fail (LIMN_IS_SETTINGS (self));

  prompt = limn_style_apply (template, self->values.prompt);
  negative = negative_template[0] != '\0' ? limn_style_apply (negative_template, self->values.negative)
                                          : g_strdup (self->values.negative);
  g_object_set (self, "prompt", prompt, "negative", negative, NULL);
}

static GVariant *
field_to_variant (LimnSettings *self, const Field *field)
{
  gpointer slot = at (self, field);

  switch (field->kind) {
  case FIELD_STRING:
  case FIELD_NAME:
    return g_variant_new_string (*(char **) slot);
  case FIELD_INT:
    return g_variant_new_int32 (*(int *) slot);
  case FIELD_BOOL:
    return g_variant_new_boolean (*(gboolean *) slot);
  case FIELD_DOUBLE:
    return g_variant_new_double (*(double *) slot);
  case FIELD_UINT64:
    return g_variant_new_uint64 (*(guint64 *) slot);
  case FIELD_SOURCE:
  case FIELD_MASK:
    return NULL;
  case FIELD_FOLLOWED:
    return limn_followed_to_variant (*(LimnFollowed **) slot);
  }
  g_assert_not_reached ();
}

GVariant *
limn_settings_to_variant (LimnSettings *self)
{
  GVariantBuilder builder;
  Field field;

  g_return_val_if_fail (LIMN_IS_SETTINGS (self), NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; get_field (i, &field); i++) {
    GVariant *value = field_to_variant (self, &field);

    if (value != NULL)
      g_variant_builder_add (&builder, "{sv}", field.name, value);
  }
  return g_variant_builder_end (&builder);
}

static gboolean
field_accepts (const Field *field, GVariant *value)
{
  double number;

  switch (field->kind) {
  case FIELD_STRING:
  case FIELD_NAME:
    return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING);
  case FIELD_BOOL:
    return g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN);
  case FIELD_UINT64:
    return g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64);
  case FIELD_INT:
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_INT32))
      return FALSE;
    number = g_variant_get_int32 (value);
    return number >= field->minimum && number <= field->maximum;
  case FIELD_DOUBLE:
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
      return FALSE;
    number = g_variant_get_double (value);
    return number >= field->minimum && number <= field->maximum; /* false for NaN */
  case FIELD_SOURCE:
  case FIELD_MASK:
    return FALSE;
  case FIELD_FOLLOWED:
    return g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{ss}"));
  }
  g_assert_not_reached ();
}

/* Once there was Euler alone, and a number said on which schedule. */
static void
read_numbered_sampler (LimnSettings *self, GVariant *variant)
{
  static const char *const schedules[] = { "model", "trailing", "karras" };
  gint32 number;

  if (g_variant_lookup (variant, "sampler", "i", &number) && number >= 0 && number < (int) G_N_ELEMENTS (schedules))
    g_object_set (self, "sampler", "euler", "schedule", schedules[number], NULL);
}

void
limn_settings_from_variant (LimnSettings *self, GVariant *variant)
{
  Field field;

  g_return_if_fail (LIMN_IS_SETTINGS (self));
  g_return_if_fail (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT));

  g_object_freeze_notify (G_OBJECT (self));
  read_numbered_sampler (self, variant);
  for (guint i = 0; get_field (i, &field); i++) {
    g_autoptr (GVariant) member = g_variant_lookup_value (variant, field.name, NULL);
    g_auto (GValue) value = G_VALUE_INIT;

    if (member == NULL || !field_accepts (&field, member))
      continue;
    if (field.kind == FIELD_FOLLOWED) {
      g_value_init (&value, LIMN_TYPE_FOLLOWED);
      g_value_take_object (&value, limn_followed_from_variant (member));
    } else {
      g_dbus_gvariant_to_gvalue (member, &value);
    }
    g_object_set_property (G_OBJECT (self), field.name, &value);
  }
  g_object_thaw_notify (G_OBJECT (self));
}

gboolean
limn_settings_expand (LimnSettings *self, LimnWildcards *wildcards, GError **error)
{
  static const char *const prompts[] = { "prompt", "negative", "prompt-2", "negative-2", "regions", "details" };

  g_return_val_if_fail (LIMN_IS_SETTINGS (self), FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++) {
    g_autofree char *text = NULL, *words = NULL;

    g_object_get (self, prompts[i], &text, NULL);
    words = limn_wildcards_expand (wildcards, text, self->values.seed, error);
    if (words == NULL)
      return FALSE;
    g_object_set (self, prompts[i], words, NULL);
  }
  return TRUE;
}

void
limn_settings_fill_request (LimnSettings *self, LimnRequest *request)
{
  const LimnSettingsValues *values;

  g_return_if_fail (LIMN_IS_SETTINGS (self));

  values = &self->values;
  request->prompt = values->prompt;
  request->negative = values->negative[0] != '\0' ? values->negative : NULL;
  if (values->separate_prompts) {
    request->prompt_2 = values->prompt_2;
    request->negative_2 = values->negative_2;
  }
  request->fields = values->fields;
  request->hints = (LimnSizeHints){ values->original_width, values->original_height, values->crop_left,
                                    values->crop_top,       values->target_width,    values->target_height };
  request->negative_hints = request->hints;
  if (values->separate_negative)
    request->negative_hints = (LimnSizeHints){ values->negative_original_width, values->negative_original_height,
                                               values->negative_crop_left,      values->negative_crop_top,
                                               values->negative_target_width,   values->negative_target_height };
}
