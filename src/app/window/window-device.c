/* window-device.c - the devices of the session: which they are, and what is wrong on them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#define KEY "known-wrong" /* of the state */
#define MOST_KEPT 8

/* ---- What is wrong ---- */

/* Of device; NULL: nothing is, or a person knows. */
static const char *
news_of (LimnWindow *self, const LimnDeviceInfo *device)
{
  return device->wrong != NULL && !g_strv_contains ((const char *const *) self->known_wrong, device->wrong)
             ? device->wrong
             : NULL;
}

/* Not told again, at later starts either: who cannot change the driver sees it beside the device's name. */
static void
know (LimnWindow *self, const char *wrong)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, wrong);
  for (guint i = 0; i + 1 < MOST_KEPT && self->known_wrong[i] != NULL; i++)
    g_strv_builder_add (builder, self->known_wrong[i]);
  g_strfreev (self->known_wrong);
  self->known_wrong = g_strv_builder_end (builder);
  if (self->state != NULL)
    g_settings_set_strv (self->state, KEY, (const char *const *) self->known_wrong);
}

/* Over nothing else that a person may be reading. */
void
limn_window_tell_wrong (LimnWindow *self)
{
  g_autoptr (GPtrArray) devices = limn_session_get_devices (self->session);

  for (guint i = 0; i < devices->len; i++) {
    const char *wrong = news_of (self, devices->pdata[i]), *shown = limn_notice_bar_get_details (self->notice_bar);

    if (wrong == NULL || (shown != NULL && !g_str_equal (shown, wrong)))
      continue;
    limn_notice_bar_show (self->notice_bar, _ ("A part of the graphics driver is wrong, and is not used"), wrong, NULL,
                          NULL);
    know (self, wrong);
  }
}

gboolean
limn_window_knows_wrong (LimnWindow *self, const char *note)
{
  return g_strv_contains ((const char *const *) self->known_wrong, note);
}

/* ---- Signals of the session ---- */

static void
devices_changed_cb (LimnWindow *self)
{
  g_autoptr (GPtrArray) devices = limn_session_get_devices (self->session);

  limn_run_bar_set_devices (self->run_bar, devices, limn_session_get_device_error (self->session));
  limn_window_tell_wrong (self);
}

static void
device_changed_cb (LimnWindow *self)
{
  if (limn_session_get_device_error (self->session) == NULL)
    return;
  limn_run_bar_say (self->run_bar, _ ("Nothing can be painted without a device"));
  limn_window_report (self, limn_session_get_device_error (self->session));
}

void
limn_window_connect_device (LimnWindow *self)
{
  self->known_wrong = self->state != NULL ? g_settings_get_strv (self->state, KEY) : g_new0 (char *, 1);
  g_signal_connect_swapped (self->session, "device-changed", G_CALLBACK (device_changed_cb), self);
  g_signal_connect_swapped (self->session, "devices-changed", G_CALLBACK (devices_changed_cb), self);
  devices_changed_cb (self);
  device_changed_cb (self);
}
