/* sigma-curve.c - see sigma-curve.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/sigma-curve.h"

#include <math.h>

#define WIDTH 56
#define HEIGHT 28
#define DOT 1.5f
#define MOST_DOTS 14 /* as many as can be told apart */
#define FAINT 0.4f
/* The noise levels that fill it, on a logarithmic scale: SDXL's. */
#define LEAST 0.029
#define MOST 14.7

struct _LimnSigmaCurve {
  GtkWidget parent_instance;
  LimnSettings *settings;
  const char *schedule; /* of static storage */
  double *sigmas;       /* [steps] */
  int steps;
};

G_DEFINE_FINAL_TYPE (LimnSigmaCurve, limn_sigma_curve, GTK_TYPE_WIDGET)

static void
limn_sigma_curve_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

/* From the left, in whichever direction text runs: time does not turn round. */
static graphene_point_t
place (const LimnSigmaCurve *self, int step)
{
  double height = CLAMP (log (self->sigmas[step] / LEAST) / log (MOST / LEAST), 0, 1);
  double along = self->steps > 1 ? (double) step / (self->steps - 1) : 0.5;

  return GRAPHENE_POINT_INIT ((float) (DOT + (WIDTH - 2 * DOT) * along),
                              (float) (HEIGHT - DOT - (HEIGHT - 2 * DOT) * height));
}

static void
limn_sigma_curve_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnSigmaCurve *self = LIMN_SIGMA_CURVE (widget);
  const graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, WIDTH, HEIGHT);
  const gboolean dotted = self->steps <= MOST_DOTS;
  GdkRGBA color;
  cairo_t *cairo = gtk_snapshot_append_cairo (snapshot, &bounds);

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  color.alpha *= dotted ? FAINT : 1;
  gdk_cairo_set_source_rgba (cairo, &color);
  cairo_set_line_width (cairo, 1.5);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  for (int step = 0; step < self->steps; step++)
    cairo_line_to (cairo, place (self, step).x, place (self, step).y);
  cairo_stroke (cairo);
  color.alpha /= dotted ? FAINT : 1;
  gdk_cairo_set_source_rgba (cairo, &color);
  for (int step = 0; dotted && step < self->steps; step++) {
    cairo_arc (cairo, place (self, step).x, place (self, step).y, DOT, 0, 2 * G_PI);
    cairo_fill (cairo);
  }
  cairo_destroy (cairo);
}

static void
forget_settings (LimnSigmaCurve *self)
{
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->settings);
}

static void
limn_sigma_curve_finalize (GObject *object)
{
  forget_settings (LIMN_SIGMA_CURVE (object));
  g_free (LIMN_SIGMA_CURVE (object)->sigmas);

  G_OBJECT_CLASS (limn_sigma_curve_parent_class)->finalize (object);
}

static void
limn_sigma_curve_class_init (LimnSigmaCurveClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_sigma_curve_finalize;
  widget_class->measure = limn_sigma_curve_measure;
  widget_class->snapshot = limn_sigma_curve_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_sigma_curve_init (LimnSigmaCurve *self)
{
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

GtkWidget *
limn_sigma_curve_new (void)
{
  return g_object_new (LIMN_TYPE_SIGMA_CURVE, NULL);
}

static void
show_cb (LimnSigmaCurve *self)
{
  LimnFields fields = limn_settings_values (self->settings)->fields;
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  fields.schedule = self->schedule;
  text = limn_schedule_to_sigmas (limn_fields_schedule (&fields), fields.steps);
  words = g_strsplit (text, " ", -1);
  self->steps = (int) g_strv_length (words) - 1; /* the last one is 0 */
  g_free (self->sigmas);
  self->sigmas = g_new (double, self->steps);
  for (int i = 0; i < self->steps; i++)
    self->sigmas[i] = g_ascii_strtod (words[i], NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_sigma_curve_follow (LimnSigmaCurve *self, LimnSettings *settings, const char *schedule)
{
  forget_settings (self);
  self->settings = g_object_ref (settings);
  self->schedule = schedule;
  g_signal_connect_object (settings, "notify::steps", G_CALLBACK (show_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::sigmas", G_CALLBACK (show_cb), self, G_CONNECT_SWAPPED);
  show_cb (self);
}
