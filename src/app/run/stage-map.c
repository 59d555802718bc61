/* stage-map.c - before Generate: how long each stage will take, and whether its memory suffices.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/stage-map.h"

#include <glib/gi18n.h>

#include "app/run/run-bar.h"
#include "app/run/stage-segments.h"

#define DELAY 200 /* ms after the last change */
#define LEAST_SIDE 64

struct _LimnStageMap {
  GtkWidget parent_instance;

  /* Template. */
  GtkMenuButton *button;
  LimnStageSegments *segments;
  GtkLabel *summary, *times, *memory, *advice;
  GtkWidget *lack_icon, *warning;
  GtkButton *use_button, *fit_button;

  /* What is asked, and the answers. */
  LimnSession *session;
  LimnSettings *settings;
  guint timeout;
  GCancellable *cancellable; /* of the newest question and of the smaller sizes after it */
  LimnEstimate *estimate;
  int eighths;                /* of the sides, being asked for; 8: the size itself */
  int use_width, use_height;  /* 0: no suggestion */
  double took[LIMN_N_STAGES]; /* in the last run; all 0: none, or the settings have changed since */
  double reported;            /* seconds of the run at its last progress */
};

G_DEFINE_FINAL_TYPE (LimnStageMap, limn_stage_map, GTK_TYPE_WIDGET)

enum { ESTIMATED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* ---- In words ---- */

static const char *
stage_name (LimnStage stage)
{
  switch (stage) {
  case LIMN_STAGE_ENCODE:
    /* translators: a stage of painting: reading the prompt; a time follows */
    return _ ("Encode");
  case LIMN_STAGE_IMAGE:
    /* translators: a stage of painting: reading the picture to start from; a time follows */
    return _ ("Read picture");
  case LIMN_STAGE_BASE:
    /* translators: a stage of painting: the base model's steps; a time follows */
    return _ ("Base");
  case LIMN_STAGE_REFINER:
    /* translators: a stage of painting: the refiner's steps; a time follows */
    return _ ("Refiner");
  case LIMN_STAGE_SECOND:
    /* translators: a stage of painting: the second pass, over the enlarged picture; a time follows */
    return _ ("Second pass");
  case LIMN_STAGE_DECODE:
    /* translators: a stage of painting: from the latent to the picture; a time follows */
    return _ ("Decode");
  case LIMN_STAGE_DETAIL:
    /* translators: a stage of painting: boxes of the picture are painted again; a time follows */
    return _ ("Detail boxes");
  case LIMN_STAGE_ENLARGE:
    /* translators: a stage of painting: the picture is made larger; a time follows */
    return _ ("Enlarge");
  case LIMN_STAGE_LOAD:
  case LIMN_STAGE_PREPARE:
  case LIMN_N_STAGES:
    break;
  }
  return "";
}

/* the spaces inside do not break */
static void
append_item (GString *markup, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autofree char *joined = g_strjoinv ("\u00a0", words), *escaped = g_markup_escape_text (joined, -1);

  g_string_append (markup, escaped);
}

static void
append_stage (LimnStageMap *self, GString *markup, LimnStage stage, double seconds)
{
  GdkRGBA color = limn_stage_color (GTK_WIDGET (self), stage);
  g_autofree char *time = seconds > 0 ? limn_format_seconds (seconds) : NULL;
  g_autofree char *took = self->took[stage] > 0 ? limn_format_seconds (self->took[stage]) : NULL;
  g_autofree char *text = NULL;

  if (took != NULL && time != NULL)
    /* translators: a stage's name, the time that was expected, the time that it took */
    text = g_strdup_printf (_ ("%s %s, took %s"), stage_name (stage), time, took);
  else if (took != NULL)
    /* translators: a stage's name, the time that it took */
    text = g_strdup_printf (_ ("%s took %s"), stage_name (stage), took);
  else if (time != NULL)
    text = g_strdup_printf ("%s %s", stage_name (stage), time);
  else
    text = g_strdup (stage_name (stage));
  g_string_append_printf (markup, "\n<span foreground=\"#%02x%02x%02x\" alpha=\"%d%%\">●</span>\u00a0",
                          (guint) (color.red * 255), (guint) (color.green * 255), (guint) (color.blue * 255),
                          CLAMP ((int) (color.alpha * 100), 1, 100));
  append_item (markup, text);
}

/* FALSE: some of it was not measured yet */
static gboolean
total_time (const LimnEstimate *estimate, double *total)
{
  gboolean measured = TRUE;

  *total = 0;
  for (int i = 0; i < LIMN_N_STAGES; i++) {
    double seconds = limn_estimate_seconds (estimate, (LimnStage) i);

    measured = measured && seconds >= 0;
    *total += MAX (0, seconds);
  }
  return measured;
}

static char *
format_total (const LimnEstimate *estimate)
{
  double total;
  gboolean measured = total_time (estimate, &total);
  g_autofree char *time = limn_format_seconds (total);

  if (measured)
    /* translators: how long a picture will take */
    return g_strdup_printf (_ ("About %s"), time);
  if (total > 0)
    /* translators: how long a picture will take, of which not all is known */
    return g_strdup_printf (_ ("More than %s"), time);
  return g_strdup (_ ("Not measured on this device yet"));
}

static void
show_times (LimnStageMap *self)
{
  g_autoptr (GString) markup = g_string_new ("<b>");
  g_autofree char *total = format_total (self->estimate);

  append_item (markup, total);
  g_string_append (markup, "</b>");
  for (int i = 0; i < LIMN_N_STAGES; i++) {
    double seconds = limn_estimate_seconds (self->estimate, (LimnStage) i);

    if (seconds != 0)
      append_stage (self, markup, (LimnStage) i, seconds);
  }
  gtk_label_set_markup (self->times, markup->str);
}

/* the one line: what it takes, or what is lacking */
static void
show_summary (LimnStageMap *self)
{
  const LimnEstimate *estimate = self->estimate;
  double total;
  gboolean measured = total_time (estimate, &total);
  g_autofree char *time = format_total (estimate), *peak = g_format_size (estimate->peak);
  g_autofree char *available = g_format_size (estimate->available), *text = NULL;

  if (!estimate->fits)
    /* translators: memory: how much a picture needs, and how much there is */
    text = g_strdup_printf (_ ("Needs %s of %s"), peak, available);
  else if (measured || total > 0)
    /* translators: how long a picture will take ("About 3 s"), and how much memory */
    text = g_strdup_printf (_ ("%s, %s"), time, peak);
  else
    text = g_strdup (peak);
  gtk_label_set_text (self->summary, text);
  gtk_widget_set_visible (self->lack_icon, !estimate->fits);
  if (estimate->fits)
    gtk_widget_remove_css_class (GTK_WIDGET (self->button), "warning");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->button), "warning");
}

