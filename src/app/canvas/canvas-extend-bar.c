/* canvas-extend-bar.c - four numbers and the size that they lead to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-extend-bar.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/number-row.h"

#define GRAIN 8 /* pixels: the sizes that a model can paint */

struct _LimnCanvasExtendBar {
  GtkWidget parent_instance;
  GtkWidget *bar;
  GtkSpinButton *left, *top, *right, *bottom;
  GtkLabel *size_label;
  int width, height;
  gboolean setting;
};

G_DEFINE_FINAL_TYPE (LimnCanvasExtendBar, limn_canvas_extend_bar, GTK_TYPE_WIDGET)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static int
margin (GtkSpinButton *spin)
{
  return (int) round (gtk_spin_button_get_value (spin) / GRAIN) * GRAIN;
}

LimnMargins
limn_canvas_extend_bar_get_margins (LimnCanvasExtendBar *self)
{
  LimnMargins none = { 0 };

  g_return_val_if_fail (LIMN_IS_CANVAS_EXTEND_BAR (self), none);
  return (LimnMargins){ margin (self->left), margin (self->top), margin (self->right), margin (self->bottom) };
}

static void
update (LimnCanvasExtendBar *self)
{
  LimnMargins margins = limn_canvas_extend_bar_get_margins (self);
  /* translators: the width and height that a picture will have */
  g_autofree char *text = g_strdup_printf (_ ("%d × %d"), self->width + margins.left + margins.right,
                                           self->height + margins.top + margins.bottom);

  gtk_label_set_text (self->size_label, text);
}

static void
changed_cb (LimnCanvasExtendBar *self)
{
  update (self);
  if (!self->setting)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
limn_canvas_extend_bar_dispose (GObject *object)
{
  g_clear_pointer (&LIMN_CANVAS_EXTEND_BAR (object)->bar, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_canvas_extend_bar_parent_class)->dispose (object);
}

static void
limn_canvas_extend_bar_class_init (LimnCanvasExtendBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_canvas_extend_bar_dispose;
  signals[CHANGED] =
      g_signal_new ("changed", LIMN_TYPE_CANVAS_EXTEND_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TOOLBAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/canvas-extend-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasExtendBar, bar);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasExtendBar, left);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasExtendBar, top);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasExtendBar, right);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasExtendBar, bottom);
  gtk_widget_class_bind_template_child (widget_class, LimnCanvasExtendBar, size_label);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
limn_canvas_extend_bar_init (LimnCanvasExtendBar *self)
{
  GtkSpinButton **spins[] = { &self->left, &self->top, &self->right, &self->bottom };

  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (spins); i++)
    limn_spin_ignore_scroll (*spins[i]);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Extend the picture"), -1);
}

void
limn_canvas_extend_bar_set_margins (LimnCanvasExtendBar *self, const LimnMargins *margins)
{
  g_return_if_fail (LIMN_IS_CANVAS_EXTEND_BAR (self));

  self->setting = TRUE;
  gtk_spin_button_set_value (self->left, margins->left);
  gtk_spin_button_set_value (self->top, margins->top);
  gtk_spin_button_set_value (self->right, margins->right);
  gtk_spin_button_set_value (self->bottom, margins->bottom);
  self->setting = FALSE;
}

void
limn_canvas_extend_bar_set_size (LimnCanvasExtendBar *self, int width, int height)
{
  g_return_if_fail (LIMN_IS_CANVAS_EXTEND_BAR (self));

  self->width = width;
  self->height = height;
  update (self);
}
