/* test-pose-edit.c - people that somebody makes: whatever is done to them is a pose that can be read again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "photo/photo.h"
#include "photo/pose-edit.h"

enum { NOSE, NECK, RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST, LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST };

static LimnPosePerson *
person_of (const LimnPose *pose, int person)
{
  return &g_array_index (pose->people, LimnPosePerson, person);
}

static LimnPose *
read_again (const LimnPose *pose)
{
  g_autofree char *json = limn_pose_to_json (pose);
  g_autoptr (GError) error = NULL;
  LimnPose *again = limn_pose_parse ("it", json, -1, &error);

  g_assert_no_error (error);
  g_assert_true (limn_photo_is_pose (json, strlen (json)) || pose->people->len == 0);
  return again;
}

/* To a hundredth of a pixel. */
static void
assert_near (const LimnPose *one, const LimnPose *other)
{
  g_assert_cmpint (one->width, ==, other->width);
  g_assert_cmpint (one->height, ==, other->height);
  g_assert_cmpuint (one->people->len, ==, other->people->len);
  for (int i = 0; i < (int) one->people->len; i++)
    for (int k = 0; k < LIMN_POSE_BODY; k++) {
      const LimnPosePoint *a = &person_of (one, i)->body[k], *b = &person_of (other, i)->body[k];

      g_assert_cmpint (a->seen, ==, b->seen);
      g_assert_cmpfloat (fabs (a->x - b->x), <=, 0.006);
      g_assert_cmpfloat (fabs (a->y - b->y), <=, 0.006);
    }
}

/* Somebody who stands is in the picture, whatever its shape, and so is whoever comes to stand beside. */
static void
test_stands (void)
{
  for (int i = 0; i < 200; i++) {
    int width = g_test_rand_int_range (64, 4096), height = g_test_rand_int_range (64, 4096);
    g_autoptr (LimnPose) pose = limn_pose_new (width, height);

    g_assert_cmpint (limn_pose_add (pose), ==, 0);
    for (int k = 0; k < LIMN_POSE_BODY; k++) {
      const LimnPosePoint *point = &person_of (pose, 0)->body[k];

      g_assert_true (point->seen && point->x >= 0 && point->x < width && point->y >= 0 && point->y < height);
    }
    double first = person_of (pose, 0)->body[NECK].x;
    g_assert_cmpint (limn_pose_add (pose), ==, 1);
    double second = person_of (pose, 1)->body[NECK].x;
    g_assert_cmpfloat (fabs (second - first), >=, 0.24 * width);
    limn_pose_remove (pose, 0);
    g_assert_cmpuint (pose->people->len, ==, 1);
    g_assert_cmpfloat (person_of (pose, 0)->body[NECK].x, ==, second);
    while (limn_pose_add (pose) >= 0)
      g_assert_cmpuint (pose->people->len, <=, 10);
    g_assert_cmpuint (pose->people->len, ==, 10);
  }
}

static LimnPosePlace
any_place (const LimnPose *pose)
{
  return (LimnPosePlace){ g_test_rand_int_range (0, (gint32) pose->people->len),
                          g_test_rand_int_range (0, LIMN_POSE_BODY) };
}

static void
do_anything (LimnPose *pose)
{
  LimnPosePlace place = any_place (pose);

  switch (g_test_rand_int_range (0, 7)) {
  case 0:
    limn_pose_show (pose, place, g_test_rand_bit ());
    break;
  case 1:
    limn_pose_show_all (pose, place.person);
    for (int k = 0; k < LIMN_POSE_BODY; k++)
      g_assert_true (person_of (pose, place.person)->body[k].seen);
    break;
  case 2:
    limn_pose_mirror (pose, place.person);
    break;
  case 3:
    limn_pose_scale (pose, place.person, g_test_rand_double_range (0.7, 1.4));
    break;
  case 4:
    limn_pose_add (pose);
    break;
  case 5:
    if (pose->people->len > 1)
      limn_pose_remove (pose, place.person);
    break;
  default:
    limn_pose_move (pose, place, g_test_rand_double_range (-50, 50), g_test_rand_double_range (-50, 50),
                    g_test_rand_bit ());
    break;
  }
}

