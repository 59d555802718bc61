/* window-run.c - a run as the window shows it: begin, previews, the picture, or what went wrong.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "session/library/library-text.h"

#define LONG_RUN 300 /* seconds that nobody waits by mistake */

void
limn_window_report (LimnWindow *self, const GError *error)
{
  gboolean model = g_error_matches (error, LIMN_ERROR, LIMN_ERROR_MODEL)
                   || g_error_matches (error, LIMN_ERROR, LIMN_ERROR_UNSAFE)
                   || g_error_matches (error, LIMN_ERROR, LIMN_ERROR_FORMAT);

  limn_notice_bar_show (self->notice_bar, limn_error_title (error), error->message,
                        model ? _ ("Open Another Model…") : NULL, model ? "win.open-model" : NULL);
}

static void
toast_saved (LimnWindow *self)
{
  g_autofree char *folder = g_path_get_dirname (limn_picture_get_path (self->picture));
  g_autofree char *name = g_filename_display_basename (folder);
  g_autofree char *escaped = g_markup_escape_text (name, -1);
  g_autofree char *text = NULL;
  AdwToast *toast;

  /* translators: %s is a folder's name */
  text = g_strdup_printf (_ ("Saved in “%s”"), escaped);
  toast = adw_toast_new (text);
  adw_toast_set_button_label (toast, _ ("Open Folder"));
  adw_toast_set_action_name (toast, "win.open-pictures");
  adw_toast_set_timeout (toast, 4);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
notify_done (LimnWindow *self)
{
  g_autoptr (GNotification) notification = NULL;
  GApplication *application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));

  if (application == NULL || g_application_get_dbus_connection (application) == NULL
      || gtk_window_is_active (GTK_WINDOW (self)))
    return;
  notification = g_notification_new (_ ("Your picture is ready"));
  g_notification_set_body (notification, limn_settings_values (limn_picture_get_settings (self->picture))->prompt);
  g_application_send_notification (application, "picture", notification);
}

/* a sheet has the title that says what it compares, a picture from elsewhere perhaps one too */
static void
show_name (LimnWindow *self, const char *path, const LimnSettingsValues *values)
{
  g_autoptr (GHashTable) texts = NULL;
  int width, height;
  const char *title =
      limn_png_text_read (path, &width, &height, &texts, NULL) ? g_hash_table_lookup (texts, "Title") : NULL;
  g_autofree char *name = title != NULL ? g_strdup (title) : g_filename_display_basename (path);
  g_autofree char *subtitle = g_strdup_printf (_ ("%d × %d"), values->width, values->height);

  adw_window_title_set_title (self->picture_title, name);
  adw_window_title_set_subtitle (self->picture_title, subtitle);
}

static void
name_picture (LimnWindow *self, LimnSettings *settings, int width, int height)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, values->seed);
  g_autofree char *subtitle = NULL;

  /* translators: width, height and seed of a picture; within them are no-break spaces */
  subtitle = g_strdup_printf (_ ("%d × %d · seed %s"), width, height, seed);
  adw_window_title_set_title (self->picture_title, values->prompt[0] != '\0' ? values->prompt : _ ("Untitled"));
  adw_window_title_set_subtitle (self->picture_title, subtitle);
}

/* Of a picture that is being painted. */
static void
show_title (LimnWindow *self, LimnSettings *settings)
{
  int width, height;

  limn_settings_get_size (settings, &width, &height);
  name_picture (self, settings, width, height);
}

static void
show_picture_title (LimnWindow *self)
{
  LimnSettings *settings = limn_picture_get_settings (self->picture);
  const LimnSettingsValues *values = limn_settings_values (settings);
  const LimnImage *image = limn_picture_get_image (self->picture);

  if (values->prompt[0] == '\0' && values->seed == 0 && limn_picture_get_path (self->picture) != NULL)
    show_name (self, limn_picture_get_path (self->picture), values);
  else
    name_picture (self, settings, image->width, image->height);
}

