/* speeds.h - how fast the stages of past runs were on one device, so that the next one's time can be told.
 *
 * A rate is kept for a stage, a precision and about how much work one evaluation is (a power of four): small networks
 * keep a device less busy than large ones.  Where no run was of that size, the nearest size speaks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

typedef struct _LimnSpeeds LimnSpeeds;

/* device: what the rates are of. */
LimnSpeeds *limn_speeds_new (const char *device);
void limn_speeds_free (LimnSpeeds *speeds);

/* stage did total units of work, unit of them in one evaluation, in seconds.  Floating point operations, or bytes for
 * LIMN_STAGE_LOAD.  A faster run than before is believed at once, a slower one counts half. */
void limn_speeds_add (LimnSpeeds *speeds, LimnStage stage, LimnPrecision precision, double unit, double total,
                      double seconds);
/* 0 for no work, -1 where the stage was never measured at this precision. */
double limn_speeds_seconds (const LimnSpeeds *speeds, LimnStage stage, LimnPrecision precision, double unit,
                            double total);

/* JSON.  before: what was kept until now, by whichever engine, or NULL: of other devices all stays, of this one what
 * speeds do not know.  (transfer full) */
char *limn_speeds_save (const LimnSpeeds *speeds, const char *before);
/* Text of other devices, or damaged text, changes nothing. */
void limn_speeds_load (LimnSpeeds *speeds, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSpeeds, limn_speeds_free)

G_END_DECLS
