/* prompt-marks.c - shows what the parts of a prompt are.
 *
 * What weighs more comes nearer to the accent colour, what weighs less fades; what chance decides is purple; the signs
 * themselves step back.  Letters keep their size and shape, so that nothing moves while one types.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-marks.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/prompt/prompt-scan.h"

#define UNKNOWN "limn-unknown"
#define MOST 20000 /* bytes; thousands of tags would make typing slow */

typedef enum {
  TAG_FAINT,
  TAG_LIGHT,
  TAG_STRONG,
  TAG_STRONGER,
  TAG_STRONGEST,
  TAG_SIGN,
  TAG_NUMBER,
  TAG_BREAK,
  TAG_CHANCE,
  TAG_LORA,
  TAG_UNMATCHED,
  N_TAGS
} Tag;

static const char *const names[N_TAGS] = {
  "limn-faint",  "limn-light", "limn-strong", "limn-stronger", "limn-strongest", "limn-sign",
  "limn-number", "limn-break", "limn-chance", "limn-lora",     "limn-unmatched",
};

/* on white, on the dark card, and both in high contrast; at least 4.5:1, 7:1 in high contrast */
static const char *const colors[4][N_TAGS] = {
  { "#767676", "#606060", "#27456d", "#1f57a3", "#1c63c4", "#6f6f6f", "#1a5fb4", "#5e5c64", "#813d9c", "#a83a00",
    "#c01c28" },
  { "#9a9a9a", "#bababa", "#c8dcf5", "#a9cbf4", "#85b8f5", "#a5a5a5", "#99c1f1", "#c0bfbc", "#dc9be8", "#ffbe6f",
    "#ff8a75" },
  { "#595959", "#4d4d4d", "#123c75", "#0f3f86", "#0b3c91", "#4d4d4d", "#0b3c91", "#3d3846", "#5b1d73", "#7a2a00",
    "#8f0a14" },
  { "#bdbdbd", "#d0d0d0", "#d6e6fa", "#c2dbfa", "#b3d4ff", "#d0d0d0", "#b3d4ff", "#deddda", "#eebdf5", "#ffd9a8",
    "#ffb3a6" },
};

static GtkTextTag *
get_tag (GtkTextBuffer *buffer, Tag tag)
{
  return gtk_text_tag_table_lookup (gtk_text_buffer_get_tag_table (buffer), names[tag]);
}

static void
color_cb (AdwStyleManager *manager, GParamSpec *pspec, GtkTextBuffer *buffer)
{
  gboolean contrast = adw_style_manager_get_high_contrast (manager);
  int row = (contrast ? 2 : 0) + (adw_style_manager_get_dark (manager) ? 1 : 0);

  for (Tag i = 0; i < N_TAGS; i++)
    g_object_set (get_tag (buffer, i), "foreground", colors[row][i], NULL);
  /* not by colour alone */
  for (Tag i = TAG_STRONG; i <= TAG_STRONGEST; i++)
    g_object_set (get_tag (buffer, i), "weight", contrast ? 600 : 400, NULL);
}

void
limn_prompt_marks_install (GtkTextBuffer *buffer)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  for (Tag i = 0; i < N_TAGS; i++)
    gtk_text_buffer_create_tag (buffer, names[i], NULL);
  gtk_text_buffer_create_tag (buffer, UNKNOWN, "underline", PANGO_UNDERLINE_SINGLE, "underline-rgba",
                              &(GdkRGBA){ 0.55f, 0.55f, 0.57f, 1 }, NULL);
  g_object_set (get_tag (buffer, TAG_UNMATCHED), "underline", PANGO_UNDERLINE_ERROR, NULL);
  g_object_set (get_tag (buffer, TAG_BREAK), "weight", 600, "letter-spacing", PANGO_SCALE, NULL);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (color_cb), buffer, 0);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (color_cb), buffer, 0);
  color_cb (manager, NULL, buffer);
}

/* N_TAGS: none */
static Tag
tag_for_weight (double weight)
{
  if (weight > 1.36)
    return TAG_STRONGEST;
  if (weight > 1.16)
    return TAG_STRONGER;
  if (weight > 1.001)
    return TAG_STRONG;
  if (weight < 0.76)
    return TAG_FAINT;
  return weight < 0.999 ? TAG_LIGHT : N_TAGS;
}

