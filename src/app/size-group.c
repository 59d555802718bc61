/* size-group.c - the size of the picture.
 *
 * The shapes are the buckets of SDXL's training (Podell et al. 2023, appendix I) nearest to the usual ratios.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/size-group.h"

#include <glib/gi18n.h>

#include "app/pair-row.h"
#include "app/shape-icon.h"

typedef struct {
  int width, height;
  const char *name;
} Shape;

static const Shape buckets[] = {
  { 1024, 1024, N_ ("Square") },       { 1152, 896, N_ ("Landscape 9∶7") }, { 896, 1152, N_ ("Portrait 7∶9") },
  { 1216, 832, N_ ("Landscape 3∶2") }, { 832, 1216, N_ ("Portrait 2∶3") },  { 1344, 768, N_ ("Wide 16∶9") },
  { 768, 1344, N_ ("Tall 9∶16") },     { 1536, 640, N_ ("Panorama 12∶5") }, { 640, 1536, N_ ("Tower 5∶12") },
};

struct _LimnSizeGroup {
  AdwPreferencesGroup parent_instance;
  AdwComboRow *shape_row;
  LimnPairRow *size_row;
  GtkLabel *advice;
  LimnSettings *settings;
  int model_width, model_height;
  GArray *shapes; /* Shape; the last is "custom", of no size */
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (LimnSizeGroup, limn_size_group, ADW_TYPE_PREFERENCES_GROUP)

static char *
shape_text (const Shape *shape)
{
  if (shape->width == 0)
    return g_strdup (_ (shape->name));
  /* translators: the name of a picture's shape, its width and height */
  return g_strdup_printf (_ ("%s, %d × %d"), _ (shape->name), shape->width, shape->height);
}

static void
add_shape (LimnSizeGroup *self, GtkStringList *texts, Shape shape)
{
  g_autofree char *text = shape_text (&shape);

  g_array_append_val (self->shapes, shape);
  gtk_string_list_append (texts, text);
}

static void
fill_shapes (LimnSizeGroup *self)
{
  g_autoptr (GtkStringList) texts = gtk_string_list_new (NULL);
  gboolean large = MAX (self->model_width, self->model_height) >= 512, known = FALSE;

  g_array_set_size (self->shapes, 0);
  for (guint i = 0; i < G_N_ELEMENTS (buckets); i++)
    known = known || (buckets[i].width == self->model_width && buckets[i].height == self->model_height);
  if (!known || !large)
    add_shape (self, texts, (Shape){ self->model_width, self->model_height, N_ ("Model’s own") });
  for (guint i = 0; large && i < G_N_ELEMENTS (buckets); i++)
    add_shape (self, texts, buckets[i]);
  add_shape (self, texts, (Shape){ 0, 0, N_ ("Custom") });

  self->updating = TRUE;
  adw_combo_row_set_model (self->shape_row, G_LIST_MODEL (texts));
  self->updating = FALSE;
}

static const char *
size_advice (LimnSizeGroup *self, int width, int height)
{
  double area = (double) width * height / ((double) self->model_width * self->model_height);
  double ratio = (double) MAX (width, height) / MIN (width, height);

  if (width % 64 != 0 || height % 64 != 0)
    return _ ("Models know multiples of 64 best.");
  if (area > 1.35)
    return _ ("Larger than this model was made for: things may appear twice.");
  if (area < 0.5)
    return _ ("Smaller than this model was made for: pictures may be rough.");
  if (ratio > 2.5)
    return _ ("Longer than this model was made for: things may appear twice.");
  return NULL;
}

/* the settings changed: show which shape that is */
static void
size_changed_cb (LimnSizeGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  const char *advice = size_advice (self, values->width, values->height);
  guint selected = self->shapes->len - 1;

  for (guint i = 0; i + 1 < self->shapes->len; i++) {
    const Shape *shape = &g_array_index (self->shapes, Shape, i);

    if (shape->width == values->width && shape->height == values->height)
      selected = i;
  }
  self->updating = TRUE;
  adw_combo_row_set_selected (self->shape_row, selected);
  self->updating = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (self->advice), advice != NULL);
  gtk_label_set_text (self->advice, advice != NULL ? advice : "");
}

static void
shape_selected_cb (LimnSizeGroup *self)
{
  guint selected = adw_combo_row_get_selected (self->shape_row);
  const Shape *shape;

  if (self->updating || self->settings == NULL || selected >= self->shapes->len)
    return;
  shape = &g_array_index (self->shapes, Shape, selected);
  if (shape->width > 0)
    g_object_set (self->settings, "width", shape->width, "height", shape->height, NULL);
}

/* ---- One shape in the list ---- */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnSizeGroup *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);

  gtk_box_append (GTK_BOX (box), limn_shape_icon_new ());
  gtk_box_append (GTK_BOX (box), g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, NULL));
  gtk_list_item_set_child (item, box);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnSizeGroup *self)
{
  GtkWidget *icon = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkStringObject *text = gtk_list_item_get_item (item);
  guint position = gtk_list_item_get_position (item);

  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (icon)), gtk_string_object_get_string (text));
  if (position < self->shapes->len) {
    const Shape *shape = &g_array_index (self->shapes, Shape, position);

    limn_shape_icon_set_size (LIMN_SHAPE_ICON (icon), shape->width, shape->height);
  }
}

/* ---- Object ---- */

static void
swap_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  limn_size_group_swap (LIMN_SIZE_GROUP (widget));
}

static void
limn_size_group_dispose (GObject *object)
{
  LimnSizeGroup *self = LIMN_SIZE_GROUP (object);

  g_clear_object (&self->settings);
  g_clear_pointer (&self->shapes, g_array_unref);

  G_OBJECT_CLASS (limn_size_group_parent_class)->dispose (object);
}

static void
limn_size_group_class_init (LimnSizeGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_size_group_dispose;
  g_type_ensure (LIMN_TYPE_PAIR_ROW);
  gtk_widget_class_install_action (widget_class, "size.swap", NULL, swap_action);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/size-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, shape_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, size_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSizeGroup, advice);
  gtk_widget_class_bind_template_callback (widget_class, shape_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
}

static void
limn_size_group_init (LimnSizeGroup *self)
{
  self->shapes = g_array_new (FALSE, FALSE, sizeof (Shape));
  self->model_width = self->model_height = 1024;
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
  size_changed_cb (self);
}

void
limn_size_group_set_model_size (LimnSizeGroup *self, int width, int height, gboolean adopt)
{
  g_return_if_fail (LIMN_IS_SIZE_GROUP (self));
  g_return_if_fail (width > 0 && height > 0);

  self->model_width = width;
  self->model_height = height;
  fill_shapes (self);
  if (adopt)
    g_object_set (self->settings, "width", width, "height", height, NULL);
  size_changed_cb (self);
}

void
limn_size_group_swap (LimnSizeGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  g_object_set (self->settings, "width", values->height, "height", values->width, NULL);
}