static gboolean
is_far (const LimnPose *pose)
{
  for (int i = 0; i < (int) pose->people->len; i++)
    for (int k = 0; k < LIMN_POSE_BODY; k++) {
      const LimnPosePoint *point = &person_of (pose, i)->body[k];

      g_assert_true (isfinite (point->x) && isfinite (point->y));
      if (fabs (point->x) > 4 * pose->width || fabs (point->y) > 4 * pose->height)
        return TRUE;
    }
  return FALSE;
}

static void
test_written (void)
{
  for (int i = 0; i < 100; i++) {
    g_autoptr (LimnPose) pose = limn_pose_new (g_test_rand_int_range (64, 2048), g_test_rand_int_range (64, 2048));

    limn_pose_add (pose);
    for (int k = 0; k < 40; k++) {
      g_autoptr (LimnPose) before = limn_pose_copy (pose);

      g_assert_true (limn_pose_is_same (before, pose));
      do_anything (pose);
      if (is_far (pose))
        break; /* whom a reader would leave out */
      g_autoptr (LimnPose) again = read_again (pose);
      assert_near (pose, again);
    }
  }
  g_autoptr (LimnPose) nobody = limn_pose_new (64, 64);
  g_autoptr (LimnPose) again = read_again (nobody);
  assert_near (nobody, again);
}

