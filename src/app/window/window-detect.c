/* window-detect.c - a detector looks at the picture on show; what it finds are the boxes that are painted again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/widget/toast.h"
#include "base/details.h"
#include "base/model-path.h"

void
limn_window_update_detect (LimnWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "find-details");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), self->picture != NULL && self->detecting == NULL);
}

/* text is no markup */
static void
tell (LimnWindow *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

/* ---- While it looks ---- */

static void
stop (LimnWindow *self)
{
  AdwToast *toast = g_steal_pointer (&self->detect_toast);

  if (self->detecting != NULL)
    g_cancellable_cancel (self->detecting);
  g_clear_object (&self->detecting);
  if (toast != NULL) {
    limn_toast_dismiss (toast);
    g_object_unref (toast);
  }
  limn_window_update_detect (self);
}

/* (transfer full) */
static char *
shown_name (LimnWindow *self)
{
  g_autofree char *name = limn_model_name_from_path (self->detector);

  return g_filename_display_name (name);
}

/* ---- The answer ---- */

static void
take (LimnWindow *self, GArray *found, const LimnImage *image)
{
  g_autoptr (GString) boxes = g_string_new (NULL);
  g_autofree char *name = shown_name (self), *text = NULL;

  for (guint i = 0; i < found->len; i++) {
    g_autofree char *box =
        limn_detection_to_text (&g_array_index (found, LimnDetection, i), image->width, image->height);

    g_string_append_printf (boxes, "%s%s", i > 0 ? "; " : "", box);
  }
  if (found->len == 0) {
    /* translators: a detector's name */
    text = g_strdup_printf (_ ("“%s” finds nothing in this picture"), name);
  } else {
    /* translators: a detector's name, and a number */
    text = g_strdup_printf (_ ("Found by “%s”, and set as detail boxes: %u"), name, found->len);
    limn_undo_commit (self->undo);
    g_object_set (self->settings, "details", boxes->str, NULL);
  }
  tell (self, text);
}

typedef struct {
  LimnWindow *window;
  LimnPicture *picture; /* that was looked at */
} Search;

static void
found_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Search *search = data;
  g_autoptr (LimnWindow) self = search->window;
  g_autoptr (LimnPicture) picture = search->picture;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = limn_session_detect_finish (LIMN_SESSION (object), result, &error);

  if (self->detecting == NULL || self->detecting != g_task_get_cancellable (G_TASK (result)))
    return;
  stop (self);
  if (found != NULL)
    take (self, found, limn_picture_get_image (picture));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           && !g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    limn_window_report (self, error);
}

static void
look (LimnWindow *self)
{
  const LimnDetectionRule rule = { LIMN_DETECT_CONFIDENCE, LIMN_DETECTION_OVERLAP, LIMN_MOST_DETAILS };
  const Search search = { g_object_ref (self), g_object_ref (self->picture) };
  g_autofree char *name = shown_name (self);
  /* translators: a detector's name */
  g_autofree char *text = g_strdup_printf (_ ("“%s” looks at the picture"), name);
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  self->detecting = g_cancellable_new ();
  self->detect_toast = adw_toast_new (escaped);
  adw_toast_set_timeout (self->detect_toast, 0);
  adw_toast_set_button_label (self->detect_toast, _ ("Cancel"));
  adw_toast_set_action_name (self->detect_toast, "win.cancel-find-details");
  limn_toast_add (self->toasts, g_object_ref (self->detect_toast));
  limn_window_update_detect (self);
  limn_session_detect_async (self->session, self->detector, limn_picture_get_image (self->picture), &rule,
                             self->detecting, NULL, found_cb, g_memdup2 (&search, sizeof search));
}

void
limn_window_use_detector (LimnWindow *self, const char *path)
{
  g_free (self->detector);
  self->detector = g_strdup (path);
  limn_window_scroll_to (self, GTK_WIDGET (self->sampling_group));
  if (self->picture == NULL) {
    g_autofree char *name = shown_name (self);
    /* translators: a detector's name */
    g_autofree char *text =
        g_strdup_printf (_ ("“%s” looks for detail boxes in the picture on show, once there is one"), name);

    tell (self, text);
    return;
  }
  stop (self);
  look (self);
}

/* ---- Actions ---- */

/* By the last one; where there was none, by one that a person chooses. */
static void
find_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  if (self->detector != NULL)
    look (self);
  else
    g_action_group_activate_action (G_ACTION_GROUP (self), "show-detectors", NULL);
}

static void
cancel_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  stop (data);
}

static const GActionEntry actions[] = {
  { .name = "find-details", .activate = find_action },
  { .name = "cancel-find-details", .activate = cancel_action },
};

void
limn_window_install_detect (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  limn_window_update_detect (self);
}

void
limn_window_dispose_detect (LimnWindow *self)
{
  if (self->detecting != NULL)
    g_cancellable_cancel (self->detecting);
  g_clear_object (&self->detecting);
  g_clear_object (&self->detect_toast);
  g_clear_pointer (&self->detector, g_free);
}
