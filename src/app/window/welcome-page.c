/* welcome-page.c - prompts to try, one click each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/welcome-page.h"

#include <glib/gi18n.h>

#include "app/window/example.h"

struct _LimnWelcomePage {
  AdwBin parent_instance;
  AdwStatusPage *status;
  GtkFlowBox *examples;
};

G_DEFINE_FINAL_TYPE (LimnWelcomePage, limn_welcome_page, ADW_TYPE_BIN)

enum { EXAMPLE, N_SIGNALS };

static guint signals[N_SIGNALS];

/* Models read English, so the prompt itself is never translated; its label says the same to the person. */
typedef struct {
  const char *label;
  const char *prompt;  /* NULL: the picture's, which has all its settings inside */
  const char *picture; /* NULL, or what the starter painted of it: a resource's name */
} Example;

static const Example starter_examples[] = {
  { N_ ("A red cube on a blue sphere"), NULL, "cube-on-sphere" },
  { N_ ("A turquoise robot in the snow at night"), NULL, "robot-at-night" },
  { N_ ("A red boat at sunset, watercolour"), NULL, "boat-at-sunset" },
  { N_ ("Three purple hearts"), NULL, "three-hearts" },
  { N_ ("An orange house left of a green tree, line drawing"), NULL, "house-and-tree" },
  { N_ ("A pink heart inside a glass ball"), NULL, "heart-in-glass" },
};
static const Example examples[] = {
  { N_ ("A lighthouse on a cliff at dusk, oil painting"), "a lighthouse on a cliff at dusk, oil painting", NULL },
  { N_ ("Portrait of an old sailor, soft window light, 85 mm photo"),
    "portrait of an old sailor, soft window light, 85 mm photo", NULL },
  { N_ ("A small robot watering plants in a greenhouse, watercolour"),
    "a small robot watering plants in a greenhouse, watercolour", NULL },
};

static void
clicked_cb (GtkButton *button, LimnWelcomePage *self)
{
  g_signal_emit (self, signals[EXAMPLE], 0, g_object_get_data (G_OBJECT (button), "prompt"),
                 limn_example_painted (GTK_WIDGET (button)));
}

static void
add_example (LimnWelcomePage *self, const Example *example)
{
  g_autofree char *path =
      example->picture != NULL ? g_strdup_printf ("/io/github/limn_art/Limn/examples/%s.png", example->picture) : NULL;
  GtkWidget *button = limn_example_new (path, _ (example->label));

  g_object_set_data (G_OBJECT (button), "prompt", (gpointer) example->prompt);
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), self);
  gtk_flow_box_insert (self->examples, button, -1);
  /* the button takes the keyboard's focus, not the place it is in */
  gtk_widget_set_focusable (gtk_widget_get_parent (button), FALSE);
}

void
limn_welcome_page_set_starter (LimnWelcomePage *self, gboolean starter)
{
  const Example *shown = starter ? starter_examples : examples;
  guint n = starter ? G_N_ELEMENTS (starter_examples) : G_N_ELEMENTS (examples);
  GtkWidget *child;

  g_return_if_fail (LIMN_IS_WELCOME_PAGE (self));

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->examples))) != NULL)
    gtk_flow_box_remove (self->examples, child);
  for (guint i = 0; i < n; i++)
    add_example (self, &shown[i]);
  gtk_flow_box_set_min_children_per_line (self->examples, starter ? 2 : 1);
  gtk_flow_box_set_max_children_per_line (self->examples, starter ? 3 : 1);
  adw_status_page_set_icon_name (self->status, starter ? NULL : "io.github.limn_art.Limn-symbolic");
  adw_status_page_set_description (
      self->status, starter ? _ ("Click one to see it painted, or write a prompt of your own. The starter "
                                 "model knows a small world: things, what they are made of, where and when.")
                            : _ ("Write a prompt and generate, or try one of these:"));
}

static void
limn_welcome_page_class_init (LimnWelcomePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[EXAMPLE] = g_signal_new ("example", LIMN_TYPE_WELCOME_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_POINTER);
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
