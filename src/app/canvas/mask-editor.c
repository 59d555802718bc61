/* mask-editor.c - strokes, the history of them, and the brush.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-editor.h"

#include <string.h>

#include "app/canvas/mask-dab.h"

#define BRUSH_SHARE 12           /* of the shorter side is the first brush */
#define HISTORY_BYTES (64 << 20) /* sixteen whole masks of 2048 x 2048, and thousands of strokes */

/* What a rectangle held before a change, or, once undone, after it. */
typedef struct {
  LimnMaskRect rect;
  guint8 *pixels;
} Patch;

struct _LimnMaskEditor {
  GObject parent_instance;

  /* The mask, the stroke over it, and those before. */
  int width, height;
  guint8 *pixels;
  guint8 *before, *stroke; /* pixels when the stroke began, and its own density; NULL: not needed yet */
  LimnMaskRect touched;    /* by the stroke */
  gboolean stroking, stroke_erases;
  double last_x, last_y, last_radius;
  GQueue undo, redo; /* Patch, newest first */
  gsize history;     /* bytes of both */
  gint64 painted;    /* pixels that are not 0; -1: not counted */

  /* The brush. */
  double brush_size, brush_feather;
  gboolean brush_chosen; /* by a person */
  gboolean erase;
};

G_DEFINE_FINAL_TYPE (LimnMaskEditor, limn_mask_editor, G_TYPE_OBJECT)

enum { PROP_BRUSH_SIZE = 1, PROP_BRUSH_FEATHER, PROP_ERASE, PROP_CAN_UNDO, PROP_CAN_REDO, PROP_EMPTY, N_PROPS };
enum { CHANGED, EDITED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- History ---- */

static void
patch_free (Patch *patch)
{
  g_free (patch->pixels);
  g_free (patch);
}

static gsize
patch_bytes (const Patch *patch)
{
  return sizeof (Patch) + (gsize) patch->rect.width * patch->rect.height;
}

/* rect of an image width pixels wide. */
static Patch *
patch_new (const guint8 *pixels, int width, LimnMaskRect rect)
{
  Patch *patch = g_new (Patch, 1);

  patch->rect = rect;
  patch->pixels = g_malloc ((gsize) rect.width * rect.height);
  for (int y = 0; y < rect.height; y++)
    memcpy (patch->pixels + (gsize) y * rect.width, pixels + (gsize) (rect.y + y) * width + rect.x, rect.width);
  return patch;
}

static void
forget (LimnMaskEditor *self, GQueue *queue)
{
  Patch *patch;

  while ((patch = g_queue_pop_head (queue)) != NULL) {
    self->history -= patch_bytes (patch);
    patch_free (patch);
  }
}

static void
notify_history (LimnMaskEditor *self)
{
  self->painted = -1;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_REDO]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EMPTY]);
}

static void
changed (LimnMaskEditor *self, LimnMaskRect rect)
{
  if (rect.width > 0 && rect.height > 0)
    g_signal_emit (self, signals[CHANGED], 0, rect.x, rect.y, rect.width, rect.height);
}

/* What rect held before; it has been changed. */
static void
remember (LimnMaskEditor *self, Patch *patch)
{
  forget (self, &self->redo);
  g_queue_push_head (&self->undo, patch);
  self->history += patch_bytes (patch);
  while (self->history > HISTORY_BYTES && self->undo.length > 1) {
    Patch *oldest = g_queue_pop_tail (&self->undo);

    self->history -= patch_bytes (oldest);
    patch_free (oldest);
  }
  notify_history (self);
  g_signal_emit (self, signals[EDITED], 0);
}