/* An elbow takes its wrist along and no more, the neck everybody's all; alone nothing else moves. */
static void
test_moved (void)
{
  static const struct {
    int point;
    guint moves; /* bits */
  } cases[] = { { RIGHT_WRIST, 1u << RIGHT_WRIST },
                { RIGHT_ELBOW, 1u << RIGHT_ELBOW | 1u << RIGHT_WRIST },
                { LEFT_SHOULDER, 1u << LEFT_SHOULDER | 1u << LEFT_ELBOW | 1u << LEFT_WRIST },
                { 8, 1u << 8 | 1u << 9 | 1u << 10 },
                { NOSE, 1u << NOSE | 15u << 14 },
                { NECK, (1u << LIMN_POSE_BODY) - 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int alone = 0; alone < 2; alone++) {
      g_autoptr (LimnPose) pose = limn_pose_new (512, 768);
      LimnPosePlace place = { limn_pose_add (pose), cases[i].point };
      LimnPosePerson *person = person_of (pose, 0);

      person->hands[1][3] = (LimnPosePoint){ TRUE, 10, 20 };
      person->face[5] = (LimnPosePoint){ TRUE, 30, 40 };
      LimnPosePerson before = *person;
      guint moves = alone ? 1u << cases[i].point : cases[i].moves;
      limn_pose_move (pose, place, 7, -3, alone);
      for (int k = 0; k < LIMN_POSE_BODY; k++) {
        g_assert_cmpfloat_with_epsilon (person->body[k].x - before.body[k].x, (moves >> k & 1) * 7.0, 1e-9);
        g_assert_cmpfloat_with_epsilon (person->body[k].y - before.body[k].y, (moves >> k & 1) * -3.0, 1e-9);
      }
      g_assert_cmpfloat (person->hands[1][3].x, ==, moves >> RIGHT_WRIST & 1 ? 17 : 10);
      g_assert_cmpfloat (person->face[5].y, ==, moves >> NOSE & 1 ? 37 : 40);
      g_assert_false (person->hands[0][0].seen);
    }
}

/* Twice mirrored is as before; once, what was the right hand's side of the picture is the left hand's. */
static void
test_mirrored (void)
{
  g_autoptr (LimnPose) pose = limn_pose_new (512, 768);

  limn_pose_add (pose);
  limn_pose_move (pose, (LimnPosePlace){ 0, RIGHT_WRIST }, -60, -200, FALSE);
  person_of (pose, 0)->hands[1][0] = person_of (pose, 0)->body[RIGHT_WRIST];
  g_autoptr (LimnPose) before = limn_pose_copy (pose);
  limn_pose_mirror (pose, 0);
  const LimnPosePerson *is = person_of (pose, 0), *was = person_of (before, 0);
  g_assert_cmpfloat (is->body[LEFT_WRIST].y, ==, was->body[RIGHT_WRIST].y);
  g_assert_cmpfloat (is->body[LEFT_WRIST].x, >, is->body[RIGHT_WRIST].x);
  g_assert_true (is->hands[0][0].seen && !is->hands[1][0].seen);
  g_assert_cmpfloat (is->hands[0][0].x, ==, is->body[LEFT_WRIST].x);
  limn_pose_mirror (pose, 0);
  assert_near (pose, before);
}

/* What was hidden comes back to where it was of somebody who still stands as they did, and near it of one who was
 * moved, scaled and turned. */
static void
test_shown (void)
{
  for (int k = 0; k < LIMN_POSE_BODY; k++) {
    g_autoptr (LimnPose) pose = limn_pose_new (512, 768);
    LimnPosePlace place = { limn_pose_add (pose), k };

    limn_pose_scale (pose, 0, 0.6);
    limn_pose_move (pose, (LimnPosePlace){ 0, NECK }, 50, -20, FALSE);
    g_autoptr (LimnPose) before = limn_pose_copy (pose);
    limn_pose_show (pose, place, FALSE);
    g_assert_false (person_of (pose, 0)->body[k].seen);
    g_autoptr (LimnPose) hidden = limn_pose_copy (pose);
    limn_pose_show (pose, place, TRUE);
    assert_near (pose, before);
    limn_pose_show_all (hidden, 0);
    assert_near (hidden, before);
  }
}

static void
test_found (void)
{
  g_autoptr (LimnPose) pose = limn_pose_new (1024, 768);
  LimnPosePlace place = { -1, 0 };
  int n = 0;

  g_assert_cmpint (limn_pose_next (pose, place, FALSE).person, ==, -1);
  limn_pose_add (pose);
  limn_pose_add (pose);
  limn_pose_show (pose, (LimnPosePlace){ 0, 9 }, FALSE);
  for (int i = 0; i < 2 * LIMN_POSE_BODY; i++) {
    LimnPosePlace at = { i / LIMN_POSE_BODY, i % LIMN_POSE_BODY };
    const LimnPosePoint *point = &person_of (pose, at.person)->body[at.point];
    LimnPosePlace found = limn_pose_find (pose, point->x + 1, point->y, 3);

    g_assert_true (!point->seen || (found.person == at.person && found.point == at.point));
  }
  g_assert_cmpint (limn_pose_find (pose, -500, 0, 20).person, ==, -1);
  while ((place = limn_pose_next (pose, place, FALSE)).person >= 0) {
    LimnPosePlace after = limn_pose_next (pose, place, FALSE);

    n++;
    if (after.person >= 0) {
      LimnPosePlace back = limn_pose_next (pose, after, TRUE);
      g_assert_true (back.person == place.person && back.point == place.point);
    }
  }
  g_assert_cmpint (n, ==, 2 * LIMN_POSE_BODY - 1);
}

/* In another picture limbs keep their proportions, and who was in it is. */
static void
test_resized (void)
{
  for (int i = 0; i < 100; i++) {
    g_autoptr (LimnPose) pose = limn_pose_new (640, 480);
    int width = g_test_rand_int_range (64, 2048), height = g_test_rand_int_range (64, 2048);

    limn_pose_add (pose);
    LimnPosePerson before = *person_of (pose, 0);
    limn_pose_resize (pose, width, height);
    const LimnPosePoint *now = person_of (pose, 0)->body;
    double by = (now[10].y - now[NOSE].y) / (before.body[10].y - before.body[NOSE].y);
    g_assert_cmpint (pose->width, ==, width);
    g_assert_cmpfloat_with_epsilon (now[LEFT_WRIST].x - now[RIGHT_WRIST].x,
                                    by * (before.body[LEFT_WRIST].x - before.body[RIGHT_WRIST].x), 1e-6);
    for (int k = 0; k < LIMN_POSE_BODY; k++)
      g_assert_true (now[k].x >= 0 && now[k].x <= width && now[k].y >= 0 && now[k].y <= height);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pose-edit/stands", test_stands);
  g_test_add_func ("/pose-edit/written", test_written);
  g_test_add_func ("/pose-edit/moved", test_moved);
  g_test_add_func ("/pose-edit/mirrored", test_mirrored);
  g_test_add_func ("/pose-edit/shown", test_shown);
  g_test_add_func ("/pose-edit/found", test_found);
  g_test_add_func ("/pose-edit/resized", test_resized);
  return g_test_run ();
}
