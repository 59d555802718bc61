/* size-group.c - the size of the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/size-group.h"

#include <glib/gi18n.h>

#include "app/widget/pair-row.h"
#include "app/panel/shape-icon.h"
#include "session/settings/size-shapes.h"

#define TILE_ICON 34 /* pixels */

struct _LimnSizeGroup {
  AdwPreferencesGroup parent_instance;
  AdwActionRow *shape_row, *picture_row;
  LimnShapeIcon *shape_icon;
  GtkMenuButton *shape_button;
  GtkLabel *usual_label, *others_label;
  GtkFlowBox *usual, *others;
  LimnPairRow *size_row;
  GtkLabel *advice;
  LimnSettings *settings;
  int model_width, model_height;
  GArray *sizes;  /* LimnSize, those that the model tells */
  GArray *shapes; /* LimnShape */
};

G_DEFINE_FINAL_TYPE (LimnSizeGroup, limn_size_group, ADW_TYPE_PREFERENCES_GROUP)

static char *
shape_title (const LimnShape *shape)
{
  g_autofree char *ratio = NULL;

  if (shape->name != NULL)
    return g_strdup (shape->name);
  ratio = limn_shape_ratio (shape->width, shape->height);
  if (shape->width == shape->height)
    return g_strdup (_ ("Square"));
  /* translators: %s is a ratio of width to height */
  return g_strdup_printf (shape->width > shape->height ? _ ("Landscape %s") : _ ("Portrait %s"), ratio);
}

/* ---- The grid of shapes ---- */

static GtkWidget *
tile_label (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "caption");
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static GtkWidget *
make_tile (const LimnShape *shape)
{
  GtkWidget *tile = gtk_flow_box_child_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *icon = limn_shape_icon_new ();
  g_autofree char *ratio = shape->name != NULL ? g_strdup_printf ("%d∶%d", shape->across, shape->down)
                                               : limn_shape_ratio (shape->width, shape->height);
  g_autofree char *title = shape_title (shape);
  g_autofree char *size = g_strdup_printf ("%d × %d", shape->width, shape->height);
  /* translators: the name of a picture's shape, its width and height */
  g_autofree char *whole = g_strdup_printf (_ ("%s, %d × %d"), title, shape->width, shape->height);

  limn_shape_icon_set_size (LIMN_SHAPE_ICON (icon), shape->width, shape->height);
  gtk_widget_set_size_request (icon, TILE_ICON, TILE_ICON);
  gtk_widget_set_halign (icon, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), tile_label (ratio, "numeric"));
  gtk_box_append (GTK_BOX (box), tile_label (size, "dim-label"));
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (tile), box);
  gtk_widget_add_css_class (tile, "shape");
  gtk_widget_set_tooltip_text (tile, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (tile), GTK_ACCESSIBLE_PROPERTY_LABEL, whole, -1);
  g_object_set_data (G_OBJECT (tile), "width", GINT_TO_POINTER (shape->width));
  g_object_set_data (G_OBJECT (tile), "height", GINT_TO_POINTER (shape->height));
  return tile;
}

static void
clear_tiles (GtkFlowBox *box)
{
  GtkFlowBoxChild *tile;

  while ((tile = gtk_flow_box_get_child_at_index (box, 0)) != NULL)
    gtk_flow_box_remove (box, GTK_WIDGET (tile));
}

static void
fill_shapes (LimnSizeGroup *self)
{
  gboolean told = self->sizes->len > 0;
  gboolean trained = limn_shapes_are_trained (self->model_width, self->model_height, self->sizes);

  clear_tiles (self->usual);
  clear_tiles (self->others);
  gtk_label_set_text (self->usual_label, told ? _ ("Shapes of the Model’s Training") : _ ("Usual Shapes"));
  gtk_label_set_text (self->others_label, trained ? _ ("All Others of the Model’s Training") : _ ("More Shapes"));
  gtk_widget_set_visible (GTK_WIDGET (self->others_label), !told);
  gtk_widget_set_visible (GTK_WIDGET (self->others), !told);
  g_clear_pointer (&self->shapes, g_array_unref);
  self->shapes = limn_shapes_list (self->model_width, self->model_height, self->sizes);
  for (guint i = 0; i < self->shapes->len; i++) {
    const LimnShape *shape = &g_array_index (self->shapes, LimnShape, i);

    gtk_flow_box_append (told || shape->name != NULL ? self->usual : self->others, make_tile (shape));
  }
}

static void
select_tile (GtkFlowBox *box, int width, int height)
{
  GtkFlowBoxChild *tile;

  gtk_flow_box_unselect_all (box);
  for (int i = 0; (tile = gtk_flow_box_get_child_at_index (box, i)) != NULL; i++)
    if (GPOINTER_TO_INT (g_object_get_data (G_OBJECT (tile), "width")) == width
        && GPOINTER_TO_INT (g_object_get_data (G_OBJECT (tile), "height")) == height)
      gtk_flow_box_select_child (box, tile);
}

static void
tile_activated_cb (GtkFlowBox *box, GtkFlowBoxChild *tile, LimnSizeGroup *self)
{
  g_object_set (self->settings, "width", GPOINTER_TO_INT (g_object_get_data (G_OBJECT (tile), "width")), "height",
                GPOINTER_TO_INT (g_object_get_data (G_OBJECT (tile), "height")), NULL);
  gtk_menu_button_popdown (self->shape_button);
}

