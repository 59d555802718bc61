/* control-row.c - the widgets of a ControlNet, and what it sees, made on a thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/control-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/panel/control-place.h"
#include "app/widget/number-row.h"
#include "app/widget/texture.h"
#include "base/control-type.h"
#include "base/model-path.h"
#include "map/map.h"
#include "session/thread/task-thread.h"

#define THUMBNAIL 40 /* pixels, as in control-row.ui */
#define SIGHT 224    /* pixels, each way, that an IP-Adapter sees */

struct _LimnControlRow {
  AdwExpanderRow parent_instance;
  GtkPicture *thumbnail, *preview;
  GtkWidget *preview_row, *remove_button, *shown_button, *source_button, *pose_button, *open_button;
  AdwActionRow *picture_row;
  AdwComboRow *map_row, *type_row, *place_row, *fit_row;
  GtkAdjustment *weight, *start, *end, *opacity;
  GtkToggleButton *show_button;
  GtkScale *opacity_scale;

  LimnFollowed *shown; /* a single row, as it is set */
  int width, height;
  LimnFamily family;
  char *regions;         /* of the settings, or NULL */
  LimnFileFacts *facts;  /* NULL: not looked at yet */
  int types;             /* in the list of kinds: of the network, or all that there are */
  LimnImage *map;        /* NULL: not made yet */
  GCancellable *making;  /* of map */
  GCancellable *looking; /* for facts */
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (LimnControlRow, limn_control_row, ADW_TYPE_EXPANDER_ROW)

enum { CHANGED, ASKED, MAP_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static const LimnFollowedRow *
row_of (LimnControlRow *self)
{
  return limn_followed_nth (self->shown, 0);
}

static void
forget (GCancellable **cancellable)
{
  if (*cancellable != NULL)
    g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

/* An IP-Adapter, which sees its picture rather than following it. */
static gboolean
sees (LimnControlRow *self)
{
  return self->facts != NULL && self->facts->adapter == LIMN_ADAPTER_IP;
}

/* ---- What it sees ---- */

typedef struct {
  LimnSource *picture;
  LimnControl how;
  int width, height;
} Making;

static void
making_free (gpointer data)
{
  g_object_unref (((Making *) data)->picture);
  g_free (data);
}

static void
make_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Making *making = data;
  LimnControl control = making->how;

  control.image = limn_source_get_image (making->picture);
  g_task_return_pointer (task, limn_control_map (&control, making->width, making->height),
                         (GDestroyNotify) limn_image_free);
}

static void
show_map (LimnControlRow *self, LimnImage *map)
{
  g_autoptr (GdkTexture) texture = map != NULL ? limn_texture_from_image (map) : NULL;

  g_clear_pointer (&self->map, limn_image_free);
  self->map = map;
  gtk_picture_set_paintable (self->preview, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (self->preview_row, map != NULL);
  g_signal_emit (self, signals[MAP_CHANGED], 0);
}

static void
made_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnImage *map = g_task_propagate_pointer (G_TASK (result), NULL);

  if (map != NULL)
    show_map (LIMN_CONTROL_ROW (object), map);
}

static void
make_map (LimnControlRow *self)
{
  const LimnFollowedRow *row = row_of (self);
  g_autoptr (GTask) task = NULL;
  Making *making;

  forget (&self->making);
  if (row->picture == NULL || self->width <= 0) {
    show_map (self, NULL);
    return;
  }
  self->making = g_cancellable_new ();
  making = g_new (Making, 1);
  *making = (Making){ g_object_ref (row->picture), row->how, sees (self) ? SIGHT : self->width,
                      sees (self) ? SIGHT : self->height };
  task = g_task_new (self, self->making, made_cb, NULL);
  g_task_set_task_data (task, making, making_free);
  limn_task_run_in_thread (task, make_thread);
}

static void
show_cb (LimnControlRow *self)
{
  g_signal_emit (self, signals[MAP_CHANGED], 0);
}

const LimnImage *
limn_control_row_get_map (LimnControlRow *self, double *opacity)
{
  g_return_val_if_fail (LIMN_IS_CONTROL_ROW (self), NULL);

  *opacity = gtk_adjustment_get_value (self->opacity);
  return gtk_toggle_button_get_active (self->show_button) && !sees (self) ? self->map : NULL;
}

/* ---- What it is ---- */

static const char *
map_title (const char *name)
{
  const LimnChoice *choice = name != NULL ? limn_choice_find (limn_map_choice, name) : NULL;

  return choice != NULL ? _ (choice->title) : _ ("The picture as it is");
}

/* NULL: nothing is wrong with it.  (transfer full) */
static char *
problem_of (LimnControlRow *self)
{
  const LimnFileFacts *facts = self->facts;

  if (facts == NULL)
    return NULL;
  if (facts->kind != LIMN_FILE_CONTROL || facts->missing)
    return g_strdup (facts->note != NULL ? facts->note : _ ("This is no ControlNet"));
  if (row_of (self)->how.type != NULL
      && !limn_control_type_fits (limn_control_type_find (row_of (self)->how.type), facts->types, sees (self)))
    return g_strdup (_ ("It does not know such a kind of picture"));
  if (facts->family != LIMN_FAMILY_UNKNOWN && self->family != LIMN_FAMILY_UNKNOWN && facts->family != self->family)
    /* translators: families of models */
    return g_strdup_printf (_ ("It is for %s, and the model is %s"), limn_family_name (facts->family),
                            limn_family_name (self->family));
  return NULL;
}

/* ---- Which kind of picture it is ---- */

static int
types_of (LimnControlRow *self)
{
  return self->facts != NULL ? self->facts->types : 0;
}

int
limn_control_row_get_types (LimnControlRow *self)
{
  g_return_val_if_fail (LIMN_IS_CONTROL_ROW (self), 0);
  return types_of (self);
}

/* What stands at index of the list, after "by the map"; NULL beyond its end. */
static const LimnControlType *
type_at (LimnControlRow *self, guint index)
{
  const LimnControlType *type = index > 0 ? limn_control_type_nth (index - 1) : NULL;

  return type != NULL
                 && (limn_control_type_fits (type, self->types, sees (self))
                     || type->choice.name == row_of (self)->how.type)
             ? type
             : NULL;
}

/* The kinds that the network knows, and the one that is set; hidden where it is told none. */
static void
show_types (LimnControlRow *self)
{
  const LimnFollowedRow *row = row_of (self);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = 0;

  self->types = types_of (self);
  gtk_string_list_append (titles, sees (self) ? _ ("All of it") : _ ("Automatic"));
  for (guint i = 1; limn_control_type_nth (i - 1) != NULL; i++) {
    if (type_at (self, i) == NULL)
      continue;
    if (type_at (self, i)->choice.name == row->how.type)
      selected = g_list_model_get_n_items (G_LIST_MODEL (titles));
    gtk_string_list_append (titles, _ (type_at (self, i)->choice.title));
  }
  self->updating = TRUE;
  adw_combo_row_set_model (self->type_row, G_LIST_MODEL (titles));
  adw_combo_row_set_selected (self->type_row, selected);
  self->updating = FALSE;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->type_row),
                                 sees (self) ? _ ("What It Takes") : _ ("What the Picture Shows"));
  gtk_widget_set_visible (GTK_WIDGET (self->type_row), self->types > 0 || sees (self) || row->how.type != NULL);
}

