/* prompt-view.c - a box to write a prompt in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-view.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/prompt/prompt-completion.h"
#include "app/prompt/prompt-edit.h"
#include "app/prompt/prompt-history-popover.h"
#include "app/prompt/prompt-lens-view.h"
#include "app/prompt/prompt-marks.h"
#include "app/prompt/prompt-meter.h"
#include "text/wildcards.h"

#define BEFORE_DRAWING (GDK_PRIORITY_REDRAW - 10)
#define LONG_TEXT 4000 /* bytes from which on marks and counts wait for a pause */
#define PAUSE 150      /* ms */

struct _LimnPromptView {
  GtkWidget parent_instance;

  /* Template. */
  GtkWidget *box, *footer, *history_button;
  GtkScrolledWindow *scroller;
  GtkSourceView *view;
  GtkTextBuffer *buffer;
  GtkLabel *hint, *caption, *count, *message;
  GtkToggleButton *meter_button;
  LimnPromptMeter *meter;
  GtkRevealer *revealer;
  LimnPromptLensView *lens_view;
  LimnPromptHistoryPopover *history_popover;

  /* The text, as the model reads it and as it was. */
  LimnPromptLens *lens;
  LimnPromptHistory *history;
  guint encoders;
  char *text;         /* what is in buffer */
  gboolean had_text;  /* what is set from outside can be undone */
  gboolean replacing; /* between the halves of a replacement */
  guint back;         /* how far in the history: 0 is what was typed last ... */
  char *draft;        /* ... which is kept here meanwhile */
  gboolean walking;
  gboolean naming; /* the cursor is in a wildcard that is not finished */
  guint update_source;
};

G_DEFINE_FINAL_TYPE (LimnPromptView, limn_prompt_view, GTK_TYPE_WIDGET)

enum { PROP_TEXT = 1, PROP_PLACEHOLDER, PROP_MIN_HEIGHT, PROP_CAPTION, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* ---- Counting ---- */

static char *
count_text (const int *totals, int chunks)
{
  /* translators: tokens of a prompt, of how many */
  if (totals[0] < 0 || totals[1] < 0 || totals[0] == totals[1])
    return g_strdup_printf (_ ("%d / %d"), MAX (totals[0], totals[1]), chunks * LIMN_CHUNK_LENGTH);
  /* translators: tokens of a prompt for the first and for the second text encoder, of how many */
  return g_strdup_printf (_ ("%d · %d / %d"), totals[0], totals[1], chunks * LIMN_CHUNK_LENGTH);
}

static void
say_count (LimnPromptView *self, int tokens, int chunks)
{
  g_autofree char *first = NULL;
  g_autofree char *label = NULL;

  first = g_strdup_printf (ngettext ("%d of %d token", "%d of %d tokens", chunks * LIMN_CHUNK_LENGTH), tokens,
                           chunks * LIMN_CHUNK_LENGTH);
  /* translators: %s is like "18 of 75 tokens" */
  label = g_strdup_printf (_ ("%s. How the Text Encoders Read This (Ctrl+L)"), first);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->meter_button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->meter_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
update_count (LimnPromptView *self)
{
  int used[LIMN_METER_CHUNKS] = { 0 }, totals[LIMN_N_ENCODERS] = { -1, -1 }, chunks = 1;
  g_autofree char *text = NULL;

  limn_prompt_marks_update (self->buffer, self->text, self->lens);
  if (self->lens == NULL)
    return;
  for (int i = 0; i < LIMN_N_ENCODERS; i++) {
    const GPtrArray *tokens = self->encoders & (1u << i) ? limn_prompt_lens_read (self->lens, i, self->text) : NULL;

    if (tokens == NULL)
      continue;
    if (totals[0] < 0 || (int) tokens->len > totals[0])
      chunks = limn_prompt_lens_count_chunks (tokens, used, LIMN_METER_CHUNKS);
    totals[i] = (int) tokens->len;
  }
  gtk_widget_set_visible (GTK_WIDGET (self->meter_button), totals[0] >= 0 || totals[1] >= 0);
  if (totals[0] >= 0 || totals[1] >= 0) {
    text = count_text (totals, chunks);
    say_count (self, MAX (totals[0], totals[1]), chunks);
    limn_prompt_meter_set (self->meter, used, chunks);
  }
  gtk_label_set_text (self->count, text != NULL ? text : "");
  limn_prompt_marks_unknown (self->buffer, self->text, self->lens);
  if (gtk_revealer_get_reveal_child (self->revealer))
    limn_prompt_lens_view_show (self->lens_view, self->lens, self->encoders, self->text);
}

/* The completion is at work only while a name is begun: else it would look for something to every word. */
static void
offer_wildcards (LimnPromptView *self)
{
  gboolean naming = gtk_widget_has_focus (GTK_WIDGET (self->view)) && limn_prompt_completion_is_naming (self->buffer);
  GtkSourceCompletion *completion = gtk_source_view_get_completion (self->view);

  if (naming == self->naming)
    return;
  self->naming = naming;
  if (naming) {
    gtk_source_completion_unblock_interactive (completion);
    gtk_source_completion_show (completion);
  } else {
    gtk_source_completion_hide (completion);
    gtk_source_completion_block_interactive (completion);
  }
}

static gboolean
update_cb (gpointer data)
{
  LimnPromptView *self = data;

  self->update_source = 0;
  offer_wildcards (self);
  update_count (self);
  return G_SOURCE_REMOVE;
}

static void
queue_updates (LimnPromptView *self)
{
  gboolean is_long = strlen (self->text) > LONG_TEXT;

  if (is_long)
    g_clear_handle_id (&self->update_source, g_source_remove);
  if (self->update_source != 0)
    return;
  if (is_long)
    self->update_source = g_timeout_add (PAUSE, update_cb, self);
  else
    self->update_source = g_idle_add_full (BEFORE_DRAWING, update_cb, self, NULL);
}

static void
lens_toggled_cb (GtkToggleButton *button, LimnPromptView *self)
{
  gtk_revealer_set_reveal_child (self->revealer, gtk_toggle_button_get_active (button));
  gtk_accessible_update_state (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_STATE_EXPANDED,
                               gtk_toggle_button_get_active (button), -1);
  update_count (self);
}

/* ---- Text ---- */

static void
say (LimnPromptView *self, const char *message)
{
  gtk_label_set_text (self->message, message != NULL ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->message), message != NULL);
}

static char *
get_text (LimnPromptView *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  return gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);
}

