/* pose-edit.c - see pose-edit.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/pose-edit.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"

#define MOST_PEOPLE 10 /* whom somebody adds */
#define TALL 0.85      /* of the picture, of somebody who is added */
#define WIDE 0.42      /* of how tall they are, that they take */

enum { NOSE = 0, RIGHT_WRIST = 4, LEFT_WRIST = 7 };

typedef struct {
  const char *name;
  int on;      /* what it hangs on; -1: nothing */
  int other;   /* its place once left is right */
  double x, y; /* of somebody who stands: of how tall they are, from their middle and their top */
} Joint;

static const Joint joints[LIMN_POSE_BODY] = {
  { N_ ("Nose"), LIMN_POSE_NECK, NOSE, 0, 0.08 },
  { N_ ("Neck"), -1, LIMN_POSE_NECK, 0, 0.18 },
  { N_ ("Right shoulder"), LIMN_POSE_NECK, 5, -0.105, 0.185 },
  { N_ ("Right elbow"), 2, 6, -0.145, 0.335 },
  { N_ ("Right wrist"), 3, 7, -0.165, 0.475 },
  { N_ ("Left shoulder"), LIMN_POSE_NECK, 2, 0.105, 0.185 },
  { N_ ("Left elbow"), 5, 3, 0.145, 0.335 },
  { N_ ("Left wrist"), 6, 4, 0.165, 0.475 },
  { N_ ("Right hip"), LIMN_POSE_NECK, 11, -0.065, 0.5 },
  { N_ ("Right knee"), 8, 12, -0.075, 0.72 },
  { N_ ("Right ankle"), 9, 13, -0.08, 0.95 },
  { N_ ("Left hip"), LIMN_POSE_NECK, 8, 0.065, 0.5 },
  { N_ ("Left knee"), 11, 9, 0.075, 0.72 },
  { N_ ("Left ankle"), 12, 10, 0.08, 0.95 },
  { N_ ("Right eye"), NOSE, 15, -0.022, 0.06 },
  { N_ ("Left eye"), NOSE, 14, 0.022, 0.06 },
  { N_ ("Right ear"), 14, 17, -0.05, 0.068 },
  { N_ ("Left ear"), 15, 16, 0.05, 0.068 },
};

static LimnPosePerson *
person_of (const LimnPose *pose, int person)
{
  return &g_array_index (pose->people, LimnPosePerson, person);
}

const char *
limn_pose_point_name (int point)
{
  g_return_val_if_fail (point >= 0 && point < LIMN_POSE_BODY, "");
  return _ (joints[point].name);
}

/* ---- A pose ---- */

LimnPose *
limn_pose_new (int width, int height)
{
  LimnPose *pose = g_new0 (LimnPose, 1);

  pose->width = width;
  pose->height = height;
  pose->frames = 1;
  pose->people = g_array_new (FALSE, TRUE, sizeof (LimnPosePerson));
  return pose;
}

LimnPose *
limn_pose_copy (const LimnPose *pose)
{
  LimnPose *copy = limn_pose_new (pose->width, pose->height);

  g_array_append_vals (copy->people, pose->people->data, pose->people->len);
  return copy;
}

static gboolean
is_same_point (const LimnPosePoint *one, const LimnPosePoint *other)
{
  return one->seen == other->seen && (!one->seen || (one->x == other->x && one->y == other->y));
}

/* All points of a person, one after the other: body, hands, face. */
#define N_POINTS (LIMN_POSE_BODY + 2 * LIMN_POSE_HAND + LIMN_POSE_FACE)

static LimnPosePoint *
point_of (LimnPosePerson *person, int index)
{
  if (index < LIMN_POSE_BODY)
    return &person->body[index];
  index -= LIMN_POSE_BODY;
  return index < 2 * LIMN_POSE_HAND ? &person->hands[index / LIMN_POSE_HAND][index % LIMN_POSE_HAND]
                                    : &person->face[index - 2 * LIMN_POSE_HAND];
}

gboolean
limn_pose_is_same (const LimnPose *one, const LimnPose *other)
{
  if (one->width != other->width || one->height != other->height || one->people->len != other->people->len)
    return FALSE;
  for (int i = 0; i < (int) one->people->len; i++)
    for (int k = 0; k < N_POINTS; k++)
      if (!is_same_point (point_of (person_of (one, i), k), point_of (person_of (other, i), k)))
        return FALSE;
  return TRUE;
}

void
limn_pose_resize (LimnPose *pose, int width, int height)
{
  double by = MIN ((double) width / pose->width, (double) height / pose->height);
  double left = (width - pose->width * by) / 2, top = (height - pose->height * by) / 2;

  for (int i = 0; i < (int) pose->people->len; i++)
    for (int k = 0; k < N_POINTS; k++) {
      LimnPosePoint *point = point_of (person_of (pose, i), k);

      if (point->seen)
        *point = (LimnPosePoint){ TRUE, left + point->x * by, top + point->y * by };
    }
  pose->width = width;
  pose->height = height;
}

/* ---- As a file ---- */

static void
add_number (GString *json, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (json, g_ascii_formatd (text, sizeof text, "%.2f", value));
}

