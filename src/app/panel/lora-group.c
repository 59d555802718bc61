/* lora-group.c - the LoRAs that the prompt names.
 *
 * The prompt alone knows them: rows are its tags, and write them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/lora-group.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/panel/lora-extent.h"
#include "app/widget/number-row.h"
#include "engine/limn.h"
#include "session/thread/task-thread.h"
#include "text/prompt-loras.h"

struct _LimnLoraGroup {
  AdwPreferencesGroup parent_instance;
  LimnSettings *settings;
  GPtrArray *rows;       /* (element-type LimnNumberRow) by the tag's place in the prompt; borrowed */
  GPtrArray *names;      /* (element-type utf8) of the tags, as the rows were made for them */
  GCancellable *looking; /* for their files; NULL: not now */
  char *asked;           /* NULL, or what was asked of these last */
};

G_DEFINE_FINAL_TYPE (LimnLoraGroup, limn_lora_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- Tags ---- */

static GArray *
read_tags (LimnLoraGroup *self)
{
  return limn_prompt_loras (limn_settings_values (self->settings)->prompt);
}

/* Puts text in the place of tag number i; NULL: nothing, and no gap. */
static void
write_tag (LimnLoraGroup *self, guint i, const char *text)
{
  g_autoptr (GArray) tags = read_tags (self);
  g_autoptr (GString) prompt = g_string_new (limn_settings_values (self->settings)->prompt);
  const LimnPromptLora *tag;

  if (i >= tags->len)
    return;
  tag = &g_array_index (tags, LimnPromptLora, i);
  g_string_erase (prompt, (gssize) tag->start, (gssize) tag->length);
  if (text != NULL)
    g_string_insert (prompt, (gssize) tag->start, text);
  else if (tag->start > 0 && prompt->str[tag->start - 1] == ' ' && strchr (" ,\n", prompt->str[tag->start]) != NULL)
    g_string_erase (prompt, (gssize) tag->start - 1, 1);
  g_object_set (self->settings, "prompt", prompt->str, NULL);
}

static void
set_weight (LimnLoraGroup *self, guint i, double weight)
{
  g_autoptr (GArray) tags = read_tags (self);
  const LimnPromptLora *tag = i < tags->len ? &g_array_index (tags, LimnPromptLora, i) : NULL;
  LimnPromptLora other;
  g_autofree char *text = NULL;

  if (tag == NULL || fabs (tag->unet - weight) < 0.001)
    return;
  other = *tag;
  other.text = tag->text == tag->unet ? weight : tag->text;
  other.unet = weight;
  text = limn_prompt_lora_write (&other);
  write_tag (self, i, text);
}

static void
set_extent (LimnLoraGroup *self, guint i, LimnLoraExtent *extent)
{
  g_autoptr (GArray) tags = read_tags (self);
  LimnPromptLora other;
  g_autofree char *text = NULL;

  if (i >= tags->len)
    return;
  other = g_array_index (tags, LimnPromptLora, i);
  limn_lora_extent_fill (extent, &other);
  text = limn_prompt_lora_write (&other);
  write_tag (self, i, text);
}

void
limn_lora_group_add (LimnLoraGroup *self, const char *name)
{
  const char *prompt;
  g_autofree char *tag = NULL, *tagged = NULL;

  g_return_if_fail (LIMN_IS_LORA_GROUP (self));
  g_return_if_fail (self->settings != NULL);

  if (g_ptr_array_find_with_equal_func (self->names, name, g_str_equal, NULL))
    return;
  prompt = limn_settings_values (self->settings)->prompt;
  tag = limn_prompt_lora_tag (name, 1, 1);
  tagged = g_strdup_printf ("%s%s%s", prompt, prompt[0] != '\0' && !g_str_has_suffix (prompt, " ") ? " " : "", tag);
  g_object_set (self->settings, "prompt", tagged, NULL);
}

/* ---- What is in the files ---- */

#define NONE "-" /* no path */

/* What is asked of a thread, and what it says: lines as names. */
typedef struct {
  GStrv names, models; /* of each: the path of the model that has it, "" for the starter, or NONE */
  GPtrArray *lines;    /* (element-type utf8) */
  guint64 wrong;       /* bits by row: of those that cannot be used */
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_strfreev (question->names);
  g_strfreev (question->models);
  g_ptr_array_unref (question->lines);
  g_free (question);
}

/* An error's text with names for paths, which a narrow row has no room for. */
static char *
shorten (const char *message, const char *path, const char *model)
{
  const char *const paths[] = { path, model };
  GString *text = g_string_new (message);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    if (paths[i] != NULL && paths[i][0] != '\0') {
      g_autofree char *name = g_path_get_basename (paths[i]);
      g_string_replace (text, paths[i], name, 0);
    }
  return g_string_free (text, FALSE);
}

static char *
describe (const char *name, const char *model, gboolean *wrong)
{
  const LimnModelParts parts = { .model = model };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = limn_lora_find (name, NULL, model, &error);
  g_autoptr (LimnLoraInfo) info = path != NULL ? limn_lora_inspect (path, &parts, &error) : NULL;

  *wrong = info == NULL;
  if (info == NULL)
    return shorten (error->message, path, model);
  if (info->words != NULL && info->words[0] != '\0')
    /* translators: what kind of LoRA it is, two numbers, words that the prompt should have */
    return g_strdup_printf (_ ("%s, %u of %u parts; words for it: %s"), info->kinds, info->matched, info->modules,
                            info->words);
  /* translators: what kind of LoRA it is, and how much of it is for the model */
  return g_strdup_printf (_ ("%s, %u of %u parts"), info->kinds, info->matched, info->modules);
}

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  g_autofree char *starter = limn_starter_path ();

  for (guint i = 0; question->names[i] != NULL && !g_cancellable_is_cancelled (cancellable); i++) {
    const char *model = question->models[i];
    gboolean wrong = FALSE;
    char *line = g_str_equal (model, NONE)
                     ? g_strdup (_ ("no refiner is chosen"))
                     : describe (question->names[i], *model == '\0' && starter != NULL ? starter : model, &wrong);

    g_ptr_array_add (question->lines, line);
    question->wrong |= wrong && i < 64 ? G_GUINT64_CONSTANT (1) << i : 0;
  }
  g_task_return_boolean (task, TRUE);
}

