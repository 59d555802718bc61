/* compare-view.c - two pictures compared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/compare-view.h"

#include <glib/gi18n.h>

#include "app/gallery/compare-difference.h"
#include "app/widget/texture.h"
#include "session/library/library.h"

struct _LimnCompareView {
  AdwBin parent_instance;
  LimnCompareSlider *slider;
  GtkSpinner *spinner;
  GtkLabel *difference_label;
  char *difference;
  LimnPicture *pictures[2]; /* before, after */
  GdkTexture *textures[2];
  GCancellable *loading;
};

G_DEFINE_FINAL_TYPE (LimnCompareView, limn_compare_view, ADW_TYPE_BIN)

enum { SIGNAL_LEFT, SIGNAL_FAILED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* A line ends between two differences rather than within one. */
static char *
keep_together (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  return g_strjoinv ("\302\240", words);
}

static void
update_difference (LimnCompareView *self)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  g_autofree char *unbroken = NULL;

  g_clear_pointer (&self->difference, g_free);
  if (self->pictures[0] == NULL || self->pictures[1] == NULL) {
    gtk_label_set_label (self->difference_label, "");
    return;
  }
  list = limn_compare_difference (limn_picture_get_settings (self->pictures[0]),
                                  limn_picture_get_settings (self->pictures[1]));
  for (guint i = 0; i < list->len; i++)
    g_ptr_array_add (lines, keep_together (list->pdata[i]));
  g_ptr_array_add (list, NULL);
  g_ptr_array_add (lines, NULL);
  text = list->len > 1 ? g_strjoinv (" · ", (char **) list->pdata) : g_strdup (_ ("The settings are the same"));
  unbroken = list->len > 1 ? g_strjoinv (" · ", (char **) lines->pdata) : g_strdup (text);
  gtk_label_set_label (self->difference_label, unbroken);
  self->difference = g_steal_pointer (&text);
}

static void
update (LimnCompareView *self)
{
  gboolean waiting = self->pictures[0] == NULL || self->pictures[1] == NULL;

  limn_compare_slider_set_paintables (self->slider, GDK_PAINTABLE (self->textures[0]),
                                      GDK_PAINTABLE (self->textures[1]));
  gtk_spinner_set_spinning (self->spinner, waiting && self->loading != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), waiting && self->loading != NULL);
  update_difference (self);
}

static void
set_picture (LimnCompareView *self, int side, LimnPicture *picture)
{
  g_set_object (&self->pictures[side], picture);
  g_clear_object (&self->textures[side]);
  if (picture != NULL)
    self->textures[side] = limn_texture_from_image (limn_picture_get_enlarged (picture));
}

typedef struct {
  LimnCompareView *view;
  GCancellable *cancellable;
  int side;
} Opening;

static void
opened_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Opening *opening = data;
  g_autoptr (LimnCompareView) self = opening->view;
  g_autoptr (GCancellable) cancellable = opening->cancellable;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPicture) picture = limn_library_open_finish (NULL, result, &error);

  /* others are looked at by now */
  if (g_cancellable_is_cancelled (cancellable))
    return;
  if (picture == NULL) {
    limn_compare_view_clear (self);
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error->message);
    return;
  }
  set_picture (self, opening->side, picture);
  update (self);
}

static void
open_file (LimnCompareView *self, int side, const char *path)
{
  Opening *opening = g_new (Opening, 1);

  *opening = (Opening){ g_object_ref (self), g_object_ref (self->loading), side };
  limn_library_open_async (NULL, path, self->loading, opened_cb, opening);
}

void
limn_compare_view_clear (LimnCompareView *self)
{
  g_return_if_fail (LIMN_IS_COMPARE_VIEW (self));

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  for (int side = 0; side < 2; side++)
    set_picture (self, side, NULL);
  update (self);
}

void
limn_compare_view_show_files (LimnCompareView *self, const char *before, const char *after)
{
  g_return_if_fail (LIMN_IS_COMPARE_VIEW (self));

  limn_compare_view_clear (self);
  limn_compare_slider_set_position (self->slider, 0.5);
  self->loading = g_cancellable_new ();
  open_file (self, 0, before);
  open_file (self, 1, after);
  update (self);
}

const char *
limn_compare_view_get_difference (LimnCompareView *self)
{
  g_return_val_if_fail (LIMN_IS_COMPARE_VIEW (self), NULL);
  return self->difference != NULL ? self->difference : "";
}

LimnCompareSlider *
limn_compare_view_get_slider (LimnCompareView *self)
{
  g_return_val_if_fail (LIMN_IS_COMPARE_VIEW (self), NULL);
  return self->slider;
}

/* ---- Widget ---- */

static void
swap_cb (LimnCompareView *self)
{
  LimnPicture *picture = self->pictures[0];
  GdkTexture *texture = self->textures[0];

  if (picture == NULL || self->pictures[1] == NULL)
    return;
  self->pictures[0] = self->pictures[1];
  self->textures[0] = self->textures[1];
  self->pictures[1] = picture;
  self->textures[1] = texture;
  update (self);
}

static void
leave_cb (LimnCompareView *self)
{
  g_signal_emit (self, signals[SIGNAL_LEFT], 0);
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  leave_cb (LIMN_COMPARE_VIEW (widget));
  return TRUE;
}

static gboolean
limn_compare_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (LIMN_COMPARE_VIEW (widget)->slider));
}

static void
limn_compare_view_dispose (GObject *object)
{
  LimnCompareView *self = LIMN_COMPARE_VIEW (object);

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  for (int side = 0; side < 2; side++) {
    g_clear_object (&self->pictures[side]);
    g_clear_object (&self->textures[side]);
  }

  G_OBJECT_CLASS (limn_compare_view_parent_class)->dispose (object);
}

static void
limn_compare_view_finalize (GObject *object)
{
  g_free (LIMN_COMPARE_VIEW (object)->difference);

  G_OBJECT_CLASS (limn_compare_view_parent_class)->finalize (object);
}

static void
limn_compare_view_class_init (LimnCompareViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_compare_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_compare_view_finalize;
  widget_class->grab_focus = limn_compare_view_grab_focus;
  signals[SIGNAL_LEFT] =
      g_signal_new ("left", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);

  g_type_ensure (LIMN_TYPE_COMPARE_SLIDER);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/compare-view.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnCompareView, slider);
  gtk_widget_class_bind_template_child (widget_class, LimnCompareView, spinner);
  gtk_widget_class_bind_template_child (widget_class, LimnCompareView, difference_label);
  gtk_widget_class_bind_template_callback (widget_class, swap_cb);
  gtk_widget_class_bind_template_callback (widget_class, leave_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

static void
limn_compare_view_init (LimnCompareView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
limn_compare_view_new (void)
{
  return g_object_new (LIMN_TYPE_COMPARE_VIEW, NULL);
}
