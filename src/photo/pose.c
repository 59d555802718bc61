/* pose.c - OpenPose's JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/pose.h"
#include "photo/photo.h"

#include <math.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"

#define MOST_SIDE 16384 /* pixels */
#define MOST_PEOPLE 100
#define FAR 4 /* times the picture: whoever is farther off is not seen */

/* Where OpenPose's model of 25 points, with feet, has those of 18. */
static const int of_25[LIMN_POSE_BODY] = { 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 };

static gboolean
fail (GError **error, const char *name, const char *what)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s is no pose of OpenPose's: %s"), name, what);
  return FALSE;
}

/* One of "x, y, how sure": not sure at all is not seen. */
static LimnPosePoint
read_point (const LimnJson *numbers, int index)
{
  double value[3];

  for (guint i = 0; i < 3; i++)
    value[i] = limn_json_number (limn_json_nth (numbers, 3 * (guint) index + i), 0);
  return (LimnPosePoint){ value[2] > 0 && isfinite (value[0]) && isfinite (value[1]), value[0], value[1] };
}

/* The points of a part of somebody: none where the file has none. */
static gboolean
read_part (const char *name, const LimnJson *person, const char *key, LimnPosePoint *points, guint most, GError **error)
{
  const LimnJson *numbers = limn_json_member (person, key);
  guint count = limn_json_length (numbers) / 3;

  if (limn_json_length (numbers) % 3 != 0 || count > most) {
    g_autofree char *what = g_strdup_printf (_ ("%s has %u numbers"), key, limn_json_length (numbers));
    return fail (error, name, what);
  }
  for (guint i = 0; i < count; i++)
    points[i] = read_point (numbers, (int) i);
  return TRUE;
}

static gboolean
read_body (const char *name, const LimnJson *person, LimnPosePoint *body, GError **error)
{
  const LimnJson *numbers = limn_json_member (person, "pose_keypoints_2d");
  guint count = limn_json_length (numbers);

  if (count != 0 && count != 3 * LIMN_POSE_BODY && count != 75) {
    g_autofree char *what = g_strdup_printf (_ ("a body has %u numbers, not 54 or 75"), count);
    return fail (error, name, what);
  }
  for (int i = 0; i < LIMN_POSE_BODY && count > 0; i++)
    body[i] = read_point (numbers, count == 75 ? of_25[i] : i);
  return TRUE;
}

static gboolean
read_person (const char *name, const LimnJson *json, LimnPosePerson *person, GError **error)
{
  return read_body (name, json, person->body, error)
         && read_part (name, json, "hand_left_keypoints_2d", person->hands[0], LIMN_POSE_HAND, error)
         && read_part (name, json, "hand_right_keypoints_2d", person->hands[1], LIMN_POSE_HAND, error)
         && read_part (name, json, "face_keypoints_2d", person->face, LIMN_POSE_FACE, error);
}

/* Calls visit for every point of everybody. */
static void
each_point (LimnPose *pose, void (*visit) (LimnPosePoint *point, gpointer data), gpointer data)
{
  for (guint i = 0; i < pose->people->len; i++) {
    LimnPosePerson *person = &g_array_index (pose->people, LimnPosePerson, i);

    for (int k = 0; k < LIMN_POSE_BODY; k++)
      visit (&person->body[k], data);
    for (int k = 0; k < 2 * LIMN_POSE_HAND; k++)
      visit (&person->hands[k / LIMN_POSE_HAND][k % LIMN_POSE_HAND], data);
    for (int k = 0; k < LIMN_POSE_FACE; k++)
      visit (&person->face[k], data);
  }
}

static void
find_farthest (LimnPosePoint *point, gpointer farthest)
{
  if (point->seen)
    *(double *) farthest = MAX (*(double *) farthest, MAX (fabs (point->x), fabs (point->y)));
}

static void
stretch (LimnPosePoint *point, gpointer data)
{
  const LimnPose *pose = data;

  point->x *= pose->width;
  point->y *= pose->height;
}

static void
forget_far (LimnPosePoint *point, gpointer data)
{
  const LimnPose *pose = data;

  if (!point->seen || fabs (point->x) > FAR * pose->width || fabs (point->y) > FAR * pose->height)
    *point = (LimnPosePoint){ FALSE };
}

static gboolean
read_people (const char *name, LimnPose *pose, const LimnJson *people, GError **error)
{
  double farthest = 0;

  if (limn_json_length (people) > MOST_PEOPLE)
    return fail (error, name, _ ("it has too many people"));
  g_array_set_size (pose->people, limn_json_length (people));
  for (guint i = 0; i < pose->people->len; i++)
    if (!read_person (name, limn_json_nth (people, i), &g_array_index (pose->people, LimnPosePerson, i), error))
      return FALSE;
  /* Some programs write shares of the picture. */
  each_point (pose, find_farthest, &farthest);
  if (farthest <= 1)
    each_point (pose, stretch, pose);
  each_point (pose, forget_far, pose);
  return TRUE;
}

static gboolean
read_pose (const char *name, LimnPose *pose, const LimnJson *json, GError **error)
{
  const LimnJson *people = limn_json_member (json, "people");

  if (limn_json_kind (json) == LIMN_JSON_ARRAY) {
    pose->frames = limn_json_length (json);
    people = limn_json_member (json = limn_json_nth (json, 0), "people");
  }
  if (people == NULL || limn_json_kind (people) != LIMN_JSON_ARRAY)
    return fail (error, name, _ ("it has no \"people\""));
  double width = limn_json_number (limn_json_member (json, "canvas_width"), 0);
  double height = limn_json_number (limn_json_member (json, "canvas_height"), 0);
  if (!(width >= 1 && width <= MOST_SIDE && height >= 1 && height <= MOST_SIDE))
    return fail (error, name, _ ("\"canvas_width\" and \"canvas_height\" do not say how large the picture is"));
  pose->width = (int) width;
  pose->height = (int) height;
  return read_people (name, pose, people, error);
}

LimnPose *
limn_pose_parse (const char *name, const char *text, gssize size, GError **error)
{
  g_autoptr (LimnJson) json = limn_json_parse (name, text, size, error);

  if (json == NULL)
    return NULL;
  g_autoptr (LimnPose) pose = g_new0 (LimnPose, 1);
  pose->frames = 1;
  pose->people = g_array_new (FALSE, TRUE, sizeof (LimnPosePerson));
  return read_pose (name, pose, json, error) ? g_steal_pointer (&pose) : NULL;
}

gboolean
limn_photo_is_pose (const char *text, gsize size)
{
  return size > 0 && g_strstr_len (text, (gssize) size, "\"pose_keypoints_2d\"") != NULL;
}

void
limn_pose_free (LimnPose *pose)
{
  if (pose == NULL)
    return;
  g_array_unref (pose->people);
  g_free (pose);
}
