/* fake-engine.h - how the tests' engine behaves: quick or slow, sound or failing.
 *
 * Its latents depend on all that a real run's would, step by step, and its picture on the last of them, so that a
 * picture tells whether a run went on from the right place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"
#include "engine/several.h"

G_BEGIN_DECLS

#define FAKE_OK (-1)
#define FAKE_ANY (-1)
#define FAKE_NEVER (-1)
#define FAKE_DEVICES 2

typedef struct {
  guint step_us; /* how long a step takes; cancelled () is polled every 2 ms of it */
  guint load_us, decode_us, estimate_us;
  guint prepare_us;     /* how long preparing the device takes; 0: it is prepared */
  guint open_us;        /* how long limn_model_open () takes */
  int fail;             /* FAKE_OK, or the LimnError that generate () ends with ... */
  LimnStage fail_stage; /* ... in this stage ... */
  int fail_step;        /* ... after this many steps of the run ... */
  int fail_times;       /* ... and how often; 0: always */
  int open_fail;        /* FAKE_OK, or the LimnError of limn_model_open () */
  int device_fail;      /* FAKE_OK, or the LimnError of limn_engine_new () */
  int fail_device;      /* fail and device_fail are of this device alone; FAKE_ANY: of all */
  LimnDeviceKind device_kind;
  gboolean nan_note; /* adds the note of a stage redone in fp32 */
  gboolean decodes;  /* shows steps at full size, too, where the request asks for that */
  gboolean deaf;     /* never polls cancelled () */
  gboolean lockstep; /* goes on only when the main loop has heard of each report and of each step */
  int hold_step;     /* FAKE_NEVER, or see fake_engine_hold () */
  int default_size;  /* pixels */
  guint64 memory;    /* bytes that estimates have to fit */
  int predicts;      /* the LimnPrediction that models answer like; FAKE_OK: like none */
  int finds;         /* boxes that detectors find, each a tenth of the width */
} FakeEngine;

typedef struct {
  int engines_made, engines_alive, models_made, models_alive, generates, steps, forgets, estimates, prepares, probes;
  int detects;
  int opens;                   /* limn_model_open () that began */
  int prepares_begun;          /* limn_engine_prepare () that began */
  int steps_on[FAKE_DEVICES];  /* the same steps by device */
  int painting, most_painting; /* generate () at the same time, now and at most */
  int most_together;           /* pictures of one generate_several () */
  gboolean wrong_thread;       /* an engine was used by two threads */
} FakeCounts;

void fake_engine_init (FakeEngine *fake);
/* Takes effect with the next call into the engine; also clears the counts of things made. */
void fake_engine_set (const FakeEngine *fake);
FakeCounts fake_engine_counts (void);
/* From now on a run that has done so many of its steps waits, until it is cancelled or this is called again: with
 * FAKE_NEVER all go on.  Where a test has to find a run under way, this is what it calls: time alone ends nothing. */
void fake_engine_hold (int step);

G_END_DECLS
