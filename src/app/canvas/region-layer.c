/* region-layer.c - see region-layer.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/region-layer.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/canvas/canvas-private.h"
#include "app/canvas/region-brush.h"
#include "app/canvas/region-snap.h"
#include "session/settings/regions.h"

#define MARGIN 32      /* units, around a picture's place */
#define GRIP 9         /* units: how near within the pointer must be to an edge, ... */
#define GRIP_OUTSIDE 3 /* ... and without: another region may begin there */
#define LEAST_DRAWN 10 /* units: what is smaller was a click */
#define LEAST 0.01     /* of the picture's side */
#define STEP 0.01      /* the same, of an arrow key */
#define WHEEL_ZOOM 1.15

/* Which edges of a region move. */
typedef enum { LEFT = 1, TOP = 2, RIGHT = 4, BOTTOM = 8, ALL = 15 } Edges;

struct _LimnRegionLayer {
  GtkWidget parent_instance;
  LimnCanvas *canvas;
  LimnSettings *settings;
  GPtrArray *regions; /* LimnRegion: as the settings have them, but for what is pulled at */
  int selected;       /* -1: none */
  int pulled;         /* -1: nothing is; regions->len: a new one ... */
  Edges edges;        /* ... by these */
  LimnRegion *before; /* as it was; NULL: nothing is pulled */
  LimnRegion *fresh;  /* the new one; NULL: none */
  LimnRegionBrush brush;
};

G_DEFINE_FINAL_TYPE (LimnRegionLayer, limn_region_layer, GTK_TYPE_WIDGET)

enum { DRAWN, LEFT_TOOL, N_SIGNALS };
enum { PROP_0, PROP_SELECTED, PROP_BRUSHES, N_PROPS };

static guint signals[N_SIGNALS];
static GParamSpec *properties[N_PROPS];

/* ---- Where the picture is ---- */

static gboolean
shows_shape (LimnRegionLayer *self)
{
  const LimnCanvasView *view = &self->canvas->view;
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  return view->picture_width > 0
         && fabs (view->picture_width / view->picture_height * values->height / values->width - 1) < 0.02;
}

graphene_rect_t
limn_region_layer_get_place (LimnRegionLayer *self)
{
  const LimnSettingsValues *values;
  double width, height, scale;

  g_return_val_if_fail (LIMN_IS_REGION_LAYER (self), GRAPHENE_RECT_INIT (0, 0, 1, 1));

  if (shows_shape (self))
    return limn_canvas_place (self->canvas).rect;
  values = limn_settings_values (self->settings);
  width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), 2 * MARGIN + 1);
  height = MAX (gtk_widget_get_height (GTK_WIDGET (self)), 2 * MARGIN + 1);
  scale = MIN ((width - 2 * MARGIN) / values->width, (height - 2 * MARGIN) / values->height);
  return GRAPHENE_RECT_INIT ((width - values->width * scale) / 2, (height - values->height * scale) / 2,
                             values->width * scale, values->height * scale);
}

static graphene_rect_t
rect_of (const graphene_rect_t *place, const LimnRegion *region)
{
  return GRAPHENE_RECT_INIT (place->origin.x + region->x * place->size.width,
                             place->origin.y + region->y * place->size.height, region->width * place->size.width,
                             region->height * place->size.height);
}

/* ---- Drawing ---- */

static GdkRGBA
color_of (guint index, float alpha)
{
  static const GdkRGBA colors[] = {
    { 0.21f, 0.52f, 0.89f, 1 }, { 0.90f, 0.38f, 0.00f, 1 }, { 0.18f, 0.76f, 0.49f, 1 },
    { 0.75f, 0.25f, 0.75f, 1 }, { 0.96f, 0.76f, 0.07f, 1 }, { 0.88f, 0.11f, 0.14f, 1 }
  };
  GdkRGBA color = colors[index % G_N_ELEMENTS (colors)];

  color.alpha = alpha;
  return color;
}

