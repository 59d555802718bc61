/* contact-sheet.c - nine quick drafts over two of the size hints.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/contact-sheet.h"

#include <glib/gi18n.h>

#include "app/widget/number-row.h"
#include "app/widget/texture.h"

#define RESTART_DELAY 500 /* ms after the last choice */

typedef enum { CELL_WAITING, CELL_PAINTING, CELL_DONE, CELL_FAILED } CellState;

typedef struct {
  CellState state;
  LimnSizeHints hints;
  GdkTexture *texture;
  GtkWidget *button, *spinner, *failed;
  GtkPicture *picture;
} Cell;

struct _LimnContactSheet {
  GtkWidget parent_instance;

  /* Template. */
  GtkWidget *box;
  GtkLabel *status;
  GtkProgressBar *progress;
  GtkGrid *grid;
  GtkDropDown *across_drop, *side_drop;
  GtkSpinButton *steps_spin;
  GtkLabel *heads[2][LIMN_SHEET_SIDE]; /* above the columns, beside the rows */
  Cell cells[LIMN_SHEET_CELLS];

  /* The runs. */
  LimnSession *session;
  LimnSettings *settings; /* as they were; NULL: not started */
  GCancellable *cancellable;
  int painting; /* a cell, or -1 */
  int adopted;  /* a cell, or -1 */
  guint restart, serial;
};

G_DEFINE_FINAL_TYPE (LimnContactSheet, limn_contact_sheet, GTK_TYPE_WIDGET)

enum { ADOPTED, CLOSED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void paint_next (LimnContactSheet *self);

/* ---- What is shown ---- */

static void
show_status (LimnContactSheet *self)
{
  int done = limn_contact_sheet_count_done (self);
  g_autofree char *text = NULL;

  if (self->painting >= 0)
    /* translators: which of how many drafts is being painted */
    text = g_strdup_printf (_ ("Painting draft %d of %d"), self->painting + 1, LIMN_SHEET_CELLS);
  else if (done == LIMN_SHEET_CELLS)
    text = g_strdup (_ ("Choose one to take over its hints"));
  else if (self->settings != NULL && limn_session_is_busy (self->session))
    text = g_strdup (_ ("Waits until your picture is painted"));
  else
    text = g_strdup (_ ("Small drafts of your prompt that differ in their hints alone"));
  gtk_label_set_text (self->status, text);
  gtk_progress_bar_set_fraction (self->progress, done / (double) LIMN_SHEET_CELLS);
  gtk_widget_set_opacity (GTK_WIDGET (self->progress), done < LIMN_SHEET_CELLS ? 1 : 0);
}

static void
show_cell (LimnContactSheet *self, int index)
{
  Cell *cell = &self->cells[index];
  const LimnSettingsValues *values = self->settings != NULL ? limn_settings_values (self->settings) : NULL;
  LimnSizeHints hints = cell->hints;
  g_autofree char *text = NULL;

  if (values != NULL)
    hints = limn_size_hints_resolve (&hints, values->width, values->height);
  text = limn_hints_describe (&hints);
  gtk_picture_set_paintable (cell->picture, GDK_PAINTABLE (cell->texture));
  gtk_widget_set_visible (cell->spinner, cell->state == CELL_PAINTING);
  gtk_spinner_set_spinning (GTK_SPINNER (cell->spinner), cell->state == CELL_PAINTING);
  gtk_widget_set_visible (cell->failed, cell->state == CELL_FAILED);
  gtk_widget_set_tooltip_text (cell->button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell->button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (cell->button), GTK_ACCESSIBLE_STATE_BUSY, cell->state == CELL_PAINTING,
                               GTK_ACCESSIBLE_STATE_PRESSED,
                               self->adopted == index ? GTK_ACCESSIBLE_TRISTATE_TRUE : GTK_ACCESSIBLE_TRISTATE_FALSE,
                               -1);
  if (self->adopted == index)
    gtk_widget_add_css_class (cell->button, "adopted");
  else
    gtk_widget_remove_css_class (cell->button, "adopted");
}

static char *
column_head (LimnSheetAcross across, int column, const LimnSizeHints *hints)
{
  static const char *const crops[] = { N_ ("Whole"), N_ ("Cut a little"), N_ ("Cut far") };
  static const char *const shapes[] = { N_ ("Taller"), N_ ("As it is"), N_ ("Wider") };

  if (across == LIMN_SHEET_SHAPE)
    return g_strdup_printf ("%s\n%d × %d", _ (shapes[column]), hints->target_width, hints->target_height);
  return g_strdup_printf ("%s\n%d, %d", _ (crops[column]), hints->crop_left, hints->crop_top);
}

static char *
row_head (int row, const LimnSizeHints *hints)
{
  static const char *const sizes[] = { N_ ("Small"), N_ ("Own"), N_ ("Large") };

  return g_strdup_printf ("%s\n%d × %d", _ (sizes[row]), hints->original_width, hints->original_height);
}

static void
show_heads (LimnContactSheet *self, LimnSheetAcross across)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  for (int i = 0; i < LIMN_SHEET_SIDE; i++) {
    LimnSizeHints column = limn_size_hints_resolve (&self->cells[i].hints, values->width, values->height);
    LimnSizeHints row =
        limn_size_hints_resolve (&self->cells[i * LIMN_SHEET_SIDE].hints, values->width, values->height);
    g_autofree char *above = column_head (across, i, &column), *beside = row_head (i, &row);

    gtk_label_set_text (self->heads[0][i], above);
    gtk_label_set_text (self->heads[1][i], beside);
  }
}

