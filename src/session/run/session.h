/* session.h - what the window talks to: paints in the background, saves every picture, answers in the main context.
 *
 * Lives on the thread that made it, in that thread's default main context; nothing here blocks but
 * limn_session_close ().  A worker is a thread with a device: the lead's is the session's device, of which estimates
 * speak and which drafts are painted on; further ones paint runs beside it.  A run goes to a worker that has none, or
 * else into the lead's line.
 *
 * One run is followed: the oldest that has no answer yet.  Signals:
 *   "progress", "preview"  as of the followed run (LimnRun)
 *   "device-changed" ()    limn_session_get_device () has another answer, or more is known of the device
 *   "devices-changed" ()   limn_session_get_devices () has, likewise
 * Properties: "busy", whether a run that is no draft is unfinished; "record", the LimnRecord of the followed run, or of
 * the last one that was: notified whenever it begins, or has begun before it is followed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/detect.h"
#include "engine/probe.h"
#include "session/record/picture.h"
#include "session/record/records.h"
#include "session/run/run.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SESSION (limn_session_get_type ())
G_DECLARE_FINAL_TYPE (LimnSession, limn_session, LIMN, SESSION, GObject)

/* device: as in limn_engine_new ().  Begins to connect to it at once.  folder: where pictures are saved; NULL: "Limn"
 * in the user's pictures. */
LimnSession *limn_session_new (int device, const char *folder);

/* Stops everything, waits for the worker's thread (tenths of a second) and ends it.  Unfinished runs answer with
 * LIMN_ERROR_CANCELLED; their records count as interrupted, and can be resumed by a later session.  Later calls fail so
 * as well.  Idempotent; dispose calls it. */
void limn_session_close (LimnSession *self);
gboolean limn_session_is_closed (LimnSession *self);

/* NULL while it is being connected, or if that failed: then limn_session_get_device_error () says why. */
const LimnDeviceInfo *limn_session_get_device (LimnSession *self);
const GError *limn_session_get_device_error (LimnSession *self);
/* devices: as in limn_engine_new (), to paint on beside; one may be named more than once.  A run on one that is not
 * named any more is finished there.  One that cannot be used is left out until it is named again. */
void limn_session_set_further_devices (LimnSession *self, const int *devices, guint n_devices);
/* Those that are connected and used, the session's own first.  (element-type LimnDeviceInfo) (transfer container) */
GPtrArray *limn_session_get_devices (LimnSession *self);
/* Every device.  The result: (element-type LimnDeviceInfo) */
void limn_session_list_devices_async (LimnSession *self, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *limn_session_list_devices_finish (LimnSession *self, GAsyncResult *result, GError **error);

const char *limn_session_get_folder (LimnSession *self);
void limn_session_set_folder (LimnSession *self, const char *folder);

gboolean limn_session_is_busy (LimnSession *self);

/* Copies settings.  A picture that could not be saved is returned all the same, and says so. */
void limn_session_generate_async (LimnSession *self, LimnSettings *settings, GAsyncReadyCallback callback,
                                  gpointer user_data);
LimnPicture *limn_session_generate_finish (LimnSession *self, GAsyncResult *result, GError **error);

typedef enum {
  LIMN_RUN_NORMAL = 0,
  LIMN_RUN_DRAFT = 1 << 0, /* a thumbnail: not saved, no record, no signals; waits until no other run does; its prompts'
                             * choices are made as the queue makes them */
  LIMN_RUN_RESUME = 1 << 1, /* goes on with record itself, at its last finished step; settings: the record's */
  LIMN_RUN_LEAD = 1 << 2,   /* on the session's own device */
} LimnRunFlags;

/* As limn_session_generate_async (), which is this with a record of NULL, from what record's run had after step (of its
 * schedule: LimnRecordStep.schedule_step).  step: -1 for the last one that both runs share, see
 * limn_records_shared_steps (), if any; 0: from the beginning.  Where the settings repeat record's run up to step, the
 * picture and what is saved with it are those of a run from the beginning.  Fails with LIMN_ERROR_REQUEST where the
 * sizes differ, or the step is not kept.  A GCancellable ends that run alone.  Returns the run, which is the session's
 * until it has answered, or NULL where there is only the answer.  (transfer none) */
LimnRun *limn_session_run_async (LimnSession *self, LimnSettings *settings, LimnRecord *record, int step,
                                 LimnRunFlags flags, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
LimnPicture *limn_session_run_finish (LimnSession *self, GAsyncResult *result, GError **error);

/* Time and memory of a run with settings.  The newest call wins: an older one that waits answers with
 * G_IO_ERROR_CANCELLED.  Answers after the run on the device, if there is one. */
void limn_session_estimate_async (LimnSession *self, LimnSettings *settings, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
LimnEstimate *limn_session_estimate_finish (LimnSession *self, GAsyncResult *result, GError **error);

/* In the main context, until the answer. */
typedef void (*LimnSessionProgressFunc) (const LimnProgress *progress, gpointer user_data);

/* Asks the model at path ("": the starter) once what it predicts, see engine/probe.h, after the runs on the device.
 * The newest call wins, as with estimates.  progress: or NULL; gets user_data, too. */
void limn_session_probe_async (LimnSession *self, const char *path, GCancellable *cancellable,
                               LimnSessionProgressFunc progress, GAsyncReadyCallback callback, gpointer user_data);
gboolean limn_session_probe_finish (LimnSession *self, GAsyncResult *result, LimnProbe *probe, GError **error);

/* Has the detector at path find in image what rule says, see engine/detect.h, after the runs on the device.  As with
 * what models predict, of both questions the newest counts.  (element-type LimnDetection) */
void limn_session_detect_async (LimnSession *self, const char *detector, const LimnImage *image,
                                const LimnDetectionRule *rule, GCancellable *cancellable,
                                LimnSessionProgressFunc progress, GAsyncReadyCallback callback, gpointer user_data);
GArray *limn_session_detect_finish (LimnSession *self, GAsyncResult *result, GError **error);

/* The steps of every run, kept on disk.  Never NULL. */
LimnRecords *limn_session_get_records (LimnSession *self);
/* Of the followed run, or of the last one that was; NULL where there was none. */
LimnRecord *limn_session_get_record (LimnSession *self);

/* Ends all unfinished runs but drafts; each answers within tenths of a second with LIMN_ERROR_CANCELLED, or with its
 * picture where it was finished.  A device that does not listen by then goes on in the background, its results dropped;
 * the next run waits for it. */
void limn_session_cancel (LimnSession *self);

/* What the model at path ("": the starter) is, its fingerprint included, or why it cannot be used. */
void limn_session_open_model_async (LimnSession *self, const char *path, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
LimnModelInfo *limn_session_open_model_finish (LimnSession *self, GAsyncResult *result, GError **error);

G_END_DECLS
