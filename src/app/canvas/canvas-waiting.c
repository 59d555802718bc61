/* canvas-waiting.c - a title where the picture will be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-waiting.h"

#include <glib/gi18n.h>

struct _LimnCanvasWaiting {
  GtkWidget parent_instance;
  GtkWidget *box;
  GtkLabel *title;
  GtkWidget *preparing;
  GtkProgressBar *bar;
};

G_DEFINE_FINAL_TYPE (LimnCanvasWaiting, limn_canvas_waiting, GTK_TYPE_WIDGET)

void
limn_canvas_waiting_begin (LimnCanvasWaiting *self, const char *prompt)
{
  g_autofree char *text = NULL;

  g_return_if_fail (LIMN_IS_CANVAS_WAITING (self));

  /* translators: %s is a prompt */
  text = g_strdup_printf (_ ("Painting “%s”…"), prompt);
  gtk_label_set_text (self->title, prompt[0] != '\0' ? text : _ ("Painting…"));
  gtk_widget_set_visible (self->preparing, FALSE);
}

void
limn_canvas_waiting_set_progress (LimnCanvasWaiting *self, const LimnProgress *progress)
{
  g_return_if_fail (LIMN_IS_CANVAS_WAITING (self));

  gtk_progress_bar_set_fraction (self->bar, progress->stage_fraction);
  gtk_widget_set_visible (self->preparing, progress->stage == LIMN_STAGE_PREPARE);
}

static void
limn_canvas_waiting_dispose (GObject *object)
{
  g_clear_pointer (&LIMN_CANVAS_WAITING (object)->box, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_canvas_waiting_parent_class)->dispose (object);
}

static void
limn_canvas_waiting_class_init (LimnCanvasWaitingClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_canvas_waiting_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "waiting");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/canvas-waiting.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasWaiting, box);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasWaiting, title);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasWaiting, preparing);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasWaiting, bar);
}

static void
limn_canvas_waiting_init (LimnCanvasWaiting *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