/* ---- Following the settings ---- */

static void
size_changed_cb (LimnSizeGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *advice =
      limn_shape_advice (self->model_width, self->model_height, self->sizes, values->width, values->height);
  LimnShape shape = { values->width, values->height };
  g_autofree char *title = NULL;
  gboolean known = FALSE;

  for (guint i = 0; i < self->shapes->len; i++) {
    const LimnShape *one = &g_array_index (self->shapes, LimnShape, i);

    if (one->width == values->width && one->height == values->height) {
      shape = *one;
      known = TRUE;
    }
  }
  title = shape_title (&shape);
  adw_action_row_set_subtitle (self->shape_row, known ? title : _ ("Custom"));
  if (!known) {
    /* translators: a shape that no list has, such as "Custom, Landscape 1.46∶1" */
    g_autofree char *custom = g_strdup_printf (_ ("Custom, %s"), title);

    adw_action_row_set_subtitle (self->shape_row, custom);
  }
  limn_shape_icon_set_size (self->shape_icon, values->width, values->height);
  select_tile (self->usual, values->width, values->height);
  select_tile (self->others, values->width, values->height);
  gtk_widget_set_visible (GTK_WIDGET (self->advice), advice != NULL);
  gtk_label_set_text (self->advice, advice != NULL ? advice : "");
}

static void
source_changed_cb (LimnSizeGroup *self)
{
  LimnSource *source = limn_settings_values (self->settings)->source;
  g_autofree char *ratio = NULL, *text = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->picture_row), source != NULL);
  if (source == NULL)
    return;
  ratio = limn_shape_ratio (limn_source_get_width (source), limn_source_get_height (source));
  /* translators: width, height and their ratio */
  text = g_strdup_printf (_ ("%d × %d, %s"), limn_source_get_width (source), limn_source_get_height (source), ratio);
  adw_action_row_set_subtitle (self->picture_row, text);
}

/* ---- Object ---- */

static void
swap_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_size_group_swap (LIMN_SIZE_GROUP (widget));
}

static void
picture_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_size_group_follow_source (LIMN_SIZE_GROUP (widget), g_str_equal (name, "size.exact"));
}

static void
limn_size_group_dispose (GObject *object)
{
  LimnSizeGroup *self = LIMN_SIZE_GROUP (object);

  g_clear_object (&self->settings);
  g_clear_pointer (&self->shapes, g_array_unref);
  g_clear_pointer (&self->sizes, g_array_unref);

  G_OBJECT_CLASS (limn_size_group_parent_class)->dispose (object);
}

static void
limn_size_group_class_init (LimnSizeGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_size_group_dispose;
  g_type_ensure (LIMN_TYPE_PAIR_ROW);
  g_type_ensure (LIMN_TYPE_SHAPE_ICON);
  gtk_widget_class_install_action (widget_class, "size.swap", NULL, swap_action);
  gtk_widget_class_install_action (widget_class, "size.nearest", NULL, picture_action);
  gtk_widget_class_install_action (widget_class, "size.exact", NULL, picture_action);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/size-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, shape_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, shape_icon);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, shape_button);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, usual_label);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, others_label);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, usual);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, others);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, size_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, picture_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, advice);
  gtk_widget_class_bind_template_callback (widget_class, tile_activated_cb);
}

static void
limn_size_group_init (LimnSizeGroup *self)
{
  self->model_width = self->model_height = 1024;
  self->sizes = g_array_new (FALSE, FALSE, sizeof (LimnSize));
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_shapes (self);
}

void
limn_size_group_bind (LimnSizeGroup *self, LimnSettings *settings)
{
  g_set_object (&self->settings, settings);
  limn_pair_row_bind (self->size_row, settings, "width", "height");
  g_signal_connect_object (settings, "notify::width", G_CALLBACK (size_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::height", G_CALLBACK (size_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::source", G_CALLBACK (source_changed_cb), self, G_CONNECT_SWAPPED);
  size_changed_cb (self);
  source_changed_cb (self);
}

void
limn_size_group_set_model (LimnSizeGroup *self, const LimnModelInfo *info)
{
  g_return_if_fail (LIMN_IS_SIZE_GROUP (self));

  if (info->default_width <= 0 || info->default_height <= 0)
    return;
  self->model_width = info->default_width;
  self->model_height = info->default_height;
  g_array_unref (self->sizes);
  self->sizes = g_array_copy (info->sizes);
  fill_shapes (self);
  size_changed_cb (self);
}

void
limn_size_group_swap (LimnSizeGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  g_object_set (self->settings, "width", values->height, "height", values->width, NULL);
}

void
limn_size_group_follow_source (LimnSizeGroup *self, gboolean exact)
{
  LimnSource *source;
  LimnShape shape;

  g_return_if_fail (LIMN_IS_SIZE_GROUP (self));

  source = limn_settings_values (self->settings)->source;
  if (source == NULL)
    return;
  if (exact)
    shape = limn_shape_exact (self->model_width, self->model_height, limn_source_get_width (source),
                              limn_source_get_height (source));
  else
    shape = limn_shapes_nearest (self->shapes, limn_source_get_width (source), limn_source_get_height (source));
  g_object_set (self->settings, "width", shape.width, "height", shape.height, NULL);
}
