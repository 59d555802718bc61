/* test-drop.c - pictures and settings dropped on the real window: what is in the settings and in the next picture
 * counts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "app/window/window-private.h"
#include "common/patience.h"
#include "drop-fixture.h"

/* ---- Settings inside ---- */

static void
test_settings (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_save_png (fixture, "lighthouse.png", 384, 256, "parameters", drop_webui);
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) saved = NULL;

  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "drop-question");
  /* nothing happens before the answer */
  g_assert_cmpstr (drop_values_of (fixture)->prompt, ==, "what was there");
  g_assert_null (drop_values_of (fixture)->source);

  window_driver_activate (&fixture->driver, "restore-settings");
  g_assert_cmpstr (drop_values_of (fixture)->prompt, ==, "a lighthouse at dusk, oil on canvas");
  g_assert_cmpstr (drop_values_of (fixture)->negative, ==, "people");
  g_assert_cmpint (drop_values_of (fixture)->width, ==, 192);
  g_assert_cmpstr (drop_values_of (fixture)->schedule, ==, "karras_full");
  g_assert_null (drop_values_of (fixture)->source);
  g_assert_true (drop_enabled (fixture, "undo-restore"));
  g_assert_true (drop_is_asked (&fixture->driver, NULL)); /* why it may look different */
  g_assert_false (drop_enabled (fixture, "restore-settings"));
  window_driver_screenshot_at_rest (&fixture->driver, "drop-why");
  window_driver_activate (&fixture->driver, "restore-dismiss");
  g_assert_false (drop_is_asked (&fixture->driver, NULL));

  saved = drop_generate (fixture, &text);
  g_assert_cmpint (saved->width, ==, 192);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "limn"), "777"));
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "a lighthouse"));
}

static void
test_undo (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_save_png (fixture, "lighthouse.png", 192, 128, "parameters", drop_webui);
  g_autoptr (GVariant) before = NULL, after = NULL;
  g_autoptr (LimnSource) source = limn_source_new (drop_two_halves (64, 64), "halves");

  g_object_set (fixture->driver.settings, "source", source, "negative", "mist", "crop-left", 9, NULL);
  before = g_variant_ref_sink (limn_settings_to_variant (fixture->driver.settings));
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_activate (&fixture->driver, "restore-both");
  g_assert_true (drop_values_of (fixture)->source != source);
  g_assert_cmpstr (limn_source_get_name (drop_values_of (fixture)->source), ==, "lighthouse.png");
  g_assert_cmpint (drop_values_of (fixture)->crop_left, ==, 0);
  window_driver_activate (&fixture->driver, "undo-restore");
  after = g_variant_ref_sink (limn_settings_to_variant (fixture->driver.settings));
  g_assert_true (g_variant_equal (before, after));
  g_assert_true (drop_values_of (fixture)->source == source);
  g_assert_false (drop_enabled (fixture, "undo-restore"));
}

/* Limn's own: painted here, dropped here over a tool that is in hand, painted again; to the byte the same */
static void
test_own (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (LimnImage) first = NULL, again = NULL;

  g_object_set (fixture->driver.settings, "prompt", "a hill (far:1.2)", "new-seed", FALSE, "seed",
                G_GUINT64_CONSTANT (9876543210), "width", 192, NULL);
  first = drop_generate (fixture, NULL);
  path = g_strdup (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)));
  g_object_set (fixture->driver.settings, "prompt", "else", "seed", G_GUINT64_CONSTANT (1), "width", 128, "steps", 3,
                "new-seed", TRUE, NULL);
  window_driver_activate (&fixture->driver, "edit-mask");
  g_assert_cmpint (limn_mask_mode_get (fixture->driver.window->mask_mode), ==, LIMN_CANVAS_MASK);
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_activate (&fixture->driver, "restore-settings");
  g_assert_cmpint (drop_values_of (fixture)->steps, ==, 10);
  g_assert_cmpint (limn_mask_mode_get (fixture->driver.window->mask_mode), ==, LIMN_CANVAS_VIEW);
  again = drop_generate (fixture, NULL);
  g_assert_cmpint (again->width, ==, 192);
  g_assert_cmpmem (first->rgb, (gsize) first->width * first->height * 3, again->rgb,
                   (gsize) again->width * again->height * 3);
}

