/* notice-bar.c - what went wrong, in words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/notice-bar.h"

#include <glib/gi18n.h>

#include "session/run/session.h"

struct _LimnNoticeBar {
  GtkWidget parent_instance;
  GtkRevealer *revealer;
  GtkLabel *title, *details;
  GtkButton *button;
};

G_DEFINE_FINAL_TYPE (LimnNoticeBar, limn_notice_bar, GTK_TYPE_WIDGET)

const char *
limn_error_title (const GError *error)
{
  if (error->domain != LIMN_ERROR)
    return _ ("That did not work");
  switch ((LimnError) error->code) {
  case LIMN_ERROR_FILE:
    return _ ("A file could not be read or written");
  case LIMN_ERROR_FORMAT:
    return _ ("A file is damaged: it may not be wholly downloaded");
  case LIMN_ERROR_UNSAFE:
    return _ ("This kind of file can run programs when opened, so Limn refuses it. Look for a safetensors version");
  case LIMN_ERROR_MODEL:
    return _ ("This model cannot be used");
  case LIMN_ERROR_REQUEST:
    return _ ("One of the settings needs another value");
  case LIMN_ERROR_DEVICE:
    return _ ("The graphics device cannot be used");
  case LIMN_ERROR_DEVICE_LOST:
    return _ ("The graphics device stopped answering. Try again: Limn connects to it anew");
  case LIMN_ERROR_MEMORY:
    return _ ("This does not fit in memory. Try a smaller size, or turn the refiner off");
  case LIMN_ERROR_NUMERIC:
    return _ ("The model gave no picture, only undefined numbers");
  case LIMN_ERROR_CANCELLED:
    return _ ("Cancelled");
  }
  return _ ("That did not work");
}

void
limn_notice_bar_show (LimnNoticeBar *self, const char *title, const char *details, const char *label,
                      const char *action)
{
  g_return_if_fail (LIMN_IS_NOTICE_BAR (self));

  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->details, details != NULL ? details : "");
  gtk_widget_set_visible (GTK_WIDGET (self->details), details != NULL && details[0] != '\0');
  gtk_widget_set_visible (GTK_WIDGET (self->button), action != NULL);
  if (action != NULL) {
    gtk_button_set_label (self->button, label);
    gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), action);
  }
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, details != NULL ? details : "", -1);
}

void
limn_notice_bar_hide (LimnNoticeBar *self)
{
  g_return_if_fail (LIMN_IS_NOTICE_BAR (self));
  gtk_revealer_set_reveal_child (self->revealer, FALSE);
}

const char *
limn_notice_bar_get_title (LimnNoticeBar *self)
{
  g_return_val_if_fail (LIMN_IS_NOTICE_BAR (self), NULL);
  return gtk_revealer_get_reveal_child (self->revealer) ? gtk_label_get_text (self->title) : NULL;
}

const char *
limn_notice_bar_get_details (LimnNoticeBar *self)
{
  g_return_val_if_fail (LIMN_IS_NOTICE_BAR (self), NULL);
  return gtk_revealer_get_reveal_child (self->revealer) ? gtk_label_get_text (self->details) : NULL;
}

static void
close_cb (LimnNoticeBar *self)
{
  limn_notice_bar_hide (self);
}

static void
limn_notice_bar_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  g_clear_pointer (&child, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_notice_bar_parent_class)->dispose (object);
}

static void
limn_notice_bar_class_init (LimnNoticeBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_notice_bar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/notice-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnNoticeBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnNoticeBar, title);
  gtk_widget_class_bind_template_child (widget_class, LimnNoticeBar, details);
  gtk_widget_class_bind_template_child (widget_class, LimnNoticeBar, button);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
}

static void
limn_notice_bar_init (LimnNoticeBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