static void
changed_cb (GtkTextBuffer *buffer, LimnPromptView *self)
{
  g_free (self->text);
  self->text = get_text (self);
  if (!self->walking)
    self->back = 0;
  if (self->replacing)
    return;
  self->had_text |= self->text[0] != '\0';
  if (strlen (self->text) < LIMN_PROMPT_LIMIT)
    say (self, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->hint), self->text[0] == '\0');
  queue_updates (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
}

/* What would be too much is left out, and said. */
static void
insert_text_cb (GtkTextBuffer *buffer, GtkTextIter *where, const char *text, int length, LimnPromptView *self)
{
  gsize room = LIMN_PROMPT_LIMIT - MIN (strlen (self->text), LIMN_PROMPT_LIMIT);
  g_autofree char *message = NULL;
  g_autofree char *limit = NULL;

  if ((gsize) length <= room)
    return;
  while (room > 0 && (text[room] & 0xc0) == 0x80)
    room--;
  g_signal_stop_emission_by_name (buffer, "insert-text");
  if (room > 0)
    gtk_text_buffer_insert (buffer, where, text, (int) room);
  limit = g_format_size (LIMN_PROMPT_LIMIT);
  /* translators: %s is a size, as 100 kB */
  message = g_strdup_printf (_ ("A prompt holds at most %s. The rest was left out."), limit);
  say (self, message);
}

/* One step to undo, and no word of the moment between. */
static void
replace (LimnPromptView *self, int from, int to, const char *text)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, from);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, to);
  gtk_text_buffer_begin_user_action (self->buffer);
  self->replacing = text[0] != '\0';
  gtk_text_buffer_delete (self->buffer, &start, &end);
  self->replacing = FALSE;
  gtk_text_buffer_insert (self->buffer, &start, text, -1);
  gtk_text_buffer_end_user_action (self->buffer);
}

static void
set_text (LimnPromptView *self, const char *text)
{
  text = text != NULL ? text : "";
  /* the binding echoes what was typed: replacing it would move the cursor */
  if (g_str_equal (self->text, text))
    return;
  if (self->had_text)
    replace (self, 0, -1, text);
  else
    gtk_text_buffer_set_text (self->buffer, text, -1);
}

/* ---- Keys ---- */

static guint
byte_at (const char *text, const GtkTextIter *iter)
{
  return (guint) (g_utf8_offset_to_pointer (text, gtk_text_iter_get_offset (iter)) - text);
}

static int
offset_at (const char *text, guint byte)
{
  return (int) g_utf8_pointer_to_offset (text, text + byte);
}

