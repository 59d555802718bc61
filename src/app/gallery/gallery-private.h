/* gallery-private.h - the gallery's parts, for the files that it is made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/gallery/gallery-tile.h"
#include "app/gallery/gallery.h"

G_BEGIN_DECLS

struct _LimnGallery {
  AdwBin parent_instance;

  /* Template. */
  GtkSearchEntry *search_entry;
  GtkToggleButton *favourites_button;
  GtkStack *pages; /* "loading", "grid", "empty", "nothing" or "no-favourites" */
  GtkScrolledWindow *scroller;
  GtkGridView *grid;
  GtkLabel *count_label;
  GtkWidget *compare_button;
  GMenuModel *entry_menu;
  GtkPopover *popover;
  GtkWidget *menu_cell; /* weak: where the focus returns to from the popover */

  /* What it lists. */
  LimnLibrary *library;
  LimnThumbnails *thumbnails;
  GtkMultiSelection *selection;
  GSimpleActionGroup *actions;
  LimnTrash *trash; /* the last one, for "undo-trash" */
  guint activate_source, load_source;
  gboolean revealing; /* the selection changes by itself */
};

enum {
  SIGNAL_ACTIVATED,
  SIGNAL_USE_SETTINGS,
  SIGNAL_USE_PICTURE,
  SIGNAL_COMPARE,
  SIGNAL_OPEN_FOLDER,
  SIGNAL_TRASHED,
  SIGNAL_FAILED,
  N_SIGNALS
};

/* gallery.c */
void limn_gallery_emit (LimnGallery *self, int signal, gpointer argument);

/* gallery-actions.c */
void limn_gallery_install_actions (LimnGallery *self);
void limn_gallery_update_actions (LimnGallery *self);
/* Its menu, menu key and dragging, on a new tile. */
void limn_gallery_equip_tile (LimnGallery *self, GtkWidget *tile);
/* The focus goes back to the tile that the menu was opened on. */
void limn_gallery_menu_closed (LimnGallery *self);

/* gallery-loading.c */
void limn_gallery_load_soon (LimnGallery *self);

/* gallery-content.c */
/* entries: (element-type LimnEntry) as files, and the first one's pixels for those who take no files. */
GdkContentProvider *limn_gallery_content_new (GPtrArray *entries);

G_END_DECLS