/* ---- Painting ---- */

/* a draft on its way: whatever began since then is none of its business */
typedef struct {
  LimnContactSheet *sheet;
  guint serial;
} Draft;

static void
take_draft (LimnContactSheet *self, LimnPicture *picture, const GError *error)
{
  int index = self->painting;
  Cell *cell = &self->cells[index];
  gboolean gave_way = g_cancellable_is_cancelled (self->cancellable);

  self->painting = -1;
  g_clear_object (&self->cancellable);
  if (picture != NULL) {
    cell->state = CELL_DONE;
    cell->texture = limn_texture_from_image (limn_picture_get_enlarged (picture));
  } else {
    /* one that had to give way is painted again */
    cell->state = gave_way ? CELL_WAITING : CELL_FAILED;
    gtk_widget_set_tooltip_text (cell->failed, error->message);
  }
  show_cell (self, index);
  paint_next (self);
}

static void
painted_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Draft *draft = data;
  g_autoptr (LimnContactSheet) self = draft->sheet;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPicture) picture = limn_session_run_finish (LIMN_SESSION (object), result, &error);

  if (self->session != NULL && draft->serial == self->serial && self->painting >= 0)
    take_draft (self, picture, error);
  g_free (draft);
}

static void
paint (LimnContactSheet *self, int index)
{
  Cell *cell = &self->cells[index];
  g_autoptr (LimnSettings) settings = NULL;
  Draft *draft = g_new0 (Draft, 1);

  settings = limn_sheet_draft (self->settings, limn_contact_sheet_get_negative (self), &cell->hints,
                               gtk_spin_button_get_value_as_int (self->steps_spin));
  draft->sheet = g_object_ref (self);
  draft->serial = ++self->serial;
  self->painting = index;
  self->cancellable = g_cancellable_new ();
  cell->state = CELL_PAINTING;
  show_cell (self, index);
  limn_session_run_async (self->session, settings, NULL, 0, LIMN_RUN_DRAFT, self->cancellable, painted_cb, draft);
}

static void
paint_next (LimnContactSheet *self)
{
  int next = -1;

  for (int i = LIMN_SHEET_CELLS - 1; i >= 0; i--)
    if (self->cells[i].state == CELL_WAITING)
      next = i;
  if (self->settings != NULL && self->painting < 0 && next >= 0 && !limn_session_is_busy (self->session))
    paint (self, next);
  show_status (self);
}

