/* test-sampling.c - the refiner's and the sampling group's controls in the real window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/panel/handoff-bar.h"
#include "app/panel/sampling-group.h"
#include "app/panel/sigma-curve.h"
#include "app/window/window-private.h"
#include "common/patience.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

static void
test_refiner (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->driver.window), *bar = window_driver_find (window, LIMN_TYPE_HANDOFF_BAR);
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  GtkEventController *keys = window_driver_find_controller (bar, GTK_TYPE_EVENT_CONTROLLER_KEY);
  gboolean handled = FALSE;

  g_object_set (fixture->driver.settings, "steps", 40, "handoff", 0.8, NULL);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "Off");
  g_signal_emit_by_name (keys, "key-pressed", GDK_KEY_Left, 0, 0, &handled);
  g_assert_false (handled);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (window_driver_find_button (window, "On")), TRUE);
  g_assert_true (values->use_refiner);
  g_signal_emit_by_name (keys, "key-pressed", GDK_KEY_Left, 0, 0, &handled);
  g_assert_cmpfloat_with_epsilon (values->handoff, 0.775, 1e-9);
  g_signal_emit_by_name (keys, "key-pressed", GDK_KEY_Page_Down, 0, 0, &handled);
  g_assert_cmpfloat_with_epsilon (values->handoff, 0.7, 1e-9);
  g_signal_emit_by_name (keys, "key-pressed", GDK_KEY_Page_Down, 0, 0, &handled);
  g_assert_cmpfloat_with_epsilon (values->handoff, 0.6, 1e-9);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                       "Base 24, refiner 16 steps");
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (window_driver_find_button (window, "Off")), TRUE);
  g_assert_false (values->use_refiner);
}

static gboolean
has_refiner (WindowDriver *driver, gpointer data)
{
  return g_str_equal (limn_settings_values (driver->settings)->refiner, data);
}

static void
touch (const char *folder)
{
  g_autofree char *index = g_build_filename (folder, "model_index.json", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (index, "{}", -1, NULL));
}

/* a refiner in a model's folder comes and goes with the model; one that the person chose stays */
static void
test_own_refiner (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  g_autofree char *folder = g_build_filename (fixture->driver.folder, "world", NULL);
  g_autofree char *own = g_build_filename (folder, "refiner", NULL);

  touch (folder);
  touch (own);
  g_assert_cmpstr (values->refiner, ==, "");
  limn_model_row_try (window->model_row, folder);
  window_driver_wait (&fixture->driver, "its refiner", has_refiner, own);
  g_assert_false (values->use_refiner);
  g_object_set (fixture->driver.settings, "use-refiner", TRUE, NULL);

  limn_model_row_try (window->model_row, "");
  window_driver_wait (&fixture->driver, "no refiner", has_refiner, "");
  g_assert_false (values->use_refiner);

  g_object_set (fixture->driver.settings, "refiner", "/models/chosen.safetensors", NULL);
  limn_model_row_try (window->model_row, folder);
  window_driver_sleep (&fixture->driver, 300);
  g_assert_cmpstr (values->model, ==, folder);
  g_assert_cmpstr (values->refiner, ==, "/models/chosen.safetensors");
}

static gpointer
find_row (GtkWidget *root, const char *title)
{
  gpointer found = NULL;

  if (ADW_IS_PREFERENCES_ROW (root)
      && g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (root)), title) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_row (child, title);
  return found;
}

/* Levels to change are there at once; what is written brings its steps along, and what is wrong says so and sets
 * nothing. */