/* nothing of the run that failed is on the canvas */
static void
show_last_title (LimnWindow *self)
{
  if (self->picture != NULL) {
    show_picture_title (self);
    return;
  }
  adw_window_title_set_title (self->picture_title, _ ("New Picture"));
  adw_window_title_set_subtitle (self->picture_title, "");
}

void
limn_window_update_title (LimnWindow *self)
{
  LimnCanvasMode mode = limn_mask_mode_get (self->mask_mode);
  LimnSettings *running = self->running != NULL ? limn_queue_item_get_settings (self->running) : NULL;

  if (mode == LIMN_CANVAS_SOURCE) {
    adw_window_title_set_title (self->picture_title,
                                limn_source_get_name (limn_settings_values (self->settings)->source));
    adw_window_title_set_subtitle (self->picture_title, _ ("The picture to start from"));
  } else if (mode == LIMN_CANVAS_VIEW && running != NULL && !limn_window_history_is_looking (self)) {
    show_title (self, running);
  } else if (mode == LIMN_CANVAS_VIEW) {
    show_last_title (self);
  }
}

static char *
done_text (LimnWindow *self)
{
  g_autofree char *time = limn_format_seconds (limn_picture_get_seconds (self->picture));

  const char *left_out = limn_picture_get_left_out (self->picture);
  /* translators: %s is a time */
  g_autofree char *done = limn_picture_get_path (self->picture) == NULL
                              ? g_strdup_printf (_ ("Painted in %s, not saved"), time)
                              : g_strdup_printf (_ ("Painted in %s, saved"), time);

  return left_out != NULL ? g_strconcat (done, " · ", left_out, NULL) : g_steal_pointer (&done);
}

/* Of the picture, without what is told of the device.  (transfer full) */
static char *
notes_text (LimnWindow *self)
{
  const char *const *notes = limn_picture_get_notes (self->picture);
  g_autoptr (GString) text = g_string_new (NULL);

  for (; *notes != NULL; notes++)
    if (!limn_window_knows_wrong (self, *notes))
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", *notes);
  return g_strdup (text->str);
}

static void
show_finished (LimnWindow *self)
{
  const GError *problem = limn_picture_get_save_error (self->picture);
  g_autofree char *text = done_text (self);
  g_autofree char *notes = notes_text (self);

  limn_canvas_show_picture (self->canvas, self->picture);
  gtk_stack_set_visible_child_name (self->stage, "canvas");
  limn_run_bar_end (self->run_bar, text);
  if (problem != NULL)
    limn_notice_bar_show (self->notice_bar, _ ("The picture is here, but could not be saved"), problem->message,
                          _ ("Save Elsewhere…"), "win.save-as");
  else if (notes[0] != '\0')
    limn_notice_bar_show (self->notice_bar, _ ("The picture is fine; something happened on the way"), notes, NULL,
                          NULL);
  else
    limn_window_tell_wrong (self);
  /* the history beside it says so already, and of many pictures it would be a nuisance */
  if (problem == NULL && !adw_flap_get_reveal_flap (self->side_flap) && limn_queue_get_n_pending (self->queue) == 0)
    toast_saved (self);
  notify_done (self);
}

void
limn_window_show_picture (LimnWindow *self, LimnPicture *picture)
{
  limn_window_leave_mask (self);
  g_set_object (&self->picture, picture);
  show_picture_title (self);
  limn_canvas_show_picture (self->canvas, picture);
  gtk_stack_set_visible_child_name (self->stage, "canvas");
  limn_window_update_actions (self);
}

/* Said of each length once: who agreed to an hour is not asked again for another one. */
static gboolean
ask_about_time (LimnWindow *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *time = limn_format_seconds (self->expected_seconds);
  g_autofree char *title = NULL, *details = NULL;

  if (self->expected_seconds < LONG_RUN || self->expected_seconds < self->agreed_seconds * 1.5)
    return FALSE;
  /* translators: %s is a time, such as "17 h 4 min" */
  title = g_strdup_printf (_ ("This picture will take about %s"), time);
  /* translators: width and height in pixels, steps */
  details = g_strdup_printf (_ ("It has %d × %d pixels and %d steps: fewer of either are quicker."), values->width,
                             values->height, values->steps);
  limn_notice_bar_show (self->notice_bar, title, details, _ ("Paint Anyway"), "win.paint-anyway");
  return TRUE;
}