static void
busy_cb (LimnContactSheet *self)
{
  if (limn_session_is_busy (self->session) && self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  else
    paint_next (self);
  show_status (self);
}

void
limn_contact_sheet_stop (LimnContactSheet *self)
{
  g_return_if_fail (LIMN_IS_CONTACT_SHEET (self));

  g_clear_handle_id (&self->restart, g_source_remove);
  self->serial++;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->painting >= 0)
    self->cells[self->painting].state = CELL_WAITING;
  self->painting = -1;
  g_clear_object (&self->settings);
}

static void
begin (LimnContactSheet *self, LimnSettings *settings)
{
  LimnSheetAcross across = (LimnSheetAcross) gtk_drop_down_get_selected (self->across_drop);
  gboolean negative = limn_contact_sheet_get_negative (self);

  limn_contact_sheet_stop (self);
  self->settings = g_object_ref (settings);
  self->adopted = -1;
  for (int i = 0; i < LIMN_SHEET_CELLS; i++) {
    self->cells[i].state = CELL_WAITING;
    self->cells[i].hints = limn_sheet_hints (settings, negative, across, i);
    g_clear_object (&self->cells[i].texture);
    show_cell (self, i);
  }
  show_heads (self, across);
  paint_next (self);
}

void
limn_contact_sheet_start (LimnContactSheet *self, LimnSettings *settings)
{
  g_autoptr (LimnSettings) copy = limn_settings_copy (settings);

  g_return_if_fail (LIMN_IS_CONTACT_SHEET (self));

  begin (self, copy);
}

static gboolean
restart_cb (gpointer data)
{
  LimnContactSheet *self = data;
  g_autoptr (LimnSettings) settings = g_object_ref (self->settings);

  self->restart = 0;
  begin (self, settings);
  return G_SOURCE_REMOVE;
}

static void
choice_cb (LimnContactSheet *self)
{
  if (self->settings == NULL)
    return;
  g_clear_handle_id (&self->restart, g_source_remove);
  self->restart = g_timeout_add (RESTART_DELAY, restart_cb, self);
}

/* ---- Cells ---- */

static void
clicked_cb (GtkButton *button, LimnContactSheet *self)
{
  int index = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "cell")), before = self->adopted;

  if (self->settings == NULL)
    return;
  self->adopted = index;
  if (before >= 0)
    show_cell (self, before);
  show_cell (self, index);
  g_signal_emit (self, signals[ADOPTED], 0, index);
}

static void
make_cell (LimnContactSheet *self, int index, GtkSizeGroup *sizes)
{
  Cell *cell = &self->cells[index];
  GtkWidget *overlay = gtk_overlay_new ();

  cell->picture = GTK_PICTURE (gtk_picture_new ());
  cell->spinner = g_object_new (GTK_TYPE_SPINNER, "halign", GTK_ALIGN_CENTER, "valign", GTK_ALIGN_CENTER,
                                "width-request", 24, "height-request", 24, "visible", FALSE, NULL);
  cell->failed = g_object_new (GTK_TYPE_IMAGE, "icon-name", "dialog-warning-symbolic", "visible", FALSE, NULL);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), GTK_WIDGET (cell->picture));
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), cell->spinner);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), cell->failed);
  cell->button = g_object_new (GTK_TYPE_BUTTON, "child", overlay, "hexpand", TRUE, "vexpand", TRUE, "width-request", 64,
                               "height-request", 64, NULL);
  gtk_widget_add_css_class (cell->button, "draft");
  g_object_set_data (G_OBJECT (cell->button), "cell", GINT_TO_POINTER (index));
  g_signal_connect (cell->button, "clicked", G_CALLBACK (clicked_cb), self);
  /* those that are painted ask for no more room than those that are not */
  gtk_size_group_add_widget (sizes, cell->button);
  gtk_grid_attach (self->grid, cell->button, 1 + index % LIMN_SHEET_SIDE, 1 + index / LIMN_SHEET_SIDE, 1, 1);
}

