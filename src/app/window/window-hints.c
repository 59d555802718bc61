/* window-hints.c - what a run will take, and the contact sheet in the picture's place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/panel/contact-sheet.h"
#include "app/run/stage-segments.h"

#define PAGE "contact-sheet"

static void
close_sheet (LimnWindow *self)
{
  if (self->contact_sheet == NULL)
    return;
  limn_contact_sheet_stop (self->contact_sheet);
  limn_window_show_stage (self);
}

/* "contact-sheet": opens it, painting anew; closes it where it is open */
static void
contact_sheet_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stage), PAGE) == 0) {
    close_sheet (self);
    return;
  }
  gtk_stack_set_visible_child_name (self->stage, PAGE);
  limn_contact_sheet_start (self->contact_sheet, self->settings);
  gtk_widget_child_focus (GTK_WIDGET (self->contact_sheet), GTK_DIR_TAB_FORWARD);
}

/* ---- Taking hints over, and back ---- */

/* (negative, separate-negative, truthful-crop, original, crop, target) */
#define HINTS_TYPE "(bbbiiiiii)"

static GVariant *
pack_hints (LimnWindow *self, gboolean negative)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  LimnSizeHints hints = limn_hints_get (self->settings, negative);

  return g_variant_new (HINTS_TYPE, negative, values->separate_negative, values->truthful_crop, hints.original_width,
                        hints.original_height, hints.crop_left, hints.crop_top, hints.target_width,
                        hints.target_height);
}

/* "set-hints" */
static void
set_hints_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  gboolean negative, separate, truthful;
  LimnSizeHints hints;

  g_variant_get (parameter, HINTS_TYPE, &negative, &separate, &truthful, &hints.original_width, &hints.original_height,
                 &hints.crop_left, &hints.crop_top, &hints.target_width, &hints.target_height);
  limn_hints_set (self->settings, negative, &hints);
  g_object_set (self->settings, "separate-negative", separate, "truthful-crop", truthful, NULL);
}

static void
adopted_cb (LimnContactSheet *sheet, int cell, LimnWindow *self)
{
  gboolean negative = limn_contact_sheet_get_negative (sheet);
  LimnSizeHints hints = limn_contact_sheet_get_hints (sheet, cell);
  g_autoptr (GVariant) before = g_variant_ref_sink (pack_hints (self, negative));
  AdwToast *toast = adw_toast_new (_ ("The hints of this draft are yours now"));

  /* hints that follow a source picture would come back */
  g_object_set (self->settings, "truthful-crop", FALSE, NULL);
  limn_hints_set (self->settings, negative, &hints);
  if (negative)
    g_object_set (self->settings, "separate-negative", TRUE, NULL);
  adw_toast_set_button_label (toast, _ ("Undo"));
  adw_toast_set_action_name (toast, "win.set-hints");
  adw_toast_set_action_target_value (toast, before);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* ---- The window ---- */

/* a run's preview or picture takes the sheet's place; the steps of a run belong below its picture only */
static void
stage_changed_cb (LimnWindow *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->timeline_bar),
                          g_strcmp0 (gtk_stack_get_visible_child_name (self->stage), "canvas") == 0);
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stage), PAGE) != 0)
    limn_contact_sheet_stop (self->contact_sheet);
}

static const GActionEntry actions[] = {
  { .name = "contact-sheet", .activate = contact_sheet_action },
  { .name = "set-hints", .activate = set_hints_action, .parameter_type = HINTS_TYPE },
};

static void
estimated_cb (LimnStageMap *map, LimnWindow *self)
{
  const LimnEstimate *estimate = limn_stage_map_get_estimate (map);

  self->expected_seconds = 0;
  for (int i = 0; estimate != NULL && i < LIMN_N_STAGES; i++)
    self->expected_seconds += MAX (0, limn_estimate_seconds (estimate, (LimnStage) i));
  if (estimate != NULL)
    limn_refiner_group_set_steps (self->refiner_group, estimate->base_steps, estimate->refiner_steps);
}

void
limn_window_hints_init (LimnWindow *self)
{
  LimnStageMap *map = limn_run_bar_get_stage_map (self->run_bar);

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (map, "estimated", G_CALLBACK (estimated_cb), self, 0);
  limn_stage_map_bind (map, self->session, self->settings);
  self->contact_sheet = LIMN_CONTACT_SHEET (limn_contact_sheet_new (self->session));
  gtk_stack_add_named (self->stage, GTK_WIDGET (self->contact_sheet), PAGE);
  g_signal_connect_object (self->contact_sheet, "adopted", G_CALLBACK (adopted_cb), self, 0);
  g_signal_connect_object (self->contact_sheet, "closed", G_CALLBACK (close_sheet), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stage, "notify::visible-child", G_CALLBACK (stage_changed_cb), self,
                           G_CONNECT_SWAPPED);
  stage_changed_cb (self);
}
