/* test-prompt-marks.c - what the prompt editor shows the parts of a prompt as, in the real window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <unistd.h>

#include "app/prompt/prompt-group.h"
#include "common/patience.h"
#include "prompt-fixture.h"

typedef PromptFixture Fixture;

static void
expect_tag (Fixture *fixture, int offset, const char *name)
{
  GtkTextIter iter;
  GSList *tags;
  g_autofree char *found = NULL;

  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &iter, offset);
  tags = gtk_text_iter_get_tags (&iter);
  if (tags != NULL)
    g_object_get (tags->data, "name", &found, NULL);
  g_assert_cmpstr (found, ==, name);
  g_slist_free (tags);
}

static void
test_marks (Fixture *fixture, gconstpointer data)
{
  gtk_text_buffer_set_text (fixture->buffer,
                            "a (\xe7\x8c\xab:1.3) [b] BREAK {c|d} __e__ <lora:f:1> \\( ) ((g)) (h:1.5)", -1);
  prompt_fixture_settle (fixture);
  expect_tag (fixture, 0, NULL);
  expect_tag (fixture, 2, "limn-sign");
  expect_tag (fixture, 3, "limn-stronger");
  expect_tag (fixture, 4, "limn-number");
  expect_tag (fixture, 11, "limn-light");
  expect_tag (fixture, 14, "limn-break");
  expect_tag (fixture, 20, "limn-chance");
  expect_tag (fixture, 21, NULL);
  expect_tag (fixture, 26, "limn-chance");
  expect_tag (fixture, 32, "limn-lora");
  expect_tag (fixture, 43, "limn-sign");
  expect_tag (fixture, 46, "limn-unmatched");
  expect_tag (fixture, 50, "limn-stronger");
  expect_tag (fixture, 55, "limn-strongest");
}

/* What changes while a picture is painted, and what is none of it to another program. */
static void
test_edit_marks (Fixture *fixture, gconstpointer data)
{
  static const struct {
    int offset;
    const char *own, *comfy;
  } signs[] = {
    { 0, "limn-number", NULL },      /* [ */
    { 1, NULL, NULL },               /* a */
    { 2, "limn-number", NULL },      /* : */
    { 3, "limn-sign", "limn-sign" }, /* ( */
    { 12, "limn-number", NULL },     /* 0.5 */
    { 17, "limn-break", NULL },      /* AND */
    { 23, "limn-number", NULL },     /* | */
    { 27, "limn-sign", NULL },       /* [ */
    { 31, NULL, NULL },
  };

  gtk_text_buffer_set_text (fixture->buffer, "[a:(b:1.2): 0.5] AND [c|d] [e] f", -1);
  prompt_fixture_settle (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    expect_tag (fixture, signs[i].offset, signs[i].own);
  g_object_set (fixture->driver.settings, "emphasis", "comfy", NULL);
  prompt_fixture_settle (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    expect_tag (fixture, signs[i].offset, signs[i].comfy);

  /* a bar that stands alone makes text of all of them */
  g_object_set (fixture->driver.settings, "emphasis", "limn", NULL);
  gtk_text_buffer_set_text (fixture->buffer, "[a:b:3] | c", -1);
  prompt_fixture_settle (fixture);
  expect_tag (fixture, 0, "limn-sign");
  expect_tag (fixture, 8, "limn-unmatched");
}

/* compel's: signs behind what they weigh; brackets that are none are told. */
static void
test_compel_marks (Fixture *fixture, gconstpointer data)
{
  static const struct {
    int offset;
    const char *tag;
  } signs[] = {
    { 0, "limn-stronger" },  /* owl */
    { 3, "limn-number" },    /* ++ */
    { 6, "limn-sign" },      /* ( */
    { 7, "limn-light" },     /* a dim */
    { 12, "limn-faint" },    /* hat, which weighs 0.9 of 0.8 */
    { 15, "limn-number" },   /* - */
    { 16, "limn-sign" },     /* ) */
    { 17, "limn-number" },   /* 0.8 */
    { 21, NULL },            /* [b] */
    { 25, "limn-chance" },   /* {c|d} */
    { 31, "limn-sign" },     /* \( */
    { 34, "limn-unmatched" } /* ( */
  };

  g_object_set (fixture->driver.settings, "emphasis", "compel", NULL);
  gtk_text_buffer_set_text (fixture->buffer, "owl++ (dim, hat-)0.8 [b] {c|d} \\( (e", -1);
  prompt_fixture_settle (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    expect_tag (fixture, signs[i].offset, signs[i].tag);

  gtk_text_buffer_set_text (fixture->buffer, "(\"a\", \"b\").blend(0.7, 0.3)", -1);
  prompt_fixture_settle (fixture);
  expect_tag (fixture, 1, "limn-sign");
  expect_tag (fixture, 2, NULL);
  expect_tag (fixture, 12, "limn-sign");
  expect_tag (fixture, 18, "limn-number");
  expect_tag (fixture, 23, "limn-number");
}

#define ADD(name, test)                                                                                                \
  g_test_add ("/prompt-marks/" name, Fixture, NULL, prompt_fixture_open, test, prompt_fixture_close)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("signs", test_marks);
  ADD ("edits", test_edit_marks);
  ADD ("compel", test_compel_marks);
  return g_test_run ();
}
