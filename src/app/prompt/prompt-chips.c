/* prompt-chips.c - tokens drawn as chips.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-chips.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/widget/colors.h"
#include "session/settings/prompt-lens.h"

#define MOST 300
#define PAD_X 5
#define PAD_Y 2
#define WORD_GAP 4
#define PIECE_GAP 1
#define ROW_GAP 5
#define RADIUS 5
#define DESCRIBED 120 /* tokens; more would be no help to a listener */

typedef struct {
  char *text;            /* what is drawn */
  gboolean begins, ends; /* a word */
  int id, chunk;
  double weight;
  float text_width, x, y, width;
} Chip;

struct _LimnPromptChips {
  GtkWidget parent_instance;
  GArray *chips;
  guint hidden; /* tokens beyond those */
  float text_height;
  gboolean measured, mirrored;
};

G_DEFINE_FINAL_TYPE (LimnPromptChips, limn_prompt_chips, GTK_TYPE_WIDGET)

static void
clear_chip (gpointer chip)
{
  g_free (((Chip *) chip)->text);
}

static Chip *
chip_at (LimnPromptChips *self, guint index)
{
  return &g_array_index (self->chips, Chip, index);
}

static char *
chunk_title (int chunk)
{
  /* translators: a part of a prompt that is read at once; %d counts from 1 */
  return g_strdup_printf (_ ("Chunk %d"), chunk + 1);
}

static char *
hidden_title (LimnPromptChips *self)
{
  return g_strdup_printf (ngettext ("and %u more token", "and %u more tokens", self->hidden), self->hidden);
}

/* ---- Where the chips go ---- */

static void
measure_texts (LimnPromptChips *self)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "x");
  int width, height;

  if (self->measured)
    return;
  pango_layout_get_pixel_size (layout, NULL, &height);
  self->text_height = height;
  for (guint i = 0; i < self->chips->len; i++) {
    Chip *chip = chip_at (self, i);

    pango_layout_set_text (layout, chip->text, -1);
    pango_layout_get_pixel_size (layout, &width, NULL);
    chip->text_width = width;
  }
  self->measured = TRUE;
}

static float
chip_width (const Chip *chip)
{
  return chip->text_width + (chip->begins ? PAD_X : PAD_X / 2.0f) + (chip->ends ? PAD_X : PAD_X / 2.0f);
}

/* One past the last piece of the word that begins at first. */
static guint
word_end (LimnPromptChips *self, guint first, float *width)
{
  guint i = first;

  *width = 0;
  do {
    *width += chip_width (chip_at (self, i)) + (i > first ? PIECE_GAP : 0);
    i++;
  } while (i < self->chips->len && !chip_at (self, i)->begins
           && chip_at (self, i)->chunk == chip_at (self, first)->chunk);
  return i;
}

/* Places all chips; the height that they take. */
static float
place (LimnPromptChips *self, float width)
{
  float x = 0, y = 0, row, total;

  measure_texts (self);
  row = self->text_height + 2 * PAD_Y;
  for (guint i = 0; i < self->chips->len;) {
    float word;
    guint end = word_end (self, i, &word);

    if (i > 0 && chip_at (self, i)->chunk != chip_at (self, i - 1)->chunk) {
      y += 2 * (row + ROW_GAP); /* the chunk's title stands between */
      x = 0;
    } else if (x > 0 && x + word > width) {
      y += row + ROW_GAP;
      x = 0;
    }
    for (; i < end; i++) {
      Chip *chip = chip_at (self, i);

      if (x > 0 && x + chip_width (chip) > width) {
        y += row + ROW_GAP;
        x = 0;
      }
      chip->width = MIN (chip_width (chip), width);
      chip->x = x;
      chip->y = y;
      x += chip->width + (chip->ends ? WORD_GAP : PIECE_GAP);
    }
  }
  total = self->chips->len > 0 ? y + row : 0;
  return self->hidden > 0 ? total + ROW_GAP + row : total;
}

static GtkSizeRequestMode
limn_prompt_chips_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
limn_prompt_chips_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  LimnPromptChips *self = LIMN_PROMPT_CHIPS (widget);

  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = 60;
    *natural = 300;
  } else {
    *minimum = *natural = (int) ceilf (place (self, for_size > 0 ? for_size : 300));
  }
}

static void
limn_prompt_chips_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  place (LIMN_PROMPT_CHIPS (widget), width);
}

