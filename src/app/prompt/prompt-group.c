/* prompt-group.c - the prompt and the negative one, and on wish the second encoder's own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-group.h"

#include <glib/gi18n.h>

#include "app/prompt/styles-popover.h"

#define FIRST 1u
#define SECOND 2u

struct _LimnPromptGroup {
  AdwPreferencesGroup parent_instance;
  LimnPromptView *prompt_view, *negative_view, *prompt_2_view, *negative_2_view;
  GtkToggleButton *separate_button;
  LimnSettings *settings;
  LimnPromptLens *lens;
  LimnPromptHistory *prompts, *negatives;
};

G_DEFINE_FINAL_TYPE (LimnPromptGroup, limn_prompt_group, ADW_TYPE_PREFERENCES_GROUP)

static void
separate_cb (LimnPromptGroup *self)
{
  gboolean separate = limn_settings_values (self->settings)->separate_prompts;

  gtk_widget_set_visible (GTK_WIDGET (self->prompt_2_view), separate);
  gtk_widget_set_visible (GTK_WIDGET (self->negative_2_view), separate);
  g_object_set (self->prompt_view, "caption", separate ? _ ("Prompt, first encoder") : "", NULL);
  g_object_set (self->negative_view, "caption", separate ? _ ("Negative, first encoder") : _ ("Negative"), NULL);
  limn_prompt_view_set_encoders (self->prompt_view, separate ? FIRST : FIRST | SECOND);
  limn_prompt_view_set_encoders (self->negative_view, separate ? FIRST : FIRST | SECOND);
}

/* By hand: the second encoder goes on reading what it read, until one writes something else. */
static void
separate_clicked_cb (GtkButton *button, LimnPromptGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  if (!values->separate_prompts)
    return;
  if (values->prompt_2[0] == '\0' && values->negative_2[0] == '\0') {
    g_autofree char *prompt = g_strdup (values->prompt);
    g_autofree char *negative = g_strdup (values->negative);

    g_object_set (self->settings, "prompt-2", prompt, "negative-2", negative, NULL);
  }
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt_2_view));
}

/* The words go into the prompts, where one sees and changes them. */
static void
style_chosen_cb (LimnPromptGroup *self, const char *template, const char *negative_template)
{
  limn_settings_put_style (self->settings, template, negative_template);
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt_view));
}

static void
model_cb (LimnPromptGroup *self)
{
  limn_prompt_lens_set_model (self->lens, limn_settings_values (self->settings)->model);
}

static void
seed_cb (LimnPromptGroup *self)
{
  limn_prompt_lens_set_seed (self->lens, limn_settings_values (self->settings)->seed);
}

static void
emphasis_cb (LimnPromptGroup *self)
{
  limn_prompt_lens_set_emphasis (self->lens, limn_settings_values (self->settings)->emphasis);
}

static void
limn_prompt_group_dispose (GObject *object)
{
  LimnPromptGroup *self = LIMN_PROMPT_GROUP (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->lens);
  /* what was painted last must be on the disk before the program ends */
  if (self->prompts != NULL)
    limn_prompt_history_flush (self->prompts);
  if (self->negatives != NULL)
    limn_prompt_history_flush (self->negatives);
  g_clear_object (&self->prompts);
  g_clear_object (&self->negatives);

  G_OBJECT_CLASS (limn_prompt_group_parent_class)->dispose (object);
}

static void
limn_prompt_group_class_init (LimnPromptGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_prompt_group_dispose;
  g_type_ensure (LIMN_TYPE_PROMPT_VIEW);
  g_type_ensure (LIMN_TYPE_STYLES_POPOVER);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/prompt-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptGroup, prompt_view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptGroup, negative_view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptGroup, prompt_2_view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptGroup, negative_2_view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptGroup, separate_button);
  gtk_widget_class_bind_template_callback (widget_class, separate_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, style_chosen_cb);
}

static void
limn_prompt_group_init (LimnPromptGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_prompt_view_set_label (self->prompt_view, _ ("Prompt"));
  limn_prompt_view_set_label (self->negative_view, _ ("Negative prompt"));
  limn_prompt_view_set_label (self->prompt_2_view, _ ("Prompt for the second text encoder"));
  limn_prompt_view_set_label (self->negative_2_view, _ ("Negative prompt for the second text encoder"));
  limn_prompt_view_set_encoders (self->prompt_2_view, SECOND);
  limn_prompt_view_set_encoders (self->negative_2_view, SECOND);
}

void
limn_prompt_group_bind (LimnPromptGroup *self, LimnSettings *settings)
{
  static const char *const fields[] = { "prompt", "negative", "prompt-2", "negative-2" };
  GBindingFlags flags = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;

  g_return_if_fail (LIMN_IS_PROMPT_GROUP (self));
  g_return_if_fail (self->settings == NULL);

  self->settings = g_object_ref (settings);
  self->lens = limn_prompt_lens_new ();
  self->prompts = limn_prompt_history_new ("prompts.json");
  self->negatives = limn_prompt_history_new ("negative-prompts.json");
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    LimnPromptView *view = limn_prompt_group_get_view (self, fields[i]);

    limn_prompt_view_set_lens (view, self->lens);
    limn_prompt_view_set_history (view, i % 2 == 0 ? self->prompts : self->negatives);
    g_object_bind_property (settings, fields[i], view, "text", flags);
  }
  g_object_bind_property (settings, "separate-prompts", self->separate_button, "active", flags);
  g_signal_connect_object (settings, "notify::separate-prompts", G_CALLBACK (separate_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::model", G_CALLBACK (model_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::seed", G_CALLBACK (seed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::emphasis", G_CALLBACK (emphasis_cb), self, G_CONNECT_SWAPPED);
  separate_cb (self);
  model_cb (self);
  seed_cb (self);
  emphasis_cb (self);
}

void
limn_prompt_group_set_model (LimnPromptGroup *self, const LimnModelInfo *info)
{
  const LimnFamilyRow *family;
  gboolean two;

  g_return_if_fail (LIMN_IS_PROMPT_GROUP (self));
  g_return_if_fail (info != NULL);

  family = limn_family_row (info->family);
  two = family->prefixes[LIMN_PART_TEXT_ENCODER] != NULL && family->prefixes[LIMN_PART_TEXT_ENCODER_2] != NULL;
  gtk_widget_set_visible (GTK_WIDGET (self->separate_button), two);
  /* what one cannot see must not steer the picture; the words stay */
  if (!two && self->settings != NULL)
    g_object_set (self->settings, "separate-prompts", FALSE, NULL);
}

void
limn_prompt_group_remember (LimnPromptGroup *self)
{
  const LimnSettingsValues *values;

  g_return_if_fail (LIMN_IS_PROMPT_GROUP (self));
  g_return_if_fail (self->settings != NULL);

  values = limn_settings_values (self->settings);
  if (values->separate_prompts) {
    limn_prompt_history_add (self->prompts, values->prompt_2);
    limn_prompt_history_add (self->negatives, values->negative_2);
  }
  limn_prompt_history_add (self->prompts, values->prompt);
  limn_prompt_history_add (self->negatives, values->negative);
}

LimnPromptView *
limn_prompt_group_get_view (LimnPromptGroup *self, const char *property)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_GROUP (self), NULL);

  if (g_str_equal (property, "prompt"))
    return self->prompt_view;
  if (g_str_equal (property, "negative"))
    return self->negative_view;
  return g_str_equal (property, "prompt-2") ? self->prompt_2_view : self->negative_2_view;
}
