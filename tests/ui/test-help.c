/* test-help.c - what the settings do: every picture says what it was painted with, and a click paints that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/window/example.h"
#include "common/patience.h"
#include "window-fixture.h"

#define PICTURES "/io/github/limn_art/Limn/help/pictures"

static void
gather (GtkWidget *root, GPtrArray *examples)
{
  if (gtk_widget_has_css_class (root, "example"))
    g_ptr_array_add (examples, root);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    gather (child, examples);
}

static GtkWidget *
open_help (WindowFixture *fixture, GPtrArray *examples)
{
  GtkWidget *help;

  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.application), "help", NULL);
  help = GTK_WIDGET (window_driver_front (&fixture->driver));
  g_assert_cmpstr (G_OBJECT_TYPE_NAME (help), ==, "LimnHelpWindow");
  gather (help, examples);
  return help;
}

static const char *
label_of (GtkWidget *example)
{
  return gtk_label_get_text (GTK_LABEL (window_driver_find (example, GTK_TYPE_LABEL)));
}

static GtkWidget *
find_example (GPtrArray *examples, const char *label)
{
  for (guint i = 0; i < examples->len; i++)
    if (g_str_equal (label_of (examples->pdata[i]), label))
      return examples->pdata[i];
  g_error ("no picture says \"%s\"", label);
}

/* Each is shown, and says something that it was painted with; those of one topic differ. */
static void
test_pictures (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) examples = g_ptr_array_new ();
  g_autoptr (GHashTable) labels = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) names = g_resources_enumerate_children (PICTURES, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  open_help (fixture, examples);
  g_assert_cmpuint (examples->len, ==, g_strv_length (names));
  g_assert_cmpuint (examples->len, >, 20);
  for (guint i = 0; i < examples->len; i++) {
    const char *label = label_of (examples->pdata[i]);

    g_test_message ("%s", label);
    g_assert_cmpstr (label, !=, "");
    g_assert_true (g_hash_table_add (labels, (char *) label));
    g_assert_nonnull (limn_example_painted (examples->pdata[i]));
    g_assert_cmpuint (limn_example_painted (examples->pdata[i])->matched->len, >, 5);
  }
  find_example (examples, "a red boat on water at sunset, watercolour");
  find_example (examples, "Seed 9");
  find_example (examples, "Guidance 12");
  find_example (examples, "Steps 2");
  find_example (examples, "DPM++ 2M");
  find_example (examples, "Hand-off 0.5");
  find_example (examples, "Strength 0.9");
}

static gboolean
has_picture (WindowDriver *driver, gpointer data)
{
  return limn_window_get_picture (driver->window) != NULL;
}

static void
test_click (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) examples = g_ptr_array_new ();
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  GtkWidget *help = open_help (fixture, examples), *guided = find_example (examples, "Guidance 12");

  g_object_set (fixture->driver.settings, "prompt", "mine", NULL);
  g_signal_emit_by_name (guided, "clicked");
  g_assert_cmpfloat (values->guidance, ==, 12);
  g_assert_cmpuint (values->seed, ==, 8);
  g_assert_nonnull (strstr (values->prompt, "a purple cone"));
  window_driver_wait (&fixture->driver, "the picture", has_picture, NULL);
  window_driver_activate (&fixture->driver, "undo");
  g_assert_cmpstr (values->prompt, ==, "mine");
  /* what began with another picture is only looked at */
  g_assert_false (gtk_widget_get_can_target (find_example (examples, "Strength 0.9")));
  gtk_window_close (GTK_WINDOW (help));
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  g_test_add ("/help/pictures", WindowFixture, NULL, window_fixture_open, test_pictures, window_fixture_close);
  g_test_add ("/help/click", WindowFixture, NULL, window_fixture_open, test_click, window_fixture_close);
  return g_test_run ();
}