void
limn_window_generate_anyway (LimnWindow *self)
{
  self->agreed_seconds = MAX (self->agreed_seconds, self->expected_seconds);
  limn_window_generate (self);
}

void
limn_window_generate (LimnWindow *self)
{
  if (ask_about_time (self))
    return;
  if (limn_settings_values (self->settings)->new_seed)
    g_object_set (self->settings, "seed", (guint64) g_random_int (), NULL);
  limn_window_paint (self);
}

static void
show_waiting (LimnWindow *self, LimnSettings *settings)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  int width, height;

  limn_settings_get_size (settings, &width, &height);
  show_title (self, settings);
  limn_canvas_show_waiting (self->canvas, width, height);
  limn_canvas_waiting_begin (self->canvas_waiting, values->prompt);
  gtk_stack_set_visible_child_name (self->stage, "canvas");
}

void
limn_window_paint (LimnWindow *self)
{
  limn_window_history_live (self);
  limn_prompt_group_remember (self->prompt_group);
  limn_window_enqueue (self, self->settings, NULL, 0);
  /* the queue of last time may still be being read */
  if (limn_queue_get_current (self->queue) == NULL && limn_queue_get_n_pending (self->queue) > 0
      && !limn_queue_get_paused (self->queue))
    show_waiting (self, self->settings);
}

/* ---- What there is to see ---- */

void
limn_window_show_stage (LimnWindow *self)
{
  gboolean something = limn_canvas_get_texture (self->canvas) != NULL || limn_canvas_is_waiting (self->canvas)
                       || limn_window_draws_regions (self);

  gtk_stack_set_visible_child_name (self->stage, something ? "canvas" : "welcome");
}

void
limn_window_show_running (LimnWindow *self)
{
  if (self->running != NULL && self->run_step == 0)
    show_waiting (self, limn_queue_item_get_settings (self->running));
}

static void
stop_waiting (LimnWindow *self)
{
  if (!limn_canvas_is_waiting (self->canvas))
    return;
  limn_canvas_stop_waiting (self->canvas);
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stage), "canvas") == 0)
    limn_window_show_stage (self);
}

/* ---- Signals of the session, for the run that is followed ---- */

static void
progress_cb (LimnWindow *self, const LimnProgress *progress)
{
  limn_run_bar_set_progress (self->run_bar, progress);
  limn_canvas_waiting_set_progress (self->canvas_waiting, progress);
}

static void
preview_cb (LimnWindow *self, int step, int steps, const LimnImage *image)
{
  LimnTimeline *timeline = limn_timeline_bar_get_timeline (self->timeline_bar);
  gboolean first = limn_canvas_is_waiting (self->canvas);

  self->run_step = step;
  if (self->looking || limn_timeline_get_step (timeline) > 0)
    return;
  limn_canvas_show_preview (self->canvas, image, self->run_width, self->run_height);
  if (!limn_window_history_is_looking (self))
    gtk_stack_set_visible_child_name (self->stage, "canvas");
  if (first)
    limn_window_update_actions (self);
}

/* ---- Signals of the queue ---- */

static void
end_run (LimnWindow *self, const char *text)
{
  limn_run_bar_end (self->run_bar, text);
  if (self->run_step == 0 && !limn_window_history_is_looking (self))
    show_last_title (self);
  stop_waiting (self);
  limn_window_update_actions (self);
}

/* Beside another one it may have begun long ago. */
static void
catch_up (LimnWindow *self, LimnRun *run)
{
  const LimnProgress *progress = limn_run_get_progress (run);
  int step, steps;
  const LimnImage *image = limn_run_get_preview (run, &step, &steps);

  if (progress != NULL)
    progress_cb (self, progress);
  if (image != NULL)
    preview_cb (self, step, steps, image);
}

