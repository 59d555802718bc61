/* grid-window.c - which two settings are compared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/queue/grid-window.h"

#include <glib/gi18n.h>

#include "app/queue/grid-sheet.h"
#include "app/widget/texture.h"

struct _LimnGridWindow {
  AdwWindow parent_instance;
  AdwComboRow *x_property, *y_property;
  AdwEntryRow *x_values, *y_values;
  GtkLabel *problem;
  GtkPicture *preview;
  GtkButton *start;
  LimnSettings *settings;
  LimnGrid *grid; /* NULL while the texts cannot be read */
};

G_DEFINE_FINAL_TYPE (LimnGridWindow, limn_grid_window, ADW_TYPE_WINDOW)

enum { START, N_SIGNALS };

static guint signals[N_SIGNALS];

const char *
limn_grid_property_title (const char *property)
{
  static const struct {
    const char *property, *title;
  } titles[] = {
    { "prompt", N_ ("Words in the prompt") },
    { "negative", N_ ("Words in the negative prompt") },
    { "style", N_ ("Style") },
    { "lora-weight", N_ ("LoRA weight") },
    { "control-weight", N_ ("ControlNet weight") },
    { "model", N_ ("Model") },
    { "refiner", N_ ("Refiner model") },
    { "use-refiner", N_ ("Refiner") },
    { "original-width", N_ ("Original width") },
    { "original-height", N_ ("Original height") },
    { "crop-left", N_ ("Crop, left") },
    { "crop-top", N_ ("Crop, top") },
    { "target-width", N_ ("Target width") },
    { "target-height", N_ ("Target height") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_strcmp0 (titles[i].property, property) == 0)
      return _ (titles[i].title);
  return limn_field_find (property) != NULL ? _ (limn_field_find (property)->title) : property;
}

/* 0 is "none" where there may be none */
static const char *
chosen (AdwComboRow *row, gboolean optional)
{
  guint index = adw_combo_row_get_selected (row);

  if (optional && index == 0)
    return NULL;
  return limn_grid_property (index - (optional ? 1 : 0));
}

static LimnGridAxis *
read_axis (LimnGridWindow *self, const char *property, AdwEntryRow *entry, GError **error)
{
  return limn_grid_axis_parse (property, gtk_editable_get_text (GTK_EDITABLE (entry)), self->settings, error);
}

static LimnGrid *
read_grid (LimnGridWindow *self, GError **error)
{
  const char *y_property = chosen (self->y_property, TRUE);
  g_autoptr (LimnGridAxis) x = read_axis (self, chosen (self->x_property, FALSE), self->x_values, error);
  g_autoptr (LimnGridAxis) y = NULL;

  if (x == NULL || (y_property != NULL && (y = read_axis (self, y_property, self->y_values, error)) == NULL))
    return NULL;
  return limn_grid_new (self->settings, g_steal_pointer (&x), g_steal_pointer (&y), error);
}

static void
show_preview (LimnGridWindow *self)
{
  const char *y_property = chosen (self->y_property, TRUE);
  g_autoptr (LimnGridSheet) sheet =
      limn_grid_sheet_new (self->grid, limn_grid_property_title (chosen (self->x_property, FALSE)),
                           y_property != NULL ? limn_grid_property_title (y_property) : NULL);
  g_autoptr (LimnImage) image = limn_grid_sheet_render (sheet, 160, 900);
  g_autoptr (GdkTexture) texture = limn_texture_from_image (image);

  gtk_picture_set_paintable (self->preview, GDK_PAINTABLE (texture));
}

static void
changed_cb (LimnGridWindow *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *label = NULL;
  guint n;

  gtk_widget_set_visible (GTK_WIDGET (self->y_values), chosen (self->y_property, TRUE) != NULL);
  g_clear_pointer (&self->grid, limn_grid_free);
  self->grid = read_grid (self, &error);
  gtk_widget_set_sensitive (GTK_WIDGET (self->start), self->grid != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), error != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->preview), self->grid != NULL);
  if (self->grid == NULL) {
    gtk_label_set_text (self->problem, error->message);
    gtk_button_set_label (self->start, _ ("Paint"));
    return;
  }
  n = limn_grid_get_columns (self->grid) * limn_grid_get_rows (self->grid);
  label = g_strdup_printf (ngettext ("Paint %u Picture", "Paint %u Pictures", n), n);
  gtk_button_set_label (self->start, label);
  show_preview (self);
}