/* What an IP-Adapter has, and what it has no use for. */
static void
show_sight (LimnControlRow *self)
{
  const LimnFollowedRow *row = row_of (self);
  guint selected;
  g_autoptr (GtkStringList) places = limn_control_places (self->regions, row->how.mask, &selected);

  self->updating = TRUE;
  adw_combo_row_set_model (self->place_row, G_LIST_MODEL (places));
  adw_combo_row_set_selected (self->place_row, selected);
  self->updating = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (self->place_row), sees (self) || row->how.mask != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->map_row), !sees (self) || row->how.map != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->show_button), !sees (self));
  gtk_widget_set_visible (GTK_WIDGET (self->opacity_scale), !sees (self));
  gtk_widget_set_visible (self->pose_button, !sees (self));
}

/* The name of the one that is selected; NULL: by the map. */
static const char *
selected_type (LimnControlRow *self)
{
  guint left = adw_combo_row_get_selected (self->type_row);

  if (left == GTK_INVALID_LIST_POSITION || !gtk_widget_get_visible (GTK_WIDGET (self->type_row)))
    return row_of (self)->how.type;
  for (guint i = 1; left > 0 && limn_control_type_nth (i - 1) != NULL; i++)
    if (type_at (self, i) != NULL && --left == 0)
      return type_at (self, i)->choice.name;
  return NULL;
}

