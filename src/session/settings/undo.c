/* undo.c - takes back changes of settings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/undo.h"

#define PAUSE 700     /* ms without a change, after which the next one is another */
#define MOST_KEPT 100 /* changes */

/* What was there on the other side of a change. */
typedef struct {
  LimnSettings *settings;
  gboolean whole; /* the prompts and the seed changed with the rest, as in a restore */
} Change;

struct _LimnUndo {
  GObject parent_instance;
  LimnSettings *settings;
  GQueue back, forth;    /* Change *, the nearest first */
  LimnSettings *present; /* as of the last commit, but for what was typed since */
  gboolean changed;      /* since then */
  gboolean replaying;
  guint timeout;
};

G_DEFINE_FINAL_TYPE (LimnUndo, limn_undo, G_TYPE_OBJECT)

enum { PROP_CAN_UNDO = 1, PROP_CAN_REDO, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* Left out: prompts are undone in their editors, and the seed rolls by itself with every picture. */
static const char *const left_out[] = { "prompt", "negative", "prompt-2", "negative-2", "seed" };

static gboolean
is_watched (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (left_out); i++)
    if (g_str_equal (name, left_out[i]))
      return FALSE;
  return TRUE;
}

static gboolean
differ (LimnSettings *a, LimnSettings *b, gboolean watched)
{
  guint n;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (a), &n);
  gboolean found = FALSE;

  for (guint i = 0; i < n && !found; i++) {
    g_auto (GValue) first = G_VALUE_INIT, second = G_VALUE_INIT;

    if (is_watched (specs[i]->name) != watched)
      continue;
    g_object_get_property (G_OBJECT (a), specs[i]->name, &first);
    g_object_get_property (G_OBJECT (b), specs[i]->name, &second);
    found = g_param_values_cmp (specs[i], &first, &second) != 0;
  }
  return found;
}

static void
copy_left_out (LimnSettings *to, LimnSettings *from)
{
  for (guint i = 0; i < G_N_ELEMENTS (left_out); i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    g_object_get_property (G_OBJECT (from), left_out[i], &value);
    g_object_set_property (G_OBJECT (to), left_out[i], &value);
  }
}

static Change *
change_new (LimnSettings *settings, gboolean whole)
{
  Change *change = g_new (Change, 1);

  *change = (Change){ settings, whole };
  return change;
}

static void
change_free (gpointer data)
{
  g_object_unref (((Change *) data)->settings);
  g_free (data);
}

static void
notify_both (LimnUndo *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_REDO]);
}

void
limn_undo_commit (LimnUndo *self)
{
  g_return_if_fail (LIMN_IS_UNDO (self));

  g_clear_handle_id (&self->timeout, g_source_remove);
  if (!self->changed)
    return;
  self->changed = FALSE;
  if (!differ (self->present, self->settings, TRUE)) { /* to and fro */
    copy_left_out (self->present, self->settings);
    notify_both (self);
    return;
  }
  g_queue_push_head (&self->back, change_new (self->present, differ (self->present, self->settings, FALSE)));
  while (self->back.length > MOST_KEPT)
    change_free (g_queue_pop_tail (&self->back));
  self->present = limn_settings_copy (self->settings);
  notify_both (self);
}

void
limn_undo_reset (LimnUndo *self)
{
  g_return_if_fail (LIMN_IS_UNDO (self));

  g_clear_handle_id (&self->timeout, g_source_remove);
  self->changed = FALSE;
  g_queue_clear_full (&self->back, change_free);
  g_queue_clear_full (&self->forth, change_free);
  g_object_unref (self->present);
  self->present = limn_settings_copy (self->settings);
  notify_both (self);
}

static gboolean
timeout_cb (gpointer data)
{
  LimnUndo *self = data;

  self->timeout = 0;
  limn_undo_commit (self);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (LimnSettings *settings, GParamSpec *pspec, LimnUndo *self)
{
  gboolean first = !self->changed;

  if (self->replaying)
    return;
  if (!is_watched (pspec->name)) {
    /* typed, not restored with everything else */
    if (!self->changed && !differ (self->present, settings, TRUE))
      copy_left_out (self->present, settings);
    return;
  }
  self->changed = TRUE;
  g_queue_clear_full (&self->forth, change_free);
  g_clear_handle_id (&self->timeout, g_source_remove);
  self->timeout = g_timeout_add (PAUSE, timeout_cb, self);
  if (first)
    notify_both (self);
}

static void
replay (LimnUndo *self, GQueue *from, GQueue *to)
{
  Change *change;

  limn_undo_commit (self);
  change = g_queue_pop_head (from);
  if (change == NULL)
    return;
  if (!change->whole)
    copy_left_out (change->settings, self->settings);
  g_queue_push_head (to, change_new (self->present, change->whole));
  self->present = g_object_ref (change->settings);
  change_free (change);
  self->replaying = TRUE;
  limn_settings_assign (self->settings, self->present);
  self->replaying = FALSE;
  notify_both (self);
}

void
limn_undo_undo (LimnUndo *self)
{
  g_return_if_fail (LIMN_IS_UNDO (self));

  replay (self, &self->back, &self->forth);
}

void
limn_undo_redo (LimnUndo *self)
{
  g_return_if_fail (LIMN_IS_UNDO (self));

  replay (self, &self->forth, &self->back);
}

gboolean
limn_undo_can_undo (LimnUndo *self)
{
  g_return_val_if_fail (LIMN_IS_UNDO (self), FALSE);
  return self->back.length > 0 || self->changed;
}

gboolean
limn_undo_can_redo (LimnUndo *self)
{
  g_return_val_if_fail (LIMN_IS_UNDO (self), FALSE);
  return self->forth.length > 0;
}

static void
limn_undo_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnUndo *self = LIMN_UNDO (object);

  switch (id) {
  case PROP_CAN_UNDO:
    g_value_set_boolean (value, limn_undo_can_undo (self));
    break;
  case PROP_CAN_REDO:
    g_value_set_boolean (value, limn_undo_can_redo (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_undo_dispose (GObject *object)
{
  LimnUndo *self = LIMN_UNDO (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->settings);
  g_clear_object (&self->present);
  g_queue_clear_full (&self->back, change_free);
  g_queue_clear_full (&self->forth, change_free);

  G_OBJECT_CLASS (limn_undo_parent_class)->dispose (object);
}

static void
limn_undo_class_init (LimnUndoClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_undo_get_property;
  object_class->dispose = limn_undo_dispose;
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_undo_init (LimnUndo *self)
{
  g_queue_init (&self->back);
  g_queue_init (&self->forth);
}

LimnUndo *
limn_undo_new (LimnSettings *settings)
{
  LimnUndo *self;

  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), NULL);

  self = g_object_new (LIMN_TYPE_UNDO, NULL);
  self->settings = g_object_ref (settings);
  self->present = limn_settings_copy (settings);
  g_signal_connect (settings, "notify", G_CALLBACK (changed_cb), self);
  return self;
}
