/* pose-draw.c - a pose's map: limbs as ellipses of three fifths of their colour, points over them.
 *
 * Colours, widths and order are those of ControlNet's annotator, for which nets of poses were trained (Zhang et al.
 * 2023, "Adding Conditional Control to Text-to-Image Diffusion Models", appendix; annotator/openpose/util.py).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/pose.h"

#include <math.h>
#include <string.h>

#define STICK 4 /* pixels, half the width of a limb, and a point's radius */
#define DOT 3   /* a point's of a face */
#define N_LIMBS 17
#define N_FINGERS 20

static const guint8 limbs[N_LIMBS][2] = { { 1, 2 }, { 1, 5 },  { 2, 3 },   { 3, 4 },  { 5, 6 },   { 6, 7 },
                                          { 1, 8 }, { 8, 9 },  { 9, 10 },  { 1, 11 }, { 11, 12 }, { 12, 13 },
                                          { 1, 0 }, { 0, 14 }, { 14, 16 }, { 0, 15 }, { 15, 17 } };

/* Of limbs, and of the points of a body. */
static const guint8 colours[LIMN_POSE_BODY][3] = {
  { 255, 0, 0 }, { 255, 85, 0 }, { 255, 170, 0 }, { 255, 255, 0 }, { 170, 255, 0 }, { 85, 255, 0 },
  { 0, 255, 0 }, { 0, 255, 85 }, { 0, 255, 170 }, { 0, 255, 255 }, { 0, 170, 255 }, { 0, 85, 255 },
  { 0, 0, 255 }, { 85, 0, 255 }, { 170, 0, 255 }, { 255, 0, 255 }, { 255, 0, 170 }, { 255, 0, 85 },
};

typedef struct {
  LimnImage *map;
  double across, down; /* pixels of the map a pixel of the pose's picture */
} Drawing;

static double
x_of (const Drawing *drawing, const LimnPosePoint *point)
{
  return point->x * drawing->across;
}

static double
y_of (const Drawing *drawing, const LimnPosePoint *point)
{
  return point->y * drawing->down;
}

/* All pixels whose middles are in the ellipse around (x, y) whose first half axis, along, lies at that angle (radians,
 * clockwise from the right).  In a row these are what lies between the roots of a x^2 + 2 b x + c. */
static void
fill_ellipse (LimnImage *map, double x, double y, double along, double across, double angle, const guint8 *colour)
{
  double reach = MAX (along, across), p = 1 / (along * along), q = 1 / (across * across);
  double cosine = cos (angle), sine = sin (angle), a = cosine * cosine * p + sine * sine * q;
  int top = (int) CLAMP (ceil (y - reach), 0, map->height),
      bottom = (int) CLAMP (floor (y + reach), -1, map->height - 1);

  for (int row = top; row <= bottom; row++) {
    double down = row - y, b = down * cosine * sine * (p - q);
    double c = down * down * (sine * sine * p + cosine * cosine * q) - 1, root = b * b - a * c;

    if (root < 0)
      continue;
    int left = (int) CLAMP (ceil (x + (-b - sqrt (root)) / a), 0, map->width);
    int right = (int) CLAMP (floor (x + (-b + sqrt (root)) / a), -1, map->width - 1);
    for (int column = left; column <= right; column++)
      memcpy (map->rgb + 3 * ((gsize) row * map->width + column), colour, 3);
  }
}

static void
draw_dot (const Drawing *drawing, const LimnPosePoint *point, double radius, const guint8 *colour)
{
  if (point->seen)
    fill_ellipse (drawing->map, trunc (x_of (drawing, point)), trunc (y_of (drawing, point)), radius, radius, 0,
                  colour);
}

/* An ellipse from point to point, placed on whole pixels and degrees as the annotator does. */
static void
draw_limb (const Drawing *drawing, const LimnPosePoint *from, const LimnPosePoint *to, const guint8 *colour)
{
  double across = x_of (drawing, from) - x_of (drawing, to), down = y_of (drawing, from) - y_of (drawing, to);
  double x = trunc ((x_of (drawing, from) + x_of (drawing, to)) / 2);
  double y = trunc ((y_of (drawing, from) + y_of (drawing, to)) / 2);
  double degrees = trunc (atan2 (down, across) * (180 / G_PI));
  guint8 dim[3];

  if (!from->seen || !to->seen)
    return;
  for (int i = 0; i < 3; i++)
    dim[i] = (guint8) (colour[i] * 6 / 10);
  fill_ellipse (drawing->map, x, y, trunc (hypot (across, down) / 2) + 0.6, STICK + 0.6, degrees * (G_PI / 180), dim);
}

/* A line two pixels wide. */
static void
draw_line (const Drawing *drawing, const LimnPosePoint *from, const LimnPosePoint *to, const guint8 *colour)
{
  double x = trunc (x_of (drawing, from)), y = trunc (y_of (drawing, from));
  double across = trunc (x_of (drawing, to)) - x, down = trunc (y_of (drawing, to)) - y;
  int steps = (int) ceil (MAX (fabs (across), fabs (down)));

  if (!from->seen || !to->seen)
    return;
  for (int i = 0; i <= steps; i++) {
    double share = steps > 0 ? (double) i / steps : 0;

    fill_ellipse (drawing->map, x + share * across, y + share * down, 1, 1, 0, colour);
  }
}

/* HSV's hue, 0..1, at its brightest. */
static void
hue (double h, guint8 *colour)
{
  for (int i = 0; i < 3; i++) {
    double k = fmod (5 - 2 * i + 6 * h, 6);
    colour[i] = (guint8) (255 * (1 - CLAMP (MIN (k, 4 - k), 0, 1)));
  }
}

static void
draw_hand (const Drawing *drawing, const LimnPosePoint *points)
{
  static const guint8 blue[3] = { 0, 0, 255 };

  for (int i = 0; i < N_FINGERS; i++) {
    guint8 colour[3];

    hue ((double) i / N_FINGERS, colour);
    draw_line (drawing, &points[i % 4 == 0 ? 0 : i], &points[i + 1], colour);
  }
  for (int i = 0; i < LIMN_POSE_HAND; i++)
    draw_dot (drawing, &points[i], STICK, blue);
}

static void
draw_body (const Drawing *drawing, const LimnPosePoint *points)
{
  for (int i = 0; i < N_LIMBS; i++)
    draw_limb (drawing, &points[limbs[i][0]], &points[limbs[i][1]], colours[i]);
  for (int i = 0; i < LIMN_POSE_BODY; i++)
    draw_dot (drawing, &points[i], STICK, colours[i]);
}

LimnImage *
limn_pose_draw (const LimnPose *pose, int width, int height)
{
  static const guint8 white[3] = { 255, 255, 255 };
  Drawing drawing = { limn_image_new (width, height), (double) width / pose->width, (double) height / pose->height };

  memset (drawing.map->rgb, 0, 3 * (gsize) width * height);
  for (guint i = 0; i < pose->people->len; i++) {
    const LimnPosePerson *person = &g_array_index (pose->people, LimnPosePerson, i);

    draw_body (&drawing, person->body);
    draw_hand (&drawing, person->hands[0]);
    draw_hand (&drawing, person->hands[1]);
    for (int k = 0; k < LIMN_POSE_FACE; k++)
      draw_dot (&drawing, &person->face[k], DOT, white);
  }
  return drawing.map;
}
