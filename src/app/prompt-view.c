/* prompt-view.c - a box to write a prompt in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt-view.h"

struct _LimnPromptView {
  GtkWidget parent_instance;
  GtkWidget *overlay;
  GtkScrolledWindow *scroller;
  GtkTextView *view;
  GtkTextBuffer *buffer;
  GtkLabel *hint;
};

G_DEFINE_FINAL_TYPE (LimnPromptView, limn_prompt_view, GTK_TYPE_WIDGET)

enum { PROP_TEXT = 1, PROP_PLACEHOLDER, PROP_MIN_HEIGHT, N_PROPS };

static GParamSpec *properties[N_PROPS];

static char *
get_text (LimnPromptView *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  return gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);
}

static void
set_text (LimnPromptView *self, const char *text)
{
  g_autofree char *old = get_text (self);

  /* the binding echoes what was typed: replacing it would move the cursor */
  if (g_strcmp0 (old, text) != 0)
    gtk_text_buffer_set_text (self->buffer, text != NULL ? text : "", -1);
}

static void
changed_cb (GtkTextBuffer *buffer, LimnPromptView *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->hint), gtk_text_buffer_get_char_count (buffer) == 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
}

static void
limn_prompt_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnPromptView *self = LIMN_PROMPT_VIEW (object);

  switch (id) {
  case PROP_TEXT:
    set_text (self, g_value_get_string (value));
    break;
  case PROP_PLACEHOLDER:
    gtk_label_set_text (self->hint, g_value_get_string (value));
    break;
  case PROP_MIN_HEIGHT:
    gtk_scrolled_window_set_min_content_height (self->scroller, g_value_get_int (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_prompt_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnPromptView *self = LIMN_PROMPT_VIEW (object);

  switch (id) {
  case PROP_TEXT:
    g_value_take_string (value, get_text (self));
    break;
  case PROP_PLACEHOLDER:
    g_value_set_string (value, gtk_label_get_text (self->hint));
    break;
  case PROP_MIN_HEIGHT:
    g_value_set_int (value, gtk_scrolled_window_get_min_content_height (self->scroller));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static gboolean
limn_prompt_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (LIMN_PROMPT_VIEW (widget)->view));
}

static void
limn_prompt_view_dispose (GObject *object)
{
  g_clear_pointer (&LIMN_PROMPT_VIEW (object)->overlay, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_prompt_view_parent_class)->dispose (object);
}

static void
limn_prompt_view_class_init (LimnPromptViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = limn_prompt_view_set_property;
  object_class->get_property = limn_prompt_view_get_property;
  object_class->dispose = limn_prompt_view_dispose;
  widget_class->grab_focus = limn_prompt_view_grab_focus;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_PLACEHOLDER] = g_param_spec_string ("placeholder", NULL, NULL, "", flags);
  properties[PROP_MIN_HEIGHT] = g_param_spec_int ("min-height", NULL, NULL, 0, 1000, 44, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "prompt");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/prompt-view.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, overlay);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, buffer);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, hint);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
limn_prompt_view_init (LimnPromptView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_prompt_view_set_label (LimnPromptView *self, const char *label)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}
