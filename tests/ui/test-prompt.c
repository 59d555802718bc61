/* test-prompt.c - the prompt editor in the real window: text after keys, tags, counts, the second prompt, the history.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "app/prompt/prompt-completion.h"
#include "app/prompt/prompt-edit.h"
#include "app/prompt/prompt-history-popover.h"
#include "app/prompt/styles-popover.h"
#include "common/patience.h"
#include "prompt-fixture.h"
#include "text/wildcards.h"

typedef PromptFixture Fixture;

/* text with the selection as "<" and ">", or the cursor as "^" */
static void
put (Fixture *fixture, const char *marked)
{
  g_autoptr (GString) text = g_string_new (marked);
  glong start = g_utf8_strlen (marked, (gssize) strcspn (marked, "^<")), end = start;
  GtkTextIter from, to;

  g_string_replace (text, "^", "", 1);
  if (strchr (marked, '<') != NULL) {
    end = g_utf8_strlen (marked, strchr (marked, '>') - marked) - 1;
    g_string_replace (text, "<", "", 1);
    g_string_replace (text, ">", "", 1);
  }
  gtk_text_buffer_set_text (fixture->buffer, text->str, -1);
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &from, (int) start);
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &to, (int) end);
  gtk_text_buffer_select_range (fixture->buffer, &from, &to);
}

static char *
get (Fixture *fixture)
{
  GtkTextIter from, to;
  g_autoptr (GString) text = NULL;
  g_autofree char *all = NULL;
  g_autofree char *kept = NULL;
  gsize start, end;

  gtk_text_buffer_get_bounds (fixture->buffer, &from, &to);
  all = gtk_text_buffer_get_text (fixture->buffer, &from, &to, FALSE);
  g_object_get (fixture->view, "text", &kept, NULL);
  g_assert_cmpstr (kept, ==, all);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==,
                   all); /* what is typed is what is kept */
  gtk_text_buffer_get_selection_bounds (fixture->buffer, &from, &to);
  start = (gsize) (g_utf8_offset_to_pointer (all, gtk_text_iter_get_offset (&from)) - all);
  end = (gsize) (g_utf8_offset_to_pointer (all, gtk_text_iter_get_offset (&to)) - all);
  text = g_string_new (all);
  if (start == end)
    return g_string_free (g_string_insert_c (g_steal_pointer (&text), (gssize) start, '^'), FALSE);
  g_string_insert_c (text, (gssize) end, '>');
  g_string_insert_c (text, (gssize) start, '<');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
expect (Fixture *fixture, const char *marked)
{
  g_autofree char *text = get (fixture);

  g_assert_cmpstr (text, ==, marked);
}

static void
weigh (Fixture *fixture, double step)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->view), "prompt.weight", "d", step));
}

static void
act (Fixture *fixture, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->view), action, NULL));
}

/* ---- Weights ---- */