static void
test_sigmas (Fixture *fixture, gconstpointer data)
{
  GtkWidget *group = window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_SAMPLING_GROUP);
  GtkWidget *schedule = find_row (group, "Schedule"), *row = find_row (group, "Noise levels");
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  guint custom = 0;

  g_object_set (fixture->driver.settings, "schedule", "ays", "steps", 10, NULL);
  g_assert_false (gtk_widget_get_visible (row));
  g_assert_true (g_str_has_prefix (gtk_widget_get_tooltip_text (window_driver_find (schedule, LIMN_TYPE_SIGMA_CURVE)),
                                   "14.61 6.318 "));
  while (!g_str_equal (limn_schedule_choice (custom)->name, "custom"))
    custom++;
  adw_combo_row_set_selected (ADW_COMBO_ROW (schedule), custom);
  g_assert_true (gtk_widget_get_visible (row));
  g_assert_cmpstr (values->schedule, ==, "custom");
  g_assert_cmpstr (values->sigmas, ==, "14.61 6.318 3.768 2.181 1.341 0.8621 0.5551 0.3799 0.2332 0.1114 0");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, values->sigmas);

  gtk_editable_set_text (GTK_EDITABLE (row), "12 3 0.1");
  g_assert_cmpstr (values->sigmas, ==, "12 3 0.1");
  g_assert_cmpint (values->steps, ==, 3);
  g_assert_cmpstr (gtk_widget_get_tooltip_text (window_driver_find (schedule, LIMN_TYPE_SIGMA_CURVE)), ==,
                   "12 3 0.1 0");
  gtk_editable_set_text (GTK_EDITABLE (row), "12 3 4");
  g_assert_true (gtk_widget_has_css_class (row, "error"));
  g_assert_nonnull (strstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), "4 comes after 3"));
  g_assert_cmpstr (values->sigmas, ==, "12 3 0.1");
  gtk_editable_set_text (GTK_EDITABLE (row), "12 3");
  g_assert_false (gtk_widget_has_css_class (row, "error"));
  g_assert_cmpint (values->steps, ==, 2);
}

static void
test_sampling (Fixture *fixture, gconstpointer data)
{
  GtkWidget *group = window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_SAMPLING_GROUP);
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  GtkWidget *count = window_driver_find (find_row (group, "Pictures"), GTK_TYPE_SPIN_BUTTON);

  /* one picture has nothing to share its steps with */
  g_assert_false (gtk_widget_get_visible (find_row (group, "Pictures a Step")));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (count), 4);
  g_assert_cmpint (values->count, ==, 4);
  g_assert_true (gtk_widget_get_visible (find_row (group, "Pictures a Step")));
  gtk_spin_button_set_value (
      GTK_SPIN_BUTTON (window_driver_find (find_row (group, "Pictures a Step"), GTK_TYPE_SPIN_BUTTON)), 2);
  g_assert_cmpint (values->batch_size, ==, 2);
  adw_combo_row_set_selected (find_row (group, "Noise of a Seed"), LIMN_NOISE_PHILOX);
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_PHILOX);
  adw_combo_row_set_selected (find_row (group, "Precision"), LIMN_PRECISION_FP32);
  g_assert_cmpint (values->precision, ==, LIMN_PRECISION_FP32);
  g_assert_cmpstr (adw_expander_row_get_subtitle (find_row (group, "Noise and Precision")), ==,
                   "Graphics card noise · Full (32 bit)");
  /* a typed seed is one to keep; the dice rolls another */
  gtk_editable_set_text (GTK_EDITABLE (find_row (group, "Seed")), "18446744073709551615");
  g_assert_cmpuint (values->seed, ==, G_MAXUINT64);
  g_assert_false (values->new_seed);
  window_driver_activate (&fixture->driver, "roll-seed");
  g_assert_cmpuint (values->seed, !=, G_MAXUINT64);
}

static gboolean
has_devices (WindowDriver *driver, gpointer data)
{
  return gtk_widget_get_sensitive (find_row (data, "Paint On"));
}

