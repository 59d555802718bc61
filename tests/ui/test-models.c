/* test-models.c - the real window over the real engine: a model that cannot be opened says so and changes nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "app/panel/parts-window.h"
#include "app/widget/number-row.h"
#include "app/window/window-private.h"
#include "base/model-file.h"
#include "common/folder.h"
#include "common/patience.h"
#include "window-driver.h"

#define MINI LIMN_GOLDEN_DIR "/mini-sdxl"

/* ---- What is no model ---- */

static void
put (const char *path, const void *data, gsize size)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
}

static void
put_header (const char *path, const char *header)
{
  guint64 length = GUINT64_TO_LE (strlen (header));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) &length, sizeof length);
  g_byte_array_append (bytes, (const guint8 *) header, (guint) strlen (header));
  g_byte_array_set_size (bytes, bytes->len + 64);
  put (path, bytes->data, bytes->len);
}

static void
make_damaged (const char *path)
{
  put_header (path, "{\"model.diffusion_model.out.0.weight\":{\"dtype\":\"F16\",\"sha");
}

static void
make_truncated (const char *path)
{
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (LIMN_GOLDEN_DIR "/mini-sdxl-single-file.safetensors", &data, &size, NULL));
  put (path, data, size / 2);
}

static void
make_pickle (const char *path)
{
  static const char pickle[] = "\x80\x02}q\x00X\x05\x00\x00\x00modelq\x01K\x01s.";

  put (path, pickle, sizeof pickle - 1);
}

static void
make_pointer (const char *path)
{
  static const char text[] = "version https://git-lfs.github.com/spec/v1\n"
                             "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
                             "size 6938078334\n";

  put (path, text, sizeof text - 1);
}

static void
make_folder (const char *path)
{
  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
}

static void
make_foreign_folder (const char *path)
{
  g_autofree char *index = g_build_filename (path, "model_index.json", NULL);
  g_autofree char *config = g_build_filename (path, "unet", "config.json", NULL);
  const char *pipeline = "{\"_class_name\":\"KolorsPipeline\","
                         "\"text_encoder\":[\"kolors\",\"ChatGLMModel\"],"
                         "\"unet\":[\"diffusers\",\"UNet2DConditionModel\"],"
                         "\"vae\":[\"diffusers\",\"AutoencoderKL\"]}";
  const char *unet = "{\"_class_name\":\"UNet2DConditionModel\",\"cross_attention_dim\":1024}";

  put (index, pipeline, strlen (pipeline));
  put (config, unet, strlen (unet));
}

static const struct {
  const char *name;
  void (*make) (const char *path);
  const char *words; /* of the message */
} kinds[] = {
  { "damaged.safetensors", make_damaged, "damaged.safetensors" },
  { "truncated.safetensors", make_truncated, "truncated.safetensors" },
  { "pickle.ckpt", make_pickle, "pickle" },
  { "pointer.safetensors", make_pointer, "Git LFS" },
  { "folder", make_folder, "empty folder" },
  { "foreign-folder", make_foreign_folder, "KolorsPipeline" },
};

/* ---- The window ---- */

static gboolean
has_size (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->width == GPOINTER_TO_INT (data);
}

static gboolean
has_model (WindowDriver *driver, gpointer data)
{
  return g_str_equal (limn_settings_values (driver->settings)->model, data);
}

static gboolean
is_refused (WindowDriver *driver, gpointer data)
{
  return limn_notice_bar_get_title (driver->window->notice_bar) != NULL;
}

static void
open_path (WindowDriver *driver, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  limn_window_open_file (driver->window, file);
}

/* model: the one that is open */
static void
refuse_all (WindowDriver *driver, const char *model)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *path = g_build_filename (driver->parent, kinds[i].name, NULL);
    g_autoptr (GVariant) before = limn_settings_to_variant (driver->settings), after = NULL;

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      kinds[i].make (path);
    limn_notice_bar_hide (driver->window->notice_bar);
    open_path (driver, path);
    window_driver_wait (driver, "the refusal", is_refused, NULL);
    window_driver_sleep (driver, 100); /* what would take the message away again has come */
    g_assert_true (is_refused (driver, NULL));
    g_test_message ("%s", limn_notice_bar_get_details (driver->window->notice_bar));
    g_assert_nonnull (strstr (limn_notice_bar_get_details (driver->window->notice_bar), kinds[i].words));
    after = limn_settings_to_variant (driver->settings);
    g_assert_true (g_variant_equal (before, after));
    g_assert_cmpstr (limn_settings_values (driver->settings)->model, ==, model);
  }
}

