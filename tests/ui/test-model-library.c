/* test-model-library.c - the model library over the real engine: lists what is in chosen folders, and uses what is
 * chosen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "app/models/model-card.h"
#include "app/models/model-details.h"
#include "app/window/window-private.h"
#include "common/folder.h"
#include "common/patience.h"
#include "file/safetensors.h"
#include "window-driver.h"

#define MINI LIMN_GOLDEN_DIR "/mini-sdxl"

typedef struct {
  WindowDriver driver;
  char *folder;
} Fixture;

static void
put_tensors (Fixture *fixture, const char *name, const char *tensor, guint64 rows, guint64 columns)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree guint8 *zeros = g_malloc0 (rows * columns * 2);
  const LimnTensorOut out = { tensor, LIMN_TYPE_F16, 2, { rows, columns }, zeros };

  g_assert_true (limn_safetensors_write (path, &out, 1, NULL));
}

static void
put_preview (Fixture *fixture, const char *name, int hue)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (LimnImage) image = limn_image_new (320, 400);

  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < image->width; x++) {
      guint8 *pixel = image->rgb + (y * image->width + x) * 3;
      int disc = (x - 160) * (x - 160) + (y - 150) * (y - 150) < 90 * 90 ? 70 : 0;

      pixel[0] = (guint8) CLAMP (40 + hue + disc + y / 8, 0, 255);
      pixel[1] = (guint8) CLAMP (150 - hue / 2 + disc, 0, 255);
      pixel[2] = (guint8) CLAMP (210 - y / 3 + disc, 0, 255);
    }
  g_assert_true (limn_image_save_png (image, path, NULL, NULL));
}

static void
link_model (Fixture *fixture, const char *from, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_cmpint (symlink (from, path), ==, 0);
}

static gboolean
is_opened (WindowDriver *driver, gpointer data)
{
  return driver->window->opened != NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *loras = NULL, *embeddings = NULL;
  g_autofree char *words = NULL;

  fixture->folder = g_dir_make_tmp ("limn-library-XXXXXX", NULL);
  loras = g_build_filename (fixture->folder, "loras", NULL);
  embeddings = g_build_filename (fixture->folder, "embeddings", NULL);
  words = g_build_filename (loras, "ink_wash.civitai.info", NULL);
  g_mkdir (loras, 0755);
  g_mkdir (embeddings, 0755);
  link_model (fixture, MINI, "watercolour");
  link_model (fixture, LIMN_GOLDEN_DIR "/mini-sdxl-single-file.safetensors", "juggernautXL.safetensors");
  link_model (fixture, LIMN_GOLDEN_DIR "/mini-sdxl-single-file.safetensors", "juggernautXL copy.safetensors");
  put_preview (fixture, "juggernautXL.preview.png", 120);
  put_tensors (fixture, "loras/ink_wash.safetensors",
               "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight", 4, 2048);
  g_assert_true (g_file_set_contents (words, "{\"trainedWords\":[\"ink wash\"],\"baseModel\":\"SDXL 1.0\"}", -1, NULL));
  put_preview (fixture, "loras/ink_wash.png", 20);
  put_tensors (fixture, "loras/gouache.safetensors",
               "lora_unet_input_blocks_5_1_transformer_blocks_0_attn2_to_k.lora_down.weight", 8, 2048);
  put_preview (fixture, "loras/gouache.png", 90);
  put_tensors (fixture, "loras/old_style.safetensors",
               "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", 4, 768);
  put_preview (fixture, "loras/old_style.png", 200);
  put_tensors (fixture, "embeddings/bad_hands.safetensors", "clip_g", 2, 1280);
  put_tensors (fixture, "control.safetensors", "control_model.input_blocks.0.0.weight", 4, 4);
  g_assert_true (limn_model_folders_add (fixture->folder, NULL));
  window_driver_open (&fixture->driver);
  window_driver_wait (&fixture->driver, "the starter", is_opened, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) folders = limn_model_folders ();

  window_driver_close (&fixture->driver);
  for (guint i = 0; folders[i] != NULL; i++)
    limn_model_folders_remove (folders[i], NULL);
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static gboolean
is_loaded (WindowDriver *driver, gpointer data)
{
  return !limn_models_is_loading (driver->window->models);
}

static LimnModelsWindow *
open_library (Fixture *fixture, const char *action)
{
  window_driver_activate (&fixture->driver, action);
  window_driver_wait (&fixture->driver, "the files", is_loaded, NULL);
  window_driver_sleep (&fixture->driver, 400);
  return fixture->driver.window->models_window;
}

/* ---- What is in sight ---- */