static void
swap_patch (LimnMaskEditor *self, GQueue *from, GQueue *to)
{
  Patch *patch = g_queue_pop_head (from);

  for (int y = 0; y < patch->rect.height; y++) {
    guint8 *row = self->pixels + (gsize) (patch->rect.y + y) * self->width + patch->rect.x;
    guint8 *kept = patch->pixels + (gsize) y * patch->rect.width;

    for (int x = 0; x < patch->rect.width; x++) {
      guint8 value = row[x];

      row[x] = kept[x];
      kept[x] = value;
    }
  }
  g_queue_push_head (to, patch);
  notify_history (self);
  changed (self, patch->rect);
  g_signal_emit (self, signals[EDITED], 0);
}

/* ---- Strokes ---- */

static guint8
blend (guint8 before, guint8 density, gboolean erases)
{
  guint share = erases ? before * (255 - density) : before * 255 + (255 - before) * density;

  return (share + 127) / 255;
}

/* From the last point to x, y. */
static void
paint_to (LimnMaskEditor *self, double x, double y, double radius)
{
  LimnMaskDab dab = { self->last_x, self->last_y, self->last_radius, x, y, radius, self->brush_feather };
  LimnMaskRect rect = limn_mask_dab_paint (&dab, self->stroke, self->width, self->height);

  for (int row = rect.y; row < rect.y + rect.height; row++) {
    gsize start = (gsize) row * self->width;

    for (int column = rect.x; column < rect.x + rect.width; column++)
      self->pixels[start + column] =
          blend (self->before[start + column], self->stroke[start + column], self->stroke_erases);
  }
  self->last_x = x;
  self->last_y = y;
  self->last_radius = radius;
  self->touched = limn_mask_rect_union (self->touched, rect);
  changed (self, rect);
}

static double
brush_radius (LimnMaskEditor *self, double pressure)
{
  /* never thinner than a fifth: a pen that hardly touches still draws */
  return self->brush_size / 2 * (0.2 + 0.8 * CLAMP (pressure, 0, 1));
}

void
limn_mask_editor_begin_stroke (LimnMaskEditor *self, double x, double y, double pressure, gboolean erase)
{
  gsize n;

  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  if (self->stroking)
    limn_mask_editor_end_stroke (self);
  n = (gsize) self->width * self->height;
  if (self->stroke == NULL) {
    self->stroke = g_malloc0 (n);
    self->before = g_malloc (n);
  }
  memcpy (self->before, self->pixels, n);
  self->stroking = TRUE;
  self->stroke_erases = erase;
  self->touched = (LimnMaskRect){ 0 };
  self->last_x = x;
  self->last_y = y;
  self->last_radius = brush_radius (self, pressure);
  paint_to (self, x, y, self->last_radius);
}

void
limn_mask_editor_stroke_to (LimnMaskEditor *self, double x, double y, double pressure)
{
  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  if (self->stroking)
    paint_to (self, x, y, brush_radius (self, pressure));
}

static void
clear_stroke (LimnMaskEditor *self)
{
  self->stroking = FALSE;
  for (int y = self->touched.y; y < self->touched.y + self->touched.height; y++)
    memset (self->stroke + (gsize) y * self->width + self->touched.x, 0, self->touched.width);
}

void
limn_mask_editor_end_stroke (LimnMaskEditor *self)
{
  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  if (!self->stroking)
    return;
  clear_stroke (self);
  if (self->touched.width > 0) /* not all of it beside the picture */
    remember (self, patch_new (self->before, self->width, self->touched));
}

void
limn_mask_editor_cancel_stroke (LimnMaskEditor *self)
{
  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  if (!self->stroking)
    return;
  clear_stroke (self);
  for (int y = self->touched.y; y < self->touched.y + self->touched.height; y++) {
    gsize start = (gsize) y * self->width + self->touched.x;

    memcpy (self->pixels + start, self->before + start, self->touched.width);
  }
  self->painted = -1;
  changed (self, self->touched);
}

gboolean
limn_mask_editor_is_stroking (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), FALSE);
  return self->stroking;
}

/* ---- The whole mask ---- */

static LimnMaskRect
whole (LimnMaskEditor *self)
{
  return (LimnMaskRect){ 0, 0, self->width, self->height };
}