static void
test_refused (void)
{
  WindowDriver driver = { 0 };

  window_driver_open (&driver);
  window_driver_wait (&driver, "the starter", has_size, GINT_TO_POINTER (128));
  window_driver_sleep (&driver, 100);
  g_object_set (driver.settings, "width", 832, "height", 1216, "guidance", 3.5, NULL);
  refuse_all (&driver, "");

  limn_notice_bar_hide (driver.window->notice_bar);
  open_path (&driver, MINI);
  window_driver_wait (&driver, "the model", has_model, (gpointer) MINI);
  window_driver_sleep (&driver, 100);
  g_object_set (driver.settings, "width", 832, "height", 1216, "guidance", 3.5, NULL);
  refuse_all (&driver, MINI);
  window_driver_close (&driver);
}

static gboolean
has_guidance (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->guidance == *(const double *) data;
}

static gboolean
has_picture (WindowDriver *driver, gpointer data)
{
  return limn_window_get_picture (driver->window) != NULL;
}

/* Another family: its picture, and nothing offered that it lacks. */
static void
test_sd15 (void)
{
  const char *const path = LIMN_GOLDEN_DIR "/mini-sd15";
  const double usual = 7.5, base = 5;
  WindowDriver driver = { 0 };

  window_driver_open (&driver);
  window_driver_wait (&driver, "the starter", has_size, GINT_TO_POINTER (128));
  g_object_set (driver.settings, "refiner", MINI "-refiner", "use-refiner", TRUE, NULL);
  open_path (&driver, path);
  window_driver_wait (&driver, "the model", has_model, (gpointer) path);
  window_driver_wait (&driver, "its guidance", has_guidance, (gpointer) &usual);
  window_driver_sleep (&driver, 100);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (driver.window->refiner_group)));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (driver.window->hints_group)));
  g_assert_false (limn_settings_values (driver.settings)->use_refiner);

  g_object_set (driver.settings, "prompt", "a cat", "steps", 2, "width", 64, "height", 64, NULL);
  window_driver_activate (&driver, "generate");
  window_driver_wait (&driver, "the picture", has_picture, NULL);
  window_driver_screenshot_at_rest (&driver, "sd15");

  open_path (&driver, MINI);
  window_driver_wait (&driver, "the other family", has_guidance, (gpointer) &base);
  window_driver_sleep (&driver, 100);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (driver.window->refiner_group)));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (driver.window->hints_group)));
  window_driver_close (&driver);
}

static gboolean
is_accepted (WindowDriver *driver, gpointer data)
{
  g_autofree char *subtitle = NULL;

  g_object_get (driver->window->model_row, "subtitle", &subtitle, NULL);
  return strstr (subtitle, "SDXL") != NULL;
}

/* A disk that is not mounted yet: the model of last time stays, and is there once it is. */
static void
test_vanished (void)
{
  WindowDriver driver = { 0 };
  g_autofree char *disk = g_dir_make_tmp (NULL, NULL);
  g_autofree char *path = g_build_filename (disk, "model", NULL);
  g_autoptr (GVariant) before = NULL, after = NULL;

  g_assert_cmpint (symlink (MINI, path), ==, 0);
  window_driver_open (&driver);
  window_driver_wait (&driver, "the starter", has_size, GINT_TO_POINTER (128));
  open_path (&driver, path);
  window_driver_wait (&driver, "the model", has_model, path);
  window_driver_sleep (&driver, 100);
  g_object_set (driver.settings, "width", 832, "height", 1216, "guidance", 3.5, NULL);
  before = limn_settings_to_variant (driver.settings);
  window_driver_close (&driver);

  g_assert_cmpint (g_unlink (path), ==, 0);
  driver.keep = TRUE;
  window_driver_open (&driver);
  window_driver_wait (&driver, "the refusal", is_refused, NULL);
  window_driver_sleep (&driver, 100);
  g_assert_cmpstr (limn_window_get_notice (driver.window), ==, "The model of last time cannot be opened");
  g_assert_nonnull (strstr (limn_notice_bar_get_details (driver.window->notice_bar), path));
  g_assert_false (is_accepted (&driver, NULL));

  window_driver_activate (&driver, "retry-model");
  window_driver_wait (&driver, "the second refusal", is_refused, NULL);
  g_assert_cmpint (symlink (MINI, path), ==, 0);
  window_driver_activate (&driver, "retry-model");
  window_driver_wait (&driver, "the model", is_accepted, NULL);
  g_assert_null (limn_window_get_notice (driver.window));
  after = limn_settings_to_variant (driver.settings);
  g_assert_true (g_variant_equal (before, after));
  window_driver_close (&driver);
  tests_remove_folder (disk);
}

