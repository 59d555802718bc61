/* source-chips.c - the picture to start from, its mask and its extension, small.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/source-chips.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/texture.h"
#include "session/thread/task-thread.h"

#define THUMBNAIL 64 /* pixels: twice as large as it is shown */

struct _LimnSourceChips {
  GtkWidget parent_instance;
  GtkWidget *row, *source_chip, *mask_chip, *extension_chip, *source_button;
  GtkPicture *thumbnail;
  GtkLabel *strength_label, *mask_label;
  LimnSettings *settings;
  LimnMaskMode *mode;
  LimnSource *shown; /* whose thumbnail it is */
};

G_DEFINE_FINAL_TYPE (LimnSourceChips, limn_source_chips, GTK_TYPE_WIDGET)

int
limn_mask_percent (LimnMask *mask)
{
  int percent = (int) round (limn_mask_get_share (mask) * 100);

  return limn_mask_is_empty (mask) ? 0 : MAX (1, percent);
}

static void
thumbnail_thread (GTask *task, gpointer chips, gpointer source, GCancellable *cancellable)
{
  g_task_return_pointer (task, limn_texture_thumbnail (limn_source_get_image (source), THUMBNAIL), g_object_unref);
}

static void
thumbnail_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnSourceChips *self = LIMN_SOURCE_CHIPS (object);
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), NULL);

  if (texture != NULL && self->row != NULL && self->shown == g_task_get_task_data (G_TASK (result)))
    gtk_picture_set_paintable (self->thumbnail, GDK_PAINTABLE (texture));
}

static void
show_thumbnail (LimnSourceChips *self, LimnSource *source)
{
  g_autoptr (GTask) task = NULL;

  if (!g_set_object (&self->shown, source))
    return;
  gtk_picture_set_paintable (self->thumbnail, NULL);
  if (source == NULL)
    return;
  task = g_task_new (self, NULL, thumbnail_cb, NULL);
  g_task_set_source_tag (task, show_thumbnail);
  g_task_set_task_data (task, g_object_ref (source), g_object_unref);
  limn_task_run_in_thread (task, thumbnail_thread);
}

static void
show_strength (LimnSourceChips *self, LimnSource *source, int percent)
{
  /* translators: percent */
  g_autofree char *text = g_strdup_printf (_ ("%d %%"), percent);
  /* translators: a picture's name, and percent */
  g_autofree char *tip =
      g_strdup_printf (_ ("Starts from %s, of which %d %% is painted anew"), limn_source_get_name (source), percent);

  gtk_label_set_text (self->strength_label, text);
  gtk_widget_set_direction (GTK_WIDGET (self->strength_label), GTK_TEXT_DIR_LTR); /* a number, not a sentence */
  gtk_widget_set_tooltip_text (self->source_button, tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->source_button), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
}

static void
show_mask (LimnSourceChips *self, const LimnSettingsValues *values)
{
  int percent = limn_mask_percent (values->mask);
  /* translators: percent of the picture */
  g_autofree char *text =
      g_strdup_printf (limn_mask_area_is_masked (&values->fields) ? _ ("Only the mask is painted, %d %%")
                                                                  : _ ("Mask, %d %% is painted anew"),
                       percent);

  gtk_label_set_text (self->mask_label, text);
}

/* A tool shows what it does itself. */
static void
changed_cb (LimnSourceChips *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  LimnCanvasMode mode = limn_mask_mode_get (self->mode);
  gboolean extended;

  g_object_get (self->mode, "can-shrink", &extended, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), values->source != NULL && !limn_canvas_mode_edits (mode));
  gtk_widget_set_visible (self->mask_chip, values->mask != NULL);
  gtk_widget_set_visible (self->extension_chip, extended);
  show_thumbnail (self, values->source);
  if (values->source != NULL)
    show_strength (self, values->source, (int) round (values->strength * 100));
  if (values->mask != NULL)
    show_mask (self, values);
}

static void
limn_source_chips_dispose (GObject *object)
{
  LimnSourceChips *self = LIMN_SOURCE_CHIPS (object);

  g_clear_pointer (&self->row, gtk_widget_unparent);
  g_clear_object (&self->settings);
  g_clear_object (&self->mode);
  g_clear_object (&self->shown);

  G_OBJECT_CLASS (limn_source_chips_parent_class)->dispose (object);
}

static void
limn_source_chips_class_init (LimnSourceChipsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_source_chips_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TOOLBAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/source-chips.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, row);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, source_chip);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, mask_chip);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, extension_chip);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, source_button);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, strength_label);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceChips, mask_label);
}

static void
limn_source_chips_init (LimnSourceChips *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What the next picture starts from"), -1);
}

void
limn_source_chips_bind (LimnSourceChips *self, LimnSettings *settings, LimnMaskMode *mode)
{
  static const char *const watched[] = { "notify::source", "notify::mask", "notify::mask-area", "notify::strength" };

  g_return_if_fail (LIMN_IS_SOURCE_CHIPS (self));

  g_set_object (&self->settings, settings);
  g_set_object (&self->mode, mode);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (settings, watched[i], G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (mode, "notify", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
