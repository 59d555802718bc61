/* image-group.c - the picture to start from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/image-group.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/panel/crop-view.h"
#include "app/canvas/source-chips.h"

struct _LimnImageGroup {
  AdwPreferencesGroup parent_instance;
  GtkWidget *empty_row, *crop_row, *name_row, *fit_row, *truthful_row, *strength_row, *mask_row;
  LimnCropView *crop_view;
  GtkToggleButton *crop_button, *pad_button;
  GtkSwitch *truthful_switch;
  GtkScale *strength_scale;
  GtkAdjustment *strength;
  GtkLabel *strength_words;
  LimnSettings *settings;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (LimnImageGroup, limn_image_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- The picture ---- */

static void
show_source (LimnImageGroup *self, LimnSource *source)
{
  const LimnImage *image = limn_source_get_image (source);
  int width = limn_source_get_width (source), height = limn_source_get_height (source);
  g_autofree char *size = NULL;
  g_autofree char *name = g_markup_escape_text (limn_source_get_name (source), -1);

  if (image->width < width)
    /* translators: a picture's size in its file, and the size of the copy that is used */
    size = g_strdup_printf (_ ("%d × %d, used as %d × %d"), width, height, image->width, image->height);
  else
    size = g_strdup_printf ("%d × %d", width, height);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->name_row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->name_row), size);
  gtk_widget_set_tooltip_text (self->name_row, limn_source_get_path (source));
}

/* Where a part of it is painted by itself all of it is used. */
static void
used_changed_cb (LimnImageGroup *self)
{
  LimnMask *mask = limn_settings_values (self->settings)->mask;
  gboolean area = limn_settings_paints_area (self->settings),
           cut = !area && limn_settings_values (self->settings)->source != NULL;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->crop_row, cut);
  gtk_widget_set_visible (self->fit_row, cut);
  gtk_widget_set_visible (self->mask_row, mask != NULL);
  if (mask == NULL)
    return;
  if (area)
    /* translators: percent of the picture */
    text = g_strdup_printf (_ ("%d %% is painted anew, by itself at the full size; the rest stays"),
                            limn_mask_percent (mask));
  else
    /* translators: percent of the picture */
    text = g_strdup_printf (_ ("%d %% is painted anew, the rest stays"), limn_mask_percent (mask));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->mask_row), text);
}

static void
source_changed_cb (LimnImageGroup *self)
{
  LimnSource *source = limn_settings_values (self->settings)->source;
  GtkWidget *rows[] = { self->name_row, self->truthful_row, self->strength_row };

  gtk_widget_set_visible (self->empty_row, source == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_set_visible (rows[i], source != NULL);
  if (source != NULL)
    show_source (self, source);
  used_changed_cb (self);
}

static void
fit_changed_cb (LimnImageGroup *self)
{
  gboolean pad = limn_settings_values (self->settings)->source_fit == LIMN_SOURCE_PAD;

  self->updating = TRUE;
  gtk_toggle_button_set_active (pad ? self->pad_button : self->crop_button, TRUE);
  self->updating = FALSE;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->fit_row),
                               pad ? _ ("The whole picture; its edges’ colours fill the rest")
                                   : _ ("Cut to the shape; drag the frame above"));
}

static void
fit_chosen_cb (LimnImageGroup *self)
{
  if (self->settings != NULL && !self->updating)
    g_object_set (self->settings, "source-fit",
                  gtk_toggle_button_get_active (self->pad_button) ? LIMN_SOURCE_PAD : LIMN_SOURCE_CROP, NULL);
}

/* ---- Truthful crop ---- */

static LimnSizeHints
present_hints (const LimnSettingsValues *values)
{
  return (LimnSizeHints){ values->original_width, values->original_height, values->crop_left,
                          values->crop_top,       values->target_width,    values->target_height };
}

static gboolean
same_hints (LimnSizeHints a, LimnSizeHints b)
{
  return a.original_width == b.original_width && a.original_height == b.original_height && a.crop_left == b.crop_left
         && a.crop_top == b.crop_top && a.target_width == b.target_width && a.target_height == b.target_height;
}

static void
set_hints (LimnImageGroup *self, LimnSizeHints hints)
{
  self->updating = TRUE;
  g_object_set (self->settings, "original-width", hints.original_width, "original-height", hints.original_height,
                "crop-left", hints.crop_left, "crop-top", hints.crop_top, "target-width", hints.target_width,
                "target-height", hints.target_height, NULL);
  self->updating = FALSE;
}

static LimnSizeHints
true_hints (const LimnSettingsValues *values)
{
  return limn_source_truthful_hints (values->source, values->width, values->height, values->source_x, values->source_y,
                                     (LimnSourceFit) values->source_fit);
}