/* ---- LoRAs: opened as a model is, they are named in the prompt ---- */

static const char *
lora_line (WindowDriver *driver)
{
  GtkWidget *row = window_driver_find (GTK_WIDGET (driver->window->lora_group), LIMN_TYPE_NUMBER_ROW);
  const char *line = row != NULL ? adw_action_row_get_subtitle (ADW_ACTION_ROW (row)) : NULL;

  return line != NULL ? line : "";
}

static gboolean
says (WindowDriver *driver, gpointer data)
{
  return strstr (lora_line (driver), data) != NULL;
}

static void
test_lora (void)
{
  WindowDriver driver = { 0 };

  window_driver_open (&driver);
  window_driver_wait (&driver, "the starter", has_size, GINT_TO_POINTER (128));
  g_object_set (driver.settings, "prompt", "a hill", NULL);
  open_path (&driver, LIMN_GOLDEN_DIR "/lora/peft.safetensors");
  g_assert_cmpstr (limn_settings_values (driver.settings)->prompt, ==, "a hill <lora:peft:1>");
  window_driver_wait (&driver, "why not", says, "peft.safetensors is a LoRA for");
  g_assert_true (g_str_has_prefix (lora_line (&driver), "peft.safetensors"));
  open_path (&driver, MINI);
  window_driver_wait (&driver, "what of it is for the model", says, "LoRA, 344 of 344 parts");
  window_driver_close (&driver);
}

static gboolean
is_made_of_parts (WindowDriver *driver, gpointer data)
{
  return g_str_has_suffix (limn_settings_values (driver->settings)->model, ".limn") && is_accepted (driver, NULL);
}

static void
make_window_of_parts (WindowDriver *driver, const char *name)
{
  GtkWidget *use;

  window_driver_activate (driver, "choose-parts");
  window_driver_sleep (driver, 100);
  g_assert_true (LIMN_IS_PARTS_WINDOW (window_driver_front (driver)));
  window_driver_screenshot_at_rest (driver, name);
  use = window_driver_find_button (GTK_WIDGET (window_driver_front (driver)), "Use");
  g_signal_emit_by_name (use, "clicked");
}

/* A VAE that is dropped becomes that of the model, which is a file that the next start opens; put together in the same
 * way again, it is the same file. */
