/* hints.c - SDXL's size hints as a photo and a frame in it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/hints.h"

#include <glib/gi18n.h>
#include <math.h>

#define LEAST_SIDE 64 /* of what is dragged; smaller ones can be typed */

/* ---- Settings ---- */

LimnSizeHints
limn_hints_get (LimnSettings *settings, gboolean negative)
{
  const LimnSettingsValues *v = limn_settings_values (settings);

  if (negative)
    return (LimnSizeHints){ v->negative_original_width, v->negative_original_height, v->negative_crop_left,
                            v->negative_crop_top,       v->negative_target_width,    v->negative_target_height };
  return (LimnSizeHints){ v->original_width, v->original_height, v->crop_left,
                          v->crop_top,       v->target_width,    v->target_height };
}

void
limn_hints_set (LimnSettings *settings, gboolean negative, const LimnSizeHints *hints)
{
  if (negative)
    g_object_set (settings, "negative-original-width", hints->original_width, "negative-original-height",
                  hints->original_height, "negative-crop-left", hints->crop_left, "negative-crop-top", hints->crop_top,
                  "negative-target-width", hints->target_width, "negative-target-height", hints->target_height, NULL);
  else
    g_object_set (settings, "original-width", hints->original_width, "original-height", hints->original_height,
                  "crop-left", hints->crop_left, "crop-top", hints->crop_top, "target-width", hints->target_width,
                  "target-height", hints->target_height, NULL);
}

char *
limn_hints_describe (const LimnSizeHints *hints)
{
  /* translators: read aloud; the size of a photo, left and top of the frame in it, the size of that frame */
  return g_strdup_printf (_ ("Original %d by %d, crop %d, %d, target %d by %d"), hints->original_width,
                          hints->original_height, hints->crop_left, hints->crop_top, hints->target_width,
                          hints->target_height);
}

static const char *
sharpness (double scale)
{
  if (scale >= 1.25)
    return _ ("Soft, as if enlarged");
  return scale <= 0.6 ? _ ("Sharp and detailed") : _ ("As sharp as the output");
}

LimnHintSides
limn_hints_cut (const LimnSizeHints *hints)
{
  graphene_rect_t photo = limn_hints_photo (hints), frame = limn_hints_frame (hints);
  double width = photo.size.width, height = photo.size.height;

  return (LimnHintSides){
    .left = (int) round (CLAMP (frame.origin.x, 0, width)),
    .right = (int) round (CLAMP (width - frame.origin.x - frame.size.width, 0, width)),
    .top = (int) round (CLAMP (frame.origin.y, 0, height)),
    .bottom = (int) round (CLAMP (height - frame.origin.y - frame.size.height, 0, height)),
  };
}

LimnHintSides
limn_hints_outside (const LimnSizeHints *hints)
{
  graphene_rect_t photo = limn_hints_photo (hints), frame = limn_hints_frame (hints);
  double right = frame.origin.x + frame.size.width - photo.size.width;
  double bottom = frame.origin.y + frame.size.height - photo.size.height;

  /* a crop is 0 at least: nothing sticks out on the left or at the top */
  return (LimnHintSides){ .right = (int) round (CLAMP (right, 0, frame.size.width)),
                          .bottom = (int) round (CLAMP (bottom, 0, frame.size.height)) };
}

static void
add (GPtrArray *words, gboolean really, const char *phrase)
{
  if (really)
    g_ptr_array_add (words, g_strdup (phrase));
}

