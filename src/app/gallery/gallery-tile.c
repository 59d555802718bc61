/* gallery-tile.c - one picture in the gallery.
 *
 * Draws itself: thousands are bound while one scrolls, and a tree of widgets each would be felt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/gallery-tile.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/colors.h"
#include "app/gallery/gallery.h"

#define LEAST_SIDE 120
#define ROUND 6

struct _LimnGalleryTile {
  GtkWidget parent_instance;
  LimnEntry *entry;
  LimnThumbnails *thumbnails;
  GdkTexture *texture;
  GCancellable *loading;
  gboolean damaged;
  GtkWidget *star, *broken;
};

G_DEFINE_FINAL_TYPE (LimnGalleryTile, limn_gallery_tile, GTK_TYPE_WIDGET)

static guint loaded_signal;

/* ---- What it says ---- */

static void
update_label (LimnGalleryTile *self)
{
  g_autofree char *name = g_filename_display_basename (limn_entry_get_path (self->entry));
  const char *prompt = limn_entry_get_prompt (self->entry);
  const char *title = prompt[0] != '\0' ? prompt : name;
  g_autofree char *label = NULL;

  if (self->damaged)
    /* translators: a picture, by its prompt or file name */
    label = g_strdup_printf (_ ("%s, damaged"), title);
  else if (limn_entry_get_favourite (self->entry))
    /* translators: a picture, by its prompt or file name */
    label = g_strdup_printf (_ ("%s, favourite"), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label != NULL ? label : title,
                                  -1);
}

static void
favourite_cb (LimnGalleryTile *self)
{
  gtk_widget_set_child_visible (self->star, limn_entry_get_favourite (self->entry));
  update_label (self);
}

static gboolean
limn_gallery_tile_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  LimnGalleryTile *self = LIMN_GALLERY_TILE (widget);
  GtkWidget *gallery = gtk_widget_get_ancestor (widget, LIMN_TYPE_GALLERY);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *name = NULL;
  g_autofree char *when = NULL;
  g_autoptr (GDateTime) time = NULL;

  /* not over the menu that was asked for */
  if (self->entry == NULL || (gallery != NULL && limn_gallery_has_menu (LIMN_GALLERY (gallery))))
    return FALSE;
  name = g_filename_display_basename (limn_entry_get_path (self->entry));
  time = g_date_time_new_from_unix_local (limn_entry_get_time (self->entry) / G_USEC_PER_SEC);
  when = time != NULL ? g_date_time_format (time, "%x %R") : g_strdup ("");
  if (limn_entry_get_prompt (self->entry)[0] != '\0')
    g_string_append_printf (text, "%s\n", limn_entry_get_prompt (self->entry));
  if (self->damaged)
    g_string_append_printf (text, "%s\n", _ ("This file is damaged"));
  else
    g_string_append_printf (text, "%d × %d · %s\n", limn_entry_get_width (self->entry),
                            limn_entry_get_height (self->entry), when);
  g_string_append (text, name);
  gtk_tooltip_set_text (tooltip, text->str);
  return TRUE;
}

/* ---- Its picture ---- */

static void
set_damaged (LimnGalleryTile *self, gboolean damaged)
{
  self->damaged = damaged;
  gtk_widget_set_child_visible (self->broken, damaged);
  update_label (self);
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnGalleryTile) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = limn_thumbnails_load_finish (LIMN_THUMBNAILS (object), result, &error);

  /* cancelled: this tile has another picture by now */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->entry == NULL)
    return;
  g_clear_object (&self->loading);
  g_set_object (&self->texture, texture);
  if (texture == NULL)
    set_damaged (self, TRUE);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, loaded_signal, 0);
}

gboolean
limn_gallery_tile_is_waiting (LimnGalleryTile *self)
{
  g_return_val_if_fail (LIMN_IS_GALLERY_TILE (self), FALSE);
  return self->entry != NULL && self->texture == NULL && !self->damaged;
}

void
limn_gallery_tile_load (LimnGalleryTile *self)
{
  g_return_if_fail (LIMN_IS_GALLERY_TILE (self));

  if (self->loading != NULL || !limn_gallery_tile_is_waiting (self))
    return;
  self->loading = g_cancellable_new ();
  limn_thumbnails_load_async (self->thumbnails, self->entry, self->loading, loaded_cb, g_object_ref (self));
}

void
limn_gallery_tile_stop (LimnGalleryTile *self)
{
  g_return_if_fail (LIMN_IS_GALLERY_TILE (self));

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
}

static void
drop_entry (LimnGalleryTile *self)
{
  limn_gallery_tile_stop (self);
  g_clear_object (&self->thumbnails);
  if (self->entry != NULL)
    g_signal_handlers_disconnect_by_func (self->entry, favourite_cb, self);
  g_clear_object (&self->entry);
  g_clear_object (&self->texture);
}

