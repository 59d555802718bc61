/* control-group.c - rows of ControlNets, which are the settings'.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/control-group.h"

#include <glib/gi18n.h>

#include "app/panel/control-row.h"
#include "base/control-type.h"

struct _LimnControlGroup {
  AdwPreferencesGroup parent_instance;
  LimnSettings *settings;
  GPtrArray *rows; /* (element-type LimnControlRow) by their place in the settings; borrowed */
  LimnFamily family;
  gboolean writing;
};

G_DEFINE_FINAL_TYPE (LimnControlGroup, limn_control_group, ADW_TYPE_PREFERENCES_GROUP)

enum { ASKED, MAP_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static LimnFollowed *
followed_of (LimnControlGroup *self)
{
  return limn_settings_values (self->settings)->controls;
}

/* ---- Settings ---- */

static void
write_row (LimnControlGroup *self, guint index, const LimnFollowedRow *row)
{
  g_autoptr (LimnFollowed) followed = limn_followed_with (followed_of (self), index, row);

  g_object_set (self->settings, "controls", followed, NULL);
}

void
limn_control_group_add (LimnControlGroup *self, const char *file)
{
  LimnFollowedRow row = { .file = (char *) file };

  g_return_if_fail (LIMN_IS_CONTROL_GROUP (self));

  limn_control_init (&row.how);
  write_row (self, G_MAXUINT, &row);
}

/* pose: of one, followed as it is. */
static void
write_picture (LimnControlGroup *self, guint index, LimnSource *picture, gboolean pose)
{
  const LimnFollowedRow *old = limn_followed_nth (followed_of (self), index);
  LimnFollowedRow row;

  if (old == NULL)
    return;
  row = *old;
  row.picture = picture;
  if (pose)
    row.how.map = NULL;
  if (pose && limn_control_row_get_types (self->rows->pdata[index]) > 0)
    row.how.type = limn_control_type_find ("openpose")->choice.name;
  write_row (self, index, &row);
}

void
limn_control_group_set_picture (LimnControlGroup *self, guint index, LimnSource *picture)
{
  g_return_if_fail (LIMN_IS_CONTROL_GROUP (self));
  write_picture (self, index, picture, FALSE);
}

void
limn_control_group_set_pose (LimnControlGroup *self, guint index, LimnSource *pose)
{
  g_return_if_fail (LIMN_IS_CONTROL_GROUP (self));
  write_picture (self, index, pose, TRUE);
}

void
limn_control_group_remove (LimnControlGroup *self, guint index)
{
  g_autoptr (LimnFollowed) followed = NULL;

  g_return_if_fail (LIMN_IS_CONTROL_GROUP (self));

  followed = limn_followed_without (followed_of (self), index);
  g_object_set (self->settings, "controls", followed, NULL);
}

guint
limn_control_group_find_place (LimnControlGroup *self)
{
  g_return_val_if_fail (LIMN_IS_CONTROL_GROUP (self), 0);

  for (guint i = 0; i < limn_followed_get_n (followed_of (self)); i++)
    if (limn_followed_nth (followed_of (self), i)->picture == NULL)
      return i;
  return 0;
}

/* ---- Rows ---- */

gboolean
limn_control_group_find_row (LimnControlGroup *self, GtkWidget *widget, guint *index)
{
  g_return_val_if_fail (LIMN_IS_CONTROL_GROUP (self), FALSE);

  for (guint i = 0; widget != NULL && i < self->rows->len; i++)
    if (widget == self->rows->pdata[i] || gtk_widget_is_ancestor (widget, self->rows->pdata[i])) {
      *index = i;
      return TRUE;
    }
  return FALSE;
}

const LimnImage *
limn_control_group_get_map (LimnControlGroup *self, double *opacity)
{
  const LimnImage *map = NULL;

  g_return_val_if_fail (LIMN_IS_CONTROL_GROUP (self), NULL);

  for (guint i = 0; map == NULL && i < self->rows->len; i++)
    map = limn_control_row_get_map (self->rows->pdata[i], opacity);
  return map;
}

static void
changed_cb (LimnControlRow *row, LimnControlGroup *self)
{
  guint index;

  if (!limn_control_group_find_row (self, GTK_WIDGET (row), &index))
    return;
  self->writing = TRUE;
  write_row (self, index, limn_control_row_get (row));
  self->writing = FALSE;
}

static void
asked_cb (LimnControlRow *row, const char *action, LimnControlGroup *self)
{
  guint index;

  if (limn_control_group_find_row (self, GTK_WIDGET (row), &index))
    g_signal_emit (self, signals[ASKED], 0, action, index);
}

static void
map_changed_cb (LimnControlGroup *self)
{
  g_signal_emit (self, signals[MAP_CHANGED], 0);
}

static void
add_row (LimnControlGroup *self)
{
  GtkWidget *row = limn_control_row_new ();

  limn_control_row_set_family (LIMN_CONTROL_ROW (row), self->family);
  g_signal_connect_object (row, "changed", G_CALLBACK (changed_cb), self, 0);
  g_signal_connect_object (row, "asked", G_CALLBACK (asked_cb), self, 0);
  g_signal_connect_object (row, "map-changed", G_CALLBACK (map_changed_cb), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->rows, row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
}

static void
update (LimnControlGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  guint n = limn_followed_get_n (values->controls);

  if (self->writing)
    return;
  while (self->rows->len > n)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self),
                                  g_ptr_array_steal_index (self->rows, self->rows->len - 1));
  while (self->rows->len < n)
    add_row (self);
  for (guint i = 0; i < n; i++)
    limn_control_row_set_regions (self->rows->pdata[i], values->regions);
  for (guint i = 0; i < n; i++)
    limn_control_row_set (self->rows->pdata[i], limn_followed_nth (values->controls, i), values->width, values->height);
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (self),
      n == 0 ? _ ("Drop the file of a ControlNet, T2I-Adapter or IP-Adapter, or choose one from the library") : NULL);
  g_signal_emit (self, signals[MAP_CHANGED], 0);
}

