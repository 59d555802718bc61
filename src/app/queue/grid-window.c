/* grid-window.c - which settings are compared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/queue/grid-window.h"

#include <glib/gi18n.h>

#include "app/queue/grid-sheet.h"
#include "app/widget/texture.h"

struct _LimnGridWindow {
  AdwWindow parent_instance;
  AdwComboRow *properties[LIMN_GRID_N_SIDES];
  AdwEntryRow *values[LIMN_GRID_N_SIDES];
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

/* There may be none but across; 0 is "none" then. */
static gboolean
is_optional (LimnGridSide side)
{
  return side != LIMN_GRID_X;
}

static const char *
chosen (LimnGridWindow *self, LimnGridSide side)
{
  guint index = adw_combo_row_get_selected (self->properties[side]);

  if (is_optional (side) && index == 0)
    return NULL;
  return limn_grid_property (index - (is_optional (side) ? 1 : 0));
}

static const char *
text_of (LimnGridWindow *self, LimnGridSide side)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->values[side]));
}

static LimnGrid *
read_grid (LimnGridWindow *self, GError **error)
{
  LimnGridAxis *axes[LIMN_GRID_N_SIDES] = { NULL };
  gboolean good = TRUE;

  for (LimnGridSide side = 0; good && side < LIMN_GRID_N_SIDES; side++)
    if (chosen (self, side) != NULL) {
      axes[side] = limn_grid_axis_parse (chosen (self, side), text_of (self, side), self->settings, error);
      good = axes[side] != NULL;
    }
  if (good)
    return limn_grid_new (self->settings, axes, error);
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    limn_grid_axis_free (axes[side]);
  return NULL;
}

static void
show_preview (LimnGridWindow *self)
{
  const char *titles[LIMN_GRID_N_SIDES] = { NULL };

  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    if (chosen (self, side) != NULL)
      titles[side] = limn_grid_property_title (chosen (self, side));
  g_autoptr (LimnGridSheet) sheet = limn_grid_sheet_new (self->grid, titles);
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

  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    gtk_widget_set_visible (GTK_WIDGET (self->values[side]), chosen (self, side) != NULL);
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
  n = limn_grid_get_n_cells (self->grid);
  label = g_strdup_printf (ngettext ("Paint %u Picture", "Paint %u Pictures", n), n);
  gtk_button_set_label (self->start, label);
  show_preview (self);
}

static void
start_cb (GtkButton *button, LimnGridWindow *self)
{
  const char *texts[LIMN_GRID_N_SIDES];

  if (self->grid == NULL)
    return;
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    texts[side] = text_of (self, side);
  g_signal_emit (self, signals[START], 0, self->grid, texts);
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
  static const struct {
    const char *property, *values;
  } children[LIMN_GRID_N_SIDES] = {
    { "x_property", "x_values" },
    { "y_property", "y_values" },
    { "z_property", "z_values" },
  };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_grid_window_finalize;
  signals[START] = g_signal_new ("start", LIMN_TYPE_GRID_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                 G_TYPE_POINTER, G_TYPE_POINTER);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/grid-window.ui");
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++) {
    gtk_widget_class_bind_template_child_full (widget_class, children[side].property, FALSE,
                                               G_STRUCT_OFFSET (LimnGridWindow, properties[side]));
    gtk_widget_class_bind_template_child_full (widget_class, children[side].values, FALSE,
                                               G_STRUCT_OFFSET (LimnGridWindow, values[side]));
  }
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
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++)
    fill (self->properties[side], is_optional (side));
  adw_combo_row_set_selected (self->properties[LIMN_GRID_X], index_of ("guidance"));
  adw_combo_row_set_selected (self->properties[LIMN_GRID_Y], index_of ("steps") + 1);
  gtk_editable_set_text (GTK_EDITABLE (self->values[LIMN_GRID_X]), across);
  gtk_editable_set_text (GTK_EDITABLE (self->values[LIMN_GRID_Y]), down);
  for (LimnGridSide side = 0; side < LIMN_GRID_N_SIDES; side++) {
    g_signal_connect_swapped (self->properties[side], "notify::selected", G_CALLBACK (changed_cb), self);
    g_signal_connect_swapped (self->values[side], "changed", G_CALLBACK (changed_cb), self);
  }
  changed_cb (self);
  return self;
}
