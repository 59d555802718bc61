/* further.c - names of devices, and the session's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/further.h"

#define KEY "further-devices"

char *
limn_further_name (GPtrArray *devices, guint nth)
{
  const LimnDeviceInfo *device = devices->pdata[nth];
  guint which = 1;

  for (guint i = 0; i < nth; i++)
    which += g_str_equal (((const LimnDeviceInfo *) devices->pdata[i])->name, device->name);
  return which == 1 ? g_strdup (device->name) : g_strdup_printf ("%s (%u)", device->name, which);
}

gboolean
limn_further_is_one (GPtrArray *devices, guint nth, const LimnDeviceInfo *own)
{
  const LimnDeviceInfo *device = devices->pdata[nth];

  return device->problem == NULL && own != NULL && device->index != own->index;
}

gboolean
limn_further_is_chosen (GSettings *state, const char *name)
{
  g_auto (GStrv) names = state != NULL ? g_settings_get_strv (state, KEY) : NULL;

  return names != NULL && g_strv_contains ((const char *const *) names, name);
}

void
limn_further_choose (GSettings *state, const char *name, gboolean chosen)
{
  g_auto (GStrv) names = g_settings_get_strv (state, KEY);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) now = NULL;

  for (guint i = 0; names[i] != NULL; i++)
    if (!g_str_equal (names[i], name))
      g_strv_builder_add (builder, names[i]);
  if (chosen)
    g_strv_builder_add (builder, name);
  now = g_strv_builder_end (builder);
  g_settings_set_strv (state, KEY, (const char *const *) now);
}

static void
listed_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnSession *session = LIMN_SESSION (object);
  g_autoptr (GSettings) state = data;
  g_autoptr (GPtrArray) devices = limn_session_list_devices_finish (session, result, NULL);
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; devices != NULL && i < devices->len; i++) {
    g_autofree char *name = limn_further_name (devices, i);

    if (limn_further_is_one (devices, i, limn_session_get_device (session)) && limn_further_is_chosen (state, name))
      g_array_append_val (chosen, ((const LimnDeviceInfo *) devices->pdata[i])->index);
  }
  limn_session_set_further_devices (session, (const int *) chosen->data, chosen->len);
}

void
limn_further_apply (LimnSession *session, GSettings *state)
{
  g_auto (GStrv) names = state != NULL ? g_settings_get_strv (state, KEY) : NULL;

  if (names == NULL || limn_session_get_device (session) == NULL)
    return;
  /* Mostly none: nobody has to wait for a list of devices then. */
  if (names[0] == NULL)
    limn_session_set_further_devices (session, NULL, 0);
  else
    limn_session_list_devices_async (session, listed_cb, g_object_ref (state));
}
