/* window.c - the window's parts and what is kept of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window.h"
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "base/model-path.h"

#define KEEP_DELAY 1 /* seconds after the last change */
/* a key that cannot be written must not grey what it is bound to */
#define KEPT (G_SETTINGS_BIND_DEFAULT | G_SETTINGS_BIND_NO_SENSITIVITY)

G_DEFINE_FINAL_TYPE (LimnWindow, limn_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- What is kept ---- */

static void
keep (LimnWindow *self)
{
  int width, height;

  g_clear_handle_id (&self->keep_timeout, g_source_remove);
  if (self->state == NULL)
    return;
  limn_window_keep_habits (self);
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  limn_window_keep_source (self);
  g_settings_set_value (self->state, "settings", limn_settings_to_variant (self->settings));
  g_settings_set (self->state, "window-size", "(ii)", width, height);
  g_settings_set_boolean (self->state, "window-maximized", gtk_window_is_maximized (GTK_WINDOW (self)));
}

static gboolean
keep_timeout_cb (gpointer data)
{
  LimnWindow *self = data;

  self->keep_timeout = 0;
  keep (self);
  return G_SOURCE_REMOVE;
}

static void
settings_changed_cb (LimnWindow *self)
{
  g_clear_handle_id (&self->keep_timeout, g_source_remove);
  self->keep_timeout = g_timeout_add_seconds (KEEP_DELAY, keep_timeout_cb, self);
  limn_window_update_actions (self);
}

static void
restore (LimnWindow *self)
{
  g_autoptr (GVariant) settings = NULL;
  int width, height;

  self->fresh = TRUE;
  if (self->state == NULL)
    return;
  settings = g_settings_get_value (self->state, "settings");
  self->fresh = g_variant_n_children (settings) == 0;
  limn_settings_from_variant (self->settings, settings);
  g_settings_get (self->state, "window-size", "(ii)", &width, &height);
  gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  if (g_settings_get_boolean (self->state, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

/* ---- Models ---- */

/* The refiner that a model's folder brings along is offered with the model, and leaves with it. */
static void
offer_refiner (LimnWindow *self, const LimnModelInfo *info)
{
  const char *own = info->own_refiner != NULL ? info->own_refiner : "";
  g_autofree char *now = g_strdup (limn_settings_values (self->settings)->refiner);
  g_autofree char *base = limn_own_refiner_base (now);
  g_autofree char *index = base != NULL ? g_build_filename (base, "model_index.json", NULL) : NULL;
  gboolean brought = index != NULL && g_file_test (index, G_FILE_TEST_EXISTS);

  if (g_str_equal (now, own) || (now[0] != '\0' && !brought))
    return;
  g_object_set (self->settings, "refiner", own, NULL);
  if (own[0] == '\0')
    g_object_set (self->settings, "use-refiner", FALSE, NULL);
}

/* What its family lacks is not offered, and what one cannot see must not steer the picture. */
static void
show_what_it_has (LimnWindow *self, const LimnModelInfo *info)
{
  const LimnFamilyRow *family = limn_family_row (info->family);

  gtk_widget_set_visible (GTK_WIDGET (self->refiner_group), family->refined || family->refines);
  gtk_widget_set_visible (GTK_WIDGET (self->hints_group), family->size_ids != LIMN_SIZES_NONE);
  if (!family->refined && !family->refines)
    g_object_set (self->settings, "use-refiner", FALSE, NULL);
}

static void
model_opened_cb (LimnModelRow *row, const LimnModelInfo *info, gboolean kept, LimnWindow *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  gboolean adopt = !kept || self->fresh;

  limn_size_group_set_model (self->size_group, info);
  limn_control_group_set_family (self->control_group, info->family);
  limn_window_know_model (self, info, adopt);
  self->fresh = FALSE;
  offer_refiner (self, info);
  show_what_it_has (self, info);
  limn_prompt_group_set_model (self->prompt_group, info);
  limn_welcome_page_set_starter (self->welcome_page, values->model[0] == '\0');
  if (!kept)
    limn_notice_bar_hide (self->notice_bar);
}

static void
model_failed_cb (LimnModelRow *row, const char *path, const GError *error, LimnWindow *self)
{
  g_autofree char *own = NULL;
  LimnPartId part;

  g_object_get (row, "path", &own, NULL);
  if (path[0] != '\0' && g_str_equal (path, own))
    limn_notice_bar_show (self->notice_bar, _ ("The model of last time cannot be opened"), error->message,
                          _ ("Try Again"), "win.retry-model");
  else if (row == self->model_row && limn_model_is_part (path, &part))
    limn_notice_bar_show (self->notice_bar, _ ("This file is one part of a model"), error->message,
                          _ ("Use It as a Part…"), "win.choose-parts");
  else
    limn_window_report (self, error);
  limn_welcome_page_set_starter (self->welcome_page, limn_settings_values (self->settings)->model[0] == '\0');
}

void
limn_window_paint_example (LimnWindow *self, LimnForeign *painted)
{
  gboolean new_seed;

  g_return_if_fail (LIMN_IS_WINDOW (self));
  g_return_if_fail (painted != NULL);

  new_seed = limn_settings_values (self->settings)->new_seed;
  limn_undo_commit (self->undo);
  limn_foreign_apply (painted, self->settings);
  g_object_set (self->settings, "new-seed", new_seed, NULL); /* for the pictures after this one */
  limn_window_paint (self);
}

static void
example_cb (LimnWelcomePage *page, const char *prompt, LimnForeign *painted, LimnWindow *self)
{
  if (painted != NULL) {
    limn_window_paint_example (self, painted);
    return;
  }
  g_object_set (self->settings, "prompt", prompt, NULL);
  limn_window_generate (self);
}

/* ---- Object ---- */

static gboolean
limn_window_close_request (GtkWindow *window)
{
  LimnWindow *self = LIMN_WINDOW (window);

  keep (self);
  if (self->state != NULL && self->side_gave_way)
    g_settings_set_boolean (self->state, "show-side", TRUE); /* a wider window has room for it again */
  if (self->state != NULL && self->controls_gave_way)
    g_settings_set_boolean (self->state, "show-controls", TRUE);
  return GTK_WINDOW_CLASS (limn_window_parent_class)->close_request (window);
}

/* what they have under way may keep them for longer than the window */
static void
let_go_of_parts (LimnWindow *self)
{
  gpointer parts[] = { self->gallery,       self->compare_view,
                       self->contact_sheet, self->mask_mode,
                       self->model_row,     limn_refiner_group_get_model_row (self->refiner_group),
                       self->queue_view,    limn_timeline_bar_get_timeline (self->timeline_bar),
                       self->stage };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    g_signal_handlers_disconnect_by_data (parts[i], self);
}

static void
limn_window_dispose (GObject *object)
{
  LimnWindow *self = LIMN_WINDOW (object);

  g_clear_handle_id (&self->keep_timeout, g_source_remove);
  if (self->state != NULL) {
    /* a flap that still moves outlives the window, and its actions do not */
    g_settings_unbind (self->flap, "reveal-flap");
    g_settings_unbind (self->side_flap, "reveal-flap");
  }
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  g_clear_weak_pointer (&self->queue_toast);
  g_clear_pointer (&self->dropped, g_ptr_array_unref);
  g_clear_object (&self->before_restore);
  g_clear_object (&self->before_source);
  g_clear_object (&self->chooser);
  if (self->session != NULL) {
    let_go_of_parts (self);
    g_signal_handlers_disconnect_by_data (self->session, self);
  }
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  limn_window_history_dispose (self);
  limn_window_details_dispose (self);
  if (self->queue != NULL)
    g_signal_handlers_disconnect_by_data (self->queue, self);
  g_clear_object (&self->session);
  g_clear_object (&self->queue);
  g_clear_object (&self->running);
  g_clear_object (&self->undo);
  g_clear_pointer (&self->grids, g_hash_table_unref);
  g_clear_pointer (&self->prompts, g_strfreev);
  g_clear_pointer (&self->known_wrong, g_strfreev);
  g_clear_object (&self->settings);
  g_clear_object (&self->state);
  g_clear_object (&self->picture);
  g_clear_object (&self->mask_mode);
  limn_window_dispose_probe (self);
  limn_window_dispose_detect (self);
  limn_window_dispose_habits (self);
  limn_window_dispose_models (self);

  G_OBJECT_CLASS (limn_window_parent_class)->dispose (object);
}

static void
ensure_types (void)
{
  g_type_ensure (LIMN_TYPE_PROMPT_GROUP);
  g_type_ensure (LIMN_TYPE_MODEL_ROW);
  g_type_ensure (LIMN_TYPE_LORA_GROUP);
  g_type_ensure (LIMN_TYPE_CONTROL_GROUP);
  g_type_ensure (LIMN_TYPE_ENLARGE_GROUP);
  g_type_ensure (LIMN_TYPE_IMAGE_GROUP);
  g_type_ensure (LIMN_TYPE_SIZE_GROUP);
  g_type_ensure (LIMN_TYPE_SAMPLING_GROUP);
  g_type_ensure (LIMN_TYPE_REFINER_GROUP);
  g_type_ensure (LIMN_TYPE_HINTS_GROUP);
  g_type_ensure (LIMN_TYPE_NOTICE_BAR);
  g_type_ensure (LIMN_TYPE_RESTORE_BAR);
  g_type_ensure (LIMN_TYPE_WELCOME_PAGE);
  g_type_ensure (LIMN_TYPE_CANVAS);
  g_type_ensure (LIMN_TYPE_CANVAS_BAR);
  g_type_ensure (LIMN_TYPE_CANVAS_EXTEND_BAR);
  g_type_ensure (LIMN_TYPE_CANVAS_WAITING);
  g_type_ensure (LIMN_TYPE_MASK_TOOLS);
  g_type_ensure (LIMN_TYPE_REGION_GROUP);
  g_type_ensure (LIMN_TYPE_REGION_LAYER);
  g_type_ensure (LIMN_TYPE_SOURCE_CHIPS);
  g_type_ensure (LIMN_TYPE_RUN_BAR);
  g_type_ensure (LIMN_TYPE_TIMELINE_BAR);
  g_type_ensure (LIMN_TYPE_QUEUE_VIEW);
  g_type_ensure (LIMN_TYPE_GALLERY);
}

static void
limn_window_class_init (LimnWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  ensure_types ();
  limn_window_class_add_keys (widget_class);
  G_OBJECT_CLASS (klass)->dispose = limn_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = limn_window_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, side_flap);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, side_stack);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, prompt_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, model_row);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, prefix_row);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, lora_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, control_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, region_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, region_layer);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, enlarge_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, image_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, size_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, sampling_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, refiner_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, hints_group);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, cancel_revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, picture_title);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, picture_menu);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, notice_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, restore_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, stage);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, welcome_page);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, canvas);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, canvas_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, canvas_waiting);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, extend_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, mask_tools);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, source_chips);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, mask_dot);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, run_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, timeline_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, queue_page);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, queue_view);
  gtk_widget_class_bind_template_child (widget_class, LimnWindow, gallery);
  gtk_widget_class_bind_template_callback (widget_class, model_opened_cb);
  gtk_widget_class_bind_template_callback (widget_class, model_failed_cb);
  gtk_widget_class_bind_template_callback (widget_class, example_cb);
}