static void
begin_run (LimnWindow *self, LimnQueueItem *item)
{
  LimnSettings *settings = limn_queue_item_get_settings (item);

  limn_settings_get_size (settings, &self->run_width, &self->run_height);
  self->run_step = 0;
  if (!limn_window_history_is_looking (self))
    limn_window_show_running (self);
  limn_run_bar_begin (self->run_bar, settings);
  if (limn_queue_item_get_run (item) != NULL)
    catch_up (self, limn_queue_item_get_run (item));
}

static void
current_cb (LimnWindow *self)
{
  LimnQueueItem *item = limn_queue_get_current (self->queue);
  LimnQueueState state;

  if (item == self->running)
    return;
  state = self->running != NULL ? limn_queue_item_get_state (self->running) : LIMN_QUEUE_DONE;
  if (state == LIMN_QUEUE_CANCELLED)
    end_run (self, _ ("Cancelled, and its steps are kept"));
  else if (state == LIMN_QUEUE_PAUSED)
    end_run (self, _ ("Paused, and its steps are kept"));
  g_set_object (&self->running, item);
  if (item != NULL)
    begin_run (self, item);
  limn_window_update_actions (self);
}

/* before it began */
static void
paused_cb (LimnWindow *self)
{
  if (self->running != NULL || !limn_queue_get_paused (self->queue) || !limn_canvas_is_waiting (self->canvas))
    return;
  show_last_title (self);
  stop_waiting (self);
}

static void
show_followed (LimnWindow *self, LimnPicture *picture)
{
  if (limn_window_history_is_looking (self)) {
    limn_run_bar_end (self->run_bar, _ ("Painted; it is in the history"));
    if (!self->looking) {
      /* behind what is compared, or started from */
      g_set_object (&self->picture, picture);
      limn_canvas_show_picture (self->canvas, picture);
    }
    return;
  }
  g_set_object (&self->picture, picture);
  name_picture (self, limn_picture_get_settings (picture), limn_picture_get_image (picture)->width,
                limn_picture_get_image (picture)->height);
  limn_timeline_set_step (limn_timeline_bar_get_timeline (self->timeline_bar), 0);
  show_finished (self);
}

/* What another device has painted meanwhile is a click away, and pushes away nothing. */
static void
finished_cb (LimnWindow *self, LimnQueueItem *item, LimnPicture *picture)
{
  limn_window_history_add (self, picture);
  if (item == self->running)
    show_followed (self, picture);
  else if (limn_picture_get_save_error (picture) != NULL)
    limn_notice_bar_show (self->notice_bar, _ ("The picture is here, but could not be saved"),
                          limn_picture_get_save_error (picture)->message, NULL, NULL);
  limn_window_check_grid (self, item);
  limn_window_update_actions (self);
}

static void
failed_cb (LimnWindow *self, LimnQueueItem *item)
{
  if (item == self->running)
    end_run (self, _ ("Stopped"));
  limn_window_report (self, limn_queue_item_get_error (item));
  limn_window_check_grid (self, item);
}

/* ---- Signals of the session, for itself ---- */

static void
busy_cb (LimnWindow *self)
{
  limn_window_update_actions (self);
}

void
limn_window_connect_session (LimnWindow *self)
{
  g_signal_connect_swapped (self->session, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect_swapped (self->session, "preview", G_CALLBACK (preview_cb), self);
  g_signal_connect_swapped (self->session, "notify::busy", G_CALLBACK (busy_cb), self);
  g_signal_connect_swapped (self->queue, "notify::current", G_CALLBACK (current_cb), self);
  g_signal_connect_swapped (self->queue, "notify::paused", G_CALLBACK (paused_cb), self);
  g_signal_connect_swapped (self->queue, "finished", G_CALLBACK (finished_cb), self);
  g_signal_connect_swapped (self->queue, "failed", G_CALLBACK (failed_cb), self);
  g_signal_connect_swapped (self->queue, "stopped", G_CALLBACK (limn_window_check_grid), self);
  limn_window_connect_device (self);
  current_cb (self);
}