/* whom to paint as brings its noise and its prompts' signs along, when a person chooses it */
static void
test_like (Fixture *fixture, gconstpointer data)
{
  GtkWidget *group = window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_SAMPLING_GROUP);
  LimnSettings *settings = fixture->driver.settings;
  const LimnSettingsValues *values = limn_settings_values (settings);
  AdwComboRow *row = find_row (group, "Paint as");

  adw_combo_row_set_selected (row, 4);
  g_assert_cmpstr (values->like, ==, "webui");
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_PHILOX);
  g_assert_cmpstr (values->emphasis, ==, "a1111");
  adw_combo_row_set_selected (find_row (group, "Noise of a Seed"), LIMN_NOISE_CPU);
  g_assert_cmpstr (values->like, ==, "webui");
  adw_combo_row_set_selected (row, 1);
  g_assert_cmpstr (values->like, ==, "comfyui");
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_CPU);
  g_assert_cmpstr (values->emphasis, ==, "comfy");
  g_assert_nonnull (
      strstr (adw_expander_row_get_subtitle (find_row (group, "More Settings")), "Paint as ComfyUI (CUDA)"));
  g_object_set (settings, "like", "webui", NULL);
  g_assert_cmpuint (adw_combo_row_get_selected (row), ==, 4);
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_CPU);
}

/* a second seed is a number of twenty digits: what is none sets nothing */
static void
test_variation (Fixture *fixture, gconstpointer data)
{
  GtkWidget *group = window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_SAMPLING_GROUP);
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  GtkWidget *row = find_row (group, "Variation seed");

  gtk_editable_set_text (GTK_EDITABLE (row), "18446744073709551615");
  g_assert_cmpuint (values->variation_seed, ==, G_MAXUINT64);
  gtk_editable_set_text (GTK_EDITABLE (row), "12x");
  g_assert_cmpuint (values->variation_seed, ==, G_MAXUINT64);
  g_assert_true (gtk_widget_has_css_class (row, "error"));
  g_object_set (fixture->driver.settings, "variation-seed", (guint64) 7, NULL);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "7");
  g_assert_false (gtk_widget_has_css_class (row, "error"));
}

/* a setting of the picture is beside the prompt, and nowhere else */
static void
test_one_place (Fixture *fixture, gconstpointer data)
{
  GtkWindow *preferences;

  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.application), "preferences", NULL);
  preferences = window_driver_front (&fixture->driver);
  g_assert_true (ADW_IS_PREFERENCES_WINDOW (preferences));
  window_driver_wait (&fixture->driver, "the devices", has_devices, preferences);
  g_assert_null (find_row (GTK_WIDGET (preferences), "Precision"));
  g_assert_null (find_row (GTK_WIDGET (preferences), "Seeds As In"));
  g_assert_nonnull (find_row (GTK_WIDGET (fixture->driver.window), "Precision"));
  gtk_window_close (preferences);
}

static gboolean
has_n_devices (WindowDriver *driver, gpointer n)
{
  g_autoptr (GPtrArray) devices = limn_session_get_devices (driver->session);

  return devices->len == GPOINTER_TO_UINT (n);
}

static gboolean
has_further (WindowDriver *driver, gpointer preferences)
{
  return find_row (preferences, "Arc A770 Graphics") != NULL;
}

/* at once, and kept by name */
static void
test_further (Fixture *fixture, gconstpointer data)
{
  GSettings *state = limn_application_get_state (fixture->driver.application);
  g_auto (GStrv) kept = NULL;
  GtkWindow *preferences;
  GtkSwitch *toggle;

  g_settings_set_strv (state, "further-devices", (const char *[]){ "a device that is gone", NULL });
  window_driver_wait (&fixture->driver, "the device", has_n_devices, GUINT_TO_POINTER (1));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.application), "preferences", NULL);
  preferences = window_driver_front (&fixture->driver);
  window_driver_wait (&fixture->driver, "the other device", has_further, preferences);
  toggle = GTK_SWITCH (window_driver_find (find_row (GTK_WIDGET (preferences), "Arc A770 Graphics"), GTK_TYPE_SWITCH));
  g_assert_false (gtk_switch_get_active (toggle));
  gtk_switch_set_active (toggle, TRUE);
  window_driver_wait (&fixture->driver, "two devices", has_n_devices, GUINT_TO_POINTER (2));
  window_driver_screenshot_at_rest (&fixture->driver, "further-devices");
  kept = g_settings_get_strv (state, "further-devices");
  g_assert_cmpuint (g_strv_length (kept), ==, 2);
  g_assert_true (g_strv_contains ((const char *const *) kept, "Arc A770 Graphics"));
  gtk_switch_set_active (toggle, FALSE);
  window_driver_wait (&fixture->driver, "one device", has_n_devices, GUINT_TO_POINTER (1));
  g_settings_reset (state, "further-devices");
  gtk_window_close (preferences);
}