static LimnStage
peak_stage (const LimnEstimate *estimate)
{
  LimnStage most = LIMN_STAGE_ENCODE;

  for (int i = LIMN_STAGE_ENCODE; i < LIMN_N_STAGES; i++)
    if (estimate->bytes[i] > estimate->bytes[most])
      most = (LimnStage) i;
  return most;
}

static void
show_memory (LimnStageMap *self)
{
  const LimnEstimate *estimate = self->estimate;
  g_autofree char *peak = g_format_size (estimate->peak);
  g_autofree char *available = g_format_size (estimate->available);
  g_autofree char *advice = estimate->advice != NULL ? g_strjoinv ("\n", estimate->advice) : g_strdup ("");
  g_autofree char *text = NULL, *warning = NULL;

  /* translators: the stage that needs most memory ("Base", "Decode"), how much, and how much there is */
  text = g_strdup_printf (_ ("%s needs %s of %s"), stage_name (peak_stage (estimate)), peak, available);
  gtk_label_set_text (self->memory, text);
  gtk_widget_set_visible (self->warning, !estimate->fits || advice[0] != '\0');
  if (estimate->fits) {
    gtk_widget_remove_css_class (self->warning, "lack");
    gtk_label_set_text (self->advice, advice);
    return;
  }
  gtk_widget_add_css_class (self->warning, "lack");
  /* translators: needed memory, memory that there is, and on new lines what would help */
  warning = g_strdup_printf (_ ("This will not fit: it needs %s, and there is %s.%s%s"), peak, available,
                             advice[0] != '\0' ? "\n" : "", advice);
  gtk_label_set_text (self->advice, warning);
}