/* "Edges (Canny)"; of a network of several kinds also what it is told that this is.  (transfer full) */
static char *
followed_words (LimnControlRow *self)
{
  const LimnControl *how = &row_of (self)->how;
  const char *told;

  if (sees (self))
    return g_strdup (how->type != NULL ? _ (limn_control_type_find (how->type)->choice.title) : _ ("All of it"));
  if (types_of (self) == 0)
    return g_strdup (map_title (how->map));
  limn_control_told (how, types_of (self), &told);
  return g_strdup_printf ("%s · %s", map_title (how->map), told);
}

/* What the network is told, where it is told anything. */
static void
update_told (LimnControlRow *self)
{
  const char *told;

  limn_control_told (&row_of (self)->how, types_of (self), &told);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->type_row),
                               row_of (self)->how.type == NULL && !sees (self) ? told : NULL);
}

static void
update_words (LimnControlRow *self)
{
  const LimnFollowedRow *row = row_of (self);
  g_autofree char *problem = problem_of (self), *words = NULL, *followed = followed_words (self);

  if (problem == NULL && row->picture == NULL)
    problem = g_strdup (_ ("Drop a picture here"));
  else if (problem == NULL)
    /* translators: what is followed, a weight, percents of the steps */
    words = g_strdup_printf (_ ("%s · %.2f · %.0f–%.0f %%"), followed, row->how.weight, row->how.start * 100,
                             row->how.end * 100);
  update_told (self);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), problem != NULL ? problem : words);
  if (problem != NULL && !row->off)
    gtk_widget_add_css_class (GTK_WIDGET (self), "lacks");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "lacks");
}

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, limn_file_look (data), (GDestroyNotify) limn_file_facts_free);
}

static void
looked_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnControlRow *self = LIMN_CONTROL_ROW (object);
  LimnFileFacts *facts = g_task_propagate_pointer (G_TASK (result), NULL);

  if (facts == NULL)
    return;
  g_clear_pointer (&self->facts, limn_file_facts_free);
  self->facts = facts;
  show_types (self);
  show_sight (self);
  if (sees (self))
    make_map (self);
  update_words (self);
}

static void
look (LimnControlRow *self)
{
  g_autoptr (GTask) task = NULL;

  forget (&self->looking);
  g_clear_pointer (&self->facts, limn_file_facts_free);
  self->looking = g_cancellable_new ();
  task = g_task_new (self, self->looking, looked_cb, NULL);
  g_task_set_task_data (task, g_strdup (row_of (self)->file), g_free);
  limn_task_run_in_thread (task, look_thread);
}

void
limn_control_row_set_family (LimnControlRow *self, LimnFamily family)
{
  g_return_if_fail (LIMN_IS_CONTROL_ROW (self));

  self->family = family;
  if (self->shown != NULL)
    update_words (self);
}