static const struct {
  const char *before;
  double step;
  const char *after; /* NULL: nothing to do */
} weights[] = {
  { "a red^ cup", 0.1, "a (red^:1.1) cup" },
  { "a ^red cup", 0.1, "a (^red:1.1) cup" },
  { "a <red cup>", 0.1, "a (<red cup>:1.1)" },
  { "a < red >cup", 0.05, "a  (<red>:1.05) cup" },
  { "a (<red>:1.1) cup", 0.1, "a (<red>:1.2) cup" },
  { "a (r^ed:1.1) cup", -0.1, "a r^ed cup" },
  { "a <(red:1.1)> cup", -0.1, "a <red> cup" },
  { "a (red^:1.2) cup", -0.05, "a (red^:1.15) cup" },
  { "(red^)", 0.1, "(red^:1.2)" },
  { "(red^)", -0.1, "red^" },
  { "((red^))", 0.1, "((red^:1.2))" },
  { "((red^))", -0.1, "(red^)" },
  { "[red^]", -0.1, "(red^:0.8)" },
  { "[red^]", 0.1, "red^" },
  { "red^", -0.1, "(red^:0.9)" },
  { "(red^:0.05)", -0.1, "(red^:0)" },
  { "(red^:0)", -0.1, "(red^:0)" },
  { "(red^:9.95)", 0.1, "(red^:10)" },
  { "(red^:-2)", -0.1, "(red^:-2)" },
  { "(a red cu^p on a table:1.3), blue", 0.1, "(a red cu^p on a table:1.4), blue" },
  { "(a <red> cup:1.3)", 0.1, "(a (<red>:1.1) cup:1.3)" },
  { "(red:1.1)^", 0.1, "(red^:1.2)" },
  { "{re^d|blue}", 0.1, "{(re^d:1.1)|blue}" },
  { "<{red|blue}> cup", 0.1, "(<{red|blue}>:1.1) cup" },
  { "{<red|b>lue}", 0.1, NULL },
  { "a __col^our__", 0.1, "a (__col^our__:1.1)" },
  { "a __<col>our__", 0.1, NULL },
  { "\xe4\xb8\x89\xe6\xaf\x9b^\xe7\x8c\xab\xef\xbc\x8c\xe7\xba\xa2", 0.1,
    "(\xe4\xb8\x89\xe6\xaf\x9b^\xe7\x8c\xab:1.1)\xef\xbc\x8c\xe7\xba\xa2" },
  { "\xf0\x9f\x90\x88\xe2\x80\x8d\xe2\xac\x9b^ cat", 0.1, "(\xf0\x9f\x90\x88\xe2\x80\x8d\xe2\xac\x9b^:1.1) cat" },
  { "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d^", 0.1, "(\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d^:1.1)" },
  { "\\(red^\\)", 0.1, "\\((red^:1.1)\\)" },
  { "<(red> cup)", 0.1, NULL },
  { "<red (cup> x)", 0.1, NULL },
  { "a BRE^AK b", 0.1, NULL },
  { "a  ^  b", 0.1, NULL },
  { "^", 0.1, NULL },
  { "< >", 0.1, NULL },
};

static void
test_weights (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (weights); i++) {
    put (fixture, weights[i].before);
    weigh (fixture, weights[i].step);
    if (weights[i].after != NULL)
      expect (fixture, weights[i].after);
    else
      expect (fixture, weights[i].before);
  }
}

/* compel has the number behind the brackets. */
static void
test_compel_weights (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *before;
    double step;
    const char *after;
  } cases[] = {
    { "a red^ cup", 0.1, "a (red^)1.1 cup" },  { "a (red^)1.1 cup", 0.1, "a (red^)1.2 cup" },
    { "a (red^)1.1 cup", -0.1, "a red^ cup" }, { "a red^++ cup", 0.1, "a (red^)1.31 cup" },
    { "a (<red>)- cup", 0.1, "a <red> cup" },  { "(a <red> cup)1.3", 0.1, "(a (<red>)1.1 cup)1.3" },
  };

  g_object_set (fixture->driver.settings, "emphasis", "compel", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    put (fixture, cases[i].before);
    weigh (fixture, cases[i].step);
    expect (fixture, cases[i].after);
  }
}

/* LoRA tags have the signs that put () marks the selection with. */
static void
test_lora_weights (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *before, *after;
    guint at;
  } tags[] = {
    { "a <lora:ink:0.8> b", "a <lora:ink:0.9> b", 9 },
    { "<lora:ink:1>", "<lora:ink:1.1>", 3 },
    { "<lora:ink>", "<lora:ink:1.1>", 8 },
    { "<lora:ink:0.9>", "<lora:ink:1>", 8 },
    { "<LORA:ink:0.5:2>", "<LORA:ink:0.6:2>", 8 },
    { "<lora:(v2):0.5>", "<lora:(v2):0.6>", 8 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
    GtkTextIter at;
    g_autofree char *text = NULL;

    gtk_text_buffer_set_text (fixture->buffer, tags[i].before, -1);
    gtk_text_buffer_get_iter_at_offset (fixture->buffer, &at, (int) tags[i].at);
    gtk_text_buffer_place_cursor (fixture->buffer, &at);
    weigh (fixture, 0.1);
    g_object_get (fixture->view, "text", &text, NULL);
    g_assert_cmpstr (text, ==, tags[i].after);
  }
}