static char *
describe_sides (const LimnSizeHints *hints)
{
  LimnHintSides cut = limn_hints_cut (hints), outside = limn_hints_outside (hints);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  add (words, cut.left > 0, _ ("cut off on the left"));
  add (words, cut.right > 0, _ ("cut off on the right"));
  add (words, cut.top > 0, _ ("cut off at the top"));
  add (words, cut.bottom > 0, _ ("cut off at the bottom"));
  add (words, words->len == 0, _ ("nothing cut off"));
  /* translators: the frame sticks out of the photo by that many pixels */
  if (outside.right > 0)
    g_ptr_array_add (words, g_strdup_printf (_ ("%d px outside on the right"), outside.right));
  if (outside.bottom > 0)
    g_ptr_array_add (words, g_strdup_printf (_ ("%d px outside at the bottom"), outside.bottom));
  g_ptr_array_add (words, NULL);
  return g_strjoinv (_ (", "), (char **) words->pdata);
}

char *
limn_hints_effect (const LimnSizeHints *hints)
{
  g_autofree char *sides = describe_sides (hints);

  /* translators: how sharp a picture will look, and where things are cut off */
  return g_strdup_printf (_ ("%s, %s"), sharpness (limn_hints_scale (hints)), sides);
}

/* ---- Drawing ---- */

double
limn_hints_scale (const LimnSizeHints *hints)
{
  return MAX ((double) hints->target_width / MAX (1, hints->original_width),
              (double) hints->target_height / MAX (1, hints->original_height));
}

graphene_rect_t
limn_hints_photo (const LimnSizeHints *hints)
{
  double scale = limn_hints_scale (hints);

  return GRAPHENE_RECT_INIT (0, 0, (float) (hints->original_width * scale), (float) (hints->original_height * scale));
}

graphene_rect_t
limn_hints_frame (const LimnSizeHints *hints)
{
  return GRAPHENE_RECT_INIT (hints->crop_left, hints->crop_top, hints->target_width, hints->target_height);
}

/* start, or where the move counts, the nearest multiple of grid */
static int
moved (int start, double by, int grid, int least, int most)
{
  if (!(fabs (by) >= grid / 2.0))
    return start;
  return (int) CLAMP (round ((start + by) / grid) * grid, least, most);
}

/* an edge at its far side stays where it is */
static void
drag_near_edge (int *corner, int *size, double by, int grid)
{
  int far = *corner + *size;
  int least = MAX (0, far - LIMN_HINT_MOST), most = MAX (0, far - LEAST_SIDE);
  int to = moved (*corner, by, grid, least, most);

  if (to == *corner)
    return;
  *size = far - to;
  *corner = to;
}

LimnSizeHints
limn_hints_drag (const LimnSizeHints *start, int width, int height, LimnGrip grip, double x, double y, int grid)
{
  LimnSizeHints whole = limn_size_hints_resolve (start, width, height), to = whole, out = *start;

  if (grip & LIMN_GRIP_MOVE) {
    to.crop_left = moved (whole.crop_left, x, grid, 0, LIMN_HINT_MOST);
    to.crop_top = moved (whole.crop_top, y, grid, 0, LIMN_HINT_MOST);
  }
  if (grip & LIMN_GRIP_PHOTO) {
    to.original_width = moved (whole.original_width, x, grid, LEAST_SIDE, LIMN_HINT_MOST);
    to.original_height = moved (whole.original_height, y, grid, LEAST_SIDE, LIMN_HINT_MOST);
  }
  if (grip & LIMN_GRIP_LEFT)
    drag_near_edge (&to.crop_left, &to.target_width, x, grid);
  if (grip & LIMN_GRIP_TOP)
    drag_near_edge (&to.crop_top, &to.target_height, y, grid);
  if (grip & LIMN_GRIP_RIGHT)
    to.target_width = moved (whole.target_width, x, grid, LEAST_SIDE, LIMN_HINT_MOST);
  if (grip & LIMN_GRIP_BOTTOM)
    to.target_height = moved (whole.target_height, y, grid, LEAST_SIDE, LIMN_HINT_MOST);

  /* what was not dragged stays as it was written, 0 or not */
  out.crop_left = to.crop_left;
  out.crop_top = to.crop_top;
  if (to.original_width != whole.original_width || to.original_height != whole.original_height) {
    out.original_width = to.original_width;
    out.original_height = to.original_height;
  }
  if (to.target_width != whole.target_width || to.target_height != whole.target_height) {
    out.target_width = to.target_width;
    out.target_height = to.target_height;
  }
  return out;
}

