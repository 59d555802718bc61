/* canvas-bar.c - the canvas's few buttons.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-bar.h"

#include <glib/gi18n.h>
#include <math.h>

struct _LimnCanvasBar {
  GtkWidget parent_instance;
  GtkWidget *bar;
  GtkButton *zoom_button;
  LimnCanvas *canvas;
  guint update;
};

G_DEFINE_FINAL_TYPE (LimnCanvasBar, limn_canvas_bar, GTK_TYPE_WIDGET)

static gboolean
update_cb (gpointer data)
{
  LimnCanvasBar *self = data;
  int percent = (int) round (limn_canvas_get_shown_zoom (self->canvas) * 100);
  /* translators: how large the picture is shown, in percent */
  g_autofree char *text = g_strdup_printf (_ ("%d %%"), percent), *label = NULL;

  self->update = 0;
  gtk_button_set_label (self->zoom_button, text);
  gtk_widget_set_direction (gtk_button_get_child (self->zoom_button), GTK_TEXT_DIR_LTR); /* a number, not a sentence */
  label = g_strdup_printf (_ ("Zoom: %d %%"), percent);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->zoom_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return G_SOURCE_REMOVE;
}

/* The canvas says so while it gets its size, which is no time to change a label's; but before the next frame is
 * drawn, for the figure belongs to what is seen. */
static void
zoom_changed_cb (LimnCanvasBar *self)
{
  if (self->update == 0)
    self->update = g_idle_add_full (G_PRIORITY_HIGH_IDLE, update_cb, self, NULL);
}

/* fits, pixel for pixel, and back */
static void
zoom_clicked_cb (LimnCanvasBar *self)
{
  double zoom;

  g_object_get (self->canvas, "zoom", &zoom, NULL);
  limn_canvas_set_zoom (self->canvas, zoom > 0 ? 0 : 1);
}

static void
zoom_in_cb (LimnCanvasBar *self)
{
  limn_canvas_zoom_by (self->canvas, 1.25);
}

static void
zoom_out_cb (LimnCanvasBar *self)
{
  limn_canvas_zoom_by (self->canvas, 0.8);
}

static void
limn_canvas_bar_dispose (GObject *object)
{
  LimnCanvasBar *self = LIMN_CANVAS_BAR (object);

  g_clear_handle_id (&self->update, g_source_remove);
  g_clear_object (&self->canvas);
  g_clear_pointer (&self->bar, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_canvas_bar_parent_class)->dispose (object);
}

static void
limn_canvas_bar_class_init (LimnCanvasBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_canvas_bar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TOOLBAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/canvas-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasBar, bar);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasBar, zoom_button);
  gtk_widget_class_bind_template_callback (widget_class, zoom_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, zoom_in_cb);
  gtk_widget_class_bind_template_callback (widget_class, zoom_out_cb);
}

static void
limn_canvas_bar_init (LimnCanvasBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("View"), -1);
}

void
limn_canvas_bar_bind (LimnCanvasBar *self, LimnCanvas *canvas)
{
  g_return_if_fail (LIMN_IS_CANVAS_BAR (self));

  g_set_object (&self->canvas, canvas);
  g_signal_connect_object (canvas, "notify::shown-zoom", G_CALLBACK (zoom_changed_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
}

const char *
limn_canvas_bar_get_text (LimnCanvasBar *self)
{
  g_return_val_if_fail (LIMN_IS_CANVAS_BAR (self), NULL);
  if (self->update != 0) {
    g_clear_handle_id (&self->update, g_source_remove);
    update_cb (self);
  }
  return gtk_button_get_label (self->zoom_button);
}