static void
test_undo (Fixture *fixture, gconstpointer data)
{
  put (fixture, "a <red> cup");
  weigh (fixture, 0.1);
  weigh (fixture, 0.1);
  weigh (fixture, 0.05);
  expect (fixture, "a (<red>:1.25) cup");
  gtk_text_buffer_undo (fixture->buffer);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "a (red:1.2) cup");
  gtk_text_buffer_undo (fixture->buffer);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "a (red:1.1) cup");
  gtk_text_buffer_undo (fixture->buffer);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "a red cup");
  gtk_text_buffer_redo (fixture->buffer);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "a (red:1.1) cup");
  gtk_text_buffer_undo (fixture->buffer);

  /* settings from elsewhere can be undone too */
  g_object_set (fixture->driver.settings, "prompt", "from a dropped picture", NULL);
  g_assert_true (gtk_text_buffer_get_can_undo (fixture->buffer));
  gtk_text_buffer_undo (fixture->buffer);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "a red cup");
}

static void
test_long (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 start, slowest = 0;

  for (int i = 0; i < 12000; i++)
    g_string_append (text, "(word:1.2)\n"); /* 132 kB */
  start = g_get_monotonic_time ();
  g_object_set (fixture->driver.settings, "prompt", "x", NULL);
  gtk_text_buffer_set_text (fixture->buffer, text->str, -1);
  g_assert_cmpuint (strlen (limn_settings_values (fixture->driver.settings)->prompt), ==, LIMN_PROMPT_LIMIT);
  gint64 set_done = g_get_monotonic_time ();
  for (gint64 began = set_done; g_get_monotonic_time () < start + G_USEC_PER_SEC; began = g_get_monotonic_time ()) {
    g_main_context_iteration (NULL, FALSE);
    slowest = MAX (slowest, g_get_monotonic_time () - began);
  }
  g_test_message ("set in %.0f ms", (double) (set_done - start) / 1e3);
  g_test_message ("100 kB: no answer for %.0f ms", (double) slowest / 1e3);
  gtk_text_buffer_insert_at_cursor (fixture->buffer, "more", -1);
  g_assert_cmpuint (strlen (limn_settings_values (fixture->driver.settings)->prompt), ==, LIMN_PROMPT_LIMIT);
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-limit");

  /* never half a letter */
  g_string_assign (text, "x");
  for (int i = 0; i < 40000; i++)
    g_string_append (text, "\xe7\x8c\xab");
  gtk_text_buffer_set_text (fixture->buffer, text->str, -1);
  g_assert_cmpuint (strlen (limn_settings_values (fixture->driver.settings)->prompt), ==, LIMN_PROMPT_LIMIT);
  g_string_append (text, "y");
  gtk_text_buffer_set_text (fixture->buffer, text->str + 1, -1);
  g_assert_cmpuint (strlen (limn_settings_values (fixture->driver.settings)->prompt), ==, LIMN_PROMPT_LIMIT - 1);
}

/* ---- Counting ---- */

static guint
count_with_reader (int encoder, const char *prompt)
{
  g_autoptr (LimnPromptReader) reader = limn_prompt_reader_new ("/", NULL);
  g_autoptr (GPtrArray) tokens = limn_prompt_reader_read (reader, encoder, prompt, NULL);

  return tokens->len;
}

static void
test_count (Fixture *fixture, gconstpointer data)
{
  const char *prompt = "a (watercolour:1.3) of a red circle, \xe7\x8c\xab, above a blue square";
  g_autoptr (GString) two = g_string_new (NULL);
  g_autofree char *wanted = g_strdup_printf ("%u / 75", count_with_reader (0, prompt));
  g_autofree char *lens = NULL;

  g_assert_cmpstr (limn_prompt_view_get_count (fixture->view), ==, "0 / 75");
  g_object_set (fixture->driver.settings, "prompt", prompt, NULL);
  prompt_fixture_settle (fixture);
  g_assert_cmpstr (limn_prompt_view_get_count (fixture->view), ==, wanted);
  g_assert_null (limn_prompt_view_describe_lens (fixture->view));
  act (fixture, "prompt.lens");
  prompt_fixture_settle (fixture);
  lens = limn_prompt_view_describe_lens (fixture->view);
  g_test_message ("%s", lens);
  g_assert_nonnull (strstr (lens, "waterc·olour (weight 1.30)"));
  g_assert_nonnull (strstr (lens, "refiner"));
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-lens");

  for (int i = 0; i < 100; i++)
    g_string_append (two, "red ");
  g_object_set (fixture->driver.settings, "prompt", two->str, NULL);
  prompt_fixture_settle (fixture);
  g_assert_cmpstr (limn_prompt_view_get_count (fixture->view), ==, "100 / 150");
  g_free (lens);
  lens = limn_prompt_view_describe_lens (fixture->view);
  g_assert_nonnull (strstr (lens, "Chunk 2: red"));
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-lens-chunks");
}