/* ---- Drawing ---- */

/* Chips run as the prompt does, whatever way the window runs. */
static gboolean
is_mirrored (LimnPromptChips *self)
{
  for (guint i = 0; i < self->chips->len; i++)
    if (g_unichar_isalpha (g_utf8_get_char (chip_at (self, i)->text))) {
      g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), chip_at (self, i)->text);

      return pango_layout_get_direction (layout, 0) == PANGO_DIRECTION_RTL;
    }
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* a chip's ground: more accent the more it weighs, barely there where it weighs less */
static GdkRGBA
ground (GtkWidget *widget, double weight)
{
  GdkRGBA color = limn_color_get (widget, LIMN_COLOR_BASE);

  if (weight > 1.001) {
    color.alpha = (float) CLAMP (0.18 + 0.5 * (weight - 1), 0.2, 0.6);
    return color;
  }
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  color.alpha *= weight < 0.999 ? 0.035f : 0.09f;
  return color;
}

static void
draw_text (GtkSnapshot *snapshot, PangoLayout *layout, float x, float y, const GdkRGBA *color)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_chip (LimnPromptChips *self, GtkSnapshot *snapshot, PangoLayout *layout, const Chip *chip, const GdkRGBA *ink)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean mirrored = self->mirrored;
  float left = chip->begins ? PAD_X : PAD_X / 2.0f;
  float x = mirrored ? gtk_widget_get_width (widget) - chip->x - chip->width : chip->x;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (x, chip->y, chip->width, self->text_height + 2 * PAD_Y);
  graphene_size_t starts = GRAPHENE_SIZE_INIT (chip->begins ? RADIUS : 1, chip->begins ? RADIUS : 1);
  graphene_size_t stops = GRAPHENE_SIZE_INIT (chip->ends ? RADIUS : 1, chip->ends ? RADIUS : 1);
  GdkRGBA color = ground (widget, chip->weight);
  GskRoundedRect shape;

  if (mirrored)
    gsk_rounded_rect_init (&shape, &bounds, &stops, &starts, &starts, &stops);
  else
    gsk_rounded_rect_init (&shape, &bounds, &starts, &stops, &stops, &starts);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, &color, &bounds);
  color = *ink;
  if (chip->weight < 0.999)
    color.alpha *= 0.7f;
  pango_layout_set_text (layout, chip->text, -1);
  draw_text (snapshot, layout, mirrored ? x + chip->width - left - chip->text_width : x + left, chip->y + PAD_Y,
             &color);
  gtk_snapshot_pop (snapshot);
}

/* a title and a line to the far edge */
static void
draw_edge (LimnPromptChips *self, GtkSnapshot *snapshot, PangoLayout *layout, const char *title, float y,
           const GdkRGBA *ink)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean mirrored = self->mirrored;
  float width = gtk_widget_get_width (widget), start;
  GdkRGBA color = *ink;
  int title_width;

  color.alpha *= 0.6f;
  pango_layout_set_text (layout, title, -1);
  pango_layout_get_pixel_size (layout, &title_width, NULL);
  draw_text (snapshot, layout, mirrored ? width - title_width : 0, y + PAD_Y, &color);
  color.alpha *= 0.5f;
  start = title_width + 8;
  if (start < width)
    gtk_snapshot_append_color (
        snapshot, &color,
        &GRAPHENE_RECT_INIT (mirrored ? 0 : start, y + PAD_Y + floorf (self->text_height / 2), width - start, 1));
}

static void
limn_prompt_chips_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnPromptChips *self = LIMN_PROMPT_CHIPS (widget);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, NULL);
  float row = self->text_height + 2 * PAD_Y, y = 0;
  GdkRGBA ink;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  for (guint i = 0; i < self->chips->len; i++) {
    const Chip *chip = chip_at (self, i);

    if (i > 0 && chip->chunk != chip_at (self, i - 1)->chunk) {
      g_autofree char *title = chunk_title (chip->chunk);

      draw_edge (self, snapshot, layout, title, chip->y - row - ROW_GAP, &ink);
    }
    draw_chip (self, snapshot, layout, chip, &ink);
    y = chip->y + row + ROW_GAP;
  }
  if (self->hidden > 0) {
    g_autofree char *title = hidden_title (self);

    draw_edge (self, snapshot, layout, title, y, &ink);
  }
}

/* ---- Words about it ---- */

