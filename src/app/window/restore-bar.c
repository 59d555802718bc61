/* restore-bar.c - "use the image, the settings, or both?"
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/restore-bar.h"

#include <glib/gi18n.h>

#define PADDING 24      /* pixels at both sides together, as in style.css */
#define MOST_HEIGHT 150 /* of the list, as in restore-bar.ui */

struct _LimnRestoreBar {
  GtkWidget parent_instance;
  GtkRevealer *revealer;
  GtkPicture *thumbnail;
  GtkLabel *title, *summary, *place, *list;
  GtkScrolledWindow *reasons;
  GtkWidget *pager, *buttons, *image_button, *control_button, *settings_button, *both_button;
};

G_DEFINE_FINAL_TYPE (LimnRestoreBar, limn_restore_bar, GTK_TYPE_WIDGET)

static void
show (LimnRestoreBar *self, const char *title, const char *summary)
{
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->summary, summary);
  gtk_widget_set_visible (GTK_WIDGET (self->summary), summary[0] != '\0');
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, summary, -1);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
}

static char *
ask_title (const LimnDropped *dropped)
{
  if (dropped->foreign == NULL)
    /* translators: a file's name */
    return g_strdup_printf (_ ("Start from “%s”?"), dropped->name);
  if (dropped->source == NULL)
    /* translators: a program's name */
    return g_strdup_printf (_ ("This text holds settings from %s"), dropped->foreign->program);
  /* translators: a program's name */
  return g_strdup_printf (_ ("This picture carries its settings, from %s"), dropped->foreign->program);
}

static char *
ask_summary (const LimnDropped *dropped)
{
  g_autofree char *settings = NULL, *differ = NULL;
  guint n;

  if (dropped->foreign == NULL)
    return g_strdup_printf ("%d × %d", limn_source_get_width (dropped->source),
                            limn_source_get_height (dropped->source));
  settings = limn_foreign_summary (dropped->foreign);
  n = dropped->foreign->gaps->len;
  if (n == 0)
    return g_steal_pointer (&settings);
  differ = g_strdup_printf (ngettext ("%u thing cannot be matched", "%u things cannot be matched", n), n);
  return g_strconcat (settings, " · ", differ, NULL);
}

static void
show_choices (LimnRestoreBar *self, gboolean image, gboolean settings, gboolean follows)
{
  gtk_widget_set_visible (self->control_button, image && follows);
  gtk_widget_set_visible (self->image_button, image);
  gtk_widget_set_visible (self->settings_button, settings);
  gtk_widget_set_visible (self->both_button, image && settings);
  if (settings)
    gtk_widget_remove_css_class (self->image_button, "suggested-action");
  else
    gtk_widget_add_css_class (self->image_button, "suggested-action");
}

void
limn_restore_bar_ask (LimnRestoreBar *self, const LimnDropped *dropped, guint index, guint count, gboolean follows)
{
  g_autofree char *title = ask_title (dropped), *summary = ask_summary (dropped);
  /* translators: number and count, as in "2 of 5" */
  g_autofree char *place = g_strdup_printf (_ ("%u of %u"), index + 1, count);

  g_return_if_fail (LIMN_IS_RESTORE_BAR (self));

  gtk_picture_set_paintable (self->thumbnail, GDK_PAINTABLE (dropped->thumbnail));
  gtk_picture_set_alternative_text (self->thumbnail, dropped->name);
  gtk_widget_set_visible (GTK_WIDGET (self->thumbnail), dropped->thumbnail != NULL);
  gtk_label_set_text (self->place, place);
  gtk_widget_set_visible (self->pager, count > 1);
  gtk_widget_hide (GTK_WIDGET (self->reasons));
  gtk_widget_show (self->buttons);
  show_choices (self, dropped->source != NULL, dropped->foreign != NULL, follows);
  show (self, title, summary);
}

/* As high as the list is at this width: a scrolled window asks for its height before it knows how the lines break. */
static void
fit_reasons (LimnRestoreBar *self)
{
  int width = MAX (160, gtk_widget_get_width (GTK_WIDGET (self)) - PADDING), height;

  gtk_widget_measure (GTK_WIDGET (self->list), GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  gtk_scrolled_window_set_min_content_height (self->reasons, MIN (height, MOST_HEIGHT));
}

void
limn_restore_bar_tell (LimnRestoreBar *self, const LimnForeign *foreign)
{
  GString *markup = g_string_new (NULL);

  g_return_if_fail (LIMN_IS_RESTORE_BAR (self));

  for (guint i = 0; i < foreign->gaps->len; i++) {
    const LimnForeignGap *gap = foreign->gaps->pdata[i];
    g_autofree char *line = g_markup_printf_escaped ("%s<b>%s</b>  %s", i > 0 ? "\n" : "", gap->what, gap->why);

    g_string_append (markup, line);
  }
  gtk_label_set_markup (self->list, markup->str);
  g_string_free (markup, TRUE);
  gtk_widget_hide (self->pager);
  gtk_widget_hide (self->buttons);
  gtk_widget_show (GTK_WIDGET (self->reasons));
  fit_reasons (self);
  show (self, _ ("Why may it look different?"), "");
}

void
limn_restore_bar_hide (LimnRestoreBar *self)
{
  g_return_if_fail (LIMN_IS_RESTORE_BAR (self));
  gtk_revealer_set_reveal_child (self->revealer, FALSE);
}

gboolean
limn_restore_bar_is_shown (LimnRestoreBar *self)
{
  g_return_val_if_fail (LIMN_IS_RESTORE_BAR (self), FALSE);
  return gtk_revealer_get_reveal_child (self->revealer);
}

void
limn_restore_bar_focus (LimnRestoreBar *self)
{
  g_return_if_fail (LIMN_IS_RESTORE_BAR (self));
  gtk_widget_grab_focus (gtk_widget_get_visible (self->settings_button) ? self->settings_button : self->image_button);
}

static void
limn_restore_bar_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  g_clear_pointer (&child, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_restore_bar_parent_class)->dispose (object);
}

static void
limn_restore_bar_class_init (LimnRestoreBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_restore_bar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/restore-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, title);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, summary);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, place);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, list);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, pager);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, reasons);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, buttons);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, image_button);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, control_button);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, settings_button);
  gtk_widget_class_bind_template_child (widget_class, LimnRestoreBar, both_button);
}

static void
limn_restore_bar_init (LimnRestoreBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
