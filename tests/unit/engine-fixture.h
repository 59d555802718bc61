/* engine-fixture.h - an engine over stand-in networks with a base, a refiner and a picture, for the unit tests of whole
 * runs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "common/fake-networks.h"
#include "engine/limn.h"

G_BEGIN_DECLS

typedef struct {
  LimnModel *base, *refiner;
  LimnEngine *engine;
  LimnRequest request; /* of the base: 96 x 64 pixels, 5 steps, guided */
  LimnImage *picture;  /* 96 x 64 */
} EngineFixture;

/* For g_test_add (). */
void engine_set_up (EngineFixture *fixture, gconstpointer data);
void engine_tear_down (EngineFixture *fixture, gconstpointer data);

/* An upscaler, whose pictures are twice as large.  (transfer full) */
LimnModel *engine_upscaler (void);
/* Runs fixture->request, which must succeed. */
LimnResult *engine_generate (EngineFixture *fixture, const LimnMonitor *monitor);
/* Runs it, which must fail with code and word in the message. */
void engine_refuse (EngineFixture *fixture, LimnError code, const char *word);
/* The same latents and pixels, to the bit. */
gboolean engine_same_picture (const LimnResult *a, const LimnResult *b);

G_END_DECLS