static void
follow_crop_cb (LimnImageGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  if (values->truthful_crop && values->source != NULL)
    set_hints (self, true_hints (values));
}

/* What is switched off leaves no hints behind that nobody chose. */
static void
truthful_changed_cb (LimnImageGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  if (values->truthful_crop)
    follow_crop_cb (self);
  else if (!self->updating && values->source != NULL && same_hints (present_hints (values), true_hints (values)))
    set_hints (self, (LimnSizeHints){ 0 });
}

/* Who sets the hints by hand wants them so. */
static void
hints_changed_cb (LimnImageGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  if (self->updating || !values->truthful_crop || values->source == NULL
      || same_hints (present_hints (values), true_hints (values)))
    return;
  self->updating = TRUE;
  g_object_set (self->settings, "truthful-crop", FALSE, NULL);
  self->updating = FALSE;
}

/* ---- Strength ---- */

static char *
format_strength_cb (GtkScale *scale, double value, gpointer data)
{
  /* translators: percent */
  return g_strdup_printf (_ ("%d %%"), (int) round (value * 100));
}

static const char *
strength_meaning (double strength)
{
  if (strength < 0.3)
    return _ ("Touches it up: shapes and colours stay.");
  if (strength < 0.55)
    return _ ("Keeps the shapes; surfaces and details become new.");
  if (strength < 0.8)
    return _ ("Keeps the layout and the colours; much becomes new.");
  if (strength < 1)
    return _ ("Only a hint of the layout remains.");
  return _ ("Nothing of the picture remains.");
}

static void
strength_changed_cb (LimnImageGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  int steps = (int) (values->steps * values->strength);
  /* translators: how many of all steps are done */
  g_autofree char *count =
      g_strdup_printf (ngettext ("%d of %d step.", "%d of %d steps.", values->steps), steps, values->steps);
  g_autofree char *text = g_strconcat (strength_meaning (values->strength), " ", count, NULL);

  gtk_label_set_text (self->strength_words, text);
}

/* ---- Object ---- */

static void
limn_image_group_dispose (GObject *object)
{
  g_clear_object (&LIMN_IMAGE_GROUP (object)->settings);

  G_OBJECT_CLASS (limn_image_group_parent_class)->dispose (object);
}

static void
limn_image_group_class_init (LimnImageGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_image_group_dispose;
  g_type_ensure (LIMN_TYPE_CROP_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/image-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, empty_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, crop_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, name_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, fit_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, truthful_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, strength_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, mask_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, crop_view);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, crop_button);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, pad_button);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, truthful_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, strength_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, strength);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, strength_words);
  gtk_widget_class_bind_template_callback (widget_class, fit_chosen_cb);
}

static void
limn_image_group_init (LimnImageGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_scale_set_format_value_func (self->strength_scale, format_strength_cb, NULL, NULL);
}

static void
watch (LimnImageGroup *self, const char *const *properties, GCallback callback)
{
  for (; *properties != NULL; properties++) {
    g_autofree char *signal = g_strconcat ("notify::", *properties, NULL);

    g_signal_connect_object (self->settings, signal, callback, self, G_CONNECT_SWAPPED);
  }
}

void
limn_image_group_bind (LimnImageGroup *self, LimnSettings *settings)
{
  static const char *const source[] = { "source", NULL }, *const used[] = { "mask", "mask-area", NULL };
  static const char *const fit[] = { "source-fit", NULL };
  static const char *const truthful[] = { "truthful-crop", NULL }, *const words[] = { "strength", "steps", NULL };
  static const char *const crop[] = { "source", "source-x", "source-y", "source-fit", "width", "height", NULL };
  static const char *const hints[] = { "original-width", "original-height", "crop-left", "crop-top",
                                       "target-width",   "target-height",   NULL };

  g_set_object (&self->settings, settings);
  limn_crop_view_bind (self->crop_view, settings);
  g_object_bind_property (settings, "strength", self->strength, "value",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property (settings, "truthful-crop", self->truthful_switch, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  watch (self, source, G_CALLBACK (source_changed_cb));
  watch (self, used, G_CALLBACK (used_changed_cb));
  watch (self, fit, G_CALLBACK (fit_changed_cb));
  watch (self, truthful, G_CALLBACK (truthful_changed_cb));
  watch (self, crop, G_CALLBACK (follow_crop_cb));
  watch (self, hints, G_CALLBACK (hints_changed_cb));
  watch (self, words, G_CALLBACK (strength_changed_cb));
  source_changed_cb (self);
  fit_changed_cb (self);
  strength_changed_cb (self);
}