/* Where it acts, if not everywhere, and what is in its file. */
static void
show_line (AdwActionRow *row)
{
  const char *parts[] = { g_object_get_data (G_OBJECT (row), "extent"), g_object_get_data (G_OBJECT (row), "line") };
  g_autofree char *text = parts[0] != NULL && parts[1] != NULL ? g_strdup_printf ("%s · %s", parts[0], parts[1])
                                                               : g_strdup (parts[0] != NULL ? parts[0] : parts[1]);

  adw_action_row_set_subtitle (row, text != NULL ? text : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (row), text);
}

static void
looked_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnLoraGroup *self = LIMN_LORA_GROUP (object);
  const Question *question = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    return;
  for (guint i = 0; i < question->lines->len && i < self->rows->len; i++) {
    AdwActionRow *row = self->rows->pdata[i];

    g_object_set_data_full (G_OBJECT (row), "line", g_strdup (question->lines->pdata[i]), g_free);
    show_line (row);
    if ((question->wrong & G_GUINT64_CONSTANT (1) << MIN (i, 63)) != 0)
      gtk_widget_add_css_class (GTK_WIDGET (row), "error");
    else
      gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
  }
}

/* Which model has what tag names, as Question says it. */
static const char *
model_of (const LimnSettingsValues *values, const LimnPromptLora *tag)
{
  if (tag->stage != LIMN_LORA_STAGE_REFINER)
    return values->model;
  return values->use_refiner && values->refiner[0] != '\0' ? values->refiner : NONE;
}

/* Asks what has changed since it was asked. */
static void
look (LimnLoraGroup *self)
{
  g_autoptr (GArray) tags = read_tags (self);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new (), models = g_strv_builder_new ();
  g_autoptr (GString) asked = g_string_new (NULL);
  g_autoptr (GTask) task = NULL;
  Question *question;

  for (guint i = 0; i < tags->len; i++) {
    const LimnPromptLora *tag = &g_array_index (tags, LimnPromptLora, i);
    const char *model = model_of (limn_settings_values (self->settings), tag);

    g_strv_builder_add (names, tag->name);
    g_strv_builder_add (models, model);
    g_string_append_printf (asked, "%s\n%s\n", tag->name, model);
  }
  if (g_strcmp0 (self->asked, asked->str) == 0)
    return;
  g_free (self->asked);
  self->asked = g_strdup (asked->str);
  if (self->looking != NULL)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  if (tags->len == 0)
    return;
  question = g_new0 (Question, 1);
  question->names = g_strv_builder_end (names);
  question->models = g_strv_builder_end (models);
  question->lines = g_ptr_array_new_with_free_func (g_free);
  self->looking = g_cancellable_new ();
  task = g_task_new (self, self->looking, looked_cb, NULL);
  g_task_set_task_data (task, question, question_free);
  limn_task_run_in_thread (task, look_thread);
}

/* ---- Rows ---- */

static guint
place_of (LimnLoraGroup *self, gpointer row)
{
  guint i = 0;

  g_ptr_array_find (self->rows, row, &i);
  return i;
}

static void
weight_cb (GtkAdjustment *adjustment, LimnNumberRow *row)
{
  LimnLoraGroup *self = LIMN_LORA_GROUP (gtk_widget_get_ancestor (GTK_WIDGET (row), LIMN_TYPE_LORA_GROUP));

  if (self != NULL && self->settings != NULL)
    set_weight (self, place_of (self, row), gtk_adjustment_get_value (adjustment));
}