static void
show_suggestion (LimnStageMap *self)
{
  g_autofree char *label = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->fit_button), self->estimate->fit != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->use_button), self->use_width > 0);
  if (self->use_width == 0)
    return;
  /* translators: a button; a picture's width and height */
  label = g_strdup_printf (_ ("Use %d × %d"), self->use_width, self->use_height);
  gtk_button_set_label (self->use_button, label);
}

/* where it says nothing it takes no room in the line, but the line stays as high */
static void
show_whether_known (LimnStageMap *self)
{
  if (!limn_stage_map_is_known (self))
    gtk_menu_button_popdown (self->button);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
show_estimate (LimnStageMap *self)
{
  g_autofree char *spoken = NULL;

  limn_stage_segments_set (self->segments, self->estimate);
  show_whether_known (self);
  if (self->estimate == NULL)
    return;
  show_summary (self);
  show_times (self);
  show_memory (self);
  show_suggestion (self);
  spoken = g_strdup_printf ("%s. %s", gtk_label_get_text (self->times), gtk_label_get_text (self->memory));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* ---- Asking ---- */

static void ask_for (LimnStageMap *self, LimnSettings *settings);

static int
smaller (int side, int eighths)
{
  return MAX (LEAST_SIDE, side * eighths / 8 / 64 * 64);
}

static void
ask_for_smaller (LimnStageMap *self)
{
  g_autoptr (LimnSettings) settings = limn_settings_copy (self->settings);
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  self->eighths--;
  if (self->eighths < 1)
    return;
  g_object_set (settings, "width", smaller (values->width, self->eighths), "height",
                smaller (values->height, self->eighths), NULL);
  ask_for (self, settings);
}

static void
take_answer (LimnStageMap *self, LimnEstimate *estimate)
{
  if (self->eighths == 8) {
    g_clear_pointer (&self->estimate, limn_estimate_free);
    self->estimate = estimate;
    self->use_width = self->use_height = 0;
    show_estimate (self);
    g_signal_emit (self, signals[ESTIMATED], 0);
    if (estimate != NULL && !estimate->fits)
      ask_for_smaller (self);
    return;
  }
  if (estimate != NULL && estimate->fits) {
    const LimnSettingsValues *values = limn_settings_values (self->settings);

    self->use_width = smaller (values->width, self->eighths);
    self->use_height = smaller (values->height, self->eighths);
    show_suggestion (self);
  } else if (estimate != NULL) {
    ask_for_smaller (self);
  }
  limn_estimate_free (estimate);
}

static void
answered_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnStageMap) self = data;
  g_autoptr (GError) error = NULL;
  LimnEstimate *estimate = limn_session_estimate_finish (LIMN_SESSION (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->session == NULL)
    return;
  /* that the model is missing, say, is said elsewhere */
  take_answer (self, estimate);
}

static void
ask_for (LimnStageMap *self, LimnSettings *settings)
{
  limn_session_estimate_async (self->session, settings, self->cancellable, answered_cb, g_object_ref (self));
}

static void
stop_asking (LimnStageMap *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static gboolean
ask_cb (gpointer data)
{
  LimnStageMap *self = data;

  self->timeout = 0;
  stop_asking (self);
  self->cancellable = g_cancellable_new ();
  self->eighths = 8;
  ask_for (self, self->settings);
  return G_SOURCE_REMOVE;
}

static void
ask_soon (LimnStageMap *self)
{
  stop_asking (self);
  self->timeout = g_timeout_add (DELAY, ask_cb, self);
}

static gboolean
matters (const char *name)
{
  static const char *const others[] = { "seed", "new-seed", "source-x", "source-y", "truthful-crop" };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (name, others[i]))
      return FALSE;
  return !g_str_has_prefix (name, "original-") && !g_str_has_prefix (name, "crop-")
         && !g_str_has_prefix (name, "target-") && !g_str_has_prefix (name, "negative-original-")
         && !g_str_has_prefix (name, "negative-crop-") && !g_str_has_prefix (name, "negative-target-");
}

static void
settings_changed_cb (LimnStageMap *self, GParamSpec *pspec)
{
  if (!matters (pspec->name))
    return;
  memset (self->took, 0, sizeof self->took);
  ask_soon (self);
}

/* ---- A run ---- */

static void
busy_cb (LimnStageMap *self)
{
  if (limn_session_is_busy (self->session)) {
    stop_asking (self);
    memset (self->took, 0, sizeof self->took);
    self->reported = 0;
  } else {
    ask_soon (self); /* the device may be known better now */
  }
  show_whether_known (self);
}

/* what passed since the last report belongs to the stage that now reports */
static void
progress_cb (LimnStageMap *self, const LimnProgress *progress)
{
  LimnStage stage = progress->stage == LIMN_STAGE_LOAD ? LIMN_STAGE_ENCODE : progress->stage;

  if (progress->seconds > self->reported)
    self->took[stage] += progress->seconds - self->reported;
  self->reported = MAX (self->reported, progress->seconds);
}

/* ---- Object ---- */

static void
use_suggestion_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnStageMap *self = LIMN_STAGE_MAP (widget);

  if (self->use_width > 0)
    g_object_set (self->settings, "width", self->use_width, "height", self->use_height, NULL);
}