/* what guidance can do besides stays folded away, says so where it acts, and shows what the chosen kind reads */
static void
test_guidance (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->driver.window);
  GtkWidget *group = window_driver_find (window, LIMN_TYPE_SAMPLING_GROUP);
  GtkWidget *rows = find_row (group, "Guidance in Detail"), *norm = find_row (rows, "Longest change");
  GtkWidget *mimic = find_row (rows, "Mimicked guidance"), *kind = find_row (rows, "Kind of guidance");
  GtkWidget *backbone = find_row (rows, "Backbone, deep (b1)"), *until = find_row (rows, "Shrunk up to");

  g_assert_false (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (rows)));
  g_assert_cmpstr (adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (rows)), ==, "");
  g_assert_nonnull (find_row (rows, "Guidance rescale"));
  g_assert_false (gtk_widget_get_visible (norm) || gtk_widget_get_visible (mimic));

  g_object_set (fixture->driver.settings, "guidance-norm", 5.0, "guidance-to", 0.8, NULL);
  g_assert_cmpstr (adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (rows)), ==, "Guided up to 0.8");
  adw_combo_row_set_selected (ADW_COMBO_ROW (kind), 1);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->guidance_kind, ==, "apg");
  g_assert_true (gtk_widget_get_visible (norm));
  g_assert_false (gtk_widget_get_visible (mimic));
  g_assert_cmpstr (adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (rows)), ==,
                   "Kind of guidance Projected (APG) · Longest change 5 · Guided up to 0.8");
  g_object_set (fixture->driver.settings, "guidance-kind", "dynamic", NULL);
  g_assert_true (gtk_widget_get_visible (mimic));
  g_assert_false (gtk_widget_get_visible (norm));

  g_assert_false (gtk_widget_get_visible (backbone) || gtk_widget_get_visible (until));
  g_object_set (fixture->driver.settings, "guidance-kind", "cfg", "guidance-to", 1.0, "freeu", "v2", "freeu-b1", 1.5,
                "shrink", 2.0, NULL);
  g_assert_true (gtk_widget_get_visible (backbone) && gtk_widget_get_visible (until));
  g_assert_cmpstr (adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (rows)), ==,
                   "FreeU Version 2 · Backbone, deep (b1) 1.5 · Deep shrink 2");
  g_object_set (fixture->driver.settings, "freeu", "none", "shrink", 1.0, NULL);
  g_assert_false (gtk_widget_get_visible (backbone) || gtk_widget_get_visible (until));
  g_assert_cmpstr (adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (rows)), ==, "");
}

/* ---- What a model predicts ---- */

static gboolean
says (WindowDriver *driver, gpointer text)
{
  return window_driver_find_label (GTK_WIDGET (driver->window), text) != NULL;
}

static gboolean
is_free (WindowDriver *driver, gpointer data)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (driver->window), "probe-model");
}

#define OFFER "Asked once, the model answers like those that predict: Velocity (v)"