static gboolean
has_one_encoder (WindowDriver *driver, gpointer data)
{
  return !limn_settings_values (driver->settings)->separate_prompts;
}

static void
check_captions (Fixture *fixture)
{
  static const char *const captions[][2] = { { "prompt", "Prompt, first encoder" },
                                             { "prompt-2", "Prompt, second encoder and refiner" },
                                             { "negative", "Negative, first encoder" },
                                             { "negative-2", "Negative, second encoder and refiner" } };

  for (guint i = 0; i < G_N_ELEMENTS (captions); i++) {
    g_autofree char *caption = NULL;

    g_object_get (limn_prompt_group_get_view (fixture->group, captions[i][0]), "caption", &caption, NULL);
    g_assert_cmpstr (caption, ==, captions[i][1]);
  }
}

static void
test_separate (Fixture *fixture, gconstpointer data)
{
  LimnPromptView *second = limn_prompt_group_get_view (fixture->group, "prompt-2");
  GtkWidget *button = GTK_WIDGET (
      gtk_widget_get_template_child (GTK_WIDGET (fixture->group), LIMN_TYPE_PROMPT_GROUP, "separate_button"));
  g_autoptr (GFile) refiner = g_file_new_for_path ("/nonexistent/refiner.safetensors");

  g_object_set (fixture->driver.settings, "prompt", "a red circle", "negative", "blurry", NULL);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (second)));
  g_signal_emit_by_name (button, "clicked");
  g_assert_true (limn_settings_values (fixture->driver.settings)->separate_prompts);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (second)));
  /* the picture stays what it was until one writes something else */
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt_2, ==, "a red circle");
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->negative_2, ==, "blurry");
  g_object_set (second, "text", "a soft light", NULL);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt_2, ==, "a soft light");
  prompt_fixture_settle (fixture);
  g_assert_cmpstr (limn_prompt_view_get_count (second), ==, "3 / 75");
  check_captions (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-separate");
  g_signal_emit_by_name (button, "clicked");
  g_assert_false (limn_settings_values (fixture->driver.settings)->separate_prompts);
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt_2, ==, "a soft light");

  /* a model with one encoder has no use for it */
  limn_window_open_file (fixture->driver.window, refiner);
  window_driver_wait (&fixture->driver, "the model", has_one_encoder, NULL);
  g_assert_false (gtk_widget_get_visible (button));
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt_2, ==, "a soft light");
}

/* ---- History ---- */

