/* figures.c - measures the window while it paints: gaps between frames, how soon cancel answers, first picture.
 *
 * Built twice, over the real engine ("figures") and the fake one ("figures-fake").  Prints; judges nothing, since a
 * machine may be busy with other things.  $LIMN_SHOTS_MODEL: a model other than the starter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "window-driver.h"

#define CANCELS 10

typedef struct {
  GArray *gaps; /* double, ms */
  gint64 last;
  int previews, step;
} Figures;

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Figures *figures = data;
  gint64 now = g_get_monotonic_time ();

  if (figures->last != 0) {
    double gap = (now - figures->last) / 1e3;

    g_array_append_val (figures->gaps, gap);
  }
  figures->last = now;
  return G_SOURCE_CONTINUE;
}

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, Figures *figures)
{
  figures->previews++;
  figures->step = step;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static void
report (Figures *figures, const char *what, double seconds)
{
  GArray *gaps = figures->gaps;

  g_array_sort (gaps, compare);
  if (gaps->len > 0)
    g_print ("%s: %.2f s, %d previews, %u frames, gap median %.1f ms, 99 %% %.1f ms, longest %.1f ms\n", what, seconds,
             figures->previews, gaps->len, g_array_index (gaps, double, gaps->len / 2),
             g_array_index (gaps, double, gaps->len * 99 / 100), g_array_index (gaps, double, gaps->len - 1));
  g_array_set_size (gaps, 0);
  figures->last = 0;
  figures->previews = figures->step = 0;
}

static gboolean
stepped (WindowDriver *driver, gpointer data)
{
  return *(int *) data >= 3 || !limn_session_is_busy (driver->session);
}

static void
measure_runs (WindowDriver *driver, Figures *figures)
{
  guint id = gtk_widget_add_tick_callback (GTK_WIDGET (driver->window), tick_cb, figures, NULL);

  window_driver_sleep (driver, 3000);
  report (figures, "idle", 3);
  for (int i = 0; i < 3; i++) {
    gint64 start = g_get_monotonic_time ();

    window_driver_activate (driver, "generate");
    window_driver_wait (driver, "the picture", window_driver_idle, NULL);
    report (figures, i == 0 ? "first picture" : "next picture", (g_get_monotonic_time () - start) / 1e6);
  }
  /* long enough for the 99th percentile to mean something */
  g_object_set (driver->settings, "steps", 600, NULL);
  window_driver_activate (driver, "generate");
  window_driver_wait (driver, "the picture", window_driver_idle, NULL);
  report (figures, "600 steps", 0);
  g_object_set (driver->settings, "steps", 30, NULL);
  gtk_widget_remove_tick_callback (GTK_WIDGET (driver->window), id);
}

static void
measure_cancels (WindowDriver *driver, Figures *figures)
{
  double longest = 0, sum = 0;

  g_object_set (driver->settings, "steps", 200, NULL);
  for (int i = 0; i < CANCELS; i++) {
    gint64 start;
    double ms;

    figures->step = 0;
    window_driver_activate (driver, "generate");
    window_driver_wait (driver, "a preview", stepped, &figures->step);
    start = g_get_monotonic_time ();
    window_driver_activate (driver, "cancel");
    window_driver_wait (driver, "the cancel", window_driver_idle, NULL);
    ms = (g_get_monotonic_time () - start) / 1e3;
    longest = MAX (longest, ms);
    sum += ms;
    while (g_main_context_iteration (NULL, FALSE))
      ;
  }
  g_print ("cancel answers after %.1f ms on average, %.1f ms at most, of %d\n", sum / CANCELS, longest, CANCELS);
}

/* while the device still compiles its programs for the first time */
static void
measure_early_cancels (WindowDriver *driver)
{
  for (guint after = 100; after <= 3200; after *= 2) {
    gint64 start;

    window_driver_activate (driver, "generate");
    window_driver_sleep (driver, after);
    if (!limn_session_is_busy (driver->session))
      return;
    start = g_get_monotonic_time ();
    window_driver_activate (driver, "cancel");
    window_driver_wait (driver, "the cancel", window_driver_idle, NULL);
    g_print ("cancel %u ms into a first run answers after %.1f ms\n", after, (g_get_monotonic_time () - start) / 1e3);
    while (g_main_context_iteration (NULL, FALSE))
      ;
  }
}

int
main (int argc, char *argv[])
{
  const char *model = g_getenv ("LIMN_SHOTS_MODEL");
  WindowDriver driver = { 0 };
  Figures figures = { g_array_new (FALSE, FALSE, sizeof (double)), 0, 0, 0 };

  window_driver_init (&argc, &argv);
  window_driver_open (&driver);
  g_signal_connect (driver.session, "preview", G_CALLBACK (preview_cb), &figures);
  if (model != NULL) {
    g_autoptr (GFile) file = g_file_new_for_path (model);

    limn_window_open_file (driver.window, file);
  }
  window_driver_sleep (&driver, 2000);
  g_object_set (driver.settings, "prompt", "a red cube on top of a blue sphere on grass", NULL);
  measure_early_cancels (&driver);
  measure_runs (&driver, &figures);
  measure_cancels (&driver, &figures);
  window_driver_close (&driver);
  g_array_unref (figures.gaps);
  return 0;
}
