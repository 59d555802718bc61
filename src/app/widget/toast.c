/* toast.c - see toast.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/widget/toast.h"

#define RISES 600 /* ms; 500 where it takes the place of another, and some more */
#define OVERLAY "limn-overlay"

/* It is on no overlay any more, or on its way out. */
static void
dismissed_cb (AdwToast *toast)
{
  g_object_set_data (G_OBJECT (toast), OVERLAY, NULL);
}

void
limn_toast_add (AdwToastOverlay *overlay, AdwToast *toast)
{
  /* an overlay that ends dismisses its toasts */
  g_object_set_data (G_OBJECT (toast), OVERLAY, overlay);
  g_signal_connect (toast, "dismissed", G_CALLBACK (dismissed_cb), NULL);
  adw_toast_overlay_add_toast (overlay, toast);
}

/* FALSE: it waits until those before it have gone. */
static gboolean
is_shown (AdwToast *toast, GtkWidget *overlay)
{
  for (GtkWidget *child = gtk_widget_get_first_child (overlay); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    g_autoptr (AdwToast) shown = NULL;

    if (g_object_class_find_property (G_OBJECT_GET_CLASS (child), "toast") == NULL)
      continue;
    g_object_get (child, "toast", &shown, NULL);
    if (shown == toast)
      return TRUE;
  }
  return FALSE;
}

static gboolean
risen_cb (gpointer data)
{
  if (g_object_get_data (data, OVERLAY) != NULL)
    adw_toast_dismiss (data);
  return G_SOURCE_REMOVE;
}

void
limn_toast_dismiss (AdwToast *toast)
{
  GtkWidget *overlay = g_object_get_data (G_OBJECT (toast), OVERLAY);

  if (overlay == NULL)
    return;
  if (is_shown (toast, overlay))
    g_timeout_add_full (G_PRIORITY_DEFAULT, RISES, risen_cb, g_object_ref (toast), g_object_unref);
  else
    adw_toast_dismiss (toast);
}
