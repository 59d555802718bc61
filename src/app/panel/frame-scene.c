/* frame-scene.c - the photo that stands in where the size hints are drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/frame-scene.h"

#include <math.h>

#define TURN (2 * M_PI)

typedef struct {
  cairo_t *cr;
  double width, height, unit; /* unit: the shorter side */
  double detail;
} Scene;

static void
fill_disc (const Scene *scene, double x, double y, double radius)
{
  cairo_new_path (scene->cr);
  cairo_arc (scene->cr, x, y, radius, 0, TURN);
  cairo_fill (scene->cr);
}

static void
draw_sky (const Scene *scene)
{
  cairo_pattern_t *sky = cairo_pattern_create_linear (0, 0, 0, scene->height);
  double x = scene->width / 2 + 0.27 * scene->unit, y = scene->height * 0.34, radius = 0.12 * scene->unit;

  cairo_pattern_add_color_stop_rgb (sky, 0, 0.33, 0.53, 0.76);
  cairo_pattern_add_color_stop_rgb (sky, 0.45, 0.76, 0.78, 0.80);
  cairo_pattern_add_color_stop_rgb (sky, 0.75, 0.98, 0.81, 0.60);
  cairo_set_source (scene->cr, sky);
  cairo_paint (scene->cr);
  cairo_pattern_destroy (sky);

  cairo_set_source_rgba (scene->cr, 1, 0.95, 0.75, 0.35);
  fill_disc (scene, x, y, radius * 1.45);
  cairo_set_source_rgb (scene->cr, 1, 0.96, 0.80);
  fill_disc (scene, x, y, radius);
}

static double
ridge (const Scene *scene, int hill, double x)
{
  double t = (x - scene->width / 2) / scene->unit;

  return scene->height * (0.60 + 0.12 * hill)
         + scene->unit * (0.045 * sin (3.1 * t + 1.9 * hill + 0.6) + 0.02 * sin (7.3 * t + hill));
}

static void
draw_hill (const Scene *scene, int hill, double red, double green, double blue)
{
  cairo_new_path (scene->cr);
  cairo_move_to (scene->cr, 0, scene->height);
  for (double x = 0; x < scene->width + 4; x += 4)
    cairo_line_to (scene->cr, x, ridge (scene, hill, x));
  cairo_line_to (scene->cr, scene->width, scene->height);
  cairo_close_path (scene->cr);
  cairo_set_source_rgb (scene->cr, red, green, blue);
  cairo_fill (scene->cr);
}

static void
draw_grass (const Scene *scene)
{
  double step = scene->unit * 0.018;

  cairo_new_path (scene->cr);
  for (int i = 0; i * step < scene->width; i++) {
    double x = i * step, lean = scene->unit * 0.008 * sin (2.7 * i),
           tall = scene->unit * (0.022 + 0.01 * sin (5.1 * i));
    double y = ridge (scene, 2, x) + 1 + scene->unit * 0.05 * (0.5 + 0.5 * sin (1.3 * i));

    cairo_move_to (scene->cr, x, y);
    cairo_line_to (scene->cr, x + lean, y - tall);
  }
  cairo_set_line_width (scene->cr, fmax (0.7, scene->unit * 0.004));
  cairo_set_source_rgba (scene->cr, 0.72, 0.82, 0.50, 0.85 * scene->detail);
  cairo_stroke (scene->cr);
}

static void
draw_birds (const Scene *scene)
{
  cairo_new_path (scene->cr);
  for (int i = 0; i < 5; i++) {
    double x = scene->width / 2 - scene->unit * (0.42 - 0.075 * i), span = scene->unit * (0.02 + 0.003 * (i % 3));
    double y = scene->height * 0.2 + scene->unit * 0.035 * ((i * 2) % 3);

    cairo_move_to (scene->cr, x - span, y - span * 0.35);
    cairo_curve_to (scene->cr, x - span * 0.5, y - span * 0.7, x - span * 0.1, y - span * 0.3, x, y);
    cairo_curve_to (scene->cr, x + span * 0.1, y - span * 0.3, x + span * 0.5, y - span * 0.7, x + span,
                    y - span * 0.35);
  }
  cairo_set_line_width (scene->cr, fmax (0.7, scene->unit * 0.005));
  cairo_set_source_rgba (scene->cr, 0.15, 0.20, 0.32, 0.9 * scene->detail);
  cairo_stroke (scene->cr);
}