/* Nothing where none is seen. */
static void
add_points (GString *json, const char *key, const LimnPosePoint *points, int n)
{
  gboolean any = FALSE;

  for (int i = 0; i < n; i++)
    any |= points[i].seen;
  g_string_append_printf (json, "\"%s\":[", key);
  for (int i = 0; any && i < n; i++) {
    g_string_append (json, i > 0 ? "," : "");
    add_number (json, points[i].seen ? points[i].x : 0);
    g_string_append_c (json, ',');
    add_number (json, points[i].seen ? points[i].y : 0);
    g_string_append (json, points[i].seen ? ",1" : ",0");
  }
  g_string_append_c (json, ']');
}

char *
limn_pose_to_json (const LimnPose *pose)
{
  GString *json = g_string_new ("{\"people\":[");

  for (int i = 0; i < (int) pose->people->len; i++) {
    const LimnPosePerson *person = person_of (pose, i);

    g_string_append (json, i > 0 ? ",{" : "{");
    add_points (json, "pose_keypoints_2d", person->body, LIMN_POSE_BODY);
    g_string_append_c (json, ',');
    add_points (json, "face_keypoints_2d", person->face, LIMN_POSE_FACE);
    g_string_append_c (json, ',');
    add_points (json, "hand_left_keypoints_2d", person->hands[0], LIMN_POSE_HAND);
    g_string_append_c (json, ',');
    add_points (json, "hand_right_keypoints_2d", person->hands[1], LIMN_POSE_HAND);
    g_string_append_c (json, '}');
  }
  g_string_append_printf (json, "],\"canvas_width\":%d,\"canvas_height\":%d}\n", pose->width, pose->height);
  return g_string_free (json, FALSE);
}

/* ---- People ---- */

/* Where their middle is, and how tall they are. */
typedef struct {
  double x, top, tall;
} Stand;

/* As tall as fits, in the middle of the widest gap between necks and edges. */
static Stand
find_room (const LimnPose *pose)
{
  double tall = MIN (TALL * pose->height, pose->width / WIDE), room = 0;
  Stand stand = { pose->width / 2.0, (pose->height - tall) / 2, tall };

  for (double from = 0, to; from < pose->width; from = to) {
    to = pose->width;
    for (int i = 0; i < (int) pose->people->len; i++) {
      double neck = person_of (pose, i)->body[LIMN_POSE_NECK].x;
      to = neck > from && neck < to ? neck : to;
    }
    if (to - from > room)
      stand.x = (from + to) / 2;
    room = MAX (room, to - from);
  }
  return stand;
}

static void
stand_point (LimnPosePerson *person, int point, Stand stand)
{
  person->body[point] =
      (LimnPosePoint){ TRUE, stand.x + joints[point].x * stand.tall, stand.top + joints[point].y * stand.tall };
}

int
limn_pose_add (LimnPose *pose)
{
  Stand stand = find_room (pose);
  LimnPosePerson person = { 0 };

  if (pose->people->len >= MOST_PEOPLE)
    return -1;
  for (int k = 0; k < LIMN_POSE_BODY; k++)
    stand_point (&person, k, stand);
  g_array_append_val (pose->people, person);
  return (int) pose->people->len - 1;
}

void
limn_pose_remove (LimnPose *pose, int person)
{
  g_return_if_fail (person >= 0 && person < (int) pose->people->len);

  g_array_remove_index (pose->people, (guint) person);
}

/* ---- Points ---- */

static gboolean
hangs_on (int point, int other)
{
  while (point >= 0 && point != other)
    point = joints[point].on;
  return point == other;
}

static void
shift (LimnPosePoint *points, int n, double x, double y)
{
  for (int i = 0; i < n; i++)
    if (points[i].seen)
      points[i] = (LimnPosePoint){ TRUE, points[i].x + x, points[i].y + y };
}

void
limn_pose_move (LimnPose *pose, LimnPosePlace place, double x, double y, gboolean alone)
{
  LimnPosePerson *person = person_of (pose, place.person);

  for (int k = 0; k < LIMN_POSE_BODY; k++) {
    if (alone ? k != place.point : !hangs_on (k, place.point))
      continue;
    shift (&person->body[k], 1, x, y);
    if (k == NOSE)
      shift (person->face, LIMN_POSE_FACE, x, y);
    else if (k == LEFT_WRIST || k == RIGHT_WRIST)
      shift (person->hands[k == LEFT_WRIST ? 0 : 1], LIMN_POSE_HAND, x, y);
  }
}

/* Of who is seen of them; without anybody the picture's. */
static void
measure (const LimnPose *pose, const LimnPosePerson *person, double *left, double *top, double *right, double *bottom)
{
  gboolean any = FALSE;

  *left = *top = G_MAXDOUBLE;
  *right = *bottom = -G_MAXDOUBLE;
  for (int k = 0; k < LIMN_POSE_BODY; k++) {
    const LimnPosePoint *point = &person->body[k];

    if (!point->seen)
      continue;
    any = TRUE;
    *left = MIN (*left, point->x);
    *right = MAX (*right, point->x);
    *top = MIN (*top, point->y);
    *bottom = MAX (*bottom, point->y);
  }
  if (any)
    return;
  *left = *top = 0;
  *right = pose->width;
  *bottom = pose->height;
}