static GListModel *
list_of (LimnModelsWindow *window)
{
  GtkWidget *grid = window_driver_find (GTK_WIDGET (window), GTK_TYPE_GRID_VIEW);

  return G_LIST_MODEL (gtk_grid_view_get_model (GTK_GRID_VIEW (grid)));
}

/* "gouache ink_wash" */
static char *
names_of (LimnModelsWindow *window)
{
  GListModel *list = list_of (window);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (list); i++) {
    g_autoptr (LimnModelEntry) entry = g_list_model_get_item (list, i);

    g_string_append_printf (names, "%s%s", i > 0 ? "/" : "", limn_model_entry_get_facts (entry)->name);
  }
  return g_string_free (names, FALSE);
}

static void
expect (LimnModelsWindow *window, const char *names)
{
  g_autofree char *listed = names_of (window);

  g_assert_cmpstr (listed, ==, names);
}

/* As a person does who goes to the one with that name and presses Return. */
static void
use (Fixture *fixture, LimnModelsWindow *window, const char *name)
{
  GtkWidget *grid = window_driver_find (GTK_WIDGET (window), GTK_TYPE_GRID_VIEW);
  GListModel *list = list_of (window);

  for (guint i = 0; i < g_list_model_get_n_items (list); i++) {
    g_autoptr (LimnModelEntry) entry = g_list_model_get_item (list, i);

    if (!g_str_equal (limn_model_entry_get_facts (entry)->name, name))
      continue;
    gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (list), i);
    window_driver_sleep (&fixture->driver, 100);
    g_signal_emit_by_name (grid, "activate", i);
    return;
  }
  g_error ("%s is not listed", name);
}

static const char *
prompt_of (Fixture *fixture)
{
  return limn_settings_values (fixture->driver.settings)->prompt;
}

/* ---- Tests ---- */

static void
test_list (Fixture *fixture, gconstpointer data)
{
  LimnModelsWindow *window = open_library (fixture, "show-models");
  GtkSearchEntry *search = GTK_SEARCH_ENTRY (window_driver_find (GTK_WIDGET (window), GTK_TYPE_SEARCH_ENTRY));

  expect (window, "juggernautXL/juggernautXL copy/watercolour");
  window_driver_screenshot_at_rest (&fixture->driver, "library-models");
  limn_models_window_show_kind (window, LIMN_FILE_EMBEDDING);
  expect (window, "bad_hands");
  limn_models_window_show_kind (window, LIMN_FILE_CONTROL);
  expect (window, "control");
  window_driver_screenshot_at_rest (&fixture->driver, "library-controls");
  limn_models_window_show_kind (window, LIMN_FILE_OTHER);
  expect (window, "");

  /* those for the open model first, the others greyed with the reason */
  limn_models_window_show_kind (window, LIMN_FILE_LORA);
  expect (window, "gouache/ink_wash/old_style");
  use (fixture, window, "old_style");
  g_assert_cmpstr (prompt_of (fixture), ==, "");
  window_driver_screenshot_at_rest (&fixture->driver, "library-loras");

  /* by their words, too */
  gtk_editable_set_text (GTK_EDITABLE (search), "INK  wash");
  window_driver_sleep (&fixture->driver, 400);
  expect (window, "ink_wash");
  gtk_editable_set_text (GTK_EDITABLE (search), "nowhere");
  window_driver_sleep (&fixture->driver, 400);
  expect (window, "");
  window_driver_screenshot_at_rest (&fixture->driver, "library-nothing");
}

