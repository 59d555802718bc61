/* device-pill.c - an icon and a name that gives way to it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/device-pill.h"

#include <glib/gi18n.h>
#include <string.h>

#define SPACING 6

struct _LimnDevicePill {
  GtkWidget parent_instance;
  GtkWidget *icon, *label;
};

G_DEFINE_FINAL_TYPE (LimnDevicePill, limn_device_pill, GTK_TYPE_WIDGET)

/* ---- In words ---- */

/* "llvmpipe (LLVM 15.0.6, 256 bits)" without what only its makers want to know; that is in the tooltip */
static char *
short_name (const char *name)
{
  const char *bracket = strchr (name, '(');

  if (bracket == NULL || bracket == name)
    return g_strdup (name);
  return g_strchomp (g_strndup (name, bracket - name));
}

/* A Flatpak has the drivers of its runtime, whatever the system has. */
static const char *
what_helps (void)
{
  if (g_getenv ("FLATPAK_ID") != NULL)
    return _ ("This is a Flatpak, which has its own runtime’s drivers, not the system’s, and a device newer than these "
              "is not known to them. “flatpak update” brings newer ones, for NVIDIA too.");
  return _ ("The package “mesa-vulkan-drivers” or NVIDIA’s driver brings Vulkan for a graphics device.");
}

static char *
device_tooltip (GPtrArray *devices, gboolean software)
{
  g_autoptr (GString) facts = g_string_new (NULL);

  for (guint i = 0; i < devices->len; i++) {
    const LimnDeviceInfo *device = devices->pdata[i];
    g_autofree char *memory = g_format_size_full (device->memory, G_FORMAT_SIZE_IEC_UNITS);

    g_string_append_printf (facts, "%s%s\n%s · %s", i > 0 ? "\n\n" : "", device->name, device->driver, memory);
    if (device->wrong != NULL)
      g_string_append_printf (facts, "\n%s", device->wrong);
  }
  if (!software)
    return g_strdup (facts->str);
  return g_strdup_printf (
      "%s\n\n%s %s", facts->str,
      _ ("No graphics device with Vulkan was found: the processor paints, which takes much longer."), what_helps ());
}

static char *
device_text (GPtrArray *devices, gboolean software)
{
  const LimnDeviceInfo *device = devices->pdata[0];
  g_autofree char *name = short_name (device->name);

  if (devices->len > 1) /* translators: a device's name; how many others paint beside it */
    return g_strdup_printf (_ ("%s + %u"), name, devices->len - 1);
  if (software) /* translators: %s is a device's name */
    return g_strdup_printf (_ ("Software rendering, slow · %s"), name);
  return g_steal_pointer (&name);
}

static gboolean
is_wrong (GPtrArray *devices)
{
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    if (((const LimnDeviceInfo *) devices->pdata[i])->wrong != NULL)
      return TRUE;
  return FALSE;
}

void
limn_device_pill_set (LimnDevicePill *self, GPtrArray *devices, const GError *error)
{
  const LimnDeviceInfo *device = error == NULL && devices != NULL && devices->len > 0 ? devices->pdata[0] : NULL;
  gboolean software = device != NULL && device->kind == LIMN_DEVICE_SOFTWARE;
  gboolean warns = software || error != NULL || is_wrong (devices);
  g_autofree char *tooltip = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (LIMN_IS_DEVICE_PILL (self));

  if (device == NULL && error == NULL) {
    text = g_strdup (_ ("Connecting to the device…"));
  } else if (device == NULL) {
    text = g_strdup (_ ("No usable device"));
    tooltip = g_strdup (error->message);
  } else {
    text = device_text (devices, software);
    tooltip = device_tooltip (devices, software);
  }
  gtk_label_set_text (GTK_LABEL (self->label), text);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), warns ? "dialog-warning-symbolic" : "limn-device-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  if (warns)
    gtk_widget_add_css_class (GTK_WIDGET (self), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "warning");
}

/* ---- Layout ---- */

static void
limn_device_pill_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  LimnDevicePill *self = LIMN_DEVICE_PILL (widget);
  int icon, label;

  gtk_widget_measure (self->icon, orientation, -1, NULL, &icon, NULL, NULL);
  gtk_widget_measure (self->label, orientation, -1, NULL, &label, NULL, NULL);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? icon : MAX (icon, label);
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? icon + SPACING + label : *minimum;
}

static void
limn_device_pill_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnDevicePill *self = LIMN_DEVICE_PILL (widget);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int icon, label;
  gboolean named;

  gtk_widget_measure (self->icon, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &icon, NULL, NULL);
  gtk_widget_measure (self->label, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &label, NULL, NULL);
  named = width >= icon + SPACING + label;
  gtk_widget_set_child_visible (self->label, named);
  if (!named) {
    gtk_widget_size_allocate (self->icon, &(GtkAllocation){ (width - icon) / 2, 0, icon, height }, -1);
    return;
  }
  gtk_widget_size_allocate (self->icon, &(GtkAllocation){ mirrored ? width - icon : 0, 0, icon, height }, -1);
  gtk_widget_size_allocate (
      self->label, &(GtkAllocation){ mirrored ? 0 : icon + SPACING, 0, MAX (0, width - icon - SPACING), height }, -1);
}

/* ---- Object ---- */

static void
limn_device_pill_dispose (GObject *object)
{
  LimnDevicePill *self = LIMN_DEVICE_PILL (object);

  g_clear_pointer (&self->icon, gtk_widget_unparent);
  g_clear_pointer (&self->label, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_device_pill_parent_class)->dispose (object);
}

static void
limn_device_pill_class_init (LimnDevicePillClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_device_pill_dispose;
  widget_class->measure = limn_device_pill_measure;
  widget_class->size_allocate = limn_device_pill_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "device");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_device_pill_init (LimnDevicePill *self)
{
  self->icon = gtk_image_new ();
  self->label = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->label, "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self), "device");
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
  limn_device_pill_set (self, NULL, NULL);
}
