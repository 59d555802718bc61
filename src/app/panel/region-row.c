/* region-row.c - see region-row.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/region-row.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/widget/number-row.h"
#include "base/region-shape.h"
#include "text/prompt-loras.h"

struct _LimnRegionRow {
  AdwExpanderRow parent_instance;
  GtkEditable *prompt, *negative;
  GtkWidget *shape_row;
  GtkAdjustment *weight, *start, *end, *x, *y, *width, *height;
  LimnRegion *region; /* as it is set; NULL: not yet */
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (LimnRegionRow, limn_region_row, ADW_TYPE_EXPANDER_ROW)

enum { CHANGED, REMOVED, DETAILED, BRUSH, N_SIGNALS };

static guint signals[N_SIGNALS];

/* What is wrong with it; NULL: nothing. */
static const char *
problem_of (const LimnRegion *region)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  g_free (limn_prompt_without_loras (region->prompt, names));
  if (region->negative != NULL)
    g_free (limn_prompt_without_loras (region->negative, names));
  if (names->len > 0)
    return _ ("A LoRA changes the model for the whole picture: name it in the picture’s prompt");
  if (!limn_region_counts (region))
    return region->weight > 0 && region->end > region->start ? _ ("Say what is there") : _ ("It counts in no step");
  return NULL;
}

static void
update_words (LimnRegionRow *self)
{
  const char *problem = problem_of (self->region);

  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), problem != NULL ? problem : self->region->prompt);
  if (problem != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "lacks");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "lacks");
}

static void
show_text (GtkEditable *entry, const char *text)
{
  text = text != NULL ? text : "";
  if (!g_str_equal (gtk_editable_get_text (entry), text))
    gtk_editable_set_text (entry, text);
}

void
limn_region_row_set (LimnRegionRow *self, const LimnRegion *region, guint number)
{
  g_autofree char *title = NULL;

  g_return_if_fail (LIMN_IS_REGION_ROW (self));

  self->updating = TRUE;
  limn_region_free (self->region);
  self->region = limn_region_copy (region);
  /* translators: a part of the picture, by its number */
  title = g_strdup_printf (_ ("Region %u"), number + 1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  show_text (self->prompt, region->prompt);
  show_text (self->negative, region->negative);
  gtk_adjustment_set_value (self->weight, region->weight);
  gtk_adjustment_set_value (self->start, region->start * 100);
  gtk_adjustment_set_value (self->end, region->end * 100);
  gtk_adjustment_set_value (self->x, region->x * 100);
  gtk_adjustment_set_value (self->y, region->y * 100);
  gtk_adjustment_set_value (self->width, region->width * 100);
  gtk_adjustment_set_value (self->height, region->height * 100);
  gtk_widget_set_visible (self->shape_row, region->mask != NULL);
  update_words (self);
  self->updating = FALSE;
}

const LimnRegion *
limn_region_row_get (LimnRegionRow *self)
{
  g_return_val_if_fail (LIMN_IS_REGION_ROW (self), NULL);
  return self->region;
}

void
limn_region_row_edit (LimnRegionRow *self)
{
  g_return_if_fail (LIMN_IS_REGION_ROW (self));

  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt));
}

/* A number that is not shown in full is not changed by being shown. */
static void
take_share (GtkAdjustment *adjustment, double *share)
{
  double value = gtk_adjustment_get_value (adjustment);

  if (fabs (value - *share * 100) >= 0.05)
    *share = round (value * 10) / 1000;
}

/* What is painted goes along. */
static void
take_place (LimnRegionRow *self)
{
  g_autoptr (LimnRegion) before = limn_region_copy (self->region);
  double x = before->x, y = before->y, width = before->width, height = before->height;

  take_share (self->x, &x);
  take_share (self->y, &y);
  take_share (self->width, &width);
  take_share (self->height, &height);
  width = MIN (width, 1 - x);
  height = MIN (height, 1 - y);
  if (x != before->x || y != before->y || width != before->width || height != before->height)
    limn_region_move (self->region, before, x, y, width, height);
}

static void
changed_cb (LimnRegionRow *self)
{
  LimnRegion *region = self->region;
  const char *negative;

  if (self->updating || region == NULL)
    return;
  negative = gtk_editable_get_text (self->negative);
  g_free (region->prompt);
  g_free (region->negative);
  region->prompt = g_strdup (gtk_editable_get_text (self->prompt));
  region->negative = negative[strspn (negative, " ")] != '\0' ? g_strdup (negative) : NULL;
  if (fabs (region->weight - gtk_adjustment_get_value (self->weight)) >= 0.005)
    region->weight = gtk_adjustment_get_value (self->weight);
  take_share (self->start, &region->start);
  take_share (self->end, &region->end);
  take_place (self);
  update_words (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
remove_cb (LimnRegionRow *self)
{
  g_signal_emit (self, signals[REMOVED], 0);
}

static void
detail_cb (LimnRegionRow *self)
{
  g_signal_emit (self, signals[DETAILED], 0);
}

static void
brush_cb (LimnRegionRow *self)
{
  g_signal_emit (self, signals[BRUSH], 0);
}

/* What was painted is gone, and its rectangle stays. */
static void
rectangle_cb (LimnRegionRow *self)
{
  g_clear_pointer (&self->region->mask, g_free);
  self->region->mask_width = self->region->mask_height = 0;
  gtk_widget_set_visible (self->shape_row, FALSE);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
limn_region_row_finalize (GObject *object)
{
  limn_region_free (LIMN_REGION_ROW (object)->region);

  G_OBJECT_CLASS (limn_region_row_parent_class)->finalize (object);
}

static void
limn_region_row_class_init (LimnRegionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_region_row_finalize;
  g_type_ensure (LIMN_TYPE_NUMBER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/region-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, prompt);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, negative);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, shape_row);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, weight);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, start);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, end);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, x);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, y);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, width);
  gtk_widget_class_bind_template_child (widget_class, LimnRegionRow, height);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
  gtk_widget_class_bind_template_callback (widget_class, detail_cb);
  gtk_widget_class_bind_template_callback (widget_class, brush_cb);
  gtk_widget_class_bind_template_callback (widget_class, rectangle_cb);
  signals[CHANGED] =
      g_signal_new ("changed", LIMN_TYPE_REGION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[REMOVED] =
      g_signal_new ("removed", LIMN_TYPE_REGION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DETAILED] =
      g_signal_new ("detailed", LIMN_TYPE_REGION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[BRUSH] = g_signal_new ("brush", LIMN_TYPE_REGION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_region_row_init (LimnRegionRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
limn_region_row_new (void)
{
  return g_object_new (LIMN_TYPE_REGION_ROW, NULL);
}
