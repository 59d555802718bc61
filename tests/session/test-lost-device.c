/* test-lost-device.c - over the real engine: the device is lost in the midst of a run, at a moment of chance, or the
 * computer sleeps for a while, with or without a device when it wakes.  A new one goes on from the last step that was
 * finished, to the same picture; what is lost again is told, and can be tried again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/any.h"
#include "common/finalize.h"
#include "common/folder.h"
#include "engine/sampler.h"
#include "model/vulkan-faults.h"
#include "session/queue/queue.h"

#define STEPS 6
#define LOSSES 6

typedef struct {
  char *folder;
  LimnSession *session;
  LimnQueue *queue;
  LimnSettings *settings;
  int last;         /* step of the item that is being painted whose preview was shown; some are overtaken */
  guint again;      /* previews of a step that was shown before, or of an earlier one */
  int sleeps_at;    /* the computer sleeps after the first preview of this step or a later one; 0: it does not */
  gboolean sleeps;  /* it did */
  gboolean forgets; /* its device does not outlive that */
} Fixture;

/* ---- Sleep ---- */

static gint64 slept; /* microseconds, by the clocks that go on; atomic */

/* GLib's. */
gint64
g_get_real_time (void)
{
  return ((gint64 (*) (void)) dlsym (RTLD_NEXT, "g_get_real_time")) () + __atomic_load_n (&slept, __ATOMIC_RELAXED);
}

/* Linux's CLOCK_MONOTONIC stands still meanwhile, other systems' does not. */
gint64
g_get_monotonic_time (void)
{
  return ((gint64 (*) (void)) dlsym (RTLD_NEXT, "g_get_monotonic_time")) ()
         + __atomic_load_n (&slept, __ATOMIC_RELAXED);
}

/* All threads stand still, those of a device in software among them, and wake hours or days later. */
static void
sleep_for_a_while (void)
{
  pid_t own = getpid (), waker = fork ();

  g_assert_cmpint (waker, >=, 0);
  if (waker == 0) {
    usleep (100000);
    kill (own, SIGCONT);
    _exit (0);
  }
  kill (own, SIGSTOP);
  g_assert_cmpint (waitpid (waker, NULL, 0), ==, waker);
  __atomic_add_fetch (&slept, g_test_rand_int_range (1, 7 * 86400) * G_USEC_PER_SEC, __ATOMIC_RELAXED);
}

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, Fixture *fixture)
{
  if (step <= fixture->last)
    fixture->again++;
  fixture->last = step;
  if (fixture->sleeps_at == 0 || fixture->sleeps || step < fixture->sleeps_at)
    return;
  fixture->sleeps = TRUE;
  if (fixture->forgets)
    vulkan_faults_set (VULKAN_WaitForFences, 1, FALSE);
  sleep_for_a_while ();
}

