/* prompt-history-popover.c - the prompts painted before.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-history-popover.h"

#include <glib/gi18n.h>
#include <string.h>

struct _LimnPromptHistoryPopover {
  GtkPopover parent_instance;
  GtkSearchEntry *search;
  GtkStack *stack; /* "list", "empty" or "nothing" */
  GtkListView *list;
  LimnPromptHistory *history;
  GtkFilterListModel *found; /* owned by list */
  GtkCustomFilter *filter;
  char **words; /* folded; all of them are in what is found */
};

G_DEFINE_FINAL_TYPE (LimnPromptHistoryPopover, limn_prompt_history_popover, GTK_TYPE_POPOVER)

enum { CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

static gboolean
match_cb (gpointer item, gpointer data)
{
  LimnPromptHistoryPopover *self = data;
  g_autofree char *folded = NULL;

  if (self->words == NULL || self->words[0] == NULL)
    return TRUE;
  folded = g_utf8_casefold (limn_prompt_entry_get_text (item), -1);
  for (int i = 0; self->words[i] != NULL; i++)
    if (strstr (folded, self->words[i]) == NULL)
      return FALSE;
  return TRUE;
}

static void
update_page (LimnPromptHistoryPopover *self)
{
  guint all = self->history != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->history)) : 0;
  guint found = self->found != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->found)) : 0;

  gtk_stack_set_visible_child_name (self->stack, found > 0 ? "list" : all > 0 ? "nothing" : "empty");
  gtk_widget_set_sensitive (GTK_WIDGET (self->search), all > 0);
}

static void
search_changed_cb (LimnPromptHistoryPopover *self)
{
  g_autofree char *folded = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = g_strsplit_set (folded, " \t\n", -1);

  for (int i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      g_strv_builder_add (builder, words[i]);
  g_strfreev (self->words);
  self->words = g_strv_builder_end (builder);
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  update_page (self);
}

static void
choose (LimnPromptHistoryPopover *self, guint position)
{
  g_autoptr (LimnPromptEntry) entry =
      self->found != NULL ? g_list_model_get_item (G_LIST_MODEL (self->found), position) : NULL;

  if (entry == NULL)
    return;
  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[CHOSEN], 0, limn_prompt_entry_get_text (entry));
}

static void
list_activate_cb (GtkListView *list, guint position, LimnPromptHistoryPopover *self)
{
  choose (self, position);
}

/* Return in the search entry takes the first */
static void
search_activate_cb (GtkSearchEntry *search, LimnPromptHistoryPopover *self)
{
  search_changed_cb (self); /* the entry waits a moment before it tells */
  choose (self, 0);
}

static void
map_cb (LimnPromptHistoryPopover *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  search_changed_cb (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

/* ---- Rows ---- */

static void
remove_cb (GtkButton *button, GtkListItem *item)
{
  LimnPromptHistoryPopover *self =
      LIMN_PROMPT_HISTORY_POPOVER (gtk_widget_get_ancestor (GTK_WIDGET (button), LIMN_TYPE_PROMPT_HISTORY_POPOVER));
  LimnPromptEntry *entry = gtk_list_item_get_item (item);

  if (self != NULL && entry != NULL)
    limn_prompt_history_remove (self->history, limn_prompt_entry_get_text (entry));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *label = gtk_label_new (NULL);
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (label), 2);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_tooltip_text (button, _ ("Remove from the History"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Remove from the History"),
                                  -1);
  g_signal_connect (button, "clicked", G_CALLBACK (remove_cb), item);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), button);
  gtk_list_item_set_child (item, row);
}

/* line breaks would waste the two lines that there are */
static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  const char *text = limn_prompt_entry_get_text (gtk_list_item_get_item (item));
  g_autofree char *line = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), 400));

  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (gtk_list_item_get_child (item))),
                      g_strdelimit (g_strstrip (line), "\n\r\t", ' '));
}

/* ---- Object ---- */

static void
limn_prompt_history_popover_dispose (GObject *object)
{
  LimnPromptHistoryPopover *self = LIMN_PROMPT_HISTORY_POPOVER (object);

  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  if (self->list != NULL)
    gtk_list_view_set_model (self->list, NULL);
  self->found = NULL;
  g_clear_object (&self->history);

  G_OBJECT_CLASS (limn_prompt_history_popover_parent_class)->dispose (object);
}

static void
limn_prompt_history_popover_finalize (GObject *object)
{
  g_strfreev (LIMN_PROMPT_HISTORY_POPOVER (object)->words);

  G_OBJECT_CLASS (limn_prompt_history_popover_parent_class)->finalize (object);
}

static void
limn_prompt_history_popover_class_init (LimnPromptHistoryPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_prompt_history_popover_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_prompt_history_popover_finalize;
  signals[CHOSEN] = g_signal_new ("chosen", LIMN_TYPE_PROMPT_HISTORY_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/prompt-history-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptHistoryPopover, search);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptHistoryPopover, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptHistoryPopover, list);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, list_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, map_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
}

static void
limn_prompt_history_popover_init (LimnPromptHistoryPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_prompt_history_popover_set_history (LimnPromptHistoryPopover *self, LimnPromptHistory *history)
{
  g_autoptr (GtkSelectionModel) selection = NULL;

  g_return_if_fail (LIMN_IS_PROMPT_HISTORY_POPOVER (self));
  g_return_if_fail (self->history == NULL);

  self->history = g_object_ref (history);
  self->filter = gtk_custom_filter_new (match_cb, self, NULL);
  self->found = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (history)), GTK_FILTER (self->filter));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (self->found)));
  gtk_list_view_set_model (self->list, selection);
  g_signal_connect_object (self->found, "items-changed", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  update_page (self);
}

guint
limn_prompt_history_popover_search (LimnPromptHistoryPopover *self, const char *words)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_HISTORY_POPOVER (self), 0);

  gtk_editable_set_text (GTK_EDITABLE (self->search), words);
  search_changed_cb (self);
  return self->found != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->found)) : 0;
}
