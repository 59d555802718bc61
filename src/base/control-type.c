/* control-type.c - see control-type.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/control-type.h"

#include "base/i18n.h"

static const LimnControlType rows[] = {
  { { "none", N_ ("Not told") }, -1, NULL },
  { { "openpose", N_ ("A pose") }, 0, "openpose/pose" },
  { { "depth", N_ ("Depth") }, 1, "depth" },
  { { "hed", N_ ("Soft edges or a scribble") }, 2, "hed/pidi/scribble/ted/soft/soft edge/sketch" },
  { { "canny", N_ ("Lines or hard edges") }, 3, "canny/lineart/anime lineart/mlsd/hard edge" },
  { { "normal", N_ ("Normals") }, 4, "normal/normalmap" },
  { { "segment", N_ ("Segments") }, 5, "segment/segmentation/seg" },
  { { "tile", N_ ("Tile: more detail") }, 6, "tile/blur" },
  { { "repaint", N_ ("Repaint: black parts") }, 7, "repaint/inpaint" },
  { { "style", N_ ("Its style alone") }, -1, "style/style transfer/strong style transfer/style strong", TRUE },
  { { "composition", N_ ("Its composition alone") }, -1, "composition/layout/style precise composition", TRUE },
  { { "style-composition", N_ ("Style and composition") }, -1, "style-composition/style and composition", TRUE },
};

const LimnControlType *
limn_control_type_nth (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

const LimnChoice *
limn_control_type_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index].choice : NULL;
}

/* Letters alone, small.  (transfer full) */
static char *
plain (const char *name)
{
  GString *text = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_isalpha (*p))
      g_string_append_c (text, g_ascii_tolower (*p));
  return g_string_free (text, FALSE);
}

static gboolean
is_called (const LimnControlType *type, const char *name)
{
  g_auto (GStrv) aliases = g_strsplit (type->aliases != NULL ? type->aliases : type->choice.name, "/", -1);
  g_autofree char *wanted = plain (name);
  gboolean called = FALSE;

  for (guint i = 0; aliases[i] != NULL; i++) {
    g_autofree char *alias = plain (aliases[i]);
    called |= g_str_equal (alias, wanted);
  }
  return called;
}

/* ComfyUI lists all that a row may be, as "hed/pidi/scribble/ted": the first tells which it is. */
const LimnControlType *
limn_control_type_find (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", 2);

  for (guint i = 0; parts[0] != NULL && i < G_N_ELEMENTS (rows); i++)
    if (is_called (&rows[i], parts[0]))
      return &rows[i];
  return NULL;
}

gboolean
limn_control_type_fits (const LimnControlType *type, int types, gboolean of_sight)
{
  return of_sight ? type->of_sight : !type->of_sight && type->index < types;
}