static void
draw_region (LimnRegionLayer *self, GtkSnapshot *snapshot, const LimnRegion *region, guint index,
             const graphene_rect_t *place)
{
  const graphene_rect_t rect = rect_of (place, region);
  gboolean selected = (int) index == self->selected || region == self->fresh;
  GdkRGBA line = color_of (index, 1), light = { 1, 1, 1, 0.9f };
  float width = selected ? 3 : 2;
  g_autofree char *prompt = g_utf8_strlen (region->prompt, -1) > 24 ? g_utf8_substring (region->prompt, 0, 24) : NULL;
  /* translators: a region's number, and what it is to be */
  g_autofree char *text =
      g_strdup_printf (_ ("%u  %s%s"), index + 1, prompt != NULL ? prompt : region->prompt, prompt != NULL ? "…" : "");
  GskRoundedRect outline;

  limn_region_draw_shape (snapshot, region, place, color_of (index, selected ? 0.28f : 0.16f));
  gsk_rounded_rect_init_from_rect (&outline, &rect, 0);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ width, width, width, width },
                              (GdkRGBA[4]){ line, line, line, line });
  if (selected) {
    gsk_rounded_rect_shrink (&outline, width, width, width, width);
    gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 },
                                (GdkRGBA[4]){ light, light, light, light });
  }
  gtk_snapshot_push_clip (snapshot, &rect);
  limn_canvas_draw_plate (self->canvas, snapshot, g_strchomp (text), rect.origin.x + 8, rect.origin.y + 8, FALSE);
  gtk_snapshot_pop (snapshot);
}

static void
limn_region_layer_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnRegionLayer *self = LIMN_REGION_LAYER (widget);
  graphene_rect_t place;

  if (self->canvas == NULL)
    return;
  place = limn_region_layer_get_place (self);
  if (!shows_shape (self)) {
    gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
    GdkRGBA backdrop = dark ? (GdkRGBA){ 0.14f, 0.14f, 0.14f, 1 } : (GdkRGBA){ 0.98f, 0.98f, 0.98f, 1 };

    gtk_snapshot_append_color (
        snapshot, &backdrop, &GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget)));
    limn_canvas_draw_checker (self->canvas, snapshot, &place);
  }
  for (guint i = 0; i < self->regions->len; i++)
    if ((int) i != self->selected)
      draw_region (self, snapshot, self->regions->pdata[i], i, &place);
  if (self->selected >= 0 && self->selected < (int) self->regions->len)
    draw_region (self, snapshot, self->regions->pdata[self->selected], (guint) self->selected, &place);
  if (self->fresh != NULL)
    draw_region (self, snapshot, self->fresh, self->regions->len, &place);
  if (self->brush.on)
    limn_canvas_draw_plate (self->canvas, snapshot, _ ("Paint it · Ctrl erases · wheel: size · Esc ends"),
                            place.origin.x + 12, place.origin.y + place.size.height - 36, FALSE);
  else if (self->regions->len == 0 && self->fresh == NULL)
    limn_canvas_draw_plate (self->canvas, snapshot, _ ("Drag a rectangle, then say what is there"), place.origin.x + 12,
                            place.origin.y + 12, FALSE);
  limn_region_brush_draw (&self->brush, snapshot, &place);
}

/* ---- What the settings have ---- */

void
limn_region_layer_select (LimnRegionLayer *self, int index)
{
  g_return_if_fail (LIMN_IS_REGION_LAYER (self));

  if (self->selected == index)
    return;
  self->selected = index;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
  if (index < 0)
    limn_region_layer_set_brushes (self, FALSE);
}

void
limn_region_layer_set_brushes (LimnRegionLayer *self, gboolean brushes)
{
  g_return_if_fail (LIMN_IS_REGION_LAYER (self));

  brushes = brushes && self->selected >= 0;
  if (self->brush.on == brushes)
    return;
  self->brush.on = brushes;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), brushes ? "none" : "crosshair");
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BRUSHES]);
}

static void
forget_drag (LimnRegionLayer *self)
{
  self->pulled = -1;
  g_clear_pointer (&self->fresh, limn_region_free);
  g_clear_pointer (&self->before, limn_region_free);
  g_clear_pointer (&self->brush.before, limn_region_free);
}