void
limn_mask_editor_invert (LimnMaskEditor *self)
{
  Patch *patch;
  gsize n;

  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  limn_mask_editor_end_stroke (self);
  patch = patch_new (self->pixels, self->width, whole (self));
  n = (gsize) self->width * self->height;
  for (gsize i = 0; i < n; i++)
    self->pixels[i] = 255 - self->pixels[i];
  changed (self, whole (self));
  remember (self, patch);
}

void
limn_mask_editor_fill (LimnMaskEditor *self, guint8 value)
{
  Patch *patch;

  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  limn_mask_editor_end_stroke (self);
  patch = patch_new (self->pixels, self->width, whole (self));
  memset (self->pixels, value, (gsize) self->width * self->height);
  changed (self, whole (self));
  remember (self, patch);
}

void
limn_mask_editor_load (LimnMaskEditor *self, LimnMask *mask)
{
  Patch *patch;

  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));
  g_return_if_fail (limn_mask_get_width (mask) == self->width && limn_mask_get_height (mask) == self->height);

  limn_mask_editor_end_stroke (self);
  patch = patch_new (self->pixels, self->width, whole (self));
  memcpy (self->pixels, limn_mask_get_pixels (mask), (gsize) self->width * self->height);
  changed (self, whole (self));
  remember (self, patch);
}

void
limn_mask_editor_undo (LimnMaskEditor *self)
{
  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  if (self->stroking)
    limn_mask_editor_cancel_stroke (self);
  else if (self->undo.length > 0)
    swap_patch (self, &self->undo, &self->redo);
}

void
limn_mask_editor_redo (LimnMaskEditor *self)
{
  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));

  if (!self->stroking && self->redo.length > 0)
    swap_patch (self, &self->redo, &self->undo);
}

static void
fit_brush (LimnMaskEditor *self)
{
  double size = CLAMP ((double) MIN (self->width, self->height) / BRUSH_SHARE, LIMN_BRUSH_LEAST, LIMN_BRUSH_MOST);

  if (self->brush_chosen || size == self->brush_size)
    return;
  self->brush_size = size;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BRUSH_SIZE]);
}

void
limn_mask_editor_reset (LimnMaskEditor *self, int width, int height, LimnMask *mask)
{
  g_return_if_fail (LIMN_IS_MASK_EDITOR (self));
  g_return_if_fail (width > 0 && height > 0);
  g_return_if_fail (mask == NULL || (limn_mask_get_width (mask) == width && limn_mask_get_height (mask) == height));

  self->stroking = FALSE;
  forget (self, &self->undo);
  forget (self, &self->redo);
  if (self->width != width || self->height != height) {
    g_clear_pointer (&self->stroke, g_free);
    g_clear_pointer (&self->before, g_free);
  } else if (self->stroke != NULL) {
    memset (self->stroke, 0, (gsize) width * height);
  }
  g_free (self->pixels);
  self->pixels = mask != NULL ? g_memdup2 (limn_mask_get_pixels (mask), (gsize) width * height)
                              : g_malloc0 ((gsize) width * height);
  self->width = width;
  self->height = height;
  fit_brush (self);
  notify_history (self);
  changed (self, whole (self));
}

/* ---- Reading ---- */

int
limn_mask_editor_get_width (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), 0);
  return self->width;
}

int
limn_mask_editor_get_height (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), 0);
  return self->height;
}

const guint8 *
limn_mask_editor_get_pixels (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), NULL);
  return self->pixels;
}

gboolean
limn_mask_editor_is_empty (LimnMaskEditor *self)
{
  gsize n;

  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), TRUE);

  n = (gsize) self->width * self->height;
  if (self->painted < 0 || self->stroking) {
    self->painted = 0;
    for (gsize i = 0; i < n; i++)
      self->painted += self->pixels[i] != 0;
  }
  return self->painted == 0;
}