static Tag
tag_for (const LimnPromptSpan *span)
{
  switch (span->mark) {
  case LIMN_MARK_TEXT:
    return tag_for_weight (span->weight);
  case LIMN_MARK_ESCAPE:
  case LIMN_MARK_BRACKET:
  case LIMN_MARK_ORDER:
    return TAG_SIGN;
  case LIMN_MARK_WEIGHT:
  case LIMN_MARK_EDIT:
  case LIMN_MARK_EDIT_NUMBER:
    return TAG_NUMBER;
  case LIMN_MARK_UNMATCHED:
    return TAG_UNMATCHED;
  case LIMN_MARK_BREAK:
    return TAG_BREAK;
  case LIMN_MARK_CHOICE:
  case LIMN_MARK_CHOICE_WEIGHT:
  case LIMN_MARK_WILDCARD:
    return TAG_CHANCE;
  case LIMN_MARK_LORA:
    return TAG_LORA;
  }
  g_assert_not_reached ();
}

const LimnEmphasis *
limn_prompt_marks_emphasis (LimnPromptLens *lens)
{
  return limn_emphasis_find (lens != NULL ? limn_prompt_lens_get_emphasis (lens) : NULL);
}

void
limn_prompt_marks_update (GtkTextBuffer *buffer, const char *text, LimnPromptLens *lens)
{
  g_autoptr (GArray) spans = NULL;
  GtkTextIter start, end;
  glong at = 0;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_remove_all_tags (buffer, &start, &end);
  if (strlen (text) > MOST)
    return;
  spans = limn_prompt_scan (text, limn_prompt_marks_emphasis (lens));
  for (guint i = 0; i < spans->len; i++) {
    const LimnPromptSpan *span = &g_array_index (spans, LimnPromptSpan, i);
    glong next = at + g_utf8_strlen (text + span->start, span->end - span->start);
    Tag tag = tag_for (span);

    if (tag != N_TAGS) {
      gtk_text_buffer_get_iter_at_offset (buffer, &start, (int) at);
      gtk_text_buffer_get_iter_at_offset (buffer, &end, (int) next);
      gtk_text_buffer_apply_tag (buffer, get_tag (buffer, tag), &start, &end);
    }
    at = next;
  }
}

static void
mark_unknown (GtkTextBuffer *buffer, const char *text, const LimnPromptSpan *span, glong at, LimnPromptLens *lens)
{
  const char *end = text + span->end;

  for (const char *p = text + span->start; p < end; at++, p = g_utf8_next_char (p)) {
    const char *stop = p;
    glong letters = 0;
    g_autofree char *word = NULL;
    GtkTextIter from, to;

    for (; stop < end && g_unichar_isalpha (g_utf8_get_char (stop)); stop = g_utf8_next_char (stop))
      letters++;
    if (letters == 0)
      continue;
    word = g_strndup (p, (gsize) (stop - p));
    if (!limn_prompt_lens_knows (lens, word)) {
      gtk_text_buffer_get_iter_at_offset (buffer, &from, (int) at);
      gtk_text_buffer_get_iter_at_offset (buffer, &to, (int) (at + letters));
      gtk_text_buffer_apply_tag_by_name (buffer, UNKNOWN, &from, &to);
    }
    at += letters - 1;
    p = g_utf8_prev_char (stop);
  }
}

void
limn_prompt_marks_unknown (GtkTextBuffer *buffer, const char *text, LimnPromptLens *lens)
{
  g_autoptr (GArray) spans = NULL;
  GtkTextIter start, end;
  glong at = 0;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_remove_tag_by_name (buffer, UNKNOWN, &start, &end);
  if (strlen (text) > MOST)
    return;
  spans = limn_prompt_scan (text, limn_prompt_marks_emphasis (lens));
  for (guint i = 0; i < spans->len; i++) {
    const LimnPromptSpan *span = &g_array_index (spans, LimnPromptSpan, i);

    if (span->mark == LIMN_MARK_TEXT)
      mark_unknown (buffer, text, span, at, lens);
    at += g_utf8_strlen (text + span->start, span->end - span->start);
  }
}

static gboolean
tooltip_cb (GtkTextView *view, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextTag *tag = gtk_text_tag_table_lookup (gtk_text_buffer_get_tag_table (buffer), UNKNOWN);
  GtkTextIter at;

  if (keyboard) {
    gtk_text_buffer_get_iter_at_mark (buffer, &at, gtk_text_buffer_get_insert (buffer));
  } else {
    gtk_text_view_window_to_buffer_coords (view, GTK_TEXT_WINDOW_WIDGET, x, y, &x, &y);
    if (!gtk_text_view_get_iter_at_location (view, &at, x, y))
      return FALSE;
  }
  if (!gtk_text_iter_has_tag (&at, tag))
    return FALSE;
  gtk_tooltip_set_text (tooltip, _ ("The starter model does not know this word"));
  return TRUE;
}

void
limn_prompt_marks_explain (GtkTextView *view)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (view), TRUE);
  g_signal_connect (view, "query-tooltip", G_CALLBACK (tooltip_cb), NULL);
}