/* a model is known by its file's name, beside those that were opened before */
static void
test_model (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *other = drop_path_of (fixture, "other.safetensors"),
                  *base = drop_path_of (fixture, "sd_xl_base_1.0.safetensors");
  g_autofree char *path = drop_save_png (fixture, "lighthouse.png", 192, 128, "parameters", drop_webui);

  g_assert_true (g_file_set_contents (other, "x", 1, NULL) && g_file_set_contents (base, "x", 1, NULL));
  g_object_set (fixture->driver.settings, "model", other, NULL);
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  window_driver_activate (&fixture->driver, "restore-settings");
  g_assert_cmpstr (drop_values_of (fixture)->model, ==, base);
  window_driver_sleep (&fixture->driver, 300); /* the model is looked at, and must not set its own size */
  g_assert_cmpint (drop_values_of (fixture)->width, ==, 192);
  g_assert_cmpfloat (drop_values_of (fixture)->guidance, ==, 6);
}

static gboolean
has_model (WindowDriver *driver, gpointer path)
{
  return g_strcmp0 (limn_settings_values (driver->settings)->model, path) == 0;
}

/* a model is one whatever its ending's letters, dropped or opened */
static void
test_model_files (DropFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "MODEL.SAFETENSORS", "x.sft", "Y.Sft", "plain.safetensors" };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (names); i++) {
    g_autofree char *path = drop_path_of (fixture, names[i / 2]);
    g_autoptr (GFile) file = g_file_new_for_path (path);

    g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    g_object_set (fixture->driver.settings, "model", "", NULL);
    if (i % 2 == 0)
      drop_path (fixture, path);
    else
      limn_window_open_file (fixture->driver.window, file);
    window_driver_wait (&fixture->driver, "the model", has_model, path);
    g_assert_null (limn_window_get_notice (fixture->driver.window));
    g_assert_false (drop_is_asked (&fixture->driver, NULL));
  }
}

static void
test_several (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *first = drop_save_png (fixture, "one.png", 64, 64, NULL, NULL);
  g_autofree char *second = drop_save_png (fixture, "two.png", 96, 64, NULL, NULL);
  g_autofree char *bad = drop_path_of (fixture, "words.png");
  const char *const paths[] = { first, bad, second, NULL };

  g_assert_true (g_file_set_contents (bad, "these are words", -1, NULL));
  drop_paths (fixture, paths);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  g_assert_nonnull (limn_window_get_notice (fixture->driver.window));
  g_assert_false (drop_enabled (fixture, "restore-settings"));
  g_assert_false (drop_enabled (fixture, "restore-previous"));
  window_driver_screenshot_at_rest (&fixture->driver, "drop-several");
  window_driver_activate (&fixture->driver, "restore-next");
  g_assert_false (drop_enabled (fixture, "restore-next"));
  window_driver_activate (&fixture->driver, "restore-image");
  g_assert_cmpstr (limn_source_get_name (drop_values_of (fixture)->source), ==, "two.png");
  g_assert_cmpstr (limn_source_get_path (drop_values_of (fixture)->source), ==, second);
  g_assert_cmpstr (drop_values_of (fixture)->prompt, ==, "what was there");
  g_assert_false (drop_is_asked (&fixture->driver, NULL));
}

/* ---- Text ---- */

static void
test_text (DropFixture *fixture, gconstpointer data)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (fixture->driver.window));

  g_assert_false (drop_text (fixture, "just words"));
  gdk_clipboard_set_text (clipboard, drop_webui);
  window_driver_activate (&fixture->driver, "paste-image");
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  g_assert_false (drop_enabled (fixture, "restore-image"));
  g_assert_false (drop_enabled (fixture, "restore-both"));
  window_driver_activate (&fixture->driver, "restore-settings");
  g_assert_cmpuint (drop_values_of (fixture)->seed, ==, 777);
}

static gboolean
shows (GtkWidget *root, const char *words)
{
  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root)
      && strstr (gtk_label_get_text (GTK_LABEL (root)), words) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (shows (child, words))
      return TRUE;
  return FALSE;
}

static gboolean
shows_cb (WindowDriver *driver, gpointer words)
{
  return shows (GTK_WIDGET (driver->window), words);
}

