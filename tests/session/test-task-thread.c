/* test-task-thread.c - where the end of a task's source object, data and result is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/thread/task-thread.h"

#include "common/folder.h"
#include "session/library/library.h"

#define TASKS 12000
#define LIBRARIES 50

static GThread *main_thread;
static int ends, elsewhere; /* atomic */

/* ---- An object, and boxes, that notice where they end ---- */

G_DECLARE_FINAL_TYPE (TestThing, test_thing, TEST, THING, GObject)
struct _TestThing {
  GObject parent;
};
G_DEFINE_FINAL_TYPE (TestThing, test_thing, G_TYPE_OBJECT)

static void
ended (gpointer unused)
{
  g_atomic_int_inc (&ends);
  if (g_thread_self () != main_thread)
    g_atomic_int_inc (&elsewhere);
}

static void
test_thing_finalize (GObject *object)
{
  ended (NULL);
  G_OBJECT_CLASS (test_thing_parent_class)->finalize (object);
}

static void
test_thing_class_init (TestThingClass *class)
{
  G_OBJECT_CLASS (class)->finalize = test_thing_finalize;
}

static void
test_thing_init (TestThing *self)
{
}

/* ---- Tests ---- */

static int called;

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_assert_true (TEST_IS_THING (source));
  g_assert_true (data == &called);
  if (g_thread_self () == main_thread)
    g_atomic_int_inc (&elsewhere);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, &ends, ended);
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer unused)
{
  called++;
}

/* Tasks of which nobody else keeps anything: as often as the thread, the callback is first. */
static void
test_ends (void)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  ends = elsewhere = called = 0;
  for (int i = 0; i < TASKS; i++) {
    g_autoptr (TestThing) thing = g_object_new (test_thing_get_type (), NULL);
    g_autoptr (GTask) task = g_task_new (thing, i % 3 == 0 ? cancelled : NULL, called_cb, NULL);

    g_task_set_task_data (task, &called, ended);
    limn_task_run_in_thread (task, work_thread);
    g_clear_object (&task);
    g_clear_object (&thing);
    if (i % 7 == 0)
      g_main_context_iteration (NULL, FALSE);
  }
  /* a cancelled one has no result to free */
  while (g_atomic_int_get (&ends) < 3 * TASKS - TASKS / 3)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (called, ==, TASKS);
  g_assert_cmpint (elsewhere, ==, 0);
}

static void
trashed_cb (GObject *library, GAsyncResult *result, gpointer done)
{
  *(gboolean *) done = TRUE;
}

/* One that a task of its own thread holds last: were it to end there, that thread would wait for itself. */
static void
test_library (void)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL), *index = g_build_filename (folder, "library.sqlite", NULL);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  for (int i = 0; i < LIBRARIES; i++) {
    LimnLibrary *library = limn_library_new (index, folder);
    const char *folders[] = { folder, NULL };
    gpointer left = library;
    gboolean done = FALSE;

    g_object_add_weak_pointer (G_OBJECT (library), &left);
    limn_library_set_folders (library, folders);
    limn_library_trash_async (library, none, trashed_cb, &done);
    g_object_unref (library);
    while (!done || left != NULL)
      g_main_context_iteration (NULL, TRUE);
  }
  tests_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  main_thread = g_thread_self ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task-thread/ends", test_ends);
  g_test_add_func ("/task-thread/library", test_library);
  return g_test_run ();
}