static void
changed_cb (LimnRegionLayer *self)
{
  forget_drag (self);
  g_ptr_array_unref (self->regions);
  self->regions = limn_settings_get_regions (self->settings);
  if (self->selected >= (int) self->regions->len)
    limn_region_layer_select (self, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- Pointer ---- */

/* Edges under the point, ALL within; 0: it is outside. */
static Edges
edges_at (const graphene_rect_t *rect, double x, double y)
{
  double left = x - rect->origin.x, top = y - rect->origin.y;
  double right = rect->size.width - left, bottom = rect->size.height - top;
  Edges edges = 0;

  if (left < -GRIP_OUTSIDE || top < -GRIP_OUTSIDE || right < -GRIP_OUTSIDE || bottom < -GRIP_OUTSIDE)
    return 0;
  edges |= left < GRIP && left <= right ? LEFT : right < GRIP ? RIGHT : 0;
  edges |= top < GRIP && top <= bottom ? TOP : bottom < GRIP ? BOTTOM : 0;
  return edges != 0 ? edges : ALL;
}

/* The selected one lies above the others. */
static int
find (LimnRegionLayer *self, double x, double y, Edges *edges)
{
  graphene_rect_t place = limn_region_layer_get_place (self), rect;

  for (int i = (int) self->regions->len; i >= 0; i--) {
    int index = i == (int) self->regions->len ? self->selected : i;

    if (index < 0)
      continue;
    rect = rect_of (&place, self->regions->pdata[index]);
    *edges = edges_at (&rect, x, y);
    if (*edges != 0)
      return index;
  }
  return -1;
}

static const char *
cursor_for (Edges edges)
{
  switch ((int) edges) {
  case 0:
    return "crosshair";
  case ALL:
    return "move";
  case LEFT:
  case RIGHT:
    return "ew-resize";
  case TOP:
  case BOTTOM:
    return "ns-resize";
  case LEFT | TOP:
  case RIGHT | BOTTOM:
    return "nwse-resize";
  default:
    return "nesw-resize";
  }
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, LimnRegionLayer *self)
{
  Edges edges = 0;

  self->brush.x = x;
  self->brush.y = y;
  self->brush.inside = TRUE;
  if (self->brush.on)
    gtk_widget_queue_draw (GTK_WIDGET (self));
  else if (self->pulled < 0)
    find (self, x, y, &edges);
  else
    edges = self->edges;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), self->brush.on ? "none" : cursor_for (edges));
}

static void
leave_cb (LimnRegionLayer *self)
{
  self->brush.inside = FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, LimnRegionLayer *self)
{
  if (self->brush.on)
    limn_region_brush_resize (&self->brush, pow (WHEEL_ZOOM, -dy));
  else
    limn_canvas_zoom_by (self->canvas, pow (WHEEL_ZOOM, -dy));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return GDK_EVENT_STOP;
}

static LimnRegion *
pulled_region (LimnRegionLayer *self)
{
  if (self->fresh != NULL)
    return self->fresh;
  return self->pulled >= 0 && self->pulled < (int) self->regions->len ? self->regions->pdata[self->pulled] : NULL;
}

