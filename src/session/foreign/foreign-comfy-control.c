/* foreign-comfy-control.c - a ControlNet of a graph: its file, its picture, and what was made of this.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include <glib/gi18n.h>
#include <math.h>

/* The file's name, through nodes that say of which kind the picture is, which is nothing where there are none; or
 * NULL. */
static const char *
read_net (LimnComfy *comfy, const LimnJson *node, LimnControl *how)
{
  static const char *const types[] = { "type", NULL };
  static const char *const names[] = { "control_net_name", "controlnet_name", "cnet_name", NULL };
  const char *name = NULL;

  for (int depth = 0; node != NULL && name == NULL && depth < LIMN_COMFY_MOST_DEPTH; depth++) {
    node = limn_comfy_follow (comfy, limn_comfy_input (node, "control_net"));
    name = node != NULL ? limn_comfy_string (comfy, node, names) : NULL;
    if (node != NULL && how->type == NULL && limn_comfy_is (node, "unioncontrolnettype"))
      limn_foreign_set_type (how, limn_comfy_string (comfy, node, types));
  }
  if (how->type == NULL)
    limn_foreign_set_type (how, "none");
  return name;
}

/* The name of the file that was loaded, or NULL; what changed it on the way is told, or becomes the map. */
static const char *
read_picture (LimnComfy *comfy, const LimnJson *node, LimnControl *how)
{
  static const char *const links[] = { "image", "images", "pixels", NULL };

  for (int depth = 0; depth < LIMN_COMFY_MOST_DEPTH; depth++) {
    const LimnJson *link = limn_comfy_any (node, links);

    if (!limn_comfy_is_link (link) || (node = limn_comfy_follow (comfy, link)) == NULL)
      return NULL;
    if (limn_comfy_is (node, "loadimage"))
      return limn_json_string (limn_comfy_input (node, "image"), NULL);
    if (limn_comfy_is (node, "canny"))
      limn_foreign_set_module (comfy->foreign, how, "canny");
    else if (limn_comfy_is (node, "invert"))
      limn_foreign_set_module (comfy->foreign, how, "invert");
    else if (!limn_comfy_is (node, "scale") && !limn_comfy_is (node, "resize") && !limn_comfy_is (node, "reroute"))
      limn_foreign_set_module (comfy->foreign, how, limn_comfy_kind (node));
  }
  return NULL;
}

static void
read_number (LimnComfy *comfy, const LimnJson *node, const char *name, LimnControl *how, const char *key)
{
  const char *const names[] = { name, NULL };
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double number;

  if (limn_comfy_number (comfy, node, names, &number))
    limn_control_set (how, key, g_ascii_dtostr (text, sizeof text, number), NULL);
}

gboolean
limn_comfy_read_control (LimnComfy *comfy, const LimnJson *node)
{
  LimnForeignControl control = { 0 };

  limn_control_init (&control.how);
  control.model = read_net (comfy, node, &control.how);
  if (control.model == NULL || limn_comfy_input (node, "strength") == NULL)
    return FALSE;
  read_number (comfy, node, "strength", &control.how, "weight");
  read_number (comfy, node, "start_percent", &control.how, "start");
  read_number (comfy, node, "end_percent", &control.how, "end");
  control.how.name = read_picture (comfy, node, &control.how);
  if (control.how.weight > 0)
    limn_foreign_add_control (comfy->foreign, &control, comfy->models);
  return TRUE;
}