void
limn_control_row_set_regions (LimnControlRow *self, const char *regions)
{
  g_return_if_fail (LIMN_IS_CONTROL_ROW (self));

  if (g_strcmp0 (self->regions, regions) == 0)
    return;
  g_free (self->regions);
  self->regions = g_strdup (regions);
  if (self->shown != NULL)
    show_sight (self);
}

/* ---- What is set ---- */

static guint
map_index (const char *name)
{
  guint index = 0;

  while (limn_map_choice (index) != NULL && g_strcmp0 (limn_map_choice (index)->name, name) != 0)
    index++;
  return limn_map_choice (index) != NULL ? index + 1 : 0;
}

static void
show_row (LimnControlRow *self, const LimnFollowedRow *row)
{
  g_autofree char *name = limn_model_name_from_path (row->file), *shown = g_filename_display_name (name);

  self->updating = TRUE;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), shown);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), row->file);
  adw_action_row_set_subtitle (self->picture_row,
                               row->picture != NULL ? limn_source_get_name (row->picture) : _ ("None"));
  adw_combo_row_set_selected (self->map_row, map_index (row->how.map));
  adw_combo_row_set_selected (self->fit_row, row->how.fit);
  gtk_adjustment_set_value (self->weight, row->how.weight);
  gtk_adjustment_set_value (self->start, row->how.start * 100);
  gtk_adjustment_set_value (self->end, row->how.end * 100);
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), !row->off);
  self->updating = FALSE;
}

static void
show_thumbnail (LimnControlRow *self, LimnSource *picture)
{
  g_autoptr (GdkTexture) texture =
      picture != NULL ? limn_texture_thumbnail (limn_source_get_image (picture), THUMBNAIL) : NULL;

  gtk_picture_set_paintable (self->thumbnail, GDK_PAINTABLE (texture));
}

void
limn_control_row_set (LimnControlRow *self, const LimnFollowedRow *row, int width, int height)
{
  g_autoptr (LimnFollowed) before = NULL;
  const LimnFollowedRow *old;
  gboolean sized = self->width != width || self->height != height;

  g_return_if_fail (LIMN_IS_CONTROL_ROW (self));

  before = g_steal_pointer (&self->shown);
  old = limn_followed_nth (before, 0);
  self->shown = limn_followed_with (NULL, 0, row);
  self->width = width;
  self->height = height;
  show_row (self, row);
  show_types (self);
  show_sight (self);
  if (old == NULL || old->picture != row->picture)
    show_thumbnail (self, row->picture);
  if (old == NULL || !g_str_equal (old->file, row->file))
    look (self);
  if (old == NULL || sized || old->picture != row->picture || old->how.map != row->how.map
      || old->how.fit != row->how.fit)
    make_map (self);
  update_words (self);
}

const LimnFollowedRow *
limn_control_row_get (LimnControlRow *self)
{
  g_return_val_if_fail (LIMN_IS_CONTROL_ROW (self), NULL);
  return row_of (self);
}

/* A number that is not shown in full is not changed by being shown. */
static double
share_of (GtkAdjustment *adjustment, double before)
{
  double value = gtk_adjustment_get_value (adjustment);

  return fabs (value - before * 100) < 0.5 ? before : value / 100;
}