static void
start_cb (GtkButton *button, LimnGridWindow *self)
{
  const char *y =
      chosen (self->y_property, TRUE) != NULL ? gtk_editable_get_text (GTK_EDITABLE (self->y_values)) : NULL;

  if (self->grid == NULL)
    return;
  g_signal_emit (self, signals[START], 0, self->grid, gtk_editable_get_text (GTK_EDITABLE (self->x_values)), y);
  gtk_window_close (GTK_WINDOW (self));
}

static void
fill (AdwComboRow *row, gboolean optional)
{
  const char *property;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  if (optional)
    gtk_string_list_append (names, _ ("None"));
  for (guint i = 0; (property = limn_grid_property (i)) != NULL; i++)
    gtk_string_list_append (names, limn_grid_property_title (property));
  adw_combo_row_set_model (row, G_LIST_MODEL (names));
}

static guint
index_of (const char *property)
{
  const char *known;

  for (guint i = 0; (known = limn_grid_property (i)) != NULL; i++)
    if (g_str_equal (known, property))
      return i;
  return 0;
}

static void
limn_grid_window_finalize (GObject *object)
{
  LimnGridWindow *self = LIMN_GRID_WINDOW (object);

  g_clear_object (&self->settings);
  g_clear_pointer (&self->grid, limn_grid_free);

  G_OBJECT_CLASS (limn_grid_window_parent_class)->finalize (object);
}

static void
limn_grid_window_class_init (LimnGridWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_grid_window_finalize;
  signals[START] = g_signal_new ("start", LIMN_TYPE_GRID_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                 G_TYPE_POINTER, G_TYPE_STRING, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/grid-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnGridWindow, x_property);
  gtk_widget_class_bind_template_child (widget_class, LimnGridWindow, y_property);
  gtk_widget_class_bind_template_child (widget_class, LimnGridWindow, x_values);
  gtk_widget_class_bind_template_child (widget_class, LimnGridWindow, y_values);
  gtk_widget_class_bind_template_child (widget_class, LimnGridWindow, problem);
  gtk_widget_class_bind_template_child (widget_class, LimnGridWindow, preview);
  gtk_widget_class_bind_template_child (widget_class, LimnGridWindow, start);
  gtk_widget_class_bind_template_callback (widget_class, start_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
limn_grid_window_init (LimnGridWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* "3, 5, 7": as the axis reads it, with a decimal point in every locale, since a comma ends a value. */
static char *
around (double value, double by)
{
  const double values[] = { MAX (1, value - by), value, value + by };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            g_ascii_formatd (number, sizeof number, "%.6g", values[i]));
  }
  return g_string_free (text, FALSE);
}

/* What is tried most: guidance across, steps down, around the present values. */
LimnGridWindow *
limn_grid_window_new (LimnSettings *settings)
{
  LimnGridWindow *self = g_object_new (LIMN_TYPE_GRID_WINDOW, NULL);
  const LimnSettingsValues *values;
  g_autofree char *across = NULL, *down = NULL;

  self->settings = limn_settings_copy (settings);
  values = limn_settings_values (self->settings);
  across = around (values->guidance, 2);
  down = g_strdup_printf ("%d, %d", MAX (1, values->steps / 2), values->steps);
  fill (self->x_property, FALSE);
  fill (self->y_property, TRUE);
  adw_combo_row_set_selected (self->x_property, index_of ("guidance"));
  adw_combo_row_set_selected (self->y_property, index_of ("steps") + 1);
  gtk_editable_set_text (GTK_EDITABLE (self->x_values), across);
  gtk_editable_set_text (GTK_EDITABLE (self->y_values), down);
  g_signal_connect_swapped (self->x_property, "notify::selected", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (self->y_property, "notify::selected", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (self->x_values, "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (self->y_values, "changed", G_CALLBACK (changed_cb), self);
  changed_cb (self);
  return self;
}