/* ---- Presets ---- */

static const struct {
  const char *name, *title;
} presets[LIMN_N_PRESETS] = {
  [LIMN_PRESET_OUTPUT] = { "output", N_ ("As the Output") },
  [LIMN_PRESET_LARGE] = { "large", N_ ("Large Photo (Sharp)") },
  [LIMN_PRESET_SMALL] = { "small", N_ ("Small Original (Soft)") },
  [LIMN_PRESET_CENTRED] = { "centred", N_ ("Centred") },
  [LIMN_PRESET_CUT_LEFT] = { "cut-left", N_ ("Cut Off on the Left") },
  [LIMN_PRESET_CUT_RIGHT] = { "cut-right", N_ ("Cut Off on the Right") },
  [LIMN_PRESET_CUT_TOP] = { "cut-top", N_ ("Cut Off at the Top") },
  [LIMN_PRESET_CUT_BOTTOM] = { "cut-bottom", N_ ("Cut Off at the Bottom") },
};

const char *
limn_preset_name (LimnPreset preset)
{
  return presets[preset].name;
}

gboolean
limn_preset_from_name (const char *name, LimnPreset *preset)
{
  for (int i = 0; i < LIMN_N_PRESETS; i++)
    if (g_str_equal (name, presets[i].name)) {
      *preset = (LimnPreset) i;
      return TRUE;
    }
  return FALSE;
}

const char *
limn_preset_title (LimnPreset preset)
{
  return _ (presets[preset].title);
}

/* such that, resized, it is width x height: as sharp as the photo was */
static void
set_photo (LimnSizeHints *hints, const LimnSizeHints *whole, double width, double height)
{
  double scale = MIN (limn_hints_scale (whole), (double) LIMN_HINT_MOST);

  hints->original_width = (int) CLAMP (round (width / scale), 1, LIMN_HINT_MOST);
  hints->original_height = (int) CLAMP (round (height / scale), 1, LIMN_HINT_MOST);
}

LimnSizeHints
limn_preset_apply (LimnPreset preset, const LimnSizeHints *hints, int width, int height)
{
  LimnSizeHints whole = limn_size_hints_resolve (hints, width, height), out = *hints;
  int target_width = whole.target_width, target_height = whole.target_height;

  out.crop_left = out.crop_top = 0;
  switch (preset) {
  case LIMN_PRESET_OUTPUT:
    return (LimnSizeHints){ 0 };
  case LIMN_PRESET_LARGE:
    out.original_width = MIN (4 * target_width, LIMN_HINT_MOST);
    out.original_height = MIN (4 * target_height, LIMN_HINT_MOST);
    break;
  case LIMN_PRESET_SMALL:
    out.original_width = MAX (1, target_width / 2);
    out.original_height = MAX (1, target_height / 2);
    break;
  case LIMN_PRESET_CENTRED:
    set_photo (&out, &whole, target_width, target_height);
    break;
  case LIMN_PRESET_CUT_LEFT:
    out.crop_left = target_width / 2;
    set_photo (&out, &whole, target_width + out.crop_left, target_height);
    break;
  case LIMN_PRESET_CUT_RIGHT:
    set_photo (&out, &whole, target_width * 1.5, target_height);
    break;
  case LIMN_PRESET_CUT_TOP:
    out.crop_top = target_height / 2;
    set_photo (&out, &whole, target_width, target_height + out.crop_top);
    break;
  case LIMN_PRESET_CUT_BOTTOM:
    set_photo (&out, &whole, target_width, target_height * 1.5);
    break;
  case LIMN_N_PRESETS:
    break;
  }
  return out;
}