static void
changed_cb (LimnControlRow *self)
{
  guint map = adw_combo_row_get_selected (self->map_row);
  LimnFollowedRow row;

  if (self->updating || self->shown == NULL)
    return;
  row = *row_of (self);
  row.off = !adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self));
  row.how.map = map > 0 && map != GTK_INVALID_LIST_POSITION ? limn_map_choice (map - 1)->name : NULL;
  row.how.type = selected_type (self);
  if (gtk_widget_get_visible (GTK_WIDGET (self->place_row)))
    row.how.mask = limn_control_place (self->regions, row.how.mask, adw_combo_row_get_selected (self->place_row));
  row.how.fit = (LimnFit) MIN (adw_combo_row_get_selected (self->fit_row), LIMN_FIT_STRETCH);
  if (fabs (row.how.weight - gtk_adjustment_get_value (self->weight)) >= 0.005)
    row.how.weight = gtk_adjustment_get_value (self->weight);
  row.how.start = share_of (self->start, row.how.start);
  row.how.end = share_of (self->end, row.how.end);
  g_autoptr (LimnFollowed) before = self->shown;
  self->shown = limn_followed_with (NULL, 0, &row);
  if (row_of (self)->how.map != limn_followed_nth (before, 0)->how.map
      || row_of (self)->how.fit != limn_followed_nth (before, 0)->how.fit)
    make_map (self);
  if (row_of (self)->how.map != limn_followed_nth (before, 0)->how.map)
    show_types (self);
  update_words (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
ask_cb (GtkWidget *button, LimnControlRow *self)
{
  const struct {
    GtkWidget *button;
    const char *action;
  } asked[] = { { self->remove_button, "remove" },
                { self->open_button, "open" },
                { self->pose_button, "pose" },
                { self->shown_button, "shown" },
                { self->source_button, "source" } };

  for (guint i = 0; i < G_N_ELEMENTS (asked); i++)
    if (asked[i].button == button)
      g_signal_emit (self, signals[ASKED], 0, asked[i].action);
}

/* ---- Object ---- */

static void
limn_control_row_dispose (GObject *object)
{
  LimnControlRow *self = LIMN_CONTROL_ROW (object);

  forget (&self->making);
  forget (&self->looking);
  g_clear_object (&self->shown);
  g_clear_pointer (&self->facts, limn_file_facts_free);
  g_clear_pointer (&self->map, limn_image_free);
  g_clear_pointer (&self->regions, g_free);

  G_OBJECT_CLASS (limn_control_row_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, preview);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, preview_row);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, remove_button);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, shown_button);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, source_button);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, open_button);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, pose_button);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, picture_row);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, map_row);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, type_row);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, place_row);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, fit_row);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, weight);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, start);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, end);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, opacity);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, show_button);
  gtk_widget_class_bind_template_child (widget_class, LimnControlRow, opacity_scale);
}

static void
limn_control_row_class_init (LimnControlRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_control_row_dispose;
  g_type_ensure (LIMN_TYPE_NUMBER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/control-row.ui");
  bind_children (widget_class);
  signals[CHANGED] =
      g_signal_new ("changed", LIMN_TYPE_CONTROL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ASKED] = g_signal_new ("asked", LIMN_TYPE_CONTROL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_STRING);
  signals[MAP_CHANGED] =
      g_signal_new ("map-changed", LIMN_TYPE_CONTROL_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
fill_maps (LimnControlRow *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  gtk_string_list_append (titles, map_title (NULL));
  for (guint i = 0; limn_map_choice (i) != NULL; i++)
    gtk_string_list_append (titles, _ (limn_map_choice (i)->title));
  adw_combo_row_set_model (self->map_row, G_LIST_MODEL (titles));
}

static void
limn_control_row_init (LimnControlRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_maps (self);
  GtkAdjustment *numbers[] = { self->weight, self->start, self->end };
  GtkWidget *buttons[] = { self->remove_button, self->open_button, self->pose_button, self->shown_button,
                           self->source_button };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_signal_connect_object (numbers[i], "value-changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    g_signal_connect_object (buttons[i], "clicked", G_CALLBACK (ask_cb), self, 0);
  g_signal_connect_object (self->map_row, "notify::selected", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->type_row, "notify::selected", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->place_row, "notify::selected", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->fit_row, "notify::selected", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "notify::enable-expansion", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->show_button, "toggled", G_CALLBACK (show_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->opacity, "value-changed", G_CALLBACK (show_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
limn_control_row_new (void)
{
  return g_object_new (LIMN_TYPE_CONTROL_ROW, NULL);
}