static void
make_fit_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnStageMap *self = LIMN_STAGE_MAP (widget);

  if (self->estimate != NULL && self->estimate->fit != NULL)
    g_object_set (self->settings, "fit", self->estimate->fit, NULL);
}

static void
limn_stage_map_dispose (GObject *object)
{
  LimnStageMap *self = LIMN_STAGE_MAP (object);

  stop_asking (self);
  if (self->button != NULL)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->button)));
  g_clear_pointer (&self->estimate, limn_estimate_free);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->session);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (limn_stage_map_parent_class)->dispose (object);
}

static void
limn_stage_map_class_init (LimnStageMapClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_stage_map_dispose;
  g_type_ensure (LIMN_TYPE_STAGE_SEGMENTS);
  gtk_widget_class_install_action (widget_class, "stagemap.use-suggestion", NULL, use_suggestion_action);
  gtk_widget_class_install_action (widget_class, "stagemap.make-fit", NULL, make_fit_action);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "stagemap");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  signals[ESTIMATED] =
      g_signal_new ("estimated", LIMN_TYPE_STAGE_MAP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/stage-map.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, button);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, lack_icon);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, summary);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, segments);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, times);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, memory);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, warning);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, advice);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, use_button);
  gtk_widget_class_bind_template_child (widget_class, LimnStageMap, fit_button);
}

static void
limn_stage_map_init (LimnStageMap *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Expected time and memory"),
                                  -1);
}

void
limn_stage_map_bind (LimnStageMap *self, LimnSession *session, LimnSettings *settings)
{
  g_return_if_fail (LIMN_IS_STAGE_MAP (self));

  g_set_object (&self->session, session);
  g_set_object (&self->settings, settings);
  g_signal_connect_swapped (settings, "notify", G_CALLBACK (settings_changed_cb), self);
  g_signal_connect_swapped (session, "notify::busy", G_CALLBACK (busy_cb), self);
  g_signal_connect_swapped (session, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect_swapped (session, "device-changed", G_CALLBACK (ask_soon), self);
  ask_soon (self);
}

gboolean
limn_stage_map_is_known (LimnStageMap *self)
{
  g_return_val_if_fail (LIMN_IS_STAGE_MAP (self), FALSE);
  return self->estimate != NULL && !limn_session_is_busy (self->session);
}

const LimnEstimate *
limn_stage_map_get_estimate (LimnStageMap *self)
{
  g_return_val_if_fail (LIMN_IS_STAGE_MAP (self), NULL);
  return self->estimate;
}

const char *
limn_stage_map_get_summary (LimnStageMap *self)
{
  g_return_val_if_fail (LIMN_IS_STAGE_MAP (self), NULL);
  return gtk_label_get_text (self->summary);
}

const char *
limn_stage_map_get_times (LimnStageMap *self)
{
  g_return_val_if_fail (LIMN_IS_STAGE_MAP (self), NULL);
  return gtk_label_get_text (self->times);
}

const char *
limn_stage_map_get_memory (LimnStageMap *self)
{
  g_return_val_if_fail (LIMN_IS_STAGE_MAP (self), NULL);
  return gtk_label_get_text (self->memory);
}

gboolean
limn_stage_map_get_suggestion (LimnStageMap *self, int *width, int *height)
{
  g_return_val_if_fail (LIMN_IS_STAGE_MAP (self), FALSE);

  *width = self->use_width;
  *height = self->use_height;
  return self->use_width > 0;
}
