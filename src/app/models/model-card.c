/* model-card.c - see model-card.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/models/model-card.h"

#include <glib/gi18n.h>

#include "app/models/model-preview.h"

struct _LimnModelCard {
  GtkBox parent_instance;
  GtkStack *stack; /* "picture" or "icon" */
  GtkPicture *picture;
  GtkImage *icon;
  GtkLabel *name, *caption;
  GtkWidget *copies;
  LimnModelEntry *entry;
  LimnFamily family;
  GCancellable *loading;
};

G_DEFINE_FINAL_TYPE (LimnModelCard, limn_model_card, GTK_TYPE_BOX)

static char *
make_caption (const LimnFileFacts *facts, const char *why_not)
{
  g_autofree char *size = g_format_size ((guint64) facts->size);

  if (facts->missing)
    return g_strdup (_ ("Not there"));
  if (facts->kind == LIMN_FILE_OTHER)
    return g_strdup (limn_file_facts_kind_name (facts));
  if (facts->family == LIMN_FAMILY_UNKNOWN || facts->kind == LIMN_FILE_PART)
    return g_strdup_printf ("%s · %s", limn_file_facts_kind_name (facts), size);
  if (why_not != NULL && facts->note == NULL)
    /* translators: a family of models */
    return g_strdup_printf (_ ("Only for %s"), limn_family_name (facts->family));
  return g_strdup_printf ("%s · %s", limn_family_name (facts->family), size);
}

static void
update (LimnModelCard *self)
{
  const LimnFileFacts *facts = limn_model_entry_get_facts (self->entry);
  guint copies = limn_model_entry_get_copies (self->entry);
  g_autofree char *why_not = limn_model_entry_why_not (self->entry, self->family);
  g_autofree char *caption = make_caption (facts, why_not);
  g_autofree char *label = g_strdup_printf ("%s, %s", facts->name, why_not != NULL ? why_not : caption);

  gtk_label_set_text (self->name, facts->name);
  gtk_label_set_text (self->caption, caption);
  gtk_image_set_from_icon_name (self->icon, limn_model_preview_icon (facts));
  gtk_widget_set_visible (self->copies, copies > 0);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), why_not != NULL ? why_not : facts->title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (why_not != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "unusable");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "unusable");
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnModelCard) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = limn_model_preview_load_finish (result, &error);

  if (error != NULL || self->entry != LIMN_MODEL_ENTRY (object))
    return;
  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (texture));
  gtk_stack_set_visible_child_name (self->stack, texture != NULL ? "picture" : "icon");
}

void
limn_model_card_set_entry (LimnModelCard *self, LimnModelEntry *entry, LimnFamily family)
{
  g_return_if_fail (LIMN_IS_MODEL_CARD (self));

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  if (self->entry != NULL)
    g_signal_handlers_disconnect_by_data (self->entry, self);
  g_set_object (&self->entry, entry);
  self->family = family;
  gtk_picture_set_paintable (self->picture, NULL);
  gtk_stack_set_visible_child_name (self->stack, "icon");
  if (entry == NULL)
    return;
  g_signal_connect_object (entry, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  self->loading = g_cancellable_new ();
  limn_model_preview_load_async (entry, self->loading, loaded_cb, g_object_ref (self));
}

static void
limn_model_card_dispose (GObject *object)
{
  LimnModelCard *self = LIMN_MODEL_CARD (object);

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  g_clear_object (&self->entry);

  G_OBJECT_CLASS (limn_model_card_parent_class)->dispose (object);
}

static void
limn_model_card_class_init (LimnModelCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_model_card_dispose;
  gtk_widget_class_set_css_name (widget_class, "modelcard");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/model-card.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnModelCard, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnModelCard, picture);
  gtk_widget_class_bind_template_child (widget_class, LimnModelCard, icon);
  gtk_widget_class_bind_template_child (widget_class, LimnModelCard, name);
  gtk_widget_class_bind_template_child (widget_class, LimnModelCard, caption);
  gtk_widget_class_bind_template_child (widget_class, LimnModelCard, copies);
}

static void
limn_model_card_init (LimnModelCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

LimnModelCard *
limn_model_card_new (void)
{
  return g_object_new (LIMN_TYPE_MODEL_CARD, NULL);
}
