/* window-mask.c - the mask, the extended canvas, and before and after: actions, keys and what shows on the canvas.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/canvas/mask-file.h"
#include "app/canvas/mask-place.h"

#define BRUSH_STEP 1.25
#define FEATHER_STEP 0.1

static LimnMaskEditor *
editor (LimnWindow *self)
{
  return limn_mask_mode_get_editor (self->mask_mode);
}

static gboolean
masking (LimnWindow *self)
{
  return limn_mask_mode_get (self->mask_mode) == LIMN_CANVAS_MASK;
}

/* ---- Modes ---- */

static void
enter (LimnWindow *self, LimnCanvasMode mode)
{
  limn_mask_mode_set (self->mask_mode, mode);
}

static void
set_mode (LimnWindow *self, LimnCanvasMode mode, gboolean on)
{
  g_autoptr (LimnSource) source = NULL;

  /* what the tool changes is undone by itself, however soon after something else */
  limn_undo_commit (self->undo);
  if (on)
    limn_window_leave_regions (self);
  if (!on) {
    limn_mask_mode_done (self->mask_mode);
  } else if (self->picture == NULL || limn_mask_mode_get (self->mask_mode) != LIMN_CANVAS_VIEW
             || limn_window_shows_source (self)) {
    enter (self, mode);
  } else {
    source = limn_window_copy_picture (self);
    limn_mask_mode_try (self->mask_mode, mode, source);
  }
}

static void
edit_mask_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  set_mode (data, LIMN_CANVAS_MASK, g_variant_get_boolean (state));
}

static void
extend_canvas_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  set_mode (data, LIMN_CANVAS_EXTEND, g_variant_get_boolean (state));
}

static void
paint_over_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  enter (data, LIMN_CANVAS_VIEW);
  set_mode (data, LIMN_CANVAS_MASK, TRUE);
}

static void
set_state (LimnWindow *self, const char *name, gboolean on)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (on));
}

static void
mode_changed_cb (LimnWindow *self)
{
  LimnCanvasMode mode = limn_mask_mode_get (self->mask_mode);
  LimnMargins none = { 0 };

  set_state (self, "edit-mask", mode == LIMN_CANVAS_MASK);
  set_state (self, "extend-canvas", mode == LIMN_CANVAS_EXTEND);
  gtk_widget_set_visible (GTK_WIDGET (self->mask_tools), mode == LIMN_CANVAS_MASK);
  gtk_widget_set_visible (GTK_WIDGET (self->extend_bar), mode == LIMN_CANVAS_EXTEND);
  if (mode == LIMN_CANVAS_EXTEND) {
    limn_canvas_extend_bar_set_margins (self->extend_bar, &none);
    limn_canvas_extend_bar_set_size (self->extend_bar, limn_mask_editor_get_width (editor (self)),
                                     limn_mask_editor_get_height (editor (self)));
  }
  if (mode != LIMN_CANVAS_VIEW) {
    gtk_stack_set_visible_child_name (self->stage, "canvas");
    gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
  } else if (limn_canvas_get_texture (self->canvas) == NULL) {
    limn_window_show_stage (self);
  }
  limn_window_update_title (self);
  limn_window_update_mask_actions (self);
}

void
limn_window_leave_mask (LimnWindow *self)
{
  enter (self, LIMN_CANVAS_VIEW);
}

static void
toast_cb (LimnWindow *self, const char *text, const char *label, const char *action)
{
  AdwToast *toast = adw_toast_new (text);

  if (label != NULL)
    adw_toast_set_button_label (toast, label);
  adw_toast_set_action_name (toast, action);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* ---- Extending ---- */

static void
bar_changed_cb (LimnWindow *self)
{
  LimnMargins margins = limn_canvas_extend_bar_get_margins (self->extend_bar);

  limn_canvas_set_margins (self->canvas, &margins);
  limn_window_update_mask_actions (self);
}

static void
edge_dragged_cb (LimnWindow *self)
{
  LimnMargins margins = limn_canvas_get_margins (self->canvas);

  limn_canvas_extend_bar_set_margins (self->extend_bar, &margins);
  limn_window_update_mask_actions (self);
}

static void
apply_extend_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  LimnMargins margins = limn_canvas_extend_bar_get_margins (self->extend_bar);

  limn_mask_mode_extend (self->mask_mode, &margins);
}

/* "extend-by" (left, top, right, bottom): without asking; for tests and scripts */
static void
extend_by_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnMargins margins;

  g_variant_get (parameter, "(iiii)", &margins.left, &margins.top, &margins.right, &margins.bottom);
  if (margins.left < 0 || margins.top < 0 || margins.right < 0 || margins.bottom < 0)
    return;
  set_mode (data, LIMN_CANVAS_EXTEND, TRUE);
  limn_mask_mode_extend (LIMN_WINDOW (data)->mask_mode, &margins);
}