static GtkLabel *
make_head (LimnContactSheet *self, int column, int row)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "justify", GTK_JUSTIFY_CENTER, NULL);

  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_grid_attach (self->grid, label, column, row, 1, 1);
  return GTK_LABEL (label);
}

/* ---- Object ---- */

static void
close_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[CLOSED], 0);
}

static void
limn_contact_sheet_dispose (GObject *object)
{
  LimnContactSheet *self = LIMN_CONTACT_SHEET (object);

  limn_contact_sheet_stop (self);
  for (int i = 0; i < LIMN_SHEET_CELLS; i++)
    g_clear_object (&self->cells[i].texture);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (limn_contact_sheet_parent_class)->dispose (object);
}

static void
limn_contact_sheet_class_init (LimnContactSheetClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_contact_sheet_dispose;
  signals[ADOPTED] = g_signal_new ("adopted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_INT);
  signals[CLOSED] =
      g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_install_action (widget_class, "sheet.close", NULL, close_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "sheet.close", NULL);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "contactsheet");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/contact-sheet.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnContactSheet, box);
  gtk_widget_class_bind_template_child (widget_class, LimnContactSheet, status);
  gtk_widget_class_bind_template_child (widget_class, LimnContactSheet, progress);
  gtk_widget_class_bind_template_child (widget_class, LimnContactSheet, grid);
  gtk_widget_class_bind_template_child (widget_class, LimnContactSheet, across_drop);
  gtk_widget_class_bind_template_child (widget_class, LimnContactSheet, side_drop);
  gtk_widget_class_bind_template_child (widget_class, LimnContactSheet, steps_spin);
  gtk_widget_class_bind_template_callback (widget_class, choice_cb);
}

static void
limn_contact_sheet_init (LimnContactSheet *self)
{
  g_autoptr (GtkSizeGroup) sizes = gtk_size_group_new (GTK_SIZE_GROUP_BOTH);

  self->painting = self->adopted = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_spin_ignore_scroll (self->steps_spin);
  for (int i = 0; i < LIMN_SHEET_SIDE; i++) {
    self->heads[0][i] = make_head (self, 1 + i, 0);
    self->heads[1][i] = make_head (self, 0, 1 + i);
  }
  for (int i = 0; i < LIMN_SHEET_CELLS; i++)
    make_cell (self, i, sizes);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Contact sheet"), -1);
}

GtkWidget *
limn_contact_sheet_new (LimnSession *session)
{
  LimnContactSheet *self = g_object_new (LIMN_TYPE_CONTACT_SHEET, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_swapped (session, "notify::busy", G_CALLBACK (busy_cb), self);
  show_status (self);
  return GTK_WIDGET (self);
}

gboolean
limn_contact_sheet_get_negative (LimnContactSheet *self)
{
  g_return_val_if_fail (LIMN_IS_CONTACT_SHEET (self), FALSE);
  return gtk_drop_down_get_selected (self->side_drop) == 1;
}

LimnSizeHints
limn_contact_sheet_get_hints (LimnContactSheet *self, int cell)
{
  g_return_val_if_fail (LIMN_IS_CONTACT_SHEET (self) && cell >= 0 && cell < LIMN_SHEET_CELLS, (LimnSizeHints){ 0 });
  return self->cells[cell].hints;
}

GdkTexture *
limn_contact_sheet_get_texture (LimnContactSheet *self, int cell)
{
  g_return_val_if_fail (LIMN_IS_CONTACT_SHEET (self) && cell >= 0 && cell < LIMN_SHEET_CELLS, NULL);
  return self->cells[cell].texture;
}

int
limn_contact_sheet_count_done (LimnContactSheet *self)
{
  int done = 0;

  g_return_val_if_fail (LIMN_IS_CONTACT_SHEET (self), 0);

  for (int i = 0; i < LIMN_SHEET_CELLS; i++)
    done += self->cells[i].state == CELL_DONE;
  return done;
}