/* Files of settings alone, of pasted text's kinds: the bar says whose they are, and then why a picture may differ. */
static void
test_text_files (DropFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *name, *text, *program, *gap;
  } files[] = {
    { "a.TXT", "Prompt: a pier\nSeed: 777\nSteps: 9\nUse Face Correction: None\nSampler: euler_a", "Easy Diffusion",
      "adds in each step" },
    { "b.json", "{\"sui_image_params\": {\"prompt\": \"a pier\", \"seed\": 777, \"newthing\": 1}}", "SwarmUI",
      "newthing" },
    { "c.txt", "a pier\n-people\nSteps: 9, Sampler: Euler, Guidance Scale: 7.0, Seed: 777", "Draw Things", "Noise" },
    { "settings", "{\"prompt\": \"a pier\", \"uc\": \"fog\", \"scale\": 4, \"seed\": 777}", "NovelAI", "NovelAI" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = drop_path_of (fixture, files[i].name);

    g_assert_true (g_file_set_contents (path, files[i].text, -1, NULL));
    g_object_set (fixture->driver.settings, "prompt", "what was there", "seed", G_GUINT64_CONSTANT (1), NULL);
    drop_path (fixture, path);
    window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
    window_driver_wait (&fixture->driver, "whose they are", shows_cb, (gpointer) files[i].program);
    window_driver_screenshot_at_rest (&fixture->driver, "drop-text-file");
    g_assert_false (drop_enabled (fixture, "restore-image"));
    window_driver_activate (&fixture->driver, "restore-settings");
    g_assert_cmpstr (drop_values_of (fixture)->prompt, ==, "a pier");
    g_assert_cmpuint (drop_values_of (fixture)->seed, ==, 777);
    window_driver_wait (&fixture->driver, "why it may differ", shows_cb, (gpointer) files[i].gap);
    window_driver_screenshot_at_rest (&fixture->driver, "drop-text-file-why");
    window_driver_activate (&fixture->driver, "restore-dismiss");
  }
}

static gboolean
all_done (WindowDriver *driver, gpointer data)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (driver->queue));

  for (guint i = 0; i < n; i++) {
    g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (driver->queue), i);

    if (limn_queue_item_get_state (item) != LIMN_QUEUE_DONE)
      return FALSE;
  }
  return n > 0;
}

static gboolean
has_so_many (WindowDriver *driver, gpointer n)
{
  return g_list_model_get_n_items (G_LIST_MODEL (driver->queue)) == GPOINTER_TO_UINT (n);
}

static gboolean
drop_says (WindowDriver *driver, gpointer title)
{
  return g_strcmp0 (limn_window_get_notice (driver->window), title) == 0;
}

static void
test_text_without (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_path_of (fixture, "letter.txt");

  g_assert_true (g_file_set_contents (path, "dear reader", -1, NULL));
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the notice", drop_has_notice, NULL);
  g_assert_cmpstr (limn_window_get_notice (fixture->driver.window), ==, "“letter.txt” has no settings in it");
  g_assert_cmpstr (drop_values_of (fixture)->prompt, ==, "what was there");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->driver.queue)), ==, 0);
  g_assert_true (g_file_set_contents (path, "# dear reader\n\n", -1, NULL));
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the refusal", drop_says, (gpointer) "This text cannot be used");
}

/* A picture in line for each line, once a person has said so; from the menu without a question. */
static void
test_prompts (DropFixture *fixture, gconstpointer data)
{
  static const char *const prompts[] = { "a red boat", "a {blue|blue} boat", "“quoted” café" };
  g_autofree char *path = drop_path_of (fixture, "boats.txt");

  g_assert_true (g_file_set_contents (
      path, "\xef\xbb\xbf  a red boat\r\n# not this one\r\n\r\na {blue|blue} boat\r\n“quoted” café", -1, NULL));
  g_object_set (fixture->driver.settings, "steps", 2, "seed", G_GUINT64_CONSTANT (40), "new-seed", FALSE, "count", 5,
                NULL);
  for (guint way = 0; way < 2; way++) {
    guint n;

    limn_queue_set_paused (fixture->driver.queue, TRUE);
    if (way == 0) {
      drop_path (fixture, path);
      window_driver_wait (&fixture->driver, "the question", drop_says, (gpointer) "“boats.txt” has no settings in it");
      window_driver_screenshot_at_rest (&fixture->driver, "drop-prompts");
      window_driver_activate (&fixture->driver, "paint-dropped-prompts");
    } else {
      g_object_set (fixture->driver.settings, "new-seed", TRUE, NULL);
      limn_window_paint_prompts (fixture->driver.window, path);
    }
    window_driver_wait (&fixture->driver, "the line", has_so_many, GUINT_TO_POINTER (3 * (way + 1)));
    n = g_list_model_get_n_items (G_LIST_MODEL (fixture->driver.queue));
    for (guint i = 0; i < 3; i++) {
      g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (fixture->driver.queue), n - 3 + i);
      const LimnSettingsValues *values = limn_settings_values (limn_queue_item_get_settings (item));

      g_assert_cmpstr (values->prompt, ==, i == 1 ? "a blue boat" : prompts[i]); /* its choices are made */
      g_assert_cmpint (values->steps, ==, 2);
      g_assert_cmpint (values->count, ==, 1);
      if (way == 0)
        g_assert_cmpuint (values->seed, ==, 40);
    }
  }
  limn_queue_set_paused (fixture->driver.queue, FALSE);
  window_driver_wait (&fixture->driver, "all of them", all_done, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "prompts-painted");
  g_assert_cmpstr (drop_values_of (fixture)->prompt, ==, "what was there");
}