static void
weight_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnPromptView *self = LIMN_PROMPT_VIEW (widget);
  LimnPromptEdit edit = { 0 };
  GtkTextIter start, end;

  gtk_text_buffer_get_selection_bounds (self->buffer, &start, &end);
  if (!limn_prompt_edit_weight (self->text, byte_at (self->text, &start), byte_at (self->text, &end),
                                g_variant_get_double (parameter), limn_prompt_marks_emphasis (self->lens), &edit)) {
    gtk_widget_error_bell (widget);
    return;
  }
  replace (self, offset_at (self->text, edit.start), offset_at (self->text, edit.end), edit.text);
  g_free (edit.text);
  /* where the text was full, the end of it may be missing */
  gtk_text_buffer_get_iter_at_offset (self->buffer, &start,
                                      offset_at (self->text, MIN (edit.select_start, (guint) strlen (self->text))));
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end,
                                      offset_at (self->text, MIN (edit.select_end, (guint) strlen (self->text))));
  gtk_text_buffer_select_range (self->buffer, &start, &end);
  gtk_text_view_scroll_mark_onscreen (GTK_TEXT_VIEW (self->view), gtk_text_buffer_get_insert (self->buffer));
}

static void
show_earlier (LimnPromptView *self, const char *text)
{
  GtkTextIter end;

  self->walking = TRUE;
  replace (self, 0, -1, text);
  self->walking = FALSE;
  gtk_text_buffer_get_end_iter (self->buffer, &end);
  gtk_text_buffer_place_cursor (self->buffer, &end);
}

static void
walk_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnPromptView *self = LIMN_PROMPT_VIEW (widget);
  gboolean earlier = g_str_equal (name, "prompt.earlier");
  guint back = self->back;
  const char *text = NULL;

  if (self->history != NULL && earlier) {
    /* what stands there already would look as if nothing happened */
    do
      text = limn_prompt_history_get_text (self->history, back++);
    while (text != NULL && g_str_equal (text, self->text));
  } else if (back > 0) {
    back--;
    text = back > 0 ? limn_prompt_history_get_text (self->history, back - 1) : self->draft;
  }
  if (text == NULL) {
    gtk_widget_error_bell (widget);
    return;
  }
  if (self->back == 0) {
    g_free (self->draft);
    self->draft = g_strdup (self->text);
  }
  self->back = back;
  show_earlier (self, text);
}

static void
lens_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnPromptView *self = LIMN_PROMPT_VIEW (widget);

  if (gtk_widget_get_visible (GTK_WIDGET (self->meter_button)))
    gtk_toggle_button_set_active (self->meter_button, !gtk_toggle_button_get_active (self->meter_button));
}

static void
chosen_cb (LimnPromptHistoryPopover *popover, const char *text, LimnPromptView *self)
{
  g_autofree char *copy = g_strdup (text);

  show_earlier (self, copy);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* ---- Object ---- */

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
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_PLACEHOLDER,
                                    gtk_label_get_text (self->hint), -1);
    break;
  case PROP_MIN_HEIGHT:
    gtk_scrolled_window_set_min_content_height (self->scroller, g_value_get_int (value));
    break;
  case PROP_CAPTION:
    gtk_label_set_text (self->caption, g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
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
    g_value_set_string (value, self->text);
    break;
  case PROP_PLACEHOLDER:
    g_value_set_string (value, gtk_label_get_text (self->hint));
    break;
  case PROP_MIN_HEIGHT:
    g_value_set_int (value, gtk_scrolled_window_get_min_content_height (self->scroller));
    break;
  case PROP_CAPTION:
    g_value_set_string (value, gtk_label_get_text (self->caption));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

/* As high as what is in it, also in a column that scrolls, which gives each the least it needs. */
static void
limn_prompt_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure (LIMN_PROMPT_VIEW (widget)->box, orientation, for_size, minimum, natural, minimum_baseline,
                      natural_baseline);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural;
}

static GtkSizeRequestMode
limn_prompt_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
limn_prompt_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_size_allocate (LIMN_PROMPT_VIEW (widget)->box, &(GtkAllocation){ 0, 0, width, height }, baseline);
}

static gboolean
limn_prompt_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (LIMN_PROMPT_VIEW (widget)->view));
}

static void
limn_prompt_view_dispose (GObject *object)
{
  LimnPromptView *self = LIMN_PROMPT_VIEW (object);

  g_clear_handle_id (&self->update_source, g_source_remove);
  if (self->buffer != NULL)
    g_signal_handlers_disconnect_by_data (self->buffer, self);
  self->buffer = NULL;
  g_clear_object (&self->lens);
  g_clear_object (&self->history);
  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_prompt_view_parent_class)->dispose (object);
}

static void
limn_prompt_view_finalize (GObject *object)
{
  LimnPromptView *self = LIMN_PROMPT_VIEW (object);

  g_free (self->text);
  g_free (self->draft);

  G_OBJECT_CLASS (limn_prompt_view_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/prompt-view.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, box);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, footer);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, history_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, hint);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, caption);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, count);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, message);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, meter_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, meter);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, lens_view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptView, history_popover);
  gtk_widget_class_bind_template_callback (widget_class, lens_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
}