/* NULL: nothing is. */
static LimnRegion *
selected_region (LimnRegionLayer *self)
{
  return self->selected >= 0 && self->selected < (int) self->regions->len ? self->regions->pdata[self->selected] : NULL;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LimnRegionLayer *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  graphene_rect_t place = limn_region_layer_get_place (self);
  double at_x = (x - place.origin.x) / place.size.width, at_y = (y - place.origin.y) / place.size.height;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  forget_drag (self);
  if (self->brush.on && selected_region (self) != NULL) {
    limn_region_brush_begin (&self->brush, selected_region (self), &place, x, y, (state & GDK_CONTROL_MASK) != 0);
    gtk_widget_queue_draw (GTK_WIDGET (self));
    return;
  }
  self->pulled = find (self, x, y, &self->edges);
  if (self->pulled >= 0) {
    limn_region_layer_select (self, self->pulled);
  } else {
    limn_region_layer_select (self, -1);
    self->pulled = (int) self->regions->len;
    self->edges = RIGHT | BOTTOM;
    const LimnRegionRule across = limn_region_rule (self->regions, self->pulled, FALSE, place.size.width);
    const LimnRegionRule down = limn_region_rule (self->regions, self->pulled, TRUE, place.size.height);
    self->fresh = limn_region_new (limn_region_rule_snap (&across, at_x), limn_region_rule_snap (&down, at_y), 0, 0);
  }
  self->before = limn_region_copy (pulled_region (self));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, LimnRegionLayer *self)
{
  graphene_rect_t place = limn_region_layer_get_place (self);
  LimnRegion *region = pulled_region (self);
  const LimnRegionRule across = limn_region_rule (self->regions, self->pulled, FALSE, place.size.width);
  const LimnRegionRule down = limn_region_rule (self->regions, self->pulled, TRUE, place.size.height);
  double left, right, top, bottom;

  if (self->brush.before != NULL) {
    limn_region_brush_go (&self->brush, selected_region (self), &place, dx, dy);
    gtk_widget_queue_draw (GTK_WIDGET (self));
  }
  if (region == NULL)
    return;
  limn_region_rule_pull (&across, self->before->x, self->before->width, dx / place.size.width,
                         (self->edges & LEFT) != 0, (self->edges & RIGHT) != 0, &left, &right);
  limn_region_rule_pull (&down, self->before->y, self->before->height, dy / place.size.height, (self->edges & TOP) != 0,
                         (self->edges & BOTTOM) != 0, &top, &bottom);
  limn_region_move (region, self->before, left, top, right - left, bottom - top);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
put_back (LimnRegionLayer *self)
{
  LimnRegion *region = pulled_region (self);

  limn_region_brush_cancel (&self->brush, selected_region (self));
  if (region != NULL && region != self->fresh)
    limn_region_move (region, self->before, self->before->x, self->before->y, self->before->width,
                      self->before->height);
  forget_drag (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
write_regions (LimnRegionLayer *self)
{
  g_autoptr (GPtrArray) regions = g_ptr_array_ref (self->regions);

  limn_settings_set_regions (self->settings, regions);
}

static void
end_stroke (LimnRegionLayer *self)
{
  if (limn_region_brush_end (&self->brush, selected_region (self)))
    write_regions (self);
  else
    gtk_widget_error_bell (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, LimnRegionLayer *self)
{
  LimnRegion *region = pulled_region (self);
  gboolean click = fmax (fabs (dx), fabs (dy)) < (self->fresh != NULL ? LEAST_DRAWN : 1);
  int index;

  if (self->brush.before != NULL) {
    end_stroke (self);
    return;
  }
  if (region == NULL || click || region->width < LEAST || region->height < LEAST) {
    put_back (self);
    return;
  }
  if (self->fresh == NULL) {
    write_regions (self);
    return;
  }
  index = limn_settings_add_region (self->settings, region->x, region->y, region->width, region->height);
  if (index < 0) {
    gtk_widget_error_bell (GTK_WIDGET (self));
    put_back (self);
    return;
  }
  limn_region_layer_select (self, index);
  g_signal_emit (self, signals[DRAWN], 0, (guint) index);
}

static void
drag_cancel_cb (GtkGesture *gesture, GdkEventSequence *sequence, LimnRegionLayer *self)
{
  put_back (self);
}

/* ---- Keys ---- */

/* Arrows move the selected region, with Shift its lower right corner. */
static void
nudge (LimnRegionLayer *self, double dx, double dy, gboolean corner)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (self->settings);
  g_autoptr (LimnRegion) before = NULL;

  if (self->selected < 0 || self->selected >= (int) regions->len)
    return;
  before = limn_region_copy (regions->pdata[self->selected]);
  if (corner)
    limn_region_move (regions->pdata[self->selected], before, before->x, before->y,
                      CLAMP (before->width + dx, LEAST, 1 - before->x),
                      CLAMP (before->height + dy, LEAST, 1 - before->y));
  else
    limn_region_move (regions->pdata[self->selected], before, CLAMP (before->x + dx, 0, 1 - before->width),
                      CLAMP (before->y + dy, 0, 1 - before->height), before->width, before->height);
  limn_settings_set_regions (self->settings, regions);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnRegionLayer *self)
{
  gboolean shift = (modifiers & GDK_SHIFT_MASK) != 0;

  if ((modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (key) {
  case GDK_KEY_Escape:
    if (self->brush.on)
      limn_region_layer_set_brushes (self, FALSE);
    else
      g_signal_emit (self, signals[LEFT_TOOL], 0);
    return GDK_EVENT_STOP;
  case GDK_KEY_b:
    limn_region_layer_set_brushes (self, !self->brush.on);
    return GDK_EVENT_STOP;
  case GDK_KEY_bracketleft:
  case GDK_KEY_bracketright:
    limn_region_brush_resize (&self->brush, key == GDK_KEY_bracketleft ? 1 / WHEEL_ZOOM : WHEEL_ZOOM);
    gtk_widget_queue_draw (GTK_WIDGET (self));
    return GDK_EVENT_STOP;
  case GDK_KEY_Delete:
  case GDK_KEY_BackSpace:
    if (self->selected >= 0)
      limn_settings_remove_region (self->settings, (guint) self->selected);
    return GDK_EVENT_STOP;
  case GDK_KEY_Left:
  case GDK_KEY_Right:
    nudge (self, key == GDK_KEY_Left ? -STEP : STEP, 0, shift);
    return self->selected >= 0;
  case GDK_KEY_Up:
  case GDK_KEY_Down:
    nudge (self, 0, key == GDK_KEY_Up ? -STEP : STEP, shift);
    return self->selected >= 0;
  default:
    return GDK_EVENT_PROPAGATE;
  }
}

/* ---- Object ---- */

static void
limn_region_layer_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SELECTED)
    g_value_set_int (value, LIMN_REGION_LAYER (object)->selected);
  else if (id == PROP_BRUSHES)
    g_value_set_boolean (value, LIMN_REGION_LAYER (object)->brush.on);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_region_layer_dispose (GObject *object)
{
  LimnRegionLayer *self = LIMN_REGION_LAYER (object);

  forget_drag (self);
  g_clear_object (&self->canvas);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->regions, g_ptr_array_unref);

  G_OBJECT_CLASS (limn_region_layer_parent_class)->dispose (object);
}

static void
limn_region_layer_class_init (LimnRegionLayerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_region_layer_get_property;
  object_class->dispose = limn_region_layer_dispose;
  GTK_WIDGET_CLASS (klass)->snapshot = limn_region_layer_snapshot;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
  properties[PROP_SELECTED] =
      g_param_spec_int ("selected", NULL, NULL, -1, LIMN_MOST_REGIONS, -1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_BRUSHES] =
      g_param_spec_boolean ("brushes", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[DRAWN] = g_signal_new ("drawn", LIMN_TYPE_REGION_LAYER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 1, G_TYPE_UINT);
  signals[LEFT_TOOL] =
      g_signal_new ("left", LIMN_TYPE_REGION_LAYER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_region_layer_init (LimnRegionLayer *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new (), *keys = gtk_event_controller_key_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->regions = g_ptr_array_new ();
  self->selected = self->pulled = -1;
  limn_region_brush_init (&self->brush);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Regions of the picture"),
                                  -1);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (drag_cancel_cb), self);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, keys);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
}

void
limn_region_layer_bind (LimnRegionLayer *self, LimnCanvas *canvas, LimnSettings *settings)
{
  static const char *const shapes[] = { "notify::width", "notify::height" };

  g_return_if_fail (LIMN_IS_REGION_LAYER (self));
  g_return_if_fail (self->settings == NULL);

  self->canvas = g_object_ref (canvas);
  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "notify::regions", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (canvas, "notify", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    g_signal_connect_object (settings, shapes[i], G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