/* What is no list of prompts is told, from the menu too. */
static void
test_no_prompts (DropFixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "# none\n", "", "a \xff boat" };
  g_autofree char *path = drop_path_of (fixture, "bad.txt");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_true (g_file_set_contents (path, bad[i], -1, NULL));
    limn_window_paint_prompts (fixture->driver.window, path);
    window_driver_wait (&fixture->driver, "why not", drop_says, (gpointer) "These prompts cannot be painted");
    window_driver_activate (&fixture->driver, "generate"); /* takes the notice away */
    window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);
  }
}

static void
test_addresses (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_save_png (fixture, "with space.png", 64, 48, NULL, NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *list = g_strconcat ("# a comment\r\n", uri, "\r\n", NULL);
  g_autofree char *bytes = NULL, *coded = NULL, *address = NULL;
  gsize size;

  g_assert_true (drop_text (fixture, "https://example.org/cat.png"));
  g_assert_cmpstr (limn_window_get_notice (fixture->driver.window), ==, "Limn does not go online");
  window_driver_screenshot_at_rest (&fixture->driver, "drop-address");
  g_assert_null (drop_values_of (fixture)->source);

  g_assert_true (drop_text (fixture, list));
  window_driver_wait (&fixture->driver, "the picture", drop_has_source, NULL);
  g_assert_cmpint (limn_source_get_height (drop_values_of (fixture)->source), ==, 48);

  g_object_set (fixture->driver.settings, "source", NULL, NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  coded = g_base64_encode ((const guchar *) bytes, size);
  address = g_strconcat ("data:image/png;base64,", coded, NULL);
  g_assert_true (drop_text (fixture, address));
  window_driver_wait (&fixture->driver, "the picture", drop_has_source, NULL);
  g_assert_cmpint (limn_source_get_width (drop_values_of (fixture)->source), ==, 64);
  g_assert_null (limn_source_get_path (drop_values_of (fixture)->source));
}

static void
test_clipboard_texture (DropFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) image = drop_two_halves (40, 20);
  g_autoptr (GBytes) bytes = g_bytes_new (image->rgb, 40 * 20 * 3);
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (40, 20, GDK_MEMORY_R8G8B8, bytes, 40 * 3);

  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (fixture->driver.window)), texture);
  window_driver_activate (&fixture->driver, "paste-image");
  window_driver_wait (&fixture->driver, "the picture", drop_has_source, NULL);
  g_assert_cmpmem (limn_source_get_image (drop_values_of (fixture)->source)->rgb, 40 * 20 * 3, image->rgb, 40 * 20 * 3);
}

/* ---- Out of the window ---- */

static void
test_drag_out (DropFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) saved = NULL;
  g_autoptr (GdkContentProvider) provider = NULL;
  g_autoptr (GdkContentFormats) formats = NULL;
  g_auto (GValue) value = G_VALUE_INIT, texture = G_VALUE_INIT;
  g_autofree char *path = NULL;
  GError *error = NULL;

  g_assert_null (limn_window_drag_content (fixture->driver.window));
  saved = drop_generate (fixture, NULL);
  provider = limn_window_drag_content (fixture->driver.window);
  formats = gdk_content_formats_union_serialize_mime_types (gdk_content_provider_ref_formats (provider));
  g_assert_true (gdk_content_formats_contain_mime_type (formats, "text/uri-list"));
  g_assert_true (gdk_content_formats_contain_mime_type (formats, "image/png"));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  gdk_content_provider_get_value (provider, &value, &error);
  g_assert_no_error (error);
  path = g_file_get_path (((GSList *) g_value_get_boxed (&value))->data);
  g_assert_cmpstr (path, ==, limn_picture_get_path (limn_window_get_picture (fixture->driver.window)));
  g_value_init (&texture, GDK_TYPE_TEXTURE);
  gdk_content_provider_get_value (provider, &texture, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_value_get_object (&texture));

  /* dropped on the window again, it is asked about */
  g_assert_true (limn_window_take_value (fixture->driver.window, &value));
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
}

