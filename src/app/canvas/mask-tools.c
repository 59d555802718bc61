/* mask-tools.c - the mask's brush and commands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-tools.h"

#include <glib/gi18n.h>
#include <math.h>

struct _LimnMaskTools {
  GtkWidget parent_instance;
  GtkWidget *bar;
  GtkToggleButton *brush, *eraser;
  GtkAdjustment *size, *feather;
  GtkScale *size_scale, *feather_scale;
  GtkLabel *size_label, *small_label; /* one of which is seen, as the width allows */
  GtkLabel *padding_label;
  GtkAdjustment *padding;
  GtkScale *padding_scale;
  GtkWidget *padding_box;
  LimnSettings *settings;
};

G_DEFINE_FINAL_TYPE (LimnMaskTools, limn_mask_tools, GTK_TYPE_WIDGET)

/* equal ways along the scale are equal ratios: a hair's breadth and half the picture are both within reach */
static gboolean
size_to_scale (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_value_set_double (to, log2 (g_value_get_double (from)));
  return TRUE;
}

static gboolean
scale_to_size (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_value_set_double (to, CLAMP (exp2 (g_value_get_double (from)), LIMN_BRUSH_LEAST, LIMN_BRUSH_MOST));
  return TRUE;
}

static void
size_changed_cb (LimnMaskTools *self)
{
  int size = (int) round (exp2 (gtk_adjustment_get_value (self->size)));
  /* translators: a brush's size, in pixels */
  g_autofree char *text = g_strdup_printf (_ ("%d px"), size);

  gtk_label_set_text (self->size_label, text);
  gtk_label_set_text (self->small_label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->size_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
feather_changed_cb (LimnMaskTools *self)
{
  /* translators: percent */
  g_autofree char *text = g_strdup_printf (_ ("%d %%"), (int) round (gtk_adjustment_get_value (self->feather) * 100));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->feather_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
padding_changed_cb (LimnMaskTools *self)
{
  /* translators: a length in pixels */
  g_autofree char *text = g_strdup_printf (_ ("%d px"), (int) round (gtk_adjustment_get_value (self->padding)));

  gtk_label_set_text (self->padding_label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->padding_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
area_changed_cb (LimnMaskTools *self)
{
  gtk_widget_set_sensitive (self->padding_box,
                            limn_mask_area_is_masked (&limn_settings_values (self->settings)->fields));
}

static void
limn_mask_tools_dispose (GObject *object)
{
  g_clear_object (&LIMN_MASK_TOOLS (object)->settings);
  g_clear_pointer (&LIMN_MASK_TOOLS (object)->bar, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_mask_tools_parent_class)->dispose (object);
}

static void
limn_mask_tools_class_init (LimnMaskToolsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_mask_tools_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TOOLBAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/mask-tools.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, bar);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, brush);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, eraser);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, size);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, feather);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, size_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, feather_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, size_label);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, small_label);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, padding);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, padding_box);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, padding_label);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskTools, padding_scale);
  gtk_widget_class_bind_template_callback (widget_class, padding_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, size_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, feather_changed_cb);
}

static void
limn_mask_tools_init (LimnMaskTools *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Mask"), -1);
}

void
limn_mask_tools_bind (LimnMaskTools *self, LimnMaskEditor *editor, LimnSettings *settings)
{
  GBindingFlags flags = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;

  g_return_if_fail (LIMN_IS_MASK_TOOLS (self));

  g_object_bind_property_full (editor, "brush-size", self->size, "value", flags, size_to_scale, scale_to_size, NULL,
                               NULL);
  g_object_bind_property (editor, "brush-feather", self->feather, "value", flags);
  g_object_bind_property (editor, "erase", self->eraser, "active", flags);
  g_object_bind_property (editor, "erase", self->brush, "active", flags | G_BINDING_INVERT_BOOLEAN);
  g_set_object (&self->settings, settings);
  g_object_bind_property (settings, "mask-padding", self->padding, "value", flags);
  g_signal_connect_object (settings, "notify::mask-area", G_CALLBACK (area_changed_cb), self, G_CONNECT_SWAPPED);
  size_changed_cb (self);
  feather_changed_cb (self);
  padding_changed_cb (self);
  area_changed_cb (self);
}
