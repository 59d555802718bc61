/* batch-report.c - what happens to the jobs of a list, told and kept; see batch.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/batch.h"

#include <stdio.h>
#include <string.h>

#include "file/atomic-file.h"

#define KEEP_EVERY (2 * G_USEC_PER_SEC) /* the file is written whole each time */

struct _LimnReport {
  const GPtrArray *jobs; /* LimnJob */
  char *path;
  guint n_all;
  GMutex lock; /* of stdout, of what follows and of the jobs' states */
  gint64 kept; /* when the file was written last */
};

static const char *
name_of (LimnJobState state)
{
  static const char *const names[] = { "left", "done", "failed" };

  return names[state];
}

static GString *
begin (const char *event)
{
  GString *line = g_string_new ("{");

  limn_json_add_string (line, "event", event);
  return line;
}

/* The locale's letters are not JSON's: written as it is, in UTF-8.  A reader that is gone ends the program, as it does
 * any other. */
static void
end (GString *line)
{
  g_string_append (line, "}\n");
  fwrite (line->str, 1, line->len, stdout);
  fflush (stdout);
  g_string_free (line, TRUE);
}

static void
add_job (GString *out, const LimnJob *job)
{
  limn_json_add_string (out, "job", job->id);
  limn_json_add_int (out, "line", job->line);
  limn_json_add_string (out, "output", job->output);
}

static void
add_outcome (GString *out, const LimnJob *job)
{
  if (job->error != NULL)
    limn_json_add_string (out, "error", job->error);
  if (job->device == NULL)
    return;
  limn_json_add_double (out, "seconds", job->seconds);
  limn_json_add_string (out, "device", job->device);
}

static guint
count (LimnReport *report, LimnJobState state)
{
  guint n = 0;

  for (guint i = 0; i < report->jobs->len; i++) {
    const LimnJob *job = report->jobs->pdata[i];

    n += job->state == state;
  }
  return n;
}

static gboolean
keep (LimnReport *report, GError **error)
{
  g_autoptr (LimnAtomicFile) file = limn_atomic_file_new (report->path, error);
  g_autoptr (GString) out = g_string_new ("{");

  if (file == NULL)
    return FALSE;
  limn_json_add_string (out, "limn", LIMN_VERSION);
  limn_json_add_int (out, "version", 1);
  limn_json_add (out, "jobs", "[");
  for (guint i = 0; i < report->jobs->len; i++) {
    const LimnJob *job = report->jobs->pdata[i];

    limn_json_add (out, NULL, "\n{");
    add_job (out, job);
    limn_json_add_string (out, "state", name_of (job->state));
    add_outcome (out, job);
    g_string_append_c (out, '}');
  }
  g_string_append (out, "]}\n");
  report->kept = g_get_monotonic_time ();
  return limn_atomic_file_write (file, out->str, out->len, error) && limn_atomic_file_commit (file, error);
}

LimnReport *
limn_report_new (const GPtrArray *jobs, const char *path, guint n_all)
{
  LimnReport *report = g_new0 (LimnReport, 1);
  GString *line = begin ("begin");

  *report = (LimnReport){ .jobs = jobs, .path = g_strdup (path), .n_all = n_all };
  g_mutex_init (&report->lock);
  limn_json_add_int (line, "list", n_all);
  limn_json_add_int (line, "jobs", jobs->len);
  limn_json_add_int (line, "done", count (report, LIMN_JOB_DONE));
  end (line);
  return report;
}

void
limn_report_free (LimnReport *report)
{
  g_mutex_clear (&report->lock);
  g_free (report->path);
  g_free (report);
}

void
limn_report_progress (LimnReport *report, const LimnJob *job, const LimnProgress *progress)
{
  GString *line = begin ("progress");

  add_job (line, job);
  limn_json_add_string (line, "stage", limn_stage_name (progress->stage));
  limn_json_add_double (line, "fraction", progress->stage_fraction);
  limn_json_add_int (line, "step", progress->step);
  limn_json_add_int (line, "steps", progress->steps);
  if (progress->seconds_left >= 0)
    limn_json_add_double (line, "seconds_left", progress->seconds_left);
  g_mutex_lock (&report->lock);
  end (line);
  g_mutex_unlock (&report->lock);
}

static void
add_notes (GString *out, const char *const *notes)
{
  if (notes == NULL || notes[0] == NULL)
    return;
  limn_json_add (out, "notes", "[");
  for (; *notes != NULL; notes++)
    limn_json_add_string (out, NULL, *notes);
  g_string_append_c (out, ']');
}

gboolean
limn_report_settle (LimnReport *report, LimnJob *job, const GError *failed, double seconds, const char *device,
                    const char *const *notes, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&report->lock);
  GString *line = begin (failed != NULL ? "failed" : "done");

  job->state = failed != NULL ? LIMN_JOB_FAILED : LIMN_JOB_DONE;
  job->error = failed != NULL ? g_strdup (failed->message) : NULL;
  job->seconds = seconds;
  job->device = g_strdup (device);
  add_job (line, job);
  add_outcome (line, job);
  add_notes (line, notes);
  end (line);
  return g_get_monotonic_time () < report->kept + KEEP_EVERY || keep (report, error);
}

guint
limn_report_count (LimnReport *report, LimnJobState state)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&report->lock);

  return count (report, state);
}

gboolean
limn_report_finish (LimnReport *report, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&report->lock);
  GString *line = begin ("end");

  for (LimnJobState state = LIMN_JOB_LEFT; state <= LIMN_JOB_FAILED; state++)
    limn_json_add_int (line, name_of (state), count (report, state));
  end (line);
  return keep (report, error);
}