static void
test_copies (Fixture *fixture, gconstpointer data)
{
  LimnModelsWindow *window = open_library (fixture, "show-models");
  GListModel *list = list_of (window);

  for (guint i = 0; i < 3; i++) {
    g_autoptr (LimnModelEntry) entry = g_list_model_get_item (list, i);
    g_assert_cmpuint (limn_model_entry_get_copies (entry), ==, i < 2 ? 1 : 0);
  }
  g_assert_cmpstr (limn_models_find_hash (fixture->driver.window->models, LIMN_FILE_LORA, "0123456789ab"), ==, NULL);
}

static void
test_use (Fixture *fixture, gconstpointer data)
{
  LimnModelsWindow *window = open_library (fixture, "show-loras");
  GtkWidget *details = window_driver_find (GTK_WIDGET (window), LIMN_TYPE_MODEL_DETAILS);

  g_object_set (fixture->driver.settings, "prompt", "a hill", NULL);
  use (fixture, window, "ink_wash");
  g_assert_cmpstr (prompt_of (fixture), ==, "a hill <lora:ink_wash:1>");
  use (fixture, window, "ink_wash");
  g_assert_cmpstr (prompt_of (fixture), ==, "a hill <lora:ink_wash:1>");
  limn_models_window_show_kind (window, LIMN_FILE_EMBEDDING);
  use (fixture, window, "bad_hands");
  g_assert_cmpstr (prompt_of (fixture), ==, "a hill <lora:ink_wash:1>, embedding:bad_hands");
  g_assert_true (gtk_widget_get_mapped (details));
  window_driver_screenshot_at_rest (&fixture->driver, "library-used");
}

static gboolean
has_model (WindowDriver *driver, gpointer data)
{
  return g_str_has_suffix (limn_settings_values (driver->settings)->model, data);
}

static void
test_open (Fixture *fixture, gconstpointer data)
{
  LimnModelsWindow *window = open_library (fixture, "show-models");

  use (fixture, window, "watercolour");
  window_driver_wait (&fixture->driver, "the model", has_model, "/watercolour");
  window_driver_sleep (&fixture->driver, 100);
  g_assert_null (fixture->driver.window->models_window);
}

/* Where nothing was chosen yet, folders are asked for; one that is gone keeps what was in it, greyed. */
static void
test_folders (Fixture *fixture, gconstpointer data)
{
  g_autofree char *away = g_strconcat (fixture->folder, "-away", NULL);
  LimnModelsWindow *window;

  g_assert_true (limn_model_folders_remove (fixture->folder, NULL));
  window = open_library (fixture, "show-models");
  expect (window, "");
  window_driver_screenshot_at_rest (&fixture->driver, "library-empty");
  limn_models_window_add_folder (window, fixture->folder);
  window_driver_wait (&fixture->driver, "the files", is_loaded, NULL);
  expect (window, "juggernautXL/juggernautXL copy/watercolour");

  g_assert_cmpint (g_rename (fixture->folder, away), ==, 0);
  gtk_widget_activate_action (GTK_WIDGET (window), "models.reload", NULL);
  window_driver_wait (&fixture->driver, "the files", is_loaded, NULL);
  expect (window, "juggernautXL/juggernautXL copy/watercolour");
  use (fixture, window, "watercolour");
  window_driver_sleep (&fixture->driver, 100);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->model, ==, "");
  window_driver_screenshot_at_rest (&fixture->driver, "library-missing");
  g_assert_cmpint (g_rename (away, fixture->folder), ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/model-library/list", test_list },       { "/model-library/copies", test_copies },
    { "/model-library/use", test_use },         { "/model-library/open", test_open },
    { "/model-library/folders", test_folders },
  };

  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