/* The model is asked once; one click takes what it answered, one key takes it back. */
static void
test_probe (Fixture *fixture, gconstpointer data)
{
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  GtkWidget *window = GTK_WIDGET (fixture->driver.window);

  fixture->fake.predicts = LIMN_PREDICTS_VELOCITY;
  fixture->fake.load_us = 300000;
  fake_engine_set (&fixture->fake);
  window_driver_wait (&fixture->driver, "a model", is_free, NULL);
  window_driver_activate (&fixture->driver, "probe-model");
  g_assert_false (is_free (&fixture->driver, NULL));
  window_driver_wait (&fixture->driver, "progress", says, (gpointer) "Asking the model what it predicts: loading, 0 %");
  window_driver_wait (&fixture->driver, "an answer", says, (gpointer) OFFER);
  window_driver_screenshot_at_rest (&fixture->driver, "probed");
  g_assert_cmpint (fake_engine_counts ().probes, ==, 1);
  g_signal_emit_by_name (window_driver_find_button (window, "Use It"), "clicked");
  g_assert_cmpstr (values->prediction, ==, "v");
  window_driver_activate (&fixture->driver, "undo");
  g_assert_cmpstr (values->prediction, ==, "model");
}

/* It can be stopped; no answer, and one that is known, offer nothing; what fails is told. */
static void
test_probe_ends (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->driver.window);

  fixture->fake.load_us = 60000000;
  fake_engine_set (&fixture->fake);
  window_driver_wait (&fixture->driver, "a model", is_free, NULL);
  window_driver_activate (&fixture->driver, "probe-model");
  window_driver_wait (&fixture->driver, "progress", says, (gpointer) "Asking the model what it predicts: loading, 0 %");
  g_signal_emit_by_name (window_driver_find_button (window, "Cancel"), "clicked");
  g_assert_true (is_free (&fixture->driver, NULL));

  fixture->fake.load_us = 0;
  fake_engine_set (&fixture->fake);
  window_driver_activate (&fixture->driver, "probe-model");
  window_driver_wait (
      &fixture->driver, "no answer", says,
      (gpointer) "Asked once, the model gives no answer that Limn knows: its prediction stays as it is");
  fixture->fake.predicts = LIMN_PREDICTS_VELOCITY;
  fake_engine_set (&fixture->fake);
  g_object_set (fixture->driver.settings, "prediction", "v", NULL);
  window_driver_activate (&fixture->driver, "probe-model");
  window_driver_wait (&fixture->driver, "what is known", says,
                      (gpointer) "Asked once, the model answers as it is taken to: Velocity (v)");
  g_assert_null (window_driver_find_button (window, "Use It"));
  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_LOAD;
  fake_engine_set (&fixture->fake);
  window_driver_activate (&fixture->driver, "probe-model");
  window_driver_wait (&fixture->driver, "that it failed", is_free, NULL);
  g_assert_nonnull (limn_notice_bar_get_title (fixture->driver.window->notice_bar));
  fake_engine_init (&fixture->fake);
  fake_engine_set (&fixture->fake);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_test_add ("/sampling/refiner", Fixture, NULL, window_fixture_open, test_refiner, window_fixture_close);
  g_test_add ("/sampling/own-refiner", Fixture, NULL, window_fixture_open, test_own_refiner, window_fixture_close);
  g_test_add ("/sampling/sigmas", Fixture, NULL, window_fixture_open, test_sigmas, window_fixture_close);
  g_test_add ("/sampling/sampling", Fixture, NULL, window_fixture_open, test_sampling, window_fixture_close);
  g_test_add ("/sampling/like", Fixture, NULL, window_fixture_open, test_like, window_fixture_close);
  g_test_add ("/sampling/variation", Fixture, NULL, window_fixture_open, test_variation, window_fixture_close);
  g_test_add ("/sampling/guidance", Fixture, NULL, window_fixture_open, test_guidance, window_fixture_close);
  g_test_add ("/sampling/one-place", Fixture, NULL, window_fixture_open, test_one_place, window_fixture_close);
  g_test_add ("/sampling/probe", Fixture, NULL, window_fixture_open, test_probe, window_fixture_close);
  g_test_add ("/sampling/probe-ends", Fixture, NULL, window_fixture_open, test_probe_ends, window_fixture_close);
  g_test_add ("/sampling/further", Fixture, NULL, window_fixture_open, test_further, window_fixture_close);
  return g_test_run ();
}