static void
test_parts (void)
{
  const char *const vae = MINI "/vae/diffusion_pytorch_model.safetensors";
  WindowDriver driver = { 0 };
  g_autofree char *path = NULL, *tooltip = NULL;
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  g_autoptr (GError) error = NULL;
  LimnModelParts parts;

  window_driver_open (&driver);
  window_driver_wait (&driver, "the starter", has_size, GINT_TO_POINTER (128));
  open_path (&driver, MINI);
  window_driver_wait (&driver, "the model", has_model, (gpointer) MINI);
  for (int round = 0; round < 2; round++) {
    open_path (&driver, vae);
    window_driver_wait (&driver, "the refusal", is_refused, NULL);
    g_assert_cmpstr (limn_window_get_notice (driver.window), ==, "This file is one part of a model");
    make_window_of_parts (&driver, round == 0 ? "parts" : "parts-again");
    window_driver_wait (&driver, "the model made of parts", is_made_of_parts, NULL);
    window_driver_sleep (&driver, 100);
    g_assert_null (limn_window_get_notice (driver.window));
    if (round == 0)
      path = g_strdup (limn_settings_values (driver.settings)->model);
    else
      g_assert_cmpstr (limn_settings_values (driver.settings)->model, ==, path);
  }
  g_assert_true (limn_model_file_read (path, strings, &parts, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (parts.model, ==, MINI);
  g_assert_cmpstr (parts.parts[LIMN_PART_VAE], ==, vae);
  g_object_get (driver.window->model_row, "tooltip-text", &tooltip, NULL);
  g_assert_nonnull (strstr (tooltip, "\nvae: vae"));
  g_object_set (driver.settings, "prompt", "a cat", "steps", 2, "width", 64, "height", 64, NULL);
  window_driver_activate (&driver, "generate");
  window_driver_wait (&driver, "the picture", has_picture, NULL);
  window_driver_close (&driver);

  driver.keep = TRUE;
  window_driver_open (&driver);
  window_driver_wait (&driver, "the same model", is_made_of_parts, NULL);
  window_driver_close (&driver);
}

/* ---- What is set for a model comes back with it ---- */

static gboolean
has_steps (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->steps == GPOINTER_TO_INT (data);
}

static void
open_model (WindowDriver *driver, const char *path)
{
  open_path (driver, path);
  window_driver_wait (driver, path, has_model, (gpointer) path);
  window_driver_sleep (driver, 100);
}

static gboolean
offers_suggestion (WindowDriver *driver)
{
  GtkWidget *button = window_driver_find_button (GTK_WIDGET (driver->window->sampling_group), "As the Model Suggests");

  return button != NULL && gtk_widget_get_mapped (button);
}

static void
test_habits (void)
{
  const char *const other = LIMN_GOLDEN_DIR "/mini-sd15";
  g_autofree char *moved = g_dir_make_tmp (NULL, NULL), *link = g_build_filename (moved, "elsewhere", NULL);
  WindowDriver driver = { 0 };

  window_driver_open (&driver);
  window_driver_wait (&driver, "the starter", has_size, GINT_TO_POINTER (128));
  open_model (&driver, MINI);
  g_assert_false (offers_suggestion (&driver));
  g_object_set (driver.settings, "steps", 12, "sampler", "heun", "guidance", 3.0, NULL);
  g_assert_true (offers_suggestion (&driver));
  open_model (&driver, other);
  g_object_set (driver.settings, "steps", 44, "sampler", "lcm", NULL);
  window_driver_close (&driver);

  /* after a start, and from another place */
  g_assert_cmpint (symlink (MINI, link), ==, 0);
  driver.keep = TRUE;
  window_driver_open (&driver);
  window_driver_wait (&driver, "the other", has_model, (gpointer) other);
  window_driver_sleep (&driver, 200);
  g_assert_true (has_steps (&driver, GINT_TO_POINTER (44)));
  open_path (&driver, link);
  window_driver_wait (&driver, "its steps", has_steps, GINT_TO_POINTER (12));
  g_assert_cmpstr (limn_settings_values (driver.settings)->sampler, ==, "heun");
  g_assert_cmpfloat (limn_settings_values (driver.settings)->guidance, ==, 3);
  window_driver_screenshot_at_rest (&driver, "habits");

  window_driver_activate (&driver, "as-model-suggests");
  g_assert_true (has_steps (&driver, GINT_TO_POINTER (30)));
  g_assert_cmpstr (limn_settings_values (driver.settings)->sampler, ==, "euler");
  g_assert_false (offers_suggestion (&driver));
  window_driver_sleep (&driver, 900); /* longer than what counts as one change */
  window_driver_activate (&driver, "undo");
  g_assert_true (has_steps (&driver, GINT_TO_POINTER (12)));
  window_driver_close (&driver);
  tests_remove_folder (moved);
}

static void
test_prefix (void)
{
  WindowDriver driver = { 0 };

  window_driver_open (&driver);
  window_driver_wait (&driver, "the starter", has_size, GINT_TO_POINTER (128));
  g_object_set (driver.settings, "prompt", "a fox", NULL);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (driver.window->prefix_row)));
  window_driver_activate (&driver, "edit-prefix");
  gtk_editable_set_text (GTK_EDITABLE (driver.window->prefix_row), "score_9");
  g_signal_emit_by_name (driver.window->prefix_row, "apply");
  g_assert_cmpstr (limn_settings_values (driver.settings)->prompt, ==, "score_9, a fox");
  window_driver_screenshot_at_rest (&driver, "prefix");
  open_model (&driver, MINI);
  g_assert_cmpstr (limn_settings_values (driver.settings)->prompt, ==, "a fox");
  limn_model_row_try (driver.window->model_row, "");
  window_driver_wait (&driver, "the starter again", has_model, "");
  window_driver_sleep (&driver, 100);
  g_assert_cmpstr (limn_settings_values (driver.settings)->prompt, ==, "score_9, a fox");
  window_driver_close (&driver);
}

int
main (int argc, char *argv[])
{
  g_autofree char *config = g_dir_make_tmp ("limn-models-XXXXXX", NULL);

  g_setenv ("XDG_CONFIG_HOME", config, TRUE); /* where the LoRA's folder is remembered */
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_test_add_func ("/models/refused", test_refused);
  g_test_add_func ("/models/sd15", test_sd15);
  g_test_add_func ("/models/vanished", test_vanished);
  g_test_add_func ("/models/lora", test_lora);
  g_test_add_func ("/models/parts", test_parts);
  g_test_add_func ("/models/habits", test_habits);
  g_test_add_func ("/models/prefix", test_prefix);
  int status = g_test_run ();
  tests_remove_folder (config);
  return status;
}