static gboolean
limn_prompt_chips_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  LimnPromptChips *self = LIMN_PROMPT_CHIPS (widget);
  float at = self->mirrored ? gtk_widget_get_width (widget) - x : x;

  for (guint i = 0; i < self->chips->len; i++) {
    const Chip *chip = chip_at (self, i);
    g_autofree char *text = NULL;

    if (at < chip->x || at >= chip->x + chip->width || y < chip->y || y >= chip->y + self->text_height + 2 * PAD_Y)
      continue;
    /* translators: of one piece of a prompt: its number in the vocabulary, and how much it counts */
    text = g_strdup_printf (_ ("Token %d, weight %.2f"), chip->id, chip->weight);
    gtk_tooltip_set_text (tooltip, text);
    return TRUE;
  }
  return FALSE;
}

char *
limn_prompt_chips_describe (LimnPromptChips *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (LIMN_IS_PROMPT_CHIPS (self), NULL);

  for (guint i = 0; i < self->chips->len && i < DESCRIBED; i++) {
    const Chip *chip = chip_at (self, i);
    gboolean edge = i > 0 && chip->chunk != chip_at (self, i - 1)->chunk;
    g_autofree char *title = edge ? chunk_title (chip->chunk) : NULL;

    if (edge)
      g_string_append_printf (text, "; %s: ", title);
    else if (i > 0)
      g_string_append (text, chip->begins ? ", " : "·");
    g_string_append_len (text, chip->text, (gssize) strlen (chip->text) - (chip->ends ? (gssize) strlen ("·") : 0));
    if (chip->ends && fabs (chip->weight - 1) > 0.001)
      /* translators: how much a word of the prompt counts */
      g_string_append_printf (text, _ (" (weight %.2f)"), chip->weight);
  }
  if (self->chips->len > DESCRIBED)
    g_string_append (text, "…");
  return g_strdup (text->str);
}

/* ---- Object ---- */

static void
limn_prompt_chips_finalize (GObject *object)
{
  g_array_unref (LIMN_PROMPT_CHIPS (object)->chips);

  G_OBJECT_CLASS (limn_prompt_chips_parent_class)->finalize (object);
}

/* another font */
static void
limn_prompt_chips_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (limn_prompt_chips_parent_class)->css_changed (widget, change);

  LIMN_PROMPT_CHIPS (widget)->measured = FALSE;
  gtk_widget_queue_resize (widget);
}

static void
limn_prompt_chips_class_init (LimnPromptChipsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_prompt_chips_finalize;
  widget_class->get_request_mode = limn_prompt_chips_get_request_mode;
  widget_class->measure = limn_prompt_chips_measure;
  widget_class->size_allocate = limn_prompt_chips_size_allocate;
  widget_class->snapshot = limn_prompt_chips_snapshot;
  widget_class->css_changed = limn_prompt_chips_css_changed;
  widget_class->query_tooltip = limn_prompt_chips_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "chips");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_prompt_chips_init (LimnPromptChips *self)
{
  self->chips = g_array_new (FALSE, FALSE, sizeof (Chip));
  g_array_set_clear_func (self->chips, clear_chip);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

static Chip
chip_new (const LimnToken *token)
{
  g_autofree char *valid = g_utf8_make_valid (token->text, -1);
  gboolean ends = g_str_has_suffix (valid, " ");

  if (ends)
    valid[strlen (valid) - 1] = '\0';
  return (Chip){ .text = ends ? g_strconcat (valid, "·", NULL) : g_strdup (valid),
                 .ends = ends,
                 .id = token->id,
                 .chunk = token->chunk,
                 .weight = token->weight };
}

void
limn_prompt_chips_set_tokens (LimnPromptChips *self, const GPtrArray *tokens)
{
  guint n = tokens != NULL ? MIN (tokens->len, MOST) : 0;

  g_return_if_fail (LIMN_IS_PROMPT_CHIPS (self));

  g_array_set_size (self->chips, 0);
  for (guint i = 0; i < n; i++) {
    Chip chip = chip_new (tokens->pdata[i]);

    chip.begins = i == 0 || chip_at (self, i - 1)->ends || chip_at (self, i - 1)->chunk != chip.chunk;
    g_array_append_val (self->chips, chip);
  }
  self->hidden = tokens != NULL ? tokens->len - n : 0;
  self->measured = FALSE;
  self->mirrored = is_mirrored (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