static void
shrink_canvas_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_mask_mode_shrink (LIMN_WINDOW (data)->mask_mode);
}

/* ---- The mask ---- */

static void
mask_undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  if (limn_mask_editor_can_undo (editor (self)) || limn_mask_editor_is_stroking (editor (self)))
    limn_mask_editor_undo (editor (self));
  else
    limn_mask_mode_shrink (self->mask_mode);
}

static void
mask_redo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_mask_editor_redo (editor (data));
}

static void
mask_invert_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_mask_editor_invert (editor (data));
}

static void
mask_clear_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_mask_editor_fill (editor (data), 0);
}

static void
mask_fill_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_mask_editor_fill (editor (data), 255);
}

gboolean
limn_window_take_mask (LimnWindow *self, const LimnImage *image)
{
  g_autoptr (LimnMask) mask = NULL;

  if (!masking (self))
    return FALSE;
  mask = limn_mask_from_image (image, limn_mask_editor_get_width (editor (self)),
                               limn_mask_editor_get_height (editor (self)));
  if (mask == NULL)
    return FALSE;
  limn_mask_editor_load (editor (self), mask);
  return TRUE;
}

static void
mask_loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnImage) image = limn_mask_load_finish (result, &error);

  if (self->session == NULL)
    return;
  if (image == NULL)
    limn_notice_bar_show (self->notice_bar, _ ("This mask cannot be opened"), error->message, NULL, NULL);
  else if (!limn_window_take_mask (self, image))
    limn_notice_bar_show (self->notice_bar, _ ("This picture is no mask"),
                          _ ("A mask is grey: white where the picture is painted anew, black where it is kept."), NULL,
                          NULL);
}

static void
mask_saved_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  gboolean saved = limn_mask_save_finish (LIMN_MASK (object), result, &error);

  if (self->session == NULL)
    return;
  if (saved)
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Mask saved")));
  else
    limn_notice_bar_show (self->notice_bar, _ ("The mask could not be saved there"), error->message, NULL, NULL);
}

static void
save_mask (LimnWindow *self, const char *path)
{
  LimnMask *mask = limn_settings_values (self->settings)->mask;

  if (mask != NULL)
    limn_mask_save_async (mask, path, mask_saved_cb, g_object_ref (self));
}

static void
mask_response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (dialog);
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (chooser) : NULL;

  if (file != NULL && gtk_file_chooser_get_action (chooser) == GTK_FILE_CHOOSER_ACTION_OPEN) {
    limn_mask_load_async (file, NULL, mask_loaded_cb, g_object_ref (self));
  } else if (file != NULL) {
    g_autofree char *path = g_file_get_path (file);

    if (path != NULL)
      save_mask (self, path);
  }
  g_clear_object (&self->chooser);
}

static void
choose_mask (LimnWindow *self, const char *title, GtkFileChooserAction action)
{
  g_autoptr (GtkFileFilter) images = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, NULL, NULL);
  gtk_file_filter_set_name (images, _ ("Pictures"));
  gtk_file_filter_add_pixbuf_formats (images);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), images);
  if (action == GTK_FILE_CHOOSER_ACTION_SAVE)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), _ ("mask.png"));
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (mask_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
mask_open_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose_mask (data, _ ("Open a Mask"), GTK_FILE_CHOOSER_ACTION_OPEN);
}

static void
mask_save_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose_mask (data, _ ("Save the Mask"), GTK_FILE_CHOOSER_ACTION_SAVE);
}

/* "mask-save-to": without asking; for tests and scripts */
static void
mask_save_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  save_mask (data, g_variant_get_bytestring (parameter));
}

/* "mask-stroke" (x, y, pressure)...: in the picture's pixels; for tests and scripts */
static void
mask_stroke_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnMaskEditor *mask = editor (data);
  GVariantIter iter;
  double x, y, pressure;

  g_variant_iter_init (&iter, parameter);
  while (g_variant_iter_next (&iter, "(ddd)", &x, &y, &pressure))
    if (limn_mask_editor_is_stroking (mask))
      limn_mask_editor_stroke_to (mask, x, y, pressure);
    else
      limn_mask_editor_begin_stroke (mask, x, y, pressure, limn_mask_editor_get_erase (mask));
  limn_mask_editor_end_stroke (mask);
}

