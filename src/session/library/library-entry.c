/* library-entry.c - one picture of the library.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library-entry.h"
#include "session/library/library-private.h"

struct _LimnEntry {
  GObject parent_instance;
  LimnEntryValues values;
};

G_DEFINE_FINAL_TYPE (LimnEntry, limn_entry, G_TYPE_OBJECT)

enum { PROP_PATH = 1, PROP_PROMPT, PROP_FAVOURITE, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
limn_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnEntry *self = LIMN_ENTRY (object);

  switch (id) {
  case PROP_PATH:
    g_value_set_string (value, self->values.path);
    break;
  case PROP_PROMPT:
    g_value_set_string (value, self->values.prompt);
    break;
  case PROP_FAVOURITE:
    g_value_set_boolean (value, self->values.favourite);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_entry_finalize (GObject *object)
{
  LimnEntry *self = LIMN_ENTRY (object);

  g_free (self->values.path);
  g_free (self->values.prompt);

  G_OBJECT_CLASS (limn_entry_parent_class)->finalize (object);
}

static void
limn_entry_class_init (LimnEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_entry_get_property;
  object_class->finalize = limn_entry_finalize;

  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_PROMPT] = g_param_spec_string ("prompt", NULL, NULL, NULL, flags);
  properties[PROP_FAVOURITE] = g_param_spec_boolean ("favourite", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_entry_init (LimnEntry *self)
{
}

LimnEntry *
limn_entry_new (const LimnEntryValues *values)
{
  LimnEntry *self = g_object_new (LIMN_TYPE_ENTRY, NULL);

  self->values = *values;
  return self;
}

const LimnEntryValues *
limn_entry_values (LimnEntry *self)
{
  return &self->values;
}

void
limn_entry_set_favourite (LimnEntry *self, gboolean favourite)
{
  if (self->values.favourite == favourite)
    return;
  self->values.favourite = favourite;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FAVOURITE]);
}

gint64
limn_entry_get_id (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), 0);
  return self->values.id;
}

const char *
limn_entry_get_path (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), NULL);
  return self->values.path;
}

gint64
limn_entry_get_size (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), 0);
  return self->values.size;
}

gint64
limn_entry_get_time (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), 0);
  return self->values.time;
}

const char *
limn_entry_get_prompt (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), NULL);
  return self->values.prompt;
}

int
limn_entry_get_width (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), 0);
  return self->values.width;
}

int
limn_entry_get_height (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), 0);
  return self->values.height;
}

gboolean
limn_entry_get_favourite (LimnEntry *self)
{
  g_return_val_if_fail (LIMN_IS_ENTRY (self), FALSE);
  return self->values.favourite;
}