static void
extent_cb (LimnLoraExtent *extent, LimnNumberRow *row)
{
  LimnLoraGroup *self = LIMN_LORA_GROUP (gtk_widget_get_ancestor (GTK_WIDGET (row), LIMN_TYPE_LORA_GROUP));

  set_extent (self, place_of (self, row), extent);
}

static void
show_extent (AdwActionRow *row, const LimnPromptLora *tag)
{
  limn_lora_extent_show (g_object_get_data (G_OBJECT (row), "extent-button"), tag);
  g_object_set_data_full (G_OBJECT (row), "extent", limn_lora_extent_describe (tag), g_free);
  show_line (row);
}

static void
remove_cb (GtkButton *button, LimnNumberRow *row)
{
  LimnLoraGroup *self = LIMN_LORA_GROUP (gtk_widget_get_ancestor (GTK_WIDGET (row), LIMN_TYPE_LORA_GROUP));

  write_tag (self, place_of (self, row), NULL);
}

static void
add_row (LimnLoraGroup *self, const LimnPromptLora *tag)
{
  GtkAdjustment *adjustment = gtk_adjustment_new (tag->unet, -5, 5, 0.05, 0.5, 0);
  LimnNumberRow *row = g_object_new (LIMN_TYPE_NUMBER_ROW, "use-markup", FALSE, "title", tag->name, "adjustment",
                                     adjustment, "digits", 2, "subtitle-lines", 3, NULL);
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic"), *extent = limn_lora_extent_new ();
  g_autofree char *label = g_strdup_printf (_ ("Take “%s” out of the Prompt"), tag->name);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), extent);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  g_object_set_data (G_OBJECT (row), "extent-button", extent);
  g_object_set_data (G_OBJECT (row), "adjustment", adjustment);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (weight_cb), row, 0);
  g_signal_connect_object (extent, "changed", G_CALLBACK (extent_cb), row, 0);
  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_cb), row, 0);
  show_extent (ADW_ACTION_ROW (row), tag);
  g_ptr_array_add (self->rows, row);
  g_ptr_array_add (self->names, g_strdup (tag->name));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (row));
}

static gboolean
has_names (LimnLoraGroup *self, const GArray *tags)
{
  if (tags->len != self->names->len)
    return FALSE;
  for (guint i = 0; i < tags->len; i++)
    if (!g_str_equal (g_array_index (tags, LimnPromptLora, i).name, self->names->pdata[i]))
      return FALSE;
  return TRUE;
}

static void
make_rows (LimnLoraGroup *self, const GArray *tags)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->names, 0);
  g_clear_pointer (&self->asked, g_free);
  for (guint i = 0; i < tags->len; i++)
    add_row (self, &g_array_index (tags, LimnPromptLora, i));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self),
                                         tags->len == 0 ? _ ("Drop a file, or write &lt;lora:name:1&gt;") : NULL);
}

static void
prompt_cb (LimnLoraGroup *self)
{
  g_autoptr (GArray) tags = read_tags (self);

  if (!has_names (self, tags)) {
    make_rows (self, tags);
    look (self);
    return;
  }
  for (guint i = 0; i < tags->len; i++) {
    const LimnPromptLora *tag = &g_array_index (tags, LimnPromptLora, i);

    gtk_adjustment_set_value (g_object_get_data (self->rows->pdata[i], "adjustment"), tag->unet);
    show_extent (self->rows->pdata[i], tag);
  }
  look (self);
}

static void
limn_lora_group_dispose (GObject *object)
{
  LimnLoraGroup *self = LIMN_LORA_GROUP (object);

  if (self->looking != NULL)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (limn_lora_group_parent_class)->dispose (object);
}

static void
limn_lora_group_finalize (GObject *object)
{
  LimnLoraGroup *self = LIMN_LORA_GROUP (object);

  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->names);
  g_free (self->asked);

  G_OBJECT_CLASS (limn_lora_group_parent_class)->finalize (object);
}

static void
limn_lora_group_class_init (LimnLoraGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_lora_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_lora_group_finalize;
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass), "/io/github/limn_art/Limn/lora-group.ui");
}

static void
limn_lora_group_init (LimnLoraGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_ptr_array_new ();
  self->names = g_ptr_array_new_with_free_func (g_free);
}

void
limn_lora_group_bind (LimnLoraGroup *self, LimnSettings *settings)
{
  g_autoptr (GArray) tags = NULL;

  g_return_if_fail (LIMN_IS_LORA_GROUP (self));
  g_return_if_fail (self->settings == NULL);

  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "notify::prompt", G_CALLBACK (prompt_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::model", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::refiner", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::use-refiner", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  tags = read_tags (self);
  make_rows (self, tags);
  look (self);
}