static void
limn_prompt_view_class_init (LimnPromptViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  gtk_source_init ();
  g_type_ensure (GTK_SOURCE_TYPE_VIEW);
  g_type_ensure (LIMN_TYPE_PROMPT_METER);
  g_type_ensure (LIMN_TYPE_PROMPT_LENS_VIEW);
  g_type_ensure (LIMN_TYPE_PROMPT_HISTORY_POPOVER);
  object_class->set_property = limn_prompt_view_set_property;
  object_class->get_property = limn_prompt_view_get_property;
  object_class->dispose = limn_prompt_view_dispose;
  object_class->finalize = limn_prompt_view_finalize;
  widget_class->measure = limn_prompt_view_measure;
  widget_class->get_request_mode = limn_prompt_view_get_request_mode;
  widget_class->size_allocate = limn_prompt_view_size_allocate;
  widget_class->grab_focus = limn_prompt_view_grab_focus;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_PLACEHOLDER] = g_param_spec_string ("placeholder", NULL, NULL, "", flags);
  properties[PROP_MIN_HEIGHT] = g_param_spec_int ("min-height", NULL, NULL, 0, 1000, 44, flags);
  properties[PROP_CAPTION] = g_param_spec_string ("caption", NULL, NULL, "", flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_install_action (widget_class, "prompt.weight", "d", weight_action);
  gtk_widget_class_install_action (widget_class, "prompt.earlier", NULL, walk_action);
  gtk_widget_class_install_action (widget_class, "prompt.later", NULL, walk_action);
  gtk_widget_class_install_action (widget_class, "prompt.lens", NULL, lens_action);
  gtk_widget_class_set_css_name (widget_class, "prompt");
  bind_template (widget_class);
}

static void
limn_prompt_view_init (LimnPromptView *self)
{
  g_autoptr (LimnPromptCompletion) completion = limn_prompt_completion_new ();
  GtkSourceCompletion *words;

  self->text = g_strdup ("");
  self->encoders = 3;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_direction (GTK_WIDGET (self->count), GTK_TEXT_DIR_LTR); /* "18 / 75" has no other direction */
  words = gtk_source_view_get_completion (self->view);
  self->buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view));
  /* words are not code: the theme's own colours, and our marks */
  gtk_source_buffer_set_style_scheme (GTK_SOURCE_BUFFER (self->buffer), NULL);
  gtk_source_buffer_set_highlight_matching_brackets (GTK_SOURCE_BUFFER (self->buffer), FALSE);
  limn_prompt_marks_install (self->buffer);
  limn_prompt_marks_explain (GTK_TEXT_VIEW (self->view));
  g_object_set (words, "select-on-show", TRUE, "show-icons", FALSE, NULL);
  gtk_source_completion_block_interactive (words);
  gtk_source_completion_add_provider (words, GTK_SOURCE_COMPLETION_PROVIDER (completion));
  g_signal_connect (self->buffer, "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect (self->buffer, "insert-text", G_CALLBACK (insert_text_cb), self);
}

void
limn_prompt_view_set_label (LimnPromptView *self, const char *label)
{
  g_return_if_fail (LIMN_IS_PROMPT_VIEW (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

void
limn_prompt_view_set_lens (LimnPromptView *self, LimnPromptLens *lens)
{
  g_return_if_fail (LIMN_IS_PROMPT_VIEW (self));

  if (!g_set_object (&self->lens, lens))
    return;
  g_signal_connect_object (lens, "changed", G_CALLBACK (update_count), self, G_CONNECT_SWAPPED);
  update_count (self);
}

void
limn_prompt_view_set_encoders (LimnPromptView *self, guint encoders)
{
  g_return_if_fail (LIMN_IS_PROMPT_VIEW (self));

  self->encoders = encoders;
  update_count (self);
}

void
limn_prompt_view_set_history (LimnPromptView *self, LimnPromptHistory *history)
{
  g_return_if_fail (LIMN_IS_PROMPT_VIEW (self));

  if (!g_set_object (&self->history, history))
    return;
  limn_prompt_history_popover_set_history (self->history_popover, history);
  gtk_widget_set_visible (self->history_button, TRUE);
}

GtkTextBuffer *
limn_prompt_view_get_buffer (LimnPromptView *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_VIEW (self), NULL);
  return self->buffer;
}

const char *
limn_prompt_view_get_count (LimnPromptView *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_VIEW (self), NULL);
  return gtk_label_get_text (self->count);
}

char *
limn_prompt_view_describe_lens (LimnPromptView *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_VIEW (self), NULL);
  return gtk_revealer_get_reveal_child (self->revealer) ? limn_prompt_lens_view_describe (self->lens_view) : NULL;
}
