/* test-loras.c - the list of LoRAs in the real window, which is the prompt's tags, read and written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "app/panel/lora-extent.h"
#include "app/widget/number-row.h"
#include "app/window/window-private.h"
#include "common/folder.h"
#include "drop-fixture.h"

static const char *
prompt_of (DropFixture *fixture)
{
  return drop_values_of (fixture)->prompt;
}

/* ---- Rows ---- */

typedef struct {
  GtkWidget *rows[8];
  guint n;
} Rows;

static void
collect (GtkWidget *widget, Rows *rows)
{
  if (LIMN_IS_NUMBER_ROW (widget) && rows->n < G_N_ELEMENTS (rows->rows))
    rows->rows[rows->n++] = widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect (child, rows);
}

static Rows
rows_of (DropFixture *fixture)
{
  Rows rows = { 0 };

  collect (GTK_WIDGET (fixture->driver.window->lora_group), &rows);
  return rows;
}

static GtkSpinButton *
spin_of (GtkWidget *row)
{
  return GTK_SPIN_BUTTON (window_driver_find (row, GTK_TYPE_SPIN_BUTTON));
}

/* The button that takes the row's LoRA out of the prompt. */
static GtkWidget *
remove_of (GtkWidget *widget)
{
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (widget) && gtk_widget_get_tooltip_text (widget) != NULL)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = remove_of (child);
  return found;
}

static const char *
subtitle_of (GtkWidget *row)
{
  return adw_action_row_get_subtitle (ADW_ACTION_ROW (row));
}

static gboolean
is_described (WindowDriver *driver, gpointer data)
{
  Rows rows = rows_of ((DropFixture *) driver);

  for (guint i = 0; i < rows.n; i++)
    if (subtitle_of (rows.rows[i]) == NULL || subtitle_of (rows.rows[i])[0] == '\0')
      return FALSE;
  return rows.n > 0;
}

/* An empty file by which the fake engine finds a LoRA. */
static void
make_file (const char *name)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", "loras", NULL);
  g_autofree char *path = g_strdup_printf ("%s/%s.safetensors", folder, name);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

/* ---- Tests ---- */

static void
test_rows (DropFixture *fixture, gconstpointer data)
{
  Rows rows;

  make_file ("ink-lora");
  make_file ("other-family-lora");
  g_object_set (fixture->driver.settings, "prompt",
                "a hill <lora:ink-lora:0.8>, mist <lora:other-family-lora:1> <lora:missing:0.5:0.25>", NULL);
  rows = rows_of (fixture);
  g_assert_cmpuint (rows.n, ==, 3);
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (rows.rows[0])), ==, "ink-lora");
  g_assert_cmpfloat (gtk_spin_button_get_value (spin_of (rows.rows[0])), ==, 0.8);
  g_assert_cmpfloat (gtk_spin_button_get_value (spin_of (rows.rows[2])), ==, 0.25); /* the U-Net's */
  window_driver_wait (&fixture->driver, "what is in the files", is_described, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "loras");
  g_assert_cmpstr (subtitle_of (rows.rows[0]), ==, "LoRA, 722 of 722 parts");
  g_assert_nonnull (strstr (subtitle_of (rows.rows[1]), "another family"));
  g_assert_nonnull (strstr (subtitle_of (rows.rows[2]), "There is no LoRA"));
  g_assert_false (gtk_widget_has_css_class (rows.rows[0], "error"));
  g_assert_true (gtk_widget_has_css_class (rows.rows[1], "error"));
  g_assert_true (gtk_widget_has_css_class (rows.rows[2], "error"));

  /* typed weights come to the rows there are */
  g_object_set (fixture->driver.settings, "prompt",
                "a hill <lora:ink-lora:0.65>, mist <lora:other-family-lora:1> <lora:missing:0.5:0.25>", NULL);
  g_assert_true (rows_of (fixture).rows[0] == rows.rows[0]);
  g_assert_cmpfloat_with_epsilon (gtk_spin_button_get_value (spin_of (rows.rows[0])), 0.65, 1e-9);
}

