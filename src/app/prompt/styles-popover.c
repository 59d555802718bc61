/* styles-popover.c - see styles-popover.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/styles-popover.h"

#include <glib/gi18n.h>

#include "text/styles.h"

#define MOST_LETTERS 40 /* shown of a template */

struct _LimnStylesPopover {
  GtkPopover parent_instance;
  GtkStack *stack; /* "list" or "none" */
  GtkListBox *list;
  GtkLabel *why; /* there are none */
  GPtrArray *styles;
};

G_DEFINE_FINAL_TYPE (LimnStylesPopover, limn_styles_popover, GTK_TYPE_POPOVER)

enum { CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static GtkWidget *
make_label (const char *text)
{
  g_autofree char *line = g_strdelimit (g_strdup (text), "\r\n", ' ');
  GtkWidget *label = gtk_label_new (line);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), MOST_LETTERS);
  return label;
}

static GtkWidget *
make_row (const LimnStyle *style)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *name = make_label (style->name);
  GtkWidget *words = make_label (style->prompt[0] != '\0' ? style->prompt : style->negative);

  g_object_set (row, "margin-top", 6, "margin-bottom", 6, "margin-start", 6, "margin-end", 6, NULL);
  gtk_widget_add_css_class (words, "dim-label");
  gtk_widget_add_css_class (words, "caption");
  gtk_box_append (GTK_BOX (row), name);
  gtk_box_append (GTK_BOX (row), words);
  gtk_widget_set_tooltip_text (row, style->prompt);
  return row;
}

/* What one has to do where there are none, or what is wrong with the file. */
static void
say_why (LimnStylesPopover *self, const char *path, const GError *error)
{
  g_autofree char *shown = g_filename_display_name (path), *text = NULL;

  if (error != NULL)
    text = g_strdup (error->message);
  else
    text = g_strdup_printf (_ ("Templates for prompts that you use again, as A1111’s web UI writes them, go to %s"),
                            shown);
  gtk_label_set_label (self->why, text);
}

void
limn_styles_popover_read (LimnStylesPopover *self)
{
  g_autofree char *path = limn_styles_path ();
  g_autoptr (GError) error = NULL;
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  g_clear_pointer (&self->styles, g_ptr_array_unref);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    self->styles = limn_styles_load (path, &error);
  for (guint i = 0; self->styles != NULL && i < self->styles->len; i++)
    gtk_list_box_append (self->list, make_row (self->styles->pdata[i]));
  say_why (self, path, error);
  gtk_stack_set_visible_child_name (self->stack, self->styles != NULL && self->styles->len > 0 ? "list" : "none");
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, LimnStylesPopover *self)
{
  const LimnStyle *style = self->styles->pdata[gtk_list_box_row_get_index (row)];

  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[CHOSEN], 0, style->prompt, style->negative);
}

static void
limn_styles_popover_finalize (GObject *object)
{
  g_clear_pointer (&LIMN_STYLES_POPOVER (object)->styles, g_ptr_array_unref);

  G_OBJECT_CLASS (limn_styles_popover_parent_class)->finalize (object);
}

static void
limn_styles_popover_class_init (LimnStylesPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_styles_popover_finalize;
  signals[CHOSEN] = g_signal_new ("chosen", LIMN_TYPE_STYLES_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/styles-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnStylesPopover, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnStylesPopover, list);
  gtk_widget_class_bind_template_child (widget_class, LimnStylesPopover, why);
  gtk_widget_class_bind_template_callback (widget_class, limn_styles_popover_read);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
limn_styles_popover_init (LimnStylesPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