LimnMask *
limn_mask_editor_copy_mask (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), NULL);

  if (limn_mask_editor_is_empty (self))
    return NULL;
  return limn_mask_new (self->width, self->height, g_memdup2 (self->pixels, (gsize) self->width * self->height));
}

double
limn_mask_editor_get_brush_size (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), 0);
  return self->brush_size;
}

double
limn_mask_editor_get_brush_feather (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), 0);
  return self->brush_feather;
}

gboolean
limn_mask_editor_get_erase (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), FALSE);
  return self->erase;
}

gboolean
limn_mask_editor_can_undo (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), FALSE);
  return self->undo.length > 0;
}

gboolean
limn_mask_editor_can_redo (LimnMaskEditor *self)
{
  g_return_val_if_fail (LIMN_IS_MASK_EDITOR (self), FALSE);
  return self->redo.length > 0;
}

/* ---- Object ---- */

static void
limn_mask_editor_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnMaskEditor *self = LIMN_MASK_EDITOR (object);

  switch (id) {
  case PROP_BRUSH_SIZE:
    self->brush_size = g_value_get_double (value);
    self->brush_chosen = TRUE;
    break;
  case PROP_BRUSH_FEATHER:
    self->brush_feather = g_value_get_double (value);
    break;
  case PROP_ERASE:
    self->erase = g_value_get_boolean (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_mask_editor_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnMaskEditor *self = LIMN_MASK_EDITOR (object);

  switch (id) {
  case PROP_BRUSH_SIZE:
    g_value_set_double (value, self->brush_size);
    break;
  case PROP_BRUSH_FEATHER:
    g_value_set_double (value, self->brush_feather);
    break;
  case PROP_ERASE:
    g_value_set_boolean (value, self->erase);
    break;
  case PROP_CAN_UNDO:
    g_value_set_boolean (value, self->undo.length > 0);
    break;
  case PROP_CAN_REDO:
    g_value_set_boolean (value, self->redo.length > 0);
    break;
  case PROP_EMPTY:
    g_value_set_boolean (value, limn_mask_editor_is_empty (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_mask_editor_finalize (GObject *object)
{
  LimnMaskEditor *self = LIMN_MASK_EDITOR (object);

  forget (self, &self->undo);
  forget (self, &self->redo);
  g_free (self->pixels);
  g_free (self->before);
  g_free (self->stroke);

  G_OBJECT_CLASS (limn_mask_editor_parent_class)->finalize (object);
}

static void
limn_mask_editor_class_init (LimnMaskEditorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags writable = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = limn_mask_editor_set_property;
  object_class->get_property = limn_mask_editor_get_property;
  object_class->finalize = limn_mask_editor_finalize;

  properties[PROP_BRUSH_SIZE] =
      g_param_spec_double ("brush-size", NULL, NULL, LIMN_BRUSH_LEAST, LIMN_BRUSH_MOST, 64, writable);
  properties[PROP_BRUSH_FEATHER] = g_param_spec_double ("brush-feather", NULL, NULL, 0, 1, 0.3, writable);
  properties[PROP_ERASE] = g_param_spec_boolean ("erase", NULL, NULL, FALSE, writable);
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, readable);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, readable);
  properties[PROP_EMPTY] = g_param_spec_boolean ("empty", NULL, NULL, TRUE, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[CHANGED] = g_signal_new ("changed", LIMN_TYPE_MASK_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 4, G_TYPE_INT, G_TYPE_INT, G_TYPE_INT, G_TYPE_INT);
  signals[EDITED] =
      g_signal_new ("edited", LIMN_TYPE_MASK_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_mask_editor_init (LimnMaskEditor *self)
{
  g_queue_init (&self->undo);
  g_queue_init (&self->redo);
  self->width = self->height = 1;
  self->pixels = g_malloc0 (1);
  self->brush_size = 64;
  self->brush_feather = 0.3;
}

LimnMaskEditor *
limn_mask_editor_new (void)
{
  return g_object_new (LIMN_TYPE_MASK_EDITOR, NULL);
}