static void
test_writing (DropFixture *fixture, gconstpointer data)
{
  Rows rows;

  g_object_set (fixture->driver.settings, "prompt", "a <lora:ink:0.8>, b <lora:moss:0.5:0.25> <lora:dew:1:lbw=ALL>!",
                NULL);
  rows = rows_of (fixture);
  gtk_spin_button_set_value (spin_of (rows.rows[0]), 0.9);
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.9>, b <lora:moss:0.5:0.25> <lora:dew:1:lbw=ALL>!");
  gtk_spin_button_set_value (spin_of (rows.rows[1]), -1);
  gtk_spin_button_set_value (spin_of (rows.rows[2]), 0.5);
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.9>, b <lora:moss:0.5:-1> <lora:dew:0.5:lbw=ALL>!");
  g_assert_true (rows_of (fixture).rows[0] == rows.rows[0]);

  /* one goes, and leaves no gap */
  g_signal_emit_by_name (remove_of (rows.rows[0]), "clicked");
  g_assert_cmpstr (prompt_of (fixture), ==, "a, b <lora:moss:0.5:-1> <lora:dew:0.5:lbw=ALL>!");
  rows = rows_of (fixture);
  g_assert_cmpuint (rows.n, ==, 2);
  g_signal_emit_by_name (remove_of (rows.rows[0]), "clicked");
  g_assert_cmpstr (prompt_of (fixture), ==, "a, b <lora:dew:0.5:lbw=ALL>!");
}

static GtkEntry *
entry_of (GtkWidget *row, const char *placeholder)
{
  GtkWidget *extent = window_driver_find (row, LIMN_TYPE_LORA_EXTENT);
  GtkWidget *grid = window_driver_find (extent, GTK_TYPE_GRID);

  for (GtkWidget *child = gtk_widget_get_first_child (grid); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_ENTRY (child) && g_strcmp0 (gtk_entry_get_placeholder_text (GTK_ENTRY (child)), placeholder) == 0)
      return GTK_ENTRY (child);
  g_assert_not_reached ();
}

static GtkDropDown *
stage_of (GtkWidget *row)
{
  return GTK_DROP_DOWN (window_driver_find (window_driver_find (row, LIMN_TYPE_LORA_EXTENT), GTK_TYPE_DROP_DOWN));
}

static void
type (GtkEntry *entry, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

/* Steps and blocks are written into the tag, and shown as they are written there; what means nothing is marked. */
static void
test_extent (DropFixture *fixture, gconstpointer data)
{
  GtkWidget *row;
  int end = 1;

  g_object_set (fixture->driver.settings, "prompt", "a <lora:ink:0.8:x=1>", NULL);
  row = rows_of (fixture).rows[0];
  type (entry_of (row, "the first"), "5");
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8:start=5:x=1>");
  type (entry_of (row, "up to the last"), "0.5");
  type (entry_of (row, "all alike"), "MID");
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (entry_of (row, "all alike")), "error"));
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8:start=5:stop=0.5:x=1>");
  type (entry_of (row, "all alike"), "MIDD");
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (entry_of (row, "all alike")), "error"));
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8:lbw=MIDD:start=5:stop=0.5:x=1>");
  g_assert_true (rows_of (fixture).rows[0] == row);
  g_assert_nonnull (strstr (subtitle_of (row), "from step 5, not from 0.5 · blocks MIDD"));
  gtk_editable_insert_text (GTK_EDITABLE (entry_of (row, "the first")), " or so", -1, &end);
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8:lbw=MIDD:start=5:stop=0.5:x=1>");

  g_object_set (fixture->driver.settings, "prompt", "a <lora:ink:0.8:stop=9>", NULL);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry_of (row, "the first"))), ==, "");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry_of (row, "up to the last"))), ==, "9");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry_of (row, "all alike"))), ==, "");
  type (entry_of (row, "up to the last"), "");
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8>");
}

