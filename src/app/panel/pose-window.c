/* pose-window.c - see pose-window.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/pose-window.h"

#include <glib/gi18n.h>

#include "app/panel/pose-view.h"

struct _LimnPoseWindow {
  AdwWindow parent_instance;
  LimnPoseView *view;
  GtkToggleButton *behind_button;
  GdkPaintable *behind; /* NULL: nothing can be */
};

G_DEFINE_FINAL_TYPE (LimnPoseWindow, limn_pose_window, ADW_TYPE_WINDOW)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* ---- What is done to the pose ---- */

static void
add_person (LimnPose *pose, int person)
{
  limn_pose_add (pose);
}

static void
add_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_pose_view_change (LIMN_POSE_WINDOW (widget)->view, add_person);
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_pose_view_change (LIMN_POSE_WINDOW (widget)->view, limn_pose_remove);
}

static void
mirror_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_pose_view_change (LIMN_POSE_WINDOW (widget)->view, limn_pose_mirror);
}

static void
show_all_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_pose_view_change (LIMN_POSE_WINDOW (widget)->view, limn_pose_show_all);
}

static void
undo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_pose_view_undo (LIMN_POSE_WINDOW (widget)->view, g_str_equal (name, "pose.redo"));
}

/* ---- What can be ---- */

static void
update (LimnPoseWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean somebody = limn_pose_view_get_person (self->view) >= 0;

  gtk_widget_action_set_enabled (widget, "pose.remove", somebody);
  gtk_widget_action_set_enabled (widget, "pose.mirror", somebody);
  gtk_widget_action_set_enabled (widget, "pose.show-all", somebody);
  gtk_widget_action_set_enabled (widget, "pose.undo", limn_pose_view_can_undo (self->view, FALSE));
  gtk_widget_action_set_enabled (widget, "pose.redo", limn_pose_view_can_undo (self->view, TRUE));
}

static void
changed_cb (LimnPoseWindow *self)
{
  update (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
behind_cb (LimnPoseWindow *self)
{
  limn_pose_view_set_backdrop (self->view, gtk_toggle_button_get_active (self->behind_button) ? self->behind : NULL);
}

/* ---- Window ---- */

static void
limn_pose_window_dispose (GObject *object)
{
  g_clear_object (&LIMN_POSE_WINDOW (object)->behind);

  G_OBJECT_CLASS (limn_pose_window_parent_class)->dispose (object);
}

static void
limn_pose_window_class_init (LimnPoseWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_pose_window_dispose;
  g_type_ensure (LIMN_TYPE_POSE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/pose-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPoseWindow, view);
  gtk_widget_class_bind_template_child (widget_class, LimnPoseWindow, behind_button);
  gtk_widget_class_install_action (widget_class, "pose.add", NULL, add_action);
  gtk_widget_class_install_action (widget_class, "pose.remove", NULL, remove_action);
  gtk_widget_class_install_action (widget_class, "pose.mirror", NULL, mirror_action);
  gtk_widget_class_install_action (widget_class, "pose.show-all", NULL, show_all_action);
  gtk_widget_class_install_action (widget_class, "pose.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "pose.redo", NULL, undo_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "pose.undo", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "pose.redo", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "pose.add", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_m, GDK_CONTROL_MASK, "pose.mirror", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  signals[CHANGED] =
      g_signal_new ("changed", LIMN_TYPE_POSE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_pose_window_init (LimnPoseWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->view, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->behind_button, "toggled", G_CALLBACK (behind_cb), self, G_CONNECT_SWAPPED);
}

LimnPoseWindow *
limn_pose_window_new (LimnPose *pose, GdkPaintable *behind)
{
  LimnPoseWindow *self = g_object_new (LIMN_TYPE_POSE_WINDOW, NULL);

  g_set_object (&self->behind, behind);
  gtk_widget_set_sensitive (GTK_WIDGET (self->behind_button), behind != NULL);
  limn_pose_view_set (self->view, pose);
  update (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
  return self;
}

const LimnPose *
limn_pose_window_get (LimnPoseWindow *self)
{
  g_return_val_if_fail (LIMN_IS_POSE_WINDOW (self), NULL);
  return limn_pose_view_get (self->view);
}
