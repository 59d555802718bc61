/* pair-row.c - a row with two whole numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/widget/pair-row.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/widget/number-row.h"

struct _LimnPairRow {
  AdwPreferencesRow parent_instance;
  GtkSpinButton *first, *second;
  GtkLabel *sign;
  gboolean auto_zero;
  int grain; /* numbers are multiples of it */
};

G_DEFINE_FINAL_TYPE (LimnPairRow, limn_pair_row, ADW_TYPE_PREFERENCES_ROW)

enum {
  PROP_SIGN = 1,
  PROP_STEP,
  PROP_LOWER,
  PROP_UPPER,
  PROP_AUTO_ZERO,
  PROP_GRAIN,
  PROP_FIRST_NAME,
  PROP_SECOND_NAME
};

/* GtkSpinButton::output */
static gboolean
show_cb (GtkSpinButton *spin, LimnPairRow *self)
{
  int value = (int) gtk_adjustment_get_value (gtk_spin_button_get_adjustment (spin));
  g_autofree char *text = NULL;

  /* translators: a size hint that follows the size of the picture */
  text = value == 0 && self->auto_zero ? g_strdup (_ ("Auto")) : g_strdup_printf ("%d", value);
  if (g_strcmp0 (text, gtk_editable_get_text (GTK_EDITABLE (spin))) != 0)
    gtk_editable_set_text (GTK_EDITABLE (spin), text);
  return TRUE;
}

/* GtkSpinButton::input, when the keyboard leaves: what is no number changes nothing */
static int
read_cb (GtkSpinButton *spin, double *value, LimnPairRow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (spin));
  char *end = NULL;

  *value = g_ascii_strtod (text, &end);
  if (self->auto_zero && g_str_equal (text, _ ("Auto")))
    *value = 0;
  else if (end == text || end[strspn (end, " ")] != '\0' || !isfinite (*value))
    *value = gtk_adjustment_get_value (gtk_spin_button_get_adjustment (spin));
  else
    *value = round (*value / self->grain) * self->grain;
  return TRUE;
}

static void
name_spin (GtkSpinButton *spin, const char *name)
{
  gtk_widget_set_tooltip_text (GTK_WIDGET (spin), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
limn_pair_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnPairRow *self = LIMN_PAIR_ROW (object);
  GtkAdjustment *adjustments[] = { gtk_spin_button_get_adjustment (self->first),
                                   gtk_spin_button_get_adjustment (self->second) };

  switch (id) {
  case PROP_SIGN:
    gtk_label_set_text (self->sign, g_value_get_string (value));
    break;
  case PROP_STEP:
    for (int i = 0; i < 2; i++)
      gtk_adjustment_set_step_increment (adjustments[i], g_value_get_int (value));
    break;
  case PROP_LOWER:
    for (int i = 0; i < 2; i++)
      gtk_adjustment_set_lower (adjustments[i], g_value_get_int (value));
    break;
  case PROP_UPPER:
    for (int i = 0; i < 2; i++)
      gtk_adjustment_set_upper (adjustments[i], g_value_get_int (value));
    break;
  case PROP_AUTO_ZERO:
    self->auto_zero = g_value_get_boolean (value);
    gtk_spin_button_update (self->first);
    gtk_spin_button_update (self->second);
    break;
  case PROP_GRAIN:
    self->grain = g_value_get_int (value);
    break;
  case PROP_FIRST_NAME:
    name_spin (self->first, g_value_get_string (value));
    break;
  case PROP_SECOND_NAME:
    name_spin (self->second, g_value_get_string (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_pair_row_class_init (LimnPairRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;
  GParamSpec *specs[] = {
    [PROP_SIGN] = g_param_spec_string ("sign", NULL, NULL, "×", flags),
    [PROP_STEP] = g_param_spec_int ("step", NULL, NULL, 1, 1024, 8, flags),
    [PROP_LOWER] = g_param_spec_int ("lower", NULL, NULL, 0, 65536, 0, flags),
    [PROP_UPPER] = g_param_spec_int ("upper", NULL, NULL, 0, 65536, 16384, flags),
    [PROP_AUTO_ZERO] = g_param_spec_boolean ("auto-zero", NULL, NULL, FALSE, flags),
    [PROP_GRAIN] = g_param_spec_int ("grain", NULL, NULL, 1, 1024, 1, flags),
    [PROP_FIRST_NAME] = g_param_spec_string ("first-name", NULL, NULL, "", flags),
    [PROP_SECOND_NAME] = g_param_spec_string ("second-name", NULL, NULL, "", flags),
  };

  object_class->set_property = limn_pair_row_set_property;
  g_object_class_install_properties (object_class, G_N_ELEMENTS (specs), specs);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/pair-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPairRow, first);
  gtk_widget_class_bind_template_child (widget_class, LimnPairRow, second);
  gtk_widget_class_bind_template_child (widget_class, LimnPairRow, sign);
  gtk_widget_class_bind_template_callback (widget_class, show_cb);
  gtk_widget_class_bind_template_callback (widget_class, read_cb);
}

static void
limn_pair_row_init (LimnPairRow *self)
{
  self->grain = 1;
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_spin_ignore_scroll (self->first);
  limn_spin_ignore_scroll (self->second);
  limn_spin_leave_undo (self->first);
  limn_spin_leave_undo (self->second);
}

void
limn_pair_row_bind (LimnPairRow *self, gpointer object, const char *first, const char *second)
{
  g_object_bind_property (object, first, gtk_spin_button_get_adjustment (self->first), "value",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property (object, second, gtk_spin_button_get_adjustment (self->second), "value",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}
