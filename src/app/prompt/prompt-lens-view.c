/* prompt-lens-view.c - how the text encoders read a prompt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-lens-view.h"

#include <glib/gi18n.h>

#include "app/prompt/prompt-chips.h"
#include "app/prompt/prompt-scan.h"

typedef struct {
  GtkWidget *box;
  GtkLabel *title, *count;
  LimnPromptChips *chips;
} Part;

struct _LimnPromptLensView {
  GtkWidget parent_instance;
  GtkWidget *box;
  Part parts[LIMN_N_ENCODERS];
  GtkLabel *note;
};

G_DEFINE_FINAL_TYPE (LimnPromptLensView, limn_prompt_lens_view, GTK_TYPE_WIDGET)

static gboolean
are_alike (const GPtrArray *a, const GPtrArray *b)
{
  if (a == NULL || b == NULL || a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++) {
    const LimnToken *one = a->pdata[i], *other = b->pdata[i];

    if (one->id != other->id || one->chunk != other->chunk || g_strcmp0 (one->text, other->text) != 0)
      return FALSE;
  }
  return TRUE;
}

static void
show_part (Part *part, const char *title, const GPtrArray *tokens)
{
  g_autofree char *count = NULL;
  g_autofree char *words = NULL;
  g_autofree char *label = NULL;

  gtk_widget_set_visible (part->box, tokens != NULL);
  if (tokens == NULL)
    return;
  count = g_strdup_printf (ngettext ("%u token", "%u tokens", tokens->len), tokens->len);
  gtk_label_set_text (part->title, title);
  gtk_label_set_text (part->count, count);
  limn_prompt_chips_set_tokens (part->chips, tokens);
  gtk_widget_set_visible (GTK_WIDGET (part->chips), tokens->len > 0);
  words = limn_prompt_chips_describe (part->chips);
  label = g_strdup_printf ("%s, %s: %s", title, count, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (part->chips), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static gboolean
has_choices (const char *prompt)
{
  g_autoptr (GArray) spans = limn_prompt_scan (prompt, NULL);

  for (guint i = 0; i < spans->len; i++) {
    LimnPromptMark mark = g_array_index (spans, LimnPromptSpan, i).mark;

    if (mark == LIMN_MARK_CHOICE || mark == LIMN_MARK_WILDCARD)
      return TRUE;
  }
  return FALSE;
}

static char *
explain (gboolean first, gboolean second, int chunks, gboolean choices)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (chunks > 1)
    g_string_append (text, _ ("An encoder reads 75 tokens at once: each chunk is read for itself. "));
  if (second && chunks > 1)
    g_string_append (text, _ ("The second encoder also sums up the first chunk in one vector, which steers the whole "
                              "picture. The refiner reads only the second encoder."));
  else if (second)
    g_string_append (text, _ ("The second encoder also sums up the prompt in one vector, which steers the whole "
                              "picture. The refiner reads only the second encoder."));
  else if (first)
    g_string_append (text, _ ("The refiner does not read this encoder."));
  if (choices)
    g_string_append (text, _ (" Of choices and wildcards, it shows the words that the present seed draws."));
  return g_strdup (text->str);
}

void
limn_prompt_lens_view_show (LimnPromptLensView *self, LimnPromptLens *lens, guint encoders, const char *prompt)
{
  const GPtrArray *first, *second;
  g_autofree char *note = NULL;
  gboolean alike;

  g_return_if_fail (LIMN_IS_PROMPT_LENS_VIEW (self));

  first = encoders & 1 ? limn_prompt_lens_read (lens, 0, prompt) : NULL;
  second = encoders & 2 ? limn_prompt_lens_read (lens, 1, prompt) : NULL;
  alike = are_alike (first, second);
  if (alike)
    show_part (&self->parts[0], _ ("CLIP-L and OpenCLIP-G"), first);
  else
    show_part (&self->parts[0], _ ("CLIP-L, the first encoder"), first);
  show_part (&self->parts[1], _ ("OpenCLIP-G, the second encoder"), alike ? NULL : second);
  if (limn_prompt_lens_get_error (lens) != NULL)
    note = g_strdup (limn_prompt_lens_get_error (lens)->message);
  else if (first == NULL && second == NULL)
    note = g_strdup (limn_prompt_lens_is_ready (lens) ? _ ("No encoder of this model reads this prompt.")
                                                      : _ ("Reading the model’s vocabulary…"));
  else
    note =
        explain (first != NULL, second != NULL,
                 MAX (limn_prompt_lens_count_chunks (first, NULL, 0), limn_prompt_lens_count_chunks (second, NULL, 0)),
                 has_choices (prompt));
  gtk_label_set_text (self->note, note);
}

char *
limn_prompt_lens_view_describe (LimnPromptLensView *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (LIMN_IS_PROMPT_LENS_VIEW (self), NULL);

  for (int i = 0; i < LIMN_N_ENCODERS; i++) {
    const Part *part = &self->parts[i];
    g_autofree char *words = limn_prompt_chips_describe (part->chips);

    if (gtk_widget_get_visible (part->box))
      g_string_append_printf (text, "%s, %s: %s\n", gtk_label_get_text (part->title), gtk_label_get_text (part->count),
                              words);
  }
  g_string_append (text, gtk_label_get_text (self->note));
  return g_strdup (text->str);
}

static void
limn_prompt_lens_view_dispose (GObject *object)
{
  g_clear_pointer (&LIMN_PROMPT_LENS_VIEW (object)->box, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_prompt_lens_view_parent_class)->dispose (object);
}

static void
limn_prompt_lens_view_class_init (LimnPromptLensViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_prompt_lens_view_dispose;
  g_type_ensure (LIMN_TYPE_PROMPT_CHIPS);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "promptlens");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/prompt-lens-view.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptLensView, box);
  gtk_widget_class_bind_template_child_full (widget_class, "box_1", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[0].box));
  gtk_widget_class_bind_template_child_full (widget_class, "title_1", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[0].title));
  gtk_widget_class_bind_template_child_full (widget_class, "count_1", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[0].count));
  gtk_widget_class_bind_template_child_full (widget_class, "chips_1", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[0].chips));
  gtk_widget_class_bind_template_child_full (widget_class, "box_2", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[1].box));
  gtk_widget_class_bind_template_child_full (widget_class, "title_2", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[1].title));
  gtk_widget_class_bind_template_child_full (widget_class, "count_2", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[1].count));
  gtk_widget_class_bind_template_child_full (widget_class, "chips_2", FALSE,
                                             G_STRUCT_OFFSET (LimnPromptLensView, parts[1].chips));
  gtk_widget_class_bind_template_child (widget_class, LimnPromptLensView, note);
}

static void
limn_prompt_lens_view_init (LimnPromptLensView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