static void
mask_erase_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  g_object_set (editor (data), "erase", g_variant_get_boolean (state), NULL);
}

static void
erase_changed_cb (LimnWindow *self)
{
  set_state (self, "mask-erase", limn_mask_editor_get_erase (editor (self)));
}

static void
mask_color_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  LimnWindow *self = data;
  const char *name = g_variant_get_string (state, NULL);

  g_simple_action_set_state (action, state);
  limn_canvas_set_mask_color (self->canvas, name);
  if (self->state != NULL)
    g_settings_set_string (self->state, "mask-color", name);
}

static void
mask_area_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  const LimnChoice *choice = limn_choice_find (limn_mask_area_choice, g_variant_get_string (state, NULL));

  if (choice != NULL)
    g_object_set (LIMN_WINDOW (data)->settings, "mask-area", choice->name, NULL);
}

static void
area_changed_cb (LimnWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "mask-area");

  g_simple_action_set_state (G_SIMPLE_ACTION (action),
                             g_variant_new_string (limn_settings_values (self->settings)->mask_area));
}

static void
restore_mask_color (LimnWindow *self)
{
  g_autofree char *name = self->state != NULL ? g_settings_get_string (self->state, "mask-color") : NULL;

  if (name != NULL)
    g_action_group_change_action_state (G_ACTION_GROUP (self), "mask-color", g_variant_new_string (name));
}

/* ---- Before and after ---- */

static void
before_after_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  limn_canvas_set_compare (LIMN_WINDOW (data)->canvas, g_variant_get_boolean (state));
}

static void
compare_changed_cb (LimnWindow *self)
{
  gboolean compare;

  g_object_get (self->canvas, "compare", &compare, NULL);
  set_state (self, "before-after", compare);
}

/* ---- Keys ---- */

static void
change_brush (LimnWindow *self, double times, double feather)
{
  double size = limn_mask_editor_get_brush_size (editor (self)) * times;
  double soft = limn_mask_editor_get_brush_feather (editor (self)) + feather;

  g_object_set (editor (self), "brush-size", CLAMP (size, LIMN_BRUSH_LEAST, LIMN_BRUSH_MOST), "brush-feather",
                CLAMP (soft, 0, 1), NULL);
}

static gboolean
mask_key (LimnWindow *self, guint key)
{
  switch (key) {
  case GDK_KEY_bracketleft:
    change_brush (self, 1 / BRUSH_STEP, 0);
    return TRUE;
  case GDK_KEY_bracketright:
    change_brush (self, BRUSH_STEP, 0);
    return TRUE;
  case GDK_KEY_braceleft:
    change_brush (self, 1, -FEATHER_STEP);
    return TRUE;
  case GDK_KEY_braceright:
    change_brush (self, 1, FEATHER_STEP);
    return TRUE;
  case GDK_KEY_x:
    g_action_group_activate_action (G_ACTION_GROUP (self), "mask-erase", NULL);
    return TRUE;
  case GDK_KEY_i:
    limn_mask_editor_invert (editor (self));
    return TRUE;
  case GDK_KEY_Delete:
    limn_mask_editor_fill (editor (self), 0);
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
toggle_key (LimnWindow *self, guint key)
{
  const char *action = key == GDK_KEY_m   ? "edit-mask"
                       : key == GDK_KEY_e ? "extend-canvas"
                       : key == GDK_KEY_r ? "draw-regions"
                                          : NULL;

  if (action == NULL || !g_action_group_get_action_enabled (G_ACTION_GROUP (self), action))
    return FALSE;
  g_action_group_activate_action (G_ACTION_GROUP (self), action, NULL);
  return TRUE;
}

/* Letters reach the window only from where nothing is written. */
static gboolean
key_pressed_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnWindow *self)
{
  gboolean plain = (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) == 0;

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stage), "canvas") != 0)
    return plain && toggle_key (self, key);
  if (!plain)
    return GDK_EVENT_PROPAGATE;
  if (masking (self) && mask_key (self, key))
    return GDK_EVENT_STOP;
  if (key == GDK_KEY_b) {
    limn_canvas_hold_compare (self->canvas, TRUE);
    return GDK_EVENT_STOP;
  }
  return toggle_key (self, key) || limn_canvas_take_key (self->canvas, key, modifiers);
}

static void
key_released_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, LimnWindow *self)
{
  if (key == GDK_KEY_b)
    limn_canvas_hold_compare (self->canvas, FALSE);
}

static void
active_changed_cb (LimnWindow *self)
{
  if (!gtk_window_is_active (GTK_WINDOW (self)))
    limn_canvas_hold_compare (self->canvas, FALSE);
}

