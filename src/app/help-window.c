/* help-window.c - a group a topic: a few sentences, and up to three pictures that differ in one setting.
 *
 * The pictures are painted by data/help/paint.sh.  What stands under one is read from its own settings, so that it can
 * say nothing else than what it was painted with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/help-window.h"

#include <glib/gi18n.h>

#include "app/window/example.h"
#include "app/window/window.h"

struct _LimnHelpWindow {
  AdwWindow parent_instance;
  AdwPreferencesPage *page;
};

G_DEFINE_FINAL_TYPE (LimnHelpWindow, limn_help_window, ADW_TYPE_WINDOW)

typedef struct {
  const char *name;
  const char *property; /* of the settings, which is shown under it; NULL: label is */
  const char *label;
} Picture;

typedef struct {
  const char *title, *text;
  Picture pictures[3];
  gboolean still; /* they began with another picture, which a click would not have */
} Topic;

static const Topic topics[] = {
  { N_ ("Prompt"),
    N_ ("Say what is to be seen: things, what they are made of, where they are and when, and how it is painted. What "
        "is "
        "not said is chosen by chance. (word:1.3) gives a word more weight, and Ctrl+Up does that to what is "
        "selected."),
    { { "prompt-thing", "prompt" }, { "prompt-scene", "prompt" }, { "prompt-style", "prompt" } } },
  { N_ ("Negative Prompt"),
    N_ ("What is to be kept away from. It works through guidance: where guidance is 1, NAG alone heeds it. Few words "
        "do more than long lists.") },
  { N_ ("Seed"),
    N_ ("The noise that a picture begins with. The same seed with the same settings gives the same picture, on every "
        "computer; another seed gives another picture of the same words."),
    { { "seed-8", "seed" }, { "seed-9", "seed" }, { "seed-10", "seed" } } },
  { N_ ("Size"),
    N_ ("A model knows the sizes that it was trained at, which are drawn as shapes. Far smaller ones come out crude, "
        "far "
        "larger ones show things twice."),
    { { "size-square", NULL, N_ ("Square") },
      { "size-wide", NULL, N_ ("Wide") },
      { "size-tall", NULL, N_ ("Upright") } } },
  { N_ ("Conditioning"),
    N_ ("SDXL was told of each photo how large it once was and where it was cut out, and it can be told that again. It "
        "changes what is painted, not the size: from a small photo comes a soft picture, and a cut at the left moves "
        "things out of the middle."),
    { { "hints-none", NULL, N_ ("As the picture") },
      { "hints-small", NULL, N_ ("A photo of 40 × 40") },
      { "hints-crop", NULL, N_ ("Cut 72 pixels from the left") } } },
  { N_ ("Guidance"),
    N_ ("How strictly the prompt is followed. At 1 the model paints freely, and twice as fast; too much makes colours "
        "hard and outlines thick. SDXL likes 4 to 8, the starter 3."),
    { { "guidance-1", "guidance" }, { "guidance-3", "guidance" }, { "guidance-12", "guidance" } } },
  { N_ ("Steps"),
    N_ ("In how many steps noise becomes a picture. More take longer, and after 20 to 40 hardly anything changes. "
        "Every "
        "step is kept in the strip below the picture: look back at one, and go on from there with other words."),
    { { "steps-2", "steps" }, { "steps-6", "steps" }, { "steps-30", "steps" } } },
  { N_ ("Sampler"),
    N_ ("The way in which steps are taken. With many steps most lead to much the same picture; with few, as in these "
        "of "
        "six steps, they differ. Those with an “a” or SDE in their names add noise in each step."),
    { { "sampler-euler", "sampler" }, { "sampler-ancestral", "sampler" }, { "sampler-dpmpp", "sampler" } } },
  { N_ ("Refiner"),
    N_ ("A second model that only does the last steps, and does fine things well. The hand-off says from where on; its "
        "handle under the picture can be moved afterwards, too."),
    { { "refiner-off", NULL, N_ ("Without") }, { "refiner-late", "handoff" }, { "refiner-early", "handoff" } } },
  { N_ ("Starting from a Picture"),
    N_ ("Drop a picture on the window, and it is painted anew by the strength: a little keeps its shapes and colours, "
        "nearly all keeps only where things are. Here it was the red boat."),
    { { "strength-0.4", "strength" }, { "strength-0.6", "strength" }, { "strength-0.9", "strength" } },
    .still = TRUE },
  { N_ ("Mask"), N_ ("M paints over the part of a picture that is to change; all else stays as it is, to the pixel. "
                     "Say in the prompt "
                     "what the whole picture shows, not only the part. E extends a picture beyond its edges.") },
  { N_ ("Regions"),
    N_ ("R draws a frame on the picture, and what is said of it is painted there and does not mix with the rest: one "
        "character on the left, another on the right. The prompt says what all of it shows.") },
  { N_ ("Following a Picture"),
    N_ ("A ControlNet, or a T2I-Adapter, which takes less time, holds the painting to lines, depths or a pose. Drop "
        "its file and a picture; Limn can make the map that it reads, or takes one that is made. Its weight says how "
        "strictly, and its range in which of the steps; "
        "ending early leaves details free.") },
  { N_ ("Seeing a Picture"),
    N_ ("An IP-Adapter has the painting look like a picture, as a prompt has it look like words: all of it, or its "
        "style "
        "or its composition alone, everywhere or in a part of what is painted. Drop its file and a picture; weights of "
        "0.4 to 0.8 leave the prompt its say. It sees by an encoder, which lies in a folder clip_vision beside it.") },
  { N_ ("LoRA"),
    N_ ("A small file that changes a model: a style, a thing, a way of light. Drop it on the window; its weight says "
        "how "
        "much, and 0.6 to 1 is usual. It must be made for the model's family, which its row in the list says.") },
  { N_ ("Second Pass"),
    N_ ("Models double things in pictures far larger than they know. A second pass paints small first, makes that "
        "larger and paints over it: twice the size, with an upscaler or Lanczos and 0.3 to 0.5 painted anew.") },
  { N_ ("Enlarging"), N_ ("An upscaler, a small file of its own, makes a finished picture two or four times larger and "
                          "sharp, and changes "
                          "nothing of what is seen. It can be taken away again.") },
  { N_ ("Seamless"),
    N_ ("Painted so that the edges fit together, across, down or both, for patterns and textures. Repeated, 2 × 2 in "
        "the picture’s menu shows it laid side by side.") },
  { N_ ("Files"),
    N_ ("Every picture is saved by itself, with all its settings inside: drop it on the window, also years later, and "
        "they are there again. Ctrl+Shift+S exports JPEG, WebP and others, with or without settings; Ctrl+P prints.") },
};