/* ---- The cat: one unit high, its seat at the origin, seen from behind ---- */

static void
half_of_body (cairo_t *cr, double side)
{
  cairo_move_to (cr, 0, 0);
  cairo_line_to (cr, side * 0.19, 0);
  cairo_curve_to (cr, side * 0.34, -0.06, side * 0.27, -0.40, side * 0.10, -0.60);
  cairo_line_to (cr, 0, -0.60);
  cairo_close_path (cr);
  /* an ear */
  cairo_move_to (cr, side * 0.165, -0.78);
  cairo_curve_to (cr, side * 0.17, -0.86, side * 0.165, -0.94, side * 0.15, -0.99);
  cairo_curve_to (cr, side * 0.10, -0.95, side * 0.05, -0.90, side * 0.02, -0.84);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
draw_head (cairo_t *cr)
{
  cairo_save (cr);
  cairo_translate (cr, 0, -0.72);
  cairo_scale (cr, 0.17, 0.145);
  cairo_arc (cr, 0, 0, 1, 0, TURN);
  cairo_restore (cr);
  cairo_fill (cr);
}

static void
draw_tail (cairo_t *cr)
{
  cairo_move_to (cr, 0.17, -0.03);
  cairo_curve_to (cr, 0.46, 0.02, 0.52, -0.16, 0.40, -0.25);
  cairo_set_line_width (cr, 0.06);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_stroke (cr);
}

static void
draw_fur (cairo_t *cr, double detail)
{
  for (int side = -1; side <= 1; side += 2) {
    for (int i = 0; i < 4; i++) {
      double y = -0.16 - 0.10 * i, out = 0.235 - 0.03 * i;

      cairo_move_to (cr, side * out, y);
      cairo_curve_to (cr, side * (out - 0.04), y - 0.02, side * (out - 0.09), y - 0.015, side * (out - 0.12),
                      y + 0.005);
    }
    for (int i = -1; i <= 1; i++) {
      cairo_move_to (cr, side * 0.15, -0.69 + 0.02 * i);
      cairo_line_to (cr, side * 0.27, -0.70 + 0.045 * i);
    }
  }
  cairo_set_line_width (cr, 0.012);
  cairo_set_source_rgba (cr, 0.55, 0.52, 0.62, 0.9 * detail);
  cairo_stroke (cr);
}

static void
draw_cat (const Scene *scene)
{
  cairo_t *cr = scene->cr;
  double size = 0.56 * scene->unit, seat = scene->height / 2 + 0.56 * size;

  cairo_save (cr);
  cairo_translate (cr, scene->width / 2, seat);
  cairo_scale (cr, size, size);
  cairo_new_path (cr);
  cairo_set_source_rgb (cr, 0.13, 0.13, 0.20);
  half_of_body (cr, -1);
  half_of_body (cr, 1);
  draw_head (cr);
  draw_tail (cr);
  if (scene->detail > 0)
    draw_fur (cr, scene->detail);
  cairo_restore (cr);
}

void
limn_frame_scene_draw (cairo_t *cr, double width, double height, double detail)
{
  Scene scene = { cr, width, height, width < height ? width : height, detail };

  if (!(width > 0 && height > 0))
    return;
  draw_sky (&scene);
  if (detail > 0)
    draw_birds (&scene);
  draw_hill (&scene, 0, 0.45, 0.56, 0.60);
  draw_hill (&scene, 1, 0.30, 0.45, 0.45);
  draw_hill (&scene, 2, 0.24, 0.36, 0.30);
  if (detail > 0)
    draw_grass (&scene);
  draw_cat (&scene);
}