static void
limn_window_init (LimnWindow *self)
{
  self->settings = limn_settings_new ();
  self->drop_x = self->drop_y = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
bind_settings (LimnWindow *self)
{
  limn_prompt_group_bind (self->prompt_group, self->settings);
  limn_lora_group_bind (self->lora_group, self->settings);
  limn_control_group_bind (self->control_group, self->settings);
  limn_enlarge_group_bind (self->enlarge_group, self->settings);
  limn_image_group_bind (self->image_group, self->settings);
  limn_size_group_bind (self->size_group, self->settings);
  limn_sampling_group_bind (self->sampling_group, self->settings);
  limn_hints_group_bind (self->hints_group, self->settings);
  limn_refiner_group_bind (self->refiner_group, self->session, self->settings);
  g_signal_connect_object (limn_refiner_group_get_model_row (self->refiner_group), "failed",
                           G_CALLBACK (model_failed_cb), self, 0);
  limn_model_row_bind (self->model_row, self->session, self->settings, "model");
  g_signal_connect_swapped (self->settings, "notify", G_CALLBACK (settings_changed_cb), self);
  g_signal_connect_object (self->undo, "notify", G_CALLBACK (limn_window_update_actions), self, G_CONNECT_SWAPPED);
}

/* ---- Room ---- */

/* Where controls and history leave nothing for the picture between them, the history makes way ... */
static void
side_folded_cb (LimnWindow *self)
{
  if (adw_flap_get_folded (self->side_flap)) {
    self->side_gave_way = adw_flap_get_reveal_flap (self->side_flap);
    adw_flap_set_reveal_flap (self->side_flap, FALSE);
  } else if (self->side_gave_way && adw_flap_get_reveal_flap (self->flap)) {
    adw_flap_set_reveal_flap (self->side_flap, TRUE);
  }
}

/* ... and, asked for all the same, takes the place of the controls as long as it is there. */
static void
side_revealed_cb (LimnWindow *self)
{
  if (!adw_flap_get_reveal_flap (self->side_flap)) {
    if (self->controls_gave_way && !adw_flap_get_folded (self->flap))
      adw_flap_set_reveal_flap (self->flap, TRUE);
    return;
  }
  self->side_gave_way = FALSE;
  if (adw_flap_get_folded (self->side_flap) && adw_flap_get_reveal_flap (self->flap)) {
    adw_flap_set_reveal_flap (self->flap, FALSE);
    self->controls_gave_way = TRUE;
  }
}

/* Whatever they are now, somebody wants them so. */
static void
controls_revealed_cb (LimnWindow *self)
{
  self->controls_gave_way = FALSE;
}

void
limn_window_uncover (LimnWindow *self)
{
  int all = gtk_widget_get_width (GTK_WIDGET (self->side_flap));

  if (adw_flap_get_folded (self->side_flap) && 2 * gtk_widget_get_width (adw_flap_get_flap (self->side_flap)) > all)
    adw_flap_set_reveal_flap (self->side_flap, FALSE);
}

/* GTK 4.8 reads a button's name with the underline of its key: "_Generate". */
static void
name_buttons (GtkWidget *widget)
{
  if (GTK_IS_BUTTON (widget) && gtk_button_get_use_underline (GTK_BUTTON (widget)))
    gtk_accessible_reset_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_buttons (child);
}

LimnWindow *
limn_window_new (GtkApplication *application, LimnSession *session, LimnQueue *queue, GSettings *state)
{
  LimnWindow *self = g_object_new (LIMN_TYPE_WINDOW, "application", application, NULL);

  self->session = g_object_ref (session);
  self->queue = g_object_ref (queue);
  self->state = state != NULL ? g_object_ref (state) : NULL;
  restore (self);
  self->undo = limn_undo_new (self->settings);
  limn_window_connect_queue (self);
  limn_window_install_finish (self);
  limn_window_install_export (self);
  limn_window_install_print (self);
  limn_window_connect_timeline (self);
  limn_window_history_init (self);
  limn_window_install_source (self);
  limn_window_install_folder (self);
  limn_window_install_prompts (self);
  limn_window_details_init (self);
  limn_window_install_detect (self);
  limn_window_install_actions (self);
  limn_window_install_keys (self);
  limn_window_hints_init (self);
  limn_window_install_mask (self);
  limn_window_install_lora (self);
  limn_window_install_control (self);
  limn_window_install_regions (self);
  limn_window_install_probe (self);
  limn_window_install_habits (self);
  limn_window_install_models (self);
  bind_settings (self);
  limn_window_connect_source (self);
  limn_window_connect_session (self);
  limn_window_accept_drops (self);
  limn_window_offer_drags (self);
  if (self->state != NULL) {
    g_settings_bind (self->state, "show-controls", self->flap, "reveal-flap", KEPT);
    g_settings_bind (self->state, "show-side", self->side_flap, "reveal-flap", KEPT);
  }
  g_signal_connect_object (self->side_flap, "notify::folded", G_CALLBACK (side_folded_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->side_flap, "notify::reveal-flap", G_CALLBACK (side_revealed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->flap, "notify::reveal-flap", G_CALLBACK (controls_revealed_cb), self,
                           G_CONNECT_SWAPPED);
  name_buttons (GTK_WIDGET (self));
  gtk_widget_grab_focus (GTK_WIDGET (limn_prompt_group_get_view (self->prompt_group, "prompt")));
  return self;
}

LimnSettings *
limn_window_get_settings (LimnWindow *self)
{
  g_return_val_if_fail (LIMN_IS_WINDOW (self), NULL);
  return self->settings;
}

LimnPicture *
limn_window_get_picture (LimnWindow *self)
{
  g_return_val_if_fail (LIMN_IS_WINDOW (self), NULL);
  return self->picture;
}

GdkTexture *
limn_window_get_texture (LimnWindow *self)
{
  g_return_val_if_fail (LIMN_IS_WINDOW (self), NULL);
  return limn_canvas_get_texture (self->canvas);
}

const char *
limn_window_get_notice (LimnWindow *self)
{
  g_return_val_if_fail (LIMN_IS_WINDOW (self), NULL);
  return limn_notice_bar_get_title (self->notice_bar);
}
