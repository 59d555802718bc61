/* lora-extent.c - see lora-extent.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/lora-extent.h"

#include <glib/gi18n.h>
#include <string.h>

struct _LimnLoraExtent {
  GtkWidget parent_instance;
  GtkMenuButton *button;
  GtkDropDown *stage; /* as LimnLoraStage */
  GtkEntry *from, *until, *blocks;
  LimnLoraStage model; /* as they were understood last */
  double first, end;
  char *weights;
  gboolean showing;
};

G_DEFINE_FINAL_TYPE (LimnLoraExtent, limn_lora_extent, GTK_TYPE_WIDGET)

static guint changed_signal;

/* What entry has of the tag's argument name=: TRUE where it is understood, or empty. */
static gboolean
read_entry (GtkEntry *entry, const char *name, LimnPromptLora *lora)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  g_autofree char *tag = g_strdup_printf ("<lora:x:1:%s=%s>", name, text);
  g_autoptr (GArray) tags = limn_prompt_loras (tag);
  LimnPromptLora *read = tags->len == 1 ? &g_array_index (tags, LimnPromptLora, 0) : NULL;
  gboolean good = text[0] == '\0' || (read != NULL && read->unread == NULL && read->length == strlen (tag));

  if (good)
    gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
  if (!good || text[0] == '\0')
    return good;
  lora->from = MAX (lora->from, read->from);
  lora->until = MAX (lora->until, read->until);
  if (read->blocks != NULL)
    lora->blocks = g_steal_pointer (&read->blocks);
  return TRUE;
}

static void
changed_cb (LimnLoraExtent *self)
{
  LimnPromptLora lora = { NULL };
  gboolean good = read_entry (self->from, "start", &lora);

  good = read_entry (self->until, "stop", &lora) && good;
  good = read_entry (self->blocks, "lbw", &lora) && good;
  if (!good || self->showing) {
    g_free (lora.blocks);
    return;
  }
  self->model = (LimnLoraStage) MIN (gtk_drop_down_get_selected (self->stage), LIMN_N_LORA_STAGES - 1);
  self->first = lora.from;
  self->end = lora.until;
  g_free (self->weights);
  self->weights = lora.blocks;
  g_signal_emit (self, changed_signal, 0);
}

/* Where it means what is written there already, that stays. */
static void
show_step (GtkEntry *entry, double step, double before)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (step != before)
    gtk_editable_set_text (GTK_EDITABLE (entry), step > 0 ? g_ascii_formatd (number, sizeof number, "%.6g", step) : "");
}

void
limn_lora_extent_show (LimnLoraExtent *self, const LimnPromptLora *lora)
{
  g_return_if_fail (LIMN_IS_LORA_EXTENT (self));

  self->showing = TRUE;
  gtk_drop_down_set_selected (self->stage, lora->stage);
  show_step (self->from, lora->from, self->first);
  show_step (self->until, lora->until, self->end);
  if (g_strcmp0 (lora->blocks, self->weights) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->blocks), lora->blocks != NULL ? lora->blocks : "");
  self->showing = FALSE;
  self->model = lora->stage;
  self->first = lora->from;
  self->end = lora->until;
  g_free (self->weights);
  self->weights = g_strdup (lora->blocks);
}

void
limn_lora_extent_fill (LimnLoraExtent *self, LimnPromptLora *lora)
{
  g_return_if_fail (LIMN_IS_LORA_EXTENT (self));

  lora->stage = self->model;
  lora->from = self->first;
  lora->until = self->end;
  lora->blocks = self->weights;
}

static char *
describe_steps (const LimnPromptLora *lora)
{
  if (lora->from > 0 && lora->until > 0)
    /* translators: of a LoRA: the step it begins with, and the first without it */
    return g_strdup_printf (_ ("from step %g, not from %g"), lora->from, lora->until);
  if (lora->from > 0)
    /* translators: of a LoRA: the step it begins with */
    return g_strdup_printf (_ ("from step %g"), lora->from);
  /* translators: of a LoRA: the first step without it */
  return lora->until > 0 ? g_strdup_printf (_ ("not from step %g"), lora->until) : NULL;
}

char *
limn_lora_extent_describe (const LimnPromptLora *lora)
{
  /* translators: of a LoRA: which models have it */
  static const char *const stages[LIMN_N_LORA_STAGES] = { NULL, N_ ("base only"), N_ ("refiner only"),
                                                          N_ ("base and refiner") };
  g_autofree char *steps = describe_steps (lora), *blocks = NULL;
  const char *parts[4] = { NULL };
  guint n = 0;

  if (lora->blocks != NULL)
    /* translators: of a LoRA: the name of a setting, or numbers */
    blocks = g_strdup_printf (_ ("blocks %s"), lora->blocks);
  if (stages[lora->stage] != NULL)
    parts[n++] = _ (stages[lora->stage]);
  if (steps != NULL)
    parts[n++] = steps;
  if (blocks != NULL)
    parts[n++] = blocks;
  return n > 0 ? g_strjoinv (" · ", (char **) parts) : NULL;
}

/* ---- Object ---- */

static void
limn_lora_extent_dispose (GObject *object)
{
  LimnLoraExtent *self = LIMN_LORA_EXTENT (object);

  if (self->button != NULL)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->button)));

  G_OBJECT_CLASS (limn_lora_extent_parent_class)->dispose (object);
}

static void
limn_lora_extent_finalize (GObject *object)
{
  g_free (LIMN_LORA_EXTENT (object)->weights);

  G_OBJECT_CLASS (limn_lora_extent_parent_class)->finalize (object);
}

static void
limn_lora_extent_class_init (LimnLoraExtentClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_lora_extent_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_lora_extent_finalize;
  changed_signal =
      g_signal_new ("changed", LIMN_TYPE_LORA_EXTENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/lora-extent.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnLoraExtent, button);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraExtent, stage);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraExtent, from);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraExtent, until);
  gtk_widget_class_bind_template_child (widget_class, LimnLoraExtent, blocks);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
limn_lora_extent_init (LimnLoraExtent *self)
{
  g_autoptr (GString) names = g_string_new (_ ("Of 12, 17, 20 or 26 blocks, separated by commas; or one of"));

  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; limn_prompt_lora_block_name (i) != NULL; i++)
    g_string_append_printf (names, " %s", limn_prompt_lora_block_name (i));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->blocks), names->str);
}

GtkWidget *
limn_lora_extent_new (void)
{
  return g_object_new (LIMN_TYPE_LORA_EXTENT, NULL);
}