static void
generate (Fixture *fixture, const char *prompt)
{
  g_object_set (fixture->driver.settings, "prompt", prompt, "steps", 1, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  prompt_fixture_settle (fixture);
}

static gboolean
has_two (WindowDriver *driver, gpointer data)
{
  return limn_prompt_history_popover_search (data, "") == 2;
}

static void
test_history (Fixture *fixture, gconstpointer data)
{
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  GtkWidget *popover = window_driver_find (GTK_WIDGET (fixture->view), LIMN_TYPE_PROMPT_HISTORY_POPOVER);

  generate (fixture, "a red circle");
  generate (fixture, "a blue square on a table");
  generate (fixture, "a red circle");
  g_object_set (fixture->driver.settings, "prompt", "half a thought", NULL);
  act (fixture, "prompt.earlier");
  g_assert_cmpstr (values->prompt, ==, "a red circle");
  act (fixture, "prompt.earlier");
  g_assert_cmpstr (values->prompt, ==, "a blue square on a table");
  act (fixture, "prompt.earlier"); /* there is no more */
  g_assert_cmpstr (values->prompt, ==, "a blue square on a table");
  act (fixture, "prompt.later");
  act (fixture, "prompt.later");
  g_assert_cmpstr (values->prompt, ==, "half a thought");
  act (fixture, "prompt.later");
  g_assert_cmpstr (values->prompt, ==, "half a thought");
  act (fixture, "prompt.earlier");
  gtk_text_buffer_undo (fixture->buffer);
  g_assert_cmpstr (values->prompt, ==, "half a thought");

  g_assert_cmpuint (limn_prompt_history_popover_search (LIMN_PROMPT_HISTORY_POPOVER (popover), ""), ==, 2);
  g_assert_cmpuint (limn_prompt_history_popover_search (LIMN_PROMPT_HISTORY_POPOVER (popover), "TABLE a"), ==, 1);
  g_assert_cmpuint (limn_prompt_history_popover_search (LIMN_PROMPT_HISTORY_POPOVER (popover), "green"), ==, 0);
  g_assert_cmpuint (limn_prompt_history_popover_search (LIMN_PROMPT_HISTORY_POPOVER (popover), ""), ==, 2);

  /* another window, another day */
  window_driver_close (&fixture->driver);
  fixture->driver.keep = TRUE;
  prompt_fixture_open_window (fixture);
  popover = window_driver_find (GTK_WIDGET (fixture->view), LIMN_TYPE_PROMPT_HISTORY_POPOVER);
  window_driver_wait (&fixture->driver, "the history", has_two, popover);
  act (fixture, "prompt.earlier");
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "a red circle");
}

/* ---- Wildcards ---- */

static void
test_completion (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (limn_prompt_completion_prefix ("a __"), ==, 0);
  g_assert_cmpint (limn_prompt_completion_prefix ("a __col"), ==, 3);
  g_assert_cmpint (limn_prompt_completion_prefix ("__a__ __animals/b_c"), ==, 11);
  g_assert_cmpint (limn_prompt_completion_prefix ("__a__"), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("__a__ b"), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("__a b"), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("a_"), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix (""), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("a <lora:"), ==, 0);
  g_assert_cmpint (limn_prompt_completion_prefix ("<lora:a:1> <lora:ink w"), ==, 5);
  g_assert_cmpint (limn_prompt_completion_prefix ("a <lora:ink:0"), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("a <lora:ink:1>"), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("(embedding:bad_h"), ==, 5);
  g_assert_cmpint (limn_prompt_completion_prefix ("embedding:bad_hands, "), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("\\__a"), ==, -1);
  g_assert_cmpint (limn_prompt_completion_prefix ("__\xe7\x8c\xab"), ==, 3);
}

/* ---- Looks ---- */

static void
test_looks (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lens = NULL;

  g_object_set (fixture->driver.settings, "prompt",
                "a (watercolour:1.3) of {a lighthouse|2::a mill} by the sea, [fog], ((morning light)), __palette__ "
                "<lora:ink-wash:0.8> BREAK loose brush strokes, (unfinished",
                "negative", "blurry, (low contrast:1.2)", NULL);
  prompt_fixture_settle (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-light");
  act (fixture, "prompt.lens");
  prompt_fixture_settle (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-light-lens");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  prompt_fixture_settle (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-dark-lens");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_LIGHT);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  prompt_fixture_settle (fixture);
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-rtl");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  lens = limn_prompt_view_describe_lens (fixture->view);
  g_assert_nonnull (lens);
}

static gboolean
is_underlined (Fixture *fixture, const char *word)
{
  GtkTextTag *tag = gtk_text_tag_table_lookup (gtk_text_buffer_get_tag_table (fixture->buffer), "limn-unknown");
  GtkTextIter start, from, to;

  gtk_text_buffer_get_start_iter (fixture->buffer, &start);
  g_assert_true (gtk_text_iter_forward_search (&start, word, 0, &from, &to, NULL));
  /* whole or not at all */
  for (start = from; !gtk_text_iter_equal (&start, &to); gtk_text_iter_forward_char (&start))
    g_assert_true (gtk_text_iter_has_tag (&start, tag) == gtk_text_iter_has_tag (&from, tag));
  return gtk_text_iter_has_tag (&from, tag);
}

static gboolean
is_known (WindowDriver *driver, gpointer data)
{
  return !is_underlined (data, "lighthouse");
}