void
limn_gallery_tile_set_entry (LimnGalleryTile *self, LimnEntry *entry, LimnThumbnails *thumbnails)
{
  GdkTexture *texture;

  g_return_if_fail (LIMN_IS_GALLERY_TILE (self));

  drop_entry (self);
  if (entry == NULL)
    return;
  self->entry = g_object_ref (entry);
  g_signal_connect_swapped (entry, "notify::favourite", G_CALLBACK (favourite_cb), self);
  self->damaged = FALSE;
  favourite_cb (self);
  set_damaged (self, limn_entry_get_width (entry) == 0);
  texture = limn_thumbnails_peek (thumbnails, entry);
  g_set_object (&self->thumbnails, thumbnails);
  g_set_object (&self->texture, texture);
  /* the star's place follows the picture's shape */
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

LimnEntry *
limn_gallery_tile_get_entry (LimnGalleryTile *self)
{
  g_return_val_if_fail (LIMN_IS_GALLERY_TILE (self), NULL);
  return self->entry;
}

GdkTexture *
limn_gallery_tile_get_texture (LimnGalleryTile *self)
{
  g_return_val_if_fail (LIMN_IS_GALLERY_TILE (self), NULL);
  return self->texture;
}

gboolean
limn_gallery_tile_is_damaged (LimnGalleryTile *self)
{
  g_return_val_if_fail (LIMN_IS_GALLERY_TILE (self), FALSE);
  return self->damaged;
}

/* ---- Widget ---- */

static graphene_rect_t
picture_rect (LimnGalleryTile *self)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  double across = self->entry != NULL ? limn_entry_get_width (self->entry) : 0;
  double down = self->entry != NULL ? limn_entry_get_height (self->entry) : 0, scale;

  if (across <= 0 || down <= 0)
    return GRAPHENE_RECT_INIT (0, 0, width, height);
  scale = MIN (width / across, height / down);
  across = MAX (1, round (across * scale));
  down = MAX (1, round (down * scale));
  return GRAPHENE_RECT_INIT (floor ((width - across) / 2), floor ((height - down) / 2), across, down);
}

static void
limn_gallery_tile_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnGalleryTile *self = LIMN_GALLERY_TILE (widget);
  graphene_rect_t rect = picture_rect (self);
  GdkRGBA trough = limn_color_get (widget, LIMN_COLOR_TROUGH);
  GskRoundedRect outline;

  if (self->entry == NULL)
    return;
  gsk_rounded_rect_init_from_rect (&outline, &rect, ROUND);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  if (self->texture != NULL)
    gtk_snapshot_append_texture (snapshot, self->texture, &rect);
  else
    gtk_snapshot_append_color (snapshot, &trough, &rect);
  gtk_snapshot_pop (snapshot);
  GTK_WIDGET_CLASS (limn_gallery_tile_parent_class)->snapshot (widget, snapshot);
}

static GtkSizeRequestMode
limn_gallery_tile_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* square */
static void
limn_gallery_tile_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? LEAST_SIDE : MAX (LEAST_SIDE, for_size);
}

static void
limn_gallery_tile_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnGalleryTile *self = LIMN_GALLERY_TILE (widget);
  graphene_rect_t rect = picture_rect (self);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkRequisition size;

  gtk_widget_get_preferred_size (self->star, NULL, &size);
  gtk_widget_size_allocate (
      self->star,
      &(GtkAllocation){ mirrored ? (int) rect.origin.x + 4 : (int) (rect.origin.x + rect.size.width) - size.width - 4,
                        (int) rect.origin.y + 4, size.width, size.height },
      -1);
  gtk_widget_get_preferred_size (self->broken, NULL, &size);
  gtk_widget_size_allocate (
      self->broken, &(GtkAllocation){ (width - size.width) / 2, (height - size.height) / 2, size.width, size.height },
      -1);
}

static void
limn_gallery_tile_dispose (GObject *object)
{
  LimnGalleryTile *self = LIMN_GALLERY_TILE (object);

  drop_entry (self);
  g_clear_pointer (&self->star, gtk_widget_unparent);
  g_clear_pointer (&self->broken, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_gallery_tile_parent_class)->dispose (object);
}

static void
limn_gallery_tile_class_init (LimnGalleryTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_gallery_tile_dispose;
  widget_class->snapshot = limn_gallery_tile_snapshot;
  widget_class->get_request_mode = limn_gallery_tile_get_request_mode;
  widget_class->measure = limn_gallery_tile_measure;
  widget_class->size_allocate = limn_gallery_tile_size_allocate;
  widget_class->query_tooltip = limn_gallery_tile_query_tooltip;
  loaded_signal =
      g_signal_new ("loaded", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "tile");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_gallery_tile_init (LimnGalleryTile *self)
{
  self->star = gtk_image_new_from_icon_name ("starred-symbolic");
  gtk_widget_add_css_class (self->star, "star");
  gtk_widget_set_child_visible (self->star, FALSE);
  gtk_widget_set_parent (self->star, GTK_WIDGET (self));
  self->broken = gtk_image_new_from_icon_name ("image-missing-symbolic");
  gtk_image_set_pixel_size (GTK_IMAGE (self->broken), 32);
  gtk_widget_add_css_class (self->broken, "dim-label");
  gtk_widget_set_child_visible (self->broken, FALSE);
  gtk_widget_set_parent (self->broken, GTK_WIDGET (self));
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
limn_gallery_tile_new (void)
{
  return g_object_new (LIMN_TYPE_GALLERY_TILE, NULL);
}