void
limn_control_group_set_family (LimnControlGroup *self, LimnFamily family)
{
  g_return_if_fail (LIMN_IS_CONTROL_GROUP (self));

  self->family = family;
  for (guint i = 0; i < self->rows->len; i++)
    limn_control_row_set_family (self->rows->pdata[i], family);
}

/* ---- Object ---- */

static void
limn_control_group_dispose (GObject *object)
{
  g_clear_object (&LIMN_CONTROL_GROUP (object)->settings);

  G_OBJECT_CLASS (limn_control_group_parent_class)->dispose (object);
}

static void
limn_control_group_finalize (GObject *object)
{
  g_ptr_array_unref (LIMN_CONTROL_GROUP (object)->rows);

  G_OBJECT_CLASS (limn_control_group_parent_class)->finalize (object);
}

static void
limn_control_group_class_init (LimnControlGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_control_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_control_group_finalize;
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass), "/io/github/limn_art/Limn/control-group.ui");
  signals[ASKED] = g_signal_new ("asked", LIMN_TYPE_CONTROL_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 2, G_TYPE_STRING, G_TYPE_UINT);
  signals[MAP_CHANGED] =
      g_signal_new ("map-changed", LIMN_TYPE_CONTROL_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_control_group_init (LimnControlGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_ptr_array_new ();
}

void
limn_control_group_bind (LimnControlGroup *self, LimnSettings *settings)
{
  static const char *const watched[] = { "notify::controls", "notify::width", "notify::height", "notify::regions" };

  g_return_if_fail (LIMN_IS_CONTROL_GROUP (self));
  g_return_if_fail (self->settings == NULL);

  self->settings = g_object_ref (settings);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (settings, watched[i], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