/* what the starter's small vocabulary has in pieces only; any other model is taken to know all words */
static void
test_unknown (Fixture *fixture, gconstpointer data)
{
  g_object_set (fixture->driver.settings, "prompt", "a (lighthouse:1.2) by the sea, {watercolour|cat}", NULL);
  prompt_fixture_settle (fixture);
  g_assert_true (is_underlined (fixture, "lighthouse"));
  g_assert_true (is_underlined (fixture, "watercolour"));
  g_assert_false (is_underlined (fixture, "sea"));
  g_assert_false (is_underlined (fixture, "cat"));
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-unknown");
  g_object_set (fixture->driver.settings, "model", "/models/own", NULL);
  window_driver_wait (&fixture->driver, "the other vocabulary", is_known, fixture);
}

/* with large letters the hint does not run under what is below it */
static void
test_large_text (Fixture *fixture, gconstpointer data)
{
  LimnPromptView *view = limn_prompt_group_get_view (fixture->group, "negative");
  GtkWidget *button = window_driver_find (GTK_WIDGET (view), GTK_TYPE_MENU_BUTTON), *hint = NULL;
  double top;

  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 96 * 1024 * 5 / 2, NULL);
  window_driver_sleep (&fixture->driver, 300);
  hint = gtk_widget_get_last_child (window_driver_find (GTK_WIDGET (view), GTK_TYPE_OVERLAY));
  g_assert_true (GTK_IS_LABEL (hint) && gtk_widget_get_visible (hint));
  g_assert_true (gtk_widget_translate_coordinates (button, hint, 0, 0, NULL, &top));
  g_assert_cmpfloat (top, >=, gtk_widget_get_height (hint));
  window_driver_screenshot_at_rest (&fixture->driver, "prompt-large-text");
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 96 * 1024, NULL);
}

#define ADD(name, test) g_test_add ("/prompt/" name, Fixture, NULL, prompt_fixture_open, test, prompt_fixture_close)

/* Styles of the person's file go into the prompts, and can be taken back; a file that says nothing is explained. */
static void
test_styles (Fixture *fixture, gconstpointer data)
{
  GtkWidget *popover = window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_STYLES_POPOVER);
  GtkWidget *list = window_driver_find (popover, GTK_TYPE_LIST_BOX),
            *stack = window_driver_find (popover, GTK_TYPE_STACK);
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", NULL);
  g_autofree char *path = g_build_filename (folder, "styles.csv", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  limn_styles_popover_read (LIMN_STYLES_POPOVER (popover));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (stack)), ==, "none");
  g_assert_true (g_file_set_contents (path,
                                      "name,prompt,negative_prompt\n<i>Ink</i>,\"ink of {prompt}, lines\",colour\n"
                                      "Dark,at night,\n",
                                      -1, NULL));
  limn_styles_popover_read (LIMN_STYLES_POPOVER (popover));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (stack)), ==, "list");
  g_object_set (fixture->driver.settings, "prompt", "a cup", "negative", "blurry", NULL);
  for (int i = 0; i < 2; i++)
    g_signal_emit_by_name (list, "row-activated", gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), i));
  g_assert_cmpstr (values->prompt, ==, "ink of a cup, lines, at night");
  g_assert_cmpstr (values->negative, ==, "blurry, colour");
  g_assert_null (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 2));

  g_assert_true (g_file_set_contents (path, "what,ever\n", -1, NULL));
  limn_styles_popover_read (LIMN_STYLES_POPOVER (popover));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (stack)), ==, "none");
  g_assert_nonnull (strstr (gtk_label_get_label (GTK_LABEL (window_driver_find (popover, GTK_TYPE_LABEL))), "name"));
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("styles", test_styles);
  ADD ("weights", test_weights);
  ADD ("lora-weights", test_lora_weights);
  ADD ("compel-weights", test_compel_weights);
  ADD ("undo", test_undo);
  ADD ("long", test_long);
  ADD ("count", test_count);
  ADD ("unknown", test_unknown);
  ADD ("large-text", test_large_text);
  ADD ("separate", test_separate);
  ADD ("history", test_history);
  ADD ("completion", test_completion);
  ADD ("looks", test_looks);
  return g_test_run ();
}
