/* refiner-group.c - the refiner.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/refiner-group.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/panel/handoff-bar.h"
#include "app/widget/number-row.h"

struct _LimnRefinerGroup {
  AdwPreferencesGroup parent_instance;
  GtkToggleButton *off_button, *on_button;
  LimnModelRow *model_row;
  LimnHandoffBar *handoff_bar;
  GtkLabel *summary, *base_label, *refiner_label;
  LimnNumberRow *aesthetic_row, *negative_aesthetic_row;
  LimnSettings *settings;
};

G_DEFINE_FINAL_TYPE (LimnRefinerGroup, limn_refiner_group, ADW_TYPE_PREFERENCES_GROUP)

static void
show_steps (LimnRefinerGroup *self, int base, int refiner)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  gboolean on = values->use_refiner;
  g_autofree char *base_text = g_strdup_printf (ngettext ("Base, %d step", "Base, %d steps", base), base);
  g_autofree char *refiner_text =
      g_strdup_printf (ngettext ("Refiner, %d step", "Refiner, %d steps", refiner), refiner);
  g_autofree char *summary = NULL;

  /* translators: how many steps the refiner does, of how many */
  summary = on ? g_strdup_printf (_ ("On for the last %d of %d steps"), refiner, base + refiner)
               : g_strdup (_ ("Off: the base paints every step"));
  limn_handoff_bar_set_steps (self->handoff_bar, values->steps);
  limn_handoff_bar_set_on (self->handoff_bar, on);
  gtk_label_set_text (self->base_label, base_text);
  gtk_label_set_text (self->refiner_label, on ? refiner_text : "");
  gtk_label_set_text (self->summary, summary);
  gtk_toggle_button_set_active (on ? self->on_button : self->off_button, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->model_row), on);
  gtk_widget_set_visible (GTK_WIDGET (self->aesthetic_row), on);
  gtk_widget_set_visible (GTK_WIDGET (self->negative_aesthetic_row), on);
}

static void
update_cb (LimnRefinerGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  int base = values->use_refiner ? (int) round (values->handoff * values->steps) : values->steps;

  show_steps (self, base, values->steps - base);
}

void
limn_refiner_group_set_steps (LimnRefinerGroup *self, int base, int refiner)
{
  g_return_if_fail (LIMN_IS_REFINER_GROUP (self));

  show_steps (self, base, refiner);
}

static void
limn_refiner_group_dispose (GObject *object)
{
  g_clear_object (&LIMN_REFINER_GROUP (object)->settings);

  G_OBJECT_CLASS (limn_refiner_group_parent_class)->dispose (object);
}

static void
limn_refiner_group_class_init (LimnRefinerGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_refiner_group_dispose;
  g_type_ensure (LIMN_TYPE_HANDOFF_BAR);
  g_type_ensure (LIMN_TYPE_MODEL_ROW);
  g_type_ensure (LIMN_TYPE_NUMBER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/refiner-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, off_button);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, on_button);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, summary);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, model_row);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, handoff_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, base_label);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, refiner_label);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, aesthetic_row);
  gtk_widget_class_bind_template_child (widget_class, LimnRefinerGroup, negative_aesthetic_row);
}

static void
limn_refiner_group_init (LimnRefinerGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_refiner_group_bind (LimnRefinerGroup *self, LimnSession *session, LimnSettings *settings)
{
  const char *const watched[] = { "notify::handoff", "notify::steps", "notify::use-refiner" };

  g_set_object (&self->settings, settings);
  limn_model_row_bind (self->model_row, session, settings, "refiner");
  g_object_bind_property (settings, "use-refiner", self->on_button, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property (settings, "handoff", self->handoff_bar, "handoff",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  limn_number_row_bind (self->aesthetic_row, settings, "aesthetic");
  limn_number_row_bind (self->negative_aesthetic_row, settings, "negative-aesthetic");
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (settings, watched[i], G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
}

LimnModelRow *
limn_refiner_group_get_model_row (LimnRefinerGroup *self)
{
  g_return_val_if_fail (LIMN_IS_REFINER_GROUP (self), NULL);
  return self->model_row;
}