static gboolean
wants_refiner (WindowDriver *driver, gpointer row)
{
  return strstr (subtitle_of (row), "no refiner is chosen") != NULL;
}

/* Which model has it is chosen, written into the tag, and shown as it is written there. */
static void
test_stage (DropFixture *fixture, gconstpointer data)
{
  GtkWidget *row;

  g_object_set (fixture->driver.settings, "prompt", "a <lora:ink:0.8:start=5>", NULL);
  row = rows_of (fixture).rows[0];
  g_assert_cmpuint (gtk_drop_down_get_selected (stage_of (row)), ==, LIMN_LORA_STAGE_ANY);
  gtk_drop_down_set_selected (stage_of (row), LIMN_LORA_STAGE_REFINER);
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8:stage=refiner:start=5>");
  g_assert_true (rows_of (fixture).rows[0] == row);
  g_assert_nonnull (strstr (subtitle_of (row), "refiner only · from step 5"));
  window_driver_wait (&fixture->driver, "the refiner's LoRA", wants_refiner, row);
  type (entry_of (row, "the first"), "");
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8:stage=refiner>");
  g_object_set (fixture->driver.settings, "prompt", "a <lora:ink:0.8:stage=both>", NULL);
  g_assert_cmpuint (gtk_drop_down_get_selected (stage_of (row)), ==, LIMN_LORA_STAGE_BOTH);
  gtk_drop_down_set_selected (stage_of (row), LIMN_LORA_STAGE_ANY);
  g_assert_cmpstr (prompt_of (fixture), ==, "a <lora:ink:0.8>");
}

static gboolean
says (WindowDriver *driver, gpointer text)
{
  return window_driver_find_label (GTK_WIDGET (driver->window), text) != NULL;
}

static gboolean
has_model (WindowDriver *driver, gpointer data)
{
  return driver->window->opened != NULL;
}

static void
test_drop (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_path_of (fixture, "wash-lora.safetensors");
  g_autofree char *other = drop_path_of (fixture, "other-family-lora.safetensors"), *why = NULL;

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_true (g_file_set_contents (other, "", 0, NULL));
  window_driver_wait (&fixture->driver, "a model", has_model, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a hill", NULL);
  drop_path (fixture, path);
  g_assert_cmpstr (prompt_of (fixture), ==, "a hill <lora:wash-lora:1>");
  drop_path (fixture, path); /* it is there */
  g_assert_cmpstr (prompt_of (fixture), ==, "a hill <lora:wash-lora:1>");
  drop_path (fixture, other);
  g_assert_cmpstr (prompt_of (fixture), ==, "a hill <lora:wash-lora:1>");
  why = g_strdup_printf ("“other-family-lora” is for %s, and the model is %s: the prompt stays as it is",
                         limn_family_name (LIMN_FAMILY_SD15), limn_family_name (LIMN_FAMILY_SDXL_BASE));
  window_driver_wait (&fixture->driver, "why not", says, why);
  g_assert_cmpuint (rows_of (fixture).n, ==, 1);
  g_signal_emit_by_name (remove_of (rows_of (fixture).rows[0]), "clicked");
  g_assert_cmpstr (prompt_of (fixture), ==, "a hill");
  g_assert_cmpuint (rows_of (fixture).n, ==, 0);
  window_driver_screenshot_at_rest (&fixture->driver, "no-loras");
}

int
main (int argc, char **argv)
{
  g_autofree char *data = g_dir_make_tmp ("limn-loras-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  window_driver_init (&argc, &argv);
  DROP_ADD ("/loras/rows", test_rows);
  DROP_ADD ("/loras/writing", test_writing);
  DROP_ADD ("/loras/extent", test_extent);
  DROP_ADD ("/loras/stage", test_stage);
  DROP_ADD ("/loras/drop", test_drop);
  int status = g_test_run ();
  tests_remove_folder (data);
  return status;
}