/* ---- Painting ---- */

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl", NULL);
  g_autofree char *refiner = g_build_filename (LIMN_GOLDEN_DIR, "mini-sdxl-refiner", NULL);

  tests_remove_folder (g_get_user_state_dir ());
  vulkan_faults_set (0, 0, FALSE);
  fixture->folder = g_dir_make_tmp (NULL, NULL);
  fixture->session = limn_session_new (-1, fixture->folder);
  g_signal_connect (fixture->session, "preview", G_CALLBACK (preview_cb), fixture);
  fixture->queue = limn_queue_new (fixture->session, NULL);
  fixture->settings = limn_settings_new ();
  g_object_set (fixture->settings, "prompt", "a photo of a cat", "model", base, "refiner", refiner, "use-refiner", TRUE,
                "width", 64, "height", 64, "steps", STEPS, "seed", G_GUINT64_CONSTANT (5), "handoff", 0.7, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_queue_close (fixture->queue);
  limn_session_close (fixture->session);
  tests_finalize (fixture->queue);
  tests_finalize (fixture->session);
  g_object_unref (fixture->settings);
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static void
wait_for (LimnQueueItem *item)
{
  while (limn_queue_item_get_state (item) == LIMN_QUEUE_WAITING
         || limn_queue_item_get_state (item) == LIMN_QUEUE_RUNNING)
    g_main_context_iteration (NULL, TRUE);
}

static LimnQueueItem *
paint (Fixture *fixture)
{
  LimnQueueItem *item;

  fixture->again = 0;
  fixture->last = -1;
  fixture->sleeps = FALSE;
  item = limn_queue_append (fixture->queue, fixture->settings, NULL, 0);
  wait_for (item);
  return item;
}

static const LimnImage *
image_of (LimnQueueItem *item)
{
  g_assert_cmpstr (limn_queue_item_get_message (item), ==, "");
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
  return limn_picture_get_image (limn_queue_item_get_picture (item));
}

/* Each time with another sampler, whatever it keeps of earlier steps or draws. */
static void
test_once (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < LOSSES; i++) {
    const char *sampler = tests_any (limn_sampler_choice);
    guint at, calls;
    LimnImage *right;

    g_object_set (fixture->settings, "sampler", sampler, NULL);
    vulkan_faults_set (0, 0, FALSE);
    right = limn_image_copy (image_of (paint (fixture)));
    g_assert_cmpuint (fixture->again, ==, 0);
    calls = vulkan_faults_count (VULKAN_WaitForFences);
    at = (guint) g_test_rand_int_range (1, (gint32) calls + 1);
    g_test_message ("%s: lost in wait %u of %u", sampler, at, calls);
    vulkan_faults_set (VULKAN_WaitForFences, at, FALSE);
    g_assert_true (limn_image_is_same (image_of (paint (fixture)), right));
    /* a step whose preview was shown when the device went is shown once more, and none is painted twice otherwise */
    g_assert_cmpuint (fixture->again, <=, 1);
    limn_image_free (right);
  }
}

static void
test_sleep (Fixture *fixture, gconstpointer data)
{
  guint sleeps = 0;

  for (guint i = 0; i < LOSSES; i++) {
    const char *sampler = tests_any (limn_sampler_choice);

    g_object_set (fixture->settings, "sampler", sampler, NULL);
    fixture->sleeps_at = 0;
    g_autoptr (LimnImage) right = limn_image_copy (image_of (paint (fixture)));
    fixture->sleeps_at = g_test_rand_int_range (1, STEPS);
    fixture->forgets = i % 2 == 1;
    g_test_message ("%s: sleeps after the preview of step %d", sampler, fixture->sleeps_at);
    g_assert_true (limn_image_is_same (image_of (paint (fixture)), right));
    sleeps += fixture->sleeps;
    g_test_message ("%s", vulkan_faults_came () ? "the device was lost" : "the device was there");
    vulkan_faults_set (0, 0, FALSE);
  }
  g_assert_cmpuint (sleeps, >, 0);
}

static void
test_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) right = limn_image_copy (image_of (paint (fixture)));
  LimnQueueItem *item;

  vulkan_faults_set (VULKAN_QueueSubmit, 3, TRUE);
  item = paint (fixture);
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_FAILED);
  g_test_message ("%s", limn_queue_item_get_message (item));
  g_assert_nonnull (strstr (limn_queue_item_get_message (item), "lost"));

  vulkan_faults_set (0, 0, FALSE);
  limn_queue_retry (fixture->queue, item);
  wait_for (item);
  g_assert_true (limn_image_is_same (image_of (item), right));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) devices = limn_devices_list (NULL);

  tests_own_homes ();
  g_test_init (&argc, &argv, NULL);
  if (devices == NULL || devices->len == 0) {
    g_print ("1..0 # SKIP no Vulkan device\n");
    return g_getenv ("LIMN_REQUIRE_GPU") != NULL ? 1 : 0;
  }
  alarm (600); /* a hang is a failure */
  g_test_add ("/session/lost-device/once", Fixture, NULL, set_up, test_once, tear_down);
  g_test_add ("/session/lost-device/sleep", Fixture, NULL, set_up, test_sleep, tear_down);
  g_test_add ("/session/lost-device/again", Fixture, NULL, set_up, test_again, tear_down);
  return g_test_run ();
}
