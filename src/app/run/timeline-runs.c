/* timeline-runs.c - a list of runs, each with its name and a line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/timeline-runs.h"

#include <glib/gi18n.h>

#include "app/widget/colors.h"
#include "app/gallery/compare-difference.h"

#define MOST_DIFFERENCES 3
#define LANE_WIDTH 96 /* pixels */
#define LANE_HEIGHT 14
#define LINE 4

struct _LimnTimelineRuns {
  GtkWidget parent_instance;
  GtkMenuButton *button;
  GtkListBox *list;
  GPtrArray *runs; /* LimnRecord, as the rows have them */
};

G_DEFINE_FINAL_TYPE (LimnTimelineRuns, limn_timeline_runs, GTK_TYPE_WIDGET)

enum { CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

/* ---- Names ---- */

static char *
run_name (LimnRecord *parent, LimnRecord *record)
{
  g_autoptr (GPtrArray) differences = NULL;

  if (parent == NULL)
    return g_strdup (_ ("The first run"));
  differences = limn_compare_difference (limn_record_get_settings (parent), limn_record_get_settings (record));
  if (differences->len == 0)
    return g_strdup (_ ("The same once more"));
  if (differences->len > MOST_DIFFERENCES)
    g_ptr_array_set_size (differences, MOST_DIFFERENCES);
  g_ptr_array_add (differences, NULL);
  return g_strjoinv (", ", (char **) differences->pdata);
}

static char *
run_origin (LimnRecord *record)
{
  int n = limn_record_get_schedule_steps (record);

  if (limn_record_get_parent_id (record) == NULL)
    return g_strdup_printf (ngettext ("%d step", "%d steps", n), n);
  /* translators: the step at which a run left another one, and how many it has */
  return g_strdup_printf (_ ("After step %d of %d"), limn_record_get_begin (record), n);
}

/* ---- Lines ---- */

static void
draw_part (GtkWidget *widget, cairo_t *cairo, LimnColor color, double from, double to)
{
  GdkRGBA rgba = limn_color_get (widget, color);
  double width = gtk_widget_get_width (widget);

  if (to <= from)
    return;
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL) {
    double end = 1 - from;

    from = 1 - to;
    to = end;
  }
  gdk_cairo_set_source_rgba (cairo, &rgba);
  cairo_rectangle (cairo, from * width, (gtk_widget_get_height (widget) - LINE) / 2.0, (to - from) * width, LINE);
  cairo_fill (cairo);
}

/* the base's steps and the refiner's, on the whole of the schedule */
static void
draw_lane (GtkDrawingArea *area, cairo_t *cairo, int width, int height, gpointer data)
{
  LimnRecord *record = data;
  const LimnSettingsValues *values = limn_settings_values (limn_record_get_settings (record));
  double n = MAX (1, limn_record_get_schedule_steps (record));
  double begin = limn_record_get_begin (record) / n, end = limn_record_get_last_step (record) / n;
  double split = values->use_refiner ? limn_record_split (record, values->handoff) / n : 1;

  draw_part (GTK_WIDGET (area), cairo, LIMN_COLOR_TROUGH, 0, 1);
  draw_part (GTK_WIDGET (area), cairo, LIMN_COLOR_BASE, begin, MIN (split, end));
  draw_part (GTK_WIDGET (area), cairo, LIMN_COLOR_REFINER, MAX (begin, split), end);
}

/* ---- Rows ---- */

static GtkWidget *
make_label (char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  g_free (text);
  return label;
}

static GtkWidget *
make_row (LimnRecord *parent, LimnRecord *record)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *lane = gtk_drawing_area_new ();

  gtk_widget_set_valign (lane, GTK_ALIGN_CENTER);
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (lane), LANE_WIDTH);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (lane), LANE_HEIGHT);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (lane), draw_lane, g_object_ref (record), g_object_unref);
  gtk_widget_set_hexpand (words, TRUE);
  gtk_widget_set_margin_top (row, 6);
  gtk_widget_set_margin_bottom (row, 6);
  gtk_box_append (GTK_BOX (words), make_label (run_name (parent, record), NULL));
  gtk_box_append (GTK_BOX (words), make_label (run_origin (record), "caption"));
  gtk_box_append (GTK_BOX (row), lane);
  gtk_box_append (GTK_BOX (row), words);
  return row;
}

static gboolean
has_rows_of (LimnTimelineRuns *self, GPtrArray *runs)
{
  if (self->runs->len != runs->len)
    return FALSE;
  for (guint i = 0; i < runs->len; i++)
    if (g_ptr_array_index (self->runs, i) != g_ptr_array_index (runs, i))
      return FALSE;
  return TRUE;
}

static void
make_rows (LimnTimelineRuns *self, LimnRecords *records, GPtrArray *runs)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  g_ptr_array_set_size (self->runs, 0);
  for (guint i = 0; i < runs->len; i++) {
    LimnRecord *record = g_ptr_array_index (runs, i);

    g_ptr_array_add (self->runs, g_object_ref (record));
    gtk_list_box_append (self->list, make_row (limn_records_get_parent (records, record), record));
  }
}

void
limn_timeline_runs_show (LimnTimelineRuns *self, LimnRecords *records, GPtrArray *runs, LimnRecord *record)
{
  guint index;
  g_autofree char *text = NULL;

  g_return_if_fail (LIMN_IS_TIMELINE_RUNS (self));

  if (!has_rows_of (self, runs))
    make_rows (self, records, runs);
  if (g_ptr_array_find (runs, record, &index))
    gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, (int) index));
  /* translators: runs that branched from each other */
  text = g_strdup_printf (ngettext ("%u Run", "%u Runs", runs->len), runs->len);
  gtk_menu_button_set_label (self->button, text);
  gtk_widget_set_visible (GTK_WIDGET (self), runs->len > 1);
}

static void
row_activated_cb (LimnTimelineRuns *self, GtkListBoxRow *row)
{
  g_signal_emit (self, signals[CHOSEN], 0, g_ptr_array_index (self->runs, (guint) gtk_list_box_row_get_index (row)));
}

/* ---- Object ---- */

static void
limn_timeline_runs_dispose (GObject *object)
{
  LimnTimelineRuns *self = LIMN_TIMELINE_RUNS (object);

  if (self->button != NULL)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->button)));
  g_clear_pointer (&self->runs, g_ptr_array_unref);

  G_OBJECT_CLASS (limn_timeline_runs_parent_class)->dispose (object);
}

static void
limn_timeline_runs_class_init (LimnTimelineRunsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_timeline_runs_dispose;
  signals[CHOSEN] = g_signal_new ("chosen", LIMN_TYPE_TIMELINE_RUNS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, LIMN_TYPE_RECORD);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/timeline-runs.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineRuns, button);
  gtk_widget_class_bind_template_child (widget_class, LimnTimelineRuns, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
limn_timeline_runs_init (LimnTimelineRuns *self)
{
  self->runs = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
}