/* ---- A folder ---- */

/* A picture in line for each in the folder, with what is set; each has the name of what it is painted over.  What is no
 * picture, and one that is cut short, are left out, and of the latter it is told. */
static void
test_folder (DropFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "sea 2.png", "sea 10.jpg" };
  g_autofree char *folder = drop_path_of (fixture, "photos"), *first = NULL, *second = NULL, *notes = NULL;
  g_autofree char *cut = drop_path_of (fixture, "photos/sea 20.png");

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  first = drop_save_png (fixture, "photos/sea 2.png", 900, 600, NULL, NULL);
  second = drop_save_jpeg (fixture, "photos/sea 10.jpg", 120, 80, 1);
  notes = drop_path_of (fixture, "photos/notes.txt");
  g_assert_true (g_file_set_contents (notes, "notes", -1, NULL));
  g_assert_true (g_file_set_contents (cut, "\x89PNG\r\n\x1a\n", 8, NULL));
  g_object_set (fixture->driver.settings, "width", 128, "height", 64, "steps", 4, NULL);
  drop_path (fixture, folder);
  window_driver_wait (&fixture->driver, "what cannot be opened", drop_has_notice, NULL);
  window_driver_wait (&fixture->driver, "both pictures", all_done, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->driver.queue)), ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (fixture->driver.queue), i);
    const LimnSettingsValues *values = limn_settings_values (limn_queue_item_get_settings (item));
    const LimnImage *image = limn_source_get_image (values->source);
    g_autofree char *path = drop_path_of (fixture, i == 0 ? "photos/sea 2.png" : "photos/sea 10.jpg");

    g_assert_cmpstr (limn_source_get_name (values->source), ==, names[i]);
    g_assert_cmpstr (limn_source_get_path (values->source), ==, path);
    g_assert_cmpint (limn_source_get_width (values->source), ==, i == 0 ? 900 : 120);
    g_assert_cmpint (image->width, ==, i == 0 ? 256 : 120); /* no more than can be seen */
    g_assert_cmpstr (values->prompt, ==, "what was there");
    g_assert_cmpint (values->steps, ==, 4);
    g_assert_nonnull (strstr (limn_queue_item_get_picture_path (item), i == 0 ? "-sea-2." : "-sea-10."));
  }
  g_assert_null (drop_values_of (fixture)->source); /* what is set stays */
}

/* One with a model in it is a model's, whatever else lies there. */
static void
test_folder_kinds (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = drop_path_of (fixture, "mixed"), *model = drop_path_of (fixture, "mixed/a.safetensors");
  g_autofree char *picture = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_false (limn_window_is_picture_folder (folder));
  picture = drop_save_png (fixture, "mixed/a.png", 64, 64, NULL, NULL);
  g_assert_true (limn_window_is_picture_folder (folder));
  g_assert_true (g_file_set_contents (model, "x", 1, NULL));
  g_assert_false (limn_window_is_picture_folder (folder));
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  DROP_ADD ("/drop/settings", test_settings);
  DROP_ADD ("/drop/folder", test_folder);
  DROP_ADD ("/drop/prompts", test_prompts);
  DROP_ADD ("/drop/no-prompts", test_no_prompts);
  DROP_ADD ("/drop/folder-kinds", test_folder_kinds);
  DROP_ADD ("/drop/undo", test_undo);
  DROP_ADD ("/drop/own", test_own);
  DROP_ADD ("/drop/model", test_model);
  DROP_ADD ("/drop/model-files", test_model_files);
  DROP_ADD ("/drop/several", test_several);
  DROP_ADD ("/drop/text", test_text);
  DROP_ADD ("/drop/text-files", test_text_files);
  DROP_ADD ("/drop/text-without", test_text_without);
  DROP_ADD ("/drop/addresses", test_addresses);
  DROP_ADD ("/drop/clipboard-texture", test_clipboard_texture);
  DROP_ADD ("/drop/drag-out", test_drag_out);
  return g_test_run ();
}
