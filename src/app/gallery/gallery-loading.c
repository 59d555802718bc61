/* gallery-loading.c - decides which thumbnails are loaded: those in view first, then those around them.
 *
 * The grid binds many more tiles than are seen, and making a thumbnail takes long: whoever scrolls must not wait for
 * pictures that have gone by.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/gallery-private.h"

#define MOST_AHEAD 6 /* tiles out of view that load at a time */

typedef struct {
  LimnGalleryTile *tile;
  double distance; /* from the view, pixels; 0: in it */
} Place;

static double
distance_of (LimnGallery *self, GtkWidget *tile)
{
  double height = gtk_widget_get_height (GTK_WIDGET (self->scroller));
  graphene_rect_t bounds;

  if (!gtk_widget_compute_bounds (tile, GTK_WIDGET (self->scroller), &bounds))
    return G_MAXDOUBLE;
  if (bounds.origin.y > height)
    return bounds.origin.y - height;
  return MAX (0, -(double) (bounds.origin.y + bounds.size.height));
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *one = a, *other = b;

  return one->distance < other->distance ? -1 : one->distance > other->distance ? 1 : 0;
}

/* All tiles that have no picture yet, the nearest first. */
static GArray *
find_places (LimnGallery *self)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (Place));

  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (self->grid)); cell != NULL;
       cell = gtk_widget_get_next_sibling (cell)) {
    GtkWidget *tile = gtk_widget_get_first_child (cell);

    if (LIMN_IS_GALLERY_TILE (tile) && limn_gallery_tile_is_waiting (LIMN_GALLERY_TILE (tile))) {
      Place place = { LIMN_GALLERY_TILE (tile), distance_of (self, tile) };

      g_array_append_val (places, place);
    }
  }
  g_array_sort (places, compare_places);
  return places;
}

static gboolean
load_cb (gpointer data)
{
  LimnGallery *self = data;
  g_autoptr (GArray) places = find_places (self);
  guint in_view = 0, ahead = 0;

  self->load_source = 0;
  for (guint i = 0; i < places->len; i++) {
    const Place *place = &g_array_index (places, Place, i);

    if (place->distance <= 0) {
      in_view++;
      limn_gallery_tile_load (place->tile);
    } else if (in_view == 0 && ahead < MOST_AHEAD) {
      ahead++;
      limn_gallery_tile_load (place->tile);
    } else {
      limn_gallery_tile_stop (place->tile);
    }
  }
  return G_SOURCE_REMOVE;
}

void
limn_gallery_load_soon (LimnGallery *self)
{
  /* after the next layout */
  if (self->load_source == 0)
    self->load_source = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE - 10, load_cb, self, NULL);
}