/* Somebody who stands where person is, by two of their points that are seen; else in the picture's middle. */
static Stand
stand_of (const LimnPose *pose, const LimnPosePerson *person)
{
  Stand stand = { pose->width / 2.0, (1 - TALL) / 2 * pose->height, TALL * pose->height };
  int high = -1, low = -1;

  for (int k = 0; k < LIMN_POSE_BODY; k++) {
    if (!person->body[k].seen)
      continue;
    high = high < 0 || joints[k].y < joints[high].y ? k : high;
    low = low < 0 || joints[k].y > joints[low].y ? k : low;
  }
  if (high < 0)
    return stand;
  const LimnPosePoint *upper = &person->body[high], *lower = &person->body[low];
  double length = hypot (upper->x - lower->x, upper->y - lower->y),
         share = hypot (joints[low].x - joints[high].x, joints[low].y - joints[high].y);
  if (share > 0.05 && length > 0)
    stand.tall = length / share;
  stand.x = upper->x - joints[high].x * stand.tall;
  stand.top = upper->y - joints[high].y * stand.tall;
  return stand;
}

void
limn_pose_show (LimnPose *pose, LimnPosePlace place, gboolean seen)
{
  LimnPosePerson *person = person_of (pose, place.person);

  if (seen && !person->body[place.point].seen)
    stand_point (person, place.point, stand_of (pose, person));
  else if (!seen)
    person->body[place.point] = (LimnPosePoint){ FALSE };
  if (!seen && place.point == NOSE)
    memset (person->face, 0, sizeof person->face);
  if (!seen && (place.point == LEFT_WRIST || place.point == RIGHT_WRIST))
    memset (person->hands[place.point == LEFT_WRIST ? 0 : 1], 0, sizeof person->hands[0]);
}

void
limn_pose_show_all (LimnPose *pose, int person)
{
  LimnPosePerson *all = person_of (pose, person);
  Stand stand = stand_of (pose, all);

  for (int k = 0; k < LIMN_POSE_BODY; k++) {
    const Joint *joint = &joints[k];

    if (all->body[k].seen)
      continue;
    stand_point (all, k, stand);
    if (joint->on < 0 || !all->body[joint->on].seen)
      continue;
    /* as far from what it hangs on as it is of somebody who stands */
    all->body[k].x = all->body[joint->on].x + (joint->x - joints[joint->on].x) * stand.tall;
    all->body[k].y = all->body[joint->on].y + (joint->y - joints[joint->on].y) * stand.tall;
  }
}

void
limn_pose_mirror (LimnPose *pose, int person)
{
  LimnPosePerson *all = person_of (pose, person), before = *all;
  double left, top, right, bottom;

  measure (pose, all, &left, &top, &right, &bottom);
  for (int k = 0; k < LIMN_POSE_BODY; k++)
    all->body[joints[k].other] = before.body[k];
  for (int k = 0; k < 2; k++)
    memcpy (all->hands[k], before.hands[1 - k], sizeof before.hands[0]);
  for (int k = 0; k < N_POINTS; k++) {
    LimnPosePoint *point = point_of (all, k);

    point->x = point->seen ? left + right - point->x : 0;
  }
}

void
limn_pose_scale (LimnPose *pose, int person, double by)
{
  double left, top, right, bottom;

  measure (pose, person_of (pose, person), &left, &top, &right, &bottom);
  double x = (left + right) / 2, y = (top + bottom) / 2;
  for (int k = 0; k < N_POINTS; k++) {
    LimnPosePoint *point = point_of (person_of (pose, person), k);

    if (point->seen)
      *point = (LimnPosePoint){ TRUE, x + (point->x - x) * by, y + (point->y - y) * by };
  }
}

/* ---- Finding ---- */

LimnPosePlace
limn_pose_find (const LimnPose *pose, double x, double y, double reach)
{
  LimnPosePlace found = { -1, 0 };

  for (int i = (int) pose->people->len - 1; i >= 0; i--)
    for (int k = 0; k < LIMN_POSE_BODY; k++) {
      const LimnPosePoint *point = &person_of (pose, i)->body[k];
      double far = hypot (point->x - x, point->y - y);

      if (point->seen && far <= reach) {
        reach = far;
        found = (LimnPosePlace){ i, k };
      }
    }
  return found;
}

LimnPosePlace
limn_pose_next (const LimnPose *pose, LimnPosePlace place, gboolean back)
{
  int n = (int) pose->people->len * LIMN_POSE_BODY, step = back ? -1 : 1;
  int at = place.person < 0 ? (back ? n : -1) : place.person * LIMN_POSE_BODY + place.point;

  for (at += step; at >= 0 && at < n; at += step)
    if (person_of (pose, at / LIMN_POSE_BODY)->body[at % LIMN_POSE_BODY].seen)
      return (LimnPosePlace){ at / LIMN_POSE_BODY, at % LIMN_POSE_BODY };
  return (LimnPosePlace){ -1, 0 };
}