static const LimnField *
find_field (const char *name)
{
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (fields[i].name, name))
      return &fields[i];
  return NULL;
}

/* "Guidance 3": the setting and what it was.  (transfer full) */
static char *
caption (const Picture *picture, LimnForeign *painted)
{
  const LimnField *field = picture->property != NULL ? find_field (picture->property) : NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  if (picture->property == NULL)
    return g_strdup (_ (picture->label));
  g_object_get_property (G_OBJECT (painted->settings), picture->property, &value);
  if (field == NULL)
    return g_value_dup_string (&value);
  if (field->kind == LIMN_FIELD_NAME)
    return g_strdup (_ (limn_choice_find (field->table, g_value_get_string (&value))->title));
  if (G_VALUE_HOLDS_DOUBLE (&value))
    return g_strdup_printf ("%s %g", _ (field->title), g_value_get_double (&value));
  g_auto (GValue) text = G_VALUE_INIT;
  g_value_init (&text, G_TYPE_STRING);
  g_value_transform (&value, &text);
  return g_strdup_printf ("%s %s", _ (field->title), g_value_get_string (&text));
}

static void
clicked_cb (GtkButton *button, LimnHelpWindow *self)
{
  GtkWindow *window = gtk_window_get_transient_for (GTK_WINDOW (self));

  if (!LIMN_IS_WINDOW (window))
    return;
  limn_window_paint_example (LIMN_WINDOW (window), limn_example_painted (GTK_WIDGET (button)));
  gtk_window_present (window);
}

static void
add_picture (LimnHelpWindow *self, GtkFlowBox *pictures, const Topic *topic, const Picture *picture)
{
  g_autofree char *path = g_strdup_printf ("/io/github/limn_art/Limn/help/pictures/%s.png", picture->name);
  g_autoptr (LimnForeign) painted = limn_example_read (path);
  g_autofree char *label = caption (picture, painted);
  GtkWidget *button = limn_example_new (path, label);

  gtk_widget_set_can_target (button, !topic->still);
  gtk_widget_set_focusable (button, !topic->still);
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), self);
  gtk_flow_box_insert (pictures, button, -1);
  /* the button takes the keyboard's focus, not the place it is in */
  gtk_widget_set_focusable (gtk_widget_get_parent (button), FALSE);
}

static void
add_topic (LimnHelpWindow *self, const Topic *topic)
{
  GtkWidget *group =
      g_object_new (ADW_TYPE_PREFERENCES_GROUP, "title", _ (topic->title), "description", _ (topic->text), NULL);

  if (topic->pictures[0].name != NULL) {
    GtkWidget *pictures = g_object_new (GTK_TYPE_FLOW_BOX, "selection-mode", GTK_SELECTION_NONE, "homogeneous", TRUE,
                                        "min-children-per-line", 2, "max-children-per-line", 3, NULL);

    for (guint i = 0; i < G_N_ELEMENTS (topic->pictures) && topic->pictures[i].name != NULL; i++)
      add_picture (self, GTK_FLOW_BOX (pictures), topic, &topic->pictures[i]);
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), pictures);
  }
  adw_preferences_page_add (self->page, ADW_PREFERENCES_GROUP (group));
}

static void
limn_help_window_class_init (LimnHelpWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/help-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnHelpWindow, page);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
limn_help_window_init (LimnHelpWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (topics); i++)
    add_topic (self, &topics[i]);
}

LimnHelpWindow *
limn_help_window_new (void)
{
  return g_object_new (LIMN_TYPE_HELP_WINDOW, NULL);
}