/* ---- All of it ---- */

static const GActionEntry actions[] = {
  { .name = "edit-mask", .state = "false", .change_state = edit_mask_state },
  { .name = "extend-canvas", .state = "false", .change_state = extend_canvas_state },
  { .name = "before-after", .state = "false", .change_state = before_after_state },
  { .name = "mask-erase", .state = "false", .change_state = mask_erase_state },
  { .name = "mask-color", .parameter_type = "s", .state = "'red'", .change_state = mask_color_state },
  { .name = "mask-area", .parameter_type = "s", .state = "'whole'", .change_state = mask_area_state },
  { .name = "paint-over", .activate = paint_over_action },
  { .name = "apply-extend", .activate = apply_extend_action },
  { .name = "extend-by", .activate = extend_by_action, .parameter_type = "(iiii)" },
  { .name = "shrink-canvas", .activate = shrink_canvas_action },
  { .name = "mask-undo", .activate = mask_undo_action },
  { .name = "mask-redo", .activate = mask_redo_action },
  { .name = "mask-invert", .activate = mask_invert_action },
  { .name = "mask-clear", .activate = mask_clear_action },
  { .name = "mask-fill", .activate = mask_fill_action },
  { .name = "mask-open", .activate = mask_open_action },
  { .name = "mask-save", .activate = mask_save_action },
  { .name = "mask-stroke", .activate = mask_stroke_action, .parameter_type = "a(ddd)" },
  { .name = "mask-save-to", .activate = mask_save_to_action, .parameter_type = "ay" },
};

static void
enable (LimnWindow *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), enabled);
}

void
limn_window_update_mask_actions (LimnWindow *self)
{
  gboolean source, mask, can_compare, can_shrink;
  LimnMargins margins;

  if (self->mask_mode == NULL)
    return;
  source = limn_settings_values (self->settings)->source != NULL;
  mask = masking (self);
  margins = limn_canvas_extend_bar_get_margins (self->extend_bar);
  g_object_get (self->canvas, "can-compare", &can_compare, NULL);
  g_object_get (self->mask_mode, "can-shrink", &can_shrink, NULL);
  enable (self, "edit-mask", source || self->picture != NULL);
  enable (self, "extend-canvas", source || self->picture != NULL);
  enable (self, "paint-over", self->picture != NULL);
  enable (self, "before-after", can_compare);
  enable (self, "apply-extend", (margins.left | margins.top | margins.right | margins.bottom) != 0);
  enable (self, "extend-by", source || self->picture != NULL);
  enable (self, "shrink-canvas", can_shrink);
  enable (self, "mask-undo", mask && (limn_mask_editor_can_undo (editor (self)) || can_shrink));
  enable (self, "mask-redo", mask && limn_mask_editor_can_redo (editor (self)));
  enable (self, "mask-erase", mask);
  enable (self, "mask-stroke", mask);
  enable (self, "mask-invert", mask);
  enable (self, "mask-fill", mask);
  enable (self, "mask-open", mask);
  enable (self, "mask-clear", mask && !limn_mask_editor_is_empty (editor (self)));
  enable (self, "mask-save", limn_settings_values (self->settings)->mask != NULL);
}

static void
connect_parts (LimnWindow *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GAction *generate = g_action_map_lookup_action (G_ACTION_MAP (self), "generate");
  GCallback update = G_CALLBACK (limn_window_update_mask_actions);

  /* what is painted next is what one wants to see */
  g_signal_connect_object (generate, "activate", G_CALLBACK (limn_window_leave_mask), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->mask_mode, "notify::mode", G_CALLBACK (mode_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->mask_mode, "notify::can-shrink", update, self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->mask_mode, "toast", G_CALLBACK (toast_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (editor (self), "notify::can-undo", update, self, G_CONNECT_SWAPPED);
  g_signal_connect_object (editor (self), "notify::erase", G_CALLBACK (erase_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "notify::mask-area", G_CALLBACK (area_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::compare", G_CALLBACK (compare_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::can-compare", update, self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "extended", G_CALLBACK (edge_dragged_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->extend_bar, "changed", G_CALLBACK (bar_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect (keys, "key-released", G_CALLBACK (key_released_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (active_changed_cb), NULL);
}

void
limn_window_install_mask (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  self->mask_mode = limn_mask_mode_new (self->canvas, self->settings);
  limn_mask_tools_bind (self->mask_tools, editor (self), self->settings);
  limn_canvas_bar_bind (self->canvas_bar, self->canvas);
  connect_parts (self);
  restore_mask_color (self);
  area_changed_cb (self);
  mode_changed_cb (self);
}
