/* welcome-page.c - prompts to try, one click each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/welcome-page.h"

#include <glib/gi18n.h>

struct _LimnWelcomePage {
  AdwBin parent_instance;
  AdwStatusPage *status;
  GtkBox *examples;
};

G_DEFINE_FINAL_TYPE (LimnWelcomePage, limn_welcome_page, ADW_TYPE_BIN)

enum { EXAMPLE, N_SIGNALS };

static guint signals[N_SIGNALS];

/* Models read English: these are the prompts themselves and are not translated. */
static const char *const starter_examples[] = {
  "a red circle above a blue square on a yellow background",
  "a large green triangle on a white background",
  "a white square to the left of a yellow circle on a black background",
};
static const char *const examples[] = {
  "a lighthouse on a cliff at dusk, oil painting",
  "portrait of an old sailor, soft window light, 85 mm photo",
  "a small robot watering plants in a greenhouse, watercolour",
};

static void
clicked_cb (GtkButton *button, LimnWelcomePage *self)
{
  g_signal_emit (self, signals[EXAMPLE], 0, g_object_get_data (G_OBJECT (button), "prompt"));
}

static void
add_example (LimnWelcomePage *self, const char *prompt)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", prompt, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER,
                                   "max-width-chars", 48, NULL);
  GtkWidget *button = g_object_new (GTK_TYPE_BUTTON, "child", label, "halign", GTK_ALIGN_CENTER, "tooltip-text",
                                    _ ("Paint This"), NULL);

  gtk_widget_add_css_class (button, "example");
  g_object_set_data (G_OBJECT (button), "prompt", (gpointer) prompt);
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), self);
  gtk_box_append (self->examples, button);
}

void
limn_welcome_page_set_starter (LimnWelcomePage *self, gboolean starter)
{
  GtkWidget *child;

  g_return_if_fail (LIMN_IS_WELCOME_PAGE (self));

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->examples))) != NULL)
    gtk_box_remove (self->examples, child);
  for (guint i = 0; i < 3; i++)
    add_example (self, starter ? starter_examples[i] : examples[i]);
  adw_status_page_set_description (
      self->status, starter
                        ? _ ("Limn’s starter model knows simple shapes, their colours and places.\nTry one of these:")
                        : _ ("Write a prompt and generate, or try one of these:"));
}

static void
limn_welcome_page_class_init (LimnWelcomePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[EXAMPLE] = g_signal_new ("example", LIMN_TYPE_WELCOME_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/welcome-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnWelcomePage, status);
  gtk_widget_class_bind_template_child (widget_class, LimnWelcomePage, examples);
}

static void
limn_welcome_page_init (LimnWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_welcome_page_set_starter (self, TRUE);
}
